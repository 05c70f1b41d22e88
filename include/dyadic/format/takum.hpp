// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file takum.hpp
/// Takums, the linear ones: sign, direction, three bits that say how long the exponent is, exponent,
/// fraction.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/number.hpp>
#include <dyadic/format/tapered.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// A linear takum of `N` bits: 2^c·(1 + f). Behind the sign come a direction D and three bits of a regime R;
/// r = R (D = 1) or 7 - R (D = 0) bits C of the exponent follow, c = 2^r - 1 + C or -2^(r+1) + 1 + C, then
/// the fraction. What there is no room for is zero. Negative numbers are two's complements; 10…0 is NaR. |c|
/// reaches 254 from 12 bits on, 239 with 8.
///
/// So takums reach further than float32: of Takum<8>'s 127 positive values 13 lie past its ends, of
/// Takum<16>'s 32767 there are 3727. A number (`Takum<N>`) has all of them: arithmetic, comparison,
/// conversion to double are exact or rounded once, as for any format. Only float32 cannot show them:
/// `decode`, `quantize` and the conversion to float give for what lies past the ends the last takum that is a
/// float32 (`max_value`, `min_value`), never infinity and never zero; and a value between two subnormals
/// rounds once.
///
/// Rounding is that of the bits: between the neighbours with codes U and U+1 decides the takum of N+1 bits
/// with the code 2U+1, and a tie goes to the even code. That is the middle of the two where they differ in
/// the fraction; below 12 bits the outer ones differ in exponent bits, and the boundary lies between these.
/// Nothing but 0 rounds to zero, and nothing overflows. NaN is NaR; an infinity saturates, and becomes NaR
/// under `Overflow::special`, which has no other effect. `With` knows every direction, as `Posit` does.
/// @tparam N  bits, 2 to 16
/// Source: Hunhold, "Beating posits at their own game: takum arithmetic", arXiv 2404.18603.
template <int N>
class Takum : public detail::number_casts<Takum<N>> {
  static_assert(2 <= N && N <= 16, "dyadic::Takum<N>: N, the bits, must be in [2, 16].");
  static constexpr detail::name_text text = detail::make_name("Takum<", N, ">");
  using codes = detail::tapered_codes<N>;
  // c and f side by side, as a float32 has them: c·2^23 + f, called `place` here. That of code c is ±(y - 1)
  // with a float y whose bits are, behind those of 1, the distance of the code from the middle one, 1.0.
  static constexpr i32 one = 1 << 23;
  static constexpr i32 middle = 1 << (N - 2);
  static constexpr i32 place_of(i32 c) {
    const i32 w = c < middle ? middle - c : c - middle;
    const float y = std::bit_cast<float>((127 << 23) + (w << (28 - N)));
    const i32 p = static_cast<i32>((y - 1.0F) * 8388608.0F);
    return c < middle ? -p : p;
  }
  static constexpr double value_of(i32 c) {
    if (c == 0) return 0.0;
    const i32 p = place_of(c);
    return static_cast<double>((p & (one - 1)) | one) * detail::exp2_double((p >> 23) - 23);
  }
  static constexpr bool is_float32(i32 c) {
    const i32 p = place_of(c), e = p >> 23;
    return e <= 127 && e >= -149 && (e >= -126 || (p & ((1 << (-126 - e)) - 1)) == 0);
  }
  /// The first and the last code whose value is a float32.
  static constexpr i32 first_code = [] {
    i32 c = 1;
    while (!is_float32(c)) ++c;
    return c;
  }();
  static constexpr i32 last_code = [] {
    i32 c = codes::top;
    while (!is_float32(c)) --c;
    return c;
  }();

 public:
  using code_type = detail::least_int<N, false>;
  static constexpr int bits = N;
  static constexpr double bits_per_value = N;
  /// The largest and the smallest positive value among the float32s. (Those of the format are
  /// `std::numeric_limits`' business.)
  static constexpr float max_value = static_cast<float>(value_of(last_code)),
                         min_value = static_cast<float>(value_of(first_code));
  static constexpr bool has_nan = true, has_infinity = false, has_lanes = true;
  static constexpr bool past_float32 = true;  ///< there are values that no float32 has
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<Takum> arithmetic = {.lanes = true};

  constexpr Takum() = default;
  template <class X>
  requires detail::ConvertsTo<X, Takum>
  constexpr explicit Takum(X x) : code_(detail::code_of<Takum, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Takum from_bits(code_type code) {
    Takum v;
    v.code_ = static_cast<code_type>(code & codes::mask);
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return decode_lanes<float>(code_); }
  constexpr explicit operator double() const {
    if (code_ == codes::nar) return std::bit_cast<double>(detail::u64{0x7ff8} << 48);
    const double a = value_of(codes::template magnitude<float>(code_));
    return codes::template negative<float>(code_) != 0 ? -a : a;
  }
  /// Finite values only.
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const i32 c = codes::template magnitude<float>(code_), p = place_of(c);
    return {codes::template negative<float>(code_) != 0,
            c == 0 ? 0U : static_cast<detail::u64>((p & (one - 1)) | one), c == 0 ? 0 : (p >> 23) - 23};
  }

  /// float32 -> the nearest value that is one, as float32; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    using detail::isplat;
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    V a = detail::min_keep_nan(detail::from_bits<V>(m), detail::splat<V>(max_value));
    if constexpr (leaves_float32) a = detail::max_keep_nan(a, detail::splat<V>(min_value));
    const side<V> s = side<V>::of(a < detail::splat<V>(1.0F));
    // The bits of y are rounded where they are; only if some of the three regime bits go must they count from
    // zero for that.
    constexpr int drop = 28 - N;
    constexpr i32 from = N < 5 ? y_of_zero : 0;
    const detail::ints_of<V> y = distance<V>(a, s) - isplat<V>(from);
    detail::ints_of<V> r =
        (y + isplat<V>((1 << (drop - 1)) - 1) + ((y >> drop) & isplat<V>(1))) & isplat<V>(-(1 << drop));
    if constexpr (N < 6)
      r = detail::imin(r, isplat<V>(y_of(1) - from));  // between the last value and 0 or NaR
    r = r + isplat<V>(from);
    // 0 comes out as 0: it is 2^-191 here, which times 2^-64 is none
    V v = from_distance<V>(r, s);
    if constexpr (!detail::is_scalar<V>) v = v + (a - a);  // a NaN, or 0
    if constexpr (leaves_float32 || N < 6) v = detail::select(m == isplat<V>(0), detail::splat<V>(0.0F), v);
    return detail::signed_as(x, v);
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<Takum, Round::nearest_even, Overflow::saturate>(x);
  }
  /// Past float32's ends the last value that is one; a value between two subnormals rounds once.
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }

  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return round_lanes<Round::nearest_even, Overflow::saturate, V>(x, detail::isplat<V>(0));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    using detail::isplat;
    const detail::ints_of<V> c = codes::template magnitude<V>(code);
    const detail::ints_of<V> w = detail::imax(c & isplat<V>(codes::top), isplat<V>(1)) - isplat<V>(middle);
    const side<V> s = side<V>::of(w < isplat<V>(0));
    const detail::ints_of<V> y =
        detail::shift_left<V>((w ^ s.below) - s.below, isplat<V>(28 - N)) + isplat<V>(y_of_zero);
    // the bits of a positive float are in the order of its values
    const detail::ints_of<V> end =
        detail::select(w < isplat<V>(0), isplat<V>(y_of(first_code)), isplat<V>(y_of(last_code)));
    return codes::template signed_value<V>(code, c, from_distance<V>(detail::imin(y, end), s));
  }
  /// The code in any direction; `x` is not NaN.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, [[maybe_unused]] detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O != Overflow::wrap,
                  "dyadic: Overflow::wrap is for Fixed. Use Overflow::saturate or Overflow::special.");
    static_assert(R <= Round::stochastic,
                  "dyadic: Takum rounds stochastically with all random bits. Use Round::stochastic.");
    const detail::ints_of<V> m = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const V a = detail::from_bits<V>(detail::imin(m, isplat<V>(detail::largest_finite_bits)));
    const side<V> s = side<V>::of(a < detail::splat<V>(1.0F));
    const detail::ints_of<V> y = distance<V>(a, s) - isplat<V>(y_of_zero);
    // 2^26 is 1.0's string of 27 bits
    const detail::ints_of<V> string =
        detail::shift_left<V>(isplat<V>(1 << 26) + ((y ^ s.below) - s.below), isplat<V>(4));
    detail::ints_of<V> c;
    if constexpr (R == Round::stochastic) {
      // between the neighbours scaled as the number is, for one may be no float32
      c = codes::template rounded<Round::toward_zero, V>(string, isplat<V>(0));
      const detail::ints_of<V> next = detail::imin(c + isplat<V>(1), isplat<V>(codes::top));
      c = c +
          detail::either_neighbour<V>(a * s.toward, scaled_value<V>(c, s), scaled_value<V>(next, s), random);
    } else c = codes::template rounded<R, V>(string, detail::to_bits(x) >> 31);
    c = detail::select(m == isplat<V>(detail::infinity_bits),
                       isplat<V>(O == Overflow::special ? codes::nar : codes::top), c);
    return codes::template finished<V>(x, detail::select(m == isplat<V>(0), isplat<V>(0), c));
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
    if (b.log2 < 255) {
      constexpr Round direction = R == Round::stochastic ? Round::toward_zero : R;
      // At most 2^-255, whose string of bits would be that of zero.
      if (b.log2 < -255 || (b.log2 == -255 && b.fraction == 0)) c = codes::template rounded<direction>(0, true, 1, x.negative);
      else {
        // D, R, C and the fraction: of 4 + r + 40 bits
        const bool up = b.log2 >= 0;
        const int n = up ? b.log2 + 1 : -b.log2, r = 31 - std::countl_zero(static_cast<u32>(n));
        const int bias = up ? (1 << r) - 1 : 1 - (2 << r);
        const auto head = static_cast<detail::u64>(up ? 8 + r : 7 - r);
        const detail::u64 string = ((head << r | static_cast<detail::u64>(b.log2 - bias)) << 40) | b.fraction;
        c = codes::template rounded<direction>(string, b.sticky, 4 + r + 40 - (N - 1), x.negative);
      }
      if constexpr (R == Round::stochastic)
        c += detail::either_neighbour(detail::magnitude_of(x), value_of(c),
                                      value_of(c < codes::top ? c + 1 : c), random);
    }
    return static_cast<code_type>((x.negative ? -c : c) & codes::mask);
  }

 private:
  static constexpr i32 y_of_zero = (127 + 23) << 23;  // the bits of 2^23: y counts units of 2^-23
  /// Of a code's magnitude.
  static constexpr i32 y_of(i32 c) {
    return ((c < middle ? middle - c : c - middle) << (28 - N)) + y_of_zero;
  }
  /// Whether a float32 is nearer to a value below all float32s than to those.
  static constexpr bool leaves_float32 = [] {
    const i32 unit = i32{1} << (28 - N),
              y = std::bit_cast<i32>(150.0F * 8388608.0F) - y_of_zero;  // of the least float32, 2^-149
    const i32 w = (y + unit / 2 - 1 + (y / unit & 1)) / unit;
    return w > middle - first_code;
  }();

  /// Magnitudes below 1 and others. Both are scaled towards 1, for subnormals have no exponents of their own:
  /// by 2^±64, and back.
  template <class V>
  struct side {
    detail::ints_of<V> below;  // all ones where below 1
    // Added to a scaled magnitude's bits, these inverted where below 1, it makes y in units of 2^-23.
    detail::ints_of<V> bias;
    V toward, back;
    template <class M>
    DYADIC_LANE static side of(M small) {
      using detail::isplat;
      const V less = detail::splat<V>(detail::exp2_float(-64)),
              more = detail::splat<V>(detail::exp2_float(64));
      return {
          detail::select(small, isplat<V>(-1), isplat<V>(0)),
          detail::select(small, isplat<V>(((127 + 64) << 23) + one + 1), isplat<V>(one - ((127 - 64) << 23))),
          detail::select(small, more, less), detail::select(small, less, more)};
    }
  };
  /// The bits of y for a finite magnitude, as a float that counts units of 2^-23; its last bit is set by
  /// whatever is behind it.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> distance(V magnitude, const side<V>& s) {
    using detail::isplat;
    const detail::ints_of<V> q =
        (detail::to_bits(magnitude * s.toward) ^ s.below) + s.bias;  // of up to 31 bits
    const detail::ints_of<V> lost = (q & isplat<V>(127)) + isplat<V>(127);
    return detail::to_bits(detail::to_float<V>((q | lost) & isplat<V>(-128)));
  }
  /// The value of a code that a float32 on that side has for a neighbour, as scaled there.
  template <class V>
  DYADIC_LANE static V scaled_value(detail::ints_of<V> c, const side<V>& s) {
    using detail::isplat;
    const detail::ints_of<V> w = detail::imax(c, isplat<V>(1)) - isplat<V>(middle);
    const detail::ints_of<V> y =
        detail::shift_left<V>((w ^ s.below) - s.below, isplat<V>(28 - N)) + isplat<V>(y_of_zero);
    const detail::ints_of<V> q = detail::to_int<V>(detail::from_bits<V>(y));
    return detail::from_bits<V>(detail::select(c == isplat<V>(0), isplat<V>(0), (q - s.bias) ^ s.below));
  }
  /// The magnitude, as float32.
  template <class V>
  DYADIC_LANE static V from_distance(detail::ints_of<V> y, const side<V>& s) {
    const detail::ints_of<V> q = detail::to_int<V>(detail::from_bits<V>(y));
    return detail::from_bits<V>((q - s.bias) ^ s.below) * s.back;
  }

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
