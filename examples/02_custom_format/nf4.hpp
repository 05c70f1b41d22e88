// SPDX-License-Identifier: BSL-1.0
#pragma once
// A number format of your own, and the same with a conversion by vectors.
#include <dyadic/dyadic.hpp>

#include <algorithm>
#include <array>

// 1. The format --------------------------------------------------------------------------------------------------------------

// NormalFloat4 (QLoRA, arXiv 2305.14314): no arithmetic, a codebook. Its 16 levels are quantiles of a normal distribution, so
// that weights that are normally distributed use all codes about equally often.
class NormalFloat4 {
 public:
  using code_type = std::uint8_t;
  static constexpr int bits = 4;
  static constexpr std::string_view name() { return "NormalFloat4"; }
  static constexpr code_type encode(float x) {
    int code = 0;
    for (const float b : boundaries) code += x > b ? 1 : 0;
    return static_cast<code_type>(code);
  }
  static constexpr float decode(code_type code) { return levels[code & 15]; }

  static constexpr std::array levels{-1.0f,       -0.69619280f, -0.52507305f, -0.39491749f, -0.28444138f, -0.18477343f, -0.09105004f, 0.0f,
                                     0.07958030f, 0.16093020f,  0.24611230f,  0.33791524f,  0.44070983f,  0.56261700f,  0.72295684f,  1.0f};
  static constexpr auto boundaries = [] {  // half-way between neighbours
    std::array<float, 15> b{};
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = (levels[i] + levels[i + 1]) / 2;
    return b;
  }();
};

// That is all. The compiler checks it: the concept, and that every code survives the round trip.
static_assert(dyadic::ElementScheme<NormalFloat4>);
static_assert([] {
  for (NormalFloat4::code_type code = 0; code < 16; ++code)
    if (NormalFloat4::encode(NormalFloat4::decode(code)) != code) return false;
  return true;
}());

// 2. The same, fast ----------------------------------------------------------------------------------------------------------

// One more member, and conversions go a vector at a time. V is a float or the target's vector of floats; `V{} + c` is a
// constant in all lanes, and ?: chooses lane by lane. Nothing here may branch on a value, and a NaN must stay a NaN
// (x == x is false for a NaN only).
// DYADIC_LANE is constexpr and always inlined: no vector crosses a call, whatever the optimisation level.
struct FastNF4 : NormalFloat4 {
  static constexpr std::string_view name() { return "FastNF4"; }
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    V y = V{} + levels[0];
    for (std::size_t i = 0; i < boundaries.size(); ++i) y = x > V{} + boundaries[i] ? V{} + levels[i + 1] : y;
    return x == x ? y : x;
  }
};
static_assert(FastNF4::quantize(0.3f) == NormalFloat4::decode(NormalFloat4::encode(0.3f)), "still one definition, at compile time too");
