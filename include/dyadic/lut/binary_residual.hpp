// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file binary_residual.hpp
/// A linear or convolution on signs: weights ±1, data of a few binary levels, and a popcount for a scalar product.
///
///     y_o = bias_o + gain_o · Σ_l scale_l · A_lo,    A_lo = Σ_i mask_oi · sign(W_oi) · s_li
///
/// Source: Ghasemzadeh, Samragh, Koushanfar, "ReBNet", arXiv 1711.01243.
#include <dyadic/kernel/bit_words.hpp>
#include <dyadic/layer/replacement.hpp>
#include <dyadic/lut/form.hpp>
#include <dyadic/lut/residual.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

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

/// Runs such a layer. `table_form::fast` counts bits; `arithmetic` sums signs, as the definition says. Both give the same bits.
/// With `soft` weights or `float_input` there is nothing to count: both forms are sums in double, in the order of the taps.
class binary_residual_layer {
 public:
  /// @throws error if the parts do not fit together or a number in them is not finite
  explicit binary_residual_layer(binary_residual_parameters parts, std::string name = "BinaryResidual", table_form form = table_form::fast)
      : p_(std::move(parts)), name_(std::move(name)), form_(form) {
    check();
    pack();
  }

  [[nodiscard]] const binary_residual_parameters& parameters() const { return p_; }
  [[nodiscard]] const layer_shape& shape() const { return p_.shape; }
  [[nodiscard]] binary_residual_layer in_form(table_form form) const {
    binary_residual_layer other = *this;
    other.form_ = form;
    return other;
  }

  void run(const arguments& a) const {
    const detail::layer_positions at(p_.shape, a.inputs[0].shape);
    if (p_.soft || p_.float_input) return sum_floats(a, at);
    std::uint8_t* const codes = detail::carve(a.scratch.data()).take<std::uint8_t>(at.input_size());
    if (!detail::encode_levels(p_.levels, a.inputs[0].data, codes, at.input_size())) detail::refuse_nan(name_.c_str());
    const auto rest = a.scratch.subspan(static_cast<std::size_t>(detail::carve::floats<std::uint8_t>(at.input_size())));
    if (form_ == table_form::fast) count_bits(codes, at, a.out.data, rest);
    else sum_signs(codes, at, a.out.data, rest);
  }
  [[nodiscard]] std::int64_t scratch(std::span<const Extents> shapes) const {
    return detail::part_scratch{detail::carve::floats<std::uint8_t>(shapes[0].size()), floats_each()}.floats();
  }
  [[nodiscard]] replacement_report report() const {
    replacement_report r;
    r.name = name_;
    const auto connections = std::count(p_.mask.begin(), p_.mask.end(), std::uint8_t{1});
    const std::int64_t all = p_.shape.out * p_.shape.depth();
    // A bit per weight (32 if soft), one more per weight for a mask that leaves some out; gains, biases, levels.
    const std::int64_t weights = p_.soft ? 32 * connections : connections, masks = connections == all ? 0 : all;
    r.bytes = (weights + 7) / 8 + (masks + 7) / 8 + 8 * p_.shape.out + 4 * (1 + p_.levels.count);
    r.replaces_parameters = true;
    r.weight_bits = weights + masks;
    r.weights = p_.soft ? "clamped" : "signs";
    r.biases = "none";
    r.data = p_.float_input ? "none" : detail::signs_text(p_.levels.count);
    r.data_bits = p_.float_input ? 32 : p_.levels.count;
    return r;
  }

 private:
  static constexpr std::int64_t rows_at_once =
      detail::word_lanes == 8 ? 8 : 4;  // windows times levels that meet a block of weights together

  void check() const {
    const auto size = static_cast<std::size_t>(p_.shape.out * p_.shape.depth()), out = static_cast<std::size_t>(p_.shape.out);
    if (p_.levels.count < 1 || p_.levels.count > residual_levels::most) throw error(name_ + ": the levels must be 1 to 4.");
    if (p_.weight.size() != size || p_.mask.size() != size || p_.gain.size() != out || p_.bias.size() != out)
      throw error(name_ + ": weight and mask must have " + std::to_string(size) + " values, gain and bias " + std::to_string(out) + ".");
    for (const std::vector<float>* v : {&p_.weight, &p_.gain, &p_.bias})
      for (const float x : *v)
        if (!std::isfinite(x)) throw error(name_ + ": a weight, gain or bias is not finite.");
    for (int l = 0; l < p_.levels.count; ++l)
      if (!std::isfinite(p_.levels.scale[static_cast<std::size_t>(l)])) throw error(name_ + ": a scale is not finite.");
    if (!std::isfinite(p_.levels.center)) throw error(name_ + ": the centre is not finite.");
    for (const std::uint8_t m : p_.mask)
      if (m > 1) throw error(name_ + ": a mask holds only 0 and 1.");
  }

  /// Signs and masks as bits, in blocks of `word_lanes` outputs: [group][block][word][lane].
  void pack() {
    const std::int64_t depth = p_.shape.depth(), groups = p_.shape.window.groups, each = p_.shape.out / groups;
    words_ = (depth + 63) / 64;
    blocks_ = (each + detail::word_lanes - 1) / detail::word_lanes;
    signs_.assign(static_cast<std::size_t>(groups * blocks_ * words_ * detail::word_lanes), 0);
    masks_ = signs_;
    lane_fan_in_.assign(static_cast<std::size_t>(groups * blocks_ * detail::word_lanes), 0);
    lane_gain_ = lane_bias_ = lane_fan_in_;
    dense_ = true;
    std::vector<std::uint8_t> positive(static_cast<std::size_t>(depth));
    for (std::int64_t o = 0; o < p_.shape.out; ++o) {
      const float* const w = p_.weight.data() + o * depth;
      const std::uint8_t* const m = p_.mask.data() + o * depth;
      std::int64_t fan_in = 0;
      for (std::int64_t i = 0; i < depth; ++i) {
        positive[static_cast<std::size_t>(i)] = w[i] >= 0 ? 1 : 0;
        fan_in += m[i];
      }
      dense_ = dense_ && fan_in == depth;
      const auto lane_at = static_cast<std::size_t>(o / each * blocks_ * detail::word_lanes + o % each);
      lane_fan_in_[lane_at] = static_cast<double>(fan_in);
      lane_gain_[lane_at] = static_cast<double>(p_.gain[static_cast<std::size_t>(o)]);
      lane_bias_[lane_at] = static_cast<double>(p_.bias[static_cast<std::size_t>(o)]);
      for (std::int64_t k = 0; k < words_; ++k) {
        const std::int64_t lane = o % each % detail::word_lanes;
        const auto to =
            static_cast<std::size_t>(((o / each * blocks_ + o % each / detail::word_lanes) * words_ + k) * detail::word_lanes + lane);
        const std::int64_t count = std::min<std::int64_t>(64, depth - 64 * k);
        signs_[to] = detail::pack_bits(positive.data() + 64 * k, count, 0);
        masks_[to] = detail::pack_bits(m + 64 * k, count, 0);
      }
    }
  }

  [[nodiscard]] std::int64_t floats_each() const {
    return detail::carve::floats<std::uint8_t>(p_.shape.depth()) + detail::carve::floats<std::uint8_t>(p_.shape.depth()) +
           detail::carve::floats<std::uint64_t>(rows_at_once * words_) + detail::carve::floats<std::uint64_t>(words_);
  }

  /// Taps of a window that are inside the image.
  static void mark_inside(const detail::layer_positions& at, std::int64_t p, std::int64_t group, std::uint8_t* inside) {
    at.for_each_tap(p, group, [&](std::int64_t tap, std::int64_t from) { inside[tap] = from < 0 ? 0 : 1; });
  }

  void sum_signs(const std::uint8_t* codes, const detail::layer_positions& at, float* out, std::span<float> scratch) const {
    const std::int64_t depth = p_.shape.depth(), groups = p_.shape.window.groups, each = p_.shape.out / groups;
    detail::in_parts(at.count(), depth * p_.shape.out, 1, scratch, floats_each(), [&](std::int64_t begin, std::int64_t end, float* own) {
      detail::carve space(own);
      auto* const room = space.take<std::uint8_t>(depth);
      auto* const inside = space.take<std::uint8_t>(depth);
      std::fill_n(inside, depth, std::uint8_t{1});
      for (std::int64_t p = begin; p < end; ++p) {
        for (std::int64_t g = 0; g < groups; ++g) {
          const std::uint8_t* const x = at.window(codes, p, g, std::uint8_t{0}, room);
          if (p_.shape.may_reach_outside()) mark_inside(at, p, g, inside);
          for (std::int64_t o = g * each; o < (g + 1) * each; ++o) {
            std::int32_t sums[residual_levels::most] = {};
            for (int l = 0; l < p_.levels.count; ++l) {
              for (std::int64_t i = 0; i < depth; ++i) {
                const auto k = static_cast<std::size_t>(o * depth + i);
                if (p_.mask[k] == 0 || inside[i] == 0) continue;
                const int s = ((static_cast<unsigned>(x[i]) >> l) & 1U) != 0 ? 1 : -1;
                sums[l] += sign_of(p_.weight[k]) * s;
              }
            }
            out[at.output_at(p, o)] = finish(sums, o);
          }
        }
      }
    });
  }

  [[nodiscard]] float finish(const std::int32_t* sums, std::int64_t o) const {
    return detail::from_counts(p_.levels, sums, p_.gain[static_cast<std::size_t>(o)], p_.bias[static_cast<std::size_t>(o)]);
  }

  void count_bits(const std::uint8_t* codes, const detail::layer_positions& at, float* out, std::span<float> scratch) const {
    const std::int64_t depth = p_.shape.depth(), groups = p_.shape.window.groups, levels = p_.levels.count;
    const std::int64_t together = rows_at_once / levels;  // positions
    detail::in_parts(at.count(), words_ * p_.shape.out * levels, together, scratch, floats_each(),
                     [&](std::int64_t begin, std::int64_t end, float* own) {
                       detail::carve space(own);
                       auto* const room = space.take<std::uint8_t>(depth);
                       auto* const inside = space.take<std::uint8_t>(depth);
                       auto* const rows = space.take<std::uint64_t>(rows_at_once * words_);
                       auto* const inside_bits = space.take<std::uint64_t>(words_);
                       std::fill_n(rows, rows_at_once * words_, std::uint64_t{0});
                       for (std::int64_t p = begin; p < end;) {
                         // Positions at the border of an image go alone, with a mask of their own.
                         const bool border = !at.is_inside(p);
                         std::int64_t count = 1;
                         while (!border && count < together && p + count < end && at.is_inside(p + count)) ++count;
                         for (std::int64_t g = 0; g < groups; ++g) {
                           for (std::int64_t k = 0; k < count; ++k) {
                             const std::uint8_t* const x = at.window(codes, p + k, g, std::uint8_t{0}, room);
                             for (std::int64_t l = 0; l < levels; ++l)
                               pack_window(x, static_cast<int>(l), rows + (k * levels + l) * words_);
                           }
                           if (border) {
                             mark_inside(at, p, g, inside);
                             pack_window(inside, 0, inside_bits);
                             count_block<true, true>(rows, inside_bits, at, p, count, g, out);
                           } else if (dense_) {
                             count_block<false, false>(rows, inside_bits, at, p, count, g, out);
                           } else {
                             count_block<true, false>(rows, inside_bits, at, p, count, g, out);
                           }
                         }
                         p += count;
                       }
                     });
  }

  void pack_window(const std::uint8_t* x, int bit, std::uint64_t* to) const {
    for (std::int64_t k = 0; k < words_; ++k)
      to[k] = detail::pack_bits(x + 64 * k, std::min<std::int64_t>(64, p_.shape.depth() - 64 * k), bit);
  }

  /// All outputs of a group at `count` positions, whose windows are `rows`. `Masked`: not every tap counts.
  template <bool Masked, bool Border>
  void count_block(const std::uint64_t* rows, const std::uint64_t* inside, const detail::layer_positions& at, std::int64_t p,
                   std::int64_t count, std::int64_t group, float* out) const {
    constexpr std::int64_t lanes = detail::word_lanes;
    const std::int64_t levels = p_.levels.count, each = p_.shape.out / p_.shape.window.groups;
    for (std::int64_t b = 0; b < blocks_; ++b) {
      const std::int64_t block = group * blocks_ + b;
      const std::uint64_t* const w = signs_.data() + block * words_ * lanes;
      const std::uint64_t* const m = masks_.data() + block * words_ * lanes;
      detail::word_vector differ[rows_at_once] = {}, taps{};
      for (std::int64_t k = 0; k < words_; ++k) {
        const detail::word_vector sign = detail::load_words(w + k * lanes);
        detail::word_vector mask{};
        if constexpr (Masked) mask = detail::load_words(m + k * lanes);
        if constexpr (Border) {
          mask &= detail::splat_word(inside[k]);
          taps += detail::ones_in(mask);
        }
#pragma GCC unroll 8
        for (std::int64_t r = 0; r < rows_at_once; ++r) {
          detail::word_vector x = sign ^ detail::splat_word(rows[r * words_ + k]);
          if constexpr (Masked) x &= mask;
          differ[r] += detail::ones_in(x);
        }
      }
      const detail::word_doubles fan_in =
          Border ? detail::word_doubles_of(taps) : detail::load_word_doubles(lane_fan_in_.data() + block * lanes);
      const detail::word_doubles gain = detail::load_word_doubles(lane_gain_.data() + block * lanes),
                                 bias = detail::load_word_doubles(lane_bias_.data() + block * lanes);
      const std::int64_t first = group * each + b * lanes, filled = std::min(lanes, each - b * lanes);
      for (std::int64_t k = 0; k < count; ++k) {
        float result[lanes];
        finish_lanes(differ + k * levels, fan_in, gain, bias, result);
        if (!p_.shape.images) {
          float* const to = out + (p + k) * p_.shape.out + first;
          for (std::int64_t lane = 0; lane < filled; ++lane) to[lane] = result[lane];
        } else {
          for (std::int64_t lane = 0; lane < filled; ++lane) out[at.output_at(p + k, first + lane)] = result[lane];
        }
      }
    }
  }

  /// `from_counts` for a vector of outputs: the same operations in the same order.
  void finish_lanes(const detail::word_vector* differ, detail::word_doubles fan_in, detail::word_doubles gain, detail::word_doubles bias,
                    float* result) const {
    if constexpr (detail::word_lanes >= 4) {
      using floats = detail::floats<detail::word_lanes>;
      detail::word_doubles u{};
      for (int l = 0; l < p_.levels.count; ++l)
        u += static_cast<double>(p_.levels.scale[static_cast<std::size_t>(l)]) * (fan_in - 2.0 * detail::word_doubles_of(differ[l]));
      const detail::word_doubles y = bias + gain * __builtin_convertvector(__builtin_convertvector(u, floats), detail::word_doubles);
      const floats rounded = __builtin_convertvector(y, floats);
      std::memcpy(result, &rounded, sizeof rounded);
    } else {
      // One by one: GCC 12 makes vectors of two of it and forgets that u is rounded to float.
      for (int lane = 0; lane < detail::word_lanes; ++lane) {
        std::int32_t sums[residual_levels::most] = {};
        for (int l = 0; l < p_.levels.count; ++l)
          sums[l] = static_cast<std::int32_t>(fan_in[lane]) - 2 * static_cast<std::int32_t>(differ[l][lane]);
        result[lane] = detail::from_counts(p_.levels, sums, static_cast<float>(gain[lane]), static_cast<float>(bias[lane]));
      }
    }
  }

  /// y = bias + gain·Σ mask·w·x in double, taps in order: for weights or data that are not signs. Products are of two floats, hence exact.
  void sum_floats(const arguments& a, const detail::layer_positions& at) const {
    const std::int64_t depth = p_.shape.depth(), each = p_.shape.out / p_.shape.window.groups;
    const float* const x = a.inputs[0].data;
    for (std::int64_t i = 0; i < at.input_size(); ++i)
      if (std::isnan(x[i])) detail::refuse_nan(name_.c_str());
    detail::in_parallel(at.count(), depth * p_.shape.out, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        for (std::int64_t o = 0; o < p_.shape.out; ++o) {
          double sum = 0;
          at.for_each_tap(p, o / each, [&](std::int64_t tap, std::int64_t from) {
            const auto k = static_cast<std::size_t>(o * depth + tap);
            if (from < 0 || p_.mask[k] == 0) return;
            const float w = p_.soft ? std::clamp(p_.weight[k], -1.0f, 1.0f) : static_cast<float>(sign_of(p_.weight[k]));
            const auto value =
                p_.float_input ? x[from]
                               : static_cast<float>(p_.levels.decode(p_.levels.encode(x[from])) - static_cast<double>(p_.levels.center));
            sum += static_cast<double>(w) * static_cast<double>(value);
          });
          a.out.data[at.output_at(p, o)] =
              detail::scaled(static_cast<float>(sum), p_.gain[static_cast<std::size_t>(o)], p_.bias[static_cast<std::size_t>(o)]);
        }
    });
  }

  binary_residual_parameters p_;
  std::string name_;
  table_form form_;
  std::vector<std::uint64_t> signs_, masks_;
  std::vector<double> lane_fan_in_, lane_gain_, lane_bias_;  // [group][block][lane]
  std::int64_t words_ = 0, blocks_ = 0;
  bool dense_ = true;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
