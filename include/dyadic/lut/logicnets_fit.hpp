// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file logicnets_fit.hpp
/// From a float layer and calibration data to neurons of few inputs, without training: which inputs by orthogonal matching pursuit (Pati,
/// Rezaiifar, Krishnaprasad, Asilomar 1993), their weights by ridge regression, the position of the point by trying.
///
/// The sums over the data are of integers below 2^53, exact in double: their order, and so the number of threads, changes nothing.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/lut/fit_data.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/progress.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

struct logicnets_options {
  int fan_in = 4;  ///< inputs of a neuron, at most
  fixed_format in, out;
  bool search_fraction = false;  ///< the formats give the bits only; where the point goes is found by trying
  int regress_from = 0;          ///< if positive: the mean target, for addresses that the data shows so often, in place of arithmetic
  double ridge = 1e-3;           ///< added to the diagonal, relative to its mean
  int most_address_bits = logicnets_parameters::usual_address_bits;
};

namespace detail {
inline namespace DYADIC_ISA {

/// The point that gives the least squared error; of equal ones the leftmost.
/// @param error  error(format) of a format with the bits of `like`
template <class F>
fixed_format best_fraction(fixed_format like, const F& error) {
  fixed_format best = like;
  double least = std::numeric_limits<double>::infinity();
  for (like.fraction = -8; like.fraction <= 24; ++like.fraction)
    if (const double e = error(like); e < least) {
      least = e;
      best = like;
    }
  return best;
}
inline double squared_error(const fixed_format& f, std::span<const float> x, std::span<const float> target) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = static_cast<double>(f.decode(f.encode(x[i]))) - static_cast<double>(target[i]);
    sum += d * d;
  }
  return sum;
}

/// A small matrix of doubles, by rows.
struct table_of_doubles {
  table_of_doubles() = default;
  table_of_doubles(std::int64_t height, std::int64_t width)
      : rows(height), columns(width), values(static_cast<std::size_t>(height * width), 0) {}
  double& operator()(std::int64_t i, std::int64_t j) { return values[static_cast<std::size_t>(i * columns + j)]; }
  double operator()(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * columns + j)]; }
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values;
};

/// aᵀ·b. Rows of the result stay in the cache while some dozens of rows of the factors go by. (Eigen's product of doubles warns under GCC 12
/// with AVX-512.)
inline table_of_doubles transposed_product(const table_of_doubles& a, const table_of_doubles& b) {
  typedef double pack __attribute__((vector_size(4 * native_lanes)));                                   // NOLINT: attributes need a typedef
  typedef double unaligned_pack __attribute__((vector_size(4 * native_lanes), aligned(8), may_alias));  // NOLINT: attributes need a typedef
  constexpr std::int64_t lanes = native_lanes / 2, band = 64;
  table_of_doubles c(a.columns, b.columns);
  in_parallel(a.columns, a.rows * b.columns, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = 0; first < a.rows; first += band)
      for (std::int64_t i = begin; i < end; ++i) {
        double* const to = c.values.data() + i * c.columns;
        for (std::int64_t n = first; n < std::min(a.rows, first + band); ++n) {
          const double factor = a(n, i);
          const double* const from = b.values.data() + n * b.columns;
          std::int64_t j = 0;
          for (; j + lanes <= c.columns; j += lanes) {
            const pack sum = *reinterpret_cast<const unaligned_pack*>(to + j) + *reinterpret_cast<const unaligned_pack*>(from + j) * factor;
            *reinterpret_cast<unaligned_pack*>(to + j) = sum;
          }
          for (; j < c.columns; ++j) to[j] += factor * from[j];
        }
      }
  });
  return c;
}

/// What regression needs to know of the data of one group: centred second moments of codes and of targets.
struct code_moments {
  table_of_doubles gram, cross;      ///< [depth, depth], [depth, outputs]
  std::vector<double> mean, target;  ///< of codes, of targets
  double unit = 1;                   ///< targets are in multiples of it
};

inline code_moments moments_of_group(const logicnets_parameters& p, const layer_data& data, std::int64_t group) {
  constexpr std::int64_t most_positions = 16384;  // more tell no more: spread over the data
  const layer_positions at(p.shape, data.inputs.shape);
  const std::int64_t depth = p.shape.depth(), each = p.shape.out / p.shape.window.groups;
  const std::int64_t every = (at.count() + most_positions - 1) / most_positions, rows = (at.count() + every - 1) / every;
  code_moments m;
  float largest = 0;
  for (const float y : data.targets.span()) largest = std::max(largest, std::abs(y));
  m.unit = largest > 0 ? std::ldexp(1.0, std::ilogb(largest) - 19) : 1;
  m.mean.assign(static_cast<std::size_t>(depth), 0);
  m.target.assign(static_cast<std::size_t>(each), 0);
  table_of_doubles x(rows, depth), y(rows, each);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t position = r * every;
    at.for_each_tap(position, group, [&](std::int64_t tap, std::int64_t from) {
      x(r, tap) = from < 0 ? 0 : static_cast<double>(p.in.encode(data.inputs.data[from]));
      m.mean[static_cast<std::size_t>(tap)] += x(r, tap);
    });
    for (std::int64_t o = 0; o < each; ++o) {
      y(r, o) = std::nearbyint(static_cast<double>(data.targets.data[at.output_at(position, group * each + o)]) / m.unit);
      m.target[static_cast<std::size_t>(o)] += y(r, o);
    }
  }
  for (double& v : m.mean) v /= static_cast<double>(rows);
  for (double& v : m.target) v /= static_cast<double>(rows);
  m.gram = transposed_product(x, x);
  m.cross = transposed_product(x, y);
  const auto center = [&](table_of_doubles& t, const std::vector<double>& other) {
    for (std::int64_t i = 0; i < t.rows; ++i)
      for (std::int64_t j = 0; j < t.columns; ++j)
        t(i, j) -= static_cast<double>(rows) * m.mean[static_cast<std::size_t>(i)] * other[static_cast<std::size_t>(j)];
  };
  center(m.gram, m.mean);
  center(m.cross, m.target);
  return m;
}

/// w with (gram of the chosen + ridge·I)·w = their cross moments, by Cholesky; pivots that vanish give 0.
inline std::vector<double> solve_chosen(const code_moments& m, const std::vector<std::int32_t>& chosen, std::int64_t output, double ridge) {
  const std::size_t n = chosen.size();
  const auto at = [&](std::size_t i) { return std::int64_t{chosen[i]}; };
  std::vector<double> lower(n * n, 0), w(n, 0);
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i) trace += m.gram(at(i), at(i));
  const double added = n == 0 ? 0 : ridge * trace / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = m.gram(at(i), at(j)) + (i == j ? added : 0);
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i * n + k] * lower[j * n + k];
      if (i == j) lower[i * n + i] = sum > 1e-9 * m.gram(at(i), at(i)) ? std::sqrt(sum) : 0;
      else lower[i * n + j] = lower[j * n + j] > 0 ? sum / lower[j * n + j] : 0;
    }
    double right = m.cross(at(i), output);
    for (std::size_t k = 0; k < i; ++k) right -= lower[i * n + k] * w[k];
    w[i] = lower[i * n + i] > 0 ? right / lower[i * n + i] : 0;
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) w[i] -= lower[k * n + i] * w[k];
    w[i] = lower[i * n + i] > 0 ? w[i] / lower[i * n + i] : 0;
  }
  return w;
}

/// The taps that explain an output best, one after the other, each the one that goes best with what the ones before leave unexplained;
/// when nothing is left, those of the largest weight times deviation. Ascending.
inline std::vector<std::int32_t> pursue(const code_moments& m, std::int64_t output, int fan_in, const float* weight) {
  std::vector<std::int32_t> chosen;
  std::vector<bool> taken(static_cast<std::size_t>(m.gram.rows), false);
  double energy = 0;
  for (std::int64_t i = 0; i < m.cross.rows; ++i) energy = std::max(energy, std::abs(m.cross(i, output)));
  while (static_cast<int>(chosen.size()) < std::min<std::int64_t>(fan_in, m.gram.rows)) {
    const std::vector<double> w = solve_chosen(m, chosen, output, 0);
    double best = 0, best_fallback = 0;
    std::int64_t choice = -1, fallback = -1;
    for (std::int64_t i = 0; i < m.gram.rows; ++i) {
      const double variance = m.gram(i, i);
      if (taken[static_cast<std::size_t>(i)] || !(variance > 0.5)) continue;  // a tap that never changes tells nothing
      double left = m.cross(i, output);
      for (std::size_t k = 0; k < chosen.size(); ++k) left -= m.gram(i, chosen[k]) * w[k];
      if (const double score = std::abs(left) > 1e-9 * energy ? left * left / variance : 0; score > best) {
        best = score;
        choice = i;
      }
      if (const double score = std::abs(static_cast<double>(weight[i])) * std::sqrt(variance); score > best_fallback) {
        best_fallback = score;
        fallback = i;
      }
    }
    if (choice < 0) choice = fallback;
    if (choice < 0) break;
    taken[static_cast<std::size_t>(choice)] = true;
    chosen.push_back(static_cast<std::int32_t>(choice));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// What the neurons give before it becomes codes.
inline std::vector<float> neuron_results(const logicnets_parameters& p, const layer_data& data) {
  const layer_positions at(p.shape, data.inputs.shape);
  const std::int64_t each = p.shape.out / p.shape.window.groups;
  std::vector<float> out(static_cast<std::size_t>(data.targets.size()));
  std::vector<std::int32_t> window(static_cast<std::size_t>(p.shape.depth()));
  for (std::int64_t position = 0; position < at.count(); ++position)
    for (std::int64_t g = 0; g < p.shape.window.groups; ++g) {
      at.for_each_tap(position, g, [&](std::int64_t tap, std::int64_t from) {
        window[static_cast<std::size_t>(tap)] = from < 0 ? 0 : p.in.encode(data.inputs.data[from]);
      });
      for (std::int64_t o = g * each; o < (g + 1) * each; ++o) {
        const auto k = static_cast<std::size_t>(o);
        const auto code = [&](std::int64_t j) { return window[static_cast<std::size_t>(p.tap[static_cast<std::size_t>(p.first[k] + j)])]; };
        out[static_cast<std::size_t>(at.output_at(position, o))] =
            neuron_sum(p.weight.data() + p.first[k], p.fan_in(o), p.bias[k], p.in.step(), code);
      }
    }
  p.after.apply({out.data(), data.targets.shape});
  return out;
}

/// The tables with the mean target where an address occurs often enough.
inline std::vector<std::uint16_t> regressed_tables(const logicnets_layer& layer, const layer_data& data, std::span<const float> target,
                                                   int often) {
  const logicnets_parameters& p = layer.parameters();
  const layer_positions at(p.shape, data.inputs.shape);
  const std::int64_t each = p.shape.out / p.shape.window.groups;
  std::vector<double> sum(p.table.size(), 0);
  std::vector<std::int64_t> seen(p.table.size(), 0);
  std::vector<std::int64_t> window(static_cast<std::size_t>(p.shape.depth()));
  for (std::int64_t position = 0; position < at.count(); ++position)
    for (std::int64_t g = 0; g < p.shape.window.groups; ++g) {
      at.for_each_tap(position, g, [&](std::int64_t tap, std::int64_t from) {
        window[static_cast<std::size_t>(tap)] = (from < 0 ? 0 : p.in.encode(data.inputs.data[from])) - p.in.low();
      });
      for (std::int64_t o = g * each; o < (g + 1) * each; ++o) {
        const auto k = static_cast<std::size_t>(o);
        std::int64_t address = 0;
        for (std::int64_t j = p.first[k + 1] - 1; j >= p.first[k]; --j)
          address = address << p.in.bits | window[static_cast<std::size_t>(p.tap[static_cast<std::size_t>(j)])];
        const auto entry = static_cast<std::size_t>(layer.table_offset(o) + address);
        sum[entry] += static_cast<double>(target[static_cast<std::size_t>(at.output_at(position, o))]);
        ++seen[entry];
      }
    }
  std::vector<std::uint16_t> table = p.table;
  for (std::size_t i = 0; i < table.size(); ++i)
    if (seen[i] >= often)
      table[i] = static_cast<std::uint16_t>(p.out.encode(static_cast<float>(sum[i] / static_cast<double>(seen[i]))) - p.out.low());
  return table;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// @param weight  [out, depth], of the float layer   @param data  what the layer reads, and the float layer's sums
/// @param after  batch normalisation and activation to be folded in   @param after_targets  the float network's values behind them
/// @throws error if the data is empty, a number is not finite, or a table would have too many address bits
inline logicnets_layer fit_logicnets(const layer_shape& shape, std::span<const float> weight, const layer_data& data,
                                     const fused_operators& after, ConstView after_targets, const logicnets_options& options,
                                     const std::string& name = "LogicNets") {
  const detail::usual_float_environment environment;
  detail::check_fit(name, shape, weight, data);
  if (after_targets.size() != data.targets.size()) throw error(name + ": what is folded in changes the number of values.");
  logicnets_parameters p;
  p.shape = shape;
  p.in = options.in;
  p.out = options.out;
  p.after = after;
  if (options.search_fraction)
    p.in = detail::best_fraction(p.in,
                                 [&](const fixed_format& f) { return detail::squared_error(f, data.inputs.span(), data.inputs.span()); });
  // 1. Inputs and weights, neuron by neuron.
  const std::int64_t each = shape.out / shape.window.groups;
  std::vector<std::vector<std::int32_t>> chosen(static_cast<std::size_t>(shape.out));
  std::vector<std::vector<double>> found(chosen.size());
  p.bias.resize(chosen.size());
  detail::progress bar("fitting " + name, shape.out, "neurons");
  for (std::int64_t g = 0; g < shape.window.groups; ++g) {
    const detail::code_moments m = detail::moments_of_group(p, data, g);
    detail::in_parallel(each, shape.depth() * options.fan_in * options.fan_in * 8, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto o = static_cast<std::size_t>(g * each + i);
        chosen[o] = detail::pursue(m, i, options.fan_in, weight.data() + static_cast<std::int64_t>(o) * shape.depth());
        found[o] = detail::solve_chosen(m, chosen[o], i, options.ridge);
        double bias = m.target[static_cast<std::size_t>(i)];
        for (std::size_t k = 0; k < chosen[o].size(); ++k) bias -= found[o][k] * m.mean[static_cast<std::size_t>(chosen[o][k])];
        p.bias[o] = static_cast<float>(bias * m.unit);
        for (double& w : found[o]) w *= m.unit / p.in.step();
        bar.advance();
      }
    });
  }
  p.first.assign(1, 0);
  for (std::size_t o = 0; o < chosen.size(); ++o) {
    p.tap.insert(p.tap.end(), chosen[o].begin(), chosen[o].end());
    for (const double w : found[o]) p.weight.push_back(static_cast<float>(w));
    p.first.push_back(static_cast<std::int64_t>(p.tap.size()));
  }
  // 2. The output's point.
  if (options.search_fraction) {
    const std::vector<float> results = detail::neuron_results(p, data);
    p.out = detail::best_fraction(p.out, [&](const fixed_format& f) { return detail::squared_error(f, results, after_targets.span()); });
  }
  // 3. The tables.
  logicnets_layer layer(std::move(p), name, options.most_address_bits);
  if (options.regress_from > 0) return layer.with_tables(detail::regressed_tables(layer, data, after_targets.span(), options.regress_from));
  return layer;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
