// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file wide_lanes.hpp
/// What products need beside `lanes.hpp`: vectors of doubles, and the two forms of multiply-add.
#include <dyadic/kernel/lanes.hpp>

#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

inline constexpr int wide_lanes = native_lanes / 2;  ///< doubles in the target's widest vector
using wide = typename vector_of<double, wide_lanes>::type;
using wide_ints = typename vector_of<std::int64_t, wide_lanes>::type;
using narrow_floats = typename vector_of<float, wide_lanes>::type;

/// The same value in every lane, -0 and NaN included.
[[gnu::always_inline]] inline vec spread(float x) {
#if defined(__AVX512F__)
  return _mm512_set1_ps(x);
#elif defined(__AVX__)
  return _mm256_set1_ps(x);
#else
  return vec{x, x, x, x};
#endif
}
[[gnu::always_inline]] inline wide spread(double x) {
#if defined(__AVX512F__)
  return _mm512_set1_pd(x);
#elif defined(__AVX__)
  return _mm256_set1_pd(x);
#else
  return wide{x, x};
#endif
}

/// The magnitudes.
[[gnu::always_inline]] inline wide without_sign(wide x) {
  return (wide)((wide_ints)x & std::int64_t{0x7fffffffffffffff});
}
/// The larger, or smaller, of a and a bound; a NaN in `a` stays. (GCC 12 makes two instructions of a
/// comparison and a choice.)
/// @{
[[gnu::always_inline]] inline wide at_least(wide a, double bound) {
  const wide b = spread(bound);
#if defined(__clang__) || !defined(__SSE2__)
  return b > a ? b : a;
#elif defined(__AVX512F__)
  return __builtin_ia32_maxpd512_mask(b, a, b, static_cast<__mmask8>(0xff), 4);
#elif defined(__AVX__)
  return __builtin_ia32_maxpd256(b, a);
#else
  return __builtin_ia32_maxpd(b, a);
#endif
}
[[gnu::always_inline]] inline wide at_most(wide a, double bound) {
  const wide b = spread(bound);
#if defined(__clang__) || !defined(__SSE2__)
  return b < a ? b : a;
#elif defined(__AVX512F__)
  return __builtin_ia32_minpd512_mask(b, a, b, static_cast<__mmask8>(0xff), 4);
#elif defined(__AVX__)
  return __builtin_ia32_minpd256(b, a);
#else
  return __builtin_ia32_minpd(b, a);
#endif
}
/// @}

/// a·b + c: rounded once where the target has FMA, else after the product too. Where the product is exact the two agree.
/// Spelled out, so that no compiler flag decides which of them it is.
[[gnu::always_inline]] inline vec multiply_add(vec a, vec b, vec c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}
[[gnu::always_inline]] inline wide multiply_add(wide a, wide b, wide c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(a, b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_pd(a, b, c);
#else
  return a * b + c;
#endif
}

[[gnu::always_inline]] inline wide load(const double* p) {
  wide v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
[[gnu::always_inline]] inline void store(double* p, wide v) { std::memcpy(p, &v, sizeof v); }

[[gnu::always_inline]] inline bool any(wide_ints mask) {
  std::int64_t all = 0;
#pragma GCC unroll 8
  for (int k = 0; k < wide_lanes; ++k) all |= mask[k];
  return all != 0;
}

/// Floats as doubles. By intrinsics: of a generic conversion compilers make several instructions. (Those of AVX-512 have a mask,
/// for GCC 12 takes the undefined vector that the plain ones begin with for a mistake; the mask of all ones costs nothing.)
[[gnu::always_inline]] inline wide load_wide(const float* p) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p));
#elif defined(__AVX__)
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
#elif defined(__SSE2__)
  return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#else
  narrow_floats v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, wide);
#endif
}
#if defined(__AVX__)
[[gnu::always_inline]] inline wide widened(narrow_floats x) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtps_pd(0xff, x);
#else
  return _mm256_cvtps_pd(x);
#endif
}
#endif
/// The lanes of a vector of floats as doubles: the first half of them, the second half.
[[gnu::always_inline]] inline void widen(vec x, wide& low, wide& high) {
#if defined(__AVX512F__)
  low = _mm512_maskz_cvtps_pd(0xff, __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7));
  high = _mm512_maskz_cvtps_pd(0xff, __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
#elif defined(__AVX__)
  low = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
  high = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
#elif defined(__SSE2__)
  low = _mm_cvtps_pd(x);
  high = _mm_cvtps_pd(_mm_movehl_ps(x, x));
#else
  for (int i = 0; i < wide_lanes; ++i) {
    low[i] = static_cast<double>(x[i]);
    high[i] = static_cast<double>(x[wide_lanes + i]);
  }
#endif
}
/// Doubles to floats, rounded to nearest even.
[[gnu::always_inline]] inline void store_narrow(float* p, wide v) {
#if defined(__AVX512F__)
  _mm256_storeu_ps(p, _mm512_maskz_cvtpd_ps(0xff, v));
#elif defined(__AVX__)
  _mm_storeu_ps(p, _mm256_cvtpd_ps(v));
#elif defined(__SSE2__)
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_castps_si128(_mm_cvtpd_ps(v)));
#else
  const narrow_floats f = __builtin_convertvector(v, narrow_floats);
  std::memcpy(p, &f, sizeof f);
#endif
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
