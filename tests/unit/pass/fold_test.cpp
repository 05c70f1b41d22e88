// SPDX-License-Identifier: BSL-1.0
// Passes of users: what they need of the library, and the one of examples/05_own_pass.
#include <dyadic/model/rewrite.hpp>

#include "../../../examples/05_own_pass/cnn.hpp"

#include <dyadic/io/safetensors.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/verify.hpp>

#include <gtest/gtest.h>
#include <random>

namespace {
using namespace dyadic;
using digits::cnn, digits::folded_cnn;
namespace hana = boost::hana;

using x = node<"x", input<dyn, 8>>;
using a = node<"a", linear<8, 8>, "x">;
using b = node<"b", relu, "a">;
using c = node<"c", linear<8, 8>, "a", "b", "a">;
static_assert(std::is_same_v<with_name<a, "longer">, node<"longer", linear<8, 8>, "x">>);
static_assert(std::is_same_v<with_operation<a, linear<8, 4>>, node<"a", linear<8, 4>, "x">>);
static_assert(std::is_same_v<with_inputs<a, "y", "z">, node<"a", linear<8, 8>, "y", "z">>);
static_assert(std::is_same_v<redirected<c, a, x>, node<"c", linear<8, 8>, "x", "b", "x">>);
static_assert(std::is_same_v<redirected<a, b, c>, a>, "it reads something else");
static_assert(std::is_same_v<graph_of<decltype(graph<x, a, b>::nodes())>, graph<x, a, b>>);
static_assert(std::is_same_v<graph_of<const hana::tuple<hana::type<x>>&>, graph<x>>);

// The digits network: three normalisations go, everything else stays.
static_assert(verify<cnn>() && verify<folded_cnn>());
static_assert(metadata<folded_cnn>::size == metadata<cnn>::size - 3 && metadata<folded_cnn>::parameters.size() == 8);
static_assert(metadata<folded_cnn>::sources(metadata<folded_cnn>::find("act2"))[0] == metadata<folded_cnn>::find("conv2"));
static_assert(metadata<folded_cnn>::output_shape == metadata<cnn>::output_shape);
static_assert(metadata<folded_cnn>::parameters[1].is_called("conv1.bias"));

double relative_difference(const deviation& d, ConstView reference) {
  double largest = 0;
  for (const float v : reference.span()) largest = std::max(largest, std::abs(static_cast<double>(v)));
  return d.max_abs_error / largest;
}

struct eight_bits final : config<by_default<none>, by_op<op::conv2d, MXINT8>, by_op<op::linear, MXINT8>> {};

TEST(OwnPass, FoldsTheDigitsNetworkWithoutChangingIt) {
  const auto file = safetensors::open(DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  const auto w = load<cnn>(file, "cnn", allow_unused("logits"));
  const auto folded = fold::weights_of<folded_cnn>(w);
  const auto images = file.tensor<3>("test/images");
  const auto labels = file.values<std::int64_t>("test/labels");
  const Tensor<2> recorded = file.tensor<2>("cnn/logits"), before = bind(cnn{}, w)(images), after = bind(folded_cnn{}, folded)(images);
  EXPECT_LE(deviation_of(view(before).span(), view(recorded).span()).max_abs_error, 1e-4);
  EXPECT_LE(relative_difference(deviation_of(view(after).span(), view(before).span()), view(before)), 1e-5);
  EXPECT_GT(deviation_of(view(after).span(), view(before).span()).max_abs_error, 0) << "it does compute something else";
  // Quantised after folding, it still knows the digits.
  const Tensor<2> logits = quantize<eight_bits>(folded_cnn{}, folded)(images);
  int right = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
    Eigen::Index best = 0;
    for (Eigen::Index k = 1; k < logits.dimension(1); ++k)
      if (logits(i, k) > logits(i, best)) best = k;
    right += best == labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  EXPECT_GE(right, 588) << "of 600; 594 in float32";
}

// A normalisation of an input, one of a convolution that two nodes read, and ones that fold: without γ and β, with groups and a bias.
struct mixture final : graph<
    node<"x",      input<dyn, 4, 6, 6>>,
    node<"bn0",    batch_norm2d<4>, "x">,
    node<"shared", conv2d<4, 6, 3, padding<1>>, "bn0">,
    node<"bn1",    batch_norm2d<6>, "shared">,
    node<"grouped", conv2d<6, 6, dims{1, 3}, groups<3>, padding<0, 1>>, "bn1">,
    node<"bn2",    batch_norm2d<6, no_affine, eps<1, 100>>, "grouped">,
    node<"last",   conv2d<6, 6, 1, no_bias, stride<1>>, "bn2">,
    node<"bn3",    batch_norm2d<6>, "last">,
    node<"sum",    add, "bn3", "shared">> {};
struct folded_mixture final : fold::batch_norms<mixture> {};
static_assert(verify<folded_mixture>() && metadata<folded_mixture>::size == 7);
static_assert(metadata<folded_mixture>::find("bn0") == 1 && metadata<folded_mixture>::find("bn1") == 3, "nothing to fold into");
static_assert(std::is_same_v<at<4, folded_mixture::node_pack>, node<"grouped", conv2d<6, 6, dims{1, 3}, groups<3>, padding<0, 1>>, "bn1">>);
static_assert(std::is_same_v<at<5, folded_mixture::node_pack>, node<"last", conv2d<6, 6, 1, stride<1>>, "grouped">>);
static_assert(std::is_same_v<at<6, folded_mixture::node_pack>, node<"sum", add, "last", "shared">>);

TEST(OwnPass, FoldsOnlyWhereNobodyElseReadsTheConvolution) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  weights<mixture> w;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    for (float& v : values) v = p.name == "running_var" ? 0.5F + std::abs(normal(random)) : normal(random);
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  Tensor<4> image(3, 4, 6, 6);
  for (Eigen::Index i = 0; i < image.size(); ++i) image.data()[i] = normal(random);
  const auto folded = fold::weights_of<folded_mixture>(w);
  const Tensor<4> before = bind(mixture{}, w)(image), after = bind(folded_mixture{}, folded)(image);
  EXPECT_LE(relative_difference(deviation_of(view(after).span(), view(before).span()), view(before)), 1e-5);
}

}  // namespace
