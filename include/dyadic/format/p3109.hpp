// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file p3109.hpp
/// The formats, roundings and saturations of IEEE P3109 (working group's report on binary floating-point
/// formats for machine learning, draft 4.0 of 26 June 2026) by the draft's names: other names for minifloats,
/// `Round` and `Overflow`.
///
///     using namespace dyadic;
///     using E = p3109::Binary8p4se;                                      // 8 bits, precision 4, signed, extended
///     using S = With<E, p3109::NearestTiesToEven, p3109::SatPropagate>;  // a projection specification
///     using T = With<p3109::Binary<6, 3, p3109::Unsigned, p3109::Finite>, p3109::StochasticB<8>>;
///
/// Codes and conversions follow the draft. A conversion projects the exact value as the draft does; its
/// stochastic variants have the random bits of `stochastic_a` … `stochastic_c`. The operators of the numbers
/// are the library's: x/0 saturates, infinities stay infinite under any policy, and what the draft has of
/// further functions is not here.
#include <dyadic/format/policy.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

namespace dyadic::p3109 {

/// Whether a format has numbers below zero.
enum class Signedness { Signed, Unsigned };
/// Whether a format has infinities.
enum class Domain { Finite, Extended };
using enum Signedness;
using enum Domain;

}  // namespace dyadic::p3109

namespace dyadic::detail {

template <int K, int P, p3109::Signedness Sign, p3109::Domain D>
struct p3109_format {
  static constexpr bool is_signed = Sign == p3109::Signed;
  static_assert(
      3 <= K && K <= 16,
      "dyadic::p3109::Binary<K, P, Signedness, Domain>: K, the bits of a code, must be in [3, 16].");
  static_assert(1 <= P && P <= (is_signed ? K - 1 : K),
                "dyadic::p3109::Binary<K, P, Signedness, Domain>: P, the precision (the bits of a "
                "significand, its leading "
                "one among them), must be in "
                "[1, K - 1], or in [1, K] where Unsigned.");
  static constexpr int exponent_bits = is_signed ? K - P : K - P + 1;
  static_assert(exponent_bits <= 8,
                "dyadic::p3109::Binary<K, P, Signedness, Domain>: every value must be a float32, so K - P "
                "must be at most 8, "
                "or at most 7 where Unsigned. "
                "Choose a larger P or a smaller K.");
  static constexpr int E = exponent_bits < 1   ? 1
                           : exponent_bits > 8 ? 8
                                               : exponent_bits;  // one message for one mistake
  static constexpr int M = P < 1 ? 0 : P > 16 ? 15 : P - 1;
  static constexpr Specials of_signed = D == p3109::Finite ? Specials::fnuz : Specials::extended;
  static constexpr Specials of_unsigned = D == p3109::Finite ? Specials::fn : Specials::extended;
  using type = std::conditional_t<is_signed, Minifloat<E, M, (1 << (E - 1)), of_signed>,
                                  UnsignedMinifloat<E, M, (1 << (E - 1)), of_unsigned>>;
};

}  // namespace dyadic::detail

namespace dyadic::p3109 {

/// Binary{K, P, signedness, domain}: codes of K bits, precision P, bias 2^(K-P-1) or 2^(K-P) where Unsigned.
/// One zero, code 0; one NaN, the code 10…0 or the last one where Unsigned; in Extended formats the code
/// before that and, negative, the last are infinities.
/// @tparam K  3 to 16   @tparam P  1 to K - 1, or to K where Unsigned, and so that the exponent has at most 8
///     bits
template <int K, int P, Signedness Sign, Domain D>
using Binary = typename detail::p3109_format<K, P, Sign, D>::type;

/// Rounding modes.
/// @{
inline constexpr Round NearestTiesToEven = Round::nearest_even;
inline constexpr Round NearestTiesToAway = Round::nearest_away;
inline constexpr Round TowardPositive = Round::up;
inline constexpr Round TowardNegative = Round::down;
inline constexpr Round TowardZero = Round::toward_zero;
inline constexpr Round ToOdd = Round::to_odd;
template <int N>
inline constexpr Round StochasticA = stochastic_a<N>;
template <int N>
inline constexpr Round StochasticB = stochastic_b<N>;
template <int N>
inline constexpr Round StochasticC = stochastic_c<N>;
/// @}

/// Saturation modes.
/// @{
inline constexpr Overflow SatFinite = Overflow::saturate;
inline constexpr Overflow SatPropagate = Overflow::propagate;
inline constexpr Overflow SatNone = Overflow::infinity;
/// @}

/// The draft's short names: bitwidth, `p` precision, `s` signed or `u` unsigned, `e` extended or `f` finite.
/// All whose values are float32s.
/// @{
using Binary3p1sf = Binary<3, 1, Signed, Finite>;
using Binary3p1se = Binary<3, 1, Signed, Extended>;
using Binary3p1uf = Binary<3, 1, Unsigned, Finite>;
using Binary3p1ue = Binary<3, 1, Unsigned, Extended>;
using Binary3p2sf = Binary<3, 2, Signed, Finite>;
using Binary3p2se = Binary<3, 2, Signed, Extended>;
using Binary3p2uf = Binary<3, 2, Unsigned, Finite>;
using Binary3p2ue = Binary<3, 2, Unsigned, Extended>;
using Binary3p3uf = Binary<3, 3, Unsigned, Finite>;
using Binary3p3ue = Binary<3, 3, Unsigned, Extended>;
using Binary4p1sf = Binary<4, 1, Signed, Finite>;
using Binary4p1se = Binary<4, 1, Signed, Extended>;
using Binary4p1uf = Binary<4, 1, Unsigned, Finite>;
using Binary4p1ue = Binary<4, 1, Unsigned, Extended>;
using Binary4p2sf = Binary<4, 2, Signed, Finite>;
using Binary4p2se = Binary<4, 2, Signed, Extended>;
using Binary4p2uf = Binary<4, 2, Unsigned, Finite>;
using Binary4p2ue = Binary<4, 2, Unsigned, Extended>;
using Binary4p3sf = Binary<4, 3, Signed, Finite>;
using Binary4p3se = Binary<4, 3, Signed, Extended>;
using Binary4p3uf = Binary<4, 3, Unsigned, Finite>;
using Binary4p3ue = Binary<4, 3, Unsigned, Extended>;
using Binary4p4uf = Binary<4, 4, Unsigned, Finite>;
using Binary4p4ue = Binary<4, 4, Unsigned, Extended>;
using Binary5p1sf = Binary<5, 1, Signed, Finite>;
using Binary5p1se = Binary<5, 1, Signed, Extended>;
using Binary5p1uf = Binary<5, 1, Unsigned, Finite>;
using Binary5p1ue = Binary<5, 1, Unsigned, Extended>;
using Binary5p2sf = Binary<5, 2, Signed, Finite>;
using Binary5p2se = Binary<5, 2, Signed, Extended>;
using Binary5p2uf = Binary<5, 2, Unsigned, Finite>;
using Binary5p2ue = Binary<5, 2, Unsigned, Extended>;
using Binary5p3sf = Binary<5, 3, Signed, Finite>;
using Binary5p3se = Binary<5, 3, Signed, Extended>;
using Binary5p3uf = Binary<5, 3, Unsigned, Finite>;
using Binary5p3ue = Binary<5, 3, Unsigned, Extended>;
using Binary5p4sf = Binary<5, 4, Signed, Finite>;
using Binary5p4se = Binary<5, 4, Signed, Extended>;
using Binary5p4uf = Binary<5, 4, Unsigned, Finite>;
using Binary5p4ue = Binary<5, 4, Unsigned, Extended>;
using Binary5p5uf = Binary<5, 5, Unsigned, Finite>;
using Binary5p5ue = Binary<5, 5, Unsigned, Extended>;
using Binary6p1sf = Binary<6, 1, Signed, Finite>;
using Binary6p1se = Binary<6, 1, Signed, Extended>;
using Binary6p1uf = Binary<6, 1, Unsigned, Finite>;
using Binary6p1ue = Binary<6, 1, Unsigned, Extended>;
using Binary6p2sf = Binary<6, 2, Signed, Finite>;
using Binary6p2se = Binary<6, 2, Signed, Extended>;
using Binary6p2uf = Binary<6, 2, Unsigned, Finite>;
using Binary6p2ue = Binary<6, 2, Unsigned, Extended>;
using Binary6p3sf = Binary<6, 3, Signed, Finite>;
using Binary6p3se = Binary<6, 3, Signed, Extended>;
using Binary6p3uf = Binary<6, 3, Unsigned, Finite>;
using Binary6p3ue = Binary<6, 3, Unsigned, Extended>;
using Binary6p4sf = Binary<6, 4, Signed, Finite>;
using Binary6p4se = Binary<6, 4, Signed, Extended>;
using Binary6p4uf = Binary<6, 4, Unsigned, Finite>;
using Binary6p4ue = Binary<6, 4, Unsigned, Extended>;
using Binary6p5sf = Binary<6, 5, Signed, Finite>;
using Binary6p5se = Binary<6, 5, Signed, Extended>;
using Binary6p5uf = Binary<6, 5, Unsigned, Finite>;
using Binary6p5ue = Binary<6, 5, Unsigned, Extended>;
using Binary6p6uf = Binary<6, 6, Unsigned, Finite>;
using Binary6p6ue = Binary<6, 6, Unsigned, Extended>;
using Binary7p1sf = Binary<7, 1, Signed, Finite>;
using Binary7p1se = Binary<7, 1, Signed, Extended>;
using Binary7p1uf = Binary<7, 1, Unsigned, Finite>;
using Binary7p1ue = Binary<7, 1, Unsigned, Extended>;
using Binary7p2sf = Binary<7, 2, Signed, Finite>;
using Binary7p2se = Binary<7, 2, Signed, Extended>;
using Binary7p2uf = Binary<7, 2, Unsigned, Finite>;
using Binary7p2ue = Binary<7, 2, Unsigned, Extended>;
using Binary7p3sf = Binary<7, 3, Signed, Finite>;
using Binary7p3se = Binary<7, 3, Signed, Extended>;
using Binary7p3uf = Binary<7, 3, Unsigned, Finite>;
using Binary7p3ue = Binary<7, 3, Unsigned, Extended>;
using Binary7p4sf = Binary<7, 4, Signed, Finite>;
using Binary7p4se = Binary<7, 4, Signed, Extended>;
using Binary7p4uf = Binary<7, 4, Unsigned, Finite>;
using Binary7p4ue = Binary<7, 4, Unsigned, Extended>;
using Binary7p5sf = Binary<7, 5, Signed, Finite>;
using Binary7p5se = Binary<7, 5, Signed, Extended>;
using Binary7p5uf = Binary<7, 5, Unsigned, Finite>;
using Binary7p5ue = Binary<7, 5, Unsigned, Extended>;
using Binary7p6sf = Binary<7, 6, Signed, Finite>;
using Binary7p6se = Binary<7, 6, Signed, Extended>;
using Binary7p6uf = Binary<7, 6, Unsigned, Finite>;
using Binary7p6ue = Binary<7, 6, Unsigned, Extended>;
using Binary7p7uf = Binary<7, 7, Unsigned, Finite>;
using Binary7p7ue = Binary<7, 7, Unsigned, Extended>;
using Binary8p1sf = Binary<8, 1, Signed, Finite>;
using Binary8p1se = Binary<8, 1, Signed, Extended>;
using Binary8p1uf = Binary<8, 1, Unsigned, Finite>;
using Binary8p1ue = Binary<8, 1, Unsigned, Extended>;
using Binary8p2sf = Binary<8, 2, Signed, Finite>;
using Binary8p2se = Binary<8, 2, Signed, Extended>;
using Binary8p2uf = Binary<8, 2, Unsigned, Finite>;
using Binary8p2ue = Binary<8, 2, Unsigned, Extended>;
using Binary8p3sf = Binary<8, 3, Signed, Finite>;
using Binary8p3se = Binary<8, 3, Signed, Extended>;
using Binary8p3uf = Binary<8, 3, Unsigned, Finite>;
using Binary8p3ue = Binary<8, 3, Unsigned, Extended>;
using Binary8p4sf = Binary<8, 4, Signed, Finite>;
using Binary8p4se = Binary<8, 4, Signed, Extended>;
using Binary8p4uf = Binary<8, 4, Unsigned, Finite>;
using Binary8p4ue = Binary<8, 4, Unsigned, Extended>;
using Binary8p5sf = Binary<8, 5, Signed, Finite>;
using Binary8p5se = Binary<8, 5, Signed, Extended>;
using Binary8p5uf = Binary<8, 5, Unsigned, Finite>;
using Binary8p5ue = Binary<8, 5, Unsigned, Extended>;
using Binary8p6sf = Binary<8, 6, Signed, Finite>;
using Binary8p6se = Binary<8, 6, Signed, Extended>;
using Binary8p6uf = Binary<8, 6, Unsigned, Finite>;
using Binary8p6ue = Binary<8, 6, Unsigned, Extended>;
using Binary8p7sf = Binary<8, 7, Signed, Finite>;
using Binary8p7se = Binary<8, 7, Signed, Extended>;
using Binary8p7uf = Binary<8, 7, Unsigned, Finite>;
using Binary8p7ue = Binary<8, 7, Unsigned, Extended>;
using Binary8p8uf = Binary<8, 8, Unsigned, Finite>;
using Binary8p8ue = Binary<8, 8, Unsigned, Extended>;
using Binary9p1sf = Binary<9, 1, Signed, Finite>;
using Binary9p1se = Binary<9, 1, Signed, Extended>;
using Binary9p2sf = Binary<9, 2, Signed, Finite>;
using Binary9p2se = Binary<9, 2, Signed, Extended>;
using Binary9p2uf = Binary<9, 2, Unsigned, Finite>;
using Binary9p2ue = Binary<9, 2, Unsigned, Extended>;
using Binary9p3sf = Binary<9, 3, Signed, Finite>;
using Binary9p3se = Binary<9, 3, Signed, Extended>;
using Binary9p3uf = Binary<9, 3, Unsigned, Finite>;
using Binary9p3ue = Binary<9, 3, Unsigned, Extended>;
using Binary9p4sf = Binary<9, 4, Signed, Finite>;
using Binary9p4se = Binary<9, 4, Signed, Extended>;
using Binary9p4uf = Binary<9, 4, Unsigned, Finite>;
using Binary9p4ue = Binary<9, 4, Unsigned, Extended>;
using Binary9p5sf = Binary<9, 5, Signed, Finite>;
using Binary9p5se = Binary<9, 5, Signed, Extended>;
using Binary9p5uf = Binary<9, 5, Unsigned, Finite>;
using Binary9p5ue = Binary<9, 5, Unsigned, Extended>;
using Binary9p6sf = Binary<9, 6, Signed, Finite>;
using Binary9p6se = Binary<9, 6, Signed, Extended>;
using Binary9p6uf = Binary<9, 6, Unsigned, Finite>;
using Binary9p6ue = Binary<9, 6, Unsigned, Extended>;
using Binary9p7sf = Binary<9, 7, Signed, Finite>;
using Binary9p7se = Binary<9, 7, Signed, Extended>;
using Binary9p7uf = Binary<9, 7, Unsigned, Finite>;
using Binary9p7ue = Binary<9, 7, Unsigned, Extended>;
using Binary9p8sf = Binary<9, 8, Signed, Finite>;
using Binary9p8se = Binary<9, 8, Signed, Extended>;
using Binary9p8uf = Binary<9, 8, Unsigned, Finite>;
using Binary9p8ue = Binary<9, 8, Unsigned, Extended>;
using Binary9p9uf = Binary<9, 9, Unsigned, Finite>;
using Binary9p9ue = Binary<9, 9, Unsigned, Extended>;
using Binary10p2sf = Binary<10, 2, Signed, Finite>;
using Binary10p2se = Binary<10, 2, Signed, Extended>;
using Binary10p3sf = Binary<10, 3, Signed, Finite>;
using Binary10p3se = Binary<10, 3, Signed, Extended>;
using Binary10p3uf = Binary<10, 3, Unsigned, Finite>;
using Binary10p3ue = Binary<10, 3, Unsigned, Extended>;
using Binary10p4sf = Binary<10, 4, Signed, Finite>;
using Binary10p4se = Binary<10, 4, Signed, Extended>;
using Binary10p4uf = Binary<10, 4, Unsigned, Finite>;
using Binary10p4ue = Binary<10, 4, Unsigned, Extended>;
using Binary10p5sf = Binary<10, 5, Signed, Finite>;
using Binary10p5se = Binary<10, 5, Signed, Extended>;
using Binary10p5uf = Binary<10, 5, Unsigned, Finite>;
using Binary10p5ue = Binary<10, 5, Unsigned, Extended>;
using Binary10p6sf = Binary<10, 6, Signed, Finite>;
using Binary10p6se = Binary<10, 6, Signed, Extended>;
using Binary10p6uf = Binary<10, 6, Unsigned, Finite>;
using Binary10p6ue = Binary<10, 6, Unsigned, Extended>;
using Binary10p7sf = Binary<10, 7, Signed, Finite>;
using Binary10p7se = Binary<10, 7, Signed, Extended>;
using Binary10p7uf = Binary<10, 7, Unsigned, Finite>;
using Binary10p7ue = Binary<10, 7, Unsigned, Extended>;
using Binary10p8sf = Binary<10, 8, Signed, Finite>;
using Binary10p8se = Binary<10, 8, Signed, Extended>;
using Binary10p8uf = Binary<10, 8, Unsigned, Finite>;
using Binary10p8ue = Binary<10, 8, Unsigned, Extended>;
using Binary10p9sf = Binary<10, 9, Signed, Finite>;
using Binary10p9se = Binary<10, 9, Signed, Extended>;
using Binary10p9uf = Binary<10, 9, Unsigned, Finite>;
using Binary10p9ue = Binary<10, 9, Unsigned, Extended>;
using Binary10p10uf = Binary<10, 10, Unsigned, Finite>;
using Binary10p10ue = Binary<10, 10, Unsigned, Extended>;
using Binary11p3sf = Binary<11, 3, Signed, Finite>;
using Binary11p3se = Binary<11, 3, Signed, Extended>;
using Binary11p4sf = Binary<11, 4, Signed, Finite>;
using Binary11p4se = Binary<11, 4, Signed, Extended>;
using Binary11p4uf = Binary<11, 4, Unsigned, Finite>;
using Binary11p4ue = Binary<11, 4, Unsigned, Extended>;
using Binary11p5sf = Binary<11, 5, Signed, Finite>;
using Binary11p5se = Binary<11, 5, Signed, Extended>;
using Binary11p5uf = Binary<11, 5, Unsigned, Finite>;
using Binary11p5ue = Binary<11, 5, Unsigned, Extended>;
using Binary11p6sf = Binary<11, 6, Signed, Finite>;
using Binary11p6se = Binary<11, 6, Signed, Extended>;
using Binary11p6uf = Binary<11, 6, Unsigned, Finite>;
using Binary11p6ue = Binary<11, 6, Unsigned, Extended>;
using Binary11p7sf = Binary<11, 7, Signed, Finite>;
using Binary11p7se = Binary<11, 7, Signed, Extended>;
using Binary11p7uf = Binary<11, 7, Unsigned, Finite>;
using Binary11p7ue = Binary<11, 7, Unsigned, Extended>;
using Binary11p8sf = Binary<11, 8, Signed, Finite>;
using Binary11p8se = Binary<11, 8, Signed, Extended>;
using Binary11p8uf = Binary<11, 8, Unsigned, Finite>;
using Binary11p8ue = Binary<11, 8, Unsigned, Extended>;
using Binary11p9sf = Binary<11, 9, Signed, Finite>;
using Binary11p9se = Binary<11, 9, Signed, Extended>;
using Binary11p9uf = Binary<11, 9, Unsigned, Finite>;
using Binary11p9ue = Binary<11, 9, Unsigned, Extended>;
using Binary11p10sf = Binary<11, 10, Signed, Finite>;
using Binary11p10se = Binary<11, 10, Signed, Extended>;
using Binary11p10uf = Binary<11, 10, Unsigned, Finite>;
using Binary11p10ue = Binary<11, 10, Unsigned, Extended>;
using Binary11p11uf = Binary<11, 11, Unsigned, Finite>;
using Binary11p11ue = Binary<11, 11, Unsigned, Extended>;
using Binary12p4sf = Binary<12, 4, Signed, Finite>;
using Binary12p4se = Binary<12, 4, Signed, Extended>;
using Binary12p5sf = Binary<12, 5, Signed, Finite>;
using Binary12p5se = Binary<12, 5, Signed, Extended>;
using Binary12p5uf = Binary<12, 5, Unsigned, Finite>;
using Binary12p5ue = Binary<12, 5, Unsigned, Extended>;
using Binary12p6sf = Binary<12, 6, Signed, Finite>;
using Binary12p6se = Binary<12, 6, Signed, Extended>;
using Binary12p6uf = Binary<12, 6, Unsigned, Finite>;
using Binary12p6ue = Binary<12, 6, Unsigned, Extended>;
using Binary12p7sf = Binary<12, 7, Signed, Finite>;
using Binary12p7se = Binary<12, 7, Signed, Extended>;
using Binary12p7uf = Binary<12, 7, Unsigned, Finite>;
using Binary12p7ue = Binary<12, 7, Unsigned, Extended>;
using Binary12p8sf = Binary<12, 8, Signed, Finite>;
using Binary12p8se = Binary<12, 8, Signed, Extended>;
using Binary12p8uf = Binary<12, 8, Unsigned, Finite>;
using Binary12p8ue = Binary<12, 8, Unsigned, Extended>;
using Binary12p9sf = Binary<12, 9, Signed, Finite>;
using Binary12p9se = Binary<12, 9, Signed, Extended>;
using Binary12p9uf = Binary<12, 9, Unsigned, Finite>;
using Binary12p9ue = Binary<12, 9, Unsigned, Extended>;
using Binary12p10sf = Binary<12, 10, Signed, Finite>;
using Binary12p10se = Binary<12, 10, Signed, Extended>;
using Binary12p10uf = Binary<12, 10, Unsigned, Finite>;
using Binary12p10ue = Binary<12, 10, Unsigned, Extended>;
using Binary12p11sf = Binary<12, 11, Signed, Finite>;
using Binary12p11se = Binary<12, 11, Signed, Extended>;
using Binary12p11uf = Binary<12, 11, Unsigned, Finite>;
using Binary12p11ue = Binary<12, 11, Unsigned, Extended>;
using Binary12p12uf = Binary<12, 12, Unsigned, Finite>;
using Binary12p12ue = Binary<12, 12, Unsigned, Extended>;
using Binary13p5sf = Binary<13, 5, Signed, Finite>;
using Binary13p5se = Binary<13, 5, Signed, Extended>;
using Binary13p6sf = Binary<13, 6, Signed, Finite>;
using Binary13p6se = Binary<13, 6, Signed, Extended>;
using Binary13p6uf = Binary<13, 6, Unsigned, Finite>;
using Binary13p6ue = Binary<13, 6, Unsigned, Extended>;
using Binary13p7sf = Binary<13, 7, Signed, Finite>;
using Binary13p7se = Binary<13, 7, Signed, Extended>;
using Binary13p7uf = Binary<13, 7, Unsigned, Finite>;
using Binary13p7ue = Binary<13, 7, Unsigned, Extended>;
using Binary13p8sf = Binary<13, 8, Signed, Finite>;
using Binary13p8se = Binary<13, 8, Signed, Extended>;
using Binary13p8uf = Binary<13, 8, Unsigned, Finite>;
using Binary13p8ue = Binary<13, 8, Unsigned, Extended>;
using Binary13p9sf = Binary<13, 9, Signed, Finite>;
using Binary13p9se = Binary<13, 9, Signed, Extended>;
using Binary13p9uf = Binary<13, 9, Unsigned, Finite>;
using Binary13p9ue = Binary<13, 9, Unsigned, Extended>;
using Binary13p10sf = Binary<13, 10, Signed, Finite>;
using Binary13p10se = Binary<13, 10, Signed, Extended>;
using Binary13p10uf = Binary<13, 10, Unsigned, Finite>;
using Binary13p10ue = Binary<13, 10, Unsigned, Extended>;
using Binary13p11sf = Binary<13, 11, Signed, Finite>;
using Binary13p11se = Binary<13, 11, Signed, Extended>;
using Binary13p11uf = Binary<13, 11, Unsigned, Finite>;
using Binary13p11ue = Binary<13, 11, Unsigned, Extended>;
using Binary13p12sf = Binary<13, 12, Signed, Finite>;
using Binary13p12se = Binary<13, 12, Signed, Extended>;
using Binary13p12uf = Binary<13, 12, Unsigned, Finite>;
using Binary13p12ue = Binary<13, 12, Unsigned, Extended>;
using Binary13p13uf = Binary<13, 13, Unsigned, Finite>;
using Binary13p13ue = Binary<13, 13, Unsigned, Extended>;
using Binary14p6sf = Binary<14, 6, Signed, Finite>;
using Binary14p6se = Binary<14, 6, Signed, Extended>;
using Binary14p7sf = Binary<14, 7, Signed, Finite>;
using Binary14p7se = Binary<14, 7, Signed, Extended>;
using Binary14p7uf = Binary<14, 7, Unsigned, Finite>;
using Binary14p7ue = Binary<14, 7, Unsigned, Extended>;
using Binary14p8sf = Binary<14, 8, Signed, Finite>;
using Binary14p8se = Binary<14, 8, Signed, Extended>;
using Binary14p8uf = Binary<14, 8, Unsigned, Finite>;
using Binary14p8ue = Binary<14, 8, Unsigned, Extended>;
using Binary14p9sf = Binary<14, 9, Signed, Finite>;
using Binary14p9se = Binary<14, 9, Signed, Extended>;
using Binary14p9uf = Binary<14, 9, Unsigned, Finite>;
using Binary14p9ue = Binary<14, 9, Unsigned, Extended>;
using Binary14p10sf = Binary<14, 10, Signed, Finite>;
using Binary14p10se = Binary<14, 10, Signed, Extended>;
using Binary14p10uf = Binary<14, 10, Unsigned, Finite>;
using Binary14p10ue = Binary<14, 10, Unsigned, Extended>;
using Binary14p11sf = Binary<14, 11, Signed, Finite>;
using Binary14p11se = Binary<14, 11, Signed, Extended>;
using Binary14p11uf = Binary<14, 11, Unsigned, Finite>;
using Binary14p11ue = Binary<14, 11, Unsigned, Extended>;
using Binary14p12sf = Binary<14, 12, Signed, Finite>;
using Binary14p12se = Binary<14, 12, Signed, Extended>;
using Binary14p12uf = Binary<14, 12, Unsigned, Finite>;
using Binary14p12ue = Binary<14, 12, Unsigned, Extended>;
using Binary14p13sf = Binary<14, 13, Signed, Finite>;
using Binary14p13se = Binary<14, 13, Signed, Extended>;
using Binary14p13uf = Binary<14, 13, Unsigned, Finite>;
using Binary14p13ue = Binary<14, 13, Unsigned, Extended>;
using Binary14p14uf = Binary<14, 14, Unsigned, Finite>;
using Binary14p14ue = Binary<14, 14, Unsigned, Extended>;
using Binary15p7sf = Binary<15, 7, Signed, Finite>;
using Binary15p7se = Binary<15, 7, Signed, Extended>;
using Binary15p8sf = Binary<15, 8, Signed, Finite>;
using Binary15p8se = Binary<15, 8, Signed, Extended>;
using Binary15p8uf = Binary<15, 8, Unsigned, Finite>;
using Binary15p8ue = Binary<15, 8, Unsigned, Extended>;
using Binary15p9sf = Binary<15, 9, Signed, Finite>;
using Binary15p9se = Binary<15, 9, Signed, Extended>;
using Binary15p9uf = Binary<15, 9, Unsigned, Finite>;
using Binary15p9ue = Binary<15, 9, Unsigned, Extended>;
using Binary15p10sf = Binary<15, 10, Signed, Finite>;
using Binary15p10se = Binary<15, 10, Signed, Extended>;
using Binary15p10uf = Binary<15, 10, Unsigned, Finite>;
using Binary15p10ue = Binary<15, 10, Unsigned, Extended>;
using Binary15p11sf = Binary<15, 11, Signed, Finite>;
using Binary15p11se = Binary<15, 11, Signed, Extended>;
using Binary15p11uf = Binary<15, 11, Unsigned, Finite>;
using Binary15p11ue = Binary<15, 11, Unsigned, Extended>;
using Binary15p12sf = Binary<15, 12, Signed, Finite>;
using Binary15p12se = Binary<15, 12, Signed, Extended>;
using Binary15p12uf = Binary<15, 12, Unsigned, Finite>;
using Binary15p12ue = Binary<15, 12, Unsigned, Extended>;
using Binary15p13sf = Binary<15, 13, Signed, Finite>;
using Binary15p13se = Binary<15, 13, Signed, Extended>;
using Binary15p13uf = Binary<15, 13, Unsigned, Finite>;
using Binary15p13ue = Binary<15, 13, Unsigned, Extended>;
using Binary15p14sf = Binary<15, 14, Signed, Finite>;
using Binary15p14se = Binary<15, 14, Signed, Extended>;
using Binary15p14uf = Binary<15, 14, Unsigned, Finite>;
using Binary15p14ue = Binary<15, 14, Unsigned, Extended>;
using Binary15p15uf = Binary<15, 15, Unsigned, Finite>;
using Binary15p15ue = Binary<15, 15, Unsigned, Extended>;
using Binary16p8sf = Binary<16, 8, Signed, Finite>;
using Binary16p8se = Binary<16, 8, Signed, Extended>;
using Binary16p9sf = Binary<16, 9, Signed, Finite>;
using Binary16p9se = Binary<16, 9, Signed, Extended>;
using Binary16p9uf = Binary<16, 9, Unsigned, Finite>;
using Binary16p9ue = Binary<16, 9, Unsigned, Extended>;
using Binary16p10sf = Binary<16, 10, Signed, Finite>;
using Binary16p10se = Binary<16, 10, Signed, Extended>;
using Binary16p10uf = Binary<16, 10, Unsigned, Finite>;
using Binary16p10ue = Binary<16, 10, Unsigned, Extended>;
using Binary16p11sf = Binary<16, 11, Signed, Finite>;
using Binary16p11se = Binary<16, 11, Signed, Extended>;
using Binary16p11uf = Binary<16, 11, Unsigned, Finite>;
using Binary16p11ue = Binary<16, 11, Unsigned, Extended>;
using Binary16p12sf = Binary<16, 12, Signed, Finite>;
using Binary16p12se = Binary<16, 12, Signed, Extended>;
using Binary16p12uf = Binary<16, 12, Unsigned, Finite>;
using Binary16p12ue = Binary<16, 12, Unsigned, Extended>;
using Binary16p13sf = Binary<16, 13, Signed, Finite>;
using Binary16p13se = Binary<16, 13, Signed, Extended>;
using Binary16p13uf = Binary<16, 13, Unsigned, Finite>;
using Binary16p13ue = Binary<16, 13, Unsigned, Extended>;
using Binary16p14sf = Binary<16, 14, Signed, Finite>;
using Binary16p14se = Binary<16, 14, Signed, Extended>;
using Binary16p14uf = Binary<16, 14, Unsigned, Finite>;
using Binary16p14ue = Binary<16, 14, Unsigned, Extended>;
using Binary16p15sf = Binary<16, 15, Signed, Finite>;
using Binary16p15se = Binary<16, 15, Signed, Extended>;
using Binary16p15uf = Binary<16, 15, Unsigned, Finite>;
using Binary16p15ue = Binary<16, 15, Unsigned, Extended>;
using Binary16p16uf = Binary<16, 16, Unsigned, Finite>;
using Binary16p16ue = Binary<16, 16, Unsigned, Extended>;
/// @}

}  // namespace dyadic::p3109
