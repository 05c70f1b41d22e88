// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file pool.hpp
/// Pooling of images: the largest or the mean value under a window, as PyTorch's `MaxPool2d`, `AvgPool2d`, `AdaptiveAvgPool2d`.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>

#include <algorithm>
#include <limits>

namespace dyadic {

/// How a window moves over an image. Axis 0 is the height, axis 1 the width. A stride of 0: that of the kernel.
struct max_pool_geometry {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{0, 0}, padding{0, 0}, dilation{1, 1};
  bool ceil_mode = false;

  [[nodiscard]] constexpr std::int64_t step(std::size_t axis) const { return stride[axis] != 0 ? stride[axis] : kernel[axis]; }
  [[nodiscard]] constexpr std::int64_t smallest(std::size_t axis) const {
    return dilation[axis] * (kernel[axis] - 1) + 1 - 2 * padding[axis];
  }
  /// The extent of the result for an image of extent `n`; less than 1 if the image is too small.
  [[nodiscard]] constexpr std::int64_t output(std::size_t axis, std::int64_t n) const {
    const std::int64_t room = n - smallest(axis) + (ceil_mode ? step(axis) - 1 : 0);
    if (room < 0) return 0;
    const std::int64_t count = room / step(axis) + 1;
    // The last window must begin inside the image or the padding before it.
    return ceil_mode && (count - 1) * step(axis) >= n + padding[axis] ? count - 1 : count;
  }
};
struct avg_pool_geometry {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{0, 0}, padding{0, 0};
  bool ceil_mode = false, count_padding = true;
  [[nodiscard]] constexpr max_pool_geometry window() const { return {kernel, stride, padding, {1, 1}, ceil_mode}; }
};

namespace detail {
inline namespace DYADIC_ISA {

/// @param x  [n, c, h, w]   @param out  [n, c, g.output(0, h), g.output(1, w)]. A NaN under the window is the result.
inline void max_pool2d_forward(ConstView x, View out, const max_pool_geometry& g) {
  const std::int64_t height = x.shape[2], width = x.shape[3];
  float* to = out.data;
  for (std::int64_t image = 0; image < x.shape[0] * x.shape[1]; ++image) {
    const float* const from = x.data + image * height * width;
    for (std::int64_t y = 0; y < out.shape[2]; ++y) {
      for (std::int64_t z = 0; z < out.shape[3]; ++z) {
        float top = -std::numeric_limits<float>::infinity();
        for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
          const std::int64_t iy = y * g.step(0) - g.padding[0] + ky * g.dilation[0];
          if (iy < 0 || iy >= height) continue;
          for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
            const std::int64_t ix = z * g.step(1) - g.padding[1] + kx * g.dilation[1];
            if (ix < 0 || ix >= width) continue;
            const float v = from[iy * width + ix];
            top = v > top || v != v ? v : top;
          }
        }
        *to++ = top;
      }
    }
  }
}

/// The mean of a rectangle [y0, y1) × [x0, x1), its sum divided by `count`.
inline float mean_of_rectangle(const float* image, std::int64_t width, std::int64_t y0, std::int64_t y1, std::int64_t x0, std::int64_t x1,
                               std::int64_t count) {
  double sum = 0;
  for (std::int64_t y = y0; y < y1; ++y)
    for (std::int64_t x = x0; x < x1; ++x) sum += static_cast<double>(image[y * width + x]);
  return static_cast<float>(sum / static_cast<double>(count));
}

/// @param x  [n, c, h, w]   @param out  [n, c, h', w'] with the extents of `g.window()`
inline void avg_pool2d_forward(ConstView x, View out, const avg_pool_geometry& g) {
  const std::int64_t height = x.shape[2], width = x.shape[3];
  const max_pool_geometry w = g.window();
  float* to = out.data;
  for (std::int64_t image = 0; image < x.shape[0] * x.shape[1]; ++image) {
    for (std::int64_t y = 0; y < out.shape[2]; ++y) {
      const std::int64_t y0 = y * w.step(0) - g.padding[0], y1 = std::min(y0 + g.kernel[0], height + g.padding[0]);
      for (std::int64_t z = 0; z < out.shape[3]; ++z) {
        const std::int64_t x0 = z * w.step(1) - g.padding[1], x1 = std::min(x0 + g.kernel[1], width + g.padding[1]);
        const std::int64_t a = std::max<std::int64_t>(y0, 0), b = std::min(y1, height), c = std::max<std::int64_t>(x0, 0),
                           d = std::min(x1, width);
        *to++ = mean_of_rectangle(x.data + image * height * width, width, a, b, c, d,
                                  g.count_padding ? (y1 - y0) * (x1 - x0) : (b - a) * (d - c));
      }
    }
  }
}

/// Means of windows that divide the image into out.shape[2] × out.shape[3] parts, as equal as they can be; neighbours may overlap.
inline void adaptive_avg_pool2d_forward(ConstView x, View out) {
  const std::int64_t height = x.shape[2], width = x.shape[3], rows = out.shape[2], columns = out.shape[3];
  float* to = out.data;
  for (std::int64_t image = 0; image < x.shape[0] * x.shape[1]; ++image) {
    for (std::int64_t y = 0; y < rows; ++y) {
      const std::int64_t y0 = y * height / rows, y1 = ((y + 1) * height + rows - 1) / rows;
      for (std::int64_t z = 0; z < columns; ++z) {
        const std::int64_t x0 = z * width / columns, x1 = ((z + 1) * width + columns - 1) / columns;
        *to++ = mean_of_rectangle(x.data + image * height * width, width, y0, y1, x0, x1, (y1 - y0) * (x1 - x0));
      }
    }
  }
}

constexpr inferred infer_pool(const Extents& x, const max_pool_geometry& g) {
  Extents wanted{dyn, dyn}, result{dyn, dyn};
  bool fits = x.rank() == 4;
  for (int i = 0; i < 2 && fits; ++i) wanted[i] = result[i] = x[i];
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t n = x.rank() == 4 ? x[2 + static_cast<int>(axis)] : dyn;
    const bool enough = n == dyn || g.output(axis, n) > 0;
    fits = fits && enough;
    wanted.push_back(enough ? n : g.smallest(axis));
    result.push_back(n == dyn ? dyn : g.output(axis, n));
  }
  return fits ? inferred(result) : inferred::refuse(0, wanted);
}
constexpr bool padding_is_small(const max_pool_geometry& g) { return 2 * g.padding[0] <= g.kernel[0] && 2 * g.padding[1] <= g.kernel[1]; }
inline std::string spell_pool(const char* name, const dims& kernel, const max_pool_geometry& g, bool count_padding) {
  return std::string(name) + "<" + spell(kernel) + spell_option("stride", {g.step(0), g.step(1)}, g.kernel) +
         spell_option("padding", g.padding, {0, 0}) + spell_option("dilation", g.dilation, {1, 1}) + (g.ceil_mode ? ", ceil_mode" : "") +
         (count_padding ? "" : ", exclude_padding") + ">";
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// [n, c, h, w] → [n, c, h', w']: the largest value under each window. It only picks values, so it has no `data_in` to quantise.
/// @tparam Kernel  `2`, or `dims{2, 3}`   @tparam Options  stride (else that of the kernel), padding, dilation, ceil_mode
template <dims Kernel, class... Options>
struct max_pool2d {
  static_assert(Kernel.positive() && Kernel.rank <= 2,
                "dyadic::max_pool2d<Kernel, Options...>: Kernel must be positive: 2, or dims{2, 3}.");
  static_assert((detail::option_of<Options, max_pool_geometry> && ...),
                "dyadic::max_pool2d<Kernel, Options...>: an option is none of stride, padding, dilation, ceil_mode.");
  static constexpr max_pool_geometry geometry =
      detail::with_options<max_pool_geometry, Options...>(max_pool_geometry{Kernel.both(), {0, 0}, {0, 0}, {1, 1}, false});
  static_assert(detail::padding_is_small(geometry),
                "dyadic::max_pool2d<Kernel, Options...>: the padding must be at most half of the kernel.");

  static constexpr op kind = op::max_pool2d;
  static std::string name() { return detail::spell_pool("max_pool2d", Kernel, geometry, true); }
  static constexpr std::array inputs{role::none};
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_pool(in[0], geometry); }
  static void run(const arguments& a) { detail::max_pool2d_forward(a.inputs[0], a.out, geometry); }
};

/// [n, c, h, w] → [n, c, h', w']: the mean under each window.
/// @tparam Kernel  `2`, or `dims{2, 3}`   @tparam Options  stride (else that of the kernel), padding, ceil_mode, exclude_padding
template <dims Kernel, class... Options>
struct avg_pool2d {
  static_assert(Kernel.positive() && Kernel.rank <= 2,
                "dyadic::avg_pool2d<Kernel, Options...>: Kernel must be positive: 2, or dims{2, 3}.");
  static_assert((detail::option_of<Options, avg_pool_geometry> && ...),
                "dyadic::avg_pool2d<Kernel, Options...>: an option is none of stride, padding, ceil_mode, exclude_padding.");
  static constexpr avg_pool_geometry geometry =
      detail::with_options<avg_pool_geometry, Options...>(avg_pool_geometry{Kernel.both(), {0, 0}, {0, 0}, false, true});
  static_assert(detail::padding_is_small(geometry.window()),
                "dyadic::avg_pool2d<Kernel, Options...>: the padding must be at most half of the kernel.");

  static constexpr op kind = op::avg_pool2d;
  static std::string name() { return detail::spell_pool("avg_pool2d", Kernel, geometry.window(), geometry.count_padding); }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_pool(in[0], geometry.window()); }
  static void run(const arguments& a) { detail::avg_pool2d_forward(a.inputs[0], a.out, geometry); }
};

/// [n, c, h, w] → [n, c, Height, Width]: means of that many windows, whatever h and w are.
template <std::int64_t Height, std::int64_t Width = Height>
struct adaptive_avg_pool2d {
  static_assert(Height > 0 && Width > 0, "dyadic::adaptive_avg_pool2d<Height, Width>: the extents of the result must be positive.");
  static constexpr op kind = op::adaptive_avg_pool2d;
  static std::string name() { return "adaptive_avg_pool2d<" + std::to_string(Height) + ", " + std::to_string(Width) + ">"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) {
    if (in[0].rank() != 4) return inferred::refuse(0, {dyn, dyn, dyn, dyn});
    if (in[0][2] == 0 || in[0][3] == 0) return inferred::refuse(0, {in[0][0], in[0][1], 1, 1});
    return Extents{in[0][0], in[0][1], Height, Width};
  }
  static void run(const arguments& a) { detail::adaptive_avg_pool2d_forward(a.inputs[0], a.out); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
