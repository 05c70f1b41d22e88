// SPDX-License-Identifier: BSL-1.0
/// @file given_scales_test.cpp
/// Parameters that are given by hand, as calibration gives them: what they make of values, and which are refused.
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {
using namespace dyadic;

constexpr float infinity = std::numeric_limits<float>::infinity(),
                nan = std::numeric_limits<float>::quiet_NaN(), most = std::numeric_limits<float>::max(),
                least = std::numeric_limits<float>::denorm_min();

TEST(GivenScales, AreGreaterThanZeroAndFinite) {
  using S = Scaled<Fixed<8, 0>>;
  for (const float d : {0.0F, -0.0F, -1.0F, -most, infinity, -infinity, nan})
    EXPECT_NE(message_of([&] { return S::with_scale(d); }).find("a scale must be greater than 0 and finite"),
              std::string::npos)
        << d;
  for (const float d : {least, 0.5F, most}) EXPECT_EQ(message_of([&] { return S::with_scale(d); }), "") << d;
  EXPECT_EQ(S::apply<float>(3.2F, S::with_scale(0.5F), 0), 3.0F);
  static_assert(S::apply<float>(3.2F, S::with_scale(0.5F), 0) == 3.0F);
}

TEST(GivenSteps, AreGreaterThanZeroAndFinite) {
  using S = Affine<8>;
  for (const float d : {0.0F, -0.0F, -1.0F, infinity, -infinity, nan})
    EXPECT_NE(message_of([&] { return S::parameters(d, 3); }).find("a step must be greater than 0 and finite"),
              std::string::npos)
        << d;
  for (const int z : {-1, 256, 1 << 20})
    EXPECT_NE(message_of([&] { return S::parameters(0.5F, z); }).find("one of the 256 codes"),
              std::string::npos)
        << z;
  for (const int z : {0, 255}) EXPECT_EQ(message_of([&] { return S::parameters(least, z); }), "") << z;
  static_assert(S::apply<float>(3.2F, S::parameters(0.5F, 128), 0) == 3.0F);
}

/// Also one that is written into the members.
TEST(GivenSteps, AreLookedAtWhereTheyAreUsed) {
  using S = Affine<8>;
  for (const float d : {-1.0F, -0.0F, infinity, -infinity}) {
    S::parameters p;
    p.step = d;
    EXPECT_NE(message_of([&] { return S::apply<float>(1.0F, p, 0); }), "") << d;
    EXPECT_NE(message_of([&] { return S::encode_element(1.0F, p, 0); }), "") << d;
    EXPECT_NE(message_of([&] { return S::decode_element(1, p); }), "") << d;
  }
  S::parameters zeros;
  zeros.zero_point = 3;
  EXPECT_NE(message_of([&] { return S::decode_element(1, zeros); }), "");
  zeros.zero_point = 0;
  EXPECT_EQ(S::apply<float>(1.0F, zeros, 0), 0.0F) << "what a block of zeros has";
}

TEST(GivenRanges, AreFiniteInOrderAndWide) {
  using S = Affine<8>;
  const float cases[][2] = {{nan, 1}, {-1, nan}, {-infinity, 1}, {-1, infinity}, {2, 1},
                            {-1, -2}, {0, 0},    {-0.0F, 0},     {0, least},     {-least, least}};
  for (const auto& c : cases)
    EXPECT_NE(message_of([&] { return S::with_range(c[0], c[1]); }).find("the ends of a range must be finite"),
              std::string::npos)
        << c[0] << ' ' << c[1];
  static_assert(S::with_range(-1.0F, 1.55F).step == 0.01F && S::with_range(-1.0F, 1.55F).zero_point == 100);
  EXPECT_EQ(S::with_range(1.0F, 2.55F).zero_point, 0) << "widened to contain 0";
  EXPECT_EQ(S::with_range(-2.55F, -1.0F).zero_point, 255);
  EXPECT_EQ(message_of([] { return S::with_range(-most, most); }), "");
}

/// One bit over all of float32: the step is the largest float, where the formula's is none.
TEST(FittedSteps, AreFinite) {
  const std::vector<float> x{-most, most, 1.0F, -infinity};
  std::vector<float> y(x.size());
  quantize_values<Affine<1>>(x, y, Extents{4});
  EXPECT_EQ(y, (std::vector<float>{-most, 0.0F, 0.0F, -most}));
  EXPECT_EQ((Affine<1>::with_range(-most, most).step), most);
}
/// What fitting gives for a block with a NaN, and for one of zeros, is what it was.
TEST(FittedSteps, OfPoisonedBlocksAreNaN) {
  const std::vector<float> x{1.0F, nan, 0.0F, 0.0F};
  std::vector<float> y(x.size());
  quantize_values<Affine<8, Shape<2>>>(x, y, Extents{4});
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]));
  EXPECT_TRUE(y[2] == 0.0F && y[3] == 0.0F);
}

}  // namespace
