// SPDX-License-Identifier: BSL-1.0
/// @file stochastic_test.cpp
/// Stochastic rounding: always one of the two neighbours, up as often as the value lies up; its random bits are uniform,
/// independent of order, and the same for the same seed. All seeds are fixed: a test that passes passes always.
#include <dyadic/format/block.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/encode.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <thread>

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
                          Minifloat<5, 0>, Minifloat<4, 3, 141>, MinifloatDenorm<4, 3>, LogQ<4>, LogQ<8, 150>, Binary, Ternary,
                          Minifloat<4, 3, 8, Specials::extended>, dyadic::UE4M3, UnsignedMinifloat<4, 3, 141>, dyadic::E8M0,  //
                          Posit<8>, Posit<16>, Posit<3>, Takum<8>, Takum<16>, Takum<4>, Takum<5>, Takum<6>, dyadic::NF4,
                          dyadic::IQ4NL, Codebook<codebooks::four>>{},
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

/// 10^6 draws of one value by the tensor kernel: how often up, and how often four neighbours in a row made each of 16 patterns.
/// Both against the exact probability, by χ². Seeds are fixed; five deviations either way.
/// @param chance  of the larger magnitude, by how far a value lies from the smaller one to it
template <class F, Round R = Round::stochastic>
void draws_are_binomial(std::uint64_t seed, double (*chance)(double) = [](double v) { return v; }) {
  using S = dyadic::With<F, R>;
  constexpr std::size_t n = oracle::thinning > 1 ? 40000 : 1000000;
  const oracle::Format& f = definition<F>();
  std::vector<float> in(n), out(n);
  const dyadic::Extents shape{static_cast<std::int64_t>(n)};
  double all = 0;  // the sum of the points' χ², one degree of freedom each
  int points = 0;
  for (float x : oracle::inputs_within(f, 24, seed)) {
    if (f.is_unsigned) x = std::fabs(x);
    const oracle::Bracket b = oracle::bracket(f, {static_cast<double>(x), 0});
    if (b.below.value == b.above.value) continue;
    const double p = x < 0 ? 1 - chance(1 - b.fraction) : chance(b.fraction);
    if (p * n < 100 || (1 - p) * n < 100) continue;  // χ² wants more than a handful in each class
    in.assign(n, x);
    dyadic::fake_quantize<S>(in, out, shape, seed + static_cast<std::uint64_t>(points));
    double up = 0;
    std::vector<double> patterns(16);
    for (std::size_t i = 0; i < n; ++i) {
      const double y = out[i];
      ASSERT_TRUE(y == b.below.value || y == b.above.value) << F::name() << " made " << y << " of " << x;
      up += y == b.above.value ? 1 : 0;
    }
    for (std::size_t i = 0; i + 4 <= n; i += 4) {
      std::size_t pattern = 0;
      for (std::size_t k = 0; k < 4; ++k) pattern = 2 * pattern + (static_cast<double>(out[i + k]) == b.above.value ? 1 : 0);
      ++patterns[pattern];
    }
    const double chi = (up - p * n) * (up - p * n) / (p * (1 - p) * n);
    EXPECT_LT(chi, 25) << F::name() << ": " << x << " lies " << p << " of the way up and went up " << up << " times in " << n;
    all += chi;
    ++points;
    if (p < 0.15 || p > 0.85) continue;
    double of_patterns = 0;  // 15 degrees of freedom: mean 15, deviation √30
    for (unsigned pattern = 0; pattern < 16; ++pattern) {
      const int ones = std::popcount(pattern);
      const double expected = n / 4.0 * std::pow(p, ones) * std::pow(1 - p, 4 - ones);
      of_patterns += (patterns[pattern] - expected) * (patterns[pattern] - expected) / expected;
    }
    EXPECT_LT(of_patterns, 15 + 5 * std::sqrt(30.0)) << F::name() << ": neighbours of " << x << " depend on each other";
  }
  ASSERT_GT(points, 8) << F::name();
  EXPECT_LT(std::fabs(all - points), 5 * std::sqrt(2.0 * points)) << F::name() << ": all points together";
}

TEST(StochasticDraws, AMillionOfEachAreBinomial) {
  draws_are_binomial<Fixed<8, 4>>(101);
  draws_are_binomial<dyadic::E4M3>(202);
  draws_are_binomial<dyadic::E2M1>(303);
  draws_are_binomial<SignMagnitude<4, 2>>(404);
  draws_are_binomial<dyadic::Half>(505);
  draws_are_binomial<LogQ<4>>(606);
  draws_are_binomial<Binary>(707);
  draws_are_binomial<Ternary>(808);
}

/// The variants with few random bits: the chance is the value's place between its neighbours in that many bits, rounded as each does.
TEST(StochasticDraws, OfFewRandomBitsHaveTheChancesOfTheirVariant) {
  constexpr auto down = [](double v) { return std::floor(v * 16) / 16; };
  constexpr auto ties_up = [](double v) { return std::floor(v * 8 + 0.5) / 8; };
  constexpr auto ties_to_even = [](double v) { return std::nearbyint(v * 32) / 32; };
  draws_are_binomial<dyadic::E4M3, dyadic::stochastic_a<4>>(1101, down);
  draws_are_binomial<Fixed<8, 4>, dyadic::stochastic_a<4>>(1202, down);
  draws_are_binomial<dyadic::UE5M3, dyadic::stochastic_b<3>>(1303, ties_up);
  draws_are_binomial<Minifloat<4, 3, 8, Specials::extended>, dyadic::stochastic_b<3>>(1404, ties_up);
  draws_are_binomial<dyadic::E8M0, dyadic::stochastic_c<5>>(1505, ties_to_even);
  draws_are_binomial<SignMagnitude<8, 6>, dyadic::stochastic_c<5>>(1606, ties_to_even);
  draws_are_binomial<dyadic::Half, dyadic::stochastic_c<24>>(1710);
}

/// Element i depends on its value, the seed and i; so neither a loop's ends nor the tensor's shape nor who runs it can matter.
template <class S>
void bits_depend_on_seed_and_index(std::int64_t n) {
  const std::vector<float> in = oracle::inputs_within(definition<dyadic::E4M3>(), static_cast<int>(n), 35);
  std::vector<float> whole(in.size()), one_by_one(in.size()), again(in.size());
  dyadic::fake_quantize<S>(in, whole, {n}, 9);
  dyadic::quantize_values<S>(in, one_by_one, {n}, 9);
  ASSERT_EQ(whole, one_by_one) << S::name();
  // the first k values of a tensor are those of a tensor of k values
  for (const std::int64_t k : {std::int64_t{16}, std::int64_t{17}, std::int64_t{96}, n / 3, n - 1}) {
    const auto size = static_cast<std::size_t>(k);
    again.assign(in.size(), 0.0F);
    dyadic::fake_quantize<S>(std::span(in).first(size), std::span(again).first(size), {k}, 9);
    const auto differs = std::mismatch(again.begin(), again.begin() + k - k % 16, whole.begin());
    ASSERT_EQ(differs.first - again.begin(), k - k % 16) << S::name() << ", the first " << k;
  }
  // in place, and from four threads at a time, each on a copy
  again = in;
  dyadic::fake_quantize<S>(again, again, {n}, 9);
  EXPECT_EQ(again, whole) << S::name() << ", in place";
  std::vector<std::vector<float>> results(4, std::vector<float>(in.size()));
  std::vector<std::thread> threads;
  for (auto& r : results) threads.emplace_back([&in, &r, n] { dyadic::fake_quantize<S>(in, r, {n}, 9); });
  for (auto& t : threads) t.join();
  for (const auto& r : results) EXPECT_EQ(r, whole) << S::name() << ", in a thread";
  // codes are drawn alike
  const dyadic::Packed<S> codes = dyadic::encode<S>(dyadic::ConstView{in.data(), {n}}, 9);
  dyadic::decode(codes, dyadic::View{again.data(), {n}});
  EXPECT_EQ(again, whole) << S::name() << ", by codes";
}

TEST(StochasticBits, AreThoseOfSeedAndIndexHoweverTheWorkIsCut) {
  using stochastic = dyadic::With<dyadic::E4M3, Round::stochastic>;
  bits_depend_on_seed_and_index<stochastic>(4099);
  bits_depend_on_seed_and_index<dyadic::With<Fixed<6, 3>, Round::stochastic>>(5003);
  bits_depend_on_seed_and_index<dyadic::With<LogQ<5>, Round::stochastic>>(4097);
  bits_depend_on_seed_and_index<dyadic::With<Ternary, Round::stochastic>>(4097);
  bits_depend_on_seed_and_index<dyadic::With<dyadic::E4M3, dyadic::stochastic_a<8>>>(4097);
  bits_depend_on_seed_and_index<dyadic::With<Minifloat<4, 3, 8, Specials::extended>, dyadic::stochastic_b<8>>>(4099);
  bits_depend_on_seed_and_index<dyadic::With<dyadic::UE5M3, dyadic::stochastic_c<8>>>(4097);
  bits_depend_on_seed_and_index<dyadic::Block<dyadic::With<dyadic::E2M1, Round::stochastic>, dyadic::Shape<16>>>(4112);
  if (oracle::thinning == 1) bits_depend_on_seed_and_index<stochastic>((16 << 18) + 7);  // large enough for stores past the caches
}

TEST(StochasticBits, AreThoseOfTheRowMajorIndexWhateverTheShape) {
  using S = dyadic::With<Fixed<8, 4>, Round::stochastic>;
  const std::vector<float> in = oracle::inputs_within(definition<Fixed<8, 4>>(), 6 * 7 * 11, 36);
  std::vector<float> flat(in.size()), shaped(in.size());
  dyadic::fake_quantize<S>(in, flat, {462}, 3);
  for (const dyadic::Extents& shape :
       {dyadic::Extents{6, 77}, dyadic::Extents{6, 7, 11}, dyadic::Extents{1, 462, 1}, dyadic::Extents{77, 6}}) {
    dyadic::fake_quantize<S>(in, shaped, shape, 3);
    EXPECT_EQ(shaped, flat) << shape.text();
  }
}

static_assert(random_bits(1, 2) == random_bits(1, 2) && random_bits(1, 2) != random_bits(2, 1), "a constant expression like any other");

}  // namespace
