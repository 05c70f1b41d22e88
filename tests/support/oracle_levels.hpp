// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file oracle_levels.hpp
/// Posits, takums and codebooks, told a second time: every code from the text of the standard, the formula of
/// the paper, the list. A posit's neighbours meet at the posit of one bit more that lies between them, a
/// takum's likewise.
#include "support/oracle.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace oracle {

namespace detail {

/// "0", "1", … of a code, the highest first.
inline std::string digits(Code code, int bits) {
  std::string s;
  for (int i = bits - 1; i >= 0; --i) s += (code >> i & 1) != 0 ? '1' : '0';
  return s;
}
inline int number(const std::string& digits) {
  int n = 0;
  for (const char c : digits) n = 2 * n + (c == '1' ? 1 : 0);
  return n;
}
/// The first `n` digits, which are then gone; zeros where there are no more.
inline std::string take(std::string& digits, int n) {
  const std::string zeros(static_cast<std::size_t>(n), '0');
  const std::string all = digits + zeros;
  digits = all.substr(static_cast<std::size_t>(n),
                      digits.size() > zeros.size() ? digits.size() - zeros.size() : 0);
  return all.substr(0, static_cast<std::size_t>(n));
}
inline double fraction(const std::string& digits) {
  double f = 0, place = 0.5;
  for (const char c : digits) {
    f += c == '1' ? place : 0;
    place /= 2;
  }
  return f;
}

/// A format whose negative codes are two's complements and whose code 10…0 is NaR. `magnitude(c, n)` is the
/// value of the positive code `c` of the format with n bits.
template <class Magnitude>
Format two_sided(int n, Magnitude magnitude) {
  Format r;
  r.bits = n;
  const Code nar = Code{1} << (n - 1);
  const auto value = [=](Code c, int bits) {
    if (c == 0) return 0.0;
    const bool minus = (c >> (bits - 1) & 1) != 0;
    return minus ? -magnitude((~c + 1) & ((Code{2} << (bits - 1)) - 1), bits) : magnitude(c, bits);
  };
  r.meaning = [=](Code c) {
    return c == nar ? Meaning{Kind::nan, 0, true, true} : Meaning{Kind::finite, value(c, n), true, true};
  };
  r.nan_code = nar;
  r.meeting = [=](const Point& a, const Point& b) {
    if (a.value == 0 || b.value == 0) return 0.0;  // nothing but 0 becomes 0
    return value(2 * a.code + 1, n + 1);
  };
  return tabulated(r);
}

}  // namespace detail

/// "Standard for Posit Arithmetic (2022)": sign; a run of k+1 ones, or of -k zeros, and what ends it; es bits
/// e; fraction f. Where the digits end there are zeros. The value is 2^(k·2^es + e)·(1 + f).
inline Format posit(int n, int es) {
  return detail::two_sided(n, [es](Code c, int bits) {
    std::string s = detail::digits(c, bits).substr(1);
    const char first = s[0];
    int run = 0;
    while (static_cast<std::size_t>(run) < s.size() && s[static_cast<std::size_t>(run)] == first) ++run;
    detail::take(s, run + 1);
    const int k = first == '1' ? run - 1 : -run;
    const int e = detail::number(detail::take(s, es));
    return std::ldexp(1 + detail::fraction(s), k * (1 << es) + e);
  });
}

/// arXiv 2404.18603, definition 2 and the linear takum's value: S, D, R of three bits, C of r bits, mantissa;
/// r = R or 7 - R, c = 2^r - 1 + C or -2^(r+1) + 1 + C. The value is 2^c·(1 + m). Shorter ones have zeros in
/// place of what they lack.
inline Format takum(int n) {
  Format r = detail::two_sided(n, [](Code code, int bits) {
    std::string s = detail::digits(code, bits).substr(1);
    const bool up = detail::take(s, 1) == "1";
    const int regime = detail::number(detail::take(s, 3));
    const int length = up ? regime : 7 - regime;
    const int c = detail::number(detail::take(s, length)) + (up ? (1 << length) - 1 : 1 - (2 << length));
    return std::ldexp(1 + detail::fraction(s), c);
  });
  // the ends among the values that are float32s
  r.last_float = 0;
  r.first_float = std::numeric_limits<double>::infinity();
  for (const Point& p : r.table) {
    if (!(p.value > 0 && p.value <= static_cast<double>(std::numeric_limits<float>::max()) &&
          p.value >= 0x1p-149))
      continue;
    if (static_cast<double>(static_cast<float>(p.value)) != p.value) continue;
    r.first_float = std::min(r.first_float, p.value);
    r.last_float = std::max(r.last_float, p.value);
  }
  return r;
}

/// Value by value. Of codes with the same value the first is canonical; those past the list read as the last
/// one.
inline Format codebook(const std::vector<double>& levels) {
  Format r;
  r.bits = 1;
  while (std::size_t{1} << r.bits < levels.size()) ++r.bits;
  r.meaning = [=](Code c) {
    if (c >= levels.size()) return Meaning{Kind::finite, levels.back(), false, true};
    bool first = true;
    for (Code i = 0; i < c; ++i) first = first && levels[i] != levels[c];
    return Meaning{Kind::finite, levels[c], first, true};
  };
  Format t = detail::tabulated(r);
  // `tabulated` leaves out a zero with a minus sign: it is a level here like any other
  for (Code c = 0; c < levels.size(); ++c)
    if (levels[c] == 0 && std::signbit(levels[c]) && r.meaning(c).canonical) t.table.push_back({0.0, c});
  std::sort(t.table.begin(), t.table.end(), [](const Point& a, const Point& b) { return a.value < b.value; });
  t.last = static_cast<std::int64_t>(t.table.size()) - 1;
  t.zero = encode(t, Exact{0.0, 0}).code;
  return t;
}

}  // namespace oracle
