// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file binary.hpp
/// One bit and one trit: -1, +1 and -1, 0, +1.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/number.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// -1 or +1: x >= 0 gives +1, -0 too. Code 1 is +1. Stochastic rounding gives +1 with probability (1+x)/2 in [-1, 1].
/// Source: Courbariaux, Bengio, David, "BinaryConnect", arXiv 1511.00363.
class Binary {
 public:
  using code_type = std::uint8_t;
  static constexpr int bits = 1;
  static constexpr double bits_per_value = 1;
  static constexpr float max_value = 1.0F, min_value = 1.0F;
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return "Binary"; }

  constexpr Binary() = default;
  template <class X>
    requires detail::ConvertsTo<X, Binary>
  constexpr explicit Binary(X x) : code_(detail::code_of<Binary, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Binary from_bits(code_type code) {
    Binary v;
    v.code_ = code & 1;
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return code_ != 0 ? 1.0F : -1.0F; }
  constexpr explicit operator double() const { return static_cast<double>(static_cast<float>(*this)); }
  [[nodiscard]] constexpr detail::Dyadic exact() const { return {code_ == 0, 1, 0, false}; }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    const V y = decode_lanes<V>(encode_lanes<V>(x));
    return detail::unless_nan(x, y);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return detail::select(x >= detail::splat<V>(0.0F), detail::isplat<V>(1), detail::isplat<V>(0));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    return detail::from_bits<V>(detail::select((code & detail::isplat<V>(1)) != detail::isplat<V>(0), detail::isplat<V>(0x3f800000), detail::isplat<V>(detail::sign_bit | 0x3f800000)));
  }
  // After encode_lanes: Clang 14 evaluates it in a static_assert only if the body of the template came first.
  // Written out: Clang 14 would not have instantiated the lane function yet where another class asks in a static_assert.
  static constexpr code_type encode(float x) { return x >= 0.0F ? 1 : 0; }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, [[maybe_unused]] detail::ints_of<V> random) {
    static_assert(R == Round::nearest_even || R == Round::stochastic, "dyadic: Binary rounds to nearest_even (by sign) or stochastic; the other directions mean nothing between -1 and +1.");
    static_assert(O == Overflow::saturate, "dyadic: Binary has neither infinity nor NaN and does not wrap. Use Overflow::saturate.");
    if constexpr (R == Round::nearest_even) return encode_lanes<V>(x);
    else {
      // P(+1) = (1+x)/2 in steps of 2^-24 against 24 random bits
      const V t = detail::min_keep_nan(detail::max_keep_nan(x, detail::splat<V>(-1.0F)), detail::splat<V>(1.0F));
      const detail::ints_of<V> chance = detail::to_int<V>((t + detail::splat<V>(1.0F)) * detail::splat<V>(8388608.0F));
      return detail::select(detail::shift_right<V>(random, detail::isplat<V>(8)) < chance, detail::isplat<V>(1), detail::isplat<V>(0));
    }
  }
  template <Round R, Overflow>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? code_type{0} : static_cast<code_type>(round_lanes<R, Overflow::saturate, float>(x, random));
  }
  template <Round, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 = 0) {
    return x.negative && !x.zero() ? 0 : 1;
  }

 private:
  code_type code_ = 1;
};

/// -1, 0 or +1: |x| > 0.5 keeps its sign, else 0. Two's-complement code; five of them pack into a byte (1.6 bits each).
/// Source: Li, Zhang, Liu, "Ternary weight networks", arXiv 1605.04711.
class Ternary {
 public:
  using code_type = std::int8_t;
  static constexpr int bits = 2;
  static constexpr double bits_per_value = 1.6;
  static constexpr int values_per_byte = 5;
  static constexpr float max_value = 1.0F, min_value = 1.0F;
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return "Ternary"; }

  constexpr Ternary() = default;
  template <class X>
    requires detail::ConvertsTo<X, Ternary>
  constexpr explicit Ternary(X x) : code_(detail::code_of<Ternary, Round::nearest_even, Overflow::saturate>(x)) {}
  /// The code -2 does not occur; it reads as -1.
  static constexpr Ternary from_bits(code_type code) {
    Ternary v;
    const int c = ((code & 3) ^ 2) - 2;
    v.code_ = static_cast<code_type>(c < -1 ? -1 : c);
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return static_cast<float>(code_); }
  constexpr explicit operator double() const { return code_; }
  [[nodiscard]] constexpr detail::Dyadic exact() const { return {code_ < 0, code_ != 0 ? 1U : 0U, 0, false}; }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    const V y = decode_lanes<V>(encode_lanes<V>(x));
    return detail::unless_nan(x, y);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    const detail::ints_of<V> up = detail::select(x > detail::splat<V>(0.5F), detail::isplat<V>(1), detail::isplat<V>(0));
    const detail::ints_of<V> down = detail::select(x < detail::splat<V>(-0.5F), detail::isplat<V>(1), detail::isplat<V>(0));
    return up - down;
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    return detail::to_float<V>(code);
  }
  // After encode_lanes: Clang 14 evaluates it in a static_assert only if the body of the template came first.
  // Written out: Clang 14 would not have instantiated the lane function yet where another class asks in a static_assert.
  static constexpr code_type encode(float x) { return static_cast<code_type>(x > 0.5F ? 1 : x < -0.5F ? -1 : 0); }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, [[maybe_unused]] detail::ints_of<V> random) {
    static_assert(R == Round::nearest_even || R == Round::stochastic, "dyadic: Ternary rounds to nearest_even (by threshold) or stochastic.");
    static_assert(O == Overflow::saturate, "dyadic: Ternary has neither infinity nor NaN and does not wrap. Use Overflow::saturate.");
    if constexpr (R == Round::nearest_even) return encode_lanes<V>(x);
    else {
      const detail::ints_of<V> negative = detail::to_bits(x) >> 31;
      const V a = detail::min_keep_nan(detail::from_bits<V>(detail::to_bits(x) & detail::isplat<V>(detail::magnitude_mask)), detail::splat<V>(1.0F));
      const detail::ints_of<V> chance = detail::to_int<V>(a * detail::splat<V>(16777216.0F));
      const detail::ints_of<V> one = detail::select(detail::shift_right<V>(random, detail::isplat<V>(8)) < chance, detail::isplat<V>(1), detail::isplat<V>(0));
      return (one ^ negative) - negative;
    }
  }
  template <Round R, Overflow>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? code_type{0} : static_cast<code_type>(round_lanes<R, Overflow::saturate, float>(x, random));
  }
  template <Round, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 = 0) {
    const bool one = x.significand != 0 && (x.log2() >= 0 || (x.log2() == -1 && ((x.significand & (x.significand - 1)) != 0 || x.sticky)));
    return static_cast<code_type>(!one ? 0 : x.negative ? -1 : 1);
  }

 private:
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
