// SPDX-License-Identifier: BSL-1.0
/// @file if4_test.cpp
/// Blocks of floats or integers of 4 bits against an oracle; laws; the meaning of every byte.
#include <dyadic/format/if4.hpp>

#include "support/choice_checks.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {
using namespace dyadic;
using namespace choice;

TEST(IF4, IsTheOracle) { EXPECT_GT(expect_definitions<IF4>(), 300); }

TEST(IF4, TakesIntegersWhereTheyAreExact) {
  std::vector<float> x{7.0F, 5.0F, -3.0F, 6.0F, 1.0F, 0.0F, -7.0F, 2.0F, 4.0F};
  const given<IF4> parameters{7.0F / 6.0F / 256.0F};
  Packed<IF4> p = encode<IF4>(ConstView{x.data(), {9}}, parameters);
  EXPECT_EQ(p.scale(0), E4M3::encode(256.0F) | 0x80);
  for (std::int64_t i = 0; i < 9; ++i) {
    EXPECT_NEAR(p[i], x[static_cast<std::size_t>(i)], 1e-6);
    EXPECT_EQ(p.code(i), static_cast<int>(x[static_cast<std::size_t>(i)]) & 15);
  }
  x = {6.0F, 0.5F, -1.5F, 3.0F};
  p = encode<IF4>(ConstView{x.data(), {4}}, given<IF4>{1.0F / 256.0F});
  EXPECT_EQ(p.scale(0), E4M3::encode(256.0F));
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(p[i], x[static_cast<std::size_t>(i)]);
  // A tie takes floats: of one value alone both make the same.
  x = {6.0F, 0.0F, -6.0F};
  EXPECT_EQ(encode<IF4>(ConstView{x.data(), {3}}, given<IF4>{1.0F / 256.0F}).scale(0), E4M3::encode(256.0F));
}
/// What a stored byte means, every one of them, for every code; -8 among them, which encoding does not give.
TEST(IF4, DecodesEveryByte) {
  for (int scale = 0; scale < 256; ++scale) {
    std::vector<std::byte> codes;
    for (int i = 0; i < 8; ++i) codes.push_back(static_cast<std::byte>(2 * i | (2 * i + 1) << 4));
    const Packed<IF4> p({16}, codes, {static_cast<std::byte>(scale)}, 0.625F);
    const Tensor<1> y = decode<1>(p);
    const float d = (scale & 127) == 127
                        ? not_a_number
                        : static_cast<float>(oracle::e4m3()[static_cast<std::size_t>(scale & 127)]) * 0.625F;
    for (int c = 0; c < 16; ++c) {
      const float want =
          scale < 128 ? std::copysign(static_cast<float>(oracle::e2m1[static_cast<std::size_t>(c & 7)]),
                                      c < 8 ? 1.0F : -1.0F) *
                            d
                      : static_cast<float>(c < 8 ? c : c - 16) *
                            static_cast<float>(static_cast<long double>(d) * 6 / 7);
      EXPECT_TRUE(same(y(c), want)) << scale << ' ' << c << ": " << y(c) << ", not " << want;
      EXPECT_TRUE(same(p[c], want)) << scale << ' ' << c;
    }
  }
}

TEST(IF4, IsIdempotentUnderAGivenScaleOfTheTensor) { expect_idempotent<IF4>(); }
TEST(IF4, IsSymmetric) { expect_symmetric<IF4>(); }

TEST(IF4, IsAConstantExpression) {
  static_assert(of_a_constant_expression<IF4>() > 1e38F);
  static_assert(IF4::name() == "IF4" && bits_per_value<IF4> == 4.5);
}

}  // namespace
