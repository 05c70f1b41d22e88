// SPDX-License-Identifier: BSL-1.0
// What does it cost to run a trained network in an unusual number format?
//
// A small network that reads handwritten digits (8 × 8 pixels) is loaded from a file, quantised in two dozen ways, and run on
// 600 images that it has never seen. Read from the top: the network, the configurations, the measurement, the program.
#include "table.hpp"

#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace dyadic;

// ---------------------------------------------------------------------------------------------------------------------------
// The network: nodes in order, each names its inputs. `dyn` is the batch.

struct mlp final : graph<
    node<"x",    input<dyn, 8, 8>>,
    node<"flat", flatten,        "x">,
    node<"fc1",  linear<64, 64>, "flat">,
    node<"act1", relu,           "fc1">,
    node<"fc2",  linear<64, 32>, "act1">,
    node<"act2", relu,           "fc2">,
    node<"fc3",  linear<32, 10>, "act2">> {};

// ---------------------------------------------------------------------------------------------------------------------------
// The configurations. `Data` is the scheme of what flows into a linear layer, `Weight` that of its weights (its bias follows).

template <class Data, class Weight = Data>
struct linears final : config<by_default<none>, by_op<op::linear, data_in<Data>, weight<Weight>>> {};

struct nothing final : config<by_default<none>> {};

struct everything_w8f4 final : config<by_default<Fixed<8, 4>>> {};  // MASE's `integer` with its documented widths, on every operator

struct mixed final : config<                                           // by name beats by operator beats the default
    by_default<none>,
    by_op<op::linear, data_in<MXFP8<E4M3>>, weight<MXFP4>>,
    by_name<"fc3", data_in<MXFP8<E4M3>>, weight<BlockFP<6, 8>>>> {};

using Int8 = SymmetricFixed<8, 0>;
using Int4 = SymmetricFixed<4, 0>;

// ---------------------------------------------------------------------------------------------------------------------------
// The measurement.

struct digits {
  Tensor<3> images;                  // [600, 8, 8]
  std::vector<std::int64_t> labels;  // [600]
  Tensor<2> logits;                  // [600, 10], of the float network
};

std::int64_t winner(const Tensor<2>& logits, Eigen::Index image) {
  Eigen::Index best = 0;
  for (Eigen::Index c = 1; c < logits.dimension(1); ++c)
    if (logits(image, c) > logits(image, best)) best = c;
  return best;
}

struct result {
  std::string name;
  double bits_per_weight = 0, accuracy = 0, agreement = 0, sqnr_db = 0;
  std::int64_t bytes = 0;
};

template <class Model>
result measure(std::string name, const Model& model, const digits& data) {
  const Tensor<2> logits = model(data.images);
  result r;
  r.name = std::move(name);
  int right = 0, same = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
    right += winner(logits, i) == data.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    same += winner(logits, i) == winner(data.logits, i) ? 1 : 0;
  }
  const auto images = static_cast<double>(logits.dimension(0));
  r.accuracy = right / images;
  r.agreement = same / images;
  r.sqnr_db = deviation_of(view(logits).span(), view(data.logits).span()).sqnr_db;
  r.bits_per_weight = summary(model).total().bits_per_parameter();
  r.bytes = summary(model).total().bytes;
  return r;
}

void print(const std::vector<result>& results) {
  text_table table({"configuration (data × weights)", "bits/weight", "weight bytes", "accuracy", "same as float", "SQNR dB"});
  for (const result& r : results)
    table.add({r.name, number(r.bits_per_weight, 2), std::to_string(r.bytes), number(r.accuracy, 4), number(r.agreement, 4),
               std::isinf(r.sqnr_db) ? "exact" : number(r.sqnr_db, 1)});
  table.print(std::cout);
}

// ---------------------------------------------------------------------------------------------------------------------------

int run(const std::string& path) {
  // 1. The float network, checked against the logits recorded when it was trained.
  const auto file = safetensors::open(path);
  const auto weights = load<mlp>(file, "mlp");
  const auto reference = bind(mlp{}, weights);
  digits data{file.tensor<3>("test/images"), file.values<std::int64_t>("test/labels"), {}};
  data.logits = reference(data.images);
  const double off = deviation_of(view(data.logits).span(), view(file.tensor<2>("mlp/logits")).span()).max_abs_error;
  std::cout << "MLP 64-64-32-10 on " << data.labels.size() << " held-out images of handwritten digits.\n"
            << "Largest difference of its float32 logits from the recorded ones: " << off << " (at most 1e-4 is right).\n\n";
  if (!(off <= 1e-4)) {
    std::cerr << "The float network does not reproduce its recorded logits.\n";
    return EXIT_FAILURE;
  }

  // 2. The same network in other number formats. Weights are quantised once, when the model is made; data as it flows.
  const auto with = [&]<class Config>(Config, std::string name) { return measure(std::move(name), quantize<Config>(mlp{}, weights), data); };
  print({
      with(nothing{}, "float32"),
      with(everything_w8f4{}, "Fixed<8, 4>, every operator"),
      with(linears<Fixed<8, 4>, Fixed<8, 6>>{}, "Fixed<8, 4> × Fixed<8, 6>"),
      with(linears<Fixed<6, 3>, Fixed<6, 4>>{}, "Fixed<6, 3> × Fixed<6, 4>"),
      with(linears<Fixed<4, 2>, Fixed<4, 3>>{}, "Fixed<4, 2> × Fixed<4, 3>"),
      with(linears<E4M3>{}, "E4M3"),
      with(linears<E5M2>{}, "E5M2"),
      with(linears<E2M3>{}, "E2M3 (6 bits)"),
      with(linears<Minifloat<2, 1, 3>>{}, "Minifloat<2, 1, 3> (4 bits)"),
      with(linears<LogQ<8>>{}, "LogQ<8>"),
      with(linears<LogQ<5, 12>>{}, "LogQ<5, 12>"),
      with(linears<LogQ<4, 5>>{}, "LogQ<4, 5>"),
      with(linears<BlockFP<8, 8>>{}, "BlockFP<8, 8>"),
      with(linears<BlockFP<6, 8>>{}, "BlockFP<6, 8>"),
      with(linears<BlockFP<4, 8>>{}, "BlockFP<4, 8>"),
      with(linears<BlockMinifloat<4, 3, 8>>{}, "BlockMinifloat<4, 3, 8>"),
      with(linears<BlockMinifloat<2, 1, 8>>{}, "BlockMinifloat<2, 1, 8>"),
      with(linears<BlockLog<8, 8>>{}, "BlockLog<8, 8>"),
      with(linears<BlockLog<4, 8>>{}, "BlockLog<4, 8>"),
      with(linears<MXINT8, BlockLog<8, 8>>{}, "MXINT8 × BlockLog<8, 8>"),
      with(linears<MXFP8<E4M3>>{}, "MXFP8<E4M3>"),
      with(linears<MXFP8<E5M2>>{}, "MXFP8<E5M2>"),
      with(linears<MXFP6<E2M3>>{}, "MXFP6<E2M3>"),
      with(linears<MXFP4>{}, "MXFP4"),
      with(linears<MXINT8>{}, "MXINT8"),
      with(linears<NVFP4>{}, "NVFP4"),
      with(linears<Affine<8>, Affine<8>>{}, "Affine<8>"),
      with(linears<Affine<8>, Scaled<Int8, PerRow>>{}, "Affine<8> × int8 per row"),
      with(linears<Affine<8>, Scaled<Int4, PerRow>>{}, "Affine<8> × int4 per row"),
      with(linears<MXINT8, ScaledTernary<TernaryRule::mean75, PerRow>>{}, "MXINT8 × ternary per row"),
      with(linears<MXINT8, ScaledBinary<PerRow>>{}, "MXINT8 × binary per row"),
      with(linears<Binary, Binary>{}, "Binary × Binary, unscaled"),
      with(mixed{}, "mixed: MXFP8 × MXFP4, fc3 BlockFP<6, 8>"),
  });
  std::cout << "\nbits/weight counts scales; accuracy is on the 600 images; SQNR compares logits with the float network's.\n"
            << "No network was trained further: these are the costs of rounding alone.\n\n";

  // 3. One of them in full: what each node does, and where the error comes from.
  const auto model = quantize<mixed>(mlp{}, weights);
  std::cout << "The mixed configuration, node by node:\n\n" << summary(model) << "\nIts values against the float network's, on all images:\n\n" << compare(model, reference, data.images);
  return EXIT_SUCCESS;
}

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors";
  try {
    return run(path);
  } catch (const dyadic::error& e) {
    std::cerr << e.what() << "\nusage: 03_digits [digits.safetensors]\n";
    return EXIT_FAILURE;
  }
}
