// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file graph.hpp
/// A network as a type: nodes in order, each naming its inputs; the first is an input, the last is the output.
#include <dyadic/base/pack.hpp>
#include <dyadic/model/node.hpp>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>
#include <type_traits>

namespace dyadic {

/// Derive a named struct from it, `struct net final : graph<…> {};`: the name, not the list, then appears in symbols and
/// messages (an alias costs megabytes of symbols at 256 nodes).
template <class... Nodes>
struct graph {
  using node_pack = pack<Nodes...>;

  /// The nodes as a `hana::tuple` of `hana::type`s, for passes of your own: `hana::filter`, `hana::transform`, `hana::for_each`.
  static constexpr auto nodes() { return boost::hana::make_tuple(boost::hana::type_c<Nodes>...); }
};

namespace detail {
template <class... Nodes>
void is_graph(const graph<Nodes...>&);
}

/// A type made with `graph<…>`.
template <class G>
concept Graph = requires(const G& g) { detail::is_graph(g); };

}  // namespace dyadic
