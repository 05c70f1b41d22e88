// SPDX-License-Identifier: BSL-1.0
// Products that run simulated under an execution on codes: the summary says which and why, and so do the
// kernels.
#include <dyadic/dyadic.hpp>
#include <dyadic/pass/native.hpp>

#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace {
using namespace dyadic;

template <Graph G>
weights<G> zeros() {
  weights<G> w;
  for (const parameter_info& p : w.entries())
    w.set(p.full_name(),
          ConstView{std::vector<float>(static_cast<std::size_t>(p.shape.size())).data(), p.shape});
  return w;
}
template <class X, class W>
struct pair_of final : config<by_default<data_in<X>, weight<W>>> {};

// --- Kernels
// ---------------------------------------------------------------------------------------------------

template <class X, class W>
constexpr detail::product_refusal refused = native_product<X, W, Tier::integer>::refused;
constexpr bool is(detail::product_refusal r, refusal why, int operand) {
  return r.why == why && r.operand == operand;
}

/// Values without codes.
struct Rounded {
  static constexpr double bits_per_value = 8;
  static constexpr std::string_view name() { return "Rounded"; }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents&) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = static_cast<float>(static_cast<int>(in[i]));
  }
};
/// Codes that are decoded by a function that is no constant expression.
struct Table {
  using code_type = std::uint8_t;
  static constexpr int bits = 4;
  static std::string_view name() { return "Table"; }
  static code_type encode(float x) { return static_cast<code_type>(x > 1.0F ? 1 : 0); }
  static float decode(code_type code) { return static_cast<float>(code); }
};
/// Blocks of which nothing is declared.
struct Opaque {
  struct parameters {
    float alpha = 0.0F;
  };
  using shape = Shape<16>;
  using code_type = std::uint8_t;
  static constexpr int bits = 4, scale_bits = 32;
  static std::string_view name() { return "Opaque"; }
  template <class Values>
  static parameters fit(const Values&, float) {
    return {};
  }
  template <class Values>
  static scale_code fit_code(const Values&, float) {
    return 0;
  }
  static parameters parameters_of(scale_code, float) { return {}; }
  static code_type encode_element(float, const parameters&, i32) { return 0; }
  static float decode_element(code_type, const parameters&) { return 0.0F; }
};
using Int8 = Scaled<SymmetricFixed<8, 0>, PerRow>;

static_assert(is(refused<none, Int8>, refusal::float_values, 1) &&
              is(refused<Int8, none>, refusal::float_values, 2));
static_assert(is(refused<Rounded, Int8>, refusal::no_codes, 1) &&
              is(refused<Int8, Opaque>, refusal::no_arithmetic, 2));
static_assert(is(refused<Fixed<17, 8>, Int8>, refusal::wide_codes, 1) &&
              is(refused<Int8, Affine<9>>, refusal::wide_codes, 2));
static_assert(is(refused<Table, Int8>, refusal::unknown_codes, 1) &&
              is(refused<Int8, Table>, refusal::unknown_codes, 2));
static_assert(is(refused<E4M3, Int8>, refusal::special_values, 1));
static_assert(is(refused<MXFP8<E4M3>, MXFP4>, refusal::special_values, 1));
static_assert(is(refused<MXFP4, MXFP8<E5M2>>, refusal::special_values, 2));
static_assert(is(refused<Int8, Minifloat<5, 2>>, refusal::wide_range, 2));
static_assert(is(refused<BlockFP<8, 8, Shape<6>>, Int8>, refusal::block_length, 1));
static_assert(is(refused<Int8, Scaled<Fixed<4, 0>, Shape<2>>>, refusal::block_length, 2));
static_assert(is(refused<Block<Fixed<8, 40>, Shape<16>>, Int8>, refusal::small_scales, 1));
static_assert(is(refused<Affine<8, Shape<32>>, Int8>, refusal::zero_points_along, 1));
static_assert(is(refused<Affine<8>, MXINT8>, refusal::zero_points_with_blocks, 1));
static_assert(is(refused<SignedAffine<8, Shape<32>>, Int8>, refusal::zero_points_along, 1));
static_assert(is(refused<MXINT8, SymmetricAffine<8>>, refusal::zero_points_with_blocks, 2));
static_assert(is(refused<Int8, SignedAffine<9>>, refusal::wide_codes, 2));
static_assert(is(refused<IF4, Int8>, refusal::no_arithmetic, 1) &&
              native_product<FourOverSix, NVFP4, Tier::integer>::available);
static_assert(is(refused<MXINT8, Affine<8>>, refusal::zero_points_with_blocks, 2));
static_assert(is(refused<BlockFP<8, 8, Shape<65536>>, BlockFP<8, 8, Shape<65536>>>, refusal::long_blocks, 2));

TEST(Refusals, HaveASentenceEach) {
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(refusal::random_rows); ++i) {
    const std::string_view text = to_string(static_cast<refusal>(i));
    EXPECT_GT(text.size(), 10U) << i;
    EXPECT_TRUE(sentences.insert(text).second) << text;
  }
}

// --- Networks
// --------------------------------------------------------------------------------------------------

struct all_products final
    : graph<node<"x", input<dyn, 4, 8, 8>>, node<"conv", conv2d<4, 4, 3, padding<1>>, "x">,
            node<"up", convtranspose2d<4, 4, 1>, "conv">, node<"act", relu, "up">,
            node<"rows", reshape<dyn, 32, 8>, "act">, node<"fc", linear<8, 8>, "rows">,
            node<"turned", permute<0, 2, 1>, "fc">, node<"mixed", bmm, "fc", "turned">,
            node<"seen", grouped_query_attention<4, 4, 8>, "mixed", "mixed", "mixed">> {};

template <class Model>
std::string reason_of(const Model& model, std::string_view node) {
  for (const auto& row : summary(model).rows())
    if (row.name == node) return row.runs_as + (row.reason.empty() ? "" : ": " + row.reason);
  return "no such node";
}
template <class X, class W, class Execution = native>
std::string of_node(std::string_view node) {
  static const auto model = quantize<pair_of<X, W>, Execution>(all_products{}, zeros<all_products>());
  return reason_of(model, node);
}

TEST(Summary, SaysHowEachNodeRuns) {
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("conv")), "int8");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("fc")), "int8");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("mixed")), "int8");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("x")), "");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("turned")), "float32") << "it only moves values";
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("act")),
            "simulated: relu is no product of matrices: it computes in float32 with quantised values.");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("up")),
            "simulated: convtranspose2d<4, 4, 1> is an operator whose products have no kernel but float32.");
  EXPECT_EQ((of_node<Fixed<8, 4>, Fixed<8, 6>>("seen")).find("simulated: "), 0U);
  EXPECT_NE((of_node<Fixed<8, 4>, Fixed<8, 6>>("seen")).find("whose products have no kernel"),
            std::string::npos);
}
TEST(Summary, SaysWhySchemesAreSimulated) {
  // blocks of data that are not rows of what is multiplied
  EXPECT_EQ((of_node<Affine<8, PerRow>, Int8>("fc")),
            "simulated: data_in Affine<8, PerRow> has scales that several rows of the operand share, or that "
            "are not those of its rows.");
  EXPECT_EQ((of_node<MXINT8, MXINT8>("conv")),
            "simulated: data_in MXINT8 does not convert each value of an image by itself, with 0 to 0, as a "
            "convolution wants.");
  EXPECT_EQ((of_node<Fixed<8, 4>, Scaled<Fixed<8, 0>, PerTensor>>("conv")),
            "simulated: weight Scaled<Fixed<8, 0>, PerTensor> has scales that are not those of one output "
            "channel's weights.");
  EXPECT_EQ((of_node<Fixed<8, 4>, Scaled<Fixed<8, 0>, PerTensor>>("mixed")),
            "simulated: weight Scaled<Fixed<8, 0>, PerTensor> has scales that are not those of the second "
            "operand's columns.");
  EXPECT_EQ((of_node<With<Fixed<8, 4>, Round::stochastic>, Fixed<8, 6>>("mixed")),
            "simulated: data_in With<Fixed<8, 4>, Round::stochastic> rounds at random, and a product of two "
            "operands draws no bits by row.");
  // schemes without integers
  EXPECT_EQ((of_node<MXFP8<E4M3>, MXFP4>("fc")),
            "simulated: data_in MXFP8<E4M3> has codes for NaN or infinity, so its values are no integers.");
  EXPECT_EQ((of_node<Fixed<8, 4>, Opaque>("fc")),
            "simulated: weight Opaque declares no arithmetic of its codes (format/arithmetic.hpp).");
  EXPECT_EQ((of_node<Fixed<8, 4>, none>("fc")),
            "simulated: weight stays float32, whose values are no integers.");
  EXPECT_EQ((of_node<none, none>("fc")), "float32");
}
TEST(Summary, HasNoReasonWhereSimulationIsWanted) {
  EXPECT_EQ((of_node<MXFP8<E4M3>, MXFP4, simulated>("fc")), "simulated");
  EXPECT_EQ((of_node<MXFP8<E4M3>, MXFP4, simulated>("conv")), "simulated");
  EXPECT_EQ((of_node<MXFP8<E4M3>, MXFP4, native_exact>("fc")), "exact");
  EXPECT_EQ((of_node<MXFP8<E4M3>, MXFP4, native_exact>("up")),
            "simulated: convtranspose2d<4, 4, 1> is an operator whose products have no kernel but float32.");
}
struct only_bias final : config<by_default<none>, by_name<"fc", bias<Fixed<8, 4>>>> {};
TEST(Summary, PrintsHowNodesRunInAllItsForms) {
  const auto model = quantize<pair_of<MXFP8<E4M3>, MXFP4>, native>(all_products{}, zeros<all_products>());
  std::ostringstream out;
  out << summary(model);
  for (const char* words : {"  runs as\n", "  simulated\n",
                            "fc is simulated: data_in MXFP8<E4M3> has codes for NaN or infinity, so its "
                            "values are no integers.\n"})
    EXPECT_NE(out.str().find(words), std::string::npos) << words << " in\n" << out.str();
  EXPECT_NE(summary(model).csv().find("activation_bits,runs_as,reason\r\n"), std::string::npos);
  EXPECT_NE(summary(model).csv().find(",simulated,\"data_in MXFP8<E4M3> has codes for NaN or infinity, so "
                                      "its values are no integers.\"\r\n"),
            std::string::npos);
  const auto biased = quantize<only_bias, native>(all_products{}, zeros<all_products>());
  EXPECT_EQ(reason_of(biased, "fc"), "simulated: linear<8, 8> multiplies two operands that have no scheme.");
}
TEST(Fallbacks, AreTheProductsThatRunSimulated) {
  const auto names = [](const auto& model) {
    std::string all;
    for (const node_fallback& f : fallbacks(model))
      all += std::string(f.node) + (f.reason.empty() ? "? " : " ");
    return all;
  };
  EXPECT_EQ(names(quantize<pair_of<MXFP8<E4M3>, MXFP4>, native>(all_products{}, zeros<all_products>())),
            "conv up fc mixed seen ");
  EXPECT_EQ(names(quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>, native>(all_products{}, zeros<all_products>())),
            "up seen ");
  EXPECT_EQ(names(quantize<pair_of<MXFP8<E4M3>, MXFP4>>(all_products{}, zeros<all_products>())), "");
  EXPECT_EQ(names(quantize<only_bias, native>(all_products{}, zeros<all_products>())), "");
  EXPECT_EQ(
      fallbacks(quantize<pair_of<MXFP8<E4M3>, MXFP4>, native>(all_products{}, zeros<all_products>()))[2].why,
      refusal::special_values);
}
// A stack has the reasons of the rules that decide.
struct repaired final : config<by_name<"fc", data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>>,
                               by_name<"up", bypass>, by_name<"seen", bypass>> {};
TEST(Fallbacks, FollowTheTopOfAStack) {
  const auto below = quantize<pair_of<MXFP8<E4M3>, MXFP4>, native>(all_products{}, zeros<all_products>());
  std::string all;
  for (const node_fallback& f : fallbacks(quantize<repaired>(below))) all += std::string(f.node) + ' ';
  EXPECT_EQ(all, "conv mixed ");
}

// --- An operator of one's own that is a product
// ------------------------------------------------------------------

struct own_linear {
  static constexpr op kind = op::custom;
  static std::string name() { return "own_linear"; }
  static constexpr product_form product = product_form::rows;
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array parameters{parameter{"weight", role::weight, {4, 8}}};
  static constexpr inferred infer(std::span<const Extents> in) { return Extents{in[0][0], 4}; }
  static void run(const arguments& a) {
    for (std::int64_t i = 0; i < a.out.size(); ++i) {
      a.out.data[i] = 0.0F;
      for (std::int64_t k = 0; k < 8; ++k)
        a.out.data[i] += a.inputs[0].data[i / 4 * 8 + k] * a.parameters[0].data[i % 4 * 8 + k];
    }
  }
};
struct own_net final : graph<node<"x", input<dyn, 8>>, node<"own", own_linear, "x">> {};
TEST(OwnProducts, RunOnCodesByTheFormThatTheyDeclare) {
  weights<own_net> w;
  Tensor<2> weight(4, 8), x(3, 8);
  for (Eigen::Index i = 0; i < weight.size(); ++i) weight.data()[i] = static_cast<float>(i % 11 - 5) * 0.25F;
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 7 - 3) * 0.5F;
  w.set("own.weight", weight);
  const auto model = quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>, required<native>>(own_net{}, w);
  EXPECT_EQ(reason_of(model, "own"), "int8");
  const Tensor<2> a = model(x), b = quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>>(own_net{}, w)(x);
  for (Eigen::Index i = 0; i < a.size(); ++i) EXPECT_EQ(a.data()[i], b.data()[i]);
}

}  // namespace
