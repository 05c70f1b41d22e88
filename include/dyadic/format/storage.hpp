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
template <class S>
inline constexpr int values_per_byte = [] {
  if constexpr (requires { S::values_per_byte; }) return S::values_per_byte;
  else if constexpr (requires { S::element::values_per_byte; }) return S::element::values_per_byte;
  else return 0;
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
inline constexpr bool has_block_scales = requires {
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
template <QuantScheme S>
constexpr StorageLayout storage_layout(const Extents& shape) {
  StorageLayout l;
  l.values = shape.size();
  if constexpr (std::same_as<S, none>) l.code_bytes = 4 * l.values;
  else {
    l.code_bytes = detail::bytes_of_codes<S>(l.values);
    if constexpr (detail::has_block_scales<S>) {
      l.blocks = detail::grid_of<typename S::shape>(shape).count();
      l.scale_bytes = (l.blocks * S::scale_bits + 7) / 8;
    }
    if constexpr (BlockScheme<S>) l.tensor_bytes = S::tensor_bits / 8;
  }
  return l;
}

/// Bits of a tensor of that shape in scheme `S`: codes and scales, without the padding to whole bytes. (A trit counts 1.6.)
template <QuantScheme S>
constexpr std::int64_t storage_bits(const Extents& shape) {
  const StorageLayout l = storage_layout<S>(shape);
  if constexpr (std::same_as<S, none>) return 32 * l.values;
  else if constexpr (!ElementScheme<S> && !BlockScheme<S>) {
    std::int64_t bits = detail::bits_of_values<S>(l.values);
    if constexpr (detail::has_block_scales<S>) bits += l.blocks * S::scale_bits;
    return bits;
  } else {
    const std::int64_t codes = detail::values_per_byte<S> != 0 ? 8 * l.code_bytes : l.values * detail::stored_bits<S>;
    if constexpr (BlockScheme<S>) return codes + l.blocks * S::scale_bits + S::tensor_bits;
    else return codes;
  }
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
