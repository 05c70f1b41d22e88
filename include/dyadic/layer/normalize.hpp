// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file normalize.hpp
/// The arithmetic of normalisations, with everything known at run time: what the operators of norm.hpp call.
///
/// Statistics and the arithmetic between them and the result are in double, in an order that only the length
/// decides, and no product is fused with a sum; the mean is not rounded at all, for it may be all that a
/// value has. So a result is the exact one within 1 unit in the last place of float32 (2^-149 where it is
/// subnormal), of itself or of what the bias is added to, for all finite inputs.
#include <dyadic/kernel/tensor.hpp>
#include <dyadic/layer/sums.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Value i of `count` becomes f(value, i), f being a function of doubles and of vectors of them (i counts the
/// first). x == out is fine.
template <class F>
void map_doubles(const float* x, float* out, std::int64_t count, const F& f) {
  std::int64_t i = 0;
  for (; i + wide_lanes <= count; i += wide_lanes) store_narrow(out + i, f(load_wide(x + i), i));
  // an int: that it is small, GCC does not see, and it warns of rows without end
  const int rest = static_cast<int>(count - i);
  for (int k = 0; k < rest; ++k) out[i + k] = static_cast<float>(f(static_cast<double>(x[i + k]), i + k));
}
/// Values p[i], …, as many as D has lanes; of a null pointer `otherwise`.
template <class D>
[[gnu::always_inline]] inline D doubles_at(const float* p, std::int64_t i, double otherwise) {
  if (p == nullptr) return spread_to<D>(otherwise);
  if constexpr (std::is_same_v<D, double>) return static_cast<double>(p[i]);
  else return load_wide(p + i);
}

/// `count` times what a value is away from the mean of `count` values: their sum taken away without having
/// been rounded, so that no digit is lost where values are nearly equal, or where large ones cancel.
struct distance_from_mean {
  double count;
  unrounded_sum sum;
  template <class D>
  [[gnu::always_inline]] D operator()(D x) const {
    D d = x * spread_to<D>(count) - spread_to<D>(sum.first);  // the product is exact
    for (int k = 0; k < sum.count; ++k) d -= spread_to<D>(sum.part[k]);
    return d;
  }
};
/// How values are normalised: from_mean(x) · factor.
struct normalization {
  distance_from_mean from_mean;
  double factor;
};

/// 1/√(variance + eps); where both are 0, so is what it multiplies.
inline double inverse_deviation(double variance, double eps) {
  return variance + eps == 0 ? 0 : 1 / std::sqrt(variance + eps);
}

/// The variance is that of the values themselves, not an estimate for more of them.
inline normalization normalization_of(const float* x, std::int64_t count, double eps) {
  const auto n = static_cast<double>(count);
  const distance_from_mean from_mean{n, unrounded_sum_of(x, count)};
  const double squares = sum_by_eight(x, count, [&](auto v) {
    const auto d = from_mean(v);
    return d * d;
  });
  return {from_mean, inverse_deviation(squares / n / n / n, eps) / n};
}

/// Each run of `size` values has its own statistics, and value i of it weight[i] and bias[i] (null: 1 and 0).
/// @param size  product of the normalised (last) extents
inline void layer_norm_forward(ConstView x, View out, std::int64_t size, const float* weight, const float* bias, double eps) {
  for (std::int64_t at = 0; at < x.size(); at += size) {
    const normalization n = normalization_of(x.data + at, size, eps);
    map_doubles(x.data + at, out.data + at, size, [&]<class D>(D v, std::int64_t i) {
      const D scale = spread_to<D>(n.factor) * doubles_at<D>(weight, i, 1.0);
      return apart(n.from_mean(v) * scale) + doubles_at<D>(bias, i, 0.0);
    });
  }
}

/// x / √(mean of x² + eps) · weight, over runs of `size` values. @param weight  `size` values or null
inline void rms_norm_forward(ConstView x, View out, std::int64_t size, const float* weight, double eps) {
  for (std::int64_t at = 0; at < x.size(); at += size) {
    const double square = sum_by_eight(x.data + at, size, [](auto v) { return v * v; });
    const double factor = inverse_deviation(square / static_cast<double>(size), eps);
    map_doubles(x.data + at, out.data + at, size, [&]<class D>(D v, std::int64_t i) {
      return v * (spread_to<D>(factor) * doubles_at<D>(weight, i, 1.0));
    });
  }
}

/// [n, c, …]: each of `groups` runs of channels of a sample has its own statistics. As many groups as channels: instance norm.
/// @param weight, bias  one value per channel, or null
inline void group_norm_forward(ConstView x, View out, std::int64_t groups, const float* weight, const float* bias, double eps) {
  if (x.size() == 0) return;
  const std::int64_t samples = x.shape[0], channels = x.shape[1] / groups, pixels = x.size() / samples / x.shape[1],
                     size = channels * pixels;
  for (std::int64_t at = 0; at < samples * groups; ++at) {
    const normalization n = normalization_of(x.data + at * size, size, eps);
    for (std::int64_t i = 0; i < channels; ++i) {
      const std::int64_t c = at % groups * channels + i, first = at * size + i * pixels;
      const double scale = n.factor * doubles_at<double>(weight, c, 1.0),
                   shift = doubles_at<double>(bias, c, 0.0);
      map_doubles(x.data + first, out.data + first, pixels, [&]<class D>(D v, std::int64_t) {
        return apart(n.from_mean(v) * spread_to<D>(scale)) + spread_to<D>(shift);
      });
    }
  }
}

/// [n, c, …] with recorded statistics per channel. @param weight, bias  one value per channel, or null
/// Where variance + eps is 0, a value that is the mean becomes the bias, and others ±∞: the limits as eps
/// becomes 0.
inline void batch_norm_forward(ConstView x, View out, const float* weight, const float* bias, const float* mean, const float* variance,
                               double eps) {
  if (x.size() == 0) return;
  const std::int64_t samples = x.shape[0], channels = x.shape[1], pixels = x.size() / samples / channels;
  for (std::int64_t n = 0; n < samples; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const double spread = static_cast<double>(variance[c]) + eps, centre = static_cast<double>(mean[c]);
      const double gain = doubles_at<double>(weight, c, 1.0), scale = gain / std::sqrt(spread);
      const double shift = doubles_at<double>(bias, c, 0.0);
      const std::int64_t first = (n * channels + c) * pixels;
      if (spread == 0) {
        for (std::int64_t i = first; i < first + pixels; ++i) {
          const double d = (static_cast<double>(x.data[i]) - centre) * gain;
          out.data[i] = static_cast<float>(d == 0 ? shift : d * std::numeric_limits<double>::infinity());
        }
        continue;
      }
      map_doubles(x.data + first, out.data + first, pixels, [&]<class D>(D v, std::int64_t) {
        return apart((v - spread_to<D>(centre)) * spread_to<D>(scale)) + spread_to<D>(shift);
      });
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
