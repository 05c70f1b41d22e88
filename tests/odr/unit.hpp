// SPDX-License-Identifier: BSL-1.0
/// @file unit.hpp
/// The body of a translation unit that has everything in it: plain.cpp and wide.cpp differ in the name of the function only, and
/// in the flags that they are compiled with. Included once per unit, after DYADIC_ODR_NAME is defined.
#include "all_headers.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace {

/// Quantises `x` by scheme `S`, as elements or blocks, and appends the bits.
template <class S>
void append(const std::vector<float>& x, std::vector<std::uint32_t>& bits) {
  std::vector<float> y(x.size());
  dyadic::fake_quantize<S>(x, y, dyadic::Extents{static_cast<std::int64_t>(x.size())}, 7);
  for (const float v : y) bits.push_back(std::bit_cast<std::uint32_t>(v));
}

}  // namespace

std::vector<std::uint32_t> DYADIC_ODR_NAME(const std::vector<float>& x) {
  using namespace dyadic;
  std::vector<std::uint32_t> bits;
  append<Fixed<8, 4>>(x, bits);
  append<E4M3>(x, bits);
  append<LogQ<5>>(x, bits);
  append<With<Fixed<8, 4>, Round::stochastic>>(x, bits);
  append<BlockFP<8, 8>>(x, bits);
  append<MXFP8<E4M3>>(x, bits);
  append<NVFP4>(x, bits);
  append<Affine<8, Shape<16>>>(x, bits);
  return bits;
}
