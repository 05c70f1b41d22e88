// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle.hpp
/// What the element formats mean, told a second time: values from the formula that defines a code, conversion by search among
/// the values. Slow and plain on purpose; it takes from the library the names of the rounding modes and nothing else.
///
/// Why double is exact here. A format's value has at most 32 significant bits and lies in [2^-149, 2^128); so has a float with
/// its 24; the midpoint of two neighbouring values has at most 34. All are doubles, so comparisons among them are exact. The
/// result of an operation on two values is kept as its nearest double and the sign of what was rounded away (`Exact`):
/// rounding is monotone, therefore a double y that differs from fl(v) compares with v as it compares with fl(v), and one that
/// equals it as the remainder tells. Exponents stay within [-350, 256]: nothing underflows.
#include <dyadic/base/rounding.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace oracle {

using dyadic::Overflow;
using dyadic::Round;
using Code = std::uint32_t;  ///< the low bits of a code, as an unsigned number

/// A real number: `value` is the double nearest to it, `rest` the sign of (number - value).
struct Exact {
  double value = 0;
  int rest = 0;
};
inline int sign_of(double x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }
inline int compare(Exact v, double y) { return v.value < y ? -1 : v.value > y ? 1 : v.rest; }

inline Exact sum(double a, double b) {
  const double s = a + b;
  const double part = s - a;
  return {s, sign_of((a - (s - part)) + (b - part))};  // Knuth's two-sum: the error, exactly
}
inline Exact product(double a, double b) {
  const double p = a * b;
  return {p, sign_of(std::fma(a, b, -p))};
}
inline Exact quotient(double a, double b) {
  const double q = a / b;
  return {q, sign_of(std::fma(-q, b, a)) * sign_of(b)};  // the remainder of a correctly rounded quotient is a double
}

/// A finite value and its canonical code.
struct Point {
  double value = 0;
  Code code = 0;
};

enum class Kind { finite, infinite, nan };
/// What one code means.
struct Meaning {
  Kind kind = Kind::finite;
  double value = 0;
  bool canonical = true;
  bool within = true;  ///< the value is one the format converts to (the most negative code of a symmetric format is not)
};

/// A format as a run-time description.
struct Format {
  int bits = 0;
  std::function<Meaning(Code)> meaning;        ///< of every code of `bits` bits
  std::vector<Point> table;                    ///< sorted; formats of up to 16 bits
  std::function<Point(std::int64_t)> formula;  ///< wider ones: the i-th value, rising with i
  std::int64_t first = 0, last = -1;           ///< the indices of the values, both included
  std::optional<Code> negative_zero;
  std::optional<Code> nan_code;
  std::optional<Code> infinity_code;  ///< of +infinity; the sign bit on top makes the other one
  std::optional<Point> past;          ///< the value that would follow the largest, and its code: minifloats with specials
  int wrap_point = 0;                 ///< F of a format that can wrap
  bool can_wrap = false, logarithmic = false, binary = false, ternary = false;
  bool is_unsigned = false;  ///< a float without a sign: what is below its values becomes the least of them
  Code zero = 0;                                          ///< of 0, or of the value nearest to it; of NaN where there is no code for that
  std::function<double(const Point&, const Point&)> meeting;  ///< where two neighbours meet that do not in their middle
  double first_float = 0, last_float = std::numeric_limits<double>::infinity();  ///< magnitudes beyond these are no float32: the format's ends there

  [[nodiscard]] Code mask() const { return static_cast<Code>((std::uint64_t{1} << bits) - 1); }
  [[nodiscard]] Code sign() const { return Code{1} << (bits - 1); }
  [[nodiscard]] Point at(std::int64_t i) const { return table.empty() ? formula(i) : table[static_cast<std::size_t>(i - first)]; }
  [[nodiscard]] double largest() const { return at(last).value; }
  [[nodiscard]] bool has_code_table() const { return bits <= 16; }
  [[nodiscard]] double middle(const Point& a, const Point& b) const { return meeting ? meeting(a, b) : (a.value + b.value) / 2; }
  /// A value as float32.
  [[nodiscard]] float as_float(double v) const {
    if (v == 0) return static_cast<float>(v);
    return static_cast<float>(std::copysign(std::min(std::max(std::fabs(v), first_float), last_float), v));
  }
};

namespace detail {

/// Fills `table` from the meanings of all codes: the canonical finite ones, sorted by value, one zero.
inline Format tabulated(Format f) {
  if (!f.has_code_table()) return f;
  for (Code c = 0;; ++c) {
    const Meaning m = f.meaning(c);
    const bool minus_zero = m.value == 0 && std::signbit(m.value);
    if (m.kind == Kind::finite && m.canonical && m.within && !minus_zero) f.table.push_back({m.value, c});
    if (c == f.mask()) break;
  }
  std::sort(f.table.begin(), f.table.end(), [](const Point& a, const Point& b) { return a.value < b.value; });
  f.first = 0;
  f.last = static_cast<std::int64_t>(f.table.size()) - 1;
  return f;
}

/// The values of a format whose code is a sign above a magnitude, from the value of a magnitude code.
inline void mirror(Format& f, std::int64_t largest_magnitude) {
  f.first = -largest_magnitude;
  f.last = largest_magnitude;
  f.formula = [meaning = f.meaning, sign = f.sign()](std::int64_t i) {
    const Code c = static_cast<Code>(i < 0 ? -i : i) | (i < 0 ? sign : 0);
    return Point{i == 0 ? 0.0 : meaning(c).value, c};
  };
}

}  // namespace detail

/// q·2^-F, q of W bits in two's complement or unsigned. `symmetric` leaves out the most negative q.
inline Format fixed(int w, int f, bool is_signed, bool symmetric = false) {
  Format r;
  r.bits = w;
  const std::int64_t size = std::int64_t{1} << w;
  const std::int64_t low = !is_signed ? 0 : symmetric ? -(size / 2) + 1 : -(size / 2);
  const std::int64_t high = is_signed ? size / 2 - 1 : size - 1;
  r.meaning = [=](Code c) {
    const std::int64_t q = is_signed && std::int64_t{c} >= size / 2 ? std::int64_t{c} - size : std::int64_t{c};
    return Meaning{Kind::finite, std::ldexp(static_cast<double>(q), -f), q >= low, q >= low};
  };
  r.first = low;
  r.last = high;
  r.formula = [=](std::int64_t q) { return Point{std::ldexp(static_cast<double>(q), -f), static_cast<Code>(q & (size - 1))}; };
  r.can_wrap = !symmetric;
  r.wrap_point = f;
  return detail::tabulated(r);
}

inline Format sign_magnitude(int n, int f) {
  Format r;
  r.bits = n;
  const Code most = (Code{1} << (n - 1)) - 1;
  r.meaning = [=](Code c) {
    const double m = std::ldexp(static_cast<double>(c & most), -f);
    return Meaning{Kind::finite, c > most ? -m : m, true, true};
  };
  r.negative_zero = r.sign();
  detail::mirror(r, most);
  return detail::tabulated(r);
}

enum class Tops { none, fn, ieee, fnuz, extended };

/// Sign, E exponent bits e, M mantissa bits m: 2^(e-bias)·(1+m/2^M), or 2^(1-bias)·m/2^M where e = 0.
inline Format minifloat(int e_bits, int m_bits, int bias, Tops tops) {
  Format r;
  r.bits = 1 + e_bits + m_bits;
  const Code most = r.sign() - 1;  // the largest magnitude code
  const Code sign = r.sign();
  const Code top_exponent = (Code{1} << e_bits) - 1;
  const auto magnitude = [=](Code c) {
    const int e = static_cast<int>(c >> m_bits);
    const double m = std::ldexp(static_cast<double>(c & ((Code{1} << m_bits) - 1)), -m_bits);
    return e == 0 ? std::ldexp(m, 1 - bias) : std::ldexp(1 + m, e - bias);
  };
  Code largest = most;
  if (tops == Tops::fn) largest = most - 1;
  if (tops == Tops::ieee) largest = (top_exponent << m_bits) - 1;
  if (tops == Tops::fn) r.nan_code = most;
  if (tops == Tops::extended) largest = most - 1;
  if (tops == Tops::extended) r.infinity_code = most;
  if (tops == Tops::fnuz || tops == Tops::extended) r.nan_code = sign;
  if (tops == Tops::ieee) r.infinity_code = top_exponent << m_bits;
  if (tops == Tops::ieee) r.nan_code = (top_exponent << m_bits) | (Code{1} << (m_bits - 1));  // quiet
  if (tops != Tops::fnuz && tops != Tops::extended) r.negative_zero = sign;
  r.meaning = [=, nan = r.nan_code, infinity = r.infinity_code](Code c) {
    const Code a = c & most;
    const bool minus = (c & sign) != 0;
    if ((tops == Tops::fnuz || tops == Tops::extended) && c == sign) return Meaning{Kind::nan, 0, true, true};
    if (a > largest) {
      if (a == infinity) return Meaning{Kind::infinite, minus ? -1.0 : 1.0, true, true};
      return Meaning{Kind::nan, 0, c == *nan, true};
    }
    return Meaning{Kind::finite, minus ? -magnitude(a) : magnitude(a), true, true};
  };
  if (tops != Tops::none) r.past = Point{magnitude(largest + 1), largest + 1};
  detail::mirror(r, largest);
  return detail::tabulated(r);
}

/// The same without a sign. `fn` and `extended` have NaN at the last code, `extended` infinity at the one before.
inline Format unsigned_minifloat(int e_bits, int m_bits, int bias, Tops tops) {
  Format r;
  r.bits = e_bits + m_bits;
  const Code last = r.mask(), top_exponent = ((Code{1} << e_bits) - 1) << m_bits;
  Code largest = last;
  if (tops == Tops::fn) largest = last - 1;
  if (tops == Tops::extended) largest = last - 2;
  if (tops == Tops::ieee) largest = top_exponent - 1;
  if (tops != Tops::none) r.nan_code = tops == Tops::ieee ? top_exponent + (Code{1} << (m_bits - 1)) : last;
  if (tops == Tops::ieee || tops == Tops::extended) r.infinity_code = largest + 1;
  const auto magnitude = [=](Code c) {
    const int e = static_cast<int>(c >> m_bits);
    const double m = std::ldexp(static_cast<double>(c & ((Code{1} << m_bits) - 1)), -m_bits);
    return e == 0 ? std::ldexp(m, 1 - bias) : std::ldexp(1 + m, e - bias);
  };
  r.meaning = [=, nan = r.nan_code, infinity = r.infinity_code](Code c) {
    if (c <= largest) return Meaning{Kind::finite, magnitude(c), true, true};
    if (c == infinity) return Meaning{Kind::infinite, 1.0, true, true};
    return Meaning{Kind::nan, 0, c == nan, true};
  };
  if (tops != Tops::none) r.past = Point{magnitude(largest + 1), largest + 1};
  r.is_unsigned = true;
  r.last = largest;
  r.formula = [=](std::int64_t i) { return Point{magnitude(static_cast<Code>(i)), static_cast<Code>(i)}; };
  return detail::tabulated(r);
}

/// 2^(c-127); 255 is NaN. There is no zero.
inline Format e8m0() {
  Format r;
  r.bits = 8;
  r.meaning = [](Code c) {
    return c == 255 ? Meaning{Kind::nan, 0, true, true} : Meaning{Kind::finite, std::ldexp(1.0, static_cast<int>(c) - 127), true, true};
  };
  r.nan_code = 255;
  r.past = Point{0x1p128, 255};
  r.is_unsigned = true;
  return detail::tabulated(r);
}

/// 2^(e-bias)·m/2^M; canonical: no smaller e has the value.
inline Format denorm(int e_bits, int m_bits, int bias) {
  Format r;
  r.bits = 1 + e_bits + m_bits;
  const Code sign = r.sign();
  const auto magnitude = [=](Code c) {
    const int e = static_cast<int>((c & (sign - 1)) >> m_bits);
    const double m = static_cast<double>(c & ((Code{1} << m_bits) - 1));
    return std::ldexp(m, e - bias - m_bits);
  };
  r.meaning = [=](Code c) {
    const Code e = (c & (sign - 1)) >> m_bits;
    const Code m = c & ((Code{1} << m_bits) - 1);
    const bool also_smaller = e > 0 && 2 * m < (Code{1} << m_bits);  // the same value as (e-1, 2m)
    return Meaning{Kind::finite, (c & sign) != 0 ? -magnitude(c) : magnitude(c), !also_smaller, true};
  };
  r.negative_zero = sign;
  // The canonical codes in order: every m of exponent 0, then the upper halves of the other exponents.
  const std::int64_t all = std::int64_t{1} << m_bits, half = all / 2;
  const std::int64_t largest = all - 1 + half * ((std::int64_t{1} << e_bits) - 1);
  r.first = -largest;
  r.last = largest;
  r.formula = [=](std::int64_t i) {
    const std::int64_t k = i < 0 ? -i : i;
    const std::int64_t c = k < all ? k : (1 + (k - all) / half) * all + half + (k - all) % half;
    return Point{i < 0 ? -magnitude(static_cast<Code>(c)) : magnitude(static_cast<Code>(c)), static_cast<Code>(c) | (i < 0 ? sign : 0)};
  };
  return detail::tabulated(r);
}

/// 2^(e-bias), e of W-1 bits; e = 0 is zero.
inline Format logq(int w, int bias) {
  Format r;
  r.bits = w;
  const Code sign = r.sign();
  r.meaning = [=](Code c) {
    const int e = static_cast<int>(c & (sign - 1));
    const double a = e == 0 ? 0.0 : std::ldexp(1.0, e - bias);
    return Meaning{Kind::finite, (c & sign) != 0 ? -a : a, c != sign, true};
  };
  r.negative_zero = sign;
  r.logarithmic = true;
  return detail::tabulated(r);
}

inline Format binary() {
  Format r;
  r.bits = 1;
  r.meaning = [](Code c) { return Meaning{Kind::finite, c == 1 ? 1.0 : -1.0, true, true}; };
  r.binary = true;
  return detail::tabulated(r);
}
inline Format ternary() {
  Format r;
  r.bits = 2;
  r.meaning = [](Code c) {
    const double values[] = {0.0, 1.0, -1.0, -1.0};
    return Meaning{Kind::finite, values[c], c != 2, true};  // code 10 does not occur
  };
  r.ternary = true;
  return detail::tabulated(r);
}

/// The two values between which a number lies, equal where it is one of them, and how far up it lies: in [0, 1).
struct Bracket {
  Point below, above;
  double fraction = 0;
};
inline Bracket bracket(const Format& f, Exact v) {
  std::int64_t low = f.first, high = f.last;
  if (compare(v, f.at(low).value) <= 0) return {f.at(low), f.at(low), 0};
  if (compare(v, f.at(high).value) >= 0) return {f.at(high), f.at(high), 0};
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (compare(v, f.at(middle).value) >= 0 ? low : high) = middle;
  }
  const Point a = f.at(low), b = f.at(high);
  if (compare(v, a.value) == 0) return {a, a, 0};
  return {a, b, (v.value - a.value) / (b.value - a.value)};
}

namespace detail {

/// Of two neighbours a < v < b: is it b? `value` and code parity are all that counts.
inline bool goes_up(const Format& f, Exact v, Point a, Point b, Round mode) {
  const bool negative = v.value < 0;
  if (f.binary) return compare(v, 0) >= 0;
  switch (mode) {
    case Round::down:
      return false;
    case Round::up:
      return true;
    case Round::toward_zero:
      return negative;
    case Round::to_odd:
      return (b.code & 1) != 0;
    default:
      break;
  }
  if (f.logarithmic) {
    // r = round(log2 |v|): up in magnitude when v² > lower·upper = 2^(2k+1); next to zero the lower one is half the smallest.
    // A float's square is exact in double; a sum or quotient of powers of two is nowhere near √2.
    const double outer = negative ? -a.value : b.value;
    const bool larger = v.value * v.value > outer * outer / 2;
    return larger != negative;
  }
  const int side = compare(v, f.middle(a, b));
  if (side != 0) return side > 0;
  if (mode == Round::nearest_away) return !negative;
  return (b.code & 1) == 0;
}

/// x·2^F rounded to an integer and reduced modulo 2^W: exact, for a float x.
inline Code wrapped(const Format& f, double x, Round mode) {
  double y = std::ldexp(x, f.wrap_point);
  if (std::fabs(y) < 0x1p52) {
    const double floor = std::floor(y);
    const double ceil = std::ceil(y);
    const bool floor_even = std::fmod(floor, 2) == 0;
    if (floor != ceil) {
      const double middle = floor + 0.5;
      switch (mode) {
        case Round::down:
          y = floor;
          break;
        case Round::up:
          y = ceil;
          break;
        case Round::toward_zero:
          y = y < 0 ? ceil : floor;
          break;
        case Round::to_odd:
          y = floor_even ? ceil : floor;
          break;
        case Round::nearest_away:
          y = y > middle || (y == middle && y > 0) ? ceil : floor;
          break;
        default:
          y = y > middle || (y == middle && !floor_even) ? ceil : floor;
          break;
      }
    }
  }
  const double size = std::ldexp(1.0, f.bits);
  const double r = std::fmod(y, size);
  return static_cast<Code>(static_cast<std::int64_t>(r < 0 ? r + size : r)) & f.mask();
}

}  // namespace detail

/// A conversion's result: a code, or "any code that means NaN".
struct Result {
  Code code = 0;
  bool any_nan = false;
};

inline Code with_sign_of_zero(const Format& f, Point p, double v) {
  return p.value == 0 && std::signbit(v) && f.negative_zero ? *f.negative_zero : p.code;
}

/// An infinity in a format that has it, else NaN.
inline Result special(const Format& f, bool negative) {
  if (f.infinity_code && !(f.is_unsigned && negative)) return {*f.infinity_code | (negative ? f.sign() : 0)};
  return {*f.nan_code, true};
}

/// A number below zero in a format without sign: rounded as its magnitude would be; what is then still below zero is NaN or the least.
inline Result below_zero(const Format& f, Exact v, Round mode, Overflow overflow) {
  const Point least = f.at(f.first);
  if (overflow != Overflow::infinity || mode == Round::toward_zero || mode == Round::up) return {least.code};
  const double half = f.at(f.first + 1).value / 2;
  const int side = compare({-v.value, -v.rest}, half);
  const bool stays = mode == Round::down || mode == Round::to_odd || side > 0 || (side == 0 && mode == Round::nearest_away);
  return stays ? Result{*f.nan_code, true} : Result{least.code};
}

/// A finite number, rounded in any direction but stochastically.
inline Result encode(const Format& f, Exact v, Round mode = Round::nearest_even, Overflow overflow = Overflow::saturate) {
  if (overflow == Overflow::wrap) return {detail::wrapped(f, v.value, mode)};
  if (f.is_unsigned && compare(v, 0) < 0) return below_zero(f, v, mode, overflow);
  const bool goes_on = overflow == Overflow::special || (overflow == Overflow::infinity && f.infinity_code);
  if (goes_on && f.past && std::fabs(v.value) >= f.largest()) {
    // Past the largest value the line of values goes on by one step more, then it is an overflow in any case, except for a
    // direction that stops at the largest value.
    const bool negative = v.value < 0;
    const Exact a{std::fabs(v.value), negative ? -v.rest : v.rest};
    if (compare(a, f.largest()) > 0) {
      const bool odd_stops = overflow == Overflow::special || f.is_unsigned;
      const bool stops =
          mode == Round::toward_zero || (mode == Round::to_odd && odd_stops) || mode == (negative ? Round::up : Round::down);
      const bool over =
          compare(a, f.past->value) >= 0 || mode == Round::up || mode == Round::down || detail::goes_up(f, a, f.at(f.last), *f.past, mode);
      return !stops && over ? special(f, negative) : Result{f.at(negative ? f.first : f.last).code};
    }
  }
  const Bracket b = bracket(f, v);
  if (b.below.value == b.above.value) return {with_sign_of_zero(f, b.below, v.value)};
  return {with_sign_of_zero(f, detail::goes_up(f, v, b.below, b.above, mode) ? b.above : b.below, v.value)};
}

/// The code of a float, infinities and NaN included.
inline Result encode(const Format& f, float x, Round mode = Round::nearest_even, Overflow overflow = Overflow::saturate) {
  if (std::isnan(x)) return {f.nan_code.value_or(f.zero)};
  if (std::isinf(x)) {
    const bool has_it = f.infinity_code && !(f.is_unsigned && x < 0);
    if (overflow == Overflow::special || (overflow == Overflow::propagate && has_it)) return special(f, x < 0);
    if (overflow == Overflow::infinity && (has_it || (f.is_unsigned && x < 0))) return special(f, x < 0);
    return {f.at(x < 0 ? f.first : f.last).code};
  }
  return encode(f, Exact{static_cast<double>(x), 0}, mode, overflow);
}

/// The value of a float under nearest_even and saturation: NaN stays.
inline double quantize(const Format& f, float x) {
  return std::isnan(x) ? std::numeric_limits<double>::quiet_NaN() : f.meaning(encode(f, x).code).value;
}

}  // namespace oracle
