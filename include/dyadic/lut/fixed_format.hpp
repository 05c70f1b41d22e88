// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fixed_format.hpp
/// Fixed point with widths known at run time only: what `Fixed<W, F, Signed>` is at compile time, with the same codes.
#include <dyadic/base/bits.hpp>
#include <dyadic/format/fixed.hpp>

#include <cmath>
#include <cstdint>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Codes of `bits` bits; value = code · 2^-fraction.
struct fixed_format {
  int bits = 8;      ///< 1 to 16
  int fraction = 0;  ///< -95 to 126, as that of Fixed
  bool is_signed = true;

  static constexpr int most_bits = 16;
  [[nodiscard]] constexpr bool legal() const { return 1 <= bits && bits <= most_bits && -95 <= fraction && fraction <= 126; }
  [[nodiscard]] constexpr std::int32_t low() const { return is_signed ? -(std::int32_t{1} << (bits - 1)) : 0; }
  [[nodiscard]] constexpr std::int32_t high() const { return (std::int32_t{1} << (is_signed ? bits - 1 : bits)) - 1; }
  [[nodiscard]] constexpr double step() const { return detail::exp2_double(-fraction); }

  /// The nearest code, ties to even, saturated; of a vector of floats or of one. NaN gives any code.
  template <class V>
  DYADIC_LANE detail::ints_of<V> encode(V x) const {
    const V most = detail::splat<V>(static_cast<float>(high())), least = detail::splat<V>(static_cast<float>(low()));
    V v = x * detail::splat<V>(detail::exp2_float(fraction));
    v = v < most ? v : most;
    v = v > least ? v : least;
    // Adding 1.5·2^23 leaves the nearest integer in the low bits.
    const V magic = detail::splat<V>(12582912.0f);
    return detail::to_bits(v + magic) - detail::to_bits(magic);
  }
  /// Exact: a code has at most 16 bits.
  [[nodiscard]] constexpr float decode(std::int32_t code) const { return static_cast<float>(static_cast<double>(code) * step()); }
  /// As in reports and type names.
  [[nodiscard]] std::string text() const {
    return "Fixed<" + std::to_string(bits) + ", " + std::to_string(fraction) + (is_signed ? ">" : ", false>");
  }
  [[nodiscard]] constexpr bool operator==(const fixed_format&) const = default;
};

/// Is it a `Fixed` of at most 16 bits?
/// @{
template <class F>
inline constexpr bool is_table_format = false;
template <int W, int F, bool Signed>
inline constexpr bool is_table_format<Fixed<W, F, Signed>> = W <= fixed_format::most_bits;
/// @}

/// A `Fixed` as a value.
template <class F>
requires is_table_format<F>
inline constexpr fixed_format format_of = {F::bits, F::fraction_bits, F::is_signed};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
