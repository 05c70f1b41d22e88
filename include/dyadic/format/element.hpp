// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file element.hpp
/// What makes a type an element format: one value, one code. And how a loop asks any of them, the library's or a user's.
#include <dyadic/base/lane_steps.hpp>
#include <dyadic/base/rounding.hpp>
#include <dyadic/format/arithmetic.hpp>

#include <concepts>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// A format whose values stand alone: it turns a float into a code and a code into a float.
/// A user's class needs no more than this (see `examples/02_custom_format`): `name()`, `bits`, `code_type`, `encode`, `decode`.
/// With a lane-generic `template <class V> static constexpr V quantize(V)` beside them it is as fast as the library's own.
/// Members of other names mean nothing, unless it makes a declaration (arithmetic.hpp). `name()` returns a
/// string literal or a `std::string_view` of one; `bits` is at most 32. A lane function is declared with
/// `DYADIC_LANE` (inlined everywhere); what it makes of a NaN does not matter, the library keeps NaN.
template <class S>
concept ElementScheme = requires(float x, typename S::code_type code) {
  requires std::integral<typename S::code_type>;
  requires std::same_as<decltype(S::name()), std::string_view> || std::same_as<decltype(S::name()), const char*>;
  { S::bits } -> std::convertible_to<int>;
  requires S::bits >= 1 && S::bits <= 32;
  { S::encode(x) } -> std::same_as<typename S::code_type>;
  { S::decode(code) } -> std::same_as<float>;
};

namespace detail {

template <class S, class V>
concept quantizes_lanes = !InheritsDeclaration<S> && requires(V x) {
  { S::template quantize<V>(x) } -> std::same_as<V>;
};

/// Whether a conversion to `S` consumes random bits: a constant of that name and of type bool says so.
template <class S>
inline constexpr bool uses_random = [] {
  if constexpr (requires { requires std::same_as<decltype(S::uses_random), const bool>; })
    return S::uses_random;
  else return false;
}();
/// A second parameter takes these bits where the scheme says that it uses some, or declares what its members
/// mean.
template <class S, class V>
concept takes_random = !InheritsDeclaration<S> && (uses_random<S> || Declares<S>) &&
                       requires(V x, ints_of<V> random) {
                         { S::template quantize<V>(x, random) } -> std::same_as<V>;
                       };

/// What becomes of values past the ends: as the policy says where `S` is one (`With`, or a format of a user's that has the same member).
template <class S>
inline constexpr Overflow overflow_of = [] {
  if constexpr (requires { requires std::same_as<decltype(S::overflow), const Overflow>; })
    return S::overflow;
  else return Overflow::saturate;
}();

/// `S`'s own bits per value, or the bits of its code.
template <class S>
constexpr double amortised_bits() {
  constexpr bool own = requires {
    requires std::is_arithmetic_v<std::remove_const_t<decltype(S::bits_per_value)>>;
  };
  if constexpr (own && !InheritsDeclaration<S>) return static_cast<double>(S::bits_per_value);
  else return S::bits;
}

/// The code of one value. Formats that consume random bits take them here.
template <class S>
DYADIC_LANE auto encode_one(float x, [[maybe_unused]] i32 random) {
  constexpr bool takes_bits = requires { S::encode(x, u32{}); };
  if constexpr (takes_bits && (uses_random<S> || Declares<S>)) return S::encode(x, static_cast<u32>(random));
  else return S::encode(x);
}

/// `S`'s own function for a lane or a vector of them.
template <class S, class V>
DYADIC_LANE V quantize_by_own(V x, [[maybe_unused]] ints_of<V> random) {
  if constexpr (takes_random<S, V>) return S::template quantize<V>(x, random);
  else return S::template quantize<V>(x);
}
/// Quantises a lane or a vector of them by whatever `S` offers: its lane function, or its encode and decode one by one.
template <class S, class V>
DYADIC_LANE V quantize_lanes(V x, [[maybe_unused]] ints_of<V> random) {
  if constexpr (takes_random<S, V> || quantizes_lanes<S, V>) {
    if constexpr (Declares<S>) return quantize_by_own<S, V>(x, random);  // keeps NaN by itself
    else if constexpr (is_scalar<V>) return is_nan(x) ? quieted(x) : quantize_by_own<S, V>(x, random);
    else return unless_nan(x, quantize_by_own<S, V>(x, random));
  } else if constexpr (is_scalar<V>) return is_nan(x) ? quieted(x) : S::decode(encode_one<S>(x, random));
  else {
    V y = x;
    for (int i = 0; i < lane<V>::size; ++i) y[i] = quantize_lanes<S, float>(x[i], random[i]);
    return y;
  }
}

/// The same of lanes that hold no NaN, where that is faster.
template <class S, class V>
DYADIC_LANE V quantize_numbers(V x, [[maybe_unused]] ints_of<V> random) {
  constexpr bool faster = requires { S::template quantize_numbers<V>(x); };
  if constexpr (!is_scalar<V> && has_lane_forms<S> && faster) return S::template quantize_numbers<V>(x);
  else return quantize_lanes<S, V>(x, random);
}

/// Where a format has its values times a power of two, for blocks: itself or its grid.
template <class S>
struct placing {
  static constexpr bool exists = false;
};
template <class S>
  requires(has_lane_forms<S> && requires { requires S::can_place; })
struct placing<S> {
  static constexpr bool exists = true;
  using type = S;
};
template <class S>
  requires(has_lane_forms<S> && requires { requires S::grid::can_place; } && !requires { S::can_place; })
struct placing<S> {
  static constexpr bool exists = true;
  using type = typename S::grid;
};

/// The largest finite value and its exponent, as block scales need them.
template <class S>
constexpr float largest_value() {
  if constexpr (Declares<S> && requires { S::max_value; }) return S::max_value;
  else {
    // What the format makes of the largest float.
    return S::decode(S::encode(std::bit_cast<float>(largest_finite_bits)));
  }
}
template <class S>
inline constexpr int largest_exponent = floor_log2<float>(std::bit_cast<i32>(largest_value<S>()));

/// Whether 0 is a value of the format: what blocks of zeros become.
template <class S>
constexpr bool has_zero() {
  return S::decode(S::encode(0.0F)) == 0.0F;
}

/// Whether a scale of 0 makes zeros of all that the format encodes: where its value for 0 is none of the largest, as a sign's is.
template <class S>
constexpr bool vanishes_scaled() {
  return (std::bit_cast<i32>(S::decode(S::encode(0.0F))) & magnitude_mask) < std::bit_cast<i32>(largest_value<S>());
}

/// Code <-> lanes, for bulk encoding; only the library's formats of up to 24 bits have it.
template <class S, class V>
concept encodes_lanes = requires(V x, ints_of<V> c) {
  { S::template encode_lanes<V>(x) } -> std::same_as<ints_of<V>>;
  { S::template decode_lanes<V>(c) } -> std::same_as<V>;
};

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
