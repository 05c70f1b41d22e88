// SPDX-License-Identifier: BSL-1.0
// Shapes that operators make, and what they say to shapes that they cannot take: mostly at compile time, where they say it.
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/embedding.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/permute.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/layer/softmax.hpp>

#include <gtest/gtest.h>
#include <array>

namespace {
using namespace dyadic;

template <class O, class... E>
constexpr Extents shape_of(const E&... in) {
  const std::array<Extents, sizeof...(E)> all{in...};
  const inferred answer = O::infer(all);
  return answer.ok() ? answer.shape : Extents{-2};
}
/// Which input is refused (-1: none), and what it should have been.
template <class O, class... E>
constexpr int refused(const Extents& wanted, const E&... in) {
  const std::array<Extents, sizeof...(E)> all{in...};
  const inferred answer = O::infer(all);
  return answer.ok() ? -1 : answer.shape == wanted ? answer.refused : -2;
}
using X = Extents;

// Convolutions: h' = (h + 2p - d(k - 1) - 1) / s + 1.
static_assert(shape_of<conv2d<3, 8, 3, padding<1>>>(X{dyn, 3, 32, 31}) == X{dyn, 8, 32, 31});
static_assert(shape_of<conv2d<4, 6, 3, stride<2, 1>, padding<0, 2>, dilation<1, 2>>>(X{2, 4, 9, 17}) == X{2, 6, 4, 17});
static_assert(shape_of<conv2d<4, 6, dims{3, 5}>>(X{dyn, 4, dyn, 5}) == X{dyn, 6, dyn, 1});
static_assert(shape_of<conv2d<1, 1, 2, padding<3>>>(X{1, 1, 1, 1}) == X{1, 1, 6, 6}, "a padding larger than the kernel");
static_assert(refused<conv2d<3, 8, 3>>(X{dyn, 3, 8, 8}, X{dyn, 1, 8, 8}) == 0);
static_assert(refused<conv2d<3, 8, 5>>(X{dyn, 3, 5, 8}, X{dyn, 3, 4, 8}) == 0);
static_assert(refused<conv2d<3, 8, 3>>(X{dyn, 3, dyn, dyn}, X{}) == 0 && refused<conv2d<3, 8, 3>>(X{7, 3, dyn, dyn}, X{7, 3, 9}) == 0);
static_assert(shape_of<conv1d<4, 6, 3, stride<2>, padding<1>>>(X{2, 4, 19}) == X{2, 6, 10});
static_assert(refused<conv1d<4, 6, 3>>(X{2, 4, 3}, X{2, 4, 2}) == 0);
static_assert(shape_of<convtranspose2d<4, 3, 3, stride<2>, padding<1>, output_padding<1>>>(X{2, 4, 9, 17}) == X{2, 3, 18, 34});
static_assert(refused<convtranspose2d<1, 1, 1, padding<1>>>(X{1, 1, 3, 4}, X{1, 1, 2, 4}) == 0, "nothing is left of 2 rows");
// A kernel is one number or two; options come in any order.
static_assert(std::is_same_v<conv2d<4, 6, 3>, conv2d<4, 6, dims{3}>>);
static_assert(conv2d<4, 6, 3, no_bias, padding<1>>::geometry.padding == conv2d<4, 6, 3, padding<1>, no_bias>::geometry.padding);
static_assert(conv2d<4, 6, 3>::parameters.size() == 2 && conv2d<4, 6, 3, no_bias>::parameters.size() == 1);
static_assert(conv2d<4, 6, dims{3, 5}, groups<2>>::parameters[0].shape == X{6, 2, 3, 5});
static_assert(convtranspose2d<4, 6, 3, groups<2>>::parameters[0].shape == X{4, 3, 3, 3});
static_assert(operator_of<conv2d<4, 6, 3, no_bias>>.has[static_cast<std::size_t>(role::bias)],
              "a rule for all convolutions may name the bias");

// Products.
static_assert(shape_of<matmul>(X{dyn, 1, 6, 8}, X{3, 8, 5}) == X{dyn, 3, 6, 5});
static_assert(shape_of<matmul>(X{6, 8}, X{dyn, 8, 5}) == X{dyn, 6, 5});
static_assert(refused<matmul>(X{3, 8, 5}, X{dyn, 6, 8}, X{3, 7, 5}) == 1);
static_assert(refused<matmul>(X{4, 8, 5}, X{4, 6, 8}, X{3, 8, 5}) == 1);
static_assert(refused<matmul>(X{dyn, 7}, X{8}, X{7, 5}) == 0 && refused<matmul>(X{8, dyn}, X{6, 8}, X{8}) == 1);
static_assert(shape_of<bmm>(X{dyn, 6, 8}, X{4, 8, 5}) == X{4, 6, 5});
static_assert(refused<bmm>(X{1, 8, 5}, X{1, 6, 8}, X{4, 8, 5}) == 1, "bmm does not broadcast");
static_assert(refused<bmm>(X{dyn, dyn, 8}, X{6, 8}, X{4, 8, 5}) == 0 && refused<bmm>(X{4, 8, dyn}, X{4, 6, 8}, X{8, 5}) == 1);
static_assert(operator_of<matmul>.inputs[0] == role::data_in && operator_of<matmul>.inputs[1] == role::weight);
using gqa = grouped_query_attention<6, 2, 4>;
static_assert(shape_of<gqa>(X{dyn, 9, 24}, X{dyn, 5, 8}, X{dyn, 5, 8}) == X{dyn, 9, 24});
static_assert(refused<gqa>(X{dyn, 9, 24}, X{dyn, 9, 25}, X{dyn, 5, 8}, X{dyn, 5, 8}) == 0);
static_assert(refused<gqa>(X{dyn, 5, 8}, X{dyn, 9, 24}, X{dyn, 5, 24}, X{dyn, 5, 8}) == 1);
static_assert(refused<gqa>(X{dyn, 5, 8}, X{dyn, 9, 24}, X{dyn, 5, 8}, X{dyn, 6, 8}) == 2);

// Norms, softmax, mean.
static_assert(shape_of<layer_norm<dims{6, 32}>>(X{dyn, 6, 32}) == X{dyn, 6, 32} && shape_of<rms_norm<32>>(X{32}) == X{32});
static_assert(refused<layer_norm<dims{6, 32}>>(X{6, 32}, X{32}) == 0 && refused<layer_norm<32>>(X{dyn, 32}, X{dyn, 31}) == 0);
static_assert(shape_of<group_norm<4, 8>>(X{dyn, 8}) == X{dyn, 8} && refused<group_norm<4, 8>>(X{dyn, 8, 3}, X{dyn, 7, 3}) == 0);
static_assert(refused<batch_norm2d<8>>(X{dyn, 8, 3, dyn}, X{dyn, 8, 3}) == 0 &&
              refused<instance_norm2d<8>>(X{2, 8, 3, 3}, X{2, 4, 3, 3}) == 0);
static_assert(batch_norm2d<8>::parameters[2].name == "running_mean" && batch_norm2d<8>::parameters[3].what == role::none);
static_assert(instance_norm2d<8>::parameters.empty() && instance_norm2d<8, affine, running_stats>::parameters.size() == 4);
static_assert(rms_norm<8>::settings.eps == 0x1p-23 && rms_norm<8, eps<1, 1000>>::settings.eps == 1e-3);
static_assert(refused<softmax_over<2>>(X{4, 5, dyn}, X{4, 5}) == 0);
static_assert(shape_of<mean<-1, 1>>(X{dyn, 3, 4, 5}) == X{dyn, 4} && shape_of<mean_keeping<-1, 1>>(X{dyn, 3, 4, 5}) == X{dyn, 1, 4, 1});
static_assert(refused<mean<1, -1>>(X{dyn, 4, dyn}, X{dyn, 4}) == 0, "of two dimensions, 1 and -1 are the same");

// Pooling.
static_assert(shape_of<max_pool2d<2>>(X{dyn, 3, 9, 8}) == X{dyn, 3, 4, 4} &&
              shape_of<max_pool2d<2, ceil_mode>>(X{dyn, 3, 9, 8}) == X{dyn, 3, 5, 4});
static_assert(shape_of<avg_pool2d<3, stride<2>, padding<1>>>(X{1, 1, 7, dyn}) == X{1, 1, 4, dyn});
static_assert(refused<max_pool2d<dims{2, 3}>>(X{dyn, 3, 2, 3}, X{dyn, 3, 1, 2}) == 0);
static_assert(shape_of<adaptive_avg_pool2d<2, 3>>(X{dyn, 4, dyn, 1}) == X{dyn, 4, 2, 3});

// Moving values.
static_assert(shape_of<reshape<dyn, 16, 4>>(X{dyn, 8, 8}) == X{dyn, 16, 4} && shape_of<reshape<dyn, 16, 4>>(X{3, 8, 8}) == X{3, 16, 4});
static_assert(shape_of<reshape<4, dyn>>(X{6, 10}) == X{4, 15} && shape_of<reshape<dyn, 4>>(X{0, 4}) == X{0, 4});
static_assert(refused<reshape<dyn, 16, 4>>(X{dyn, 16, 4}, X{dyn, 7, 8}) == 0 && shape_of<reshape<dyn, 4, 8>>(X{dyn, 8}) == X{dyn, 4, 8});
static_assert(refused<reshape<4, 8>>(X{4, 8}, X{dyn, 64}) == 0 && shape_of<reshape<4, 8>>(X{dyn, 8}) == X{4, 8});
static_assert(refused<reshape<dyn, 7>>(X{dyn, 7}, X{6, 10}) == 0 && refused<reshape<5, 5>>(X{5, 5}, X{6, 10}) == 0);
static_assert(shape_of<permute<0, 3, -3, 2>>(X{dyn, 2, 3, 4}) == X{dyn, 4, 2, 3});
static_assert(refused<permute<1, 0>>(X{dyn, dyn}, X{1, 2, 3}) == 0 && refused<transpose<0, 2>>(X{1, 2, dyn}, X{1, 2}) == 0);
static_assert(shape_of<split_heads<4>>(X{dyn, 9, 24}) == X{dyn, 4, 9, 6} && shape_of<merge_heads>(X{dyn, 4, 9, 6}) == X{dyn, 9, 24});
static_assert(refused<split_heads<5>>(X{dyn, 9, 25}, X{dyn, 9, 24}) == 0);
static_assert(shape_of<concat<-1>>(X{dyn, 2}, X{3, 4}, X{dyn, 1}) == X{3, 7} && shape_of<concat<0>>(X{dyn, 2}, X{3, 2}) == X{dyn, 2});
static_assert(refused<concat<1>>(X{3, 4, 5}, X{3, 1, 5}, X{3, 4, 6}) == 1 && refused<concat<0>>(X{dyn, 2}, X{1, 2}, X{2}) == 1);
static_assert(shape_of<slice<1, -3>>(X{dyn, 8}) == X{dyn, 3} && shape_of<slice<0, 0, to_end, 3>>(X{8, 2}) == X{3, 2});
static_assert(shape_of<embedding<100, 16>>(X{dyn, 7}) == X{dyn, 7, 16} && shape_of<learned<4, 2>>() == X{4, 2});
static_assert(operator_of<learned<4, 2>>.takes(0) && operator_of<concat<0>>.takes(1) && operator_of<concat<0>>.takes(9) &&
              !operator_of<concat<0>>.takes(0));

// Constants.
static_assert(inverse_sqrt<4>::value == 0.5 && inverse_sqrt<1>::value == 1.0 && scale_by<inverse_sqrt<8>>::factor == 0.35355339059327373F);
static_assert(scale_by<std::ratio<1, 3>>::factor == static_cast<float>(1.0 / 3.0));

TEST(Inference, IsCheckedByTheCompiler) {}  // all of the above

TEST(Inference, TheSquareRootIsExactWhereTheRootIs) {
  EXPECT_EQ(inverse_sqrt<64>::value, 0.125);
  EXPECT_EQ(inverse_sqrt<(std::int64_t{1} << 60)>::value, 0x1p-30);
  EXPECT_NEAR(inverse_sqrt<2>::value, 0.70710678118654752, 1e-16);
}

}  // namespace
