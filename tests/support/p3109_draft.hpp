// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file p3109_draft.hpp
/// IEEE P3109 (draft 4.0) a second time: decoding, rounding to a precision, saturation and encoding as its
/// sections 4.7.2 to 4.7.6 define them, each in the draft's own terms and order. It shares nothing with the
/// library.
///
/// Why double is exact here: values have at most 16 significant bits and, like float32's with 24, lie between
/// 2^-149 and 2^128. What is scaled is scaled by powers of two, what is rounded is taken from a double by
/// floor.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace p3109_draft {

enum class Signedness { is_signed, is_unsigned };
enum class Domain { finite, extended };
enum class Mode {
  nearest_ties_to_even,
  nearest_ties_to_away,
  toward_positive,
  toward_negative,
  toward_zero,
  to_odd,
  stochastic_a,
  stochastic_b,
  stochastic_c
};
enum class Saturation { finite, propagate, none };

struct Format {
  int bitwidth, precision;
  Signedness signedness;
  Domain domain;

  [[nodiscard]] bool is_signed() const { return signedness == Signedness::is_signed; }
  [[nodiscard]] int bias() const {
    return 1 << (is_signed() ? bitwidth - precision - 1 : bitwidth - precision);
  }
  [[nodiscard]] std::uint32_t codes() const { return std::uint32_t{1} << bitwidth; }

  [[nodiscard]] double decode(std::uint32_t x) const {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::uint32_t half = codes() / 2;
    if (x == (is_signed() ? half : codes() - 1)) return std::numeric_limits<double>::quiet_NaN();
    if (domain == Domain::extended) {
      if (is_signed() && x == half - 1) return infinity;
      if (is_signed() && x == codes() - 1) return -infinity;
      if (!is_signed() && x == codes() - 2) return infinity;
    }
    if (is_signed() && x > half) return -decode(x - half);
    const std::uint32_t steps = std::uint32_t{1} << (precision - 1);
    const double trailing = std::ldexp(static_cast<double>(x % steps), 1 - precision);
    const int biased = static_cast<int>(x / steps);
    return biased == 0 ? std::ldexp(trailing, 1 - bias()) : std::ldexp(1 + trailing, biased - bias());
  }
  [[nodiscard]] double max_finite() const {
    std::uint32_t top = is_signed() ? codes() / 2 - 1 : codes() - 2;
    if (domain == Domain::extended) --top;
    return decode(top);
  }
  [[nodiscard]] double min_finite() const { return is_signed() ? -max_finite() : 0; }

  [[nodiscard]] std::uint32_t encode(double x) const {
    if (std::isnan(x)) return is_signed() ? codes() / 2 : codes() - 1;
    if (x == std::numeric_limits<double>::infinity()) return is_signed() ? codes() / 2 - 1 : codes() - 2;
    if (x < 0) return encode(-x) + codes() / 2;
    if (x == 0) return 0;
    const int exponent = std::max(std::ilogb(x), 1 - bias());
    const auto significand = static_cast<std::uint32_t>(std::ldexp(x, precision - 1 - exponent));
    const std::uint32_t steps = std::uint32_t{1} << (precision - 1);
    return significand < steps ? significand
                               : significand % steps + static_cast<std::uint32_t>(exponent + bias()) * steps;
  }
};

/// The mode, and of stochastic ones the number of random bits and those bits.
struct Rounding {
  Mode mode;
  int n = 0;
  std::uint32_t r = 0;
};

inline bool is_even(double integer) { return std::fmod(integer, 2) == 0; }
/// To the nearest integer, ties to even, by its definition.
inline double nearest_integer(double x) {
  const double floor = std::floor(x);
  return x < floor + 0.5 || (x == floor + 0.5 && is_even(floor)) ? floor : floor + 1;
}

inline double round_to_precision(const Format& f, Rounding rounding, double x) {
  if (x == 0 || std::isinf(x)) return x;
  const int p = f.precision, b = f.bias();
  const int quantum = std::max(std::ilogb(x), 1 - b) - p + 1;
  const double scaled = std::ldexp(std::fabs(x), -quantum);
  const double floor = std::floor(scaled), v = scaled - floor;
  const bool code_is_even = p > 1 ? is_even(floor) : floor == 0 || is_even(quantum + b);
  const double r = rounding.r;
  const auto times = [&](int power) { return std::ldexp(v, power); };
  const auto two_to = [](int power) { return std::ldexp(1.0, power); };
  bool away = false;
  switch (rounding.mode) {
    case Mode::toward_zero:
      break;
    case Mode::toward_positive:
      away = v > 0 && x > 0;
      break;
    case Mode::toward_negative:
      away = v > 0 && x < 0;
      break;
    case Mode::nearest_ties_to_away:
      away = v >= 0.5;
      break;
    case Mode::nearest_ties_to_even:
      away = v > 0.5 || (v == 0.5 && !code_is_even);
      break;
    case Mode::to_odd:
      away = v > 0 && code_is_even;
      break;
    case Mode::stochastic_a:
      away = std::floor(times(rounding.n)) + r >= two_to(rounding.n);
      break;
    case Mode::stochastic_b:
      away = std::floor(times(rounding.n + 1)) + (2 * r + 1) >= two_to(rounding.n + 1);
      break;
    case Mode::stochastic_c:
      away = nearest_integer(times(rounding.n)) + r >= two_to(rounding.n);
      break;
  }
  const double z = std::ldexp(away ? floor + 1 : floor, quantum);
  return x < 0 ? -z : z;
}

inline double saturate(const Format& f, Saturation saturation, Mode mode, double x) {
  const double infinity = std::numeric_limits<double>::infinity(), low = f.min_finite(),
               high = f.max_finite();
  const bool extended = f.domain == Domain::extended;
  if (low <= x && x <= high) return x;
  switch (saturation) {
    case Saturation::finite:
      return x < 0 ? low : high;
    case Saturation::propagate:
      if (x == infinity && extended) return infinity;
      if (x == -infinity && f.is_signed() && extended) return -infinity;
      return x < 0 ? low : high;
    case Saturation::none:
      break;
  }
  if (x == infinity) return extended ? infinity : high;
  if (x == -infinity)
    return f.is_signed() ? (extended ? -infinity : low) : std::numeric_limits<double>::quiet_NaN();
  if (mode == Mode::to_odd && !f.is_signed() && extended && x > high) return high;
  if ((mode == Mode::toward_zero || mode == Mode::toward_negative) && x > high) return high;
  if ((mode == Mode::toward_zero || mode == Mode::toward_positive) && x < low) return low;
  if (f.is_signed() && extended && x < low) return -infinity;
  if (!f.is_signed() && x < low) return std::numeric_limits<double>::quiet_NaN();
  if (x < low) return low;
  return extended ? infinity : high;
}

/// The code of a number, an infinity or NaN.
inline std::uint32_t project(const Format& f, Rounding rounding, Saturation saturation, double x) {
  if (std::isnan(x)) return f.encode(x);
  return f.encode(saturate(f, saturation, rounding.mode, round_to_precision(f, rounding, x)));
}

}  // namespace p3109_draft
