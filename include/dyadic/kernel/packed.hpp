// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file packed.hpp
/// A tensor as its codes: `Packed<S>` takes the bytes that the format promises, no more. (To make one of floats: encode.hpp.)
#include <dyadic/base/text.hpp>
#include <dyadic/format/scale_code.hpp>
#include <dyadic/kernel/packed_codes.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

inline const std::uint8_t* octets_of(const std::byte* p) { return reinterpret_cast<const std::uint8_t*>(p); }
inline std::uint8_t* octets_of(std::byte* p) { return reinterpret_cast<std::uint8_t*>(p); }

/// The index of the block that value `i` lies in.
constexpr std::int64_t block_of(const Extents& tensor, const Extents& block, std::int64_t i) {
  std::int64_t index = 0, blocks = 1;
  for (int d = tensor.rank() - 1; d >= 0; --d) {
    index += i % tensor[d] / block[d] * blocks;
    blocks *= (tensor[d] + block[d] - 1) / block[d];
    i /= tensor[d];
  }
  return index;
}

/// 0 or greater, finite, and not -0.
constexpr bool is_finite_magnitude(float x) {
  return std::bit_cast<i32>(x) >= 0 && std::bit_cast<i32>(x) < infinity_bits;
}

/// Whether a scale is one that encoding can give: finite, not negative, and the largest element stays finite (or the block is NaN). A step of 0 is
/// that of a block of zeros. Of a scheme that declares nothing every scale counts as one.
template <BlockScheme S>
constexpr bool is_legal_scale(scale_code code, float t) {
  [[maybe_unused]] const auto p = S::parameters_of(code, t);
  constexpr arithmetic_kind kind = declared<S>.kind;
  if constexpr (kind == arithmetic_kind::elements_by_power_of_two) {
    const float top = S::decode_element(S::element::encode(largest_value<typename S::element>()), p);
    return is_nan(p.up) || (std::bit_cast<i32>(top) & magnitude_mask) < infinity_bits;
  } else if constexpr (kind == arithmetic_kind::elements_by_float || kind == arithmetic_kind::elements_by_short_float) {
    return is_nan(p.divisor) || is_finite_magnitude(p.factor);
  } else if constexpr (kind == arithmetic_kind::codes_by_step) {
    constexpr std::int64_t low = declared<S>.low;
    if (is_nan(p.step)) return true;
    if (!is_finite_magnitude(p.step) || p.zero_point < low || (p.zero_point - low) >> S::bits != 0)
      return false;
    return p.step > 0.0F ||
           p.zero_point == S::parameters_of(0, t).zero_point;  // what a block of zeros is stored with
  } else if constexpr (kind == arithmetic_kind::signs_by_float) {
    return is_nan(p.alpha) || is_finite_magnitude(p.alpha);
  } else return true;
}

/// Whether scales are stored as float32: where a scheme does not name their type, all of more than a byte are.
template <class S>
struct has_float32_scale : std::bool_constant<(S::scale_bits > 8)> {};
template <class S>
  requires requires { typename S::scale; }
struct has_float32_scale<S> : std::is_same<typename S::scale, Float32> {};

/// The first block whose scale is a float32 that is NaN: encoding marks a block so that holds one. Scales of fewer bits have a code for it
/// by their standards, and do not count. @returns -1 if there is none
template <QuantScheme S>
std::int64_t poisoned_block([[maybe_unused]] const Extents& shape,
                            [[maybe_unused]] std::span<const std::byte> scales,
                            [[maybe_unused]] float tensor_scale) {
  if constexpr (BlockScheme<S>)
    if constexpr (has_float32_scale<S>::value) {
      const std::int64_t blocks = storage_layout<S>(shape).blocks;
      for (std::int64_t b = 0; b < blocks; ++b)
        if (is_nan(S::decode_element(
                {}, S::parameters_of(get_bits<S::scale_bits>(octets_of(scales.data()), b * S::scale_bits),
                                     tensor_scale))))
          return b;
    }
  return -1;
}

/// What is wrong with the parts of a packed tensor; empty if nothing is. Nothing is read before the sizes are known to be right.
template <QuantScheme S>
std::string fault_in(const Extents& shape, std::span<const std::byte> codes, std::span<const std::byte> scales, float tensor_scale) {
  // 1. The shape: what it asks for can be counted.
  constexpr std::int64_t most = std::int64_t{1} << 53;
  std::int64_t n = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) return "has the shape " + shape.text() + ", with a negative extent.";
    if (shape[i] > most / n) return "has the shape " + shape.text() + ", which is beyond any memory.";
    if (shape[i] != 0) n *= shape[i];
  }
  // 2. The sizes.
  const StorageLayout layout = storage_layout<S>(shape);
  const auto differs = [&](const char* what, std::size_t found, std::int64_t wanted) {
    return "of shape " + shape.text() + " takes " + std::to_string(wanted) + " bytes of " + what + " in " + std::string(S::name()) +
           ", but " + std::to_string(found) + " are given.";
  };
  if (static_cast<std::int64_t>(codes.size()) != layout.code_bytes) return differs("codes", codes.size(), layout.code_bytes);
  if (static_cast<std::int64_t>(scales.size()) != layout.scale_bytes) return differs("scales", scales.size(), layout.scale_bytes);
  // 3. Bits that belong to no value are zero, so that equality of bits is equality of codes.
  if constexpr (!std::same_as<S, none>) {
    const std::uint8_t* bytes = octets_of(codes.data());
    const auto bad_code = [](std::int64_t i) {
      return "has a code at value " + std::to_string(i) + " that is none of " + std::string(S::name()) + ".";
    };
    if constexpr (values_per_byte<S> != 0) {
      for (std::int64_t i = 0; i < layout.code_bytes; ++i) {
        const std::int64_t first = i * trit_codes::per_byte, here = std::min<std::int64_t>(trit_codes::per_byte, layout.values - first);
        if (bytes[i] >= trit_codes::power[here]) return bad_code(first);
      }
    } else if constexpr (stored_bits<S> < 8) {
      const int used = static_cast<int>(layout.values * S::bits % 8);
      if (used != 0 && bytes[layout.code_bytes - 1] >> used != 0) return "has bits behind its last code that are not zero.";
    } else if constexpr (stored_bits<S> != S::bits) {
      for (std::int64_t i = 0; i < layout.values; ++i) {
        const raw_code<S> raw = code_storage<S>::get(bytes, i);
        if (raw_from<S>(code_from<S>(raw)) != raw) return bad_code(i);
      }
    }
  }
  if constexpr (BlockScheme<S>) {
    if constexpr (has_tensor_scale<S>)
      if (!(tensor_scale > 0.0F && tensor_scale <= std::numeric_limits<float>::max()))
        return "has the tensor scale " + shortest_digits(tensor_scale) + ", which is not a positive number.";
    const std::uint8_t* bytes = octets_of(scales.data());
    const int used = static_cast<int>(layout.blocks * S::scale_bits % 8);
    if (used != 0 && bytes[layout.scale_bytes - 1] >> used != 0) return "has bits behind its last scale that are not zero.";
    for (std::int64_t b = 0; b < layout.blocks; ++b)
      if (!is_legal_scale<S>(get_bits<S::scale_bits>(bytes, b * S::scale_bits), tensor_scale))
        return "has a scale at block " + std::to_string(b) + " that is none of " + std::string(S::name()) +
               ": scales are finite and not negative.";
  }
  return "";
}

/// For kernels: the parts of a packed tensor, writable.
template <class P>
struct packed_parts;

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// A row-major tensor in scheme `S`: codes and scales, as `storage_layout<S>(shape)` says. Codes of 1 to 8 bits lie without gaps,
/// the first in the lowest bits; trits five to a byte (base 3 digits code + 1); longer codes take 16 or 32 bits, little-endian. The
/// scales of blocks, in row-major order of blocks, lie the same way with `S::scale_bits` each. `none` keeps float32.
///
///     const auto p = encode<MXFP4>(weight);             // p.size_bytes(): 4.25 bits a value
///     const Tensor<2> back = decode<2>(p);              // the values of fake_quantize<MXFP4>(weight)
///
/// Equality is that of shape and bits: -0 and 0 differ where a format has both.
template <QuantScheme S>
class Packed {
  static_assert(std::same_as<S, none> || ElementScheme<S> || BlockScheme<S>,
                "dyadic::Packed<S>: this scheme has values but no codes, so there is nothing to pack. Use fake_quantize, or an element or "
                "block scheme.");

 public:
  using scheme = S;

  /// A tensor of no values, of shape [0].
  Packed() { shape_.push_back(0); }
  Packed(const Packed&) = default;
  Packed& operator=(const Packed&) = default;
  /// What is left behind is a tensor of no values.
  /// @{
  Packed(Packed&& other) noexcept : Packed() { exchange(other); }
  Packed& operator=(Packed&& other) noexcept {
    Packed gone(std::move(other));
    exchange(gone);
    return *this;
  }
  /// @}
  ~Packed() = default;

  /// From parts, as a file has them. `tensor_scale` counts for schemes that have one (NVFP4).
  /// @throws error if sizes do not fit the shape, or a code, scale or filling bit is one that the scheme does not have: infinite and negative
  /// scales. (A NaN scale is legal: so `encode` stores a block that holds a NaN. Files do not have such.)
  Packed(const Extents& shape, std::vector<std::byte> codes, std::vector<std::byte> scales = {}, float tensor_scale = 1.0F)
      : shape_(shape), codes_(std::move(codes)), scales_(std::move(scales)), tensor_scale_(has_tensor_scale ? tensor_scale : 1.0F) {
    const std::string fault = detail::fault_in<S>(shape_, codes_, scales_, tensor_scale_);
    if (!fault.empty()) throw error("a packed tensor " + fault);
  }

  static constexpr bool has_scales = BlockScheme<S>;
  static constexpr bool has_tensor_scale = detail::has_tensor_scale<S>;

  [[nodiscard]] const Extents& shape() const { return shape_; }
  /// The number of values.
  [[nodiscard]] std::int64_t size() const { return shape_.size(); }
  /// All bytes of the values: codes, scales, the tensor's own scale.
  [[nodiscard]] std::int64_t size_bytes() const {
    return static_cast<std::int64_t>(codes_.size() + scales_.size()) + (has_tensor_scale ? 4 : 0);
  }
  template <class Byte = const std::byte>
  [[nodiscard]] std::span<Byte> codes() const {
    return {codes_.data(), codes_.size()};
  }
  template <class Byte = const std::byte>
  [[nodiscard]] std::span<Byte> scales() const {
    return {scales_.data(), scales_.size()};
  }
  /// 1 for schemes without one.
  [[nodiscard]] float tensor_scale() const { return tensor_scale_; }

  /// The code of a value, counted in row-major order from 0 to size() - 1 (not checked).
  [[nodiscard]] auto code(std::int64_t i) const requires(!std::same_as<S, none>) {
    return detail::code_from<S>(detail::code_storage<S>::get(detail::octets_of(codes_.data()), i));
  }
  /// The stored scale of a block, and the block that a value lies in; blocks count in row-major order (not checked).
  [[nodiscard]] scale_code scale(std::int64_t block) const requires has_scales {
    return detail::get_bits<S::scale_bits>(detail::octets_of(scales_.data()), block * S::scale_bits);
  }
  [[nodiscard]] std::int64_t block_of(std::int64_t i) const requires has_scales {
    return detail::block_of(shape_, S::shape::resolve(shape_), i);
  }

  /// A value by its row-major index (not checked). For many of them `decode` is faster.
  [[nodiscard]] float operator[](std::int64_t i) const {
    if constexpr (std::same_as<S, none>) {
      float x;
      std::memcpy(&x, codes_.data() + 4 * i, sizeof x);
      return x;
    } else if constexpr (ElementScheme<S>) return S::decode(code(i));
    else return S::decode_element(code(i), S::parameters_of(scale(block_of(i)), tensor_scale_));
  }
  /// A value by its indices, one for each dimension. @throws error if there are more or fewer, or one is out of range
  template <std::integral... Index>
  [[nodiscard]] float at(Index... index) const {
    static_assert(sizeof...(index) <= Extents::max_rank, "dyadic::Packed::at: at most 8 indices, as tensors have at most 8 dimensions.");
    const std::int64_t list[] = {static_cast<std::int64_t>(index)..., 0};
    bool inside = static_cast<int>(sizeof...(index)) == shape_.rank();
    std::int64_t i = 0;
    for (int d = 0; inside && d < shape_.rank(); ++d) {
      inside = 0 <= list[d] && list[d] < shape_[d];
      i = i * shape_[d] + list[d];
    }
    if (!inside) {
      std::string indices;
      for (std::size_t d = 0; d < sizeof...(index); ++d) indices += (d == 0 ? "" : ", ") + std::to_string(list[d]);
      throw error("Packed::at: the indices [" + indices + "] are outside a tensor of shape " + shape_.text() + ".");
    }
    return (*this)[i];
  }

  [[nodiscard]] friend bool operator==(const Packed& a, const Packed& b) {
    return a.shape_ == b.shape_ && a.codes_ == b.codes_ && a.scales_ == b.scales_ &&
           std::bit_cast<u32>(a.tensor_scale_) == std::bit_cast<u32>(b.tensor_scale_);
  }

 private:
  friend detail::packed_parts<Packed>;
  void exchange(Packed& other) noexcept {
    std::swap(shape_, other.shape_);
    codes_.swap(other.codes_);
    scales_.swap(other.scales_);
    std::swap(tensor_scale_, other.tensor_scale_);
  }
  Extents shape_{};
  std::vector<std::byte> codes_, scales_;
  float tensor_scale_ = 1.0F;
};

}  // namespace DYADIC_ISA

namespace detail {
inline namespace DYADIC_ISA {

template <QuantScheme S>
struct packed_parts<Packed<S>> {
  /// Room for a tensor of that shape; memory is kept where it suffices. All bits are zero but those of codes of whole bytes, which
  /// nobody adds to.
  static void reset(Packed<S>& p, const Extents& shape) {
    const StorageLayout layout = storage_layout<S>(shape);
    constexpr bool of_whole_bytes = [] {
      if constexpr (std::same_as<S, none>) return true;
      else return stored_bits<S> % 8 == 0;
    }();
    if constexpr (of_whole_bytes) p.codes_.resize(static_cast<std::size_t>(layout.code_bytes));
    else p.codes_.assign(static_cast<std::size_t>(layout.code_bytes), std::byte{0});
    p.scales_.assign(static_cast<std::size_t>(layout.scale_bytes), std::byte{0});
    p.shape_ = shape;
    p.tensor_scale_ = 1.0F;
  }
  static std::uint8_t* codes(Packed<S>& p) { return octets_of(p.codes_.data()); }
  static std::uint8_t* scales(Packed<S>& p) { return octets_of(p.scales_.data()); }
  static float& tensor_scale(Packed<S>& p) { return p.tensor_scale_; }
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
