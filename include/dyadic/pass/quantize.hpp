// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file quantize.hpp
/// From (graph, weights, configuration) to a model whose operands are quantised as the configuration says. The graph stays as it is: a
/// quantised model is a view of it, and its weights are quantised here, once.
#include <dyadic/model/model.hpp>
#include <dyadic/pass/config.hpp>

#include <array>
#include <memory>
#include <type_traits>
#include <utility>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// A named tensor is looked at, a temporary one is kept: the calibration may have a name, and live longer.
template <class T>
ConstView keep_temporary(T&& tensor, std::shared_ptr<const void>& kept) {
  if constexpr (std::is_lvalue_reference_v<T>) return as_view(tensor);
  else {
    const auto own = std::make_shared<const std::remove_cvref_t<T>>(std::forward<T>(tensor));
    kept = own;
    return as_view(*own);
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// What `calibrate` gives.
template <std::size_t N>
struct calibration {
  std::array<ConstView, N> inputs;
  std::array<std::shared_ptr<const void>, N> kept{};  ///< tensors that were temporaries
};

/// Data to fit schemes to that need it: one tensor per input node, `calibrate(images)`. Tensors with names must live as long as it does.
template <class... Inputs>
requires(detail::TensorArgument<std::remove_cvref_t<Inputs>>&&...)
    [[nodiscard]] calibration<sizeof...(Inputs)> calibrate(Inputs&&... inputs) {
  calibration<sizeof...(Inputs)> c;
  std::size_t k = 0;
  ((c.inputs[k] = detail::keep_temporary(std::forward<Inputs>(inputs), c.kept[k]), ++k), ...);
  return c;
}

/// Executions of pass/native.hpp, so that a program without that header is told so.
/// @{
struct native;
struct native_fast;
struct native_exact;
/// @}

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

template <class Execution>
constexpr void check_execution() {
  static_assert(requires { sizeof(Execution); },
                "dyadic::quantize<Config, Execution>: this execution is only declared here; #include <dyadic/pass/native.hpp> for native, native_fast, "
                "native_exact and their kin.");
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// @tparam Config  a struct derived from `config<…>`, with a `by_default`
/// @tparam Execution  how products run: `simulated` or, on the codes, `native` and its kin (pass/native.hpp)
/// @param w  its weights   @param seed  what stochastic rounding draws its bits from; the same seed gives the same bits
/// @throws error if a parameter was not given, or a scheme wants calibration data
template <class Config, class Execution = simulated, Graph G>
[[nodiscard]] model<G, Config, Execution> quantize(const G&, const weights<G>& w, std::uint64_t seed = 0) {
  detail::check_execution<Execution>();
  if constexpr (metadata<G>::checked) detail::require_default<G, Config>();
  return {std::make_shared<const weights<G>>(w), seed};
}
/// The same, with data for the schemes that are fitted to some: `quantize<tables>(net{}, weights, calibrate(images))`.
template <class Config, class Execution = simulated, Graph G, std::size_t N>
[[nodiscard]] model<G, Config, Execution> quantize(const G&, const weights<G>& w, const calibration<N>& data, std::uint64_t seed = 0) {
  static_assert(N == metadata<G>::inputs,
                "dyadic::quantize: calibrate(...) takes one tensor per input node of the graph, in the graph's order.");
  detail::check_execution<Execution>();
  if constexpr (metadata<G>::checked) detail::require_default<G, Config>();
  return {std::make_shared<const weights<G>>(w), seed, data.inputs};
}

/// Quantises a model further: nodes that `Config` has a rule for get its schemes, the others keep theirs (so it may omit
/// `by_default`). Weights are quantised anew from the float originals, never from quantised ones.
template <class Config, Graph G, class Below, class Execution>
[[nodiscard]] model<G, stacked<Config, Below>, Execution> quantize(const model<G, Below, Execution>& what, std::uint64_t seed) {
  return {what.originals(), seed};
}
/// The same, with the seed of the model.
template <class Config, Graph G, class Below, class Execution>
[[nodiscard]] model<G, stacked<Config, Below>, Execution> quantize(const model<G, Below, Execution>& what) {
  return {what.originals(), what.seed()};
}
/// The same, with data for the schemes that are fitted to some.
template <class Config, Graph G, class Below, class Execution, std::size_t N>
[[nodiscard]] model<G, stacked<Config, Below>, Execution> quantize(const model<G, Below, Execution>& what, const calibration<N>& data) {
  static_assert(N == metadata<G>::inputs,
                "dyadic::quantize: calibrate(...) takes one tensor per input node of the graph, in the graph's order.");
  return {what.originals(), what.seed(), data.inputs};
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
