// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_rounding.hpp
/// From a sum in double to the float32 nearest to the real sum with the bias: one rounding, and a way to know that it was right.
///
/// 1. Where the sum is exact, sum + bias is rounded to odd in double (an inexact result takes of its two neighbours the one with
///    the odd significand) and then to nearest in float32. As 53 >= 24 + 2, that is the float32 nearest to the real number
///    (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008);
///    subnormal results have fewer bits still, and beyond float32's range both roundings go to infinity alike.
/// 2. Where the sum may be off by `error`, both ends of the interval around it are rounded to float32. Rounding is monotone: if
///    they agree, every number between them rounds to the same float (A. Ziv, "Fast evaluation of elementary mathematical functions with correctly
///    rounded last bit", 1991). If not, the caller sums again, exactly.
#include <dyadic/kernel/integer_lanes.hpp>

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
[[gnu::always_inline]] inline dvec blend(dints mask, dvec a, dvec b) { return (dvec)(((dints)a & mask) | ((dints)b & ~mask)); }
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
[[gnu::always_inline]] inline bool any_nonzero(dvec a, dvec b) {
#if defined(__AVX512F__)
  return (_mm512_cmp_pd_mask((__m512d)a, _mm512_setzero_pd(), _CMP_NEQ_UQ) |
          _mm512_cmp_pd_mask((__m512d)b, _mm512_setzero_pd(), _CMP_NEQ_UQ)) != 0;
#elif defined(__AVX__)
  return (_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a, _mm256_setzero_pd(), _CMP_NEQ_UQ)) |
          _mm256_movemask_pd(_mm256_cmp_pd((__m256d)b, _mm256_setzero_pd(), _CMP_NEQ_UQ))) != 0;
#elif defined(__SSE2__)
  return _mm_movemask_pd(_mm_or_pd(_mm_cmpneq_pd((__m128d)a, _mm_setzero_pd()), _mm_cmpneq_pd((__m128d)b, _mm_setzero_pd()))) != 0;
#else
  for (int i = 0; i < double_lanes; ++i)
    if (!(a[i] == 0.0 && b[i] == 0.0)) return true;
  return false;
#endif
}

/// sum + bias as float32 where `sum` is exact.
[[gnu::always_inline]] inline vec rounded_exact(double_pair sum, double_pair bias) {
  const two_sum a = two_sum::of(sum.low, bias.low), b = two_sum::of(sum.high, bias.high);
  if (any_nonzero(a.e, b.e)) [[unlikely]]
    return to_floats(to_odd(a), to_odd(b));
  return to_floats(a.s, b.s);
}

/// sum + bias as float32 where `sum` is off by at most `error`. @returns lanes that are not decided as ones in `undecided`
struct guarded_floats {
  vec value;
  ivec undecided;
};
[[gnu::always_inline]] inline guarded_floats rounded_guarded(double_pair sum, double_pair error, double_pair bias) {
  dvec low[2], high[2];
  const dvec sums[2] = {sum.low, sum.high}, errors[2] = {error.low, error.high}, biases[2] = {bias.low, bias.high};
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const two_sum t = two_sum::of(sums[i], biases[i]);
    const dvec e = (dvec)((dints)t.e & 0x7fffffffffffffff), size = (dvec)((dints)t.s & 0x7fffffffffffffff);
    // Both factors are larger than need be: they cover the roundings of this line and the next two.
    const dvec margin = (errors[i] + e) * (1 + 0x1p-20) + size * 0x1p-50;
    const dints finite = is_finite(t.s);
    low[i] = blend(finite, t.s - margin, t.s);
    high[i] = blend(finite, t.s + margin, t.s);
  }
  const vec a = to_floats(low[0], low[1]), b = to_floats(high[0], high[1]);
  return {a, (ivec)a != (ivec)b};
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail
