// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/graphs_and_configs.md; a test compares them.
#include <dyadic/dyadic.hpp>

#include <iostream>
#include <vector>
using namespace dyadic;

// clang-format off
struct net final : graph<
    node<"x",     input<dyn, 3, 8, 8>>,               // dyn: known at run time, here the batch
    node<"conv",  conv2d<3, 8, 3>, "x">,              // options as in PyTorch: conv2d<3, 8, 3, stride<2>, padding<1>>
    node<"act",   relu, "conv">,
    node<"pool",  max_pool2d<2>, "act">,
    node<"flat",  flatten, "pool">,
    node<"head",  linear<72, 10>, "flat">> {};

static_assert(metadata<net>::shapes[metadata<net>::find("pool")] == Extents{dyn, 8, 3, 3});  // inferred at compile time

struct mixed final : config<
    by_default<none>,                                                 // what no other rule matches stays float32
    by_op<op::conv2d, data_in<MXINT8>, weight<MXFP4>>,                // every convolution; the bias follows the weight
    by_glob<"he*", Fixed<8, 4>>,                                      // one scheme alone is for data_in and weight
    by_name<"head", data_in<E4M3>, weight<E4M3>, bias<BFloat16>>> {}; // one node; beats all others

int main() {
  weights<net> w;                                       // or: load<net>(safetensors::open(path), "prefix")
  for (const parameter_info& p : w.entries()) {
    std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 400;
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }

  const auto model = quantize<mixed>(net{}, w);                         // weights are quantised here, once
  Tensor<4> images(5, 3, 8, 8);
  for (int i = 0; i < images.size(); ++i) images.data()[i] = static_cast<float>(i % 17) / 16;
  const Tensor<2> logits = model(images);
  std::cout << summary(model);                                          // a row per node: shapes, schemes, bits, bytes
  std::cout << compare(model, bind(net{}, w), images);                  // against float32: a row per node
  std::cout << summary(model).csv();                                    // the summary for programs: a line per node, as RFC 4180 has it
  return logits.dimension(0) == 5 ? 0 : 1;
}
