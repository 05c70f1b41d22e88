// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file scaled.hpp
/// Blocks under a scale that is no power of two: `Scaled` (symmetric), `Affine`, `SignedAffine` and
/// `SymmetricAffine` (with a zero point), and NVFP4 with its two levels.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/format/block.hpp>
#include <dyadic/format/scale_code.hpp>

#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// x / divisor, to the element, times factor. A block that must become zero has factor 0 (and divisor 1).
template <class V>
struct division_of {
  V divisor, factor;
  /// One block's for every lane.
  template <class W>
  DYADIC_LANE division_of<W> spread() const {
    return {splat<W>(divisor), splat<W>(factor)};
  }
  /// Those of one block, for every lane, out of a group's in memory: the divisor, the factor `step` floats on.
  DYADIC_LANE static division_of of_group(const float* field, int step) { return {splat<V>(field[0]), splat<V>(field[step])}; }
  /// For scales of as many blocks as there are lanes; none is NaN.
  DYADIC_LANE static division_of by_lanes(V d) { return {select(d == splat<V>(0.0F), splat<V>(1.0F), d), d}; }
  static constexpr division_of by(float d) {
    if (is_nan(d)) return {d, d};
    return d == 0.0F ? division_of{1.0F, 0.0F} : division_of{d, d};
  }
};
using division = division_of<float>;

/// Rounded quotients and products whose overflow is no error in a constant expression.
DYADIC_LANE float within_float32(double x) {
  const double end = exp2_double(128) - exp2_double(103);  // halfway between the largest float32 and 2^128
  if (x >= end) return std::bit_cast<float>(infinity_bits);
  if (x <= -end) return std::bit_cast<float>(infinity_bits | sign_bit);
  return static_cast<float>(x);
}
/// fl(a/b) of floats: the double quotient has more than twice the bits, so rounding it again is harmless.
DYADIC_LANE float quotient(float a, float b) {
  if ((std::bit_cast<i32>(a) & magnitude_mask) == infinity_bits) return std::bit_cast<float>(std::bit_cast<i32>(a) ^ (std::bit_cast<i32>(b) & sign_bit));
  return within_float32(static_cast<double>(a) / static_cast<double>(b));
}
DYADIC_LANE float product(float a, float b) { return within_float32(static_cast<double>(a) * static_cast<double>(b)); }

template <class Element, class V>
DYADIC_LANE V divided(V x, const division_of<V>& p, ints_of<V> random) {
  if constexpr (is_scalar<V>) {
    if (is_nan(p.divisor)) return p.divisor;
    if (is_nan(x)) return quieted(x);
    return product(quantize_lanes<Element, float>(quotient(x, p.divisor), random), p.factor);
  } else return quantize_numbers<Element, V>(x / p.divisor, random) * p.factor;  // vectors come without NaN
}

constexpr double per_value(int scale_bits, std::int64_t size) { return size == 0 ? 0.0 : static_cast<double>(scale_bits) / static_cast<double>(size); }

}  // namespace detail

/// Elements under a scale d = fl(a / max(Element)) per block, rounded to its code: y = fl(Element(fl(x/d))·d). Zero blocks give zeros; a NaN
/// poisons its block; ±Inf counts as the largest finite float32 for the scale.
/// A `Scale` of up to 8 bits other than E8M0 stands beside a float32 `t` of the tensor, t = fl(amax / (max(Element)·max(Scale))), 1 if zero; then
/// d = fl(c·t), c = fl(fl(a / max(Element)) / t) rounded to its code. `Scaled<E2M1, Along<16>, E4M3>` is NVFP4 whose block scales never round to 0.
/// @tparam Scale  see scale_code.hpp; `Scaled<Fixed<4, 0>, Along<32>, Half>` takes 4.5 bits a value
template <ElementScheme Element, BlockShape S = PerTensor, ScaleCode Scale = Float32>
class Scaled {
  static_assert(
      detail::overflow_of<Element> == Overflow::saturate,
      "dyadic::Scaled<Element, Shape>: the element must saturate. Under Overflow::wrap the largest value of "
      "a block could change "
      "its sign, under Overflow::special become infinite or NaN. Use With<Format, Round>, which saturates.");
  static_assert(detail::vanishes_scaled<Element>(),
                "dyadic::Scaled<Element, Shape>: the element needs a zero, or values close to it. For scaled signs use ScaledBinary.");
  static_assert(detail::largest_value<Element>() > 0.0F && detail::largest_value<Element>() <= std::bit_cast<float>(detail::largest_finite_bits),
                "dyadic::Scaled<Element, Shape>: the element's largest value must be positive and finite. Give it `static constexpr float max_value`.");
  static constexpr bool relative = detail::has_relative_scale<Scale>;
  static constexpr detail::name_text text = [] {
    if constexpr (std::same_as<Scale, Float32>) return detail::make_name("Scaled<", Element::name(), ", ", S::text().view(), ">");
    else return detail::make_name("Scaled<", Element::name(), ", ", S::text().view(), ", ", Scale::name(), ">");
  }();

 public:
  using element = Element;
  using shape = S;
  using scale = Scale;
  using code_type = typename Element::code_type;
  using parameters = detail::division;
  static constexpr int bits = Element::bits;
  static constexpr int scale_bits = Scale::bits, tensor_bits = relative ? 32 : 0;
  static constexpr double bits_per_value = detail::amortised_bits<Element>() + detail::per_value(scale_bits, S::size);
  static constexpr bool uses_random = detail::uses_random<Element>;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<Scaled> arithmetic = {.kind = [] {
                                                         if constexpr (!relative) return arithmetic_kind::elements_by_float;
                                                         else if (detail::significant_bits<Scale>() <= 4) return arithmetic_kind::elements_by_short_float;
                                                         else return arithmetic_kind::values;
                                                       }(),
                                                       .lanes = true};

  /// The tensor's own scale, from its largest magnitude.
  static constexpr float tensor_scale(float amax)
  requires relative
  {
    const float t = detail::within_float32(static_cast<double>(amax) / (static_cast<double>(detail::largest_value<Element>()) * static_cast<double>(Scale::max_value)));
    return t == 0.0F ? 1.0F : t;
  }
  /// Parameters for a given (calibrated) scale, which is used as it is, without rounding to `Scale`. @throws error unless it is greater than 0
  /// and finite
  static constexpr parameters with_scale(float d) {
    if (!(d > 0.0F && d <= std::bit_cast<float>(detail::largest_finite_bits)))
      detail::raise(
          "Scaled::with_scale: a scale must be greater than 0 and finite; a block of zeros takes any, such "
          "as 1.");
    return detail::division::by(d);
  }
  /// For scales that are given as data (given.hpp): what is wrong with one, null if nothing is; and its code.
  /// @{
  static constexpr const char* given_fault(float d) { return detail::scale_fault<Scale>(d); }
  static constexpr scale_code given_code(float d) {
    return static_cast<u32>(detail::scale_to_code<Scale, float>(d));
  }
  /// @}

  template <class Values>
  static constexpr parameters fit(const Values& values, float t) {
    const detail::peak a = values.max_magnitude();
    if (a.nan) return detail::division::by(std::bit_cast<float>(detail::quiet_nan_bits));
    return detail::division::by(product_with(stored_scale(a.value(), t), t));
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    const detail::peak a = values.max_magnitude();
    return a.nan ? detail::nan_scale_code<Scale>() : static_cast<u32>(detail::scale_to_code<Scale, float>(stored_scale(a.value(), t)));
  }
  static constexpr parameters parameters_of(scale_code code, float t) {
    const float c = detail::code_to_scale<Scale, float>(static_cast<i32>(code));
    return detail::division::by(detail::is_nan(c) ? c : product_with(c, t));
  }
  /// For as many blocks as there are lanes, from their largest magnitudes (finite): the scale as its code has it; what is divided by.
  /// @{
  template <class V>
  DYADIC_LANE static V block_scale(detail::ints_of<V> magnitude_bits, float t) {
    V d = detail::from_bits<V>(magnitude_bits) / detail::splat<V>(detail::largest_value<Element>());
    if constexpr (relative) d = d / detail::splat<V>(t);
    return detail::rounded_scale<Scale, V>(d);
  }
  template <class V>
  DYADIC_LANE static detail::division_of<V> fit_lanes(detail::ints_of<V> magnitude_bits, float t) {
    V d = block_scale<V>(magnitude_bits, t);
    if constexpr (relative) d = d * detail::splat<V>(t);
    return detail::division_of<V>::by_lanes(d);
  }
  /// @}
  /// The stored scales of as many blocks, and what they decode with.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> scale_lanes(detail::ints_of<V> magnitude_bits, float t) {
    return detail::scale_to_code<Scale, V>(block_scale<V>(magnitude_bits, t));
  }
  template <class V>
  DYADIC_LANE static detail::division_of<V> decoding_lanes(detail::ints_of<V> code, float t) {
    V d = detail::code_to_scale<Scale, V>(code);
    if constexpr (relative) d = d * detail::splat<V>(t);
    return {detail::splat<V>(1.0F), d};
  }
  template <class V>
  DYADIC_LANE static V to_element(V x, const detail::division_of<V>& p) {
    return x / p.divisor;
  }
  template <class V>
  DYADIC_LANE static V from_element(V v, const detail::division_of<V>& p) {
    return v * p.factor;
  }
  template <class V>
  DYADIC_LANE static V apply(V x, const detail::division_of<V>& p, detail::ints_of<V> random) {
    return detail::divided<Element, V>(x, p, random);
  }
  static constexpr code_type encode_element(float x, const parameters& p, i32 random) {
    return detail::encode_one<Element>(detail::is_nan(p.divisor) ? 0.0F : detail::is_nan(x) ? x : detail::quotient(x, p.divisor), random);
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    const float v = Element::decode(code);
    return detail::is_nan(p.divisor) ? p.divisor : detail::is_nan(v) ? v : detail::product(v, p.factor);
  }

 private:
  /// The scale of a block as its code has it, from the block's largest magnitude.
  static constexpr float stored_scale(float a, float t) {
    float d = detail::quotient(a, detail::largest_value<Element>());
    if constexpr (relative) d = detail::quotient(d, t);
    constexpr float end = std::bit_cast<float>(detail::largest_finite_bits);  // reached where max(Element) < 1
    return detail::rounded_scale<Scale, float>(d < end ? d : end);
  }
  static constexpr float product_with(float c, float t) { return relative ? detail::product(c, t) : c; }
};

/// NVIDIA's FP4: E2M1 elements, an E4M3 scale for 16 neighbours along the reduction axis, one float32 `t` for the tensor.
/// t = fl(amax/2688), 1 if zero; c = E4M3(fl(fl(a/6)/t)); d = fl(c·t); y = fl(E2M1(fl(x/d))·d); d = 0 gives zeros.
/// A NaN poisons its block and counts as 0 in `amax`; ±Inf counts as the largest finite float32.
class NVFP4 {
 public:
  using element = E2M1;
  using shape = Along<16>;
  using scale = E4M3;
  using code_type = E2M1::code_type;
  using parameters = detail::division;
  static constexpr int bits = 4;
  static constexpr int scale_bits = 8, tensor_bits = 32;
  static constexpr double bits_per_value = 4.5;
  static constexpr bool uses_random = false;
  static constexpr std::string_view name() { return "NVFP4"; }
  static constexpr arithmetic_of<NVFP4> arithmetic = {.kind = arithmetic_kind::elements_by_short_float,
                                                      .lanes = true};

  /// The tensor's own scale, from its largest magnitude.
  static constexpr float tensor_scale(float amax) {
    const float t = detail::quotient(amax, 2688.0F);
    return t == 0.0F ? 1.0F : t;
  }
  /// For block scales, values of E4M3, that are given as data (given.hpp): what is wrong with one, null if
  /// nothing is; and its code.
  /// @{
  static constexpr const char* given_fault(float c) { return detail::scale_fault<E4M3>(c); }
  static constexpr scale_code given_code(float c) { return E4M3::encode(c); }
  /// @}
  template <class Values>
  static constexpr parameters fit(const Values& values, float t) {
    return parameters_of(fit_code(values, t), t);
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    const detail::peak a = values.max_magnitude();
    return a.nan ? nan_code : E4M3::encode(detail::quotient(detail::quotient(a.value(), 6.0F), t));
  }
  static constexpr parameters parameters_of(scale_code code, float t) {
    const float c = E4M3::decode(static_cast<E4M3::code_type>(code));
    return detail::division::by(detail::is_nan(c) ? c : detail::product(c, t));
  }
  /// For as many blocks as there are lanes, from their largest magnitudes (finite).
  /// @{
  template <class V>
  DYADIC_LANE static V block_scale(detail::ints_of<V> magnitude_bits, float t) {
    return E4M3::quantize<V>(detail::from_bits<V>(magnitude_bits) / detail::splat<V>(6.0F) / detail::splat<V>(t));
  }
  template <class V>
  DYADIC_LANE static detail::division_of<V> fit_lanes(detail::ints_of<V> magnitude_bits, float t) {
    return detail::division_of<V>::by_lanes(block_scale<V>(magnitude_bits, t) * detail::splat<V>(t));
  }
  /// @}
  /// The stored scales of as many blocks, and what they decode with.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> scale_lanes(detail::ints_of<V> magnitude_bits, float t) {
    return E4M3::encode_lanes<V>(detail::from_bits<V>(magnitude_bits) / detail::splat<V>(6.0F) / detail::splat<V>(t));
  }
  template <class V>
  DYADIC_LANE static detail::division_of<V> decoding_lanes(detail::ints_of<V> code, float t) {
    return {detail::splat<V>(1.0F), E4M3::decode_lanes<V>(code) * detail::splat<V>(t)};
  }
  template <class V>
  DYADIC_LANE static V to_element(V x, const detail::division_of<V>& p) {
    return x / p.divisor;
  }
  template <class V>
  DYADIC_LANE static V from_element(V v, const detail::division_of<V>& p) {
    return v * p.factor;
  }
  template <class V>
  DYADIC_LANE static V apply(V x, const detail::division_of<V>& p, detail::ints_of<V> random) {
    return detail::divided<E2M1, V>(x, p, random);
  }
  static constexpr code_type encode_element(float x, const parameters& p, i32) {
    return E2M1::encode(detail::is_nan(p.divisor) || detail::is_nan(x) ? 0.0F : detail::quotient(x, p.divisor));
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    return detail::is_nan(p.divisor) ? p.divisor : detail::product(E2M1::decode(code), p.factor);
  }

 private:
  static constexpr scale_code nan_code = 0x7F;
};

namespace detail {

/// fl((hi - lo) / k) of finite floats, rounded once: the double quotient is right unless it falls next to a midpoint between
/// two floats, which exact arithmetic then decides.
constexpr float spread(float hi, float lo, double k) {
  const double h = static_cast<double>(hi), l = -static_cast<double>(lo);
  const double s = h + l;
  const double part = s - h;
  const double err = (h - (s - part)) + (l - part);  // s + err is the exact sum (Knuth's two-sum)
  const double q = s / k;
  if (q >= exp2_double(128) - exp2_double(103)) return std::bit_cast<float>(infinity_bits);
  const float f = static_cast<float>(q);
  if (f == 0.0F || err == 0.0) {
    // exact sum: only the double rounding of the quotient is left to decide
    if (s == 0.0) return 0.0F;
  }
  const i32 b = std::bit_cast<i32>(f);
  const double below = b > 0 ? (static_cast<double>(f) + static_cast<double>(std::bit_cast<float>(b - 1))) / 2 : -1.0;
  const double next = b + 1 < infinity_bits ? static_cast<double>(std::bit_cast<float>(b + 1)) : exp2_double(128);
  const double above = (static_cast<double>(f) + next) / 2;
  // sign of (s + err) - midpoint * k, whose first difference is exact where it matters (the two are within a factor of 2)
  const auto side = [&](double midpoint) { return (s - midpoint * k) + err; };
  if (below > 0.0 && (side(below) < 0.0 || (side(below) == 0.0 && (b & 1) != 0))) return std::bit_cast<float>(b - 1);
  if (side(above) > 0.0 || (side(above) == 0.0 && (b & 1) != 0)) return b + 1 < infinity_bits ? std::bit_cast<float>(b + 1) : std::bit_cast<float>(infinity_bits);
  return f;
}

/// rne of a double of magnitude below 2^51.
constexpr double rne(double x) {
  constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  return (x + magic) - magic;
}

/// Which codes an integer scheme with a step has, and which of them stands for 0.
enum class step_kind {
  unsigned_codes,  ///< 0 to 2^W-1, the zero point fitted
  signed_codes,    ///< -2^(W-1) to 2^(W-1)-1, the zero point fitted
  middle,          ///< 0 to 2^W-1, the zero point 2^(W-1)
};
constexpr std::string_view step_family(step_kind kind) {
  constexpr std::string_view names[] = {"Affine", "SignedAffine", "SymmetricAffine"};
  return names[static_cast<int>(kind)];
}

/// What the three have in common: all but the declaration of their arithmetic.
template <step_kind Kind, int W, BlockShape S, ScaleCode Scale>
class step_codes {
  static_assert(
      1 <= W && W <= 16,
      "dyadic::Affine<W, Shape>, SignedAffine, SymmetricAffine: W, the bits of a code, must be in [1, 16].");
  static constexpr bool relative = detail::has_relative_scale<Scale>;
  static constexpr bool fixed = Kind == step_kind::middle, has_signs = Kind == step_kind::signed_codes;
  static constexpr detail::name_text text = [] {
    constexpr std::string_view family = step_family(Kind);
    if constexpr (std::same_as<Scale, Float32>)
      return detail::make_name(family, "<", W, ", ", S::text().view(), ">");
    else return detail::make_name(family, "<", W, ", ", S::text().view(), ", ", Scale::name(), ">");
  }();
  static constexpr double top = static_cast<double>((1 << W) - 1);
  /// The codes' ends, and the code of 0 in a block without a step.
  static constexpr i32 least = has_signs ? -(1 << (W - 1)) : 0, most = least + (1 << W) - 1,
                       resting = fixed ? 1 << (W - 1) : least;

 public:
  using shape = S;
  using scale = Scale;
  using code_type = detail::least_int<W, has_signs>;
  static constexpr int bits = W;
  /// The code of d, and above it z less the least code: in 16 bits beside a float32, else in W. A zero point
  /// that is always the same takes none.
  static constexpr int step_bits = Scale::bits, zero_bits = fixed ? 0 : std::same_as<Scale, Float32> ? 16 : W;
  static constexpr int scale_bits = step_bits + zero_bits, tensor_bits = relative ? 32 : 0;
  static constexpr double bits_per_value = W + detail::per_value(scale_bits, S::size);
  static constexpr bool uses_random = false;
  static constexpr std::string_view name() { return text.view(); }

  /// The same for vectors: the step, its inverse, half of it; the codes' ends and the zero point, relative to the latter.
  template <class V>
  struct lanes_of {
    V step, inverse, half, low, high;
    detail::ints_of<V> zero_point;
  };
  /// A block's step and the code of 0. As they are without arguments they stand for a block of zeros; a NaN step, which only
  /// fitting and stored codes give, for a block that holds a NaN.
  struct parameters {
    float step = 0.0F;
    i32 zero_point = resting;
    constexpr parameters() = default;
    /// Calibrated ones. @throws error unless the step is greater than 0 and finite, and the zero point a code
    constexpr parameters(float d, i32 z) requires(!fixed) : step(d), zero_point(z) {
      if (!measures(d) || z < least || z > most) refuse();
    }
    constexpr explicit parameters(float d) requires fixed : step(d) {
      if (!measures(d)) refuse();
    }
    template <class V>
    DYADIC_LANE lanes_of<V> spread() const {
      const auto z = static_cast<float>(zero_point);
      return {detail::splat<V>(step),
              detail::splat<V>(step > 0.0F ? 1.0F / step : 0.0F),
              detail::splat<V>(step * 0.5F),
              detail::splat<V>(static_cast<float>(least) - z),
              detail::splat<V>(static_cast<float>(most) - z),
              detail::isplat<V>(zero_point)};
    }
  };
  /// Parameters for a given (calibrated) range.
  /// @throws error unless its ends are finite and in order, and far enough apart for a step greater than 0
  static constexpr parameters with_range(float lo, float hi) {
    constexpr float end = std::bit_cast<float>(detail::largest_finite_bits);
    const bool ordered = -end <= lo && lo <= hi && hi <= end;
    const parameters p = ordered ? of_range(lo, hi) : parameters();
    if (!(p.step > 0.0F))
      detail::raise_parts({step_family(Kind),
                           "::with_range: the ends of a range must be finite, the first not above the second, and with 0 "
                           "they must span a step of float32; the parameters of a block of zeros are those without arguments."});
    return p;
  }
  /// For steps and zero points that are given as data (given.hpp): what is wrong with them, null if nothing
  /// is; and their code.
  /// @{
  static constexpr const char* given_fault(float d, i32 z) requires(!fixed) {
    return z < least || z > most ? "has a zero point that is no code" : detail::scale_fault<Scale>(d);
  }
  static constexpr scale_code given_code(float d, i32 z) requires(!fixed) {
    return static_cast<u32>(detail::scale_to_code<Scale, float>(d)) | code_of_zero_point(z);
  }
  static constexpr const char* given_fault(float d) requires fixed { return detail::scale_fault<Scale>(d); }
  static constexpr scale_code given_code(float d) requires fixed {
    return static_cast<u32>(detail::scale_to_code<Scale, float>(d));
  }
  /// @}
  /// The tensor's own scale, from its largest magnitude.
  static constexpr float tensor_scale(float amax)
  requires relative
  {
    const float t = detail::within_float32(2.0 * static_cast<double>(amax) / (top * static_cast<double>(Scale::max_value)));
    return t == 0.0F ? 1.0F : t;
  }
  template <class Values>
  static constexpr parameters fit(const Values& values, float t) {
    return fitted(values, t).p;
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    const fit_result f = fitted(values, t);
    const scale_code z = code_of_zero_point(f.p.zero_point);
    if (detail::is_nan(f.p.step)) return detail::nan_scale_code<Scale>() | z;
    // A block of zeros has a step of 0; where no code says 0, any step gives zeros.
    const float stored = f.stored == 0.0F ? detail::rounded_scale<Scale, float>(0.0F) : f.stored;
    return (static_cast<u32>(detail::scale_to_code<Scale, float>(stored)) | z);
  }
  static constexpr scale_code code_of(const parameters& p)
  requires std::same_as<Scale, Float32>
  {
    return static_cast<scale_code>(static_cast<u32>(std::bit_cast<i32>(p.step))) |
           code_of_zero_point(p.zero_point);
  }
  static constexpr parameters parameters_of(scale_code code, float t) {
    constexpr scale_code low = step_bits == 32 ? 0xffffffffU : (scale_code{1} << step_bits) - 1;
    const float c = detail::code_to_scale<Scale, float>(static_cast<i32>(static_cast<u32>(code & low)));
    const i32 z =
        fixed ? resting : least + static_cast<i32>(code >> step_bits & ((scale_code{1} << zero_bits) - 1));
    return as_stored(relative && !detail::is_nan(c) ? detail::product(c, t) : c, z);
  }

 private:
  struct fit_result {
    parameters p;
    float stored;  ///< the step as its code has it
  };
  template <class Values>
  static constexpr fit_result fitted(const Values& values, float t) {
    if constexpr (fixed) {
      const detail::peak a = values.max_magnitude();
      if (a.nan) return {as_stored(std::bit_cast<float>(detail::quiet_nan_bits), resting), 0.0F};
      return stored_range(-a.value(), a.value(), t);
    }
    if constexpr (requires { values.finite(); })
      if (values.finite()) {
        const detail::value_range r = values.range();
        return stored_range(r.low, r.high, t);
      }
    float lo = 0.0F, hi = 0.0F;
    bool nan = false;
    constexpr float finite = std::bit_cast<float>(detail::largest_finite_bits);
    values.for_each([&](float x) {
      if (detail::is_nan(x)) nan = true;
      else if (x < lo) lo = x > -finite ? x : -finite;
      else if (x > hi) hi = x < finite ? x : finite;
    });
    if (nan) return {as_stored(std::bit_cast<float>(detail::quiet_nan_bits), resting), 0.0F};
    return stored_range(lo, hi, t);
  }

 public:
  template <class V>
  DYADIC_LANE static V apply(V x, const parameters& p, [[maybe_unused]] detail::ints_of<V> random) {
    static_assert(detail::is_scalar<V>);
    if (detail::is_nan(p.step)) return p.step;
    if (detail::is_nan(x)) return detail::quieted(x);
    return decode_element(encode_element(x, p, 0), p);
  }
  template <class V>
  DYADIC_LANE static V apply(V x, const lanes_of<V>& p, detail::ints_of<V>) {
    return steps(x, p) * p.step;
  }
  /// Whether vectors of the block's values, which are finite, may take the forms with `lanes_of`: nothing leaves float32's range.
  static constexpr bool has_vector_form(const parameters& p) { return p.step >= 0x1p-100F && p.step <= 0x1p100F; }
  /// Those values to codes, and back.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x, const lanes_of<V>& p) {
    return detail::to_int<V>(steps(x, p)) + p.zero_point;
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code, const lanes_of<V>& p) {
    return detail::to_float<V>(code - p.zero_point) * p.step;
  }
  static constexpr code_type encode_element(float x, const parameters& p, i32) {
    if (detail::is_nan(x) || no_step(p)) return static_cast<code_type>(p.zero_point);
    const bool infinite = (std::bit_cast<i32>(x) & detail::magnitude_mask) == detail::infinity_bits;
    // The double quotient of two floats never falls on a tie that the exact one misses; beyond 2^17 everything is clamped.
    const double q = infinite ? (x > 0.0F ? 131072.0 : -131072.0) : static_cast<double>(x) / static_cast<double>(p.step);
    const double c = detail::rne(q < -131072.0 ? -131072.0 : q > 131072.0 ? 131072.0 : q) + p.zero_point;
    return static_cast<code_type>(c < least ? least : c > most ? most : c);
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    if (no_step(p)) return p.step;
    const i32 q = static_cast<i32>(code) - p.zero_point;
    return q == 0 ? 0.0F : detail::within_float32(static_cast<double>(q) * static_cast<double>(p.step));
  }

 private:
  static constexpr bool measures(float step) {
    return step > 0.0F && step <= std::bit_cast<float>(detail::largest_finite_bits);
  }
  [[noreturn, gnu::cold, gnu::noinline]] static void refuse() {
    std::string what(step_family(Kind));
    what += ": a step must be greater than 0 and finite";
    if (!fixed) what += ", and a zero point one of the " + std::to_string(1 << W) + " codes";
    if (has_signs) what += ", from " + std::to_string(least) + " to " + std::to_string(most);
    detail::raise(what + "; with_range makes them from the ends of a range.");
  }
  static constexpr parameters as_stored(float step, i32 zero_point) {
    parameters p;
    p.step = step;
    p.zero_point = zero_point;
    return p;
  }
  /// Whether a block is all zeros or all NaN. @throws error for a step that no block has
  static constexpr bool no_step(const parameters& p) {
    if (measures(p.step)) return false;
    const bool zeros = std::bit_cast<i32>(p.step) == 0 && p.zero_point == resting;
    if (!zeros && !detail::is_nan(p.step)) refuse();
    return true;
  }
  /// The step and zero point of a block of that range, as their codes have them.
  static constexpr fit_result stored_range(float lo, float hi, float t) {
    const parameters exact = of_range(lo, hi);
    if constexpr (std::same_as<Scale, Float32>) return {exact, exact.step};
    else {
      if (exact.step == 0.0F) return {exact, 0.0F};
      const float c = detail::rounded_scale<Scale, float>(relative ? detail::quotient(exact.step, t) : exact.step);
      const float d = relative ? detail::product(c, t) : c;
      if (d == 0.0F) return {{}, c};
      return {as_stored(d, zero_point_of(lo < 0.0F ? lo : 0.0F, d)), c};
    }
  }
  static constexpr i32 zero_point_of(float lo, float d) {
    if (fixed) return resting;
    const double q = -static_cast<double>(lo) / static_cast<double>(d);
    const double z = q > 131072.0 ? top : detail::rne(q);
    return least + static_cast<i32>(z < 0.0 ? 0.0 : z > top ? top : z);
  }
  static constexpr scale_code code_of_zero_point(i32 z) {
    return fixed ? 0 : static_cast<scale_code>(static_cast<u32>(z - least)) << (fixed ? 0 : step_bits);
  }
  /// Finite ends. A step that float32 does not hold (with one bit) is the largest that it does.
  static constexpr parameters of_range(float lo, float hi) {
    lo = lo < 0.0F ? lo : 0.0F;
    hi = hi > 0.0F ? hi : 0.0F;
    if (fixed) {
      hi = hi > -lo ? hi : -lo;
      lo = -hi;
    }
    constexpr float end = std::bit_cast<float>(detail::largest_finite_bits);
    float d = detail::spread(hi, lo, top);
    if (d == 0.0F) return {};
    d = d < end ? d : end;
    return as_stored(d, zero_point_of(lo, d));
  }
  /// The code less the zero point. A quotient x/step beyond 2^17, which a step that was given may make, is
  /// clamped whatever it is rounded to.
  template <class V>
  DYADIC_LANE static V steps(V x, const lanes_of<V>& p) {
    using detail::isplat;
    V t;
    if constexpr (detail::fuses<V>) {
      // 1. To nearest even of a product that is nearly the quotient. 2. What is left, exactly (it has no more bits than x and the
      // step), is half a step or less if that was right; if it is just half, the even one is. 3. Else the neighbour is.
      const V magic = detail::splat<V>(12582912.0F), sum = x * p.inverse + magic;
      t = sum - magic;
      const V left = detail::plus_exact_product(x, detail::splat<V>(0.0F) - t, p.step);
      const detail::ints_of<V> size = (detail::to_bits(left) & isplat<V>(detail::magnitude_mask)) + (detail::to_bits(sum) & isplat<V>(1));
      t = detail::select(size > detail::to_bits(p.half), t + detail::signed_as(left, detail::splat<V>(1.0F)), t);
    } else {
      // the definition's arithmetic, on half a vector of doubles at a time
      const auto rounded = [&](auto q) {
        constexpr double magic = 6755399441055744.0;
        return detail::as_floats((q + magic) - magic);
      };
      const auto [low, high] = detail::as_doubles(x);
      const auto [step, same] = detail::as_doubles(p.step);
      t = detail::joined<V>(rounded(low / step), rounded(high / same));
    }
    return detail::min_keep_nan(detail::max_keep_nan(t, p.low), p.high);
  }
};

}  // namespace detail

/// Unsigned `W`-bit codes with a step `d` and an integer zero point `z` per block, as ONNX and TFLite have
/// them. The range [lo, hi] is widened to contain 0; d = fl((hi-lo)/(2^W-1)), rounded to the code of `Scale`;
/// z = rne(-lo/d) clamped; y = fl((clamp(rne(x/d) + z, 0, 2^W-1) - z)·d). A block of zeros gives zeros; a NaN
/// poisons its block; ±Inf counts as the largest finite float32 for the range. Quotients are exact before
/// they are rounded. A `Scale` of up to 8 bits other than E8M0 stands beside a float32 `t` of the tensor, t =
/// fl(2·amax / ((2^W-1)·max(Scale))), 1 if zero; then d = fl(c·t), c = fl(d/t) of the d above, rounded to its
/// code.
/// @tparam W  bits of a code, 1 to 16   @tparam Scale  in what steps are stored: see scale_code.hpp
template <int W, BlockShape S = PerTensor, ScaleCode Scale = Float32>
class Affine : public detail::step_codes<detail::step_kind::unsigned_codes, W, S, Scale> {
 public:
  static constexpr arithmetic_of<Affine> arithmetic = {.kind = arithmetic_kind::codes_by_step, .lanes = true};
};

/// The same with signed codes, from -2^(W-1) to 2^(W-1)-1, as ONNX and TFLite have int8: codes and zero
/// points are those of `Affine` less 2^(W-1), steps and values are the same. y = fl((clamp(rne(x/d) + z,
/// -2^(W-1), 2^(W-1)-1) - z)·d), z = clamp(rne(-lo/d), 0, 2^W-1) - 2^(W-1).
/// @tparam W  bits of a code, 1 to 16   @tparam Scale  in what steps are stored: see scale_code.hpp
template <int W, BlockShape S = PerTensor, ScaleCode Scale = Float32>
class SignedAffine : public detail::step_codes<detail::step_kind::signed_codes, W, S, Scale> {
 public:
  static constexpr arithmetic_of<SignedAffine> arithmetic = {
      .kind = arithmetic_kind::codes_by_step, .low = -(1 << (W - 1)), .lanes = true};
};

/// Unsigned codes whose zero point is 2^(W-1) for every block and not stored: the symmetric uint8 of ONNX
/// Runtime and PyTorch. From the largest magnitude a of a block: d = fl(2·a/(2^W-1)), rounded to the code of
/// `Scale`; y = fl((clamp(rne(x/d) + 2^(W-1), 0, 2^W-1) - 2^(W-1))·d). With x = a that is a tie, 2^(W-1) -
/// 1/2, unless d was rounded: the largest positive value is (2^(W-1)-1)·d, the largest negative one
/// -2^(W-1)·d. NaN, infinities (for the range; their codes are the ends), zeros and a `Scale` beside a
/// float32 of the tensor are as in `Affine`.
/// @tparam W  bits of a code, 1 to 16   @tparam Scale  in what steps are stored: see scale_code.hpp
template <int W, BlockShape S = PerTensor, ScaleCode Scale = Float32>
class SymmetricAffine : public detail::step_codes<detail::step_kind::middle, W, S, Scale> {
 public:
  static constexpr arithmetic_of<SymmetricAffine> arithmetic = {.kind = arithmetic_kind::codes_by_step,
                                                                .lanes = true};
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
