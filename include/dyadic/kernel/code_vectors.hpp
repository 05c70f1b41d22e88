// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file code_vectors.hpp
/// Vectors of 32-bit codes to vectors of bytes, words and nibbles, and back: in the order of memory, whatever the instruction set.
#include <dyadic/kernel/lanes.hpp>

#include <cstdint>
#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

typedef std::uint8_t octets __attribute__((vector_size(4 * native_lanes)));   // NOLINT: attributes need a typedef
typedef std::uint16_t code_words __attribute__((vector_size(4 * native_lanes)));   // NOLINT: attributes need a typedef
typedef std::uint64_t quads __attribute__((vector_size(4 * native_lanes)));   // NOLINT: attributes need a typedef

/// Codes of four vectors, as bytes. @tparam Signed  -128 to 127 where true, else 0 to 255: nothing is beyond
template <bool Signed>
[[gnu::always_inline]] inline octets bytes_of(ivec a, ivec b, ivec c, ivec d) {
#if defined(__AVX512BW__)
  const __m512i low = _mm512_packs_epi32((__m512i)a, (__m512i)b), high = _mm512_packs_epi32((__m512i)c, (__m512i)d);
  const ivec r = (ivec)(Signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high));  // in quarters of 128 bits
  return (octets)__builtin_shufflevector(r, r, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
#elif defined(__AVX2__) && !defined(__AVX512F__)
  const __m256i low = _mm256_packs_epi32((__m256i)a, (__m256i)b), high = _mm256_packs_epi32((__m256i)c, (__m256i)d);
  const ivec r = (ivec)(Signed ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high));
  return (octets)__builtin_shufflevector(r, r, 0, 4, 1, 5, 2, 6, 3, 7);
#elif defined(__SSE2__) && !defined(__AVX__)
  const __m128i low = _mm_packs_epi32((__m128i)a, (__m128i)b), high = _mm_packs_epi32((__m128i)c, (__m128i)d);
  return (octets)(Signed ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high));
#else
  octets r{};
  for (int i = 0; i < native_lanes; ++i) {
    r[i] = static_cast<std::uint8_t>(a[i]);
    r[native_lanes + i] = static_cast<std::uint8_t>(b[i]);
    r[2 * native_lanes + i] = static_cast<std::uint8_t>(c[i]);
    r[3 * native_lanes + i] = static_cast<std::uint8_t>(d[i]);
  }
  return r;
#endif
}

/// Codes of two vectors, as 16 bits of each.
[[gnu::always_inline]] inline code_words words_of(ivec a, ivec b) {
  // sign-extended from 16 bits, so that the one instruction that SSE2 has saturates nothing
  a = shift_left<vec>(a, isplat<vec>(16)) >> 16;
  b = shift_left<vec>(b, isplat<vec>(16)) >> 16;
#if defined(__AVX512BW__)
  const quads r = (quads)_mm512_packs_epi32((__m512i)a, (__m512i)b);
  return (code_words)__builtin_shufflevector(r, r, 0, 2, 4, 6, 1, 3, 5, 7);
#elif defined(__AVX2__) && !defined(__AVX512F__)
  const quads r = (quads)_mm256_packs_epi32((__m256i)a, (__m256i)b);
  return (code_words)__builtin_shufflevector(r, r, 0, 2, 1, 3);
#elif defined(__SSE2__) && !defined(__AVX__)
  return (code_words)_mm_packs_epi32((__m128i)a, (__m128i)b);
#else
  code_words r{};
  for (int i = 0; i < native_lanes; ++i) {
    r[i] = static_cast<std::uint16_t>(a[i]);
    r[native_lanes + i] = static_cast<std::uint16_t>(b[i]);
  }
  return r;
#endif
}

/// Two vectors of bytes below 16, neighbours joined: the first of two in the low half.
[[gnu::always_inline]] inline octets nibbles_of(octets a, octets b) {
  const code_words low = ((code_words)a | ((code_words)a >> 4)) & (code_words{} + 0xff), high = ((code_words)b | ((code_words)b >> 4)) & (code_words{} + 0xff);
#if defined(__AVX512BW__)
  const quads r = (quads)_mm512_packus_epi16((__m512i)low, (__m512i)high);
  return (octets)__builtin_shufflevector(r, r, 0, 2, 4, 6, 1, 3, 5, 7);
#elif defined(__AVX2__) && !defined(__AVX512F__)
  const quads r = (quads)_mm256_packus_epi16((__m256i)low, (__m256i)high);
  return (octets)__builtin_shufflevector(r, r, 0, 2, 1, 3);
#elif defined(__SSE2__) && !defined(__AVX__)
  return (octets)_mm_packus_epi16((__m128i)low, (__m128i)high);
#else
  octets r{};
  for (int i = 0; i < 2 * native_lanes; ++i) {
    r[i] = static_cast<std::uint8_t>(low[i]);
    r[2 * native_lanes + i] = static_cast<std::uint8_t>(high[i]);
  }
  return r;
#endif
}

/// `native_lanes` bytes in memory to 32 bits each.
template <bool Signed>
[[gnu::always_inline]] inline ivec lanes_of_bytes(const std::uint8_t* p) {
#if defined(__AVX512F__)
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return (ivec)(Signed ? _mm512_maskz_cvtepi8_epi32(0xffff, v) : _mm512_maskz_cvtepu8_epi32(0xffff, v));
#elif defined(__AVX2__)
  const __m128i v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return (ivec)(Signed ? _mm256_cvtepi8_epi32(v) : _mm256_cvtepu8_epi32(v));
#elif defined(__SSE2__) && !defined(__AVX__)
  i32 four;
  std::memcpy(&four, p, sizeof four);
  const __m128i v = _mm_cvtsi32_si128(four), twice = _mm_unpacklo_epi8(v, v);
  if constexpr (Signed) return (ivec)_mm_unpacklo_epi16(twice, twice) >> 24;
  else return (ivec)_mm_unpacklo_epi16(_mm_unpacklo_epi8(v, _mm_setzero_si128()), _mm_setzero_si128());
#else
  ivec r{};
  for (int i = 0; i < native_lanes; ++i) r[i] = Signed ? static_cast<i32>(static_cast<std::int8_t>(p[i])) : static_cast<i32>(p[i]);
  return r;
#endif
}
template <bool Signed>
[[gnu::always_inline]] inline ivec lanes_of_words(const std::uint16_t* p) {
#if defined(__AVX512F__)
  const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return (ivec)(Signed ? _mm512_maskz_cvtepi16_epi32(0xffff, v) : _mm512_maskz_cvtepu16_epi32(0xffff, v));
#elif defined(__AVX2__)
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return (ivec)(Signed ? _mm256_cvtepi16_epi32(v) : _mm256_cvtepu16_epi32(v));
#elif defined(__SSE2__) && !defined(__AVX__)
  const __m128i v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  if constexpr (Signed) return (ivec)_mm_unpacklo_epi16(v, v) >> 16;
  else return (ivec)_mm_unpacklo_epi16(v, _mm_setzero_si128());
#else
  ivec r{};
  for (int i = 0; i < native_lanes; ++i) r[i] = Signed ? static_cast<i32>(static_cast<std::int16_t>(p[i])) : static_cast<i32>(p[i]);
  return r;
#endif
}
#if defined(__AVX512F__)
/// As many nibbles, two a byte, to 32 bits each: zero-extended.
[[gnu::always_inline]] inline ivec lanes_of_nibbles(const std::uint8_t* p) {
  // every byte twice, once for each of its nibbles
  std::uint64_t eight;
  std::memcpy(&eight, p, sizeof eight);
  const __m128i v = _mm_cvtsi64_si128(static_cast<long long>(eight));
  const ivec twice = (ivec)_mm512_maskz_cvtepu8_epi32(0xffff, _mm_unpacklo_epi8(v, v));
  constexpr ivec shifts{0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4};
  return (twice >> shifts) & isplat<vec>(15);
}
/// Lanes of a table of 16 floats in memory. @param index  of which the lowest four bits count
[[gnu::always_inline]] inline vec looked_up(const float* table, ivec index) {
  return (vec)_mm512_maskz_permutexvar_ps(0xffff, (__m512i)index, _mm512_loadu_ps(table));
}
#endif

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
