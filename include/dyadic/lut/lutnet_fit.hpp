// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lutnet_fit.hpp
/// From a float layer and calibration data to tables of K inputs, without training: tables that start as the pruned signs, then flips of
/// single entries, each of which lowers the squared error; a sweep of them counts only if data that it did not see agrees.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/base/random.hpp>
#include <dyadic/lut/fit_data.hpp>
#include <dyadic/lut/lutnet.hpp>
#include <dyadic/lut/progress.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

struct lutnet_options {
  int inputs = 4;  ///< K
  int levels = 1;
  int density = 100;       ///< percent of the connections that stay; the others are what tables can take up again
  int sweeps = 8;          ///< at most; 0: the tables stay as they start
  std::uint64_t seed = 0;  ///< of the connections that are drawn
};

/// A fit and what it did: squared errors of all outputs, on the three quarters of the samples that it saw and on the quarter that it did not.
struct lutnet_fit {
  lutnet_parameters layer;
  struct errors {
    double seen = 0, unseen = 0;
  };
  std::vector<errors> before, after;  ///< by output
};

namespace detail {
inline namespace DYADIC_ISA {

/// Which K - 1 other taps a table reads: drawn without replacement; where there are too few, the primary one again.
inline void draw_connections(std::int64_t depth, int inputs, std::int32_t primary, std::uint64_t seed, std::uint64_t table,
                             std::int32_t* connection) {
  connection[0] = primary;
  std::uint64_t drawn = 0;
  for (int k = 1; k < inputs; ++k) {
    connection[k] = primary;
    while (k < depth) {
      const auto tap =
          static_cast<std::int32_t>((std::uint64_t{random_bits(seed, table << 20 | drawn++)} * static_cast<std::uint64_t>(depth)) >> 32);
      if (std::find(connection, connection + k, tap) != connection + k) continue;
      connection[k] = tap;
      break;
    }
  }
}

/// Tables that say what the signs of a pruned layer say, but where an input is one of the connections that were pruned: then the sign of
/// the sum of both weights under their signs.
inline void start_tables(lutnet_parameters& p, std::span<const float> weight, const std::vector<std::uint8_t>& mask, std::uint64_t seed) {
  const std::int64_t depth = p.shape.depth();
  p.first.assign(1, 0);
  for (std::int64_t o = 0; o < p.shape.out; ++o) {
    const float* const w = weight.data() + o * depth;
    for (std::int64_t i = 0; i < depth; ++i) {
      if (mask[static_cast<std::size_t>(o * depth + i)] == 0) continue;
      std::int32_t connection[8];
      draw_connections(depth, p.inputs, static_cast<std::int32_t>(i), seed, static_cast<std::uint64_t>(o * depth + i), connection);
      std::uint64_t table = 0;
      for (unsigned j = 0; j < (1U << p.inputs); ++j) {
        double sum = 0;
        for (int k = 0; k < p.inputs; ++k) {
          const bool counts = k == 0 || mask[static_cast<std::size_t>(o * depth + connection[k])] == 0;
          const double sign = ((j >> (p.inputs - 1 - k)) & 1U) != 0 ? 1 : -1;
          if (counts) sum += sign * static_cast<double>(w[connection[k]]);
        }
        if (sum >= 0) table |= std::uint64_t{1} << j;
      }
      p.connection.insert(p.connection.end(), connection, connection + p.inputs);
      p.table.insert(p.table.end(), static_cast<std::size_t>(p.levels.count), table);
    }
    p.first.push_back(static_cast<std::int64_t>(p.table.size()) / p.levels.count);
  }
}

/// The windows of one group at some positions, as codes, and which of these positions a fit may see.
struct fit_windows {
  std::vector<std::int64_t> position;
  std::vector<std::uint8_t> code, inside, seen;  ///< [positions, depth] twice, [positions]
};
inline fit_windows windows_of_group(const lutnet_parameters& p, const layer_data& data, std::int64_t group) {
  constexpr std::int64_t most_positions = 16384;
  const layer_positions at(p.shape, data.inputs.shape);
  const std::int64_t every = (at.count() + most_positions - 1) / most_positions;
  const std::uint8_t outside = p.levels.encode(0.0f);
  fit_windows w;
  for (std::int64_t position = 0; position < at.count(); position += every) {
    w.position.push_back(position);
    // Whole samples are held back where there are several: neighbouring pixels are too much alike.
    const std::int64_t unit = at.samples() >= 4 ? position / at.pixels() : position;
    w.seen.push_back(unit % 4 != 3 ? 1 : 0);
    at.for_each_tap(position, group, [&](std::int64_t, std::int64_t from) {
      w.code.push_back(from < 0 ? outside : p.levels.encode(data.inputs.data[from]));
      w.inside.push_back(from < 0 ? 0 : 1);
    });
  }
  return w;
}

/// The fit of one output: its tables, gain and bias, and what they give at every position.
class output_fit {
 public:
  output_fit(lutnet_parameters& p, const fit_windows& windows, std::int64_t output, std::vector<double> targets)
      : p_(&p),
        w_(&windows),
        o_(output),
        target_(std::move(targets)),
        sums_(target_.size() * residual_levels::most, 0),
        index_(target_.size()) {
    for (std::int64_t t = p.first[at(o_)]; t < p.first[at(o_) + 1]; ++t)
      for (int l = 0; l < p.levels.count; ++l) {
        find_indices(t, l);
        for (std::size_t n = 0; n < index_.size(); ++n)
          if (index_[n] >= 0)
            sums_[n * residual_levels::most + at(l)] += table_bit(entries(t, l), static_cast<unsigned>(index_[n])) != 0 ? 1 : -1;
      }
    refit();
  }

  /// One pass over all tables, then gain and bias. @returns false, with everything as before, if it does not lower both errors
  bool sweep() {
    const lutnet_fit::errors before = errors_;
    const auto first = static_cast<std::size_t>(p_->first[at(o_)] * p_->levels.count),
               last = static_cast<std::size_t>(p_->first[at(o_) + 1] * p_->levels.count);
    const std::vector<std::uint64_t> tables(p_->table.begin() + static_cast<std::ptrdiff_t>(first),
                                            p_->table.begin() + static_cast<std::ptrdiff_t>(last));
    const std::vector<std::int32_t> sums = sums_;
    const float gain = p_->gain[at(o_)], bias = p_->bias[at(o_)];
    rest_.resize(target_.size());
    for (std::size_t n = 0; n < rest_.size(); ++n) rest_[n] = target_[n] - static_cast<double>(result(n));
    for (std::int64_t t = p_->first[at(o_)]; t < p_->first[at(o_) + 1]; ++t)
      for (int l = 0; l < p_->levels.count; ++l) flip_entries(t, l);
    refit();
    const bool has_unseen = seen_ < static_cast<std::int64_t>(target_.size());
    if (errors_.seen < before.seen && (!has_unseen || errors_.unseen < before.unseen)) return true;
    std::copy(tables.begin(), tables.end(), p_->table.begin() + static_cast<std::ptrdiff_t>(first));
    sums_ = sums;
    p_->gain[at(o_)] = gain;
    p_->bias[at(o_)] = bias;
    errors_ = before;
    return false;
  }
  [[nodiscard]] const lutnet_fit::errors& errors() const { return errors_; }

 private:
  template <class I>
  static std::size_t at(I i) {
    return static_cast<std::size_t>(i);
  }
  std::uint64_t& entries(std::int64_t t, int l) { return p_->table[at(t * p_->levels.count + l)]; }
  [[nodiscard]] float result(std::size_t n) const {
    return from_counts(p_->levels, sums_.data() + n * residual_levels::most, p_->gain[at(o_)], p_->bias[at(o_)]);
  }

  /// Which entry of a table each position reads; -1: none.
  void find_indices(std::int64_t t, int l) {
    const std::int64_t depth = p_->shape.depth();
    const std::int32_t* const connection = p_->connection.data() + t * p_->inputs;
    for (std::size_t n = 0; n < index_.size(); ++n) {
      const std::uint8_t* const code = w_->code.data() + static_cast<std::int64_t>(n) * depth;
      int j = w_->inside[n * at(depth) + at(connection[0])] != 0 ? 0 : -1;
      for (int k = 0; k < p_->inputs && j >= 0; ++k) j = j * 2 + ((code[connection[k]] >> l) & 1);
      index_[n] = j;
    }
  }

  /// Flips the entries of one table at one level that lower the squared error of the positions which read them.
  void flip_entries(std::int64_t t, int l) {
    find_indices(t, l);
    const std::size_t size = std::size_t{1} << p_->inputs;
    double count[64] = {}, sum[64] = {}, squares[64] = {}, delta[64] = {};
    for (std::size_t n = 0; n < index_.size(); ++n) {
      if (index_[n] < 0 || w_->seen[n] == 0) continue;
      count[index_[n]] += 1;
      sum[index_[n]] += rest_[n];
      squares[index_[n]] += rest_[n] * rest_[n];
    }
    // With little data for each entry, a flip must stand out from chance.
    const double doubt = static_cast<double>(seen_) / static_cast<double>(size) < 128 ? 2 : 0;
    const double step = 2 * static_cast<double>(p_->gain[at(o_)]) * static_cast<double>(p_->levels.scale[at(l)]);
    std::uint64_t& table = entries(t, l);
    std::uint64_t flipped = 0;
    for (std::size_t j = 0; j < size; ++j) {
      if (count[j] == 0) continue;
      const double mean = sum[j] / count[j], variance = std::max(0.0, squares[j] / count[j] - mean * mean);
      const double change = table_bit(table, static_cast<unsigned>(j)) != 0 ? -step : step;
      if ((change > 0 ? mean - change / 2 : change / 2 - mean) > doubt * std::sqrt(variance / count[j]) && change != 0) {
        delta[j] = change;
        flipped |= std::uint64_t{1} << j;
      }
    }
    if (flipped == 0) return;
    for (std::size_t n = 0; n < index_.size(); ++n) {
      if (index_[n] < 0 || table_bit(flipped, static_cast<unsigned>(index_[n])) == 0) continue;
      rest_[n] -= delta[index_[n]];
      sums_[n * residual_levels::most + at(l)] += table_bit(table, static_cast<unsigned>(index_[n])) != 0 ? -2 : 2;
    }
    table ^= flipped;
  }

  /// Gain and bias by least squares on the seen positions, and both errors.
  void refit() {
    least_squares s;
    seen_ = 0;
    for (std::size_t n = 0; n < target_.size(); ++n) {
      if (w_->seen[n] == 0) continue;
      ++seen_;
      s.see(static_cast<double>(from_counts(p_->levels, sums_.data() + n * residual_levels::most, 1, 0)), target_[n]);
    }
    p_->gain[at(o_)] = static_cast<float>(s.gain());
    p_->bias[at(o_)] = static_cast<float>(s.bias(static_cast<double>(p_->gain[at(o_)])));
    errors_ = {};
    for (std::size_t n = 0; n < target_.size(); ++n) {
      const double d = target_[n] - static_cast<double>(result(n));
      (w_->seen[n] != 0 ? errors_.seen : errors_.unseen) += d * d;
    }
  }

  lutnet_parameters* p_;
  const fit_windows* w_;
  std::int64_t o_;
  std::vector<double> target_, rest_;
  std::vector<std::int32_t> sums_, index_;
  std::int64_t seen_ = 0;
  lutnet_fit::errors errors_;
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// @param weight  [out, depth], of the float layer   @param data  what the layer reads, and what the float layer gives
/// @throws error if the data is empty, a number is not finite, or the kernel has one pixel and a table more than one input
inline lutnet_fit fit_lutnet(const layer_shape& shape, std::span<const float> weight, const layer_data& data, const lutnet_options& options,
                             const std::string& name = "LutNet") {
  const detail::usual_float_environment environment;
  if (options.inputs < 1 || options.inputs > 6)
    throw error(name + ": a table has " + std::to_string(options.inputs) + " inputs; 1 to 6 are legal.");
  if (shape.images && shape.window.taps() == 1 && options.inputs > 1)
    throw error(name + ": a convolution whose kernel is one pixel has no neighbouring taps that a table of " +
                std::to_string(options.inputs) + " inputs could read besides its own. Take K = 1, or BinaryResidual.");
  detail::check_fit(name, shape, weight, data);
  lutnet_fit fit;
  lutnet_parameters& p = fit.layer;
  p.shape = shape;
  p.inputs = options.inputs;
  p.levels = fit_levels(data.inputs.span(), options.levels);
  p.gain.assign(static_cast<std::size_t>(shape.out), 0);
  p.bias = p.gain;
  detail::start_tables(p, weight, detail::keep_largest(shape, weight, options.density), options.seed);
  fit.before.resize(p.gain.size());
  fit.after = fit.before;
  const detail::layer_positions at(shape, data.inputs.shape);
  const std::int64_t each = shape.out / shape.window.groups;
  detail::progress bar("fitting " + name, shape.out, "outputs");
  for (std::int64_t g = 0; g < shape.window.groups; ++g) {
    const detail::fit_windows windows = detail::windows_of_group(p, data, g);
    detail::in_parallel(each, p.tables() / shape.out * static_cast<std::int64_t>(windows.position.size()), 1,
                        [&](std::int64_t begin, std::int64_t end) {
                          for (std::int64_t o = g * each + begin; o < g * each + end; ++o) {
                            std::vector<double> targets;
                            for (const std::int64_t position : windows.position)
                              targets.push_back(static_cast<double>(data.targets.data[at.output_at(position, o)]));
                            detail::output_fit one(p, windows, o, std::move(targets));
                            fit.before[static_cast<std::size_t>(o)] = one.errors();
                            for (int s = 0; s < options.sweeps && one.sweep(); ++s) {
                            }
                            fit.after[static_cast<std::size_t>(o)] = one.errors();
                            bar.advance();
                          }
                        });
  }
  return fit;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
