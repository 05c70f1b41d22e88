// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact.hpp
/// Exact intermediate results: a dyadic rational with a 64-bit significand, and one bit for what lies below it. Arithmetic on
/// numbers of a format goes through it and is rounded once, by the format.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/rounding.hpp>

#include <bit>
#include <cstdint>

namespace dyadic::detail {

using u64 = std::uint64_t;

/// ±(significand + s) · 2^exponent with s = 0, or 0 < s < 1 if `sticky`.
struct Dyadic {
  bool negative = false;
  u64 significand = 0;
  int exponent = 0;
  bool sticky = false;

  [[nodiscard]] constexpr bool zero() const { return significand == 0 && !sticky; }
  /// floor(log2 |value|) of a value with a non-zero significand.
  [[nodiscard]] constexpr int log2() const { return exponent + 63 - std::countl_zero(significand); }
};

/// A finite float, exactly.
constexpr Dyadic to_dyadic(float x) {
  const u32 b = std::bit_cast<u32>(x);
  const int field = static_cast<int>(b >> 23 & 0xff);
  const u64 low = b & 0x7fffff;
  return {(b >> 31) != 0, field == 0 ? low : low | 0x800000, field == 0 ? -149 : field - 150, false};
}
constexpr Dyadic to_dyadic(double x) {
  const u64 b = std::bit_cast<u64>(x);
  const int field = static_cast<int>(b >> 52 & 0x7ff);
  const u64 low = b & ((u64{1} << 52) - 1);
  return {(b >> 63) != 0, field == 0 ? low : low | u64{1} << 52, field == 0 ? -1074 : field - 1075, false};
}

/// Exact for factors of at most 32 significant bits.
constexpr Dyadic multiply(Dyadic a, Dyadic b) {
  return {a.negative != b.negative, a.significand * b.significand, a.exponent + b.exponent, false};
}

/// At least 32 correct bits and a sticky one, for operands of at most 32 bits and b != 0.
constexpr Dyadic divide(Dyadic a, Dyadic b) {
  const int up = a.significand == 0 ? 0 : std::countl_zero(a.significand);
  const u64 n = a.significand << up;
  return {a.negative != b.negative, n / b.significand, a.exponent - up - b.exponent, n % b.significand != 0};
}

/// The sum of two exact values of at most 61 significant bits, rounded to odd at 62 bits: one later rounding is then right.
constexpr Dyadic add(Dyadic a, Dyadic b) {
  if (a.significand == 0) return b.significand == 0 && a.negative != b.negative ? Dyadic{} : b;
  if (b.significand == 0) return a;
  if (a.log2() < b.log2()) {
    const Dyadic t = a;
    a = b;
    b = t;
  }
  // 1. The larger one's leading bit to position 61: the sum has room above, the smaller one has room below.
  const int lead = 63 - std::countl_zero(a.significand);
  const int up = 61 - lead;
  const u64 big = up >= 0 ? a.significand << up : a.significand >> -up;  // -up <= 0 for 62 bits and fewer
  const int exponent = a.exponent - up;
  // 2. The smaller one, shifted to the same exponent; what falls off is remembered.
  const int down = exponent - b.exponent;
  u64 small = 0;
  bool lost = false;
  if (down <= 0) small = b.significand << -down;
  else if (down < 64) {
    small = b.significand >> down;
    lost = (small << down) != b.significand;
  } else lost = true;
  // 3. Add or subtract; a lost part below a difference takes one from it and leaves a part above.
  if (a.negative == b.negative) return {a.negative, big + small, exponent, lost};
  const u64 difference = big - small - (lost ? 1U : 0U);
  if (difference == 0 && !lost) return {};
  if (big < small + (lost ? 1U : 0U)) return {!a.negative, small - big, exponent, false};
  return {a.negative, difference, exponent, lost};
}

/// |x| / 2^quantum as an integer, rounded in direction `R`. @param parity  added to the integer before a tie asks which code is even
template <Round R>
constexpr u64 round_to_quantum(const Dyadic& x, int quantum, u64 parity = 0, u32 random = 0) {
  const int shift = quantum - x.exponent;
  if (shift <= 0) return -shift > 63 ? (x.significand == 0 ? 0 : ~u64{0}) : x.significand << -shift;
  const u64 floor = shift > 63 ? 0 : x.significand >> shift;
  const u64 rest = shift > 63 ? x.significand : x.significand - (floor << shift);
  const bool inexact = rest != 0 || x.sticky;
  const bool odd = ((floor + parity) & 1) != 0;
  bool above = false, tie = false;  // against one half
  if (shift <= 64) {
    const u64 half = u64{1} << (shift - 1);
    above = rest > half || (rest == half && x.sticky);
    tie = rest == half && !x.sticky;
  }
  bool up = false;
  switch (R) {
    case Round::nearest_even: up = above || (tie && odd); break;
    case Round::nearest_away: up = above || tie; break;
    case Round::toward_zero: break;
    case Round::down: up = inexact && x.negative; break;
    case Round::up: up = inexact && !x.negative; break;
    case Round::to_odd: up = inexact && !odd; break;
    default: {  // stochastic, with all random bits or with some
      const u64 chance = shift <= 32 ? rest << (32 - shift) : shift >= 96 ? 0 : rest >> (shift - 32);
      const bool dropped = x.sticky || (shift > 32 && (shift >= 96 ? rest != 0 : chance << (shift - 32) != rest));
      const auto number = static_cast<u32>(compared_number<R>(static_cast<i32>(random)));
      up = inexact && number < chance + (counts_rest(R) && dropped && number % 2 == 0 ? 1U : 0U);
      break;
    }
  }
  return floor + (up ? 1U : 0U);
}

}  // namespace dyadic::detail
