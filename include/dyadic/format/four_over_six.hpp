// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file four_over_six.hpp
/// NVFP4 whose blocks choose between two scales: the largest magnitude becomes 6, as in NVFP4, or 4, where
/// E2M1 is less coarse.
#include <dyadic/format/scaled.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// Σ (x - y)² over the values of a block, y = convert(x): differences, squares and sums are float64, each
/// rounded once, in index order. An infinity counts as the largest finite float32. There is no NaN.
template <class Values, class Convert>
constexpr double squared_error(const Values& values, const Convert& convert) {
  if constexpr (requires { values.squared_error(convert); })
    if (values.finite()) return values.squared_error(convert);
  constexpr float end = std::bit_cast<float>(largest_finite_bits);
  double sum = 0.0;
  values.for_each([&](float x) {
    x = min_keep_nan(max_keep_nan(x, -end), end);
    const double d = static_cast<double>(x) - static_cast<double>(convert(x));
    sum = sum + apart(d * d);
  });
  return sum;
}
/// What a scheme makes of a value, or of a vector of finite ones, under the parameters of a block.
template <class S>
struct applied {
  typename S::parameters p;
  template <class V>
  DYADIC_LANE V operator()(V x) const {
    if constexpr (is_scalar<V>) return S::template apply<float>(x, p, 0);
    else return S::template apply<V>(x, p.template spread<V>(), ints_of<V>{});
  }
};

}  // namespace detail

/// E2M1 elements, an E4M3 scale for 16 neighbours along the reduction axis, one float32 `t` for the tensor:
/// the bytes of NVFP4. From the largest magnitudes, a of the block and amax of the tensor:
///   - t = fl(amax/1536), 1 if zero; c6 = E4M3(fl(fl(a/6)/t)), c4 = E4M3(fl(fl(a/4)/t));
///   - with either for c: d = fl(c·t), y = fl(E2M1(fl(x/d))·d), zeros where d = 0;
///   - the block takes c4 if its error Σ (x-y)² is less than that of c6, else c6.
/// Errors are float64: differences, squares and sums rounded once each, in index order, an infinity counted
/// as the largest finite float32, as it is for a. A NaN poisons its block. 1536 = 6·256: the block with a =
/// amax has the scale 256 or 384, where NVFP4's 448 would leave no room for the greater one. Source: arXiv
/// 2512.02010 (its default, the mean squared error). Its programs multiply by reciprocals where this divides,
/// and sum in float32.
class FourOverSix {
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
  static constexpr std::string_view name() { return "FourOverSix"; }
  static constexpr arithmetic_of<FourOverSix> arithmetic = {.kind = arithmetic_kind::elements_by_short_float,
                                                            .lanes = true};

  /// The tensor's own scale, from its largest magnitude.
  static constexpr float tensor_scale(float amax) {
    const float t = detail::quotient(amax, 1536.0F);
    return t == 0.0F ? 1.0F : t;
  }
  /// For block scales, values of E4M3, that are given as data (given.hpp).
  /// @{
  static constexpr const char* given_fault(float c) { return NVFP4::given_fault(c); }
  static constexpr scale_code given_code(float c) { return NVFP4::given_code(c); }
  /// @}
  template <class Values>
  static constexpr parameters fit(const Values& values, float t) {
    return parameters_of(fit_code(values, t), t);
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    const detail::peak a = values.max_magnitude();
    if (a.nan) return nan_code;
    const scale_code six = E4M3::encode(detail::quotient(detail::quotient(a.value(), 6.0F), t));
    const scale_code four = E4M3::encode(detail::quotient(detail::quotient(a.value(), 4.0F), t));
    if (four == six) return six;
    const auto error = [&](scale_code c) {
      return detail::squared_error(values, detail::applied<FourOverSix>{parameters_of(c, t)});
    };
    return error(four) < error(six) ? four : six;
  }
  static constexpr parameters parameters_of(scale_code code, float t) {
    return NVFP4::parameters_of(code, t);
  }
  /// What the stored scales of as many blocks as there are lanes decode with.
  template <class V>
  DYADIC_LANE static detail::division_of<V> decoding_lanes(detail::ints_of<V> code, float t) {
    return NVFP4::decoding_lanes<V>(code, t);
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
  static constexpr code_type encode_element(float x, const parameters& p, i32 random) {
    return NVFP4::encode_element(x, p, random);
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    return NVFP4::decode_element(code, p);
  }

 private:
  static constexpr scale_code nan_code = 0x7F;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
