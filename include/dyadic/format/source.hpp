// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file source.hpp
/// What numbers are made from: every arithmetic type of C++ and the wide ones that compilers add (`__int128`, `__float128`), each
/// taken apart exactly, so that the format's rounding is the only one.
#include <dyadic/format/exact.hpp>

#include <limits>
#include <type_traits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

/// The compilers' own types, which the standard library calls arithmetic in GNU mode at most. (Device code has no __float128.)
/// @{
template <class X>
inline constexpr bool is_extended_integer = false;
template <class X>
inline constexpr bool is_extended_float = false;
#if defined(__SIZEOF_INT128__)
__extension__ typedef __int128 int128;            // NOLINT: `using` cannot be marked as an extension
__extension__ typedef unsigned __int128 uint128;  // NOLINT: as above
template <>
inline constexpr bool is_extended_integer<int128> = true;
template <>
inline constexpr bool is_extended_integer<uint128> = true;
#endif
#if defined(__SIZEOF_FLOAT128__) && !defined(__CUDACC__)
__extension__ typedef __float128 float128;  // NOLINT: as above
template <>
inline constexpr bool is_extended_float<float128> = true;
#endif
#if defined(__clang__) && defined(__FLT16_MANT_DIG__)
template <>
inline constexpr bool is_extended_float<_Float16> = true;
#endif
/// @}

template <class X>
concept SourceInteger = !std::is_same_v<X, bool> && (std::is_integral_v<X> || is_extended_integer<X>);
template <class X>
concept SourceFloat = std::is_floating_point_v<X> || is_extended_float<X>;

/// Whether every value of a floating-point type is a double.
template <SourceFloat X>
inline constexpr bool within_double = [] {
  using limits = std::numeric_limits<X>;  // of an extended type it may know nothing
  if constexpr (limits::is_specialized)
    return limits::digits <= 53 && limits::max_exponent <= 1024 &&
           limits::min_exponent - limits::digits >= -1074;
  else return sizeof(X) <= sizeof(double);
}();

template <class X>
concept WideFloat = SourceFloat<X> && !within_double<X>;

/// 2^n, n a power of two.
template <class X>
constexpr X wide_power(int n) {
  X p = 2;
  for (int i = 1; i < n; i *= 2) p *= p;
  return p;
}

template <SourceInteger X>
constexpr Dyadic to_dyadic(X x) {
  bool negative = false;
  if constexpr (static_cast<X>(-1) < static_cast<X>(1)) negative = x < 0;
  if constexpr (sizeof(X) <= sizeof(u64)) {
    const auto m = static_cast<u64>(x);
    return {negative, negative ? u64{0} - m : m, 0};
#if defined(__SIZEOF_INT128__)
  } else {
    static_assert(sizeof(X) <= sizeof(uint128),
                  "dyadic: a number is made from an integer of at most 128 bits.");
    const auto m = negative ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
    const auto high = static_cast<u64>(m >> 64), low = static_cast<u64>(m);
    if (high == 0) return {negative, low, 0};
    const int up = std::countl_zero(high);
    return {negative, static_cast<u64>(m << up >> 64), 64 - up, low << up};
#endif
  }
}

/// A finite number of a type wider than double. (No constant expression reads its bits, so this is arithmetic; all of it is exact.)
template <WideFloat X>
constexpr Dyadic to_dyadic(X x) {
  const bool negative = x < 0;
  X a = negative ? -x : x;
  if (a <= static_cast<X>(std::numeric_limits<double>::max())) {
    const auto d = static_cast<double>(x);  // most are doubles
    if (static_cast<X>(d) == x) return to_dyadic(d);
  }
  // 1. Into [1, 2): by the largest step twice, for the type's subnormals.
  constexpr int half = [] {
    if constexpr (std::numeric_limits<X>::is_specialized) return std::numeric_limits<X>::max_exponent / 2;
    else return 8192;
  }();
  int exponent = 0;
  const auto step = [&](int n) {
    const X power = wide_power<X>(n);
    if (a >= power) {
      a *= X{1} / power;
      exponent += n;
    } else if (a < 2 / power) {
      a *= power;
      exponent -= n;
    }
  };
  step(half);
  for (int n = half; n > 0; n /= 2) step(n);
  // 2. Its bits.
  const X whole = a * wide_power<X>(32) * (wide_power<X>(32) / 2);
  const auto significand = static_cast<u64>(whole);
  const X rest = (whole - static_cast<X>(significand)) * wide_power<X>(64);
  const auto below = static_cast<u64>(rest);
  return {negative, significand, exponent - 63, below | (static_cast<X>(below) == rest ? 0U : 1U)};
}

/// Whether a number of such a type is infinite. (A double would overflow on its way to a test of bits.)
template <WideFloat X>
constexpr bool infinite_source(X x) {
  const X a = x < 0 ? -x : x;
  return a > static_cast<X>(std::numeric_limits<double>::max()) && a / 2 == a;
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
