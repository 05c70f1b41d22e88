// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file encode.hpp
/// float32 tensors to packed codes and back. decode(encode(x)) is what `fake_quantize` makes of x, but that NaN becomes what the
/// format can hold: its NaN code, an all-NaN block where scales have one, else zero.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/codec_groups.hpp>
#include <dyadic/kernel/packed.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// A block's scale, and the parameters to encode its values with. Those that the scale stands for, so that decoding undoes what
/// encoding did; statistics schemes know more while they encode (a threshold), unless a NaN has poisoned the block.
template <BlockScheme S>
struct fitted {
  scale_code code;
  typename S::parameters p;
};
template <BlockScheme S>
fitted<S> fit_block(const fast_block_values& values, float t) {
  if constexpr (has_lane_forms<S> && requires(typename S::parameters p) { S::code_of(p); }) {
    const auto p = S::fit(values, t);
    const scale_code code = S::code_of(p);
    return {code, values.max_magnitude().nan ? S::parameters_of(code, t) : p};
  } else {
    const scale_code code = S::fit_code(values, t);
    if constexpr (holds_elements<S>) return {code, S::parameters_of(code, t)};
    else return {code, values.max_magnitude().nan ? S::parameters_of(code, t) : S::fit(values, t)};
  }
}

/// Where the scales of blocks come from: they are measured, or given.
/// @{
template <BlockScheme S>
struct measured_scales {
  static constexpr bool measures = true;
  float t;
  fitted<S> operator()(const fast_block_values& values, std::int64_t) const {
    return fit_block<S>(values, t);
  }
};
template <BlockScheme S>
struct given_scales {
  static constexpr bool measures = false;
  float t;
  const given<S>* parameters;
  fitted<S> operator()(const fast_block_values&, std::int64_t b) const {
    const scale_code code = parameters->code(b);
    return {code, S::parameters_of(code, t)};
  }
};
/// @}

template <BlockScheme S, class Scales>
void encode_blocks(ConstView in, Packed<S>& out, const Scales& scales_of, std::uint64_t seed) {
  const block_grid grid = grid_of<typename S::shape>(in.shape);
  const std::int64_t blocks = grid.count();
  std::uint8_t* codes = packed_parts<Packed<S>>::codes(out);
  std::uint8_t* scales = packed_parts<Packed<S>>::scales(out);
  if constexpr (has_tensor_scale<S>) packed_parts<Packed<S>>::tensor_scale(out) = scales_of.t;
  const bool gapless = is_gapless(grid);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    [[maybe_unused]] std::int64_t general = begin;  // blocks before this one are not for groups
    for (std::int64_t b = begin; b < end; ++b) {
      if constexpr (CodedByLanes<S> && Scales::measures)
        if (b >= general && is_grouped<S>(grid)) {
          // stops where a value is not finite: that group of blocks goes the general way
          b = encode_block_groups<S>(in.data, b, end, scales_of.t, seed, codes, scales);
          if (b == end) break;
          general = b + fitted_groups<S>::blocks;
        }
      const fast_block_values values(in.data, grid, b, gapless);
      const fitted<S> f = scales_of(values, b);
      put_bits<S::scale_bits>(scales, b * S::scale_bits, f.code);
      const block_codec<S> codec{f.p, seed, by_vectors<S>(values, f.p)};
      each_run(grid, gapless, b, [&](std::int64_t offset, std::int64_t length) { encode_run(codec, in.data, offset, length, codes); });
    }
  };
  // 40 blocks without a gap fill whole bytes of codes and scales: threads never share one.
  if (gapless) in_parallel(blocks, grid.run(), 40, part);
  else part(0, blocks);
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// Encodes a row-major tensor into `out`, whatever that held; its memory is used again where it suffices.
/// @param in  any shape   @param out  gets its shape   @param seed  for stochastic rounding, as in `fake_quantize`
/// @throws error if an extent is negative
template <QuantScheme S>
void encode(ConstView in, Packed<S>& out, std::uint64_t seed = 0) {
  using parts = detail::packed_parts<Packed<S>>;
  const detail::usual_float_environment environment;
  detail::require_known("encode", in.shape);
  parts::reset(out, in.shape);
  const std::int64_t n = in.size();
  if (n == 0) return;
  if constexpr (std::same_as<S, none>) std::memcpy(parts::codes(out), in.data, static_cast<std::size_t>(n) * sizeof(float));
  else if constexpr (ElementScheme<S>) {
    detail::in_parallel(n, 1, detail::code_buffer, [&](std::int64_t begin, std::int64_t end) {
      detail::encode_run(detail::element_codec<S>{seed}, in.data, begin, end - begin, parts::codes(out));
    });
  } else {
    const detail::measured_scales<S> scales{detail::measured_tensor_scale<S>(in.data, n)};
    detail::encode_blocks<S>(in, out, scales, seed);
  }
}
/// The packed codes of a tensor in scheme `S`.
template <QuantScheme S>
[[nodiscard]] Packed<S> encode(ConstView in, std::uint64_t seed = 0) {
  Packed<S> out;
  encode<S>(in, out, seed);
  return out;
}
/// The same of an Eigen tensor, or a map of one.
template <QuantScheme S, TensorLike T>
[[nodiscard]] Packed<S> encode(const T& in, std::uint64_t seed = 0) {
  return encode<S>(view(in), seed);
}

/// The same with parameters that are given (given.hpp), which become the packed tensor's own.
/// @throws error also if there is not one scale for each block
/// @{
template <GivenScheme S, std::same_as<given<S>> Given>
void encode(ConstView in, Packed<S>& out, const Given& parameters, std::uint64_t seed = 0) {
  const detail::usual_float_environment environment;
  detail::require_known("encode", in.shape);
  parameters.require("encode", in.shape, detail::grid_of<typename S::shape>(in.shape).count());
  detail::packed_parts<Packed<S>>::reset(out, in.shape);
  if (in.size() == 0) return;
  const float t = parameters.tensor_scale();
  if (parameters.measures()) detail::encode_blocks<S>(in, out, detail::measured_scales<S>{t}, seed);
  else detail::encode_blocks<S>(in, out, detail::given_scales<S>{t, &parameters}, seed);
}
template <GivenScheme S, std::same_as<given<S>> Given>
[[nodiscard]] Packed<S> encode(ConstView in, const Given& parameters, std::uint64_t seed = 0) {
  Packed<S> out;
  encode<S>(in, out, parameters, seed);
  return out;
}
template <GivenScheme S, TensorLike T, std::same_as<given<S>> Given>
[[nodiscard]] Packed<S> encode(const T& in, const Given& parameters, std::uint64_t seed = 0) {
  return encode<S>(view(in), parameters, seed);
}
/// @}

/// The values of a packed tensor, into a tensor of the same shape. @throws error if the shapes differ
template <QuantScheme S>
void decode(const Packed<S>& in, View out) {
  const detail::usual_float_environment environment;
  if (!(in.shape() == out.shape)) throw error("decode: the packed tensor has shape " + in.shape().text() + ", the destination " + out.shape.text() + "; give them the same shape.");
  const std::int64_t n = in.size();
  if (n == 0) return;
  const std::uint8_t* codes = detail::octets_of(in.codes().data());
  if constexpr (std::same_as<S, none>) std::memcpy(out.data, codes, static_cast<std::size_t>(n) * sizeof(float));
  else if constexpr (ElementScheme<S>) {
    detail::in_parallel(n, 1, detail::code_buffer, [&](std::int64_t begin, std::int64_t end) {
      detail::decode_run(detail::element_codec<S>{}, codes, begin, end - begin, out.data);
    });
  } else {
    const detail::block_grid grid = detail::grid_of<typename S::shape>(in.shape());
    const bool gapless = detail::is_gapless(grid);
    detail::in_parallel(grid.count(), (n + grid.count() - 1) / grid.count(), 1, [&](std::int64_t begin, std::int64_t end) {
      if constexpr (detail::CodedByLanes<S>)
        if (detail::is_grouped<S>(grid)) begin = detail::decode_block_groups<S>(codes, detail::octets_of(in.scales().data()), begin, end, in.tensor_scale(), out.data);
      for (std::int64_t b = begin; b < end; ++b) {
        detail::block_codec<S> codec{S::parameters_of(in.scale(b), in.tensor_scale())};
        codec.by_lanes = detail::allows_vectors<S>(codec.p);
        detail::each_run(grid, gapless, b, [&](std::int64_t offset, std::int64_t length) { detail::decode_run(codec, codes, offset, length, out.data); });
      }
    });
  }
}
/// The same into an Eigen tensor, or a map of one.
template <QuantScheme S, TensorLike T>
void decode(const Packed<S>& in, T&& out) {
  decode(in, mutable_view(out));
}
/// The values as a tensor of rank `R`. @throws error if the packed tensor has another rank
template <int R, QuantScheme S>
[[nodiscard]] Tensor<R> decode(const Packed<S>& in) {
  Tensor<R> out = make_tensor<R>(in.shape());
  decode(in, mutable_view(out));
  return out;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
