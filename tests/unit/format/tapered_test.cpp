// SPDX-License-Identifier: BSL-1.0
/// @file tapered_test.cpp
/// Posits and takums beyond the laws of every format: values of the standard and the paper, where their
/// roundings differ from the nearest, NaR, numbers that no float32 holds, limits, dot products.
#include <dyadic/format/block.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/takum.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace {
using namespace dyadic;
constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Posit, HasTheValuesOfTheStandard) {
  // precision n: minPos = 2^-4(n-2), maxPos = 2^4(n-2); 1 is 010…0; the largest consecutive integer is
  // 2^floor(4(n-3)/5)
  EXPECT_EQ(Posit<8>::max_value, 0x1p24F);
  EXPECT_EQ(Posit<8>::min_value, 0x1p-24F);
  EXPECT_EQ(Posit<16>::max_value, 0x1p56F);
  EXPECT_EQ(Posit<8>::decode(0x40), 1.0F);
  EXPECT_EQ(Posit<16>::decode(0x4000), 1.0F);
  EXPECT_EQ(Posit<8>::decode(0x4d), 3.25F) << "0 10 01 101";
  EXPECT_EQ(Posit<8>::decode(0xb3), -3.25F) << "its two's complement";
  const auto consecutive = []<class P>(P) {
    for (int i = 1;; ++i)
      if (static_cast<double>(P(i)) != i) return i - 1;
  };
  EXPECT_EQ(consecutive(Posit<8>()), 16);
  EXPECT_EQ(consecutive(Posit<16>()), 1024);
}

TEST(Posit, RoundsAtThePositOfOneBitMore) {
  // Neighbours that differ in an exponent bit meet at their geometric mean (the standard, section 4.1).
  const auto meet = []<class F>(F, double low, double boundary, double high) {
    const F below(boundary * (1 - 0x1p-40)), above(boundary * (1 + 0x1p-40)), tie(boundary);
    EXPECT_EQ(static_cast<double>(below), low) << F::name() << boundary;
    EXPECT_EQ(static_cast<double>(above), high) << F::name() << boundary;
    EXPECT_EQ(tie.to_bits() % 2, 0) << F::name() << boundary;
  };
  meet(Posit<8>(), 65536, 131072, 262144);
  meet(Posit<8>(), 0x1p20, 0x1p22, 0x1p24);
  meet(Posit<8>(), 0x1p-24, 0x1p-22, 0x1p-20);
  meet(Posit<16>(), 0x1p52, 0x1p54, 0x1p56);
  meet(Posit<8>(), 1, 1.0625, 1.125);
}

TEST(Posit, NothingButZeroIsZeroAndNothingOverflows) {
  for (const float x : {0x1p-149F, 1e-30F, 0x1p-26F}) {
    EXPECT_EQ(Posit<8>::encode(x), 1) << x;
    EXPECT_EQ(Posit<8>::encode(-x), 255) << x;
    EXPECT_EQ(Takum<3>::encode(x), 1) << x;
  }
  EXPECT_EQ(Posit<8>(1e-300).to_bits(), 1);
  EXPECT_EQ(Posit<8>::encode(3e38F), 0x7f);
  EXPECT_EQ(Posit<8>::encode(-infinity), 0x81);
  EXPECT_EQ((Posit<8>(0x1p24F) * Posit<8>(0x1p24F)).to_bits(), 0x7f);
  EXPECT_EQ((Posit<8>(0x1p-24F) * Posit<8>(0x1p-24F)).to_bits(), 1);
  EXPECT_EQ((Takum<8>::from_bits(1) * Takum<8>::from_bits(1)).to_bits(), 1);
}

TEST(Posit, NaRIsNaN) {
  using P = Posit<8>;
  const P nar = P::from_bits(0x80);
  EXPECT_TRUE(is_nan(nar) && std::isnan(static_cast<float>(nar)) && std::isnan(static_cast<double>(nar)));
  EXPECT_EQ(P::encode(std::numeric_limits<float>::quiet_NaN()), 0x80);
  EXPECT_EQ((nar + P(1)).to_bits(), 0x80);
  EXPECT_EQ((-nar).to_bits(), 0x80);
  EXPECT_EQ((P(0) / P(0)).to_bits(), 0x80);
  EXPECT_EQ((P(1) / P(0)).to_bits(), 0x7f) << "as every format here";
  using Standard = With<P, Round::nearest_even, Overflow::special>;
  EXPECT_EQ(Standard::over(P(1), P(0)).to_bits(), 0x80) << "as the standard";
  EXPECT_EQ(Standard::encode(infinity), 0x80);
  EXPECT_EQ(Standard::encode(3e38F), 0x7f) << "finite numbers do not overflow";
  EXPECT_TRUE(std::isnan(Standard::quantize<float>(-infinity, 0)));
  EXPECT_TRUE(std::isnan(static_cast<double>(Takum<16>::from_bits(0x8000))));
  EXPECT_EQ((Takum<8>(0) / Takum<8>(0)).to_bits(), 0x80);
}

TEST(Posit, DirectionsChooseBetweenNeighbours) {
  using P = Posit<8>;
  EXPECT_EQ((With<P, Round::toward_zero>::encode(0x1p-30F)), 0)
      << "0 is a neighbour, though never the nearest";
  EXPECT_EQ((With<P, Round::down>::encode(-0x1p-30F)), 255);
  EXPECT_EQ((With<P, Round::up>::encode(0x1p-30F)), 1);
  EXPECT_EQ((With<P, Round::down>::encode(200000.0F)), P::encode(65536.0F));
  EXPECT_EQ((With<P, Round::up>::encode(65537.0F)), P::encode(262144.0F));
  EXPECT_EQ((With<P, Round::up>::encode(3e38F)), 0x7f);
}

TEST(Takum, HasTheValuesOfThePaper) {
  // The least exponent of every direction and regime, from the paper's formula; 16 bits: S D RRR and eleven
  // for C and M.
  constexpr std::array bias{-255, -127, -63, -31, -15, -7, -3, -1, 0, 1, 3, 7, 15, 31, 63, 127};
  for (unsigned i = 1; i < bias.size(); ++i)
    EXPECT_EQ(static_cast<double>(Takum<16>::from_bits(static_cast<std::uint16_t>(i << 11))),
              std::ldexp(1.0, bias[i]))
        << i;
  EXPECT_EQ(static_cast<double>(Takum<16>::from_bits(0x7fff)), 0x1.fp254);
  EXPECT_EQ(static_cast<double>(Takum<16>::from_bits(1)), 0x1.1p-255);
  EXPECT_EQ(static_cast<double>(Takum<8>::from_bits(0x7f)), 0x1p239);
  EXPECT_EQ(static_cast<double>(Takum<8>::from_bits(1)), 0x1p-239);
  EXPECT_EQ(static_cast<double>(Takum<16>::from_bits(0xc000)), -1.0);
  // a shorter one is a longer one whose last bits are zeros
  for (unsigned c = 0; c < 256; ++c) {
    if (c == 128) continue;
    EXPECT_EQ(static_cast<double>(Takum<8>::from_bits(static_cast<std::uint8_t>(c))),
              static_cast<double>(Takum<16>::from_bits(static_cast<std::uint16_t>(c << 8))));
  }
}

/// 2^-255 and less lies between zero and the least value, and no direction takes it for either.
TEST(Takum, DirectionsBelowTheLeastValue) {
  const auto check = []<class T>(std::type_identity<T>) {
    for (const double x : {0x1p-255, 0x1p-256, 0x1p-300}) {
      EXPECT_EQ((With<T, Round::up>::encode(x)), 1) << T::name();
      EXPECT_EQ((With<T, Round::down>::encode(x)), 0) << T::name();
      EXPECT_EQ((With<T, Round::toward_zero>::encode(x)), 0) << T::name();
      EXPECT_EQ((With<T, Round::to_odd>::encode(x)), 1) << T::name();
      EXPECT_EQ((With<T, Round::up>::encode(-x)), 0) << T::name();
      EXPECT_EQ(T::from_bits(With<T, Round::down>::encode(-x)), -T::from_bits(1)) << T::name();
      EXPECT_EQ(T::encode(x), 1) << T::name();
    }
    EXPECT_EQ((With<T, Round::up>::encode(0.0)), 0);
  };
  check(std::type_identity<Takum<2>>{});
  check(std::type_identity<Takum<5>>{});
  check(std::type_identity<Takum<8>>{});
  check(std::type_identity<Takum<12>>{});
  check(std::type_identity<Takum<16>>{});
}

TEST(Takum, NumbersReachFurtherThanFloat32) {
  using T = Takum<16>;
  const T big(0x1p100), small(0x1p-100);
  EXPECT_EQ(static_cast<double>(big * big), 0x1p200);
  EXPECT_EQ(static_cast<double>(small * small), 0x1p-200);
  EXPECT_EQ(static_cast<double>(big / small), 0x1p200);
  EXPECT_LT(big, big * big);
  EXPECT_GT(small, small * small);
  EXPECT_GT(small * small, T(0));
  EXPECT_EQ(static_cast<double>(abs(-(big * big))), 0x1p200);
  EXPECT_EQ(static_cast<double>(Takum<8>(big * big)), 0x1p207) << "exponents in steps of 16, from 127 on";
  EXPECT_EQ(static_cast<double>(E4M3(big * big)), 448.0);
  using L = std::numeric_limits<T>;
  EXPECT_EQ(static_cast<double>(L::max()), 0x1.fp254);
  EXPECT_EQ(static_cast<double>(L::lowest()), -0x1.fp254);
  EXPECT_EQ(static_cast<double>(L::min()), 0x1.1p-255);
  EXPECT_EQ(L::max_exponent, 255);
  EXPECT_EQ(L::min_exponent, -253) << "2^-255 is no value";
  EXPECT_EQ(L::max_exponent10, 76);
  EXPECT_EQ(L::min_exponent10, -76);
}

TEST(Takum, FromFloat32ToFloat32SaturatesWithinIt) {
  EXPECT_EQ(Takum<16>::max_value, 0x1.fp127F);
  EXPECT_EQ(Takum<16>::min_value, 0x1p-149F);
  EXPECT_EQ(Takum<8>::max_value, 0x1p127F);
  EXPECT_EQ(Takum<8>::min_value, 0x1p-143F);
  const float most = std::numeric_limits<float>::max();
  EXPECT_EQ(static_cast<double>(Takum<16>(most)), 0x1p128) << "the nearest takum";
  EXPECT_EQ(static_cast<float>(Takum<16>(most)), 0x1.fp127F) << "which is no float32";
  EXPECT_EQ(Takum<16>::quantize(most), 0x1.fp127F);
  EXPECT_EQ(Takum<16>::quantize(-infinity), -0x1.fp127F);
  EXPECT_EQ(Takum<16>::encode(infinity), 0x7fff) << "the largest takum";
  EXPECT_EQ(static_cast<float>(Takum<16>(0x1p-200)), 0x1p-149F) << "never zero";
  EXPECT_EQ(static_cast<float>(Takum<16>(-0x1p200)), -0x1.fp127F) << "never infinity";
  EXPECT_EQ(static_cast<float>(Takum<16>::from_bits(Takum<16>(1.25 * 0x1p-149).to_bits())), 0x1p-149F)
      << "between subnormals: once";
  // 10 bits: the takum nearest to the least float32 lies below it
  EXPECT_EQ(static_cast<double>(Takum<10>(0x1p-149F)), 0x1p-151);
  EXPECT_EQ(Takum<10>::quantize(0x1p-149F), 0x1p-147F);
  EXPECT_EQ(Takum<10>::decode(Takum<10>::encode(0x1p-149F)), 0x1p-147F);
}

TEST(Tapered, LimitsTellTheTruth) {
  const auto check = []<class T>(T, int digits, double epsilon) {
    using L = std::numeric_limits<T>;
    EXPECT_EQ(L::digits, digits) << T::name();
    EXPECT_EQ(static_cast<double>(L::epsilon()), epsilon) << T::name();
    EXPECT_EQ(static_cast<double>(T(1) + L::epsilon()), 1 + epsilon) << T::name();
    EXPECT_EQ(L::min().to_bits(), 1);
    EXPECT_EQ(L::max().to_bits(), (1 << (T::bits - 1)) - 1);
    EXPECT_EQ(L::max_exponent, std::ilogb(static_cast<double>(L::max())) + 1);
    EXPECT_EQ(static_cast<double>(T(std::ldexp(1.0, L::min_exponent - 1))),
              std::ldexp(1.0, L::min_exponent - 1));
    EXPECT_NE(static_cast<double>(T(std::ldexp(1.0, L::min_exponent - 2))),
              std::ldexp(1.0, L::min_exponent - 2));
    EXPECT_TRUE(L::has_quiet_NaN && std::isnan(static_cast<double>(L::quiet_NaN())) && !L::has_infinity);
  };
  check(Posit<8>(), 4, 0x1p-3);
  check(Posit<16>(), 12, 0x1p-11);
  check(Posit<8, 0>(), 6, 0x1p-5);
  check(Takum<8>(), 4, 0x1p-3);
  check(Takum<12>(), 8, 0x1p-7);
  check(Takum<16>(), 12, 0x1p-11);
}

TEST(Tapered, DotProductsAreExact) {
  using T = Takum<16>;
  // terms at both ends of the range, far past float32, that cancel; what stays is the least product that
  // there is
  const std::array x{T(0x1p254), T(0x1.1p-255), T(0x1p254)}, y{T(0x1p254), T(0x1.1p-255), T(-0x1p254)};
  EXPECT_EQ((dot<T>(x, y).to_bits()), 1) << "2^-510 is past the smallest takum";
  const std::array u{T(0x1p254), T(0x1p-100), T(0x1p254)}, v{T(0x1p254), T(0x1p-50), T(-0x1p254)};
  EXPECT_EQ(static_cast<double>(dot<T>(u, v)), 0x1p-150);
  EXPECT_EQ((dot<float>(u, std::array{T(0), T(0x1p-20), T(0)})), 0x1p-120F);
  const std::array a{Posit<16>(1000), Posit<16>(0.001F)}, b{Posit<16>(1000), Posit<16>(-1)};
  EXPECT_EQ((dot<Posit<16>>(a, b)), Posit<16>(1e6 - static_cast<double>(Posit<16>(0.001F))));
}

TEST(Tapered, NamesAreWhatAUserWouldSpell) {
  EXPECT_EQ((Posit<8, 2>::name()), "Posit<8>");
  EXPECT_EQ(Posit<16>::name(), "Posit<16>");
  EXPECT_EQ((Posit<8, 0>::name()), "Posit<8, 0>");
  EXPECT_EQ(Takum<8>::name(), "Takum<8>");
  EXPECT_EQ((MX<Posit<8>>::name()), "MX<Posit<8>>");
  EXPECT_EQ((With<Takum<16>, Round::stochastic>::name()), "With<Takum<16>, Round::stochastic>");
}

}  // namespace
