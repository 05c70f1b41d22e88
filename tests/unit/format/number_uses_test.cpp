// SPDX-License-Identifier: BSL-1.0
// Numbers as C++ uses its own: streams, hashes, casts, comparison with built-in types, template arguments, std::format.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/number_format.hpp>
#include <dyadic/format/number_hash.hpp>
#include <dyadic/format/number_stream.hpp>
#include <dyadic/format/p3109.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <unordered_map>

namespace dyadic {
namespace {

template <class F>
class NumberUses : public testing::Test {};
using Thirds = Codebook<std::array{-1.0F, 0x1.555556p-2F, 4e9F}>;  // three values in codes of two bits
using Formats = testing::Types<E4M3, E5M2, E2M1, Half, BFloat16, Fixed<8, 4>, Fixed<8, 12>, Fixed<8, 4, false>, Fixed<32, 0>, Fixed<32, 31>, Fixed<32, 0, false>,
                               Fixed<8, -60>, SymmetricFixed<8, 6>, SignMagnitude<8, 6>, MinifloatDenorm<4, 3>, LogQ<8>, Binary, Ternary,
                               p3109::Binary8p4se, p3109::Binary8p4ue, p3109::Binary5p1uf, p3109::Binary12p5se, UE4M3, UE5M3,
                               UnsignedMinifloat<4, 4>, UnsignedMinifloat<8, 7, 127, Specials::ieee>, E8M0,  //
                               Posit<8>, Posit<16>, Posit<3, 0>, Takum<8>, Takum<16>, Takum<2>, NF4, IQ4NL, Thirds>;
TYPED_TEST_SUITE(NumberUses, Formats);

/// Codes of a format: all of them, or some of a wide one.
template <class F, class Each>
void for_codes(const Each& each) {
  constexpr std::uint64_t count = std::uint64_t{1} << F::bits, step = F::bits <= 8 ? 1 : count / 2048 + 1;
  for (std::uint64_t c = 0; c < count; c += step) each(F::from_bits(static_cast<typename F::code_type>(c)));
}

/// The cast, told a second time: truncation of the double, and the ends.
template <class I, class F>
I cut(F a) {
  const auto d = static_cast<double>(a);
  if (std::isnan(d)) return 0;
  const double whole = std::trunc(d);
  if (whole >= std::ldexp(1.0, std::numeric_limits<I>::digits)) return std::numeric_limits<I>::max();
  if (whole <= static_cast<double>(std::numeric_limits<I>::min())) return std::numeric_limits<I>::min();
  return static_cast<I>(whole);
}

TYPED_TEST(NumberUses, CastsToIntegersAndLongDouble) {
  using F = TypeParam;
  for_codes<F>([](F a) {
    EXPECT_EQ(static_cast<int>(a), cut<int>(a)) << bit_text(a);
    EXPECT_EQ(static_cast<signed char>(a), cut<signed char>(a)) << bit_text(a);
    EXPECT_EQ(static_cast<unsigned short>(a), cut<unsigned short>(a)) << bit_text(a);
    EXPECT_EQ(static_cast<unsigned long long>(a), cut<unsigned long long>(a)) << bit_text(a);
    EXPECT_EQ(static_cast<long long>(a), cut<long long>(a)) << bit_text(a);
    EXPECT_EQ(static_cast<bool>(a), static_cast<double>(a) != 0.0) << bit_text(a);
    const auto wide = static_cast<long double>(a);
    EXPECT_TRUE(wide == static_cast<long double>(static_cast<double>(a)) || isnan(a)) << bit_text(a);
  });
}

TYPED_TEST(NumberUses, AnswersAsCmathDoes) {
  using F = TypeParam;
  for_codes<F>([](F a) {
    using std::isfinite, std::isinf, std::isnan, std::signbit;
    const auto d = static_cast<double>(a);
    EXPECT_EQ(isnan(a), isnan(d)) << bit_text(a);
    EXPECT_EQ(isinf(a), isinf(d)) << bit_text(a);
    EXPECT_EQ(isfinite(a), isfinite(d)) << bit_text(a);
    if (!isnan(d)) {
      EXPECT_EQ(signbit(a), signbit(d)) << bit_text(a);
    }
  });
}

TYPED_TEST(NumberUses, ComparesWithBuiltInNumbers) {
  using F = TypeParam;
  for_codes<F>([](F a) {
    const auto d = static_cast<double>(a);
    for (const double x : {0.0, -0.0, 1.0, -1.5, d, std::nextafter(d, 1e300), std::nextafter(d, -1e300), std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
      EXPECT_EQ(a == x, d == x) << bit_text(a) << " and " << x;
      EXPECT_EQ(a < x, d < x) << bit_text(a) << " and " << x;
      EXPECT_EQ(x <= a, x <= d) << bit_text(a) << " and " << x;
      EXPECT_EQ(a != static_cast<float>(x), d != static_cast<double>(static_cast<float>(x))) << bit_text(a) << " and " << x;
    }
    for (const int i : {0, 1, -1, 7, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
      EXPECT_EQ(a == i, d == i) << bit_text(a) << " and " << i;
      EXPECT_EQ(i > a, i > d) << bit_text(a) << " and " << i;
    }
  });
}
TEST(NumberComparison, RoundsNeitherSide) {
  constexpr auto big = std::numeric_limits<long long>::max();  // no double
  EXPECT_FALSE((Fixed<8, -60>(0x1p62) == big));
  EXPECT_TRUE((BFloat16(0x1p63) > big));
  EXPECT_TRUE((BFloat16(0x1p63) < std::numeric_limits<unsigned long long>::max()));
  EXPECT_TRUE((BFloat16(0x1p62) == (1LL << 62)));
  EXPECT_TRUE((BFloat16(0x1p62) < (1LL << 62) + 1));
  EXPECT_TRUE(Half(0.5F) == 0.5L && Half(0.5F) < 0.5L + 0x1p-60L);
}

TYPED_TEST(NumberUses, ReadsWhatItWrites) {
  using F = TypeParam;
  for_codes<F>([](F a) {
    if (!isnan(a) && F(static_cast<double>(a)) != a) return;  // a code that conversion never gives
    std::ostringstream out;
    out.precision(17);
    out << a;
    std::istringstream in(out.str());
    F b;
    in >> b;
    EXPECT_TRUE(in && (a == b || isnan(a))) << bit_text(a) << ": " << out.str();
    EXPECT_EQ(isnan(b), isnan(a)) << bit_text(a);
  });
}

TEST(NumberStream, RoundsADecimalOnce) {
  const auto read = [](const std::string& text) {
    std::istringstream in(text);
    E4M3 x(99);
    in >> x;
    EXPECT_TRUE(in) << text;
    return static_cast<float>(x);
  };
  // 1.0625 lies halfway between 1 and 1.125, and these texts are all 1.0625 as doubles.
  EXPECT_EQ(read("1.0625"), 1.0F);
  EXPECT_EQ(read("1.06250000000000000000000000000000001"), 1.125F);
  EXPECT_EQ(read("1.06249999999999999999999999999999999"), 1.0F);
  EXPECT_EQ(read("106250000000000000000000000000000001e-35"), 1.125F);
  EXPECT_EQ(read("0.000106250000000000000000000000000000e4"), 1.0F);
  EXPECT_EQ(read("-1.1875"), -1.25F);                              // to even, upwards
  EXPECT_EQ(read("-1.187499999999999999999999999999999"), -1.125F);
  EXPECT_EQ(read("+3e-3"), 0.00390625F);
  EXPECT_EQ(read("0.0009765625"), 0.0F);                           // half of the smallest: to even
  EXPECT_EQ(read("0.00097656250000000000000000000001"), 0x1p-9F);
  EXPECT_EQ(read("1e400"), 448.0F);
  EXPECT_EQ(read("-1e4000"), -448.0F);
  EXPECT_EQ(read("1e-400"), 0.0F);
  // Exponents beyond every integer, and digits that hardly make up for one.
  for (const char* huge : {"99999999999999999999", "9223372036854775807", "9223372036854775808", "2147483648"}) {
    EXPECT_EQ(read(std::string("1e") + huge), 448.0F);
    EXPECT_EQ(read(std::string("-0.00001e+") + huge), -448.0F);
    EXPECT_EQ(read(std::string("1e-") + huge), 0.0F);
    EXPECT_EQ(read(std::string("-123456.789e-") + huge), 0.0F);
    EXPECT_EQ(read(std::string("0e") + huge), 0.0F);
  }
  EXPECT_EQ(read("0." + std::string(499, '0') + "1e500"), 1.0F);
  EXPECT_EQ(read("1" + std::string(500, '0') + "e-500"), 1.0F);
  EXPECT_EQ(read("inf"), 448.0F);
  EXPECT_TRUE(std::isnan(read("nan")));
  EXPECT_TRUE(std::signbit(read("-0")));
  EXPECT_EQ(read("  7,"), 7.0F);
}
/// An infinity is read as one where the format has it; one that would lie below an unsigned format is its least value.
TEST(NumberStream, ReadsInfinitiesOfFormatsThatHaveThem) {
  const auto read = []<class F>(const char* text) {
    std::istringstream in(text);
    F x;
    in >> x;
    EXPECT_TRUE(in) << text;
    return static_cast<float>(x);
  };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(read.operator()<p3109::Binary8p4se>("inf"), infinity);
  EXPECT_EQ(read.operator()<p3109::Binary8p4se>("-inf"), -infinity);
  EXPECT_EQ(read.operator()<p3109::Binary8p4ue>("inf"), infinity);
  EXPECT_EQ(read.operator()<p3109::Binary8p4ue>("-inf"), 0.0F);
  EXPECT_EQ(read.operator()<p3109::Binary8p4ue>("-3"), 0.0F);
  EXPECT_EQ(read.operator()<UE5M3>("inf"), 114688.0F);
  EXPECT_EQ(read.operator()<UE5M3>("-1e400"), 0.0F);
  EXPECT_EQ(read.operator()<E8M0>("inf"), 0x1p127F);
  EXPECT_EQ(read.operator()<E8M0>("-inf"), 0x1p-127F);
  EXPECT_EQ(read.operator()<E8M0>("0"), 0x1p-127F);
  // half-way between 4 and 8 is 6, which goes to the even code, that of 8; a little less does not
  EXPECT_EQ(read.operator()<E8M0>("6"), 8.0F);
  EXPECT_EQ(read.operator()<E8M0>("5.99999999999999999999999999"), 4.0F);
  EXPECT_TRUE(std::isnan(read.operator()<E8M0>("nan")));
}
TEST(NumberStream, RoundsADecimalOnceToAnyFormat) {
  const auto read = []<class F>(F x, const std::string& text) {
    std::istringstream in(text);
    in >> x;
    EXPECT_TRUE(in) << text;
    return static_cast<double>(x);
  };
  // 131072 is the boundary of 65536, whose code is even, and 262144. As doubles all of these are it.
  EXPECT_EQ(read(Posit<8>(), "131072"), 65536.0);
  EXPECT_EQ(read(Posit<8>(), "131071.99999999999999999999999999999"), 65536.0);
  EXPECT_EQ(read(Posit<8>(), "131072.00000000000000000000000000001"), 262144.0);
  EXPECT_EQ(read(Posit<8>(), "1e-400"), 0x1p-24) << "nothing but 0 is 0";
  EXPECT_EQ(read(Posit<8>(), "-1e400"), -0x1p24);
  EXPECT_EQ(read(Posit<8>(), "inf"), 0x1p24);
  EXPECT_TRUE(std::isnan(read(Posit<8>(), "nan")));
  EXPECT_EQ(read(Takum<16>(), "1e60"), static_cast<double>(Takum<16>(1e60))) << "past float32";
  // The middle of 1 and 13 is 7, an even code's.
  EXPECT_EQ(read(IQ4NL(), "7"), 1.0);
  EXPECT_EQ(read(IQ4NL(), "7.0000000000000000000000000000000001"), 13.0);
  EXPECT_EQ(read(IQ4NL(), "6.9999999999999999999999999999999999"), 1.0);
  EXPECT_EQ(read(IQ4NL(), "-16"), -22.0) << "codes 6 and 7";
  EXPECT_EQ(read(IQ4NL(), "-15.9999999999999999999999999999999"), -10.0);
  EXPECT_EQ(read(NF4(), "1e400"), 1.0);
}
TEST(NumberStream, LeavesWhatItCannotRead) {
  for (const std::string text : {"", "abc", "--1", "1e", "+-1", "1.2.3", "0x", "e5", "."}) {
    std::istringstream in(text);
    Half x(3);
    in >> x;
    EXPECT_FALSE(in) << text;
    EXPECT_TRUE(x == 3) << text;
  }
  std::istringstream several("1 -2.5 1e3 tail");
  Half a, b, c;
  std::string rest;
  several >> a >> b >> c >> rest;
  EXPECT_TRUE(a == 1 && b == -2.5 && c == 1000 && rest == "tail");
}
TEST(NumberStream, ReadsAPointInEveryLocale) {
  struct comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
  };
  std::istringstream in("1.5");
  in.imbue(std::locale(std::locale::classic(), new comma));
  E4M3 x;
  in >> x;
  EXPECT_TRUE(x == 1.5);
}

TYPED_TEST(NumberUses, HashesByValue) {
  using F = TypeParam;
  std::unordered_map<F, int> seen;
  for_codes<F>([&](F a) {
    if (!isnan(a)) ++seen[a];
  });
  for (const auto& [a, n] : seen) {
    const F again = isfinite(a) ? F(static_cast<double>(a)) : a;  // infinities saturate
    EXPECT_EQ(seen.count(again), 1U);
  }
  EXPECT_EQ(std::hash<F>()(F(0.0)), std::hash<F>()(F(-0.0)));
}

template <auto Value>
constexpr double doubled() {
  return 2 * static_cast<double>(Value);
}
TEST(Numbers, AreTemplateArguments) {
  static_assert(doubled<E4M3(1.5F)>() == 3.0);
  static_assert(doubled<Fixed<8, 4>(0.25)>() == 0.5);
  static_assert(doubled<SymmetricFixed<8, 6>(-0.5)>() == -1.0 && doubled<SignMagnitude<4, 2>(1)>() == 2.0 && doubled<MinifloatDenorm<4, 3>(1)>() == 2.0);
  static_assert(doubled<LogQ<4>(2)>() == 4.0 && doubled<Binary(-3)>() == -2.0 && doubled<Ternary(0)>() == 0.0 && doubled<Half(3)>() == 6.0);
  static_assert(doubled<UE4M3(1.5F)>() == 3.0 && doubled<E8M0(-1)>() == 0x1p-126 && doubled<p3109::Binary8p4se(3)>() == 6.0);
  static_assert(doubled<p3109::Binary16p9uf(0.5)>() == 1.0 && doubled<UE5M3(-2)>() == 0.0);
  static_assert(doubled<Posit<8>(3)>() == 6.0 && doubled<Takum<16>(0x1p-200)>() == 0x1p-199 && doubled<NF4(-1)>() == -2.0);
  static_assert(sizeof(E4M3) == 1 && sizeof(Half) == 2 && std::is_trivially_copyable_v<E4M3>);
  static_assert(sizeof(Posit<8>) == 1 && sizeof(Takum<16>) == 2 && sizeof(NF4) == 1);
  static_assert(std::is_trivially_copyable_v<Posit<8>> && std::is_trivially_copyable_v<NF4>);
}

#if defined(DYADIC_HAS_FORMAT)
TEST(NumberFormat, IsThatOfADouble) {
  EXPECT_EQ(std::format("{:.3f}|{:>8}|{}", E4M3(0.3F), Half(2.5), Fixed<8, 4>(-1)), "0.312|     2.5|-1");
}
#endif

}  // namespace
}  // namespace dyadic
