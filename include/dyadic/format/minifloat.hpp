// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file minifloat.hpp
/// Small floating-point formats: sign, exponent, mantissa, with a choice of what the top codes mean.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/grid.hpp>
#include <dyadic/format/number.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What the codes of a minifloat mean that could be infinity or NaN.
enum class Specials {
  none,  ///< every code is a finite number (OCP E2M1, E2M3, E3M2; MASE's minifloat_ieee)
  fn,    ///< S.1111.111 is NaN, no infinity (OCP E4M3)
  ieee,  ///< the top exponent holds infinity and NaN (OCP E5M2, binary16, bfloat16)
  fnuz,  ///< code 10…0 is NaN; no -0, no infinity (P3109's signed finite formats)
  extended,  ///< code 10…0 is NaN, the top codes S.1…1 are infinities; no -0 (P3109's signed extended formats)
};

namespace detail {

constexpr std::string_view specials_name(Specials s) {
  constexpr std::string_view names[] = {"Specials::none", "Specials::fn", "Specials::ieee", "Specials::fnuz", "Specials::extended"};
  return names[static_cast<int>(s)];
}
constexpr name_text minifloat_name(int e, int m, int bias, Specials s) {
  if (e == 4 && m == 3 && bias == 7 && s == Specials::fn) return make_name("E4M3");
  if (e == 5 && m == 2 && bias == 15 && s == Specials::ieee) return make_name("E5M2");
  if (e == 3 && m == 2 && bias == 3 && s == Specials::none) return make_name("E3M2");
  if (e == 2 && m == 3 && bias == 1 && s == Specials::none) return make_name("E2M3");
  if (e == 2 && m == 1 && bias == 1 && s == Specials::none) return make_name("E2M1");
  if (e == 5 && m == 10 && bias == 15 && s == Specials::ieee) return make_name("Half");
  if (e == 8 && m == 7 && bias == 127 && s == Specials::ieee) return make_name("BFloat16");
  if (s != Specials::none) return make_name("Minifloat<", e, ", ", m, ", ", bias, ", ", specials_name(s), ">");
  if (bias != (1 << (e - 1)) - 1) return make_name("Minifloat<", e, ", ", m, ", ", bias, ">");
  return make_name("Minifloat<", e, ", ", m, ">");
}

/// Whether every value lies within float32: the checks that a static_assert with the format's own name builds on.
constexpr bool within_float(int emin, int m, i32 max_code) {
  const int field = max_code >> m;
  return emin - m >= -149 && emin + (field > 0 ? field : 1) - 1 <= 127;
}

}  // namespace detail

/// Floating point with `E` exponent and `M` mantissa bits and a sign: normal ±2^(e-Bias)·(1+m/2^M), code exponent 0
/// ±2^(1-Bias)·m/2^M.
/// @tparam E  exponent bits, 1 to 8   @tparam M  mantissa bits, 0 to 23   @tparam Bias  any, as long as all values are float32s
/// @tparam S  what the top codes mean
/// Sources: OCP 8-bit floating point (2023), OCP MX v1.0 (2023), IEEE 754-2019; arXiv 2206.02915 for fnuz.
template <int E, int M, int Bias = (1 << (E - 1)) - 1, Specials S = Specials::none>
class Minifloat : public detail::number_casts<Minifloat<E, M, Bias, S>> {
  static_assert(1 <= E && E <= 8, "dyadic::Minifloat<E, M>: E, the exponent bits, must be in [1, 8].");
  static_assert(0 <= M && M <= 23, "dyadic::Minifloat<E, M>: M, the mantissa bits, must be in [0, 23].");
  static_assert(S != Specials::ieee || M >= 1, "dyadic::Minifloat<E, M, Bias, Specials::ieee>: M must be at least 1, else there is no code for NaN. Use Specials::none.");
  static_assert(S != Specials::fn || E + M >= 2, "dyadic::Minifloat<E, M, Bias, Specials::fn>: E + M must be at least 2, else NaN takes the only value.");
  static_assert(S != Specials::extended || E + M >= 2,
                "dyadic::Minifloat<E, M, Bias, Specials::extended>: E + M must be at least 2, else infinity takes the only value.");
  static constexpr bool keeps_zero_sign = S != Specials::fnuz && S != Specials::extended;  // else the code of -0 is NaN
  static constexpr i32 magnitudes = static_cast<i32>((u32{1} << (E + M)) - 1);  // the code without its sign
  static constexpr i32 max_code = S == Specials::ieee ? (((1 << E) - 1) << M) - 1 : S == Specials::fn || S == Specials::extended ? magnitudes - 1 : magnitudes;
  static_assert(detail::within_float(1 - Bias, M, max_code),
                "dyadic::Minifloat<E, M, Bias>: every value must be a float32 (largest below 2^128, smallest at least 2^-149). "
                "Change Bias, reserve the top exponent with Specials::ieee, or use fewer exponent bits.");
  static constexpr detail::name_text text = detail::minifloat_name(E, M, Bias, S);
  static constexpr i32 sign_code = static_cast<i32>(u32{1} << (E + M));
  static constexpr i32 nan_code = S == Specials::ieee ? ((((1 << E) - 1) << M) | (1 << (M > 0 ? M - 1 : 0))) : S == Specials::fn ? magnitudes : !keeps_zero_sign ? sign_code : 0;
  static constexpr i32 infinity_code = max_code + 1;  // ieee and extended only

 public:
  using grid = detail::float_grid<M, 1 - Bias, max_code>;
  using code_type = detail::least_int<1 + E + M, false>;
  static constexpr int bits = 1 + E + M;
  static constexpr int exponent_bits = E, mantissa_bits = M, bias = Bias;
  static constexpr Specials specials = S;
  static constexpr double bits_per_value = bits;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = S != Specials::none, has_infinity = S == Specials::ieee || S == Specials::extended, has_lanes = bits <= 24;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<Minifloat> arithmetic = {.drops_tiny = true, .lanes = has_lanes};

  constexpr Minifloat() = default;
  template <class X>
    requires detail::ConvertsTo<X, Minifloat>
  constexpr explicit Minifloat(X x) : code_(detail::code_of<Minifloat, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Minifloat from_bits(code_type code) {
    Minifloat v;
    v.code_ = static_cast<code_type>(static_cast<u32>(code) & static_cast<u32>((detail::u64{1} << bits) - 1));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(static_cast<i32>(code_)); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  /// Finite values only.
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const i32 c = static_cast<i32>(code_) & magnitudes;
    const int field = c >> M;
    const i32 m = c & ((1 << M) - 1);
    return {(static_cast<u32>(code_) >> (E + M) & 1) != 0 && (keeps_zero_sign || c != 0), static_cast<detail::u64>(field > 0 ? m | (1 << M) : m),
            (field > 0 ? field : 1) - Bias - M, false};
  }

  /// float32 -> the nearest value, as float32; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    if constexpr (grid::carries_signed && !detail::is_scalar<V>) return grid::template nearest_signed<V>(x);
    else {
      const V a = detail::from_bits<V>(detail::to_bits(x) & detail::isplat<V>(detail::magnitude_mask));
      return detail::signed_as(x, grid::template nearest<V>(a));
    }
  }
  /// The same of vectors that hold no NaN.
  template <class V>
    requires(grid::adds_signed)
  DYADIC_LANE static V quantize_numbers(V x) {
    return grid::template nearest_number<V>(x);
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<Minifloat, Round::nearest_even, Overflow::saturate>(x);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }

  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    const V a = detail::from_bits<V>(detail::to_bits(x) & detail::isplat<V>(detail::magnitude_mask));
    return finished(x, grid::template nearest_code<V>(a));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> sign = detail::shift_left<V>(code >> (E + M), isplat<V>(31)) & isplat<V>(detail::sign_bit);
    const detail::ints_of<V> c = code & isplat<V>(magnitudes);
    detail::ints_of<V> r = detail::to_bits(grid::template value<V>(detail::imin(c, isplat<V>(max_code))));
    if constexpr (S == Specials::fn) r = detail::select(c > isplat<V>(max_code), isplat<V>(detail::quiet_nan_bits), r);
    if constexpr (S == Specials::ieee) {
      const detail::ints_of<V> special = detail::select(c == isplat<V>(infinity_code), isplat<V>(detail::infinity_bits), isplat<V>(detail::quiet_nan_bits));
      r = detail::select(c > isplat<V>(max_code), special, r);
    }
    if constexpr (S == Specials::extended) r = detail::select(c > isplat<V>(max_code), isplat<V>(detail::infinity_bits), r);
    if constexpr (!keeps_zero_sign) return detail::from_bits<V>(detail::select(code == isplat<V>(sign_code), isplat<V>(detail::quiet_nan_bits), r | sign));
    else return detail::from_bits<V>(r | sign);
  }
  /// The same of codes that are sign-extended: shifted into the place of a float's bits they need no step for the sign.
  static constexpr bool extends_sign = bits == 8 && (S == Specials::none || S == Specials::fn || S == Specials::ieee) && E <= 7 && 1 - Bias >= -149 && 1 - Bias <= 1;
  template <class V>
    requires extends_sign
  DYADIC_LANE static V decode_extended(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> placed = detail::shift_left<V>(code, isplat<V>(23 - M)) & isplat<V>(detail::sign_bit | (magnitudes << (23 - M)));
    const V r = detail::from_bits<V>(placed) * detail::splat<V>(detail::exp2_float(1 - Bias + 126));
    if constexpr (S == Specials::none) return r;
    else {
      const detail::ints_of<V> c = code & isplat<V>(magnitudes);
      detail::ints_of<V> special = isplat<V>(detail::quiet_nan_bits);
      if constexpr (S == Specials::ieee) special = detail::select(c == isplat<V>(infinity_code), isplat<V>(detail::infinity_bits), special);
      return detail::from_bits<V>(detail::select(c > isplat<V>(max_code), special | (code & isplat<V>(detail::sign_bit)), detail::to_bits(r)));
    }
  }
  /// The code in any direction; `x` is not NaN.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O == Overflow::saturate || O == Overflow::wrap || has_nan,
                  "dyadic: Overflow::special, propagate and infinity need a format with infinity or NaN (Specials::ieee, fn, fnuz or "
                  "extended). Use Overflow::saturate.");
    static_assert(O != Overflow::wrap, "dyadic: Overflow::wrap is for Fixed. Use Overflow::saturate or Overflow::special.");
    const detail::ints_of<V> magnitude = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const V a = detail::from_bits<V>(detail::imin(magnitude, isplat<V>(detail::largest_finite_bits)));
    const detail::ints_of<V> rounded = grid::template rounded<R, V>(a, detail::to_bits(x) >> 31, random);
    const detail::ints_of<V> c =
        detail::held<R, O, max_code, (has_infinity ? infinity_code : 0), (nan_code & magnitudes), true, V>(rounded, x, magnitude);
    if constexpr (S == Specials::fnuz && O == Overflow::special) {
      // its NaN is the code of -0: sign and all, whatever the sign of x
      auto past = c == isplat<V>(0);
      auto large = magnitude > detail::isplat<V>(grid::high_bits);
      return detail::select(past & large, isplat<V>(nan_code), finished(x, c));
    } else return finished(x, c);
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    if (detail::is_nan(x)) return static_cast<code_type>(nan_code);
    constexpr Overflow over = has_nan ? O : Overflow::saturate;
    return static_cast<code_type>(round_lanes<R, over, float>(x, random));
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    constexpr Overflow over = has_nan ? O : Overflow::saturate;
    const i32 c = detail::held<R, over, max_code, (has_infinity ? infinity_code : 0), nan_code, true>(grid::template rounded<R>(x, random), x.negative);
    return static_cast<code_type>(c | (x.negative && (keeps_zero_sign || c != 0) ? sign_code : 0));
  }

 private:
  /// Magnitude code and the sign of `x`; the code of NaN (0 if there is none) where `x` is one.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> finished(V x, detail::ints_of<V> c) {
    using detail::isplat;
    const detail::ints_of<V> sign = detail::shift_right<V>(detail::to_bits(x) & isplat<V>(detail::sign_bit), isplat<V>(31 - (E + M)));
    detail::ints_of<V> r = c | sign;
    if constexpr (!keeps_zero_sign) r = detail::select(c == isplat<V>(0), c, r);
    return detail::select(detail::is_nan(x), isplat<V>(nan_code), r);
  }

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 0;
};

using E4M3 = Minifloat<4, 3, 7, Specials::fn>;       ///< OCP FP8 E4M3: largest 448
using E5M2 = Minifloat<5, 2, 15, Specials::ieee>;    ///< OCP FP8 E5M2: largest 57344
using E4M3FNUZ = Minifloat<4, 3, 8, Specials::fnuz>;   ///< FP8 E4M3 without -0 and infinity (arXiv 2206.02915): largest 240
using E5M2FNUZ = Minifloat<5, 2, 16, Specials::fnuz>;  ///< the same of E5M2: largest 57344
using E3M2 = Minifloat<3, 2>;                        ///< OCP FP6 E3M2: largest 28
using E2M3 = Minifloat<2, 3>;                        ///< OCP FP6 E2M3: largest 7.5
using E2M1 = Minifloat<2, 1>;                        ///< OCP FP4 E2M1: largest 6
using Half = Minifloat<5, 10, 15, Specials::ieee>;   ///< IEEE 754 binary16
using BFloat16 = Minifloat<8, 7, 127, Specials::ieee>;  ///< bfloat16: float32 with its lower 16 bits rounded off

/// Floating point without a hidden bit: ±2^(e-Bias)·m/2^M. Of a value's codes the one with the smallest `e` is canonical.
/// @tparam E  exponent bits, 1 to 8   @tparam M  mantissa bits, 2 to 23
/// Source: MASE's `minifloat_denorm`.
template <int E, int M, int Bias = (1 << (E - 1)) - 1>
class MinifloatDenorm : public detail::number_casts<MinifloatDenorm<E, M, Bias>> {
  static_assert(1 <= E && E <= 8, "dyadic::MinifloatDenorm<E, M>: E, the exponent bits, must be in [1, 8].");
  static_assert(2 <= M && M <= 23, "dyadic::MinifloatDenorm<E, M>: M, the mantissa bits, must be in [2, 23].");
  // Canonical values are a minifloat with M-1 mantissa bits: exponent 0 holds its subnormals and its first binade.
  static constexpr i32 max_code = (1 << (E + M - 1)) + (1 << (M - 1)) - 1;
  static_assert(detail::within_float(-1 - Bias + 0, M - 1, max_code),
                "dyadic::MinifloatDenorm<E, M, Bias>: every value must be a float32 (largest below 2^128, smallest at least 2^-149). Change Bias or use fewer bits.");
  static constexpr detail::name_text text = Bias == (1 << (E - 1)) - 1 ? detail::make_name("MinifloatDenorm<", E, ", ", M, ">")
                                                                       : detail::make_name("MinifloatDenorm<", E, ", ", M, ", ", Bias, ">");

 public:
  using grid = detail::float_grid<M - 1, -1 - Bias, max_code>;
  using code_type = detail::least_int<1 + E + M, false>;
  static constexpr int bits = 1 + E + M;
  static constexpr int exponent_bits = E, mantissa_bits = M, bias = Bias;
  static constexpr double bits_per_value = bits;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = bits <= 24;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<MinifloatDenorm> arithmetic = {.drops_tiny = true, .lanes = has_lanes};

  constexpr MinifloatDenorm() = default;
  template <class X>
    requires detail::ConvertsTo<X, MinifloatDenorm>
  constexpr explicit MinifloatDenorm(X x) : code_(detail::code_of<MinifloatDenorm, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr MinifloatDenorm from_bits(code_type code) {
    MinifloatDenorm v;
    v.code_ = static_cast<code_type>(static_cast<u32>(code) & static_cast<u32>((detail::u64{1} << bits) - 1));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(static_cast<i32>(code_)); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const i32 c = static_cast<i32>(code_);
    return {(static_cast<u32>(code_) >> (E + M) & 1) != 0, static_cast<detail::u64>(c & ((1 << M) - 1)), ((c >> M) & ((1 << E) - 1)) - Bias - M, false};
  }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    const detail::ints_of<V> sign = detail::to_bits(x) & detail::isplat<V>(detail::sign_bit);
    const V a = detail::from_bits<V>(detail::to_bits(x) & detail::isplat<V>(detail::magnitude_mask));
    return detail::from_bits<V>(detail::to_bits(grid::template nearest<V>(a)) | sign);
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<MinifloatDenorm, Round::nearest_even, Overflow::saturate>(x);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    const V a = detail::from_bits<V>(detail::to_bits(x) & detail::isplat<V>(detail::magnitude_mask));
    return finished(x, grid::template nearest_code<V>(a));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> m = code & isplat<V>((1 << M) - 1);
    const detail::ints_of<V> e = (code >> M) & isplat<V>((1 << E) - 1);
    const V a = detail::to_float<V>(m) * detail::power_of_two<V>(e - isplat<V>(Bias + M));
    return detail::from_bits<V>(detail::to_bits(a) | (detail::shift_left<V>(code >> (E + M), isplat<V>(31)) & isplat<V>(detail::sign_bit)));
  }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O == Overflow::saturate, "dyadic: MinifloatDenorm has neither infinity nor NaN and does not wrap. Use Overflow::saturate.");
    const detail::ints_of<V> magnitude = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const V a = detail::from_bits<V>(detail::imin(magnitude, isplat<V>(detail::largest_finite_bits)));
    return finished(x, detail::imin(grid::template rounded<R, V>(a, detail::to_bits(x) >> 31, random), isplat<V>(max_code)));
  }
  template <Round R, Overflow>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? code_type{0} : static_cast<code_type>(round_lanes<R, Overflow::saturate, float>(x, random));
  }
  template <Round R, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    const i32 c = grid::template rounded<R>(x, random);
    return static_cast<code_type>(arranged<float>(c > max_code ? max_code : c) | (x.negative ? i32{1} << (E + M) : 0));
  }

 private:
  /// The grid's code (hidden bit) as exponent and full mantissa.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> arranged(detail::ints_of<V> c) {
    using detail::isplat;
    const detail::ints_of<V> field = c >> (M - 1);
    const detail::ints_of<V> low = c & isplat<V>((1 << (M - 1)) - 1);
    const detail::ints_of<V> normal = low | isplat<V>(1 << (M - 1)) | detail::shift_left<V>(detail::imax(field, isplat<V>(1)) - isplat<V>(1), isplat<V>(M));
    return detail::select(field > isplat<V>(0), normal, low);
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> finished(V x, detail::ints_of<V> c) {
    using detail::isplat;
    const detail::ints_of<V> sign = detail::shift_right<V>(detail::to_bits(x) & isplat<V>(detail::sign_bit), isplat<V>(31 - (E + M)));
    return detail::select(detail::is_nan(x), isplat<V>(0), arranged<V>(c) | sign);
  }

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
