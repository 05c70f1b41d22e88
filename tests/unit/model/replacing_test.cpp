// SPDX-License-Identifier: BSL-1.0
// Schemes that replace linear and conv2d, in models: conversion in order, what is folded, the forms, reports, errors.
#include <dyadic/model/replacing.hpp>

#include <dyadic/format/fixed.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>
#include <dyadic/pass/tables.hpp>
#include <dyadic/pass/verify.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <limits>
#include <sstream>

namespace {
using namespace dyadic;
using T3 = Fixed<3, 1>;
using U3 = Fixed<3, 1, false>;

static_assert(OpScheme<BinaryResidual<2>> && OpScheme<LutNet<4, 2>> && OpScheme<LogicNets<4, T3, T3>>);
static_assert(LutNet<4, 2, density<30>>::options.density == 30 && BinaryResidual<1, one_gain, soft_weights>::options.soft);
static_assert(LogicNets<5, Fixed<4, 2>, U3, address_bits<20>, fitted_point>::options.search_fraction);

struct net final
    : graph<node<"x", input<dyn, 1, 8, 8>>, node<"conv1", conv2d<1, 6, 3, stride<2>, padding<1>, no_bias>, "x">,
            node<"bn1", batch_norm2d<6>, "conv1">, node<"act1", relu, "bn1">, node<"conv2", conv2d<6, 8, 3, padding<1>, groups<2>>, "act1">,
            node<"act2", activation<op::tanh>, "conv2">, node<"flat", flatten, "act2">, node<"fc1", linear<128, 12>, "flat">,
            node<"act3", relu, "fc1">, node<"fc2", linear<12, 5, false>, "act3">> {};

float uniform(std::uint64_t seed, std::uint64_t i) { return static_cast<float>(random_bits(seed, i)) * 0x1p-31F - 1; }
template <Graph G>
weights<G> random_weights() {
  weights<G> w;
  std::uint64_t at = 0;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> v;
    const bool variance = p.name == "running_var";
    for (std::int64_t i = 0; i < p.shape.size(); ++i) v.push_back(variance ? 0.5F + std::abs(uniform(1, at++)) : uniform(1, at++));
    w.set(p.full_name(), ConstView{v.data(), p.shape});
  }
  return w;
}
Tensor<4> images(std::int64_t n, std::uint64_t seed) {
  Tensor<4> x(n, 1, 8, 8);
  for (std::int64_t i = 0; i < x.size(); ++i) x.data()[i] = uniform(seed, static_cast<std::uint64_t>(i));
  return x;
}
bool same_bits(const Tensor<2>& a, const Tensor<2>& b) {
  bool same = a.size() == b.size();
  for (std::int64_t i = 0; same && i < a.size(); ++i)
    same = std::bit_cast<std::uint32_t>(a.data()[i]) == std::bit_cast<std::uint32_t>(b.data()[i]);
  return same;
}

template <class Scheme>
struct everywhere final : config<by_default<none>, by_op<op::linear, Scheme>, by_op<op::conv2d, Scheme>> {};

template <class Scheme>
double converted_sqnr() {
  static_assert(verify<net, everywhere<Scheme>>());
  const auto w = random_weights<net>();
  const auto m = quantize<everywhere<Scheme>>(net{}, w, calibrate(images(200, 3)));
  const Tensor<4> x = images(64, 4);
  const Tensor<2> y = m(x);
  for (const table_form form : {table_form::scalar, table_form::arithmetic})
    EXPECT_TRUE(same_bits(in_form(m, form)(x), y)) << to_string(form);
  // One image at a time, and a prepared model.
  auto run = prepare(m, 64);
  Tensor<2> z(64, 5);
  run(x, z);
  EXPECT_TRUE(same_bits(y, z));
  for (Eigen::Index i = 0; i < 3; ++i) {
    const Tensor<4> one = x.slice(Eigen::array<Eigen::Index, 4>{i, 0, 0, 0}, Eigen::array<Eigen::Index, 4>{1, 1, 8, 8});
    const Tensor<2> row = m(one);
    for (Eigen::Index o = 0; o < 5; ++o) EXPECT_EQ(row(0, o), y(i, o));
  }
  // Made again, it is the same model.
  EXPECT_TRUE(same_bits(quantize<everywhere<Scheme>>(net{}, w, calibrate(images(200, 3)))(x), y));
  return compare(m, bind(net{}, w), x).rows().back().sqnr_db;
}
TEST(Replacing, WholeNetworksInEveryFormGiveTheSameBits) {
  // Random weights make a hard case; still every scheme keeps more than guessing the mean would (0 dB of a centred value).
  EXPECT_GT(converted_sqnr<BinaryResidual<2>>(), 3);
  EXPECT_GT((converted_sqnr<LutNet<3, 2, density<60>>>()), 3);
  EXPECT_GT((converted_sqnr<LogicNets<4, T3, T3>>()), 1);
  EXPECT_GT((converted_sqnr<LogicNets<3, Fixed<4, 2>, Fixed<4, 2>, fitted_point>>()), 2);
  EXPECT_GT((converted_sqnr<BinaryResidual<3, one_gain, density<80>>>()), 3);
}
TEST(Replacing, OptionsReachTheLayers) {
  const auto w = random_weights<net>();
  struct soft final : config<by_default<none>, by_name<"fc1", BinaryResidual<2, soft_weights>>,
                             by_name<"conv1", BinaryResidual<1, float_data>>, by_name<"fc2", LutNet<2, 1, sweeps<0>, density<25>>>> {};
  const auto m = quantize<soft>(net{}, w, calibrate(images(50, 3)));
  EXPECT_TRUE(layer_at<binary_residual_layer>(m, "fc1").parameters().soft);
  EXPECT_TRUE(layer_at<binary_residual_layer>(m, "conv1").parameters().float_input);
  EXPECT_EQ(layer_at<lutnet_layer>(m, "fc2").parameters().tables(), 5 * 3);
  EXPECT_THROW(static_cast<void>(layer_at<logicnets_layer>(m, "fc2")), error);
  EXPECT_THROW(static_cast<void>(layer_at<logicnets_layer>(m, "act1")), error);
  EXPECT_THROW(static_cast<void>(layer_at<logicnets_layer>(m, "nothing")), error);
}

// --- Folding -----------------------------------------------------------------------------------------------------------------

TEST(Replacing, NormalisationAndActivationsBecomePartOfTheTables) {
  const auto w = random_weights<net>();
  const auto m = quantize<everywhere<LogicNets<4, T3, U3>>>(net{}, w, calibrate(images(100, 3)));
  const auto rows = summary(m).rows();
  const std::vector<std::pair<std::string, bool>> folded{{"bn1", true}, {"act1", true}, {"act2", true}, {"act3", true}, {"flat", false}};
  for (const auto& [name, is] : folded) EXPECT_EQ(rows[metadata<net>::find(name)].runs.name == "folded", is) << name;
  EXPECT_EQ(layer_at<logicnets_layer>(m, "conv1").parameters().after.size(), 2U);
  EXPECT_EQ(layer_at<logicnets_layer>(m, "fc2").parameters().after.size(), 0U);
}

// Two readers, a scheme on the activation, and an output that is rounded: each stays apart.
struct forked final
    : graph<node<"x", input<dyn, 6>>, node<"fc1", linear<6, 4>, "x">, node<"act1", relu, "fc1">, node<"fc2", linear<4, 4>, "fc1">,
            node<"act2", relu, "fc2">, node<"fc3", linear<4, 4>, "act2">, node<"act3", relu, "fc3">, node<"sum", add, "act1", "act3">> {};
TEST(Replacing, WhatCannotBeFoldedStays) {
  struct tables final : config<by_default<none>, by_op<op::linear, LogicNets<3, T3, T3>>, by_name<"act2", data_in<Fixed<8, 4>>>> {};
  const auto w = random_weights<forked>();
  Tensor<2> x(40, 6);
  for (std::int64_t i = 0; i < x.size(); ++i) x.data()[i] = uniform(9, static_cast<std::uint64_t>(i));
  const auto m = quantize<tables>(forked{}, w, calibrate(x));
  const auto rows = summary(m).rows();
  EXPECT_EQ(rows[2].runs.name, "") << "fc1 has two readers";
  EXPECT_EQ(rows[4].runs.name, "") << "act2 quantises its input";
  EXPECT_EQ(rows[6].runs.name, "folded");
  EXPECT_TRUE(same_bits(in_form(m, table_form::arithmetic)(x), m(x)));
}

// Folded or not: the values before the codes are those of the operators themselves.
TEST(Replacing, FoldedOperatorsAreTheOperators) {
  const auto w = random_weights<net>();
  // One input of 8 bits: the table shows every step.
  struct wide final : config<by_default<none>, by_name<"conv1", LogicNets<1, Fixed<8, 6>, Fixed<16, 12>>>> {};
  const auto m = quantize<wide>(net{}, w, calibrate(images(60, 3)));
  const auto& layer = layer_at<logicnets_layer>(m, "conv1");
  const logicnets_parameters& p = layer.parameters();
  for (std::int64_t o = 0; o < 6; ++o) {
    Tensor<4> z(1, 6, 1, 256), y(1, 6, 1, 256);
    z.setZero();
    for (Eigen::Index a = 0; a < 256; ++a)
      z(0, o, 0, a) = static_cast<float>(static_cast<double>(p.bias[static_cast<std::size_t>(o)]) +
                                         static_cast<double>(p.weight[static_cast<std::size_t>(o)]) * (static_cast<double>(a - 128) / 64));
    struct tail final : graph<node<"x", input<dyn, 6, 1, 256>>, node<"bn1", batch_norm2d<6>, "x">, node<"act1", relu, "bn1">> {};
    weights<tail> t;
    for (const char* name : {"bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"}) t.set(name, w.get(name));
    y = bind(tail{}, t)(z);
    for (Eigen::Index a = 0; a < 256; ++a)
      ASSERT_EQ(static_cast<int>(layer.table(o)[static_cast<std::size_t>(a)]) - 32768, (Fixed<16, 12>::encode(y(0, o, 0, a))))
          << "neuron " << o << ", code " << a;
  }
}

// --- Imports -----------------------------------------------------------------------------------------------------------------

TEST(Replacing, AnImportedLayerRunsInPlaceOfItsOperator) {
  const auto w = random_weights<net>();
  const Tensor<4> x = images(20, 3);
  const auto fitted = quantize<everywhere<LogicNets<4, T3, U3>>>(net{}, w, calibrate(x));
  auto m = bind(net{}, w);
  for (const auto& [name, folded] : {std::pair{"conv1", 2U}, {"conv2", 1U}, {"fc1", 1U}, {"fc2", 0U}}) {
    const auto layer = layer_at<logicnets_layer>(fitted, name);
    m = m.replaced(name, replacement(std::make_shared<const logicnets_layer>(layer)), folded);
  }
  EXPECT_TRUE(same_bits(m(x), fitted(x)));
  EXPECT_EQ(message_of([&] { static_cast<void>(m.replaced("cf2", replacement())); }),
            "dyadic: the graph has no node \"cf2\" in whose place something could run; the nearest is \"fc2\".");
  EXPECT_THROW(static_cast<void>(m.replaced("fc2", replacement(), 1)), error);
}

// A layer reads and writes as far as its own shape says: where the operator's is another it must not run.
TEST(Replacing, RefusesALayerOfAnotherShape) {
  const auto w = random_weights<net>();
  const auto fitted = quantize<everywhere<LogicNets<3, T3, U3>>>(net{}, w, calibrate(images(20, 3)));
  const auto m = bind(net{}, w);
  const auto put = [&](const char* from, const char* to, std::size_t folded = 0) {
    return message_of([&] {
      static_cast<void>(
          m.replaced(to, replacement(std::make_shared<const logicnets_layer>(layer_at<logicnets_layer>(fitted, from))), folded));
    });
  };
  EXPECT_EQ(put("fc1", "fc2"),
            "dyadic: node \"fc2\" is a linear of 12 features to 5; the layer is that of a linear of 128 features to 12.");
  EXPECT_EQ(put("fc1", "conv2"),
            "dyadic: node \"conv2\" is a conv2d of 6 channels to 8, kernel 3x3, stride 1x1, padding 1x1, dilation 1x1, "
            "groups 2; the layer is that of a linear of 128 features to 12.");
  EXPECT_NE(put("conv2", "conv1").find("kernel 3x3, stride 2x2"), std::string::npos);
  EXPECT_EQ(put("fc1", "act3"), "dyadic: node \"act3\" is relu; the layer is to run in the place of a linear or conv2d.");
  EXPECT_EQ(put("fc1", "fc1", 1), "");
  EXPECT_EQ(
      put("fc1", "fc1", 2),
      "dyadic: node \"fc2\" (linear<12, 5, false>) cannot be folded into \"act3\": only batch_norm2d and activations value by value can.");
  const auto signs = quantize<everywhere<BinaryResidual<2>>>(net{}, w, calibrate(images(20, 3)));
  EXPECT_THROW(static_cast<void>(m.replaced(
                   "fc2", replacement(std::make_shared<const binary_residual_layer>(layer_at<binary_residual_layer>(signs, "fc1"))))),
               error);
  const auto tables = quantize<everywhere<LutNet<2>>>(net{}, w, calibrate(images(20, 3)));
  EXPECT_THROW(
      static_cast<void>(m.replaced("fc2", replacement(std::make_shared<const lutnet_layer>(layer_at<lutnet_layer>(tables, "fc1"))))),
      error);
}

TEST(Replacing, CalibrationKeepsTemporaries) {
  const auto w = random_weights<net>();
  const Tensor<4> x = images(50, 3);
  const auto kept = calibrate(images(50, 3));
  const auto a = quantize<everywhere<BinaryResidual<1>>>(net{}, w, kept),
             b = quantize<everywhere<BinaryResidual<1>>>(net{}, w, calibrate(x));
  EXPECT_NE(kept.inputs[0].data, x.data());
  EXPECT_TRUE(same_bits(a(x), b(x)));
}

TEST(Replacing, ErrorsNameTheNodeAndTheParameter) {
  auto w = random_weights<net>();
  const Tensor<4> x = images(20, 3);
  const auto m = quantize<everywhere<LogicNets<3, T3, U3>>>(net{}, w, calibrate(x));
  Tensor<4> holes = x;
  holes(3, 0, 2, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of([&] { static_cast<void>(m(holes)); }).find("dyadic: node \"conv1\": LogicNets<3, "), 0U);
  const std::vector<float> nan(12, std::numeric_limits<float>::quiet_NaN()), huge(12 * 128, 3e38F);
  w.set("fc1.bias", ConstView{nan.data(), {12}});
  const auto convert = [&] { static_cast<void>(quantize<everywhere<LutNet<2>>>(net{}, w, calibrate(x))); };
  EXPECT_EQ(message_of(convert), "dyadic: node \"fc1\": fc1.bias holds a value that is not finite; it cannot be converted.");
  const std::vector<float> zeros(12);
  w.set("fc1.bias", ConstView{zeros.data(), {12}});
  w.set("fc1.weight", ConstView{huge.data(), {12, 128}});
  EXPECT_NE(message_of(convert).find("the float layer gives a result that is not finite"), std::string::npos) << message_of(convert);
}

// --- Circuits ----------------------------------------------------------------------------------------------------------------

TEST(Replacing, AWholeNetworkBecomesACircuit) {
  const auto w = random_weights<net>();
  const auto m = quantize<everywhere<LogicNets<3, T3, U3>>>(net{}, w, calibrate(images(60, 3)));
  const netlist n = netlist_of(m, "network");
  EXPECT_EQ(n.inputs, 64 * 3);
  EXPECT_EQ(n.outputs.size(), 5U * 3);
  // The codes of an image through the circuit are the codes of the model's results.
  const Tensor<4> x = images(4, 5);
  const Tensor<2> y = m(x);
  for (Eigen::Index image = 0; image < 4; ++image) {
    std::vector<bool> wire;
    for (Eigen::Index i = 0; i < 64; ++i)
      for (int b = 0; b < 3; ++b) wire.push_back((static_cast<unsigned>(T3::encode(x.data()[image * 64 + i])) >> b & 1U) != 0);
    for (const netlist::cell& c : n.cells) {
      std::size_t address = 0;
      for (std::size_t k = 0; k < c.inputs.size(); ++k) address |= std::size_t{wire[static_cast<std::size_t>(c.inputs[k])]} << k;
      for (int b = 0; b < n.functions[c.what].width; ++b) wire.push_back((n.functions[c.what].entries[address] >> b & 1U) != 0);
    }
    for (Eigen::Index o = 0; o < 5; ++o)
      for (int b = 0; b < 3; ++b)
        ASSERT_EQ(wire[static_cast<std::size_t>(n.outputs[static_cast<std::size_t>(3 * o + b)])], (U3::encode(y(image, o)) >> b & 1) != 0);
  }
  EXPECT_NE(message_of([&] { static_cast<void>(netlist_of(bind(net{}, w), "network")); }).find("node \"conv1\""), std::string::npos);
  struct some final
      : config<by_default<none>, by_op<op::conv2d, LogicNets<3, T3, U3>>, by_name<"fc1", LutNet<2>>, by_name<"fc2", LogicNets<3, T3, U3>>> {
  };
  EXPECT_NE(message_of([&] {
              static_cast<void>(netlist_of(quantize<some>(net{}, w, calibrate(images(60, 3))), "network"));
            }).find("node \"fc1\""),
            std::string::npos);
}

// --- Reports and errors --------------------------------------------------------------------------------------------------------

TEST(Replacing, SummaryShowsTablesBitsAndLuts) {
  const auto w = random_weights<net>();
  const auto s = summary(quantize<everywhere<LogicNets<4, T3, U3>>>(net{}, w, calibrate(images(100, 3))));
  const auto& fc1 = s.rows()[metadata<net>::find("fc1")];
  EXPECT_EQ(fc1.runs.tables, 12);
  EXPECT_EQ(fc1.runs.table_bits, 12 * 4096 * 3);
  EXPECT_EQ(fc1.runs.luts, 12 * 85 * 3);
  EXPECT_TRUE(fc1.quantized);
  std::ostringstream text;
  text << s;
  EXPECT_NE(text.str().find("LogicNets<4, Fixed<3, 1>, Fixed<3, 1, false>>"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("LUT6"), std::string::npos);
  std::ostringstream plain;
  plain << summary(bind(net{}, w));
  EXPECT_EQ(plain.str().find("LUT6"), std::string::npos);
}

// Sizes are those of what stands in the parameters' place, in the table, in its total, in the CSV and in the averages.
struct sized final : graph<node<"x", input<dyn, 10>>, node<"fc1", linear<10, 4>, "x">, node<"fc2", linear<4, 6, false>, "fc1">,
                           node<"act", relu, "fc2">, node<"fc3", linear<6, 3>, "act">, node<"fc4", linear<3, 2>, "fc3">> {};
TEST(Replacing, SummaryCountsWhatIsKeptAndNotWhatIsGone) {
  struct tables final : config<by_default<none>, by_name<"fc1", BinaryResidual<2, density<50>>>, by_name<"fc2", LogicNets<2, T3, U3>>,
                               by_name<"fc3", LutNet<3, 2, density<50>>>, by_name<"fc4", weight<Fixed<8, 4>>>> {};
  Tensor<2> x(80, 10);
  for (std::int64_t i = 0; i < x.size(); ++i) x.data()[i] = uniform(9, static_cast<std::uint64_t>(i));
  const auto s = summary(quantize<tables>(sized{}, random_weights<sized>(), calibrate(x)));
  const auto row = [&](const char* name) { return s.rows()[metadata<sized>::find(name)]; };
  // 20 signs and 40 bits of mask, four gains and biases, a centre and two scales.
  EXPECT_EQ(row("fc1").weights.bits, 20 + 40);
  EXPECT_EQ(row("fc1").bytes, 3 + 5 + 8 * 4 + 4 * 3);
  // Six tables of 2^6 entries of 3 bits, and 12 taps; the activation is in them.
  EXPECT_EQ(row("fc2").weights.bits, 6 * 64 * 3 + 12 * 32);
  EXPECT_EQ(row("fc2").bytes, 6 * 64 * 3 / 8 + 12 * 4);
  EXPECT_EQ(row("act").activations.values, 0);
  // Three outputs of three tables of 8 bits at two levels, three connections each; gains, biases, levels.
  EXPECT_EQ(row("fc3").weights.bits, 9 * 2 * 8 + 9 * 3 * 32);
  EXPECT_EQ(row("fc3").bytes, 9 * 2 + 9 * 3 * 4 + 8 * 3 + 4 * 3);
  EXPECT_EQ(row("fc4").bytes, 6 + 2);
  const std::int64_t bytes = 52 + 192 + 162 + 8, values = 40 + 24 + 18 + 6;
  EXPECT_EQ(s.total().bytes, bytes);
  EXPECT_DOUBLE_EQ(s.bits_per_weight(), static_cast<double>(60 + 1536 + 1008 + 48) / static_cast<double>(values));
  EXPECT_DOUBLE_EQ(s.bits_per_activation(), (10 * 2 + 4 * 3 + 6 * 2 + 3 * 32) / 23.0);
  EXPECT_DOUBLE_EQ(s.compression(), (44 + 24 + 21 + 8) * 4.0 / static_cast<double>(bytes));
  EXPECT_EQ(row("fc1").data_in + "|" + row("fc1").weight + "|" + row("fc1").bias, "2 signs|signs|none");
  EXPECT_EQ(row("fc2").data_in + "|" + row("fc2").weight + "|" + row("fc2").bias, "Fixed<3, 1>|tables|tables");
  EXPECT_NE(s.csv().find("fc3,linear,\"linear<6, 3>\",\"LutNet<3, 2, density<50>>\",yes,\"[dyn, 6] -> [dyn, 3]\",61.7143,162,2,"
                         "\"LutNet<3, 2, density<50>>\",\r\n"),
            std::string::npos)
      << s.csv();
  EXPECT_NE(s.csv().find("act,relu,relu,relu {folded},yes,"), std::string::npos) << s.csv();
}

// --- Thresholds ----------------------------------------------------------------------------------------------------------------

template <class Scheme>
void thresholds_change_nothing() {
  const auto m = quantize<everywhere<Scheme>>(net{}, random_weights<net>(), calibrate(images(200, 3)));
  const Tensor<4> x = images(64, 4);
  const Tensor<2> y = m(x);
  for (const auto& t : {with_thresholds(m, "conv1"), with_thresholds(m, "fc1"), with_thresholds(with_thresholds(m, "conv1"), "fc1")}) {
    EXPECT_TRUE(same_bits(t(x), y));
    EXPECT_TRUE(same_bits(in_form(t, table_form::arithmetic)(x), y));
  }
  const auto rows = summary(with_thresholds(m, "conv1")).rows();
  EXPECT_EQ(rows[metadata<net>::find("conv1")].runs.name, Scheme::name() + ", thresholds");
  for (const char* name : {"bn1", "act1"}) EXPECT_EQ(rows[metadata<net>::find(name)].runs.name, "folded");
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(m, "conv2")); }).find("node \"act2\" is between"), std::string::npos);
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(m, "fc2")); }).find("node \"fc2\" is read by 0 nodes"), std::string::npos);
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(m, "bn1")); }).find("node \"bn1\" runs its operator"), std::string::npos);
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(m, "fc9")); }).find("no node \"fc9\""), std::string::npos);
}
TEST(Replacing, ThresholdsGiveTheBitsOfWhatTheyReplace) {
  thresholds_change_nothing<BinaryResidual<1>>();
  thresholds_change_nothing<BinaryResidual<3, density<70>>>();
  thresholds_change_nothing<LutNet<3, 2, density<60>>>();
}
struct chained final
    : graph<node<"x", input<dyn, 6>>, node<"fc1", linear<6, 9>, "x">, node<"fc2", linear<9, 7>, "fc1">, node<"fc3", linear<7, 4>, "fc2">> {
};
TEST(Replacing, ThresholdsInAnyOrderAndAcrossSchemes) {
  struct tables final
      : config<by_default<none>, by_name<"fc1", LutNet<2, 2>>, by_name<"fc2", BinaryResidual<2>>, by_name<"fc3", LutNet<3>>> {};
  Tensor<2> x(90, 6);
  for (std::int64_t i = 0; i < x.size(); ++i) x.data()[i] = uniform(9, static_cast<std::uint64_t>(i));
  const auto m = quantize<tables>(chained{}, random_weights<chained>(), calibrate(x));
  EXPECT_TRUE(same_bits(with_thresholds(with_thresholds(m, "fc1"), "fc2")(x), m(x)));
  EXPECT_TRUE(same_bits(with_thresholds(with_thresholds(m, "fc2"), "fc1")(x), m(x)));
  struct mixed final : config<by_default<none>, by_name<"fc1", BinaryResidual<2>>, by_name<"fc2", BinaryResidual<2, float_data>>> {};
  const auto f = quantize<mixed>(chained{}, random_weights<chained>(), calibrate(x));
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(f, "fc1")); }).find("does not code its data in binary levels"),
            std::string::npos);
  EXPECT_NE(message_of([&] { static_cast<void>(with_thresholds(f, "fc2")); }).find("node \"fc3\" is between"), std::string::npos);
}

TEST(Replacing, ErrorsNameTheNode) {
  auto w = random_weights<net>();
  EXPECT_NE(message_of([&] {
              static_cast<void>(quantize<everywhere<LutNet<4>>>(net{}, w));
            }).find("node \"conv1\": LutNet<4, 1> is fitted to data"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              static_cast<void>(quantize<everywhere<LutNet<4>>>(net{}, w, calibrate(images(0, 3))));
            }).find("node \"conv1\": LutNet<4, 1>: the calibration data is empty"),
            std::string::npos);
  std::vector<float> fc1(128 * 12, 0.5F);
  fc1[77] = std::numeric_limits<float>::infinity();
  w.set("fc1.weight", ConstView{fc1.data(), {12, 128}});
  // The float network has no finite values then, either; but the weight is what is wrong.
  for (const auto& text :
       {message_of([&] { static_cast<void>(quantize<everywhere<LutNet<2>>>(net{}, w, calibrate(images(9, 3)))); }),
        message_of([&] { static_cast<void>(quantize<everywhere<BinaryResidual<2>>>(net{}, w, calibrate(images(9, 3)))); }),
        message_of([&] { static_cast<void>(quantize<everywhere<LogicNets<2, T3, T3>>>(net{}, w, calibrate(images(9, 3)))); })})
    EXPECT_NE(text.find("node \"fc1\": "), std::string::npos) << text;

  struct pointwise final : graph<node<"x", input<dyn, 4, 2, 2>>, node<"mix", conv2d<4, 3, 1>, "x">> {};
  Tensor<4> x(5, 4, 2, 2);
  x.setConstant(0.5F);
  EXPECT_NE(message_of([&] {
              static_cast<void>(quantize<everywhere<LutNet<2>>>(pointwise{}, random_weights<pointwise>(), calibrate(x)));
            }).find("node \"mix\": LutNet<2, 1>: a convolution whose kernel is one pixel"),
            std::string::npos);
}

TEST(Replacing, ANaNIsRefusedWhenTheModelRuns) {
  const auto m = quantize<everywhere<LutNet<2>>>(net{}, random_weights<net>(), calibrate(images(9, 3)));
  Tensor<4> x = images(3, 5);
  x.data()[70] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message_of([&] { static_cast<void>(m(x)); }).find("NaN"), std::string::npos);
}

}  // namespace
