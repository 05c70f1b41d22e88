// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file layer_shape.hpp
/// `linear` and `conv2d` as tables see them: outputs that each read a window of taps. A `linear` is a convolution with a kernel of one
/// pixel over images of one pixel.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/lanes.hpp>
#include <dyadic/layer/convolution.hpp>
#include <dyadic/layer/operator.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Features or channels, and how the kernel lies over an image.
struct layer_shape {
  std::int64_t in = 0, out = 0;
  conv_geometry window{};
  bool images = false;  ///< operands are [n, in, h, w] and [n, out, h', w']; if not, [..., in] and [..., out]

  /// Taps that an output may read: the inputs of its group, times the pixels of the kernel.
  [[nodiscard]] constexpr std::int64_t depth() const { return in / window.groups * window.taps(); }
  [[nodiscard]] constexpr std::int64_t group_of(std::int64_t output) const { return output / (out / window.groups); }
  [[nodiscard]] constexpr bool may_reach_outside() const { return window.padding[0] > 0 || window.padding[1] > 0; }
  [[nodiscard]] constexpr Extents weight_shape() const {
    return images ? Extents{out, in / window.groups, window.kernel[0], window.kernel[1]} : Extents{out, in};
  }
};

inline namespace DYADIC_ISA {

/// The shape of an operator of kind `linear` or `conv2d`.
[[nodiscard]] constexpr layer_shape layer_shape_of(const operator_info& operation) {
  const Extents& w = operation.parameters[0].shape;
  layer_shape s;
  s.out = w[0];
  s.images = operation.product == product_form::images;
  if (s.images) s.window = *operation.geometry;
  s.in = w[1] * s.window.groups;
  return s;
}

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

/// "a linear of 16 features to 64", "a conv2d of 3 channels to 8, kernel 3x3, stride 1x1, padding 0x0, dilation 1x1, groups 1".
inline std::string text_of(const layer_shape& s) {
  const auto pair = [](const std::array<std::int64_t, 2>& n) { return std::to_string(n[0]) + "x" + std::to_string(n[1]); };
  std::string t = s.images ? "a conv2d of " : "a linear of ";
  t += std::to_string(s.in);
  t += s.images ? " channels to " : " features to ";
  t += std::to_string(s.out);
  if (s.images)
    t += ", kernel " + pair(s.window.kernel) + ", stride " + pair(s.window.stride) + ", padding " + pair(s.window.padding) + ", dilation " +
         pair(s.window.dilation) + ", groups " + std::to_string(s.window.groups);
  return t;
}
/// Why a layer of that shape cannot run in the place of an operator; empty: it can.
inline std::string misfit(const layer_shape& s, const operator_info& operation) {
  if (operation.kind != op::linear && operation.kind != op::conv2d)
    return "is " + operation.name() + "; the layer is to run in the place of a linear or conv2d.";
  const layer_shape wanted = layer_shape_of(operation);
  const conv_geometry &a = s.window, &b = wanted.window;
  const bool same = s.in == wanted.in && s.out == wanted.out && s.images == wanted.images && a.kernel == b.kernel && a.stride == b.stride &&
                    a.padding == b.padding && a.dilation == b.dilation && a.groups == b.groups;
  return same ? std::string() : "is " + text_of(wanted) + "; the layer is that of " + text_of(s) + ".";
}

/// The positions of a layer in a batch: the places where every output is computed once. Position p is pixel p % pixels of sample
/// p / pixels; of a linear, row p.
class layer_positions {
 public:
  layer_positions(const layer_shape& layer, const Extents& input) : layer_(&layer) {
    if (layer.images) {
      samples_ = input[0];
      height_ = input[2];
      width_ = input[3];
    } else {
      samples_ = layer.in == 0 ? 0 : input.size() / layer.in;
    }
    width_out_ = layer.images ? std::max<std::int64_t>(0, layer.window.output(1, width_)) : 1;
    pixels_ = layer.images ? std::max<std::int64_t>(0, layer.window.output(0, height_)) * width_out_ : 1;
  }
  [[nodiscard]] std::int64_t count() const { return samples_ * pixels_; }
  [[nodiscard]] std::int64_t pixels() const { return pixels_; }
  [[nodiscard]] std::int64_t samples() const { return samples_; }
  [[nodiscard]] std::int64_t input_size() const { return samples_ * layer_->in * height_ * width_; }

  /// Where output `o` of position `p` lies in the result.
  [[nodiscard]] std::int64_t output_at(std::int64_t p, std::int64_t o) const {
    return (p / pixels_ * layer_->out + o) * pixels_ + p % pixels_;
  }

  /// Are all taps of position `p` inside the image?
  [[nodiscard]] bool is_inside(std::int64_t p) const {
    if (!layer_->may_reach_outside()) return true;
    const conv_geometry& g = layer_->window;
    const std::int64_t y = p % pixels_ / width_out_ * g.stride[0] - g.padding[0], x = p % pixels_ % width_out_ * g.stride[1] - g.padding[1];
    return y >= 0 && x >= 0 && y + g.dilation[0] * (g.kernel[0] - 1) < height_ && x + g.dilation[1] * (g.kernel[1] - 1) < width_;
  }

  /// Calls f(tap, offset in the input) for every tap of group `group` at position `p`, in order; offset -1: outside the image.
  template <class F>
  [[gnu::always_inline]] void for_each_tap(std::int64_t p, std::int64_t group, const F& f) const {
    const conv_geometry& g = layer_->window;
    const std::int64_t channels = layer_->in / g.groups, sample = p / pixels_, pixel = p % pixels_;
    const std::int64_t y0 = pixel / width_out_ * g.stride[0] - g.padding[0], x0 = pixel % width_out_ * g.stride[1] - g.padding[1];
    std::int64_t tap = 0;
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t plane = (sample * layer_->in + group * channels + c) * height_;
      for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
        const std::int64_t y = y0 + ky * g.dilation[0];
        for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
          const std::int64_t x = x0 + kx * g.dilation[1];
          f(tap++, y >= 0 && y < height_ && x >= 0 && x < width_ ? (plane + y) * width_ + x : std::int64_t{-1});
        }
      }
    }
  }

  /// The window of group `group` at position `p`: the inputs' codes, `outside` for taps outside the image. If a window is a run of
  /// neighbours in memory, it is not copied.
  template <class Code>
  const Code* window(const Code* codes, std::int64_t p, std::int64_t group, Code outside, Code* room) const {
    if (!layer_->images) return codes + p * layer_->in;
    for_each_tap(p, group, [&](std::int64_t tap, std::int64_t at) { room[tap] = at < 0 ? outside : codes[at]; });
    return room;
  }

 private:
  const layer_shape* layer_;
  std::int64_t samples_ = 0, height_ = 1, width_ = 1, width_out_ = 1, pixels_ = 1;
};

/// Work space for parts of a run that may proceed on different threads.
struct part_scratch {
  std::int64_t shared = 0, each = 0;  ///< floats
  static constexpr int most_parts = 64;

  [[nodiscard]] std::int64_t floats() const { return shared + each * parts(); }
  [[nodiscard]] static int parts() {
#if defined(_OPENMP)
    return std::clamp(omp_get_max_threads(), 1, most_parts);
#else
    return 1;
#endif
  }
};

/// Calls f(begin, end, scratch of the part) on parts of [0, items), on as many threads as the scratch has room for. What f writes must
/// not depend on the parts; they begin at multiples of `step`.
template <class F>
void in_parts(std::int64_t items, std::int64_t values_per_item, std::int64_t step, std::span<float> scratch, std::int64_t floats_each,
              const F& f) {
#if defined(_OPENMP)
  const std::int64_t room = floats_each == 0 ? part_scratch::most_parts : static_cast<std::int64_t>(scratch.size()) / floats_each;
  const std::int64_t steps = (items + step - 1) / step;
  const std::int64_t wanted =
      std::min<std::int64_t>({room, steps, items * values_per_item / parallel_grain, std::int64_t{omp_get_max_threads()}});
  if (wanted > 1 && omp_in_parallel() == 0) {
    const std::int64_t part = (steps + wanted - 1) / wanted * step;
#pragma omp parallel for num_threads(static_cast <int>(wanted)) schedule(static, 1)
    for (std::int64_t t = 0; t < wanted; ++t) {
      const usual_float_environment environment;
      const std::int64_t begin = t * part, end = std::min(items, begin + part);
      if (begin < end) f(begin, end, scratch.data() + t * floats_each);
    }
    return;
  }
#endif
  static_cast<void>(values_per_item);
  static_cast<void>(step);
  static_cast<void>(floats_each);
  if (items > 0) f(std::int64_t{0}, items, scratch.data());
}

/// Splits work space into arrays; each begins at a multiple of 64 bytes of what it is given.
class carve {
 public:
  explicit carve(float* from) : at_(reinterpret_cast<std::byte*>(from)) {}
  template <class T>
  T* take(std::int64_t count) {
    std::byte* const here = at_;
    at_ += round_up(count * static_cast<std::int64_t>(sizeof(T)), 64);
    return ::new (static_cast<void*>(here)) T[static_cast<std::size_t>(count)];
  }
  /// Floats that an array takes.
  template <class T>
  static constexpr std::int64_t floats(std::int64_t count) {
    return round_up(count * static_cast<std::int64_t>(sizeof(T)), 64) / 4;
  }

 private:
  std::byte* at_;
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
