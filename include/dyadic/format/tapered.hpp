// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file tapered.hpp
/// What posits and takums have in common. A magnitude is written as a string of bits without end, whose first
/// bits say how many of the following are exponent and whose last are fraction; a code is the first N-1 bits
/// of it, rounded as an integer is, and its two's complement for a negative number. 0…0 is zero, 10…0 is NaR
/// ("not a real"). Nothing else rounds to these two: where a format ends, it saturates on both sides.
#include <dyadic/base/lane_steps.hpp>
#include <dyadic/base/rounding.hpp>
#include <dyadic/format/exact.hpp>

#include <bit>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

/// The codes of such a format of `N` bits, magnitudes first.
template <int N>
struct tapered_codes {
  static_assert(2 <= N && N <= 16);
  static constexpr i32 top = (1 << (N - 1)) - 1;  ///< of the largest magnitude
  static constexpr i32 nar = 1 << (N - 1), mask = nar | top;

  /// Strings of 31 bits to codes of magnitudes. What is below the last of the 31 bits has set it.
  /// @param string  a finite magnitude's, zero's or what you like; past the largest value its
  template <Round R, class V>
  DYADIC_LANE static ints_of<V> rounded(ints_of<V> string, ints_of<V> negative_mask) {
    const ints_of<V> c =
        round_shifted<R, V>(string, isplat<V>(32 - N), isplat<V>(0), negative_mask, isplat<V>(0));
    return imin(within<R, V>(c), isplat<V>(top));
  }
  /// The same of an exact string: any bits, in the unit of `code` 2^-drop.
  template <Round R>
  static constexpr i32 rounded(u64 string, bool sticky, int drop, bool negative) {
    const u64 c = round_to_quantum<R>(Dyadic{negative, string, 0, sticky ? u64{1} : u64{0}}, drop);
    return within<R, float>(c > static_cast<u64>(top) ? top : static_cast<i32>(c));
  }
  /// The code of a number from that of its magnitude. Of NaN: NaR.
  template <class V>
  DYADIC_LANE static ints_of<V> finished(V x, ints_of<V> c) {
    const ints_of<V> negative = to_bits(x) >> 31;
    return select(is_nan(x), isplat<V>(nar), ((c ^ negative) - negative) & isplat<V>(mask));
  }
  /// The sign of a code, all ones if it is negative; and its magnitude (NaR's is `nar`).
  /// @{
  template <class V>
  DYADIC_LANE static ints_of<V> negative(ints_of<V> code) {
    return shift_left<V>(code, isplat<V>(32 - N)) >> 31;
  }
  template <class V>
  DYADIC_LANE static ints_of<V> magnitude(ints_of<V> code) {
    const ints_of<V> n = negative<V>(code);
    return ((code ^ n) - n) & isplat<V>(mask);
  }
  /// @}
  /// The value of a code from that of its magnitude.
  template <class V>
  DYADIC_LANE static V signed_value(ints_of<V> code, ints_of<V> c, V value) {
    const ints_of<V> bits = to_bits(value) | (negative<V>(code) & isplat<V>(sign_bit));
    const ints_of<V> r = select(c == isplat<V>(0), isplat<V>(0), bits);
    return from_bits<V>(select(c == isplat<V>(nar), isplat<V>(quiet_nan_bits), r));
  }

 private:
  /// The nearest value is never zero; a direction may say that it is.
  template <Round R, class V>
  DYADIC_LANE static ints_of<V> within(ints_of<V> c) {
    if constexpr (R == Round::nearest_even || R == Round::nearest_away) return imax(c, isplat<V>(1));
    else return c;
  }
};

/// A nonzero exact number taken apart: floor(log2), the 40 bits after the leading one, and whether there is
/// more.
struct leading_bits {
  int log2;
  u64 fraction;
  bool sticky;
};
constexpr leading_bits leading_bits_of(Dyadic x) {
  if (x.significand == 0) x = {x.negative, x.below, x.exponent - 64};
  const int up = std::countl_zero(x.significand) + 1;
  const u64 after = up == 64 ? x.below : x.significand << up | x.below >> (64 - up);
  const u64 rest = up == 64 ? 0 : x.below << up;
  return {x.log2(), after >> 24, (after & 0xffffff) != 0 || rest != 0};
}
constexpr Dyadic magnitude_of(Dyadic x) {
  x.negative = false;
  return x;
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
