// SPDX-License-Identifier: BSL-1.0
// Residual binarisation: its levels against known optima and the nearest of all sums, its popcounts against sums of signs.
#include <dyadic/lut/binary_residual_fit.hpp>

#include <dyadic/lut/lutnet_fit.hpp>

#include "support.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

namespace {
using namespace dyadic_test;

static_assert(sign_of(0.0F) == 1 && sign_of(-0.0F) == 1 && sign_of(-1e-30F) == -1);
static_assert(residual_levels{2, 0, {1, 0.5F}}.encode(0.75F) == 1, "left: -0.25");
static_assert(residual_levels{2, 0, {1, 0.5F}}.encode(-0.0F) == 1, "left: -1");
static_assert(residual_levels{2, 0, {1, 0.5F}}.decode(2) == -0.5);

double decibels(std::span<const float> x, double error) {
  double energy = 0;
  for (const float v : x) energy += static_cast<double>(v) * static_cast<double>(v);
  return 10 * std::log10(energy / error);
}

// The optimal quantiser of a normal variable with values ±m1 ±m2 …; one bit: √(2/π), distortion 1 - 2/π.
TEST(ResidualLevels, FindTheOptimaOfTheNormalDistribution) {
  const std::vector<float> x = draw(11).normals(400000);
  const struct {
    std::vector<double> scale;
    double db;
  } known[] = {{{0.7979}, 4.40}, {{0.9815, 0.5288}, 9.30}, {{1.157, 0.607, 0.301}, 14.33}};
  for (const auto& k : known) {
    std::vector<residual_round> rounds;
    const residual_levels levels = fit_levels(x, static_cast<int>(k.scale.size()), &rounds);
    EXPECT_EQ(levels.center, 0.0F);
    for (std::size_t l = 0; l < k.scale.size(); ++l)
      EXPECT_NEAR(levels.scale[l], k.scale[l], 0.006) << "level " << l << " of " << k.scale.size();
    EXPECT_NEAR(decibels(x, rounds.back().error), k.db, 0.04);
    for (std::size_t r = 1; r < rounds.size(); ++r) EXPECT_LT(rounds[r].error, rounds[r - 1].error);
  }
}

std::vector<std::vector<float>> distributions() {
  draw d(5);
  std::vector<std::vector<float>> all(5);
  for (int i = 0; i < 4000; ++i) {
    const double n = d.normal(), u = d.uniform();
    all[0].push_back(static_cast<float>(n));
    all[1].push_back(static_cast<float>(std::max(0.0, n)));      // after a ReLU
    all[2].push_back(static_cast<float>(n * n * n * n * n));     // long tails
    all[3].push_back(i % 100 == 0 ? static_cast<float>(n) : 0);  // mostly zeros
    all[4].push_back(static_cast<float>(u - 0.5));
  }
  return all;
}

TEST(ResidualLevels, CodeToTheNearestSum) {
  for (const auto& x : distributions())
    for (int count = 1; count <= 4; ++count) {
      const residual_levels levels = fit_levels(x, count);
      draw d(static_cast<std::uint64_t>(count));
      for (int i = 0; i < 10000; ++i) {
        const auto v = static_cast<float>(4 * d.normal() * static_cast<double>(levels.scale[0])) + levels.center;
        double best = std::numeric_limits<double>::infinity();
        for (unsigned code = 0; code < (1U << count); ++code) {
          double sum = static_cast<double>(levels.center);
          for (int l = 0; l < count; ++l)
            sum += ((code >> l & 1U) != 0 ? 1 : -1) * static_cast<double>(levels.scale[static_cast<std::size_t>(l)]);
          best = std::min(best, std::abs(sum - static_cast<double>(v)));
        }
        ASSERT_NEAR(std::abs(levels.decode(levels.encode(v)) - static_cast<double>(v)), best,
                    1e-6 * (1 + std::abs(static_cast<double>(v))));
      }
    }
}

TEST(ResidualLevels, ACentreOnlyWhereNothingIsNegative) {
  const auto all = distributions();
  EXPECT_EQ(fit_levels(all[0], 2).center, 0.0F);
  EXPECT_NEAR(fit_levels(all[1], 2).center, 0.3989, 0.03);  // of a rectified normal: 1/√(2π)
}

TEST(ResidualLevels, RefuseWhatCannotBeFitted) {
  EXPECT_THROW(static_cast<void>(fit_levels({}, 2)), error);
  const float bad[] = {1, std::numeric_limits<float>::infinity()};
  EXPECT_THROW(static_cast<void>(fit_levels(bad, 2)), error);
  EXPECT_THROW(static_cast<void>(fit_levels(std::span(bad).first(1), 5)), error);
}

TEST(ResidualLevels, VectorsCodeAsSingleValues) {
  const residual_levels levels{4, 0.125F, {1, 0.5F, 0.25F, 0.125F}};
  std::vector<float> x = draw(3).normals(1003);
  for (std::size_t i = 0; i < x.size(); i += 7)
    x[i] = static_cast<float>(static_cast<int>(i % 33) - 16) * 0.125F;  // on and between the sums
  x[100] = -0.0F;
  x[101] = std::numeric_limits<float>::infinity();
  std::vector<std::uint8_t> codes(x.size());
  ASSERT_TRUE(detail::encode_levels(levels, x.data(), codes.data(), 1003));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(codes[i], levels.encode(x[i])) << x[i];
  for (const std::size_t i : {0U, 5U, 1002U}) {
    std::vector<float> y = x;
    y[i] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(detail::encode_levels(levels, y.data(), codes.data(), 1003));
  }
}

std::vector<float> random_input(const Extents& shape, std::uint64_t seed) {
  std::vector<float> x = draw(seed).normals(shape.size());
  for (std::size_t i = 0; i < x.size(); i += 5) x[i] = i % 2 == 0 ? 0.0F : -0.0F;
  return x;
}

// The formula, with floats for signs (sums of ±1 are exact) and taps found by plain index arithmetic.
std::vector<float> by_the_formula(const layer_case& c, const binary_residual_parameters& p, const std::vector<float>& x) {
  std::vector<float> y(static_cast<std::size_t>(output_shape(c).size()));
  for_each_result(c, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
    double u = 0;
    float rest[1024];
    for (std::size_t i = 0; i < taps.size(); ++i) rest[i] = taps[i].value_or(0) - p.levels.center;
    for (int l = 0; l < p.levels.count; ++l) {
      const float m = p.levels.scale[static_cast<std::size_t>(l)];
      float a = 0;
      for (std::size_t i = 0; i < taps.size(); ++i) {
        const float s = rest[i] >= 0 ? 1.0F : -1.0F;
        rest[i] -= s * m;
        const std::size_t k = static_cast<std::size_t>(o) * taps.size() + i;
        if (taps[i].has_value() && p.mask[k] != 0) a += (p.weight[k] >= 0 ? 1.0F : -1.0F) * s;
      }
      u += static_cast<double>(m) * static_cast<double>(a);
    }
    const auto k = static_cast<std::size_t>(o);
    y[static_cast<std::size_t>(at)] =
        static_cast<float>(static_cast<double>(p.bias[k]) + static_cast<double>(p.gain[k]) * static_cast<double>(static_cast<float>(u)));
  });
  return y;
}

TEST(BinaryResidual, PopcountsGiveTheBitsOfTheFormula) {
  for (const layer_case& c : layer_cases())
    for (int levels = 1; levels <= 4; ++levels)
      for (const int density : {100, 60, 0}) {
        const auto p = random_signs(c.shape, levels, density, static_cast<std::uint64_t>(levels + density));
        const std::vector<float> x = random_input(c.input, 77);
        const std::vector<float> expected = by_the_formula(c, p, x);
        for (const table_form form : {table_form::fast, table_form::scalar, table_form::arithmetic}) {
          const auto y = detail::run_alone(binary_residual_layer(p, "BinaryResidual", form), {x.data(), c.input}, output_shape(c));
          for (std::size_t i = 0; i < y.size(); ++i)
            ASSERT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(expected[i]))
                << "input " << c.input.text() << ", " << levels << " levels, density " << density << ", " << to_string(form) << ", result "
                << i;
        }
      }
}

TEST(BinaryResidual, FittedGainsAndBiasesAreTheLeastSquaresOnes) {
  for (const layer_case& c : layer_cases()) {
    draw d(9);
    const std::vector<float> w = d.normals(c.shape.out * c.shape.depth()), x = d.normals(c.input.size());
    std::vector<float> target(static_cast<std::size_t>(output_shape(c).size()));
    for_each_result(c, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
      for (std::size_t i = 0; i < taps.size(); ++i)
        target[static_cast<std::size_t>(at)] += taps[i].value_or(0) * w[static_cast<std::size_t>(o) * taps.size() + i];
    });
    const layer_data data{{x.data(), c.input}, {target.data(), output_shape(c)}};
    const auto error_of = [&](const binary_residual_parameters& p) {
      const auto y = detail::run_alone(binary_residual_layer(p), data.inputs, data.targets.shape);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += std::pow(static_cast<double>(y[i]) - static_cast<double>(target[i]), 2);
      return sum;
    };
    for (const bool one : {false, true}) {
      auto p = fit_binary_residual(c.shape, w, data, {.levels = 2, .one_gain = one});
      const double best = error_of(p);
      for (const float factor : {0.97F, 1.03F}) {
        auto q = p;
        for (float& g : q.gain) g *= factor;
        EXPECT_GT(error_of(q), best);
        auto r = p;
        for (float& b : r.bias) b += factor - 1;
        EXPECT_GT(error_of(r), best);
      }
      if (one) {
        EXPECT_EQ(p.gain.front(), p.gain.back());
      }
    }
  }
}

// Σ|W|/F minimises Σ(W - g·sign(W))²: no other gain of a row is nearer to its weights.
TEST(BinaryResidual, WithoutTargetsGainsAreMeanMagnitudes) {
  for (const layer_case& c : layer_cases()) {
    draw d(19);
    const std::int64_t depth = c.shape.depth();
    const std::vector<float> w = d.normals(c.shape.out * depth), bias = d.normals(c.shape.out);
    std::vector<float> x = d.normals(c.input.size());
    for (float& v : x) v = std::abs(v);  // then the levels have a centre
    for (const bool one : {false, true}) {
      const auto p = fit_binary_residual(c.shape, w, {{x.data(), c.input}, {}}, {.levels = 2, .one_gain = one, .density = 70}, bias);
      EXPECT_GT(p.levels.center, 0.5F);
      double all = 0, taps = 0;
      for (std::int64_t o = 0; o < c.shape.out; ++o) {
        double magnitude = 0, kept = 0, sum = 0;
        for (std::int64_t i = 0; i < depth; ++i) {
          const auto k = static_cast<std::size_t>(o * depth + i);
          if (p.mask[k] == 0) continue;
          magnitude += std::abs(static_cast<double>(w[k]));
          sum += static_cast<double>(w[k]);
          kept += 1;
        }
        all += magnitude;
        taps += kept;
        const auto k = static_cast<std::size_t>(o);
        if (!one) {
          EXPECT_FLOAT_EQ(p.gain[k], static_cast<float>(magnitude / kept));
        }
        EXPECT_NEAR(p.bias[k], static_cast<double>(bias[k]) + static_cast<double>(p.levels.center) * sum, 1e-5);
      }
      if (one) {
        for (const float g : p.gain) EXPECT_FLOAT_EQ(g, static_cast<float>(all / taps));
      }
    }
  }
  const std::vector<float> w(12, 1), x(8, 1);
  EXPECT_THROW(static_cast<void>(fit_binary_residual(linear_shape(4, 3), w, {{x.data(), {2, 4}}, {}}, {}, std::vector<float>(2))), error);
  EXPECT_THROW(static_cast<void>(fit_lutnet(linear_shape(4, 3), w, {{x.data(), {2, 4}}, {}}, {})), error);
}

// Unoptimised code takes a part of the samples: it is there for the sanitizers.
#ifdef __OPTIMIZE__
constexpr std::size_t share = 1;
#else
constexpr std::size_t share = 4;
#endif

// One-bit weights of a normal layer: what is lost in them dominates, however many bits the data has.
TEST(BinaryResidual, AWholeNormalLayerReachesTwoToFourDecibels) {
  constexpr std::size_t samples = 2048 / share;
  const layer_case c{linear_shape(256, 64), {static_cast<std::int64_t>(samples), 256}};
  draw d(21);
  const std::vector<float> w = d.normals(256 * 64), x = d.normals(samples * 256);
  std::vector<float> target(samples * 64);
  for (std::size_t r = 0; r < samples; ++r)
    for (std::size_t o = 0; o < 64; ++o) {
      double sum = 0;
      for (std::size_t i = 0; i < 256; ++i) sum += static_cast<double>(x[r * 256 + i]) * static_cast<double>(w[o * 256 + i]);
      target[r * 64 + o] = static_cast<float>(sum);
    }
  const double known[] = {2.26, 3.58, 4.12};
  for (int levels = 1; levels <= 3; ++levels) {
    const layer_data data{{x.data(), c.input}, {target.data(), output_shape(c)}};
    const auto p = fit_binary_residual(c.shape, w, data, {.levels = levels});
    const auto y = detail::run_alone(binary_residual_layer(p), data.inputs, data.targets.shape);
    double error = 0;
    for (std::size_t i = 0; i < y.size(); ++i) error += std::pow(static_cast<double>(y[i]) - static_cast<double>(target[i]), 2);
    EXPECT_NEAR(decibels(target, error), known[levels - 1], 0.12);
  }
}

TEST(BinaryResidual, SoftWeightsAndFloatDataFollowTheirFormulas) {
  for (const layer_case& c : layer_cases())
    for (const bool soft : {false, true})
      for (const bool float_input : {false, true}) {
        if (!soft && !float_input) continue;
        auto p = random_signs(c.shape, 2, 70, 3);
        p.soft = soft;
        p.float_input = float_input;
        const std::vector<float> x = random_input(c.input, 5);
        const auto y = detail::run_alone(binary_residual_layer(p), {x.data(), c.input}, output_shape(c));
        for_each_result(c, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
          double sum = 0;
          for (std::size_t i = 0; i < taps.size(); ++i) {
            const std::size_t k = static_cast<std::size_t>(o) * taps.size() + i;
            if (!taps[i].has_value() || p.mask[k] == 0) continue;
            const double weight = soft ? std::min(1.0, std::max(-1.0, static_cast<double>(p.weight[k]))) : p.weight[k] >= 0 ? 1 : -1;
            sum += weight * (float_input ? static_cast<double>(*taps[i])
                                         : p.levels.decode(p.levels.encode(*taps[i])) - static_cast<double>(p.levels.center));
          }
          const double expected =
              static_cast<double>(p.bias[static_cast<std::size_t>(o)]) + static_cast<double>(p.gain[static_cast<std::size_t>(o)]) * sum;
          ASSERT_NEAR(static_cast<double>(y[static_cast<std::size_t>(at)]), expected, 1e-4);
        });
      }
}

TEST(BinaryResidual, RefusesNaNAndPartsThatDoNotFit) {
  const layer_case c = layer_cases()[1];
  auto p = random_signs(c.shape, 2, 100, 1);
  std::vector<float> x = random_input(c.input, 1);
  x[300] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(detail::run_alone(binary_residual_layer(p), {x.data(), c.input}, output_shape(c)), error);
  p.float_input = true;
  EXPECT_THROW(detail::run_alone(binary_residual_layer(p), {x.data(), c.input}, output_shape(c)), error);
  auto q = p;
  q.mask.pop_back();
  EXPECT_THROW(binary_residual_layer{q}, error);
  q = p;
  q.weight[3] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(binary_residual_layer{q}, error);
  const std::vector<float> target(static_cast<std::size_t>(output_shape(c).size()));
  EXPECT_THROW(static_cast<void>(fit_binary_residual(c.shape, q.weight, {{target.data(), {0, 130}}, {target.data(), {0, 19}}}, {})), error);
}

TEST(BinaryResidual, ReportsItsBytes) {
  const auto p = random_signs(linear_shape(130, 19), 2, 100, 1);
  EXPECT_EQ(binary_residual_layer(p).report().bytes, (130 * 19 + 7) / 8 + 8 * 19 + 12);
  EXPECT_EQ(binary_residual_layer(p).report().tables, 0);
}

}  // namespace
