// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file convolution.hpp
/// Convolution of images and its transpose, with everything known at run time: what `conv1d`, `conv2d` and `convtranspose2d` call.
///
/// Both are products of matrices: the pixels under the kernel become columns (im2col), as many at a time as stay in the cache. Where
/// the tiles of columns begin depends on the sizes of one image alone, so that the batch never changes a bit.
#include <dyadic/layer/options.hpp>
#include <dyadic/layer/product.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// How a kernel lies over an image. Axis 0 is the height, axis 1 the width.
struct conv_geometry {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;

  /// The extent of the result along an axis for an image of extent `n`; less than 1 if the image is too small.
  [[nodiscard]] constexpr std::int64_t output(std::size_t axis, std::int64_t n) const {
    const std::int64_t room = n - smallest(axis);
    return room < 0 ? 0 : room / stride[axis] + 1;
  }
  /// The smallest image with a result.
  [[nodiscard]] constexpr std::int64_t smallest(std::size_t axis) const {
    return dilation[axis] * (kernel[axis] - 1) + 1 - 2 * padding[axis];
  }
  [[nodiscard]] constexpr std::int64_t taps() const { return kernel[0] * kernel[1]; }
};

/// The same for a transposed convolution.
struct conv_transpose_geometry : conv_geometry {
  std::array<std::int64_t, 2> output_padding{0, 0};
  [[nodiscard]] constexpr std::int64_t output(std::size_t axis, std::int64_t n) const {
    return (n - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel[axis] - 1) + output_padding[axis] + 1;
  }
};

namespace detail {
inline namespace DYADIC_ISA {

/// Columns of a tile: a whole number of the product's blocks, 256 KiB together if that leaves any.
constexpr std::int64_t conv_tile(std::int64_t depth, std::int64_t pixels) {
  const std::int64_t blocks = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, depth) / product_outputs);
  return std::min(pixels, blocks * product_outputs);
}

/// A kernel of one pixel that goes everywhere: then the image already is the matrix of columns.
constexpr bool is_pointwise(const conv_geometry& g) {
  return g.taps() == 1 && g.stride[0] == 1 && g.stride[1] == 1 && g.padding[0] == 0 && g.padding[1] == 0;
}

/// Columns [begin, end) of the matrix whose row (c, ky, kx) holds, for every pixel of the result, the pixel of `image` under that
/// element of the kernel.
/// @param image  channels × height × width   @param width_out  of the result   @param columns  channels·taps × (end - begin)
inline void image_to_columns(const float* image, std::int64_t channels, std::int64_t height, std::int64_t width, const conv_geometry& g,
                             std::int64_t width_out, std::int64_t begin, std::int64_t end, float* columns) {
  float* to = columns;
  for (std::int64_t c = 0; c < channels; ++c, image += height * width) {
    for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
      for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
        const std::int64_t shift = kx * g.dilation[1] - g.padding[1];  // x_in = x · stride + shift
        // The x whose x_in is inside the image: [first, last).
        const std::int64_t first = shift >= 0 ? 0 : (-shift + g.stride[1] - 1) / g.stride[1];
        const std::int64_t last = width - 1 - shift < 0 ? 0 : (width - 1 - shift) / g.stride[1] + 1;
        for (std::int64_t p = begin; p < end;) {
          const std::int64_t y = p / width_out, x = p % width_out, stop = std::min(width_out, x + end - p);
          p += stop - x;
          const std::int64_t y_in = y * g.stride[0] + ky * g.dilation[0] - g.padding[0];
          const bool inside = y_in >= 0 && y_in < height;
          const std::int64_t from = inside ? std::clamp(first, x, stop) : stop, until = inside ? std::clamp(last, from, stop) : stop;
          to = std::fill_n(to, from - x, 0.0f);
          if (from < until) {
            const float* row = image + y_in * width + from * g.stride[1] + shift;
            if (g.stride[1] == 1) to = std::copy_n(row, until - from, to);
            else
              for (std::int64_t i = from; i < until; ++i, row += g.stride[1]) *to++ = *row;
          }
          to = std::fill_n(to, stop - until, 0.0f);
        }
      }
    }
  }
}

/// The reverse: adds columns [begin, end) to the pixels that they came from.
inline void columns_to_image(const float* columns, std::int64_t channels, std::int64_t height, std::int64_t width, const conv_geometry& g,
                             std::int64_t width_out, std::int64_t begin, std::int64_t end, float* image) {
  const float* from = columns;
  for (std::int64_t c = 0; c < channels; ++c, image += height * width) {
    for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
      for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
        for (std::int64_t p = begin; p < end;) {
          const std::int64_t y = p / width_out, x = p % width_out, stop = std::min(width_out, x + end - p);
          p += stop - x;
          const std::int64_t y_in = y * g.stride[0] + ky * g.dilation[0] - g.padding[0];
          if (y_in >= 0 && y_in < height) {
            float* const row = image + y_in * width;
            for (std::int64_t i = x; i < stop; ++i) {
              const std::int64_t x_in = i * g.stride[1] + kx * g.dilation[1] - g.padding[1];
              if (x_in >= 0 && x_in < width) row[x_in] += from[i - x];
            }
          }
          from += stop - x;
        }
      }
    }
  }
}

/// Every channel of every image filled with its bias, or with zeros.
inline void fill_channels(View out, const float* bias) {
  const std::int64_t channels = out.shape[1], pixels = out.shape[2] * out.shape[3];
  float* to = out.data;
  for (std::int64_t n = 0; n < out.shape[0]; ++n)
    for (std::int64_t c = 0; c < channels; ++c) to = std::fill_n(to, pixels, bias != nullptr ? bias[c] : 0.0f);
}

/// Floats of work space for `conv2d_forward`. @param in_channels  of one image   @param out  the shape of the result
constexpr std::int64_t conv2d_scratch(std::int64_t in_channels, const conv_geometry& g, const Extents& out) {
  const std::int64_t depth = in_channels / g.groups * g.taps(), pixels = out[2] * out[3];
  if (is_pointwise(g)) return product_scratch(depth, pixels);
  const std::int64_t tile = conv_tile(depth, pixels);
  return round_up(depth * tile, 16) + product_scratch(depth, tile);
}

/// Convolution as PyTorch's `conv2d`.
/// @param x  [n, In, h, w]   @param weight  [Out, In / groups, ky, kx]   @param bias  [Out] or null
/// @param out  [n, Out, h', w'] with h' = g.output(0, h), w' = g.output(1, w)
/// @param scratch  `conv2d_scratch(In, g, out.shape)` floats, aligned to 64 bytes
template <class = void>
void conv2d_forward(ConstView x, ConstView weight, const float* bias, View out, const conv_geometry& g, std::span<float> scratch) {
  const std::int64_t in_channels = x.shape[1] / g.groups, out_channels = out.shape[1] / g.groups;
  const std::int64_t height = x.shape[2], width = x.shape[3], width_out = out.shape[3], pixels = out.shape[2] * width_out;
  const std::int64_t depth = in_channels * g.taps();
  fill_channels(out, bias);
  if (out.size() == 0 || depth == 0) return;
  const bool pointwise = is_pointwise(g);
  const std::int64_t tile = pointwise ? pixels : conv_tile(depth, pixels);
  float* const columns = scratch.data();
  const std::span<float> rest = pointwise ? scratch : scratch.subspan(static_cast<std::size_t>(round_up(depth * tile, 16)));
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t k = 0; k < g.groups; ++k) {
      const float* const image = x.data + (n * g.groups + k) * in_channels * height * width;
      const float* const kernels = weight.data + k * out_channels * depth;
      float* const to = out.data + (n * g.groups + k) * out_channels * pixels;
      for (std::int64_t begin = 0; begin < pixels; begin += tile) {
        const std::int64_t count = std::min(tile, pixels - begin);
        if (!pointwise) image_to_columns(image, in_channels, height, width, g, width_out, begin, begin + count, columns);
        // The kernels are the samples of the product, the pixels its outputs: the result lies as an image does.
        multiply_add<Eigen::ColMajor>({kernels, depth}, {pointwise ? image : columns, count}, {to + begin, pixels}, out_channels, count,
                                      depth, rest);
      }
    }
  }
}

/// Floats of work space for `conv_transpose2d_forward`. @param x  the shape of the input   @param out_channels  of one image
constexpr std::int64_t conv_transpose2d_scratch(const Extents& x, std::int64_t out_channels, const conv_geometry& g) {
  const std::int64_t in_channels = x[1] / g.groups, made = out_channels / g.groups * g.taps(), tile = conv_tile(made, x[2] * x[3]);
  return round_up(in_channels * made, 16) + round_up(made * tile, 16) + product_scratch(in_channels, tile);
}

/// Transposed convolution as PyTorch's `conv_transpose2d`: every pixel of `x` adds a multiple of the kernel to the result.
/// @param x  [n, In, h, w]   @param weight  [In, Out / groups, ky, kx]   @param bias  [Out] or null
/// @param out  [n, Out, h', w'] with h' = g.output(0, h), w' = g.output(1, w)
/// @param scratch  `conv_transpose2d_scratch(x.shape, Out, g)` floats, aligned to 64 bytes
template <class = void>
void conv_transpose2d_forward(ConstView x, ConstView weight, const float* bias, View out, const conv_geometry& g,
                                     std::span<float> scratch) {
  const std::int64_t in_channels = x.shape[1] / g.groups, out_channels = out.shape[1] / g.groups, made = out_channels * g.taps();
  const std::int64_t width = x.shape[3], pixels = x.shape[2] * width, pixels_out = out.shape[2] * out.shape[3];
  fill_channels(out, bias);
  if (x.size() == 0 || out.size() == 0) return;
  const std::int64_t tile = conv_tile(made, pixels);
  float* const kernels = scratch.data();
  float* const columns = kernels + round_up(in_channels * made, 16);
  const std::span<float> rest = scratch.subspan(static_cast<std::size_t>(round_up(in_channels * made, 16) + round_up(made * tile, 16)));
  for (std::int64_t k = 0; k < g.groups; ++k) {
    // 1. A row per element of the kernels, a column per channel of the input.
    const float* const from = weight.data + k * in_channels * made;
    for (std::int64_t m = 0; m < made; ++m)
      for (std::int64_t c = 0; c < in_channels; ++c) kernels[m * in_channels + c] = from[c * made + m];
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      const float* const image = x.data + (n * g.groups + k) * in_channels * pixels;
      float* const to = out.data + (n * g.groups + k) * out_channels * pixels_out;
      for (std::int64_t begin = 0; begin < pixels; begin += tile) {
        const std::int64_t count = std::min(tile, pixels - begin);
        // 2. What every pixel adds, per element of the kernel; 3. where it adds it.
        std::fill_n(columns, made * count, 0.0f);
        multiply_add<Eigen::ColMajor>({kernels, in_channels}, {image + begin, pixels}, {columns, count}, made, count, in_channels, rest);
        columns_to_image(columns, out_channels, out.shape[2], out.shape[3], g, width, begin, begin + count, to);
      }
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
