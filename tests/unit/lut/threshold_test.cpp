// SPDX-License-Identifier: BSL-1.0
// Thresholds on counts: the codes that they give against those of the floats, and against the inequality on popcounts in integers.
#include <dyadic/lut/threshold.hpp>

#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/norm.hpp>

#include "support.hpp"
#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace {
using namespace dyadic_test;

/// Random factors, of which some turn the order round and one is zero.
struct normalisation {
  std::vector<float> slope, shift, mean, variance;
  normalisation(std::int64_t channels, std::uint64_t seed) {
    draw d(seed);
    slope = d.normals(channels);
    shift = d.normals(channels);
    mean = d.normals(channels);
    for (std::int64_t c = 0; c < channels; ++c) variance.push_back(static_cast<float>(0.1 + d.uniform()));
    slope[1] = 0;
  }
  // The operator takes the number of channels from the data that it runs on.
  void push_to(fused_operators& after) const {
    const Extents e{static_cast<std::int64_t>(slope.size())};
    const ConstView values[] = {{slope.data(), e}, {shift.data(), e}, {mean.data(), e}, {variance.data(), e}};
    after.push_back(operator_of<batch_norm2d<1>>, values);
  }
};

/// @returns a bit for every code that was given
template <class Layer>
unsigned codes_agree(const Layer& layer, const layer_case& c, const fused_operators& after, const residual_levels& next) {
  const std::vector<float> x = draw(77).normals(c.input.size());
  const Extents out = output_shape(c);
  std::vector<float> expected = detail::run_alone(layer, {x.data(), c.input}, out);
  after.apply({expected.data(), c.shape.images ? out : Extents{out.size() / c.shape.out, c.shape.out, 1, 1}});
  const threshold_layer<Layer> thresholds(layer, after, next);
  unsigned used = 0;
  int different = 0;
  for (const table_form form : {table_form::fast, table_form::scalar, table_form::arithmetic}) {
    const auto y = detail::run_alone(thresholds.in_form(form), {x.data(), c.input}, out);
    for (std::size_t i = 0; i < y.size(); ++i) {
      different += next.encode(y[i]) != next.encode(expected[i]) ? 1 : 0;
      used |= 1U << next.encode(y[i]);
    }
  }
  EXPECT_EQ(different, 0) << "input " << c.input.text() << ", " << next.count << " next levels";
  return used;
}
TEST(Thresholds, GiveTheCodesOfTheFloats) {
  int levels = 0;
  for (int next_levels = 1; next_levels <= 4; ++next_levels) {
    unsigned used = 0;
    for (const layer_case& c : layer_cases())
      for (const bool rectified : {false, true}) {
        levels = levels % 4 + 1;
        fused_operators after;
        normalisation(c.shape.out, static_cast<std::uint64_t>(levels)).push_to(after);
        if (rectified) after.push_back(operator_of<relu>, {});
        const residual_levels next{next_levels, rectified ? 0.5F : 0.0F, {1, 0.5F, 0.25F, 0.125F}};
        const auto seed = static_cast<std::uint64_t>(10 * levels + next_levels);
        used |= codes_agree(binary_residual_layer(random_signs(c.shape, levels, 80, seed)), c, after, next);
        used |= codes_agree(lutnet_layer(random_tables(c.shape, 3, levels, 50, seed)), c, after, next);
      }
    EXPECT_EQ(used, (1U << (1U << next_levels)) - 1) << "every code occurs";
  }
}

// The inequality on counts, Σ g·m_l·P_l >= (F·g·Σ m_l + T)/2, in integers: gains in quarters, biases and scales in eighths, so that the value is
// often the threshold itself. Batch normalisation by halves, a deviation of 1.
TEST(Thresholds, AreThoseOfTheInequalityOnCounts) {
  const std::int64_t in = 24, out = 40, rows = 300;
  draw d(3);
  binary_residual_parameters p;
  p.shape = linear_shape(in, out);
  p.levels = {2, 0, {1, 0.5F}};
  p.weight = d.normals(in * out);
  for (std::int64_t i = 0; i < in * out; ++i) p.mask.push_back(d.below(4) != 0 ? 1 : 0);
  normalisation n(out, 1);
  for (std::size_t o = 0; o < static_cast<std::size_t>(out); ++o) {
    p.gain.push_back(static_cast<float>(d.below(9) - 4) / 4);
    p.bias.push_back(static_cast<float>(d.below(65) - 32) / 8);
    n.slope[o] = static_cast<float>(d.below(5) - 2) / 2;
    n.shift[o] = static_cast<float>(d.below(9) - 4) / 2;
    n.mean[o] = static_cast<float>(d.below(9) - 4) / 2;
    n.variance[o] = 1;
  }
  fused_operators after;
  const Extents e{out};
  const ConstView values[] = {{n.slope.data(), e}, {n.shift.data(), e}, {n.mean.data(), e}, {n.variance.data(), e}};
  using exact_norm = batch_norm2d<1, eps<0, 1>>;
  after.push_back(operator_of<exact_norm>, values);
  const threshold_layer<binary_residual_layer> layer(binary_residual_layer(p), after, {1, 0, {1}});
  const std::vector<float> x = d.normals(rows * in);
  const auto y = detail::run_alone(layer, {x.data(), {rows, in}}, {rows, out});
  int ties = 0, falling = 0, constant = 0;
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
    for (std::size_t o = 0; o < static_cast<std::size_t>(out); ++o) {
      std::int64_t ones[2] = {}, fan_in = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(in); ++i) {
        if (p.mask[o * static_cast<std::size_t>(in) + i] == 0) continue;
        ++fan_in;
        const unsigned code = p.levels.encode(x[r * static_cast<std::size_t>(in) + i]);
        const bool positive = p.weight[o * static_cast<std::size_t>(in) + i] >= 0;
        for (unsigned l = 0; l < 2; ++l) ones[l] += ((code >> l & 1U) != 0) == positive ? 1 : 0;
      }
      // All in 1/64: g = slope·gain, T = -(slope·(bias - mean) + shift), the value at which normalisation gives 0.
      const std::int64_t slope = std::llround(2 * n.slope[o]), gain = std::llround(4 * p.gain[o]), g = 8 * slope * gain,
                         threshold =
                             -(4 * slope * (std::llround(8 * p.bias[o]) - std::llround(8 * n.mean[o])) + std::llround(64 * n.shift[o]));
      const std::int64_t left = 2 * (2 * g * ones[0] + g * ones[1]), right = fan_in * g * 3 + 2 * threshold;  // four times both sides
      ties += left == right && g != 0 ? 1 : 0;
      falling += g < 0 ? 1 : 0;
      constant += g == 0 ? 1 : 0;
      ASSERT_EQ(y[r * static_cast<std::size_t>(out) + o] >= 0, left >= right) << "row " << r << ", output " << o << ", g " << g << "/64";
      if (g != 0) {
        ASSERT_EQ(layer.falls(static_cast<std::int64_t>(o)), g < 0 && std::isfinite(layer.threshold(static_cast<std::int64_t>(o))));
      }
    }
  EXPECT_GT(ties, 20);
  EXPECT_GT(falling, 1000);
  EXPECT_GT(constant, 1000);
}

TEST(Thresholds, OfAConstantAreInfinite) {
  auto p = random_signs(linear_shape(9, 3), 1, 100, 4);
  p.gain = {0, 0, 1};
  p.bias = {0.5F, -0.5F, 100};  // |u| is at most 9.9: never below zero
  const threshold_layer<binary_residual_layer> layer(binary_residual_layer(p), {}, {1, 0, {1}});
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(layer.threshold(0), -infinity);
  EXPECT_EQ(layer.threshold(1), infinity);
  EXPECT_EQ(layer.threshold(2), -infinity);
}

TEST(Thresholds, AreReadWithoutGainAndBias) {
  const auto p = random_signs(linear_shape(130, 19), 2, 80, 1);
  const binary_residual_layer layer(p);
  const threshold_layer<binary_residual_layer> thresholds(layer, {}, {2, 0, {1, 0.5F}});
  // Three steps of four bytes and a bit for the direction, in place of eight bytes.
  EXPECT_EQ(thresholds.report().bytes, layer.report().bytes - 8 * 19 + 3 * 4 * 19 + 3);
  EXPECT_EQ(thresholds.report().name, "BinaryResidual, thresholds");
}

// Scales that are equal, or zero: sums of signs that belong to another code still give a value with the right one.
TEST(Thresholds, HoldWhereCodesShareAValue) {
  const layer_case c = layer_cases()[1];
  const binary_residual_layer layer(random_signs(c.shape, 2, 80, 5));
  for (const auto& next : {residual_levels{2, 0, {2, 2}}, residual_levels{3, 0.3F, {3, 1, 1}}, residual_levels{2, 0, {1.5F, 0}},
                           residual_levels{2, 0, {0, 0}}})
    codes_agree(layer, c, {}, next);
}

TEST(Thresholds, RefuseWhatHasNone) {
  auto p = random_signs(linear_shape(9, 3), 2, 100, 1);
  const residual_levels next{1, 0, {1}};
  using layer = threshold_layer<binary_residual_layer>;
  fused_operators curved;
  curved.push_back(operator_of<gelu>, {});
  EXPECT_NE(message_of([&] { layer(binary_residual_layer(p), curved, next); }).find("only batch normalisation and ReLU"),
            std::string::npos);
  auto q = p;
  q.soft = true;
  EXPECT_NE(message_of([&] { layer(binary_residual_layer(q), {}, next); }).find("soft weights or float data"), std::string::npos);
  fused_operators undefined;
  const std::vector<float> one(3, 1), bad(3, std::numeric_limits<float>::quiet_NaN());
  const ConstView values[] = {{one.data(), {3}}, {one.data(), {3}}, {bad.data(), {3}}, {one.data(), {3}}};
  undefined.push_back(operator_of<batch_norm2d<1>>, values);
  EXPECT_NE(message_of([&] { layer(binary_residual_layer(p), undefined, next); }).find("not finite"), std::string::npos);
  q = p;
  q.levels.scale[0] = 3e38F;
  EXPECT_NE(message_of([&] { layer(binary_residual_layer(q), {}, next); }).find("too large for float32"), std::string::npos);
}

}  // namespace
