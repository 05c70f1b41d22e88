// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file unused_tensors.hpp
/// What a caller says about tensors that nothing reads: unless it is said, they are an error of whoever reads a file.
#include <dyadic/base/names.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic {

/// Tensors that may be left unread: made by `allow_unused("logits", "test/*")`; a default-constructed one allows none.
struct unused_tensors {
  std::vector<std::string> patterns;

  /// @param name  without the prefix that is read under
  [[nodiscard]] bool allows(std::string_view name) const {
    for (const std::string& pattern : patterns)
      if (glob_matches(pattern, name)) return true;
    return false;
  }
};

/// See `allow_unused`.
struct allow_unused_option {
  /// Only these: names under the prefix that is read, in which `*` is any text and `?` any character.
  template <std::convertible_to<std::string>... Patterns>
  requires(sizeof...(Patterns) > 0) unused_tensors operator()(const Patterns&... patterns) const { return {{std::string(patterns)...}}; }
  operator unused_tensors() const { return {{"*"}}; }  // NOLINT(google-explicit-constructor): it is what the word means
};
/// `load<net>(file, "net", allow_unused)`: there may be tensors that the graph has no parameter for.
inline constexpr allow_unused_option allow_unused{};

}  // namespace dyadic
