// SPDX-License-Identifier: BSL-1.0
// What does it cost to run a trained network in an unusual number format, and what does it save?
//
// Three small networks that read handwritten digits (8 × 8 pixels) are loaded from a file, quantised in three dozen ways, and run on
// 600 images that they have never seen. To read on: networks.hpp, configurations.hpp, measure.hpp, then elements.cpp, blocks.cpp, scaled.cpp.
#include "configurations.hpp"
#include "measure.hpp"
#include "table.hpp"

#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {
using namespace digits;

template <class Cell>
std::vector<std::string> row(const result& r, std::initializer_list<Cell> cells) {
  std::vector<std::string> row{r.configuration};
  for (const Cell& cell : cells)
    for (const score& s : r.scores) row.push_back(cell(s));
  return row;
}

void print(const std::vector<result>& results) {
  using cell = std::string (*)(const score&);
  const std::vector<std::string> networks(network_names.begin(), network_names.end());
  table costs("configuration (data × weights)", {{"accuracy", networks}, {"same as float32", networks}, {"SQNR of logits, dB", networks}});
  table savings("configuration (data × weights)", {{"bits per weight", networks}, {"bytes of weights", networks}});
  for (const result& r : results) {
    costs.add(row<cell>(r, {[](const score& s) { return number(s.accuracy, 4); }, [](const score& s) { return number(s.agreement, 4); },
                            [](const score& s) { return std::isinf(s.sqnr_db) ? std::string("exact") : number(s.sqnr_db, 1); }}));
    savings.add(row<cell>(
        r, {[](const score& s) { return number(s.bits_per_weight, 2); }, [](const score& s) { return std::to_string(s.bytes); }}));
  }
  std::cout << "What it costs\n\n"
            << costs << R"(
One format: for data and weights alike. Quantised are the operands of linear and conv2d and both operands of the products in attention;
normalisations, activations, softmax and additions compute in float32 (but "every operator" means it).
Accuracy: of the images read rightly. Same as float32: the share of images that get the same answer as from the float network. SQNR: how far
the logits are from the float network's. No network was trained further: these are the costs of rounding alone.

What it saves

)" << savings
            << R"(
All parameters count: scales of blocks, and what stays float32 (in the CNN batch normalisation, in the ViT layer normalisation and positions).
Blocks lie along the axis that is summed over (of a convolution: its channels); "last dimension" lays them where a 3 × 3 kernel has three values.
)";
}

int run(const std::string& path, std::int64_t count) {
  // 1. The float networks, checked against the logits recorded when they were trained.
  std::cout << "Three networks in float32; 1e-4 would be too much:\n";
  const exam e = load_exam(path, count);
  std::cout << "Each now runs on " << e.labels.size() << " images of handwritten digits that it was not trained on, in every format.\n\n";

  // 2. The same networks in other number formats.
  std::vector<result> results;
  for (const auto& family : {measure_elements, measure_blocks, measure_scaled})
    for (result& r : family(e)) results.push_back(std::move(r));
  print(results);

  // 3. One of them in full: what each node does, and where the error comes from.
  const auto model = quantize<mixed<"fc3">>(mlp{}, e.mlp_weights);
  std::cout << "\nThe mixed configuration of the MLP, node by node\n\n"
            << summary(model) << "\nIts values against those of the float network, on all images\n\n"
            << compare(model, bind(mlp{}, e.mlp_weights), e.images);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors",
             argc > 2 ? std::strtol(argv[2], nullptr, 10) : 0);
} catch (const std::exception& e) {
  std::cerr << e.what() << "\nusage: 03_digits [digits.safetensors [number of images]]\n";
  return EXIT_FAILURE;
}
