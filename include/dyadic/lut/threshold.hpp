// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file threshold.hpp
/// From the counts of one layer on signs straight to the signs that the next one reads: comparisons in place of gain, bias, batch
/// normalisation and the coding of floats.
///
/// With u = Σ_l scale_l·A_l, a layer gives y = bias + gain·u, and what follows (batch normalisation, ReLU) never turns back. So a sign of
/// the result is [u >= T], where the slope from u to the result is positive; [u <= T] where it is negative; a constant where it is
/// zero. With P_l ones among F taps, A_l = 2·P_l - F: Σ g·m_l·P_l >= (F·g·Σ m_l + T)/2. A code of L signs is the number of its
/// 2^L - 1 thresholds that are reached.
///
/// T is not computed by that formula but found by bisection, with the operators as they are: rounding keeps order, so the codes are those
/// of the floats without exception. Source: Umuroglu et al., "FINN", arXiv 1612.07119, section 4.2.2, for one level.
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/fused.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Codes in the order of the values that they are given to: the first level is the most significant.
constexpr unsigned rank_of_code(unsigned code, int levels) {
  unsigned rank = 0;
  for (int l = 0; l < levels; ++l) rank = rank << 1 | ((code >> l) & 1U);
  return rank;
}
/// Finite floats as integers in the same order, and back.
/// @{
constexpr std::int32_t place_of_float(float v) {
  const auto bits = std::bit_cast<std::int32_t>(v);
  return bits >= 0 ? bits : -(bits & 0x7fffffff);
}
constexpr float float_at_place(std::int32_t place) { return place >= 0 ? std::bit_cast<float>(place) : -std::bit_cast<float>(-place); }
/// @}

/// The steps of a code that rises or falls with u, output by output.
struct code_steps {
  int levels = 1;
  std::vector<float> from;    ///< [out, 2^levels - 1], ascending: from which direction·u on the rank of the code is k + 1 at least
  std::vector<float> upward;  ///< [out]: 1, or -1 where the code falls with u
  std::vector<float> value;   ///< [2^levels], by rank: a value with that code

  [[nodiscard]] std::size_t steps() const { return (std::size_t{1} << levels) - 1; }
  [[nodiscard]] unsigned rank(std::size_t output, float u) const {
    const float along = upward[output] * u;
    const float* const step = from.data() + output * steps();
    unsigned reached = 0;
    for (std::size_t k = 0; k < steps(); ++k) reached += along >= step[k] ? 1U : 0U;
    return reached;
  }
};

/// @param gain, bias  [out]   @param most  |u| is never larger   @param after  what lies between the layer and `next`
inline code_steps find_steps(const std::string& name, std::span<const float> gain, std::span<const float> bias, float most,
                             const fused_operators& after, const residual_levels& next) {
  const auto outputs = gain.size();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  // The ranks of all outputs, each at its own u, as the floats give them.
  std::vector<float> u(outputs), v(outputs);
  std::vector<unsigned> rank(outputs);
  const auto look = [&] {
    for (std::size_t o = 0; o < outputs; ++o) v[o] = scaled(u[o], gain[o], bias[o]);
    after.apply({v.data(), {1, static_cast<std::int64_t>(outputs), 1, 1}});
    for (std::size_t o = 0; o < outputs; ++o) {
      if (std::isnan(v[o])) throw error(name + ": the values of output " + std::to_string(o) + " are not finite; they have no thresholds.");
      rank[o] = rank_of_code(next.encode(v[o]), next.count);
    }
  };
  code_steps s;
  s.levels = next.count;
  // 1. Which way the code goes.
  std::fill(u.begin(), u.end(), -most);
  look();
  const std::vector<unsigned> first = rank;
  std::fill(u.begin(), u.end(), most);
  look();
  const std::vector<unsigned> last = rank;
  for (std::size_t o = 0; o < outputs; ++o) s.upward.push_back(first[o] <= last[o] ? 1.0F : -1.0F);
  // 2. Each step by bisection: the rank is reached at `high`, and not at `low`.
  s.from.assign(outputs * s.steps(), infinity);
  std::vector<std::int32_t> low(outputs), high(outputs);
  for (std::size_t k = 0; k < s.steps(); ++k) {
    std::fill(low.begin(), low.end(), place_of_float(-most));
    std::fill(high.begin(), high.end(), place_of_float(most));
    for (bool open = true; open;) {
      open = false;
      for (std::size_t o = 0; o < outputs; ++o) {
        const auto middle = static_cast<std::int32_t>((std::int64_t{low[o]} + std::int64_t{high[o]}) >> 1);
        u[o] = s.upward[o] * float_at_place(middle);
        open = open || high[o] - std::int64_t{low[o]} > 1;
      }
      if (!open) break;
      look();
      for (std::size_t o = 0; o < outputs; ++o) {
        if (high[o] - std::int64_t{low[o]} <= 1) continue;
        (rank[o] > k ? high : low)[o] = static_cast<std::int32_t>((std::int64_t{low[o]} + std::int64_t{high[o]}) >> 1);
      }
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      if (std::min(first[o], last[o]) > k) s.from[o * s.steps() + k] = -infinity;
      else if (std::max(first[o], last[o]) > k) s.from[o * s.steps() + k] = float_at_place(high[o]);
    }
  }
  // 3. Values that have the codes: the sums themselves, or where rounding makes another code of one, the least value that has it.
  for (unsigned k = 0; k <= s.steps(); ++k) {
    const unsigned code = rank_of_code(k, next.count);  // turning the order round is its own inverse
    const auto rank_at = [&](float x) { return rank_of_code(next.encode(x), next.count); };
    auto x = static_cast<float>(next.decode(static_cast<std::uint8_t>(code)));
    if (rank_at(x) != k) {
      std::int32_t below = place_of_float(std::numeric_limits<float>::lowest()), above = place_of_float(std::numeric_limits<float>::max());
      while (std::int64_t{above} - below > 1) {
        const auto middle = static_cast<std::int32_t>((std::int64_t{below} + above) >> 1);
        (rank_at(float_at_place(middle)) >= k ? above : below) = middle;
      }
      x = float_at_place(above);  // a code that no value has is never asked for
    }
    s.value.push_back(x);
  }
  return s;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// A layer on signs that gives the next one values with the right codes, by thresholds on its counts.
/// @tparam Layer  binary_residual_layer or lutnet_layer
template <class Layer>
class threshold_layer {
 public:
  /// @param after  batch normalisation and ReLU that follow   @param next  how the layer behind them codes its data
  /// @throws error if something else follows, if the layer's sums are no counts (soft weights, float data), or its values are not finite
  threshold_layer(const Layer& layer, const fused_operators& after, const residual_levels& next)
      : counts_(only_counts(layer)), name_(layer.report().name + ", thresholds"), bytes_(layer.report().bytes) {
    if (!after.keeps_order()) throw error(name_ + ": only batch normalisation and ReLU may be between the counts and their thresholds.");
    const auto& p = layer.parameters();
    double most = 0;
    for (int l = 0; l < p.levels.count; ++l) most += std::abs(static_cast<double>(p.levels.scale[static_cast<std::size_t>(l)]));
    most *= static_cast<double>(largest_count(p));
    if (!(most < static_cast<double>(std::numeric_limits<float>::max()))) throw error(name_ + ": its sums are too large for float32.");
    // The next float, for the conversion may have gone down; at least the smallest, so that there is a way from one end to the other.
    const float bound = std::nextafter(static_cast<float>(most), std::numeric_limits<float>::infinity());
    steps_ = detail::find_steps(name_, p.gain, p.bias, bound, after, next);
    // Each step a float and, for each output, a bit for its direction; in place of gain and bias.
    bytes_ += 4 * static_cast<std::int64_t>(steps_.from.size()) + (p.shape.out + 7) / 8 - 8 * p.shape.out;
  }

  [[nodiscard]] const layer_shape& shape() const { return counts_.shape(); }
  /// @see KnowsItsOperator
  [[nodiscard]] std::string misfit(const operator_info& operation) const { return detail::misfit(shape(), operation); }
  /// Of the data that it reads.
  [[nodiscard]] const residual_levels& levels() const { return counts_.parameters().levels; }
  [[nodiscard]] threshold_layer in_form(table_form form) const {
    threshold_layer other = *this;
    other.counts_ = counts_.in_form(form);
    return other;
  }
  /// T of output `o` for step `k` (from 0, the lowest): the sign is [u >= T], or [u <= T] if `falls(o)`. ±infinity: a constant.
  [[nodiscard]] float threshold(std::int64_t o, int k = 0) const {
    const auto at = static_cast<std::size_t>(o);
    return steps_.upward[at] * steps_.from[at * steps_.steps() + static_cast<std::size_t>(k)];
  }
  [[nodiscard]] bool falls(std::int64_t o) const { return steps_.upward[static_cast<std::size_t>(o)] < 0; }

  void run(const arguments& a) const {
    counts_.run(a);  // u, for gain 1 and bias 0
    const std::int64_t pixels = shape().images ? a.out.shape[2] * a.out.shape[3] : 1, out = shape().out;
    if (pixels == 0) return;
    detail::in_parallel(a.out.size() / pixels, static_cast<std::int64_t>(steps_.steps()) * pixels, 1,
                        [&](std::int64_t begin, std::int64_t end) {
                          for (std::int64_t row = begin; row < end; ++row)
                            for (float* y = a.out.data + row * pixels; y != a.out.data + (row + 1) * pixels; ++y)
                              *y = steps_.value[steps_.rank(static_cast<std::size_t>(row % out), *y)];
                        });
  }
  [[nodiscard]] std::int64_t scratch(std::span<const Extents> shapes) const { return counts_.scratch(shapes); }
  [[nodiscard]] replacement_report report() const {
    replacement_report r = counts_.report();
    r.name = name_;
    r.bytes = bytes_;
    return r;
  }

 private:
  static Layer only_counts(const Layer& layer) {
    auto p = layer.parameters();
    if constexpr (requires { p.soft; })
      if (p.soft || p.float_input)
        throw error(layer.report().name + ": with soft weights or float data its sums are no counts; they have no thresholds.");
    std::fill(p.gain.begin(), p.gain.end(), 1.0F);
    std::fill(p.bias.begin(), p.bias.end(), 0.0F);
    return Layer(std::move(p), layer.report().name);
  }
  /// |A| is at most the number of taps, or of tables, of an output.
  template <class Parameters>
  static std::int64_t largest_count(const Parameters& p) {
    if constexpr (requires { p.first; }) {
      std::int64_t most = 1;
      for (std::size_t o = 0; o + 1 < p.first.size(); ++o) most = std::max(most, p.first[o + 1] - p.first[o]);
      return most;
    } else {
      return std::max<std::int64_t>(1, p.shape.depth());
    }
  }

  Layer counts_;
  std::string name_;
  detail::code_steps steps_;
  std::int64_t bytes_ = 0;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
