// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file scheme.hpp
/// One concept for all: whatever turns a float32 tensor into the values of a format. With it the definition of a conversion of
/// whole tensors, value by value, constexpr; the kernels are faster ways to the same bits.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/random.hpp>
#include <dyadic/format/block.hpp>
#include <dyadic/format/element.hpp>

#include <cstdint>
#include <span>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The scheme that leaves every value as it is.
struct none {
  static constexpr double bits_per_value = 32;
  static constexpr std::string_view name() { return "none"; }
};

/// Values in blocks that share parameters (a scale, a zero point), which are measured from the block itself.
/// `apply<V>(x, parameters, random)` gives the value of `x` (V: a float or a vector of them); without it a
/// value is what `encode_element` and `decode_element` make of it. Members of other names mean nothing,
/// unless the scheme makes a declaration (arithmetic.hpp).
template <class S>
concept BlockScheme = requires(float x, typename S::parameters p, scale_code c, typename S::code_type code, const detail::block_values& values) {
  requires BlockShape<typename S::shape>;
  requires std::integral<typename S::code_type>;
  { S::name() } -> std::convertible_to<std::string_view>;
  { S::bits } -> std::convertible_to<int>;
  { S::scale_bits } -> std::convertible_to<int>;
  { S::fit(values, x) } -> std::same_as<typename S::parameters>;
  { S::fit_code(values, x) } -> std::same_as<scale_code>;
  { S::parameters_of(c, x) } -> std::same_as<typename S::parameters>;
  { S::encode_element(x, p, i32{}) } -> std::same_as<typename S::code_type>;
  { S::decode_element(code, p) } -> std::same_as<float>;
};

/// Values without codes: the scheme maps a whole row-major tensor of the given shape to its values, in one function. For schemes
/// that neither treat each value alone nor each block alone. `in` and `out` may be the same memory.
template <class S>
concept ValueScheme = requires(std::span<const float> in, std::span<float> out, const Extents& shape) {
  { S::name() } -> std::convertible_to<std::string_view>;
  { S::bits_per_value } -> std::convertible_to<double>;
  { S::quantize(in, out, shape) } -> std::same_as<void>;
};

/// Whatever can quantise a tensor.
template <class S>
concept QuantScheme = std::same_as<S, none> || ElementScheme<S> || BlockScheme<S> || ValueScheme<S>;

/// Bits for each value of a large tensor, scales counted.
template <QuantScheme S>
inline constexpr double bits_per_value = detail::amortised_bits<S>();

namespace detail {

/// Bits of a scale that all blocks of a tensor share: 0 or 32.
template <class S>
inline constexpr int tensor_scale_bits = [] {
  if constexpr (requires { requires std::same_as<decltype(S::tensor_bits), const int>; })
    return S::tensor_bits;
  else return 0;
}();
/// Schemes with such a scale say so by both members.
template <class S>
inline constexpr bool has_tensor_scale = tensor_scale_bits<S> == 32 && requires(float amax) {
  { S::tensor_scale(amax) } -> std::same_as<float>;
};

/// The parameter that all blocks of a tensor share, for schemes that have one.
template <BlockScheme S>
constexpr float tensor_scale(std::span<const float> in) {
  if constexpr (has_tensor_scale<S>) {
    peak a;
    for (const float x : in) a.see(x);
    return S::tensor_scale(a.value());
  } else return 1.0F;
}
/// The value of one float in a block. What is known of a class derived from a scheme that makes a declaration
/// is only what all schemes have.
template <BlockScheme S>
constexpr float apply_one(float x, const typename S::parameters& p, i32 random) {
  constexpr bool own = requires { { S::template apply<float>(x, p, random) } -> std::same_as<float>; };
  if constexpr (own && !InheritsDeclaration<S>) {
    return S::template apply<float>(x, p, random);
  } else {
    const float y = S::decode_element(S::encode_element(x, p, random), p);
    return is_nan(x) && !is_nan(y) ? quieted(x) : y;
  }
}
template <class S>
constexpr i32 random_for(std::uint64_t seed, std::int64_t index) {
  if constexpr (uses_random<S>) return static_cast<i32>(random_bits(seed, static_cast<std::uint64_t>(index)));
  else return 0;
}

}  // namespace detail

/// `out[i]` = the value of `S` for `in[i]`, in a row-major tensor of the given shape. `in` and `out` may be the same memory.
/// This is the definition; `fake_quantize` (kernel) gives the same bits, faster.
/// @param axes  what the dimensions mean to the operator that reads the tensor, for blocks that lie along one by its meaning (`Along<N>`)
template <QuantScheme S>
constexpr void quantize_operand(std::span<const float> in, std::span<float> out, const Extents& shape, const operand_axes& axes, std::uint64_t seed = 0) {
  const auto n = static_cast<std::int64_t>(in.size());
  detail::require_known("quantize_values", shape);
  if constexpr (BlockScheme<S>) detail::require_axes<typename S::shape>("quantize_values", shape, axes);
  if (in.size() != out.size() || n != shape.size())
    detail::raise("quantize_values: " + std::to_string(in.size()) + " values go in, " + std::to_string(out.size()) + " come out, and the shape holds " +
                std::to_string(shape.size()) + "; the three must be equal.");
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  if constexpr (std::same_as<S, none>) {
    for (std::int64_t i = 0; i < n; ++i) out[at(i)] = in[at(i)];
  } else if constexpr (ElementScheme<S>) {
    for (std::int64_t i = 0; i < n; ++i) out[at(i)] = detail::quantize_lanes<S, float>(in[at(i)], detail::random_for<S>(seed, i));
  } else if constexpr (!BlockScheme<S>) {
    S::quantize(in, out, shape);
  } else {
    const operand_blocks blocks = detail::blocks_of<typename S::shape>(shape, axes);
    const detail::block_grid grid = detail::grid_of(blocks);
    const float t = detail::tensor_scale<S>(in);
    const auto place = [&](std::int64_t i) { return at(blocks.reordered ? blocks.offset(i) : i); };
    for (std::int64_t b = 0; b < grid.count(); ++b) {
      const auto p = S::fit(detail::block_values(in.data(), grid, b, blocks.reordered ? &blocks : nullptr), t);
      grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
        for (std::int64_t i = offset; i < offset + length; ++i)
          out[place(i)] = detail::apply_one<S>(in[place(i)], p, detail::random_for<S>(seed, i));
      });
    }
  }
}
/// The same for a tensor that stands alone: its blocks lie along the last dimension.
template <QuantScheme S>
constexpr void quantize_values(std::span<const float> in, std::span<float> out, const Extents& shape, std::uint64_t seed = 0) {
  quantize_operand<S>(in, out, shape, operand_axes{}, seed);
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
