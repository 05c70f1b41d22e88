// SPDX-License-Identifier: BSL-1.0
#pragma once
// Real numbers by GNU MPFR, and how far a float is from one.
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace test {

/// 900 bits: sums of floats of any exponents, and squares of them, have no error here that a float could
/// show.
class real {
 public:
  static constexpr mpfr_prec_t bits = 900;
  real(double x = 0) : real(precision{bits}) { mpfr_set_d(x_, x, MPFR_RNDN); }  // NOLINT: numbers convert
  real(const real& other) : real(precision{mpfr_get_prec(other.x_)}) { mpfr_set(x_, other.x_, MPFR_RNDN); }
  real& operator=(const real& other) {
    mpfr_set(x_, other.x_, MPFR_RNDN);
    return *this;
  }
  ~real() { mpfr_clear(x_); }
  /// A decimal number.
  static real decimal(const char* text) {
    real x;
    mpfr_set_str(x.x_, text, 10, MPFR_RNDN);
    return x;
  }
  /// The same with fewer bits: functions of it are faster.
  [[nodiscard]] real with_bits(mpfr_prec_t n) const {
    real x(precision{n});
    mpfr_set(x.x_, x_, MPFR_RNDN);
    return x;
  }

  friend real operator+(const real& a, const real& b) { return both(mpfr_add, a, b); }
  friend real operator-(const real& a, const real& b) { return both(mpfr_sub, a, b); }
  friend real operator*(const real& a, const real& b) { return both(mpfr_mul, a, b); }
  friend real operator/(const real& a, const real& b) { return both(mpfr_div, a, b); }
  friend real operator-(const real& a) { return one(mpfr_neg, a); }
  friend real abs(const real& a) { return one(mpfr_abs, a); }
  friend real exp(const real& a) { return one(mpfr_exp, a); }
  friend real expm1(const real& a) { return one(mpfr_expm1, a); }
  friend real log1p(const real& a) { return one(mpfr_log1p, a); }
  friend real tanh(const real& a) { return one(mpfr_tanh, a); }
  friend real erfc(const real& a) { return one(mpfr_erfc, a); }
  friend real sqrt(const real& a) { return one(mpfr_sqrt, a); }
  friend bool operator<(const real& a, const real& b) { return mpfr_less_p(a.x_, b.x_) != 0; }
  friend bool operator>(const real& a, const real& b) { return b < a; }
  friend bool operator==(const real& a, const real& b) { return mpfr_equal_p(a.x_, b.x_) != 0; }
  [[nodiscard]] double to_double() const { return mpfr_get_d(x_, MPFR_RNDN); }
  [[nodiscard]] bool negative() const { return mpfr_signbit(x_) != 0; }

  /// How many units in the last place of float32 at this number a float is away from it; of what is
  /// subnormal, of 2^-149. Infinity counts as 2^128, where the next float would be.
  [[nodiscard]] double units_to(float y) const {
    if (std::isnan(y)) return std::numeric_limits<double>::infinity();
    const double reached =
        std::isinf(y) ? std::copysign(0x1p128, static_cast<double>(y)) : static_cast<double>(y);
    real difference = *this - real(reached);
    if (std::isinf(y) && abs(*this) > real(0x1p128)) return 0;
    const long exponent = mpfr_zero_p(x_) != 0 ? -149 : std::max<long>(mpfr_get_exp(x_) - 24, -149);
    mpfr_mul_2si(difference.x_, difference.x_, -exponent, MPFR_RNDN);
    return std::abs(difference.to_double());
  }

 private:
  struct precision {
    mpfr_prec_t bits;
  };
  explicit real(precision p) { mpfr_init2(x_, p.bits); }
  template <class F>
  static real both(F f, const real& a, const real& b) {
    real r(precision{std::max(mpfr_get_prec(a.x_), mpfr_get_prec(b.x_))});
    f(r.x_, a.x_, b.x_, MPFR_RNDN);
    return r;
  }
  template <class F>
  static real one(F f, const real& a) {
    real r(precision{mpfr_get_prec(a.x_)});
    f(r.x_, a.x_, MPFR_RNDN);
    return r;
  }
  mpfr_t x_;
};

}  // namespace test
