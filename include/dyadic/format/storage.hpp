// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file storage.hpp
/// How many bits a tensor takes in a scheme: codes and scales, counted exactly.
#include <dyadic/format/scheme.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Where the parts of a packed tensor lie. Codes of up to 8 bits are packed without gaps, the first in the lowest bits; trits
/// five to a byte; longer codes take 16 or 32 bits. Scales are packed the same way; each part begins at a byte.
struct StorageLayout {
  std::int64_t values = 0, blocks = 0;
  std::int64_t code_bytes = 0, scale_bytes = 0, tensor_bytes = 0;
  [[nodiscard]] constexpr std::int64_t bytes() const { return code_bytes + scale_bytes + tensor_bytes; }
};

namespace detail {

/// Bits a code takes in memory.
template <class S>
inline constexpr int stored_bits = S::bits <= 8 ? S::bits : S::bits <= 16 ? 16 : 32;
/// How many codes a byte holds where these are no bits of it: five trits, or 0.
template <class S>
inline constexpr int values_per_byte = [] {
  if constexpr (holds_elements<S>) return declared<typename S::element>.trits ? 5 : 0;
  else return declared<S>.trits ? 5 : 0;
}();
/// What `n` values of a scheme without codes would take: its density, with the scales where it does not say how many it has.
template <class S>
constexpr std::int64_t bits_of_values(std::int64_t n) {
  if constexpr (requires { S::bits; }) return n * S::bits;
  else {
    const double bits = static_cast<double>(n) * bits_per_value<S>;
    const auto down = static_cast<std::int64_t>(bits);
    return static_cast<double>(down) < bits ? down + 1 : down;
  }
}
template <class S>
inline constexpr bool has_block_scales = !ElementScheme<S> && requires {
  S::scale_bits;
  requires BlockShape<typename S::shape>;
};
template <class S>
constexpr std::int64_t bytes_of_codes(std::int64_t n) {
  if constexpr (!ElementScheme<S> && !BlockScheme<S>) return (bits_of_values<S>(n) + 7) / 8;
  else if constexpr (values_per_byte<S> != 0) return (n + values_per_byte<S> - 1) / values_per_byte<S>;
  else return (n * stored_bits<S> + 7) / 8;
}

}  // namespace detail

/// The layout of a packed tensor of that shape. A `ValueScheme` has no packed form: for it these are the sizes that one would have,
/// by its `bits` (a value), `scale_bits` (a block) and `shape` where it has them, else by its `bits_per_value`.
/// @param axes  of the operand that the tensor is, for blocks along a dimension by its meaning
/// @throws error if there are 2^56 values or more, whose bits might take more than 63 bits to count
template <QuantScheme S>
constexpr StorageLayout storage_layout(const Extents& shape, const operand_axes& axes) {
  if constexpr (BlockScheme<S>)
    if (shape.known()) detail::require_axes<typename S::shape>("storage_layout", shape, axes);
  StorageLayout l;
  l.values = shape.size();
  if (l.values >> 56 > 0)
    detail::raise("the shape " + shape.text() + " has 2^56 values or more; no memory holds them.");
  if constexpr (std::same_as<S, none>) l.code_bytes = 4 * l.values;
  else {
    l.code_bytes = detail::bytes_of_codes<S>(l.values);
    if constexpr (detail::has_block_scales<S>) {
      l.blocks = detail::grid_of(detail::blocks_of<typename S::shape>(shape, axes)).count();
      l.scale_bytes = (l.blocks * S::scale_bits + 7) / 8;
    }
    if constexpr (BlockScheme<S>) l.tensor_bytes = detail::tensor_scale_bits<S> / 8;
  }
  return l;
}

/// The same of a tensor that stands alone.
template <QuantScheme S>
constexpr StorageLayout storage_layout(const Extents& shape) {
  return storage_layout<S>(shape, operand_axes{});
}

/// Bits of a tensor of that shape in scheme `S`: codes and scales, without the padding to whole bytes. (A trit counts 1.6.)
template <QuantScheme S>
constexpr std::int64_t storage_bits(const Extents& shape, const operand_axes& axes) {
  const StorageLayout l = storage_layout<S>(shape, axes);
  if constexpr (std::same_as<S, none>) return 32 * l.values;
  else if constexpr (!ElementScheme<S> && !BlockScheme<S>) {
    std::int64_t bits = detail::bits_of_values<S>(l.values);
    if constexpr (detail::has_block_scales<S>) bits += l.blocks * S::scale_bits;
    return bits;
  } else {
    const std::int64_t codes = detail::values_per_byte<S> != 0 ? 8 * l.code_bytes : l.values * detail::stored_bits<S>;
    if constexpr (BlockScheme<S>) return codes + l.blocks * S::scale_bits + detail::tensor_scale_bits<S>;
    else return codes;
  }
}

/// The same of a tensor that stands alone.
template <QuantScheme S>
constexpr std::int64_t storage_bits(const Extents& shape) {
  return storage_bits<S>(shape, operand_axes{});
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
