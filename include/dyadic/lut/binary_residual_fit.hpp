// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file binary_residual_fit.hpp
/// From a float layer and calibration data to a residually binarised one, without training.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/fit_data.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

struct binary_residual_options {
  int levels = 1;
  bool soft = false, float_input = false;  ///< see `binary_residual_parameters`
  bool one_gain = false;                   ///< one gain for all outputs
  int density = 100;                       ///< percent of the connections that stay, those of the largest weights
};

namespace detail {
inline namespace DYADIC_ISA {

/// Σ mask·|W| / Σ mask, of each output or of all; clamped weights are magnitudes themselves, of them the gain is 1.
inline void fit_to_weights(binary_residual_parameters& p, std::span<const float> bias, bool one_gain) {
  const std::int64_t depth = p.shape.depth();
  double all = 0;
  std::int64_t all_taps = 0;
  for (std::int64_t o = 0; o < p.shape.out; ++o) {
    double sum = 0, magnitude = 0;
    std::int64_t taps = 0;
    for (std::int64_t i = 0; i < depth; ++i) {
      const auto k = static_cast<std::size_t>(o * depth + i);
      if (p.mask[k] == 0) continue;
      sum += static_cast<double>(p.weight[k]);
      magnitude += std::abs(static_cast<double>(p.weight[k]));
      ++taps;
    }
    all += magnitude;
    all_taps += taps;
    const auto k = static_cast<std::size_t>(o);
    p.gain[k] = p.soft ? 1 : taps == 0 ? 0 : static_cast<float>(magnitude / static_cast<double>(taps));
    const double center = p.float_input ? 0 : static_cast<double>(p.levels.center);
    p.bias[k] = static_cast<float>((bias.empty() ? 0 : static_cast<double>(bias[k])) + center * sum);
  }
  if (one_gain && !p.soft)
    std::fill(p.gain.begin(), p.gain.end(), all_taps == 0 ? 0 : static_cast<float>(all / static_cast<double>(all_taps)));
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Levels that suit the inputs, then gain and bias of each output by least squares against the float layer's results. If these are not
/// known (`data.targets` has no data), the gain is the mean magnitude of the weights that stay, which suits them best, and the bias is the
/// float layer's plus what it gives for the levels' centre.
/// @param weight  [out, depth]   @param data  what the layer reads, and what the float layer gives
/// @param bias  of the float layer, [out]; counts only where its results are not known; none: zeros
/// @throws error if the data is empty, or a weight or value is not finite
inline binary_residual_parameters fit_binary_residual(const layer_shape& shape, std::span<const float> weight, const layer_data& data,
                                                      const binary_residual_options& options, std::span<const float> bias = {}) {
  const detail::usual_float_environment environment;
  const bool has_targets = data.targets.data != nullptr;
  detail::check_fit("BinaryResidual", shape, weight, data, false);
  if (!bias.empty() && static_cast<std::int64_t>(bias.size()) != shape.out)
    throw error("BinaryResidual: the layer has " + std::to_string(shape.out) + " outputs, but " + std::to_string(bias.size()) +
                " biases are given.");
  binary_residual_parameters p;
  p.shape = shape;
  p.levels.count = options.levels;
  p.levels = fit_levels(data.inputs.span(), options.levels);
  p.weight.assign(weight.begin(), weight.end());
  p.mask = detail::keep_largest(shape, weight, options.density);
  p.gain.assign(static_cast<std::size_t>(shape.out), 1);
  p.bias.assign(static_cast<std::size_t>(shape.out), 0);
  p.soft = options.soft;
  p.float_input = options.float_input;
  if (!has_targets) {
    detail::fit_to_weights(p, bias, options.one_gain);
    return p;
  }
  const std::vector<float> sums = detail::run_alone(binary_residual_layer(p), data.inputs, data.targets.shape);
  const detail::affine_fits fits = detail::fit_outputs(shape, sums, data, options.one_gain);
  p.gain = fits.gain;
  p.bias = fits.bias;
  return p;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
