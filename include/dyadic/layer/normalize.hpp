// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file normalize.hpp
/// The arithmetic of normalisations, with everything known at run time: what the operators of norm.hpp call.
///
/// Sums are in double, in an order that only the length decides. Products that meet a sum are of two floats, hence exact in
/// double: whether the compiler fuses them changes nothing.
#include <dyadic/kernel/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Σ f(x[i]), in eight partial sums, so that it runs at the speed of the adders.
template <class F>
double sum_by_eight(const float* x, std::int64_t count, F f) {
  double part[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; ++j) part[j] += f(x[i + j]);
  for (int j = 0; j < 8 && i + j < count; ++j) part[j] += f(x[i + j]);
  return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]));
}

struct moments {
  double mean, variance;  ///< of the values themselves, not an estimate for more of them
};
inline moments moments_of(const float* x, std::int64_t count) {
  const auto n = static_cast<double>(count);
  const double mean = sum_by_eight(x, count, [](float v) { return static_cast<double>(v); }) / n;
  return {mean, sum_by_eight(x, count, [mean](float v) {
                  const double d = static_cast<double>(static_cast<float>(static_cast<double>(v) - mean));
                  return d * d;
                }) / n};
}

/// 1/√(variance + eps).
inline double inverse_deviation(double variance, double eps) { return 1 / std::sqrt(variance + eps); }

/// out = (x - mean)·scale + shift; x == out is fine.
inline void standardize(const float* x, float* out, std::int64_t count, double mean, float scale, float shift) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto d = static_cast<float>(static_cast<double>(x[i]) - mean);
    out[i] = static_cast<float>(static_cast<double>(d) * static_cast<double>(scale) + static_cast<double>(shift));
  }
}

/// Each run of `size` values has its own statistics, and value i of it weight[i] and bias[i] (null: 1 and 0).
/// @param size  product of the normalised (last) extents
inline void layer_norm_forward(ConstView x, View out, std::int64_t size, const float* weight, const float* bias, double eps) {
  for (std::int64_t at = 0; at < x.size(); at += size) {
    const moments m = moments_of(x.data + at, size);
    const double factor = inverse_deviation(m.variance, eps);
    for (std::int64_t i = 0; i < size; ++i) {
      const auto d = static_cast<float>(static_cast<double>(x.data[at + i]) - m.mean);
      const auto scale = static_cast<float>(weight != nullptr ? factor * static_cast<double>(weight[i]) : factor);
      const double shift = bias != nullptr ? static_cast<double>(bias[i]) : 0.0;
      out.data[at + i] = static_cast<float>(static_cast<double>(d) * static_cast<double>(scale) + shift);
    }
  }
}

/// x / √(mean of x² + eps) · weight, over runs of `size` values. @param weight  `size` values or null
inline void rms_norm_forward(ConstView x, View out, std::int64_t size, const float* weight, double eps) {
  for (std::int64_t at = 0; at < x.size(); at += size) {
    const double square = sum_by_eight(x.data + at, size, [](float v) { return static_cast<double>(v) * static_cast<double>(v); });
    const double factor = inverse_deviation(square / static_cast<double>(size), eps);
    for (std::int64_t i = 0; i < size; ++i) {
      const double scale = weight != nullptr ? factor * static_cast<double>(weight[i]) : factor;
      out.data[at + i] = static_cast<float>(static_cast<double>(x.data[at + i]) * scale);
    }
  }
}

/// [n, c, …]: each of `groups` runs of channels of a sample has its own statistics. As many groups as channels: instance norm.
/// @param weight, bias  one value per channel, or null
inline void group_norm_forward(ConstView x, View out, std::int64_t groups, const float* weight, const float* bias, double eps) {
  if (x.size() == 0) return;
  const std::int64_t samples = x.shape[0], channels = x.shape[1] / groups, pixels = x.size() / samples / x.shape[1],
                     size = channels * pixels;
  for (std::int64_t at = 0; at < samples * groups; ++at) {
    const moments m = moments_of(x.data + at * size, size);
    const double factor = inverse_deviation(m.variance, eps);
    for (std::int64_t i = 0; i < channels; ++i) {
      const std::int64_t c = at % groups * channels + i, first = at * size + i * pixels;
      const auto scale = static_cast<float>(weight != nullptr ? factor * static_cast<double>(weight[c]) : factor);
      standardize(x.data + first, out.data + first, pixels, m.mean, scale, bias != nullptr ? bias[c] : 0.0f);
    }
  }
}

/// [n, c, …] with recorded statistics per channel. @param weight, bias  one value per channel, or null
inline void batch_norm_forward(ConstView x, View out, const float* weight, const float* bias, const float* mean, const float* variance,
                               double eps) {
  if (x.size() == 0) return;
  const std::int64_t samples = x.shape[0], channels = x.shape[1], pixels = x.size() / samples / channels;
  for (std::int64_t n = 0; n < samples; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const double factor = inverse_deviation(static_cast<double>(variance[c]), eps);
      const auto scale = static_cast<float>(weight != nullptr ? factor * static_cast<double>(weight[c]) : factor);
      const std::int64_t first = (n * channels + c) * pixels;
      standardize(x.data + first, out.data + first, pixels, static_cast<double>(mean[c]), scale, bias != nullptr ? bias[c] : 0.0f);
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
