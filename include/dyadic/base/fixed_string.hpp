// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fixed_string.hpp
/// Text as a template argument (`node<"fc1", …>`), and names of types put together at compile time.
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace dyadic {

/// A string literal as a non-type template parameter.
template <std::size_t N>
struct fixed_string {
  char data[N]{};
  consteval fixed_string(const char (&text)[N]) { std::copy_n(text, N, data); }  // NOLINT: implicit on purpose
  [[nodiscard]] constexpr std::string_view view() const { return {data, N - 1}; }
};

namespace detail {

/// A text with room for the name of any scheme of the library: some 340 characters where a policy is long and a shape has
/// eight dimensions. Longer ones, of formats of a user's own, end in "...".
struct name_text {
  char data[384]{};
  std::size_t size = 0;
  constexpr void add(std::string_view s) {
    for (const char c : s) {
      if (size + 4 > sizeof data) {
        data[size - 1] = data[size - 2] = data[size - 3] = '.';
        return;
      }
      data[size++] = c;
    }
  }
  constexpr void add(long long n) {
    char digits[20]{};
    std::size_t k = 0;
    const bool negative = n < 0;
    unsigned long long m = negative ? 0ULL - static_cast<unsigned long long>(n) : static_cast<unsigned long long>(n);
    do {
      digits[k++] = static_cast<char>('0' + m % 10);
      m /= 10;
    } while (m != 0);
    if (negative) add(std::string_view("-"));
    while (k != 0) add(std::string_view(&digits[--k], 1));
  }
  constexpr void add(int n) { add(static_cast<long long>(n)); }
  [[nodiscard]] constexpr std::string_view view() const { return {data, size}; }
};

/// make_name("Fixed<", 8, ", ", 4, ">"): the spelling a user would write.
template <class... Part>
constexpr name_text make_name(const Part&... part) {
  name_text t;
  (t.add(part), ...);
  return t;
}

}  // namespace detail
}  // namespace dyadic
