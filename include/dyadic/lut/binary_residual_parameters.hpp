// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file binary_residual_parameters.hpp
/// What a layer of signs (binary_residual.hpp) is made of: fitted, trained elsewhere, read from a file.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/lut/layer_shape.hpp>
#include <dyadic/lut/residual.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What a residually binarised layer consists of.
struct binary_residual_parameters {
  layer_shape shape;
  residual_levels levels;
  std::vector<float> weight;       ///< [out, depth]; its signs count, or with `soft` its values between -1 and 1
  std::vector<std::uint8_t> mask;  ///< [out, depth], 0 or 1
  std::vector<float> gain, bias;   ///< [out]
  bool soft = false;               ///< clamp(W, -1, 1) in place of sign(W), for fine tuning
  bool float_input = false;        ///< the data stays float32 (a first layer); the levels do not count
};

inline namespace DYADIC_ISA {

/// @throws error if the parts do not fit together or a number in them is not finite
inline void check(const binary_residual_parameters& p, const std::string& name) {
  const auto size = static_cast<std::size_t>(p.shape.out * p.shape.depth()), out = static_cast<std::size_t>(p.shape.out);
  if (p.levels.count < 1 || p.levels.count > residual_levels::most) throw error(name + ": the levels must be 1 to 4.");
  if (p.weight.size() != size || p.mask.size() != size || p.gain.size() != out || p.bias.size() != out)
    throw error(name + ": weight and mask must have " + std::to_string(size) + " values, gain and bias " + std::to_string(out) + ".");
  for (const std::vector<float>* v : {&p.weight, &p.gain, &p.bias})
    for (const float x : *v)
      if (!std::isfinite(x)) throw error(name + ": a weight, gain or bias is not finite.");
  for (int l = 0; l < p.levels.count; ++l)
    if (!std::isfinite(p.levels.scale[static_cast<std::size_t>(l)])) throw error(name + ": a scale is not finite.");
  if (!std::isfinite(p.levels.center)) throw error(name + ": the centre is not finite.");
  for (const std::uint8_t m : p.mask)
    if (m > 1) throw error(name + ": a mask holds only 0 and 1.");
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
