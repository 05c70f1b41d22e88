// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mase_rounding.hpp
/// What the schemes of mase.hpp compute with: log2 as float32 tells it, and roundings of scaled values. Their definitions are float32
/// formulas with calls of log2 and powers; here the same numbers come from the bits, without a mathematical library.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/rounding.hpp>

#include <bit>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail::parity {

/// Stands for the log2 of infinity; with a minus, for that of zero.
inline constexpr int beyond = 1 << 20;

/// Whether the float32 nearest to log2 v is T = `twice` / 2, an integer or half of an odd one, for v = 2^T·(1 + offset·2^-40).
///
/// log2 v is T + offset·2^-40 / ln 2, to first order; the second is 10^-6 of it at most, and no float32 is that close to a bound.
/// The nearest float32 is T where that differs by less than half the distance from T to its neighbour, 2^(p-24) for
/// 2^p <= |T| < 2^(p+1). From a power of two towards zero neighbours are half as far. Around 2^127, for one, 44 floats below
/// and 22 above have a log2 of 127. (No tie can occur: log2 of a float is an integer or irrational.)
constexpr bool log2_rounds_to(int twice, std::int64_t offset) {
  if (offset == 0) return true;
  if (twice == 0) return false;  // around 0 floats are as dense as log2 is
  const auto size = static_cast<u32>(twice < 0 ? -twice : twice);
  const int p = static_cast<int>(std::bit_width(size)) - 2;
  const bool towards_zero = (offset > 0) == (twice < 0);
  const int halvings = 7 - p + (towards_zero && std::has_single_bit(size) ? 1 : 0);
  constexpr std::int64_t ln2 = 5814540;  // ·2^-23
  return (offset < 0 ? -offset : offset) < ln2 >> halvings;
}

/// A positive finite value as significand·2^(exponent-23), the significand of 24 bits, also where the float is subnormal.
struct parts {
  std::int64_t significand;
  int exponent;
  constexpr explicit parts(i32 magnitude_bits)
      : significand((unbounded_bits<float>(magnitude_bits) & 0x007fffff) | 0x00800000), exponent(floor_log2<float>(magnitude_bits)) {}
};

/// floor, ceil and round-to-nearest-even of fl(log2 v), v >= 0 given by its bits and not NaN; ±`beyond` for infinity and zero.
constexpr int floor_of_log2(i32 magnitude_bits) {
  if (magnitude_bits == 0) return -beyond;
  if (magnitude_bits >= infinity_bits) return beyond;
  const parts v(magnitude_bits);
  const std::int64_t below_next = (v.significand - 0x01000000) * 0x10000;
  return log2_rounds_to(2 * (v.exponent + 1), below_next) ? v.exponent + 1 : v.exponent;
}
constexpr int ceil_of_log2(i32 magnitude_bits) {
  if (magnitude_bits == 0) return -beyond;
  if (magnitude_bits >= infinity_bits) return beyond;
  const parts v(magnitude_bits);
  const std::int64_t above = (v.significand - 0x00800000) * 0x20000;
  return log2_rounds_to(2 * v.exponent, above) ? v.exponent : v.exponent + 1;
}
constexpr int nearest_of_log2(i32 magnitude_bits) {
  if (magnitude_bits == 0) return -beyond;
  if (magnitude_bits >= infinity_bits) return beyond;
  const parts v(magnitude_bits);
  // The distance from 2^exponent·√2; the constant is 2^33/√2, good to 2^-36 of the distance's unit 1.
  const std::int64_t from_half = (v.significand * 6074001000 >> 16) - (std::int64_t{1} << 40);
  if (log2_rounds_to(2 * v.exponent + 1, from_half)) return v.exponent + (v.exponent & 1);
  return from_half > 0 ? v.exponent + 1 : v.exponent;
}

/// v·2^n to the nearest integer, ties to even; 2^30 stands for all from there on. v >= 0 by its bits, not NaN.
constexpr i32 rounded_scaled(i32 magnitude_bits, int n) {
  constexpr i32 most = i32{1} << 30;
  if (magnitude_bits >= infinity_bits) return most;
  const i32 field = magnitude_bits >> 23, low = magnitude_bits & 0x007fffff;
  const i32 significand = field == 0 ? low : low | 0x00800000;
  const int shift = (field == 0 ? 149 : 150 - field) - n;
  if (shift > 0) return round_shifted<Round::nearest_even, float>(significand, shift, 0, 0, 0);
  return significand == 0 ? 0 : shift < -6 ? most : significand << -shift;
}

/// A float to the nearest integer, ties to even. On the bits, so that no compiler merges it with a multiplication before it.
constexpr float nearest_integer(float x) {
  const i32 magnitude = std::bit_cast<i32>(x) & magnitude_mask;
  if (magnitude >= 0x4b000000) return x;  // 2^23 and above, infinity, NaN
  const auto n = static_cast<float>(rounded_scaled(magnitude, 0));
  return std::bit_cast<i32>(x) < 0 ? -n : n;
}

/// ±m·2^k with the sign of `x`, rounded once; |m| < 2^25 and the result is in range.
constexpr float with_sign_of(float x, i32 m, int k) {
  const auto v = static_cast<float>(static_cast<double>(m) * exp2_double(k));
  return std::bit_cast<float>(std::bit_cast<i32>(v) | (std::bit_cast<i32>(x) & sign_bit));
}
constexpr float infinity_with_sign_of(float x) { return std::bit_cast<float>(infinity_bits | (std::bit_cast<i32>(x) & sign_bit)); }
inline constexpr float not_a_number = std::bit_cast<float>(quiet_nan_bits);

constexpr int clamped(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

}  // namespace dyadic::detail::parity

DYADIC_AS_WRITTEN_END
