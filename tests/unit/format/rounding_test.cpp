// SPDX-License-Identifier: BSL-1.0
/// @file rounding_test.cpp
/// Every direction of rounding and every overflow policy, of floats and of exact results, against the oracle. (Stochastic
/// rounding has its own tests under property/.)
#include <dyadic/format/policy.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace {

using namespace subjects;  // the formats by their plain names
using dyadic::Overflow;
using dyadic::Round;
using oracle::Code;
using oracle::Kind;

/// A format under one policy.
struct Policy {
  Round round;
  Overflow overflow;
  Code (*encode)(float);
  float (*quantize)(float);
  double (*decode)(Code);
};
struct Policies {
  std::string_view name;
  const oracle::Format& (*definition)();
  std::vector<Policy> policies;
};

template <class F, Round R, Overflow O>
Policy policy() {
  using Scheme = dyadic::With<F, R, O>;
  return {R, O, [](float x) { return plain<F>(Scheme::encode(x)); }, [](float x) { return Scheme::template quantize<float>(x, 0); },
          [](Code c) { return static_cast<double>(Scheme::decode(code_from<F>(c))); }};
}
template <class F, Overflow O>
void add_directions(std::vector<Policy>& to) {
  to.insert(to.end(), {policy<F, Round::nearest_even, O>(), policy<F, Round::nearest_away, O>(), policy<F, Round::toward_zero, O>(),
                       policy<F, Round::down, O>(), policy<F, Round::up, O>(), policy<F, Round::to_odd, O>()});
}
template <class F>
Policies policies() {
  Policies r{F::name(), &definition<F>, {}};
  add_directions<F, Overflow::saturate>(r.policies);
  if constexpr (requires { F::can_wrap; }) add_directions<F, Overflow::wrap>(r.policies);
  if constexpr (F::has_nan) add_directions<F, Overflow::special>(r.policies);
  if constexpr (F::has_nan && !std::is_same_v<F, dyadic::E8M0>) {
    add_directions<F, Overflow::propagate>(r.policies);
    add_directions<F, Overflow::infinity>(r.policies);
  }
  return r;
}

using rounded_formats =
    list<Fixed<8, 4>, Fixed<1, 0>, Fixed<8, -95>, Fixed<8, 4, false>, Fixed<23, 11>, Fixed<32, 16>, Fixed<32, 0, false>,
         SymmetricFixed<8, 6>, SignMagnitude<4, 2>, SignMagnitude<24, 22>, dyadic::E4M3, dyadic::E5M2, dyadic::E2M1, Minifloat<4, 3>,
         Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<3, 0>, Minifloat<4, 0, 8, Specials::fnuz>, Minifloat<1, 6, 0, Specials::ieee>,
         Minifloat<4, 3, 141>, Minifloat<3, 2, -120>, Minifloat<8, 14, 127, Specials::ieee>, Minifloat<6, 20>, MinifloatDenorm<4, 3>,
         MinifloatDenorm<4, 3, 139>, LogQ<4>, LogQ<8, 150>, LogQ<9, 128>,  //
         Minifloat<4, 3, 8, Specials::extended>, Minifloat<4, 0, 8, Specials::extended>, Minifloat<8, 6, 128, Specials::extended>,
         dyadic::UE4M3, dyadic::UE5M3, dyadic::E8M0, UnsignedMinifloat<4, 4>, UnsignedMinifloat<4, 4, 8, Specials::extended>,
         UnsignedMinifloat<8, 0, 128, Specials::extended>, UnsignedMinifloat<1, 5, 1, Specials::fn>,
         UnsignedMinifloat<8, 7, 127, Specials::ieee>, UnsignedMinifloat<8, 15, 127, Specials::ieee>,  //
         Posit<8>, Posit<16>, Posit<2>, Posit<5>, Posit<6, 0>, Takum<8>, Takum<16>, Takum<3>, Takum<5>, Takum<9>, Takum<12>,  //
         dyadic::NF4, Codebook<codebooks::four>, Codebook<codebooks::twice>, Codebook<codebooks::thirty>>;

class RoundingLaws : public testing::TestWithParam<Policies> {};

TEST_P(RoundingLaws, EveryPolicyAgreesWithTheOracle) {
  const oracle::Format& f = GetParam().definition();
  // Inputs: where the policies differ, the special ones, random ones of every and of fitting exponents.
  const std::int64_t stride = std::max<std::int64_t>((f.last - f.first) / 4001, oracle::thinning);
  std::vector<float> inputs = f.has_code_table() ? oracle::critical_inputs(f, static_cast<int>(stride)) : oracle::critical_inputs(f);
  for (const std::vector<float>& more : {oracle::special_inputs(), oracle::random_inputs(0x2000 / oracle::thinning, 3),
                                         oracle::inputs_within(f, 0x2000 / oracle::thinning, 4)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  Report report;
  for (const Policy& p : GetParam().policies) {
    const auto context = [&] {
      return std::string("Round::") + std::string(to_string(p.round)) + ", Overflow::" + std::string(to_string(p.overflow)) + ": ";
    };
    for (const float x : inputs) {
      const oracle::Result want = oracle::encode(f, x, p.round, p.overflow);
      const Code code = p.encode(x);
      const Kind kind = f.meaning(code).kind;
      if (want.any_nan ? kind != Kind::nan : code != want.code)
        report.fail(context(), "encode(", Shown{x}, ") = ", code, ", not ", want.code);
      const float y = p.quantize(x);
      if (std::isnan(x) ? !std::isnan(y) : kind == Kind::nan ? !std::isnan(y) : !(static_cast<double>(y) == p.decode(code)))
        report.fail(context(), "quantize(", Shown{x}, ") = ", Shown{y}, " but decode(encode(x)) = ", p.decode(code));
    }
  }
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

std::vector<Policies> all() {
  return for_formats(rounded_formats{}, []<class F>(std::type_identity<F>) { return policies<F>(); });
}
std::string name_of(const testing::TestParamInfo<Policies>& one) { return test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, RoundingLaws, testing::ValuesIn(all()), name_of);

TEST(Overflow, SpecialFollowsTheLineOneStepPastTheEnd) {
  using E4M3 = dyadic::With<dyadic::E4M3, Round::nearest_even, Overflow::special>;
  EXPECT_EQ(E4M3::encode(464.0F), 0x7e) << "half-way to 480, whose code is odd: 448";
  EXPECT_EQ(E4M3::encode(464.1F) & 0x7f, 0x7f);
  using E5M2 = dyadic::With<dyadic::E5M2, Round::nearest_even, Overflow::special>;
  EXPECT_EQ(E5M2::encode(61439.0F), 0x7b);
  EXPECT_EQ(E5M2::encode(61440.0F), 0x7c) << "half-way to 65536, whose code is even: infinity";
  EXPECT_EQ(E5M2::encode(-61440.0F), 0xfc);
  using Down = dyadic::With<dyadic::E5M2, Round::down, Overflow::special>;
  EXPECT_EQ(Down::encode(1e30F), 0x7b);
  EXPECT_EQ(Down::encode(-1e30F), 0xfc);
  EXPECT_EQ(Down::encode(oracle::float_of(0x7f800000)), 0x7c) << "an infinity is not rounded";
}

static_assert(dyadic::With<Fixed<8, 4>, Round::nearest_even, Overflow::wrap>::encode(-0x1p27F) == 0,
              "2^31 quanta below zero: no overflow on the way");

TEST(Overflow, WrapDropsTheUpperBits) {
  using Wrap = dyadic::With<Fixed<8, 4>, Round::nearest_even, Overflow::wrap>;
  EXPECT_EQ(Wrap::encode(8.0F), -128);
  EXPECT_EQ(Wrap::encode(-8.0625F), 127);
  EXPECT_EQ(Wrap::encode(16.0625F), 1);
  EXPECT_EQ(Wrap::encode(1e30F), 0) << "a multiple of 2^8 quanta";
  EXPECT_EQ(Wrap::encode(oracle::float_of(0x7f800000)), 127) << "no number of turns: the end";
  EXPECT_EQ(Wrap::encode(oracle::float_of(0xff800000)), -128);
}

}  // namespace
