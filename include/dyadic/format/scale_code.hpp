// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file scale_code.hpp
/// In which format the scale of a block is stored: `Scaled<Element, Shape, Scale>` and `Affine<W, Shape, Scale>` take one of these.
///
/// | Scale | a block's scale |
/// |---|---|
/// | `Float32` | as it is fitted; 32 bits |
/// | `Half`, `BFloat16`, any number format of 9 to 16 bits with a NaN | rounded to it; so many bits |
/// | `E8M0` | rounded to the nearest power of two, a tie to the even code; 8 bits |
/// | `E4M3`, any other of up to 8 bits | times a float32 for the whole tensor, as NVFP4 has it; so many bits, and 32 for the tensor |
///
/// Scales round to nearest and saturate. What is not 0 becomes the least positive value and not 0. Values are divided by the rounded scale.
#include <dyadic/format/number.hpp>
#include <dyadic/format/scale.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The scale as it is: a float32.
struct Float32 {
  static constexpr int bits = 32;
  static constexpr std::string_view name() { return "Float32"; }
};

namespace detail {

template <class Scale>
inline constexpr bool is_scale_number = false;
template <Number Scale>
inline constexpr bool is_scale_number<Scale> = Scale::has_nan;

}  // namespace detail

/// What scales can be stored in.
template <class Scale>
concept ScaleCode = std::same_as<Scale, Float32> || std::same_as<Scale, E8M0> || detail::is_scale_number<Scale>;

namespace detail {

/// Formats of too small a range for a scale alone: the tensor has a float32 beside them.
template <ScaleCode Scale>
inline constexpr bool has_relative_scale = !std::same_as<Scale, Float32> && !std::same_as<Scale, E8M0> && Scale::bits <= 8;

/// Significant bits of a format of up to 8 bits: those of its longest value.
template <Number Scale>
constexpr int significant_bits() {
  int most = 0;
  for (u32 c = 0; c < (u32{1} << Scale::bits); ++c) {
    const u64 m = Scale::from_bits(static_cast<typename Scale::code_type>(c)).exact().significand;
    const int n = m == 0 ? 0 : 64 - std::countl_zero(m) - std::countr_zero(m);
    most = n > most ? n : most;
  }
  return most;
}

/// The scale that is stored for a fitted one, which is 0 or greater and no NaN; as a float32.
template <ScaleCode Scale, class V>
DYADIC_LANE V rounded_scale(V d) {
  const ints_of<V> b = to_bits(d);
  if constexpr (std::same_as<Scale, Float32>) return min_keep_nan(d, splat<V>(std::bit_cast<float>(largest_finite_bits)));
  else if constexpr (std::same_as<Scale, E8M0>) return E8M0::quantize<V>(d);
  else {
    const V q = Scale::template quantize<V>(d), least = splat<V>(Scale::min_value);
    return select(b > isplat<V>(0), select(q > least, q, least), splat<V>(0.0F));
  }
}
/// Its code, of a scale that `rounded_scale` gave; and back.
/// @{
template <ScaleCode Scale, class V>
DYADIC_LANE ints_of<V> scale_to_code(V d) {
  if constexpr (std::same_as<Scale, Float32>) return to_bits(d);
  else return Scale::template encode_lanes<V>(d);
}
template <ScaleCode Scale, class V>
DYADIC_LANE V code_to_scale(ints_of<V> code) {
  if constexpr (std::same_as<Scale, Float32>) return from_bits<V>(code);
  else return Scale::template decode_lanes<V>(code);
}
/// @}
/// The code of the scale of a block that holds a NaN.
template <ScaleCode Scale>
constexpr u32 nan_scale_code() {
  if constexpr (std::same_as<Scale, Float32>) return static_cast<u32>(quiet_nan_bits);
  else return static_cast<u32>(Scale::encode(std::bit_cast<float>(quiet_nan_bits)));
}

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
