// SPDX-License-Identifier: BSL-1.0
/// @file p3109_test.cpp
/// The formats of IEEE P3109 against the draft's formulas: the value of every code of every format of up to
/// 12 bits, and every rounding mode under every saturation mode, stochastic ones with every random number.
#include <dyadic/format/limits.hpp>
#include <dyadic/format/p3109.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"
#include "support/p3109_draft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>

namespace {

using namespace dyadic::p3109;
using dyadic::Overflow;
using dyadic::Round;
using dyadic::With;
using p3109_draft::Mode;
using p3109_draft::Saturation;
using subjects::Report;
using subjects::Shown;

template <int K, int P, Signedness Sign, Domain D>
p3109_draft::Format draft() {
  return {K, P, Sign == Signed ? p3109_draft::Signedness::is_signed : p3109_draft::Signedness::is_unsigned,
          D == Finite ? p3109_draft::Domain::finite : p3109_draft::Domain::extended};
}
std::string name_of(const p3109_draft::Format& f) {
  return "Binary" + std::to_string(f.bitwidth) + "p" + std::to_string(f.precision) +
         (f.is_signed() ? "s" : "u") + (f.domain == p3109_draft::Domain::finite ? "f" : "e");
}

/// A format's own conversions, behind pointers: the checks are compiled once.
struct Codec {
  std::string name;  ///< the library's
  int bits;
  float (*decode)(std::uint32_t);
  double (*value)(std::uint32_t);
  std::uint32_t (*encode)(float);
  std::uint32_t (*encode_double)(double);
  double max, lowest, least;
};
template <class F>
Codec codec() {
  using subjects::code_from;
  using subjects::plain;
  using limits = std::numeric_limits<F>;
  return {std::string(F::name()),
          F::bits,
          [](std::uint32_t c) { return F::decode(code_from<F>(c)); },
          [](std::uint32_t c) { return static_cast<double>(F::from_bits(code_from<F>(c))); },
          [](float x) { return plain<F>(F::encode(x)); },
          [](double x) { return plain<F>(F(x).to_bits()); },
          static_cast<double>(limits::max()),
          static_cast<double>(limits::lowest()),
          static_cast<double>(limits::denorm_min())};
}

void every_code_agrees(const p3109_draft::Format& f, const Codec& c, Report& report) {
  if (c.bits != f.bitwidth) report.fail(name_of(f), ": ", c.name, " has ", c.bits, " bits");
  if (c.max != f.max_finite() || c.lowest != f.min_finite())
    report.fail(name_of(f), ": limits [", c.lowest, ", ", c.max, "]");
  if (c.least != f.decode(1))
    report.fail(name_of(f), ": the least positive value is ", c.least, ", not ", f.decode(1));
  const p3109_draft::Rounding nearest{Mode::nearest_ties_to_even};
  const auto convert = [&](double x) {
    const std::uint32_t want = p3109_draft::project(f, nearest, Saturation::finite, x);
    const std::uint32_t got = c.encode(static_cast<float>(x)), from_double = c.encode_double(x);
    if (got != want || from_double != want)
      report.fail(name_of(f), ": ", x, " becomes code ", got, " or ", from_double, ", not ", want);
  };
  for (std::uint32_t code = 0; code < f.codes(); ++code) {
    const double want = f.decode(code), got = c.value(code), as_float = c.decode(code);
    const bool same =
        std::isnan(want) ? std::isnan(got) && std::isnan(as_float) : got == want && as_float == want;
    if (!same || std::signbit(got) != std::signbit(want))
      report.fail(name_of(f), ": code ", code, " is ", got, ", not ", want);
    convert(want);
    if (code == 0 || !std::isfinite(want) || !std::isfinite(f.decode(code - 1))) continue;
    const double tie = (want + f.decode(code - 1)) / 2;  // between neighbours of one sign
    if (std::ilogb(tie) < -148) continue;                // no float
    convert(tie);
    convert(static_cast<double>(std::nextafter(static_cast<float>(tie), 1e38F)));
    convert(static_cast<double>(std::nextafter(static_cast<float>(tie), -1e38F)));
  }
}

int formats_seen = 0;
template <int K, int P, Signedness Sign, Domain D>
void try_format(Report& report) {
  constexpr int exponent_bits = Sign == Signed ? K - P : K - P + 1;
  if constexpr (exponent_bits >= 1 && exponent_bits <= 8) {
    every_code_agrees(draft<K, P, Sign, D>(), codec<Binary<K, P, Sign, D>>(), report);
    ++formats_seen;
  }
}
template <int K, int... Less>
void try_width(Report& report, std::integer_sequence<int, Less...>) {
  (try_format<K, Less + 1, Signed, Finite>(report), ...);
  (try_format<K, Less + 1, Signed, Extended>(report), ...);
  (try_format<K, Less + 1, Unsigned, Finite>(report), ...);
  (try_format<K, Less + 1, Unsigned, Extended>(report), ...);
}
template <int... Less>
void try_widths(Report& report, std::integer_sequence<int, Less...>) {
  (try_width<Less + 3>(report, std::make_integer_sequence<int, Less + 3>{}), ...);
}

TEST(P3109, EveryCodeOfEveryFormatOfUpToTwelveBitsIsTheDrafts) {
  Report report;
  formats_seen = 0;
  try_widths(report, std::make_integer_sequence<int, 10>{});
  EXPECT_EQ(report.text(), "");
  EXPECT_EQ(formats_seen, 2 * 59 + 2 * 65)
      << "signed and unsigned, of both domains, with exponents of up to 8 bits";
}

/// One direction and saturation of a format.
struct Projection {
  Mode mode;
  int n;
  Saturation saturation;
  std::uint32_t (*encode)(float, std::uint32_t random);
  float (*quantize)(float, std::uint32_t random);
};
template <class F, Round R, Overflow O>
Projection projection(Mode mode, int n = 0) {
  const Saturation s = O == SatFinite      ? Saturation::finite
                       : O == SatPropagate ? Saturation::propagate
                                           : Saturation::none;
  return {mode, n, s,
          [](float x, std::uint32_t random) { return subjects::plain<F>(With<F, R, O>::encode(x, random)); },
          [](float x, std::uint32_t random) {
            return With<F, R, O>::template quantize<float>(x, static_cast<std::int32_t>(random));
          }};
}
template <class F, Overflow O>
void add_modes(std::vector<Projection>& to) {
  to.insert(to.end(),
            {projection<F, NearestTiesToEven, O>(Mode::nearest_ties_to_even),
             projection<F, NearestTiesToAway, O>(Mode::nearest_ties_to_away),
             projection<F, TowardPositive, O>(Mode::toward_positive),
             projection<F, TowardNegative, O>(Mode::toward_negative),
             projection<F, TowardZero, O>(Mode::toward_zero), projection<F, ToOdd, O>(Mode::to_odd)});
}
template <class F, Overflow O, int N>
void add_stochastic(std::vector<Projection>& to) {
  to.insert(to.end(), {projection<F, StochasticA<N>, O>(Mode::stochastic_a, N),
                       projection<F, StochasticB<N>, O>(Mode::stochastic_b, N),
                       projection<F, StochasticC<N>, O>(Mode::stochastic_c, N)});
}
struct Projections {
  p3109_draft::Format format;
  const oracle::Format& (*values)();
  std::vector<Projection> list;
};
template <int K, int P, Signedness Sign, Domain D>
Projections projections() {
  using F = Binary<K, P, Sign, D>;
  Projections r{draft<K, P, Sign, D>(), &subjects::definition<F>, {}};
  add_modes<F, SatFinite>(r.list);
  add_modes<F, SatPropagate>(r.list);
  add_modes<F, SatNone>(r.list);
  add_stochastic<F, SatFinite, 1>(r.list);
  add_stochastic<F, SatPropagate, 3>(r.list);
  add_stochastic<F, SatNone, 4>(r.list);
  add_stochastic<F, SatFinite, 8>(r.list);
  add_stochastic<F, SatFinite, 24>(r.list);
  add_stochastic<F, SatNone, 30>(r.list);
  return r;
}

class P3109Projection : public testing::TestWithParam<Projections> {};

TEST_P(P3109Projection, FollowsTheDraftInEveryModeWithEveryRandomNumber) {
  const Projections& p = GetParam();
  const p3109_draft::Format& f = p.format;
  const oracle::Format& values = p.values();
  std::vector<float> inputs = oracle::critical_inputs(values, f.bitwidth > 8 ? 61 : oracle::thinning);
  for (const std::vector<float>& more :
       {oracle::special_inputs(), oracle::random_inputs(0x800 / oracle::thinning, 3),
        oracle::inputs_within(values, 0x800 / oracle::thinning, 4)})
    inputs.insert(inputs.end(), more.begin(), more.end());
  Report report;
  const auto one = [&](const Projection& mode, float x, std::uint32_t r, std::uint32_t below) {
    const std::uint32_t want =
        p3109_draft::project(f, {mode.mode, mode.n, r}, mode.saturation, static_cast<double>(x));
    const std::uint32_t random = mode.n == 0 ? below : r << (32 - mode.n) | below >> mode.n;
    const std::uint32_t got = mode.encode(x, random);
    if (got != want)
      report.fail("mode ", static_cast<int>(mode.mode), " of ", mode.n, " bits, saturation ",
                  static_cast<int>(mode.saturation), ": ", Shown{x}, " with R = ", r, " becomes code ", got,
                  ", not ", want);
    const double y = mode.quantize(x, random), value = f.decode(want);
    if (std::isnan(value) ? !std::isnan(y) : y != value)
      report.fail("quantize(", Shown{x}, ") = ", y, ", not ", value);
  };
  for (const Projection& mode : p.list)
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto other = static_cast<std::uint32_t>(0x9E3779B9U * i);  // bits that must not matter
      if (mode.n == 0) one(mode, inputs[i], 0, other);
      else if (mode.n <= 4)
        for (std::uint32_t r = 0; r < 1U << mode.n; ++r) one(mode, inputs[i], r, other);
      else {
        const std::uint32_t most = (1U << mode.n) - 1;
        for (const std::uint32_t r : {0U, 1U, most / 2, most / 2 + 1, most - 1, most, other >> (32 - mode.n)})
          one(mode, inputs[i], r, other);
        // where the random number decides: about 2^N less the fraction
        if (inputs[i] == 0 || !std::isfinite(inputs[i])) continue;
        const int quantum = std::max(std::ilogb(inputs[i]), 1 - f.bias()) - f.precision + 1;
        const double scaled = std::ldexp(std::fabs(static_cast<double>(inputs[i])), -quantum);
        const auto near = static_cast<std::uint32_t>(std::ldexp(1 - (scaled - std::floor(scaled)), mode.n));
        for (const std::uint32_t r : {near - 2, near - 1, near, near + 1, near + 2})
          one(mode, inputs[i], r & most, other);
      }
    }
  EXPECT_EQ(report.text(), "") << name_of(f);
}

std::vector<Projections> all() {
  return {projections<8, 4, Signed, Extended>(),   projections<8, 4, Signed, Finite>(),
          projections<8, 3, Signed, Extended>(),   projections<8, 4, Unsigned, Extended>(),
          projections<8, 4, Unsigned, Finite>(),   projections<8, 1, Unsigned, Finite>(),
          projections<8, 1, Unsigned, Extended>(), projections<5, 1, Signed, Extended>(),
          projections<4, 2, Signed, Finite>(),     projections<3, 2, Signed, Extended>(),
          projections<3, 1, Signed, Extended>(),   projections<3, 3, Unsigned, Extended>(),
          projections<6, 6, Unsigned, Finite>(),   projections<15, 8, Signed, Extended>(),
          projections<15, 8, Unsigned, Extended>()};
}
std::string test_name_of(const testing::TestParamInfo<Projections>& one) { return name_of(one.param.format); }
INSTANTIATE_TEST_SUITE_P(Every, P3109Projection, testing::ValuesIn(all()), test_name_of);

// Names, and the draft's own examples.
static_assert(std::is_same_v<Binary8p4se, dyadic::Minifloat<4, 3, 8, dyadic::Specials::extended>>);
static_assert(std::is_same_v<Binary8p4sf, dyadic::Minifloat<4, 3, 8, dyadic::Specials::fnuz>>);
static_assert(std::is_same_v<Binary8p1uf, dyadic::UnsignedMinifloat<8, 0, 128, dyadic::Specials::fn>>);
static_assert(std::is_same_v<Binary12p7se, dyadic::Minifloat<5, 6, 16, dyadic::Specials::extended>>);
static_assert(std::is_same_v<Binary16p16ue, Binary<16, 16, Unsigned, Extended>>);
static_assert(Binary8p4se::encode(2.0F) == 0x48 &&
              Binary8p4se::decode(0x7f) == std::numeric_limits<float>::infinity());
static_assert(Binary8p4se::max_value == 224 && Binary8p4sf::max_value == 240 &&
              Binary8p1uf::max_value == 0x1p126F);
static_assert(With<Binary8p4se, NearestTiesToEven, SatNone>::encode(232.0F) == 0x7e &&
                  Binary8p4se::encode(1e9F) == 0x7e &&
                  With<Binary8p4se, NearestTiesToEven, SatNone>::encode(233.0F) == 0x7f,
              "half-way from 224, whose code is even, to 240, in whose place infinity stands");
static_assert(With<Binary8p4ue, TowardNegative, SatNone>::encode(-1e-30F) == 0xff &&
              Binary8p4ue::encode(-1e-30F) == 0);

}  // namespace
