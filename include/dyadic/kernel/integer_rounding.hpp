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
[[gnu::always_inline]] inline dints is_finite(dvec x) { return (x - x) == dvec{}; }

/// a + b, rounded to odd.
[[gnu::always_inline]] inline dvec add_to_odd(dvec a, dvec b) {
  const two_sum t = two_sum::of(a, b);
  const dints inexact = (t.e < dvec{}) | (t.e > dvec{});  // not where an infinity made e a NaN
  const dints even = ((dints)t.s & 1) - 1;                // all ones where the last bit is 0
  const dints towards_e = (((dints)t.s ^ (dints)t.e) >> 63) | 1;
  return (dvec)((dints)t.s + (towards_e & inexact & even));
}

/// sum + bias as float32 where `sum` is exact.
[[gnu::always_inline]] inline vec rounded_exact(double_pair sum, double_pair bias) {
  return to_floats(add_to_odd(sum.low, bias.low), add_to_odd(sum.high, bias.high));
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
