// SPDX-License-Identifier: BSL-1.0
// Layers of tables at the edges of what there is: no data, one value, infinite and huge values, data that says nothing, many taps.
#include <dyadic/lut/binary_residual_fit.hpp>
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/logicnets_fit.hpp>
#include <dyadic/lut/lutnet_fit.hpp>
#include <dyadic/lut/threshold.hpp>
#include <dyadic/lut/verilog.hpp>

#include "support.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace {
using namespace dyadic_test;

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Calls f(layer) with one of each class for a shape.
template <class F>
void with_each(const layer_shape& s, const F& f) {
  const binary_residual_layer signs(random_signs(s, 2, 80, 3));
  f(signs);
  binary_residual_parameters soft = random_signs(s, 2, 80, 3);
  soft.soft = true;
  f(binary_residual_layer(soft));
  soft.float_input = true;
  f(binary_residual_layer(soft));
  const lutnet_layer tables(random_tables(s, 3, 2, 80, 5));
  f(tables);
  f(logicnets_layer(random_neurons(s, {2, 0}, {3, 1}, 3, 7)));
  f(threshold_layer<binary_residual_layer>(signs, {}, {2, 0, {1, 0.5F}}));
  f(threshold_layer<lutnet_layer>(tables, {}, {2, 0, {1, 0.5F}}));
}
constexpr table_form forms[] = {table_form::fast, table_form::scalar, table_form::arithmetic};

TEST(HostileTables, NoDataGivesNoResults) {
  for (const layer_case& c : layer_cases()) {
    layer_case none = c;
    none.input[0] = 0;
    with_each(c.shape, [&](const auto& layer) {
      for (const table_form form : forms)
        EXPECT_EQ(detail::run_alone(layer.in_form(form), {nullptr, none.input}, output_shape(none)).size(), 0U);
    });
  }
  // An image into which the kernel does not fit has no position.
  const layer_case small{conv_shape(2, 16, {.kernel = {3, 3}}), {5, 2, 3, 2}};
  ASSERT_EQ(output_shape(small).size(), 0);
  const std::vector<float> x(60, 1);
  with_each(small.shape, [&](const auto& layer) {
    for (const table_form form : forms)
      EXPECT_EQ(detail::run_alone(layer.in_form(form), {x.data(), small.input}, output_shape(small)).size(), 0U);
  });
}

TEST(HostileTables, OneOfEverything) {
  for (const layer_shape& s : {linear_shape(1, 1), linear_shape(1, 40), linear_shape(70, 1), conv_shape(1, 1, {}),
                               conv_shape(1, 1, {.kernel = {5, 5}, .padding = {2, 2}})})
    for (const std::int64_t batch : {1, 150}) {
      const layer_case c{s, s.images ? Extents{batch, s.in, 1, 1} : Extents{batch, s.in}};
      const std::vector<float> x = draw(3).normals(c.input.size());
      with_each(s, [&](const auto& layer) {
        const auto y = detail::run_alone(layer, {x.data(), c.input}, output_shape(c));
        for (const table_form form : forms)
          EXPECT_EQ(detail::run_alone(layer.in_form(form), {x.data(), c.input}, output_shape(c)), y) << to_string(form);
        for (const float v : y) EXPECT_TRUE(std::isfinite(v));
      });
    }
}

TEST(HostileTables, InfiniteAndHugeValuesHaveCodes) {
  const layer_shape s = linear_shape(70, 20);
  for (const std::int64_t batch : {2, 90}) {
    std::vector<float> x = draw(5).normals(batch * 70);
    const float extreme[] = {infinity, -infinity, 3e38F, -3e38F, 1e-45F, -1e-45F, 0.0F, -0.0F};
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = extreme[i / 3 % 8];
    with_each(s, [&](const auto& layer) {
      if constexpr (requires { layer.parameters().soft; })
        if (layer.parameters().float_input) return;  // there infinities are summed as such
      const auto y = detail::run_alone(layer, {x.data(), {batch, 70}}, {batch, 20});
      for (const table_form form : forms) EXPECT_EQ(detail::run_alone(layer.in_form(form), {x.data(), {batch, 70}}, {batch, 20}), y);
      for (const float v : y) EXPECT_TRUE(std::isfinite(v));
    });
    for (const std::size_t at : {std::size_t{0}, x.size() - 1}) {
      std::vector<float> bad = x;
      bad[at] = std::numeric_limits<float>::quiet_NaN();
      with_each(s, [&](const auto& layer) {
        for (const table_form form : forms)
          EXPECT_THROW(detail::run_alone(layer.in_form(form), {bad.data(), {batch, 70}}, {batch, 20}), error);
      });
    }
  }
}

// Data that tells nothing: one sample, all the same, all zero, nothing but tiny or nothing but huge values; weights that are all zero.
TEST(HostileTables, FitsOfDataThatTellsNothingAreFinite) {
  draw d(7);
  const layer_shape s = linear_shape(6, 20);
  for (const std::int64_t rows : {1, 2, 3, 50})
    for (const float value : {0.0F, -0.0F, 1.0F, -1.0F, 1e-45F, 1e-30F, 1e30F, 3e37F})
      for (const bool varies : {false, true})
        for (const float weight : {0.0F, 1.0F}) {
          std::vector<float> x, w(120, weight), target(static_cast<std::size_t>(rows * 20));
          for (std::int64_t i = 0; i < rows * 6; ++i) x.push_back(varies && d.below(2) == 0 ? -value : value);
          for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
            for (std::size_t o = 0; o < 20; ++o)
              for (std::size_t i = 0; i < 6; ++i) target[r * 20 + o] += weight * x[r * 6 + i];
          const layer_data data{{x.data(), {rows, 6}}, {target.data(), {rows, 20}}};
          const auto finite = [&](const auto& layer) {
            const auto y = detail::run_alone(layer, data.inputs, data.targets.shape);
            for (const float v : y)
              if (!std::isfinite(v)) return false;
            return detail::run_alone(layer.in_form(table_form::arithmetic), data.inputs, data.targets.shape) == y;
          };
          const std::string what = std::to_string(rows) + " rows of " + std::to_string(value) + (varies ? ", of both signs" : "");
          for (int levels = 1; levels <= 4; ++levels) {
            EXPECT_TRUE(finite(binary_residual_layer(fit_binary_residual(s, w, data, {.levels = levels})))) << what;
            EXPECT_TRUE(finite(lutnet_layer(fit_lutnet(s, w, data, {.inputs = 1 + levels, .levels = levels, .density = 50}).layer)))
                << what;
          }
          EXPECT_TRUE(finite(fit_logicnets(s, w, data, {}, data.targets, {.fan_in = 3, .in = {3, 1}, .out = {3, 1}}))) << what;
          EXPECT_TRUE(finite(
              fit_logicnets(s, w, data, {}, data.targets, {.fan_in = 9, .in = {1, 1}, .out = {3, 1, false}, .search_fraction = true})))
              << what;
        }
}

// Counts of more than 16 bits, in words that are not full.
TEST(HostileTables, ManyTaps) {
  const layer_shape s = linear_shape(70001, 17);
  std::vector<float> x = draw(9).normals(70001 * 40);
  for (std::size_t i = 0; i < 70001; ++i) x[i] = -1;  // all of the first row's signs the same
  binary_residual_parameters p = random_signs(s, 1, 100, 2);
  for (std::size_t i = 0; i < 70001; ++i) p.weight[i] = 1;
  p.levels.scale[0] = 1;
  p.gain.assign(17, 1);
  p.bias.assign(17, 0);
  const binary_residual_layer layer(p);
  const auto y = detail::run_alone(layer, {x.data(), {40, 70001}}, {40, 17});
  EXPECT_EQ(y[0], -70001);
  EXPECT_EQ(detail::run_alone(layer.in_form(table_form::arithmetic), {x.data(), {40, 70001}}, {40, 17}), y);
  const lutnet_layer tables(random_tables(linear_shape(5000, 2), 6, 1, 100, 4));
  EXPECT_EQ(detail::run_alone(tables, {x.data(), {560, 5000}}, {560, 2}),
            detail::run_alone(tables.in_form(table_form::scalar), {x.data(), {560, 5000}}, {560, 2}));
}

// The variance of equal values is what rounding leaves of it, and no gain is to be made of that.
TEST(HostileTables, EqualSamplesGiveNoGain) {
  const layer_shape s = linear_shape(16, 4);
  const std::vector<float> w = draw(5).normals(16 * 4);
  for (const float v : {-0.7F, -1.1F, 3e5F})
    for (const bool one_gain : {false, true}) {
      const std::vector<float> x(16 * 1000, v), y(4 * 1000, 0.3F);
      const auto fitted = fit_binary_residual(s, w, {{x.data(), {1000, 16}}, {y.data(), {1000, 4}}}, {.levels = 2, .one_gain = one_gain});
      for (const float g : fitted.gain) EXPECT_EQ(g, 0) << v;
      for (const float b : fitted.bias) EXPECT_FLOAT_EQ(b, 0.3F) << v;
    }
}

TEST(HostileTables, CircuitsOfConstants) {
  logicnets_parameters p = random_neurons(linear_shape(3, 2), {2, 0}, {3, 1}, 0, 1);
  p.bias = {1, -1.5F};
  const logicnets_layer layer(p);
  const netlist n = make_netlist("constants", {&layer}, {1, 3});
  std::ostringstream verilog, blif;
  emit_verilog(verilog, n, {.registers = true});
  emit_blif(blif, n);
  EXPECT_NE(verilog.str().find("assign y = 3'b010;"), std::string::npos) << verilog.str();
  EXPECT_NE(verilog.str().find("assign y = 3'b101;"), std::string::npos) << verilog.str();
  EXPECT_EQ(lut6_bound_of(n), 6);
  // Tables of no output at all.
  lutnet_parameters none = random_tables(linear_shape(3, 2), 2, 1, 0, 1);
  ASSERT_EQ(none.tables(), 0);
  EXPECT_EQ(make_netlist("none", lutnet_layer(none)).outputs, (std::vector<int>{netlist::zero, netlist::zero}));
}

}  // namespace
