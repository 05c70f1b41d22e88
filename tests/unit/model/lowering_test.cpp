// SPDX-License-Identifier: BSL-1.0
// Schemes that replace an operator: when they are made, what they see, and what runs.
#include <dyadic/model/lowering.hpp>

#include <dyadic/format/fixed.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>
#include <dyadic/pass/verify.hpp>

#include <gtest/gtest.h>

namespace {
using namespace dyadic;

/// y = Σ|x| + offset, in every output: nothing that a linear would compute.
struct sum_of_magnitudes {
  float offset = 0;
  void run(const arguments& a) const {
    const std::int64_t k = a.inputs[0].shape.back(0), n = a.out.shape.back(0);
    for (std::int64_t i = 0; i < a.out.size(); ++i) {
      a.scratch[0] = offset;
      for (std::int64_t j = 0; j < k; ++j) a.scratch[0] += std::abs(a.inputs[0].data[i / n * k + j]);
      a.out.data[i] = a.scratch[0];
    }
  }
  static std::int64_t scratch(std::span<const Extents>) { return 1; }
  static replacement_report report() {
    replacement_report r;
    r.name = "sum of magnitudes";
    r.bytes = 4, r.tables = 3, r.table_bits = 2, r.luts = 1;
    return r;
  }
};
/// Its offset is the first weight.
struct Magnitudes {
  static std::string name() { return "Magnitudes"; }
  static constexpr op_set operators{op::linear};
  static constexpr bool calibrates = false;
  static lowered lower(const lowering_request& r) {
    return {replacement(std::make_shared<const sum_of_magnitudes>(sum_of_magnitudes{r.original[0].data[0]}))};
  }
};
/// Its offset is fitted: the first reference value minus the first value read. The activation after it is folded in.
struct Fitted {
  static std::string name() { return "Fitted"; }
  static constexpr op_set operators{op::linear};
  static constexpr bool calibrates = true;
  static lowered lower(const lowering_request& r) {
    const float offset = r.reference[r.node].data[0] - r.inputs[0].data[0];
    return {replacement(std::make_shared<const sum_of_magnitudes>(sum_of_magnitudes{offset})), r.node + 1 < r.plan.nodes.size() ? 1U : 0U};
  }
};
static_assert(OpScheme<Magnitudes> && OpScheme<Fitted> && !OpScheme<Fixed<8, 4>>);

struct net final
    : graph<node<"x", input<dyn, 2>>, node<"fc1", linear<2, 2>, "x">, node<"act", relu, "fc1">, node<"fc2", linear<2, 1>, "act">> {};
weights<net> some_weights() {
  weights<net> w;
  const float a[] = {3, 0, 0, 1}, b[] = {0, 0.25F}, c[] = {1, -1}, d[] = {0.5F};
  w.set("fc1.weight", ConstView{a, {2, 2}});
  w.set("fc1.bias", ConstView{b, {2}});
  w.set("fc2.weight", ConstView{c, {1, 2}});
  w.set("fc2.bias", ConstView{d, {1}});
  return w;
}
Tensor<2> some_input() {
  Tensor<2> x(2, 2);
  x.setValues({{-1, 2}, {0.3F, 5}});
  return x;
}

struct first final : config<by_default<none>, by_name<"fc1", Magnitudes>> {};
static_assert(verify<net, first>());

TEST(Lowering, ASchemeRunsInPlaceOfItsOperator) {
  const auto m = quantize<first>(net{}, some_weights());
  const Tensor<2> y = m(some_input());  // fc1: 3 + |x0| + |x1|, twice; fc2 of equal values: its bias
  EXPECT_EQ(y(0, 0), 0.5F);
  const auto rows = compare(m, bind(net{}, some_weights()), some_input()).rows();
  EXPECT_LT(rows[1].sqnr_db, 20);
  auto run = prepare(m, 4);
  Tensor<2> z(2, 1);
  run(some_input(), z);
  EXPECT_EQ(z(1, 0), 0.5F);
}

struct rounded_first final : config<by_default<Fixed<8, 4>>, by_op<op::linear, Magnitudes>> {};
TEST(Lowering, OperandsArriveUnquantised) {
  struct one final : graph<node<"x", input<dyn, 2>>, node<"fc", linear<2, 1>, "x">> {};
  weights<one> w;
  const float a[] = {0.01F, 7}, b[] = {0};
  w.set("fc.weight", ConstView{a, {1, 2}});
  w.set("fc.bias", ConstView{b, {1}});
  const auto m = quantize<rounded_first>(one{}, w);
  EXPECT_EQ(m(some_input())(1, 0), 0.01F + 0.3F + 5);  // Fixed<8, 4> has neither 0.01 nor 0.3
  // A rule above may take the replacement away again.
  struct plain final : config<by_op<op::linear, Fixed<8, 4>>> {};
  EXPECT_EQ(quantize<plain>(m)(some_input())(1, 0), 35.0F);
}

struct fitted_first final : config<by_default<none>, by_op<op::linear, Fitted>, by_name<"fc2", none>> {};
TEST(Lowering, FitsToDataAndFoldsWhatFollows) {
  const auto m = quantize<fitted_first>(net{}, some_weights(), calibrate(some_input()));
  // Offset: reference fc1[0] = 3·(-1) = -3, read x[0] = -1, so -2. fc1 = (1, 1), (3.3, 3.3); fc2 = 0.5.
  struct output final : graph<node<"x", input<dyn, 2>>, node<"fc1", linear<2, 2>, "x">, node<"act", relu, "fc1">> {};
  weights<output> w;
  w.set("fc1.weight", some_weights().get("fc1.weight"));
  w.set("fc1.bias", some_weights().get("fc1.bias"));
  struct all final : config<by_default<none>, by_op<op::linear, Fitted>> {};
  const auto short_one = quantize<all>(output{}, w, calibrate(some_input()));
  Tensor<2> negative(1, 2);
  negative.setValues({{0.5F, 0.25F}});
  EXPECT_EQ(short_one(negative)(0, 0), -1.25F) << "the relu is folded away";
  EXPECT_EQ(m(some_input())(0, 0), 0.5F);
  const auto rows = summary(m).rows();
  EXPECT_EQ(rows[1].runs.name, "sum of magnitudes");
  EXPECT_EQ(rows[1].runs.tables, 3);
  EXPECT_EQ(rows[2].runs.name, "folded");
  EXPECT_EQ(rows[3].runs.name, "");
  EXPECT_TRUE(rows[1].quantized);
}

struct two_fits final : config<by_default<none>, by_op<op::linear, Fitted>> {};
TEST(Lowering, LaterNodesSeeLoweredPredecessors) {
  const auto m = quantize<two_fits>(net{}, some_weights(), calibrate(some_input()));
  // fc2 reads 1 (fc1's -2 + |-1| + |2|); its reference is relu(-3)·1 - relu(2.25) + 0.5 = -1.75; offset -2.75.
  EXPECT_EQ(m(some_input())(0, 0), -2.75F + 1 + 1);
}

TEST(Lowering, WantsItsData) {
  try {
    static_cast<void>(quantize<fitted_first>(net{}, some_weights()));
    FAIL();
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("node \"fc1\": Fitted is fitted to data"), std::string::npos) << e.what();
  }
}

}  // namespace
