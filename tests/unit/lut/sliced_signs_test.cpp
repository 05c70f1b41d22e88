// SPDX-License-Identifier: BSL-1.0
// Sums of signs across words against plain counting, and what turns bits round.
#include <dyadic/lut/sliced_signs.hpp>

#include "support.hpp"

#include <gtest/gtest.h>

namespace {
using namespace dyadic_test;

TEST(BitWords, TransposeTurnsASquareOfBits) {
  draw d(1);
  std::uint64_t before[64], after[64];
  for (std::size_t r = 0; r < 64; ++r) before[r] = after[r] = std::uint64_t{d.bits()} << 32 | d.bits();
  detail::transpose_bits(after);
  for (unsigned r = 0; r < 64; ++r)
    for (unsigned c = 0; c < 64; ++c) ASSERT_EQ(after[c] >> r & 1U, before[r] >> c & 1U) << r << ", " << c;
}

TEST(BitWords, DigitsBecomeNumbers) {
  draw d(2);
  constexpr std::int64_t count = 64 * detail::word_lanes;
  for (int digits = 0; digits <= 31; ++digits) {
    std::vector<detail::word_vector> digit(static_cast<std::size_t>(digits));
    for (detail::word_vector& v : digit)
      for (int lane = 0; lane < detail::word_lanes; ++lane) v[lane] = std::uint64_t{d.bits()} << 32 | d.bits();
    std::vector<std::int32_t> numbers(count + 1, digits == 0 ? 0 : -7);
    numbers.back() = -7;
    detail::gather_digits(digit.data(), digits, numbers.data());
    for (std::int64_t i = 0; i < count; ++i) {
      std::int32_t expected = 0;
      for (int k = 0; k < digits; ++k)
        expected |= static_cast<std::int32_t>(digit[static_cast<std::size_t>(k)][static_cast<int>(i / 64)] >> (i % 64) & 1U) << k;
      ASSERT_EQ(numbers[static_cast<std::size_t>(i)], expected) << digits << " digits, number " << i;
    }
    EXPECT_EQ(numbers.back(), -7);
  }
}

TEST(SlicedSigns, CountTheTapsThatAgree) {
  draw d(3);
  for (const std::int64_t depth : {1, 2, 3, 6, 7, 8, 49, 55, 56, 57, 63, 64, 113, 300})
    for (const int density : {100, 60, 0}) {
      const std::int64_t outputs = 9, words = (depth + 63) / 64, columns = detail::sliced_signs::columns;
      const std::vector<float> weight = d.normals(outputs * depth);
      std::vector<std::uint8_t> mask;
      for (std::int64_t i = 0; i < outputs * depth; ++i) mask.push_back(d.below(100) < density ? 1 : 0);
      std::vector<std::uint64_t> rows(static_cast<std::size_t>(columns * words));
      for (std::uint64_t& r : rows) r = std::uint64_t{d.bits()} << 32 | d.bits();  // past the last tap, too
      for (std::int64_t w = 0; w < words; ++w) rows[static_cast<std::size_t>(w)] = ~std::uint64_t{0};
      std::vector<detail::word_vector> planes(static_cast<std::size_t>(64 * words));
      detail::slice_rows(rows.data(), words, planes.data());
      const detail::sliced_signs signs(weight.data(), mask.data(), outputs, depth);
      std::vector<detail::word_vector> tables(static_cast<std::size_t>(signs.table_vectors())),
          sums(static_cast<std::size_t>(signs.sum_vectors()));
      signs.sum(planes.data(), tables.data(), sums.data());
      std::vector<std::int32_t> numbers(static_cast<std::size_t>(columns));
      for (std::int64_t o = 0; o < outputs; ++o) {
        detail::gather_digits(sums.data() + o * signs.digits(), signs.digits(), numbers.data());
        for (std::int64_t c = 0; c < columns; ++c) {
          std::int32_t agree = 0;
          for (std::int64_t i = 0; i < depth; ++i) {
            const bool positive = (rows[static_cast<std::size_t>(c * words + i / 64)] >> (i % 64) & 1U) != 0;
            const auto k = static_cast<std::size_t>(o * depth + i);
            agree += mask[k] != 0 && positive == (weight[k] >= 0) ? 1 : 0;
          }
          ASSERT_EQ(numbers[static_cast<std::size_t>(c)], agree)
              << "depth " << depth << ", density " << density << ", output " << o << ", column " << c;
        }
      }
    }
}

}  // namespace
