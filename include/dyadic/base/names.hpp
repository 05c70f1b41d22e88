// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file names.hpp
/// Names that are text: the patterns that match them, how a message quotes them, and which of those that exist is nearest to one
/// that does not.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic {

/// Does `pattern` match all of `text`? `*` is any text, `?` any character.
constexpr bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {  // try it as nothing first
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {  // let the last star take one more character
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace detail {

/// A name out of a file as it may appear in a message: quoted, control characters escaped, at most about 100 bytes.
inline std::string in_quotes(std::string_view name) {
  static constexpr std::size_t limit = 100;
  std::size_t shown = name.size();
  if (shown > limit) {
    shown = limit;
    while (shown > 0 && (static_cast<unsigned char>(name[shown]) & 0xC0u) == 0x80u) --shown;  // never half a UTF-8 character
  }
  std::string text = "'";
  for (const char c : name.substr(0, shown)) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7F) {
      text += c;
    } else {
      static constexpr std::string_view hex = "0123456789abcdef";
      text += "\\x";
      text += hex[u >> 4u];
      text += hex[u & 15u];
    }
  }
  return text + (shown < name.size() ? "…'" : "'");
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one name into the other, or some
/// number above `limit` if there are more of them than that.
inline std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t n = b.size();
  if ((a.size() > n ? a.size() - n : n - a.size()) > limit) return limit + 1;
  // Rows of the usual table: distances of the first i letters of `a` from the first j of `b`; this one and the two before it.
  std::vector<std::size_t> rows(3 * (n + 1));
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return rows[i % 3 * (n + 1) + j]; };
  for (std::size_t j = 0; j <= n; ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    at(i, 0) = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= n; ++j) {
      std::size_t d = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d = std::min(d, at(i - 2, j - 2) + 1);
      at(i, j) = d;
      least = std::min(least, d);
    }
    if (least > limit) return limit + 1;  // from the row before, too: its least is at most 1 less, and a swap costs 1
  }
  return at(a.size(), n);
}

/// The name of the list that is fewest edits away from `wanted`, the first of several; none if the list is empty or all of them are
/// more than `limit` edits away. Of a longer name only the first 200 letters count: names come from strangers.
inline std::string_view nearest_name(std::string_view wanted, std::span<const std::string> names, std::size_t limit = 200) {
  static constexpr std::size_t letters = 200;
  std::string_view nearest;
  for (const std::string& name : names) {
    const std::size_t d = edit_distance(wanted.substr(0, letters), std::string_view(name).substr(0, letters), limit);
    if (d > limit) continue;
    nearest = name;
    if (d == 0) break;
    limit = d - 1;  // only what is nearer is of interest from here on
  }
  return nearest;
}

}  // namespace detail
}  // namespace dyadic
