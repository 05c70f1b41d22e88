// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lower.hpp
/// Lowers the nodes of a model, in order: each one that wants calibration data sees what its predecessors, already lowered, give it.
#include <dyadic/model/execute.hpp>

#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// A tensor of its own.
struct kept_value {
  std::vector<float> values;
  Extents shape;
  void keep(ConstView v) {
    values.assign(v.data, v.data + v.size());
    shape = v.shape;
  }
  [[nodiscard]] ConstView view() const { return {values.data(), shape}; }
};

/// Passes its input on: what a node does that has been folded into an earlier one.
struct passed_on {
  static void run(const arguments& a) {
    if (a.out.data != a.inputs[0].data) std::copy_n(a.inputs[0].data, a.out.size(), a.out.data);
  }
  static std::int64_t scratch(std::span<const Extents>) { return 0; }
  static replacement_report report() {
    replacement_report r;
    r.name = r.weights = r.biases = "folded";
    r.replaces_parameters = true;
    return r;
  }
};

/// Runs the nodes before `stop` of a model on calibration data.
template <class Runnable>
void run_for_values(const Runnable& model, std::size_t stop, std::span<const ConstView> inputs, const observer& watch) {
  std::vector<typename late<Extents, Runnable>::type> shapes;
  for (const ConstView& v : inputs) shapes.push_back(v.shape);
  typename late<workspace, Runnable>::type work(model, shapes);
  const auto shape = work.output_shape(shapes);
  std::vector<typename late<float, Runnable>::type> out(static_cast<std::size_t>(shape.size()));
  work.run_until(stop, inputs, {out.data(), shape}, &watch);
}

/// The next `count` nodes in the chain of `node` pass their input on: each the first reader of the one before.
template <class Program, class Replacements>
void pass_on(const Program& p, std::size_t node, std::size_t count, Replacements& made) {
  const std::size_t n = p.nodes.size();
  std::size_t end = node;
  for (std::size_t k = 0; k < count; ++k) {
    std::size_t reader = end + 1;
    while (reader < n && (p.first_edge[reader] == p.first_edge[reader + 1] || p.source[p.first_edge[reader]] != end)) ++reader;
    if (reader >= n) throw error("node \"" + std::string(p.nodes[end].name) + "\": what reads it should be folded in, but nothing does.");
    const auto refuse = [&](const char* why) {
      throw error("node \"" + std::string(p.nodes[reader].name) + "\" (" + p.nodes[reader].operation->name() +
                  ") cannot be folded into \"" + std::string(p.nodes[end].name) + "\": " + why);
    };
    if (!is_foldable(p.nodes[reader].operation->kind)) refuse("only batch_norm2d and activations value by value can.");
    if (p.schemes[reader].changes_anything()) refuse("its configuration rounds what it reads or gives.");
    for (std::size_t other = 0; other < n; ++other)
      for (std::size_t e = p.first_edge[other]; e < p.first_edge[other + 1]; ++e)
        if (p.source[e] == end && other != reader) refuse("another node, too, reads what it reads.");
    made[reader] = replacement(std::make_shared<const typename late<passed_on, Program>::type>());
    end = reader;
  }
}

/// A model's replacements with another one at `node`.
template <class Runnable>
auto replace_node(const Runnable& model, std::size_t node, const replacement& what, std::size_t folded) {
  const auto& p = *model.plan;
  if (const std::string why = what.misfit(*p.nodes[node].operation); !why.empty())
    throw error("node \"" + std::string(p.nodes[node].name) + "\" " + why);
  auto made = std::make_shared<std::vector<typename late<replacement, Runnable>::type>>(p.nodes.size());
  for (std::size_t i = 0; i < made->size(); ++i)
    if (const replacement* other = model.replacement_at(i); other != nullptr) (*made)[i] = *other;
  (*made)[node] = what;
  pass_on(p, node, folded, *made);
  return made;
}

/// The replacements of a model's nodes; empty where no node is lowered.
/// @param reference  the float model of the same graph   @param data  calibration: one tensor per input node, or none
/// @throws error if a lowering wants data and there are none
template <class Runnable>
auto lower_nodes(const Runnable& model, const Runnable& reference, std::span<const ConstView> data) {
  const auto& p = *model.plan;
  const std::size_t n = p.nodes.size();
  using value = typename late<kept_value, Runnable>::type;
  using list_of_views = std::vector<typename late<ConstView, Runnable>::type>;
  std::vector<typename late<replacement, Runnable>::type> made;
  // 1. Is there anything to do, and are there data for it?
  bool calibrates = false;
  for (std::size_t i = 0; i < n; ++i) {
    if (!p.lowerings[i]) continue;
    made.resize(n);
    if (p.lowerings[i]->calibrates && data.empty())
      throw error("node \"" + std::string(p.nodes[i].name) + "\": " + p.lowerings[i]->name() +
                  " is fitted to data; give it some: quantize<config>(graph, weights, calibrate(inputs...)).");
    calibrates = calibrates || p.lowerings[i]->calibrates;
  }
  if (made.empty()) return made;
  // 2. What the float model makes of the data, at every node.
  std::vector<value> targets(calibrates ? n : 0);
  list_of_views target_views, read_views, all_parameters, originals;
  if (calibrates) {
    const auto keep = [&](std::size_t i, ConstView v) { targets[i].keep(v); };
    run_for_values(reference, n, data, keep);
    for (const value& t : targets) target_views.push_back(t.view());
  }
  for (const parameter_info& info : p.parameters) {
    all_parameters.push_back({model.parameters + info.offset, info.shape});
    originals.push_back({reference.parameters + info.offset, info.shape});
  }
  // 3. Node by node.
  for (std::size_t i = 0; i < n; ++i) {
    if (!p.lowerings[i] || made[i]) continue;
    std::vector<value> read(p.first_edge[i + 1] - p.first_edge[i]);
    read_views.clear();
    if (p.lowerings[i]->calibrates) {
      const auto keep = [&](std::size_t node, ConstView v) {
        for (std::size_t k = 0; k < read.size(); ++k)
          if (p.source[p.first_edge[i] + k] == node) read[k].keep(v);
      };
      Runnable so_far = model;
      so_far.replacements = made.data();
      run_for_values(so_far, i, data, keep);
      for (const value& r : read) read_views.push_back(r.view());
    }
    const std::size_t first = p.first_parameter[i], count = p.first_parameter[i + 1] - first;
    lowered result = p.lowerings[i]->make(
        {p, i, std::span<const ConstView>(originals.data() + first, count),
         std::span<const ConstView>(all_parameters.data() + first, count), model.seed, read_views,
         p.lowerings[i]->calibrates ? std::span<const ConstView>(target_views) : std::span<const ConstView>(), all_parameters});
    made[i] = std::move(result.what);
    // 4. Nodes that are part of it now.
    pass_on(p, i, result.folded, made);
  }
  return made;
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
