// SPDX-License-Identifier: BSL-1.0
// Operators put together: attention as one node and as many, learned values, branches that meet again.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/embedding.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/permute.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/layer/softmax.hpp>
#include <dyadic/pass/quantize.hpp>

#include <support/run_operator.hpp>

namespace {
using namespace test;

template <class G>
weights<G> random_weights(unsigned seed) {
  std::mt19937 random(seed);
  weights<G> w;
  for (const parameter_info& p : w.entries()) {
    tensor t = random_tensor(random, p.shape, 0, 0.3f);
    if (p.name == "running_var")
      for (float& v : t.values) v = std::abs(v) + 0.5f;
    w.set(p.full_name(), t.view());
  }
  return w;
}
template <int R>
Tensor<R> random_input(const Extents& shape, unsigned seed) {
  std::mt19937 random(seed);
  const tensor t = random_tensor(random, shape);
  Tensor<R> x = make_tensor<R>(shape);
  std::copy(t.values.begin(), t.values.end(), x.data());
  return x;
}

// clang-format off
// The same attention, as one node and node by node.
struct in_one final : graph<
    node<"x", input<dyn, 9, 24>>,
    node<"q", linear<24, 24>, "x">,
    node<"k", linear<24, 24>, "x">,
    node<"v", linear<24, 24>, "x">,
    node<"a", grouped_query_attention<3, 3, 8>, "q", "k", "v">> {};
struct in_parts final : graph<
    node<"x", input<dyn, 9, 24>>,
    node<"q", linear<24, 24>, "x">,
    node<"k", linear<24, 24>, "x">,
    node<"v", linear<24, 24>, "x">,
    node<"qh", split_heads<3>, "q">,
    node<"kh", split_heads<3>, "k">,
    node<"vh", split_heads<3>, "v">,
    node<"kt", transpose<-2, -1>, "kh">,
    node<"scores", matmul, "qh", "kt">,
    node<"scaled", scale_by<inverse_sqrt<8>>, "scores">,
    node<"p", softmax, "scaled">,
    node<"o", matmul, "p", "vh">,
    node<"a", merge_heads, "o">> {};
// clang-format on
static_assert(metadata<in_one>::output_shape == Extents{dyn, 9, 24} && metadata<in_parts>::output_shape == Extents{dyn, 9, 24});
static_assert(metadata<in_parts>::shapes[metadata<in_parts>::find("scores")] == Extents{dyn, 3, 9, 9});

TEST(Networks, AttentionIsTheSameInOneNodeAndInMany) {
  const auto one = random_weights<in_one>(1);
  weights<in_parts> parts;
  for (const parameter_info& p : parts.entries()) parts.set(p.full_name(), one.get(p.full_name()));
  const auto x = random_input<3>({2, 9, 24}, 2);
  const Tensor<3> a = bind(in_one{}, one)(x), b = bind(in_parts{}, parts)(x);
  for (Eigen::Index i = 0; i < a.size(); ++i) ASSERT_NEAR(a.data()[i], b.data()[i], 1e-5F);
}

// clang-format off
// A patch embedding with positions and a learned first token, a block, two branches that meet.
struct small_vit final : graph<
    node<"x",     input<dyn, 1, 8, 8>>,
    node<"patch", conv2d<1, 16, 2, stride<2>>, "x">,
    node<"rows",  reshape<dyn, 16, 16>,        "patch">,
    node<"tok",   transpose<1, 2>,             "rows">,
    node<"pos",   learned<16, 16>>,
    node<"h",     add,                         "tok", "pos">,
    node<"ln",    layer_norm<16>,              "h">,
    node<"up",    linear<16, 32>,              "ln">,
    node<"act",   gelu,                        "up">,
    node<"left",  slice<-1, 0, 16>,            "act">,
    node<"right", slice<-1, 16>,               "act">,
    node<"gated", mul,                         "left", "right">,
    node<"both",  concat<-1>,                  "h", "gated">,
    node<"mean",  mean<1>,                     "both">,
    node<"head",  linear<32, 10>,              "mean">> {};
// clang-format on
static_assert(metadata<small_vit>::output_shape == Extents{dyn, 10});
static_assert(metadata<small_vit>::parameters[2].is_called("pos") && metadata<small_vit>::parameters[2].what == role::weight);

struct fine final : config<by_default<Fixed<24, 16>>> {};
struct coarse final : config<by_default<Fixed<4, 2>>> {};
struct positions_only final : config<by_default<none>, by_op<op::parameter, weight<Fixed<4, 2>>>> {};

TEST(Networks, ALearnedValueIsQuantisedAsAWeight) {
  const auto w = random_weights<small_vit>(3);
  const auto x = random_input<4>({3, 1, 8, 8}, 4);
  const Tensor<2> a = bind(small_vit{}, w)(x), b = quantize<fine>(small_vit{}, w)(x), c = quantize<coarse>(small_vit{}, w)(x),
                  d = quantize<positions_only>(small_vit{}, w)(x);
  double off_near = 0, off_far = 0, off_positions = 0;
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    const auto off = [&](const Tensor<2>& other) {
      return std::abs(static_cast<double>(other.data()[i]) - static_cast<double>(a.data()[i]));
    };
    off_near = std::max(off_near, off(b)), off_far = std::max(off_far, off(c)), off_positions = std::max(off_positions, off(d));
  }
  EXPECT_LT(off_near, 1e-3);
  EXPECT_GT(off_far, 1e-2);
  EXPECT_GT(off_positions, 1e-4);
}

TEST(Networks, ASampleDoesNotDependOnItsBatch) {
  const auto model = bind(small_vit{}, random_weights<small_vit>(5));
  const auto x = random_input<4>({7, 1, 8, 8}, 6);
  const Tensor<2> all = model(x);
  for (Eigen::Index n = 0; n < 7; ++n) {
    const Tensor<4> one = x.slice(Eigen::array<Eigen::Index, 4>{n, 0, 0, 0}, Eigen::array<Eigen::Index, 4>{1, 1, 8, 8});
    const Tensor<2> y = model(one);
    for (Eigen::Index i = 0; i < 10; ++i) ASSERT_EQ(y(0, i), all(n, i));
  }
}

// clang-format off
// A convolutional network.
struct small_cnn final : graph<
    node<"x",    input<dyn, 3, 9, 9>>,
    node<"c1",   conv2d<3, 8, 3, padding<1>, no_bias>, "x">,
    node<"bn",   batch_norm2d<8>,                      "c1">,
    node<"r1",   relu,                                 "bn">,
    node<"pool", max_pool2d<3, stride<2>, padding<1>>, "r1">,
    node<"c2",   conv2d<8, 8, 3, padding<1>, groups<8>>, "pool">,
    node<"sum",  add,                                  "pool", "c2">,
    node<"avg",  adaptive_avg_pool2d<1>,               "sum">,
    node<"flat", flatten,                              "avg">,
    node<"fc",   linear<8, 4>,                         "flat">> {};
// clang-format on
static_assert(metadata<small_cnn>::shapes[metadata<small_cnn>::find("pool")] == Extents{dyn, 8, 5, 5});
static_assert(metadata<small_cnn>::shapes[metadata<small_cnn>::find("flat")] == Extents{dyn, 8});

TEST(Networks, AConvolutionalOneRuns) {
  const auto w = random_weights<small_cnn>(7);
  const auto model = bind(small_cnn{}, w);
  const auto x = random_input<4>({2, 3, 9, 9}, 8);
  const Tensor<2> y = model(x);
  // The same, operator by operator.
  const auto own = [&](const char* name) {
    const ConstView v = w.get(name);
    tensor t(v.shape);
    std::copy_n(v.data, v.size(), t.values.begin());
    return t;
  };
  tensor h({2, 3, 9, 9});
  std::copy_n(x.data(), x.size(), h.values.begin());
  h = run<conv2d<3, 8, 3, padding<1>, no_bias>>({h}, {own("c1.weight")});
  h = run<batch_norm2d<8>>({h}, {own("bn.weight"), own("bn.bias"), own("bn.running_mean"), own("bn.running_var")});
  h = run<max_pool2d<3, stride<2>, padding<1>>>({run<relu>({h})});
  h = run<add>({h, run<conv2d<8, 8, 3, padding<1>, groups<8>>>({h}, {own("c2.weight"), own("c2.bias")})});
  h = run<linear<8, 4>>({run<flatten>({run<adaptive_avg_pool2d<1>>({h})})}, {own("fc.weight"), own("fc.bias")});
  for (std::size_t i = 0; i < h.values.size(); ++i) ASSERT_EQ(y.data()[i], h.values[i]);
}

// Token ids through an embedding.
struct lookup final : graph<node<"ids", input<dyn, 4>>, node<"emb", embedding<6, 3>, "ids">, node<"out", rms_norm<3>, "emb">> {};
TEST(Networks, IndicesAreNotQuantised) {
  const auto w = random_weights<lookup>(9);
  Tensor<2> ids(1, 4);
  ids.setValues({{5, 0, 3, 3}});
  struct tiny final : config<by_default<Fixed<2, 0>>, by_name<"out", bypass>, by_name<"emb", weight<none>>> {};
  const Tensor<3> a = bind(lookup{}, w)(ids), b = quantize<tiny>(lookup{}, w)(ids);
  for (Eigen::Index i = 0; i < a.size(); ++i) ASSERT_EQ(a.data()[i], b.data()[i]);
  ids(0, 1) = 6;
  EXPECT_THROW(static_cast<void>(bind(lookup{}, w)(ids)), error);
}

}  // namespace
