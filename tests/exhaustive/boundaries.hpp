// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file boundaries.hpp
/// Which code every float32 becomes, decided with exact rationals (GMP) on the table of a format's values. Between two neighbouring
/// values lies one boundary; the floats in rising order cross the boundaries in rising order, so all 2^32 of them are one walk.
/// Of the library it takes the names of the rounding modes, nothing else; the table comes from the formulas of support/oracle.hpp.
#include "support/oracle.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmpxx.h>

namespace exhaustive {

using oracle::Code;
using oracle::Round;

inline constexpr std::uint32_t infinity_bits = 0x7f800000U, sign_bit = 0x80000000U;

/// Where the lower of two neighbours ends and the upper one begins. Powers of two meet at an irrational point, which has a rational
/// square: there `at` is the square, with the point's sign.
struct Boundary {
  mpq_class at;
  bool squared = false;
  bool inclusive = false;  ///< the point itself becomes the upper one

  [[nodiscard]] bool has_above(const mpq_class& x) const {
    const int c = squared ? cmp(mpq_class(x * abs(x)), at) : cmp(x, at);
    return c > 0 || (c == 0 && inclusive);
  }
};

/// Between a < b: the definition of each rounding mode, as a point on the line.
inline Boundary boundary(const oracle::Format& f, const oracle::Point& a, const oracle::Point& b, Round mode) {
  const mpq_class low(a.value), high(b.value);
  const mpq_class middle = f.meeting ? mpq_class(f.middle(a, b)) : mpq_class((low + high) / 2);
  const bool even = (b.code & 1) == 0;
  switch (mode) {
    case Round::down:
      return {high, false, true};
    case Round::up:
      return {low, false, false};
    case Round::toward_zero:
      return a.value < 0 ? Boundary{low, false, false} : Boundary{high, false, true};
    case Round::to_odd:
      return even ? Boundary{high, false, true} : Boundary{low, false, false};
    case Round::nearest_away:
      // (where two meet at 0, that is either's value, or as far from both: it goes up)
      return {middle, false, sgn(middle) > 0 || (sgn(middle) == 0 && a.value < 0)};
    default:
      break;
  }
  if (f.binary) return {0, false, true};  // x >= 0 is +1
  if (f.logarithmic) return a.value < 0 ? Boundary{-low * low / 2, true, false} : Boundary{high * high / 2, true, false};
  return {middle, false, even};
}

/// The floats from the bits `first` up to the next segment's have one result.
struct Segment {
  std::uint32_t first = 0;
  Code code = 0;
  std::uint32_t value = 0;  ///< the bits of the value as float32; a zero may have either sign
  bool nan = false;
};

/// A format under a rounding mode, saturating: everything a float32 or an exact rational can become.
class Conversion {
 public:
  Conversion(const oracle::Format& f, Round mode) : format_(f) {
    if (!f.has_code_table()) throw std::logic_error("exhaustive: formats of up to 16 bits only");
    for (std::size_t i = 0; i + 1 < f.table.size(); ++i) boundaries_.push_back(boundary(f, f.table[i], f.table[i + 1], mode));
    for (const bool negative : {false, true}) {
      walk(negative);
      segments_.push_back({(negative ? sign_bit : 0) + infinity_bits + 1, f.nan_code.value_or(f.zero), 0, true});
    }
  }

  /// Sorted by `first`; the first begins at 0.
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  [[nodiscard]] const oracle::Format& format() const { return format_; }

  /// The code of an exact number. @param minus  the sign of a zero, and of what becomes zero
  [[nodiscard]] Code code_of(const mpq_class& x, bool minus) const {
    std::size_t low = 0, high = boundaries_.size();  // the number of boundaries passed
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (boundaries_[middle].has_above(x)) low = middle + 1;
      else high = middle;
    }
    return code_at(low, minus);
  }

 private:
  [[nodiscard]] Code code_at(std::size_t i, bool minus) const {
    const oracle::Point p = format_.table[i];
    return p.value == 0 && minus && format_.negative_zero ? *format_.negative_zero : p.code;
  }
  void add(std::uint32_t first, std::size_t i) {
    const Segment s{first, code_at(i, (first & sign_bit) != 0), std::bit_cast<std::uint32_t>(format_.as_float(format_.table[i].value)),
                    false};
    if (!segments_.empty() && segments_.back().first == first) segments_.back() = s;  // two boundaries between neighbouring floats
    else segments_.push_back(s);
  }

  /// The segments of one sign, from zero outwards.
  void walk(bool negative) {
    const std::uint32_t sign = negative ? sign_bit : 0;
    std::size_t at_zero = 0;
    while (at_zero < boundaries_.size() && boundaries_[at_zero].has_above(0)) ++at_zero;
    add(sign, at_zero);
    if (!negative)
      for (std::size_t i = at_zero; i < boundaries_.size(); ++i) {
        const std::uint32_t first = first_past(boundaries_[i], false);
        if (first <= infinity_bits) add(first, i + 1);
      }
    else
      for (std::size_t i = at_zero; i-- > 0;) {
        const std::uint32_t first = first_past(boundaries_[i], true);
        if (first <= infinity_bits) add(sign | first, i);
      }
  }

  /// The smallest magnitude, as bits, beyond the boundary on that side of zero; more than infinity's if there is no such float.
  static std::uint32_t first_past(const Boundary& b, bool negative) {
    const auto past = [&](std::uint32_t magnitude) {
      if (magnitude == infinity_bits) return true;
      const double x = std::bit_cast<float>(magnitude);
      return b.has_above(mpq_class(negative ? -x : x)) != negative;
    };
    // A guess in floating point; exact comparisons then bracket the truth, or else say so.
    const double at = std::fabs(b.squared ? std::sqrt(std::fabs(b.at.get_d())) : b.at.get_d());
    const double largest = std::bit_cast<float>(infinity_bits - 1);
    std::uint32_t m = std::bit_cast<std::uint32_t>(static_cast<float>(std::fmin(at, largest)));
    for (int i = 0; i < 4 && m > 0 && past(m - 1); ++i) --m;
    for (int i = 0; i < 4 && !past(m); ++i) ++m;
    if (!past(m) || (m > 0 && past(m - 1))) throw std::logic_error("exhaustive: a boundary is not where its double is");
    return m;
  }

  const oracle::Format& format_;
  std::vector<Boundary> boundaries_;
  std::vector<Segment> segments_;
};

}  // namespace exhaustive
