// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file refusals.hpp
/// Products that run simulated although their execution replaces products: in words, and as a mistake where
/// that is not wanted.
#include <dyadic/model/plan.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace dyadic {
namespace mistake {

template <class Node, class Operand, refusal Why>
struct simulated_node;
template <class Config, class... Nodes>
struct product_runs_simulated {
  static_assert(never<Config>,
                "dyadic::required<Execution>: products would run simulated (the type has each node, the operand "
                "whose scheme is in the way, if one is, and the dyadic::refusal that says why; to_string(refusal) "
                "is its sentence). Give these operands other schemes or bypass the nodes; without required<> "
                "they run simulated, and the model's summary says which.");
};

}  // namespace mistake

namespace detail {
inline namespace DYADIC_ISA {

/// Does a product of quantised operands run simulated? Operators that are no products, or have no schemes to
/// multiply, are no such case.
constexpr bool falls_back(const node_refusal& r) {
  return r.why != refusal::none && r.why != refusal::no_product && r.why != refusal::no_scheme;
}

template <class G, class Config, class Execution>
inline constexpr std::size_t fallback_count = [] {
  std::size_t n = 0;
  for (const node_refusal& r : refusals_of<G, Config, Execution>) n += falls_back(r) ? 1U : 0U;
  return n;
}();
/// The positions of these nodes.
template <class G, class Config, class Execution>
inline constexpr auto fallback_nodes = [] {
  std::array<std::size_t, fallback_count<G, Config, Execution>> at{};
  std::size_t n = 0;
  for (std::size_t i = 0; i < nodes_of<G>.size(); ++i)
    if (falls_back(refusals_of<G, Config, Execution>[i])) at[n++] = i;
  return at;
}();

template <role R>
struct operand_text {
  static constexpr std::string_view value = to_string(R);
};
template <class G, class Config, class Execution, std::size_t I>
using spell_fallback = mistake::simulated_node<
    spell_node<G, I>,
    mistake::spell<mistake::role_named, operand_text<refusals_of<G, Config, Execution>[I].operand>>,
    refusals_of<G, Config, Execution>[I].why>;
template <class G, class Config, class Execution, std::size_t... K>
constexpr void report_fallbacks(std::index_sequence<K...>) {
  static_cast<void>(
      mistake::raised<mistake::product_runs_simulated<
          Config, spell_fallback<G, Config, Execution, fallback_nodes<G, Config, Execution>[K]>...>>);
}
/// Stops the compiler where an execution must not leave products simulated, and does.
template <class G, class Config, class Execution>
constexpr void check_required() {
  if constexpr (is_required<Execution>)
    if constexpr (constexpr std::size_t n = fallback_count<G, Config, Execution>; n != 0)
      report_fallbacks<G, Config, Execution>(std::make_index_sequence<n>{});
}

/// Why a node runs its operator, as a sentence without an end: "data_in E4M3 has codes …"; empty if it
/// does not, or has no scheme.
template <class Program>
std::string reason_in_words(const Program& p, std::size_t i) {
  if (p.refusals.empty() || p.refusals[i].why == refusal::none) return {};
  const node_refusal r = p.refusals[i];
  std::string text = p.nodes[i].operation->name();
  if (r.operand != role::none) {
    const scheme_pointer scheme = p.schemes[i][r.operand];
    text = std::string(to_string(r.operand));
    if (scheme != nullptr) text += " " + std::string(scheme->name());
  }
  return text + " " + std::string(to_string(r.why));
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
