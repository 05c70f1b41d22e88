// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file e8m0.hpp
/// E8M0: powers of two, as blocks are scaled by, and as numbers.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/arithmetic.hpp>
#include <dyadic/format/grid.hpp>
#include <dyadic/format/number.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// 2^(code - 127); code 255 is NaN. No zero, no sign: the field of a block's scale, and a format of numbers.
/// What is less than 2^-127, negative numbers included, becomes 2^-127. A value is 1 unless it is made from
/// another. Source: OCP MX v1.0.
struct E8M0 : detail::number_casts<E8M0> {
 private:
  /// Counts powers of two from 2^-128 on: two more than the code, which leaves its parity alone.
  using grid = detail::float_grid<0, -128, 256>;
  static constexpr i32 max_code = 254, least_bits = 0x00400000, most_bits = 0x7f000000;
  template <Overflow O>
  static constexpr void check_policy() {
    static_assert(O == Overflow::saturate || O == Overflow::special,
                  "dyadic: E8M0 has no infinity and does not wrap. Use Overflow::saturate, or "
                  "Overflow::special for NaN past 2^127.");
  }
  template <Round R, Overflow O>
  static constexpr bool goes_past = O == Overflow::special && !detail::stops_at_the_end<R, O, false>(false);
  template <class V>
  DYADIC_LANE static V value(detail::ints_of<V> code) {
    return detail::from_bits<V>(
        detail::imax(detail::shift_left<V>(code, detail::isplat<V>(23)), detail::isplat<V>(least_bits)));
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> nearest_code(V x) {
    using detail::isplat;
    const detail::ints_of<V> b =
        detail::imin(detail::imax(detail::to_bits(x), isplat<V>(least_bits)), isplat<V>(most_bits));
    // 2^-127 to 2^-126 are float32's largest subnormals: without their leading bit they are half as long as
    // others
    const detail::ints_of<V> u = b + detail::imin(b, isplat<V>(0x00800000)) - isplat<V>(0x00800000);
    return (u + isplat<V>(0x003fffff) + ((u >> 23) & isplat<V>(1))) >> 23;
  }

 public:
  using code_type = std::uint8_t;
  static constexpr int bits = 8;
  static constexpr double bits_per_value = bits;
  static constexpr float max_value = detail::exp2_float(127), min_value = detail::exp2_float(-127);
  static constexpr bool has_nan = true, has_infinity = false, has_lanes = true, is_signed = false;
  static constexpr code_type nan_code = 255;
  static constexpr std::string_view name() { return "E8M0"; }

  static constexpr arithmetic_of<E8M0> arithmetic = {.drops_tiny = true, .lanes = has_lanes};

  constexpr E8M0() = default;  ///< 1
  template <class X>
  requires detail::ConvertsTo<X, E8M0>
  constexpr explicit E8M0(X x) : code_(detail::code_of<E8M0, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr E8M0 from_bits(code_type code) {
    E8M0 v;
    v.code_ = code;
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode(code_); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  /// Of numbers only.
  [[nodiscard]] constexpr detail::Dyadic exact() const { return {false, 1, static_cast<int>(code_) - 127}; }

  /// float32 -> the nearest power of two (in value, not in logarithm; 1.5·2^k goes to the even code), as
  /// float32; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    return detail::unless_nan(x, value<V>(nearest_code(x)));
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return detail::select(detail::is_nan(x), detail::isplat<V>(nan_code), nearest_code(x));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    const detail::ints_of<V> r = detail::to_bits(value<V>(code));
    return detail::from_bits<V>(
        detail::select(code == detail::isplat<V>(nan_code), detail::isplat<V>(detail::quiet_nan_bits), r));
  }
  // After the lane functions, and without them: Clang 14 does not know these yet where another class asks in
  // a static_assert.
  static constexpr code_type encode(float x) {
    return detail::is_nan(x) ? nan_code : static_cast<code_type>(nearest_code(x));
  }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<E8M0, Round::nearest_even, Overflow::saturate>(x);
  }
  /// The value of a code, as float32.
  static constexpr float decode(code_type code) {
    return code == nan_code ? std::bit_cast<float>(detail::quiet_nan_bits) : value<float>(code);
  }
  /// The code in any direction; `x` is not NaN.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    using detail::isplat;
    check_policy<O>();
    const detail::ints_of<V> positive = detail::imax(detail::to_bits(x), isplat<V>(0));
    const V a = detail::from_bits<V>(detail::imin(positive, isplat<V>(detail::largest_finite_bits)));
    detail::ints_of<V> c =
        detail::imax(grid::template rounded<R, V>(a, isplat<V>(0), random) - isplat<V>(2), isplat<V>(0));
    if constexpr (!goes_past<R, O>) c = detail::imin(c, isplat<V>(max_code));
    if constexpr (O == Overflow::special)
      c = detail::select(
          (detail::to_bits(x) & isplat<V>(detail::magnitude_mask)) == isplat<V>(detail::infinity_bits),
          isplat<V>(nan_code), c);
    return c;  // 255, past the largest value, is NaN
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? nan_code : static_cast<code_type>(round_lanes<R, O, float>(x, random));
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    check_policy<O>();
    const i32 c = x.negative ? 0 : grid::template rounded<R>(x, random) - 2;
    if (c > max_code) return goes_past<R, O> ? nan_code : max_code;
    return static_cast<code_type>(c < 0 ? 0 : c);
  }

  /// The exponent `s` of a block's scale as a field, see `ScaleField`. (Of integers only: the code of a float
  /// is the other one.)
  /// @{
  static constexpr detail::name_text text() { return detail::make_name("E8M0"); }
  static constexpr int lowest(int) { return -127; }
  static constexpr int highest(int) { return 127; }
  template <std::same_as<int> I>
  static constexpr u32 encode(I s, I) {
    return static_cast<u32>(s + 127);
  }
  static constexpr int decode(u32 code, int) { return static_cast<int>(code & 255) - 127; }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(detail::ints_of<V> s, int) {
    return s + detail::isplat<V>(127);
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> decode_lanes(detail::ints_of<V> code, int) {
    return code - detail::isplat<V>(127);
  }
  /// @}

  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 127;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
