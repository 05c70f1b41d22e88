// SPDX-License-Identifier: BSL-1.0
/// @file names_test.cpp
/// An operator's name is C++ that names the operator: with its options, and with parameters that are negative or not the usual ones.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/elementwise.hpp>
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
#include <dyadic/model/replacing.hpp>

#include <gtest/gtest.h>

#include <ratio>
#include <string>
#include <type_traits>

namespace ours {
/// A constant without a name of its own, and an option of a user's.
struct half {
  static constexpr double value = 0.5;
};
struct tiny_eps {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.eps = 0.0, void()) {
    s.eps = 3e-9;
  }
};
}  // namespace ours

namespace {
using namespace dyadic;

struct third {
  [[maybe_unused]] static constexpr double value = 1.0 / 3;
};

// The text is read by the compiler, as a type, and compared with what that type calls itself.
#define IS_ITS_NAME(...) EXPECT_EQ(std::string(__VA_ARGS__::name()), #__VA_ARGS__)

TEST(OperatorNames, RoundTrip) {
  IS_ITS_NAME(input<dyn, 3, 32, 32>);
  IS_ITS_NAME(learned<16, 32>);
  IS_ITS_NAME(embedding<100, 8>);
  IS_ITS_NAME(flatten);
  IS_ITS_NAME(reshape<dyn, 16, 4>);
  IS_ITS_NAME(permute<0, 2, 3, 1>);
  IS_ITS_NAME(permute<0, -1, 1>);
  IS_ITS_NAME(transpose<-2, -1>);
  IS_ITS_NAME(split_heads<4>);
  IS_ITS_NAME(merge_heads);
  IS_ITS_NAME(concat<-1>);
  IS_ITS_NAME(slice<1, -5>);
  IS_ITS_NAME(slice<-1, 2, -3>);
  IS_ITS_NAME(slice<0, -9, to_end, 2>);
  IS_ITS_NAME(slice<0, 1, 7, 3>);
  IS_ITS_NAME(mean<1>);
  IS_ITS_NAME(mean<-2, -1>);
  IS_ITS_NAME(mean_keeping<-1>);
  IS_ITS_NAME(softmax);
  IS_ITS_NAME(softmax_over<1>);
  IS_ITS_NAME(softmax_over<-2>);
  IS_ITS_NAME(add);
  IS_ITS_NAME(sub);
  IS_ITS_NAME(mul);
  IS_ITS_NAME(matmul);
  IS_ITS_NAME(bmm);
  IS_ITS_NAME(linear<64, 10>);
  IS_ITS_NAME(linear<64, 10, false>);
}
TEST(OperatorNames, OfActivationsRoundTrip) {
  IS_ITS_NAME(relu);
  IS_ITS_NAME(selu);
  IS_ITS_NAME(gelu);
  IS_ITS_NAME(gelu_tanh);
  IS_ITS_NAME(softsign);
  IS_ITS_NAME(softplus);
  IS_ITS_NAME(silu);
  IS_ITS_NAME(activation<op::tanh>);  // `tanh` is a function
}
TEST(OperatorNames, OfConstantsRoundTrip) {
  IS_ITS_NAME(scale_by<std::ratio<-1, 3>>);
  IS_ITS_NAME(scale_by<inverse_sqrt<8>>);
  IS_ITS_NAME(scale_by<ours::half>);
  IS_ITS_NAME(scale_by<third>);  // here, where the name means something
  IS_ITS_NAME(scale_by<std::integral_constant<int, -3>>);
}
TEST(OperatorNames, OfConvolutionsRoundTrip) {
  IS_ITS_NAME(conv2d<1, 16, 3>);
  IS_ITS_NAME(conv2d<4, 8, dims{3, 5}, stride<2, 1>, padding<0, 2>, dilation<3>, groups<2>, no_bias>);
  IS_ITS_NAME(conv2d<4, 8, dims{3, 3}, padding<1>>);
  IS_ITS_NAME(conv1d<4, 8, 3, stride<2>, padding<1>, dilation<2>, groups<4>, no_bias>);
  IS_ITS_NAME(convtranspose2d<4, 8, dims{2, 3}, stride<2>, padding<1, 0>, output_padding<1, 0>, groups<2>, no_bias>);
  IS_ITS_NAME(max_pool2d<2>);
  IS_ITS_NAME(max_pool2d<dims{2, 3}, stride<2>, padding<1>, dilation<1, 2>, ceil_mode>);
  IS_ITS_NAME(avg_pool2d<3, stride<3, 2>, padding<1>, ceil_mode, exclude_padding>);
  IS_ITS_NAME(adaptive_avg_pool2d<2, 3>);
}
TEST(OperatorNames, OfNormalisationsRoundTrip) {
  IS_ITS_NAME(batch_norm2d<16>);
  IS_ITS_NAME(batch_norm2d<16, eps<3, 1000>, no_affine>);
  IS_ITS_NAME(layer_norm<32, eps<0, 1>>);
  IS_ITS_NAME(layer_norm<dims{6, 32}, eps<2, 1000>>);
  IS_ITS_NAME(rms_norm<32, eps<1, 1000000>, no_affine>);
  IS_ITS_NAME(rms_norm<32, eps<9223372036854775807, 9223372036854775806>>);
  IS_ITS_NAME(group_norm<4, 32, eps<7, 3>>);
  IS_ITS_NAME(instance_norm2d<8, eps<1, 3>, affine, running_stats>);
  IS_ITS_NAME(instance_norm2d<8, running_stats>);
  IS_ITS_NAME(layer_norm<8, ours::tiny_eps>);
}
TEST(OperatorNames, OfAttentionRoundTrip) {
  IS_ITS_NAME(grouped_query_attention<4, 2, 8>);
  IS_ITS_NAME(grouped_query_attention<4, 2, 8, causal>);
}
/// Options in another order, the last of two, and what is usual anyway: one name for one operator.
TEST(OperatorNames, OfEqualOperatorsAreEqual) {
  EXPECT_EQ((conv2d<4, 8, 3, no_bias, stride<1>, padding<1>>::name()), "conv2d<4, 8, 3, padding<1>, no_bias>");
  EXPECT_EQ((layer_norm<8, eps<1, 100'000>, affine>::name()), "layer_norm<8>");
  EXPECT_EQ((layer_norm<8, eps<1, 7>, no_affine, eps<3, 1000>>::name()), "layer_norm<8, eps<3, 1000>, no_affine>");
  EXPECT_EQ((rms_norm<8, eps<1, 8'388'608>>::name()), "rms_norm<8>");
  EXPECT_EQ((max_pool2d<2, stride<2>>::name()), "max_pool2d<2>");
  EXPECT_EQ(adaptive_avg_pool2d<7>::name(), "adaptive_avg_pool2d<7, 7>");
  EXPECT_EQ((scale_by<std::ratio<2, -4>>::name()), "scale_by<std::ratio<-1, 2>>");
}

TEST(ReplacingSchemes, NamesRoundTrip) {
  IS_ITS_NAME(BinaryResidual<2>);
  IS_ITS_NAME(BinaryResidual<3, density<50>, soft_weights, float_data, one_gain>);
  IS_ITS_NAME(LutNet<4, 1>);
  IS_ITS_NAME(LutNet<4, 2, density<50>, sweeps<0>>);
  IS_ITS_NAME(LogicNets<4, Fixed<3, 1>, Fixed<3, -1, false>>);
  IS_ITS_NAME(LogicNets<4, Fixed<5, 1>, Fixed<3, 1>, fitted_point, regressed<8>, address_bits<24>>);
}

}  // namespace
