// SPDX-License-Identifier: BSL-1.0
/// @file element_laws_test.cpp
/// The laws that every element format keeps, each checked against the oracle's table of the format's definition.
#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using oracle::Code;
using oracle::Kind;
using subjects::Report;
using subjects::Shown;
using subjects::Subject;

class ElementLaws : public testing::TestWithParam<Subject> {
 protected:
  const Subject& s = GetParam();
  const oracle::Format& f = s.definition();
  Report report;

  /// All codes of formats of up to 16 bits, of wider ones a sample with both ends.
  template <class Use>
  void for_each_code(const Use& use) const {
    const std::uint64_t step = s.bits <= 16 ? 1 : (std::uint64_t{f.mask()} / 50021) | 1;
    for (std::uint64_t c = 0; c <= f.mask(); c += step) use(static_cast<Code>(c));
    use(f.mask());
  }
  void expect_none() const { EXPECT_EQ(report.text(), "") << s.name; }

  /// One float through encode, decode and quantize.
  void convert(float x) {
    const oracle::Result want = oracle::encode(f, x);
    const Code code = s.encode(x);
    if (code != want.code) report.fail("encode(", Shown{x}, ") = ", code, ", the nearest value's code is ", want.code);
    const float y = s.quantize(x);
    const float back = s.decode(code);
    if (std::isnan(x)) {
      if (!std::isnan(y)) report.fail("quantize(NaN) = ", y);
    } else {
      const float value = f.as_float(f.meaning(want.code).value);
      if (f.meaning(want.code).kind != Kind::finite || !(y == value))
        report.fail("quantize(", Shown{x}, ") = ", Shown{y}, ", not ", Shown{value});
      if (!(back == y)) report.fail("decode(encode(", Shown{x}, ")) = ", Shown{back}, " but quantize gives ", Shown{y});
    }
  }
};

TEST_P(ElementLaws, EveryCodeMeansItsDefinition) {
  for_each_code([&](Code c) {
    const oracle::Meaning m = f.meaning(c);
    const float y = s.decode(c);
    switch (m.kind) {
      case Kind::nan:
        if (!std::isnan(y)) report.fail("code ", c, " is NaN by definition, decoded as ", y);
        break;
      case Kind::infinite:
        if (!std::isinf(y) || std::signbit(y) != (m.value < 0)) report.fail("code ", c, " is an infinity by definition, decoded as ", y);
        break;
      case Kind::finite: {
        const float value = f.as_float(m.value);
        if (!(y == value) || std::signbit(y) != std::signbit(value))
          report.fail("code ", c, " means ", Shown{value}, ", decoded as ", Shown{y});
        if (!(s.value(c) == m.value)) report.fail("code ", c, " means ", m.value, ", as a double it is ", s.value(c));
      }
    }
  });
  expect_none();
}

TEST_P(ElementLaws, EveryCodeSurvivesTheRoundTrip) {
  for_each_code([&](Code c) {
    const oracle::Meaning m = f.meaning(c);
    if (static_cast<double>(f.as_float(m.value)) != m.value) return;  // float32 does not hold it: Fixed beyond 24 bits, takums
    const Code again = s.encode(s.decode(c));
    if (m.kind == Kind::infinite) {
      // Under saturation an infinity becomes the largest value.
      if (again != f.at(m.value < 0 ? f.first : f.last).code) report.fail("infinity ", c, " re-encodes as ", again);
      return;
    }
    if (m.canonical && m.within && again != c) report.fail("canonical code ", c, " re-encodes as ", again);
    const oracle::Meaning n = f.meaning(again);
    const bool second_zero = m.kind == Kind::finite && m.value == 0;  // LogQ keeps the sign of zero
    if (!n.canonical && !second_zero) report.fail("code ", c, " re-encodes as ", again, ", which is not canonical");
    if (m.within && (n.kind != m.kind || (m.kind == Kind::finite && !(n.value == m.value))))
      report.fail("code ", c, " re-encodes as ", again, ", another value");
  });
  expect_none();
}

TEST_P(ElementLaws, NearestAtEveryValueAndEveryTie) {
  for (const float x : oracle::critical_inputs(f)) convert(x);
  expect_none();
}

TEST_P(ElementLaws, NearestOverAllExponents) {
  for (const float x : oracle::special_inputs()) convert(x);
  for (const float x : oracle::random_inputs(0x10000 / oracle::thinning, 1)) convert(x);
  for (const float x : oracle::inputs_within(f, 0x4000 / oracle::thinning, 2)) convert(x);
  oracle::for_each_upper_half([&](float x) { convert(x); });
  expect_none();
}

TEST_P(ElementLaws, Monotone) {
  float last = s.quantize(-std::numeric_limits<float>::infinity());
  float last_x = -std::numeric_limits<float>::infinity();
  const auto visit = [&](float x) {
    const float y = s.quantize(x);
    if (!(y >= last)) report.fail("quantize(", Shown{last_x}, ") = ", last, " but quantize(", Shown{x}, ") = ", y);
    last = y;
    last_x = x;
  };
  for (std::uint32_t b = 0xff7fffff; b >= 0x80000000; b -= 0x1003) visit(oracle::float_of(b));
  for (std::uint32_t b = 0; b <= 0x7f800000; b += 0x1003) visit(oracle::float_of(b));
  visit(std::numeric_limits<float>::infinity());
  expect_none();
}

TEST_P(ElementLaws, SpecialInputsFollowTheTable) {
  const float infinity = std::numeric_limits<float>::infinity();
  const double top = f.largest(), bottom = f.at(f.first).value;
  // ±Inf and all past the ends: the ends
  EXPECT_EQ(s.quantize(infinity), f.as_float(top));
  EXPECT_EQ(s.quantize(-infinity), f.as_float(bottom));
  EXPECT_EQ(s.encode(infinity), f.at(f.last).code);
  EXPECT_EQ(s.encode(-infinity), f.at(f.first).code);
  if (top <= static_cast<double>(std::numeric_limits<float>::max())) {
    EXPECT_EQ(s.encode(std::numeric_limits<float>::max()), f.at(f.last).code);
  }
  // NaN: stays visible; encoded as the canonical NaN, else 0
  for (const std::uint32_t b : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0xff800001U, 0x7fffffffU}) {
    EXPECT_TRUE(std::isnan(s.quantize(oracle::float_of(b))));
    EXPECT_EQ(s.encode(oracle::float_of(b)), f.nan_code.value_or(f.zero)) << std::hex << b;
  }
  // -0: equals 0, and keeps its sign where the format has a code for it
  if (!f.binary) {
    EXPECT_EQ(s.quantize(-0.0F), f.as_float(f.meaning(f.zero).value)) << "0, or what is nearest to it";
    EXPECT_EQ(s.encode(-0.0F), f.negative_zero.value_or(f.zero));
    EXPECT_EQ(s.encode(0.0F), f.zero);
  } else {
    EXPECT_EQ(s.quantize(-0.0F), 1.0F);
    EXPECT_EQ(s.encode(-0.0F), 1U);
  }
}

std::vector<Subject> all() {
  return subjects::for_formats(subjects::element_formats{}, []<class F>(std::type_identity<F>) { return subjects::subject<F>(); });
}
std::string name_of(const testing::TestParamInfo<Subject>& one) { return subjects::test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, ElementLaws, testing::ValuesIn(all()), name_of);

}  // namespace
