// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_inputs.hpp
/// The floats on which a conversion can go wrong: values, midpoints, their neighbours, every exponent, the special ones.
#include "support/oracle.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace oracle {

/// Unoptimised builds, the sanitised ones among them, are ten times slower: they take every `thinning`-th sample of the long sweeps.
#if defined(__OPTIMIZE__)
inline constexpr int thinning = 1;
#else
inline constexpr int thinning = 13;
#endif

inline float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }
inline std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

/// Zeros, subnormals, ends of binades, the largest, infinities, NaNs of both signs, quiet and signalling.
inline std::vector<float> special_inputs() {
  std::vector<float> r;
  for (const std::uint32_t b :
       {0U,          1U,          2U,          3U,          0x003fffffU, 0x00400000U, 0x007fffffU, 0x00800000U, 0x00800001U, 0x00ffffffU,
        0x01000000U, 0x3effffffU, 0x3f000000U, 0x3f000001U, 0x3f7fffffU, 0x3f800000U, 0x3f800001U, 0x3fb504f3U, 0x3fb504f4U, 0x3fc00000U,
        0x7effffffU, 0x7f000000U, 0x7f7ffffeU, 0x7f7fffffU, 0x7f800000U, 0x7fc00000U, 0x7f800001U, 0x7fffffffU, 0x7fa00000U}) {
    r.push_back(float_of(b));
    r.push_back(float_of(b | 0x80000000U));
  }
  return r;
}

/// Random bits, so that every exponent comes up alike; NaNs and infinities among them.
inline std::vector<float> random_inputs(int count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<float> r(static_cast<std::size_t>(count));
  for (float& x : r) x = float_of(static_cast<std::uint32_t>(engine() >> 32));
  return r;
}
/// Random floats of the magnitudes that a format has values for, half a binade more at both ends.
inline std::vector<float> inputs_within(const Format& f, int count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const double top = std::log2(std::max(f.largest(), -f.at(f.first).value)) + 1;
  const double smallest = bracket(f, {1e-300, 0}).above.value;
  const double bottom = smallest > 0 ? std::log2(smallest) : top - 2;
  std::vector<float> r(static_cast<std::size_t>(count));
  for (float& x : r) {
    const double u = static_cast<double>(engine() >> 11) * 0x1p-53;
    const double m = std::exp2(std::max(bottom - 1.5 + u * (top - bottom + 1.5), -149.0));
    x = static_cast<float>(std::min(m, 3.4e38)) * ((engine() & 1) != 0 ? -1.0F : 1.0F);
  }
  return r;
}

inline void push_with_neighbours(std::vector<float>& r, double x) {
  if (std::fabs(x) > static_cast<double>(std::numeric_limits<float>::max())) return;
  const float f = static_cast<float>(x);
  const float infinity = std::numeric_limits<float>::infinity();
  r.insert(r.end(), {f, std::nextafter(f, infinity), std::nextafter(f, -infinity)});
}

/// Every value of the format and every midpoint of two neighbours (wide formats: a sample), with the floats on either side;
/// also the first steps past both ends. For a logarithmic format the floats around value·√2.
inline std::vector<float> critical_inputs(const Format& f, int stride = thinning) {
  std::vector<float> r;
  const std::int64_t count = f.last - f.first + 1;
  const std::int64_t step = std::max<std::int64_t>(count > 70000 ? count / 20011 : stride, 1);
  for (std::int64_t i = f.first; i < f.last + step; i += step) {
    const std::int64_t k = std::min(i, f.last);
    const double a = f.at(k).value;
    push_with_neighbours(r, a);
    if (k == f.last) break;
    const double b = f.at(k + 1).value;
    push_with_neighbours(r, (a + b) / 2);
    if (f.meeting) push_with_neighbours(r, f.middle(f.at(k), f.at(k + 1)));
    if (f.logarithmic) push_with_neighbours(r, (a < 0 ? a : b) / std::sqrt(2.0));
  }
  const double quantum = f.last > f.first ? f.largest() - f.at(f.last - 1).value : 1.0;
  for (const double n : {0.5, 1.0, 1.5, 2.0, 3.0}) {
    push_with_neighbours(r, f.largest() + n * quantum);
    push_with_neighbours(r, f.at(f.first).value - n * quantum);
  }
  return r;
}

/// Calls `use(x)` for every pattern of the upper 16 bits with a few lower halves.
template <class Use>
void for_each_upper_half(const Use& use) {
  for (std::uint32_t upper = 0; upper <= 0xffff; upper += thinning)
    for (const std::uint32_t lower : {0x0000U, 0x0001U, 0x8000U, 0xffffU}) use(float_of(upper << 16 | lower));
}

}  // namespace oracle
