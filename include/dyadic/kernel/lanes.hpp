// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lanes.hpp
/// Vectors of the target's width in memory: load, store, store past the caches; and the work of several threads.
#include <dyadic/base/bits.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// Only what the target has: with GCC, <immintrin.h> for a target of SSE2 takes as long as half of Eigen.
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSSE3__)
#include <tmmintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__SSE__)
#include <xmmintrin.h>
#endif
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace dyadic::detail {
inline namespace DYADIC_ISA {

using vec = floats<native_lanes>;
using ivec = ints<native_lanes>;
typedef float unaligned_vec __attribute__((vector_size(4 * native_lanes), aligned(4), may_alias));    // NOLINT: attributes need a typedef
typedef i32 unaligned_ivec __attribute__((vector_size(4 * native_lanes), aligned(4), may_alias));     // NOLINT: likewise

[[gnu::always_inline]] inline vec load(const float* p) { return *reinterpret_cast<const unaligned_vec*>(p); }
[[gnu::always_inline]] inline void store(float* p, vec v) { *reinterpret_cast<unaligned_vec*>(p) = v; }

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
[[gnu::always_inline]] inline ivec max_of_each(ivec (&v)[native_lanes]) {
  halve(v, std::make_index_sequence<native_lanes / 2>{});
  return v[0];
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

/// Below this many values a second thread costs more than it brings.
inline constexpr std::int64_t parallel_grain = 65536;

/// Calls f(begin, end) on parts of [0, items), on several threads if the program is built with OpenMP and there is work
/// for them. Parts begin at multiples of `step`; what f writes must not depend on the parts.
template <class F>
void in_parallel(std::int64_t items, std::int64_t values_per_item, [[maybe_unused]] std::int64_t step, const F& f) {
#if defined(_OPENMP)
  const std::int64_t wanted = items * values_per_item / parallel_grain;
  const int threads = static_cast<int>(wanted < omp_get_max_threads() ? wanted : omp_get_max_threads());
  if (threads > 1 && omp_in_parallel() == 0) {
    const std::int64_t part = ((items + threads - 1) / threads + step - 1) / step * step;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
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
