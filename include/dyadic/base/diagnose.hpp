// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file diagnose.hpp
/// How the library speaks of mistakes: `dyadic::error` at run time, types that are never defined at compile time.
#if !defined(__cpp_exceptions)
#include <cstdio>
#include <cstdlib>
#endif
#include <initializer_list>
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

#if defined(__cpp_exceptions)
namespace detail {
/// Throws `error`.
[[noreturn]] inline void raise(const std::string& what) { throw error(what); }
}  // namespace detail
#else
/// Under -fno-exceptions an error ends the program: its sentence is given to this function first. It need not return.
/// Number types and schemes (`base/`, `format/`) compile so; tensors, networks and files want exceptions.
using error_handler = void (*)(const char* sentence);

namespace detail {
inline namespace without_exceptions {  // so that units compiled with and without them can be linked
inline void print_error(const char* sentence) {
  std::fputs(sentence, stderr);
  std::fputc('\n', stderr);
}
inline error_handler on_error = &print_error;  // NOLINT: set by `set_error_handler`
[[noreturn]] inline void raise(const std::string& what) {
  on_error(error(what).what());
  std::abort();
}
}  // namespace without_exceptions
}  // namespace detail

/// Who is told before the program is aborted. At first the sentence is printed to stderr.
/// @returns the function that was told until now   @note set it before threads are started
inline error_handler set_error_handler(error_handler handler) {
  const error_handler before = detail::on_error;
  detail::on_error = handler;
  return before;
}
#endif

namespace detail {
/// Throws an error of these parts, one after the other. Not inlined: where GCC 12 sees a sum of strings whole, it
/// warns of an access beyond one of them.
[[noreturn, gnu::cold, gnu::noinline]] inline void raise_parts(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  raise(text);
}
/// The same error, with where it happened in front.
inline error located(const std::string& where, const error& e) {
  const std::string text = e.what();
  return error(where + ": " + text.substr(sizeof "dyadic: " - 1));
}
/// The same, where a node of a graph is where.
inline error located_in_node(std::string_view name, const error& e) { return located("node \"" + std::string(name) + "\"", e); }
}  // namespace detail

}  // namespace dyadic
