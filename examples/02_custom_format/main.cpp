// SPDX-License-Identifier: BSL-1.0
// A number format of your own: five members, and tensors, blocks, packing, graphs and reports take it like the library's.
#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/encode.hpp>

#include "nf4.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <random>

using namespace dyadic;

// 1. The format, and 2. the same, fast: in nf4.hpp --------------------------------------------------------------------------------

// 3. Blocks ------------------------------------------------------------------------------------------------------------------

// It reaches from -1 to 1 only: it wants a scale. Any block scheme takes it as its element.
using NF4Scaled = Scaled<FastNF4, Shape<64>>;                       // as in QLoRA: 64 neighbours share their largest magnitude
using NF4Block = Block<FastNF4, Shape<32>, E8M0, ScaleRule::ceil>;  // 32 share a power of two, no less than it: an MX format

static_assert(BlockScheme<NF4Scaled> && BlockScheme<NF4Block>, "and they can be used where MXFP4 can");
static_assert(bits_per_value<NF4Scaled> == 4.5 && bits_per_value<NF4Block> == 4.25, "scales counted");

// 4. Tensors: quantised in place of float32, or packed into bytes ---------------------------------------------------------------

static Tensor<2> normal_tensor(int rows, int columns, float sigma) {
  Tensor<2> t(rows, columns);
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0f, sigma);
  for (Eigen::Index i = 0; i < t.size(); ++i) t.data()[i] = normal(random);
  return t;
}

template <QuantScheme S>
void show_scheme(const Tensor<2>& x) {
  const Tensor<2> y = fake_quantize<S>(x);  // the values of S, as float32
  const Packed<S> packed = encode<S>(x);    // their codes and scales, packed
  const Tensor<2> back = decode<2>(packed);
  const bool same = std::memcmp(y.data(), back.data(), sizeof(float) * static_cast<std::size_t>(y.size())) == 0;
  const deviation d = deviation_of(view(y).span(), view(x).span());
  std::cout << std::setw(32) << std::left << S::name() << std::right << std::fixed << std::setprecision(2);
  std::cout << std::setw(12) << bits_per_value<S> << std::setw(10) << packed.size_bytes() << std::setw(10) << d.sqnr_db;
  std::cout << (same ? "   yes" : "   NO") << '\n';
}

// 5. A network: the format in a configuration -----------------------------------------------------------------------------------

// clang-format off
struct small final : graph<
    node<"x",   input<dyn, 64>>,
    node<"fc1", linear<64, 64>, "x">,
    node<"act", relu,           "fc1">,
    node<"fc2", linear<64, 10>, "act">> {};

struct nf4_weights final : config<
    by_default<none>,
    by_op<op::linear, weight<NF4Scaled>, bias<none>>> {};  // data_in is not given: it stays float32
// clang-format on

// 6. Speed -------------------------------------------------------------------------------------------------------------------

template <QuantScheme S>
void show_speed(const Tensor<2>& x) {
  Tensor<2> y(x.dimensions());
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    fake_quantize<S>(x, y);
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  std::cout << std::setw(32) << std::left << S::name() << std::right << std::setw(12) << best / static_cast<double>(x.size()) << '\n';
}

int main() {
  const Tensor<2> x = normal_tensor(1024, 1024, 0.02f);  // like a layer's weights
  std::cout << "A 1024 x 1024 normal tensor, sigma 0.02 (4194304 bytes as float32). \"exact\": decode(encode(x)) == fake_quantize(x)\n\n";
  std::cout << "scheme                          bits/value     bytes   SQNR dB  exact\n";
  show_scheme<NormalFloat4>(x);  // alone: its steps are far too coarse for such small values
  show_scheme<NF4Block>(x);
  show_scheme<NF4Scaled>(x);
  show_scheme<Scaled<Fixed<4, 3>, Shape<64>>>(x);  // for comparison: 4-bit integers, and the 4-bit floats of the library
  show_scheme<MXFP4>(x);
  show_scheme<NVFP4>(x);

  std::cout << "\nA network with NF4 weights, node by node, and its values against the float network's:\n\n";
  weights<small> w;
  for (const parameter_info& p : w.entries()) {
    const Tensor<2> values = normal_tensor(1, static_cast<int>(p.shape.size()), 0.1f);
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  const auto quantized = quantize<nf4_weights>(small{}, w);
  std::cout << summary(quantized) << '\n' << compare(quantized, bind(small{}, w), normal_tensor(256, 64, 1.0f));

  std::cout << "\nConversion speed of one thread, ns per value:\n\n" << std::fixed << std::setprecision(2);
  show_speed<NormalFloat4>(x);
  show_speed<FastNF4>(x);
  show_speed<Scaled<NormalFloat4, Shape<64>>>(x);
  show_speed<NF4Scaled>(x);
  show_speed<Fixed<8, 4>>(x);  // the library's own, for comparison
}
