// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file arithmetic.hpp
/// What a scheme declares about its codes: value = (code − zero point) · scale, and how both are found. Kernels
/// compute with codes, and use forms for vectors, only where a scheme declares that they mean the same as its
/// definition; what its members are called says nothing.
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace dyadic {

/// How values come from codes. Each kind names the members that kernels then read.
enum class arithmetic_kind : std::uint8_t {
  /// Only the values count. So it is for a scheme that declares nothing; products then read its values.
  values,
  /// Elements: value = integer · 2^-`fraction`, the integers being all of [`low`, `high`].
  integers,
  /// Blocks: values of `element` times 2^s. `parameters`: `up` and `up_more`, floats whose product is 2^-s
  /// (NaN for a block that a NaN has poisoned), `down` and `down_more` for 2^s, and `spread<V>()`, the same
  /// for a vector. `scale::lowest(e)`: the least s for an element whose largest value has the exponent e.
  elements_by_power_of_two,
  /// Blocks: value = fl(`element` of fl(x / divisor) · factor). `parameters`: the float32 numbers `divisor`
  /// (NaN for a poisoned block) and `factor` (0 for a block of zeros).
  elements_by_float,
  /// The same, `factor` being a number of the format `scale`, of at most 4 significant bits, times the float32 scale of
  /// the tensor: as NVFP4 has it. With `fit_lanes` also `block_scale<V>(magnitudes, t)`: that number for a
  /// vector of blocks, of their largest magnitudes' bits.
  elements_by_short_float,
  /// Blocks: value = fl((code − zero_point) · step), codes from `low` to `low`+2^`bits`−1. `parameters`: the
  /// float32 `step` (NaN for a poisoned block) and the integer `zero_point`, one of the codes; a step of 0 or
  /// infinity makes a block of zeros.
  codes_by_step,
  /// Blocks: value = −alpha, 0 or alpha. `parameters`: the float32 `alpha`, not negative (NaN for a poisoned
  /// block).
  signs_by_float,
};

/// The declaration. A scheme makes it for itself, as a member called `arithmetic`:
///
///     struct mine {
///       static constexpr arithmetic_of<mine> arithmetic = {
///           .kind = arithmetic_kind::integers, .low = -8, .high = 7, .fraction = 2};
///       …
///
/// It is a promise about that class alone. Of a class derived from it, which may convert differently, only
/// the members count that every scheme has to have, until it makes a declaration of its own.
/// docs/adding_a_format.md lists what else is read where there is one.
/// @tparam Scheme  the class itself
template <class Scheme>
struct arithmetic_of {
  arithmetic_kind kind = arithmetic_kind::values;
  std::int64_t low = 0, high = 0;  ///< of `integers`; `low` also of `codes_by_step`
  int fraction = 0;                ///< likewise
  bool drops_tiny = false;         ///< of elements: what is far smaller than all values becomes what 0 does
  bool lanes = false;              ///< the forms for vectors are there, and give what the definition gives
  bool trits = false;              ///< codes are −1, 0 and 1, and five of them are packed into a byte
};

namespace detail {

/// Schemes that declare something about themselves.
template <class S>
concept Declares = std::same_as<std::remove_cv_t<decltype(S::arithmetic)>, arithmetic_of<S>>;

template <class>
inline constexpr bool is_declaration = false;
template <class Scheme>
inline constexpr bool is_declaration<arithmetic_of<Scheme>> = true;
/// Schemes derived from one that declares something: which of its members they have replaced is not known.
template <class S>
concept InheritsDeclaration = !Declares<S> && is_declaration<std::remove_cv_t<decltype(S::arithmetic)>>;

/// What a scheme declares; nothing if it does not.
template <class S>
inline constexpr arithmetic_of<S> declared = [] {
  if constexpr (Declares<S>) return S::arithmetic;
  else return arithmetic_of<S>{};
}();
/// Whether vectors may go through the forms that a scheme has for them.
template <class S>
inline constexpr bool has_lane_forms = declared<S>.lanes;
/// Block schemes whose codes are those of their `element`.
template <class S>
inline constexpr bool holds_elements = declared<S>.kind == arithmetic_kind::elements_by_power_of_two ||
                                       declared<S>.kind == arithmetic_kind::elements_by_float ||
                                       declared<S>.kind == arithmetic_kind::elements_by_short_float;

}  // namespace detail
}  // namespace dyadic
