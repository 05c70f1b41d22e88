// SPDX-License-Identifier: BSL-1.0
// Rules for operators of a user's own: all of them by op::custom, one class or a family of them by by_class.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>

#include <gtest/gtest.h>

namespace {
using namespace dyadic;

/// x·γ + β for each channel. All sizes have a base in common.
struct affine_family {};
template <std::int64_t N>
struct scale_and_shift : affine_family {
  static constexpr op kind = op::custom;
  static std::string name() { return "scale_and_shift<" + std::to_string(N) + ">"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array parameters{parameter{"gamma", role::weight, {N}}, parameter{"beta", role::bias, {N}}};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    for (std::int64_t i = 0; i < a.out.size(); ++i)
      a.out.data[i] = a.inputs[0].data[i] * a.parameters[0].data[i % N] + a.parameters[1].data[i % N];
  }
};
/// x/2: it has nothing to learn.
struct halve {
  static constexpr op kind = op::custom;
  static std::string name() { return "halve"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    for (std::int64_t i = 0; i < a.out.size(); ++i) a.out.data[i] = a.inputs[0].data[i] / 2;
  }
};
/// Moves values and computes with none.
struct reversed {
  static constexpr op kind = op::custom;
  static std::string name() { return "reversed"; }
  static constexpr std::array inputs{role::none};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    for (std::int64_t i = 0; i < a.out.size(); ++i) a.out.data[i] = a.inputs[0].data[a.out.size() - 1 - i];
  }
};

struct net final : graph<node<"x", input<dyn, 4>>, node<"affine", scale_and_shift<4>, "x">, node<"half", halve, "affine">,
                         node<"turned", reversed, "half">, node<"again", scale_and_shift<4>, "turned">,
                         node<"fc", linear<4, 2>, "again">, node<"wide", scale_and_shift<2>, "fc">> {};
weights<net> some_weights() {
  weights<net> w;
  float next = -1.3F;
  for (const parameter_info& p : w.entries()) {
    Tensor<1> t(p.shape.size());
    for (Eigen::Index i = 0; i < t.size(); ++i) t(i) = next += 0.37F;
    w.set(p.full_name(), ConstView{t.data(), p.shape});
  }
  return w;
}
std::vector<float> parameter_of(const weights<net>& w, std::string_view name) {
  const auto model = bind(net{}, w);
  const ConstView v = model.parameter(name);
  return {v.data, v.data + v.size()};
}
/// "data_in/weight/bias" of a node, as its summary has them.
template <class Config>
std::string schemes_of(std::string_view node) {
  static const auto rows = summary(quantize<Config>(net{}, some_weights())).rows();
  for (const auto& r : rows)
    if (r.name == node) return r.data_in + "/" + r.weight + "/" + r.bias;
  return "no such node";
}

struct all_custom final : config<by_default<none>, by_op<op::custom, data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>, bias<Fixed<8, 5>>>> {};
TEST(ByOpCustom, GivesEachOperatorTheRolesThatItHas) {
  EXPECT_EQ(schemes_of<all_custom>("affine"), "Fixed<8, 4>/Fixed<8, 6>/Fixed<8, 5>");
  EXPECT_EQ(schemes_of<all_custom>("wide"), "Fixed<8, 4>/Fixed<8, 6>/Fixed<8, 5>");
  EXPECT_EQ(schemes_of<all_custom>("half"), "Fixed<8, 4>//");
  EXPECT_EQ(schemes_of<all_custom>("turned"), "//");
  EXPECT_EQ(schemes_of<all_custom>("fc"), "none/none/none");
}
TEST(ByOpCustom, ComputesWithThem) {
  Tensor<2> x(1, 4);
  x.setValues({{0.77F, -1.91F, 3.33F, 0.1F}});
  const auto w = some_weights();
  const auto quantized = quantize<all_custom>(net{}, w);
  // the same by hand
  const auto fixed = []<class S>(std::type_identity<S>, float v) { return S::decode(S::encode(v)); };
  const auto affine = [&](const char* node, std::vector<float> v) {
    const std::vector<float> g = parameter_of(w, std::string(node) + ".gamma"), b = parameter_of(w, std::string(node) + ".beta");
    for (std::size_t i = 0; i < v.size(); ++i)
      v[i] = fixed(std::type_identity<Fixed<8, 4>>{}, v[i]) * fixed(std::type_identity<Fixed<8, 6>>{}, g[i]) +
             fixed(std::type_identity<Fixed<8, 5>>{}, b[i]);
    return v;
  };
  std::vector<float> v = affine("affine", {x.data(), x.data() + 4});
  for (float& y : v) y = fixed(std::type_identity<Fixed<8, 4>>{}, y) / 2;
  std::reverse(v.begin(), v.end());
  v = affine("again", v);
  const std::vector<float> m = parameter_of(w, "fc.weight"), b = parameter_of(w, "fc.bias");
  std::vector<float> y(2);
  for (std::size_t n = 0; n < 2; ++n) {
    y[n] = b[n];
    for (std::size_t k = 0; k < 4; ++k) y[n] += v[k] * m[n * 4 + k];
  }
  y = affine("wide", y);
  const Tensor<2> got = quantized(x);
  for (Eigen::Index n = 0; n < 2; ++n) EXPECT_FLOAT_EQ(got(0, n), y[static_cast<std::size_t>(n)]);
}

struct one_class final : config<by_default<none>, by_op<op::custom, data_in<Fixed<8, 4>>>,
                                by_class<scale_and_shift<4>, data_in<E4M3>, weight<E2M1>>, by_name<"again", E5M2>> {};
TEST(ByClass, BeatsAKindAndYieldsToAName) {
  EXPECT_EQ(schemes_of<one_class>("affine"), "E4M3/E2M1/E2M1") << "the bias follows the weight";
  EXPECT_EQ(schemes_of<one_class>("again"), "E5M2/E5M2/E5M2");
  EXPECT_EQ(schemes_of<one_class>("wide"), "Fixed<8, 4>/none/none") << "another class";
  EXPECT_EQ(schemes_of<one_class>("half"), "Fixed<8, 4>//");
  EXPECT_EQ(schemes_of<one_class>("fc"), "none/none/none");
}
struct family final : config<by_default<Fixed<16, 8>>, by_class<affine_family, weight<E2M1>>, by_class<linear<4, 2>, bypass>,
                             by_class<relu, data_in<Fixed<8, 4>>>> {};
TEST(ByClass, TakesABaseOfSeveralAndOperatorsOfTheLibrary) {
  EXPECT_EQ(schemes_of<family>("affine"), "none/E2M1/E2M1");
  EXPECT_EQ(schemes_of<family>("wide"), "none/E2M1/E2M1");
  EXPECT_EQ(schemes_of<family>("half"), "Fixed<16, 8>//");
  EXPECT_EQ(schemes_of<family>("fc"), "none/none/none");
}

}  // namespace
