// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file byte_moves.hpp
/// Codes of a few bits to bytes and back, 64 at a time, where a processor moves single bytes between any places of a vector (AVX-512
/// with VBMI).
#include <dyadic/kernel/code_vectors.hpp>

#include <array>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
inline constexpr bool moves_bytes = true;

using byte_table = std::array<std::uint8_t, 64>;
/// f(0) to f(63).
template <class F>
constexpr byte_table table_of(F f) {
  byte_table t{};
  for (int i = 0; i < 64; ++i) t[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(f(i));
  return t;
}
[[gnu::always_inline]] inline __m512i load_table(const byte_table& t) { return _mm512_loadu_si512(t.data()); }

/// 64 codes of `Bits` bits without gaps, to a byte each, and back: eight bytes at a time hold eight of them.
template <int Bits>
[[gnu::always_inline]] inline octets opened_bytes(const std::uint8_t* p) {
  alignas(64) static constexpr byte_table from = table_of([](int i) { return i / 8 * Bits + (i % 8 < Bits ? i % 8 : 0); });
  alignas(64) static constexpr byte_table shift = table_of([](int i) { return i % 8 * Bits; });
  const __m512i packed = _mm512_maskz_loadu_epi8((std::uint64_t{1} << (8 * Bits)) - 1, p);
  const __m512i r = _mm512_multishift_epi64_epi8(load_table(shift), _mm512_permutexvar_epi8(load_table(from), packed));
  return (octets)_mm512_and_si512(r, _mm512_set1_epi8(static_cast<char>((1 << Bits) - 1)));
}
template <int Bits>
[[gnu::always_inline]] inline void close_bytes(octets codes, std::uint8_t* p) {
  static_assert(Bits <= 6);
  const __m512i pairs = _mm512_maddubs_epi16((__m512i)codes, _mm512_set1_epi16(static_cast<short>(1 | 1 << (8 + Bits))));
  const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 | 1 << (16 + 2 * Bits)));
  const __m512i eights = _mm512_ternarylogic_epi64(fours, _mm512_srli_epi64(fours, 32 - 4 * Bits), _mm512_set1_epi64((std::int64_t{1} << (4 * Bits)) - 1), 0xe4);
  alignas(64) static constexpr byte_table from = table_of([](int i) { return i < 8 * Bits ? i / Bits * 8 + i % Bits : 0; });
  _mm512_mask_storeu_epi8(p, (std::uint64_t{1} << (8 * Bits)) - 1, _mm512_permutexvar_epi8(load_table(from), eights));
}
#else
inline constexpr bool moves_bytes = false;
#endif

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
