// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file random.hpp
/// Counter-based random bits: a keyed hash of (seed, index), so that an element's bits depend on neither order, threads nor device.
#include <dyadic/base/bits.hpp>

#include <cstdint>

namespace dyadic {

/// 32 uniform bits for element `index` under `seed`: Philox-2x32 with 10 rounds.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
constexpr u32 random_bits(std::uint64_t seed, std::uint64_t index) {
  // Philox-2x32 has a 32-bit key: the high half of the seed is mixed into the counter's high word, which few indices use.
  u32 key = static_cast<u32>(seed);
  u32 left = static_cast<u32>(index);
  u32 right = static_cast<u32>(index >> 32) ^ (static_cast<u32>(seed >> 32) * 0x9E3779B9U);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product = std::uint64_t{0xD256D193U} * left;
    left = static_cast<u32>(product >> 32) ^ key ^ right;
    right = static_cast<u32>(product);
    key += 0x9E3779B9U;
  }
  return left;
}

}  // namespace dyadic
