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
#include <dyadic/lut/binary_residual_parameters.hpp>
#include <dyadic/lut/form.hpp>
#include <dyadic/lut/sliced_signs.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

inline namespace DYADIC_ISA {

/// Runs such a layer. `table_form::fast` counts bits; `arithmetic` sums signs, as the definition says. Both give the same bits.
/// With `soft` weights or `float_input` there is nothing to count: both forms are sums in double, in the order of the taps.
class binary_residual_layer {
 public:
  /// @throws error if the parts do not fit together or a number in them is not finite
  explicit binary_residual_layer(binary_residual_parameters parts, std::string name = "BinaryResidual", table_form form = table_form::fast)
      : p_(std::move(parts)), name_(std::move(name)), form_(form) {
    check(p_, name_);
    pack();
  }

  [[nodiscard]] const binary_residual_parameters& parameters() const { return p_; }
  [[nodiscard]] const layer_shape& shape() const { return p_.shape; }
  /// @see KnowsItsOperator
  [[nodiscard]] std::string misfit(const operator_info& operation) const { return detail::misfit(shape(), operation); }
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
  // Where ones are not counted by an instruction, many windows are summed across words.
  static constexpr bool slices_windows = !detail::counts_ones;
  static constexpr std::int64_t windows_at_once = detail::sliced_signs::columns;  // times levels
  // For fewer columns there is more to do than row by row: measured, with vectors of 2, 4 and 8 words.
  static constexpr std::int64_t worth_slicing = windows_at_once * (detail::word_lanes == 2 ? 3 : detail::word_lanes == 4 ? 5 : 2) / 8;
  static constexpr std::int64_t outputs_at_once = 16;

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
    sliced_.clear();
    if (slices_windows && each >= outputs_at_once && !p_.soft && !p_.float_input)
      for (std::int64_t g = 0; g < groups; ++g)
        sliced_.emplace_back(p_.weight.data() + g * each * depth, p_.mask.data() + g * each * depth, each, depth);
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
    const std::int64_t rows = detail::carve::floats<std::uint8_t>(p_.shape.depth()) +
                              detail::carve::floats<std::uint8_t>(p_.shape.depth()) +
                              detail::carve::floats<std::uint64_t>(rows_at_once * words_) + detail::carve::floats<std::uint64_t>(words_);
    if (sliced_.empty()) return rows;
    std::int64_t sums = 0, tables = 0;
    for (const detail::sliced_signs& s : sliced_) {
      sums = std::max(sums, s.sum_vectors());
      tables = std::max(tables, s.table_vectors());
    }
    return rows + detail::carve::floats<std::int64_t>(windows_at_once) + detail::carve::floats<std::uint64_t>(windows_at_once * words_) +
           detail::carve::floats<detail::word_vector>(64 * words_) + detail::carve::floats<detail::word_vector>(tables) +
           detail::carve::floats<detail::word_vector>(sums) + detail::carve::floats<std::int32_t>(windows_at_once + detail::word_lanes) +
           detail::carve::floats<float>((windows_at_once + detail::word_lanes) * outputs_at_once);
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

  /// Work space for rows of bits.
  struct row_space {
    std::uint8_t *room, *inside;
    std::uint64_t *rows, *inside_bits;
  };

  void count_bits(const std::uint8_t* codes, const detail::layer_positions& at, float* out, std::span<float> scratch) const {
    const std::int64_t depth = p_.shape.depth(), levels = p_.levels.count;
    const std::int64_t together = sliced_.empty() ? rows_at_once / levels : windows_at_once / levels;  // positions
    detail::in_parts(at.count(), words_ * p_.shape.out * levels, together, scratch, floats_each(),
                     [&](std::int64_t begin, std::int64_t end, float* own) {
                       detail::carve space(own);
                       auto* const room = space.take<std::uint8_t>(depth);
                       auto* const inside = space.take<std::uint8_t>(depth);
                       auto* const rows = space.take<std::uint64_t>(rows_at_once * words_);
                       auto* const inside_bits = space.take<std::uint64_t>(words_);
                       std::fill_n(rows, rows_at_once * words_, std::uint64_t{0});
                       const row_space of_rows{room, inside, rows, inside_bits};
                       if (sliced_.empty() || (end - begin) * levels < worth_slicing) count_rows(codes, at, begin, end, of_rows, out);
                       else count_slices(codes, at, begin, end, of_rows, space, out);
                     });
  }

  /// Some positions at a time, each a row of bits.
  void count_rows(const std::uint8_t* codes, const detail::layer_positions& at, std::int64_t begin, std::int64_t end,
                  const row_space& space, float* out) const {
    const std::int64_t groups = p_.shape.window.groups, levels = p_.levels.count, together = rows_at_once / levels;
    for (std::int64_t p = begin; p < end;) {
      // Positions at the border of an image go alone, with a mask of their own.
      const bool border = !at.is_inside(p);
      std::int64_t count = 1;
      while (!border && count < together && p + count < end && at.is_inside(p + count)) ++count;
      for (std::int64_t g = 0; g < groups; ++g) {
        for (std::int64_t k = 0; k < count; ++k) {
          const std::uint8_t* const x = at.window(codes, p + k, g, std::uint8_t{0}, space.room);
          for (std::int64_t l = 0; l < levels; ++l) pack_window(x, static_cast<int>(l), space.rows + (k * levels + l) * words_);
        }
        if (border) {
          mark_inside(at, p, g, space.inside);
          pack_window(space.inside, 0, space.inside_bits);
          count_block<true, true>(space.rows, space.inside_bits, at, p, count, g, out);
        } else if (dense_) {
          count_block<false, false>(space.rows, space.inside_bits, at, p, count, g, out);
        } else {
          count_block<true, false>(space.rows, space.inside_bits, at, p, count, g, out);
        }
      }
      p += count;
    }
  }

  /// As many positions at a time as a vector has bits (times levels); those at the border, and few that are left, by rows.
  void count_slices(const std::uint8_t* codes, const detail::layer_positions& at, std::int64_t begin, std::int64_t end,
                    const row_space& of_rows, detail::carve space, float* out) const {
    const std::int64_t levels = p_.levels.count, together = windows_at_once / levels;
    auto* const position = space.take<std::int64_t>(windows_at_once);
    std::int64_t count = 0;
    for (std::int64_t p = begin; p < end; ++p) {
      if (!at.is_inside(p)) count_rows(codes, at, p, p + 1, of_rows, out);
      else position[count++] = p;
      if (count < together && p + 1 < end) continue;
      if (count * levels >= worth_slicing) {
        sum_slices(codes, at, position, count, of_rows, space, out);
      } else {
        for (std::int64_t k = 0; k < count; ++k) count_rows(codes, at, position[k], position[k] + 1, of_rows, out);
      }
      count = 0;
    }
  }

  void sum_slices(const std::uint8_t* codes, const detail::layer_positions& at, const std::int64_t* position, std::int64_t count,
                  const row_space& of_rows, detail::carve space, float* out) const {
    constexpr std::int64_t lanes = detail::word_lanes;
    const std::int64_t groups = p_.shape.window.groups, each = p_.shape.out / groups, levels = p_.levels.count;
    const std::int64_t together = windows_at_once / levels;
    auto* const rows = space.take<std::uint64_t>(windows_at_once * words_);
    auto* const planes = space.take<detail::word_vector>(64 * words_);
    auto* const numbers = space.take<std::int32_t>(windows_at_once + lanes);
    auto* const tile = space.take<float>((windows_at_once + lanes) * outputs_at_once);
    std::fill_n(rows, windows_at_once * words_, std::uint64_t{0});
    std::fill_n(numbers, windows_at_once + lanes, 0);
    for (std::int64_t g = 0; g < groups; ++g) {
      // 1. Column l·together + k is level l of window k.
      for (std::int64_t k = 0; k < count; ++k) {
        const std::uint8_t* const x = at.window(codes, position[k], g, std::uint8_t{0}, of_rows.room);
        for (std::int64_t l = 0; l < levels; ++l) pack_window(x, static_cast<int>(l), rows + (l * together + k) * words_);
      }
      detail::slice_rows(rows, words_, planes);
      // 2. On how many taps signs agree.
      const detail::sliced_signs& weights = sliced_[static_cast<std::size_t>(g)];
      detail::carve own = space;
      auto* const tables = own.take<detail::word_vector>(weights.table_vectors());
      auto* const sums = own.take<detail::word_vector>(weights.sum_vectors());
      weights.sum(planes, tables, sums);
      // 3. `from_counts`, for some outputs at a time: results of a window lie side by side.
      for (std::int64_t first = 0; first < each; first += outputs_at_once) {
        const std::int64_t filled = std::min(outputs_at_once, each - first);
        for (std::int64_t o = 0; o < filled; ++o) {
          detail::gather_digits(sums + (first + o) * weights.digits(), weights.digits(), numbers);
          finish_windows(numbers, together, count, g * each + first + o, tile + o);
        }
        for (std::int64_t k = 0; k < count; ++k) {
          const float* const from = tile + k * outputs_at_once;
          if (!p_.shape.images) std::copy_n(from, filled, out + position[k] * p_.shape.out + first);
          else
            for (std::int64_t o = 0; o < filled; ++o) out[at.output_at(position[k], g * each + first + o)] = from[o];
        }
      }
    }
  }
  /// @param agree  [level][together]   @param result  every `outputs_at_once`
  void finish_windows(const std::int32_t* agree, std::int64_t together, std::int64_t count, std::int64_t o, float* result) const {
    constexpr std::int64_t lanes = detail::word_lanes;
    const std::int64_t each = p_.shape.out / p_.shape.window.groups;
    const auto lane_at = static_cast<std::size_t>(o / each * blocks_ * lanes + o % each);
    const double fan_in = lane_fan_in_[lane_at], gain = lane_gain_[lane_at], bias = lane_bias_[lane_at];
    for (std::int64_t k = 0; k < count; k += lanes) {
      detail::word_doubles u{};
      for (std::int64_t l = 0; l < p_.levels.count; ++l)
        u += static_cast<double>(p_.levels.scale[static_cast<std::size_t>(l)]) *
             (2.0 * detail::load_integers(agree + l * together + k) - fan_in);
      float y[lanes];
      detail::store_as_floats(y, bias + gain * detail::round_to_float(u));
      for (std::int64_t lane = 0; lane < lanes; ++lane) result[(k + lane) * outputs_at_once] = y[lane];
    }
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
  std::vector<detail::sliced_signs> sliced_;                 // by group; none where rows are faster
  std::vector<double> lane_fan_in_, lane_gain_, lane_bias_;  // [group][block][lane]
  std::int64_t words_ = 0, blocks_ = 0;
  bool dense_ = true;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
