// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_choice.hpp
/// Blocks of 16 that choose between two scales or two kinds of elements, told a second time: values are found
/// by search among all that there are, divisions and products are those of float, errors sums of float64.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace oracle {

/// The nearest of some values in order, a tie to the one at an even place; what lies beyond them is the last.
template <std::size_t N>
std::size_t place_of_nearest(const std::array<double, N>& values, double x) {
  if (x >= values[N - 1]) return N - 1;
  std::size_t best = 0;
  for (std::size_t i = 1; i < N; ++i) {
    const double better = std::fabs(values[best] - x) - std::fabs(values[i] - x);
    if (better > 0 || (better == 0 && i % 2 == 0)) best = i;
  }
  return best;
}
/// All magnitudes of E4M3, E2M1 and int4, the code's bits but for the sign being the place.
inline const std::array<double, 127>& e4m3() {
  static const std::array<double, 127> values = [] {
    std::array<double, 127> v{};
    for (int i = 0; i < 127; ++i)
      v[static_cast<std::size_t>(i)] = i < 8 ? std::ldexp(i, -9) : std::ldexp(8 + i % 8, i / 8 - 10);
    return v;
  }();
  return values;
}
inline constexpr std::array<double, 8> e2m1{0, 0.5, 1, 1.5, 2, 3, 4, 6}, int4{0, 1, 2, 3, 4, 5, 6, 7};

struct choice_block {
  std::uint8_t scale = 0;
  std::vector<float> values;
  double error = 0;
};
/// A block whose values are divided by `step` and rounded to some magnitudes.
inline choice_block rounded_block(const std::vector<float>& x, float step,
                                  const std::array<double, 8>& magnitudes, std::size_t scale) {
  choice_block b;
  b.scale = static_cast<std::uint8_t>(scale);
  for (float v : x) {
    const float q = step == 0 ? 0.0F : v / step;
    const auto m =
        static_cast<float>(magnitudes[place_of_nearest(magnitudes, std::fabs(static_cast<double>(q)))]);
    b.values.push_back(std::copysign(m, v) * step);
    if (std::isinf(v)) v = std::copysign(std::numeric_limits<float>::max(), v);
    const float y = std::copysign(m, v) * step;
    const double d = static_cast<double>(v) - static_cast<double>(y);
    volatile double square = d * d;  // kept apart from the sum
    b.error += square;
  }
  return b;
}
struct choice_tensor {
  float tensor_scale = 1;
  std::vector<choice_block> blocks;
};
inline float largest(const std::vector<float>& x) {
  float a = 0;
  for (const float v : x)
    if (!std::isnan(v)) a = std::max(a, std::isinf(v) ? std::numeric_limits<float>::max() : std::fabs(v));
  return a;
}
inline bool any_nan(const std::vector<float>& x) {
  return std::any_of(x.begin(), x.end(), [](float v) { return std::isnan(v); });
}
inline choice_block poisoned(std::size_t n) {
  return {0x7F, std::vector<float>(n, std::numeric_limits<float>::quiet_NaN()), 0};
}

/// Four over six, of the blocks of a tensor. @param t  the scale of the tensor; 0: measured
inline choice_tensor four_over_six(const std::vector<std::vector<float>>& blocks, float t = 0) {
  float amax = 0;
  for (const auto& x : blocks) amax = std::max(amax, largest(x));
  if (t == 0) t = amax / 1536.0F;
  if (t == 0) t = 1;
  choice_tensor r{t, {}};
  for (const auto& x : blocks) {
    if (any_nan(x)) {
      r.blocks.push_back(poisoned(x.size()));
      continue;
    }
    const auto with = [&](float top) {
      const float relative = largest(x) / top / t;
      const std::size_t c = place_of_nearest(e4m3(), static_cast<double>(relative));
      return rounded_block(x, static_cast<float>(e4m3()[c]) * t, e2m1, c);
    };
    const choice_block six = with(6.0F), four = with(4.0F);
    r.blocks.push_back(four.error < six.error ? four : six);
  }
  return r;
}
/// IF4, likewise.
inline choice_tensor if4(const std::vector<std::vector<float>>& blocks, float t = 0) {
  float amax = 0;
  for (const auto& x : blocks) amax = std::max(amax, largest(x));
  if (t == 0) t = amax / 2688.0F;
  if (t == 0) t = 1;
  choice_tensor r{t, {}};
  for (const auto& x : blocks) {
    if (any_nan(x)) {
      r.blocks.push_back(poisoned(x.size()));
      continue;
    }
    const std::size_t c = place_of_nearest(e4m3(), static_cast<double>(largest(x) / 6.0F / t));
    const float d = static_cast<float>(e4m3()[c]) * t;
    const auto g = static_cast<float>(static_cast<long double>(d) * 6 / 7);
    const choice_block floats = rounded_block(x, d, e2m1, c), integers = rounded_block(x, g, int4, c + 128);
    r.blocks.push_back(integers.error < floats.error ? integers : floats);
  }
  return r;
}

}  // namespace oracle
