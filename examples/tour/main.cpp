// SPDX-License-Identifier: BSL-1.0
// The tour of the README as a program: tour [digits.safetensors].
// clang-format off
#include <dyadic/dyadic.hpp>          // formats, tensors, networks, reports
#include <dyadic/io/safetensors.hpp>  // files stand apart: no JSON for those who read none

#include <iostream>
using namespace dyadic;

struct mlp final : graph<                       // nodes in order; each names its inputs
    node<"x",    input<dyn, 8, 8>>,             // dyn: known at run time (the batch)
    node<"flat", flatten,        "x">,
    node<"fc1",  linear<64, 64>, "flat">,
    node<"act1", relu,           "fc1">,
    node<"fc2",  linear<64, 32>, "act1">,
    node<"act2", relu,           "fc2">,
    node<"fc3",  linear<32, 10>, "act2">> {};

struct mixed final : config<                    // by name beats by pattern beats by operator beats the default
    by_default<none>,
    by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>, bias<Fixed<8, 6>>>,
    by_name<"fc3", data_in<BlockFP<8, 8>>, weight<BlockFP<6, 8>>>> {};

int main(int argc, char** argv) try {
  const auto file = safetensors::open(argc > 1 ? argv[1] : "digits.safetensors");  // it is in examples/03_digits/data
  const auto weights = load<mlp>(file, "mlp", allow_unused("logits"));  // mlp/fc1.weight, …, but not mlp/logits
  const auto model = quantize<mixed>(mlp{}, weights);          // weights are quantised once, here
  const Tensor<3> images = file.tensor<3>("test/images");      // [600, 8, 8]
  const Tensor<2> logits = model(images);
  std::cout << "image 0, digit by digit:\n" << logits.chip(0, 0) << "\n\n";
  std::cout << summary(model) << '\n';                         // a row per node: op, shape, schemes, bits, bytes
  std::cout << compare(model, bind(mlp{}, weights), images);   // a row per node: SQNR, max error, cosine
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
