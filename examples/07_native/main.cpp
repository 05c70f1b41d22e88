// SPDX-License-Identifier: BSL-1.0
// Deploying a network: arithmetic on the codes in place of float32 arithmetic on quantised values.
//
// The multilayer perceptron of 03_digits (handwritten digits, 64 → 64 → 32 → 10) runs in several formats, each time simulated and on the
// codes. Both must read the same digits; they differ by the rounding of the simulation's float32 sums, which hardware does not have.
//
//     07_native [digits.safetensors]
#include "../03_digits/networks.hpp"
#include "../03_digits/table.hpp"

#include <dyadic/io/safetensors.hpp>
#include <dyadic/pass/native.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {
using namespace digits;
// clang-format off

// One pair of formats for all three layers; biases stay float32.
template <class Data, class Weights>
struct all_layers final : config<by_default<none>, by_op<op::linear, data_in<Data>, weight<Weights>, bias<none>>> {};

// The tour's: fixed point, but for the last layer.
struct mixed final : config<
    by_default<none>,
    by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>, bias<Fixed<8, 6>>>,
    by_name<"fc3", data_in<BlockFP<8, 8>>, weight<BlockFP<6, 8>>>> {};

// clang-format on
struct exam {
  Tensor<3> images;
  std::vector<std::int64_t> labels;
};

Eigen::Index answer(const Tensor<2>& logits, Eigen::Index image) {
  Eigen::Index best = 0;
  for (Eigen::Index c = 1; c < logits.dimension(1); ++c)
    if (logits(image, c) > logits(image, best)) best = c;
  return best;
}

// Microseconds that one image takes, alone: the least of many runs, the machine may be busy. `prepare` makes the work space once.
template <class Model>
double latency(const Model& model, const exam& e) {
  auto run = prepare(model, 1);
  const Tensor<3> image = e.images.slice(Eigen::array<Eigen::Index, 3>{0, 0, 0}, Eigen::array<Eigen::Index, 3>{1, 8, 8});
  Tensor<2> logits(1, 10);
  double least = 1e9;
  for (int round = 0; round < 100; ++round) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    for (int i = 0; i < 10; ++i) run(image, logits);
    least = std::min(least, std::chrono::duration<double, std::micro>(clock::now() - start).count() / 10);
  }
  return least;
}

// Adds a row to the table.
template <class Simulation, class OnCodes>
void contrast(const char* name, const exam& e, const Simulation& simulation, const OnCodes& on_codes, table& results) {
  const Tensor<2> a = simulation(e.images), b = on_codes(e.images);
  int right = 0, same = 0;
  double difference = 0, largest = 0;
  for (Eigen::Index i = 0; i < a.dimension(0); ++i) {
    right += answer(b, i) == e.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    same += answer(a, i) == answer(b, i) ? 1 : 0;
    for (Eigen::Index c = 0; c < a.dimension(1); ++c) {
      difference = std::max(difference, std::abs(static_cast<double>(a(i, c)) - static_cast<double>(b(i, c))));
      largest = std::max(largest, std::abs(static_cast<double>(a(i, c))));
    }
  }
  char relative[32];
  std::snprintf(relative, sizeof relative, "%.1e", difference / largest);
  results.add({name, number(right / static_cast<double>(a.dimension(0)), 4), std::to_string(same), difference == 0 ? "0" : relative,
               number(latency(simulation, e), 2), number(latency(on_codes, e), 2)});
}

}  // namespace

int main(int argc, char** argv) try {
  const auto file = safetensors::open(argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  const exam e{file.tensor<3>("test/images"), file.values<std::int64_t>("test/labels")};
  const auto weights = load<mlp>(file, "mlp", allow_unused("logits"));

  const auto simulation = quantize<mixed>(mlp{}, weights);
  const auto on_codes = quantize<mixed, native>(mlp{}, weights);      // integer products, each sum rounded once

  std::cout << "What runs how, in the mixed configuration:\n\n" << summary(on_codes) << '\n';
  table results("data × weights", {{"on the codes", {"accuracy"}}, {"same digit", {"of 600"}}, {"largest difference", {"relative"}},
                                   {"microseconds for one image", {"simulated", "on the codes"}}});
  contrast("mixed: Fixed, last BlockFP", e, simulation, on_codes, results);
  const auto row = [&]<class Data, class Weights, class Execution>(const char* name) {
    using chosen = all_layers<Data, Weights>;
    contrast(name, e, quantize<chosen>(mlp{}, weights), quantize<chosen, Execution>(mlp{}, weights), results);
  };
  row.operator()<MXINT8, MXINT8, native>("MXINT8, integers in blocks of 32");
  row.operator()<MXINT8, BlockFP<4, 8>, native>("MXINT8 × BlockFP<4, 8>, 4-bit weights");
  row.operator()<MXINT8, ScaledTernary<TernaryRule::mean75, PerChannel>, native>("MXINT8 × ternary per channel");
  row.operator()<E4M3, E5M2, native_exact>("E4M3 × E5M2, exact sums");
  row.operator()<E4M3, E5M2, native_fast>("E4M3 × E5M2, float32 in a fixed order");
  std::cout << results;
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
