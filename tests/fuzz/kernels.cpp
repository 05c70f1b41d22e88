// SPDX-License-Identifier: BSL-1.0
/// @file kernels.cpp
/// Any floats in any small shape, in each of several schemes: the kernel gives the bits of the definition, and codes decode to the
/// same values. The first byte chooses the scheme, the second and third the shape; the rest are the floats.
#include <dyadic/format/block.hpp>
#include <dyadic/format/mase.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/encode.hpp>

#include "fuzz/check.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace {

using namespace dyadic;

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

template <class S>
void try_scheme(const std::vector<float>& x, const Extents& shape) {
  std::vector<float> fast(x.size()), slow(x.size()), back(x.size());
  fake_quantize<S>(ConstView{x.data(), shape}, View{fast.data(), shape}, 5);
  quantize_values<S>(x, slow, shape, 5);
  for (std::size_t i = 0; i < x.size(); ++i)
    fuzz::require(same(fast[i], slow[i]), "kernel and definition agree in " + std::string(S::name()));
  if constexpr (ElementScheme<S> || BlockScheme<S>) {
    const Packed<S> p = encode<S>(ConstView{x.data(), shape}, 5);
    decode(p, View{back.data(), shape});
    bool nan = false;
    for (const float v : x) nan = nan || std::isnan(v);
    for (std::size_t i = 0; i < x.size(); ++i)
      fuzz::require(nan || back[i] == fast[i] || (std::isnan(back[i]) && std::isnan(fast[i])),
                    "codes hold the values in " + std::string(S::name()));
  }
}

template <class... S>
void try_one(std::size_t which, const std::vector<float>& x, const Extents& shape) {
  using Try = void (*)(const std::vector<float>&, const Extents&);
  static constexpr Try all[] = {&try_scheme<S>...};
  all[which % sizeof...(S)](x, shape);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  std::vector<float> x((size - 3) / sizeof(float));
  if (!x.empty()) std::memcpy(x.data(), data + 3, x.size() * sizeof(float));
  // [a, b, c] with b and c as told, as many of them as there are floats
  const std::size_t b = data[1] % 8U, c = data[2] % 40U, tile = b * c;
  const std::size_t a = tile == 0 ? x.size() % 4 : x.size() / tile;
  x.resize(a * tile);
  const Extents shape{static_cast<std::int64_t>(a), static_cast<std::int64_t>(b), static_cast<std::int64_t>(c)};
  try_one<Fixed<8, 4>, Fixed<24, 12>, With<Fixed<8, 4>, Round::stochastic>, SignMagnitude<4, 2>, E4M3, E5M2, Minifloat<5, 0>, Half,
          MinifloatDenorm<4, 3>, LogQ<5>, Binary, Ternary, BlockFP<6, 8>, BlockFP<4, 4, Shape<2, 4>>, BlockMinifloat<2, 3, 8>,
          BlockLog<4, 8>, MXFP8<E4M3>, MXFP6<E3M2>, MXFP4, MX<E2M1, ScaleRule::mse>, MX<E4M3, ScaleRule::ceil>, MXINT8, NVFP4,
          Scaled<SymmetricFixed<8, 0>, PerRow>, Scaled<E4M3, Shape<whole>>, Affine<8, PerTensor>, Affine<4, Shape<16>>,
          ScaledBinary<PerRow>, ScaledTernary<>, ScaledTernary<TernaryRule::exact, PerTensor>,
          mase::block_fp<7, 8, 127, mase::block_size<1, 16>>>(data[0], x, shape);
  return 0;
}
