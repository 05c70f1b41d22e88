// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file accumulator.hpp
/// What a sum of products becomes in a narrow register: fixed-point accumulators that wrap or saturate.
#include <dyadic/base/rounding.hpp>
#include <dyadic/format/fixed.hpp>

#include <bit>
#include <cstdint>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

template <class>
struct fixed_register {
  static constexpr bool exists = false;
};
template <int W, int F, bool Signed>
struct fixed_register<Fixed<W, F, Signed>> {
  static constexpr bool exists = true;
  static constexpr int width = W, fraction = F;
  static constexpr bool is_signed = Signed;
  static constexpr i64 low = Signed ? -(i64{1} << (W - 1)) : 0;
  static constexpr i64 high = Signed ? (i64{1} << (W - 1)) - 1 : (i64{1} << W) - 1;
};

}  // namespace detail

/// What happened in the registers of some sums of products.
struct overflow_counts {
  std::int64_t sums = 0;             ///< results computed
  std::int64_t additions = 0;        ///< terms added, biases among them
  std::int64_t overflows = 0;        ///< additions that overflowed
  std::int64_t overflowed_sums = 0;  ///< results in whose sum at least one did
  constexpr bool operator==(const overflow_counts&) const = default;
};

/// A register of a `Fixed` format to which products are added, one after the other. This is the definition:
///
/// 1. The register starts at zero.
/// 2. A product x·w of two float32 values is exact. It is rounded once to a multiple of the register's quantum 2^-F, in direction `R`;
///    its size is not limited by that.
/// 3. It is added. A sum that the register cannot hold is an overflow: it counts, and the register becomes the end of its range
///    that was passed (`Overflow::saturate`) or the sum modulo 2^W (`Overflow::wrap`).
///
/// A NaN or an infinity does not fit a register; it stays visible: the value is then what IEEE 754 gives for such a sum.
/// @tparam Format  Fixed<W, F>   @tparam O  wrap or saturate   @tparam R  any direction but stochastic
template <class Format, Overflow O = Overflow::wrap, Round R = Round::nearest_even>
class accumulator {
  static_assert(detail::fixed_register<Format>::exists,
                "dyadic::accumulator<Format, Overflow>: Format, the register that sums are kept in, must be a Fixed<W, F>.");
  static_assert(
      O == Overflow::wrap || O == Overflow::saturate,
      "dyadic::accumulator<Format, Overflow::special>: a register has neither infinity nor NaN. Use Overflow::wrap or Overflow::saturate.");
  static_assert(!detail::is_stochastic(R),
                "dyadic::accumulator<Format, Overflow, Round::stochastic>: products are rounded in a fixed direction. Use "
                "Round::nearest_even, toward_zero, down or another.");
  using reg = detail::fixed_register<Format>;
  static constexpr detail::name_text text =
      R == Round::nearest_even
          ? detail::make_name("accumulator<", Format::name(), ", Overflow::", to_string(O), ">")
          : detail::make_name("accumulator<", Format::name(), ", Overflow::", to_string(O), ", Round::", to_string(R), ">");

 public:
  using format = Format;
  static constexpr Overflow overflow = O;
  static constexpr Round round = R;
  static constexpr std::string_view name() { return text.view(); }

  /// Adds x·w.
  DYADIC_LANE void add(float x, float w) {
    const detail::kind a = detail::kind_of(x), b = detail::kind_of(w);
    if (a >= detail::kind::infinite || b >= detail::kind::infinite) {
      const bool invalid = a == detail::kind::nan || b == detail::kind::nan || a == detail::kind::zero || b == detail::kind::zero;
      const bool below = (std::bit_cast<i32>(x) < 0) != (std::bit_cast<i32>(w) < 0);
      (invalid ? nan_ : below ? down_ : up_) = true;
      return;
    }
    const detail::Dyadic p = detail::multiply(detail::to_dyadic(x), detail::to_dyadic(w));
    // In quanta. Beyond 2^60 of them only the last bits count, for wrapping: the product modulo 2^64.
    const bool vast = !p.zero() && p.log2() + reg::fraction >= 60;
    const int up = p.exponent + reg::fraction;
    const detail::u64 n = !vast ? detail::round_to_quantum<R>(p, -reg::fraction) : up > 63 ? 0 : p.significand << up;
    const auto sum = static_cast<detail::i64>(static_cast<detail::u64>(code_) + (p.negative ? detail::u64{0} - n : n));
    const bool over = vast || sum < reg::low || sum > reg::high;
    const bool below = vast ? p.negative : sum < reg::low;
    overflows_ += over ? 1 : 0;
    code_ = O == Overflow::wrap ? detail::low_bits<reg::width, reg::is_signed>(sum) : !over ? sum : below ? reg::low : reg::high;
  }
  /// Adds a number: x·1.
  DYADIC_LANE void add(float x) { add(x, 1.0F); }

  /// The register as float32; beyond 24 bits rounded to nearest even.
  [[nodiscard]] DYADIC_LANE float value() const {
    if (nan_ || (up_ && down_)) return std::bit_cast<float>(detail::quiet_nan_bits);
    if (up_ || down_) return std::bit_cast<float>(up_ ? detail::infinity_bits : detail::infinity_bits | detail::sign_bit);
    return Format::decode(static_cast<typename Format::code_type>(code_));
  }
  /// Additions so far that overflowed.
  [[nodiscard]] constexpr std::int64_t overflows() const { return overflows_; }

 private:
  detail::i64 code_ = 0;
  std::int64_t overflows_ = 0;
  bool nan_ = false, up_ = false, down_ = false;
};

namespace detail {

template <class>
inline constexpr bool is_accumulator = false;
template <class Format, Overflow O, Round R>
inline constexpr bool is_accumulator<accumulator<Format, O, R>> = true;

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
