// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file rounding.hpp
/// How a conversion rounds and what it does past the largest value. Both belong to the conversion, never to the type.
#include <dyadic/base/bits.hpp>

#include <cstddef>
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

/// What becomes of a finite value past the largest finite one, and of an infinity. (P3109's names in
/// brackets.) What an unsigned format makes of numbers below zero is said where it differs from 0, its
/// smallest value.
enum class Overflow {
  saturate,   ///< the largest finite value, of infinities too (SatFinite)
  wrap,       ///< fixed point only: the code modulo 2^W
  special,    ///< infinity where the format has one, else NaN; unsigned, -Inf is NaN
  propagate,  ///< the largest finite value; an infinity stays one where the format has it (SatPropagate)
  infinity,   ///< infinity where the format has one, else the largest finite value; unsigned, what rounds to
              ///< less than 0 is NaN (SatNone)
};

namespace detail {

/// The three ways in which P3109 rounds with few random bits; see `stochastic_a`.
enum class stochastic_kind { a, b, c };

/// A direction that has a parameter is a number past the enumerators: the kind and the random bits.
template <stochastic_kind Kind, int N>
struct stochastic_round {
  static_assert(1 <= N && N <= 30,
                "dyadic::stochastic_a<N>, stochastic_b<N>, stochastic_c<N>: N, the random bits of a rounding, must be in [1, 30]. For 32 "
                "of them use Round::stochastic.");
  static constexpr Round value = static_cast<Round>(((static_cast<int>(Kind) + 1) << 8) | N);
};
constexpr bool has_random_bits(Round r) { return static_cast<int>(r) >= 1 << 8; }
constexpr int random_bits_of(Round r) { return static_cast<int>(r) & 255; }
constexpr stochastic_kind kind_of_stochastic(Round r) { return static_cast<stochastic_kind>((static_cast<int>(r) >> 8) - 1); }
/// Whether a direction draws random bits at all.
constexpr bool is_stochastic(Round r) { return r == Round::stochastic || has_random_bits(r); }

/// "stochastic_a<1>" … "stochastic_c<30>", in that order.
struct stochastic_names {
  char text[90][18]{};
  int size[90]{};
};
constexpr stochastic_names make_stochastic_names() {
  stochastic_names t;
  constexpr std::string_view stem = "stochastic_";
  for (int i = 0; i < 90; ++i) {
    const auto put = [&](char c) { t.text[i][t.size[i]++] = c; };
    for (const char c : stem) put(c);
    put(static_cast<char>('a' + i / 30));
    put('<');
    const int n = i % 30 + 1;
    if (n >= 10) put(static_cast<char>('0' + n / 10));
    put(static_cast<char>('0' + n % 10));
    put('>');
  }
  return t;
}
inline constexpr stochastic_names names_of_stochastic = make_stochastic_names();

}  // namespace detail

/// Stochastic rounding with N random bits, in the three variants of P3109 (draft 4.0, section 4.7.4):
/// `With<E4M3, stochastic_b<8>>`. With R, the N random bits as an integer, and v, how far in [0, 1) a
/// magnitude lies from its smaller neighbour to the larger one, the larger one is taken
///  - in variant a if floor(v·2^N) + R >= 2^N: with the probability v rounded down to N bits;
///  - in variant b if floor(v·2^(N+1)) + 2R + 1 >= 2^(N+1): v rounded to the nearest, ties upwards;
///  - in variant c if rne(v·2^N) + R >= 2^N: v rounded to the nearest, ties to even.
///
/// R is the upper N of the 32 random bits of an element, `random_bits(seed, index)`. `Round::stochastic` is
/// variant a with N = 32, with the 32 bits inverted for R: it takes the larger one where they are less than
/// floor(v·2^32).
/// @tparam N  1 to 30
/// @{
template <int N>
inline constexpr Round stochastic_a = detail::stochastic_round<detail::stochastic_kind::a, N>::value;
template <int N>
inline constexpr Round stochastic_b = detail::stochastic_round<detail::stochastic_kind::b, N>::value;
template <int N>
inline constexpr Round stochastic_c = detail::stochastic_round<detail::stochastic_kind::c, N>::value;
/// @}

/// The name of the enumerator, without its scope; of the others as they are written: "stochastic_b<8>".
constexpr std::string_view to_string(Round r) {
  constexpr std::string_view names[] = {"nearest_even", "nearest_away", "toward_zero", "down", "up", "to_odd", "stochastic"};
  if (!detail::has_random_bits(r)) return names[static_cast<int>(r)];
  const int i = static_cast<int>(detail::kind_of_stochastic(r)) * 30 + detail::random_bits_of(r) - 1;
  return {detail::names_of_stochastic.text[i], static_cast<std::size_t>(detail::names_of_stochastic.size[i])};
}
/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(Overflow o) {
  constexpr std::string_view names[] = {"saturate", "wrap", "special", "propagate", "infinity"};
  return names[static_cast<int>(o)];
}

namespace detail {

/// What stands before the name of a direction where it is written out.
constexpr std::string_view scope_of(Round r) { return has_random_bits(r) ? "" : "Round::"; }

/// Whether a direction stops at the end of a sign's values, where `special` and `infinity` let others go on
/// to infinity or NaN. Both agree but for `to_odd`: under `infinity`, which is P3109's SatNone, it stops in
/// unsigned formats only.
template <Round R, Overflow O, bool Signed>
constexpr bool stops_at_the_end(bool negative) {
  if (R == Round::toward_zero) return true;
  if (R == Round::to_odd) return O == Overflow::special || !Signed;
  return (R == Round::down && !negative) || (R == Round::up && negative);
}

/// The number that stochastic rounding compares with v·2^32: a magnitude goes up where it is less than
/// floor(v·2^32). The variants with N random bits go up from one of 2^N points on, each variant with its own;
/// the number is the point's 2^32-fold less 1, or in variant c, where the point itself does not yet go up,
/// its 2^32-fold. That is then even, and nothing else is: see `counts_rest`.
/// @param random  32 uniform bits
template <Round R, class I>
DYADIC_LANE I compared_number(I random) {
  if constexpr (!has_random_bits(R)) return random;
  else {
    constexpr int low_bits = 32 - random_bits_of(R);
    constexpr auto low = static_cast<i32>((u32{1} << low_bits) - 1), middle = static_cast<i32>(u32{1} << (low_bits - 1));
    const I point = ~random & (I{} + ~low);  // 2^N - 1 - R of the points lie below this one
    if constexpr (kind_of_stochastic(R) == stochastic_kind::a) return point | (I{} + low);
    else if constexpr (kind_of_stochastic(R) == stochastic_kind::b) return point | (I{} + (middle - 1));
    else return (point | (I{} + middle)) - ((point >> low_bits) & (I{} + 1));
  }
}
/// Variant c alone has numbers that v·2^32 passes by less than 1: an even one is less than floor(v·2^32) plus
/// 1 if that is not all of it.
constexpr bool counts_rest(Round r) { return has_random_bits(r) && kind_of_stochastic(r) == stochastic_kind::c; }

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
  else if constexpr (is_stochastic(R)) {
    // The chance of going up is rest / 2^shift: compare 32 random bits with that many 2^-32ths. rest < 2^24, shift >= 1.
    const I wide = imax(shift, isplat<V>(0));
    const I left = imin(imax(isplat<V>(32) - wide, isplat<V>(0)), isplat<V>(31));
    const I right = imin(imax(wide - isplat<V>(32), isplat<V>(0)), isplat<V>(31));
    const I number = compared_number<R>(random);
    I threshold = shift_right<V>(shift_left<V>(rest, left), right);
    if constexpr (counts_rest(R)) {
      // bits are dropped only where a shift to the right follows, of less than 2^24
      const auto dropped = shift_left<V>(threshold, right) != shift_left<V>(rest, left);
      threshold = threshold + (select(dropped, isplat<V>(1), isplat<V>(0)) & ~number);
    }
    // unsigned comparison by flipping the top bits
    const auto up = (number ^ isplat<V>(sign_bit)) < (threshold ^ isplat<V>(sign_bit));
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
