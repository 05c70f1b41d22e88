// SPDX-License-Identifier: BSL-1.0
// From the MASE toolkit to dyadic: its dictionaries, line by line, and what becomes of the numbers.
//
// Every scheme exists twice. `dyadic::mase::block_fp<…>` gives MASE's numbers, to the bit, with all their peculiarities: for those who
// want to find their experiment again. `dyadic::BlockFP<…>` is the format as its paper or standard defines it. Both fit into the same rules.
#include "../03_digits/networks.hpp"

#include <dyadic/format/mase.hpp>
#include <dyadic/io/safetensors.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <type_traits>
#include <vector>

using namespace dyadic;
using digits::mlp;

// ---------------------------------------------------------------------------------------------------------------------------
// 1. The example of MASE's quantisation tutorial, with MASE's numbers and with the standard's.
// clang-format off

struct tutorial final : config<            // quan_args = {
                                           //     "by": "type",                                        by_op below
    by_default<none>,                      //     "default": {"config": {"name": None}},
    by_op<op::linear,                      //     "linear": {"config": {
                                           //         "name": "integer",                               mase::integer below
        data_in<mase::integer<8, 4>>,      //         "data_in_width": 8, "data_in_frac_width": 4,
        weight<mase::integer<8, 4>>,       //         "weight_width": 8, "weight_frac_width": 4,
        bias<mase::integer<8, 4>>>> {};    //         "bias_width": 8, "bias_frac_width": 4}}}

struct tutorial_standard final : config<
    by_default<none>,
    by_op<op::linear,
        data_in<Fixed<8, 4>>,
        weight<Fixed<8, 4>>,               // the bias follows the weight; it need not be named
        bias<Fixed<8, 4>>>> {};

static_assert(std::is_same_v<mase::integer<8, 4>, Fixed<8, 4>>, "here MASE does as the standard says: one type under two names");

// ---------------------------------------------------------------------------------------------------------------------------
// 2. The other ways to say which node is meant. dyadic has no mode for the whole dictionary: rules of all kinds stand side by side, a name
//    beats a pattern beats an operator beats the default, and a name or pattern that fits no node does not compile.

struct by_names final : config<            // {"by": "name",
    by_default<none>,                      //  "default": {"config": {"name": None}},
    by_name<"fc1",                         //  "fc1": {"config": {"name": "block_fp",
                                           //      "data_in_width": 8, "data_in_exponent_width": 8,
                                           //      "data_in_exponent_bias": None, "data_in_block_size": [1, 16], "data_in_skip_first_dim": True,
        data_in<mase::block_fp<8, 8, 127, mase::skip_first_dim<mase::block_size<1, 16>>>>,
                                           //      "weight_width": 6, "weight_exponent_width": 8,
                                           //      "weight_exponent_bias": None, "weight_block_size": [1, 16], …}},
        weight<mase::block_fp<6, 8, 127, mase::block_size<1, 16>>>>,
    by_name<"fc3", bypass>> {};            //  "fc3": {"config": {"bypass": True}}}

struct by_names_standard final : config<
    by_default<none>,
    by_name<"fc1", data_in<BlockFP<8, 8, Shape<1, 16>>>, weight<BlockFP<6, 8, Shape<1, 16>>>>,
    by_name<"fc3", bypass>> {};

struct by_patterns final : config<         // {"by": "regex_name",
    by_default<none>,                      //  "default": {"config": {"name": None}},
    by_glob<"fc?",                         //  "fc\\d": {"config": {"name": "minifloat_ieee",             `*`: any text, `?`: any character
        data_in<mase::minifloat_ieee<8, 4, 7>>,   //   "data_in_width": 8, "data_in_exponent_width": 4, "data_in_exponent_bias": 7,
        weight<mase::minifloat_ieee<8, 4, 7>>>    //   "weight_width": 8, "weight_exponent_width": 4, "weight_exponent_bias": 7, …}}}
    > {};

struct by_patterns_standard final : config<
    by_default<none>,
    by_glob<"fc?", Minifloat<4, 3, 7>>> {};       // one scheme for data_in and weight (and bias)

// Quantising what is quantised: only the nodes that these rules name change; their weights are quantised anew from the float ones.
struct first_layer_coarser final : config<by_name<"fc1", data_in<mase::integer<8, 4>>, weight<mase::integer<4, 2>>>> {};
struct first_layer_coarser_standard final : config<by_name<"fc1", data_in<Fixed<8, 4>>, weight<Fixed<4, 2>>>> {};

// ---------------------------------------------------------------------------------------------------------------------------
// 3. One scheme for all three layers, for the table below.

template <class Scheme>
struct linears final : config<by_default<none>, by_op<op::linear, Scheme>> {};
using blocks = mase::block_size<1, 16>;

// clang-format on
// ---------------------------------------------------------------------------------------------------------------------------

struct experiment {
  weights<mlp> trained;
  Tensor<3> images;
  std::vector<std::int64_t> labels;
};

double accuracy(const Tensor<2>& logits, const experiment& e) {
  int right = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
    const float* const row = logits.data() + i * logits.dimension(1);
    right += std::max_element(row, row + logits.dimension(1)) - row == e.labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  return right / static_cast<double>(logits.dimension(0));
}

// In how many values do two models differ, and which weight is the first?
struct difference {
  std::size_t weights = 0, logits = 0;
  std::string first;
};
template <class A, class B>
difference weights_that_differ(const A& in_mase, const B& standard, const experiment& e) {
  difference d;
  for (const parameter_info& p : e.trained.entries()) {
    const std::string name = p.full_name();
    const auto original = e.trained.get(name).span(), a = in_mase.parameter(name).span(), b = standard.parameter(name).span();
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] == b[i] || d.weights++ != 0) continue;
      char text[160];
      std::snprintf(text, sizeof text, "%s[%zu] = %.6f: %.6f, %.6f", name.c_str(), i, static_cast<double>(original[i]),
                    static_cast<double>(a[i]) + 0.0, static_cast<double>(b[i]) + 0.0);
      d.first = text;
    }
  }
  return d;
}

template <class A, class B>
void row(const char* name, const A& in_mase, const B& standard, const experiment& e) {
  const Tensor<2> a = in_mase(e.images), b = standard(e.images);
  difference d = weights_that_differ(in_mase, standard, e);
  for (Eigen::Index i = 0; i < a.size(); ++i) d.logits += a.data()[i] == b.data()[i] ? 0U : 1U;
  std::printf("%-32s  %6.4f  %8.4f  %7zu  %6zu%s%s\n", name, accuracy(a, e), accuracy(b, e), d.weights, d.logits,
              d.first.empty() ? "" : "  ", d.first.c_str());
}
template <class InMase, class Standard>
void row(const char* name, const experiment& e) {
  row(name, quantize<InMase>(mlp{}, e.trained), quantize<Standard>(mlp{}, e.trained), e);
}

int main(int argc, char** argv) try {
  const auto file = safetensors::open(argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  const experiment e{load<mlp>(file, "mlp", allow_unused("logits")), file.tensor<3>("test/images"),
                     file.values<std::int64_t>("test/labels")};

  const Tensor<2> float_logits = bind(mlp{}, e.trained)(e.images);
  std::printf(
      "A network trained on handwritten digits, quantised with MASE's numbers (dyadic::mase::...) and the standard's (dyadic::...).\n"
      "Its accuracy in float32 is %.4f; it has %lld weights, and gives %lld logits for the %zu images.\n\n",
      accuracy(float_logits, e), static_cast<long long>(summary(bind(mlp{}, e.trained)).total().parameters),
      static_cast<long long>(float_logits.size()), e.labels.size());
  std::printf(
      "                                          accuracy   values that differ\n"
      "configuration                       MASE  standard  weights  logits  first weight that differs: MASE, standard\n"
      "%s\n",
      std::string(116, '-').c_str());
  row<tutorial, tutorial_standard>("the tutorial's, by type", e);
  row<by_names, by_names_standard>("by name, one layer bypassed", e);
  row<by_patterns, by_patterns_standard>("by pattern", e);
  row("the tutorial's, then fc1 coarser", quantize<first_layer_coarser>(quantize<tutorial>(mlp{}, e.trained)),
      quantize<first_layer_coarser_standard>(quantize<tutorial_standard>(mlp{}, e.trained)), e);

  std::printf("\nOne scheme for all layers:\n");
  row<linears<mase::integer_floor<8, 4>>, linears<With<Fixed<8, 4>, Round::down>>>("integer, floor", e);
  row<linears<mase::minifloat_ieee<8, 4>>, linears<Minifloat<4, 3>>>("minifloat_ieee", e);
  row<linears<mase::minifloat_denorm<8, 4>>, linears<MinifloatDenorm<4, 3>>>("minifloat_denorm", e);
  row<linears<mase::log<8>>, linears<LogQ<8>>>("log", e);
  row<linears<mase::block_fp<8, 8, 127, blocks>>, linears<BlockFP<8, 8>>>("block_fp", e);
  row<linears<mase::block_minifloat<8, 4, 8, blocks>>, linears<BlockMinifloat<4, 3, 8>>>("block_minifloat", e);
  row<linears<mase::block_log<8, 8, blocks>>, linears<BlockLog<8, 8>>>("block_log", e);
  row<linears<mase::binary<BinaryLevels::minus_plus, true>>, linears<ScaledBinary<PerRow>>>("binary, scaled", e);
  row<linears<mase::ternary<true>>, linears<ScaledTernary<TernaryRule::mean75, PerRow>>>("ternary, scaled", e);

  std::printf(R"(
Where a scheme has two meanings, MASE's first:
  minifloat_ieee, minifloat_denorm   a mantissa that rounds up to the next power of two is cut off; it carries
  block_fp                           a power of two that is the largest of its block is cut off; it stays what it is (pixels: 0.5 and 1)
  block_minifloat                    the bias has the other sign, so blocks of small values lose their digits; they keep them
  log, block_log                     there is no zero, the smallest power stands for it; zero is zero (2^-63 does not show in these logits)
  ternary, scaled                    a row of zeros becomes NaN; it stays zero (there is none here)
)");
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\nusage: 04_from_mase [digits.safetensors]\n";
  return 1;
}
