// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file code_bytes.hpp
/// 64 codes at a time, where a processor moves single bytes between any places of a vector (AVX-512 with VBMI): the bytes of four
/// vectors of lanes, values out of a table. Elsewhere nothing of this exists.
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/kernel/packed_codes.hpp>

#include <array>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Whether some of four vectors' values are NaN.
[[gnu::always_inline]] inline bool any_nan(vec a, vec b, vec c, vec d) {
#if defined(__AVX512F__)
  // one comparison for two vectors
  return (_mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_UNORD_Q) | _mm512_cmp_ps_mask((__m512)c, (__m512)d, _CMP_UNORD_Q)) != 0;
#else
  return any((ivec)((is_nan(a) | is_nan(b)) | (is_nan(c) | is_nan(d))));
#endif
}

#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
/// Byte `Which` of each lane of four vectors.
template <int Which>
[[gnu::always_inline]] inline octets byte_of_each(ivec a, ivec b, ivec c, ivec d) {
  // twice 32 bytes, so that a choice by halves puts the two pairs together
  alignas(64) static constexpr byte_table from = table_of([](int i) { return 4 * (i % 32) + Which; });
  const __m512i index = load_table(from);
  const __m512i low = _mm512_permutex2var_epi8((__m512i)a, index, (__m512i)b), high = _mm512_permutex2var_epi8((__m512i)c, index, (__m512i)d);
  return (octets)_mm512_mask_blend_epi64(0xf0, low, high);
}
/// The low word of each lane of two vectors.
[[gnu::always_inline]] inline __m512i words_of_each(ivec a, ivec b) {
  alignas(64) static constexpr byte_table from = table_of([](int i) { return i % 2 == 0 ? i : 0; });
  return _mm512_permutex2var_epi16((__m512i)a, load_table(from), (__m512i)b);
}

/// Whether codes of `F` are made of signs and magnitudes, 64 at a time, or of clamped words.
template <class F>
struct magnitude_bytes_of {
  using type = void;
};
template <class F>
  requires requires { requires F::grid::has_magnitude_byte; }
struct magnitude_bytes_of<F> {
  using type = typename F::grid;
};
template <class F>
  requires requires { requires F::has_magnitude_byte; }
struct magnitude_bytes_of<F> {
  using type = F;
};
template <class F>
inline constexpr bool signed_magnitudes = false;
template <int E, int M, int B, Specials S>
inline constexpr bool signed_magnitudes<Minifloat<E, M, B, S>> =
    S != Specials::fnuz && S != Specials::extended && 1 + E + M <= 8 && Minifloat<E, M, B, S>::grid::has_magnitude_byte;
template <int W, int B>
inline constexpr bool signed_magnitudes<LogQ<W, B>> = LogQ<W, B>::has_magnitude_byte;
template <int N, int F>
inline constexpr bool signed_magnitudes<SignMagnitude<N, F>> = N <= 8 && SignMagnitude<N, F>::grid::has_magnitude_byte;
/// The ends of a format whose codes are integers; none for others.
template <class F>
struct code_ends {
  static constexpr i32 low = 0, high = 0;
};
template <int W, int F, bool Signed>
  requires(W <= 8)
struct code_ends<Fixed<W, F, Signed>> {
  static constexpr i32 low = Signed ? -(1 << (W - 1)) : 0, high = (1 << (Signed ? W - 1 : W)) - 1;
};
template <int W, int F>
  requires(W <= 8)
struct code_ends<SymmetricFixed<W, F>> {
  static constexpr i32 high = (1 << (W - 1)) - 1, low = -high;
};
template <class F>
inline constexpr bool makes_words = [] {
  if constexpr (code_ends<F>::low < code_ends<F>::high) return F::grid::has_word;
  else return false;
}();

/// Formats of which 64 values that are no NaN become raw codes at once.
template <class F>
inline constexpr bool makes_bytes = signed_magnitudes<F> || makes_words<F>;
template <class F>
  requires makes_bytes<F>
[[gnu::always_inline]] inline octets raw_bytes_of(vec a, vec b, vec c, vec d) {
  constexpr auto byte = [](int x) { return static_cast<char>(x); };
  if constexpr (signed_magnitudes<F>) {
    using from = typename magnitude_bytes_of<F>::type;
    const __m512i m = (__m512i)byte_of_each<0>(from::template magnitude_byte<vec>(a), from::template magnitude_byte<vec>(b), from::template magnitude_byte<vec>(c),
                                               from::template magnitude_byte<vec>(d));
    __m512i s = (__m512i)byte_of_each<3>(to_bits(a), to_bits(b), to_bits(c), to_bits(d));
    if constexpr (F::bits < 8) s = _mm512_srli_epi16(s, 8 - F::bits);
    const __m512i code = from::byte_bias == 0 ? m : _mm512_sub_epi8(m, _mm512_set1_epi8(byte(from::byte_bias)));
    // the sign from one, the magnitude from the other, nothing above
    const __m512i r = _mm512_ternarylogic_epi32(code, s, _mm512_set1_epi8(byte(1 << (F::bits - 1))), 0xd8);
    if constexpr (F::bits == 8) return (octets)r;
    else return (octets)_mm512_and_si512(r, _mm512_set1_epi8(byte((1 << F::bits) - 1)));
  } else {
    const auto clamped = [](__m512i w) __attribute__((always_inline)) {
      constexpr i32 low = code_ends<F>::low, high = code_ends<F>::high;
      if constexpr (high < -low) w = _mm512_min_epi16(w, _mm512_set1_epi16(static_cast<short>(high)));
      if constexpr (-low < high) w = _mm512_max_epi16(w, _mm512_set1_epi16(static_cast<short>(low)));
      return w;
    };
    using grid = typename F::grid;
    const __m512i low = clamped(words_of_each(grid::template word<vec>(a), grid::template word<vec>(b)));
    const __m512i high = clamped(words_of_each(grid::template word<vec>(c), grid::template word<vec>(d)));
    alignas(64) static constexpr byte_table from = table_of([](int i) { return 2 * i; });
    const __m512i r = _mm512_permutex2var_epi8(low, load_table(from), high);
    if constexpr (F::bits == 8) return (octets)r;
    else return (octets)_mm512_and_si512(r, _mm512_set1_epi8(byte((1 << F::bits) - 1)));
  }
}

/// The upper halves of a format's values, byte by byte. Where the codes from 128 on have the same values with the other sign, the lower
/// 128 do.
struct half_table {
  std::array<std::uint8_t, 256> low{}, high{};
  bool whole = true;     ///< nothing is in the lower halves
  bool mirrored = true;  ///< signs are bits of their own
};
template <class F>
constexpr half_table half_table_of() {
  half_table t;
  for (u32 c = 0; c < 256; ++c) {
    const u32 masked = F::bits < 8 ? c & ((1U << F::bits) - 1) : c;
    const auto bits = std::bit_cast<u32>(F::decode(code_from<F>(masked)));
    t.low[c] = static_cast<std::uint8_t>(bits >> 16);
    t.high[c] = static_cast<std::uint8_t>(bits >> 24);
    t.whole = t.whole && (bits & 0xffffU) == 0;
    if (F::bits == 8 && c >= 128) t.mirrored = t.mirrored && t.low[c] == t.low[c - 128] && t.high[c] == (t.high[c - 128] | 0x80);
  }
  return t;
}
/// Whether values are computed from codes by a grid, of the format or of that which a policy converts to.
template <class F>
inline constexpr bool has_grid = requires { typename F::grid; } || requires { typename F::format::grid; };
/// Formats whose values are looked up, 64 at a time.
template <class F>
inline constexpr bool looks_up = false;
template <class F>
  requires(ElementScheme<F> && F::bits <= 8 && values_per_byte<F> == 0 && has_lane_forms<F>)
inline constexpr bool looks_up<F> = [] {
  constexpr half_table t = half_table_of<F>();
  return t.whole && (t.mirrored || !has_grid<F>);  // two lookups more take longer than what grids compute
}();
template <class F>
  requires looks_up<F>
[[gnu::always_inline]] inline void values_of_bytes(octets raw, vec (&v)[4]) {
  alignas(64) static constexpr half_table table = half_table_of<F>();
  // dwords in the order in which unpacking, quarter by quarter, leaves vectors of neighbours
  alignas(64) static constexpr byte_table order = table_of([](int i) { return 16 * (i / 4 % 4) + 4 * (i / 16) + i % 4; });
  const __m512i code = _mm512_permutexvar_epi8(load_table(order), (__m512i)raw);
  constexpr bool all = F::bits == 8 && !table.mirrored;
  const auto looked = [&](const std::array<std::uint8_t, 256>& t) __attribute__((always_inline)) {
    const __m512i r = _mm512_permutex2var_epi8(_mm512_load_si512(t.data()), code, _mm512_load_si512(t.data() + 64));
    if constexpr (!all) return r;
    else {
      const __m512i upper = _mm512_permutex2var_epi8(_mm512_load_si512(t.data() + 128), code, _mm512_load_si512(t.data() + 192));
      return _mm512_mask_blend_epi8(_mm512_movepi8_mask(code), r, upper);
    }
  };
  const __m512i low = looked(table.low);
  __m512i high = looked(table.high);
  if constexpr (F::bits == 8 && table.mirrored) high = _mm512_ternarylogic_epi32(high, code, _mm512_set1_epi8(static_cast<char>(0x80)), 0xd8);
  // two bytes to the upper half of each lane (single bytes to their places would take half as long again)
  const __m512i first = _mm512_unpacklo_epi8(low, high), second = _mm512_unpackhi_epi8(low, high), zero = _mm512_setzero_si512();
  v[0] = (vec)_mm512_unpacklo_epi16(zero, first);
  v[1] = (vec)_mm512_unpackhi_epi16(zero, first);
  v[2] = (vec)_mm512_unpacklo_epi16(zero, second);
  v[3] = (vec)_mm512_unpackhi_epi16(zero, second);
}

#else
template <class F>
inline constexpr bool makes_bytes = false;
template <class F>
inline constexpr bool looks_up = false;
#endif

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
