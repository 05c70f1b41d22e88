// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file grid.hpp
/// The two ways in which the values of a format lie on the real line: evenly (fixed point) or evenly within each binade
/// (floating point). Every element format is one of them and an arrangement of its code's bits. Here stands how both round,
/// once: `nearest` (to nearest even, saturating, the fast form) and `rounded` (every direction).
#include <dyadic/base/lane_steps.hpp>
#include <dyadic/base/rounding.hpp>
#include <dyadic/format/exact.hpp>

#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

using i64 = std::int64_t;

/// A finite magnitude taken apart.
template <class V>
struct magnitude {
  ints_of<V> significand;  // 24 bits
  ints_of<V> exponent;     // value = significand * 2^exponent
  ints_of<V> log2;         // floor(log2 value); of zero: less than of any other
};
template <class V>
DYADIC_LANE magnitude<V> split(ints_of<V> finite_magnitude_bits) {
  const ints_of<V> field = finite_magnitude_bits >> 23;
  const ints_of<V> low = finite_magnitude_bits & isplat<V>(0x007fffff);
  const auto normal = field > isplat<V>(0);
  return {select(normal, low | isplat<V>(0x00800000), low), select(normal, field - isplat<V>(150), isplat<V>(-149)),
          floor_log2<V>(finite_magnitude_bits)};
}

/// Three numbers that a kernel keeps for each of a group of blocks: here those of one block, for every lane.
template <class V>
struct placed_grid {
  V first, second, third;
  /// @param field  the first number of the block in memory, the next `step` floats on
  DYADIC_LANE static placed_grid of_group(const float* field, int step) { return {splat<V>(field[0]), splat<V>(field[step]), splat<V>(field[2 * step])}; }
};

/// Integers in [Low, High] times 2^-F.
template <i64 Low, i64 High, int F>
struct uniform_grid {
  static_assert(-95 <= F && F <= 126);
  static constexpr double quantum = exp2_double(-F);
  static constexpr float smallest = exp2_float(-F);  ///< the smallest positive value
  /// Up to here float32 holds every value, and a lane of 32 bits every intermediate result.
  static constexpr bool lanes = -(i64{1} << 24) <= Low && High <= (i64{1} << 24);
  static constexpr float low = static_cast<float>(static_cast<double>(Low) * quantum);
  static constexpr float high = static_cast<float>(static_cast<double>(High) * quantum);

  /// Numbers of up to 22 bits round by adding and subtracting 1.5·2^23 quanta: what is below a quantum falls off the significand.
  static constexpr bool magic = -(i64{1} << 22) < Low && High < (i64{1} << 22);
  static constexpr float magic_number = static_cast<float>(12582912.0 * quantum);

  /// Clamped to the grid's ends before it is rounded: no overflow, and a NaN stays.
  template <class V>
  DYADIC_LANE static V clamped(V x) {
    return min_keep_nan(max_keep_nan(x, splat<V>(low)), splat<V>(high));
  }
  /// The nearest value; NaN stays NaN (quiet).
  /// @tparam Number  `x` is known to be none: in the vector form that saves an instruction
  template <class V, bool Number = false>
  DYADIC_LANE static V nearest(V x) {
    if constexpr (is_scalar<V>)
      if (is_nan(x)) return quieted(x);  // no constant expression may compute with one
    if constexpr (magic && lane<V>::size == 16) {
      // Clamped as integers after the addition, which there are more units for; a NaN is put back by one instruction.
      constexpr i32 lowest = std::bit_cast<i32>(magic_number + low), highest = std::bit_cast<i32>(magic_number + high);
      const ints_of<V> sum = imin(imax(to_bits(x + splat<V>(magic_number)), isplat<V>(lowest)), isplat<V>(highest));
      const V r = from_bits<V>(sum) - splat<V>(magic_number);
      if constexpr (Number) return r;
      else return unless_nan(x, r);
    }
    const V t = clamped(x);
    if constexpr (magic) return (t + splat<V>(magic_number)) - splat<V>(magic_number);
    else return integral(t * splat<V>(exp2_float(F))) * splat<V>(exp2_float(-F));
  }
  /// The grid times 2^s, for vectors of numbers of which every lane may have an exponent of its own: where the magic numbers are
  /// normal and the quanta floats.
  /// @{
  static constexpr bool can_place = magic;
  static constexpr int least_place = F - 149, most_place = F + 104;
  template <class V>
  DYADIC_LANE static placed_grid<V> place(ints_of<V> s) {
    const ints_of<V> by = shift_left<V>(s, isplat<V>(23)), m = wrapping_sum(isplat<V>(std::bit_cast<i32>(magic_number)), by);
    // 16 lanes clamp sums as integers, as above; others the numbers themselves, for SSE2 has no minimum of integers
    if constexpr (lane<V>::size == 16) return {from_bits<V>(m), from_bits<V>(wrapping_sum(m, isplat<V>(static_cast<i32>(Low)))), from_bits<V>(wrapping_sum(m, isplat<V>(static_cast<i32>(High))))};
    else {
      const V quanta = power_of_two<V>(s);
      return {from_bits<V>(m), quanta * splat<V>(low), quanta * splat<V>(high)};
    }
  }
  template <class V>
  DYADIC_LANE static V nearest(V x, const placed_grid<V>& p) {
    if constexpr (lane<V>::size == 16) return from_bits<V>(imin(imax(to_bits(x + p.first), to_bits(p.second)), to_bits(p.third))) - p.first;
    else return (min_keep_nan(max_keep_nan(x, p.second), p.third) + p.first) - p.first;
  }
  /// @}
  /// The code of the nearest value; of NaN: 0. Only where `lanes`.
  template <class V>
  DYADIC_LANE static ints_of<V> nearest_code(V x) {
    static_assert(lanes);
    if constexpr (is_scalar<V>)
      if (is_nan(x)) return 0;
    if constexpr (magic) {
      constexpr i32 zero = std::bit_cast<i32>(magic_number), lowest = std::bit_cast<i32>(magic_number + low), highest = std::bit_cast<i32>(magic_number + high);
      if constexpr (lane<V>::size == 16) return select(is_nan(x), isplat<V>(0), imin(imax(to_bits(x + splat<V>(magic_number)), isplat<V>(lowest)), isplat<V>(highest)) - isplat<V>(zero));
      const ints_of<V> code = to_bits(clamped(x) + splat<V>(magic_number)) - isplat<V>(zero);
      if constexpr (is_scalar<V>) return code;
      else return select(is_nan(x), isplat<V>(0), code);
    } else {
      return to_int<V>(integral(clamped(select(is_nan(x), splat<V>(0.0F), x)) * splat<V>(exp2_float(F))));
    }
  }

  /// In the low 16 bits the code of the nearest value, two's complement, but that one end of the range may be passed as far as the
  /// other lies out; whatever is above. Of NaN: anything.
  static constexpr bool has_word = magic && -(1 << 14) <= Low && High <= (1 << 14);
  template <class V>
  DYADIC_LANE static ints_of<V> word(V x) {
    return to_bits(plus_exact_product(splat<V>(magic_number), limited(x, -low > high ? -low : high), splat<V>(1.0F)));  // the multiplier has other units than the limit
  }
  /// For signs and magnitudes: the magnitude in the low byte, as `float_grid` has it.
  static constexpr bool has_magnitude_byte = has_word && High <= 255;
  static constexpr int byte_bias = 0;
  template <class V>
  DYADIC_LANE static ints_of<V> magnitude_byte(V x) {
    return to_bits(plus_exact_product(splat<V>(magic_number), limited_magnitude(x, splat<V>(high)), splat<V>(1.0F)));
  }
  /// The code in any direction; `x` finite or infinite, not NaN. Wrapping counts modulo 2^32: the format drops the rest.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static ints_of<V> rounded(V x, ints_of<V> random) {
    static_assert(lanes);
    const ints_of<V> bits = to_bits(x);
    const ints_of<V> infinite = select((bits & isplat<V>(magnitude_mask)) == isplat<V>(infinity_bits), isplat<V>(-1), isplat<V>(0));
    V t = x;
    if constexpr (O != Overflow::wrap) t = min_keep_nan(max_keep_nan(x, splat<V>(low)), splat<V>(high));
    const ints_of<V> negative = to_bits(t) >> 31;
    const magnitude<V> m = split<V>(imin(to_bits(t) & isplat<V>(magnitude_mask), isplat<V>(largest_finite_bits)));
    const ints_of<V> shift = isplat<V>(-F) - m.exponent;
    ints_of<V> n = round_shifted<R, V>(m.significand, shift, isplat<V>(0), negative, random);
    if constexpr (O == Overflow::wrap) {
      const ints_of<V> left = isplat<V>(0) - shift;
      const ints_of<V> grown = shift_left<V>(m.significand, imin(imax(left, isplat<V>(0)), isplat<V>(31)));
      n = select(left > isplat<V>(0), select(left > isplat<V>(31), isplat<V>(0), grown), n);
      n = (ints_of<V>)((uints_of<V>)(n ^ negative) - (uints_of<V>)negative);  // -n modulo 2^32, of 2^31 too
      const ints_of<V> end = select(bits < isplat<V>(0), isplat<V>(static_cast<i32>(Low)), isplat<V>(static_cast<i32>(High)));
      return select(infinite != isplat<V>(0), end, n);
    } else {
      return (n ^ negative) - negative;
    }
  }
  /// The same from an exact value.
  template <Round R, Overflow O>
  static constexpr i64 rounded(const Dyadic& x, u32 random = 0) {
    if (x.zero()) return 0;
    constexpr u64 most = u64{1} << 40;  // beyond any code
    if constexpr (O == Overflow::wrap) {
      const u64 n = round_to_quantum<R>(x, -F, 0, random);
      return static_cast<i64>(x.negative ? u64{0} - n : n);
    } else {
      const bool beyond = x.significand != 0 && x.log2() + F >= 40;
      const u64 n = beyond ? most : round_to_quantum<R>(x, -F, 0, random);
      const i64 q = x.negative ? -static_cast<i64>(n) : static_cast<i64>(n);
      return q < Low ? Low : q > High ? High : q;
    }
  }
  /// code * 2^-F; beyond 24 bits rounded once.
  template <class V>
  DYADIC_LANE static V value(ints_of<V> code) {
    return to_float<V>(code) * splat<V>(exp2_float(-F));
  }

 private:
  /// To an integer: below 2^23 by adding and subtracting it, above there is nothing to round.
  template <class V>
  DYADIC_LANE static V integral(V y) {
    const ints_of<V> sign = to_bits(y) & isplat<V>(sign_bit);
    const V a = from_bits<V>(to_bits(y) & isplat<V>(magnitude_mask));
    const V r = (a + splat<V>(8388608.0F)) - splat<V>(8388608.0F);
    return from_bits<V>(to_bits(select(to_bits(a) < isplat<V>(0x4b000000), r, a)) | sign);
  }
};

/// Magnitudes with `M` bits after the leading one, from exponent `Emin` on; below 2^Emin evenly down to zero. The code of a
/// magnitude counts them from 0 to `Max`: exponent and mantissa side by side, as every floating-point format has them.
template <int M, int Emin, i32 Max>
struct float_grid {
  static_assert(0 <= M && M <= 23 && Emin - M >= -149 && Max >= 1);
  static constexpr int max_field = Max >> M;
  static constexpr int emax_field_exponent = Emin + (max_field > 0 ? max_field : 1) - 1;
  static constexpr double value_of(i32 code) {
    const int field = code >> M;
    const i32 m = (code & ((1 << M) - 1)) | (field > 0 ? 1 << M : 0);
    return static_cast<double>(m) * exp2_double((field > 0 ? field : 1) - 1 + Emin - M);
  }
  static constexpr float high = static_cast<float>(value_of(Max));
  static constexpr i32 high_bits = std::bit_cast<i32>(high);
  static constexpr float smallest = exp2_float(M == 0 ? Emin : Emin - M);  ///< the smallest positive value

  // Three ways to the nearest value. `by_magic`: add and subtract 2^23 quanta, whose exponent comes from the bits of x.
  // `by_bits`: carry into the float's own exponent (where 2^23 quanta would overflow, and where M = 0 makes the exponent's
  // parity decide a tie). `by_split`: the general form, for formats that reach deep into float32's subnormals.
  static constexpr bool by_magic = 1 <= M && M <= 22 && Emin >= -126 && emax_field_exponent + 23 - M <= 127;
  static constexpr bool by_bits = !by_magic && Emin >= -126 && Emin + 23 - M <= 127;

  /// Whether the carry may run on signed numbers: where float32's own subnormals are the format's.
  static constexpr bool carries_signed = by_bits && Emin == -126 && M > 0;
  /// A number of any sign -> the nearest value, saturating; NaN stays.
  template <class V>
    requires carries_signed
  DYADIC_LANE static V nearest_signed(V x) {
    return unless_nan(x, carried(limited(x, high)));
  }
  /// The same by addition, for vectors that have no NaN: 1.5·2^23 quanta hold sums of either sign.
  static constexpr bool adds_signed = by_magic && M <= 20;
  template <class V>
    requires adds_signed
  DYADIC_LANE static V nearest_number(V x) {
    return signed_as(x, to_quanta<3>(limited(x, high), isplat<V>((Emin + 127) << 23)));  // the sign of what became zero
  }
  /// The grid times 2^s, as a uniform grid has it: where all its values are normal, subnormals of the format and all.
  /// @{
  static constexpr bool can_place = adds_signed;
  static constexpr int least_place = -126 - Emin, most_place = 127 - (23 - M) - emax_field_exponent;
  template <class V>
  DYADIC_LANE static placed_grid<V> place(ints_of<V> s) {
    const ints_of<V> by = shift_left<V>(s, isplat<V>(23));
    return {from_bits<V>(wrapping_sum(isplat<V>(high_bits), by)), from_bits<V>(wrapping_sum(isplat<V>((Emin + 127) << 23), by)), V{}};
  }
  template <class V>
  DYADIC_LANE static V nearest(V x, const placed_grid<V>& p) {
    return signed_as(x, to_quanta<3>(limited(x, p.first), to_bits(p.second)));
  }
  /// @}
  /// a >= 0 or NaN -> the nearest magnitude, saturating; NaN stays (vector lanes).
  template <class V>
  DYADIC_LANE static V nearest(V a) {
    if constexpr (by_magic) {
      return to_quanta<2>(min_keep_nan(a, splat<V>(high)), isplat<V>((Emin + 127) << 23));
    } else {
      const V t = from_bits<V>(imin(to_bits(a), isplat<V>(high_bits)));
      V r;
      if constexpr (by_bits) r = carried(t);
      else r = value<V>(rounded<Round::nearest_even, V>(t, isplat<V>(0), isplat<V>(0)));
      if constexpr (is_scalar<V>) return r;
      else return unless_nan(a, r);
    }
  }
  /// The code of the nearest magnitude; a finite or infinite, not NaN.
  template <class V>
  DYADIC_LANE static ints_of<V> nearest_code(V a) {
    const V t = from_bits<V>(imin(to_bits(a), isplat<V>(high_bits)));
    if constexpr (by_magic) {
      const ints_of<V> c = quanta<V>(t);
      // adding 2^23 quanta leaves the rounded count of quanta in the low bits
      return shift_left<V>((c >> 23) - isplat<V>(Emin + 127 + 23 - M), isplat<V>(M)) + (to_bits(t + from_bits<V>(c)) - c);
    } else {
      return rounded<Round::nearest_even, V>(t, isplat<V>(0), isplat<V>(0));
    }
  }

  /// For codes of at most 8 bits with the sign apart: in the low byte the code of the nearest magnitude plus `byte_bias`, modulo
  /// 256; whatever is above. Of NaN: anything. That leaves more of the work to instructions that handle 64 bytes.
  static constexpr bool has_magnitude_byte = by_magic && M <= 7;
  static constexpr int byte_bias = ((Emin + 127) << M) & 255;
  template <class V>
  DYADIC_LANE static ints_of<V> magnitude_byte(V x) {
    const V t = limited_magnitude(x, splat<V>(high));
    const ints_of<V> e = imax(to_bits(t) & isplat<V>(infinity_bits), isplat<V>((Emin + 127) << 23));
    // the sum is 2^23 quanta, whose low bits are zero, and the rounded count of them
    const V sum = plus_exact_product(t, from_bits<V>(e), splat<V>(exp2_float(23 - M)));
    return to_bits(sum) + (e >> (23 - M));
  }
  /// The code in any direction, not limited to `Max`: the caller decides on overflow. @param bits  of a finite magnitude
  template <Round R, class V>
  DYADIC_LANE static ints_of<V> rounded(V finite_magnitude, ints_of<V> negative_mask, ints_of<V> random) {
    const magnitude<V> m = split<V>(to_bits(finite_magnitude));
    const ints_of<V> e = imax(m.log2, isplat<V>(Emin));
    const ints_of<V> base = shift_left<V>(e - isplat<V>(Emin), isplat<V>(M));
    return base + round_shifted<R, V>(m.significand, e - isplat<V>(M) - m.exponent, base, negative_mask, random);
  }
  /// The same from an exact value.
  template <Round R>
  static constexpr i32 rounded(const Dyadic& x, u32 random = 0) {
    if (x.zero()) return 0;
    const int lead = x.significand == 0 ? -(1 << 20) : x.log2();
    if (lead > 300) return 0x7fffffff;
    const int e = lead > Emin ? lead : Emin;
    const u64 base = static_cast<u64>(e - Emin) << M;
    const u64 code = base + round_to_quantum<R>(x, e - M, base, random);  // past 2^31 for a large product of wide formats
    return code > 0x7fffffff ? 0x7fffffff : static_cast<i32>(code);
  }
  /// The magnitude of a code in [0, Max].
  template <class V>
  DYADIC_LANE static V value(ints_of<V> code) {
    if constexpr (Emin == -126 && max_field <= 254) {
      // As a float has it, and no arithmetic that could flush a subnormal one.
      return from_bits<V>(code << (23 - M));
    } else if constexpr (is_scalar<V> && Emin >= -126 && max_field + Emin <= 128) {
      // No arithmetic with float32's subnormals either: single numbers shall be right where a library has
      // switched those off.
      constexpr int least = Emin - M < -126 ? -126 : Emin - M;
      if (code >> M == 0) return to_float<V>(code) * exp2_float(least) * exp2_float(Emin - M - least);
      return from_bits<V>((code << (23 - M)) + ((Emin + 126) << 23));
    } else if constexpr (Emin >= -149 && Emin <= 1 && max_field <= 254) {
      // Read the code as a float of the smallest exponents, subnormals and all, and multiply it into place: exact.
      return from_bits<V>(code << (23 - M)) * splat<V>(exp2_float(Emin + 126));
    } else {
      const ints_of<V> field = code >> M;
      const ints_of<V> low = code & isplat<V>((1 << M) - 1);
      const auto normal = field > isplat<V>(0);
      const ints_of<V> significand = select(normal, low | isplat<V>(1 << M), low);
      return to_float<V>(significand) * power_of_two<V>(imax(field, isplat<V>(1)) + isplat<V>(Emin - 1 - M));
    }
  }

 private:
  /// The bits of 2^23 quanta at the exponent of `a`.
  template <class V>
  DYADIC_LANE static ints_of<V> quanta(V a) {
    const ints_of<V> e = imax(to_bits(a) & isplat<V>(infinity_bits), isplat<V>((Emin + 127) << 23));
    return (ints_of<V>)((uints_of<V>)e + (uints_of<V>)isplat<V>((23 - M) << 23));  // a NaN's may wrap: its sum is a NaN all the same
  }
  /// Rounded to a multiple of 2^-M times its power of two, or times `least`'s (its bits) where that is more: by adding and
  /// subtracting Halves/2 · 2^23 quanta; with 3 of them numbers of either sign.
  template <int Halves, class V>
  DYADIC_LANE static V to_quanta(V t, ints_of<V> least) {
    const ints_of<V> e = imax(to_bits(t) & isplat<V>(infinity_bits), least);
    if constexpr (fuses<V>) {
      constexpr float many = exp2_float(22 - M) * Halves;
      return plus_exact_product(plus_exact_product(t, from_bits<V>(e), splat<V>(many)), from_bits<V>(e), splat<V>(-many));
    } else {
      // a NaN's exponent may wrap: its sum is a NaN all the same
      const V c = from_bits<V>((ints_of<V>)((uints_of<V>)e + (uints_of<V>)isplat<V>(((23 - M) << 23) | (Halves == 3 ? 0x00400000 : 0))));
      return (t + c) - c;
    }
  }
  template <class V>
  DYADIC_LANE static V carried(V t) {
    constexpr int drop = 23 - M;
    constexpr i32 shift_of_code = static_cast<i32>(static_cast<u32>(Emin + 126) << M);
    const ints_of<V> b = to_bits(t);
    ints_of<V> r = b;
    if constexpr (drop > 0) {
      r = b + isplat<V>((1 << (drop - 1)) - 1);
      if constexpr (lane<V>::size == 16) {  // one test and one masked addition there
        constexpr bool up_if_odd = shift_of_code % 2 == 0;
        if constexpr (!up_if_odd) r = r + isplat<V>(1);
        r = plus_where(b, isplat<V>(1 << drop), r, isplat<V>(up_if_odd ? 1 : -1));
      } else {
        r = r + (((b >> drop) - isplat<V>(shift_of_code)) & isplat<V>(1));
      }
      r = r & isplat<V>(-(1 << drop));
    }
    if constexpr (Emin == -126 && M > 0) return from_bits<V>(r);  // the subnormals are float32's own
    const V c = splat<V>(exp2_float(Emin + 23 - M));
    return select(b < isplat<V>((Emin + 127) << 23), (t + c) - c, from_bits<V>(r));
  }
};

/// The code of a rounded magnitude, as a policy wants it where it lies past the largest value or is infinite.
/// @param c  the code, going on past `Max`   @param x  what was rounded   @param magnitude  its bits without the sign
/// @tparam Infinity  the code of infinity, 0 if there is none   @tparam Nan  the code of NaN
template <Round R, Overflow O, i32 Max, i32 Infinity, i32 Nan, bool Signed, class V>
DYADIC_LANE ints_of<V> held(ints_of<V> c, [[maybe_unused]] V x, [[maybe_unused]] ints_of<V> magnitude) {
  if constexpr (O == Overflow::saturate || (O != Overflow::special && Infinity == 0)) return imin(c, isplat<V>(Max));
  else {
    const ints_of<V> beyond = isplat<V>(Infinity != 0 ? Infinity : Nan);
    if constexpr (O == Overflow::propagate) c = imin(c, isplat<V>(Max));
    else {
      constexpr bool positive_stops = stops_at_the_end<R, O, Signed>(false), negative_stops = stops_at_the_end<R, O, Signed>(true);
      ints_of<V> over = beyond;
      if constexpr (positive_stops && negative_stops) over = isplat<V>(Max);
      else if constexpr (positive_stops) over = select(x > splat<V>(0.0F), isplat<V>(Max), beyond);
      else if constexpr (negative_stops) over = select(x > splat<V>(0.0F), beyond, isplat<V>(Max));
      c = select(c > isplat<V>(Max), over, c);
    }
    return select(magnitude == isplat<V>(infinity_bits), beyond, c);
  }
}
/// The same of an exact value, which is never infinite.
template <Round R, Overflow O, i32 Max, i32 Infinity, i32 Nan, bool Signed>
constexpr i32 held(i32 c, bool negative) {
  if (c <= Max) return c;
  if (O == Overflow::saturate || O == Overflow::propagate || (O == Overflow::infinity && Infinity == 0)) return Max;
  return stops_at_the_end<R, O, Signed>(negative) ? Max : Infinity != 0 ? Infinity : Nan;
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
