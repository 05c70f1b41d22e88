// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file policy.hpp
/// `With<Format, Round, Overflow>`: a format under another rounding or overflow policy.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/base/random.hpp>
#include <dyadic/format/number.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The same values and codes as `Format`, converted to by another rule. It is a scheme (for tensors, blocks, graphs) and a
/// namespace of arithmetic (`plus`, `minus`, `times`, `over`), not a type of numbers: those are `Format`'s.
template <Number Format, Round R = Round::nearest_even, Overflow O = Overflow::saturate>
class With {
  static_assert(O != Overflow::wrap || requires { Format::can_wrap; }, "dyadic::With<Format, Round, Overflow::wrap>: only Fixed wraps. Use Overflow::saturate or Overflow::special.");
  static_assert(O == Overflow::saturate || O == Overflow::wrap || Format::has_nan,
                "dyadic::With<Format, Round, Overflow::special, propagate or infinity>: the format has neither infinity nor NaN. Use "
                "Overflow::saturate, or a Minifloat with Specials::ieee, fn, fnuz or extended.");
  static constexpr detail::name_text text =
      O == Overflow::saturate
          ? detail::make_name("With<", Format::name(), ", ", detail::scope_of(R), to_string(R), ">")
          : detail::make_name("With<", Format::name(), ", ", detail::scope_of(R), to_string(R), ", Overflow::", to_string(O), ">");

 public:
  using format = Format;
  using code_type = typename Format::code_type;
  static constexpr Round round = R;
  static constexpr Overflow overflow = O;
  static constexpr int bits = Format::bits;
  static constexpr double bits_per_value = Format::bits_per_value;
  static constexpr float max_value = Format::max_value, min_value = Format::min_value;
  static constexpr bool has_nan = Format::has_nan, has_infinity = Format::has_infinity, has_lanes = Format::has_lanes;
  static constexpr bool uses_random = detail::is_stochastic(R);
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<With> arithmetic = {
      .kind = Format::arithmetic.kind,
      .low = Format::arithmetic.low,
      .high = Format::arithmetic.high,
      .fraction = Format::arithmetic.fraction,
      .drops_tiny = Format::arithmetic.drops_tiny && R != Round::up && R != Round::down && R != Round::to_odd,
      .lanes = has_lanes,
      .trits = Format::arithmetic.trits};

  /// float32 -> float32.
  /// @param x  a lane or a vector of them   @param random  32 uniform bits a lane (`random_bits(seed, index)`), used by stochastic rounding only
  template <class V>
  DYADIC_LANE static V quantize(V x, detail::ints_of<V> random) {
    if constexpr (has_lanes) {
      const V zeroed = detail::select(detail::is_nan(x), detail::splat<V>(0.0F), x);
      const V y = Format::template decode_lanes<V>(Format::template round_lanes<R, O, V>(zeroed, random));
      return detail::unless_nan(x, y);
    } else if constexpr (detail::is_scalar<V>) {
      return detail::is_nan(x) ? detail::quieted(x) : Format::decode(encode(x, static_cast<u32>(random)));
    } else {
      V y = x;
      for (int i = 0; i < detail::lane<V>::size; ++i) y[i] = quantize<float>(x[i], random[i]);
      return y;
    }
  }
  /// The code of a value. @param x  the value   @param random  32 uniform bits (`random_bits(seed, index)`)
  static constexpr code_type encode(float x, u32 random) { return Format::template encode_as<R, O>(x, static_cast<i32>(random)); }
  /// With the bits of `random_bits(0, 0)`: stochastic rounding of many values wants the other form, or a tensor.
  static constexpr code_type encode(float x) { return encode(x, random_bits(0, 0)); }
  /// The same of any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x, u32 random = random_bits(0, 0)) {
    return detail::code_of<Format, R, O>(x, random);
  }
  static constexpr float decode(code_type code) { return Format::decode(code); }

  /// Closed arithmetic: the exact result, rounded once by this policy. @param random  32 uniform bits, as above
  /// @{
  static constexpr Format plus(Format a, Format b, u32 random = random_bits(0, 0)) {
    return detail::plus<R, O>(a, b, random);
  }
  static constexpr Format minus(Format a, Format b, u32 random = random_bits(0, 0)) {
    return detail::minus<R, O>(a, b, random);
  }
  static constexpr Format times(Format a, Format b, u32 random = random_bits(0, 0)) {
    return detail::times<R, O>(a, b, random);
  }
  static constexpr Format over(Format a, Format b, u32 random = random_bits(0, 0)) {
    return detail::over<R, O>(a, b, random);
  }
  /// @}
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
