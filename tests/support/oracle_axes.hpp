// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_axes.hpp
/// Which values of an operand blocks run along when they follow the sum, told a second time: index by index, by the meaning of each operator.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace oracle {

/// What the dimensions of an operand mean, for blocks that follow the sum: which values one output adds up, in which order.
enum class Axis {
  rows,               ///< [..., k]: the last dimension
  columns,            ///< [..., k, n]: the last but one
  channels,           ///< data of a convolution, [n, c, ...]: the channels of each pixel
  kernel,             ///< [out, c, ...]: the channels of each position
  transposed_kernel,  ///< [groups·c, out, ...]: the channels of each position, a group's apart
};
struct Operand {
  Axis axis = Axis::rows;
  std::int64_t groups = 1;
};

/// The flat indices of the values that blocks of `n` run along, line by line: a line is what one output sums up, or, of kernels with at least `n`
/// channels, what it sums up at one position.
inline std::vector<std::vector<std::size_t>> lines_of(const std::vector<std::int64_t>& tensor, const Operand& as, std::int64_t n) {
  const auto extent = [&](std::size_t i) { return i < tensor.size() ? tensor[i] : 1; };
  std::int64_t spatial = 1;
  for (std::size_t i = 2; i < tensor.size(); ++i) spatial *= tensor[i];
  std::vector<std::vector<std::size_t>> lines;
  const auto index = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  if (as.axis == Axis::rows || as.axis == Axis::columns) {
    std::int64_t size = 1;
    for (const std::int64_t d : tensor) size *= d;
    const std::int64_t columns = as.axis == Axis::columns ? tensor.back() : 1, depth = as.axis == Axis::columns ? tensor[tensor.size() - 2] : tensor.back();
    for (std::int64_t first = 0; first < size; first += depth * columns)
      for (std::int64_t c = 0; c < columns; ++c) {
        auto& line = lines.emplace_back();
        for (std::int64_t k = 0; k < depth; ++k) line.push_back(index(first + k * columns + c));
      }
  } else if (as.axis == Axis::channels) {
    for (std::int64_t image = 0; image < extent(0); ++image)
      for (std::int64_t pixel = 0; pixel < spatial; ++pixel) {
        auto& line = lines.emplace_back();
        for (std::int64_t c = 0; c < extent(1); ++c) line.push_back(index((image * extent(1) + c) * spatial + pixel));
      }
  } else {
    const bool turned = as.axis == Axis::transposed_kernel;
    const std::int64_t channels = turned ? extent(0) / as.groups : extent(1), outputs = turned ? extent(1) : extent(0), parts = turned ? as.groups : 1;
    for (std::int64_t part = 0; part < parts; ++part)
      for (std::int64_t o = 0; o < outputs; ++o)
        for (std::int64_t position = 0; position < spatial; ++position) {
          if (position == 0 || channels >= n) lines.emplace_back();
          for (std::int64_t c = 0; c < channels; ++c)
            lines.back().push_back(index(turned ? ((part * channels + c) * outputs + o) * spatial + position : (o * channels + c) * spatial + position));
        }
  }
  return lines;
}
}  // namespace oracle
