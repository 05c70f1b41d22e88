// SPDX-License-Identifier: BSL-1.0
/// @file arithmetic_test.cpp
/// Numbers of a format as numbers: closed operators round the exact result once; comparison goes by value; `exact`, `sum_t` and
/// `dot` lose nothing; `numeric_limits` tells the truth.
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/number_stream.hpp>
#include <dyadic/format/policy.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <random>
#include <sstream>

namespace {

using namespace subjects;  // the formats by their plain names
using dyadic::Overflow;
using dyadic::Round;
using oracle::Code;
using oracle::Kind;
using oracle::Meaning;
using oracle::Result;
__extension__ typedef __int128 wide_int;  // NOLINT: the extension mark goes with a typedef only

template <class F>
F number(Code c) {
  return F::from_bits(code_from<F>(c));
}

struct Operators {
  std::string_view name;
  const oracle::Format& (*definition)();
  Round round;
  Overflow overflow;
  std::array<Code (*)(Code, Code), 4> apply;  // + - * /
  Code (*negate)(Code);
  std::partial_ordering (*compare)(Code, Code);
};

template <class F>
Operators closed() {
  return {F::name(),
          &definition<F>,
          Round::nearest_even,
          Overflow::saturate,
          {[](Code a, Code b) { return plain<F>((number<F>(a) + number<F>(b)).to_bits()); },
           [](Code a, Code b) { return plain<F>((number<F>(a) - number<F>(b)).to_bits()); },
           [](Code a, Code b) { return plain<F>((number<F>(a) * number<F>(b)).to_bits()); },
           [](Code a, Code b) { return plain<F>((number<F>(a) / number<F>(b)).to_bits()); }},
          [](Code a) { return plain<F>((-number<F>(a)).to_bits()); },
          [](Code a, Code b) { return number<F>(a) <=> number<F>(b); }};
}
template <class F, Round R, Overflow O>
Operators closed_with() {
  using Scheme = dyadic::With<F, R, O>;
  Operators r = closed<F>();
  r.name = Scheme::name();
  r.round = R;
  r.overflow = O;
  r.apply = {[](Code a, Code b) { return plain<F>(Scheme::plus(number<F>(a), number<F>(b)).to_bits()); },
             [](Code a, Code b) { return plain<F>(Scheme::minus(number<F>(a), number<F>(b)).to_bits()); },
             [](Code a, Code b) { return plain<F>(Scheme::times(number<F>(a), number<F>(b)).to_bits()); },
             [](Code a, Code b) { return plain<F>(Scheme::over(number<F>(a), number<F>(b)).to_bits()); }};
  return r;
}

/// What `a op b` has to be. Infinities and NaN follow IEEE 754, x/0 and 0/0 the format's own rule.
Result expected(const oracle::Format& f, char op, const Meaning& a, const Meaning& b, Round round, Overflow overflow) {
  const Result nan{f.nan_code.value_or(f.zero)};
  if (a.kind == Kind::nan || b.kind == Kind::nan) return nan;
  const bool inf_a = a.kind == Kind::infinite, inf_b = b.kind == Kind::infinite;
  const double x = a.value, y = op == '-' ? -b.value : b.value;
  const bool below = std::signbit(x) != std::signbit(y);
  switch (op) {
    case '+':
    case '-':
      if (inf_a || inf_b) return inf_a && inf_b && below ? nan : oracle::special(f, std::signbit(inf_a ? x : y));
      return oracle::encode(f, oracle::sum(x, y), round, overflow);
    case '*':
      if (inf_a || inf_b) return x == 0 || y == 0 ? nan : oracle::special(f, below);
      return oracle::encode(f, oracle::product(x, y), round, overflow);
    default:
      if (inf_a) return inf_b ? nan : oracle::special(f, below);
      if (inf_b) return oracle::encode(f, oracle::Exact{below ? -0.0 : 0.0, 0}, round, overflow);
      if (y == 0) {
        if (x == 0) return nan;
        const bool goes_on = overflow == Overflow::special || (overflow == Overflow::infinity && f.infinity_code);
        return goes_on ? oracle::special(f, below) : Result{f.at(below ? f.first : f.last).code};
      }
      return oracle::encode(f, oracle::quotient(x, y), round, overflow);
  }
}

class Arithmetic : public testing::TestWithParam<Operators> {
 protected:
  /// All pairs of codes up to 6 bits, of wider ones a sample: all codes against a few, few against all, random pairs.
  template <class Use>
  void for_each_pair(const Use& use) const {
    const oracle::Format& f = GetParam().definition();
    if (f.bits <= (oracle::thinning == 1 ? 8 : 5)) {
      for (Code a = 0; a <= f.mask(); ++a)
        for (Code b = 0; b <= f.mask(); ++b) use(a, b);
      return;
    }
    std::mt19937_64 engine(7);
    for (int i = 0; i < 60000 / oracle::thinning; ++i) {
      const Code a = static_cast<Code>(engine()) & f.mask();
      // every other time a neighbour in magnitude, so that sums cancel and quotients come near 1
      const Code b = (i % 2 == 0 ? static_cast<Code>(engine())
                                 : a ^ static_cast<Code>(engine() & 0x1f) ^ (static_cast<Code>(engine() & 1) << (f.bits - 1))) &
                     f.mask();
      use(a, b);
    }
  }
};

TEST_P(Arithmetic, EveryResultIsTheExactOneRoundedOnce) {
  const Operators& o = GetParam();
  const oracle::Format& f = o.definition();
  Report report;
  for_each_pair([&](Code a, Code b) {
    const Meaning x = f.meaning(a), y = f.meaning(b);
    for (int op = 0; op < 4; ++op) {
      const Result want = expected(f, "+-*/"[op], x, y, o.round, o.overflow);
      const Code got = o.apply[static_cast<std::size_t>(op)](a, b);
      // The sign of a zero sum depends on nothing that the definitions speak of: by value there.
      const bool both_zero = op < 2 && f.meaning(got).kind == Kind::finite && f.meaning(got).value == 0 && f.meaning(want.code).value == 0;
      if (want.any_nan ? f.meaning(got).kind != Kind::nan : got != want.code && !both_zero)
        report.fail("codes ", a, " ", "+-*/"[op], " ", b, " (", x.value, ", ", y.value, ") = ", got, " (", f.meaning(got).value, "), not ",
                    want.code);
    }
  });
  EXPECT_EQ(report.text(), "") << o.name;
}

TEST_P(Arithmetic, ComparisonGoesByValue) {
  const Operators& o = GetParam();
  const oracle::Format& f = o.definition();
  Report report;
  for_each_pair([&](Code a, Code b) {
    const auto real = [](const Meaning& m) {
      return m.kind == Kind::nan ? std::nan("") : m.kind == Kind::infinite ? m.value * std::numeric_limits<double>::infinity() : m.value;
    };
    if (o.compare(a, b) != (real(f.meaning(a)) <=> real(f.meaning(b)))) report.fail("codes ", a, " <=> ", b);
  });
  EXPECT_EQ(report.text(), "") << o.name;
}

std::vector<Operators> all() {
  std::vector<Operators> r = for_formats(
      list<Fixed<8, 4>, Fixed<8, 12>, Fixed<8, -3>, Fixed<8, 4, false>, Fixed<1, 0>, Fixed<16, 8>, Fixed<32, 16>, Fixed<32, 0, false>,
           SymmetricFixed<8, 6>, SignMagnitude<4, 2>, SignMagnitude<8, 6>, SignMagnitude<24, 22>, dyadic::E4M3, dyadic::E5M2, dyadic::E3M2,
           dyadic::E2M3, dyadic::E2M1, Minifloat<4, 3>, Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<5, 0>, Minifloat<4, 3, 141>,
           Minifloat<3, 2, -120>, dyadic::Half, dyadic::BFloat16, Minifloat<8, 14, 127, Specials::ieee>,
           Minifloat<8, 23, 127, Specials::ieee>, MinifloatDenorm<4, 3>, LogQ<4>, LogQ<8>, LogQ<8, 150>, Binary, Ternary,  //
           Minifloat<4, 3, 8, Specials::extended>, Minifloat<3, 0, 4, Specials::extended>, dyadic::UE4M3, dyadic::UE5M3, dyadic::E8M0,
           UnsignedMinifloat<4, 4>, UnsignedMinifloat<4, 4, 8, Specials::extended>, UnsignedMinifloat<8, 0, 128, Specials::extended>,
           UnsignedMinifloat<8, 7, 127, Specials::ieee>, UnsignedMinifloat<8, 23, 127, Specials::ieee>,
           Posit<8>, Posit<16>, Posit<5>, Posit<8, 0>, Takum<8>, Takum<16>, Takum<5>, dyadic::NF4, dyadic::IQ4NL,
           Codebook<codebooks::twice>, Codebook<codebooks::thirty>>{},
      []<class F>(std::type_identity<F>) { return closed<F>(); });
  r.insert(
      r.end(),
      {closed_with<dyadic::E5M2, Round::nearest_even, Overflow::special>(),
       closed_with<dyadic::E4M3, Round::nearest_even, Overflow::special>(), closed_with<dyadic::E4M3, Round::down, Overflow::special>(),
       closed_with<Minifloat<4, 3, 8, Specials::fnuz>, Round::up, Overflow::special>(),
       closed_with<Minifloat<8, 23, 127, Specials::ieee>, Round::nearest_even, Overflow::special>(),
       closed_with<Minifloat<4, 3, 8, Specials::extended>, Round::to_odd, Overflow::infinity>(),
       closed_with<Minifloat<4, 3, 8, Specials::extended>, Round::up, Overflow::propagate>(),
       closed_with<dyadic::E4M3, Round::nearest_even, Overflow::infinity>(),
       closed_with<UnsignedMinifloat<4, 4, 8, Specials::extended>, Round::nearest_even, Overflow::infinity>(),
       closed_with<UnsignedMinifloat<4, 4, 8, Specials::extended>, Round::down, Overflow::special>(),
       closed_with<dyadic::E8M0, Round::up, Overflow::special>(), closed_with<dyadic::UE4M3, Round::up, Overflow::infinity>(),
       closed_with<Fixed<8, 4>, Round::toward_zero, Overflow::saturate>(), closed_with<Fixed<8, 4>, Round::to_odd, Overflow::saturate>(),
       closed_with<dyadic::Half, Round::nearest_away, Overflow::saturate>(), closed_with<dyadic::E3M2, Round::up, Overflow::saturate>(),
       closed_with<Posit<8>, Round::nearest_even, Overflow::special>(), closed_with<Posit<6>, Round::toward_zero, Overflow::saturate>(),
       closed_with<Takum<6>, Round::down, Overflow::saturate>(), closed_with<Takum<8>, Round::to_odd, Overflow::saturate>(),
       closed_with<dyadic::NF4, Round::up, Overflow::saturate>()});
  return r;
}
std::string name_of(const testing::TestParamInfo<Operators>& one) { return test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, Arithmetic, testing::ValuesIn(all()), name_of);

TEST(Arithmetic, Float32UnderSpecialIsTheHardware) {
  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  using Scheme = dyadic::With<Float, Round::nearest_even, Overflow::special>;
  Report report;
  const auto of = [](float x) { return Float::from_bits(oracle::bits_of(x)); };
  const auto agree = [&](char op, float a, float b, Float got, float want) {
    const bool same = std::isnan(want) ? std::isnan(static_cast<float>(got)) : got.to_bits() == oracle::bits_of(want);
    if (!same) report.fail(Shown{a}, " ", op, " ", Shown{b}, " = ", Shown{static_cast<float>(got)}, ", the hardware says ", Shown{want});
  };
  std::vector<float> x = oracle::special_inputs(), y = x;
  for (const float v : oracle::random_inputs(400, 5)) x.push_back(v);
  for (const float v : oracle::random_inputs(60, 6)) y.push_back(v);
  for (const float a : x)
    for (const float b : y) {
      agree('+', a, b, Scheme::plus(of(a), of(b)), a + b);
      agree('-', a, b, Scheme::minus(of(a), of(b)), a - b);
      agree('*', a, b, Scheme::times(of(a), of(b)), a * b);
      if (b != 0) agree('/', a, b, Scheme::over(of(a), of(b)), a / b);
    }
  EXPECT_EQ(report.text(), "");
}

/// Integers and doubles convert with one rounding, not by way of float.
TEST(Conversion, FromIntegersAndDoublesRoundsOnce) {
  EXPECT_EQ((Fixed<32, 0>(2147483647).to_bits()), 2147483647);
  EXPECT_EQ((Fixed<32, 0>(std::int64_t{-2147483648}).to_bits()), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ((Fixed<8, 0>(std::numeric_limits<std::int64_t>::min()).to_bits()), -128);
  EXPECT_EQ((Fixed<8, 0>(std::numeric_limits<std::uint64_t>::max()).to_bits()), 127);
  EXPECT_EQ((Fixed<8, 0>(1.5 + 0x1p-40).to_bits()), 2);
  EXPECT_EQ((Fixed<8, 0>(2.5 + 0x1p-40).to_bits()), 3) << "a float would call it a tie";
  EXPECT_EQ((dyadic::E4M3(17.0 + 0x1p-40).to_bits()), dyadic::E4M3(18.0F).to_bits());
  EXPECT_EQ((dyadic::E4M3(17).to_bits()), dyadic::E4M3(16).to_bits());
  Report report;
  std::mt19937_64 engine(9);
  const oracle::Format& half = definition<dyadic::Half>();
  for (int i = 0; i < 20000; ++i) {
    const double x =
        std::ldexp(static_cast<double>(engine() >> 11), -53 - 14 + static_cast<int>(engine() % 32)) * ((engine() & 1) != 0 ? -1 : 1);
    if (dyadic::Half(x).to_bits() != oracle::encode(half, oracle::Exact{x, 0}).code) report.fail("Half(", x, ")");
  }
  EXPECT_EQ(report.text(), "");
}

/// Results of stochastic rounding lie above with the probability of their distance from below.
TEST(Stochastic, ArithmeticIsUnbiased) {
  using F = Fixed<8, 4>;
  using S = dyadic::With<F, Round::stochastic>;
  const F a = F::from_bits(3), b = F::from_bits(-5);
  const int n = 1 << 14;
  double product = 0, quotient = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    product += S::times(a, b, dyadic::random_bits(1, i)).to_bits();
    quotient += S::over(a, b, dyadic::random_bits(2, i)).to_bits();
  }
  EXPECT_NEAR(product / n, -15.0 / 16, 0.01) << "in quanta";
  EXPECT_NEAR(quotient / n, -16 * 3.0 / 5, 0.02);
  EXPECT_EQ(S::times(a, b).to_bits(), S::times(a, b, dyadic::random_bits(0, 0)).to_bits())
      << "as encode has it";
}
/// Signs and trits know but these; a double goes as the float next to it does, for a chance has 24 bits.
TEST(Stochastic, SignsAndTritsTakeAnySource) {
  using B = dyadic::With<Binary, Round::stochastic>;
  using T = dyadic::With<Ternary, Round::stochastic>;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double x :
       {0.3, -0.3, 0.0, -0.0, 1e-300, 1.0, -1.0, 0.999999999999, 1e300, -1e300, infinity, -infinity})
    for (std::uint64_t i = 0; i < 64; ++i) {
      const std::uint32_t random = dyadic::random_bits(3, i);
      const float f = std::fabs(x) > 1e30 ? std::copysign(1e30F, static_cast<float>(x > 0 ? 1 : -1))
                                          : static_cast<float>(x);
      EXPECT_EQ(B::encode(x, random), B::encode(f, random)) << x;
      EXPECT_EQ(T::encode(x, random), T::encode(f, random)) << x;
      EXPECT_EQ(T::encode(static_cast<long double>(x), random), T::encode(f, random)) << x;
    }
  int up = 0;
  for (std::uint64_t i = 0; i < 4096; ++i)
    up += B::plus(Binary(1), Binary(-1), dyadic::random_bits(4, i)).to_bits();
  EXPECT_NEAR(up, 2048, 200) << "0 is halfway";
}

template <class A, class B>
void exact_results_lose_nothing() {
  for (Code a = 0; a <= definition<A>().mask(); ++a)
    for (Code b = 0; b <= definition<B>().mask(); ++b) {
      const A x = A::from_bits(code_from<A>(a));
      const B y = B::from_bits(code_from<B>(b));
      const double u = static_cast<double>(x), v = static_cast<double>(y);
      if (!std::isfinite(u) || !std::isfinite(v)) continue;
      ASSERT_EQ(static_cast<double>(dyadic::exact(x) * dyadic::exact(y)), u * v) << A::name() << " " << u << ", " << B::name() << " " << v;
      if constexpr (requires { A::fraction_bits + B::fraction_bits; }) {
        ASSERT_EQ(static_cast<double>(dyadic::exact(x) + dyadic::exact(y)), u + v)
            << A::name() << " " << u << ", " << B::name() << " " << v;
        ASSERT_EQ(static_cast<double>(dyadic::exact(x) - dyadic::exact(y)), u - v)
            << A::name() << " " << u << ", " << B::name() << " " << v;
      }
    }
}

TEST(Exact, ResultsLoseNothing) {
  exact_results_lose_nothing<Fixed<8, 4>, Fixed<8, 4>>();
  exact_results_lose_nothing<Fixed<6, 3>, Fixed<8, 12>>();
  exact_results_lose_nothing<Fixed<6, -3>, Fixed<4, 2>>();
  exact_results_lose_nothing<Fixed<6, 3, false>, Fixed<6, 2>>();
  exact_results_lose_nothing<Fixed<6, 2>, Fixed<6, 3, false>>();
  exact_results_lose_nothing<Fixed<6, 2, false>, Fixed<5, 3, false>>();
  exact_results_lose_nothing<Fixed<1, 0>, Fixed<1, 0>>();
  exact_results_lose_nothing<dyadic::E4M3, dyadic::E4M3>();
  exact_results_lose_nothing<dyadic::E5M2, dyadic::E5M2>();
  exact_results_lose_nothing<dyadic::E3M2, dyadic::E2M3>();
  exact_results_lose_nothing<dyadic::E2M1, dyadic::E2M1>();
  exact_results_lose_nothing<Minifloat<4, 3>, dyadic::E2M1>();
  exact_results_lose_nothing<Minifloat<3, 0>, Minifloat<3, 0>>();
  exact_results_lose_nothing<Minifloat<1, 2>, Minifloat<1, 2>>();
}

/// Limbs of the sum are crossed upwards and downwards, in both orders of the signs.
TEST(Dot, CancelsExactly) {
  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  std::mt19937_64 engine(11);
  for (int round = 0; round < 2000 / oracle::thinning; ++round) {
    // Big terms come in pairs that cancel; what stays is one small product.
    std::vector<std::pair<float, float>> terms;
    for (int i = 0; i < 12; ++i) {
      const auto wide = [&] {
        return std::ldexp(1.0F + static_cast<float>(engine() >> 41) * 0x1p-23F, static_cast<int>(engine() % 250) - 125);
      };
      const float a = wide(), b = wide();
      terms.emplace_back(a, b);
      terms.emplace_back(-a, b);
    }
    const float small = std::ldexp(static_cast<float>(engine() >> 52) - 2048.0F, static_cast<int>(engine() % 200) - 120);
    terms.emplace_back(small, 1.0F);
    std::shuffle(terms.begin(), terms.end(), engine);
    std::vector<Float> x, y;
    for (const auto& [a, b] : terms) {
      x.push_back(Float::from_bits(oracle::bits_of(a)));
      y.push_back(Float::from_bits(oracle::bits_of(b)));
    }
    ASSERT_EQ((dyadic::dot<float>(std::span<const Float>(x), std::span<const Float>(y))), small) << "round " << round;
  }
}

template <class Acc, class A, class B>
void dot_rounds_once(std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const oracle::Format& f = definition<Acc>();
  for (int round = 0; round < 3000 / oracle::thinning; ++round) {
    std::vector<A> x;
    std::vector<B> y;
    wide_int sum = 0;  // in units of 2^-64
    const std::size_t n = 1 + engine() % 40;
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(A::from_bits(static_cast<typename A::code_type>(engine())));
      y.push_back(B::from_bits(static_cast<typename B::code_type>(engine())));
      if (!std::isfinite(static_cast<double>(x.back()))) x.back() = A(1);
      if (!std::isfinite(static_cast<double>(y.back()))) y.back() = B(1);
      sum += static_cast<wide_int>(std::ldexp(static_cast<double>(x.back()) * static_cast<double>(y.back()), 64));
    }
    const auto high = static_cast<double>(sum);  // the nearest double, and what is left
    const wide_int left = sum - static_cast<wide_int>(high);
    const oracle::Exact exact{std::ldexp(high, -64), left < 0 ? -1 : left > 0 ? 1 : 0};
    const Acc got = dyadic::dot<Acc>(std::span<const A>(x), std::span<const B>(y));
    ASSERT_EQ(plain<Acc>(got.to_bits()), oracle::encode(f, exact).code)
        << Acc::name() << " " << A::name() << " " << exact.value << " from " << n << " terms";
  }
}

TEST(Dot, RoundsOnce) {
  dot_rounds_once<dyadic::Half, dyadic::E4M3, dyadic::E4M3>(1);
  dot_rounds_once<dyadic::BFloat16, dyadic::E5M2, dyadic::E4M3>(2);
  dot_rounds_once<Fixed<32, 16>, Fixed<8, 4>, Fixed<16, 8>>(3);
  dot_rounds_once<Fixed<16, 8>, dyadic::E2M1, Fixed<8, 7>>(4);
  dot_rounds_once<dyadic::E4M3, dyadic::E2M3, dyadic::E3M2>(5);
  dot_rounds_once<LogQ<8>, Fixed<8, 4>, Ternary>(6);
  dot_rounds_once<Fixed<16, 8>, Fixed<32, 16>, Binary>(7);
}

TEST(Dot, InfinitiesAndNaN) {
  using dyadic::E5M2;
  const E5M2 one(1), inf = E5M2::from_bits(0x7c), minus_inf = E5M2::from_bits(0xfc), nan = E5M2::from_bits(0x7e), zero(0);
  using Pair = std::array<E5M2, 2>;
  EXPECT_EQ((dyadic::dot<float>(Pair{one, inf}, Pair{one, one})), std::numeric_limits<float>::infinity());
  EXPECT_EQ((dyadic::dot<float>(Pair{one, minus_inf}, Pair{one, one})), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(dyadic::dot<float>(Pair{inf, minus_inf}, Pair{one, one})));
  EXPECT_TRUE(std::isnan(dyadic::dot<float>(Pair{inf, one}, Pair{zero, one})));
  EXPECT_TRUE(std::isnan(dyadic::dot<float>(Pair{nan, one}, Pair{one, one})));
  EXPECT_EQ((dyadic::dot<Fixed<8, 4>>(Pair{one, inf}, Pair{one, one}).to_bits()), 127);
  EXPECT_EQ((dyadic::dot<float>(std::span<const E5M2>{}, std::span<const E5M2>{})), 0.0F);
}

template <class F>
void limits_tell_the_truth() {
  SCOPED_TRACE(std::string(F::name()));
  using L = std::numeric_limits<F>;
  const oracle::Format& f = definition<F>();
  const auto value = [](F x) { return static_cast<double>(x); };
  EXPECT_TRUE(L::is_specialized);
  EXPECT_EQ(value(L::max()), f.largest());
  EXPECT_EQ(value(L::lowest()), f.at(f.first).value);
  EXPECT_EQ(L::is_signed, f.at(f.first).value < 0);
  EXPECT_EQ(L::has_infinity, f.infinity_code.has_value());
  EXPECT_EQ(L::has_quiet_NaN, f.nan_code.has_value());
  if (L::has_infinity) {
    EXPECT_TRUE(std::isinf(value(L::infinity())));
  }
  if (L::has_quiet_NaN) {
    EXPECT_TRUE(std::isnan(value(L::quiet_NaN())));
  }
  // What the standard says of every member that any type has.
  EXPECT_TRUE(L::is_bounded);
  EXPECT_FALSE(L::is_modulo || L::is_iec559 || L::traps || L::has_signaling_NaN)
      << "operators saturate, nothing else happens";
  EXPECT_EQ(L::radix, 2);
  EXPECT_TRUE(L::is_exact || !L::is_integer);
  bool integral = true;  // of the values near zero, the finest
  for (std::int64_t i = std::max(f.first, -std::int64_t{9}); i <= std::min(f.last, std::int64_t{9}); ++i)
    integral = integral && std::trunc(f.at(i).value) == f.at(i).value;
  EXPECT_EQ(L::is_integer, integral && L::is_exact) << "evenly spaced";
  if (L::is_integer) {
    const F zero{};  // Binary has none: there it is +1
    EXPECT_EQ(value(L::min()), value(L::lowest()));
    for (const F none : {L::epsilon(), L::denorm_min(), L::round_error(), L::infinity(), L::quiet_NaN()})
      EXPECT_EQ(value(none), value(zero));
    EXPECT_EQ(L::digits, F::bits - (L::is_signed ? 1 : 0));
    EXPECT_EQ(L::digits10, static_cast<int>(std::floor(L::digits * std::log10(2.0))));
    EXPECT_EQ(L::max_digits10, 0);
    EXPECT_TRUE(L::min_exponent == 0 && L::max_exponent == 0 && L::min_exponent10 == 0 &&
                L::max_exponent10 == 0);
    return;
  }
  if (f.largest() <= 0) return;
  const double smallest = oracle::bracket(f, {1e-300, 0}).above.value;
  EXPECT_EQ(value(L::denorm_min()), smallest);
  EXPECT_EQ(value(L::epsilon()), oracle::bracket(f, {L::is_exact ? smallest / 2 : std::ldexp(1.0, 1 - L::digits), 0}).above.value);
  if (f.largest() > 1 && oracle::bracket(f, {1.0, 0}).below.value == 1) {
    EXPECT_EQ(value(L::epsilon()), oracle::bracket(f, {1.0 + 1e-12, 0}).above.value - 1) << "the step above 1";
  }
  if (L::is_exact) return;
  EXPECT_EQ(value(L::min()), std::ldexp(1.0, L::min_exponent - 1));
  EXPECT_EQ(oracle::bracket(f, {value(L::min()), 0}).above.value, value(L::min()));
  const double last =
      std::ldexp(std::ldexp(1.0, L::digits) - 1, L::min_exponent - L::digits);  // of the first binade
  EXPECT_EQ(oracle::bracket(f, {last, 0}).above.value, std::min(last, f.largest()));
  EXPECT_EQ(L::max_exponent, std::ilogb(f.largest()) + 1);
  EXPECT_EQ(L::max_exponent10, static_cast<int>(std::floor(std::log10(f.largest()) + 1e-12)));
  EXPECT_EQ(L::min_exponent10, static_cast<int>(std::ceil(std::log10(value(L::min())) - 1e-12)));
  EXPECT_EQ(L::has_denorm == std::denorm_present, smallest < value(L::min()));
}

template <class... Formats>
void all_limits(list<Formats...>) {
  (limits_tell_the_truth<Formats>(), ...);
}
TEST(Limits, TellTheTruth) {
  all_limits(list<Fixed<8, 0>, Fixed<8, 0, false>, Fixed<8, -95>, Fixed<32, 0>, Fixed<1, 0>,
                  Fixed<1, 0, false>, SymmetricFixed<8, 0>, SignMagnitude<8, -2>, Minifloat<1, 6>,
                  Minifloat<1, 6, 0, Specials::ieee>, Minifloat<1, 6, 2, Specials::ieee>,
                  Minifloat<1, 3, 0, Specials::fn>, Minifloat<1, 1, 0, Specials::ieee>, Minifloat<3, 2, -120>,
                  Minifloat<4, 3, 141>, MinifloatDenorm<1, 2>, MinifloatDenorm<5, 18>, LogQ<8, 150>>{});
  all_limits(list<Fixed<8, 4>, Fixed<8, 12>, Fixed<8, -3>, Fixed<8, 4, false>, Fixed<32, 16>, SymmetricFixed<8, 6>, SignMagnitude<4, 2>,
                  dyadic::E4M3, dyadic::E5M2, dyadic::E3M2, dyadic::E2M3, dyadic::E2M1, dyadic::Half, dyadic::BFloat16, Minifloat<4, 3>,
                  Minifloat<5, 2>, Minifloat<3, 4>, Minifloat<2, 5>, Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<5, 0>,
                  Minifloat<8, 23, 127, Specials::ieee>, MinifloatDenorm<4, 3>, LogQ<4>, LogQ<5>, LogQ<8>, Binary, Ternary>{});
  all_limits(list<dyadic::UE4M3, dyadic::UE5M3, dyadic::E8M0, UnsignedMinifloat<4, 4>,
                  UnsignedMinifloat<3, 2, 4, Specials::extended>, UnsignedMinifloat<1, 3, 0, Specials::ieee>,
                  UnsignedMinifloat<1, 1, 0, Specials::extended>, Minifloat<4, 3, 8, Specials::extended>,
                  Minifloat<3, 0, 4, Specials::extended>>{});
  using Float = std::numeric_limits<Minifloat<8, 23, 127, Specials::ieee>>;
  using Native = std::numeric_limits<float>;
  EXPECT_EQ(Float::digits, Native::digits);
  EXPECT_EQ(Float::digits10, Native::digits10);
  EXPECT_EQ(Float::max_digits10, Native::max_digits10);
  EXPECT_EQ(Float::min_exponent, Native::min_exponent);
  EXPECT_EQ(Float::max_exponent, Native::max_exponent);
  EXPECT_EQ(Float::min_exponent10, Native::min_exponent10);
  EXPECT_EQ(Float::max_exponent10, Native::max_exponent10);
}

TEST(Text, AValuePrintsAsItsDouble) {
  std::ostringstream os;
  os << Fixed<8, 4>(0.3F) << ' ' << dyadic::E4M3(448.0F) << ' ' << Ternary(-1) << ' ' << dyadic::E5M2::from_bits(0xfc);
  EXPECT_EQ(os.str(), "0.3125 448 -1 -inf");
}

}  // namespace
