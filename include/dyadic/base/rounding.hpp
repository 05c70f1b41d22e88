// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file rounding.hpp
/// How a conversion rounds and what it does past the largest value. Both belong to the conversion, never to the type.
#include <dyadic/base/bits.hpp>

#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// To which of its two neighbours a value goes that lies between them.
enum class Round {
  nearest_even,  ///< the nearest; a tie goes to the even code
  nearest_away,  ///< the nearest; a tie goes away from zero
  toward_zero,
  down,        ///< towards minus infinity
  up,          ///< towards plus infinity
  to_odd,      ///< inexact: the neighbour with the odd code (so that a later rounding to fewer bits is right)
  stochastic,  ///< up with the probability of the distance from below; unbiased
};

/// What becomes of a finite value past the largest finite one.
enum class Overflow {
  saturate,  ///< the largest finite value
  wrap,      ///< fixed point only: the code modulo 2^W
  special,   ///< infinity where the format has one, else NaN
};

/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(Round r) {
  constexpr std::string_view names[] = {"nearest_even", "nearest_away", "toward_zero", "down", "up", "to_odd", "stochastic"};
  return names[static_cast<int>(r)];
}
/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(Overflow o) {
  constexpr std::string_view names[] = {"saturate", "wrap", "special"};
  return names[static_cast<int>(o)];
}

namespace detail {

/// A magnitude that lies `rest / 2^shift` above the integer `floor`, as significand and shift.
/// @param significand  24 bits at most   @param shift  how many low bits are dropped; <= 0 means none (and none is lost)
/// @param parity  added to the floor before its lowest bit is asked for: the tie goes to the even *code*
/// @param random  32 uniform bits, for stochastic rounding
/// @returns floor or floor + 1; for shift <= 0 the significand itself (the caller knows the quantum is then finer).
template <Round R, class V>
DYADIC_LANE ints_of<V> round_shifted(ints_of<V> significand, ints_of<V> shift, ints_of<V> parity, ints_of<V> negative_mask, ints_of<V> random) {
  using I = ints_of<V>;
  // 1. Past 31 dropped bits nothing changes but the probability in stochastic rounding; past 25 the floor is 0.
  const I n = imin(imax(shift, isplat<V>(0)), isplat<V>(31));
  const I floor = shift_right<V>(significand, n);
  const I rest = significand - shift_left<V>(floor, n);
  const I inexact = select(rest != isplat<V>(0), isplat<V>(1), isplat<V>(0));
  const I odd = (floor + parity) & isplat<V>(1);
  const I negative = negative_mask & isplat<V>(1);
  // 2. Does it go up in magnitude?
  if constexpr (R == Round::toward_zero) return floor;
  else if constexpr (R == Round::down) return floor + (inexact & negative);
  else if constexpr (R == Round::up) return floor + (inexact & (isplat<V>(1) - negative));
  else if constexpr (R == Round::to_odd) return floor + (inexact & (isplat<V>(1) - odd));
  else if constexpr (R == Round::stochastic) {
    // The chance of going up is rest / 2^shift: compare 32 random bits with that many 2^-32ths. rest < 2^24, shift >= 1.
    const I wide = imax(shift, isplat<V>(0));
    const I left = imin(imax(isplat<V>(32) - wide, isplat<V>(0)), isplat<V>(31));
    const I right = imin(imax(wide - isplat<V>(32), isplat<V>(0)), isplat<V>(31));
    const I threshold = shift_right<V>(shift_left<V>(rest, left), right);
    // unsigned comparison random < threshold by flipping the top bits
    const auto up = (random ^ isplat<V>(sign_bit)) < (threshold ^ isplat<V>(sign_bit));
    return floor + select(up, isplat<V>(1), isplat<V>(0)) * inexact;
  } else {
    // twice the rest against 2^n, without leaving 31 bits: n = 31 means less than a half for any 24-bit rest
    const I half = shift_left<V>(isplat<V>(1), imax(n - isplat<V>(1), isplat<V>(0)));
    const I above = select(rest > half, isplat<V>(1), isplat<V>(0));
    const I tie = select(rest == half, isplat<V>(1), isplat<V>(0)) * inexact;
    if constexpr (R == Round::nearest_away) return floor + (above | tie) * inexact;
    else return floor + (above | (tie & odd)) * inexact;
  }
}

/// Of the values `low` and `high`, between which a number lies, the place 0 or 1: the upper one as often as the number lies up, in steps
/// of 2^-24. Where the two are the same float: 0. For formats whose neighbours lie at distances of their own.
template <class V>
DYADIC_LANE ints_of<V> either_neighbour(V x, V low, V high, ints_of<V> random) {
  const V zero = splat<V>(0.0F), apart = high - low;
  const V part = select(apart > zero, (x - low) / select(apart > zero, apart, splat<V>(1.0F)), zero);
  return select(shift_right<V>(random, isplat<V>(8)) < to_int<V>(part * splat<V>(16777216.0F)), isplat<V>(1), isplat<V>(0));
}

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
