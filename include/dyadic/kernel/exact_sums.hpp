// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact_sums.hpp
/// Sums of products of float32 values, rounded once. What a plain sum in float64 is worth, and what to do where it is not enough.
///
/// A product of two floats has at most 48 bits, so float64 holds it exactly; only the additions can err. They do not if all products
/// are multiples of one quantum and their magnitudes add up to at most 2^53 of it. Else the error is at most γ·Σ|xw|, and the sum
/// is good if rounding to float32 gives the same on both ends of that interval. Else the sum is taken apart (`split_sums`).
#include <dyadic/format/dot.hpp>
#include <dyadic/kernel/weight_panels.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Of the finite values of a row: a bound of its Euclidean norm, and the largest power of two that divides them all.
struct row_bounds {
  double norm = 0.0, quantum = exp2_double(127);
};

/// The exponent of the lowest bit that is set in a finite float; of zero: larger than of any other.
template <class V>
[[gnu::always_inline]] inline ints_of<V> lowest_bit(V x) {
  const ints_of<V> field = shift_right<V>(to_bits(x), isplat<V>(23)) & isplat<V>(0xff);
  const ints_of<V> low = to_bits(x) & isplat<V>(0x007fffff);
  const ints_of<V> significand = select(field > isplat<V>(0), low | isplat<V>(0x00800000), low);
  // The lowest bit alone, as a float, has its position in its exponent.
  const ints_of<V> position = to_bits(to_float<V>(significand & (isplat<V>(0) - significand))) >> 23;
  const ints_of<V> exponent = imax(field, isplat<V>(1)) + position - isplat<V>(150 + 127);
  return select(significand == isplat<V>(0), isplat<V>(127), exponent);
}

inline row_bounds bounds_of(const float* row, std::int64_t n) {
  ivec lowest = isplat<vec>(127);
  wide squares[2] = {};
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) {
    const vec x = load(row + i);
    lowest = imin(lowest, lowest_bit<vec>(x));
    wide low, high;
    widen(x, low, high);
    squares[0] = multiply_add(low, low, squares[0]);
    squares[1] = multiply_add(high, high, squares[1]);
  }
  double sum = 0.0;
  i32 exponent = 127;
  for (int k = 0; k < native_lanes; ++k) exponent = std::min(exponent, static_cast<i32>(lowest[k]));
  for (int k = 0; k < wide_lanes; ++k) sum += squares[0][k] + squares[1][k];
  const int rest = static_cast<int>(n - i);  // an int: that it is small, GCC does not see, and it warns of rows without end
  for (int k = 0; k < rest; ++k) {
    const float x = row[i + k];
    exponent = std::min(exponent, lowest_bit<float>(x));
    sum += static_cast<double>(x) * static_cast<double>(x);
  }
  // Squares are exact, each of the n additions and the root may lose 2^-53 of what they give.
  return {std::sqrt(sum) * (1.0 + static_cast<double>(n + 4) * exp2_double(-53)), exp2_double(exponent)};
}

/// ±significand·2^e with an odd significand: the form in which `ExactSum` takes any multiple of its quantum.
[[gnu::always_inline]] inline Dyadic reduced(double x) {
  const u64 bits = std::bit_cast<u64>(x);
  const int field = static_cast<int>(bits >> 52 & 0x7ff);
  const u64 low = bits & ((u64{1} << 52) - 1);
  const u64 significand = field == 0 ? low : low | u64{1} << 52;
  if (significand == 0) return {};
  const int zeros = std::countr_zero(significand);
  return {(bits >> 63) != 0, significand >> zeros, (field == 0 ? -1074 : field - 1075) + zeros, false};
}

/// What `ExactSum` gives, as float32: nearest even, overflow to infinity. Zero is +0; what rounds to zero keeps its sign.
[[gnu::always_inline]] inline float to_float32(const Dyadic& x) {
  if (x.significand == 0) return 0.0F;
  // Its 64 bits to odd at double's 53, so that the conversion to float is the only rounding.
  const u64 odd = x.significand >> 11 | ((x.significand & 0x7ff) != 0 || x.sticky ? 1U : 0U);
  const double magnitude = static_cast<double>(odd) * exp2_double(x.exponent + 11);
  return static_cast<float>(x.negative ? -magnitude : magnitude);
}

/// For a lane each: Σ_k x[k]·w[k, lane] + bias[lane], exact and then rounded once, for finite operands of any magnitudes.
///
/// Each product is split at fixed powers of two into parts that float64 can add without error, coarsest first: adding and
/// subtracting 1.5·2^k leaves the part that is a multiple of 2^(k-52). The sums of the parts are then put together as integers.
/// Source of the splitting: Rump, Ogita, Oishi, "Accurate floating-point summation, part I", SIAM J. Sci. Comput. 31 (2008).
/// @param x, weights  x(k): a number, weights(k): a vector   @param wanted  only lanes with all ones count; `out` keeps the others
/// @param size  at least |x[k]·w[k, lane]| for all   @param quantum  a power of two that divides every product
template <class Values, class Weights>
void split_sums(const Values& x, const Weights& weights, std::int64_t depth, wide_ints wanted, double size, double quantum, wide bias,
                float* out) {
  constexpr std::int64_t chunk = 256;
  constexpr int chunk_bits = 8;
  wide rest[chunk];
  ExactSum sums[wide_lanes];
  const int top = static_cast<int>(std::bit_cast<u64>(size) >> 52) - 1022;  // size < 2^top
  const int bottom = static_cast<int>(std::bit_cast<u64>(quantum) >> 52) - 1023;
  const auto collect = [&](wide part) {
    for (int i = 0; i < wide_lanes; ++i)
      if (wanted[i] != 0) sums[i].add(reduced(part[i]));
  };
  for (std::int64_t k = 0; k < depth; k += chunk) {
    const auto here = static_cast<std::size_t>(std::min(chunk, depth - k));
    for (std::size_t i = 0; i < here; ++i)
      rest[i] = spread(x(k + static_cast<std::int64_t>(i))) * weights(k + static_cast<std::int64_t>(i));
    int most = top;  // |rest| <= 2^most
    for (; most + chunk_bits > bottom + 53; most -= 54 - chunk_bits) {
      // 2^chunk_bits parts of up to 2^most, multiples of 2^(most + chunk_bits - 53), add up to at most 2^53 of these.
      const wide splitter = spread(1.5 * exp2_double(most + chunk_bits - 1));
      wide sum{};
      for (std::size_t i = 0; i < here; ++i) {
        const wide part = (splitter + rest[i]) - splitter;
        rest[i] -= part;
        sum += part;
      }
      collect(sum);
    }
    wide sum{};
    for (std::size_t i = 0; i < here; ++i) sum += rest[i];
    collect(sum);
  }
  collect(bias);
  for (int i = 0; i < wide_lanes; ++i)
    if (wanted[i] != 0) out[i] = to_float32(sums[i].value());
}

/// What is known of a vector of finished sums.
struct sum_bounds {
  wide size;     ///< at least Σ|xw|
  wide quantum;  ///< a power of two that divides every product
  double error;  ///< the error of a sum is at most that many Σ|xw|
};

/// Rounds sum + bias to float32 where that is certain. @returns all ones in the lanes where it is not, or the sum is not finite
[[gnu::always_inline]] inline wide_ints round_certainly(wide sum, wide bias, const sum_bounds& b, float* out) {
  // 1. total + lost is the exact sum of the two (Knuth's two-sum).
  const wide total = sum + bias;
  const wide virtual_bias = total - sum;
  const wide lost = (sum - (total - virtual_bias)) + (bias - virtual_bias);
  // 2. Was the sum exact? Then let `lost` make its last bit odd: the conversion to float is the only rounding.
  const wide_ints exact = (wide_ints)(b.size <= b.quantum * spread(exp2_double(53)));
  const wide_ints bits = (wide_ints)total;
  const wide_ints inexact = (wide_ints)(lost != wide{});
  const wide_ints toward_zero = ((wide_ints)lost ^ bits) >> 63;
  const wide_ints odd = bits + ((toward_zero | 1) & ((bits & 1) - 1) & inexact);
  const wide value = (wide)((exact & odd) | (~exact & bits));
  // 3. Else, do both ends of the interval that holds the exact value round alike?
  const wide magnitude = (wide)(bits & std::int64_t{0x7fffffffffffffff});
  const wide error = (wide)(~exact & (wide_ints)(b.size * spread(b.error) + magnitude * spread(exp2_double(-50))));
  float high[wide_lanes];
  store_narrow(out, value - error);
  store_narrow(high, value + error);
  const wide_ints differ = (wide_ints)((wide_ints)load_wide(out) != (wide_ints)load_wide(high));
  const wide_ints special = (wide_ints)((bits & std::int64_t{0x7ff0000000000000}) == wide_ints{} + std::int64_t{0x7ff0000000000000});
  return differ | special;
}

/// A sum that is not finite, as float32: what IEEE arithmetic makes of such terms in any order, for no sum of finite products
/// overflows float64.
inline float special_to_float32(double total) {
  const u64 bits = std::bit_cast<u64>(total);
  if ((bits & ((u64{1} << 52) - 1)) != 0) return std::bit_cast<float>(quiet_nan_bits);
  return std::bit_cast<float>(infinity_bits | (bits >> 63 != 0 ? sign_bit : 0));
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
