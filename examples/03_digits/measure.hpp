// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a configuration costs and saves, for each of the three networks.
#include "networks.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace digits {

inline constexpr std::array<const char*, 3> network_names{"MLP", "CNN", "ViT"};

// What all measurements have in common: images that no network was trained on, and the float networks' answers.
struct exam {
  Tensor<3> images;                  // [600, 8, 8]
  std::vector<std::int64_t> labels;  // [600]
  weights<mlp> mlp_weights;
  weights<cnn> cnn_weights;
  weights<vit> vit_weights;
  std::array<Tensor<2>, 3> float_logits{};  // [600, 10] each
};

// Reads digits.safetensors; throws dyadic::error if the file is not what it should be, or if a float network does not reproduce the
// logits that were recorded when it was trained. `count` is the number of images to use, 0 for all.
exam load_exam(const std::string& path, std::int64_t count);

// One network under one configuration.
struct score {
  double accuracy = 0;         // share of images read rightly
  double agreement = 0;        // share of images where float32 says the same
  double sqnr_db = 0;          // of the logits against those of float32
  double bits_per_weight = 0;  // of all parameters, scales counted
  std::int64_t bytes = 0;      // of all parameters, packed
};
struct result {
  std::string configuration;
  std::array<score, 3> scores;  // MLP, CNN, ViT
};

score grade(const exam& e, std::size_t network, const Tensor<2>& logits, const model_summary& sizes);

template <class Config, Graph Network>
score run(const exam& e, std::size_t index, const weights<Network>& w) {
  const auto model = quantize<Config>(Network{}, w);  // weights are quantised here, once; data as it flows
  return grade(e, index, model(e.images), summary(model));
}

// A configuration for each network, or one for all.
template <class ForMlp, class ForCnn, class ForVit>
result measure(std::string name, const exam& e) {
  return {std::move(name), {run<ForMlp>(e, 0, e.mlp_weights), run<ForCnn>(e, 1, e.cnn_weights), run<ForVit>(e, 2, e.vit_weights)}};
}
template <class Config>
result measure(std::string name, const exam& e) {
  return measure<Config, Config, Config>(std::move(name), e);
}

// The configurations in families, a source file each, so that they compile side by side.
std::vector<result> measure_elements(const exam& e);  // each value for itself: fixed point, minifloats, powers of two, signs
std::vector<result> measure_blocks(const exam& e);    // blocks share a power of two
std::vector<result> measure_scaled(const exam& e);    // blocks share a float32, or more than one level of scales; mixtures

}  // namespace digits
