// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_lanes.hpp
/// The vector instructions that integer products rest on, each target's own: sums of four products of bytes, nibbles made bytes,
/// integers made doubles.
#include <dyadic/kernel/lanes.hpp>

#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

inline constexpr std::int64_t dot_lanes = native_lanes;  ///< sums of products in a vector
inline constexpr int double_lanes = native_lanes / 2;    ///< doubles in a vector; a vector of sums makes two of them
using dvec = typename vector_of<double, double_lanes>::type;
using dints = typename vector_of<std::int64_t, double_lanes>::type;
using svec = typename vector_of<std::int16_t, 2 * native_lanes>::type;

/// Whether the target sums products of four neighbouring bytes in one instruction.
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#define DYADIC_DOT4 1
#else
#define DYADIC_DOT4 0
#endif

/// Bytes permuted by bytes across a vector.
#if defined(__AVX512VBMI__)
#define DYADIC_BYTE_PERMUTE 1
#else
#define DYADIC_BYTE_PERMUTE 0
#endif

/// Four neighbouring codes of a sample, as the target multiplies them: bytes, or 16-bit numbers with the odd ones behind the even ones.
using sample_code = std::conditional_t<DYADIC_DOT4 != 0, std::int8_t, std::int16_t>;
inline constexpr std::int64_t codes_per_step = 4;

[[gnu::always_inline]] inline ivec load_ints(const void* p) {
  ivec v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
[[gnu::always_inline]] inline void store_ints(void* p, ivec v) { std::memcpy(p, &v, sizeof v); }
[[gnu::always_inline]] inline dvec load_doubles(const double* p) {
  dvec v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
[[gnu::always_inline]] inline void store_doubles(double* p, dvec v) { std::memcpy(p, &v, sizeof v); }
[[gnu::always_inline]] inline dvec in_all_lanes(double x) {
#if defined(__AVX512F__)
  return (dvec)_mm512_set1_pd(x);
#elif defined(__AVX__)
  return (dvec)_mm256_set1_pd(x);
#else
  return dvec{x, x};
#endif
}
[[gnu::always_inline]] inline ivec in_all_lanes(i32 x) {
#if defined(__AVX512F__)
  return (ivec)_mm512_set1_epi32(x);
#else
  return isplat<vec>(x);
#endif
}

/// Sums of neighbouring products of 16-bit numbers: one `pmaddwd` a vector.
[[gnu::always_inline]] inline ivec multiply_pairs(svec a, svec b) {
#if defined(__AVX512BW__)
  return (ivec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  constexpr int parts = static_cast<int>(sizeof(ivec) / 32);
  ivec r;
  for (int i = 0; i < parts; ++i) {
    __m256i x, y;
    std::memcpy(&x, reinterpret_cast<const char*>(&a) + 32 * i, 32);
    std::memcpy(&y, reinterpret_cast<const char*>(&b) + 32 * i, 32);
    const __m256i z = _mm256_madd_epi16(x, y);
    std::memcpy(reinterpret_cast<char*>(&r) + 32 * i, &z, 32);
  }
  return r;
#elif defined(__SSE2__)
  constexpr int parts = static_cast<int>(sizeof(ivec) / 16);
  ivec r;
  for (int i = 0; i < parts; ++i) {
    __m128i x, y;
    std::memcpy(&x, reinterpret_cast<const char*>(&a) + 16 * i, 16);
    std::memcpy(&y, reinterpret_cast<const char*>(&b) + 16 * i, 16);
    const __m128i z = _mm_madd_epi16(x, y);
    std::memcpy(reinterpret_cast<char*>(&r) + 16 * i, &z, 16);
  }
  return r;
#else
  ivec r;
  for (int i = 0; i < native_lanes; ++i) r[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
  return r;
#endif
}

/// Four codes of each of `dot_lanes` outputs, ready to be multiplied. @tparam Signed  weights are signed bytes and samples
/// unsigned ones; else weights are unsigned and samples signed
template <bool Signed>
struct weight_step {
#if DYADIC_DOT4
  ivec bytes;
  [[gnu::always_inline]] static inline weight_step of(ivec b) { return {b}; }
#else
  svec even, odd;
  [[gnu::always_inline]] static inline weight_step of(ivec b) {
    const svec s = (svec)b;
    if constexpr (Signed) return {(svec)(s << 8) >> 8, s >> 8};
    else
      return {s & (svec{} + static_cast<std::int16_t>(0xff)), (svec)((typename vector_of<std::uint16_t, 2 * native_lanes>::type) s >> 8)};
  }
#endif
};
/// Four codes of one sample in every lane.
struct sample_step {
#if DYADIC_DOT4
  ivec bytes;
  [[gnu::always_inline]] static inline sample_step of(const sample_code* p) {
    i32 w;
    std::memcpy(&w, p, sizeof w);
    return {in_all_lanes(w)};
  }
#else
  svec even, odd;
  [[gnu::always_inline]] static inline sample_step of(const sample_code* p) {
    i32 w[2];
    std::memcpy(w, p, sizeof w);
    return {(svec)in_all_lanes(w[0]), (svec)in_all_lanes(w[1])};
  }
#endif
};
/// sum + Σ of four products, in each lane; modulo 2^32.
template <bool Signed>
[[gnu::always_inline]] inline ivec add_products(ivec sum, const sample_step& x, const weight_step<Signed>& w) {
#if DYADIC_DOT4
  if constexpr (Signed) return (ivec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x.bytes, (__m512i)w.bytes);
  else return (ivec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w.bytes, (__m512i)x.bytes);
#else
  using unsigned_ints = uints_of<vec>;  // sums wrap on their way; the last one is right
  return (ivec)((unsigned_ints)sum + (unsigned_ints)multiply_pairs(x.even, w.even) + (unsigned_ints)multiply_pairs(x.odd, w.odd));
#endif
}

/// Whether bytes can be looked up by nibbles in one instruction.
#if defined(__SSSE3__)
inline constexpr bool has_nibbles = true;
#else
inline constexpr bool has_nibbles = false;
#endif
/// `table` repeats its 16 entries; of each byte of `index` bits 4 and higher must be 0.
[[gnu::always_inline]] inline ivec looked_up([[maybe_unused]] ivec table, ivec index) {
#if defined(__AVX512BW__)
  return (ivec)_mm512_shuffle_epi8((__m512i)table, (__m512i)index);
#elif defined(__SSSE3__)
  ivec r;
#if defined(__AVX2__)
  using part = __m256i;
  const auto shuffle = [](part t, part i) { return _mm256_shuffle_epi8(t, i); };
#else
  using part = __m128i;
  const auto shuffle = [](part t, part i) { return _mm_shuffle_epi8(t, i); };
#endif
  for (std::size_t i = 0; i < sizeof(ivec); i += sizeof(part)) {
    part t, at;
    std::memcpy(&t, reinterpret_cast<const char*>(&table) + i, sizeof t);
    std::memcpy(&at, reinterpret_cast<const char*>(&index) + i, sizeof at);
    t = shuffle(t, at);
    std::memcpy(reinterpret_cast<char*>(&r) + i, &t, sizeof t);
  }
  return r;
#else
  return index;
#endif
}
/// What the low and the high nibbles of each byte stand for.
struct byte_pair {
  ivec low, high;
};
template <bool Lookup>
[[gnu::always_inline]] inline byte_pair nibbles_of(ivec packed, [[maybe_unused]] ivec table) {
#if DYADIC_BYTE_PERMUTE
  // Six bits of an index count here, and the table repeats every sixteen: nothing need be masked.
  if constexpr (Lookup)
    return {(ivec)_mm512_maskz_permutexvar_epi8(~__mmask64{0}, (__m512i)packed, (__m512i)table),
            (ivec)_mm512_maskz_permutexvar_epi8(~__mmask64{0}, (__m512i)(packed >> 4), (__m512i)table)};
#endif
  const ivec low = isplat<vec>(0x0f0f0f0f);
  const byte_pair n = {packed & low, (packed >> 4) & low};
  if constexpr (Lookup) return {looked_up(table, n.low), looked_up(table, n.high)};
  else return n;
}

/// The first and the second half of a vector of integers as doubles: exact.
struct double_pair {
  dvec low, high;
};
[[gnu::always_inline]] inline double_pair to_doubles(ivec v) {
#if defined(__AVX512F__)
  return {(dvec)_mm512_maskz_cvtepi32_pd(0xff, (__m256i)__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)),
          (dvec)_mm512_maskz_cvtepi32_pd(0xff, (__m256i)__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))};
#elif defined(__AVX__)
  return {(dvec)_mm256_cvtepi32_pd(_mm256_castsi256_si128((__m256i)v)), (dvec)_mm256_cvtepi32_pd(_mm256_extractf128_si256((__m256i)v, 1))};
#elif defined(__SSE2__)
  return {(dvec)_mm_cvtepi32_pd((__m128i)v), (dvec)_mm_cvtepi32_pd(_mm_unpackhi_epi64((__m128i)v, (__m128i)v))};
#else
  double_pair r;
  for (int i = 0; i < double_lanes; ++i) {
    r.low[i] = v[i];
    r.high[i] = v[i + double_lanes];
  }
  return r;
#endif
}
/// The lane of an integer sum that `interleaved_doubles` makes double number `i` of (those of the second vector count on).
constexpr std::int64_t interleaved_lane(std::int64_t i) {
  constexpr std::int64_t half = native_lanes / 2;
  return i < half ? i / 2 * 4 + i % 2 : (i - half) / 2 * 4 + 2 + i % 2;
}
/// Integers as doubles, in the order of `interleaved_lane`, from v = integer + 2^31 as unsigned numbers: below the bits of 2^52 they are
/// 2^52 + v, from which an exact subtraction leaves the integer. The shuffles and the subtraction do not wait for the units that multiply.
[[gnu::always_inline]] inline double_pair interleaved_doubles(ivec v) {
  const dvec offset = in_all_lanes(0x1p52 + 0x1p31);
  const ivec up = isplat<vec>(0x43300000);
#if defined(__AVX512F__)
  const auto low = (dvec)__builtin_shufflevector(v, up, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  const auto high = (dvec)__builtin_shufflevector(v, up, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
#elif defined(__AVX__)
  const auto low = (dvec)__builtin_shufflevector(v, up, 0, 8, 1, 9, 4, 12, 5, 13),
             high = (dvec)__builtin_shufflevector(v, up, 2, 10, 3, 11, 6, 14, 7, 15);
#else
  const auto low = (dvec)__builtin_shufflevector(v, up, 0, 4, 1, 5), high = (dvec)__builtin_shufflevector(v, up, 2, 6, 3, 7);
#endif
  return {low - offset, high - offset};
}
/// Two vectors of doubles to float32, each rounded once to nearest even.
[[gnu::always_inline]] inline vec to_floats(dvec low, dvec high) {
#if defined(__AVX512F__)
  const auto a = (floats<8>)_mm512_maskz_cvtpd_ps(0xff, (__m512d)low), b = (floats<8>)_mm512_maskz_cvtpd_ps(0xff, (__m512d)high);
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#elif defined(__AVX__)
  return (vec)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps((__m256d)low)), _mm256_cvtpd_ps((__m256d)high), 1);
#elif defined(__SSE2__)
  return (vec)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
#else
  vec r;
  for (int i = 0; i < double_lanes; ++i) {
    r[i] = static_cast<float>(low[i]);
    r[i + double_lanes] = static_cast<float>(high[i]);
  }
  return r;
#endif
}
/// Two vectors' worth of floats as doubles.
[[gnu::always_inline]] inline double_pair to_doubles(vec v) {
#if defined(__AVX512F__)
  return {(dvec)_mm512_maskz_cvtps_pd(0xff, (__m256)__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)),
          (dvec)_mm512_maskz_cvtps_pd(0xff, (__m256)__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))};
#elif defined(__AVX__)
  return {(dvec)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)v)), (dvec)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)v, 1))};
#elif defined(__SSE2__)
  return {(dvec)_mm_cvtps_pd((__m128)v), (dvec)_mm_cvtps_pd(_mm_movehl_ps((__m128)v, (__m128)v))};
#else
  double_pair r;
  for (int i = 0; i < double_lanes; ++i) {
    r.low[i] = static_cast<double>(v[i]);
    r.high[i] = static_cast<double>(v[i + double_lanes]);
  }
  return r;
#endif
}
/// a·b + c, rounded once where the target has FMA, else after the product too.
[[gnu::always_inline]] inline dvec fused_or_not(dvec a, dvec b, dvec c) {
#if defined(__AVX512F__)
  return (dvec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
  return (dvec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
  return a * b + c;
#endif
}
/// Codes of a sample from integers, `dot_lanes` at a time: of each only the low bits count.
[[gnu::always_inline]] inline void store_sample_codes(sample_code* p, ivec q) {
#if DYADIC_DOT4
  const __m128i b = _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)q);
  std::memcpy(p, &b, sizeof b);
#else
  for (int i = 0; i < native_lanes; i += 4) {
    const std::int16_t four[4] = {static_cast<std::int16_t>(q[i]), static_cast<std::int16_t>(q[i + 2]), static_cast<std::int16_t>(q[i + 1]),
                                  static_cast<std::int16_t>(q[i + 3])};
    std::memcpy(p + i, four, sizeof four);
  }
#endif
}
/// Whether `store_code_sums` is there for segments of that length.
#if DYADIC_DOT4
template <std::int64_t Segment>
inline constexpr bool sums_codes = Segment == 16 || Segment == 32;
#else
template <std::int64_t Segment>
inline constexpr bool sums_codes = false;
#endif
/// factor · Σ of each segment of 64 codes, to `out`. Summed by the instruction that multiplies them.
template <bool Unsigned, std::int64_t Segment>
[[gnu::always_inline]] inline void store_code_sums([[maybe_unused]] const sample_code* p, [[maybe_unused]] i32 factor, [[maybe_unused]] i32* out) {
#if DYADIC_DOT4
  const __m512i codes = _mm512_loadu_si512(p), ones = _mm512_set1_epi8(1);
  ivec v = (ivec)(Unsigned ? _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes, ones) : _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, codes));
  v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  if constexpr (Segment == 32) v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v *= factor;
  if constexpr (Segment == 16) {
    const auto sums = __builtin_shufflevector(v, v, 0, 4, 8, 12);
    std::memcpy(out, &sums, sizeof sums);
  } else {
    const auto sums = __builtin_shufflevector(v, v, 0, 8);
    std::memcpy(out, &sums, sizeof sums);
  }
#endif
}
/// The code at place `k` of a sample.
template <bool Unsigned>
inline i32 sample_code_at(const sample_code* p, std::int64_t k) {
#if DYADIC_DOT4
  return Unsigned ? static_cast<i32>(static_cast<std::uint8_t>(p[k])) : static_cast<i32>(p[k]);
#else
  constexpr std::int64_t place[4] = {0, 2, 1, 3};
  return p[k / 4 * 4 + place[k % 4]];
#endif
}
/// Doubles from their upper 16 bits.
[[gnu::always_inline]] inline dvec upper_halves(const std::uint16_t* p) {
#if defined(__AVX512F__)
  return (dvec)((dints)_mm512_maskz_cvtepu16_epi64(0xff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) << 48);
#elif defined(__AVX2__)
  return (dvec)((dints)_mm256_cvtepu16_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))) << 48);
#else
  dints r;
  for (int i = 0; i < double_lanes; ++i) r[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(p[i]) << 48);
  return (dvec)r;
#endif
}
/// The sum of all lanes.
[[gnu::always_inline]] inline i32 sum_of_lanes(ivec v) {
#if defined(__AVX512F__)
  const auto half =
      (__m256i)(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
  const __m128i quarter = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  const __m128i two = _mm_add_epi32(quarter, _mm_unpackhi_epi64(quarter, quarter));
  return _mm_cvtsi128_si32(two) + _mm_extract_epi32(two, 1);
#else
  i32 s = 0;
  for (int i = 0; i < native_lanes; ++i) s += v[i];
  return s;
#endif
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
