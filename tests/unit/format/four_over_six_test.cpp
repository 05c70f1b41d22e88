// SPDX-License-Identifier: BSL-1.0
/// @file four_over_six_test.cpp
/// NVFP4 with four over six scales against an oracle; laws.
#include <dyadic/format/four_over_six.hpp>

#include "support/choice_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace {
using namespace dyadic;
using namespace choice;

TEST(FourOverSix, IsTheOracle) { EXPECT_EQ(expect_definitions<FourOverSix>(), 0); }
/// Both ways are taken, and neither is worse than the other would have been.
TEST(FourOverSix, TakesTheBetterScale) {
  const std::vector<float> x = values(16000, 77, 1.0F, false);
  const Packed<FourOverSix> p = encode<FourOverSix>(ConstView{x.data(), {1000, 16}});
  int fours = 0;
  for (std::size_t b = 0; b < 1000; ++b) {
    const std::vector<float> block(x.begin() + static_cast<std::ptrdiff_t>(16 * b),
                                   x.begin() + static_cast<std::ptrdiff_t>(16 * b + 16));
    const float a = oracle::largest(block);
    if (a == 0) continue;
    const auto step = [&](float top) {
      return static_cast<float>(oracle::e4m3()[oracle::place_of_nearest(
                 oracle::e4m3(), static_cast<double>(a / top / p.tensor_scale()))]) *
             p.tensor_scale();
    };
    const double six = oracle::rounded_block(block, step(6), oracle::e2m1, 0).error,
                 four = oracle::rounded_block(block, step(4), oracle::e2m1, 0).error;
    double mine = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      const double d =
          static_cast<double>(x[16 * b + i]) - static_cast<double>(p[static_cast<std::int64_t>(16 * b + i)]);
      mine += d * d;
    }
    EXPECT_DOUBLE_EQ(mine, std::min(six, four)) << b;
    fours += four < six ? 1 : 0;
  }
  EXPECT_GT(fours, 200);
  EXPECT_LT(fours, 800);
}

/// The paper's kind of block: values at 5/6 of the largest have no neighbour under six, and one under four.
TEST(FourOverSix, RepresentsThreeQuartersOfTheLargest) {
  std::vector<float> x(16, 30.0F), y(16);
  x[0] = 40.0F;
  const given<FourOverSix> parameters{
      0.03125F};  // 40/4 = 10 = 320·t; 40/6 rounds to 208·t = 6.5, and 30 to 26 under it
  quantize_values<FourOverSix>(x, y, Extents{16}, parameters);
  EXPECT_EQ(y, x);
  quantize_values<NVFP4>(x, y, Extents{16}, given<NVFP4>{0.03125F});
  EXPECT_EQ(y[0], 39.0F);
  EXPECT_EQ(y[1], 26.0F);
}
/// A tie takes six: where both scales are exact, the byte is the one of NVFP4.
TEST(FourOverSix, TakesSixOnATie) {
  std::vector<float> x{0.0F, 12.0F, 12.0F, -12.0F};
  const given<FourOverSix> parameters{0.03125F};
  EXPECT_EQ(encode<FourOverSix>(ConstView{x.data(), {4}}, parameters).scale(0), E4M3::encode(64.0F));
  x[0] = 4.5F;  // 9 and 12 of four: 4.5 = 1.5·3; 4.5/2 is no value of E2M1
  EXPECT_EQ(encode<FourOverSix>(ConstView{x.data(), {4}}, parameters).scale(0), E4M3::encode(96.0F));
}
TEST(FourOverSix, IsIdempotentUnderAGivenScaleOfTheTensor) { expect_idempotent<FourOverSix>(); }
TEST(FourOverSix, IsSymmetric) { expect_symmetric<FourOverSix>(); }
TEST(FourOverSix, IsAConstantExpression) {
  static_assert(of_a_constant_expression<FourOverSix>() > 1e38F);
  static_assert(FourOverSix::name() == "FourOverSix" && bits_per_value<FourOverSix> == 4.5);
}

}  // namespace
