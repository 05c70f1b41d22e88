// SPDX-License-Identifier: BSL-1.0
// The integers behind the values of a format, which decide how products of its codes run.
#include <dyadic/kernel/integer_operand.hpp>

#include <dyadic/format/binary.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace {
using namespace dyadic;

// All finite values of a format, by decoding: they must be the integers that the range tells, times 2^-fraction.
template <class E>
void describes_all_values(int low, int high, int fraction) {
  const detail::integer_range r = detail::integers_of<E>();
  ASSERT_TRUE(r.exists) << E::name();
  EXPECT_EQ(r.low, low) << E::name();
  EXPECT_EQ(r.high, high) << E::name();
  EXPECT_EQ(r.fraction, fraction) << E::name();
  EXPECT_EQ(r.magnitude(), std::max(-low, high));
  EXPECT_TRUE(r.within(low, high) && !r.within(low + 1, high) && !r.within(low, high - 1));
  std::set<double> values;
  bool powers = true;
  for (u32 c = 0; c < (u32{1} << E::bits); ++c) {
    const float v = E::decode(static_cast<typename E::code_type>(c));
    if (E::decode(E::encode(v)) != v) continue;  // no value makes this code: the most negative one of SymmetricFixed
    const double q = std::ldexp(static_cast<double>(v), fraction);
    EXPECT_TRUE(q == std::floor(q) && low <= q && q <= high) << E::name() << ", code " << c;
    values.insert(q);
    int exponent = 0;
    powers = powers && (q == 0 || std::abs(std::frexp(q, &exponent)) == 0.5);
  }
  EXPECT_EQ(static_cast<std::size_t>(r.distinct), values.size()) << E::name();
  EXPECT_EQ(r.powers_of_two, powers) << E::name();
  if (r.values[0] != 0 || r.values[1] != 0) {
    std::size_t n = 0;
    for (const double v : values) EXPECT_EQ(static_cast<double>(r.values[n++]), v) << E::name();
  }
}

TEST(IntegersOfAFormat, AreItsValuesAtOneUnit) {
  describes_all_values<Fixed<8, 4>>(-128, 127, 4);
  describes_all_values<Fixed<4, 2, false>>(0, 15, 2);
  describes_all_values<Fixed<2, 1>>(-2, 1, 1);
  describes_all_values<SymmetricFixed<8, 6>>(-127, 127, 6);
  describes_all_values<SignMagnitude<4, 2>>(-7, 7, 2);
  describes_all_values<E2M1>(-12, 12, 1);
  describes_all_values<E2M3>(-60, 60, 3);
  describes_all_values<E3M2>(-448, 448, 4);
  describes_all_values<Binary>(-1, 1, 0);
  describes_all_values<Ternary>(-1, 1, 0);
  describes_all_values<LogQ<4, 3>>(-64, 64, 2);
  describes_all_values<With<Fixed<4, 2>, Round::toward_zero>>(-8, 7, 2);
}
TEST(IntegersOfAFormat, AreNoneWhereTheyWouldBeWideOrSpecial) {
  EXPECT_FALSE((detail::integers_of<Fixed<17, 8>>().exists)) << "more than 16 bits";
  EXPECT_FALSE(detail::integers_of<E4M3>().exists) << "it has a NaN";
  EXPECT_FALSE(detail::integers_of<E5M2>().exists);
  EXPECT_FALSE((detail::integers_of<Minifloat<5, 2>>().exists)) << "2^33 units";
  EXPECT_FALSE(detail::integers_of<Half>().exists);
}
TEST(CommonSegment, IsTheGreatestCommonDivisor) {
  EXPECT_EQ(detail::common_segment(32, 32), 32);
  EXPECT_EQ(detail::common_segment(16, 32), 16);
  EXPECT_EQ(detail::common_segment(24, 16), 8);
  EXPECT_EQ(detail::common_segment(0, 32), 32) << "0: all of the depth";
  EXPECT_EQ(detail::common_segment(0, 0), 0);
}

}  // namespace
