// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact_product.hpp
/// The exact tier of products: the exact dot product of quantised values, rounded once to float32, for any pair of schemes.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/exact_sums.hpp>
#include <dyadic/kernel/product_operands.hpp>
#include <dyadic/kernel/weight_panels.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Samples whose sums are kept in registers at once, at most, and how many when there are fewer left than `s`.
inline constexpr std::int64_t exact_tile = native_lanes == 16 ? 6 : 2;
constexpr std::int64_t shorter_tile(std::int64_t s) { return s > 4 ? 4 : s / 2; }
/// Summands between two roundings to memory.
inline constexpr std::int64_t exact_depth = 256;
/// Samples that share a panel of weights while it is in the caches.
inline constexpr std::int64_t exact_group = 60;

/// Weights, and what is known of each output's.
struct exact_weights {
  weight_panels panels;
  std::vector<double> norm, quantum;  ///< as many as the panels have outputs
  [[nodiscard]] std::int64_t outputs() const { return panels.outputs(); }
  [[nodiscard]] std::int64_t depth() const { return panels.depth(); }
  [[nodiscard]] std::int64_t size_bytes() const {
    return panels.size_bytes() + static_cast<std::int64_t>((norm.size() + quantum.size()) * sizeof(double));
  }
  void store(std::span<const float> w, std::int64_t outputs, std::int64_t depth) {
    panels.store(w, outputs, depth);
    const auto count = static_cast<std::size_t>(panels.panels() * panel_outputs);
    norm.assign(count, row_bounds{}.norm);
    quantum.assign(count, row_bounds{}.quantum);
    for (std::int64_t n = 0; n < outputs; ++n) {
      const row_bounds b = bounds_of(w.data() + n * depth, depth);
      norm[static_cast<std::size_t>(n)] = b.norm;
      quantum[static_cast<std::size_t>(n)] = b.quantum;
    }
  }
};

/// sums[s, p, lane] = or += Σ_k x[s, k]·w[p, k, lane] in float64, as `fast_block` does it in float32.
template <std::size_t S, std::size_t P, class Stored>
[[gnu::always_inline]] inline void exact_block(const double* x, std::int64_t x_stride, const Stored* w, std::int64_t panel_size,
                                               std::int64_t depth, double* sums, std::int64_t sums_stride, bool first) {
  wide sum[S][P][4] = {};
  for (std::int64_t k = 0; k < depth; ++k) {
    wide weight[P][4];
#pragma GCC unroll 8
    for (std::size_t p = 0; p < P; ++p) {
      const Stored* const row = w + static_cast<std::int64_t>(p) * panel_size + k * row_of<Stored>;
      if constexpr (S == 1) prefetch_weights(row);
      load_weights(row, weight[p]);
    }
#pragma GCC unroll 8
    for (std::size_t s = 0; s < S; ++s) {
      const wide value = spread(x[static_cast<std::int64_t>(s) * x_stride + k]);
#pragma GCC unroll 8
      for (std::size_t p = 0; p < P; ++p)
#pragma GCC unroll 4
        for (std::size_t v = 0; v < 4; ++v) sum[s][p][v] = multiply_add(value, weight[p][v], sum[s][p][v]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t s = 0; s < S; ++s)
#pragma GCC unroll 8
    for (std::size_t p = 0; p < P; ++p)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) {
        double* const to = sums + static_cast<std::int64_t>(s) * sums_stride + static_cast<std::int64_t>(4 * p + v) * wide_lanes;
        store(to, first ? sum[s][p][v] : load(to) + sum[s][p][v]);
      }
}

/// The same for any number of samples, `S` at a time while they last.
template <std::int64_t S, class Stored>
void exact_samples(const double* x, const Stored* w, std::int64_t samples, std::int64_t depth, double* sums, bool first) {
  std::int64_t s = 0;
  for (; s + S <= samples; s += S) exact_block<S, 1>(x + s * depth, depth, w, 0, depth, sums + s * panel_outputs, panel_outputs, first);
  if constexpr (S > 1)
    if (s < samples) exact_samples<shorter_tile(S)>(x + s * depth, w, samples - s, depth, sums + s * panel_outputs, first);
}

/// Samples in float64, block of summands by block of summands: what a tile reads lies together.
struct blocked_rows {
  const double* data;
  std::int64_t samples, depth;
  [[nodiscard]] const double* block(std::int64_t k) const { return data + k * samples; }
  [[nodiscard]] double at(std::int64_t s, std::int64_t k) const {
    const std::int64_t first = k / exact_depth * exact_depth;
    return block(first)[s * std::min(exact_depth, depth - first) + k - first];
  }
};
/// @param room  for samples * depth doubles
inline blocked_rows block_rows(const float* x, std::int64_t samples, std::int64_t depth, double* room) {
  double* to = room;
  for (std::int64_t k = 0; k < depth; k += exact_depth)
    for (std::int64_t s = 0; s < samples; ++s) {
      const std::int64_t here = std::min(exact_depth, depth - k);
      const float* const from = x + s * depth + k;
      std::int64_t i = 0;
      for (; i + wide_lanes <= here; i += wide_lanes) detail::store(to + i, load_wide(from + i));
      for (; i < here; ++i) to[i] = static_cast<double>(from[i]);
      to += here;
    }
  return {room, samples, depth};
}

/// Settles the lanes of a vector of sums that `round_certainly` could not. @param w  the panel   @param lane  the first output's in it
template <class Stored>
[[gnu::noinline]] void settle(const blocked_rows& x, std::int64_t s, const Stored* w, std::int64_t lane, wide sum, wide bias,
                              const sum_bounds& bounds, wide_ints unsettled, float* out) {
  const wide total = sum + bias;
  double size = 0.0, quantum = exp2_double(254);
  bool any = false;
  for (int i = 0; i < wide_lanes; ++i) {
    if (unsettled[i] == 0) continue;
    if ((std::bit_cast<u64>(static_cast<double>(total[i])) >> 52 & 0x7ff) == 0x7ff) {
      out[i] = special_to_float32(total[i]);
      unsettled[i] = 0;
    } else {
      any = true;
      size = std::max(size, static_cast<double>(bounds.size[i]));
      quantum = std::min(quantum, static_cast<double>(bounds.quantum[i]));
    }
  }
  if (!any) return;
  const auto value = [&](std::int64_t k) { return x.at(s, k); };
  const auto weight = [&](std::int64_t k) {
    wide row[4];
    load_weights(w + k * row_of<Stored>, row);
    return row[lane / wide_lanes];
  };
  split_sums(value, weight, x.depth, unsettled, size, quantum, bias, out);
}

/// Rounds the sums of sample `s` and a panel of outputs, the first of them `first`, to out[first …].
template <class Stored>
void round_sums(const double* sums, const blocked_rows& x, std::int64_t s, const row_bounds& row, const Stored* w,
                const exact_weights& weights, std::int64_t first, const float* bias, float* out) {
  const std::int64_t count = std::min(panel_outputs, weights.panels.outputs() - first), depth = x.depth;
  const std::int64_t additions = std::min(depth, exact_depth) + (depth + exact_depth - 1) / exact_depth;
  const double error = static_cast<double>(additions + 8) * exp2_double(-53);
  float offsets[panel_outputs], rounded[panel_outputs];
  const bool full = count == panel_outputs;
  const float* offset = offsets;
  if (full && bias != nullptr) offset = bias + first;
  else {
    std::fill_n(offsets, panel_outputs, 0.0F);
    if (bias != nullptr) std::copy_n(bias + first, count, offsets);
  }
  float* const to = full ? out + first : rounded;
  for (std::int64_t n = 0; n < count; n += wide_lanes) {
    // Norms are widened for the roundings of this product and of those with it.
    const sum_bounds bounds{load(weights.norm.data() + first + n) * spread(row.norm * (1.0 + exp2_double(-50))),
                            load(weights.quantum.data() + first + n) * spread(row.quantum), error};
    const wide sum = load(sums + n), shift = load_wide(offset + n);
    const wide_ints unsettled = round_certainly(sum, shift, bounds, to + n);
    if (any(unsettled)) settle(x, s, w, n, sum, shift, bounds, unsettled, to + n);
  }
  if (!full) std::copy_n(rounded, count, out + first);
}

/// One sample, panels [begin, end). Two at a time, so that as many sums are under way as the adders can take.
template <class Stored>
void exact_vector(const blocked_rows& x, const row_bounds& row, const Stored* w, const exact_weights& weights, const float* bias,
                  float* out, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t together = 2;
  const std::int64_t depth = x.depth, panel_size = depth * row_of<Stored>;
  alignas(64) double sums[together * panel_outputs] = {};
  const auto some = [&]<std::size_t P>(std::int64_t p) {
    for (std::int64_t k = 0; k < depth; k += exact_depth)
      exact_block<1, P>(x.block(k), 0, w + p * panel_size + k * row_of<Stored>, panel_size, std::min(exact_depth, depth - k), sums, 0,
                        k == 0);
    for (std::size_t i = 0; i < P; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      round_sums(sums + at * panel_outputs, x, 0, row, w + (p + at) * panel_size, weights, (p + at) * panel_outputs, bias, out);
    }
  };
  std::int64_t p = begin;
  for (; p + together <= end; p += together) some.template operator()<together>(p);
  for (; p < end; ++p) some.template operator()<1>(p);
}

/// Up to `exact_group` samples, panels [begin, end).
template <class Stored>
void exact_rows(const blocked_rows& x, const row_bounds* rows, const Stored* w, const exact_weights& weights, const float* bias, float* out,
                std::int64_t out_stride, std::int64_t begin, std::int64_t end) {
  const std::int64_t depth = x.depth;
  alignas(64) double sums[exact_group * panel_outputs];
  if (depth == 0) std::fill_n(sums, x.samples * panel_outputs, 0.0);
  for (std::int64_t p = begin; p < end; ++p) {
    const std::int64_t n = p * panel_outputs;
    const Stored* const panel = w + p * depth * row_of<Stored>;
    for (std::int64_t k = 0; k < depth; k += exact_depth) {
      const std::int64_t here = std::min(exact_depth, depth - k);
      exact_samples<exact_tile>(x.block(k), panel + k * row_of<Stored>, x.samples, here, sums, k == 0);
    }
    for (std::int64_t s = 0; s < x.samples; ++s)
      round_sums(sums + s * panel_outputs, x, s, rows[s], panel, weights, n, bias, out + s * out_stride);
  }
}

/// Room that `exact_multiply` needs besides the samples, in doubles.
constexpr std::int64_t exact_room(std::int64_t samples, std::int64_t depth) { return std::min(samples, exact_group) * depth; }
/// out[s, n] = Σ_k x[s, k]·w[n, k] + bias[n], exact and rounded once. @param x  dense
inline void exact_multiply(const float* x, const exact_weights& weights, std::int64_t samples, const float* bias, float* out,
                           std::int64_t out_stride, double* room) {
  const std::int64_t depth = weights.panels.depth();
  weights.panels.visit([&](const auto* w) {
    for (std::int64_t s = 0; s < samples; s += exact_group) {
      const std::int64_t here = std::min(exact_group, samples - s);
      row_bounds rows[exact_group];
      for (std::int64_t i = 0; i < here; ++i) rows[i] = bounds_of(x + (s + i) * depth, depth);
      const blocked_rows blocked = block_rows(x + s * depth, here, depth, room);
      in_parallel(weights.panels.panels(), products_of_panel(here, depth), 2, [&](std::int64_t begin, std::int64_t end) {
        if (samples == 1) exact_vector(blocked, rows[0], w, weights, bias, out, begin, end);
        else exact_rows(blocked, rows, w, weights, bias, out + s * out_stride, out_stride, begin, end);
      });
    }
  });
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = the float32 nearest to Σ_k X(x[s, k])·W(w[n, k]) + b[n], of the real sum: the exact tier.
///
/// X(x) and W(w) are the float32 values that `fake_quantize` gives. Ties go to even, overflow to infinity; results below float32's
/// normal range are rounded like all others, never flushed. A zero sum is +0. If an operand is NaN or infinite the result is what
/// IEEE arithmetic gives in any order: NaN (0x7fc00000) for a NaN, Inf·0 or Inf - Inf among the terms, else the infinity.
/// Every target gives the same bits.
///
/// How: sums in float64, where products are exact. A sum is accepted if its additions cannot have rounded, or if rounding it
/// cannot depend on what they lost; only else it is taken again, exactly (`exact_sums.hpp`).
template <QuantScheme X, QuantScheme W>
class exact_product : public detail::values_product<X, W, detail::exact_weights> {
  using base = detail::values_product<X, W, detail::exact_weights>;

 public:
  static constexpr bool available = true;
  static constexpr std::string_view kernel = "exact";
  static constexpr bool exact = true;

  /// Bytes of work space, aligned to 64, for up to so many samples.
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const {
    return detail::lines_of<float>(samples * base::depth()) + detail::lines_of<double>(detail::exact_room(samples, base::depth()));
  }

  /// @param x  samples × depth, rows `x_stride` apart; quantised here   @param bias  of each output, already quantised; null: none
  /// @param out  samples × outputs, rows `out_stride` apart   @throws error if the work space is too small or not aligned
  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    const detail::usual_float_environment environment;
    const auto o = base::prepared(x, x_stride, samples, scratch, scratch_bytes(samples), seed);
    if (o.any) detail::exact_multiply(o.x, base::weights_, samples, bias, out, out_stride, reinterpret_cast<double*>(o.rest));
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
