// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file verify.hpp
/// Is everything that is known of a graph under a configuration consistent? Asked at compile time, of the tables that the executor
/// and the reports read:
///
///     static_assert(verify<net, mixed>());   // or verify(model)
///
/// A graph of the library's operators and rules always is, or else the compiler has said so before. What can be wrong is an
/// operator, a configuration or a pass of one's own: an `infer` that contradicts its `view`, a parameter that two nodes claim, ….
#include <dyadic/model/model.hpp>
#include <dyadic/pass/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace dyadic {

/// What can be inconsistent.
enum class inconsistency {
  none, graph, rules, undecided, name, edges, shape, parameter_shape, parameter_name, parameter_place, role_table, scheme, view_size, in_place, buffer,
};

/// In one sentence.
constexpr std::string_view to_string(inconsistency what) {
  switch (what) {
    case inconsistency::none: return "all metadata is consistent.";
    case inconsistency::graph: return "the graph has a mistake, which the compiler reports when the graph is used.";
    case inconsistency::rules: return "the configuration has a mistake for this graph, which the compiler reports when a model is quantised with it.";
    case inconsistency::undecided: return "no rule decides the node, and there is no default.";
    case inconsistency::name: return "the name is empty, or another node has it too.";
    case inconsistency::edges: return "its inputs are not the earlier nodes that it names.";
    case inconsistency::shape: return "its shape is not what its operator infers from its inputs, or has a negative extent.";
    case inconsistency::parameter_shape: return "the shape of a parameter has an extent that is not positive (dyn is not known when weights are loaded).";
    case inconsistency::parameter_name: return "a parameter has the full name of another one.";
    case inconsistency::parameter_place: return "the places of its parameters overlap, or are not those of its operator's parameters.";
    case inconsistency::role_table: return "its operator's roles leave out the role of an input or parameter.";
    case inconsistency::scheme: return "a role has a scheme that the operator does not have, or cannot take.";
    case inconsistency::view_size: return "its operator is a view, but its output has another size than its first input.";
    case inconsistency::in_place: return "its operator works in place, but its output has another size than its input.";
    case inconsistency::buffer: return "a buffer that it reads has been overwritten, or does not exist.";
  }
  return "";
}

/// What `verify` found: the first inconsistency and the node that has it.
struct verdict {
  inconsistency what = inconsistency::none;
  std::size_t node = 0;  ///< its position in the graph
  [[nodiscard]] constexpr bool ok() const { return what == inconsistency::none; }
  [[nodiscard]] constexpr std::string_view sentence() const { return to_string(what); }
};

namespace detail {
inline namespace DYADIC_ISA {

/// Is the output as large as the first input? Asked with a number in place of `dyn`, of a node that can take it.
constexpr bool keeps_size(const operator_info& operation, std::span<Extents> inputs) {
  for (Extents& e : inputs)
    for (int d = 0; d < e.rank(); ++d)
      if (e[d] == dyn) e[d] = 12;
  const inferred answer = operation.infer(inputs);
  return !answer.ok() || answer.shape.size() == inputs[0].size();
}

/// Shapes, edges and parameters of one node. `shapes` is room for those that it reads.
constexpr inconsistency verify_node(const program& p, std::size_t i, std::span<Extents> shapes) {
  const node_info& node = p.nodes[i];
  const operator_info& operation = *node.operation;
  const std::size_t first = p.first_edge[i], count = p.first_edge[i + 1] - first;
  // 1. Edges lead to the earlier nodes of these names.
  if (node.name.empty() || node.hash != text_hash(node.name)) return inconsistency::name;
  if (count != node.inputs.size() || !operation.takes(count)) return inconsistency::edges;
  for (std::size_t k = 0; k < count; ++k) {
    if (p.source[first + k] >= i || p.nodes[p.source[first + k]].name != node.inputs[k]) return inconsistency::edges;
    shapes[k] = p.shape[p.source[first + k]];
  }
  // 2. Shapes are the inferred ones.
  const inferred answer = operation.infer(shapes.first(count));
  if (!answer.ok() || !(answer.shape == p.shape[i])) return inconsistency::shape;
  for (int d = 0; d < answer.shape.rank(); ++d)
    if (answer.shape[d] < dyn) return inconsistency::shape;
  if (operation.view && (count == 0 || !keeps_size(operation, shapes.first(count)))) return inconsistency::view_size;
  if (operation.in_place && count == 1 && !keeps_size(operation, shapes.first(count))) return inconsistency::in_place;
  // 3. Roles are known to the configuration.
  const auto has = [&](role r) { return r == role::none || operation.has[static_cast<std::size_t>(r)]; };
  for (std::size_t k = 0; k < count; ++k)
    if (!has(operation.input_role(k))) return inconsistency::role_table;
  // 4. Parameters are the operator's, with room for each.
  const std::size_t begin = p.first_parameter[i], end = p.first_parameter[i + 1];
  if (end - begin != operation.parameters.size()) return inconsistency::parameter_place;
  for (std::size_t k = begin; k < end; ++k) {
    const parameter_info& info = p.parameters[k];
    const dyadic::parameter& wanted = operation.parameters[k - begin];
    for (int d = 0; d < info.shape.rank(); ++d)
      if (info.shape[d] <= 0) return inconsistency::parameter_shape;
    if (info.node != node.name || info.name != wanted.name || info.what != wanted.what || !(info.shape == wanted.shape)) return inconsistency::parameter_place;
    const std::int64_t limit = k + 1 < p.parameters.size() ? p.parameters[k + 1].offset : p.parameter_floats;
    if (info.offset % 16 != 0 || info.offset + info.shape.size() > limit) return inconsistency::parameter_place;
    if (!has(info.what)) return inconsistency::role_table;
  }
  // 5. Schemes suit the operator.
  for (const role r : {role::none, role::data_in, role::weight, role::bias, role::data_out}) {
    const scheme_pointer& scheme = p.schemes[i][r];
    if (scheme != nullptr && (!operation.has[static_cast<std::size_t>(r)] || !scheme->operators.contains(operation.kind))) return inconsistency::scheme;
  }
  return inconsistency::none;
}

/// The later one of two positions whose hashes are equal and that are the `same`; N if there are none.
template <std::size_t N, class Same>
constexpr std::size_t first_repeated(const std::array<std::uint64_t, N>& hashes, Same same) {
  std::array<std::size_t, N> order{};
  for (std::size_t i = 0; i < N; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : a < b; });
  for (std::size_t k = 1; k < N; ++k)
    for (std::size_t j = k; j-- > 0 && hashes[order[j]] == hashes[order[k]];)
      if (same(order[j], order[k])) return order[k];
  return N;
}

/// Plays a run through, noting which value each buffer holds: does every node find there what it reads?
template <std::size_t N, std::size_t E>
constexpr std::size_t first_overwritten(const program& p) {
  std::array<std::size_t, N> root{};        // whose memory a node's value is in
  std::array<std::size_t, N + E> holds{};   // by buffer: the node whose value is there, N for none
  for (std::size_t& h : holds) h = N;
  const auto buffer = [](int b) { return static_cast<std::size_t>(b); };
  if (p.buffers < 0 || buffer(p.buffers) > holds.size()) return 0;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t first = p.first_edge[i], end = p.first_edge[i + 1];
    const auto intact = [&](std::size_t e) {
      const std::size_t r = root[p.source[e]];
      return p.output[r] < 0 || holds[buffer(p.output[r])] == r;
    };
    // Operands are quantised one after the other; a raw one must last until the operator has run.
    for (std::size_t e = first; e < end; ++e) {
      if (!intact(e) || p.operand[e] >= p.buffers) return i;
      if (p.operand[e] >= 0) holds[buffer(p.operand[e])] = N;
    }
    for (std::size_t e = first; e < end; ++e) {
      if (p.operand[e] < 0 && !intact(e)) return i;
      for (std::size_t other = first; other < e; ++other)
        if (p.operand[e] >= 0 && p.operand[e] == p.operand[other]) return i;
    }
    root[i] = p.output[i] == with_source ? root[p.source[first]] : i;
    if (p.output[i] >= p.buffers) return i;
    if (p.output[i] < 0) continue;
    if (!p.nodes[i].operation->in_place) {  // then its operands must outlive the writing of its result
      for (std::size_t e = first; e < end; ++e)
        if (p.output[i] == p.operand[e] || (p.operand[e] < 0 && p.output[i] == p.output[root[p.source[e]]])) return i;
    }
    holds[buffer(p.output[i])] = i;
  }
  return N;
}

template <std::size_t N, std::size_t E, std::size_t P>
constexpr verdict verify_program(const program& p, bool wants_decisions) {
  if (p.shape.size() != N || p.first_edge.size() != N + 1 || p.schemes.size() != N || p.output.size() != N || p.operand.size() != p.source.size())
    return {inconsistency::edges, 0};
  std::array<std::uint64_t, N> names{};
  for (std::size_t i = 0; i < N; ++i) names[i] = p.nodes[i].hash;
  if (const std::size_t i = first_repeated(names, [&](std::size_t a, std::size_t b) { return p.nodes[a].name == p.nodes[b].name; }); i != N)
    return {inconsistency::name, i};
  // Two nodes may make one full name of two parts each: "a" + "b.weight" and "a.b" + "weight".
  std::array<std::uint64_t, P> full{};
  for (std::size_t k = 0; k < P; ++k) {
    const parameter_info& info = p.parameters[k];
    full[k] = text_hash(info.node);
    if (!info.name.empty()) full[k] = text_hash(info.name, text_hash(".", full[k]));
  }
  const auto letter = [](const parameter_info& q, std::size_t i) { return i < q.node.size() ? q.node[i] : i == q.node.size() ? '.' : q.name[i - q.node.size() - 1]; };
  const auto length = [](const parameter_info& q) { return q.node.size() + (q.name.empty() ? 0 : 1 + q.name.size()); };
  const std::size_t repeated = first_repeated(full, [&](std::size_t a, std::size_t b) {
    bool same = length(p.parameters[a]) == length(p.parameters[b]);
    for (std::size_t i = 0; same && i < length(p.parameters[a]); ++i) same = letter(p.parameters[a], i) == letter(p.parameters[b], i);
    return same;
  });
  if (repeated != P) {
    std::size_t i = 0;
    while (p.first_parameter[i + 1] <= repeated) ++i;
    return {inconsistency::parameter_name, i};
  }
  std::array<Extents, E + 1> shapes{};
  for (std::size_t i = 0; i < N; ++i) {
    if (p.first_edge[i] > p.first_edge[i + 1] || p.first_edge[i + 1] > E) return {inconsistency::edges, i};
    if (const inconsistency what = verify_node(p, i, shapes); what != inconsistency::none) return {what, i};
    if (wants_decisions && !p.schemes[i].decided) return {inconsistency::undecided, i};
  }
  if (const std::size_t i = first_overwritten<N, E>(p); i != N) return {inconsistency::buffer, i};
  return {};
}

/// Does the configuration at the bottom of a stack decide nothing, by right?
template <class Config>
constexpr bool may_leave_undecided() {
  if constexpr (requires { typename Config::rule_pack; }) return false;
  else if constexpr (requires { typename Config::below; })
    return may_leave_undecided<typename Config::below>();
  else return std::is_same_v<Config, unquantized>;
}

template <class G, class Config, class Execution>
constexpr verdict judge() {
  if constexpr (surveyed<G>.fault != graph_fault::none) {
    return {inconsistency::graph, surveyed<G>.faulty_node};
  } else if constexpr (has_mistake<G, Config>()) {
    return {inconsistency::rules, 0};
  } else {
    constexpr const program& p = program_of<G, Config, Execution>;
    return verify_program<p.nodes.size(), p.source.size(), p.parameters.size()>(p, !may_leave_undecided<Config>());
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// What is inconsistent, without stopping the compiler.
template <Graph G, class Config = unquantized, class Execution = simulated>
inline constexpr verdict verdict_of = detail::judge<G, Config, Execution>();

}  // namespace DYADIC_ISA

namespace mistake {
template <class Graph, class Config, class Node, inconsistency What>
struct inconsistent_metadata {
  static_assert(never<Graph>,
                "dyadic::verify<Graph, Config>(): what is known of a node contradicts itself (the type has the node and the dyadic::inconsistency, for which "
                "to_string has a sentence); correct the operator, the configuration or the pass that you wrote.");
};
}  // namespace mistake

namespace detail {
inline namespace DYADIC_ISA {

template <class G, class Config, class Execution>
constexpr void report_verdict() {
  constexpr verdict found = verdict_of<G, Config, Execution>;
  if constexpr (found.what == inconsistency::graph) {
    report_graph<G>();
  } else if constexpr (found.what == inconsistency::rules) {
    static_cast<void>(assignments_of<G, Config>);
  } else if constexpr (found.what == inconsistency::undecided) {
    static_cast<void>(mistake::raised<mistake::no_default<Config, spell_node<G, found.node>>>);
  } else if constexpr (!found.ok()) {
    static_cast<void>(mistake::raised<mistake::inconsistent_metadata<G, Config, spell_node<G, found.node>, found.what>>);
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// True; or else the compiler stops with a sentence and the node.
/// @tparam Config  a configuration that decides every node, a stack of them, or `unquantized`
template <Graph G, class Config = unquantized, class Execution = simulated>
consteval bool verify() {
  detail::report_verdict<G, Config, Execution>();
  return verdict_of<G, Config, Execution>.ok();
}
/// The same for a model: `static_assert(verify(model))` works for any variable.
template <Graph G, class Config, class Execution>
constexpr bool verify(const model<G, Config, Execution>&) {
  return verify<G, Config, Execution>();
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
