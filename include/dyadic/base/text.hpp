// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file text.hpp
/// Numbers as text, the same in every locale. What the library writes is read by programs and by people elsewhere, so no digit group
/// and no decimal comma of the place where it runs may get into it. `printf`, `std::to_string` of a float and `<<` would put them there;
/// `std::to_string` of an integer does not.
#include <dyadic/base/bits.hpp>

#include <array>
#include <charconv>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

/// `value` with so many digits after the point.
inline std::string fixed_digits(double value, int digits) {
  std::array<char, 400> text{};  // 309 digits before the point
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr};
}
/// `value` with so many significant digits, exponent where needed.
inline std::string significant_digits(double value, int digits) {
  std::array<char, 400> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits).ptr};
}
/// As few digits as name this float32 and no other: "0.1", "7", "1e-40".
inline std::string shortest_digits(float value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
