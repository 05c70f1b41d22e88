// SPDX-License-Identifier: BSL-1.0
// Schemes whose blocks follow the sum, in models: each operator's operands are quantised along the axis that it sums over.
#include <dyadic/dyadic.hpp>
#include <dyadic/pass/native.hpp>

#include "support/message_of.hpp"
#include "support/random_tensor.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dyadic {
namespace {

struct as_linear final : graph<node<"x", input<dyn, 48>>, node<"y", linear<48, 21, false>, "x">> {};
struct as_matmul final : graph<node<"x", input<dyn, 48>>, node<"w", input<48, 21>>, node<"y", matmul, "x", "w">> {};
struct as_bmm final : graph<node<"x", input<dyn, 5, 48>>, node<"w", input<dyn, 48, 21>>, node<"y", bmm, "x", "w">> {};
struct as_conv final : graph<node<"x", input<dyn, 48, 1, 1>>, node<"y", conv2d<48, 21, 1, no_bias>, "x">> {};
struct as_transpose final : graph<node<"x", input<dyn, 48, 1, 1>>, node<"y", convtranspose2d<48, 21, 1, no_bias>, "x">> {};

template <class X, class W>
struct products final : config<by_default<none>, by_op<op::linear, data_in<X>, weight<W>>, by_op<op::matmul, data_in<X>, weight<W>>,
                               by_op<op::bmm, data_in<X>, weight<W>>, by_op<op::conv2d, data_in<X>, weight<W>>,
                               by_op<op::convtranspose2d, data_in<X>, weight<W>>> {};

std::vector<float> values(const auto& t) { return {t.data(), t.data() + t.size()}; }

/// One product, spelled as each of the operators.
template <class X, class W>
void expect_one_product() {
  using rules = products<X, W>;
  const Tensor<2> x = random_tensor<2>(1, 3, 48), w = random_tensor<2>(2, 21, 48);
  Tensor<2> turned(48, 21);
  for (int n = 0; n < 21; ++n)
    for (int k = 0; k < 48; ++k) turned(k, n) = w(n, k);
  weights<as_linear> of_linear;
  of_linear.set("y.weight", w);
  const Tensor<2> want = quantize<rules>(as_linear{}, of_linear)(x);
  const auto of_matmul = quantize<rules>(as_matmul{}, weights<as_matmul>{});
  EXPECT_EQ(values(of_matmul(x, turned)), values(want)) << X::name() << " × " << W::name();
  weights<as_conv> of_conv;
  of_conv.set("y.weight", ConstView{w.data(), {21, 48, 1, 1}});
  weights<as_transpose> of_transpose;
  of_transpose.set("y.weight", ConstView{turned.data(), {48, 21, 1, 1}});
  const ConstView image{x.data(), {3, 48, 1, 1}};
  const Tensor<4> convolved = quantize<rules>(as_conv{}, of_conv)(image), transposed = quantize<rules>(as_transpose{}, of_transpose)(image);
  for (Eigen::Index i = 0; i < want.size(); ++i) {  // convolutions sum in another order; a block more or less would show in the second digit
    EXPECT_NEAR(convolved.data()[i], want.data()[i], 1e-4) << X::name() << " × " << W::name();
    EXPECT_NEAR(transposed.data()[i], want.data()[i], 1e-4) << X::name() << " × " << W::name();
  }
}

TEST(Axes, OneProductInFourSpellings) {
  expect_one_product<MXFP8<E4M3>, MXFP4>();
  expect_one_product<BlockFP<6, 8>, BlockFP<4, 8>>();
  expect_one_product<NVFP4, BlockLog<4, 8>>();
  expect_one_product<Affine<8, PerToken>, Scaled<SymmetricFixed<4, 0>, PerChannel>>();
  expect_one_product<SignedAffine<8, PerToken>, SymmetricAffine<8, PerChannel>>();
  expect_one_product<FourOverSix, IF4>();
  expect_one_product<Scaled<E4M3, PerToken>, ScaledTernary<TernaryRule::mean75, PerChannel>>();
}

TEST(Axes, AreDimensionsOfTheTensor) {
  using Channels = Scaled<SymmetricFixed<8, 0>, PerChannel>;
  const Tensor<2> w = random_tensor<2>(3, 64, 3);
  const auto words = [&]<class S>(std::type_identity<S>, const operand_axes& axes) {
    return message_of([&] { static_cast<void>(fake_quantize<S>(w, axes)); });
  };
  constexpr std::type_identity<Channels> channels;
  constexpr std::type_identity<MXFP4> along;
  const auto expect = [](const std::string& text, const char* part) { EXPECT_NE(text.find(part), std::string::npos) << text; };
  for (const int axis : {2, 5, -3}) {
    expect(words(channels, {.reduction = axis}), "is no dimension, which are -2 to 1, of a tensor of shape [64, 3] (blocks PerChannel)");
    expect(words(along, {.reduction = axis}), ("fake_quantize: .reduction = " + std::to_string(axis)).c_str());
    expect(words(channels, {.reduction = 1, .channel = axis}), ".channel = ");
  }
  for (const int axis : {-2, -1, 0, 1}) EXPECT_EQ(words(along, {.reduction = axis}), "");
  expect(words(channels, data_axes), "there is a scale for each output channel, but .channel = no_channel");
  expect(words(channels, {.reduction = 0}), ".reduction and .channel are the same dimension");
  expect(words(channels, {.reduction = -2}), ".reduction and .channel are the same dimension");
  expect(words(along, {.reduction = 1, .groups = 2}), ".groups = 2 does not divide");
  expect(words(along, {.reduction = 1, .groups = 0}), ".groups = 0 does not divide");
  EXPECT_EQ(words(channels, {.reduction = 0, .channel = 1}), "");
  EXPECT_EQ(words(std::type_identity<Affine<8>>{}, {.reduction = 7}), "") << "one block, whatever the axes";
}

TEST(Axes, SecondOperandOfAProductIsBlockedAlongTheSum) {
  // A column of small values beside columns of large ones: blocks along the rows would round it to nothing.
  Tensor<2> x(1, 32), w(32, 32);
  for (int k = 0; k < 32; ++k) {
    x(0, k) = 1;
    for (int n = 0; n < 32; ++n) w(k, n) = n == 0 ? 0.02F : 1000.0F;
  }
  struct net final : graph<node<"x", input<dyn, 32>>, node<"w", input<32, 32>>, node<"y", matmul, "x", "w">> {};
  struct rules final : config<by_default<none>, by_op<op::matmul, weight<MXFP4>>> {};
  const Tensor<2> y = quantize<rules>(net{}, weights<net>{})(x, w);
  EXPECT_NEAR(y(0, 0), 0.64, 0.16);
}

TEST(Axes, TheWeightOfAConvolutionIsBlockedAlongItsChannels) {
  struct net final : graph<node<"x", input<dyn, 64, 6, 6>>, node<"c", conv2d<64, 8, 3, padding<1>, no_bias>, "x">,
                           node<"d", conv2d<8, 8, 3, groups<8>, no_bias>, "c">> {};
  struct rules final : config<by_default<none>, by_op<op::conv2d, data_in<none>, weight<MXFP4>>> {};
  weights<net> w;
  const Tensor<4> c = random_tensor<4>(3, 8, 64, 3, 3), d = random_tensor<4>(4, 8, 1, 3, 3);
  w.set("c.weight", c);
  w.set("d.weight", d);
  const auto model = quantize<rules>(net{}, w);
  constexpr operand_axes axes{.reduction = 1, .channel = 0, .kernel = true};
  EXPECT_EQ(values(Tensor<4>(fake_quantize<MXFP4>(c, axes))), values(model.parameter("c.weight").span()));
  EXPECT_NE(values(Tensor<4>(fake_quantize<MXFP4>(c))), values(model.parameter("c.weight").span()));
  const auto report = summary(model);
  // Two blocks along 64 channels at each of nine positions; one for each depthwise kernel of nine values.
  EXPECT_EQ(report.rows()[1].weights.bits, 8 * 9 * (64 * 4 + 2 * 8));
  EXPECT_EQ(report.rows()[2].weights.bits, 8 * (9 * 4 + 8));
}

TEST(Axes, HeadsOfAttentionAreBlockedApart) {
  struct net final : graph<node<"q", input<dyn, 4, 24>>, node<"k", input<dyn, 7, 24>>, node<"v", input<dyn, 7, 24>>,
                           node<"y", grouped_query_attention<2, 2, 12>, "q", "k", "v">> {};
  using scheme = BlockFP<5, 8>;
  struct rules final : config<by_default<none>, by_op<op::attention, data_in<scheme>>> {};
  const Tensor<3> q = random_tensor<3>(5, 2, 4, 24), k = random_tensor<3>(6, 2, 7, 24), v = random_tensor<3>(7, 2, 7, 24);
  // By hand: q and k in blocks of 12 and not 16, for a head has no more; v along the seven positions.
  const auto heads = [](const Tensor<3>& t) {
    Tensor<3> y(t.dimensions());
    fake_quantize<scheme>({t.data(), static_cast<std::size_t>(t.size())}, {y.data(), static_cast<std::size_t>(y.size())},
                          Extents{t.dimension(0), t.dimension(1), 2, 12});
    return y;
  };
  Tensor<3> v_turned(2, 24, 7), values_of_v(2, 7, 24);
  for (int n = 0; n < 2; ++n)
    for (int i = 0; i < 7; ++i)
      for (int j = 0; j < 24; ++j) v_turned(n, j, i) = v(n, i, j);
  v_turned = fake_quantize<scheme>(v_turned);
  for (int n = 0; n < 2; ++n)
    for (int i = 0; i < 7; ++i)
      for (int j = 0; j < 24; ++j) values_of_v(n, i, j) = v_turned(n, j, i);
  const Tensor<3> want = bind(net{}, weights<net>{})(heads(q), heads(k), values_of_v);
  EXPECT_EQ(values(Tensor<3>(quantize<rules>(net{}, weights<net>{})(q, k, v))), values(want));
}

/// Products of two computed matrices run on codes where both operands have blocks along the sum: the exact result.
TEST(Axes, BlocksAlongTheSumRunOnCodesInMatmul) {
  using rules = products<MXINT8, MXFP4>;
  const Tensor<3> x = random_tensor<3>(8, 2, 5, 48), w = random_tensor<3>(9, 2, 48, 21);
  const auto on_codes = quantize<rules, native>(as_bmm{}, weights<as_bmm>{});
  ASSERT_FALSE(summary(on_codes).rows()[2].runs.name.empty());
  const Tensor<3> got = on_codes(x, w), simulated = quantize<rules>(as_bmm{}, weights<as_bmm>{})(x, w);
  const Tensor<3> exact = quantize<rules, native_exact>(as_bmm{}, weights<as_bmm>{})(x, w);
  for (Eigen::Index i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got.data()[i], exact.data()[i]) << i;
    EXPECT_NEAR(got.data()[i], simulated.data()[i], 1e-4 * std::abs(simulated.data()[i]) + 1e-4) << i;
  }
}

/// A user's operator says by `input_axes` what its operands' dimensions mean; one that does not is read along the last.
struct own_columns {
  static constexpr op kind = op::custom;
  static std::string name() { return "own_columns"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array input_axes{operand_axes{.reduction = -2, .channel = operand_axes::no_channel}};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) { std::copy_n(a.inputs[0].data, a.out.size(), a.out.data); }
};
TEST(Axes, OperatorsOfOnesOwnSayTheirs) {
  struct net final : graph<node<"x", input<40, 6>>, node<"y", own_columns, "x">> {};
  struct rules final : config<by_default<none>, by_name<"y", data_in<BlockFP<4, 8>>>> {};
  const Tensor<2> x = random_tensor<2>(10, 40, 6);
  const Tensor<2> want = fake_quantize<BlockFP<4, 8>>(x, operand_axes{.reduction = -2});
  EXPECT_EQ(values(Tensor<2>(quantize<rules>(net{}, weights<net>{})(x))), values(want));
}

}  // namespace
}  // namespace dyadic
