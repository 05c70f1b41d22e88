// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file scale.hpp
/// Shared exponents: the fields that store them, and the rules that choose them from a block's largest magnitude.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/arithmetic.hpp>
#include <dyadic/format/e8m0.hpp>

#include <bit>
#include <concepts>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Which power of two a block's elements are divided by. `a` is the block's largest magnitude.
enum class ScaleRule {
  floor,    ///< floor(log2 a) - emax(Element): OCP MX v1.0; the largest value may saturate
  ceil,     ///< the smallest power of two with which the largest value does not saturate
  nearest,  ///< round(log2 a) - emax(Element), rounding at √2
  mse,      ///< of floor - 1, floor and floor + 1 the one with the least squared error; a tie takes the smallest
};
/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(ScaleRule r) {
  constexpr std::string_view names[] = {"floor", "ceil", "nearest", "mse"};
  return names[static_cast<int>(r)];
}

/// A field that stores the exponent `s` of a block's scale 2^s. `emax` is that of the element's largest value.
template <class S>
concept ScaleField = requires(int s, u32 code) {
  { S::bits } -> std::convertible_to<int>;
  { S::lowest(s) } -> std::same_as<int>;
  { S::highest(s) } -> std::same_as<int>;
  { S::encode(s, s) } -> std::same_as<u32>;
  { S::decode(code, s) } -> std::same_as<int>;
  { S::has_nan } -> std::convertible_to<bool>;
  { S::text() } -> std::same_as<detail::name_text>;
};

/// `E` bits, s in [-(2^(E-1)-1), 2^(E-1)]: the shared exponent of block floating point.
template <int E>
struct BiasedExponent {
  static_assert(1 <= E && E <= 8, "dyadic::BlockFP<N, E>: E, the bits of the shared exponent, must be in [1, 8].");
  static constexpr arithmetic_of<BiasedExponent> arithmetic = {.lanes = true};
  static constexpr int bits = E;
  static constexpr bool has_nan = false;
  static constexpr detail::name_text text() { return detail::make_name("BiasedExponent<", E, ">"); }
  static constexpr int lowest(int) { return -((1 << (E - 1)) - 1); }
  static constexpr int highest(int) { return 1 << (E - 1); }
  static constexpr u32 encode(int s, int) { return static_cast<u32>(s - lowest(0)); }
  static constexpr int decode(u32 code, int) { return static_cast<int>(code & ((1U << E) - 1)) + lowest(0); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(detail::ints_of<V> s, int) { return s - detail::isplat<V>(lowest(0)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> decode_lanes(detail::ints_of<V> code, int) { return code + detail::isplat<V>(lowest(0)); }
};

/// `B` bits, two's complement of the exponent of the block's largest magnitude; s = field - emax.
template <int B>
struct TopExponent {
  static_assert(1 <= B && B <= 8, "dyadic::BlockMinifloat<E, M, B>, BlockLog<W, B>: B, the bits of the shared exponent, must be in [1, 8].");
  static constexpr arithmetic_of<TopExponent> arithmetic = {.lanes = true};
  static constexpr int bits = B;
  static constexpr bool has_nan = false;
  static constexpr detail::name_text text() { return detail::make_name("TopExponent<", B, ">"); }
  static constexpr int lowest(int emax) { return -(1 << (B - 1)) - emax; }
  static constexpr int highest(int emax) { return (1 << (B - 1)) - 1 - emax; }
  static constexpr u32 encode(int s, int emax) { return static_cast<u32>(s + emax) & ((1U << B) - 1); }
  static constexpr int decode(u32 code, int emax) {
    const int field = static_cast<int>(code & ((1U << B) - 1));
    return (field >= 1 << (B - 1) ? field - (1 << B) : field) - emax;
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(detail::ints_of<V> s, int emax) { return (s + detail::isplat<V>(emax)) & detail::isplat<V>((1 << B) - 1); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> decode_lanes(detail::ints_of<V> code, int emax) {
    return (detail::shift_left<V>(code, detail::isplat<V>(32 - B)) >> (32 - B)) - detail::isplat<V>(emax);
  }
};

namespace detail {

/// The exponent of a block's scale, before it is clamped to its field. Of a zero block: below every field's range.
/// @param magnitude_bits  of the block's largest magnitude, finite   @param max_element_bits  of the element's largest value
template <ScaleRule Rule, class V>
DYADIC_LANE ints_of<V> block_exponent(ints_of<V> magnitude_bits, i32 max_element_bits) {
  const ints_of<V> a = unbounded_bits<V>(magnitude_bits);
  const i32 top = unbounded_bits<float>(max_element_bits);
  const i32 emax = (top >> 23) - 127;
  if constexpr (Rule == ScaleRule::nearest) return ((ints_of<V>)((uints_of<V>)a + (uints_of<V>)isplat<V>(past_sqrt2)) >> 23) - isplat<V>(127 + emax);  // lanes of no use may hold anything
  else {
    const ints_of<V> floor = (a >> 23) - isplat<V>(127 + emax);
    if constexpr (Rule != ScaleRule::ceil) return floor;
    else return floor + select((a & isplat<V>(0x007fffff)) > isplat<V>(top & 0x007fffff), isplat<V>(1), isplat<V>(0));
  }
}

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
