// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file rewrite.hpp
/// For passes that make a graph of a graph: a node with one thing changed, and a graph of a tuple of nodes.
///
///     constexpr auto without_dropout = [](auto nodes) { return boost::hana::remove_if(nodes, is_dropout); };
///     struct smaller final : graph_of<decltype(without_dropout(net::nodes()))> {};
#include <dyadic/model/graph.hpp>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>
#include <type_traits>

namespace dyadic {
namespace detail {

template <fixed_string Name, fixed_string Old, fixed_string New>
constexpr auto replaced_name() {
  if constexpr (Name.view() == Old.view()) return New;
  else return Name;
}

template <class Node>
struct node_parts;
template <fixed_string Name, class Operation, fixed_string... Inputs>
struct node_parts<node<Name, Operation, Inputs...>> {
  static constexpr auto name = Name;
  template <fixed_string New>
  using with_name = node<New, Operation, Inputs...>;
  template <class New>
  using with_operation = node<Name, New, Inputs...>;
  template <fixed_string... New>
  using with_inputs = node<Name, Operation, New...>;
  template <fixed_string Old, fixed_string New>
  using redirected = node<Name, Operation, replaced_name<Inputs, Old, New>()...>;
};

template <class Tuple>
struct graph_of_tuple;
template <class... Types>
struct graph_of_tuple<boost::hana::tuple<Types...>> {
  using type = graph<typename Types::type...>;
};

}  // namespace detail

/// The node under another name. Whoever reads it must be redirected.
template <class Node, fixed_string Name>
using with_name = typename detail::node_parts<Node>::template with_name<Name>;
/// The node with another operator: the same name and inputs.
template <class Node, class Operation>
using with_operation = typename detail::node_parts<Node>::template with_operation<Operation>;
/// The node with other inputs.
template <class Node, fixed_string... Inputs>
using with_inputs = typename detail::node_parts<Node>::template with_inputs<Inputs...>;
/// `Node`, but where it reads the node `Old` it reads the node `New`.
template <class Node, class Old, class New>
using redirected = typename detail::node_parts<Node>::template redirected<detail::node_parts<Old>::name, detail::node_parts<New>::name>;

/// The graph of a `hana::tuple` of `hana::type`s of nodes, as `nodes()` gives them. Derive a named struct from it, as from `graph`.
template <class Tuple>
using graph_of = typename detail::graph_of_tuple<std::remove_cvref_t<Tuple>>::type;

}  // namespace dyadic
