// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file graph.hpp
/// A network as a type: nodes in order, each naming its inputs; the first is an input, the last is the output.
#include <dyadic/base/pack.hpp>
#include <dyadic/model/node.hpp>

// Declarations suffice here: every source would pay for the whole of Hana's tuple, and only passes of a user's own need it.
#include <boost/hana/fwd/tuple.hpp>
#include <boost/hana/fwd/type.hpp>
#include <cstddef>
#include <type_traits>

namespace dyadic {

namespace detail {
template <class T>
concept is_defined = requires { sizeof(T); };
}

/// Derive a named struct from it, `struct net final : graph<…> {};`: the name, not the list, then appears in symbols and
/// messages (an alias costs megabytes of symbols at 256 nodes).
template <class... Nodes>
struct graph {
  using node_pack = pack<Nodes...>;

  /// The nodes as a `hana::tuple` of `hana::type`s, for passes of your own: `hana::filter`, `hana::transform`, `hana::for_each`.
  /// Whoever calls it includes `<dyadic/model/rewrite.hpp>`, or `<boost/hana.hpp>`.
  static constexpr auto nodes() {
    constexpr bool defined = detail::is_defined<boost::hana::tuple<std::integral_constant<std::size_t, sizeof...(Nodes)>>>;
    static_assert(defined,
                  "dyadic: nodes() gives a boost::hana::tuple, which is only declared here; #include <dyadic/model/rewrite.hpp>, or "
                  "<boost/hana.hpp>, before the call.");
    if constexpr (defined) return boost::hana::make_tuple(boost::hana::type_c<Nodes>...);
  }
};

namespace detail {
template <class... Nodes>
void is_graph(const graph<Nodes...>&);
}

/// A type made with `graph<…>`.
template <class G>
concept Graph = requires(const G& g) { detail::is_graph(g); };

}  // namespace dyadic
