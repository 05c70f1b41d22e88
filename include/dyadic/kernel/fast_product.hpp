// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fast_product.hpp
/// The fast tier of products: quantised values multiplied and added in float32, for any pair of schemes.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/product_operands.hpp>
#include <dyadic/kernel/weight_panels.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Samples whose sums are kept in registers at once: a power of two.
inline constexpr std::int64_t fast_tile = native_lanes == 16 ? 8 : 4;
/// Samples that share a panel of weights while it is in the caches.
inline constexpr std::int64_t fast_group = 64;

/// sums[s, p, lane] = or += Σ_k x[s, k]·w[p, k, lane] over one block of summands, for `S` samples and `P` panels.
/// @param panel_size  values from one panel to the next   @param sums  [S][P][panel_outputs], samples `sums_stride` apart
template <std::size_t S, std::size_t P, class Stored>
[[gnu::always_inline]] inline void fast_block(const float* x, std::int64_t x_stride, const Stored* w, std::int64_t panel_size,
                                              std::int64_t depth, float* sums, std::int64_t sums_stride, bool first) {
  vec sum[S][P][2] = {};
  for (std::int64_t k = 0; k < depth; ++k) {
    vec weight[P][2];
#pragma GCC unroll 8
    for (std::size_t p = 0; p < P; ++p) {
      const Stored* const row = w + static_cast<std::int64_t>(p) * panel_size + k * row_of<Stored>;
      if constexpr (S == 1) prefetch_weights(row);
      load_weights(row, weight[p]);
    }
#pragma GCC unroll 8
    for (std::size_t s = 0; s < S; ++s) {
      const vec value = spread(x[static_cast<std::int64_t>(s) * x_stride + k]);
#pragma GCC unroll 8
      for (std::size_t p = 0; p < P; ++p) {
        sum[s][p][0] = multiply_add(value, weight[p][0], sum[s][p][0]);
        sum[s][p][1] = multiply_add(value, weight[p][1], sum[s][p][1]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t s = 0; s < S; ++s)
#pragma GCC unroll 8
    for (std::size_t p = 0; p < P; ++p)
#pragma GCC unroll 2
      for (std::size_t v = 0; v < 2; ++v) {
        float* const to = sums + static_cast<std::int64_t>(s) * sums_stride + static_cast<std::int64_t>(2 * p + v) * native_lanes;
        store(to, first ? sum[s][p][v] : load(to) + sum[s][p][v]);
      }
}

/// The same for any number of samples, `S` at a time while they last.
template <std::int64_t S, class Stored>
void fast_samples(const float* x, const Stored* w, std::int64_t samples, std::int64_t depth, float* sums, bool first) {
  std::int64_t s = 0;
  for (; s + S <= samples; s += S) fast_block<S, 1>(x + s * depth, depth, w, 0, depth, sums + s * panel_outputs, panel_outputs, first);
  if constexpr (S > 1)
    if (s < samples) fast_samples<S / 2>(x + s * depth, w, samples - s, depth, sums + s * panel_outputs, first);
}

/// out[n] = sums[n] + bias[n], or sums[n] without a bias.
inline void add_bias(const float* sums, const float* bias, std::int64_t outputs, float* out) {
  if (bias == nullptr) std::copy_n(sums, outputs, out);
  else
    for (std::int64_t n = 0; n < outputs; ++n) out[n] = sums[n] + bias[n];
}

/// One sample, panels [begin, end). Two at a time, so that as many sums are under way as the adders can take.
template <class Stored>
void fast_vector(const float* x, const Stored* w, const weight_panels& panels, const float* bias, float* out, std::int64_t begin,
                 std::int64_t end) {
  constexpr std::int64_t together = 2;
  const std::int64_t depth = panels.depth(), outputs = panels.outputs(), panel_size = depth * row_of<Stored>;
  alignas(64) float sums[together * panel_outputs];
  const auto some = [&]<std::size_t P>(std::int64_t p) {
    for (std::int64_t k = 0; k < depth; k += depth_block)
      fast_block<1, P>(x + k, 0, w + p * panel_size + k * row_of<Stored>, panel_size, std::min(depth_block, depth - k), sums, 0, k == 0);
    const std::int64_t n = p * panel_outputs;
    add_bias(sums, bias == nullptr ? nullptr : bias + n, std::min(static_cast<std::int64_t>(P) * panel_outputs, outputs - n), out + n);
  };
  std::int64_t p = begin;
  for (; p + together <= end; p += together) some.template operator()<together>(p);
  for (; p < end; ++p) some.template operator()<1>(p);
}

/// Up to `fast_group` samples. @param room  for samples * depth floats
template <class Stored>
void fast_rows(const float* x, const Stored* w, const weight_panels& panels, std::int64_t samples, const float* bias, float* out,
               std::int64_t out_stride, float* room) {
  const std::int64_t depth = panels.depth(), outputs = panels.outputs();
  // 1. The samples block of summands by block of summands: what a tile reads then lies together.
  for (std::int64_t k = 0; k < depth; k += depth_block) {
    const std::int64_t here = std::min(depth_block, depth - k);
    for (std::int64_t s = 0; s < samples; ++s) std::copy_n(x + s * depth + k, here, room + k * samples + s * here);
  }
  // 2. Panel by panel.
  in_parallel(panels.panels(), products_of_panel(samples, depth), 1, [&](std::int64_t begin, std::int64_t end) {
    alignas(64) float sums[fast_group * panel_outputs];
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t n = p * panel_outputs;
      for (std::int64_t k = 0; k < depth; k += depth_block)
        fast_samples<fast_tile>(room + k * samples, w + (p * depth + k) * row_of<Stored>, samples, std::min(depth_block, depth - k), sums,
                                k == 0);
      for (std::int64_t s = 0; s < samples; ++s)
        add_bias(sums + s * panel_outputs, bias == nullptr ? nullptr : bias + n, std::min(panel_outputs, outputs - n),
                 out + s * out_stride + n);
    }
  });
}

/// out[s, n] = Σ_k x[s, k]·w[n, k] + bias[n] in float32. @param x  dense   @param room  as `fast_rows` wants it
inline void fast_multiply(const float* x, const weight_panels& panels, std::int64_t samples, const float* bias, float* out,
                          std::int64_t out_stride, float* room) {
  if (panels.depth() == 0) {
    const float zeros[panel_outputs] = {};
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t n = 0; n < panels.outputs(); n += panel_outputs)
        add_bias(zeros, bias == nullptr ? nullptr : bias + n, std::min(panel_outputs, panels.outputs() - n), out + s * out_stride + n);
    return;
  }
  panels.visit([&](const auto* w) {
    if (samples == 1)
      in_parallel(panels.panels(), products_of_panel(samples, panels.depth()), 2,
                  [&](std::int64_t begin, std::int64_t end) { fast_vector(x, w, panels, bias, out, begin, end); });
    else
      for (std::int64_t s = 0; s < samples; s += fast_group)
        fast_rows(x + s * panels.depth(), w, panels, std::min(fast_group, samples - s), bias, out + s * out_stride, out_stride, room);
  });
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = Σ_k X(x[s, k])·W(w[n, k]) + b[n], values of any schemes, in float32: the fast tier.
///
/// With x̂, ŵ the quantised values and u = 2^-24, as long as no intermediate result overflows,
///
///     |y − (Σ_k x̂ŵ + b)| <= error_factor(depth) · Σ_k |x̂ŵ| + u · |y| + depth · 2^-149 .
///
/// The sum of a sample and an output is taken in one order, whatever the batch, the vectors and the threads: blocks of 256
/// summands, each summed from its first to its last with one FMA a summand, are added one after the other; the bias comes last.
/// On targets without FMA each product is rounded before it is added: other bits, within the same bound.
/// NaN and infinities follow float32 arithmetic.
/// Source of the bound: N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 4.2.
template <QuantScheme X, QuantScheme W>
class fast_product : public detail::values_product<X, W, detail::weight_panels> {
  using base = detail::values_product<X, W, detail::weight_panels>;

 public:
  static constexpr bool available = true;
  static constexpr std::string_view kernel = "float32";
  static constexpr bool exact = false;

  /// c in the bound above: (m + 2)·u / (1 - (m + 2)·u) for m additions to a summand's way into the sum.
  static constexpr double error_factor(std::int64_t depth) {
    const std::int64_t additions = std::min(depth, detail::depth_block) + (depth + detail::depth_block - 1) / detail::depth_block;
    const double e = static_cast<double>(additions + 2) * detail::exp2_double(-24);
    return e / (1.0 - e);
  }

  /// Bytes of work space, aligned to 64, for up to so many samples.
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const {
    return detail::lines_of<float>(samples * base::depth()) +
           (samples > 1 ? detail::lines_of<float>(std::min(samples, detail::fast_group) * base::depth()) : 0);
  }

  /// @param x  samples × depth, rows `x_stride` apart; quantised here   @param bias  of each output, already quantised; null: none
  /// @param out  samples × outputs, rows `out_stride` apart   @throws error if the work space is too small or not aligned
  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    const detail::usual_float_environment environment;
    const auto o = base::prepared(x, x_stride, samples, scratch, scratch_bytes(samples), seed);
    if (o.any) detail::fast_multiply(o.x, base::weights_, samples, bias, out, out_stride, reinterpret_cast<float*>(o.rest));
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
