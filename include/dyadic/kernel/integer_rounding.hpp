// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_rounding.hpp
/// From a sum in double to the float32 nearest to the real number sum · factor + bias: one rounding, and a way to know that it was right.
///
/// 1. Where sum and factor are exact, one FMA gives the double y nearest to the real number. Rounding is monotone, and the halves
///    between neighbouring float32 numbers are doubles: only if y is such a half can the float32 nearest to y be another than the one
///    wanted. Then product + bias is rounded to odd in double (an inexact result takes of its two neighbours the one with the odd
///    significand) and that to nearest in float32. As 53 >= 24 + 2, that is the float32 nearest to the real number
///    (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008);
///    subnormal results have fewer bits still, and beyond float32's range both roundings go to infinity alike.
/// 2. Where the sum may be off by `error`, both ends of the interval around it are rounded to float32: if they agree, every number
///    between them rounds to the same float (A. Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991).
///
/// What neither decides the caller sums again, exactly.
#include <dyadic/format/dot.hpp>
#include <dyadic/kernel/integer_lanes.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// s + e is a + b, exactly (D. Knuth, TAOCP 2, 4.2.2). Nothing here can be contracted.
struct two_sum {
  dvec s, e;
  [[gnu::always_inline]] static inline two_sum of(dvec a, dvec b) {
    const dvec s = a + b, t = s - a;
    return {s, (a - (s - t)) + (b - t)};
  }
};
[[gnu::always_inline]] inline dints is_finite(dvec x) {
  return (x - x) == dvec{};  // NOLINT(misc-redundant-expression): not of infinities and NaN
}

/// s + e, rounded to odd.
[[gnu::always_inline]] inline dvec to_odd(const two_sum& t) {
  const dints inexact = (t.e < dvec{}) | (t.e > dvec{});  // not where an infinity made e a NaN
  const dints even = ((dints)t.s & 1) - 1;                // all ones where the last bit is 0
  const dints towards_e = (((dints)t.s ^ (dints)t.e) >> 63) | 1;
  return (dvec)((dints)t.s + (towards_e & inexact & even));
}
/// A vector of results; bit `i` tells that lane `i` is not decided.
struct rounded_floats {
  vec value;
  unsigned undecided;
};
/// The lanes of a comparison's result that are true.
[[gnu::always_inline]] inline unsigned lanes_of(dints mask) {
#if defined(__AVX512DQ__)
  return _mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX512F__)
  return _mm512_cmplt_epi64_mask((__m512i)mask, _mm512_setzero_si512());
#elif defined(__AVX__)
  return static_cast<unsigned>(_mm256_movemask_pd((__m256d)mask));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_pd((__m128d)mask));
#else
  unsigned r = 0;
  for (int i = 0; i < double_lanes; ++i) r |= mask[i] != 0 ? 1U << i : 0U;
  return r;
#endif
}
[[gnu::always_inline]] inline unsigned lanes_of(dints low, dints high) { return lanes_of(low) | lanes_of(high) << double_lanes; }

#if defined(__FMA__) || defined(__AVX512F__)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

/// Lanes whose double is a half between two float32 numbers, or below the normal ones (and not zero), where halves lie elsewhere.
[[gnu::always_inline]] inline unsigned halves_of(dvec y) {
  constexpr std::int64_t rest = 0x1fffffff, half = 0x10000000, all = 0x7fffffffffffffff, normal = std::bit_cast<std::int64_t>(0x1p-126);
#if defined(__AVX512F__)
  const auto bits = (__m512i)y;
  const __m512i below = _mm512_add_epi64(_mm512_and_epi64(bits, _mm512_set1_epi64(all)), _mm512_set1_epi64(-1));  // 0: the largest number
  return static_cast<unsigned>(_mm512_cmpeq_epi64_mask(_mm512_and_epi64(bits, _mm512_set1_epi64(rest)), _mm512_set1_epi64(half)) |
                               _mm512_cmplt_epu64_mask(below, _mm512_set1_epi64(normal - 1)));
#else
  const dints magnitude = (dints)y & all;
  return lanes_of((((dints)y & rest) == (dints{} + half)) | ((magnitude < (dints{} + normal)) & (magnitude != dints{})));
#endif
}
/// sum · factor + bias as float32. @param sum  exact   @param factor  exact, of at most 48 bits; without FMA a power of two
[[gnu::always_inline]] inline rounded_floats rounded_exact(double_pair sum, double_pair factor, double_pair bias) {
  vec value{};
  unsigned halves = ~0U >> (32 - native_lanes);
  if constexpr (has_fma) {
    const dvec low = fused_or_not(sum.low, factor.low, bias.low), high = fused_or_not(sum.high, factor.high, bias.high);
    value = to_floats(low, high);
    halves = halves_of(low) | halves_of(high) << double_lanes;
    if (halves == 0) [[likely]]
      return {value, 0};
  }
  // Where the product is exact (of powers of two it always is), by rounding to odd.
  const double_pair product = {sum.low * factor.low, sum.high * factor.high};
  const two_sum a = two_sum::of(product.low, bias.low), b = two_sum::of(product.high, bias.high);
  const vec odd = to_floats(to_odd(a), to_odd(b));
  if constexpr (!has_fma) return {odd, 0};
  const dvec lost_low = fused_or_not(sum.low, factor.low, -product.low), lost_high = fused_or_not(sum.high, factor.high, -product.high);
  const unsigned inexact = lanes_of(lost_low != dvec{}, lost_high != dvec{});
  for (int i = 0; i < native_lanes; ++i)
    if ((halves & ~inexact) >> i & 1) value[i] = odd[i];
  return {value, halves & inexact};
}

/// The same where `sum · factor` is off by at most `error`.
[[gnu::always_inline]] inline rounded_floats rounded_guarded(double_pair sum, double_pair factor, double_pair error, double_pair bias) {
  dvec low[2], high[2], y[2];
  const dvec sums[2] = {sum.low, sum.high}, factors[2] = {factor.low, factor.high}, errors[2] = {error.low, error.high},
             biases[2] = {bias.low, bias.high};
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    y[i] = fused_or_not(sums[i], factors[i], biases[i]);
    // Larger than need be: it covers the roundings of these lines.
    const dvec size = (dvec)((dints)y[i] & 0x7fffffffffffffff), margin = errors[i] + size * 0x1p-50;
    low[i] = y[i] - margin;
    high[i] = y[i] + margin;
  }
  const vec a = to_floats(low[0], low[1]), b = to_floats(high[0], high[1]);
  const ivec differ = (ivec)a != (ivec)b;
  if (!any(differ)) [[likely]]
    return {a, 0};
  // Infinities minus themselves are no doubt.
  vec value = to_floats(y[0], y[1]);
  unsigned differing = 0;
  for (int i = 0; i < native_lanes; ++i) {
    if (differ[i] == 0) value[i] = a[i];
    else differing |= 1U << i;
  }
  return {value, lanes_of(is_finite(y[0]), is_finite(y[1])) & differing};
}

/// A double, its significand as short as it is.
inline Dyadic shortened(double x) {
  Dyadic d = to_dyadic(x);
  if (d.significand == 0) return d;
  const int zeros = std::countr_zero(d.significand);
  return {d.negative, d.significand >> zeros, d.exponent + zeros, false};
}

/// Σ integers · scales + bias, in no hurry: the exact sum, rounded once. Scales reach down to 2^-157 each, so all is moved up by 2^64.
class unhurried_sum {
 public:
  /// Adds c · s · t. @param c  below 2^62   @param s, t  finite, of at most 28 significant bits
  void add(std::int64_t c, double s, double t) {
    const Dyadic a = shortened(s), b = shortened(t);
    std::uint64_t rest = static_cast<std::uint64_t>(c < 0 ? -c : c);
    for (int at = 0; rest != 0; at += 8, rest >>= 8)
      sum_.add(
          {(c < 0) != (a.negative != b.negative), a.significand * b.significand * (rest & 0xff), a.exponent + b.exponent + at + up, false});
  }
  void add(float bias) {
    Dyadic d = to_dyadic(bias);
    d.exponent += up;
    sum_.add(d);
  }
  [[nodiscard]] float rounded() const {
    using Float = Minifloat<8, 23, 127, Specials::ieee>;
    Dyadic d = sum_.value();
    d.exponent -= up;
    return static_cast<float>(Float::from_bits(Float::encode_exact<Round::nearest_even, Overflow::special>(d)));
  }

 private:
  static constexpr int up = 64;
  ExactSum sum_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
