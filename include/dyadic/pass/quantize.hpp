// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file quantize.hpp
/// From (graph, weights, configuration) to a model whose operands are quantised as the configuration says. The graph stays as it is: a
/// quantised model is a view of it, and its weights are quantised here, once.
#include <dyadic/model/model.hpp>
#include <dyadic/pass/config.hpp>

namespace dyadic {
inline namespace DYADIC_ISA {

/// @tparam Config  a struct derived from `config<…>`, with a `by_default`
/// @param seed  what stochastic rounding draws its bits from; the same seed gives the same bits
/// @throws error if a parameter was not given
template <class Config, Graph G>
[[nodiscard]] model<G, Config> quantize(const G&, const weights<G>& w, std::uint64_t seed = 0) {
  if constexpr (metadata<G>::checked) detail::require_default<G, Config>();
  return {std::make_shared<const weights<G>>(w), seed};
}

/// Quantises a model further: nodes that `Config` has a rule for get its schemes, the others keep theirs (so it may omit
/// `by_default`). Weights are quantised anew from the float originals, never from quantised ones.
template <class Config, Graph G, class Below>
[[nodiscard]] model<G, stacked<Config, Below>> quantize(const model<G, Below>& what, std::uint64_t seed) {
  return {what.originals(), seed};
}
template <class Config, Graph G, class Below>
[[nodiscard]] model<G, stacked<Config, Below>> quantize(const model<G, Below>& what) {
  return {what.originals(), what.seed()};
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
