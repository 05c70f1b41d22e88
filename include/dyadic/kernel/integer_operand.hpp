// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_operand.hpp
/// Which schemes have values that are small integers times a scale, and what a kernel must know of them at compile time.
#include <dyadic/format/exact.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/packed_codes.hpp>
#include <dyadic/kernel/refusal.hpp>

#include <bit>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// How a product is computed.
enum class Tier {
  automatic,  ///< on integers, where there is such a kernel
  integer,    ///< on integers: the codes' own products, exact, rounded once
  fast,       ///< float32 products and sums, with a stated bound of the error
  exact,      ///< the exact sum of the float32 values' products, rounded once
};

namespace detail {
inline namespace DYADIC_ISA {

/// Values of an element format as integers in [low, high] times 2^-fraction.
struct integer_range {
  bool exists = false;
  int low = 0, high = 0, fraction = 0;
  int distinct = 0;              ///< how many values there are
  bool powers_of_two = false;    ///< every value but 0 is ±2^k: times a float32 scale it is still a float32
  std::int16_t values[16] = {};  ///< all of them in order, where there are no more and they were looked at one by one
  refusal why = refusal::none;   ///< they are none
  [[nodiscard]] constexpr int magnitude() const { return -low > high ? -low : high; }
  [[nodiscard]] constexpr bool within(int least, int most) const { return exists && least <= low && high <= most; }
};

template <class E>
concept decodes_at_compile_time = requires {
  typename std::bool_constant<(E::decode(code_from<E>(0)) <= 0.0F)>;
};

/// A format's values as integers: those that it declares, up to 16 bits; else what all codes of up to 8 bits
/// decode to.
template <ElementScheme E>
constexpr integer_range integers_of() {
  constexpr int widest = 16;
  constexpr auto none_for = [](refusal why) {
    integer_range r;
    r.why = why;
    return r;
  };
  if constexpr (E::bits > widest) return none_for(refusal::wide_codes);
  else if constexpr (declared<E>.kind == arithmetic_kind::integers) {
    constexpr arithmetic_of<E> codes = declared<E>;
    const int low = static_cast<int>(codes.low), high = static_cast<int>(codes.high);
    return {true, low, high, codes.fraction, high - low + 1, -2 <= low && high <= 2};
  } else if constexpr (E::bits > 8) return none_for(refusal::wide_codes);
  else if constexpr (!decodes_at_compile_time<E>) return none_for(refusal::unknown_codes);
  else {
    // 1. The largest power of two of which all values are multiples.
    int unit = 1000;
    for (u32 c = 0; c < (u32{1} << E::bits); ++c) {
      const float v = E::decode(code_from<E>(c));
      if (is_nan(v) || (std::bit_cast<i32>(v) & magnitude_mask) == infinity_bits)
        return none_for(refusal::special_values);
      const Dyadic d = to_dyadic(v);
      if (d.significand == 0) continue;
      const int last = d.exponent + std::countr_zero(d.significand);
      unit = last < unit ? last : unit;
    }
    if (unit < -95 || unit > 95) return none_for(refusal::wide_range);
    // 2. The values as multiples of it.
    integer_range r{true, 0, 0, -unit, 0, true};
    constexpr int most = (1 << (widest - 1)) - 1;
    bool met[2 * most + 1] = {};
    for (u32 c = 0; c < (u32{1} << E::bits); ++c) {
      const double q = static_cast<double>(E::decode(code_from<E>(c))) / exp2_double(unit);
      if (q < -most || q > most) return none_for(refusal::wide_range);
      const int i = static_cast<int>(q);
      r.low = i < r.low ? i : r.low;
      r.high = i > r.high ? i : r.high;
      if (!met[i + most]) ++r.distinct;
      met[i + most] = true;
      const u32 m = static_cast<u32>(i < 0 ? -i : i);
      r.powers_of_two = r.powers_of_two && (m & (m - 1)) == 0;
    }
    for (int i = -most, n = 0; i <= most && r.distinct <= 16; ++i)
      if (met[i + most]) r.values[n++] = static_cast<std::int16_t>(i);
    return r;
  }
}

/// What multiplies the integers.
enum class scale_kind {
  constant,       ///< 2^-fraction, the same for all
  powers_of_two,  ///< a power of two for each block
  short_floats,   ///< a float of at most 5 significant bits for each block, and a float32 for all
  floats,         ///< a float32 for each block
};

/// The largest common block length along the depth of two operands; 0: the whole depth.
constexpr std::int64_t common_segment(std::int64_t a, std::int64_t b) {
  while (b != 0) {
    const std::int64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

/// Blocks of that length along a depth; 0: one for all of it.
constexpr std::int64_t blocks_along(std::int64_t depth, std::int64_t block) { return block == 0 ? 1 : (depth + block - 1) / block; }

/// Whether what is multiplied are an operand's codes less a number that comes with them.
template <class Operand>
inline constexpr bool has_zero_points = requires {
  requires Operand::zero_points;
};

/// A scheme as an operand of integer products. `block`: neighbours along the depth that share a scale, 0 for all of them.
/// `why` it is none; `available`: it is one.
template <class S>
struct integer_operand {
  static constexpr refusal why = std::same_as<S, none> ? refusal::float_values
                                 : BlockScheme<S>      ? refusal::no_arithmetic
                                                       : refusal::no_codes;
  static constexpr bool available = false;
};
template <ElementScheme S>
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<S>();
  static constexpr refusal why = range.why;
  static constexpr bool available = why == refusal::none;
  static constexpr scale_kind scale = scale_kind::constant;
  static constexpr std::int64_t block = 0;
  static constexpr bool exact_values = true;  ///< float32 holds integer times scale
};
template <BlockScheme S>
requires(declared<S>.kind == arithmetic_kind::elements_by_power_of_two)
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<typename S::element>();
  static constexpr int lowest = S::scale::lowest(largest_exponent<typename S::element>);
  static constexpr refusal why = !range.exists                      ? range.why
                                 : S::shape::last % 4 != 0          ? refusal::block_length
                                 : lowest - range.fraction >= -149  ? refusal::none
                                                                    : refusal::small_scales;
  static constexpr bool available = why == refusal::none;
  static constexpr scale_kind scale = scale_kind::powers_of_two;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = true;
};
template <BlockScheme S>
requires(declared<S>.kind == arithmetic_kind::elements_by_float ||
         declared<S>.kind == arithmetic_kind::elements_by_short_float)
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<typename S::element>();
  static constexpr refusal why = !range.exists             ? range.why
                                 : S::shape::last % 4 == 0 ? refusal::none
                                                           : refusal::block_length;
  static constexpr bool available = why == refusal::none;
  static constexpr scale_kind scale =
      declared<S>.kind == arithmetic_kind::elements_by_short_float ? scale_kind::short_floats : scale_kind::floats;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = scale == scale_kind::floats && range.powers_of_two && range.fraction == 0;
};
/// Codes less a zero point, one for each row or for all. `range` is that of the codes less the least of them,
/// `lowest_code`: what is subtracted is counted from there as well.
template <BlockScheme S>
requires(declared<S>.kind == arithmetic_kind::codes_by_step)
struct integer_operand<S> {
  static constexpr bool zero_points = true;
  static constexpr i32 lowest_code = static_cast<i32>(declared<S>.low);
  static constexpr integer_range range = {true, 0, (1 << S::bits) - 1, 0, 1 << S::bits, false};
  static constexpr refusal why = S::bits > 8            ? refusal::wide_codes
                                 : S::shape::last == 0 ? refusal::none
                                                       : refusal::zero_points_along;
  static constexpr bool available = why == refusal::none;
  static constexpr scale_kind scale = scale_kind::floats;
  static constexpr std::int64_t block = 0;
  static constexpr bool exact_values = false;
};
/// Signs and trits under a mean of magnitudes.
template <BlockScheme S>
requires(declared<S>.kind == arithmetic_kind::signs_by_float)
struct integer_operand<S> {
  static constexpr integer_range range = {true, -1, 1, 0, 3, true};
  static constexpr refusal why = S::shape::last % 4 == 0 ? refusal::none : refusal::block_length;
  static constexpr bool available = why == refusal::none;
  static constexpr scale_kind scale = scale_kind::floats;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = true;
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
