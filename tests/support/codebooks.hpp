// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file codebooks.hpp
/// Lists of levels for the suites, and the lists of the library's codebooks as they stand in their sources.
#include <dyadic/format/codebook.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace codebooks {

inline constexpr std::array signs{-1, 1};
inline constexpr std::array four{1.0F, -1.0F, 0.0F, 0.25F};
inline constexpr std::array eight{0.5F, -4.0F, 2.0F, -2.0F, -8.0F, 8.0F, 0.0F, 4.0F};
inline constexpr std::array twice{0.0F, 1.0F, 0.0F, -1.0F, 1.0F, 2.0F, -0.0F, -1.0F};
inline constexpr std::array<std::int8_t, 13> thirteen{-8, -6, -5, -4, -3, -2, 0, 2, 3, 4, 5, 6, 8};
/// Unsorted, of 30 evenly spaced ones: more than 16, not to be told by stretches.
inline constexpr auto thirty = [] {
  std::array<float, 30> a{};
  for (std::size_t i = 0; i < 30; ++i) a[i] = static_cast<float>(static_cast<int>(i * 7 % 30) - 11) / 8.0F;
  return a;
}();
/// 256 levels, each 8 % more than the last; negative ones at odd codes.
inline constexpr auto geometric = [] {
  std::array<float, 256> a{};
  float v = 1e-4F;
  for (std::size_t i = 0; i < 256; ++i) {
    a[i] = i % 2 == 0 ? v : -v;
    if (i % 2 == 1) v *= 1.08F;
  }
  return a;
}();
/// From one end of float32 to the other: middles that no double holds, for oracles that need none.
inline constexpr std::array<float, 7> ends{0x1.fffffep127F,  -0x1p-149F,  1.0F,     0x1p-60F,
                                           -0x1.000002p100F, 0x1.8p-140F, 0x1p-149F};

inline std::vector<double> list_of(dyadic::NF4Levels) {
  // bitsandbytes/functional.py: the data of create_normal_map's constants, as doubles
  return {-1.0,
          -0.6961928009986877,
          -0.5250730514526367,
          -0.39491748809814453,
          -0.28444138169288635,
          -0.18477343022823334,
          -0.09105003625154495,
          0.0,
          0.07958029955625534,
          0.16093020141124725,
          0.24611230194568634,
          0.33791524171829224,
          0.44070982933044434,
          0.5626170039176941,
          0.7229568362236023,
          1.0};
}
inline std::vector<double> list_of(dyadic::IQ4NLLevels) {
  return {-127, -104, -83, -65, -49, -35, -22, -10,
          1,    13,   25,  38,  53,  69,  89,  113};  // ggml-common.h, kvalues_iq4nl
}
template <class T, std::size_t N>
std::vector<double> list_of(const std::array<T, N>& levels) {
  return {levels.begin(), levels.end()};
}

}  // namespace codebooks
