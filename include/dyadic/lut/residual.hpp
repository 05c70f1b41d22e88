// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file residual.hpp
/// Residual binarisation: a value as centre ± m1 ± m2 …, each sign that of what the levels before left over.
/// Source: Ghasemzadeh, Samragh, Koushanfar, "ReBNet", arXiv 1711.01243.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/kernel/lanes.hpp>
#include <dyadic/lut/layer_shape.hpp>

DYADIC_AS_WRITTEN_BEGIN
#include <Eigen/Cholesky>
#include <Eigen/Core>
DYADIC_AS_WRITTEN_END
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The sign that all of this speaks of: +1 (bit 1) for v >= 0, also for -0.0; else -1 (bit 0).
constexpr int sign_of(float v) { return v >= 0 ? 1 : -1; }

/// centre + Σ s_l·scale[l], s_l = ±1, for `count` levels.
struct residual_levels {
  static constexpr int most = 4;
  int count = 1;
  float center = 0;
  std::array<float, most> scale{};

  /// Bit l of the result is 1 where level l has the sign +1. `x` is not NaN.
  [[nodiscard]] constexpr std::uint8_t encode(float x) const {
    float rest = x - center;
    unsigned code = 0;
    for (int l = 0; l < count; ++l) {
      const float m = scale[static_cast<std::size_t>(l)];
      if (rest >= 0) {
        code |= 1U << l;
        rest -= m;
      } else {
        rest += m;
      }
    }
    return static_cast<std::uint8_t>(code);
  }
  [[nodiscard]] constexpr double decode(std::uint8_t code) const {
    double x = static_cast<double>(center);
    for (int l = 0; l < count; ++l) {
      const double m = static_cast<double>(scale[static_cast<std::size_t>(l)]);
      x += ((static_cast<unsigned>(code) >> l) & 1U) != 0 ? m : -m;
    }
    return x;
  }
};

/// Levels on the way of a fit.
struct residual_round {
  residual_levels levels;
  double error = 0;  ///< Σ (x - value)²
};

namespace detail {
inline namespace DYADIC_ISA {

[[noreturn]] inline void refuse_nan(const char* what) {
  throw error(std::string(what) + ": a NaN has no sign; the input must not hold any.");
}

/// The codes of many values. @returns false if one of them is NaN
inline bool encode_levels(const residual_levels& levels, const float* x, std::uint8_t* codes, std::int64_t count) {
  typedef std::uint8_t bytes __attribute__((vector_size(native_lanes)));  // NOLINT: attributes need a typedef
  typedef std::uint8_t unaligned_bytes __attribute__((vector_size(native_lanes), aligned(1), may_alias));  // NOLINT: attributes need a typedef
  std::atomic<bool> good = true;
  in_parallel(count, 1, 64, [&](std::int64_t begin, std::int64_t end) {
    ivec nan{};
    std::int64_t i = begin;
    for (; i + native_lanes <= end; i += native_lanes) {
      const vec v = load(x + i);
      nan |= is_nan(v);
      vec rest = v - splat<vec>(levels.center);
      ivec code{};
      for (int l = 0; l < levels.count; ++l) {
        const vec m = splat<vec>(levels.scale[static_cast<std::size_t>(l)]);
        const ivec positive = rest >= splat<vec>(0);
        code |= positive & isplat<vec>(1 << l);
        rest = select(positive, rest - m, rest + m);
      }
      *reinterpret_cast<unaligned_bytes*>(codes + i) = __builtin_convertvector(code, bytes);
    }
    bool fine = !any(nan);
    for (; i < end; ++i) {
      fine = fine && !std::isnan(x[i]);
      codes[i] = levels.encode(x[i]);
    }
    if (!fine) good = false;
  });
  return good;
}

/// In reports.
inline std::string signs_text(int levels) { return std::to_string(levels) + (levels == 1 ? " sign" : " signs"); }

/// b + g·u, rounded once: the product of two floats is exact in double, so whether the compiler fuses it changes nothing.
inline float scaled(float u, float gain, float bias) {
  return static_cast<float>(static_cast<double>(bias) + static_cast<double>(gain) * static_cast<double>(u));
}
/// b + g·Σ m_l·A_l for the integers A_l of one output: the one place where the layers of this folder turn counts into floats.
/// Every product is of a float and a number of 24 bits, hence exact in double.
inline float from_counts(const residual_levels& levels, const std::int32_t* sums, float gain, float bias) {
  double u = 0;
  for (int l = 0; l < levels.count; ++l) u += static_cast<double>(levels.scale[static_cast<std::size_t>(l)]) * static_cast<double>(sums[l]);
  return scaled(static_cast<float>(u), gain, bias);
}

/// Σ (x - value of its code)².
inline double residual_error(const residual_levels& levels, std::span<const float> x) {
  double sum = 0;
  for (const float v : x) {
    const double d = static_cast<double>(v) - levels.decode(levels.encode(v));
    sum += d * d;
  }
  return sum;
}

/// A scale that is at least all later ones together: then the signs taken one after the other are those of the nearest value.
inline bool is_successive(const residual_levels& levels) {
  double later = 0;
  for (int l = levels.count - 1; l >= 0; --l) {
    const double m = static_cast<double>(levels.scale[static_cast<std::size_t>(l)]);
    if (!(m >= later)) return false;
    later += m;
  }
  return true;
}

/// Each scale the mean magnitude of what the ones before leave. @param capped  none may exceed half of the one before, the last all of it
inline residual_round greedy_levels(residual_levels levels, std::span<const float> x, bool capped) {
  std::vector<float> rest(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) rest[i] = x[i] - levels.center;
  float before = std::numeric_limits<float>::infinity();
  for (int l = 0; l < levels.count; ++l) {
    double magnitude = 0;
    for (const float r : rest) magnitude += std::abs(static_cast<double>(r));
    float m = static_cast<float>(magnitude / static_cast<double>(x.size()));
    if (capped) m = std::min(m, l + 1 == levels.count ? before : before / 2);
    levels.scale[static_cast<std::size_t>(l)] = before = m;
    for (float& r : rest) r -= static_cast<float>(sign_of(r)) * m;
  }
  return {levels, residual_error(levels, x)};
}

/// The scales that suit the signs which `levels` gives the data, by least squares; `levels` where they have no solution.
inline residual_levels levels_under_signs(const residual_levels& levels, std::span<const float> x) {
  const int count = levels.count;
  Eigen::Matrix4d gram = Eigen::Matrix4d::Identity();
  Eigen::Vector4d right = Eigen::Vector4d::Zero();
  gram.topLeftCorner(count, count).setZero();
  for (const float v : x) {
    const auto code = static_cast<unsigned>(levels.encode(v));
    const double centered = static_cast<double>(v) - static_cast<double>(levels.center);
    for (int a = 0; a < count; ++a) {
      right(a) += ((code >> a) & 1U) != 0 ? centered : -centered;
      for (int b = 0; b <= a; ++b) gram(a, b) += (((code >> a) ^ (code >> b)) & 1U) == 0 ? 1 : -1;
    }
  }
  const Eigen::LDLT<Eigen::Matrix4d, Eigen::Lower> solver(gram);
  const Eigen::Vector4d found = solver.solve(right);
  if (solver.info() != Eigen::Success || !found.allFinite()) return levels;
  residual_levels tried = levels;
  for (int l = 0; l < count; ++l) tried.scale[static_cast<std::size_t>(l)] = static_cast<float>(std::abs(found(l)));
  std::sort(tried.scale.begin(), tried.scale.begin() + count, std::greater<>());
  return tried;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Levels for data: greedy scales, each the mean magnitude of what is left; then rounds of coding and least squares, as long as they
/// lower the squared error. The centre is the mean where no value is negative (after a ReLU the first sign would tell nothing), else 0.
/// The signs of a value are those of the nearest of the 2^count sums, for each scale is at least all later ones together.
/// @param count  levels, 1 to 4   @param x  at least one value, all finite   @throws error if not
/// @param rounds  if given, gets the first scales and those of every round that lowered the error
inline residual_levels fit_levels(std::span<const float> x, int count, std::vector<residual_round>* rounds = nullptr) {
  const detail::usual_float_environment environment;
  if (count < 1 || count > residual_levels::most)
    throw error("fit_levels: " + std::to_string(count) + " levels are asked for; 1 to 4 are legal.");
  if (x.empty()) throw error("fit_levels: there is no data to fit the scales to; give calibration data of at least one value.");
  residual_levels levels;
  levels.count = count;
  double sum = 0;
  bool negative = false;
  for (const float v : x) {
    if (!std::isfinite(v)) throw error("fit_levels: the calibration data holds a value that is not finite.");
    sum += static_cast<double>(v);
    negative = negative || v < 0;
  }
  if (!negative) levels.center = static_cast<float>(sum / static_cast<double>(x.size()));
  // Greedy scales of data with long tails may not get smaller fast enough, and stay so; then they are made to.
  std::vector<residual_round> done;
  for (const bool capped : {false, true}) {
    done = {detail::greedy_levels(levels, x, capped)};
    for (int round = 0; round < 60; ++round) {
      const residual_levels tried = detail::levels_under_signs(done.back().levels, x);
      const double error = detail::residual_error(tried, x);
      if (!detail::is_successive(tried) || !(error < done.back().error)) break;
      done.push_back({tried, error});
    }
    if (detail::is_successive(done.back().levels)) break;
  }
  if (rounds != nullptr) *rounds = done;
  return done.back().levels;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
