// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file binary_residual_fit.hpp
/// From a float layer and calibration data to a residually binarised one, without training.
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/fit_data.hpp>

namespace dyadic {

struct binary_residual_options {
  int levels = 1;
  bool soft = false, float_input = false;  ///< see `binary_residual_parameters`
  bool one_gain = false;                   ///< one gain for all outputs
  int density = 100;                       ///< percent of the connections that stay, those of the largest weights
};

inline namespace DYADIC_ISA {

/// Levels that suit the inputs, then gain and bias of each output by least squares against the float layer's results.
/// @param weight  [out, depth]   @param data  what the layer reads, and what the float layer gives
/// @throws error if the data is empty, or a weight or value is not finite
inline binary_residual_parameters fit_binary_residual(const layer_shape& shape, std::span<const float> weight, const layer_data& data,
                                                      const binary_residual_options& options) {
  detail::check_fit("BinaryResidual", shape, weight, data);
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
  const std::vector<float> sums = detail::run_alone(binary_residual_layer(p), data.inputs, data.targets.shape);
  const detail::affine_fits fits = detail::fit_outputs(shape, sums, data, options.one_gain);
  p.gain = fits.gain;
  p.bias = fits.bias;
  return p;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
