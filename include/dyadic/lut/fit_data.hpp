// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fit_data.hpp
/// What all fits have in common: calibration data, pruning by magnitude, gain and bias by least squares.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/layer/operator.hpp>
#include <dyadic/lut/layer_shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Calibration data of one layer.
struct layer_data {
  ConstView inputs;   ///< what it will read: [..., in] or [n, in, h, w], from predecessors as they are by then
  ConstView targets;  ///< what it should give: the float layer's results, [..., out] or [n, out, h', w']
};

namespace detail {
inline namespace DYADIC_ISA {

/// @param needs_targets  or may there be none? @throws error if there is no data, shapes do not fit, or a number is not finite
inline void check_fit(const std::string& who, const layer_shape& shape, std::span<const float> weight, const layer_data& data,
                      bool needs_targets = true) {
  if (static_cast<std::int64_t>(weight.size()) != shape.out * shape.depth())
    throw error(who + ": the layer has " + std::to_string(shape.out * shape.depth()) + " weights, but " + std::to_string(weight.size()) +
                " are given.");
  for (const float w : weight)
    if (!std::isfinite(w)) throw error(who + ": a weight is not finite; it cannot be converted.");
  if (data.inputs.size() == 0) throw error(who + ": the calibration data is empty; the fit needs at least one sample.");
  const layer_positions at(shape, data.inputs.shape);
  const bool has_targets = needs_targets || data.targets.data != nullptr;
  if (has_targets && data.targets.size() != at.count() * shape.out)
    throw error(who + ": calibration inputs of shape " + data.inputs.shape.text() + " give " + std::to_string(at.count() * shape.out) +
                " results, but there are " + std::to_string(data.targets.size()) + " targets.");
  for (const float x : data.inputs.span())
    if (!std::isfinite(x)) throw error(who + ": the calibration data holds a value that is not finite, or makes one before this layer.");
  if (!has_targets) return;
  for (const float x : data.targets.span())
    if (!std::isfinite(x))
      throw error(who + ": the float layer gives a result that is not finite for the calibration data; its weights are too large.");
}

/// A mask [out, depth] with a one for the largest weights of each output; of equal ones, the earlier.
/// @param density  percent of the taps that stay, at least one
inline std::vector<std::uint8_t> keep_largest(const layer_shape& shape, std::span<const float> weight, int density) {
  const std::int64_t depth = shape.depth();
  const std::int64_t kept = std::clamp<std::int64_t>((depth * density + 50) / 100, 1, depth);
  std::vector<std::uint8_t> mask(weight.size(), 0);
  std::vector<std::int64_t> order(static_cast<std::size_t>(depth));
  for (std::int64_t o = 0; o < shape.out; ++o) {
    const float* const w = weight.data() + o * depth;
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [w](std::int64_t a, std::int64_t b) { return std::abs(w[a]) > std::abs(w[b]); });
    for (std::int64_t k = 0; k < kept; ++k) mask[static_cast<std::size_t>(o * depth + order[static_cast<std::size_t>(k)])] = 1;
  }
  return mask;
}

/// The results of a layer on its own.
template <class Layer>
std::vector<float> run_alone(const Layer& layer, ConstView in, const Extents& out_shape) {
  std::vector<float> out(static_cast<std::size_t>(out_shape.size()));
  const Extents shapes[] = {in.shape};
  const ConstView inputs[] = {in};
  const auto floats = static_cast<std::size_t>(layer.scratch(shapes));
  std::vector<float> memory(floats + 16);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  float* const aligned = memory.data() + (64 - address % 64) % 64 / sizeof(float);
  layer.run({inputs, {}, {out.data(), out_shape}, {aligned, floats}});
  return out;
}

/// y ≈ gain·u + bias, by output.
struct affine_fits {
  std::vector<float> gain, bias;
};
struct least_squares {
  double n = 0, u = 0, y = 0, uu = 0, uy = 0;
  void see(double a, double b) {
    n += 1;
    u += a;
    y += b;
    uu += a * a;
    uy += a * b;
  }
  [[nodiscard]] double variance() const { return uu - u * u / n; }
  [[nodiscard]] double covariance() const { return uy - u * y / n; }
  /// 0 where u does not vary: then the bias alone is fitted.
  /// 0 where u does not vary: its variance is then what rounding leaves of it.
  [[nodiscard]] double gain() const { return variance() > 1e-12 * (1 + uu) ? covariance() / variance() : 0; }
  [[nodiscard]] double bias(double g) const { return (y - g * u) / n; }
};

/// @param u  the layer's results with gain 1 and bias 0, as they lie in memory   @param one_gain  the same gain for all outputs
inline affine_fits fit_outputs(const layer_shape& shape, std::span<const float> u, const layer_data& data, bool one_gain) {
  const layer_positions at(shape, data.inputs.shape);
  std::vector<least_squares> sums(static_cast<std::size_t>(shape.out));
  for (std::int64_t p = 0; p < at.count(); ++p)
    for (std::int64_t o = 0; o < shape.out; ++o) {
      const std::int64_t i = at.output_at(p, o);
      sums[static_cast<std::size_t>(o)].see(static_cast<double>(u[static_cast<std::size_t>(i)]), static_cast<double>(data.targets.data[i]));
    }
  double variance = 0, covariance = 0, squares = 0;
  for (const least_squares& s : sums) {
    variance += s.variance();
    covariance += s.covariance();
    squares += s.uu;
  }
  affine_fits fits;
  for (const least_squares& s : sums) {
    const double g = one_gain ? (variance > 1e-12 * (1 + squares) ? covariance / variance : 0) : s.gain();
    fits.gain.push_back(static_cast<float>(g));
    fits.bias.push_back(static_cast<float>(s.bias(static_cast<double>(fits.gain.back()))));
  }
  return fits;
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
