// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file safetensors_dtype.hpp
/// The element types of a safetensors file, the C++ type of each, and what reader and writer share: sizes and messages.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/extents.hpp>
#include <dyadic/base/names.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/scale.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors {

static_assert(
    std::endian::native == std::endian::little,
    "dyadic::safetensors: the format is little-endian and values are copied as they are; a big-endian machine needs a byte swap here.");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

/// Element types of the format (https://github.com/huggingface/safetensors, `Dtype`), and `unknown` for one that it has got since.
enum class DType : std::uint8_t {
  F64,
  F32,
  F16,
  BF16,
  F8_E4M3,
  F8_E5M2,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  BOOL,
  C64,          ///< complex: two float32
  F8_E8M0,      ///< a scale: 2^(code - 127)
  F8_E4M3FNUZ,  ///< FNUZ: no infinity, no -0
  F8_E5M2FNUZ,
  F6_E2M3,  ///< F6 and F4 are packed: see `size_bits`
  F6_E3M2,
  F4,
  unknown
};

namespace detail {

/// Calls `f(std::type_identity<T>{})`, where `T` is the C++ type of `dtype`, which turns into a float: the one table of this file.
/// @throws error for C64, which does not, and for what has no type
template <class F>
constexpr decltype(auto) visit(DType dtype, F&& f) {
  switch (dtype) {
    case DType::F64: return f(std::type_identity<double>{});
    case DType::F32: return f(std::type_identity<float>{});
    case DType::F16: return f(std::type_identity<Half>{});
    case DType::BF16: return f(std::type_identity<BFloat16>{});
    case DType::F8_E4M3: return f(std::type_identity<E4M3>{});
    case DType::F8_E5M2: return f(std::type_identity<E5M2>{});
    case DType::I64: return f(std::type_identity<std::int64_t>{});
    case DType::I32: return f(std::type_identity<std::int32_t>{});
    case DType::I16: return f(std::type_identity<std::int16_t>{});
    case DType::I8: return f(std::type_identity<std::int8_t>{});
    case DType::U64: return f(std::type_identity<std::uint64_t>{});
    case DType::U32: return f(std::type_identity<std::uint32_t>{});
    case DType::U16: return f(std::type_identity<std::uint16_t>{});
    case DType::U8: return f(std::type_identity<std::uint8_t>{});
    case DType::BOOL: return f(std::type_identity<bool>{});
    case DType::F8_E8M0: return f(std::type_identity<E8M0>{});
    case DType::F8_E4M3FNUZ: return f(std::type_identity<E4M3FNUZ>{});
    case DType::F8_E5M2FNUZ: return f(std::type_identity<E5M2FNUZ>{});
    case DType::F6_E2M3: return f(std::type_identity<E2M3>{});
    case DType::F6_E3M2: return f(std::type_identity<E3M2>{});
    case DType::F4: return f(std::type_identity<E2M1>{});
    case DType::C64: throw error("safetensors: C64 holds complex numbers, which are no floats.");
    case DType::unknown: break;
  }
  throw error("a dyadic::safetensors::DType holds a value that names no type.");
}

struct NamedDType {
  std::string_view name;
  DType dtype;
  int bits;  // of an element
};
inline constexpr std::array<NamedDType, 22> dtypes{{{"F64", DType::F64, 64},
                                                    {"F32", DType::F32, 32},
                                                    {"F16", DType::F16, 16},
                                                    {"BF16", DType::BF16, 16},
                                                    {"F8_E4M3", DType::F8_E4M3, 8},
                                                    {"F8_E5M2", DType::F8_E5M2, 8},
                                                    {"F8_E8M0", DType::F8_E8M0, 8},
                                                    {"F8_E4M3FNUZ", DType::F8_E4M3FNUZ, 8},
                                                    {"F8_E5M2FNUZ", DType::F8_E5M2FNUZ, 8},
                                                    {"F6_E2M3", DType::F6_E2M3, 6},
                                                    {"F6_E3M2", DType::F6_E3M2, 6},
                                                    {"F4", DType::F4, 4},
                                                    {"C64", DType::C64, 64},
                                                    {"I64", DType::I64, 64},
                                                    {"I32", DType::I32, 32},
                                                    {"I16", DType::I16, 16},
                                                    {"I8", DType::I8, 8},
                                                    {"U64", DType::U64, 64},
                                                    {"U32", DType::U32, 32},
                                                    {"U16", DType::U16, 16},
                                                    {"U8", DType::U8, 8},
                                                    {"BOOL", DType::BOOL, 8}}};

constexpr DType dtype_named(std::string_view name) {
  for (const NamedDType& d : dtypes) {
    if (d.name == name) return d.dtype;
  }
  return DType::unknown;
}
inline std::string known_dtypes() {
  std::string list;
  for (const NamedDType& d : dtypes) list += (list.empty() ? "" : ", ") + std::string(d.name);
  return list;
}

template <class T>
inline constexpr bool always_false = false;

/// std::complex<float>, without its header: two floats that are called real and imaginary part.
template <class T>
concept ComplexFloat = sizeof(T) == 2 * sizeof(float) && std::is_trivially_copyable_v<T> && requires(const T& z) {
  { z.real() } -> std::same_as<float>;
  { z.imag() } -> std::same_as<float>;
};

/// How a `T` lies in the file: numbers as they are, formats as their codes, truth as a byte.
template <class T>
struct stored {
  using type = T;
};
template <class T>
  requires requires { typename T::code_type; }
struct stored<T> {
  using type = std::make_unsigned_t<typename T::code_type>;
};
template <>
struct stored<bool> {
  using type = std::uint8_t;
};
template <class T>
using stored_t = typename stored<T>::type;

/// Bits that a `T` takes in the file.
template <class T>
constexpr int stored_bits() {
  if constexpr (requires { typename T::code_type; }) return T::bits;
  else return 8 * static_cast<int>(sizeof(T));
}

/// The `T` at position `i` of a tensor whose bytes start at `from`, aligned or not. Codes of 4 and 6 bits are a stream of bits, each
/// byte filled from its least significant end. A byte of a BOOL other than 0 is true, as NumPy reads it.
template <class T>
T load_value(const std::byte* from, std::size_t i) {
  if constexpr (stored_bits<T>() % 8 != 0) {
    const std::size_t bit = i * static_cast<std::size_t>(stored_bits<T>());
    const auto shift = static_cast<unsigned>(bit % 8);
    auto code = std::to_integer<unsigned>(from[bit / 8]) >> shift;
    if (shift + static_cast<unsigned>(stored_bits<T>()) > 8) code |= std::to_integer<unsigned>(from[bit / 8 + 1]) << (8 - shift);
    return T::from_bits(static_cast<typename T::code_type>(code & ((1U << stored_bits<T>()) - 1)));
  } else {
    stored_t<T> raw;
    std::memcpy(&raw, from + i * sizeof raw, sizeof raw);
    if constexpr (std::same_as<T, bool>) return raw != 0;
    else if constexpr (requires { typename T::code_type; }) return T::from_bits(static_cast<typename T::code_type>(raw));
    else return raw;
  }
}
/// Its inverse. Codes of less than a byte are added to bits that must be 0.
template <class T>
void store_value(std::byte* to, std::size_t i, const T& value) {
  if constexpr (stored_bits<T>() % 8 != 0) {
    const std::size_t bit = i * static_cast<std::size_t>(stored_bits<T>());
    const unsigned code = static_cast<unsigned>(value.to_bits()) << (bit % 8);
    to[bit / 8] |= static_cast<std::byte>(code & 0xFFU);
    if (code > 0xFFU) to[bit / 8 + 1] |= static_cast<std::byte>(code >> 8U);
  } else {
    stored_t<T> raw;
    if constexpr (requires { typename T::code_type; }) raw = static_cast<stored_t<T>>(value.to_bits());
    else raw = static_cast<stored_t<T>>(value);
    std::memcpy(to + i * sizeof raw, &raw, sizeof raw);
  }
}

using dyadic::detail::in_quotes;

/// Elements of a tensor, or nothing if a dimension is negative or the product of the others times `each` overflows, in whatever order
/// it is formed: zero-sized tensors count their other dimensions too, so that `Extents::size` is always safe afterwards.
inline std::optional<std::int64_t> element_count(const Extents& shape, std::int64_t each) {
  std::int64_t n = each;
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) return std::nullopt;
    if (shape[i] == 0) {
      empty = true;
    } else {
      if (n > std::numeric_limits<std::int64_t>::max() / shape[i]) return std::nullopt;
      n *= shape[i];
    }
  }
  return empty ? 0 : n / each;
}

/// Bytes of so many elements, or nothing if they leave a part of a byte. Does not overflow where `element_count` did not with the bytes
/// of one element, rounded up.
inline std::optional<std::int64_t> whole_bytes(std::int64_t elements, std::int64_t bits) {
  if (bits % 8 == 0) return elements * (bits / 8);
  const std::int64_t rest = elements % 8 * bits;  // 8 elements are `bits` bytes
  if (rest % 8 != 0) return std::nullopt;
  return elements / 8 * bits + rest / 8;
}

inline std::string part_of_a_byte(std::int64_t elements, std::int64_t bits) {
  return std::to_string(elements) + " elements of " + std::to_string(bits) + " bits, which are no whole number of bytes.";
}

/// The key beside the tensors' names that holds the metadata: no tensor can have this name.
inline constexpr std::string_view metadata_key = "__metadata__";
/// As the reference implementation has it: no header of this many bytes was ever written in earnest.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;
inline constexpr std::size_t length_field = 8;

}  // namespace detail

/// As the file spells it: "F32", "BF16", …; "?" if unknown.
[[nodiscard]] constexpr std::string_view name(DType dtype) {
  for (const auto& d : detail::dtypes) {
    if (d.dtype == dtype) return d.name;
  }
  return "?";
}

/// Bits of one element. F4 and F6 have 4 and 6, and the elements of a tensor follow each other without a gap, each byte filled from its
/// least significant end (what PyTorch and ONNX do; the format itself prescribes no order); together they must be whole bytes.
/// @throws error if unknown
[[nodiscard]] constexpr int size_bits(DType dtype) {
  for (const auto& d : detail::dtypes) {
    if (d.dtype == dtype) return d.bits;
  }
  throw error("safetensors: the size of an element of unknown type is not known.");
}
/// Bytes of one element. @throws error if it has not whole bytes, or is unknown
[[nodiscard]] constexpr std::int64_t size_bytes(DType dtype) {
  if (size_bits(dtype) % 8 != 0)
    throw error("safetensors: an element of " + std::string(name(dtype)) + " is no whole number of bytes; ask for size_bits.");
  return size_bits(dtype) / 8;
}

/// The element type that holds values of type `T`: the arithmetic types by kind and width, `std::complex<float>`, the formats `Half`,
/// `BFloat16`, `E4M3`, `E5M2`, `E8M0`, `E4M3FNUZ`, `E5M2FNUZ`, `E2M3`, `E3M2`, `E2M1`; `std::byte` goes with U8.
template <class T>
[[nodiscard]] consteval DType dtype_of() {
  if constexpr (std::same_as<T, bool>) return DType::BOOL;
  else if constexpr (std::same_as<T, std::byte>) return DType::U8;
  else if constexpr (std::same_as<T, float>) return DType::F32;
  else if constexpr (std::same_as<T, double>) return DType::F64;
  else if constexpr (std::same_as<T, Half>) return DType::F16;
  else if constexpr (std::same_as<T, BFloat16>) return DType::BF16;
  else if constexpr (std::same_as<T, E4M3>) return DType::F8_E4M3;
  else if constexpr (std::same_as<T, E5M2>) return DType::F8_E5M2;
  else if constexpr (std::same_as<T, E8M0>) return DType::F8_E8M0;
  else if constexpr (std::same_as<T, E4M3FNUZ>) return DType::F8_E4M3FNUZ;
  else if constexpr (std::same_as<T, E5M2FNUZ>) return DType::F8_E5M2FNUZ;
  else if constexpr (std::same_as<T, E2M3>) return DType::F6_E2M3;
  else if constexpr (std::same_as<T, E3M2>) return DType::F6_E3M2;
  else if constexpr (std::same_as<T, E2M1>) return DType::F4;
  else if constexpr (detail::ComplexFloat<T>) return DType::C64;
  else if constexpr (std::integral<T> && sizeof(T) == 8) return std::signed_integral<T> ? DType::I64 : DType::U64;
  else if constexpr (std::integral<T> && sizeof(T) == 4) return std::signed_integral<T> ? DType::I32 : DType::U32;
  else if constexpr (std::integral<T> && sizeof(T) == 2) return std::signed_integral<T> ? DType::I16 : DType::U16;
  else if constexpr (std::integral<T> && sizeof(T) == 1) return std::signed_integral<T> ? DType::I8 : DType::U8;
  else
    static_assert(detail::always_false<T>,
                  "dyadic::safetensors: no element type of the format holds this C++ type; use float, double, an integer, bool, "
                  "std::byte, std::complex<float>, Half, BFloat16, one of the 8-, 6- and 4-bit floats, or add the codes as bytes.");
}

}  // namespace safetensors
}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
