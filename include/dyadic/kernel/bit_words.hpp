// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file bit_words.hpp
/// Vectors of 64-bit words whose bits are data: 64 samples, or 64 taps of one sample. Counting them, and packing bytes into them.
#include <dyadic/kernel/lanes.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

inline constexpr int word_lanes = native_lanes / 2;                        ///< 64-bit words in a vector
typedef std::uint64_t word_vector __attribute__((vector_size(8 * word_lanes)));  // NOLINT: attributes need a typedef
typedef std::uint64_t unaligned_word_vector __attribute__((vector_size(8 * word_lanes), aligned(8), may_alias));  // NOLINT: attributes need a typedef

[[gnu::always_inline]] inline word_vector load_words(const std::uint64_t* p) { return *reinterpret_cast<const unaligned_word_vector*>(p); }
[[gnu::always_inline]] inline void store_words(std::uint64_t* p, word_vector v) { *reinterpret_cast<unaligned_word_vector*>(p) = v; }
typedef double word_doubles __attribute__((vector_size(8 * word_lanes)));                                   // NOLINT: attributes need a typedef
typedef double unaligned_word_doubles __attribute__((vector_size(8 * word_lanes), aligned(8), may_alias));  // NOLINT
[[gnu::always_inline]] inline word_doubles load_word_doubles(const double* p) { return *reinterpret_cast<const unaligned_word_doubles*>(p); }
/// Exact, for words below 2^52: as the mantissa of a double whose last bit weighs one.
[[gnu::always_inline]] inline word_doubles word_doubles_of(word_vector x) { return (word_doubles)(x | 0x4330000000000000U) - 0x1p52; }

[[gnu::always_inline]] inline word_vector splat_word(std::uint64_t x) { return word_vector{} + x; }

/// The number of ones in each word.
[[gnu::always_inline]] inline word_vector ones_in(word_vector x) {
#if defined(__AVX512VPOPCNTDQ__)
  return (word_vector)_mm512_popcnt_epi64((__m512i)x);
#else
  // Sums of 2, 4, 8 neighbours in place; then of the bytes, without the multiplication that SSE2 and AVX2 lack.
  x -= (x >> 1) & splat_word(0x5555555555555555U);
  x = (x & splat_word(0x3333333333333333U)) + ((x >> 2) & splat_word(0x3333333333333333U));
  x = (x + (x >> 4)) & splat_word(0x0f0f0f0f0f0f0f0fU);
  x += x >> 8;
  x += x >> 16;
  return (x + (x >> 32)) & splat_word(0x7f);
#endif
}

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
  /// The digit of weight 2^d of every count.
  [[nodiscard]] word_vector digit(int d) const { return digit_[d]; }

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
