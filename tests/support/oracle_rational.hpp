// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_rational.hpp
/// Conversion to a format from any rational number, by GNU GMP: whatever is finite goes in without a rounding. It searches among
/// the values that oracle.hpp defines, and knows every direction and wrapping.
#include "support/oracle.hpp"

#include <gmpxx.h>

#include <cstdint>

namespace oracle {

/// 2^n.
inline mpq_class two_to(long n) {
  mpz_class p;
  mpz_ui_pow_ui(p.get_mpz_t(), 2, static_cast<unsigned long>(n < 0 ? -n : n));
  return n < 0 ? mpq_class(mpz_class(1), p) : mpq_class(p);
}
inline mpz_class floor_of(const mpq_class& v) {
  mpz_class n;
  mpz_fdiv_q(n.get_mpz_t(), v.get_num_mpz_t(), v.get_den_mpz_t());
  return n;
}

/// Of two neighbours in magnitude, a <= m < b, whether m > a goes to b. `odd`: a's code is.
inline bool goes_out(const mpq_class& m, const mpq_class& a, const mpq_class& b, bool negative, bool odd,
                     bool logarithmic, Round mode, std::uint32_t random) {
  if (mode == Round::down) return negative;
  if (mode == Round::up) return !negative;
  if (mode == Round::toward_zero) return false;
  if (mode == Round::to_odd) return !odd;
  const mpq_class part = (m - a) / (b - a);
  if (mode == Round::stochastic)
    return floor_of(part * two_to(32)) > mpz_class(static_cast<unsigned long>(random));
  if (logarithmic) return 2 * m * m > b * b;  // log2 m against log2 b - 1/2: never equal
  const int side = cmp(part, mpq_class(1, 2));
  return side != 0 ? side > 0 : mode == Round::nearest_away || odd;
}

/// The code of `v`, not 0, rounded once. (Zeros: the caller knows their sign.)
inline Result encode(const Format& f, const mpq_class& v, Round mode, Overflow overflow,
                     std::uint32_t random) {
  const bool negative = sgn(v) < 0;
  const mpq_class m = abs(v);
  if (f.binary) return {negative ? 0U : 1U};
  if (f.ternary) return {m <= mpq_class(1, 2) ? 0U : negative ? 3U : 1U};
  if (overflow == Overflow::wrap) {
    const mpq_class quanta = m * two_to(f.wrap_point);
    mpz_class n = floor_of(quanta);
    if (quanta != n &&
        goes_out(quanta, n, n + 1, negative, mpz_odd_p(n.get_mpz_t()) != 0, false, mode, random))
      ++n;
    if (negative) n = -n;
    mpz_fdiv_r_2exp(n.get_mpz_t(), n.get_mpz_t(), static_cast<mp_bitcnt_t>(f.bits));
    return {static_cast<Code>(n.get_ui())};
  }
  // The values of the sign of v, by magnitude: `at(0)` is 0.
  std::int64_t zero = 0;
  if (f.first < 0 || !f.table.empty()) {
    std::int64_t low = f.first, high = f.last;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (f.at(middle).value < 0) low = middle + 1;
      else high = middle;
    }
    zero = low;
  }
  const std::int64_t most = negative ? zero - f.first : f.last - zero;
  const auto at = [&](std::int64_t i) { return f.at(negative ? zero - i : zero + i); };
  const auto signed_code = [&](Point p) { return Result{with_sign_of_zero(f, p, negative ? -1.0 : 1.0)}; };
  std::int64_t low = 0, high = most + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (mpq_class(std::fabs(at(middle).value)) <= m ? low : high) = middle;
  }
  const mpq_class a(std::fabs(at(low).value));
  if (a == m) return signed_code(at(low));
  if (low == most) {
    if (overflow == Overflow::saturate) return signed_code(at(most));
    const mpq_class past(f.past->value);
    const bool out =
        m >= past ? mode != Round::toward_zero && mode != Round::to_odd &&
                        mode != (negative ? Round::up : Round::down)
                  : mode != Round::to_odd &&  // past the end there is no odd code
                        goes_out(m, a, past, negative, (at(low).code & 1) != 0, f.logarithmic, mode, random);
    return out ? special(f, negative) : signed_code(at(most));
  }
  const bool out = goes_out(m, a, mpq_class(std::fabs(at(low + 1).value)), negative, (at(low).code & 1) != 0,
                            f.logarithmic, mode, random);
  return signed_code(at(out ? low + 1 : low));
}

}  // namespace oracle
