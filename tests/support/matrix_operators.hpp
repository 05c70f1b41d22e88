// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file matrix_operators.hpp
/// The operators of the matrix, told a second time: loops in double over arrays whose shapes are known at run time. Nothing of the
/// library is used, neither for shapes nor for settings. Convolutions scatter: every pixel goes wherever it counts.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace naive {

using Dimensions = std::vector<std::int64_t>;

inline std::int64_t size_of(const Dimensions& shape) {
  std::int64_t n = 1;
  for (const std::int64_t d : shape) n *= d;
  return n;
}

/// A row-major array.
struct Array {
  Dimensions shape;
  std::vector<double> values;
  explicit Array(Dimensions s) : shape(std::move(s)), values(static_cast<std::size_t>(size_of(shape)), 0.0) {}
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
  double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::int64_t extent(std::size_t i) const { return shape[i]; }
};

/// An operator: inputs, then parameters in its order.
using Operator = std::function<Array(const std::vector<Array>&)>;

// ---- value by value ----------------------------------------------------------------------------------------------------------

template <class F>
Operator function(F f) {
  return [f](const std::vector<Array>& in) {
    Array out = in[0];
    for (double& v : out.values) v = f(v);
    return out;
  };
}

/// The flat position in `of` that an index of a larger shape (given flat, too) is broadcast from.
inline std::int64_t broadcast_from(const Dimensions& of, const Dimensions& larger, std::int64_t flat) {
  std::int64_t position = 0, step = 1;
  for (std::size_t back = 1; back <= larger.size(); ++back) {
    const std::int64_t digit = flat % larger[larger.size() - back];
    flat /= larger[larger.size() - back];
    if (back > of.size()) continue;
    const std::int64_t extent = of[of.size() - back];
    position += extent == 1 ? 0 : digit * step;
    step *= extent;
  }
  return position;
}
inline Dimensions broadcast_shape(const Dimensions& a, const Dimensions& b) {
  Dimensions out = a.size() >= b.size() ? a : b;
  const Dimensions& other = a.size() >= b.size() ? b : a;
  for (std::size_t i = 0; i < other.size(); ++i) {
    std::int64_t& d = out[out.size() - 1 - i];
    d = std::max(d, other[other.size() - 1 - i]);
  }
  return out;
}
template <class F>
Operator arithmetic(F f) {
  return [f](const std::vector<Array>& in) {
    Array out(broadcast_shape(in[0].shape, in[1].shape));
    for (std::int64_t i = 0; i < out.size(); ++i)
      out[i] = f(in[0][broadcast_from(in[0].shape, out.shape, i)], in[1][broadcast_from(in[1].shape, out.shape, i)]);
    return out;
  };
}

// ---- products ----------------------------------------------------------------------------------------------------------------

inline Operator matmul() {
  return [](const std::vector<Array>& in) {
    const Dimensions a(in[0].shape.begin(), in[0].shape.end() - 2), b(in[1].shape.begin(), in[1].shape.end() - 2);
    Dimensions batch = broadcast_shape(a, b);
    const std::int64_t matrices = size_of(batch), depth = in[0].shape.back(), columns = in[1].shape.back();
    const std::int64_t rows = in[0].shape[in[0].shape.size() - 2];
    Dimensions shape = batch;
    shape.insert(shape.end(), {rows, columns});
    Array out(shape);
    for (std::int64_t m = 0; m < matrices; ++m) {
      const std::int64_t x = broadcast_from(a, batch, m) * rows * depth, y = broadcast_from(b, batch, m) * depth * columns;
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t k = 0; k < depth; ++k)
          for (std::int64_t j = 0; j < columns; ++j)
            out[(m * rows + i) * columns + j] += in[0][x + i * depth + k] * in[1][y + k * columns + j];
    }
    return out;
  };
}
inline Operator linear() {
  return [](const std::vector<Array>& in) {
    const std::int64_t features = in[1].extent(1), outputs = in[1].extent(0), rows = in[0].size() / features;
    Dimensions shape = in[0].shape;
    shape.back() = outputs;
    Array out(shape);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t o = 0; o < outputs; ++o) {
        out[r * outputs + o] = in[2][o];
        for (std::int64_t f = 0; f < features; ++f) out[r * outputs + o] += in[0][r * features + f] * in[1][o * features + f];
      }
    return out;
  };
}

using Axes = std::array<std::int64_t, 2>;
struct Convolution {
  Axes stride{1, 1}, padding{0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  Axes output_padding{0, 0};  // of a transposed one
};

/// conv2d, and conv1d as one of images of height 1.
inline Operator convolution(const Convolution& c) {
  return [c](const std::vector<Array>& in) {
    const bool line = in[0].shape.size() == 3;
    const auto image = [line](Dimensions d) {
      if (line) d.insert(d.begin() + 2, 1);
      return d;
    };
    const Dimensions x = image(in[0].shape), w = image(in[1].shape);
    Dimensions shape{x[0], w[0]};
    for (std::size_t i : {0U, 1U}) shape.push_back((x[2 + i] + 2 * c.padding[i] - c.dilation[i] * (w[2 + i] - 1) - 1) / c.stride[i] + 1);
    Array out(shape);
    for (std::int64_t i = 0; i < out.size(); ++i) out[i] = in[2][i / (shape[2] * shape[3]) % shape[1]];
    const std::int64_t part = x[1] / c.groups, out_part = w[0] / c.groups;
    for (std::int64_t p = 0; p < in[0].size(); ++p) {
      const std::int64_t z = p % x[3], y = p / x[3] % x[2], channel = p / x[3] / x[2] % x[1], sample = p / x[3] / x[2] / x[1];
      for (std::int64_t o = channel / part * out_part; o < (channel / part + 1) * out_part; ++o)
        for (std::int64_t i = 0; i < w[2]; ++i)
          for (std::int64_t j = 0; j < w[3]; ++j) {
            const std::int64_t a = y + c.padding[0] - i * c.dilation[0], b = z + c.padding[1] - j * c.dilation[1];
            if (a < 0 || b < 0 || a % c.stride[0] != 0 || b % c.stride[1] != 0) continue;
            if (a / c.stride[0] >= shape[2] || b / c.stride[1] >= shape[3]) continue;
            out[((sample * shape[1] + o) * shape[2] + a / c.stride[0]) * shape[3] + b / c.stride[1]] +=
                in[0][p] * in[1][((o * part + channel % part) * w[2] + i) * w[3] + j];
          }
    }
    if (line) out.shape.erase(out.shape.begin() + 2);
    return out;
  };
}
inline Operator transposed_convolution(const Convolution& c) {
  return [c](const std::vector<Array>& in) {
    const Dimensions &x = in[0].shape, &w = in[1].shape;
    const std::int64_t part = x[1] / c.groups, out_part = w[1];
    Dimensions shape{x[0], out_part * c.groups};
    for (std::size_t i : {0U, 1U})
      shape.push_back((x[2 + i] - 1) * c.stride[i] - 2 * c.padding[i] + c.dilation[i] * (w[2 + i] - 1) + c.output_padding[i] + 1);
    Array out(shape);
    for (std::int64_t i = 0; i < out.size(); ++i) out[i] = in[2][i / (shape[2] * shape[3]) % shape[1]];
    for (std::int64_t p = 0; p < in[0].size(); ++p) {
      const std::int64_t z = p % x[3], y = p / x[3] % x[2], channel = p / x[3] / x[2] % x[1], sample = p / x[3] / x[2] / x[1];
      for (std::int64_t o = 0; o < out_part; ++o)
        for (std::int64_t i = 0; i < w[2]; ++i)
          for (std::int64_t j = 0; j < w[3]; ++j) {
            const std::int64_t a = y * c.stride[0] + i * c.dilation[0] - c.padding[0],
                               b = z * c.stride[1] + j * c.dilation[1] - c.padding[1];
            if (a < 0 || b < 0 || a >= shape[2] || b >= shape[3]) continue;
            out[((sample * shape[1] + channel / part * out_part + o) * shape[2] + a) * shape[3] + b] +=
                in[0][p] * in[1][((channel * out_part + o) * w[2] + i) * w[3] + j];
          }
    }
    return out;
  };
}

// ---- over many values --------------------------------------------------------------------------------------------------------

inline Operator softmax(std::size_t axis) {
  return [axis](const std::vector<Array>& in) {
    std::int64_t step = 1;
    for (std::size_t i = axis + 1; i < in[0].shape.size(); ++i) step *= in[0].extent(i);
    const std::int64_t length = in[0].extent(axis);
    Array out = in[0];
    for (std::int64_t i = 0; i < out.size(); ++i) {
      const std::int64_t first = i - i / step % length * step;
      double sum = 0;
      for (std::int64_t j = 0; j < length; ++j) sum += std::exp(in[0][first + j * step] - in[0][i]);
      out[i] = 1 / sum;
    }
    return out;
  };
}

/// γ and β of value i of a run are those of its place in the run, or of its channel (dimension 1).
enum class Affine { by_place, by_channel };

/// Runs of neighbours brought to mean 0 and variance 1: `runs` in each sample, or, with `runs` 0, one in the last `last` dimensions.
inline Operator normalised(std::int64_t runs, std::size_t last, double eps, Affine affine) {
  return [=](const std::vector<Array>& in) {
    std::int64_t length = in[0].size() / in[0].extent(0) / std::max<std::int64_t>(runs, 1);
    if (runs == 0) length = size_of(Dimensions(in[0].shape.end() - static_cast<std::ptrdiff_t>(last), in[0].shape.end()));
    const std::int64_t pixels = size_of(Dimensions(in[0].shape.begin() + 2, in[0].shape.end()));
    Array out = in[0];
    for (std::int64_t first = 0; first < out.size(); first += length) {
      double mean = 0, variance = 0;
      for (std::int64_t i = first; i < first + length; ++i) mean += in[0][i] / static_cast<double>(length);
      for (std::int64_t i = first; i < first + length; ++i) variance += (in[0][i] - mean) * (in[0][i] - mean) / static_cast<double>(length);
      for (std::int64_t i = first; i < first + length; ++i) {
        const std::int64_t c = affine == Affine::by_place ? i - first : i / pixels % in[0].extent(1);
        out[i] = (in[0][i] - mean) / std::sqrt(variance + eps) * in[1][c] + in[2][c];
      }
    }
    return out;
  };
}
/// By recorded statistics: operands x, γ, β, mean, variance.
inline Operator recorded(double eps) {
  return [eps](const std::vector<Array>& in) {
    Array out = in[0];
    const std::int64_t pixels = in[0].extent(2) * in[0].extent(3);
    for (std::int64_t i = 0; i < out.size(); ++i) {
      const std::int64_t c = i / pixels % in[0].extent(1);
      out[i] = (in[0][i] - in[3][c]) / std::sqrt(in[4][c] + eps) * in[1][c] + in[2][c];
    }
    return out;
  };
}
inline Operator rms(double eps) {
  return [eps](const std::vector<Array>& in) {
    const std::int64_t length = in[1].size();
    Array out = in[0];
    for (std::int64_t first = 0; first < out.size(); first += length) {
      double mean = 0;
      for (std::int64_t i = first; i < first + length; ++i) mean += in[0][i] * in[0][i] / static_cast<double>(length);
      for (std::int64_t i = first; i < first + length; ++i) out[i] = in[0][i] / std::sqrt(mean + eps) * in[1][i - first];
    }
    return out;
  };
}

}  // namespace naive
