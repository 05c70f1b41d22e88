// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_operand.hpp
/// Which schemes have values that are small integers times a scale, and what a kernel must know of them at compile time.
#include <dyadic/format/exact.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>

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

/// Values of an element format as integers in [low, high] times 2^-fraction.
struct integer_range {
  bool exists = false;
  int low = 0, high = 0, fraction = 0;
  int distinct = 0;              ///< how many values there are
  bool powers_of_two = false;    ///< every value but 0 is ±2^k: times a float32 scale it is still a float32
  std::int16_t values[16] = {};  ///< all of them in order, where there are no more and they were looked at one by one
  [[nodiscard]] constexpr int magnitude() const { return -low > high ? -low : high; }
  [[nodiscard]] constexpr bool within(int least, int most) const { return exists && least <= low && high <= most; }
};

template <class E>
concept decodes_at_compile_time = requires {
  typename std::bool_constant<(E::decode(typename E::code_type{}) <= 0.0F)>;
};
template <class E>
struct format_under {
  using type = E;
};
template <class E>
requires requires { typename E::format; }
struct format_under<E> {
  using type = typename E::format;
};

/// Looks at every value of a format of up to 8 bits; evenly spaced ones of up to 16 bits tell by their grid.
template <ElementScheme Any>
constexpr integer_range integers_of() {
  using E = typename format_under<Any>::type;
  constexpr int widest = 16;
  if constexpr (E::bits > widest) return {};
  else if constexpr (requires {
                       E::fraction_bits;
                       typename E::grid;
                     }) {
    const double unit = exp2_double(-E::fraction_bits);
    const int low = static_cast<int>(static_cast<double>(E::grid::low) / unit),
              high = static_cast<int>(static_cast<double>(E::grid::high) / unit);
    return {true, low, high, E::fraction_bits, high - low + 1, -2 <= low && high <= 2};
  } else if constexpr (E::bits > 8 || !decodes_at_compile_time<E>) return {};
  else {
    // 1. The largest power of two of which all values are multiples.
    int unit = 1000;
    for (u32 c = 0; c < (u32{1} << E::bits); ++c) {
      const float v = E::decode(static_cast<typename E::code_type>(c));
      if (is_nan(v) || (std::bit_cast<i32>(v) & magnitude_mask) == infinity_bits) return {};
      const Dyadic d = to_dyadic(v);
      if (d.significand == 0) continue;
      const int last = d.exponent + std::countr_zero(d.significand);
      unit = last < unit ? last : unit;
    }
    if (unit < -95 || unit > 95) return {};
    // 2. The values as multiples of it.
    integer_range r{true, 0, 0, -unit, 0, true};
    constexpr int most = (1 << (widest - 1)) - 1;
    bool met[2 * most + 1] = {};
    for (u32 c = 0; c < (u32{1} << E::bits); ++c) {
      const double q = static_cast<double>(E::decode(static_cast<typename E::code_type>(c))) / exp2_double(unit);
      if (q < -most || q > most) return {};
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
template <class S>
struct integer_operand {
  static constexpr bool available = false;
};
template <ElementScheme S>
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<S>();
  static constexpr bool available = range.exists;
  static constexpr scale_kind scale = scale_kind::constant;
  static constexpr std::int64_t block = 0;
  static constexpr bool exact_values = true;  ///< float32 holds integer times scale
};
template <BlockScheme S>
requires requires(const typename S::parameters& p) {
  typename S::element;
  p.up, p.up_more, p.down, p.down_more;
}
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<typename S::element>();
  static constexpr int lowest = S::scale::lowest(largest_exponent<typename S::element>);
  static constexpr bool available = range.exists && lowest - range.fraction >= -149 && S::shape::last % 4 == 0;
  static constexpr scale_kind scale = scale_kind::powers_of_two;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = true;
};
template <BlockScheme S>
requires requires(const typename S::parameters& p) {
  typename S::element;
  p.divisor, p.factor;
}
struct integer_operand<S> {
  static constexpr integer_range range = integers_of<typename S::element>();
  static constexpr bool available = range.exists && S::shape::last % 4 == 0;
  static constexpr scale_kind scale = has_tensor_scale<S> ? scale_kind::short_floats : scale_kind::floats;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = scale == scale_kind::floats && range.powers_of_two && range.fraction == 0;
};
/// Codes less a zero point, one for each row or for all. `range` is that of the codes.
template <BlockScheme S>
requires requires(const typename S::parameters& p) { p.step, p.zero_point; }
struct integer_operand<S> {
  static constexpr bool zero_points = true;
  static constexpr integer_range range = {true, 0, (1 << S::bits) - 1, 0, 1 << S::bits, false};
  static constexpr bool available = S::bits <= 8 && S::shape::last == 0;
  static constexpr scale_kind scale = scale_kind::floats;
  static constexpr std::int64_t block = 0;
  static constexpr bool exact_values = false;
};
/// Signs and trits under a mean of magnitudes.
template <BlockScheme S>
requires requires(const typename S::parameters& p) { p.alpha; }
struct integer_operand<S> {
  static constexpr integer_range range = {true, -1, 1, 0, 3, true};
  static constexpr bool available = S::shape::last % 4 == 0;
  static constexpr scale_kind scale = scale_kind::floats;
  static constexpr std::int64_t block = S::shape::last;
  static constexpr bool exact_values = true;
};

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
