// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file log.hpp
/// Signed powers of two: multiplication becomes addition of exponents.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/minifloat.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// ±2^(e-Bias), `e` of `W-1` bits; the code e = 0 is zero. The nearest value is taken in the log domain: r = round(log2|x|),
/// decided by comparing the significand with √2; r above the top saturates, r below 1-Bias is zero.
/// Directed and stochastic rounding choose between the two neighbouring values (stochastic: unbiased in x, not in log x).
/// @tparam W  bits in all, 2 to 8 (9 with a Bias of at least 128)
/// Source: Miyashita, Lee, Murmann, "Convolutional neural networks using logarithmic data representation", arXiv 1603.01025.
template <int W, int Bias = (1 << (W - 2)) - 1>
class LogQ {
  static_assert((2 <= W && W <= 8) || (W == 9 && Bias >= 128), "dyadic::LogQ<W, Bias>: W, the bits in all, must be in [2, 8], or 9 with a Bias of at least 128.");
  static constexpr i32 max_code = (1 << (W - 1)) - 1;
  static_assert(detail::within_float(1 - Bias, 0, max_code), "dyadic::LogQ<W, Bias>: every value must be a float32 (2^-149 to 2^127). Change Bias.");
  static constexpr detail::name_text text = Bias == (1 << (W - 2)) - 1 ? detail::make_name("LogQ<", W, ">") : detail::make_name("LogQ<", W, ", ", Bias, ">");
  static constexpr bool normal_range = 1 - Bias >= -125;  // with half a binade below it

 public:
  using grid = detail::float_grid<0, 1 - Bias, max_code>;
  using code_type = detail::least_int<W, false>;
  static constexpr int bits = W;
  static constexpr int bias = Bias;
  static constexpr double bits_per_value = W;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return text.view(); }

  constexpr LogQ() = default;
  template <class X>
    requires detail::ConvertsTo<X, LogQ>
  constexpr explicit LogQ(X x) : code_(detail::code_of<LogQ, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr LogQ from_bits(code_type code) {
    LogQ v;
    v.code_ = static_cast<code_type>(code & ((1U << W) - 1));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(code_); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const int e = code_ & max_code;
    return {(code_ >> (W - 1)) != 0, e == 0 ? 0U : 1U, e - Bias, false};
  }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    using detail::isplat;
    detail::ints_of<V> r;
    if constexpr (normal_range) {
      // The significand carries into the exponent from √2 on; what is then below the smallest value is zero.
      r = detail::wrapping_sum(detail::to_bits(detail::limited_magnitude(x, detail::splat<V>(grid::high))), isplat<V>(detail::past_sqrt2));
      r = detail::select(r < isplat<V>(smallest_bits), isplat<V>(0), r & isplat<V>(detail::infinity_bits));
    } else {
      r = detail::to_bits(grid::template value<V>(log_code<V>(detail::to_bits(x) & isplat<V>(detail::magnitude_mask))));
    }
    return detail::unless_nan(x, detail::signed_as(x, detail::from_bits<V>(r)));
  }
  /// The values times 2^s, for vectors of numbers, as the grids have it.
  /// @{
  static constexpr bool can_place = normal_range;
  static constexpr int least_place = Bias - 126, most_place = 127 - (max_code - Bias);
  template <class V>
  DYADIC_LANE static detail::placed_grid<V> place(detail::ints_of<V> s) {
    const detail::ints_of<V> by = detail::shift_left<V>(s, detail::isplat<V>(23));
    return {detail::from_bits<V>(detail::wrapping_sum(detail::isplat<V>(grid::high_bits), by)), detail::from_bits<V>(detail::wrapping_sum(detail::isplat<V>(smallest_bits), by)), V{}};
  }
  template <class V>
  DYADIC_LANE static V nearest(V x, const detail::placed_grid<V>& p) {
    using detail::isplat;
    const detail::ints_of<V> r = detail::wrapping_sum(detail::to_bits(detail::limited_magnitude(x, p.first)), isplat<V>(detail::past_sqrt2));
    return detail::signed_as(x, detail::from_bits<V>(detail::select(r < detail::to_bits(p.second), isplat<V>(0), r & isplat<V>(detail::infinity_bits))));
  }
  /// @}
  /// As `float_grid` has it.
  static constexpr bool has_magnitude_byte = normal_range && W <= 8;
  static constexpr int byte_bias = (127 - Bias) & 255;
  template <class V>
  DYADIC_LANE static detail::ints_of<V> magnitude_byte(V x) {
    using detail::isplat;
    const detail::ints_of<V> r = detail::wrapping_sum(detail::to_bits(detail::limited_magnitude(x, detail::splat<V>(grid::high))), isplat<V>(detail::past_sqrt2));
    return detail::imax(r, isplat<V>((127 - Bias) << 23)) >> 23;
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    using detail::isplat;
    return finished(x, log_code<V>(detail::imin(detail::to_bits(x) & isplat<V>(detail::magnitude_mask), isplat<V>(grid::high_bits))));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> e = code & isplat<V>(max_code);
    const detail::ints_of<V> a = detail::select(e == isplat<V>(0), isplat<V>(0), detail::to_bits(detail::power_of_two<V>(e - isplat<V>(Bias))));
    return detail::from_bits<V>(a | (detail::shift_left<V>(code >> (W - 1), isplat<V>(31)) & isplat<V>(detail::sign_bit)));
  }
  /// The same of codes that are sign-extended. The exponents of all values must be those of normal floats.
  static constexpr bool extends_sign = W == 8 && 1 - Bias >= -126 && max_code - Bias <= 127;
  template <class V>
    requires extends_sign
  DYADIC_LANE static V decode_extended(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> placed = detail::shift_left<V>(code, isplat<V>(23)) & isplat<V>(detail::sign_bit | (max_code << 23));
    const detail::ints_of<V> none = placed & isplat<V>(detail::sign_bit);
    return detail::from_bits<V>(detail::select(none == placed, none, placed + isplat<V>((127 - Bias) * (1 << 23))));
  }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O == Overflow::saturate, "dyadic: LogQ has neither infinity nor NaN and does not wrap. Use Overflow::saturate.");
    if constexpr (R == Round::nearest_even || R == Round::nearest_away) return encode_lanes<V>(x);  // √2 is no float: there are no ties
    else {
      const detail::ints_of<V> a = detail::imin(detail::to_bits(x) & isplat<V>(detail::magnitude_mask), isplat<V>(grid::high_bits));
      return finished(x, grid::template rounded<R, V>(detail::from_bits<V>(a), detail::to_bits(x) >> 31, random));
    }
  }
  template <Round R, Overflow>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? code_type{0} : static_cast<code_type>(round_lanes<R, Overflow::saturate, float>(x, random));
  }
  template <Round R, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    i32 c = 0;
    if constexpr (R == Round::nearest_even || R == Round::nearest_away) {
      if (x.significand != 0) {
        const detail::u64 m = x.significand << std::countl_zero(x.significand);
        const int r = x.log2() + (m > 0xB504F333F9DE6484U ? 1 : 0) + Bias;  // √2 * 2^63, rounded down
        c = r < 1 ? 0 : r > max_code ? max_code : r;
      }
    } else {
      c = grid::template rounded<R>(x, random);
      c = c > max_code ? max_code : c;
    }
    return static_cast<code_type>(c | (x.negative ? 1 << (W - 1) : 0));
  }

 private:
  static constexpr i32 smallest_bits = normal_range ? (128 - Bias) << 23 : 0;
  /// round(log2) of a magnitude of at most the largest value, as a code.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> log_code(detail::ints_of<V> a) {
    using detail::isplat;
    const detail::ints_of<V> t = detail::imin(a, isplat<V>(grid::high_bits));
    const detail::ints_of<V> code = ((detail::unbounded_bits<V>(t) + isplat<V>(detail::past_sqrt2)) >> 23) + isplat<V>(Bias - 127);
    return detail::imin(detail::imax(code, isplat<V>(0)), isplat<V>(max_code));
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> finished(V x, detail::ints_of<V> c) {
    using detail::isplat;
    const detail::ints_of<V> sign = detail::shift_right<V>(detail::to_bits(x) & isplat<V>(detail::sign_bit), isplat<V>(32 - W));
    return detail::select(detail::is_nan(x), isplat<V>(0), c | sign);
  }
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
