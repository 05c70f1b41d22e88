// SPDX-License-Identifier: BSL-1.0
/// @file mpfr_test.cpp
/// Closed arithmetic and dot products against GNU MPFR, whose results are correctly rounded by contract: it computes with the
/// format's precision and smallest exponent, subnormals included. What it does not know, saturation, is added here.
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/policy.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <mpfr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace {

using namespace subjects;  // the formats by their plain names

/// An MPFR number of a given precision.
class Real {
 public:
  explicit Real(mpfr_prec_t bits) { mpfr_init2(x_, bits); }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  ~Real() { mpfr_clear(x_); }
  operator mpfr_ptr() { return x_; }  // NOLINT: it stands for one

 private:
  mpfr_t x_;
};

/// A result rounded to the precision of a float format with unbounded exponents (`t`: MPFR's sign of the error), brought into the
/// format's range.
template <class F>
double finished(mpfr_ptr r, int t) {
  const mpfr_exp_t least = mpfr_get_emin();
  mpfr_set_emin(2 - F::bias - F::mantissa_bits);  // MPFR's significands lie in [1/2, 1)
  t = mpfr_check_range(r, t, MPFR_RNDN);
  mpfr_subnormalize(r, t, MPFR_RNDN);
  mpfr_set_emin(least);
  const double value = mpfr_get_d(r, MPFR_RNDN), most = static_cast<double>(F::max_value);
  return std::clamp(value, -most, most);
}

using Operation = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
constexpr std::array<Operation, 4> operations{mpfr_add, mpfr_sub, mpfr_mul, mpfr_div};

/// How many operations were tried.
template <class F>
int agrees_with_mpfr(int samples) {
  Real a(F::mantissa_bits + 1), b(F::mantissa_bits + 1), r(F::mantissa_bits + 1);
  Report report;
  int tried = 0;
  const auto one = [&](oracle::Code ca, oracle::Code cb) {
    const F x = F::from_bits(code_from<F>(ca)), y = F::from_bits(code_from<F>(cb));
    const double u = static_cast<double>(x), v = static_cast<double>(y);
    if (!std::isfinite(u) || !std::isfinite(v)) return;
    mpfr_set_d(a, u, MPFR_RNDN);
    mpfr_set_d(b, v, MPFR_RNDN);
    const std::array<F, 4> got{x + y, x - y, x * y, x / y};
    for (std::size_t op = 0; op < 4; ++op) {
      if (op == 3 && v == 0) continue;
      const int t = operations[op](r, a, b, MPFR_RNDN);
      const double want = finished<F>(r, t);
      if (static_cast<double>(got[op]) != want)
        report.fail(u, ' ', "+-*/"[op], ' ', v, " = ", static_cast<double>(got[op]), ", MPFR says ", want);
      ++tried;
    }
  };
  if (F::bits <= 8) {
    for (oracle::Code ca = 0; ca < 1U << F::bits; ++ca)
      for (oracle::Code cb = 0; cb < 1U << F::bits; ++cb) one(ca, cb);
  } else {
    std::mt19937_64 engine(51);
    for (int i = 0; i < samples / oracle::thinning; ++i) {
      const auto bits = engine();
      // every other time neighbours in magnitude: sums cancel, quotients come near 1
      one(static_cast<oracle::Code>(bits),
          i % 2 == 0 ? static_cast<oracle::Code>(bits >> 32) : static_cast<oracle::Code>(bits ^ (bits >> 50)));
    }
  }
  EXPECT_EQ(report.text(), "") << F::name();
  return tried;
}

TEST(Mpfr, RoundsSumsDifferencesProductsAndQuotientsAlike) {
  int tried = 0;
  tried += agrees_with_mpfr<dyadic::E4M3>(0);
  tried += agrees_with_mpfr<dyadic::E5M2>(0);
  tried += agrees_with_mpfr<dyadic::E3M2>(0);
  tried += agrees_with_mpfr<dyadic::E2M3>(0);
  tried += agrees_with_mpfr<dyadic::E2M1>(0);
  tried += agrees_with_mpfr<Minifloat<4, 3, 8, Specials::fnuz>>(0);
  tried += agrees_with_mpfr<dyadic::Half>(200000);
  tried += agrees_with_mpfr<dyadic::BFloat16>(200000);
  tried += agrees_with_mpfr<Minifloat<8, 14, 127, Specials::ieee>>(200000);
  tried += agrees_with_mpfr<Minifloat<8, 23, 127, Specials::ieee>>(200000);
  EXPECT_GT(tried, 600000);
}

/// The exact sum of products, in MPFR.
template <class A, class B>
void exact_dot(mpfr_ptr sum, const std::vector<A>& x, const std::vector<B>& y) {
  Real a(24), b(24), p(48);
  mpfr_set_zero(sum, 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(mpfr_set_d(a, static_cast<double>(x[i]), MPFR_RNDN), 0);
    ASSERT_EQ(mpfr_set_d(b, static_cast<double>(y[i]), MPFR_RNDN), 0);
    ASSERT_EQ(mpfr_mul(p, a, b, MPFR_RNDN), 0) << "a product is exact";
    ASSERT_EQ(mpfr_add(sum, sum, p, MPFR_RNDN), 0) << "the sum is wide enough";
  }
}

/// What the exact sum is in `Acc`.
template <class Acc>
double rounded_sum(mpfr_ptr sum) {
  if constexpr (std::is_same_v<Acc, float>) return static_cast<double>(mpfr_get_flt(sum, MPFR_RNDN));
  else if constexpr (requires { Acc::fraction_bits; }) {
    mpfr_mul_2si(sum, sum, Acc::fraction_bits, MPFR_RNDN);
    mpfr_roundeven(sum, sum);
    mpfr_mul_2si(sum, sum, -Acc::fraction_bits, MPFR_RNDN);
    const double low = static_cast<double>(std::numeric_limits<Acc>::lowest()), high = static_cast<double>(std::numeric_limits<Acc>::max());
    return std::clamp(mpfr_get_d(sum, MPFR_RNDN), low, high);
  } else {
    Real r(Acc::mantissa_bits + 1);
    const int t = mpfr_set(r, sum, MPFR_RNDN);
    return finished<Acc>(r, t);
  }
}

template <class T>
T random_number(std::mt19937_64& engine, bool narrow) {
  for (;;) {
    const T v = narrow ? T(std::ldexp(static_cast<double>(engine() >> 40) - 0x1p23, static_cast<int>(engine() % 6) - 26))
                       : T::from_bits(code_from<T>(static_cast<oracle::Code>(engine())));
    if (std::isfinite(static_cast<double>(v))) return v;
  }
}

template <class Acc, class A, class B>
void dot_agrees_with_mpfr(int rounds, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Real sum(4096);
  Report report;
  for (int round = 0; round < rounds / oracle::thinning; ++round) {
    std::vector<A> x;
    std::vector<B> y;
    const std::size_t n = 1 + engine() % 96;
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(random_number<A>(engine, round % 2 == 1));
      y.push_back(random_number<B>(engine, round % 2 == 1));
      if (round % 3 == 0 && i + 1 < n) {  // a term and its opposite: what is left is small beside what was added
        x.push_back(-x.back());
        y.push_back(y.back());
        ++i;
      }
    }
    exact_dot(sum, x, y);
    const double want = rounded_sum<Acc>(sum);
    const double got = static_cast<double>(dyadic::dot<Acc>(x, y));
    if (got != want) report.fail("round ", round, ", ", n, " terms: ", got, ", MPFR says ", want);
  }
  EXPECT_EQ(report.text(), "") << A::name() << " · " << B::name();
}

TEST(Mpfr, RoundsDotProductsAlike) {
  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  dot_agrees_with_mpfr<float, Float, Float>(6000, 61);
  dot_agrees_with_mpfr<float, dyadic::E4M3, dyadic::E5M2>(6000, 62);
  dot_agrees_with_mpfr<dyadic::Half, dyadic::Half, dyadic::Half>(6000, 63);
  dot_agrees_with_mpfr<dyadic::BFloat16, dyadic::BFloat16, dyadic::BFloat16>(6000, 64);
  dot_agrees_with_mpfr<dyadic::E4M3, dyadic::E2M3, dyadic::E3M2>(6000, 65);
  dot_agrees_with_mpfr<Fixed<32, 16>, Fixed<8, 4>, dyadic::E4M3>(6000, 66);
  dot_agrees_with_mpfr<Fixed<16, 8>, Fixed<16, 12>, Fixed<24, 20>>(6000, 67);
  dot_agrees_with_mpfr<Fixed<8, 4>, dyadic::BFloat16, Fixed<8, 7>>(6000, 68);
}

}  // namespace
