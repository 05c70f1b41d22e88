// SPDX-License-Identifier: BSL-1.0
/// @file block_choices_test.cpp
/// Models whose operands have integer codes with signed or middle zero points, blocks that choose, and
/// parameters that are given.
#include <dyadic/dyadic.hpp>
#include <dyadic/pass/native.hpp>

#include "support/random_tensor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace dyadic {
namespace {

std::vector<float> values(const auto& t) { return {t.data(), t.data() + t.size()}; }

struct net final
    : graph<node<"x", input<dyn, 32, 4, 4>>, node<"conv", conv2d<32, 8, 3, padding<1>>, "x">,
            node<"act", relu, "conv">, node<"flat", flatten, "act">, node<"fc", linear<128, 21>, "flat">> {};
weights<net> net_weights() {
  weights<net> w;
  w.set("conv.weight", random_tensor<4>(1, 8, 32, 3, 3));
  w.set("conv.bias", random_tensor<1>(2, 8));
  w.set("fc.weight", random_tensor<2>(3, 21, 128));
  w.set("fc.bias", random_tensor<1>(4, 21));
  return w;
}
template <class X, class W>
struct rules final : config<by_default<none>, by_op<op::conv2d, data_in<X>, weight<W>, bias<none>>,
                            by_op<op::linear, data_in<X>, weight<W>, bias<none>>> {};

template <class X, class W>
void expect_model(const std::string& fc_runs_as) {
  const Tensor<4> x = random_tensor<4>(5, 3, 32, 4, 4);
  const auto w = net_weights();
  const auto simulated = quantize<rules<X, W>>(net{}, w);
  const auto on_codes = quantize<rules<X, W>, native>(net{}, w);
  // 1. Weights are those of the scheme along the axes of the operator.
  constexpr operand_axes kernel{.reduction = 1, .channel = 0, .kernel = true};
  EXPECT_EQ(values(Tensor<4>(fake_quantize<W>(random_tensor<4>(1, 8, 32, 3, 3), kernel))),
            values(simulated.parameter("conv.weight").span()))
      << W::name();
  // 2. By hand.
  auto by_hand = net_weights();
  by_hand.set("conv.weight", fake_quantize<W>(random_tensor<4>(1, 8, 32, 3, 3), kernel));
  by_hand.set("fc.weight", fake_quantize<W>(random_tensor<2>(3, 21, 128)));
  const Tensor<2> want = quantize<rules<X, none>>(net{}, by_hand)(x);
  EXPECT_EQ(values(Tensor<2>(simulated(x))), values(want)) << X::name() << " × " << W::name();
  // 3. On codes, where there is a kernel.
  EXPECT_EQ(summary(on_codes).rows()[4].runs_as.substr(0, fc_runs_as.size()), fc_runs_as)
      << X::name() << " × " << W::name();
  const Tensor<2> got = on_codes(x);
  for (Eigen::Index i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got.data()[i], want.data()[i], 1e-3 * (std::fabs(want.data()[i]) + 10))
        << X::name() << " × " << W::name();
}
TEST(Models, OfIntegerCodesWithZeroPoints) {
  expect_model<SignedAffine<8, PerToken>, SymmetricAffine<8, PerChannel>>("int8");
  expect_model<SymmetricAffine<8, PerToken>, SignedAffine<8, PerChannel>>("int8");
  expect_model<SignedAffine<8, PerToken>, SignedAffine<4, PerTensor>>("int8");
}
TEST(Models, OfBlocksThatChoose) {
  expect_model<FourOverSix, FourOverSix>("int8");
  expect_model<Scaled<E2M1, Along<16>, E4M3>, FourOverSix>("int8");
  expect_model<IF4, IF4>("simulated");
  expect_model<FourOverSix, IF4>("simulated");
}

/// Weights whose scales are given are converted before they are set; what was converted stays float32 for the
/// model.
TEST(Models, TakeWeightsWhoseScalesAreGiven) {
  using Int8 = Scaled<SymmetricFixed<8, 0>, PerChannel>;
  const Tensor<2> weight = random_tensor<2>(3, 21, 128);
  const std::vector<float> scales(21, 0.0625F);
  auto w = net_weights();
  w.set("fc.weight", fake_quantize<Int8>(weight, given<Int8>{scales}));
  const auto model = quantize<rules<Scaled<SymmetricFixed<8, 0>, PerToken>, none>>(net{}, w);
  const std::span<const float> y = model.parameter("fc.weight").span();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float q = std::nearbyint(weight.data()[i] / 0.0625F);
    EXPECT_EQ(y[i], std::fmin(std::fmax(q, -127.0F), 127.0F) * 0.0625F) << i;
  }
}

}  // namespace
}  // namespace dyadic
