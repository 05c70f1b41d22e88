// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file limits.hpp
/// `std::numeric_limits` of the formats: the members mean what they mean for float and int.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

#include <limits>
#include <type_traits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

/// floor(log10 v) of a positive number; no power of two but 1 is near a power of ten.
constexpr int floor_log10(double v) {
  int n = 0;
  double power = 1;
  while (power * 10 <= v) {
    power *= 10;
    ++n;
  }
  while (power > v) {
    power /= 10;
    --n;
  }
  return n;
}

// has_denorm and its enumeration are part of numeric_limits, and deprecated from C++23 on.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/// What all formats share. `is_iec559` is false throughout: operations round once, but raise no flags. As in the
/// standard library, what means nothing for a format is T(): that is 0, but 1 for `Binary` and `E8M0`,
/// which have no zero.
template <class T>
struct limits_base {
  static constexpr bool is_specialized = true, is_signed = true, is_integer = false, is_exact = false, is_iec559 = false, is_bounded = true, is_modulo = false;
  static constexpr bool has_infinity = T::has_infinity, has_quiet_NaN = T::has_nan, has_signaling_NaN = false;
  static constexpr bool traps = false, tinyness_before = false, has_denorm_loss = false;
  static constexpr std::float_denorm_style has_denorm = std::denorm_absent;
  static constexpr std::float_round_style round_style = std::round_to_nearest;
  static constexpr int radix = 2, min_exponent = 0, max_exponent = 0, min_exponent10 = 0, max_exponent10 = 0;
  static constexpr int digits = 0, digits10 = 0, max_digits10 = 0;
  static constexpr T max() noexcept { return largest<T>(false); }
  static constexpr T lowest() noexcept { return largest<T>(true); }
  static constexpr T min() noexcept { return T(T::min_value); }         ///< smallest positive (normal, where that differs)
  static constexpr T denorm_min() noexcept { return T(T::min_value); }  ///< smallest positive
  static constexpr T epsilon() noexcept { return T(T::min_value); }     ///< the step above 1
  static constexpr T round_error() noexcept { return T(0.5F); }
  static constexpr T infinity() noexcept { return has_infinity ? infinite<T>(false) : T(); }
  static constexpr T quiet_NaN() noexcept { return has_quiet_NaN ? not_a_number<T>() : T(); }
  static constexpr T signaling_NaN() noexcept { return T(); }
};

/// Integers of `Digits` bits besides a sign: as std::numeric_limits<int> has it.
template <class T, int Digits>
struct integer_limits : limits_base<T> {
  static constexpr bool is_integer = true, is_exact = true;
  static constexpr int digits = Digits, digits10 = Digits * 30103 / 100000;
  static constexpr T min() noexcept { return limits_base<T>::lowest(); }
  static constexpr T denorm_min() noexcept { return T(); }
  static constexpr T epsilon() noexcept { return T(); }
  static constexpr T round_error() noexcept { return T(); }
};

/// Fixed point with digits after the point: exact sums, one step everywhere.
template <class T, int Digits>
struct fraction_limits : limits_base<T> {
  static constexpr bool is_exact = true;
  static constexpr int digits = Digits, digits10 = Digits * 30103 / 100000;
};

template <class T, int Digits, bool Signed>
struct fixed_limits
    : std::conditional_t<T::fraction_bits <= 0, integer_limits<T, Digits>, fraction_limits<T, Digits>> {
  static constexpr bool is_signed = Signed;
};

/// Floating point with `P` significant bits and normal values from 2^Emin on.
template <class T, int P, int Emin>
struct float_limits : limits_base<T> {
  static constexpr int emax = largest_exponent<T>;
  static constexpr int digits = P, digits10 = (P - 1) * 30103 / 100000, max_digits10 = P * 30103 / 100000 + 2;
  static constexpr int min_exponent = Emin + 1, max_exponent = emax + 1;
  static constexpr int min_exponent10 = -floor_log10(exp2_double(-Emin)), max_exponent10 = floor_log10(static_cast<double>(largest_value<T>()));
  static constexpr std::float_denorm_style has_denorm =
      static_cast<double>(T::min_value) < exp2_double(Emin) ? std::denorm_present : std::denorm_absent;
  static constexpr T min() noexcept { return T(exp2_double(Emin)); }
  static constexpr T epsilon() noexcept {
    return T(exp2_double((Emin > 0 ? Emin : 0) + 1 - P));
  }  // 1 may be subnormal
};
/// A minifloat whose one exponent besides 0 is taken by infinity and NaN has no normal values: evenly spaced ones of `M` bits,
/// the upper half of which are the normal ones of that precision.
template <class T, int E, int M, int Bias, bool Taken>
using minifloat_limits =
    std::conditional_t<E == 1 && Taken, float_limits<T, M, -Bias>, float_limits<T, M + 1, 1 - Bias>>;

/// `std::numeric_limits`: of the whole format, where float32 is too narrow for it too. `P` significant bits around 1, where they are most.
template <class T, int P>
struct tapered_limits : limits_base<T> {
 private:
  using code = typename T::code_type;
  static constexpr double value(int c) { return static_cast<double>(T::from_bits(static_cast<code>(c))); }
  static constexpr int top = (1 << (T::bits - 1)) - 1, one = 1 << (T::bits - 2);
  static constexpr int log2_of(double x) { return to_dyadic(x).log2(); }
  static constexpr double smallest = value(1);
  static constexpr bool is_power = exp2_double(log2_of(smallest)) == smallest;

 public:
  static constexpr int digits = P > 1 ? P : 1, digits10 = (digits - 1) * 30103 / 100000, max_digits10 = digits * 30103 / 100000 + 2;
  static constexpr int min_exponent = log2_of(smallest) + (is_power ? 1 : 2), max_exponent = log2_of(value(top)) + 1;
  static constexpr int min_exponent10 = -floor_log10(1.0 / smallest), max_exponent10 = floor_log10(value(top));
  static constexpr T min() noexcept { return T::from_bits(1); }
  static constexpr T denorm_min() noexcept { return T::from_bits(1); }
  static constexpr T epsilon() noexcept { return T(value(one < top ? one + 1 : one) - 1.0); }
};

/// A list of values: of these the ends mean something, and no step does.
template <class T>
struct list_limits : limits_base<T> {
  static constexpr bool is_signed = static_cast<float>(largest<T>(true)) < 0.0F;
  static constexpr T min() noexcept { return T::min_value > 0.0F ? T(T::min_value) : T(); }
  static constexpr T denorm_min() noexcept { return min(); }
  static constexpr T epsilon() noexcept { return T(); }
};

#pragma GCC diagnostic pop

}  // namespace dyadic::detail

template <int W, int F, bool Signed>
struct std::numeric_limits<dyadic::Fixed<W, F, Signed>> : dyadic::detail::fixed_limits<dyadic::Fixed<W, F, Signed>, W - (Signed ? 1 : 0), Signed> {};
template <int W, int F>
struct std::numeric_limits<dyadic::SymmetricFixed<W, F>> : dyadic::detail::fixed_limits<dyadic::SymmetricFixed<W, F>, W - 1, true> {};
template <int N, int F>
struct std::numeric_limits<dyadic::SignMagnitude<N, F>> : dyadic::detail::fixed_limits<dyadic::SignMagnitude<N, F>, N - 1, true> {};
template <int E, int M, int Bias, dyadic::Specials S>
struct std::numeric_limits<dyadic::Minifloat<E, M, Bias, S>>
    : dyadic::detail::minifloat_limits<dyadic::Minifloat<E, M, Bias, S>, E, M, Bias,
                                       S == dyadic::Specials::ieee> {};
template <int E, int M, int Bias, dyadic::Specials S>
struct std::numeric_limits<dyadic::UnsignedMinifloat<E, M, Bias, S>>
    : dyadic::detail::minifloat_limits<dyadic::UnsignedMinifloat<E, M, Bias, S>, E, M, Bias,
                                       (dyadic::UnsignedMinifloat<E, M, Bias, S>::max_value <
                                        dyadic::detail::exp2_double(1 - Bias))> {
  static constexpr bool is_signed = false;
};
template <>
struct std::numeric_limits<dyadic::E8M0> : dyadic::detail::float_limits<dyadic::E8M0, 1, -127> {
  static constexpr bool is_signed = false;
};
template <int E, int M, int Bias>
struct std::numeric_limits<dyadic::MinifloatDenorm<E, M, Bias>> : dyadic::detail::float_limits<dyadic::MinifloatDenorm<E, M, Bias>, M, -1 - Bias> {};
template <int W, int Bias>
struct std::numeric_limits<dyadic::LogQ<W, Bias>> : dyadic::detail::float_limits<dyadic::LogQ<W, Bias>, 1, 1 - Bias> {};
template <auto Levels>
struct std::numeric_limits<dyadic::Codebook<Levels>>
    : dyadic::detail::list_limits<dyadic::Codebook<Levels>> {};
template <int N, int ES>
struct std::numeric_limits<dyadic::Posit<N, ES>>
    : dyadic::detail::tapered_limits<dyadic::Posit<N, ES>, N - 2 - ES> {};
template <int N>
struct std::numeric_limits<dyadic::Takum<N>>
    : dyadic::detail::tapered_limits<dyadic::Takum<N>, N - 4> {};
template <>
struct std::numeric_limits<dyadic::Binary> : dyadic::detail::integer_limits<dyadic::Binary, 0> {};
template <>
struct std::numeric_limits<dyadic::Ternary> : dyadic::detail::integer_limits<dyadic::Ternary, 1> {};

DYADIC_AS_WRITTEN_END
