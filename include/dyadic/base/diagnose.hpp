// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file diagnose.hpp
/// How the library speaks of mistakes: `dyadic::error` at run time, types that are never defined at compile time.
#include <stdexcept>
#include <string>
#include <string_view>

namespace dyadic {

/// Everything that can go wrong at run time (a file, a shape, a value out of range) is reported as a `dyadic::error`,
/// whose text says what was expected, what was found, and where.
class error : public std::runtime_error {
 public:
  explicit error(const std::string& what) : std::runtime_error("dyadic: " + what) {}
};

namespace detail {
/// The same error, with where it happened in front.
inline error located(const std::string& where, const error& e) {
  const std::string text = e.what();
  return error(where + ": " + text.substr(sizeof "dyadic: " - 1));
}
/// The same, where a node of a graph is where.
inline error located_in_node(std::string_view name, const error& e) { return located("node \"" + std::string(name) + "\"", e); }
}  // namespace detail

}  // namespace dyadic
