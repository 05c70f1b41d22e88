// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file posit.hpp
/// Posits: sign, a run of equal bits (the regime) that counts powers of 2^2^ES, ES bits of exponent,
/// fraction.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/number.hpp>
#include <dyadic/format/tapered.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// A posit of `N` bits with `ES` bits of exponent: 2^(k·2^ES + e)·(1 + f), where a run of k+1 ones or -k
/// zeros (and the bit that ends it) says k; of e and f there is what room is left, and zeros behind it.
/// Negative numbers are two's complements; 10…0 is NaR. The largest value is 2^(2^ES·(N-2)), the smallest its
/// inverse: 2^±24 for N = 8, 2^±56 for N = 16.
///
/// Rounding is the standard's: between the neighbours with codes U and U+1 decides the posit of N+1 bits with
/// the code 2U+1, and a tie goes to the even code. That is the middle of the two where they differ in the
/// fraction, and between powers of two with whole exponent bits cut off their geometric mean: Posit<8> takes
/// 131072 as the boundary of 65536 and 262144. Nothing but 0 rounds to zero, and nothing overflows. NaN is
/// NaR; an infinity saturates, and becomes NaR under `Overflow::special`, which has no other effect. x/0 is
/// the largest value, as for all formats; under `special` NaR, as the standard has it.
/// `With` knows every direction: these choose between the two neighbouring values, 0 among them; stochastic
/// rounding is linear between them, and has no variants with fewer random bits.
/// @tparam N  bits, 2 to 16   @tparam ES  exponent bits, 0 to 3. The standard's is 2; others are those of
/// earlier proposals.
/// Sources: Posit Working Group, "Standard for Posit Arithmetic (2022)"; Gustafson,
/// Yonemoto, "Beating floating point at its own game: posit arithmetic", 2017.
template <int N, int ES = 2>
class Posit : public detail::number_casts<Posit<N, ES>> {
  static_assert(2 <= N && N <= 16, "dyadic::Posit<N, ES>: N, the bits, must be in [2, 16].");
  static_assert(
      0 <= ES && ES <= 3,
      "dyadic::Posit<N, ES>: ES, the exponent bits, must be in [0, 3]. The standard of 2022 has 2.");
  static constexpr detail::name_text text =
      ES == 2 ? detail::make_name("Posit<", N, ">") : detail::make_name("Posit<", N, ", ", ES, ">");
  using codes = detail::tapered_codes<N>;
  static constexpr int last = (N - 2) << ES;  // the exponents of the ends
  static constexpr int after = 23 + ES;       // bits behind the regime of a float32
  static constexpr i32 payload_mask = (1 << after) - 1;
  static constexpr i32 high_bits = (last + 127) << 23, low_bits = (127 - last) << 23;
  // Added to a float's bits it makes of all above the payload k + zero, as one number. k = 0 is odd or even
  // so that the bit is the last of the code where no payload is left: 0 for a run of ones and its end, 1 for
  // zeros.
  static constexpr int zero = N % 2 == 0 ? 17 : 16;
  static constexpr i32 offset = ((zero << ES) - 127) * (1 << 23);

 public:
  using code_type = detail::least_int<N, false>;
  static constexpr int bits = N;
  static constexpr int exponent_size = ES;
  static constexpr double bits_per_value = N;
  /// The largest and the smallest positive value.
  static constexpr float max_value = detail::exp2_float(last), min_value = detail::exp2_float(-last);
  static constexpr bool has_nan = true, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<Posit> arithmetic = {.lanes = true};

  constexpr Posit() = default;
  template <class X>
  requires detail::ConvertsTo<X, Posit>
  constexpr explicit Posit(X x) : code_(detail::code_of<Posit, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Posit from_bits(code_type code) {
    Posit v;
    v.code_ = static_cast<code_type>(code & codes::mask);
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(code_); }
  constexpr explicit operator double() const { return static_cast<float>(*this); }
  /// Finite values only.
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    return detail::to_dyadic(static_cast<float>(*this));
  }

  /// float32 -> the nearest value, as float32; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    using detail::isplat;
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const detail::ints_of<V> r = nearest<V>(m) - isplat<V>(offset);
    return detail::unless_nan(
        x, detail::signed_as(x, detail::from_bits<V>(detail::select(m == isplat<V>(0), isplat<V>(0), r))));
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<Posit, Round::nearest_even, Overflow::saturate>(x);
  }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }

  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    using detail::isplat;
    const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const detail::ints_of<V> c =
        detail::shift_right<V>(string<V>(nearest<V>(m), false), isplat<V>(32 - N));  // nothing is below it
    return codes::template finished<V>(x, detail::select(m == isplat<V>(0), isplat<V>(0), c));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    // 1. Where the run ends: the leading one of the code after a run of zeros, of its complement after one of
    // ones.
    const detail::ints_of<V> c = codes::template magnitude<V>(code);
    const detail::ints_of<V> ones = detail::shift_left<V>(c, isplat<V>(33 - N)) >> 31;
    const detail::ints_of<V> complement = (c ^ ones) & isplat<V>(codes::top);
    const detail::ints_of<V> end =
        (detail::to_bits(detail::to_float<V>(complement + complement + isplat<V>(1))) >> 23) -
        isplat<V>(127);  // its place plus 1
    // 2. k, and what is behind it, as a float has both.
    const detail::ints_of<V> k = (end - isplat<V>(N - 1)) ^ ones;
    const detail::ints_of<V> payload =
        detail::shift_left<V>(c, isplat<V>(after + 1) - end) & isplat<V>(payload_mask);
    const detail::ints_of<V> r = detail::shift_left<V>(k, isplat<V>(after)) + payload + isplat<V>(127 << 23);
    return codes::template signed_value<V>(code, c, detail::from_bits<V>(r));
  }
  /// The code in any direction; `x` is not NaN.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, [[maybe_unused]] detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O != Overflow::wrap,
                  "dyadic: Overflow::wrap is for Fixed. Use Overflow::saturate or Overflow::special.");
    static_assert(R <= Round::stochastic,
                  "dyadic: Posit rounds stochastically with all random bits. Use Round::stochastic.");
    detail::ints_of<V> r;
    if constexpr (R == Round::nearest_even) r = encode_lanes<V>(x);
    else {
      // half the smallest value and less are told from it by one more bit
      const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
      const detail::ints_of<V> t =
          detail::imin(detail::imax(m, isplat<V>((127 - last - (1 << ES)) << 23)), isplat<V>(high_bits));
      const detail::ints_of<V> s = string<V>(t + isplat<V>(offset), true);
      detail::ints_of<V> c;
      if constexpr (R == Round::stochastic) {
        c = codes::template rounded<Round::toward_zero, V>(s, isplat<V>(0));
        const V a = detail::from_bits<V>(detail::imin(m, isplat<V>(high_bits)));
        c = c + detail::either_neighbour<V>(
                    a, decode_lanes<V>(c),
                    decode_lanes<V>(detail::imin(c + isplat<V>(1), isplat<V>(codes::top))), random);
      } else c = codes::template rounded<R, V>(s, detail::to_bits(x) >> 31);
      r = codes::template finished<V>(x, detail::select(m == isplat<V>(0), isplat<V>(0), c));
    }
    if constexpr (O == Overflow::special) {
      const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
      r = detail::select(m == isplat<V>(detail::infinity_bits), isplat<V>(codes::nar), r);
    }
    return r;
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? static_cast<code_type>(codes::nar)
                             : static_cast<code_type>(round_lanes<R, O, float>(x, random));
  }
  template <Round R, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    if (x.zero()) return 0;
    const detail::leading_bits b = detail::leading_bits_of(x);
    i32 c = codes::top;
    if (b.log2 < last) {
      constexpr Round direction = R == Round::stochastic ? Round::toward_zero : R;
      if (b.log2 < -last - (1 << ES)) c = codes::template rounded<direction>(0, true, 1, x.negative);
      else {
        const int k = b.log2 >> ES, run = k >= 0 ? k + 1 : -k;
        const detail::u64 regime = k >= 0 ? ((detail::u64{1} << run) - 1) << 1 : 1,
                          e = static_cast<detail::u64>(b.log2 - (k << ES));
        const detail::u64 string = ((regime << ES | e) << 40) | b.fraction;  // of run + 1 + ES + 40 bits
        c = codes::template rounded<direction>(string, b.sticky, run + 1 + ES + 40 - (N - 1), x.negative);
      }
      if constexpr (R == Round::stochastic)
        c += detail::either_neighbour(detail::magnitude_of(x), value_of(c),
                                      value_of(c < codes::top ? c + 1 : c), random);
    }
    return static_cast<code_type>((x.negative ? -c : c) & codes::mask);
  }

 private:
  static constexpr double value_of(i32 c) { return static_cast<double>(decode_lanes<float>(c)); }
  /// A magnitude, rounded where it is, within a float's bits: regime and all, plus `offset`. Carries run on
  /// into the next regime.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> nearest(detail::ints_of<V> magnitude_bits) {
    using detail::isplat;
    const detail::ints_of<V> t =
        detail::imin(detail::imax(magnitude_bits, isplat<V>(low_bits)), isplat<V>(high_bits));
    const detail::ints_of<V> b = t + isplat<V>(offset);
    const detail::ints_of<V> k = (b >> after) - isplat<V>(zero);
    // the bits to drop: as many as the regime takes too many; of the largest value there are none to lose
    const detail::ints_of<V> drop =
        detail::imin((k ^ (k >> 31)) + isplat<V>(127 + after + 3 - N), isplat<V>(127 + after));
    const detail::ints_of<V> unit = detail::to_int<V>(
        detail::from_bits<V>(detail::shift_left<V>(drop, isplat<V>(23))));  // 2^(drop - 127)
    const detail::ints_of<V> even = detail::select((b & unit) == isplat<V>(0), isplat<V>(-1), isplat<V>(0));
    return (b + (unit >> 1) + even) & (isplat<V>(0) - unit);
  }
  /// The string of a magnitude, of at most one regime bit too many, from its bits plus `offset`.
  /// @param sticky  whether something may fall off its end
  template <class V>
  DYADIC_LANE static detail::ints_of<V> string(detail::ints_of<V> b, bool sticky) {
    using detail::isplat;
    const detail::ints_of<V> k = (b >> after) - isplat<V>(zero), negative = k >> 31;
    // 10 or 01 and the payload, shifted down with copies of the first bit
    const detail::ints_of<V> head =
        (b & isplat<V>(payload_mask)) | (isplat<V>(2 << after) ^ (negative & isplat<V>(3 << after)));
    const detail::ints_of<V> first = detail::shift_left<V>(head, isplat<V>(30 - after)), by = k ^ negative;
    detail::ints_of<V> r = first >> by;
    if (sticky) {
      const detail::ints_of<V> lost = first - detail::shift_left<V>(r, by);
      r = r | detail::select(lost == isplat<V>(0), isplat<V>(0), isplat<V>(1));
    }
    return detail::shift_right<V>(r, isplat<V>(1)) | (r & isplat<V>(1));
  }

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
