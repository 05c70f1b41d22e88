// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file sliced_signs.hpp
/// Scalar products of signs for many windows at once, on processors that cannot count the ones of a vector of words: windows lie across
/// words, one bit each, and sums are added up digit by digit in logic operations.
///
/// Seven taps at a time have 128 patterns of weights. What each pattern gives (a sum of three digits) is tabulated once for a set of
/// windows, by the method of Arlazarov, Dinic, Kronrod and Faradzhev; every output then looks up and adds. That takes some 2.5 operations a
/// tap and vector, where counting the ones of words takes some ten.
#include <dyadic/kernel/bit_words.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// sum (N + 1 digits) = a + b (N digits each)
template <int N>
[[gnu::always_inline]] inline void add_numbers(const word_vector* a, const word_vector* b, word_vector* sum) {
  word_vector carry = a[0] & b[0];
  sum[0] = a[0] ^ b[0];
#pragma GCC unroll 8
  for (int d = 1; d < N; ++d) {
    const word_vector half = a[d] ^ b[d];
    sum[d] = half ^ carry;
    carry = (a[d] & b[d]) | (half & carry);
  }
  sum[N] = carry;
}
/// to (digits, at least N) += a (N digits); the result has no more than `digits`
template <int N>
[[gnu::always_inline]] inline void add_to(word_vector* to, int digits, const word_vector* a) {
  word_vector carry = to[0] & a[0];
  to[0] ^= a[0];
#pragma GCC unroll 8
  for (int d = 1; d < N; ++d) {
    const word_vector digit = to[d], half = digit ^ a[d];
    to[d] = half ^ carry;
    carry = (digit & a[d]) | (half & carry);
  }
  for (int d = N; d < digits; ++d) {
    const word_vector digit = to[d];
    to[d] = digit ^ carry;
    carry &= digit;
  }
}

/// Bits of windows, turned: rows [columns, words] become planes [64·words], one vector of all columns for each bit of a row.
inline void slice_rows(const std::uint64_t* rows, std::int64_t words, word_vector* planes) {
  for (std::int64_t w = 0; w < words; ++w)
    for (int lane = 0; lane < word_lanes; ++lane) {
      std::uint64_t square[64];
      for (std::int64_t c = 0; c < 64; ++c) square[c] = rows[(64 * lane + c) * words + w];
      transpose_bits(square);
      for (std::int64_t t = 0; t < 64; ++t) planes[64 * w + t][lane] = square[t];
    }
}

/// The weights of one group of outputs: which taps count with +1, and which with -1.
class sliced_signs {
 public:
  static constexpr std::int64_t columns = 64 * word_lanes;  ///< windows that are summed together

  sliced_signs() = default;
  /// @param weight, mask  [outputs, depth]; a weight's sign counts where the mask is 1
  sliced_signs(const float* weight, const std::uint8_t* mask, std::int64_t outputs, std::int64_t depth) : outputs_(outputs), depth_(depth) {
    groups_ = (depth + taps - 1) / taps;
    plus_.assign(static_cast<std::size_t>(outputs * groups_), 0);
    minus_ = plus_;
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < depth; ++i) {
        if (mask[o * depth + i] == 0) {
          dense_ = false;
          continue;
        }
        std::vector<std::uint8_t>& to = weight[o * depth + i] >= 0 ? plus_ : minus_;
        to[static_cast<std::size_t>(o * groups_ + i / taps)] |= static_cast<std::uint8_t>(1U << (i % taps));
      }
  }

  /// Binary digits of a sum, at least those of one table.
  [[nodiscard]] int digits() const {
    return std::max<int>(sum_digits, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(depth_))));
  }
  /// Vectors of work space for `sum`, and of what it returns.
  [[nodiscard]] std::int64_t table_vectors() const { return (dense_ ? 1 : 2) * patterns * sum_digits * block; }
  [[nodiscard]] std::int64_t sum_vectors() const { return outputs_ * digits(); }

  /// For each output, on how many of its taps weight and data have the same sign: `digits()` vectors, least significant first.
  /// @param planes  [depth]: bit c of plane i is 1 where tap i of window c is +1
  void sum(const word_vector* planes, word_vector* tables, word_vector* sums) const {
    const int count = digits();
    std::fill_n(sums, sum_vectors(), word_vector{});
    for (std::int64_t first = 0; first < groups_; first += block) {
      const std::int64_t here = std::min(block, groups_ - first);
      for (std::int64_t g = 0; g < here; ++g) {
        if (dense_) {
          tabulate<true, true>(planes, first + g, tables + g * table_size);
        } else {
          tabulate<true, false>(planes, first + g, tables + 2 * g * table_size);
          tabulate<false, true>(planes, first + g, tables + (2 * g + 1) * table_size);
        }
      }
      for (std::int64_t o = 0; o < outputs_; ++o) {
        const std::uint8_t* const plus = plus_.data() + o * groups_ + first;
        const std::uint8_t* const minus = minus_.data() + o * groups_ + first;
        word_vector* const to = sums + o * count;
        if (dense_) {
          add_block(tables, table_size, plus, here, to, count);
        } else {
          add_block(tables, 2 * table_size, plus, here, to, count);
          add_block(tables + table_size, 2 * table_size, minus, here, to, count);
        }
      }
    }
  }

 private:
  static constexpr std::int64_t taps = 7, patterns = 128, sum_digits = 3, table_size = patterns * sum_digits, block = 8;

  /// What each pattern of weights gives: table[p] = Σ (bit k of p ? plane k : its complement), or only one of both kinds of summands.
  template <bool Plus, bool Minus>
  void tabulate(const word_vector* planes, std::int64_t group, word_vector* table) const {
    std::fill_n(table, sum_digits, word_vector{});
    for (std::int64_t k = 0; k < taps; ++k) {
      const std::int64_t tap = group * taps + k, known = std::int64_t{1} << k;
      // Past the last tap nothing is added.
      const word_vector ones = tap < depth_ ? planes[tap] : word_vector{}, zeros = tap < depth_ ? ~planes[tap] : word_vector{};
      for (std::int64_t p = 0; p < known; ++p) {
        word_vector* const without = table + p * sum_digits;
        word_vector* const with = table + (p + known) * sum_digits;
        if constexpr (Plus) add_bit(without, ones, with);
        else std::copy_n(without, sum_digits, with);
        if constexpr (Minus) {
          // A pattern of the taps that count with -1 alone: with them their complements are added, not without them.
          if constexpr (Plus) add_bit(without, zeros, without);
          else add_bit(without, zeros, with);
        }
      }
    }
  }
  [[gnu::always_inline]] static void add_bit(const word_vector* number, word_vector bit, word_vector* to) {
    const word_vector first = number[0] & bit, second = number[1] & first;
    const word_vector low = number[0] ^ bit, middle = number[1] ^ first, high = number[2] ^ second;
    to[0] = low;
    to[1] = middle;
    to[2] = high;
  }

  /// Adds what `count` tables say of an output's patterns.
  [[gnu::always_inline]] static void add_block(const word_vector* tables, std::int64_t stride, const std::uint8_t* pattern,
                                               std::int64_t count, word_vector* to, int digits) {
    const auto entry = [&](std::int64_t g) { return tables + g * stride + sum_digits * std::int64_t{pattern[g]}; };
    if (count == block) {
      word_vector four[4][4], five[2][5], six[6];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) add_numbers<3>(entry(2 * k), entry(2 * k + 1), four[k]);
#pragma GCC unroll 2
      for (int k = 0; k < 2; ++k) add_numbers<4>(four[2 * k], four[2 * k + 1], five[k]);
      add_numbers<5>(five[0], five[1], six);
      add_to<6>(to, digits, six);
    } else {
      for (std::int64_t g = 0; g < count; ++g) add_to<3>(to, digits, entry(g));
    }
  }

  std::int64_t outputs_ = 0, depth_ = 0, groups_ = 0;
  bool dense_ = true;
  std::vector<std::uint8_t> plus_, minus_;  // [outputs, groups]: a bit per tap
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
