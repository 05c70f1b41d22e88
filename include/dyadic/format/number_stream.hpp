// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file number_stream.hpp
/// Numbers in streams: `std::cout << E4M3(0.3F)`, `std::cin >> x`.
#include <dyadic/format/number.hpp>

#include <charconv>
#include <istream>
#include <limits>
#include <locale>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// A decimal number as it is written, for exact comparison: 0.`digits` · 10^`exponent`, without zeros at either end.
struct decimal {
  std::string digits;
  long exponent = 0;
};
/// @param text  digits with or without a point and an exponent, no sign
inline decimal decimal_of(std::string_view text) {
  decimal d;
  bool behind_point = false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') behind_point = true;
    else {
      if (!behind_point) ++d.exponent;
      d.digits += text[i];
    }
  }
  // An exponent of any length; beyond 10^9 all are alike, for no text has so many digits that one could make up for it.
  if (i < text.size()) {
    ++i;
    const bool negative = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    long written = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
      if (written < 100'000'000) written = written * 10 + (text[i] - '0');
    d.exponent += negative ? -written : written;
  }
  const std::size_t first = d.digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  d.exponent -= static_cast<long>(first);
  d.digits = d.digits.substr(first, d.digits.find_last_not_of('0') - first + 1);
  return d;
}
/// The sign of a - b, both positive.
inline int compare(const decimal& a, const decimal& b) {
  if (a.digits.empty() || b.digits.empty() || a.exponent == b.exponent) return a.digits.compare(b.digits);
  return a.exponent < b.exponent ? -1 : 1;
}

/// A whole text as a double, the nearest one; the point is `.` in every locale. @returns whether it is one
/// @param beyond  set where its magnitude is larger or smaller than that of every double
inline bool read_double(std::string_view text, double& value, bool& beyond) {
#if defined(__cpp_lib_to_chars)
  const auto found = std::from_chars(text.data(), text.data() + text.size(), value);
  beyond = found.ec == std::errc::result_out_of_range;
  return found.ptr == text.data() + text.size() && (found.ec == std::errc() || beyond);
#else  // a library whose from_chars knows no floating-point numbers
  std::string_view magnitude = text.substr(text.front() == '-' ? 1 : 0);
  const auto is = [&](std::string_view word) {
    bool same = magnitude.size() == word.size();
    for (std::size_t i = 0; same && i < word.size(); ++i) same = (magnitude[i] | 0x20) == word[i];
    return same;
  };
  using limits = std::numeric_limits<double>;
  if (is("inf") || is("infinity") || is("nan")) {
    value = is("nan") ? limits::quiet_NaN() : text.front() == '-' ? -limits::infinity() : limits::infinity();
    return true;
  }
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  const bool read = static_cast<bool>(in >> value);
  const bool all = in.peek() == std::istream::traits_type::eof();
  const bool zero = decimal_of(magnitude).digits.empty();
  beyond = all && (read ? value == 0.0 && !zero : value >= limits::max() || value <= -limits::max());
  return all && (read || beyond);
#endif
}

/// The number nearest to a decimal one, rounded once. `read` is the double nearest to it.
template <Number T>
T number_of_decimal(std::string_view text, double read) {
  if (read == read && read - read != 0.0)
    if (const T written = infinite<T>(read < 0); is_infinite(written)) return written;
  if (read - read != 0.0 || read == 0.0) return T(read);
  // The double lies on the same side of every midpoint between two values of T as the decimal, unless it is such a midpoint: then the
  // digits decide, and a bit that no double has says how.
  char exact[1100];
  const double magnitude = read < 0 ? -read : read;
  const auto end = std::to_chars(exact, exact + sizeof exact, magnitude, std::chars_format::fixed, 1074);
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  const int side = end.ec == std::errc() ? compare(decimal_of(text), decimal_of({exact, static_cast<std::size_t>(end.ptr - exact)})) : 0;
  Dyadic d = to_dyadic(magnitude);
  d.negative = read < 0;
  const int room = std::countl_zero(d.significand);
  d.significand <<= room;
  d.exponent -= room;
  if (side > 0) d.below = 1;
  if (side < 0) {
    --d.significand;
    d.below = ~u64{0};
  }
  return rounded<T>(d);
}

}  // namespace detail

namespace detail {

/// A stream of someone else's whose digits and point are those of the C locale as long as this lives; its flags stay.
class classic_digits {
 public:
  explicit classic_digits(std::ostream& os) : os_(os), before_(os.getloc()) {
    if (before_ != std::locale::classic()) static_cast<void>(os.std::ios_base::imbue(std::locale::classic()));
  }
  ~classic_digits() {
    if (before_ != std::locale::classic()) static_cast<void>(os_.std::ios_base::imbue(before_));
  }
  classic_digits(const classic_digits&) = delete;
  classic_digits& operator=(const classic_digits&) = delete;

 private:
  std::ostream& os_;
  std::locale before_;
};

}  // namespace detail

/// As the double of the same value is printed, with the stream's precision and field; in the C locale whatever the stream's is.
template <Number T>
std::ostream& operator<<(std::ostream& os, T a) {
  const detail::classic_digits plain(os);
  return os << static_cast<double>(a);
}

/// Reads a decimal number, `inf` (the largest value, where a format has no infinity) or `nan`, and rounds it once: to the nearest value (ties to even, saturating). Leading blanks are skipped
/// where the stream does so. Anything else sets `failbit`, and leaves `a` as it was. The point is `.` in every locale.
template <Number T>
std::istream& operator>>(std::istream& is, T& a) {
  const std::istream::sentry ready(is);
  if (!ready) return is;
  std::string text;
  for (int c = is.peek(); c != std::istream::traits_type::eof(); c = is.peek()) {
    const char next = static_cast<char>(c);
    const bool sign = (next == '-' || next == '+') && (text.empty() || text.back() == 'e' || text.back() == 'E');
    const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (!sign && !letter && next != '.' && !(next >= '0' && next <= '9')) break;
    text += next;
    is.get();
  }
  if (is.eof()) is.clear(std::ios::eofbit);
  const bool plus = !text.empty() && text.front() == '+';
  const std::string_view number = std::string_view(text).substr(plus ? 1 : 0);
  double read = 0.0;
  bool beyond = false;
  if (number.empty() || (plus && number.front() == '-') || !detail::read_double(number, read, beyond)) {
    is.setstate(std::ios::failbit);
    return is;
  }
  if (beyond) {  // too large or too small for a double: so it is for every format
    const bool large = detail::decimal_of(number.substr(number.front() == '-' ? 1 : 0)).exponent > 0;
    const double limit = large ? std::numeric_limits<double>::max() : std::numeric_limits<double>::denorm_min();
    a = detail::rounded<T>([&] {
      detail::Dyadic edge = detail::to_dyadic(limit);
      edge.negative = number.front() == '-';
      edge.below = 1;
      return edge;
    }());
    return is;
  }
  a = detail::number_of_decimal<T>(number, read);
  return is;
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
