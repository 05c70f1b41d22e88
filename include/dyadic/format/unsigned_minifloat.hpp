// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file unsigned_minifloat.hpp
/// Small floating-point formats without a sign: magnitudes, scales, probabilities.
#include <dyadic/format/minifloat.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

constexpr name_text unsigned_minifloat_name(int e, int m, int bias, Specials s) {
  if (e == 4 && m == 3 && bias == 7 && s == Specials::fn) return make_name("UE4M3");
  if (e == 5 && m == 3 && bias == 15 && s == Specials::fn) return make_name("UE5M3");
  if (s != Specials::none)
    return make_name("UnsignedMinifloat<", e, ", ", m, ", ", bias, ", ", specials_name(s), ">");
  if (bias != (1 << (e - 1)) - 1) return make_name("UnsignedMinifloat<", e, ", ", m, ", ", bias, ">");
  return make_name("UnsignedMinifloat<", e, ", ", m, ">");
}

}  // namespace detail

/// Floating point with `E` exponent and `M` mantissa bits and no sign: normal 2^(e-Bias)·(1+m/2^M), code
/// exponent 0 2^(1-Bias)·m/2^M.
/// What is below zero becomes 0 (`Overflow` says when NaN instead), and so does -0.
/// @tparam E  exponent bits, 1 to 8   @tparam M  mantissa bits, 0 to 23   @tparam Bias  any, as long as all
///     values are float32s
/// @tparam S  what the top codes mean: `none`; `fn`: the last is NaN; `extended`: the last is NaN, the one
///     before it infinity; `ieee`: the top exponent holds infinity and NaN
/// Sources: IEEE P3109 (draft 4.0, 2026) for fn and extended; PTX ISA and the CUDA Math API for UE4M3 and
/// UE5M3.
template <int E, int M, int Bias = (1 << (E - 1)) - 1, Specials S = Specials::none>
class UnsignedMinifloat : public detail::number_casts<UnsignedMinifloat<E, M, Bias, S>> {
  static_assert(1 <= E && E <= 8,
                "dyadic::UnsignedMinifloat<E, M>: E, the exponent bits, must be in [1, 8].");
  static_assert(0 <= M && M <= 23,
                "dyadic::UnsignedMinifloat<E, M>: M, the mantissa bits, must be in [0, 23].");
  static_assert(S != Specials::fnuz,
                "dyadic::UnsignedMinifloat<E, M, Bias, Specials::fnuz>: there is no code of -0 that could be "
                "NaN. Use Specials::fn, whose "
                "NaN is the last code.");
  static_assert(S != Specials::ieee || M >= 1,
                "dyadic::UnsignedMinifloat<E, M, Bias, Specials::ieee>: M must be at least 1, else there is "
                "no code for NaN. Use "
                "Specials::extended.");
  static_assert(S == Specials::none || E + M >= 2,
                "dyadic::UnsignedMinifloat<E, M, Bias, Specials>: E + M must be at least 2, else NaN and "
                "infinity leave no positive value.");
  static constexpr i32 last_code = static_cast<i32>((u32{1} << (E + M)) - 1);
  static constexpr i32 max_code = S == Specials::ieee       ? (((1 << E) - 1) << M) - 1
                                  : S == Specials::fn       ? last_code - 1
                                  : S == Specials::extended ? last_code - 2
                                                            : last_code;
  static_assert(detail::within_float(1 - Bias, M, max_code),
                "dyadic::UnsignedMinifloat<E, M, Bias>: every value must be a float32 (largest below 2^128, "
                "smallest at least 2^-149). "
                "Change Bias, reserve the top exponent with Specials::ieee, or use fewer exponent bits.");
  static constexpr detail::name_text text = detail::unsigned_minifloat_name(E, M, Bias, S);
  static constexpr i32 infinity_code =
      S == Specials::ieee || S == Specials::extended ? max_code + 1 : 0;  // 0: there is none
  static constexpr i32 nan_code = S == Specials::none   ? 0
                                  : S == Specials::ieee ? infinity_code | (1 << (M > 0 ? M - 1 : 0))
                                                        : last_code;

 public:
  using grid = detail::float_grid<M, 1 - Bias, max_code>;
  using code_type = detail::least_int<E + M, false>;
  static constexpr int bits = E + M;
  static constexpr int exponent_bits = E, mantissa_bits = M, bias = Bias;
  static constexpr Specials specials = S;
  static constexpr bool is_signed = false;
  static constexpr double bits_per_value = bits;
  static constexpr float max_value = grid::high,
                         min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = S != Specials::none, has_infinity = infinity_code != 0,
                        has_lanes = bits <= 24;
  static constexpr bool can_place = false;  ///< the grid's own rounding in place keeps signs
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<UnsignedMinifloat> arithmetic = {.drops_tiny = true, .lanes = has_lanes};

  constexpr UnsignedMinifloat() = default;
  template <class X>
  requires detail::ConvertsTo<X, UnsignedMinifloat>
  constexpr explicit UnsignedMinifloat(X x)
      : code_(detail::code_of<UnsignedMinifloat, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr UnsignedMinifloat from_bits(code_type code) {
    UnsignedMinifloat v;
    v.code_ = static_cast<code_type>(static_cast<i32>(code) & last_code);
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(static_cast<i32>(code_)); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  /// Finite values only.
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const i32 c = static_cast<i32>(code_);
    const int field = c >> M;
    const i32 m = c & ((1 << M) - 1);
    return {false, static_cast<detail::u64>(field > 0 ? m | (1 << M) : m),
            (field > 0 ? field : 1) - Bias - M};
  }

  /// float32 -> the nearest value, as float32; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    if constexpr (detail::is_scalar<V>)
      return detail::is_nan(x) ? detail::quieted(x) : grid::template nearest<V>(positive(x));
    else return detail::unless_nan(x, grid::template nearest<V>(positive(x)));
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<UnsignedMinifloat, Round::nearest_even, Overflow::saturate>(x);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }

  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return detail::select(detail::is_nan(x), detail::isplat<V>(nan_code),
                          grid::template nearest_code<V>(positive(x)));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> c = code & isplat<V>(last_code);
    const V r = grid::template value<V>(detail::imin(c, isplat<V>(max_code)));
    if constexpr (S == Specials::none) return r;
    else {
      detail::ints_of<V> special = isplat<V>(detail::quiet_nan_bits);
      if constexpr (has_infinity)
        special = detail::select(c == isplat<V>(infinity_code), isplat<V>(detail::infinity_bits), special);
      return detail::from_bits<V>(detail::select(c > isplat<V>(max_code), special, detail::to_bits(r)));
    }
  }
  /// The code in any direction; `x` is not NaN.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O == Overflow::saturate || O == Overflow::wrap || has_nan,
                  "dyadic: Overflow::special, propagate and infinity need a format with infinity or NaN "
                  "(Specials::ieee, fn or extended). "
                  "Use Overflow::saturate.");
    static_assert(O != Overflow::wrap,
                  "dyadic: Overflow::wrap is for Fixed. Use Overflow::saturate or Overflow::special.");
    const detail::ints_of<V> magnitude = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const V a = detail::from_bits<V>(detail::imin(magnitude, isplat<V>(detail::largest_finite_bits)));
    const detail::ints_of<V> rounded = grid::template rounded<R, V>(a, detail::to_bits(x) >> 31, random);
    detail::ints_of<V> below = isplat<V>(0);
    if constexpr (O == Overflow::infinity && !clamps_below<R>)
      below = detail::select(rounded == below, below, isplat<V>(nan_code));
    if constexpr (O == Overflow::special || O == Overflow::infinity)
      below = detail::select(magnitude == isplat<V>(detail::infinity_bits), isplat<V>(nan_code), below);
    const detail::ints_of<V> c =
        detail::held<R, O, max_code, infinity_code, nan_code, false, V>(rounded, x, magnitude);
    return detail::select(detail::to_bits(x) < isplat<V>(0), below, c);
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
    const i32 c = grid::template rounded<R>(x, random);
    if (x.negative)
      return static_cast<code_type>(over == Overflow::infinity && !clamps_below<R> && c != 0 ? nan_code : 0);
    return static_cast<code_type>(detail::held<R, over, max_code, infinity_code, nan_code, false>(c, false));
  }

 private:
  /// Directions that end at 0 from below: P3109's SatNone has NaN for the others.
  template <Round R>
  static constexpr bool clamps_below = R == Round::toward_zero || R == Round::up;
  /// `x`, or 0 where it has a sign.
  template <class V>
  DYADIC_LANE static V positive(V x) {
    return detail::from_bits<V>(detail::imax(detail::to_bits(x), detail::isplat<V>(0)));
  }

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 0;
};

using UE4M3 =
    UnsignedMinifloat<4, 3, 7, Specials::fn>;  ///< 7 bits: E4M3 without its sign, largest 448; code 7F is NaN
using UE5M3 = UnsignedMinifloat<5, 3, 15, Specials::fn>;  ///< largest 114688; code FF is NaN

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
