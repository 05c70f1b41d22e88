// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file number.hpp
/// Values of a format as numbers: comparison, arithmetic that is closed (each result rounds once to the format), text.
#include <dyadic/format/element.hpp>
#include <dyadic/format/exact.hpp>

#include <compare>
#include <ostream>
#include <string>
#include <type_traits>

namespace dyadic {

/// A value of one of the library's element formats.
template <class T>
concept Number = ElementScheme<T> && requires(T a) {
  { a.to_bits() } -> std::same_as<typename T::code_type>;
  { T::from_bits(a.to_bits()) } -> std::same_as<T>;
  { a.exact() } -> std::same_as<detail::Dyadic>;
};

namespace detail {

enum class kind : unsigned char { zero, finite, infinite, nan };

constexpr kind kind_of(float x) {
  const i32 m = std::bit_cast<i32>(x) & magnitude_mask;
  return m == 0 ? kind::zero : m < infinity_bits ? kind::finite : m == infinity_bits ? kind::infinite : kind::nan;
}
template <Number T>
constexpr kind kind_of(T a) {
  return kind_of(T::decode(a.to_bits()));
}
template <Number T>
constexpr bool negative(T a) {
  return a.exact().negative;
}

/// What a number is made from, explicitly: arithmetic types but bool, and numbers of other formats.
template <class X, class T>
concept ConvertsTo = !std::is_same_v<X, T> && !std::is_same_v<X, bool> && (std::is_arithmetic_v<X> || Number<X>);

/// The code of any value, rounded once.
template <class T, Round R, Overflow O, class X>
constexpr auto code_of(X x) {
  if constexpr (std::is_same_v<X, float>) return T::template encode_as<R, O>(x);
  else if constexpr (Number<X>) {
    if (kind_of(x) >= kind::infinite) return T::template encode_as<R, O>(X::decode(x.to_bits()));
    return T::template encode_exact<R, O>(x.exact());
  }
  else if constexpr (std::is_integral_v<X>) {
    const bool below = std::is_signed_v<X> && x < X{0};
    const auto m = static_cast<u64>(x);
    return T::template encode_exact<R, O>(Dyadic{below, below ? u64{0} - m : m, 0, false});
  } else {
    const auto d = static_cast<double>(x);
    if ((std::bit_cast<u64>(d) >> 52 & 0x7ff) == 0x7ff) return T::template encode_as<R, O>(static_cast<float>(d));
    return T::template encode_exact<R, O>(to_dyadic(d));
  }
}

/// Infinity (where the format has it) or its largest value.
template <Number T>
constexpr T infinite(bool below) {
  return T::from_bits(T::template encode_as<Round::nearest_even, Overflow::special>(
      std::bit_cast<float>(below ? infinity_bits | sign_bit : infinity_bits)));
}
template <Number T>
constexpr T largest(bool below) {
  return T::from_bits(T::encode(std::bit_cast<float>(below ? infinity_bits | sign_bit : infinity_bits)));
}
template <Number T>
constexpr T not_a_number() {
  return T::from_bits(T::encode(std::bit_cast<float>(quiet_nan_bits)));
}

template <Number T, Round R = Round::nearest_even, Overflow O = Overflow::saturate>
constexpr T rounded(const Dyadic& x) {
  return T::from_bits(T::template encode_exact<R, O>(x));
}

template <Round R, Overflow O, Number T>
constexpr T plus(T a, T b) {
  const kind ka = kind_of(a), kb = kind_of(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite && kb == kind::infinite) return negative(a) == negative(b) ? a : not_a_number<T>();
  if (ka == kind::infinite) return a;
  if (kb == kind::infinite) return b;
  return rounded<T, R, O>(add(a.exact(), b.exact()));
}
template <Round R, Overflow O, Number T>
constexpr T minus(T a, T b) {
  const kind ka = kind_of(a), kb = kind_of(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite && kb == kind::infinite) return negative(a) != negative(b) ? a : not_a_number<T>();
  if (ka == kind::infinite) return a;
  if (kb == kind::infinite) return infinite<T>(!negative(b));
  Dyadic n = b.exact();
  n.negative = !n.negative;
  return rounded<T, R, O>(add(a.exact(), n));
}
template <Round R, Overflow O, Number T>
constexpr T times(T a, T b) {
  const kind ka = kind_of(a), kb = kind_of(b);
  const bool below = negative(a) != negative(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite || kb == kind::infinite) return ka == kind::zero || kb == kind::zero ? not_a_number<T>() : infinite<T>(below);
  return rounded<T, R, O>(multiply(a.exact(), b.exact()));
}
template <Round R, Overflow O, Number T>
constexpr T over(T a, T b) {
  const kind ka = kind_of(a), kb = kind_of(b);
  const bool below = negative(a) != negative(b);
  if (ka == kind::nan || kb == kind::nan || (ka == kind::infinite && kb == kind::infinite)) return not_a_number<T>();
  if (ka == kind::infinite) return infinite<T>(below);
  if (kb == kind::infinite) return rounded<T, R, O>(Dyadic{below, 0, 0, false});
  constexpr bool goes_on = O == Overflow::special || (O == Overflow::infinity && T::has_infinity);
  if (kb == kind::zero) return ka == kind::zero ? not_a_number<T>() : goes_on ? infinite<T>(below) : largest<T>(below);
  return rounded<T, R, O>(divide(a.exact(), b.exact()));
}

}  // namespace detail

/// Closed arithmetic: the exact result, rounded once (nearest even, saturating) to the operands' format. Formats do not mix.
/// x / 0 saturates; 0 / 0 is NaN where the format has one, else 0. -x of the most negative value of two's complement saturates.
/// @{
template <Number T>
constexpr T operator+(T a, T b) {
  return detail::plus<Round::nearest_even, Overflow::saturate>(a, b);
}
template <Number T>
constexpr T operator-(T a, T b) {
  return detail::minus<Round::nearest_even, Overflow::saturate>(a, b);
}
template <Number T>
constexpr T operator*(T a, T b) {
  return detail::times<Round::nearest_even, Overflow::saturate>(a, b);
}
template <Number T>
constexpr T operator/(T a, T b) {
  return detail::over<Round::nearest_even, Overflow::saturate>(a, b);
}
template <Number T>
constexpr T operator-(T a) {
  const detail::kind k = detail::kind_of(a);
  if (k == detail::kind::nan) return a;
  if (k == detail::kind::infinite) return detail::infinite<T>(!detail::negative(a));
  detail::Dyadic n = a.exact();
  n.negative = !n.negative;
  return detail::rounded<T>(n);
}
template <Number T>
constexpr T& operator+=(T& a, T b) {
  return a = a + b;
}
template <Number T>
constexpr T& operator-=(T& a, T b) {
  return a = a - b;
}
template <Number T>
constexpr T& operator*=(T& a, T b) {
  return a = a * b;
}
template <Number T>
constexpr T& operator/=(T& a, T b) {
  return a = a / b;
}
/// @}

/// The magnitude; the most negative value of two's complement saturates.
template <Number T>
constexpr T abs(T a) {
  return detail::kind_of(a) != detail::kind::nan && detail::negative(a) ? -a : a;
}
/// Whether the value is NaN, or an infinity; false for formats without.
/// @{
template <Number T>
constexpr bool is_nan(T a) {
  return detail::kind_of(a) == detail::kind::nan;
}
template <Number T>
constexpr bool is_infinite(T a) {
  return detail::kind_of(a) == detail::kind::infinite;
}
/// @}

/// By value: -0 equals 0, a NaN equals nothing.
/// @{
template <Number T>
constexpr std::partial_ordering operator<=>(T a, T b) {
  if (detail::kind_of(a) == detail::kind::nan || detail::kind_of(b) == detail::kind::nan) return std::partial_ordering::unordered;
  return static_cast<double>(a) <=> static_cast<double>(b);
}
template <Number T>
constexpr bool operator==(T a, T b) {
  return std::is_eq(a <=> b);
}
/// @}

/// The bits of the code, the highest first: "01100110".
template <Number T>
std::string bit_text(T a) {
  std::string s;
  for (int i = T::bits; i-- > 0;) s += (static_cast<u32>(a.to_bits()) >> i & 1U) != 0 ? '1' : '0';
  return s;
}

/// The exact decimal value would be long: what a double prints is.
template <Number T>
std::ostream& operator<<(std::ostream& os, T a) {
  return os << static_cast<double>(a);
}

}  // namespace dyadic
