// SPDX-License-Identifier: BSL-1.0
// Quantised models against their definition: a node is the float operator applied to operands quantised by `fake_quantize`.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string_view>

namespace {
using namespace dyadic;

// Operators as a user would add them, of the sorts that a network needs beyond an MLP.

/// [m, k] × [k, n]: two inputs of different roles.
struct product_of_two {
  static constexpr op kind = op::matmul;
  static std::string name() { return "product_of_two"; }
  static constexpr std::array inputs{role::data_in, role::weight};
  static constexpr inferred infer(std::span<const Extents> in) {
    if (!extent_fits(in[0].back(0), in[1].back(1))) return inferred::refuse(1, {in[0].back(0), in[1].back(0)});
    return Extents{in[0].back(1), in[1].back(0)};
  }
  static void run(const arguments& a) {
    const std::int64_t k = a.inputs[0].shape[1], n = a.out.shape[1];
    for (std::int64_t i = 0; i < a.out.size(); ++i) {
      a.out.data[i] = 0;
      for (std::int64_t j = 0; j < k; ++j) a.out.data[i] += a.inputs[0].data[i / n * k + j] * a.inputs[1].data[j * n + i % n];
    }
  }
};
/// x·γ − mean: one parameter with a role, one that no rule may touch.
template <std::int64_t N>
struct shifted_scale {
  static constexpr op kind = op::rms_norm;
  static std::string name() { return "shifted_scale"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array parameters{parameter{"weight", role::weight, {N}}, parameter{"running_mean", role::none, {N}}};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    for (std::int64_t i = 0; i < a.out.size(); ++i)
      a.out.data[i] = a.inputs[0].data[i] * a.parameters[0].data[i % N] - a.parameters[1].data[i % N];
  }
};
/// A tensor that is learned: no inputs, and a parameter that is called like its node.
template <std::int64_t... D>
struct learned {
  static constexpr op kind = op::parameter;
  static std::string name() { return "learned"; }
  static constexpr std::array<role, 0> inputs{};
  static constexpr std::array parameters{parameter{"", role::none, {D...}}};
  static constexpr inferred infer(std::span<const Extents>) { return Extents{D...}; }
  static void run(const arguments& a) { std::copy_n(a.parameters[0].data, a.out.size(), a.out.data); }
};
/// Any number of inputs along the last dimension.
struct side_by_side {
  static constexpr op kind = op::concat;
  static std::string name() { return "side_by_side"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool variadic = true;
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents out = in[0];
    out[1] = 0;
    for (const Extents& x : in) out[1] += x[1];
    return out;
  }
  static void run(const arguments& a) {
    std::int64_t column = 0;
    for (const ConstView& x : a.inputs) {
      for (std::int64_t i = 0; i < x.size(); ++i) a.out.data[i / x.shape[1] * a.out.shape[1] + column + i % x.shape[1]] = x.data[i];
      column += x.shape[1];
    }
  }
};

using values = std::vector<float>;
values random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  values v(static_cast<std::size_t>(count));
  for (float& x : v) x = normal(generator);
  return v;
}
template <int R>
Tensor<R> random_tensor(const Extents& shape, unsigned seed) {
  Tensor<R> t = make_tensor<R>(shape);
  const values v = random_values(shape.size(), seed);
  std::copy(v.begin(), v.end(), t.data());
  return t;
}
template <Graph G>
weights<G> random_weights() {
  weights<G> w;
  unsigned seed = 100;
  for (const parameter_info& p : w.entries()) w.set(p.full_name(), ConstView{random_values(p.shape.size(), ++seed).data(), p.shape});
  return w;
}
template <class S>
values quantized(ConstView v) {
  values out(static_cast<std::size_t>(v.size()));
  fake_quantize<S>(v, View{out.data(), v.shape});
  return out;
}
values linear_of(const values& x, const values& w, const values& b) {
  const std::size_t n = b.size(), k = w.size() / n;
  values y(x.size() / k * n);
  for (std::size_t i = 0; i < y.size(); ++i) {
    double sum = static_cast<double>(b[i % n]);
    for (std::size_t j = 0; j < k; ++j) sum += static_cast<double>(x[i / n * k + j]) * static_cast<double>(w[i % n * k + j]);
    y[i] = static_cast<float>(sum);
  }
  return y;
}
void expect_near(const auto& tensor, const values& expected, double tolerance = 2e-5) {
  ASSERT_EQ(static_cast<std::size_t>(tensor.size()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(static_cast<double>(tensor.data()[i]), static_cast<double>(expected[i]), tolerance) << "value " << i;
}
bool equal(const auto& a, const auto& b) { return std::equal(a.data(), a.data() + a.size(), b.data(), b.data() + b.size()); }

struct one_layer final : graph<node<"x", input<dyn, 19>>, node<"fc", linear<19, 11>, "x">> {};

/// The layer with all four roles given (or left out), against the definition.
template <class X, class W, class B, class Y>
struct roles final : config<by_default<none>, by_name<"fc", data_in<X>, weight<W>, bias<B>, data_out<Y>>> {};

template <class X, class W, class B, class Y>
void check_roles() {
  const auto w = random_weights<one_layer>();
  const Tensor<2> x = random_tensor<2>({6, 19}, 1);
  const Tensor<2> y = quantize<roles<X, W, B, Y>>(one_layer{}, w)(x);
  // The float operator on quantised operands, in the library's own summation order: then data_out sees the same bits.
  weights<one_layer> replaced;
  replaced.set("fc.weight", ConstView{quantized<W>(w.get("fc.weight")).data(), {11, 19}});
  replaced.set("fc.bias", ConstView{quantized<B>(w.get("fc.bias")).data(), {11}});
  Tensor<2> qx = x;
  const values q = quantized<X>(view(x));
  std::copy(q.begin(), q.end(), qx.data());
  const Tensor<2> before = bind(one_layer{}, replaced)(qx);
  expect_near(before, linear_of(q, quantized<W>(w.get("fc.weight")), quantized<B>(w.get("fc.bias"))));
  const values expected = quantized<Y>(view(before));
  EXPECT_TRUE(equal(y, expected));
  if constexpr (!std::is_same_v<X, none> || !std::is_same_v<W, none> || !std::is_same_v<B, none> || !std::is_same_v<Y, none>) {
    EXPECT_FALSE(equal(y, bind(one_layer{}, w)(x))) << "quantisation shows";
  }
}

TEST(Quantize, EachRoleIsTheOperatorOnQuantizedOperands) {
  check_roles<none, none, none, none>();
  check_roles<Fixed<6, 3>, none, none, none>();
  check_roles<none, Fixed<6, 3>, none, none>();
  check_roles<none, none, Fixed<6, 3>, none>();
  check_roles<none, none, none, Fixed<6, 3>>();
  check_roles<BlockFP<6, 8>, MXFP8<E4M3>, Fixed<8, 4>, Half>();
  check_roles<Scaled<Fixed<8, 0>, Shape<whole>>, BlockFP<4, 8, Shape<4, 4>>, E5M2, BlockFP<5, 8>>();
  check_roles<Affine<8, Shape<whole, whole>>, Scaled<E2M1, Shape<1, whole>>, none, none>();
}
/// A user's own table, without a zero and under a name.
struct HalvesLevels {
  static constexpr std::string_view name() { return "Halves"; }
  static constexpr std::array<float, 4> values{-1.5F, -0.5F, 0.5F, 1.5F};
};
using Halves = Codebook<HalvesLevels{}>;
TEST(Quantize, ListsOfLevelsPositsAndTakumsAreSchemesLikeOthers) {
  check_roles<none, Scaled<NF4, Along<64>>, none, none>();
  check_roles<Posit<8>, Scaled<IQ4NL, Along<32>, Half>, Takum<16>, Posit<16>>();
  check_roles<Takum<8>, Scaled<NF4, Along<8>, E4M3>, NF4, none>();
  check_roles<Halves, Scaled<Halves, Shape<1, whole>>, none, MX<Posit<8>>>();
}

struct weight_only final : config<by_default<none>, by_op<op::linear, weight<Fixed<4, 2>>>> {};
struct one_scheme final : config<by_default<Fixed<4, 2>>> {};

TEST(Quantize, BiasFollowsWeightAndOneSchemeServesBoth) {
  const auto w = random_weights<one_layer>();
  const auto model = quantize<weight_only>(one_layer{}, w);
  const ConstView bias = model.parameter("fc.bias");
  EXPECT_TRUE(equal(bias.span(), quantized<Fixed<4, 2>>(w.get("fc.bias"))));
  const Tensor<2> x = random_tensor<2>({6, 19}, 1);
  expect_near(model(x), linear_of(values(x.data(), x.data() + x.size()), quantized<Fixed<4, 2>>(w.get("fc.weight")), quantized<Fixed<4, 2>>(w.get("fc.bias"))));
  expect_near(quantize<one_scheme>(one_layer{}, w)(x),
              linear_of(quantized<Fixed<4, 2>>(view(x)), quantized<Fixed<4, 2>>(w.get("fc.weight")), quantized<Fixed<4, 2>>(w.get("fc.bias"))));
  EXPECT_TRUE(equal(model.originals()->get("fc.bias").span(), w.get("fc.bias").span())) << "the originals stay";
}

// Everything that is not an MLP: two roles at the inputs, parameters without a role, a learned node, a value used many times.
struct mixture final : graph<node<"x", input<dyn, 6>>, node<"scaled", shifted_scale<6>, "x">, node<"pos", learned<6, 4>>,
                             node<"product", product_of_two, "scaled", "pos">, node<"act", relu, "product">, node<"both", add, "product", "act">,
                             node<"wide", side_by_side, "product", "both", "product">> {};
struct mixture_rules final : config<by_default<none>, by_op<op::matmul, data_in<Fixed<6, 3>>, weight<Fixed<5, 2>>>, by_op<op::rms_norm, weight<Fixed<4, 2>>>,
                                    by_name<"both", data_in<Fixed<7, 3>>>, by_name<"act", data_in<Fixed<3, 0>>>> {};

TEST(Quantize, RolesOfInputsAndParametersWithoutARole) {
  const auto w = random_weights<mixture>();
  const auto model = quantize<mixture_rules>(mixture{}, w);
  const Tensor<2> x = random_tensor<2>({5, 6}, 2);
  EXPECT_TRUE(equal(model.parameter("scaled.running_mean").span(), w.get("scaled.running_mean").span()));
  EXPECT_TRUE(equal(model.parameter("pos").span(), w.get("pos").span()));
  // Node by node, with plain loops.
  const values gamma = quantized<Fixed<4, 2>>(w.get("scaled.weight"));
  values scaled(30);
  for (std::size_t i = 0; i < 30; ++i) scaled[i] = x.data()[i] * gamma[i % 6] - w.get("scaled.running_mean").data[i % 6];
  const values left = quantized<Fixed<6, 3>>({scaled.data(), {5, 6}}), right = quantized<Fixed<5, 2>>(w.get("pos"));
  values product(20), both(20), wide;
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t j = 0; j < 6; ++j) product[i] += left[i / 4 * 6 + j] * right[j * 4 + i % 4];
  values act = quantized<Fixed<3, 0>>({product.data(), {5, 4}});
  for (float& v : act) v = std::max(v, 0.0F);
  const values p = quantized<Fixed<7, 3>>({product.data(), {5, 4}}), q = quantized<Fixed<7, 3>>({act.data(), {5, 4}});
  for (std::size_t i = 0; i < 20; ++i) both[i] = p[i] + q[i];
  for (std::size_t r = 0; r < 5; ++r)
    for (const values* part : {&product, &both, &product}) wide.insert(wide.end(), part->begin() + static_cast<long>(r * 4), part->begin() + static_cast<long>(r * 4 + 4));
  const Tensor<2> y = model(x);
  ASSERT_EQ(extents(y), (Extents{5, 12}));
  EXPECT_TRUE(equal(y, wide)) << "exact: a value that is read again is never quantised in place";
}

struct eight final : config<by_default<Fixed<8, 4>>> {};
struct four_bit_weights final : config<by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<4, 2>>>> {};
struct back_to_float final : config<by_name<"fc", bypass>> {};
struct in_one_go final : config<by_default<Fixed<8, 4>>, by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<4, 2>>>> {};

TEST(Quantize, StacksFromTheFloatOriginals) {
  const auto w = random_weights<one_layer>();
  const Tensor<2> x = random_tensor<2>({6, 19}, 3);
  const auto once = quantize<eight>(one_layer{}, w);
  const auto twice = quantize<four_bit_weights>(once);
  EXPECT_TRUE(equal(twice(x), quantize<in_one_go>(one_layer{}, w)(x))) << "weights are quantised anew, not once more";
  EXPECT_FALSE(equal(twice(x), once(x)));
  EXPECT_EQ(twice.originals(), once.originals()) << "and not copied";
  EXPECT_TRUE(equal(quantize<back_to_float>(twice)(x), bind(one_layer{}, w)(x)));
  EXPECT_TRUE(equal(quantize<four_bit_weights>(bind(one_layer{}, w))(x), quantize<in_one_go>(one_layer{}, w)(x))) << "on a float model too";
}

struct random_rounding final : config<by_default<With<Fixed<6, 3>, Round::stochastic>>> {};

TEST(Quantize, StochasticRoundingFollowsTheSeed) {
  const auto w = random_weights<one_layer>();
  const Tensor<2> x = random_tensor<2>({6, 19}, 3);
  const auto a = quantize<random_rounding>(one_layer{}, w, 1), b = quantize<random_rounding>(one_layer{}, w, 1), c = quantize<random_rounding>(one_layer{}, w, 2);
  EXPECT_TRUE(equal(a(x), b(x)));
  EXPECT_TRUE(equal(a(x), a(x)));
  EXPECT_FALSE(equal(a(x), c(x)));
  EXPECT_FALSE(equal(a.parameter("fc.weight").span(), c.parameter("fc.weight").span()));
}

struct net final : graph<node<"x", input<dyn, 3, 5>>, node<"flat", flatten, "x">, node<"fc", linear<15, 8>, "flat">, node<"act", relu, "fc">,
                         node<"last", flatten, "act">> {};
struct outputs final : config<by_default<data_out<Fixed<5, 2>>>, by_glob<"f?", none>> {};

TEST(Quantize, DataOutReachesInputsAndReshapes) {
  const auto w = random_weights<net>();
  const Tensor<3> x = random_tensor<3>({4, 3, 5}, 4);
  const auto model = quantize<outputs>(net{}, w);
  const Tensor<2> y = model(x);
  const Tensor<3> before = x;
  const values in = quantized<Fixed<5, 2>>(view(x));
  values hidden = linear_of(in, quantized<none>(w.get("fc.weight")), quantized<none>(w.get("fc.bias")));
  for (float& v : hidden) v = std::max(v, 0.0F);
  std::size_t same = 0;  // the sums differ in the last bit here and there, so a value at a tie may round elsewhere
  const values expected = quantized<Fixed<5, 2>>({hidden.data(), {4, 8}});
  for (std::size_t i = 0; i < expected.size(); ++i) same += y.data()[i] == expected[i] ? 1U : 0U;
  EXPECT_GE(same + 1, expected.size());
  EXPECT_TRUE(equal(x, before)) << "the caller's tensor is never written to";
  Tensor<2> z(4, 8);
  prepare(model, 4)(x, z);
  EXPECT_TRUE(equal(y, z));
}

}  // namespace
