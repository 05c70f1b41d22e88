// SPDX-License-Identifier: BSL-1.0
/// @file stochastic_test.cpp
/// Stochastic rounding: always one of the two neighbours, up as often as the value lies up; its random bits are uniform,
/// independent of order, and the same for the same seed. All seeds are fixed: a test that passes passes always.
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace {

using namespace subjects;  // the formats by their plain names
using dyadic::Overflow;
using dyadic::random_bits;
using dyadic::Round;
using oracle::Code;

struct Draw {
  std::string_view name;
  const oracle::Format& (*definition)();
  Code (*encode)(float, std::uint32_t);
};
template <class F>
Draw draw() {
  return {F::name(), &definition<F>,
          [](float x, std::uint32_t random) { return plain<F>(dyadic::With<F, Round::stochastic>::encode(x, random)); }};
}

class Stochastic : public testing::TestWithParam<Draw> {};

TEST_P(Stochastic, GoesUpAsOftenAsTheValueLiesUp) {
  const oracle::Format& f = GetParam().definition();
  Report report;
  std::vector<float> inputs = oracle::inputs_within(f, 300 / (oracle::thinning > 1 ? 4 : 1), 31);
  for (const float x : oracle::special_inputs()) inputs.push_back(x);
  for (const float x : inputs) {
    if (std::isnan(x) || std::isinf(x)) continue;
    const oracle::Bracket b = oracle::bracket(f, {static_cast<double>(x), 0});
    // 1024 draws, one from each of as many equal parts of the random numbers: the count is the probability to a thousandth.
    constexpr int draws = 1024;
    int up = 0;
    for (std::uint32_t i = 0; i < draws; ++i) {
      const Code c = GetParam().encode(x, (i << 22) + (random_bits(1, i) >> 10));
      const double y = f.meaning(c).value;
      if (y != b.below.value && y != b.above.value)
        report.fail(Shown{x}, " became ", y, ", its neighbours are ", b.below.value, " and ", b.above.value);
      if (y == b.above.value && b.above.value != b.below.value) ++up;
    }
    if (std::fabs(up - b.fraction * draws) > 1.5)
      report.fail(Shown{x}, " lies ", b.fraction, " of the way up and went up ", up, " times in ", draws);
  }
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

std::vector<Draw> all() {
  return for_formats(list<Fixed<8, 4>, Fixed<8, -95>, Fixed<8, 126>, Fixed<24, 0>, Fixed<32, 16>, Fixed<8, 4, false>, SymmetricFixed<8, 6>,
                          SignMagnitude<8, 6>, dyadic::E4M3, dyadic::E5M2, dyadic::E2M1, dyadic::Half, Minifloat<4, 3, 8, Specials::fnuz>,
                          Minifloat<5, 0>, Minifloat<4, 3, 141>, MinifloatDenorm<4, 3>, LogQ<4>, LogQ<8, 150>, Binary, Ternary>{},
                     []<class F>(std::type_identity<F>) { return draw<F>(); });
}
std::string name_of(const testing::TestParamInfo<Draw>& one) { return test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, Stochastic, testing::ValuesIn(all()), name_of);

/// The mean of many roundings of one value is the value: five standard deviations, fixed seeds.
TEST(StochasticMean, IsTheValue) {
  using S = dyadic::With<Fixed<8, 4>, Round::stochastic>;
  constexpr std::size_t n = 100000;
  for (const float x : {0.01F, 0.03F, 0.3F, -0.3F, 3.14159F, -7.99F}) {
    const std::vector<float> in(n, x);
    std::vector<float> out(n);
    const dyadic::Extents shape{static_cast<std::int64_t>(n)};
    dyadic::quantize_values<S>(in, out, shape, 42);
    const double mean = std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(n);
    EXPECT_NEAR(mean, static_cast<double>(x), 5 * (1.0 / 16) * 0.5 / std::sqrt(static_cast<double>(n))) << x;
  }
}

TEST(StochasticSeed, DecidesEveryBit) {
  using S = dyadic::With<dyadic::E4M3, Round::stochastic>;
  const std::vector<float> in = oracle::inputs_within(definition<dyadic::E4M3>(), 4096, 33);
  const dyadic::Extents shape{4096};
  std::vector<float> a(in.size()), b(in.size()), c(in.size());
  dyadic::quantize_values<S>(in, a, shape, 7);
  dyadic::quantize_values<S>(in, b, shape, 7);
  dyadic::quantize_values<S>(in, c, shape, 8);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

double chi_square(const std::vector<int>& counts, double expected) {
  double r = 0;
  for (const int k : counts) r += (k - expected) * (k - expected) / expected;
  return r;
}

/// χ² with d degrees of freedom has mean d and deviation √(2d): five deviations either way.
void expect_uniform(const std::vector<int>& counts, double draws, const std::string& what) {
  const double d = static_cast<double>(counts.size() - 1);
  const double x = chi_square(counts, draws / static_cast<double>(counts.size()));
  EXPECT_LT(std::fabs(x - d), 5 * std::sqrt(2 * d)) << what;
}

TEST(RandomBits, AreUniformInEveryByteAlongIndicesAndSeeds) {
  constexpr int n = 1 << 16;
  for (int byte = 0; byte < 4; ++byte) {
    std::vector<int> by_index(256), by_seed(256), by_high_seed(256), by_high_index(256), pairs(256);
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto pick = [&](std::uint32_t bits) { return static_cast<std::size_t>(bits >> (8 * byte) & 0xff); };
      ++by_index[pick(random_bits(0, i))];
      ++by_seed[pick(random_bits(i, 0))];
      ++by_high_seed[pick(random_bits(i << 32, 5))];
      ++by_high_index[pick(random_bits(3, i << 32))];
      ++pairs[pick(random_bits(0, i)) ^ pick(random_bits(0, i + 1))];
    }
    const std::string which = "byte " + std::to_string(byte);
    expect_uniform(by_index, n, which + " along indices");
    expect_uniform(by_seed, n, which + " along seeds");
    expect_uniform(by_high_seed, n, which + " along high halves of seeds");
    expect_uniform(by_high_index, n, which + " along high halves of indices");
    expect_uniform(pairs, n, which + " of neighbours");
  }
}

TEST(RandomBits, OneFlippedBitOfIndexOrSeedFlipsHalfTheResult) {
  double flipped = 0;
  int count = 0;
  for (std::uint64_t i = 0; i < 256; ++i)
    for (int bit = 0; bit < 64; ++bit) {
      const std::uint64_t seed = i * 0x9E3779B97F4A7C15U;
      flipped += std::popcount(random_bits(seed, i) ^ random_bits(seed, i ^ (std::uint64_t{1} << bit)));
      flipped += std::popcount(random_bits(seed, i) ^ random_bits(seed ^ (std::uint64_t{1} << bit), i));
      count += 2;
    }
  EXPECT_NEAR(flipped / count, 16.0, 0.1);
}

static_assert(random_bits(1, 2) == random_bits(1, 2) && random_bits(1, 2) != random_bits(2, 1), "a constant expression like any other");

}  // namespace
