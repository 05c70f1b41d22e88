// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file inputs.hpp
/// The inputs of the digest: bits made by integer arithmetic, so that no compiler or processor has a say in
/// them.
#include "digest.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace digest {

/// Zeros, infinities, NaNs of both kinds, and in every binade of float32 the significands where roundings
/// change.
inline std::vector<float> special_values() {
  std::vector<float> x;
  for (const std::uint32_t sign : {0x00000000U, 0x80000000U}) {
    for (const std::uint32_t bits :
         {0x00000000U, 0x7f800000U, 0x7fc00000U, 0x7f800001U, 0x7fffffffU, 0x7fa00000U})
      x.push_back(std::bit_cast<float>(sign | bits));
    for (std::uint32_t exponent = 0; exponent < 255; ++exponent)
      for (const std::uint32_t significand :
           {0x000000U, 0x000001U, 0x080000U, 0x100000U, 0x180000U, 0x1fffffU, 0x200000U, 0x280000U, 0x300000U,
            0x3504f3U, 0x3504f4U, 0x3fffffU, 0x400000U, 0x400001U, 0x500000U, 0x600000U, 0x700000U,
            0x7fffffU})
        x.push_back(std::bit_cast<float>(sign | exponent << 23 | significand));
  }
  return x;
}

/// Any bits.
inline std::vector<float> random_bits(std::size_t n, std::uint64_t seed) {
  generator g(seed);
  std::vector<float> x(n);
  for (float& v : x) v = std::bit_cast<float>(static_cast<std::uint32_t>(g.next() >> 32));
  return x;
}

/// Finite values with `binades` exponents around that of 2^center, as those of weights.
inline std::vector<float> near_values(std::size_t n, int center, std::uint32_t binades, std::uint64_t seed) {
  generator g(seed);
  std::vector<float> x(n);
  for (float& v : x) {
    const auto bits = static_cast<std::uint32_t>(g.next() >> 32);
    const auto exponent = static_cast<std::uint32_t>(127 + center) - g.below(binades);
    v = std::bit_cast<float>((bits & 0x807fffffU) | exponent << 23);
  }
  return x;
}

/// The quick inputs of conversions of single values, and the others.
inline const std::vector<float>& values(bool others) {
  static const std::vector<float> quick = [] {
    std::vector<float> x = special_values();
    for (const auto& more : {random_bits(1000, 1), near_values(1000, 3, 12, 2)})
      x.insert(x.end(), more.begin(), more.end());
    return x;
  }();
  static const std::vector<float> all = [] {
    std::vector<float> x;
    for (std::uint32_t upper = 0; upper < 0x10000; ++upper)
      x.push_back(std::bit_cast<float>(upper << 16 | (upper * 0x9E37U & 0xffff)));
    for (const auto& more : {random_bits(8000, 3), near_values(8000, 3, 16, 4)})
      x.insert(x.end(), more.begin(), more.end());
    return x;
  }();
  return others ? all : quick;
}

}  // namespace digest
