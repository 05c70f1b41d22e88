// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file if4.hpp
/// Blocks that choose between floats and integers of 4 bits: IF4.
#include <dyadic/format/four_over_six.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Blocks of 16 neighbours along the reduction axis under an E4M3 scale c and one float32 `t` for the tensor,
/// as in NVFP4: t = fl(amax/2688), 1 if zero; c = E4M3(fl(fl(a/6)/t)); d = fl(c·t). A block is one of
///   - floats: y = fl(E2M1(fl(x/d))·d), codes of E2M1;
///   - integers: with the step g = fl(6·d/7), y = fl(q·g), q = fl(x/g) rounded to the nearest integer, ties to
///     even, and clamped to [-7, 7]; codes are q in two's complement, of which -8 is not written. So 7 stands
///     for what 6 stands for among the floats, 6·d.
/// It takes integers if their error Σ (x-y)² is less than that of floats, else floats. Errors are float64:
/// differences, squares and sums rounded once each, in index order, an infinity counted as the largest finite
/// float32, as it is for a. The sign of the stored scale is set for integers: its byte is the code of c, or
/// that plus 128. Zeros where d = 0; a NaN poisons its block. Source: arXiv 2603.28765 and the programs that
/// its authors published: the length of blocks, the scales, the choice in the sign, the factor 6/7, the ties.
/// Ours are the roundings (theirs multiply by float32 reciprocals) and float64 for the error.
class IF4 {
  using Integer = SymmetricFixed<4, 0>;

 public:
  using shape = Along<16>;
  using scale = E4M3;
  using code_type = std::uint8_t;
  static constexpr int bits = 4;
  static constexpr int scale_bits = 8, tensor_bits = 32;
  static constexpr double bits_per_value = 4.5;
  static constexpr bool uses_random = false;
  static constexpr std::string_view name() { return "IF4"; }
  /// Codes mean one thing in one block and another in the next: products read the values.
  static constexpr arithmetic_of<IF4> arithmetic = {.lanes = true};

  /// The same for vectors.
  template <class V>
  struct lanes_of {
    detail::division_of<V> by;
    bool integers;
  };
  /// What a block's values are divided and multiplied by, d or g; which elements it has; how its scale is
  /// stored.
  struct parameters {
    detail::division by;
    bool integers;
    std::uint8_t code;
    template <class V>
    DYADIC_LANE lanes_of<V> spread() const {
      return {by.template spread<V>(), integers};
    }
  };

  /// The tensor's own scale, from its largest magnitude.
  static constexpr float tensor_scale(float amax) { return NVFP4::tensor_scale(amax); }
  template <class Values>
  static constexpr parameters fit(const Values& values, float t) {
    const scale_code c = NVFP4::fit_code(values, t);
    const parameters floats = parameters_of(c, t);
    if (detail::is_nan(floats.by.divisor) || floats.by.factor == 0.0F) return floats;
    const parameters integers = parameters_of(c | of_integers, t);
    const auto error = [&](const parameters& p) {
      return detail::squared_error(values, detail::applied<IF4>{p});
    };
    return error(integers) < error(floats) ? integers : floats;
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    return code_of(fit(values, t));
  }
  static constexpr scale_code code_of(const parameters& p) { return p.code; }
  static constexpr parameters parameters_of(scale_code code, float t) {
    detail::division by = NVFP4::parameters_of(code & ~of_integers, t);
    const bool integers = (code & of_integers) != 0;
    if (integers && by.factor > 0.0F)
      by = detail::division::by(detail::within_float32(6.0 * static_cast<double>(by.factor) / 7.0));
    return {by, integers, static_cast<std::uint8_t>(code)};
  }
  template <class V>
  DYADIC_LANE static V apply(V x, const parameters& p, detail::ints_of<V> random) {
    static_assert(detail::is_scalar<V>);
    return p.integers ? detail::divided<Integer, V>(x, p.by, random)
                      : detail::divided<E2M1, V>(x, p.by, random);
  }
  template <class V>
  DYADIC_LANE static V apply(V x, const lanes_of<V>& p, detail::ints_of<V> random) {
    return p.integers ? detail::divided<Integer, V>(x, p.by, random)
                      : detail::divided<E2M1, V>(x, p.by, random);
  }
  /// A block's finite values to codes, and back.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x, const lanes_of<V>& p) {
    const V v = x / p.by.divisor;
    return p.integers ? Integer::encode_lanes<V>(v) & detail::isplat<V>(15) : E2M1::encode_lanes<V>(v);
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code, const lanes_of<V>& p) {
    const detail::ints_of<V> above = detail::isplat<V>(28);
    const V v = p.integers ? detail::to_float<V>(detail::shift_left<V>(code, above) >> above)
                           : E2M1::decode_lanes<V>(code);
    return v * p.by.factor;
  }
  static constexpr code_type encode_element(float x, const parameters& p, i32) {
    const float v =
        detail::is_nan(p.by.divisor) || detail::is_nan(x) ? 0.0F : detail::quotient(x, p.by.divisor);
    return static_cast<code_type>(p.integers ? Integer::encode(v) & 15 : E2M1::encode(v));
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    if (detail::is_nan(p.by.divisor)) return p.by.divisor;
    const float v = p.integers ? static_cast<float>((code & 15) - (code & 8) * 2) : E2M1::decode(code);
    return detail::product(v, p.by.factor);
  }

 private:
  static constexpr scale_code of_integers = 0x80;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
