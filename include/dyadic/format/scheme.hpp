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

template <class S>
inline constexpr bool has_tensor_scale = requires(float amax) { S::tensor_scale(amax); };

/// The parameter that all blocks of a tensor share, for schemes that have one.
template <BlockScheme S>
constexpr float tensor_scale(std::span<const float> in) {
  if constexpr (has_tensor_scale<S>) {
    peak a;
    for (const float x : in) a.see(x);
    return S::tensor_scale(a.value());
  } else return 1.0F;
}
template <class S>
constexpr i32 random_for(std::uint64_t seed, std::int64_t index) {
  if constexpr (uses_random<S>) return static_cast<i32>(random_bits(seed, static_cast<std::uint64_t>(index)));
  else return 0;
}

}  // namespace detail

/// `out[i]` = the value of `S` for `in[i]`, in a row-major tensor of the given shape. `in` and `out` may be the same memory.
/// This is the definition; `fake_quantize` (kernel) gives the same bits, faster.
template <QuantScheme S>
constexpr void quantize_values(std::span<const float> in, std::span<float> out, const Extents& shape, std::uint64_t seed = 0) {
  const auto n = static_cast<std::int64_t>(in.size());
  if (in.size() != out.size() || n != shape.size())
    throw error("quantize_values: " + std::to_string(in.size()) + " values go in, " + std::to_string(out.size()) + " come out, and the shape holds " +
                std::to_string(shape.size()) + "; the three must be equal.");
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  if constexpr (std::same_as<S, none>) {
    for (std::int64_t i = 0; i < n; ++i) out[at(i)] = in[at(i)];
  } else if constexpr (ElementScheme<S>) {
    for (std::int64_t i = 0; i < n; ++i) out[at(i)] = detail::quantize_lanes<S, float>(in[at(i)], detail::random_for<S>(seed, i));
  } else if constexpr (!BlockScheme<S>) {
    S::quantize(in, out, shape);
  } else {
    const detail::block_grid grid = detail::grid_of<typename S::shape>(shape);
    const float t = detail::tensor_scale<S>(in);
    for (std::int64_t b = 0; b < grid.count(); ++b) {
      const auto p = S::fit(detail::block_values(in.data(), grid, b), t);
      grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
        for (std::int64_t i = offset; i < offset + length; ++i) out[at(i)] = S::template apply<float>(in[at(i)], p, detail::random_for<S>(seed, i));
      });
    }
  }
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
