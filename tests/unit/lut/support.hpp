// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the tests of layers of tables share: random data and layers, geometries, and a window of taps found by plain index arithmetic.
#include <dyadic/base/random.hpp>
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/fit_data.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace dyadic_test {
using namespace dyadic;

class draw {
 public:
  explicit draw(std::uint64_t seed) : seed_(seed) {}
  std::uint32_t bits() { return random_bits(seed_, at_++); }
  int below(int n) { return static_cast<int>(bits() % static_cast<std::uint32_t>(n)); }
  double uniform() { return (static_cast<double>(bits()) + 0.5) * 0x1p-32; }
  // Box and Muller.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  std::vector<float> normals(std::int64_t n) {
    std::vector<float> v;
    for (std::int64_t i = 0; i < n; ++i) v.push_back(static_cast<float>(normal()));
    return v;
  }

 private:
  std::uint64_t seed_, at_ = 0;
};

inline layer_shape linear_shape(std::int64_t in, std::int64_t out) { return {in, out}; }
inline layer_shape conv_shape(std::int64_t in, std::int64_t out, conv_geometry g) { return {in, out, g, true}; }

/// A layer with the shape of an input for it.
struct layer_case {
  layer_shape shape;
  Extents input;
};
inline std::vector<layer_case> layer_cases() {
  std::vector<layer_case> all;
  all.push_back({linear_shape(7, 5), {3, 7}});
  all.push_back({linear_shape(130, 19), {70, 130}});
  all.push_back({linear_shape(64, 8), {2, 5, 64}});
  all.push_back({conv_shape(3, 4, {.kernel = {3, 3}}), {2, 3, 6, 5}});
  all.push_back({conv_shape(4, 6, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 1}}), {2, 4, 7, 6}});
  all.push_back({conv_shape(6, 9, {.kernel = {3, 3}, .stride = {1, 2}, .padding = {2, 1}, .dilation = {2, 1}, .groups = 3}), {2, 6, 8, 7}});
  all.push_back({conv_shape(40, 10, {.kernel = {2, 2}, .padding = {1, 1}, .groups = 2}), {1, 40, 3, 3}});
  // Many outputs a group and many positions, some of them at a border: as BinaryResidual sums windows across words.
  all.push_back({conv_shape(8, 36, {.kernel = {3, 3}, .padding = {1, 1}, .groups = 2}), {3, 8, 6, 6}});
  return all;
}
inline Extents output_shape(const layer_case& c) {
  if (!c.shape.images) {
    Extents e = c.input;
    e[e.rank() - 1] = c.shape.out;
    return e;
  }
  return {c.input[0], c.shape.out, c.shape.window.output(0, c.input[2]), c.shape.window.output(1, c.input[3])};
}

/// Calls f(output index, o, values) for every result: `values[i]` is what tap i of output o reads, nothing where it lies outside.
template <class F>
void for_each_result(const layer_case& c, const std::vector<float>& x, const F& f) {
  const Extents y = output_shape(c);
  std::vector<std::optional<float>> taps;
  if (!c.shape.images) {
    for (std::int64_t r = 0; r < y.size() / c.shape.out; ++r)
      for (std::int64_t o = 0; o < c.shape.out; ++o) {
        taps.clear();
        for (std::int64_t i = 0; i < c.shape.in; ++i) taps.push_back(x[static_cast<std::size_t>(r * c.shape.in + i)]);
        f(r * c.shape.out + o, o, taps);
      }
    return;
  }
  const conv_geometry& g = c.shape.window;
  const std::int64_t channels = c.shape.in / g.groups, h = c.input[2], w = c.input[3];
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t o = 0; o < y[1]; ++o)
      for (std::int64_t i = 0; i < y[2]; ++i)
        for (std::int64_t j = 0; j < y[3]; ++j) {
          taps.clear();
          for (std::int64_t k = 0; k < channels; ++k)
            for (std::int64_t a = 0; a < g.kernel[0]; ++a)
              for (std::int64_t b = 0; b < g.kernel[1]; ++b) {
                const std::int64_t row = i * g.stride[0] - g.padding[0] + a * g.dilation[0],
                                   column = j * g.stride[1] - g.padding[1] + b * g.dilation[1];
                const std::int64_t channel = o / (c.shape.out / g.groups) * channels + k;
                if (row < 0 || row >= h || column < 0 || column >= w) taps.emplace_back();
                else taps.emplace_back(x[static_cast<std::size_t>(((n * c.shape.in + channel) * h + row) * w + column)]);
              }
          f(((n * y[1] + o) * y[2] + i) * y[3] + j, o, taps);
        }
}

// --- Random layers -----------------------------------------------------------------------------------------------------------

/// @param density  percent of the connections that are there
inline binary_residual_parameters random_signs(const layer_shape& shape, int levels, int density, std::uint64_t seed) {
  draw d(seed);
  binary_residual_parameters p;
  p.shape = shape;
  p.levels = {levels, seed % 2 == 0 ? 0.0F : 0.25F, {1.1F, 0.55F, 0.27F, 0.13F}};
  p.weight = d.normals(shape.out * shape.depth());
  p.weight[0] = -0.0F;
  for (std::size_t i = 0; i < p.weight.size(); ++i) p.mask.push_back(d.below(100) < density ? 1 : 0);
  p.gain = d.normals(shape.out);
  p.bias = d.normals(shape.out);
  return p;
}
inline std::uint64_t random_table(draw& d, int inputs) {
  const std::uint64_t bits = std::uint64_t{d.bits()} << 32 | d.bits();
  return inputs == 6 ? bits : bits & ((std::uint64_t{1} << (1U << inputs)) - 1);
}
/// @param inputs  of a table   @param density  percent of the taps that have a table
inline lutnet_parameters random_tables(const layer_shape& shape, int inputs, int levels, int density, std::uint64_t seed) {
  draw d(seed);
  lutnet_parameters p;
  p.shape = shape;
  p.levels = {levels, seed % 2 == 0 ? 0.0F : 0.25F, {1.1F, 0.55F, 0.27F, 0.13F}};
  p.inputs = inputs;
  p.first.push_back(0);
  for (std::int64_t o = 0; o < shape.out; ++o) {
    for (std::int64_t i = 0; i < shape.depth(); ++i) {
      if (d.below(100) >= density) continue;
      p.connection.push_back(static_cast<std::int32_t>(i));
      for (int k = 1; k < inputs; ++k) p.connection.push_back(d.below(static_cast<int>(shape.depth())));
      for (int l = 0; l < levels; ++l) p.table.push_back(random_table(d, inputs));
    }
    p.first.push_back(static_cast<std::int64_t>(p.table.size()) / levels);
  }
  p.gain = d.normals(shape.out);
  p.bias = d.normals(shape.out);
  return p;
}
/// Neurons of `fan_in` inputs, or fewer where there are not so many.
inline logicnets_parameters random_neurons(const layer_shape& shape, fixed_format in, fixed_format out, int fan_in, std::uint64_t seed) {
  draw d(seed);
  logicnets_parameters p;
  p.shape = shape;
  p.in = in;
  p.out = out;
  p.first.push_back(0);
  for (std::int64_t o = 0; o < shape.out; ++o) {
    std::set<std::int32_t> taps;
    while (static_cast<std::int64_t>(taps.size()) < std::min<std::int64_t>(fan_in, shape.depth()))
      taps.insert(d.below(static_cast<int>(shape.depth())));
    for (const std::int32_t t : taps) {
      p.tap.push_back(t);
      p.weight.push_back(static_cast<float>(d.normal()));
    }
    p.first.push_back(static_cast<std::int64_t>(p.tap.size()));
    p.bias.push_back(static_cast<float>(d.normal() * 0.3));
  }
  return p;
}
/// The same with every third neuron of one input less, and every fifth of none at all.
inline logicnets_parameters uneven_neurons(const layer_shape& shape, fixed_format in, fixed_format out, int fan_in, std::uint64_t seed) {
  const logicnets_parameters all = random_neurons(shape, in, out, fan_in, seed);
  logicnets_parameters p = all;
  p.first.assign(1, 0);
  p.tap.clear();
  p.weight.clear();
  for (std::int64_t o = 0; o < shape.out; ++o) {
    const std::int64_t begin = all.first[static_cast<std::size_t>(o)];
    const std::int64_t kept = o % 5 == 4 ? 0 : all.fan_in(o) - (o % 3 == 1 ? 1 : 0);
    p.tap.insert(p.tap.end(), all.tap.begin() + begin, all.tap.begin() + begin + kept);
    p.weight.insert(p.weight.end(), all.weight.begin() + begin, all.weight.begin() + begin + kept);
    p.first.push_back(static_cast<std::int64_t>(p.tap.size()));
  }
  return p;
}

}  // namespace dyadic_test
