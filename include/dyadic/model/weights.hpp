// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file weights.hpp
/// The float32 parameters of a graph, by name: `fc1.weight`, `fc1.bias`, …
#include <dyadic/model/loading.hpp>
#include <dyadic/model/metadata.hpp>

#include <algorithm>
#include <concepts>
#include <string>
#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Parameters of some graph: one buffer, and which of them have been given.
class parameter_store {
 public:
  parameter_store(std::span<const parameter_info> entries, std::int64_t floats)
      : entries_(entries), values_(static_cast<std::size_t>(floats)), given_(entries.size(), false) {}

  [[nodiscard]] std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].is_called(name)) return i;
    static constexpr std::size_t most = 12;
    std::vector<std::string> names;
    for (const parameter_info& p : entries_) names.push_back(p.full_name());
    std::string known = names.empty() ? "none" : "";
    for (std::size_t i = 0; i < names.size() && i < most; ++i) known += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most)
      known += " and " + std::to_string(names.size() - most) + " more, the nearest is " + std::string(nearest_name(name, names));
    throw error("the graph has no parameter \"" + std::string(name) + "\"; it has " + known + ".");
  }
  [[nodiscard]] ConstView get(std::size_t i) const {
    if (!given_[i])
      throw error("parameter \"" + entries_[i].full_name() + "\" of shape " + entries_[i].shape.text() + " has not been given a value.");
    return {values_.data() + entries_[i].offset, entries_[i].shape};
  }
  void set(std::size_t i, ConstView from) {
    const parameter_info& p = entries_[i];
    if (!(from.shape == p.shape))
      throw error("parameter \"" + p.full_name() + "\" has shape " + p.shape.text() + ", but a tensor of shape " + from.shape.text() +
                  " was given.");
    std::copy_n(from.data, from.size(), values_.data() + entries_[i].offset);
    given_[i] = true;
  }
  /// Where the values of parameter `i` go; `mark_given` when they are there.
  template <class Float = float>
  [[nodiscard]] std::span<Float> place(std::size_t i) {
    return {values_.data() + entries_[i].offset, static_cast<std::size_t>(entries_[i].shape.size())};
  }
  void mark_given(std::size_t i) { given_[i] = true; }
  void require_all() const {
    for (std::size_t i = 0; i < entries_.size(); ++i) static_cast<void>(get(i));
  }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }

 private:
  std::span<const parameter_info> entries_;
  std::vector<float> values_;
  std::vector<char> given_;  // as booleans (std::vector<bool> costs every include 30 ms)
};

template <fixed_string Name>
struct literal {
  static constexpr std::string_view value = Name.view();
};
template <class G, fixed_string Name>
constexpr std::size_t parameter_index() {
  constexpr std::size_t found = [] {
    std::size_t i = 0;
    while (i < metadata<G>::parameters.size() && !metadata<G>::parameters[i].is_called(Name.view())) ++i;
    return i;
  }();
  if constexpr (found == metadata<G>::parameters.size())
    static_cast<void>(mistake::raised<mistake::unknown_parameter<mistake::spell<mistake::no_node_named, literal<Name>>>>);
  return found;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// The parameters of `G`. A new one is empty: every parameter must be set (or come from `load`) before a model is made of it.
template <Graph G>
class weights {
 public:
  weights() : store_(metadata<G>::parameters, detail::surveyed<G>.parameter_floats) { static_assert(metadata<G>::checked); }

  /// Names, roles and shapes, in the graph's order.
  static constexpr std::span<const parameter_info> entries() { return metadata<G>::parameters; }

  /// Copies the values of a parameter in. @throws error if there is none of that name or the shapes differ
  void set(std::string_view name, ConstView values) { store_.set(store_.find(name), values); }
  void set(std::string_view name, const TensorLike auto& values) { set(name, view(values)); }

  /// A parameter's values, as long as this object lives. @throws error if there is none of that name, or it was not given
  [[nodiscard]] ConstView get(std::string_view name) const { return store_.get(store_.find(name)); }
  /// The same, with the name checked by the compiler: `w.get<"fc1.weight">()`.
  template <fixed_string Name>
  [[nodiscard]] ConstView get() const {
    return store_.get(detail::parameter_index<G, Name>());
  }

  /// The store behind it, for `load` and for models.
  [[nodiscard]] const detail::parameter_store& store() const { return store_; }
  [[nodiscard]] detail::parameter_store& store() { return store_; }

 private:
  detail::parameter_store store_;
};

/// Reads all parameters of `G`: those of node `fc1` are `prefix/fc1.weight` and so on, or `fc1.weight` where the prefix is empty.
/// The tensors under the prefix (all of them, where it is empty) must be these and no others, unless an option says so: `allow_unused`,
/// `allow_unused("logits", "test/*")`, `tied{"head.weight", "embed.weight"}`.
/// @throws error that names all tensors which are missing, unused or cannot be read (such as one of another shape), with the nearest
/// names; then nothing is returned, and nothing half-loaded exists
template <Graph G, TensorSource Source, class... Options>
[[nodiscard]] weights<G> load(const Source& source, std::string_view prefix = "", const Options&... options) {
  static_assert((LoadOption<Options> && ...),
                "dyadic::load<Graph>(source, prefix, options...): an option is allow_unused, allow_unused(\"name\", ...) or "
                "tied{\"parameter\", \"tensor\"}.");
  static constexpr bool lists = detail::lists_tensors<Source>;
  weights<G> w;
  detail::tensor_match match(w.entries(), prefix);
  (match.take(options), ...);
  for (std::size_t i = 0; i < w.entries().size(); ++i) {
    const std::string name = match.tensor(i);
    if (lists && !source.contains(name)) {
      match.is_missing(i);
      continue;
    }
    try {
      source.read_into(name, w.entries()[i].shape, w.store().place(i));
      w.store().mark_given(i);
    } catch (const error& e) {
      match.cannot_be_read(e);
    }
  }
  if constexpr (lists) {
    std::vector<std::string> all;
    for (const std::string_view name : source.names()) all.emplace_back(name);
    match.look_at(std::move(all));
  }
  std::string called;
  if constexpr (requires { std::string(source.name()); }) called = source.name();
  match.require_fit(called);
  return w;
}
/// The same of a whole file: `load<net>(file, allow_unused("test/*"))`.
template <Graph G, TensorSource Source, LoadOption First, class... Options>
[[nodiscard]] weights<G> load(const Source& source, const First& first, const Options&... options) {
  return load<G>(source, std::string_view(), first, options...);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
