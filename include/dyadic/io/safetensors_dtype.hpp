// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file safetensors_dtype.hpp
/// The element types of a safetensors file, the C++ type of each, and what reader and writer share: sizes and messages.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/extents.hpp>
#include <dyadic/format/minifloat.hpp>

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

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors {

static_assert(
    std::endian::native == std::endian::little,
    "dyadic::safetensors: the format is little-endian and values are copied as they are; a big-endian machine needs a byte swap here.");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

/// Element types of the format (https://huggingface.co/docs/safetensors): all that have whole bytes and a C++ type here.
enum class DType : std::uint8_t { F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U64, U32, U16, U8, BOOL };

namespace detail {

/// Calls `f(std::type_identity<T>{})`, where `T` is the C++ type of `dtype`: the one table of this file.
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
  }
  throw error("a dyadic::safetensors::DType holds a value that names no type.");
}

struct NamedDType {
  std::string_view name;
  DType dtype;
};
inline constexpr std::array<NamedDType, 15> dtypes{{{"F64", DType::F64},
                                                    {"F32", DType::F32},
                                                    {"F16", DType::F16},
                                                    {"BF16", DType::BF16},
                                                    {"F8_E4M3", DType::F8_E4M3},
                                                    {"F8_E5M2", DType::F8_E5M2},
                                                    {"I64", DType::I64},
                                                    {"I32", DType::I32},
                                                    {"I16", DType::I16},
                                                    {"I8", DType::I8},
                                                    {"U64", DType::U64},
                                                    {"U32", DType::U32},
                                                    {"U16", DType::U16},
                                                    {"U8", DType::U8},
                                                    {"BOOL", DType::BOOL}}};

constexpr std::optional<DType> dtype_named(std::string_view name) {
  for (const NamedDType& d : dtypes) {
    if (d.name == name) return d.dtype;
  }
  return std::nullopt;
}

template <class T>
inline constexpr bool always_false = false;

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

/// The `T` that lies at `at`, which need not be aligned. A byte of a BOOL other than 0 is true, as NumPy reads it.
template <class T>
T load_value(const std::byte* at) {
  stored_t<T> raw;
  std::memcpy(&raw, at, sizeof raw);
  if constexpr (std::same_as<T, bool>) return raw != 0;
  else if constexpr (requires { typename T::code_type; }) return T::from_bits(static_cast<typename T::code_type>(raw));
  else return raw;
}
template <class T>
void store_value(std::byte* at, const T& value) {
  stored_t<T> raw;
  if constexpr (requires { typename T::code_type; }) raw = static_cast<stored_t<T>>(value.to_bits());
  else raw = static_cast<stored_t<T>>(value);
  std::memcpy(at, &raw, sizeof raw);
}

/// A name out of a file as it may appear in a message: quoted, control characters escaped, at most about 100 bytes.
inline std::string in_quotes(std::string_view name) {
  static constexpr std::size_t limit = 100;
  std::size_t shown = name.size();
  if (shown > limit) {
    shown = limit;
    while (shown > 0 && (static_cast<unsigned char>(name[shown]) & 0xC0u) == 0x80u) --shown;  // never half a UTF-8 character
  }
  std::string text = "'";
  for (const char c : name.substr(0, shown)) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7F) {
      text += c;
    } else {
      static constexpr std::string_view hex = "0123456789abcdef";
      text += "\\x";
      text += hex[u >> 4u];
      text += hex[u & 15u];
    }
  }
  return text + (shown < name.size() ? "…'" : "'");
}

/// Bytes of a tensor, or nothing if a dimension is negative or the product of the others overflows, in whatever order it is formed:
/// zero-sized tensors count their other dimensions too, so that `Extents::size` is always safe afterwards.
inline std::optional<std::int64_t> byte_size(const Extents& shape, std::int64_t element) {
  std::int64_t n = element;
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
  return empty ? 0 : n;
}

/// The key beside the tensors' names that holds the metadata: no tensor can have this name.
inline constexpr std::string_view metadata_key = "__metadata__";
/// As the reference implementation has it: no header of this many bytes was ever written in earnest.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;
inline constexpr std::size_t length_field = 8;

}  // namespace detail

/// As the file spells it: "F32", "BF16", …
[[nodiscard]] constexpr std::string_view name(DType dtype) {
  for (const auto& d : detail::dtypes) {
    if (d.dtype == dtype) return d.name;
  }
  return "?";
}

/// Bytes of one element.
[[nodiscard]] constexpr std::int64_t size_bytes(DType dtype) {
  return detail::visit(dtype, []<class T>(std::type_identity<T>) { return static_cast<std::int64_t>(sizeof(detail::stored_t<T>)); });
}

/// The element type that holds values of type `T`: the arithmetic types by kind and width, the formats `Half`, `BFloat16`, `E4M3`,
/// `E5M2`; `std::byte` goes with U8.
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
  else if constexpr (std::integral<T> && sizeof(T) == 8) return std::signed_integral<T> ? DType::I64 : DType::U64;
  else if constexpr (std::integral<T> && sizeof(T) == 4) return std::signed_integral<T> ? DType::I32 : DType::U32;
  else if constexpr (std::integral<T> && sizeof(T) == 2) return std::signed_integral<T> ? DType::I16 : DType::U16;
  else if constexpr (std::integral<T> && sizeof(T) == 1) return std::signed_integral<T> ? DType::I8 : DType::U8;
  else
    static_assert(detail::always_false<T>,
                  "dyadic::safetensors: no element type of the format holds this C++ type; use float, double, an integer, bool, "
                  "std::byte, Half, BFloat16, E4M3 or E5M2, or add the codes as bytes.");
}

}  // namespace safetensors
}  // namespace DYADIC_ISA
}  // namespace dyadic
