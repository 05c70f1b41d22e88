// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file conv.hpp
/// Convolutions as operators: `conv2d<1, 16, 3, padding<1>, no_bias>`; semantics of PyTorch's `nn.Conv1d`, `nn.Conv2d`, `nn.ConvTranspose2d`.
#include <dyadic/layer/convolution.hpp>
#include <dyadic/layer/operator.hpp>

namespace dyadic {
namespace detail {

/// Can a convolution take an image of this shape? [n, In, spatial…]; the last `axes` extents are spatial.
constexpr inferred infer_conv(const Extents& x, std::int64_t in, std::int64_t out, const conv_geometry& g, int axes) {
  Extents wanted{x.rank() > 0 ? x[0] : dyn, in}, result{wanted[0], out};
  bool fits = x.rank() == axes + 2 && extent_fits(x[1], in);
  for (int i = 0; i < axes; ++i) {
    const auto axis = static_cast<std::size_t>(i) + 2 - static_cast<std::size_t>(axes);
    const std::int64_t n = x.rank() == axes + 2 ? x[2 + i] : dyn;
    const bool enough = n == dyn || g.output(axis, n) > 0;
    fits = fits && enough;
    wanted.push_back(enough ? n : g.smallest(axis));
    result.push_back(n == dyn ? dyn : g.output(axis, n));
  }
  return fits ? inferred(result) : inferred::refuse(0, wanted);
}
constexpr inferred infer_conv_transpose(const Extents& x, std::int64_t in, std::int64_t out, const conv_transpose_geometry& g) {
  Extents wanted{x.rank() > 0 ? x[0] : dyn, in}, result{wanted[0], out};
  bool fits = x.rank() == 4 && extent_fits(x[1], in);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t n = x.rank() == 4 ? x[2 + static_cast<int>(axis)] : dyn;
    std::int64_t least = 1;
    while (g.output(axis, least) < 1) ++least;
    const bool enough = n == dyn || n >= least;
    fits = fits && enough;
    wanted.push_back(enough ? n : least);
    result.push_back(n == dyn ? dyn : g.output(axis, n));
  }
  return fits ? inferred(result) : inferred::refuse(0, wanted);
}

inline std::string spell_conv(const char* name, std::int64_t in, std::int64_t out, const dims& kernel, const conv_geometry& g,
                              const std::array<std::int64_t, 2>& output_padding = {0, 0}) {
  return std::string(name) + "<" + std::to_string(in) + ", " + std::to_string(out) + ", " + spell(kernel) +
         spell_option("stride", g.stride, {1, 1}) + spell_option("padding", g.padding, {0, 0}) +
         spell_option("output_padding", output_padding, {0, 0}) + spell_option("dilation", g.dilation, {1, 1}) +
         (g.groups == 1 ? "" : ", groups<" + std::to_string(g.groups) + ">") + (g.bias ? "" : ", no_bias") + ">";
}

/// Data [n, In, spatial…]: a sum runs over the channels (and over the pixels under the kernel).
inline constexpr operand_axes image_axes{.reduction = 1, .channel = operand_axes::no_channel};
/// A weight [Out, In / groups, positions…].
inline constexpr operand_axes kernel_axes{.reduction = 1, .channel = 0, .kernel = true};

/// `weight` and, perhaps, `bias`.
template <bool Bias>
constexpr auto weight_and_bias(const Extents& weight, const operand_axes& axes, const Extents& bias) {
  std::array<parameter, Bias ? 2 : 1> p{};
  p[0] = {"weight", role::weight, weight, axes};
  if constexpr (Bias) p[1] = {"bias", role::bias, bias};
  return p;
}

/// One image per row: a line of pixels is an image of height 1.
constexpr Extents with_height(const Extents& x) { return {x[0], x[1], 1, x[2]}; }

}  // namespace detail
inline namespace DYADIC_ISA {

/// [n, In, h, w] → [n, Out, h', w']; `weight` is [Out, In / groups, ky, kx], `bias` [Out].
/// @tparam Kernel  its extents: `3`, or `dims{3, 5}` for height 3 and width 5
/// @tparam Options  stride, padding, dilation, groups, no_bias
template <std::int64_t In, std::int64_t Out, dims Kernel, class... Options>
struct conv2d {
  static_assert(In > 0 && Out > 0, "dyadic::conv2d<In, Out, Kernel, Options...>: In and Out, the channels, must be positive.");
  static_assert(Kernel.positive() && Kernel.rank <= 2,
                "dyadic::conv2d<In, Out, Kernel, Options...>: Kernel must be positive: 3, or dims{3, 5}.");
  static_assert((detail::option_of<Options, conv_geometry> && ...),
                "dyadic::conv2d<In, Out, Kernel, Options...>: an option is none of stride, padding, dilation, groups, no_bias.");
  static constexpr conv_geometry geometry = detail::with_options<conv_geometry, Options...>({.kernel = Kernel.both()});
  static_assert(In % geometry.groups == 0 && Out % geometry.groups == 0,
                "dyadic::conv2d<In, Out, Kernel, Options...>: groups<N> must divide In and Out.");

  static constexpr op kind = op::conv2d;
  static constexpr product_form product = product_form::images;
  static std::string name() { return detail::spell_conv("conv2d", In, Out, Kernel, geometry); }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array input_axes{detail::image_axes};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters =
      detail::weight_and_bias<geometry.bias>({Out, In / geometry.groups, geometry.kernel[0], geometry.kernel[1]}, detail::kernel_axes, {Out});
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_conv(in[0], In, Out, geometry, 2); }
  static constexpr std::int64_t scratch(std::span<const Extents> in) { return detail::conv2d_scratch(In, geometry, infer(in).shape); }
  static void run(const arguments& a) {
    detail::conv2d_forward(a.inputs[0], a.parameters[0], geometry.bias ? a.parameters[1].data : nullptr, a.out, geometry, a.scratch);
  }
};

/// [n, In, w] → [n, Out, w']; `weight` is [Out, In / groups, k], `bias` [Out]. Options as those of conv2d, with one number each.
template <std::int64_t In, std::int64_t Out, std::int64_t Kernel, class... Options>
struct conv1d {
  static_assert(In > 0 && Out > 0, "dyadic::conv1d<In, Out, Kernel, Options...>: In and Out, the channels, must be positive.");
  static_assert(Kernel > 0, "dyadic::conv1d<In, Out, Kernel, Options...>: Kernel must be positive.");
  static_assert((detail::option_of<Options, conv_geometry> && ...),
                "dyadic::conv1d<In, Out, Kernel, Options...>: an option is none of stride, padding, dilation, groups, no_bias.");
  static constexpr conv_geometry given = detail::with_options<conv_geometry, Options...>({.kernel = {Kernel, Kernel}});
  static_assert(given.stride[0] == given.stride[1] && given.padding[0] == given.padding[1] && given.dilation[0] == given.dilation[1],
                "dyadic::conv1d<In, Out, Kernel, Options...>: stride, padding and dilation take one number here; there is one axis.");
  static constexpr conv_geometry geometry{{1, Kernel}, {1, given.stride[1]}, {0, given.padding[1]}, {1, given.dilation[1]}, given.groups,
                                          given.bias};
  static_assert(In % geometry.groups == 0 && Out % geometry.groups == 0,
                "dyadic::conv1d<In, Out, Kernel, Options...>: groups<N> must divide In and Out.");

  static constexpr op kind = op::conv1d;
  static constexpr product_form product = product_form::images;
  static std::string name() { return detail::spell_conv("conv1d", In, Out, std::integral_constant<dims, Kernel>::value, given); }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array input_axes{detail::image_axes};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters = 
      detail::weight_and_bias<geometry.bias>({Out, In / geometry.groups, Kernel}, detail::kernel_axes, {Out});
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_conv(in[0], In, Out, geometry, 1); }
  static constexpr std::int64_t scratch(std::span<const Extents> in) {
    return detail::conv2d_scratch(In, geometry, detail::with_height(infer(in).shape));
  }
  static void run(const arguments& a) {
    detail::conv2d_forward({a.inputs[0].data, detail::with_height(a.inputs[0].shape)}, a.parameters[0],
                           geometry.bias ? a.parameters[1].data : nullptr, {a.out.data, detail::with_height(a.out.shape)}, geometry,
                           a.scratch);
  }
};

/// [n, In, h, w] → [n, Out, h', w']; `weight` is [In, Out / groups, ky, kx], `bias` [Out].
/// @tparam Options  stride, padding, output_padding, dilation, groups, no_bias
template <std::int64_t In, std::int64_t Out, dims Kernel, class... Options>
struct convtranspose2d {
  static_assert(In > 0 && Out > 0, "dyadic::convtranspose2d<In, Out, Kernel, Options...>: In and Out, the channels, must be positive.");
  static_assert(Kernel.positive() && Kernel.rank <= 2,
                "dyadic::convtranspose2d<In, Out, Kernel, Options...>: Kernel must be positive: 3, or dims{3, 5}.");
  static_assert((detail::option_of<Options, conv_transpose_geometry> && ...),
                "dyadic::convtranspose2d<In, Out, Kernel, Options...>: an option is none of stride, padding, output_padding, dilation, "
                "groups, no_bias.");
  static constexpr conv_transpose_geometry geometry =
      detail::with_options<conv_transpose_geometry, Options...>({{.kernel = Kernel.both()}, {0, 0}});
  static_assert(In % geometry.groups == 0 && Out % geometry.groups == 0,
                "dyadic::convtranspose2d<In, Out, Kernel, Options...>: groups<N> must divide In and Out.");
  static constexpr bool side_is_small(std::size_t i) {
    return geometry.output_padding[i] < geometry.stride[i] || geometry.output_padding[i] < geometry.dilation[i];
  }
  static_assert(side_is_small(0) && side_is_small(1),
                "dyadic::convtranspose2d<In, Out, Kernel, Options...>: output_padding must be smaller than stride or dilation.");

  static constexpr op kind = op::convtranspose2d;
  static std::string name() { return detail::spell_conv("convtranspose2d", In, Out, Kernel, geometry, geometry.output_padding); }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array input_axes{detail::image_axes};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr product_form product = product_form::other;
  static constexpr auto parameters =
      detail::weight_and_bias<geometry.bias>({In, Out / geometry.groups, geometry.kernel[0], geometry.kernel[1]},
                                             {.reduction = 0, .channel = 1, .groups = geometry.groups, .kernel = true}, {Out});
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_conv_transpose(in[0], In, Out, geometry); }
  static constexpr std::int64_t scratch(std::span<const Extents> in) { return detail::conv_transpose2d_scratch(in[0], Out, geometry); }
  static void run(const arguments& a) {
    detail::conv_transpose2d_forward(a.inputs[0], a.parameters[0], geometry.bias ? a.parameters[1].data : nullptr, a.out, geometry,
                                     a.scratch);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
