// SPDX-License-Identifier: BSL-1.0
// A pass of one's own, on a network that recognises handwritten digits: batch_norm2d disappears into conv2d. The pass is in
// fold.hpp, the network in cnn.hpp; this program shows that the folded network is the same, and what folding does to quantisation.
#include "cnn.hpp"

#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/pass/verify.hpp>

#include <cstdlib>
#include <iomanip>
#include <iostream>

using namespace dyadic;
using digits::cnn, digits::folded_cnn;

// What the pass made is a graph like any other, known to the compiler.
static_assert(verify<folded_cnn>());
static_assert(metadata<cnn>::size == 13 && metadata<folded_cnn>::size == 10);
static_assert(metadata<folded_cnn>::find("bn1") == metadata<folded_cnn>::size, "gone");

// What is multiplied is quantised; a batch_norm2d, where it is still there, computes in float32, and so do biases.
template <class Data, class Weight>
struct all_products final : config<by_default<none>, by_op<op::conv2d, data_in<Data>, weight<Weight>, bias<none>>,
                                   by_op<op::linear, data_in<Data>, weight<Weight>, bias<none>>> {};

using Int8 = Scaled<SymmetricFixed<8, 0>, PerChannel>;
using Int4 = Scaled<SymmetricFixed<4, 0>, PerChannel>;

struct test_set {
  Tensor<3> images;                  // [600, 8, 8]
  std::vector<std::int64_t> labels;  // [600]
};

double accuracy(const Tensor<2>& logits, const std::vector<std::int64_t>& labels) {
  int right = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
    Eigen::Index best = 0;
    for (Eigen::Index c = 1; c < logits.dimension(1); ++c)
      if (logits(i, c) > logits(i, best)) best = c;
    right += best == labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  return right / static_cast<double>(labels.size());
}

template <class Config>
void show(const char* name, const weights<cnn>& w, const weights<folded_cnn>& folded, const test_set& data) {
  const auto before = quantize<Config>(cnn{}, w);
  const auto after = quantize<Config>(folded_cnn{}, folded);
  static_assert(verify(before) && verify(after));
  std::cout << std::left << std::setw(34) << name << std::right << std::fixed << std::setprecision(4) << std::setw(10)
            << accuracy(before(data.images), data.labels) << std::setw(10) << accuracy(after(data.images), data.labels) << std::setw(14)
            << summary(before).total().bytes << std::setw(10) << summary(after).total().bytes << '\n';
}

int main(int argc, char** argv) try {
  const auto file = safetensors::open(argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  const auto w = load<cnn>(file, "cnn", allow_unused("logits"));
  const auto folded = fold::weights_of<folded_cnn>(w);
  const test_set data{file.tensor<3>("test/images"), file.values<std::int64_t>("test/labels")};

  std::cout << "The network, then the same with its batch_norm2d folded into conv2d:\n\n"
            << summary(bind(cnn{}, w)).histogram() << '\n' << summary(bind(folded_cnn{}, folded)).histogram() << '\n';

  const Tensor<2> before = bind(cnn{}, w)(data.images), after = bind(folded_cnn{}, folded)(data.images);
  const deviation off = deviation_of(view(after).span(), view(before).span());
  float largest = 0;
  for (const float v : view(before).span()) largest = std::max(largest, std::abs(v));
  std::cout << "In float32 their logits differ by at most " << off.max_abs_error << ", where the largest is " << largest << ".\n\n";
  if (!(off.max_abs_error <= 1e-5 * static_cast<double>(largest))) {
    std::cerr << "That is more than rounding explains.\n";
    return EXIT_FAILURE;
  }

  std::cout << "                                            accuracy     bytes of parameters\n"
               "data x weights of conv2d, linear  as trained    folded    as trained    folded\n";
  show<all_products<none, none>>("float32", w, folded, data);
  show<all_products<Affine<8>, Int8>>("Affine<8> x int8 per channel", w, folded, data);
  show<all_products<MXINT8, BlockFP<6, 8>>>("MXINT8 x BlockFP<6, 8>", w, folded, data);
  show<all_products<MXINT8, MXFP4>>("MXINT8 x MXFP4", w, folded, data);
  show<all_products<Affine<8>, Int4>>("Affine<8> x int4 per channel", w, folded, data);
  show<all_products<Fixed<8, 4>, Fixed<8, 6>>>("Fixed<8, 4> x Fixed<8, 6>", w, folded, data);
  show<all_products<Fixed<6, 3>, Fixed<6, 4>>>("Fixed<6, 3> x Fixed<6, 4>", w, folded, data);
  std::cout << "\nFolded, nothing is left to compute in float32 between a convolution and its relu. Folding also changes the range of every\n"
               "channel's weights: with few bits that may cost accuracy or gain some, so measure.\n";
  return EXIT_SUCCESS;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\nusage: 05_own_pass [digits.safetensors]\n";
  return EXIT_FAILURE;
}
