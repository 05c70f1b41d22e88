// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file number.hpp
/// Values of a format as numbers: comparison, arithmetic that is closed (each result rounds once to the format), conversions.
/// Beside it: number_stream.hpp (`<<` and `>>`), number_hash.hpp (`std::hash`), number_format.hpp (`std::format`).
#include <dyadic/format/element.hpp>
#include <dyadic/format/exact.hpp>
#include <dyadic/format/source.hpp>

#include <compare>
#include <string>
#include <type_traits>

DYADIC_AS_WRITTEN_BEGIN

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

/// An exact number as an integer: cut off behind the point, as C++ converts floating-point numbers; beyond the integers' range its ends.
template <class X>
constexpr X cut_to_integer(const Dyadic& d) {
  constexpr bool is_signed = static_cast<X>(-1) < static_cast<X>(1);
#if defined(__SIZEOF_INT128__)
  using U = std::conditional_t<(sizeof(X) > sizeof(u64)), uint128, u64>;
#else
  using U = u64;
#endif
  constexpr int wide = 8 * static_cast<int>(sizeof(U));
  constexpr U most = (U{1} << (8 * static_cast<int>(sizeof(X)) - 1)) - 1 + (is_signed ? U{0} : U{1} << (8 * static_cast<int>(sizeof(X)) - 1));
  constexpr U least = is_signed ? most + 1 : U{0};  // the magnitude of the least
  U m = d.significand;
  if (d.exponent < 0) m = d.exponent <= -wide ? U{0} : m >> -d.exponent;
  else if (m != 0) {
    const bool beyond = d.exponent >= wide || (m << d.exponent) >> d.exponent != m;
    m = beyond ? ~U{0} : m << d.exponent;
  }
  if (d.negative) return static_cast<X>(U{0} - (m < least ? m : least));
  return static_cast<X>(m < most ? m : most);
}

/// The sign of a - b, exactly.
constexpr int compare(const Dyadic& a, const Dyadic& b) {
  if (a.zero() || b.zero()) return a.zero() ? (b.zero() ? 0 : b.negative ? 1 : -1) : a.negative ? -1 : 1;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int above = a.negative ? -1 : 1;
  if (a.log2() != b.log2()) return a.log2() > b.log2() ? above : -above;
  const u64 x = a.significand << std::countl_zero(a.significand), y = b.significand << std::countl_zero(b.significand);
  if (x != y) return x > y ? above : -above;
  return a.below == b.below ? 0 : a.below > b.below ? above : -above;  // only a full significand has bits below
}

/// What every number converts to, beside float and double. (A base class, so that it stands once.)
template <class T>
struct number_casts {
  /// Towards zero, as floating-point numbers are; beyond the integer's range the nearest end of it, and 0 for NaN.
  /// To bool: whether the value is not 0.
  template <class X>
  requires(std::is_same_v<X, bool> || SourceInteger<X>)
  constexpr explicit operator X() const {
    const auto& a = static_cast<const T&>(*this);
    const auto d = static_cast<double>(a);
    if constexpr (std::is_same_v<X, bool>) return d != 0.0;  // true for NaN, too
    else {
      if (d != d) return X{0};
      if ((std::bit_cast<u64>(d) >> 52 & 0x7ff) == 0x7ff) return cut_to_integer<X>(Dyadic{d < 0, 1, 1000});
      return cut_to_integer<X>(a.exact());
    }
  }
  /// Exact.
  constexpr explicit operator long double() const { return static_cast<double>(static_cast<const T&>(*this)); }
};

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

/// What a number is made from, explicitly: arithmetic types but bool, the compilers' wide ones, and numbers of other formats.
template <class X, class T>
concept ConvertsTo = !std::is_same_v<X, T> && (SourceInteger<X> || SourceFloat<X> || Number<X>);

/// The code of any value, rounded once from the exact one.
/// @param random  32 uniform bits, for stochastic rounding
template <class T, Round R, Overflow O, class X>
constexpr auto code_of(X x, u32 random = 0) {
  const auto as_float = [&](float f) { return T::template encode_as<R, O>(f, static_cast<i32>(random)); };
  const auto as_exact = [&](const Dyadic& d) { return T::template encode_exact<R, O>(d, random); };
  if constexpr (std::is_same_v<X, float>) return as_float(x);
  else if constexpr (Number<X>)
    return kind_of(x) >= kind::infinite ? as_float(X::decode(x.to_bits())) : as_exact(x.exact());
  else if constexpr (SourceInteger<X>) return as_exact(to_dyadic(x));
  else if constexpr (within_double<X>) {
    const auto d = static_cast<double>(x);
    return (std::bit_cast<u64>(d) >> 52 & 0x7ff) == 0x7ff ? as_float(static_cast<float>(d))
                                                          : as_exact(to_dyadic(d));
  } else {
    if (infinite_source(x))
      return as_float(std::bit_cast<float>(x < 0 ? infinity_bits | sign_bit : infinity_bits));
    return x != x ? as_float(std::bit_cast<float>(quiet_nan_bits)) : as_exact(to_dyadic(x));  // NOLINT(misc-redundant-expression): NaN
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
constexpr T rounded(const Dyadic& x, u32 random = 0) {
  return T::from_bits(T::template encode_exact<R, O>(x, random));
}

template <Round R, Overflow O, Number T>
constexpr T plus(T a, T b, u32 random = 0) {
  const kind ka = kind_of(a), kb = kind_of(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite && kb == kind::infinite) return negative(a) == negative(b) ? a : not_a_number<T>();
  if (ka == kind::infinite) return a;
  if (kb == kind::infinite) return b;
  return rounded<T, R, O>(add(a.exact(), b.exact()), random);
}
template <Round R, Overflow O, Number T>
constexpr T minus(T a, T b, u32 random = 0) {
  const kind ka = kind_of(a), kb = kind_of(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite && kb == kind::infinite) return negative(a) != negative(b) ? a : not_a_number<T>();
  if (ka == kind::infinite) return a;
  if (kb == kind::infinite) return infinite<T>(!negative(b));
  Dyadic n = b.exact();
  n.negative = !n.negative;
  return rounded<T, R, O>(add(a.exact(), n), random);
}
template <Round R, Overflow O, Number T>
constexpr T times(T a, T b, u32 random = 0) {
  const kind ka = kind_of(a), kb = kind_of(b);
  const bool below = negative(a) != negative(b);
  if (ka == kind::nan || kb == kind::nan) return not_a_number<T>();
  if (ka == kind::infinite || kb == kind::infinite) return ka == kind::zero || kb == kind::zero ? not_a_number<T>() : infinite<T>(below);
  return rounded<T, R, O>(multiply(a.exact(), b.exact()), random);
}
template <Round R, Overflow O, Number T>
constexpr T over(T a, T b, u32 random = 0) {
  const kind ka = kind_of(a), kb = kind_of(b);
  const bool below = negative(a) != negative(b);
  if (ka == kind::nan || kb == kind::nan || (ka == kind::infinite && kb == kind::infinite)) return not_a_number<T>();
  if (ka == kind::infinite) return infinite<T>(below);
  if (kb == kind::infinite) return rounded<T, R, O>(Dyadic{below, 0, 0});
  constexpr bool goes_on = O == Overflow::special || (O == Overflow::infinity && T::has_infinity);
  if (kb == kind::zero) return ka == kind::zero ? not_a_number<T>() : goes_on ? infinite<T>(below) : largest<T>(below);
  if constexpr (O == Overflow::wrap)
    return rounded<T, R, O>(divide_modulo(a.exact(), b.exact(), -T::fraction_bits), random);
  else {
    // stochastic rounding compares 32 bits of what it drops
    constexpr bool full = T::bits > 31 || is_stochastic(R);
    return rounded<T, R, O>(divide<full>(a.exact(), b.exact()), random);
  }
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
/// The second names are those of C's mathematics, found by the argument's type: generic code may say `using std::isnan; isnan(x)`.
/// @{
template <Number T>
constexpr bool is_nan(T a) {
  return detail::kind_of(a) == detail::kind::nan;
}
template <Number T>
constexpr bool is_infinite(T a) {
  return detail::kind_of(a) == detail::kind::infinite;
}
template <Number T>
constexpr bool isnan(T a) {
  return is_nan(a);
}
template <Number T>
constexpr bool isinf(T a) {
  return is_infinite(a);
}
template <Number T>
constexpr bool isfinite(T a) {
  return detail::kind_of(a) < detail::kind::infinite;
}
/// Of -0, where the format has one, and of a negative NaN, too.
template <Number T>
constexpr bool signbit(T a) {
  return std::bit_cast<i32>(T::decode(a.to_bits())) < 0;
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

/// With a number of C++'s own, exactly: neither side is rounded.
/// @{
template <Number T, class X>
requires(detail::SourceFloat<X> || detail::SourceInteger<X>)
constexpr std::partial_ordering operator<=>(T a, X x) {
  const auto d = static_cast<double>(a);
  if constexpr (detail::SourceFloat<X>) {
    if constexpr (detail::within_double<X>) return d <=> static_cast<double>(x);
    else {
      const auto wide = static_cast<X>(d);
      return wide < x ? std::partial_ordering::less : wide > x ? std::partial_ordering::greater : wide == x ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
    }
  } else {
    if (detail::kind_of(a) >= detail::kind::infinite) return d <=> 0.0;
    return detail::compare(a.exact(), detail::to_dyadic(x)) <=> 0;
  }
}
template <Number T, class X>
requires(detail::SourceFloat<X> || detail::SourceInteger<X>)
constexpr bool operator==(T a, X x) {
  return std::is_eq(a <=> x);
}
/// @}

/// The bits of the code, the highest first: "01100110".
template <Number T>
std::string bit_text(T a) {
  std::string s;
  for (int i = T::bits; i-- > 0;) s += (static_cast<u32>(a.to_bits()) >> i & 1U) != 0 ? '1' : '0';
  return s;
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
