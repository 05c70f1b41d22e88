// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file dot.hpp
/// Arithmetic that loses nothing: results that grow (`exact(a) * exact(b)`), sums in wider types (`sum_t`), and dot products
/// that are accumulated exactly and rounded once (`dot<Acc>`).
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

#include <dyadic/base/diagnose.hpp>

#include <array>
#include <span>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// A number whose operators grow instead of rounding.
template <Number T>
struct Exact {
  T value;
};
/// `exact(a) * exact(b)`: the operators of an `Exact`.
template <Number T>
constexpr Exact<T> exact(T value) {
  return {value};
}

namespace detail {

template <class>
inline constexpr bool never = false;

template <class A, class B>
struct exact_product {
  static_assert(never<A>, "dyadic::exact(a) * exact(b): exact products are of Fixed by Fixed, or of minifloats with the same Specials. For others accumulate with dot<Acc>.");
};
/// Fixed<W1, F1> · Fixed<W2, F2> fits Fixed<W1+W2, F1+F2>; of an unsigned factor no sign is multiplied.
template <int W1, int F1, bool S1, int W2, int F2, bool S2>
struct exact_product<Fixed<W1, F1, S1>, Fixed<W2, F2, S2>> {
  static_assert(W1 + W2 <= 32, "dyadic::exact(a) * exact(b): the product needs more than 32 bits. Narrow an operand, or accumulate with dot<Acc>.");
  using type = Fixed<W1 + W2, F1 + F2, S1 || S2>;
};
/// A product of minifloats has twice the significand and twice the exponents; one exponent bit more holds them.
template <int E1, int M1, int B1, int E2, int M2, int B2>
struct float_product {
  static constexpr int emin = (1 - B1) + (1 - B2) + 1;  // so that 2^(emin - M) is the product of the smallest values
  static constexpr int exponent_bits = (E1 > E2 ? E1 : E2) + 1, mantissa_bits = M1 + M2 + 1;
  static_assert(exponent_bits <= 8 && mantissa_bits <= 23, "dyadic::exact(a) * exact(b): the product does not fit a minifloat within float32. Accumulate with dot<Acc>.");
};
template <int E1, int M1, int B1, int E2, int M2, int B2, Specials S>
struct exact_product<Minifloat<E1, M1, B1, S>, Minifloat<E2, M2, B2, S>> {
  using sizes = float_product<E1, M1, B1, E2, M2, B2>;
  using type = Minifloat<sizes::exponent_bits, sizes::mantissa_bits, 1 - sizes::emin, S>;
};
template <int E1, int M1, int B1, int E2, int M2, int B2, Specials S>
struct exact_product<UnsignedMinifloat<E1, M1, B1, S>, UnsignedMinifloat<E2, M2, B2, S>> {
  using sizes = float_product<E1, M1, B1, E2, M2, B2>;
  using type = UnsignedMinifloat<sizes::exponent_bits, sizes::mantissa_bits, 1 - sizes::emin, S>;
};

template <class A, class B>
struct exact_sum {
  static_assert(never<A>, "dyadic::exact(a) + exact(b): exact sums are of Fixed and Fixed. For others accumulate with dot<Acc>.");
};
template <int W1, int F1, bool S1, int W2, int F2, bool S2>
struct exact_sum<Fixed<W1, F1, S1>, Fixed<W2, F2, S2>> {
  static constexpr bool is_signed = S1 || S2;
  static constexpr int whole1 = W1 - F1 + (is_signed && !S1 ? 1 : 0), whole2 = W2 - F2 + (is_signed && !S2 ? 1 : 0);
  static constexpr int fraction = F1 > F2 ? F1 : F2;
  static constexpr int width = (whole1 > whole2 ? whole1 : whole2) + 1 + fraction;
  static_assert(1 <= width && width <= 32, "dyadic::exact(a) + exact(b): the sum needs more than 32 bits. Narrow an operand, or accumulate with dot<Acc>.");
  using type = Fixed<width, fraction, is_signed>;
};

/// Fixed with enough bits for N of them.
template <class P, std::int64_t N>
struct sum_of {
  static_assert(never<P>, "dyadic::sum_t<P, N>: P must be a Fixed. For sums of other formats accumulate with dot<Acc>.");
};
template <int W, int F, bool Signed, std::int64_t N>
struct sum_of<Fixed<W, F, Signed>, N> {
  static_assert(N >= 1, "dyadic::sum_t<P, N>: N, the number of terms, must be at least 1.");
  static constexpr int width = W + ceil_log2(static_cast<u64>(N));
  static_assert(width <= 32, "dyadic::sum_t<P, N>: the sum needs more than 32 bits. Use fewer terms or a narrower P.");
  using type = Fixed<width, F, Signed>;
};

/// What the product of two numbers is when one of them is NaN or infinite.
template <class R, class A, class B>
constexpr R special_product(A a, B b) {
  const kind ka = kind_of(a), kb = kind_of(b);
  const bool below = negative(a) != negative(b);
  if (ka == kind::nan || kb == kind::nan || ka == kind::zero || kb == kind::zero) return not_a_number<R>();
  return infinite<R>(below);
}

}  // namespace detail

/// Exact: of Fixed and Fixed, products also of minifloats with the same Specials. A static_assert says where the result would not fit.
/// @{
template <class A, class B>
constexpr auto operator*(Exact<A> a, Exact<B> b) {
  using R = typename detail::exact_product<A, B>::type;
  if (detail::kind_of(a.value) >= detail::kind::infinite || detail::kind_of(b.value) >= detail::kind::infinite)
    return detail::special_product<R>(a.value, b.value);
  return detail::rounded<R>(detail::multiply(a.value.exact(), b.value.exact()));
}
template <class A, class B>
constexpr auto operator+(Exact<A> a, Exact<B> b) {
  return detail::rounded<typename detail::exact_sum<A, B>::type>(detail::add(a.value.exact(), b.value.exact()));
}
template <class A, class B>
constexpr auto operator-(Exact<A> a, Exact<B> b) {
  using R = typename detail::exact_sum<A, B>::type;
  using Signed = Fixed<R::bits + (R::is_signed ? 0 : 1), R::fraction_bits, true>;
  detail::Dyadic n = b.value.exact();
  n.negative = !n.negative;
  return detail::rounded<Signed>(detail::add(a.value.exact(), n));
}
/// @}

/// The type that holds any sum of `N` values of `P`: ceil(log2 N) more bits.
template <class P, std::int64_t N>
using sum_t = typename detail::sum_of<P, N>::type;

/// Bits of a two's-complement accumulator that holds any single product of an `A` and a `B` exactly (Kulisch):
/// 1 + (2^ea + ma + 1) + (2^eb + mb + 1).
template <class A, class B>
inline constexpr int product_bits = 1 + ((1 << A::exponent_bits) + A::mantissa_bits + 1) + ((1 << B::exponent_bits) + B::mantissa_bits + 1);

namespace detail {
/// An exact sum: 64·Words bits, two's complement, from 2^Lowest on.
template <int Lowest, std::size_t Words>
class exact_sum_of_words {
 public:
  /// Adds a·2^e exactly.
  DYADIC_LANE void add(const detail::Dyadic& x) {
    if (x.significand == 0) return;
    const int position = x.exponent - lowest;
    const auto word = static_cast<std::size_t>(position / 64);
    const int shift = position % 64;
    const std::uint64_t low = x.significand << shift, high = shift == 0 ? 0 : x.significand >> (64 - shift);
    if (x.negative) {
      std::uint64_t borrow = take(word, low);
      borrow = take(word + 1, high) + take(word + 1, borrow);
      for (std::size_t i = word + 2; i < words && borrow != 0; ++i) borrow = take(i, borrow);
    } else {
      std::uint64_t carry = give(word, low);
      carry = give(word + 1, high) + give(word + 1, carry);
      for (std::size_t i = word + 2; i < words && carry != 0; ++i) carry = give(i, carry);
    }
  }
  /// The sum, by its 128 leading bits.
  [[nodiscard]] DYADIC_LANE detail::Dyadic value() const {
    std::array<std::uint64_t, words> w = limbs_;
    const bool negative = (w[words - 1] >> 63) != 0;
    if (negative) {
      std::uint64_t carry = 1;
      for (auto& limb : w) {
        limb = ~limb + carry;
        carry = carry != 0 && limb == 0 ? 1 : 0;
      }
    }
    std::size_t top = words;
    while (top > 0 && w[top - 1] == 0) --top;
    if (top == 0) return {};
    const std::size_t t = top - 1;
    const int up = std::countl_zero(w[t]);
    std::uint64_t significand = w[t] << up, below = 0;
    if (t > 0) {
      if (up > 0) significand |= w[t - 1] >> (64 - up);
      below = w[t - 1] << up;
      if (t > 1 && up > 0) below |= w[t - 2] >> (64 - up);
      bool more = t > 1 && (w[t - 2] << up) != 0;
      for (std::size_t i = 0; i + 2 < t; ++i) more = more || w[i] != 0;
      below |= more ? 1 : 0;
    }
    return {negative, significand, lowest + static_cast<int>(t) * 64 - up, below};
  }

 private:
  static constexpr int lowest = Lowest;
  static constexpr std::size_t words = Words;
  DYADIC_LANE std::uint64_t give(std::size_t i, std::uint64_t x) {
    limbs_[i] += x;
    return limbs_[i] < x ? 1 : 0;
  }
  DYADIC_LANE std::uint64_t take(std::size_t i, std::uint64_t x) {
    const std::uint64_t before = limbs_[i];
    limbs_[i] -= x;
    return before < x ? 1 : 0;
  }
  std::array<std::uint64_t, words> limbs_{};
};
/// Of numbers that reach further than float32, to 2^±255 with 24 bits.
using widest_sum = exact_sum_of_words<-560, 18>;
template <class T>
inline constexpr bool past_float32 = requires { requires T::past_float32; };
}  // namespace detail

/// An exact sum of products of any float32 values: 704 bits, two's complement, from 2^-302 on; 2^64 and more terms fit.
/// Source: U. Kulisch, "Computer Arithmetic and Validity", 2013.
class ExactSum : public detail::exact_sum_of_words<-302, 11> {};

namespace detail {

template <class R>
concept Numbers = requires(const R& r) { requires Number<typename decltype(std::span(r))::value_type>; };

template <class Acc>
constexpr Acc special_sum(bool nan, bool up, bool down) {
  if constexpr (std::is_floating_point_v<Acc>)
    return static_cast<Acc>(std::bit_cast<float>(nan || (up && down) ? quiet_nan_bits : up ? infinity_bits : infinity_bits | sign_bit));
  else return nan || (up && down) ? not_a_number<Acc>() : infinite<Acc>(!up);
}

}  // namespace detail

/// The dot product of two spans, accumulated exactly and rounded once (nearest even, saturating) to `Acc`: a number of the
/// library, or float. NaN and infinities follow IEEE 754; where `Acc` has no NaN, they give 0 and ±max.
/// @param x_range, y_range  contiguous ranges of numbers (vectors, arrays, spans)   @throws error if their sizes differ
template <class Acc, detail::Numbers X, detail::Numbers Y>
constexpr Acc dot(const X& x_range, const Y& y_range) {
  const std::span x(x_range);
  const std::span y(y_range);  // a declaration of its own: the types may differ
  if (x.size() != y.size()) detail::raise("dot: " + std::to_string(x.size()) + " values meet " + std::to_string(y.size()) + "; give as many of each.");
  using x_type = typename decltype(x)::value_type;
  using y_type = typename decltype(y)::value_type;
  std::conditional_t<detail::past_float32<x_type> || detail::past_float32<y_type>, detail::widest_sum, ExactSum> sum;
  bool nan = false, up = false, down = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const detail::kind a = detail::kind_of(x[i]), b = detail::kind_of(y[i]);
    if (a < detail::kind::infinite && b < detail::kind::infinite) sum.add(detail::multiply(x[i].exact(), y[i].exact()));
    else if (a == detail::kind::nan || b == detail::kind::nan || a == detail::kind::zero || b == detail::kind::zero) nan = true;
    else (detail::negative(x[i]) != detail::negative(y[i]) ? down : up) = true;
  }
  if (nan || up || down) return detail::special_sum<Acc>(nan, up, down);
  const detail::Dyadic value = sum.value();
  if constexpr (std::is_same_v<Acc, float>) {
    // (Its type depends on `Acc`, so that it is compiled where it is used only.)
    using Float = Minifloat<8, 23, std::is_same_v<Acc, float> ? 127 : 0, Specials::ieee>;
    return static_cast<float>(Float::from_bits(Float::template encode_exact<Round::nearest_even, Overflow::special>(value)));
  } else {
    static_assert(Number<Acc>, "dyadic::dot<Acc>: Acc must be a number of the library (Fixed, Minifloat, …) or float.");
    return detail::rounded<Acc>(value);
  }
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
