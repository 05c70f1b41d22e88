// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file form.hpp
/// The forms in which a layer of tables can be evaluated. All give the same bits; that is what makes the tables right.
#include <cstdint>
#include <string_view>

namespace dyadic {

/// How a layer of tables runs.
enum class table_form : std::uint8_t {
  fast,        ///< bit-sliced tables, popcounts: what a model runs
  scalar,      ///< one table entry after the other, (T >> j) & 1; where there are no tables, as `fast`
  arithmetic,  ///< the definition that the tables or bits were made of, in numbers
};

/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(table_form f) {
  constexpr std::string_view names[] = {"fast", "scalar", "arithmetic"};
  return names[static_cast<std::size_t>(f)];
}

}  // namespace dyadic
