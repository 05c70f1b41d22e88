// SPDX-License-Identifier: BSL-1.0
// Replays every recorded case of an operator: inputs, weight and bias quantised by the parity schemes, then the operator, against what
// PyTorch made of the same. A sum's order is not PyTorch's, so results may differ by 2e-5 of the largest one.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/softmax.hpp>

#include "parity/golden.hpp"
#include "parity/schemes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

namespace {

using namespace dyadic;
using golden::json;
using golden::Values;

constexpr double tolerance = 2e-5;

/// An operator's name and attributes in the recordings, and the operator.
struct Entry {
  std::string name;
  json attributes;
  const operator_info* info;
};

template <class O>
Entry entry(std::string name, const char* attributes = "{}") {
  return {std::move(name), json::parse(attributes), &operator_of<O>};
}

std::vector<Entry> make_table() {
  using eps5 = eps<1, 100'000>;
  return {
      entry<linear<48, 24>>("linear"),
      entry<linear<48, 24, false>>("linear", R"({"bias": false})"),
      entry<conv1d<4, 6, 3, stride<2>, padding<1>>>("conv1d", R"({"stride": 2, "padding": 1, "dilation": 1, "groups": 1})"),
      entry<conv1d<4, 6, 3, padding<2>, dilation<2>>>("conv1d", R"({"stride": 1, "padding": 2, "dilation": 2, "groups": 1})"),
      entry<conv2d<4, 6, 3, padding<1>>>("conv2d", R"({"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "groups": 1})"),
      entry<conv2d<4, 6, 3, stride<2, 1>, padding<0, 2>, dilation<1, 2>>>(
          "conv2d", R"({"stride": [2, 1], "padding": [0, 2], "dilation": [1, 2], "groups": 1})"),
      entry<conv2d<4, 8, 3, padding<1>, groups<2>, no_bias>>(
          "conv2d", R"({"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "groups": 2, "bias": false})"),
      entry<convtranspose2d<4, 3, 3, stride<2>, padding<1>, output_padding<1>>>(
          "convtranspose2d", R"({"stride": [2, 2], "padding": [1, 1], "output_padding": [1, 1], "dilation": [1, 1], "groups": 1})"),
      entry<matmul>("matmul"),
      entry<bmm>("bmm"),
      entry<add>("add"),
      entry<sub>("sub"),
      entry<mul>("mul"),
      entry<add>("add", R"({"broadcast": true})"),
      entry<relu>("relu"),
      entry<selu>("selu"),
      entry<activation<op::tanh>>("tanh"),
      entry<gelu>("gelu"),
      entry<softsign>("softsign"),
      entry<softplus>("softplus"),
      entry<silu>("silu"),
      entry<softmax>("softmax", R"({"dim": -1})"),
      entry<layer_norm<32, eps5>>("layer_norm", R"({"normalized_shape": [32], "eps": 1e-05})"),
      entry<layer_norm<32, eps5, no_affine>>("layer_norm", R"({"normalized_shape": [32], "eps": 1e-05, "affine": false})"),
      entry<rms_norm<32, eps<1, 1'000'000>>>("rms_norm", R"({"normalized_shape": [32], "eps": 1e-06})"),
      entry<group_norm<4, 8, eps5>>("group_norm", R"({"num_groups": 4, "eps": 1e-05})"),
      entry<instance_norm2d<8, eps5, affine>>("instance_norm2d", R"({"eps": 1e-05})"),
      entry<batch_norm2d<8, eps5>>("batch_norm2d", R"({"eps": 1e-05})"),
  };
}

const operator_info* find_operator(const json& parameters) {
  static const std::vector<Entry> table = make_table();
  for (const Entry& e : table)
    if (e.name == parameters.at("op") && e.attributes == parameters.at("attrs")) return e.info;
  return nullptr;
}

/// The scheme of a case. Its blocks are 16 neighbours along the last dimension, whatever the rank.
json scheme_of_case(const json& parameters) {
  json scheme = parameters.at("config");
  scheme["scheme"] = parameters.at("scheme");
  if (scheme.contains("block_size")) {
    scheme["neighbours"] = scheme.at("block_size").back();
    scheme.erase("block_size");
  }
  return scheme;
}

void compare(const std::vector<float>& out, const Values& expected) {
  double largest = 0.0, worst = 0.0;
  for (const float y : expected.data)
    if (std::isfinite(y)) largest = std::fmax(largest, std::fabs(static_cast<double>(y)));
  ASSERT_EQ(out.size(), expected.data.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (golden::same(out[i], expected.data[i])) continue;
    const double difference = std::fabs(static_cast<double>(out[i]) - static_cast<double>(expected.data[i]));
    ASSERT_TRUE(std::isfinite(difference)) << "value " << i << " is " << out[i] << ", the reference has " << expected.data[i];
    worst = std::fmax(worst, difference);
  }
  EXPECT_LE(worst, tolerance * largest) << "of results up to " << largest;
}

void replay(const safetensors::File& file, const std::string& name) {
  const json parameters = json::parse(file.metadata().at(name));
  const golden::Scheme* scheme = golden::find_scheme(scheme_of_case(parameters));
  ASSERT_NE(scheme, nullptr) << "tests/parity/schemes.cpp has no type for " << scheme_of_case(parameters);
  const operator_info* info = find_operator(parameters);
  ASSERT_NE(info, nullptr) << "no operator is known for " << parameters;

  // 1. Operands. What has a role is quantised; running statistics have none.
  std::vector<Values> operands;
  const auto load = [&](std::string_view tensor, role what) {
    Values v = golden::read(file, name + "/" + std::string(tensor));
    if (what != role::none) scheme->quantize(v.data, v.data, v.shape);
    operands.push_back(std::move(v));
  };
  std::vector<Extents> shapes;
  for (std::size_t i = 0; i < info->inputs.size(); ++i) {
    load(i == 0 ? "x" : "y", info->inputs[i]);
    shapes.push_back(operands.back().shape);
  }
  for (const parameter& p : info->parameters) {
    load(p.name, p.what);
    ASSERT_EQ(operands.back().shape, p.shape) << p.name;
  }
  // 2. The operator.
  const Values expected = golden::read(file, name + "/out");
  const inferred answer = info->infer(shapes);
  ASSERT_TRUE(answer.ok()) << info->name() << " refuses input " << answer.refused;
  ASSERT_EQ(answer.shape, expected.shape);
  std::vector<ConstView> views;
  for (const Values& v : operands) views.push_back({v.data.data(), v.shape});
  std::vector<float> out(expected.data.size());
  struct alignas(64) Line {
    float values[16];
  };
  std::vector<Line> scratch(info->scratch == nullptr ? 1 : static_cast<std::size_t>(info->scratch(shapes)) / 16 + 1);
  const std::span<const ConstView> all = views;
  info->run({all.first(shapes.size()),
             all.subspan(shapes.size()),
             {out.data(), answer.shape},
             {reinterpret_cast<float*>(scratch.data()), scratch.size() * 16}});
  compare(out, expected);
}

TEST(Parity, EveryOperatorCase) {
  const auto own = golden::open(golden::own_folder(), "operators");
  const auto file = golden::open(golden::folder(), "operators");
  std::set<std::string> names = golden::cases(own);
  ASSERT_EQ(names.size(), 179U);
  names.merge(golden::cases(file));
  std::size_t passed = 0;
  const testing::TestResult& result = *testing::UnitTest::GetInstance()->current_test_info()->result();
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const int failures_before = result.total_part_count();
    if (!file.metadata().contains(name)) {
      ADD_FAILURE() << "the case is missing in " << file.name();
      continue;
    }
    try {
      replay(file, name);
    } catch (const std::exception& e) {  // from a file, a missing tensor: the other cases still run
      ADD_FAILURE() << e.what();
    }
    if (result.total_part_count() == failures_before) ++passed;
  }
  std::cout << "parity: " << passed << " of " << names.size() << " operator cases" << std::endl;
}

}  // namespace
