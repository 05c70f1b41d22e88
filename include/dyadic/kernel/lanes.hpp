// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lanes.hpp
/// Vectors of the target's width in memory: load, store, store past the caches; and the work of several threads.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/float_environment.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// Only what the target has: with GCC, <immintrin.h> for a target of SSE2 takes as long as half of Eigen.
// Clang's are functions of arithmetic as one writes it, which obey the flags of the unit.
DYADIC_AS_WRITTEN_BEGIN
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSSE3__)
#include <tmmintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__SSE__)
#include <xmmintrin.h>
#endif
DYADIC_AS_WRITTEN_END
#if defined(_OPENMP)
#include <omp.h>
#endif

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

using vec = floats<native_lanes>;
using ivec = ints<native_lanes>;
typedef float unaligned_vec __attribute__((vector_size(4 * native_lanes), aligned(4), may_alias));    // NOLINT: attributes need a typedef
typedef i32 unaligned_ivec __attribute__((vector_size(4 * native_lanes), aligned(4), may_alias));     // NOLINT: likewise

[[gnu::always_inline]] inline vec load(const float* p) { return *reinterpret_cast<const unaligned_vec*>(p); }
/// The same, into a register: GCC 12 would rather read memory again wherever the value is used, and a processor loads one
/// vector of 512 bits a cycle.
[[gnu::always_inline]] inline vec load_once(const float* p) {
  vec v = load(p);
#if defined(__x86_64__) && !defined(__clang__)
#if defined(__AVX512F__)
  __asm__("" : "+v"(v));
#else
  __asm__("" : "+x"(v));
#endif
#endif
  return v;
}
/// The bits of |x|.
[[gnu::always_inline]] inline ivec magnitudes(const float* p) { return to_bits(load(p)) & isplat<vec>(magnitude_mask); }
[[gnu::always_inline]] inline void store(float* p, vec v) { *reinterpret_cast<unaligned_vec*>(p) = v; }

/// The first `n` lanes, 0 <= n <= the lanes: only they are read; the others are 0.
[[gnu::always_inline]] inline vec load_some(const float* p, std::int64_t n) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U), p);
#else
  vec v{};
  for (std::int64_t k = 0; k < n; ++k) v[k] = p[k];
  return v;
#endif
}
[[gnu::always_inline]] inline void store_some(float* p, vec v, std::int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U), v);
#else
  for (std::int64_t k = 0; k < n; ++k) p[k] = v[k];
#endif
}

/// Past the caches; `p` aligned to the vector. Ends with `stream_fence`.
[[gnu::always_inline]] inline void stream(float* p, vec v) {
#if defined(__clang__)
  __builtin_nontemporal_store(v, reinterpret_cast<vec*>(p));
#elif defined(__AVX512F__)
  __builtin_ia32_movntps512(p, v);
#elif defined(__AVX__)
  __builtin_ia32_movntps256(p, v);
#elif defined(__SSE__)
  __builtin_ia32_movntps(p, v);
#else
  store(p, v);
#endif
}
inline void stream_fence() {
#if defined(__SSE__)
  _mm_sfence();
#endif
}

/// Lane i of the result: the largest lane of v[i]. A tree of two shuffles and a maximum for each pair.
template <int N, std::size_t... I>
[[gnu::always_inline]] inline ivec pairwise_max(ivec a, ivec b, std::index_sequence<I...>) {
  return imax<ivec>(__builtin_shufflevector(a, b, static_cast<int>(2 * I)...), __builtin_shufflevector(a, b, static_cast<int>(2 * I + 1)...));
}
template <std::size_t... I>
[[gnu::always_inline]] inline void halve(ivec (&v)[native_lanes], std::index_sequence<I...>) {
  // left to right, so that no vector is overwritten before it is read
  ((v[I] = pairwise_max<native_lanes>(v[2 * I], v[2 * I + 1], std::make_index_sequence<native_lanes>{})), ...);
  if constexpr (sizeof...(I) > 1) halve(v, std::make_index_sequence<sizeof...(I) / 2>{});
}
#if defined(__AVX512F__)
// Quarters of vectors: two of each, or the maxima of both.
template <int Choice>
[[gnu::always_inline]] inline ivec chosen_lanes(ivec a, ivec b) {
  return (ivec)_mm512_maskz_shuffle_ps(0xffff, (__m512)a, (__m512)b, Choice);
}
[[gnu::always_inline]] inline ivec max_of_pairs(ivec a, ivec b) { return imax(chosen_lanes<0x88>(a, b), chosen_lanes<0xdd>(a, b)); }
[[gnu::always_inline]] inline ivec max_of_quarters(ivec a, ivec b) {
  return imax((ivec)_mm512_maskz_shuffle_i32x4(0xffff, (__m512i)a, (__m512i)b, 0x88), (ivec)_mm512_maskz_shuffle_i32x4(0xffff, (__m512i)a, (__m512i)b, 0xdd));
}
#endif
[[gnu::always_inline]] inline ivec max_of_each(ivec (&v)[native_lanes]) {
#if defined(__AVX512F__)
  // Within quarters of 128 bits first: those shuffles have more units than the ones that cross them.
  ivec four[4];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) four[k] = max_of_pairs(max_of_pairs(v[4 * k], v[4 * k + 1]), max_of_pairs(v[4 * k + 2], v[4 * k + 3]));
  return max_of_quarters(max_of_quarters(four[0], four[1]), max_of_quarters(four[2], four[3]));
#else
  halve(v, std::make_index_sequence<native_lanes / 2>{});
  return v[0];
#endif
}

/// The largest lane of every group of `Group` neighbours (a power of two), in each of them.
template <int S, std::size_t... I>
[[gnu::always_inline]] inline ivec max_with_partner(ivec v, std::index_sequence<I...>) {
  return imax<ivec>(v, __builtin_shufflevector(v, v, static_cast<int>(I ^ static_cast<std::size_t>(S))...));
}
template <int Group>
[[gnu::always_inline]] inline ivec max_of_group(ivec v) {
  constexpr auto lanes = std::make_index_sequence<native_lanes>{};
  if constexpr (Group > 1) v = max_with_partner<1>(v, lanes);
  if constexpr (Group > 2) v = max_with_partner<2>(v, lanes);
  if constexpr (Group > 4) v = max_with_partner<4>(v, lanes);
  if constexpr (Group > 8) v = max_with_partner<8>(v, lanes);
  return v;
}
/// One value of all lanes, by a function of two vectors whose order does not matter.
template <int S, std::size_t... I>
[[gnu::always_inline]] inline vec swapped_lanes(vec v, std::index_sequence<I...>) {
  return __builtin_shufflevector(v, v, static_cast<int>(I ^ static_cast<std::size_t>(S))...);
}
template <class F>
[[gnu::always_inline]] inline float folded(vec v, const F& f) {
  constexpr auto lanes = std::make_index_sequence<native_lanes>{};
  if constexpr (native_lanes > 8) v = f(v, swapped_lanes<8>(v, lanes));
  if constexpr (native_lanes > 4) v = f(v, swapped_lanes<4>(v, lanes));
  v = f(v, swapped_lanes<2>(v, lanes));
  return f(v, swapped_lanes<1>(v, lanes))[0];
}
/// Whether some lane of a comparison's result is true.
[[gnu::always_inline]] inline bool any(ivec mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX__)
  return _mm256_movemask_ps((__m256)mask) != 0;
#elif defined(__SSE__)
  return _mm_movemask_ps((__m128)mask) != 0;
#else
  i32 all = 0;
  for (int k = 0; k < native_lanes; ++k) all |= mask[k];
  return all != 0;
#endif
}

/// Whether some lane is negative.
[[gnu::always_inline]] inline bool any_negative(ivec v) { return any(v & isplat<vec>(sign_bit)); }

/// Below this many values a second thread costs more than it brings.
inline constexpr std::int64_t parallel_grain = 65536;

/// Calls f(begin, end) on parts of [0, items), on several threads if the program is built with OpenMP and there is work
/// for them. Parts begin at multiples of `step`; what f writes must not depend on the parts.
template <class F>
void in_parallel(std::int64_t items, std::int64_t values_per_item, [[maybe_unused]] std::int64_t step, const F& f) {
#if defined(_OPENMP)
  const std::int64_t wanted = items * values_per_item / parallel_grain;
  // Asking for threads is a call that small tensors need not make.
  const int most = wanted > 1 ? omp_get_max_threads() : 1, threads = static_cast<int>(wanted < most ? wanted : most);
  if (threads > 1 && omp_in_parallel() == 0) {
    const std::int64_t part = ((items + threads - 1) / threads + step - 1) / step * step;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
      const usual_float_environment environment;  // threads do not inherit it, those of a pool least of all
      const std::int64_t begin = t * part, end = begin + part < items ? begin + part : items;
      if (begin < end) f(begin, end);
    }
    return;
  }
#endif
  (void)values_per_item;
  if (items > 0) f(std::int64_t{0}, items);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
