// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exponential.hpp
/// e^x and what is made of it, on vectors of doubles: what activations, softmax and attention call.
///
/// Written out, not called from C's library: the same bits on every system, by every compiler and for every
/// instruction set. No product is fused with a sum (`apart`). Each function errs by less than 2^-32 of its
/// value, so that what is rounded to float32 is within 0.51 units in the last place, or within 0.51·2^-149
/// where it is subnormal. A NaN stays one.
#include <dyadic/kernel/wide_lanes.hpp>

#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// c + second·square + …, of every other coefficient.
[[gnu::always_inline]] inline wide every_other(wide, double c) { return spread(c); }
[[gnu::always_inline]] inline wide every_other(wide, double c, double) { return spread(c); }
template <class... Next>
[[gnu::always_inline]] inline wide every_other(wide square, double c, double, Next... second) {
  return apart(every_other(square, second...) * square) + spread(c);
}
/// c + next·x + …: a polynomial by its coefficients, that of 1 first. Even and odd powers apart: two short
/// chains.
template <class... Next>
[[gnu::always_inline]] inline wide polynomial(wide x, double c, Next... next) {
  const wide square = x * x;
  return every_other(square, c, next...) + apart(every_other(square, next...) * x);
}
/// The magnitude of m, which has no sign, with the sign of x.
[[gnu::always_inline]] inline wide signed_like(wide x, wide m) {
  return (wide)((wide_ints)m | ((wide_ints)x & ~std::int64_t{0x7fffffffffffffff}));
}

/// e^x = power · (1 + rest): a power of two, and what is between √½ and √2, less 1.
struct split_exponential {
  wide power, rest;
  [[nodiscard]] [[gnu::always_inline]] wide value() const { return power * (spread(1.0) + rest); }
  /// e^x - 1; of a zero that zero, with its sign.
  [[nodiscard]] [[gnu::always_inline]] wide minus_one() const { return power * rest - (spread(1.0) - power); }
};
/// @param x  in [-700, 700]
[[gnu::always_inline]] inline split_exponential exponential(wide x) {
  // 1. x = k·ln 2 + r: adding 1.5·2^52 rounds to an integer, which then stands in the lowest bits.
  constexpr double integers = 0x1.8p52;
  const wide shifted = apart(x * spread(0x1.71547652b82fep+0)) + spread(integers);
  const wide r = x - apart((shifted - spread(integers)) * spread(0x1.62e42fefa39efp-1));
  // 2. e^r - 1 = r·(1 + r·p(r)), p the interpolation of degree 6 at Chebyshev's points: within 2^-36.
  const wide p = polynomial(r, 0x1p-1, 0x1.55555567532adp-3, 0x1.5555555c87148p-5, 0x1.1110c632a3088p-7,
                            0x1.6c16858b7acb9p-10, 0x1.a15179d80ae96p-13, 0x1.a1132015ba37ep-16);
  const wide rest = r * (spread(1.0) + apart(r * p));
  // 3. 2^k: k moves up into the exponent of 1.
  constexpr std::int64_t one = std::int64_t{1023} << 52;
  return {(wide)(((wide_ints)shifted << 52) + one), rest};
}
/// e^x for x <= 0; below -150 it is some e^-150, of which no float32 is left.
[[gnu::always_inline]] inline wide exponential_of_negative(wide x) {
  return exponential(at_least(x, -150.0)).value();
}

/// log(1 + u), 0 <= u <= 1: 2·artanh(s) with s = u / (2 + u), by a polynomial of s²; within 2^-36.
[[gnu::always_inline]] inline wide log_of_one_plus(wide u) {
  const wide s = u / (spread(2.0) + u), square = s * s;
  const wide p = polynomial(square, 0x1.55555553e7594p-2, 0x1.9999a0d3dcfedp-3, 0x1.248f579c7d0dp-3,
                            0x1.c7fb3587cdba6p-4, 0x1.65ad56d9e0064p-4, 0x1.a9bafb0c93ac9p-4);
  return (s + s) * (spread(1.0) + apart(square * p));
}

/// The part of a standard normal distribution that is beyond a, for 0 <= a <= 20: e^(-a²/2) times a smooth
/// function, here a quotient of polynomials fitted on [0, 14.5], within 2^-33. Beyond that no float32 is left
/// of a·(…).
[[gnu::always_inline]] inline wide normal_tail(wide a) {
  const wide above = polynomial(a, 0x1.ffffffffbd797p-2, 0x1.03b4ad6e3e40fp-1, 0x1.004b028f52d74p-2,
                                0x1.238da966b451dp-4, 0x1.7c815a38d2087p-7, 0x1.d07757699c282p-11);
  const wide below = polynomial(a, 0x1p+0, 0x1.cff6d6f4e2f23p+0, 0x1.72561f50aae9fp+0, 0x1.501148392779p-1,
                                0x1.71f79d1297586p-3, 0x1.dce3bc5dbe175p-6, 0x1.230fb66050b14p-9);
  return exponential(a * a * spread(-0.5)).value() * above / below;  // a·a is exact, for a is a float32
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
