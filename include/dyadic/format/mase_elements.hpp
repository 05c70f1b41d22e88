// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mase_elements.hpp
/// The parity family's schemes of single values: `integer`, `integer_floor`, `minifloat_ieee`, `minifloat_denorm`, `log`.
/// See mase.hpp for what the family is.
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/mase_rounding.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail::parity {

inline constexpr float tiny = 1e-9F;         ///< added before log2 is taken
inline constexpr float let_through = 1e-8F;  ///< magnitudes up to here stay what they are

/// One value of a minifloat with hidden bit, `M` bits of mantissa and exponents from `lowest` to `highest`; no carry into the next binade.
template <int M>
constexpr float minifloat_ieee(float x, int lowest, int highest) {
  if (is_nan(x)) return quieted(x);
  const i32 magnitude = std::bit_cast<i32>(x) & magnitude_mask;
  const float v = std::bit_cast<float>(magnitude);
  if (v <= let_through) return x;
  const int log2 = magnitude == infinity_bits ? beyond : floor_of_log2(std::bit_cast<i32>(v + tiny));
  const int e = clamped(log2, lowest, highest);
  if (e > 127) return magnitude == infinity_bits ? not_a_number : infinity_with_sign_of(x);  // 2^e is infinite: v/2^e is 0 or NaN
  if (e < -149) return with_sign_of(x, 0, 0);                                                // 2^e is 0
  constexpr i32 one = i32{1} << M;
  if (e == lowest) return with_sign_of(x, clamped(rounded_scaled(magnitude, M - 1 - e), 0, one - 1), e - M + 1);
  return with_sign_of(x, one + clamped(rounded_scaled(magnitude, M - e) - one, 0, one - 1), e - M);
}

/// ±2^e·m/2^M from a magnitude >= 0 by its bits. 2^128 is infinite, and infinity times the mantissa 0 is NaN.
template <int M>
constexpr float fraction_of_power(float x, i32 magnitude, int e) {
  if (e > 127) return not_a_number;
  if (e < -149) return with_sign_of(x, 0, 0);
  return with_sign_of(x, clamped(rounded_scaled(magnitude, M - e), 0, (i32{1} << M) - 1), e - M);
}
template <int M>
constexpr float minifloat_denorm(float x, int lowest, int highest) {
  if (is_nan(x)) return quieted(x);
  const i32 magnitude = std::bit_cast<i32>(x) & magnitude_mask;
  const float v = std::bit_cast<float>(magnitude);
  if (v <= let_through) return x;
  const int log2 = magnitude == infinity_bits ? beyond : ceil_of_log2(std::bit_cast<i32>(v + tiny));
  return fraction_of_power<M>(x, magnitude, clamped(log2, lowest, highest));
}

/// A power of two with exponents from -bias to most - bias.
constexpr float log_value(float x, int bias, int most) {
  if (is_nan(x)) return quieted(x);
  const i32 magnitude = std::bit_cast<i32>(x) & magnitude_mask;
  // A tenth of the smallest power keeps zero away from log2: 0.1f = 13421773·2^-27.
  const float tenth = with_sign_of(1.0F, 13421773, -27 - bias);
  const bool infinite = magnitude == infinity_bits;
  const int log2 = infinite ? beyond : nearest_of_log2(std::bit_cast<i32>(std::bit_cast<float>(magnitude) + tenth));
  const int e = clamped(log2, -bias, most - bias);
  const float shifted = infinite ? x : x + tenth;
  if (shifted == 0.0F) return e > 127 ? not_a_number : 0.0F;  // sign(0) is 0
  return e > 127 ? infinity_with_sign_of(shifted) : with_sign_of(shifted, 1, e);
}

/// Each value for itself.
template <class Convert>
constexpr void each(std::span<const float> in, std::span<float> out, Convert convert) {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = convert(in[i]);
}

constexpr int ieee_bias(int exponent_bits) { return (1 << (exponent_bits - 1)) - 1; }

}  // namespace detail::parity

namespace mase {

/// `clamp(rne(x·2^F), lo, hi)/2^F`: the library's fixed point has the same values and rounding. MASE has two names for it.
/// @{
template <int W, int F, bool Signed = true>
using integer = Fixed<W, F, Signed>;
template <int W, int F, bool Signed = true>
using fixed = integer<W, F, Signed>;
/// @}

/// `clamp(floor(x·2^F), lo, hi)/2^F`.
/// @tparam W  bits in all, 1 to 32   @tparam F  fractional bits, -95 to 126
template <int W, int F, bool Signed = true>
class integer_floor {
  using downwards = With<Fixed<W, F, Signed>, Round::down>;
  static constexpr detail::name_text text = detail::make_name("mase::integer_floor<", W, ", ", F, Signed ? ">" : ", false>");
  // x·2^F is a float32: up to here it is 0, and so is its floor, even below zero.
  static constexpr i32 vanishing = F < 0 ? std::bit_cast<i32>(detail::exp2_float(-150 - F)) : 0;

 public:
  using code_type = typename downwards::code_type;
  static constexpr int bits = W;
  static constexpr double bits_per_value = W;
  static constexpr float max_value = downwards::max_value, min_value = downwards::min_value;
  static constexpr std::string_view name() { return text.view(); }
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    return downwards::template quantize<V>(flushed(x), detail::ints_of<V>{});
  }
  static constexpr code_type encode(float x) { return downwards::encode(flushed(x), 0); }
  static constexpr float decode(code_type code) { return downwards::decode(code); }

 private:
  template <class V>
  DYADIC_LANE static V flushed(V x) {
    using detail::isplat;
    if constexpr (F >= 0) return x;
    else {
      const detail::ints_of<V> raw = detail::to_bits(x);
      return detail::from_bits<V>(detail::select((raw & isplat<V>(detail::magnitude_mask)) <= isplat<V>(vanishing), isplat<V>(0), raw));
    }
  }
};

/// Sign, `E` bits of exponent with bias `B`, W-E-1 of mantissa with a hidden one: v = |x|, e = clamp(floor log2(v + 1e-9), -B,
/// 2^E-1-B), ±2^e·(1 + m/2^M), m = clamp(rne(v/2^e·2^M - 2^M), 0, 2^M-1); for e = -B ±2^e·(m/2^M·2), m = clamp(rne(v/2^e·2^M/2), …).
/// No carry into the next binade; |x| <= 1e-8 stays.
template <int W, int E, int B = detail::parity::ieee_bias(E)>
class minifloat_ieee {
  static_assert(1 <= E && E <= 8, "dyadic::mase::minifloat_ieee<W, E, B>: E, the bits of the exponent, must be in [1, 8].");
  static_assert(E < W && W - E - 1 <= 23, "dyadic::mase::minifloat_ieee<W, E, B>: W, the bits in all, must be in [E + 1, E + 24].");
  static_assert(-127 <= B && B <= 149,
                "dyadic::mase::minifloat_ieee<W, E, B>: B, the bias, must be in [-127, 149], so that 2^-B is a float32.");
  static constexpr detail::name_text text = detail::make_name("mase::minifloat_ieee<", W, ", ", E, ", ", B, ">");

 public:
  static constexpr int bits = W;
  static constexpr double bits_per_value = W;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents&) {
    detail::parity::each(in, out, [](float x) { return detail::parity::minifloat_ieee<W - E - 1>(x, -B, (1 << E) - 1 - B); });
  }
};

/// The same without a hidden one: e = clamp(ceil log2(v + 1e-9), -B, 2^E-1-B), ±2^e·m/2^M, m = clamp(rne(v/2^e·2^M), 0, 2^M-1).
/// Where e is 128 the float32 formula gives NaN (infinity times zero); so does this.
template <int W, int E, int B = detail::parity::ieee_bias(E)>
class minifloat_denorm {
  static_assert(1 <= E && E <= 8, "dyadic::mase::minifloat_denorm<W, E, B>: E, the bits of the exponent, must be in [1, 8].");
  static_assert(E < W && W - E - 1 <= 23, "dyadic::mase::minifloat_denorm<W, E, B>: W, the bits in all, must be in [E + 1, E + 24].");
  static_assert(-127 <= B && B <= 149,
                "dyadic::mase::minifloat_denorm<W, E, B>: B, the bias, must be in [-127, 149], so that 2^-B is a float32.");
  static constexpr detail::name_text text = detail::make_name("mase::minifloat_denorm<", W, ", ", E, ", ", B, ">");

 public:
  static constexpr int bits = W;
  static constexpr double bits_per_value = W;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents&) {
    detail::parity::each(in, out, [](float x) { return detail::parity::minifloat_denorm<W - E - 1>(x, -B, (1 << E) - 1 - B); });
  }
};

/// Sign and `W`-1 bits of exponent, no zero: p = 2^-B, sign(x + 0.1p)·2^e, e = clamp(rne(log2(|x| + 0.1p)), -B, 2^(W-1)-1-B).
template <int W, int B = (1 << (W - 2)) - 1>
class log {
  static_assert(2 <= W && W <= 16, "dyadic::mase::log<W, B>: W, the bits in all, must be in [2, 16].");
  static_assert(-100 <= B && B <= 149,
                "dyadic::mase::log<W, B>: B, the bias, must be in [-100, 149], so that 2^-B is a float32. Wide exponents need one, as in "
                "log<12, 127>.");
  static constexpr detail::name_text text = detail::make_name("mase::log<", W, ", ", B, ">");

 public:
  static constexpr int bits = W;
  static constexpr double bits_per_value = W;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents&) {
    detail::parity::each(in, out, [](float x) { return detail::parity::log_value(x, B, (1 << (W - 1)) - 1); });
  }
};

}  // namespace mase
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
