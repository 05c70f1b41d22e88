// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include <dyadic/io/safetensors.hpp>

#include <iostream>

namespace digits {
namespace {

std::int64_t winner(const Tensor<2>& logits, Eigen::Index image) {
  std::int64_t best = 0;
  for (Eigen::Index c = 1; c < logits.dimension(1); ++c)
    if (logits(image, c) > logits(image, best)) best = c;
  return best;
}

template <Graph Network>
Tensor<2> checked_logits(const safetensors::File& file, const std::string& prefix, const weights<Network>& w, std::int64_t count) {
  const Tensor<3> images = file.tensor<3>("test/images");
  const Tensor<2> recorded = file.tensor<2>(prefix + "/logits");
  const Tensor<2> logits = bind(Network{}, w)(images);
  const double off = deviation_of(view(logits).span(), view(recorded).span()).max_abs_error;
  std::cout << "  " << prefix << ": largest difference from the recorded logits " << off << '\n';
  if (!(off <= 1e-4))
    throw error(prefix + " does not reproduce the logits recorded in the file: they differ by " + std::to_string(off) +
                ", and 1e-4 is the most.");
  return logits.slice(Eigen::array<Eigen::Index, 2>{0, 0}, Eigen::array<Eigen::Index, 2>{count, logits.dimension(1)});
}

}  // namespace

exam load_exam(const std::string& path, std::int64_t count) {
  const auto file = safetensors::open(path);
  const auto apart = allow_unused("logits");  // recorded beside each network's parameters
  exam e{file.tensor<3>("test/images"), file.values<std::int64_t>("test/labels"), load<mlp>(file, "mlp", apart),
         load<cnn>(file, "cnn", apart), load<vit>(file, "vit", apart)};
  const std::int64_t all = e.images.dimension(0);
  const std::int64_t used = count <= 0 || count > all ? all : count;
  e.float_logits = {checked_logits(file, "mlp", e.mlp_weights, used), checked_logits(file, "cnn", e.cnn_weights, used),
                    checked_logits(file, "vit", e.vit_weights, used)};
  if (used != all) {
    const Tensor<3> some = e.images.slice(Eigen::array<Eigen::Index, 3>{0, 0, 0},
                                          Eigen::array<Eigen::Index, 3>{used, e.images.dimension(1), e.images.dimension(2)});
    e.images = some;
    e.labels.resize(static_cast<std::size_t>(used));
  }
  return e;
}

score grade(const exam& e, std::size_t network, const Tensor<2>& logits, const model_summary& sizes) {
  const Tensor<2>& reference = e.float_logits[network];
  int right = 0, same = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
    right += winner(logits, i) == e.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    same += winner(logits, i) == winner(reference, i) ? 1 : 0;
  }
  const auto images = static_cast<double>(logits.dimension(0));
  return {right / images, same / images, deviation_of(view(logits).span(), view(reference).span()).sqnr_db,
          sizes.total().bits_per_parameter(), sizes.total().bytes};
}

}  // namespace digits
