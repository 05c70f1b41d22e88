// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact.hpp
/// Exact intermediate results: a dyadic rational with a 64-bit significand, and 64 bits for what lies below it. Arithmetic on
/// numbers of a format goes through it and is rounded once, by the format.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/rounding.hpp>

#include <bit>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

using u64 = std::uint64_t;

/// ±(significand + below · 2^-64) · 2^exponent. An odd `below` also stands for what lies just beside it: whoever drops bits
/// beyond the 128 sets its last one. Few numbers have anything there, so that most say just whether there is something: 0 or 1.
struct Dyadic {
  bool negative = false;
  u64 significand = 0;
  int exponent = 0;
  u64 below = 0;

  [[nodiscard]] constexpr bool zero() const { return significand == 0 && below == 0; }
  /// floor(log2 |value|) of a value with a non-zero significand.
  [[nodiscard]] constexpr int log2() const { return exponent + 63 - std::countl_zero(significand); }
};

/// A finite float, exactly.
constexpr Dyadic to_dyadic(float x) {
  const u32 b = std::bit_cast<u32>(x);
  const int field = static_cast<int>(b >> 23 & 0xff);
  const u64 low = b & 0x7fffff;
  return {(b >> 31) != 0, field == 0 ? low : low | 0x800000, field == 0 ? -149 : field - 150};
}
constexpr Dyadic to_dyadic(double x) {
  const u64 b = std::bit_cast<u64>(x);
  const int field = static_cast<int>(b >> 52 & 0x7ff);
  const u64 low = b & ((u64{1} << 52) - 1);
  return {(b >> 63) != 0, field == 0 ? low : low | u64{1} << 52, field == 0 ? -1074 : field - 1075};
}

/// The nearest double, about; 0 where that would be small.
constexpr double to_double(const Dyadic& x) {
  if (x.significand == 0 || x.log2() < -900) return 0.0;
  const double a = static_cast<double>(x.significand) * exp2_double(x.exponent);
  return x.negative ? -a : a;
}

/// Exact for factors of at most 32 significant bits.
constexpr Dyadic multiply(Dyadic a, Dyadic b) {
  return {a.negative != b.negative, a.significand * b.significand, a.exponent + b.exponent};
}

/// The leading bits of a quotient, and whether there is more, for operands of at most 32 bits and b != 0.
/// @tparam Full  64 bits; else 64 less the bits of b or more, which do where results have at most 31
template <bool Full = true>
constexpr Dyadic divide(Dyadic a, Dyadic b) {
  if (a.significand == 0) return {a.negative != b.negative, 0, 0};
  const int up = std::countl_zero(a.significand);
  const u64 n = a.significand << up;
  const u64 whole = n / b.significand, rest = n % b.significand;
  const int exponent = a.exponent - up - b.exponent;
  if constexpr (!Full) return {a.negative != b.negative, whole, exponent, rest != 0};
  const int more = std::countl_zero(whole);  // 32 at most, and rest < 2^32
  const u64 last = rest << more;
  return {a.negative != b.negative, (whole << more) + last / b.significand, exponent - more,
          last % b.significand != 0};
}

/// The quotient in quanta of 2^quantum, modulo 2^64 of them: for formats that wrap. Operands as above.
constexpr Dyadic divide_modulo(Dyadic a, Dyadic b, int quantum) {
  const int shift = a.exponent - b.exponent - quantum;
  if (shift < 0) return divide(a, b);  // 2^32 quanta at most
  u64 whole = a.significand / b.significand, rest = a.significand % b.significand;
  const auto digits = [&](int n) {  // long division, n <= 32 bits more
    const u64 more = (rest << n) / b.significand;
    rest = (rest << n) % b.significand;
    return more;
  };
  for (int left = shift; left > 0; left -= 32) {
    const int n = left < 32 ? left : 32;
    whole = (whole << n) + digits(n);
  }
  u64 below = digits(32) << 32;
  below |= digits(32);
  return {a.negative != b.negative, whole, quantum, below | (rest != 0 ? 1U : 0U)};
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
  if (big < small + (lost ? 1U : 0U)) return {!a.negative, small - big, exponent};
  return {a.negative, difference, exponent, lost};
}

/// Whether a magnitude goes up that lies between an odd or an even integer and the next.
/// @param above, tie  against one half   @param chance  the first 32 bits behind the integer
/// @param dropped  whether there is more behind those
template <Round R>
constexpr bool goes_up(bool inexact, bool above, bool tie, bool odd, bool negative,
                       [[maybe_unused]] u64 chance, [[maybe_unused]] bool dropped,
                       [[maybe_unused]] u32 random) {
  switch (R) {
    case Round::nearest_even:
      return above || (tie && odd);
    case Round::nearest_away:
      return above || tie;
    case Round::toward_zero:
      return false;
    case Round::down:
      return inexact && negative;
    case Round::up:
      return inexact && !negative;
    case Round::to_odd:
      return inexact && !odd;
    default: {  // stochastic, with all random bits or with some
      const u64 number = static_cast<u32>(compared_number<R>(static_cast<i32>(random)));
      return inexact && number < chance + (counts_rest(R) && dropped && number % 2 == 0 ? 1U : 0U);
    }
  }
}

/// `round_to_quantum` where the quantum is no more than a unit of the significand, so that `below` alone is rounded: of quotients and wide
/// numbers that wrap. Apart from it, to keep that small enough for compilers to put it where it is called.
template <Round R>
[[gnu::noinline, gnu::cold]] constexpr u64 round_below(const Dyadic& x, int left, u64 parity, u32 random) {
  u64 floor = 0;
  if (left == 0) floor = x.significand;
  else if (left < 64) floor = x.significand << left | x.below >> (64 - left);
  else if (left < 128) floor = x.below << (left - 64);
  const u64 rest = left < 64 ? x.below << left : 0, half = u64{1} << 63;
  const bool odd = ((floor + parity) & 1) != 0;
  return floor +
         (goes_up<R>(rest != 0, rest > half, rest == half, odd, x.negative, rest >> 32, rest << 32 != 0, random)
              ? 1U
              : 0U);
}

/// |x| / 2^quantum as an integer modulo 2^64, rounded in direction `R`.
/// @param parity  added to the integer before a tie asks which code is even
template <Round R>
constexpr u64 round_to_quantum(const Dyadic& x, int quantum, u64 parity = 0, u32 random = 0) {
  const int shift = quantum - x.exponent;
  if (shift <= 0) {
    if (x.below != 0) [[unlikely]]
      return round_below<R>(x, -shift, parity, random);
    return -shift > 63 ? 0 : x.significand << -shift;
  }
  const u64 floor = shift > 63 ? 0 : x.significand >> shift;
  const u64 rest = shift > 63 ? x.significand : x.significand - (floor << shift);
  bool above = false, tie = false;  // against one half
  if (shift <= 64) {
    const u64 half = u64{1} << (shift - 1);
    above = rest > half || (rest == half && x.below != 0);
    tie = rest == half && x.below == 0;
  }
  u64 chance = 0;
  bool dropped = false;
  if constexpr (is_stochastic(R)) {
    if (shift < 32) {
      chance = rest << (32 - shift) | x.below >> (32 + shift);
      dropped = x.below << (32 - shift) != 0;
    } else {
      if (shift < 96) chance = rest >> (shift - 32);
      dropped = x.below != 0 || (shift < 96 ? chance << (shift - 32) != rest : rest != 0);
    }
  }
  const bool odd = ((floor + parity) & 1) != 0;
  return floor +
         (goes_up<R>(rest != 0 || x.below != 0, above, tie, odd, x.negative, chance, dropped, random) ? 1U : 0U);
}

/// The nearest float32 of a value that has one; ±2^127 stands for all beyond.
constexpr float nearest_float(const Dyadic& x) {
  if (x.significand == 0) return x.negative ? -0.0F : 0.0F;
  const int lead = x.log2() > 126 ? 127 : x.log2(), quantum = (lead < -126 ? -126 : lead) - 23;
  const u64 n = lead == 127 ? u64{1} << 23 : round_to_quantum<Round::nearest_even>(x, quantum);
  const auto magnitude = static_cast<float>(static_cast<double>(n) * exp2_double(quantum));
  return x.negative ? -magnitude : magnitude;
}

/// As the lanes' `either_neighbour` (base/rounding.hpp), of an exact number and in steps of 2^-32.
constexpr int either_neighbour(const Dyadic& x, double low, double high, u32 random) {
  const double part = high > low ? (to_double(x) - low) / (high - low) : 0.0;
  return static_cast<double>(random) < part * 4294967296.0 ? 1 : 0;
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
