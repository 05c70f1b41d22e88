// SPDX-License-Identifier: BSL-1.0
/// @file codebook_test.cpp
/// What a codebook promises beyond the laws of every format: where its levels come from, ties, codes that do
/// not occur, names, and that its numbers, blocks and packed tensors are those of any other format.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include "support/codebooks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <type_traits>

namespace {
using namespace dyadic;

/// The quantile of the normal distribution, by bisection.
double quantile(double p) {
  double low = -10, high = 10;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return low;
}

TEST(Codebook, NF4HasTheQuantilesOfItsPaper) {
  // Eight positive ones, evenly in probability from 0.9677083 to 1/2, seven negative ones likewise, and 0;
  // the largest becomes 1.
  constexpr double from = 0.9677083;
  std::vector<double> want{0.0};
  for (int i = 0; i < 8; ++i) want.push_back(quantile(from + (0.5 - from) * i / 8));
  for (int i = 0; i < 7; ++i) want.push_back(-quantile(from + (0.5 - from) * i / 7));
  std::sort(want.begin(), want.end());
  ASSERT_EQ(want.size(), NF4::size);
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_NEAR(static_cast<double>(NF4Levels::values[i]), want[i] / want.back(), 2e-6) << i;
}

TEST(Codebook, NamedOnesAreTheListsOfTheirSources) {
  const auto same = []<class F>(const std::vector<double>& list) {
    ASSERT_EQ(list.size(), F::size);
    for (std::size_t i = 0; i < list.size(); ++i)
      EXPECT_EQ(F::decode(static_cast<std::uint8_t>(i)), static_cast<float>(list[i]))
          << F::name() << " " << i;
  };
  same.operator()<NF4>(codebooks::list_of(NF4Levels{}));
  same.operator()<IQ4NL>(codebooks::list_of(IQ4NLLevels{}));
}

TEST(Codebook, ATieGoesToTheEvenCode) {
  using Sorted = Codebook<std::array{0, 1, 2, 3}>;
  EXPECT_EQ(Sorted::encode(0.5F), 0);
  EXPECT_EQ(Sorted::encode(1.5F), 2);
  EXPECT_EQ(Sorted::encode(2.5F), 2);
  using Turned = Codebook<std::array{3, 2, 1, 0}>;
  EXPECT_EQ(Turned::encode(0.5F), 2);
  EXPECT_EQ(Turned::encode(1.5F), 2);
  EXPECT_EQ(Turned::encode(2.5F), 0);
  // Neighbours whose codes are both even, both odd: the greater, the lesser.
  using Mixed = Codebook<std::array{0, 2, 1, 3}>;
  EXPECT_EQ(Mixed::encode(0.5F), 2) << "codes 0 and 2: the level 1";
  EXPECT_EQ(Mixed::encode(2.5F), 1) << "codes 1 and 3: the level 2";
  EXPECT_EQ(Mixed::encode(std::nextafter(0.5F, 0.0F)), 0);
  EXPECT_EQ(Mixed::encode(std::nextafter(2.5F, 3.0F)), 3);
}

TEST(Codebook, AMiddleThatIsNoFloatDecidesExactly) {
  // Two neighbouring floats: nothing lies between them. Three: the one in the middle is a tie.
  using Next = Codebook<std::array{1.0F, 0x1.000002p0F}>;
  EXPECT_EQ(Next::encode(1.0F), 0);
  EXPECT_EQ(Next::encode(0x1.000002p0F), 1);
  EXPECT_EQ(Next(0x1.000001p0).to_bits(), 0) << "a double between them: a tie";
  EXPECT_EQ(Next(0x1.0000010000001p0).to_bits(), 1);
  // The middle of 1 and 2^-149 is a little above 1/2, that of 1 and -2^-149 a little below.
  using Above = Codebook<std::array{0x1p-149F, 1.0F}>;
  using Below = Codebook<std::array{1.0F, -0x1p-149F}>;
  EXPECT_EQ(Above::encode(0.5F), 0);
  EXPECT_EQ(Above::encode(std::nextafter(0.5F, 1.0F)), 1);
  EXPECT_EQ(Below::encode(0.5F), 0);
  EXPECT_EQ(Below::encode(std::nextafter(0.5F, 0.0F)), 1);
  EXPECT_EQ(Above(0.5).to_bits(), 0);
  EXPECT_EQ(Below(0.5).to_bits(), 0);
}

TEST(Codebook, NaNAndNoNumberAreTheLevelNextToZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(NF4::encode(nan), 7);
  EXPECT_EQ(NF4().to_bits(), 7) << "so is a default number";
  EXPECT_EQ(IQ4NL::encode(nan), 8);
  EXPECT_EQ(IQ4NL::decode(8), 1.0F);
  EXPECT_EQ(NF4(0) / NF4(0), NF4(0));
  EXPECT_EQ(NF4(-1) / NF4(0), NF4(-1)) << "x / 0 is the end";
  EXPECT_TRUE(std::isnan(NF4::quantize(nan)));
  EXPECT_EQ((Codebook<codebooks::twice>::encode(nan)), 0);
}

TEST(Codebook, CodesPastTheLastLevelReadAsIt) {
  using Levels = Codebook<codebooks::thirteen>;
  EXPECT_EQ(Levels::bits, 4);
  for (int c = 13; c < 16; ++c) {
    EXPECT_EQ(Levels::decode(static_cast<std::uint8_t>(c)), 8.0F);
    EXPECT_EQ(Levels::from_bits(static_cast<std::uint8_t>(c)).to_bits(), 12);
  }
  EXPECT_EQ((Codebook<codebooks::twice>(1).to_bits()), 1) << "of two codes with one value the smaller";
}

struct Named {
  static constexpr std::string_view name() { return "Named"; }
  static constexpr std::array<double, 3> values{-0.5, 0.0, 2.0};
};
struct Holder {
  std::array<std::int16_t, 4> values;
  static constexpr std::string_view name() { return "Holder"; }
};

TEST(Codebook, NamesAreCPlusPlusOrADigest) {
  EXPECT_EQ(NF4::name(), "NF4");
  EXPECT_EQ(IQ4NL::name(), "IQ4NL");
  EXPECT_EQ((Codebook<Named{}>::name()), "Named");
  EXPECT_EQ((Codebook<Holder{{1, 2, 3, 4}}>::name()), "Holder");
  EXPECT_EQ((Codebook<std::array{-3, -1, 1, 3}>::name()), "Codebook<std::array{-3, -1, 1, 3}>");
  EXPECT_EQ((Codebook<std::array{-1.0F, -0.0F, 0.1F, 1e-30F}>::name()),
            "Codebook<std::array{-1.0F, -0.0F, 0.1F, 0x1.4484cp-100F}>");
  EXPECT_EQ((Codebook<std::array{-1.0, 0.0, 0.125}>::name()), "Codebook<std::array{-1.0, 0.0, 0.125}>");
  static_assert(std::is_same_v<Codebook<std::array{-1.0F, -0.0F, 0.1F, 0x1.4484cp-100F}>,
                               Codebook<std::array{-1.0F, -0.0F, 0.1F, 1e-30F}>>,
                "the hexadecimal one is the same float");
  EXPECT_EQ((Scaled<NF4, Along<64>>::name()), "Scaled<NF4, Along<64>>");
  // Lists that would be long differ in their names all the same.
  std::set<std::string> names;
  names.insert(std::string(Codebook<codebooks::geometric>::name()));
  constexpr auto other = [] {
    auto a = codebooks::geometric;
    std::swap(a[7], a[9]);
    return a;
  }();
  names.insert(std::string(Codebook<other>::name()));
  EXPECT_EQ(names.size(), 2U);
  for (const std::string& n : names)
    EXPECT_TRUE(n.starts_with("Codebook<256 levels, ") && n.size() == 38) << n;
}

/// By vectors of any target: the largest number is the last level's code, not one of those behind it.
template <class S>
void encodes_alike() {
  constexpr float inf = std::numeric_limits<float>::infinity();
  std::vector<float> x(96, inf);
  for (std::size_t i = 1; i < x.size(); i += 3) x[i] = i % 2 == 0 ? -inf : std::numeric_limits<float>::max();
  for (std::size_t i = 2; i < x.size(); i += 3) x[i] = static_cast<float>(i) / 8 - 6;
  const Packed<S> p = encode<S>(ConstView{x.data(), {std::ssize(x)}});
  static_assert(S::bits == 4);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int code = static_cast<int>(p.codes()[i / 2]) >> (i % 2 * 4) & 15;
    EXPECT_EQ(code, S::encode(x[i])) << S::name() << " of " << x[i];
  }
}
TEST(Codebook, CodesBehindTheLastLevelAreNeverMade) {
  encodes_alike<Codebook<codebooks::thirteen>>();
  encodes_alike<With<Codebook<codebooks::thirteen>, Round::down>>();
  encodes_alike<With<Codebook<codebooks::thirteen>, Round::up>>();
  encodes_alike<NF4>();
}

TEST(Codebook, NumbersRoundExactResultsOnce) {
  using B = Codebook<codebooks::eight>;
  EXPECT_EQ(static_cast<float>(B(2) * B(2)), 4.0F);
  EXPECT_EQ(static_cast<float>(B(4) + B(2)), 4.0F)
      << "6 is a tie of 4 (code 7) and 8 (code 5): of two odd codes the lesser";
  EXPECT_EQ(static_cast<float>(B(8) * B(8)), 8.0F);
  EXPECT_EQ(-B(0.5F), B(0)) << "-0.5 is no level; 0 has the even code 6, and is nearer than -2";
  EXPECT_LT(B(-8), B(0.5F));
  using L = std::numeric_limits<B>;
  EXPECT_EQ(L::max(), B(8));
  EXPECT_EQ(L::lowest(), B(-8));
  EXPECT_EQ(L::denorm_min(), B(0.5F));
  EXPECT_FALSE(L::has_quiet_NaN);
}

TEST(Codebook, DirectionsChooseBetweenNeighbours) {
  EXPECT_EQ((With<IQ4NL, Round::down>::decode(With<IQ4NL, Round::down>::encode(0.0F))), -10.0F);
  EXPECT_EQ((With<IQ4NL, Round::up>::decode(With<IQ4NL, Round::up>::encode(0.0F))), 1.0F);
  EXPECT_EQ((With<NF4, Round::toward_zero>::encode(-0.09F)), 7);
  EXPECT_EQ((With<NF4, Round::to_odd>::encode(0.01F)), 7);
  EXPECT_EQ((With<NF4, Round::up>::encode(5.0F)), 15) << "past the end: the end";
}

/// Elements of blocks: NF4 in groups of 64 under their largest magnitude is QLoRA's.
TEST(Codebook, IsAnElementOfBlocks) {
  static_assert(bits_per_value<Scaled<NF4, Along<64>>> == 4.5 &&
                bits_per_value<Scaled<IQ4NL, Along<32>>> == 5);
  std::vector<float> x(256), y(256);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = std::sin(static_cast<float>(i * i)) * (i < 128 ? 0.01F : 100.0F);
  std::fill(x.begin() + 192, x.end(), 0.0F);
  fake_quantize<Scaled<NF4, Along<64>>>(x, y, {256});
  for (std::size_t b = 0; b < 256; b += 64) {
    float a = 0;
    for (std::size_t i = b; i < b + 64; ++i) a = std::max(a, std::fabs(x[i]));
    for (std::size_t i = b; i < b + 64; ++i) {
      // by search, from the definition: the level nearest to x/a
      float best = 0;
      double least = 1e9;
      for (const float level : NF4Levels::values) {
        const double distance =
            std::fabs(static_cast<double>(a == 0 ? 0.0F : x[i] / a) - static_cast<double>(level));
        if (distance < least) {
          least = distance;
          best = level;
        }
      }
      EXPECT_EQ(y[i], best * a) << i;
    }
  }
  // Without a level 0 it is the scale that makes zeros.
  fake_quantize<Scaled<IQ4NL, Along<32>>>(x, y, {256});
  for (std::size_t i = 192; i < 256; ++i) EXPECT_EQ(y[i], 0.0F);
  const Packed<Scaled<IQ4NL, Along<32>>> packed =
      encode<Scaled<IQ4NL, Along<32>>>(ConstView{x.data(), {256}});
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(packed[static_cast<std::int64_t>(i)], y[i]) << i;
}

}  // namespace
