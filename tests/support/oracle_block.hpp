// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_block.hpp
/// What the block formats mean, told a second time: which values share a scale is found index by index, a scale by trying
/// exponents one after the other, an element by the search of oracle.hpp. Plain float and double arithmetic where the
/// definitions prescribe a rounding, exact arithmetic elsewhere.
#include "support/oracle.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <vector>

namespace oracle {

using Dimensions = std::vector<std::int64_t>;
inline constexpr float largest_float = std::numeric_limits<float>::max();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// The flat indices of each block, blocks in row-major order. `shape` is right-aligned with the tensor's; -1 is the full extent.
inline std::vector<std::vector<std::size_t>> blocks_of(const Dimensions& tensor, const Dimensions& shape) {
  std::map<Dimensions, std::vector<std::size_t>> blocks;
  std::int64_t size = 1;
  for (const std::int64_t d : tensor) size *= d;
  for (std::int64_t flat = 0; flat < size; ++flat) {
    Dimensions key(tensor.size());
    std::int64_t rest = flat;
    for (std::size_t i = tensor.size(); i-- > 0;) {
      const std::int64_t index = rest % tensor[i];
      rest /= tensor[i];
      const std::size_t from_back = tensor.size() - 1 - i;
      const std::int64_t extent = from_back < shape.size() ? shape[shape.size() - 1 - from_back] : 1;
      key[i] = extent == -1 ? 0 : index / extent;
    }
    blocks[key].push_back(static_cast<std::size_t>(flat));
  }
  std::vector<std::vector<std::size_t>> r;
  for (auto& [key, indices] : blocks) r.push_back(std::move(indices));
  return r;
}

/// What a scheme makes of a tensor. `scales` has what is stored for a block (0 where the definition leaves it open).
struct Quantized {
  std::vector<float> values;
  std::vector<std::optional<std::uint64_t>> scales;
};

inline float finite(float x) { return std::isinf(x) ? std::copysign(largest_float, x) : x; }
/// The largest magnitude of a block, infinities as the largest float and NaN as 0; whether it has a NaN.
struct Peak {
  float magnitude = 0;
  bool nan = false;
};
inline Peak peak_of(const std::vector<float>& x, const std::vector<std::size_t>& block) {
  Peak p;
  for (const std::size_t i : block) {
    if (std::isnan(x[i])) p.nan = true;
    else p.magnitude = std::max(p.magnitude, std::fabs(finite(x[i])));
  }
  return p;
}

inline double power(int k) { return std::ldexp(1.0, k); }
/// The k with 2^k <= v < 2^(k+1).
inline int floor_log2_of(double v) {
  int k = -160;
  while (power(k + 1) <= v) ++k;
  return k;
}
/// The k nearest to log2 v: 2^(2k-1) < v² < 2^(2k+1); v is a float, its square exact.
inline int nearest_log2_of(double v) {
  int k = -160;
  while (power(2 * k + 1) < v * v) ++k;
  return k;
}

enum class Rule { floor, ceil, nearest, mse };

/// Elements under a shared power of two.
struct PowerScaled {
  const Format* element = nullptr;
  Round round = Round::nearest_even;
  Dimensions shape;
  Rule rule = Rule::floor;
  int lowest = 0, highest = 0;  ///< what the field holds
  std::function<std::uint64_t(int s, int emax)> code;
  std::optional<std::uint64_t> nan_code;
};

inline float scaled_value(const PowerScaled& b, float x, int s) {
  if (std::isnan(x)) return not_a_number;
  const Exact v{std::ldexp(static_cast<double>(finite(x)), -s), 0};
  return static_cast<float>(std::ldexp(b.element->meaning(encode(*b.element, v, b.round).code).value, s));
}

inline int scale_of(const PowerScaled& b, const std::vector<float>& x, const std::vector<std::size_t>& block, float peak, int emax) {
  const double top = b.element->largest();
  const auto clamp = [&](int s) {
    s = std::max(s, b.lowest);
    while (s > b.lowest && (s > b.highest || top * power(s) > static_cast<double>(largest_float))) --s;
    return s;
  };
  const double a = static_cast<double>(peak);
  const int s_floor = floor_log2_of(a) - emax;
  if (b.rule == Rule::floor) return clamp(s_floor);
  if (b.rule == Rule::nearest) return clamp(nearest_log2_of(a) - emax);
  if (b.rule == Rule::ceil) {
    int s = -400;
    while (top * power(s) < a) ++s;
    return clamp(s);
  }
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (const int step : {-1, 0, 1}) {
    const int s = clamp(s_floor + step);
    double error = 0;
    for (const std::size_t i : block) {
      if (std::isnan(x[i])) continue;
      const double d = static_cast<double>(finite(x[i])) - static_cast<double>(scaled_value(b, finite(x[i]), s));
      error += d * d;
    }
    if (error < least) {
      least = error;
      best = s;
    }
  }
  return best;
}

inline Quantized quantize(const PowerScaled& b, const std::vector<float>& x, const Dimensions& tensor) {
  Quantized r;
  r.values.resize(x.size());
  const int emax = floor_log2_of(b.element->largest());
  for (const auto& block : blocks_of(tensor, b.shape)) {
    const Peak p = peak_of(x, block);
    const int s = p.magnitude > 0 ? scale_of(b, x, block, p.magnitude, emax) : b.lowest;
    for (const std::size_t i : block) r.values[i] = p.nan ? not_a_number : p.magnitude > 0 ? scaled_value(b, x[i], s) : 0.0F;
    if (p.nan && b.nan_code) r.scales.emplace_back(b.nan_code);
    else if (p.magnitude > 0) r.scales.emplace_back(b.code(s, emax));
    else r.scales.emplace_back(std::nullopt);
  }
  return r;
}

inline std::uint64_t bits_as_code(float x) {
  std::uint32_t b = 0;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

/// d = fl(a / max(Element)); y = fl(Element(fl(x/d))·d).
struct FloatScaled {
  const Format* element = nullptr;
  Dimensions shape;
};
inline float divided(const Format& element, float x, float d) {
  const float q = x / d;
  return static_cast<float>(quantize(element, q)) * d;
}
inline Quantized quantize(const FloatScaled& b, const std::vector<float>& x, const Dimensions& tensor) {
  Quantized r;
  r.values.resize(x.size());
  for (const auto& block : blocks_of(tensor, b.shape)) {
    const Peak p = peak_of(x, block);
    const float d = std::min(p.magnitude / static_cast<float>(b.element->largest()), largest_float);  // a scale stays finite
    for (const std::size_t i : block) r.values[i] = p.nan ? not_a_number : d == 0 ? 0.0F : divided(*b.element, x[i], d);
    r.scales.emplace_back(p.nan ? std::nullopt : std::optional(bits_as_code(d)));
  }
  return r;
}

/// t = fl(amax/2688), 1 if zero; c = E4M3(fl(fl(a/6)/t)); d = fl(c·t); y = fl(E2M1(fl(x/d))·d).
struct TwoLevels {};
inline Quantized quantize(TwoLevels, const std::vector<float>& x, const Dimensions& tensor) {
  static const Format e2m1 = minifloat(2, 1, 1, Tops::none), e4m3 = minifloat(4, 3, 7, Tops::fn);
  Quantized r;
  r.values.resize(x.size());
  std::vector<std::size_t> all(x.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const float amax = peak_of(x, all).magnitude;
  const float t = amax / 2688.0F == 0 ? 1.0F : amax / 2688.0F;
  for (const auto& block : blocks_of(tensor, {16})) {
    const Peak p = peak_of(x, block);
    const float sixth = p.magnitude / 6.0F;
    const Code c = encode(e4m3, sixth / t).code;
    const float d = static_cast<float>(e4m3.meaning(c).value) * t;
    for (const std::size_t i : block) r.values[i] = p.nan ? not_a_number : d == 0 ? 0.0F : divided(e2m1, x[i], d);
    r.scales.emplace_back(p.nan ? 0x7f : c);
  }
  return r;
}

/// The integer nearest to a number, ties to even.
inline double nearest_integer(Exact v) {
  const double below = std::floor(v.value) - (v.value == std::floor(v.value) && v.rest < 0 ? 1 : 0);
  const int side = compare(v, below + 0.5);
  return side < 0 || (side == 0 && std::fmod(below, 2) == 0) ? below : below + 1;
}
/// The float nearest to (hi - lo) / k: of the double's neighbours the one on the right side of both midpoints.
inline float nearest_step(float hi, float lo, double k) {
  const Exact spread = sum(static_cast<double>(hi), -static_cast<double>(lo));
  float f = static_cast<float>(spread.value / k);
  for (int tries = 0; tries < 3; ++tries) {
    const float up = std::nextafter(f, std::numeric_limits<float>::infinity()), down = std::nextafter(f, 0.0F);
    const int above = compare(spread, (static_cast<double>(f) + static_cast<double>(up)) / 2 * k);  // 25 + 16 bits: exact
    const int below = compare(spread, (static_cast<double>(f) + static_cast<double>(down)) / 2 * k);
    const bool odd = (bits_as_code(f) & 1) != 0;
    if (above > 0 || (above == 0 && odd)) f = up;
    else if (f > 0 && (below < 0 || (below == 0 && odd))) f = down;
    else break;
  }
  return f;
}

/// y = fl((clamp(rne(x/d) + z, 0, 2^W-1) - z)·d), d = fl((hi-lo)/(2^W-1)), z = rne(-lo/d) clamped; 0 lies in [lo, hi].
struct WithZeroPoint {
  int bits = 0;
  Dimensions shape;
};
inline Quantized quantize(const WithZeroPoint& b, const std::vector<float>& x, const Dimensions& tensor) {
  Quantized r;
  r.values.resize(x.size());
  const double top = power(b.bits) - 1;
  for (const auto& block : blocks_of(tensor, b.shape)) {
    float lo = 0, hi = 0;
    for (const std::size_t i : block) {
      if (std::isnan(x[i])) continue;
      lo = std::min(lo, finite(x[i]));
      hi = std::max(hi, finite(x[i]));
    }
    const float d = nearest_step(hi, lo, top);
    const double z = d == 0 ? 0.0 : std::clamp(nearest_integer(quotient(-static_cast<double>(lo), static_cast<double>(d))), 0.0, top);
    const bool nan = peak_of(x, block).nan;
    for (const std::size_t i : block) {
      if (nan || d == 0) {
        r.values[i] = nan ? not_a_number : 0.0F;
        continue;
      }
      const double q = nearest_integer(quotient(static_cast<double>(finite(x[i])), static_cast<double>(d)));
      r.values[i] = static_cast<float>(std::clamp(q + z, 0.0, top) - z) * d;
    }
    r.scales.emplace_back(nan ? std::nullopt : std::optional(bits_as_code(d) | static_cast<std::uint64_t>(z) << 32));
  }
  return r;
}

/// Sums of float64 over chunks of 4096 values, chunks added in order.
inline double chunked_mean(const std::vector<double>& x) {
  double total = 0;
  for (std::size_t first = 0; first < x.size(); first += 4096)
    total += std::accumulate(x.begin() + static_cast<std::ptrdiff_t>(first),
                             x.begin() + static_cast<std::ptrdiff_t>(std::min(first + 4096, x.size())), 0.0);
  return x.empty() ? 0 : total / static_cast<double>(x.size());
}
/// -1 in `axis`: one block; else a block per slice of the first dimension.
inline std::vector<std::vector<std::size_t>> slices_of(const Dimensions& tensor, bool per_row) {
  Dimensions shape(tensor.size(), -1);
  if (per_row && tensor.size() > 1) shape[0] = 1;
  return blocks_of(tensor, shape);
}

struct MeanSign {
  bool per_row = true, zero_plus = false;
};
inline Quantized quantize(const MeanSign& b, const std::vector<float>& x, const Dimensions& tensor) {
  Quantized r;
  r.values.resize(x.size());
  for (const auto& block : slices_of(tensor, b.per_row)) {
    std::vector<double> magnitudes;
    for (const std::size_t i : block) magnitudes.push_back(static_cast<double>(std::fabs(finite(x[i]))));
    const bool nan = peak_of(x, block).nan;
    const float alpha = static_cast<float>(chunked_mean(magnitudes));
    for (const std::size_t i : block)
      r.values[i] = nan ? not_a_number : b.zero_plus ? (x[i] > 0 ? alpha : 0.0F) : x[i] >= 0 ? alpha : -alpha;
    r.scales.emplace_back(nan ? std::nullopt : std::optional(bits_as_code(alpha)));
  }
  return r;
}

struct MeanTrit {
  enum class Threshold { mean75, max05, exact } threshold = Threshold::mean75;
  bool per_row = false, unit = false;
};
inline Quantized quantize(const MeanTrit& b, const std::vector<float>& x, const Dimensions& tensor) {
  Quantized r;
  r.values.resize(x.size());
  for (const auto& block : slices_of(tensor, b.per_row)) {
    std::vector<double> magnitudes;
    for (const std::size_t i : block) magnitudes.push_back(static_cast<double>(std::fabs(finite(x[i]))));
    const Peak p = peak_of(x, block);
    double delta = 0;
    if (b.threshold == MeanTrit::Threshold::mean75) delta = 0.75 * chunked_mean(magnitudes);
    else if (b.threshold == MeanTrit::Threshold::max05) delta = 0.05 * static_cast<double>(p.magnitude);
    else {
      // the best count of largest magnitudes, by trying each
      std::vector<double> sorted = magnitudes;
      std::sort(sorted.rbegin(), sorted.rend());
      double sum_of_kept = 0, best = -1;
      std::size_t kept = 0;
      for (std::size_t k = 1; k <= sorted.size(); ++k) {
        sum_of_kept += sorted[k - 1];
        const double gain = sum_of_kept * sum_of_kept / static_cast<double>(k);
        if (gain > best) {
          best = gain;
          kept = k;
        }
      }
      delta = kept < sorted.size() ? sorted[kept] : 0.0;
    }
    std::vector<double> kept;
    for (const double m : magnitudes)
      if (m > delta) kept.push_back(m);
    const float alpha = b.unit ? 1.0F : static_cast<float>(chunked_mean(kept));
    for (const std::size_t i : block) {
      const bool keeps = static_cast<double>(std::fabs(finite(x[i]))) > delta;
      r.values[i] = p.nan ? not_a_number : !keeps ? 0.0F : x[i] < 0 ? -alpha : alpha;
    }
    r.scales.emplace_back(p.nan ? std::nullopt : std::optional(bits_as_code(alpha)));
  }
  return r;
}

}  // namespace oracle
