// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file metadata.hpp
/// Everything a graph says, as tables of plain values worked out at compile time: who reads whom, shapes, roles, parameters.
///
/// Templates are instantiated once per node (its row); all that relates nodes to each other is ordinary `constexpr` code over the
/// rows. That keeps compile time linear and messages short: a mistake is found as a value and reported once (mistake.hpp).
#include <dyadic/base/names.hpp>
#include <dyadic/model/graph.hpp>
#include <dyadic/model/mistake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace dyadic {
inline namespace DYADIC_ISA {

/// One node, its type forgotten.
struct node_info {
  std::string_view name;
  const operator_info* operation = nullptr;
  std::span<const std::string_view> inputs;
  std::uint64_t hash = 0;  ///< of the name
};

/// One parameter of a graph: `fc1.weight`.
struct parameter_info {
  std::string_view node;
  std::string_view name;  ///< empty for a learned parameter node: then the node's name is all
  role what = role::none;
  Extents shape;
  std::int64_t offset = 0;  ///< in floats, within one buffer of all parameters; a multiple of 16
  operand_axes axes{};      ///< what its dimensions mean to the operator

  [[nodiscard]] std::string full_name() const { return std::string(node) + (name.empty() ? "" : ".") + std::string(name); }
  [[nodiscard]] constexpr bool is_called(std::string_view text) const {
    if (name.empty()) return text == node;
    return text.size() == node.size() + 1 + name.size() && text.starts_with(node) && text[node.size()] == '.' && text.ends_with(name);
  }
};

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

/// FNV-1a: names are compared by it first, which keeps constant evaluation short. @param h  the hash of the text before `s`
constexpr std::uint64_t text_hash(std::string_view s, std::uint64_t h = 0xcbf29ce484222325ULL) {
  for (const char c : s) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

enum class graph_fault { none, empty, first_is_no_input, duplicate_name, unknown_input, input_count, shape };

/// Tables of a graph with `N` nodes, `E` edges and `P` parameters.
template <std::size_t N, std::size_t E, std::size_t P>
struct wiring {
  std::array<std::size_t, N + 1> first_edge{};       ///< edges of node i: [first_edge[i], first_edge[i + 1])
  std::array<std::size_t, E> source{};               ///< the node an edge reads
  std::array<Extents, N> shape{};                    ///< of each node's output, with `dyn`
  std::array<std::size_t, N + 1> first_parameter{};  ///< parameters of node i, likewise
  std::array<parameter_info, P> parameters{};
  std::int64_t parameter_floats = 0;  ///< length of the buffer that `offset` counts in
  std::size_t inputs = 0;             ///< input nodes: what a call of the model takes
  // the first mistake, where, and what would have been right
  graph_fault fault = graph_fault::none;
  std::size_t faulty_node = 0, faulty_edge = 0;
  Extents wanted{};

  constexpr wiring failed(graph_fault what, std::size_t node, std::size_t edge = 0, const Extents& right = {}) {
    fault = what;
    faulty_node = node;
    faulty_edge = edge;
    wanted = right;
    return *this;
  }
};

/// Nodes by hash of their name, for finding a name in logarithmic time.
template <std::size_t N>
constexpr std::array<std::size_t, N> sorted_by_name(const std::array<node_info, N>& nodes) {
  std::array<std::size_t, N> order{};
  for (std::size_t i = 0; i < N; ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return nodes[a].hash != nodes[b].hash ? nodes[a].hash < nodes[b].hash : a < b; });
  return order;
}
/// The node of that name, or N.
template <std::size_t N>
constexpr std::size_t find_node(const std::array<node_info, N>& nodes, const std::array<std::size_t, N>& order, std::string_view name) {
  const std::uint64_t h = text_hash(name);
  auto it = std::lower_bound(order.begin(), order.end(), h, [&](std::size_t a, std::uint64_t b) { return nodes[a].hash < b; });
  for (; it != order.end() && nodes[*it].hash == h; ++it)
    if (nodes[*it].name == name) return *it;
  return N;
}

template <std::size_t N, std::size_t E, std::size_t P>
constexpr wiring<N, E, P> survey_nodes(const std::array<node_info, N>& nodes) {
  wiring<N, E, P> w;
  if (N == 0) return w.failed(graph_fault::empty, 0);
  if (nodes[0].operation->kind != op::input) return w.failed(graph_fault::first_is_no_input, 0);
  // 1. Names are unique.
  const auto order = sorted_by_name(nodes);
  for (std::size_t k = 1; k < N; ++k) {  // equal hashes are neighbours; more than two of them are rarer than mistakes
    for (std::size_t j = k; j-- > 0 && nodes[order[j]].hash == nodes[order[k]].hash;)
      if (nodes[order[j]].name == nodes[order[k]].name) return w.failed(graph_fault::duplicate_name, order[k]);
  }
  std::array<Extents, E + 1> reads{};  // the shape that each edge carries
  std::size_t edge = 0, parameter_count = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const operator_info& operation = *nodes[i].operation;
    // 2. Every input is an earlier node, and there are as many as the operator takes.
    if (!operation.takes(nodes[i].inputs.size())) return w.failed(graph_fault::input_count, i);
    const std::size_t first = edge;
    for (const std::string_view name : nodes[i].inputs) {
      // Inputs are mostly near: look back a few nodes before searching.
      std::size_t s = N;
      const std::uint64_t h = text_hash(name);
      for (std::size_t back = 1; back <= 4 && back <= i; ++back)
        if (nodes[i - back].hash == h && nodes[i - back].name == name) s = i - back;
      if (s == N) s = find_node(nodes, order, name);
      if (s >= i) return w.failed(graph_fault::unknown_input, i, edge - first);
      reads[edge] = w.shape[s];
      w.source[edge++] = s;
    }
    w.first_edge[i + 1] = edge;
    // 3. The operator takes these shapes.
    const inferred answer = operation.infer({reads.data() + first, edge - first});
    if (!answer.ok()) return w.failed(graph_fault::shape, i, static_cast<std::size_t>(answer.refused), answer.shape);
    w.shape[i] = answer.shape;
    if (operation.kind == op::input) ++w.inputs;
    // 4. Its parameters get their places.
    for (const parameter& p : operation.parameters) {
      w.parameters[parameter_count++] = {nodes[i].name, p.name, p.what, p.shape, w.parameter_floats, p.axes};
      w.parameter_floats += (p.shape.size() + 15) / 16 * 16;
    }
    w.first_parameter[i + 1] = parameter_count;
  }
  return w;
}

template <class... Nodes>
constexpr auto tabulate(const graph<Nodes...>*) {
  static_assert((is_node<Nodes> && ...),
                "dyadic::graph<Nodes...>: everything in a graph is a node; give each operator a name and its inputs, such as node<\"fc1\", linear<64, 32>, \"x\">.");
  return std::array<node_info, sizeof...(Nodes)>{
      node_info{Nodes::name, &operator_of<typename Nodes::operation>, Nodes::inputs, text_hash(Nodes::name)}...};
}

/// The rows of a graph, keyed by its name so that symbols stay short.
template <class G>
inline constexpr auto nodes_of = tabulate(static_cast<const G*>(nullptr));

template <class G>
constexpr std::array<std::size_t, 2> count_edges_and_parameters() {
  std::array<std::size_t, 2> n{};
  for (const node_info& row : nodes_of<G>) {
    n[0] += row.inputs.size();
    n[1] += row.operation->parameters.size();
  }
  return n;
}
template <class G>
constexpr auto survey() {
  constexpr auto n = count_edges_and_parameters<G>();
  return survey_nodes<nodes_of<G>.size(), n[0], n[1]>(nodes_of<G>);
}
template <class G>
inline constexpr auto surveyed = survey<G>();

// How a mistake in a graph is spelled (see mistake.hpp).
template <class G, std::size_t I>
struct name_at {
  static constexpr std::string_view value = nodes_of<G>[I].name;
};
template <class G, std::size_t I, std::size_t Edge>
struct input_name_at {
  static constexpr std::string_view value = nodes_of<G>[I].inputs[Edge];
};
template <class G, std::size_t Edge>
struct source_shape {
  static constexpr Extents value = surveyed<G>.shape[surveyed<G>.source[Edge]];
};
template <class G>
struct wanted_shape {
  static constexpr Extents value = surveyed<G>.wanted;
};
template <class G, std::size_t I>
using spell_node = mistake::spell<mistake::node_named, name_at<G, I>>;
template <class G, std::size_t I>
using operation_at = typename at<I, typename G::node_pack>::operation;

template <class G, std::size_t First, std::size_t... K>
mistake::got<typename mistake::spelled_shape<source_shape<G, First + K>>::type...> spell_sources(std::index_sequence<K...>);

template <class G>
constexpr void report_fault() {
  constexpr graph_fault fault = surveyed<G>.fault;
  constexpr std::size_t i = surveyed<G>.faulty_node;
  if constexpr (fault == graph_fault::empty) {
    static_cast<void>(mistake::raised<mistake::empty_graph<G>>);
  } else if constexpr (fault == graph_fault::first_is_no_input) {
    static_cast<void>(mistake::raised<mistake::first_node_is_no_input<spell_node<G, i>>>);
  } else if constexpr (fault == graph_fault::duplicate_name) {
    static_cast<void>(mistake::raised<mistake::duplicate_node_name<spell_node<G, i>>>);
  } else if constexpr (fault == graph_fault::unknown_input) {
    using missing = mistake::spell<mistake::no_node_named, input_name_at<G, i, surveyed<G>.faulty_edge>>;
    static_cast<void>(mistake::raised<mistake::unknown_input<spell_node<G, i>, missing>>);
  } else if constexpr (fault == graph_fault::input_count) {
    constexpr const node_info& row = nodes_of<G>[i];
    static_cast<void>(mistake::raised<mistake::wrong_number_of_inputs<spell_node<G, i>, operation_at<G, i>, row.inputs.size(), row.operation->inputs.size()>>);
  } else if constexpr (fault == graph_fault::shape) {
    constexpr std::size_t first = surveyed<G>.first_edge[i];
    using sources = decltype(spell_sources<G, first>(std::make_index_sequence<nodes_of<G>[i].inputs.size()>{}));
    using wanted = mistake::wanted<typename mistake::spelled_shape<wanted_shape<G>>::type>;
    static_cast<void>(mistake::raised<mistake::shape_mismatch<spell_node<G, i>, operation_at<G, i>, sources, wanted>>);
  }
}

template <class G>
constexpr void report_graph() {
  constexpr bool computed = requires { typename std::bool_constant<surveyed<G>.fault == graph_fault::none>; };
  static_assert(computed,
                "dyadic::graph<Nodes...>: the shapes of this graph cannot be computed at compile time. The `infer` of an operator of your own "
                "must be constexpr, and read no dimension that its inputs do not have; the compiler names the operator nearby.");
  if constexpr (computed) report_fault<G>();
}

/// What is said of a node that is asked for at run time and is not there. @param where  "" or what it was asked for, after a blank
inline error no_such_node(std::span<const node_info> nodes, std::string_view name, const std::string& where = "") {
  std::vector<std::string> names;
  for (const node_info& n : nodes) names.emplace_back(n.name);
  return error("the graph has no node \"" + std::string(name) + "\"" + where + "; the nearest is \"" +
               std::string(nearest_name(name, names)) + "\".");
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// What is known of a graph at compile time. Asking for it checks the graph.
template <Graph G>
struct metadata {
  static constexpr bool checked = (detail::report_graph<G>(), true);
  static constexpr std::size_t size = checked ? detail::nodes_of<G>.size() : 0;  ///< nodes
  static constexpr std::size_t inputs = checked ? detail::surveyed<G>.inputs : 0;
  static constexpr std::span<const node_info> nodes{detail::nodes_of<G>};
  static constexpr std::span<const parameter_info> parameters{detail::surveyed<G>.parameters};
  static constexpr std::span<const Extents> shapes{detail::surveyed<G>.shape};
  static constexpr const Extents& output_shape = detail::surveyed<G>.shape[size - 1];

  /// The position of a node; `size` if there is none of that name.
  static constexpr std::size_t find(std::string_view name) {
    for (std::size_t i = 0; i < size; ++i)
      if (nodes[i].name == name) return i;
    return size;
  }
  /// The positions of the nodes that node `i` reads.
  static constexpr std::span<const std::size_t> sources(std::size_t i) {
    const auto& w = detail::surveyed<G>;
    return std::span<const std::size_t>(w.source).subspan(w.first_edge[i], w.first_edge[i + 1] - w.first_edge[i]);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
