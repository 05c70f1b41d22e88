// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file bit_words.hpp
/// Vectors of 64-bit words whose bits are data: 64 samples, or 64 taps of one sample. Counting them, and packing bytes into them.
#include <dyadic/kernel/lanes.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

inline constexpr int word_lanes = native_lanes / 2;                        ///< 64-bit words in a vector
#if defined(__AVX512VPOPCNTDQ__)
inline constexpr bool counts_ones = true;  ///< `ones_in` is one instruction
#else
inline constexpr bool counts_ones = false;
#endif
typedef std::uint64_t word_vector __attribute__((vector_size(8 * word_lanes)));  // NOLINT: attributes need a typedef
typedef std::uint64_t unaligned_word_vector __attribute__((vector_size(8 * word_lanes), aligned(8), may_alias));  // NOLINT: attributes need a typedef

[[gnu::always_inline]] inline word_vector load_words(const std::uint64_t* p) { return *reinterpret_cast<const unaligned_word_vector*>(p); }
[[gnu::always_inline]] inline void store_words(std::uint64_t* p, word_vector v) { *reinterpret_cast<unaligned_word_vector*>(p) = v; }
typedef double word_doubles __attribute__((vector_size(8 * word_lanes)));                                   // NOLINT: attributes need a typedef
typedef double unaligned_word_doubles __attribute__((vector_size(8 * word_lanes), aligned(8), may_alias));  // NOLINT: attributes need a typedef
[[gnu::always_inline]] inline word_doubles load_word_doubles(const double* p) { return *reinterpret_cast<const unaligned_word_doubles*>(p); }
/// Exact, for words below 2^52: as the mantissa of a double whose last bit weighs one.
[[gnu::always_inline]] inline word_doubles word_doubles_of(word_vector x) { return (word_doubles)(x | 0x4330000000000000U) - 0x1p52; }

[[gnu::always_inline]] inline word_vector splat_word(std::uint64_t x) { return word_vector{} + x; }

/// The number of ones in each word.
[[gnu::always_inline]] inline word_vector ones_in(word_vector x) {
#if defined(__AVX512VPOPCNTDQ__)
  return (word_vector)_mm512_popcnt_epi64((__m512i)x);
#elif defined(__AVX2__) && !defined(__AVX512F__)
  // The ones of half a byte from a table; then the sum of the bytes.
  const __m256i ones = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const word_vector half = splat_word(0x0f0f0f0f0f0f0f0fU);
  const __m256i low = _mm256_shuffle_epi8(ones, (__m256i)(x & half)), high = _mm256_shuffle_epi8(ones, (__m256i)((x >> 4) & half));
  return (word_vector)_mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
#else
  // Sums of 2, 4, 8 neighbours in place; then of the bytes.
  x -= (x >> 1) & splat_word(0x5555555555555555U);
  x = (x & splat_word(0x3333333333333333U)) + ((x >> 2) & splat_word(0x3333333333333333U));
  x = (x + (x >> 4)) & splat_word(0x0f0f0f0f0f0f0f0fU);
#if defined(__SSE2__) && !defined(__AVX__)
  return (word_vector)_mm_sad_epu8((__m128i)x, _mm_setzero_si128());
#else
  x += x >> 8;
  x += x >> 16;
  return (x + (x >> 32)) & splat_word(0x7f);
#endif
#endif
}

/// Integers as doubles; doubles rounded to float32, as doubles or into memory. With vectors of two, GCC 12 would lose the rounding of what
/// is written for any number of lanes.
/// @{
[[gnu::always_inline]] inline word_doubles load_integers(const std::int32_t* p) {
#if defined(__SSE2__) && !defined(__AVX__)
  return (word_doubles)_mm_cvtepi32_pd(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
#else
  typedef std::int32_t integers __attribute__((vector_size(4 * word_lanes)));  // NOLINT: attributes need a typedef
  integers x;
  std::memcpy(&x, p, sizeof x);
  return __builtin_convertvector(x, word_doubles);
#endif
}
[[gnu::always_inline]] inline word_doubles round_to_float(word_doubles x) {
#if defined(__SSE2__) && !defined(__AVX__)
  return (word_doubles)_mm_cvtps_pd(_mm_cvtpd_ps((__m128d)x));
#else
  return __builtin_convertvector(__builtin_convertvector(x, floats<word_lanes>), word_doubles);
#endif
}
[[gnu::always_inline]] inline void store_as_floats(float* to, word_doubles x) {
#if defined(__SSE2__) && !defined(__AVX__)
  _mm_storel_pi(reinterpret_cast<__m64*>(to), _mm_cvtpd_ps((__m128d)x));
#else
  const auto rounded = __builtin_convertvector(x, floats<word_lanes>);
  std::memcpy(to, &rounded, sizeof rounded);
#endif
}
/// @}

/// Bit by bit: `if_one` where `choose` has a one, else `if_zero`.
[[gnu::always_inline]] inline word_vector choose_bits(word_vector choose, word_vector if_zero, word_vector if_one) {
  return if_zero ^ ((if_zero ^ if_one) & choose);
}

/// Bit `bit` of up to 64 bytes, one bit of the result each.
inline std::uint64_t pack_bits(const std::uint8_t* bytes, std::int64_t count, int bit) {
  static_assert(std::endian::native == std::endian::little, "dyadic::pack_bits: bytes are read eight at a time, lowest address first.");
  std::uint64_t packed = 0;
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, 8);
    // Byte k has its bit at 8·k; the product brings it to 56 + k, and no two meet on their way.
    packed |= ((((eight >> bit) & 0x0101010101010101U) * 0x0102040810204080U) >> 56) << i;
  }
  for (; i < count; ++i) packed |= std::uint64_t{(static_cast<unsigned>(bytes[i]) >> bit) & 1U} << i;
  return packed;
}

/// 64 × 64 bits, turned: bit c of word r and bit r of word c change places.
inline void transpose_bits(std::uint64_t* words) {
  std::uint64_t low = 0x00000000ffffffffU;  // the bits whose block stays, in steps that halve the blocks
  for (unsigned size = 32; size != 0; size >>= 1, low ^= low << size)
    for (unsigned k = 0; k < 64; k = ((k | size) + 1) & ~size) {
      const std::uint64_t change = ((words[k] >> size) ^ words[k | size]) & low;
      words[k] ^= change << size;
      words[k | size] ^= change;
    }
}

/// Numbers that lie across words, bit d of all of them in `digit[d]`, as integers: one for each bit of a vector.
/// @param digits  at most 31   @param numbers  64·word_lanes of them
inline void gather_digits(const word_vector* digit, int digits, std::int32_t* numbers) {
  typedef std::uint8_t bytes __attribute__((vector_size(16)));   // NOLINT: attributes need a typedef
  typedef std::uint16_t shorts __attribute__((vector_size(16)));  // NOLINT: likewise
  typedef std::uint32_t ints __attribute__((vector_size(16)));    // NOLINT: likewise
  typedef std::uint64_t pair __attribute__((vector_size(16)));    // NOLINT: likewise
  for (int base = 0; base < digits; base += 8)
    for (int part = 0; part < word_lanes / 2; ++part) {
      // 1. Eight digits of 128 numbers; then, from rows of 16 bytes, eight bytes of the same eight numbers side by side.
      bytes row[8] = {};
      for (int d = 0; d < 8 && base + d < digits; ++d)
        std::memcpy(&row[d], reinterpret_cast<const std::byte*>(digit + base + d) + 16 * part, sizeof row[d]);
      shorts two[8];
      for (int d = 0; d < 4; ++d) {
        two[d] = (shorts)__builtin_shufflevector(row[2 * d], row[2 * d + 1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        two[d + 4] = (shorts)__builtin_shufflevector(row[2 * d], row[2 * d + 1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      }
      pair eight[8];
      for (int half = 0; half < 2; ++half) {
        const shorts* const t = two + 4 * half;
        const ints a = (ints)__builtin_shufflevector(t[0], t[1], 0, 8, 1, 9, 2, 10, 3, 11), b = (ints)__builtin_shufflevector(t[2], t[3], 0, 8, 1, 9, 2, 10, 3, 11);
        const ints c = (ints)__builtin_shufflevector(t[0], t[1], 4, 12, 5, 13, 6, 14, 7, 15), d = (ints)__builtin_shufflevector(t[2], t[3], 4, 12, 5, 13, 6, 14, 7, 15);
        eight[4 * half] = (pair)__builtin_shufflevector(a, b, 0, 4, 1, 5);
        eight[4 * half + 1] = (pair)__builtin_shufflevector(a, b, 2, 6, 3, 7);
        eight[4 * half + 2] = (pair)__builtin_shufflevector(c, d, 0, 4, 1, 5);
        eight[4 * half + 3] = (pair)__builtin_shufflevector(c, d, 2, 6, 3, 7);
      }
      // 2. 8 × 8 bits turned, as above; each byte is then eight digits of one number.
      std::uint8_t digits_of[128];
      for (int k = 0; k < 8; ++k) {
        pair x = eight[k];
        pair change = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaU;
        x ^= change ^ (change << 7);
        change = (x ^ (x >> 14)) & 0x0000cccc0000ccccU;
        x ^= change ^ (change << 14);
        change = (x ^ (x >> 28)) & 0x00000000f0f0f0f0U;
        x ^= change ^ (change << 28);
        std::memcpy(digits_of + 16 * k, &x, sizeof x);
      }
      std::int32_t* const to = numbers + 128 * part;
      if (base == 0)
        for (int i = 0; i < 128; ++i) to[i] = digits_of[i];
      else
        for (int i = 0; i < 128; ++i) to[i] |= std::int32_t{digits_of[i]} << base;
    }
}

/// Counts ones per bit position, in as many positions as a vector has bits. Eight summands at a time meet in carry-save adders (Harley
/// and Seal's, see Muła, Kurz, Lemire, arXiv 1611.07612), so that the longer digits are touched once for eight of them.
class bit_counters {
 public:
  static constexpr int max_digits = 32;

  [[gnu::always_inline]] void add(word_vector x) {
    waiting_[count_++] = x;
    if (count_ == 8) add_eight();
  }
  /// Adds up what is still waiting. From then on the digits are right, until the next `add`.
  void finish() {
    while (count_ != 0) add(word_vector{});
  }
  [[nodiscard]] int digits() const { return digits_; }
  /// The digits of every count, the one of weight 1 first.
  [[nodiscard]] const word_vector* data() const { return digit_; }

 private:
  /// sum, a, b -> sum of the three; returns the carry.
  [[gnu::always_inline]] static word_vector add_save_carry(word_vector& sum, word_vector a, word_vector b) {
    const word_vector half = sum ^ a, carry = (sum & a) | (half & b);
    sum = half ^ b;
    return carry;
  }
  [[gnu::always_inline]] void add_eight() {
    const word_vector two0 = add_save_carry(digit_[0], waiting_[0], waiting_[1]), two1 = add_save_carry(digit_[0], waiting_[2], waiting_[3]);
    const word_vector two2 = add_save_carry(digit_[0], waiting_[4], waiting_[5]), two3 = add_save_carry(digit_[0], waiting_[6], waiting_[7]);
    const word_vector four0 = add_save_carry(digit_[1], two0, two1), four1 = add_save_carry(digit_[1], two2, two3);
    word_vector carry = add_save_carry(digit_[2], four0, four1);
    count_ = 0;
    for (int d = 3; d < max_digits; ++d) {
      std::uint64_t any = 0;
      for (int k = 0; k < word_lanes; ++k) any |= carry[k];
      if (any == 0) return;
      if (d == digits_) digit_[digits_++] = word_vector{};
      const word_vector both = digit_[d] & carry;
      digit_[d] ^= carry;
      carry = both;
    }
  }

  word_vector waiting_[8], digit_[max_digits]{};
  int count_ = 0, digits_ = 3;
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
