// SPDX-License-Identifier: BSL-1.0
// Neurons as tables: every entry against exact arithmetic, whole networks form against form, the fit, and what is refused.
#include <dyadic/lut/logicnets_fit.hpp>

#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/norm.hpp>

#include "support.hpp"
#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <set>

namespace {
using namespace dyadic_test;

// --- Formats -----------------------------------------------------------------------------------------------------------------

template <class F>
void same_codes_as() {
  constexpr fixed_format f = format_of<F>;
  static_assert(f.legal() && f.step() > 0);
  draw d(3);
  std::vector<float> x;
  for (int q = -2100; q <= 2100; ++q) x.push_back(static_cast<float>(q) * static_cast<float>(f.step()) / 4);  // ties and their neighbours
  for (const float v :
       {0.0F, -0.0F, 1e30F, -1e30F, 1e-40F, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 0.5F})
    x.push_back(v);
  for (int i = 0; i < 2000; ++i) x.push_back(static_cast<float>(d.normal() * std::pow(2.0, d.below(24) - 12)));
  for (const float v : x) {
    ASSERT_EQ(f.encode(v), std::int32_t{F::encode(v)}) << F::name() << " of " << v;
    ASSERT_EQ(f.decode(f.encode(v)), F::decode(F::encode(v)));
  }
}
TEST(FixedFormat, GivesTheCodesOfFixed) {
  same_codes_as<Fixed<3, 1>>();
  same_codes_as<Fixed<1, 0>>();
  same_codes_as<Fixed<8, 4>>();
  same_codes_as<Fixed<8, 12>>();
  same_codes_as<Fixed<4, -3>>();
  same_codes_as<Fixed<16, 8>>();
  same_codes_as<Fixed<2, 1, false>>();
  same_codes_as<Fixed<16, 3, false>>();
  EXPECT_EQ((format_of<Fixed<3, 1>>.text()), (Fixed<3, 1>::name()));
  const auto name = Fixed<2, 1, false>::name();
  EXPECT_EQ((format_of<Fixed<2, 1, false>>.text()), name);
}

// --- Counts ------------------------------------------------------------------------------------------------------------------

static_assert(lut6_bound(1) == 1 && lut6_bound(6) == 1 && lut6_bound(7) == 3 && lut6_bound(8) == 5 && lut6_bound(9) == 11);
static_assert(lut6_bound(10) == 21 && lut6_bound(12) == 85 && lut6_bound(15) == 683);

// The topologies of the paper's jet substructure classifiers, 16 inputs and 5 outputs; figures of its table and of the formulas.
TEST(LogicNets, CountsTablesBitsAndLutsOfTheKnownTopologies) {
  struct layer {
    int in, out, in_bits, out_bits, fan_in;
  };
  const struct {
    std::vector<layer> layers;
    std::int64_t luts, bits;
  } nets[] = {
      {{{16, 64, 2, 2, 3}, {64, 32, 2, 2, 3}, {32, 32, 2, 2, 3}, {32, 32, 2, 2, 3}, {32, 5, 2, 2, 3}}, 330, 21120},
      {{{16, 64, 3, 3, 4}, {64, 32, 3, 3, 4}, {32, 32, 3, 3, 4}, {32, 32, 3, 3, 4}, {32, 5, 3, 3, 4}}, 42075, 2027520},
      {{{16, 32, 4, 3, 3}, {32, 64, 3, 3, 4}, {64, 192, 3, 3, 4}, {192, 192, 3, 3, 4}, {192, 16, 3, 3, 4}, {16, 5, 3, 7, 5}},
       150385,
       7241728},
  };
  for (const auto& net : nets) {
    std::int64_t luts = 0, bits = 0, tables = 0, neurons = 0;
    for (const layer& l : net.layers) {
      const auto r = logicnets_layer(random_neurons(linear_shape(l.in, l.out), {l.in_bits, 1}, {l.out_bits, 1}, l.fan_in, 1)).report();
      luts += r.luts;
      bits += r.table_bits;
      tables += r.tables;
      neurons += l.out;
    }
    EXPECT_EQ(luts, net.luts);
    EXPECT_EQ(bits, net.bits);
    EXPECT_EQ(tables, neurons);
  }
}

// --- Every address against exact arithmetic ------------------------------------------------------------------------------------

/// Nearest code of num/den·2^fraction, ties to even, saturated: integers only.
std::int64_t exact_code(std::int64_t num, std::int64_t den, const fixed_format& f) {
  num *= std::int64_t{1} << f.fraction;
  std::int64_t below = num / den;
  if (num % den != 0 && num < 0) --below;
  const std::int64_t twice = 2 * (num - below * den);
  if (twice > den || (twice == den && below % 2 != 0)) ++below;
  return std::clamp<std::int64_t>(below, f.low(), f.high());
}

// Weights and biases in eighths, batch norm slopes in halves: every value is a small fraction, ties and saturation are frequent.
struct exact_case {
  fixed_format in, out;
  int fan_in;
  bool batch_norm;
};
TEST(LogicNets, EveryEntryIsTheExactlyRoundedAnswer) {
  const exact_case cases[] = {
      {{3, 1}, {3, 1}, 4, false},       {{2, 0, false}, {3, 0, false}, 5, false}, {{4, 2}, {2, 1}, 3, true},   {{1, 0}, {4, 2}, 6, true},
      {{5, 3, false}, {6, 2}, 2, true}, {{3, 1}, {2, 1, false}, 0, true},         {{7, 2}, {16, 3}, 2, false},
  };
  int ties = 0, saturated = 0, negative_slopes = 0;
  for (const exact_case& c : cases) {
    const layer_shape shape = conv_shape(3, 4, {.kernel = {2, 2}});
    auto p = random_neurons(shape, c.in, c.out, c.fan_in, 17);
    draw d(23);
    for (float& w : p.weight) w = static_cast<float>(d.below(33) - 16) / 8;
    for (float& b : p.bias) b = static_cast<float>(d.below(33) - 16) / 8;
    const float slope[] = {-1.5F, 2, -0.5F, 1}, shift[] = {0.25F, -1, 0, 0.5F}, mean[] = {0.5F, -0.25F, 0, 1},
                variance[] = {1, 4, 0.25F, 1};
    const ConstView normal[] = {{slope, {4}}, {shift, {4}}, {mean, {4}}, {variance, {4}}};
    // Without an epsilon the factors are 1, 1/2, 2, 1 times the slopes.
    using exact_norm = batch_norm2d<4, eps<0, 1>>;
    if (c.batch_norm) p.after.push_back(operator_of<exact_norm>, normal);
    p.after.push_back(operator_of<relu>, {});
    const logicnets_layer layer(p);
    for (std::int64_t o = 0; o < 4; ++o) {
      const auto k = static_cast<std::size_t>(o);
      const auto table = layer.table(o);
      ASSERT_EQ(table.size(), std::size_t{1} << (c.in.bits * static_cast<int>(p.fan_in(o))));
      for (std::size_t address = 0; address < table.size(); ++address) {
        // All in 1/den.
        const std::int64_t den = 4096;
        std::int64_t z = std::llround(p.bias[k] * 8) * (den / 8);
        std::size_t rest = address;
        for (std::int64_t j = p.first[k]; j < p.first[k + 1]; ++j) {
          const std::int64_t q = static_cast<std::int64_t>(rest % (std::size_t{1} << c.in.bits)) + c.in.low();
          rest >>= c.in.bits;
          z += std::llround(p.weight[static_cast<std::size_t>(j)] * 8) * q * (den / 8 >> c.in.fraction);
        }
        if (c.batch_norm) {
          const std::int64_t twice_factor[] = {-3, 2, -2, 2};
          z = (z - std::llround(mean[k] * 4) * (den / 4)) * twice_factor[k];  // in 1/(2 den)
          z = z / 2 + std::llround(shift[k] * 4) * (den / 4);                 // z was even: inputs have far fewer fractional bits
          negative_slopes += twice_factor[k] < 0 ? 1 : 0;
        }
        z = std::max<std::int64_t>(z, 0);
        const std::int64_t expected = exact_code(z, den, c.out);
        ties += (2 * z * (std::int64_t{1} << c.out.fraction)) % (2 * den) == den ? 1 : 0;
        saturated += expected == c.out.high() ? 1 : 0;
        ASSERT_EQ(std::int64_t{table[address]} + c.out.low(), expected)
            << "neuron " << o << ", address " << address << ", z " << z << "/" << den;
      }
    }
  }
  EXPECT_GT(ties, 100);
  EXPECT_GT(saturated, 100);
  EXPECT_GT(negative_slopes, 100);
}

// --- Form against form -------------------------------------------------------------------------------------------------------

void same_bits(const std::vector<float>& a, const std::vector<float>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint32_t>(a[i]), std::bit_cast<std::uint32_t>(b[i])) << what << ", result " << i;
}

// All addresses of every neuron: inputs that run through all codes of one neuron's taps at a time.
TEST(LogicNets, TablesEqualArithmeticAtEveryAddress) {
  for (const auto& [in, out, fan_in] : {std::tuple{fixed_format{3, 1}, fixed_format{3, 1}, 4},
                                        {fixed_format{2, 1, false}, fixed_format{5, 2}, 3},
                                        {fixed_format{5, 2}, fixed_format{4, 1, false}, 2},
                                        {fixed_format{4, 0}, fixed_format{2, 0}, 0}}) {
    auto p = random_neurons(linear_shape(9, 12), in, out, fan_in, 5);
    p.after.push_back(operator_of<activation<op::tanh>>, {});
    const logicnets_layer layer(p);
    for (std::int64_t o = 0; o < 12; ++o) {
      const std::int64_t size = static_cast<std::int64_t>(layer.table(o).size());
      std::vector<float> x(static_cast<std::size_t>(size * 9), 0.0F);
      for (std::int64_t a = 0; a < size; ++a)
        for (std::int64_t j = 0; j < p.fan_in(o); ++j) {
          const auto tap = static_cast<std::size_t>(p.tap[static_cast<std::size_t>(p.first[static_cast<std::size_t>(o)] + j)]);
          x[static_cast<std::size_t>(a * 9) + tap] =
              in.decode(static_cast<std::int32_t>(a >> (in.bits * j) & ((1 << in.bits) - 1)) + in.low());
        }
      const ConstView view{x.data(), {size, 9}};
      same_bits(detail::run_alone(layer, view, {size, 12}), detail::run_alone(layer.in_form(table_form::arithmetic), view, {size, 12}),
                "neuron " + std::to_string(o));
    }
  }
}

TEST(LogicNets, FormsAgreeOnEveryGeometry) {
  for (const layer_case& c : layer_cases())
    for (const auto& formats : {std::pair{fixed_format{3, 1}, fixed_format{3, 1}}, {fixed_format{2, 1, false}, fixed_format{4, 2}}}) {
      const fixed_format in = formats.first, out = formats.second;
      auto p = random_neurons(c.shape, in, out, 4, 29);
      p.after.push_back(operator_of<relu>, {});
      const std::vector<float> x = draw(31).normals(c.input.size());
      const logicnets_layer layer(p);
      const ConstView view{x.data(), c.input};
      const auto y = detail::run_alone(layer, view, output_shape(c));
      same_bits(y, detail::run_alone(layer.in_form(table_form::arithmetic), view, output_shape(c)), c.input.text());
      // Against the formula, with taps found by plain index arithmetic: within what float32 leaves open near a tie, almost always equal.
      std::int64_t off = 0;
      for_each_result(c, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
        const auto k = static_cast<std::size_t>(o);
        double z = static_cast<double>(p.bias[k]);
        for (std::int64_t j = p.first[k]; j < p.first[k + 1]; ++j) {
          const auto i = static_cast<std::size_t>(j);
          const double q = static_cast<double>(in.decode(in.encode(taps[static_cast<std::size_t>(p.tap[i])].value_or(0))));
          z += static_cast<double>(p.weight[i]) * q;
        }
        const double code =
            std::clamp(std::nearbyint(std::max(z, 0.0) / out.step()), static_cast<double>(out.low()), static_cast<double>(out.high()));
        off += static_cast<double>(y[static_cast<std::size_t>(at)]) == code * out.step() ? 0 : 1;
      });
      EXPECT_EQ(off, 0) << c.input.text();
    }
}

struct chain {
  std::vector<logicnets_layer> layers;
  std::vector<float> operator()(std::vector<float> x, std::int64_t rows, table_form form) const {
    for (const logicnets_layer& l : layers) x = detail::run_alone(l.in_form(form), {x.data(), {rows, l.shape().in}}, {rows, l.shape().out});
    return x;
  }
};
chain three_layers(std::int64_t inputs, fixed_format in) {
  std::vector<logicnets_layer> layers;
  const fixed_format mid{3, 1, false};
  auto a = random_neurons(linear_shape(inputs, 10), in, mid, 4, 41), b = random_neurons(linear_shape(10, 8), mid, mid, 3, 42),
       c = random_neurons(linear_shape(8, 5), mid, {5, 2}, 3, 43);
  a.after.push_back(operator_of<relu>, {});
  b.after.push_back(operator_of<relu>, {});
  layers.emplace_back(a, "LogicNets", 16);
  layers.emplace_back(b);
  layers.emplace_back(c);
  return {layers};
}

TEST(LogicNets, AWholeNetworkAgreesOnAll65536Inputs) {
  const fixed_format in{2, 1};
  const chain net = three_layers(8, in);
  std::vector<float> x;
  for (int code = 0; code < 65536; ++code)
    for (int i = 0; i < 8; ++i) x.push_back(in.decode((code >> (2 * i) & 3) + in.low()));
  same_bits(net(x, 65536, table_form::fast), net(x, 65536, table_form::arithmetic), "exhaustive");
}
TEST(LogicNets, AWiderNetworkAgreesOnAHundredThousandInputsAndAllCorners) {
  const fixed_format in{4, 2};
  const chain net = three_layers(12, in);
  draw d(47);
  std::vector<float> x;
  for (int i = 0; i < 100000 * 12; ++i) x.push_back(in.decode(d.below(16) + in.low()));
  for (int corner = 0; corner < 4096; ++corner)
    for (int i = 0; i < 12; ++i) x.push_back(in.decode((corner >> i & 1) != 0 ? in.high() : in.low()));
  same_bits(net(x, 104096, table_form::fast), net(x, 104096, table_form::arithmetic), "sampled");
}

// --- The fit -----------------------------------------------------------------------------------------------------------------

TEST(LogicNetsFit, FindsTheInputsAndWeightsThatThereAre) {
  // Targets that really are sums of three inputs.
  const fixed_format in{6, 3}, out{16, 8};
  draw d(53);
  const std::int64_t rows = 3000, depth = 20, outputs = 6;
  std::vector<float> x, weight(static_cast<std::size_t>(outputs * depth), 0.0F);
  for (std::int64_t i = 0; i < rows * depth; ++i) x.push_back(in.decode(in.encode(static_cast<float>(d.normal()))));
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t k = 0; k < 3; ++k)
      weight[static_cast<std::size_t>(o * depth + (3 * o + 5 * k) % depth)] = static_cast<float>(k + 1) * 0.5F;
  std::vector<float> target(static_cast<std::size_t>(rows * outputs), 0.75F);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < depth; ++i)
        target[static_cast<std::size_t>(r * outputs + o)] +=
            weight[static_cast<std::size_t>(o * depth + i)] * x[static_cast<std::size_t>(r * depth + i)];
  const layer_data data{{x.data(), {rows, depth}}, {target.data(), {rows, outputs}}};
  const auto layer = fit_logicnets(linear_shape(depth, outputs), weight, data, {}, data.targets,
                                   {.fan_in = 3, .in = in, .out = out, .most_address_bits = 18});
  const logicnets_parameters& p = layer.parameters();
  for (std::int64_t o = 0; o < outputs; ++o) {
    ASSERT_EQ(p.fan_in(o), 3);
    EXPECT_NEAR(p.bias[static_cast<std::size_t>(o)], 0.75, 0.01);
    for (std::int64_t j = p.first[static_cast<std::size_t>(o)]; j < p.first[static_cast<std::size_t>(o) + 1]; ++j) {
      const float w = weight[static_cast<std::size_t>(o * depth + p.tap[static_cast<std::size_t>(j)])];
      EXPECT_GT(w, 0) << "an input that the target does not depend on";
      EXPECT_NEAR(p.weight[static_cast<std::size_t>(j)], w, 0.01);
    }
  }
}

TEST(LogicNetsFit, PutsThePointWhereItServesBest) {
  draw d(59);
  std::vector<float> x = d.normals(4000), weight{1, 0.5F};
  std::vector<float> target;
  for (std::size_t r = 0; r < 2000; ++r) target.push_back(std::max(0.0F, (x[2 * r] + x[2 * r + 1] / 2) * 40));
  const layer_data data{{x.data(), {2000, 2}}, {target.data(), {2000, 1}}};
  const auto p = fit_logicnets(linear_shape(2, 1), weight, data, {}, data.targets,
                               {.fan_in = 2, .in = {4, 0}, .out = {4, 0, false}, .search_fraction = true})
                     .parameters();
  // ±1.75 in steps of 1/4 holds 92 % of a normal variable, ±3.5 in steps of 1/2 all of it; results go up to about 140.
  EXPECT_TRUE(p.in.fraction == 1 || p.in.fraction == 2) << p.in.fraction;
  EXPECT_TRUE(p.out.fraction == -2 || p.out.fraction == -3) << p.out.fraction;
  const auto error = [&](const fixed_format& f) { return detail::squared_error(f, x, x); };
  for (int fraction = -8; fraction <= 24; ++fraction) EXPECT_LE(error(p.in), error({4, fraction}));
}

TEST(LogicNetsFit, ATapThatNeverChangesIsNotTaken) {
  std::vector<float> x, target;
  draw d(61);
  for (int r = 0; r < 100; ++r) {
    x.insert(x.end(), {1.0F, static_cast<float>(d.below(4)), 0.0F});
    target.push_back(3.0F);  // and the target does not either: the weights decide
  }
  const std::vector<float> weight{9, 1, 5};
  const layer_data data{{x.data(), {100, 3}}, {target.data(), {100, 1}}};
  const auto p = fit_logicnets(linear_shape(3, 1), weight, data, {}, data.targets, {.fan_in = 2, .in = {3, 0}, .out = {4, 0}}).parameters();
  ASSERT_EQ(p.fan_in(0), 1);
  EXPECT_EQ(p.tap[0], 1);
  EXPECT_NEAR(p.weight[0], 0, 1e-6);
  EXPECT_NEAR(p.bias[0], 3, 1e-5);
}

TEST(LogicNetsFit, RegressedEntriesAreMeansOfWhatWasSeen) {
  std::vector<float> x, target;
  for (int r = 0; r < 60; ++r) {
    const int q = r % 3;  // 0, 1, 2: seen twenty times each; 3 never
    x.push_back(static_cast<float>(q));
    target.push_back(static_cast<float>(q * q) + (r % 2 == 0 ? 0.5F : -0.5F));
  }
  const std::vector<float> weight{2};
  const layer_data data{{x.data(), {60, 1}}, {target.data(), {60, 1}}};
  const logicnets_options options{.fan_in = 1, .in = {2, 0, false}, .out = {4, 0, false}, .regress_from = 20};
  const auto layer = fit_logicnets(linear_shape(1, 1), weight, data, {}, data.targets, options);
  auto plain = options;
  plain.regress_from = 21;
  const auto line = fit_logicnets(linear_shape(1, 1), weight, data, {}, data.targets, plain);
  EXPECT_EQ(std::vector<int>(layer.table(0).begin(), layer.table(0).begin() + 3), (std::vector<int>{0, 1, 4}));
  EXPECT_EQ(layer.table(0)[3], line.table(0)[3]);
  EXPECT_THROW(static_cast<void>(layer.in_form(table_form::arithmetic)), error);
}

// --- What is refused ----------------------------------------------------------------------------------------------------------

TEST(LogicNets, RefusesWhatCannotWork) {
  const auto p = random_neurons(linear_shape(9, 3), {4, 1}, {3, 1}, 4, 1);
  EXPECT_NE(message_of([&] {
              logicnets_layer{p};
            }).find("neuron 0 reads 4 inputs of 4 bits, so its table would have 16 address bits; 15 are allowed"),
            std::string::npos);
  EXPECT_NO_THROW((logicnets_layer{p, "", 16}));
  const auto wide = random_neurons(linear_shape(9, 3), {5, 1}, {3, 1}, 5, 1);
  EXPECT_NE(message_of([&] { logicnets_layer(wide, "", 99); }).find("25 address bits; 24 are allowed"), std::string::npos);
  auto q = random_neurons(linear_shape(9, 3), {3, 1}, {3, 1}, 4, 1);
  q.weight[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message_of([&] { logicnets_layer{q}; }).find("not finite"), std::string::npos);
  auto twice = random_neurons(linear_shape(9, 3), {3, 1}, {3, 1}, 4, 1);
  twice.tap[1] = twice.tap[0];
  EXPECT_NE(message_of([&] { logicnets_layer{twice}; }).find("ascending"), std::string::npos);
  const logicnets_layer good(random_neurons(linear_shape(9, 3), {3, 1}, {3, 1}, 4, 1));
  EXPECT_THROW(static_cast<void>(good.with_tables({1, 2, 3})), error);
  auto table = good.parameters().table;
  table[7] = 8;
  EXPECT_NE(message_of([&] { static_cast<void>(good.with_tables(table)); }).find("larger than 3 bits"), std::string::npos);
  const float nan[9] = {0, 0, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW(detail::run_alone(good, {nan, {1, 9}}, {1, 3}), error);
}

}  // namespace
