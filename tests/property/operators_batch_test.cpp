// SPDX-License-Identifier: BSL-1.0
// What holds for every operator: a sample's result does not depend, to the bit, on its batch; an empty batch is fine; working in
// place changes nothing. And the operators that only move values, against the indices of their definitions.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/embedding.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/permute.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/layer/softmax.hpp>

#include <support/run_operator.hpp>

#include <cstring>

namespace {
using namespace test;

struct sample_case {
  const operator_info* operation;
  std::vector<Extents> inputs;  // without the batch
};
constexpr Extents image{6, 9, 7}, tokens{11, 24}, line{13};

const std::vector<sample_case> cases{
    {&operator_of<add>, {tokens, tokens}},
    {&operator_of<sub>, {image, image}},
    {&operator_of<mul>, {line, line}},
    {&operator_of<scale_by<inverse_sqrt<8>>>, {line}},
    {&operator_of<matmul>, {{3, 5, 17}, {3, 17, 10}}},
    {&operator_of<matmul>, {{5, 300}, {300, 7}}},
    {&operator_of<bmm>, {{5, 17}, {17, 9}}},
    {&operator_of<linear<13, 21>>, {line}},
    {&operator_of<linear<24, 5, false>>, {tokens}},
    {&operator_of<conv1d<11, 7, 3, padding<1>>>, {tokens}},
    {&operator_of<conv2d<6, 7, 3, padding<1>>>, {image}},
    {&operator_of<conv2d<6, 9, dims{3, 2}, stride<2, 1>, groups<3>, no_bias>>, {image}},
    {&operator_of<conv2d<6, 5, 1>>, {image}},
    {&operator_of<convtranspose2d<6, 5, 3, stride<2>, padding<1>, output_padding<1>>>, {image}},
    {&operator_of<relu>, {line}},
    {&operator_of<selu>, {line}},
    {&operator_of<activation<op::tanh>>, {line}},
    {&operator_of<gelu>, {line}},
    {&operator_of<gelu_tanh>, {line}},
    {&operator_of<softsign>, {line}},
    {&operator_of<softplus>, {line}},
    {&operator_of<silu>, {line}},
    {&operator_of<softmax>, {tokens}},
    {&operator_of<softmax_over<1>>, {tokens}},
    {&operator_of<batch_norm2d<6>>, {image}},
    {&operator_of<layer_norm<24>>, {tokens}},
    {&operator_of<layer_norm<dims{11, 24}, no_affine>>, {tokens}},
    {&operator_of<rms_norm<24>>, {tokens}},
    {&operator_of<group_norm<2, 6>>, {image}},
    {&operator_of<instance_norm2d<6, affine>>, {image}},
    {&operator_of<instance_norm2d<6, running_stats>>, {image}},
    {&operator_of<grouped_query_attention<6, 2, 4>>, {tokens, {7, 8}, {7, 8}}},
    {&operator_of<grouped_query_attention<3, 3, 8, causal>>, {tokens, tokens, tokens}},
    {&operator_of<max_pool2d<2>>, {image}},
    {&operator_of<avg_pool2d<3, stride<2>, padding<1>, ceil_mode>>, {image}},
    {&operator_of<adaptive_avg_pool2d<2, 3>>, {image}},
    {&operator_of<mean<1>>, {tokens}},
    {&operator_of<mean_keeping<-1, -3>>, {image}},
    {&operator_of<flatten>, {image}},
    {&operator_of<reshape<dyn, 12, 22>>, {tokens}},
    {&operator_of<permute<0, 3, 1, 2>>, {image}},
    {&operator_of<transpose<1, 2>>, {tokens}},
    {&operator_of<split_heads<4>>, {tokens}},
    {&operator_of<merge_heads>, {image}},
    {&operator_of<concat<1>>, {tokens, {2, 24}, {1, 24}}},
    {&operator_of<slice<1, 2, -1, 3>>, {tokens}},
};

Extents batched(std::int64_t n, const Extents& sample) {
  Extents e{n};
  for (int i = 0; i < sample.rank(); ++i) e.push_back(sample[i]);
  return e;
}
/// Samples [first, first + count) of a batch.
tensor part(const tensor& batch, std::int64_t first, std::int64_t count) {
  const std::int64_t size = batch.shape.size() / batch.shape[0];
  Extents shape = batch.shape;
  shape[0] = count;
  tensor t(shape);
  std::copy_n(batch.values.begin() + first * size, count * size, t.values.begin());
  return t;
}
bool same_bits(const tensor& a, const tensor& b) {
  return a.shape == b.shape && (a.values.empty() || std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)) == 0);
}

TEST(EveryOperator, GivesASampleTheSameBitsInEveryBatch) {
  std::mt19937 random(1);
  for (const sample_case& c : cases) {
    const auto own = random_parameters(random, *c.operation);
    std::vector<tensor> inputs;
    for (const Extents& e : c.inputs) inputs.push_back(random_tensor(random, batched(7, e)));
    const tensor together = run(*c.operation, inputs, own);
    for (const auto& [first, count] : {std::pair{0, 1}, {3, 1}, {6, 1}, {2, 3}, {1, 5}}) {
      std::vector<tensor> some;
      for (const tensor& t : inputs) some.push_back(part(t, first, count));
      EXPECT_TRUE(same_bits(run(*c.operation, some, own), part(together, first, count)))
          << c.operation->name() << ": samples " << first << " to " << first + count - 1 << " of a batch of 7";
    }
  }
}
TEST(EveryOperator, TakesAnEmptyBatch) {
  std::mt19937 random(2);
  for (const sample_case& c : cases) {
    std::vector<tensor> inputs;
    for (const Extents& e : c.inputs) inputs.emplace_back(batched(0, e));
    EXPECT_EQ(run(*c.operation, inputs, random_parameters(random, *c.operation)).shape[0], 0) << c.operation->name();
  }
}
TEST(EveryOperator, InfersAtCompileTimeWhatItComputes) {
  for (const sample_case& c : cases) {
    std::vector<Extents> open, given;
    for (const Extents& e : c.inputs) open.push_back(batched(dyn, e)), given.push_back(batched(5, e));
    const inferred before = c.operation->infer(open), after = c.operation->infer(given);
    ASSERT_TRUE(before.ok() && after.ok()) << c.operation->name();
    EXPECT_EQ(before.shape[0], dyn) << c.operation->name();
    EXPECT_TRUE(extents_fit(before.shape, after.shape))
        << c.operation->name() << ": " << before.shape.text() << " and " << after.shape.text();
    for (int i = 1; i < before.shape.rank(); ++i) EXPECT_NE(before.shape[i], dyn) << c.operation->name() << ": only the batch is open";
  }
}
TEST(EveryOperator, RefusesAScalarOrTakesIt) {
  for (const sample_case& c : cases) {
    const std::vector<Extents> nothing(c.inputs.size());
    const inferred answer = c.operation->infer(nothing);  // whatever it says, it reads no extent that is not there
    EXPECT_LE(answer.shape.rank(), Extents::max_rank);
  }
}
TEST(EveryOperator, WorksInPlaceWhereItSaysSo) {
  std::mt19937 random(3);
  int found = 0;
  for (const sample_case& c : cases) {
    if (!c.operation->in_place) continue;
    ++found;
    const auto own = random_parameters(random, *c.operation);
    tensor x = random_tensor(random, batched(3, c.inputs[0]));
    const tensor apart = run(*c.operation, {x}, own);
    const ConstView in = x.view();
    std::vector<ConstView> parameters;
    for (const tensor& p : own) parameters.push_back(p.view());
    c.operation->run({{&in, 1}, parameters, x.view(), {}});
    EXPECT_TRUE(same_bits(x, apart)) << c.operation->name();
  }
  EXPECT_EQ(found, 18);
}
TEST(EveryOperator, HasANameThatSaysWhatItIs) {
  EXPECT_EQ((conv2d<4, 8, dims{3, 5}, no_bias, groups<2>, stride<2, 1>>::name()),
            "conv2d<4, 8, dims{3, 5}, stride<2, 1>, groups<2>, no_bias>");
  EXPECT_EQ((convtranspose2d<4, 3, 3, stride<2>, output_padding<1, 0>>::name()),
            "convtranspose2d<4, 3, 3, stride<2>, output_padding<1, 0>>");
  EXPECT_EQ((rms_norm<32, eps<1, 1'000'000>>::name()), "rms_norm<32, eps<1, 1000000>>");
  EXPECT_EQ((instance_norm2d<8, running_stats, affine>::name()), "instance_norm2d<8, affine, running_stats>");
  EXPECT_EQ((max_pool2d<3, stride<2>, ceil_mode>::name()), "max_pool2d<3, stride<2>, ceil_mode>");
  EXPECT_EQ(scale_by<inverse_sqrt<8>>::name(), "scale_by<inverse_sqrt<8>>");
  EXPECT_EQ((scale_by<std::ratio<2, 4>>::name()), "scale_by<std::ratio<1, 2>>");
}

// ---- moving values -----------------------------------------------------------------------------------------------------------

/// A tensor whose values are their own positions.
tensor counted(const Extents& shape) {
  tensor t(shape);
  for (std::size_t i = 0; i < t.values.size(); ++i) t.values[i] = static_cast<float>(i);
  return t;
}

TEST(Permute, AgreesWithItsIndices) {
  const tensor x = counted({2, 3, 4, 5});
  const tensor y = run<permute<2, 0, 3, 1>>({x});
  ASSERT_EQ(y.shape, (Extents{4, 2, 5, 3}));
  const tensor heads = run<split_heads<5>>({counted({2, 3, 20})}), merged = run<merge_heads>({heads});
  ASSERT_EQ(heads.shape, (Extents{2, 5, 3, 4}));
  for (std::int64_t a = 0; a < 2; ++a)
    for (std::int64_t b = 0; b < 3; ++b)
      for (std::int64_t c = 0; c < 4; ++c)
        for (std::int64_t d = 0; d < 5; ++d) {
          ASSERT_EQ(y.at({c, a, d, b}), x.at({a, b, c, d}));
          ASSERT_EQ(heads.at({a, d, b, c}), static_cast<double>((a * 3 + b) * 20 + d * 4 + c));
        }
  EXPECT_EQ(merged.values, counted({2, 3, 20}).values);
  EXPECT_EQ((run<transpose<0, 2>>({x}).values), (run<permute<2, 1, 0, 3>>({x}).values));
  EXPECT_EQ((run<transpose<-1, -2>>({x}).values), (run<permute<0, 1, 3, 2>>({x}).values));
  EXPECT_EQ((run<permute<0>>({counted({4})}).values), (counted({4}).values));
  EXPECT_EQ((run<transpose<1, 0>>({counted({1, 4})}).shape), (Extents{4, 1}));
}
TEST(Concat, PutsOneBehindTheOther) {
  const tensor a = counted({2, 1, 3}), b = counted({2, 2, 3});
  EXPECT_EQ(run<concat<1>>({a, b}).values, (std::vector<float>{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(run<concat<-2>>({b, a, tensor({2, 0, 3})}).shape, (Extents{2, 3, 3}));
  EXPECT_EQ(run<concat<-1>>({b, b, b}).shape, (Extents{2, 2, 9}));
  EXPECT_EQ(run<concat<0>>({a}).values, a.values);
}
TEST(Slice, CountsAsPythonDoes) {
  const tensor x = counted({2, 5});
  const auto values = [&]<class S>() { return run<S>({x}).values; };
  EXPECT_EQ((values.operator()<slice<1, 1, 3>>()), (std::vector<float>{1, 2, 6, 7}));
  EXPECT_EQ((values.operator()<slice<-1, -2>>()), (std::vector<float>{3, 4, 8, 9}));
  EXPECT_EQ((values.operator()<slice<1, 0, to_end, 2>>()), (std::vector<float>{0, 2, 4, 5, 7, 9}));
  EXPECT_EQ((values.operator()<slice<1, -9, 1>>()), (std::vector<float>{0, 5}));
  EXPECT_EQ((values.operator()<slice<0, 1>>()), (std::vector<float>{5, 6, 7, 8, 9}));
  EXPECT_EQ((values.operator()<slice<1, 4, 2>>()), (std::vector<float>{}));
}
TEST(Mean, AgreesWithLoops) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    const Extents shape{pick(random, 1, 4), pick(random, 1, 5), pick(random, 1, 6)};
    const tensor x = random_tensor(random, shape);
    std::vector<double> middle, outer(static_cast<std::size_t>(shape[1])), all{0};
    for (std::int64_t a = 0; a < shape[0]; ++a)
      for (std::int64_t c = 0; c < shape[2]; ++c) {
        middle.push_back(0);
        for (std::int64_t b = 0; b < shape[1]; ++b) {
          middle.back() += x.at({a, b, c}) / static_cast<double>(shape[1]);
          outer[static_cast<std::size_t>(b)] += x.at({a, b, c}) / static_cast<double>(shape[0] * shape[2]);
          all[0] += x.at({a, b, c}) / static_cast<double>(shape.size());
        }
      }
    expect_close(run<mean<1>>({x}), middle, "over the middle");
    expect_close(run<mean<0, 2>>({x}), outer, "over the outer ones");
    expect_close(run<mean_keeping<-1, 0>>({x}), outer, "over the outer ones");
    expect_close(run<mean<2, 0, 1>>({x}), all, "over all");
    EXPECT_EQ((run<mean_keeping<1>>({x}).shape), (Extents{shape[0], 1, shape[2]}));
  }
  EXPECT_TRUE(std::isnan(run<mean<0>>({tensor({0, 2})}).values[1])) << "the mean of nothing";
}
TEST(Embedding, LooksUpRowsAndRefusesOthers) {
  const tensor table = counted({4, 3});
  tensor index({2, 2});
  index.values = {3, 0, 0, 1};
  const tensor y = run<embedding<4, 3>>({index}, {table});
  EXPECT_EQ(y.shape, (Extents{2, 2, 3}));
  EXPECT_EQ(y.values, (std::vector<float>{9, 10, 11, 0, 1, 2, 0, 1, 2, 3, 4, 5}));
  for (const float wrong : {-1.0f, 4.0f, 0.5f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    index.values[2] = wrong;
    EXPECT_THROW((run<embedding<4, 3>>({index}, {table})), error) << wrong;
  }
}
TEST(Learned, IsItsParameter) {
  const tensor positions = counted({5, 2});
  EXPECT_EQ((run<learned<5, 2>>({}, {positions}).values), positions.values);
  EXPECT_TRUE((learned<5, 2>::parameters[0].name.empty()));
}

}  // namespace
