// SPDX-License-Identifier: BSL-1.0
/// @file hostile_weights_test.cpp
/// NaN, infinities and zero-sized tensors on the way from a file through a quantised network: what they touch is defined, and
/// nothing else changes.
#include <dyadic/format/block.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/model.hpp>
#include <dyadic/model/weights.hpp>
#include <dyadic/pass/config.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace {
using namespace dyadic;

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

struct net final : graph<node<"x", input<dyn, 32>>, node<"fc", linear<32, 3>, "x">, node<"y", relu, "fc">> {};
struct elements final : config<by_default<none>, by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<8, 4>>>> {};
struct blocks final : config<by_default<none>, by_op<op::linear, data_in<BlockFP<8, 8>>, weight<BlockFP<6, 8>>, bias<none>>> {};

/// The network's weights, all 0.5, but one.
auto weights_with(std::size_t at, float value) {
  std::vector<float> w(96, 0.5F);
  w[at] = value;
  safetensors::Writer out;
  out.add("net/fc.weight", w, {3, 32}).add("net/fc.bias", std::vector<float>{0.25F, 0.25F, 0.25F}, {3});
  return load<net>(safetensors::parse(out.bytes(), "weights.safetensors"), "net");
}
Tensor<2> ones(Eigen::Index batch) {
  Tensor<2> x(batch, 32);
  x.setConstant(1.0F);
  return x;
}

TEST(HostileWeights, ANanShowsInItsOutputAndInNoOther) {
  const auto by_element = quantize<elements>(net{}, weights_with(33, nan_value))(ones(2));
  const auto by_block = quantize<blocks>(net{}, weights_with(33, nan_value))(ones(2));
  for (const Tensor<2>& y : {by_element, by_block})
    for (Eigen::Index sample = 0; sample < 2; ++sample) {
      EXPECT_TRUE(std::isnan(y(sample, 1))) << "row 1 of the weights holds the NaN";
      EXPECT_EQ(y(sample, 0), by_element(0, 0));
      EXPECT_TRUE(std::isfinite(y(sample, 0)) && std::isfinite(y(sample, 2)));
    }
}

TEST(HostileWeights, AnInfinitySaturates) {
  const auto y = quantize<elements>(net{}, weights_with(33, -infinity))(ones(1));
  EXPECT_EQ(y(0, 0), 32 * 0.5F + 0.25F);
  EXPECT_EQ(y(0, 1), 31 * 0.5F - 8.0F + 0.25F) << "-8 is the most negative value of Fixed<8, 4>";
}

TEST(HostileWeights, ANanInputShowsInItsSampleAndInNoOther) {
  Tensor<2> x = ones(3);
  x(1, 7) = nan_value;
  const auto y = quantize<elements>(net{}, weights_with(0, 0.5F))(x);
  for (Eigen::Index n = 0; n < 3; ++n) {
    EXPECT_TRUE(std::isnan(y(1, n)));
    EXPECT_EQ(y(0, n), 16.25F);
    EXPECT_EQ(y(2, n), 16.25F);
  }
}

TEST(HostileWeights, ABatchOfNothingGivesNothing) {
  const auto model = quantize<blocks>(net{}, weights_with(0, 0.5F));
  const Tensor<2> y = model(ones(0));
  EXPECT_EQ(extents(y), (Extents{0, 3}));
  std::ostringstream text;
  text << summary(model);
  EXPECT_NE(text.str().find("fc"), std::string::npos);
}

TEST(HostileWeights, AWeightOfAnotherShapeIsRefusedWithBoth) {
  safetensors::Writer out;
  out.add("net/fc.weight", std::vector<float>{}, {0, 32}).add("net/fc.bias", std::vector<float>(3), {3});
  const auto file = safetensors::parse(out.bytes(), "weights.safetensors");
  try {
    (void)load<net>(file, "net");
    FAIL() << "nothing was thrown";
  } catch (const error& e) {
    const std::string what = e.what();
    for (const char* part : {"weights.safetensors", "net/fc.weight", "[0, 32]", "[3, 32]"})
      EXPECT_NE(what.find(part), std::string::npos) << what;
  }
}

}  // namespace
