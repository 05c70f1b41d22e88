// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file encode.hpp
/// float32 tensors to packed codes and back. decode(encode(x)) is what `fake_quantize` makes of x, but that NaN becomes what the
/// format can hold: its NaN code, an all-NaN block where scales have one, else zero.
#include <dyadic/format/policy.hpp>
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/kernel/packed.hpp>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// The lane functions between floats and codes of an element format, or of the format under a `With`.
template <class S>
struct code_lanes {
  static constexpr bool exist = false;
};
template <class S>
  requires(encodes_lanes<S, vec> && !requires { requires !S::has_lanes; })
struct code_lanes<S> {
  static constexpr bool exist = true;
  [[gnu::always_inline]] static inline ivec encode(vec x, ivec) { return S::template encode_lanes<vec>(x); }
  [[gnu::always_inline]] static inline vec decode(ivec c) { return S::template decode_lanes<vec>(c); }
};
template <class Format, Round R, Overflow O>
  requires(Format::has_lanes)
struct code_lanes<With<Format, R, O>> {
  static constexpr bool exist = true;
  [[gnu::always_inline]] static inline ivec encode(vec x, ivec random) {
    const auto nan = is_nan(x);
    constexpr i32 nan_code = static_cast<i32>(Format::encode(std::bit_cast<float>(quiet_nan_bits)));
    return select(nan, isplat<vec>(nan_code), Format::template round_lanes<R, O, vec>(select(nan, splat<vec>(0.0F), x), random));
  }
  [[gnu::always_inline]] static inline vec decode(ivec c) { return Format::template decode_lanes<vec>(c); }
};

/// Codes as lanes to and from the numbers that lie in memory.
template <class S>
[[gnu::always_inline]] inline ivec raw_lanes(ivec code) {
  if constexpr (values_per_byte<S> != 0) return code + isplat<vec>(1);
  else if constexpr (stored_bits<S> < 8) return code & isplat<vec>((1 << S::bits) - 1);
  else return code;
}
template <class S>
[[gnu::always_inline]] inline ivec lanes_of_raw(ivec raw) {
  if constexpr (values_per_byte<S> != 0) return raw - isplat<vec>(1);
  else if (has_negative_codes<S>()) return shift_left<vec>(raw, isplat<vec>(32 - S::bits)) >> (32 - S::bits);
  else return raw;
}

/// What a run of values with the same parameters is converted by: each codec has the conversions of one value, and those of a
/// vector of them where `lanes`.
template <ElementScheme S>
struct element_codec {
  using scheme = S;
  static constexpr bool lanes = code_lanes<S>::exist;
  std::uint64_t seed = 0;
  bool by_lanes = true;
  [[nodiscard]] raw_code<S> raw(float x, std::int64_t index) const { return raw_from<S>(encode_one<S>(x, random_for<S>(seed, index))); }
  [[nodiscard]] float value(raw_code<S> c) const { return S::decode(code_from<S>(c)); }
  [[nodiscard, gnu::always_inline]] inline ivec codes(vec x, std::int64_t index) const { return code_lanes<S>::encode(x, random_lanes<S>(seed, index)); }
  [[nodiscard, gnu::always_inline]] inline vec values(ivec c) const { return code_lanes<S>::decode(c); }
};

/// @see Block, Scaled: a power of two multiplies in one or two steps; a float32 scale divides.
template <class P>
concept PowerOfTwoScale = requires(const P& p) { p.up, p.up_more, p.down, p.down_more; };
template <class P>
concept Float32Scale = requires(const P& p) { p.divisor, p.factor; };

template <BlockScheme S>
struct block_codec {
  using scheme = S;
  using parameters = typename S::parameters;
  static constexpr bool lanes = [] {
    if constexpr (requires { typename S::element; }) return code_lanes<typename S::element>::exist && (PowerOfTwoScale<parameters> || Float32Scale<parameters>);
    else return false;
  }();
  parameters p;
  std::uint64_t seed = 0;
  bool by_lanes = true;  // NaN and infinities are left to the scheme's own conversion
  [[nodiscard]] raw_code<S> raw(float x, std::int64_t index) const { return raw_from<S>(S::encode_element(x, p, random_for<S>(seed, index))); }
  [[nodiscard]] float value(raw_code<S> c) const { return S::decode_element(code_from<S>(c), p); }
  [[nodiscard, gnu::always_inline]] inline ivec codes(vec x, std::int64_t index) const {
    using element = code_lanes<typename S::element>;
    if constexpr (PowerOfTwoScale<parameters>) return element::encode(x * splat<vec>(p.up_more) * splat<vec>(p.up), random_lanes<S>(seed, index));
    else return element::encode(x / splat<vec>(p.divisor), random_lanes<S>(seed, index));
  }
  [[nodiscard, gnu::always_inline]] inline vec values(ivec c) const {
    const vec v = code_lanes<typename S::element>::decode(c);
    if constexpr (PowerOfTwoScale<parameters>) return v * splat<vec>(p.down_more) * splat<vec>(p.down);
    else return v * splat<vec>(p.factor);
  }
};

template <class Codec, class Raw>
[[gnu::always_inline]] inline void convert_to_codes(const Codec& codec, const float* in, std::int64_t index, std::int64_t n, Raw* out) {
  using S = typename Codec::scheme;
  std::int64_t i = 0;
  if constexpr (Codec::lanes)
    if (codec.by_lanes)
      for (; i + native_lanes <= n; i += native_lanes) store_codes(out + i, raw_lanes<S>(codec.codes(load(in + i), index + i)));
  for (; i < n; ++i) out[i] = codec.raw(in[i], index + i);
}
template <class Codec, class Raw>
[[gnu::always_inline]] inline void convert_to_values(const Codec& codec, const Raw* in, std::int64_t n, float* out) {
  using S = typename Codec::scheme;
  std::int64_t i = 0;
  if constexpr (Codec::lanes)
    if (codec.by_lanes)
      for (; i + native_lanes <= n; i += native_lanes) store(out + i, codec.values(lanes_of_raw<S>(load_codes(in + i))));
  for (; i < n; ++i) out[i] = codec.value(in[i]);
}

/// Codes pass through here on their way between lanes and bytes: a multiple of 40, which fills bytes at any width.
inline constexpr std::int64_t code_buffer = 960;

/// Values [first, first + n) of a tensor to their codes, and back. Codes of a byte need no buffer.
template <class Codec>
void encode_run(const Codec& codec, const float* tensor, std::int64_t first, std::int64_t n, std::uint8_t* bytes) {
  using S = typename Codec::scheme;
  if constexpr (std::is_same_v<code_storage<S>, whole_codes<std::uint8_t>>) convert_to_codes(codec, tensor + first, first, n, bytes + first);
  else {
    raw_code<S> buffer[code_buffer];
    for (const std::int64_t end = first + n; first < end; first += code_buffer) {
      const std::int64_t here = std::min(code_buffer, end - first);
      convert_to_codes(codec, tensor + first, first, here, buffer);
      code_storage<S>::put(bytes, first, buffer, here);
    }
  }
}
template <class Codec>
void decode_run(const Codec& codec, const std::uint8_t* bytes, std::int64_t first, std::int64_t n, float* tensor) {
  using S = typename Codec::scheme;
  if constexpr (std::is_same_v<code_storage<S>, whole_codes<std::uint8_t>>) convert_to_values(codec, bytes + first, n, tensor + first);
  else {
    raw_code<S> buffer[code_buffer];
    for (const std::int64_t end = first + n; first < end; first += code_buffer) {
      const std::int64_t here = std::min(code_buffer, end - first);
      code_storage<S>::get(bytes, first, buffer, here);
      convert_to_values(codec, buffer, here, tensor + first);
    }
  }
}

/// A block's scale, and the parameters to encode its values with. Those that the scale stands for, so that decoding undoes what
/// encoding did; statistics schemes know more while they encode (a threshold), unless a NaN has poisoned the block.
template <BlockScheme S>
struct fitted {
  scale_code code;
  typename S::parameters p;
};
template <BlockScheme S>
fitted<S> fit_block(const fast_block_values& values, float t) {
  const scale_code code = S::fit_code(values, t);
  if constexpr (requires { typename S::element; }) return {code, S::parameters_of(code, t)};
  else return {code, values.max_magnitude().nan ? S::parameters_of(code, t) : S::fit(values, t)};
}

/// Whether blocks follow each other without a gap, all of one length: then the grid need not be asked where each lies.
inline bool is_gapless(const block_grid& grid) { return grid.is_runs() && grid.row() % grid.run() == 0; }
template <class F>
[[gnu::always_inline]] inline void each_run(const block_grid& grid, bool gapless, std::int64_t b, const F& f) {
  if (gapless) f(b * grid.run(), grid.run());
  else grid.runs(b, f);
}

template <BlockScheme S>
void encode_blocks(ConstView in, Packed<S>& out, std::uint64_t seed) {
  const block_grid grid = grid_of<typename S::shape>(in.shape);
  const std::int64_t n = in.size(), blocks = grid.count();
  std::uint8_t* codes = packed_parts<Packed<S>>::codes(out);
  std::uint8_t* scales = packed_parts<Packed<S>>::scales(out);
  float t = 1.0F;
  if constexpr (has_tensor_scale<S>) {
    const i32 raw = raw_peak(in.data, n);
    t = raw < infinity_bits ? S::tensor_scale(std::bit_cast<float>(raw)) : tensor_scale<S>(in.span());
    packed_parts<Packed<S>>::tensor_scale(out) = t;
  }
  const bool gapless = is_gapless(grid);
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const fast_block_values values(in.data, grid, b);
      const fitted<S> f = fit_block<S>(values, t);
      put_bits<S::scale_bits>(scales, b * S::scale_bits, f.code);
      const block_codec<S> codec{f.p, seed, values.finite()};
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
template <QuantScheme S>
void encode(ConstView in, Packed<S>& out, std::uint64_t seed = 0) {
  using parts = detail::packed_parts<Packed<S>>;
  parts::reset(out, in.shape);
  const std::int64_t n = in.size();
  if (n == 0) return;
  if constexpr (std::same_as<S, none>) std::memcpy(parts::codes(out), in.data, static_cast<std::size_t>(n) * sizeof(float));
  else if constexpr (ElementScheme<S>) {
    detail::in_parallel(n, 1, detail::code_buffer, [&](std::int64_t begin, std::int64_t end) {
      detail::encode_run(detail::element_codec<S>{seed}, in.data, begin, end - begin, parts::codes(out));
    });
  } else detail::encode_blocks<S>(in, out, seed);
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

/// The values of a packed tensor, into a tensor of the same shape. @throws error if the shapes differ
template <QuantScheme S>
void decode(const Packed<S>& in, View out) {
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
      for (std::int64_t b = begin; b < end; ++b) {
        const detail::block_codec<S> codec{S::parameters_of(in.scale(b), in.tensor_scale())};
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
