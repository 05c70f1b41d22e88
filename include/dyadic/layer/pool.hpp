// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file pool.hpp
/// Pooling of images: the largest or the mean value under a window, as PyTorch's `MaxPool2d`, `AvgPool2d`,
/// `AdaptiveAvgPool2d`. Means are the exact ones of any finite values, within 1 unit in the last place of
/// float32.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>
#include <dyadic/layer/sums.hpp>

#include <algorithm>
#include <limits>

DYADIC_AS_WRITTEN_BEGIN

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

/// A rectangle [y0, y1) × [x0, x1) of an image, and what its sum is divided by: its size, or more.
struct rectangle {
  std::int64_t y0, y1, x0, x1, divisor;
};
/// One row of means: out[i] is that of the rectangle at(i). First plain sums, all the same whether one is
/// doubtful; then those again.
/// @tparam Exact  none is   @param step, full  rectangles of the width `full` are all alike, each `step`
/// columns from the one before
template <bool Exact, class At>
void means_of_rectangles(const float* image, std::int64_t width, float* out, std::int64_t count,
                         std::int64_t step, std::int64_t full, const At& at) {
  const auto is_full = [=](const rectangle& r) { return r.x1 - r.x0 == full; };
  const auto each = [=](const rectangle& r, const auto& add) {
    for (std::int64_t y = r.y0; y < r.y1; ++y)
      for (std::int64_t x = r.x0; x < r.x1; ++x) add(image + y * width + x);
  };
  bool doubtful = false;
  for (std::int64_t i = 0; i < count;) {
    const rectangle r = at(i);
    const auto divisor = static_cast<double>(r.divisor);
    if (wide_lanes > 2 && i + wide_lanes <= count && is_full(r) && is_full(at(i + wide_lanes - 1))) {
      float_sums s;
      each(r, [&](const float* p) { s.add(strided(p, step)); });
      if constexpr (!Exact) doubtful |= s.doubtful(divisor);
      store_narrow(out + i, s.sum / spread(divisor));
      i += wide_lanes;
    } else {
      float_sum s;
      each(r, [&](const float* p) { s.add(*p); });
      if constexpr (!Exact) doubtful |= s.doubtful(divisor);
      out[i++] = static_cast<float>(s.sum / divisor);
    }
  }
  for (std::int64_t i = 0; doubtful && i < count; ++i) {
    const rectangle r = at(i);
    const auto values = [&](const auto& add) { each(r, [&](const float* p) { add(*p); }); };
    out[i] = mean_of_floats(values, static_cast<double>(r.divisor));
  }
}

/// @param x  [n, c, h, w]   @param out  [n, c, h', w'] with the extents of `g.window()`
inline void avg_pool2d_forward(ConstView x, View out, const avg_pool_geometry& g) {
  const std::int64_t height = x.shape[2], width = x.shape[3];
  const max_pool_geometry w = g.window();
  float* to = out.data;
  for (std::int64_t image = 0; image < x.shape[0] * x.shape[1]; ++image) {
    const float* const from = x.data + image * height * width;
    const bool exact = sums_are_exact(from, height * width, g.kernel[0] * g.kernel[1]);
    for (std::int64_t y = 0; y < out.shape[2]; ++y, to += out.shape[3]) {
      const std::int64_t y0 = y * w.step(0) - g.padding[0], y1 = std::min(y0 + g.kernel[0], height + g.padding[0]);
      const auto window = [&](std::int64_t z) {
        const std::int64_t x0 = z * w.step(1) - g.padding[1], x1 = std::min(x0 + g.kernel[1], width + g.padding[1]);
        const std::int64_t a = std::max<std::int64_t>(y0, 0), b = std::min(y1, height),
                           c = std::max<std::int64_t>(x0, 0), d = std::min(x1, width);
        return rectangle{a, b, c, d, g.count_padding ? (y1 - y0) * (x1 - x0) : (b - a) * (d - c)};
      };
      if (exact) means_of_rectangles<true>(from, width, to, out.shape[3], w.step(1), g.kernel[1], window);
      else means_of_rectangles<false>(from, width, to, out.shape[3], w.step(1), g.kernel[1], window);
    }
  }
}

/// Means of windows that divide the image into out.shape[2] × out.shape[3] parts, as equal as they can be; neighbours may overlap.
inline void adaptive_avg_pool2d_forward(ConstView x, View out) {
  const std::int64_t height = x.shape[2], width = x.shape[3], rows = out.shape[2], columns = out.shape[3];
  float* to = out.data;
  for (std::int64_t image = 0; image < x.shape[0] * x.shape[1]; ++image) {
    for (std::int64_t y = 0; y < rows; ++y, to += columns) {
      const std::int64_t y0 = y * height / rows, y1 = ((y + 1) * height + rows - 1) / rows;
      const std::int64_t step = width / columns, full = width % columns == 0 ? step : 0;
      means_of_rectangles<false>(
          x.data + image * height * width, width, to, columns, step, full, [&](std::int64_t z) {
            const std::int64_t x0 = z * width / columns, x1 = ((z + 1) * width + columns - 1) / columns;
            return rectangle{y0, y1, x0, x1, (y1 - y0) * (x1 - x0)};
          });
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

DYADIC_AS_WRITTEN_END
