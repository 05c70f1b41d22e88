// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/native_arithmetic.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/pass/native.hpp>  // dyadic.hpp leaves it out

#include <algorithm>
#include <cmath>
#include <iostream>
#include <vector>
using namespace dyadic;

// clang-format off
struct net final : graph<node<"x", input<dyn, 64>>, node<"fc", linear<64, 32>, "x">, node<"act", relu, "fc">, node<"out", linear<32, 10>, "act">> {};

struct int8 final : config<by_default<none>, by_op<op::linear, data_in<Affine<8>>, weight<Scaled<SymmetricFixed<8, 0>, PerChannel>>, bias<none>>> {};

int main() {
  const std::vector<E4M3> x{E4M3{448}, E4M3{0.015625f}, E4M3{-448}};
  const std::vector<E5M2> y{E5M2{57344}, E5M2{1}, E5M2{57344}};
  std::cout << dot<float>(x, y) << ' ' << dot<E4M3>(x, y) << '\n';   // what is left when the large terms cancel

  weights<net> w;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 400;
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  Tensor<2> batch(3, 64);
  for (int i = 0; i < batch.size(); ++i) batch.data()[i] = static_cast<float>(i % 23) / 16;

  const auto simulation = quantize<int8>(net{}, w);
  const auto on_codes = quantize<int8, native>(net{}, w);
  const Tensor<2> a = simulation(batch), b = on_codes(batch);
  double difference = 0, largest = 0;
  for (int i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]));
    largest = std::max(largest, std::abs(static_cast<double>(a.data()[i])));
  }
  std::cout << (difference <= 1e-5 * largest ? "they agree to float32's last digits" : "they do not agree") << '\n';
  std::cout << summary(on_codes);
}
