// SPDX-License-Identifier: BSL-1.0
/// @file rational_test.cpp
/// Closed arithmetic and conversions against exact rationals (GNU GMP): every operation under every policy, codes at the ends of the
/// range and everywhere; and every type that a number is made from, the compilers' wide ones among them.
#include <dyadic/format/accumulator.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/policy.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"
#include "support/oracle_rational.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace subjects;  // the formats by their plain names
using dyadic::Overflow;
using dyadic::Round;
using dyadic::With;
using oracle::Code;
using oracle::Kind;
using oracle::Result;

constexpr std::array<Round, 7> rounds{Round::nearest_even, Round::nearest_away, Round::toward_zero,
                                      Round::down,         Round::up,           Round::to_odd,
                                      Round::stochastic};

// ---- arithmetic ----

using Operation = Code (*)(Code, Code, std::uint32_t);
struct Policy {
  Round round;
  Overflow overflow;
  std::array<Operation, 4> apply;  // + - * /
};
struct Tried {
  std::string name;
  const oracle::Format& (*definition)();
  std::vector<Policy> policies;
};

template <class F>
F number(Code c) {
  return F::from_bits(code_from<F>(c));
}
template <class F, Round R, Overflow O>
Policy policy() {
  using S = With<F, R, O>;
  return {R,
          O,
          {[](Code a, Code b, std::uint32_t r) {
             return plain<F>(S::plus(number<F>(a), number<F>(b), r).to_bits());
           },
           [](Code a, Code b, std::uint32_t r) {
             return plain<F>(S::minus(number<F>(a), number<F>(b), r).to_bits());
           },
           [](Code a, Code b, std::uint32_t r) {
             return plain<F>(S::times(number<F>(a), number<F>(b), r).to_bits());
           },
           [](Code a, Code b, std::uint32_t r) {
             return plain<F>(S::over(number<F>(a), number<F>(b), r).to_bits());
           }}};
}
/// The operators of a format.
template <class F>
Tried closed() {
  return {
      std::string(F::name()),
      &definition<F>,
      {{Round::nearest_even,
        Overflow::saturate,
        {[](Code a, Code b, std::uint32_t) { return plain<F>((number<F>(a) + number<F>(b)).to_bits()); },
         [](Code a, Code b, std::uint32_t) { return plain<F>((number<F>(a) - number<F>(b)).to_bits()); },
         [](Code a, Code b, std::uint32_t) { return plain<F>((number<F>(a) * number<F>(b)).to_bits()); },
         [](Code a, Code b, std::uint32_t) { return plain<F>((number<F>(a) / number<F>(b)).to_bits()); }}}}};
}
template <class F, Overflow O>
void add_policies(std::vector<Policy>& all) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (all.push_back(policy<F, rounds[I], O>()), ...); }
  (std::make_index_sequence<7>{});
}
/// Every policy of a format.
template <class F>
Tried everything() {
  Tried t = closed<F>();
  t.name += " under every policy";
  add_policies<F, Overflow::saturate>(t.policies);
  if constexpr (requires { F::can_wrap; }) add_policies<F, Overflow::wrap>(t.policies);
  if constexpr (F::has_nan) add_policies<F, Overflow::special>(t.policies);
  return t;
}

/// A finite result's code; nothing for a result that no rule of rounding decides (NaN, infinities, x/0).
std::optional<Result> expected(const oracle::Format& f, std::size_t op, double x, double y, const Policy& p,
                               std::uint32_t random) {
  if (op == 3 && y == 0) return std::nullopt;
  const mpq_class a(x), b(y);
  const mpq_class v = op == 0   ? mpq_class(a + b)
                      : op == 1 ? mpq_class(a - b)
                      : op == 2 ? mpq_class(a * b)
                                : mpq_class(a / b);
  if (sgn(v) == 0) return std::nullopt;
  return oracle::encode(f, v, p.round, p.overflow, random);
}

class Rational : public testing::TestWithParam<Tried> {};

TEST_P(Rational, EveryResultIsTheExactOneRoundedOnce) {
  const Tried& t = GetParam();
  const oracle::Format& f = t.definition();
  Report report;
  std::mt19937_64 engine(17);
  const Code mask = f.mask(), sign = f.sign();
  const std::vector<Code> edges{0,         1,       2,        3,        5,         mask,
                                mask - 1,  sign,    sign - 1, sign + 1, sign >> 1, (sign >> 1) + 1,
                                mask >> 1, mask / 3};
  const auto one = [&](Code a, Code b) {
    const oracle::Meaning x = f.meaning(a & mask), y = f.meaning(b & mask);
    if (x.kind != Kind::finite || y.kind != Kind::finite || !x.within || !y.within) return;
    const auto random = static_cast<std::uint32_t>(engine());
    for (const Policy& p : t.policies)
      for (std::size_t op = 0; op < 4; ++op) {
        const std::optional<Result> want = expected(f, op, x.value, y.value, p, random);
        const Code got = p.apply[op](a & mask, b & mask, random);
        if (!want || (want->any_nan && f.meaning(got).kind == Kind::nan) || got == want->code) continue;
        report.fail("codes ", a & mask, ' ', "+-*/"[op], ' ', b & mask, " (", x.value, ", ", y.value, "), ",
                    to_string(p.round), ", ", to_string(p.overflow), ": ", got, ", not ", want->code);
      }
  };
  for (const Code a : edges)
    for (const Code b : edges) one(a, b);
  const int samples = t.policies.size() > 1 ? 150 : 600;  // of each kind below: rationals are slow
  for (int i = 0; i < samples; ++i) {
    const auto a = static_cast<Code>(engine()), b = static_cast<Code>(engine());
    one(a, b);
    one(a, a ^ (b & 0xff));        // quotients near 1, sums that cancel
    one(a, b >> (engine() % 31));  // operands of every size
    one(a >> (engine() % 31), b | (1U << (f.bits - 1)));
  }
  EXPECT_EQ(report.text(), "") << t.name;
}

template <int... F>
void add_fixed(std::vector<Tried>& all, std::integer_sequence<int, F...>) {
  (all.insert(all.end(),
              {closed<Fixed<17, F, false>>(), closed<Fixed<32, F>>(), closed<Fixed<32, F, false>>()}),
   ...);
}
std::vector<Tried> all_tried() {
  std::vector<Tried> r;
  add_fixed(r, std::integer_sequence<int, -95, -3, 7, 31, 32, 33, 64, 126>{});
  r.insert(r.end(),
           {everything<Fixed<32, 32, false>>(), everything<Fixed<32, 126>>(), everything<Fixed<8, 70>>(),
            everything<SignMagnitude<24, 30>>(), everything<dyadic::E5M2>(),
            everything<Minifloat<4, 3, 8, Specials::fnuz>>(), everything<Minifloat<5, 0>>(),
            everything<Minifloat<8, 23, 127, Specials::ieee>>(), everything<LogQ<8>>()});
  return r;
}
std::string name_of(const testing::TestParamInfo<Tried>& one) { return test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, Rational, testing::ValuesIn(all_tried()), name_of);

TEST(Rational, AStickyBitDecidesAQuotientOfFullWidth) {
  using F = Fixed<32, 32, false>;
  EXPECT_EQ((F::from_bits(2844155676U) / F::from_bits(3826818679U)).to_bits(), 3192091562U);
}

/// The float32 whose bits are random, but no infinity and no NaN: of any exponent, or near 1.
float any_float(std::mt19937_64& engine) {
  const auto bits = static_cast<std::uint32_t>(engine());
  const std::uint32_t near_one = (bits & 0x807fffff) | (120 + static_cast<std::uint32_t>(engine() % 16))
                                                           << 23;
  return oracle::float_of(engine() % 2 == 0 || (bits & 0x7f800000) == 0x7f800000 ? near_one : bits);
}

template <class Acc>
void dot_rounds_once() {
  SCOPED_TRACE(std::string(Acc::name()));
  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  Report report;
  std::mt19937_64 engine(31);
  for (int round = 0; round < 400; ++round) {
    std::vector<Float> x, y;
    mpq_class sum;
    for (std::size_t n = 1 + engine() % 6; n != 0; --n) {
      const float a = any_float(engine), b = any_float(engine);
      x.emplace_back(a);
      y.emplace_back(b);
      sum += mpq_class(static_cast<double>(a)) * mpq_class(static_cast<double>(b));
    }
    if (sgn(sum) == 0) continue;
    const Result want = oracle::encode(definition<Acc>(), sum, Round::nearest_even, Overflow::saturate, 0);
    const Code got = plain<Acc>(dyadic::dot<Acc>(x, y).to_bits());
    if (got != want.code) report.fail(sum.get_d(), " becomes ", got, ", not ", want.code);
  }
  EXPECT_EQ(report.text(), "");
}
TEST(Rational, DotProductsRoundOnce) {
  dot_rounds_once<Fixed<32, 126>>();
  dot_rounds_once<Fixed<32, 0, false>>();
  dot_rounds_once<Fixed<32, -95>>();
  dot_rounds_once<SignMagnitude<24, 22>>();
  dot_rounds_once<dyadic::E4M3>();
  dot_rounds_once<Minifloat<8, 23, 127, Specials::ieee>>();
  dot_rounds_once<MinifloatDenorm<5, 18>>();
  dot_rounds_once<LogQ<8>>();
}

/// The first product that goes into a register: rounded to its quantum, then kept within it or wrapped.
template <class F, Overflow O, Round R>
void register_rounds_once() {
  using Register = dyadic::accumulator<F, O, R>;
  SCOPED_TRACE(std::string(Register::name()));
  Report report;
  std::mt19937_64 engine(37);
  for (int round = 0; round < 400; ++round) {
    const float a = any_float(engine), b = any_float(engine);
    const mpq_class product = mpq_class(static_cast<double>(a)) * mpq_class(static_cast<double>(b));
    if (sgn(product) == 0) continue;
    Register sum;
    sum.add(a, b);
    const Code code = oracle::encode(definition<F>(), product, R, O, 0).code;
    const auto want = static_cast<float>(definition<F>().meaning(code).value);
    if (sum.value() != want) report.fail(Shown{a}, " · ", Shown{b}, " becomes ", sum.value(), ", not ", want);
  }
  EXPECT_EQ(report.text(), "");
}
TEST(Rational, RegistersRoundProductsOnce) {
  register_rounds_once<Fixed<32, 126>, Overflow::wrap, Round::nearest_even>();
  register_rounds_once<Fixed<32, 126>, Overflow::saturate, Round::down>();
  register_rounds_once<Fixed<32, -95>, Overflow::wrap, Round::up>();
  register_rounds_once<Fixed<16, 8>, Overflow::wrap, Round::to_odd>();
  register_rounds_once<Fixed<16, 8, false>, Overflow::saturate, Round::nearest_away>();
  register_rounds_once<Fixed<1, 0>, Overflow::wrap, Round::toward_zero>();
}

// ---- what numbers are made from ----

__extension__ typedef __int128 wide_int;                // NOLINT: the extension mark goes with a typedef only
__extension__ typedef unsigned __int128 wide_unsigned;  // NOLINT: `using` cannot be marked as an extension

template <class X>
mpq_class exact(X x) {
  if constexpr (std::is_same_v<X, wide_int> || std::is_same_v<X, wide_unsigned> || std::is_integral_v<X>) {
    bool negative = false;
    if constexpr (static_cast<X>(-1) < static_cast<X>(1)) negative = x < 0;
    wide_unsigned m =
        negative ? wide_unsigned{0} - static_cast<wide_unsigned>(x) : static_cast<wide_unsigned>(x);
    mpz_class n;
    mpz_import(n.get_mpz_t(), 1, -1, sizeof m, 0, 0, &m);
    return negative ? mpq_class(-n) : mpq_class(n);
  } else if constexpr (std::is_same_v<X, long double>) {
    // By 32 bits at a time, as C's library takes numbers apart.
    int exponent = 0;
    long double m = std::frexp(x, &exponent);
    mpq_class v;
    for (int place = 0; m != 0; place += 32) {
      m = std::ldexp(m, 32);
      const auto digits = static_cast<double>(std::trunc(m));
      v += mpq_class(digits) * oracle::two_to(exponent - place - 32L);
      m -= static_cast<long double>(digits);
    }
    return v;
  } else if constexpr (sizeof(X) == 16) {
    wide_unsigned bits = 0;  // binary128: 1 + 15 + 112 bits
    std::memcpy(&bits, &x, sizeof bits);
    const int field = static_cast<int>(bits >> 112 & 0x7fff);
    const wide_unsigned low = bits & ((wide_unsigned{1} << 112) - 1);
    const mpq_class v = exact(field == 0 ? low : low | wide_unsigned{1} << 112) *
                        oracle::two_to((field == 0 ? 1 : field) - 16383 - 112);
    return (bits >> 127) != 0 ? mpq_class(-v) : v;
  } else return mpq_class(static_cast<double>(x));
}

/// One value through a format's constructor, its `encode` and that of policies.
template <class F, class X>
void convert(X x, std::uint32_t random, Report& report) {
  const oracle::Format& f = definition<F>();
  const mpq_class v = exact(x);
  if (sgn(v) == 0) return;
  const auto agree = [&](Round r, Overflow o, Code got) {
    const Result want = oracle::encode(f, v, r, o, random);
    if (got != want.code && !(want.any_nan && f.meaning(got).kind == Kind::nan))
      report.fail(F::name(), " of ", v.get_d(), ", ", to_string(r), ", ", to_string(o), ": ", got, ", not ",
                  want.code);
  };
  agree(Round::nearest_even, Overflow::saturate, plain<F>(F(x).to_bits()));
  agree(Round::nearest_even, Overflow::saturate, plain<F>(F::encode(x)));
  const auto directed = [&]<Overflow O>(std::integral_constant<Overflow, O>) {
    agree(Round::nearest_even, O, plain<F>(With<F, Round::nearest_even, O>::encode(x, random)));
    agree(Round::up, O, plain<F>(With<F, Round::up, O>::encode(x, random)));
    agree(Round::stochastic, O, plain<F>(With<F, Round::stochastic, O>::encode(x, random)));
  };
  if constexpr (!std::is_same_v<F, Binary> && !std::is_same_v<F, Ternary>) {
    directed(std::integral_constant<Overflow, Overflow::saturate>{});
    if constexpr (requires { F::can_wrap; }) directed(std::integral_constant<Overflow, Overflow::wrap>{});
    if constexpr (F::has_nan) directed(std::integral_constant<Overflow, Overflow::special>{});
  }
}

template <class X>
X scaled(X x, int n) {
  for (; n > 0; --n) x *= 2;
  for (; n < 0; ++n) x /= 2;
  return x;
}

/// Numbers of X about the values of F and halfway between them: just there, and by a bit of every weight beside.
template <class F, class X>
void floats_round_once() {
  const oracle::Format& f = definition<F>();
  Report report;
  std::mt19937_64 engine(23);
  for (int i = 0; i < 60; ++i) {
    const std::int64_t at =
        f.first + static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(f.last - f.first + 1));
    const double a = f.at(at).value, b = at < f.last ? f.at(at + 1).value : a * 1.25;
    const X middle = (static_cast<X>(a) + static_cast<X>(b)) / 2;
    const int lead = std::ilogb(a == 0 ? b : a);
    for (const X x : {static_cast<X>(a), middle, static_cast<X>(b)}) {
      const X beside = scaled(X{1}, lead - static_cast<int>(engine() % 112));
      for (const X y : {x, static_cast<X>(x + beside), static_cast<X>(x - beside)})
        convert<F>(y, static_cast<std::uint32_t>(engine()), report);
    }
    // anything: 112 random bits under any exponent near the format's, or anywhere
    X any = static_cast<X>(static_cast<std::int64_t>(engine())) +
            scaled(static_cast<X>(static_cast<std::int64_t>(engine())), -60);
    any = scaled(any, static_cast<int>(engine() % 90) - 110 + lead);
    convert<F>(any, static_cast<std::uint32_t>(engine()), report);
    if constexpr (sizeof(X) == 16)
      convert<F>(scaled(any, static_cast<int>(engine() % 32000) - 16000),
                 static_cast<std::uint32_t>(engine()), report);
  }
  EXPECT_EQ(report.text(), "");
}

template <class F, class X>
void integers_round_once() {
  Report report;
  std::mt19937_64 engine(29);
  for (int i = 0; i < 80; ++i) {
    const wide_unsigned bits = static_cast<wide_unsigned>(engine()) << 64 | engine();
    const int size = 1 + static_cast<int>(engine() % (8 * sizeof(X)));
    const wide_unsigned kept = bits >> (128 - size);
    const wide_unsigned top = wide_unsigned{3} << (size > 1 ? size - 2 : 0);
    // anything of that size; what lies near a tie of many formats; neighbours of a power of two
    for (const wide_unsigned n : {kept, top, top + 1, top - 1, (kept >> (size / 2)) << (size / 2)}) {
      convert<F>(static_cast<X>(n), static_cast<std::uint32_t>(bits), report);
      convert<F>(static_cast<X>(wide_unsigned{0} - n), static_cast<std::uint32_t>(bits), report);
    }
  }
  const wide_unsigned half = wide_unsigned{1} << (8 * sizeof(X) - 1);
  for (const wide_unsigned end : {half, half - 1, half + 1, wide_unsigned{0} - 1})
    convert<F>(static_cast<X>(end), 0, report);
  EXPECT_EQ(report.text(), "");
}

template <class F>
void every_source_rounds_once() {
  SCOPED_TRACE(std::string(F::name()));
  floats_round_once<F, double>();
  floats_round_once<F, long double>();
#if defined(__SIZEOF_FLOAT128__)
  __extension__ typedef __float128 quad;  // NOLINT: as above
  floats_round_once<F, quad>();
#endif
  integers_round_once<F, std::int64_t>();
  integers_round_once<F, std::uint64_t>();
  integers_round_once<F, wide_int>();
  integers_round_once<F, wide_unsigned>();
}
TEST(Sources, FloatingPointFormatsRoundOnce) {
  every_source_rounds_once<dyadic::E4M3>();
  every_source_rounds_once<dyadic::Half>();
  every_source_rounds_once<Minifloat<8, 23, 127, Specials::ieee>>();
  every_source_rounds_once<MinifloatDenorm<4, 3>>();
  every_source_rounds_once<LogQ<8>>();
}
TEST(Sources, FixedPointFormatsRoundOnce) {
  every_source_rounds_once<Fixed<8, 4>>();
  every_source_rounds_once<Fixed<32, 20>>();
  every_source_rounds_once<Fixed<32, -80, false>>();
  every_source_rounds_once<Fixed<16, 120>>();
  every_source_rounds_once<SignMagnitude<8, 6>>();
  every_source_rounds_once<Binary>();
  every_source_rounds_once<Ternary>();
}

/// √2·2^n lies between integers that differ in the last of 128 bits: the logarithm's nearest integer turns there.
TEST(Sources, LogarithmsTurnAtTheSquareRootOfTwo) {
  const wide_unsigned root = wide_unsigned{0xB504F333F9DE6484} << 64 | 0x597D89B3754ABE9F;
  EXPECT_EQ(static_cast<double>(LogQ<8, 0>(root)), 0x1p127);
  EXPECT_EQ((LogQ<8, 1>(root).to_bits()), 127) << "2^126 is the largest value";
  EXPECT_EQ(static_cast<double>(LogQ<8, 0>(root >> 1)), 0x1p126);
  EXPECT_EQ(static_cast<double>(LogQ<8, 0>((root >> 1) + 1)), 0x1p127);
  EXPECT_EQ(static_cast<double>(LogQ<8, 0>(root >> 61)), 0x1p66);
  EXPECT_EQ(static_cast<double>(LogQ<8, 0>((root >> 61) + 1)), 0x1p67);
}

/// The sum's bits past the 64 leading ones decide.
TEST(Sources, SumsOfProductsTurnThereToo) {
  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  const auto sum = [](std::uint64_t low) {
    std::vector<Float> x, y;
    const std::uint64_t high = 0xB504F333F9DE6484;
    const auto add = [&](std::uint64_t digits, int exponent) {
      x.emplace_back(static_cast<double>(digits));
      y.emplace_back(std::ldexp(1.0, exponent));
    };
    for (int i = 0; i < 4; ++i) {
      add(high >> (16 * i) & 0xffff, 16 * i);
      add(low >> (16 * i) & 0xffff, 16 * i - 64);
    }
    return static_cast<double>(dyadic::dot<LogQ<8>>(x, y));
  };
  EXPECT_EQ(sum(0x597D89B3754ABE9E), 0x1p63);
  EXPECT_EQ(sum(0x597D89B3754ABEA0), 0x1p64);
}

/// Infinities and NaN of every type are what float's are.
template <class X>
void specials_follow_float(X infinity, X nan) {
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(dyadic::E5M2(infinity).to_bits(), dyadic::E5M2(inf).to_bits());
  EXPECT_EQ(dyadic::E5M2(-infinity).to_bits(), dyadic::E5M2(-inf).to_bits());
  EXPECT_EQ((With<dyadic::E5M2, Round::down, Overflow::special>::encode(-infinity)), 0xFC);
  EXPECT_TRUE(is_nan(dyadic::E4M3(nan)));
  EXPECT_EQ((Fixed<8, 4>(nan).to_bits()), 0);
  EXPECT_EQ((With<Fixed<8, 4>, Round::down, Overflow::wrap>::encode(infinity)), 127);
  EXPECT_EQ(dyadic::E4M3(-X{}).to_bits(), 0x80) << "the sign of zero";
}
TEST(Sources, SpecialsFollowFloat) {
  specials_follow_float(HUGE_VAL, std::nan(""));
  specials_follow_float(HUGE_VALL, std::nanl(""));
#if defined(__SIZEOF_FLOAT128__)
  __extension__ typedef __float128 quad;  // NOLINT: as above
  specials_follow_float(static_cast<quad>(HUGE_VAL), static_cast<quad>(std::nan("")));
#endif
}

}  // namespace
