// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file loading.hpp
/// What `load` asks of a source of tensors, what a caller may say about it, and how a source that does not fit the graph is refused:
/// everything that is missing, wrong or left over in one message.
#include <dyadic/base/names.hpp>
#include <dyadic/base/unused_tensors.hpp>
#include <dyadic/model/metadata.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {

/// A file, or anything else, that gives tensors by name. `read_into` converts to float32 and throws `error` naming source, tensor
/// and both shapes where it cannot. Where there are `names()`, a range of strings, what the graph does not read is an error, too; and
/// where there is `name()`, messages call the source by it.
template <class S>
concept TensorSource = requires(const S& source, std::string_view name, const Extents& shape, std::span<float> out) {
  { source.contains(name) } -> std::convertible_to<bool>;
  source.read_into(name, shape, out);
};

/// `load<net>(file, "", tied{"head.weight", "embed.weight"})`: a parameter of the graph takes a tensor of another name, which may be
/// another parameter's as well. Both names are without the prefix.
struct tied {
  std::string parameter, tensor;
};

/// What may follow the prefix in a call of `load`, in any order and number.
template <class T>
concept LoadOption = std::same_as<T, allow_unused_option> || std::same_as<T, unused_tensors> || std::same_as<T, tied>;

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

template <class S>
concept lists_tensors = requires(const S& source) {
  { *source.names().begin() } -> std::convertible_to<std::string_view>;
};

/// The tensors of a source beside the parameters of a graph.
class tensor_match {
 public:
  tensor_match(std::span<const parameter_info> parameters, std::string_view prefix) : parameters_(parameters) {
    while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
    if (!prefix.empty()) prefix_ = std::string(prefix) + "/";
    for (const parameter_info& p : parameters) names_.push_back(p.full_name());
    tensors_ = names_;
  }

  void take(const unused_tensors& some) { allowed_.patterns.insert(allowed_.patterns.end(), some.patterns.begin(), some.patterns.end()); }
  void take(const tied& t) {
    const auto at = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), t.parameter) - names_.begin());
    const std::string what = "load: tied{\"" + t.parameter + "\", \"" + t.tensor + "\"}: the graph ";
    if (at == names_.size())
      throw error(what + "has no such parameter" + (names_.empty() ? "" : "; the nearest is " + quoted(nearest_name(t.parameter, names_))) +
                  ".");
    if (tensors_[at] != names_[at]) throw error(what + "gets that parameter from \"" + tensors_[at] + "\" already; give it one tensor.");
    tensors_[at] = t.tensor;
  }

  /// The name in the source of the tensor that parameter `i` takes.
  [[nodiscard]] std::string tensor(std::size_t i) const { return prefix_ + tensors_[i]; }
  void is_missing(std::size_t i) { missing_.push_back(i); }
  void cannot_be_read(const error& why) { refused_.push_back(std::string(why.what()).substr(sizeof "dyadic: " - 1)); }
  /// All that the source has, in its order.
  void look_at(std::vector<std::string> all) {
    all_ = std::move(all);
    std::vector<std::string> read;
    for (std::size_t i = 0; i < tensors_.size(); ++i) read.push_back(tensor(i));
    std::sort(read.begin(), read.end());
    for (const std::string& name : all_) {
      if (!name.starts_with(prefix_) || std::binary_search(read.begin(), read.end(), name)) continue;
      if (!allowed_.allows(std::string_view(name).substr(prefix_.size()))) unused_.push_back(name);
    }
  }

  /// @throws error that names all that does not fit. @param source what it is called, "" if nothing
  void require_fit(const std::string& source) const {
    const std::size_t count = missing_.size() + refused_.size() + unused_.size();
    if (count == 0) return;
    const std::string where = source.empty() ? "load: " : source + ": ";
    std::string lines;
    const auto list = [&](std::size_t n, const auto& sentence) {
      static constexpr std::size_t most = 32;
      for (std::size_t k = 0; k < n && k < most; ++k) lines += "\n  " + sentence(k);
      if (n > most) lines += "\n  … and " + std::to_string(n - most) + " more such tensors.";
    };
    list(missing_.size(), [&](std::size_t k) { return missing_sentence(missing_[k]); });
    list(refused_.size(), [&](std::size_t k) { return refused_[k].starts_with(where) ? refused_[k].substr(where.size()) : refused_[k]; });
    list(unused_.size(), [&](std::size_t k) { return unused_sentence(unused_[k]); });

    std::string advice;
    const std::string other = missing_.size() == parameters_.size() ? other_prefix() : prefix_;
    if (other != prefix_ && all_under(other))
      advice += "All of them are there under " + (other.empty() ? std::string("no prefix") : "the prefix " + quoted(without_slash(other))) +
                ", which is the argument of load after the file.";
    else if (!missing_.empty()) advice += "A parameter that shares another's tensor is named so: tied{\"head.weight\", \"embed.weight\"}.";
    if (!unused_.empty()) {
      const std::string one = unused_.front().substr(prefix_.size());
      advice += (advice.empty() ? "" : " ") + std::string("What is meant to stay unread is named so: allow_unused(") + quoted(one) +
                "), or allow_unused for all. These are arguments of load, after the prefix.";
    }
    if (count == 1) {
      if (!refused_.empty()) throw error(refused_.front());
      throw error(where + lines.substr(3) + " " + advice);
    }
    throw error(where + "not the tensors of the graph" + (prefix_.empty() ? "" : " under " + in_quotes(prefix_)) + ":" + lines +
                (advice.empty() ? "" : "\n" + advice));
  }

 private:
  /// As a program would spell it; a stranger's name as harmless as `in_quotes` makes it.
  static std::string quoted(std::string_view name) {
    std::string text = in_quotes(name);
    text.front() = text.back() = '"';
    return text;
  }

  std::string missing_sentence(std::size_t i) const {
    std::string text = "tensor " + in_quotes(tensor(i)) + " of shape " + parameters_[i].shape.text();
    if (tensors_[i] != names_[i]) text += ", for parameter " + quoted(names_[i]) + ",";
    text += " is missing";
    // A misspelt tensor is one that nothing else reads.
    std::string_view nearest = nearest_name(tensor(i), unused_, names_[i].size() / 2);
    if (nearest.empty()) nearest = nearest_name(tensor(i), all_);
    return text + (nearest.empty() ? "." : "; the nearest there is " + in_quotes(nearest) + ".");
  }
  static std::string_view without_slash(std::string_view prefix) { return prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1); }
  /// What stands before the first parameter's tensor where the source has that name at all, with its slash.
  std::string other_prefix() const {
    if (tensors_.empty()) return "";
    for (const std::string& name : all_)
      if (name == tensors_[0]) return "";
      else if (name.ends_with("/" + tensors_[0])) return name.substr(0, name.size() - tensors_[0].size());
    return "";
  }
  bool all_under(const std::string& prefix) const {
    return !tensors_.empty() && std::all_of(tensors_.begin(), tensors_.end(), [&](const std::string& tensor) {
      return std::find(all_.begin(), all_.end(), prefix + tensor) != all_.end();
    });
  }
  std::string unused_sentence(const std::string& name) const {
    const std::string_view own = std::string_view(name).substr(prefix_.size());
    // A parameter's own tensor, which `tied` says to leave aside.
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (names_[i] == own)
        return "tensor " + in_quotes(name) + " belongs to no parameter: tied{" + quoted(own) + ", " + quoted(tensors_[i]) +
               "} lets the one of that name take " + quoted(tensors_[i]) + ". Leave tied out if each has a tensor of its own.";
    for (const std::string_view part : {".codes", ".scales", ".tensor_scale"})
      if (own.ends_with(part) && std::find(names_.begin(), names_.end(), own.substr(0, own.size() - part.size())) != names_.end())
        return "tensor " + in_quotes(name) + " is a part of a packed tensor, as save_packed writes it; load_packed reads those.";
    const std::string_view nearest = nearest_name(own, names_);
    return "tensor " + in_quotes(name) + " belongs to no parameter of the graph" +
           (nearest.empty() ? "." : "; the nearest there is " + quoted(nearest) + ".");
  }

  std::span<const parameter_info> parameters_;
  std::string prefix_;                // with its slash
  std::vector<std::string> names_;    // of the parameters
  std::vector<std::string> tensors_;  // that they take, without the prefix
  unused_tensors allowed_;
  std::vector<std::string> all_;      // names in the source
  std::vector<std::size_t> missing_;  // parameters
  std::vector<std::string> refused_;  // sentences
  std::vector<std::string> unused_;   // names in the source
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
