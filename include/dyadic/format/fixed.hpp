// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fixed.hpp
/// Fixed point: integers times 2^-F, in two's complement (`Fixed`, `SymmetricFixed`) or as sign and magnitude (`SignMagnitude`).
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/format/grid.hpp>
#include <dyadic/format/number.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// Sign-extends (or cuts) the low `W` bits.
template <int W, bool Signed>
constexpr i64 low_bits(i64 code) {
  const u64 mask = (u64{1} << W) - 1;
  const u64 low = static_cast<u64>(code) & mask;
  return Signed && (low >> (W - 1)) != 0 ? static_cast<i64>(low | ~mask) : static_cast<i64>(low);
}

/// What the two's-complement formats share: codes in [Low, High], `W` bits, value = code * 2^-F.
template <int W, int F, bool Signed, i64 Low, i64 High>
struct twos_complement {
  using grid = uniform_grid<Low, High, F>;
  using code_type = least_int<W, Signed>;

  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const Dyadic& x, u32 random = 0) {
    return static_cast<code_type>(low_bits<W, Signed>(grid::template rounded<R, O>(x, random)));
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    if (is_nan(x)) return 0;
    if ((std::bit_cast<i32>(x) & magnitude_mask) == infinity_bits) return static_cast<code_type>(std::bit_cast<i32>(x) < 0 ? Low : High);
    return encode_exact<R, O>(to_dyadic(x), static_cast<u32>(random));
  }
  static constexpr code_type encode(float x) {
    if constexpr (grid::lanes) return static_cast<code_type>(grid::template nearest_code<float>(x));
    else return encode_as<Round::nearest_even, Overflow::saturate>(x);
  }
};

}  // namespace detail

/// Two's-complement fixed point: `W` bits in all, `F` of them after the point; value = code * 2^-F.
/// @tparam W  bits in all, 1 to 32   @tparam F  fractional bits, -95 to 126; may be negative or exceed W
/// Source: the `integer`/`fixed` scheme of MASE; arXiv 1712.05877 for the arithmetic.
template <int W, int F, bool Signed = true>
class Fixed {
  static_assert(1 <= W && W <= 32, "dyadic::Fixed<W, F>: W, the bits in all, must be in [1, 32]. Choose a smaller W.");
  static_assert(-95 <= F && F <= 126, "dyadic::Fixed<W, F>: F, the fractional bits, must be in [-95, 126], so that every value is a normal float32.");
  static constexpr detail::i64 low = Signed ? -(detail::i64{1} << (W - 1)) : 0;
  static constexpr detail::i64 high = Signed ? (detail::i64{1} << (W - 1)) - 1 : (detail::i64{1} << W) - 1;
  using impl = detail::twos_complement<W, F, Signed, low, high>;
  static constexpr detail::name_text text = detail::make_name("Fixed<", W, ", ", F, Signed ? ">" : ", false>");

 public:
  using grid = typename impl::grid;
  using code_type = typename impl::code_type;
  static constexpr int bits = W;
  static constexpr int fraction_bits = F;
  static constexpr bool is_signed = Signed;
  static constexpr double bits_per_value = W;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool can_wrap = true;
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = grid::lanes;
  static constexpr std::string_view name() { return text.view(); }

  constexpr Fixed() = default;
  template <class X>
    requires detail::ConvertsTo<X, Fixed>
  constexpr explicit Fixed(X x) : code_(detail::code_of<Fixed, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Fixed from_bits(code_type code) {
    Fixed v;
    v.code_ = static_cast<code_type>(detail::low_bits<W, Signed>(code));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator double() const { return static_cast<double>(code_) * detail::exp2_double(-F); }
  constexpr explicit operator float() const { return static_cast<float>(static_cast<double>(*this)); }
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const detail::i64 q = code_;
    return {q < 0, static_cast<detail::u64>(q < 0 ? -q : q), -F, false};
  }

  /// float32 -> the nearest value, as float32; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    return grid::template nearest<V>(x);
  }
  /// The same of vectors that hold no NaN.
  template <class V>
  DYADIC_LANE static V quantize_numbers(V x) {
    return grid::template nearest<V, true>(x);
  }
  static constexpr code_type encode(float x) { return impl::encode(x); }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }

  template <class V>
    requires has_lanes
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return grid::template nearest_code<V>(x);
  }
  template <class V>
    requires has_lanes
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    return grid::template value<V>(code);
  }
  /// The code in any direction. `x` is not NaN.
  template <Round R, Overflow O, class V>
    requires has_lanes
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    const detail::ints_of<V> code = grid::template rounded<R, O, V>(x, random);
    if constexpr (O != Overflow::wrap) return code;
    else if constexpr (Signed) return detail::shift_left<V>(code, detail::isplat<V>(32 - W)) >> (32 - W);
    else return code & detail::isplat<V>((1 << W) - 1);
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return impl::template encode_as<R, O>(x, random);
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    return impl::template encode_exact<R, O>(x, random);
  }

 private:
  code_type code_ = 0;
};

/// Two's-complement codes without the most negative one: values ±q·2^-F, q up to 2^(W-1)-1.
/// @tparam W  bits in all, 2 to 24   @tparam F  fractional bits. `SymmetricFixed<8, 6>` is the element of MXINT8.
template <int W, int F>
class SymmetricFixed {
  static_assert(2 <= W && W <= 24, "dyadic::SymmetricFixed<W, F>: W, the bits in all, must be in [2, 24]. Use Fixed for wider codes.");
  static_assert(-95 <= F && F <= 126, "dyadic::SymmetricFixed<W, F>: F, the fractional bits, must be in [-95, 126].");
  static constexpr detail::i64 most = (detail::i64{1} << (W - 1)) - 1;
  using impl = detail::twos_complement<W, F, true, -most, most>;
  static constexpr detail::name_text text = detail::make_name("SymmetricFixed<", W, ", ", F, ">");

 public:
  using grid = typename impl::grid;
  using code_type = typename impl::code_type;
  static constexpr int bits = W;
  static constexpr int fraction_bits = F;
  static constexpr double bits_per_value = W;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return text.view(); }

  constexpr SymmetricFixed() = default;
  template <class X>
    requires detail::ConvertsTo<X, SymmetricFixed>
  constexpr explicit SymmetricFixed(X x) : code_(detail::code_of<SymmetricFixed, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr SymmetricFixed from_bits(code_type code) {
    SymmetricFixed v;
    v.code_ = static_cast<code_type>(detail::low_bits<W, true>(code));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator double() const { return static_cast<double>(code_) * detail::exp2_double(-F); }
  constexpr explicit operator float() const { return static_cast<float>(static_cast<double>(*this)); }
  [[nodiscard]] constexpr detail::Dyadic exact() const {
    const detail::i64 q = code_;
    return {q < 0, static_cast<detail::u64>(q < 0 ? -q : q), -F, false};
  }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    return grid::template nearest<V>(x);
  }
  /// The same of vectors that hold no NaN.
  template <class V>
  DYADIC_LANE static V quantize_numbers(V x) {
    return grid::template nearest<V, true>(x);
  }
  static constexpr code_type encode(float x) { return impl::encode(x); }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return grid::template nearest_code<V>(x);
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    return grid::template value<V>(code);
  }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    return grid::template rounded<R, O, V>(x, random);
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return impl::template encode_as<R, O>(x, random);
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    return impl::template encode_exact<R, O>(x, random);
  }

 private:
  code_type code_ = 0;
};

/// One sign bit and an `N-1`-bit magnitude: ±q·2^-F. Code: sign on top. -0 exists and compares equal to 0.
/// @tparam N  bits in all, 2 to 24   @tparam F  fractional bits. The element of block floating point (`BlockFP`).
template <int N, int F>
class SignMagnitude {
  static_assert(2 <= N && N <= 24, "dyadic::SignMagnitude<N, F>: N, the bits in all, must be in [2, 24]. Use Fixed for wider codes.");
  static_assert(-95 <= F && F <= 126, "dyadic::SignMagnitude<N, F>: F, the fractional bits, must be in [-95, 126].");
  static constexpr detail::i64 most = (detail::i64{1} << (N - 1)) - 1;
  static constexpr detail::name_text text = detail::make_name("SignMagnitude<", N, ", ", F, ">");

 public:
  using grid = detail::uniform_grid<-most, most, F>;
  using code_type = detail::least_int<N, false>;
  static constexpr int bits = N;
  static constexpr int fraction_bits = F;
  static constexpr double bits_per_value = N;
  static constexpr float max_value = grid::high, min_value = grid::smallest;  ///< the largest and the smallest positive value
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return text.view(); }

  constexpr SignMagnitude() = default;
  template <class X>
    requires detail::ConvertsTo<X, SignMagnitude>
  constexpr explicit SignMagnitude(X x) : code_(detail::code_of<SignMagnitude, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr SignMagnitude from_bits(code_type code) {
    SignMagnitude v;
    v.code_ = static_cast<code_type>(code & ((u32{1} << N) - 1));
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator double() const {
    const double m = static_cast<double>(magnitude()) * detail::exp2_double(-F);
    return negative() ? -m : m;
  }
  constexpr explicit operator float() const { return static_cast<float>(static_cast<double>(*this)); }
  [[nodiscard]] constexpr detail::Dyadic exact() const { return {negative(), magnitude(), -F, false}; }

  template <class V>
  DYADIC_LANE static V quantize(V x) {
    return grid::template nearest<V>(x);
  }
  /// The same of vectors that hold no NaN.
  template <class V>
  DYADIC_LANE static V quantize_numbers(V x) {
    return grid::template nearest<V, true>(x);
  }
  static constexpr code_type encode(float x) { return static_cast<code_type>(encode_lanes<float>(x)); }
  static constexpr float decode(code_type code) { return static_cast<float>(from_bits(code)); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    const detail::ints_of<V> sign = detail::select(detail::is_nan(x), detail::isplat<V>(0), detail::to_bits(x) & detail::isplat<V>(detail::sign_bit));
    return with_sign<V>(grid::template nearest_code<V>(x), sign);
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    const V m = grid::template value<V>(code & detail::isplat<V>(static_cast<i32>(most)));
    return detail::from_bits<V>(detail::to_bits(m) | detail::shift_left<V>(code >> (N - 1), detail::isplat<V>(31)));
  }
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, detail::ints_of<V> random) {
    return with_sign<V>(grid::template rounded<R, O, V>(x, random), detail::to_bits(x) & detail::isplat<V>(detail::sign_bit));
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return detail::is_nan(x) ? code_type{0} : static_cast<code_type>(round_lanes<R, O, float>(x, random));
  }
  template <Round R, Overflow O>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    const detail::i64 q = grid::template rounded<R, O>(x, random);
    return static_cast<code_type>((q < 0 ? -q : q) | (x.negative ? detail::i64{1} << (N - 1) : 0));
  }

 private:
  [[nodiscard]] constexpr bool negative() const { return (code_ >> (N - 1)) != 0; }
  [[nodiscard]] constexpr detail::u64 magnitude() const { return code_ & static_cast<detail::u64>(most); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> with_sign(detail::ints_of<V> q, detail::ints_of<V> sign) {
    const detail::ints_of<V> below = q >> 31;
    return ((q ^ below) - below) | detail::shift_right<V>(sign, detail::isplat<V>(32 - N));
  }
  code_type code_ = 0;
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
