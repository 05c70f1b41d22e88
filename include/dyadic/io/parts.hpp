// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file parts.hpp
/// Things that consist of several tensors of a file: `fc1.codes`, `fc1.scales`. All of them must be there, and no other.
#include <dyadic/base/unused_tensors.hpp>
#include <dyadic/io/safetensors.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors::detail {

/// What the thing called `name` consists of, without its name and the dot.
struct Parts {
  std::vector<std::string_view> needed, optional;
  std::vector<std::string_view> wrong;  ///< parts that such things have, but not this one
  bool alone = false;                   ///< nothing else is called `name.word`: any other word is wrong, too
};

/// @throws error that names all parts which are missing, with the nearest name, and all tensors that are none. One missing part alone
/// is left to who reads it.
inline void check_parts(const File& file, std::string_view name, const Parts& parts, const unused_tensors& allowed) {
  const std::string start = std::string(name) + ".";
  const auto among = [](const std::vector<std::string_view>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  std::vector<std::string> missing, others, own;
  for (const std::string_view word : parts.needed)
    if (!file.contains(start + std::string(word))) missing.push_back(start + std::string(word));
  for (const std::string& tensor : file.names()) {
    if (!tensor.starts_with(start)) continue;
    own.push_back(tensor);
    const std::string_view word = std::string_view(tensor).substr(start.size());
    if (among(parts.needed, word) || among(parts.optional, word) || allowed.allows(word)) continue;
    const bool no_other = parts.alone && word.find_first_of("./") == std::string_view::npos;  // of this thing, not of one inside it
    if (no_other || among(parts.wrong, word)) others.push_back(tensor);
  }
  if (others.empty() && missing.size() < 2) return;

  const auto list = [](const std::vector<std::string>& names, const std::string& one, const std::string& several) {
    static constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + in_quotes(names[i]);
    if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
    return text + (names.size() == 1 ? one : several);
  };
  std::string text = in_quotes(name) + " is made of ";
  for (std::size_t i = 0; i < parts.needed.size(); ++i) text += (i == 0 ? "" : ", ") + std::string(parts.needed[i]);
  for (const std::string_view word : parts.optional) text += ", perhaps " + std::string(word);
  if (!missing.empty()) text += "; " + list(missing, " is not in the file", " are not in the file");
  if (!missing.empty() && others.empty()) {
    if (own.empty()) own = file.names();
    const std::string_view nearest = dyadic::detail::nearest_name(missing.front(), own);
    text += nearest.empty() ? "" : ", where the nearest to the first is " + in_quotes(nearest);
  }
  if (!others.empty()) text += "; " + list(others, " is none of these", " are none of these") + ": allow_unused leaves such tensors unread";
  fail(file.name(), text + ".");
}

}  // namespace safetensors::detail
}  // namespace DYADIC_ISA
}  // namespace dyadic
