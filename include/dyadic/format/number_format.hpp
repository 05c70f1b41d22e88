// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file number_format.hpp
/// `std::format("{:.3f}", E4M3(0.3F))`, where the standard library has the header `format`; elsewhere this header is empty. What may stand between the braces
/// is what may stand there for a double.
#include <dyadic/format/number.hpp>

#include <version>
#if __has_include(<format>)
#include <format>
#endif

DYADIC_AS_WRITTEN_BEGIN

#if defined(__cpp_lib_format) || (defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 170000)
#define DYADIC_HAS_FORMAT 1

template <dyadic::Number T, class Char>
struct std::formatter<T, Char> : std::formatter<double, Char> {
  template <class Context>
  auto format(T a, Context& context) const {
    return std::formatter<double, Char>::format(static_cast<double>(a), context);
  }
};
#endif

DYADIC_AS_WRITTEN_END
