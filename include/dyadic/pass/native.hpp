// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file native.hpp
/// Execution on the codes: `quantize<config, native>(graph, weights)`. Products (linear, conv1d, conv2d, matmul, bmm) then run on
/// integers or in exact sums instead of float32 with quantised values; the summary says which node runs how.
///
///     const auto model = quantize<int8, native>(net{}, weights);     // where codes are integers; other nodes are simulated
///     const auto exact = quantize<floats8, native_exact>(net{}, w);  // every product exact, rounded once
///     const auto fast = quantize<any, native_fast>(net{}, w);        // every product: exact values, float32 sums in a fixed order
///     const auto narrow = quantize<int8, native_accumulator<Fixed<24, 8>>>(net{}, w);  // every product: sums in 24 bits that wrap
///
/// A native node gives Σ x̂·ŵ + b of its quantised operands, rounded once to float32 (`native_fast` where there are no integers: with
/// the error bound of kernel/fast_product.hpp). Under float32 scales (`Scaled`, `Affine`, `NVFP4`) `native` and `native_fast` multiply codes and
/// scales without the rounding of each x̂ to float32, which moves a term by 2^-23 of itself at most; `native_exact` keeps it. A product neither of
/// whose operands has a scheme stays simulated. A simulated node sums in float32, so the two differ by the rounding of that sum.
#include <dyadic/kernel/native_product.hpp>
#include <dyadic/layer/accumulating.hpp>
#include <dyadic/layer/native.hpp>
#include <dyadic/model/lower.hpp>
#include <dyadic/pass/quantize.hpp>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// How the products of one pair of schemes are lowered.
template <class Node>
struct native_lowering {
  static std::string name() { return "native"; }
  static constexpr node_refusal refuses(const operator_info& operation) {
    const product_refusal r = Node::refused(operation.product);
    return {r.why, r.operand == 1 ? role::data_in : r.operand == 2 ? role::weight : role::none};
  }
  static lowered lower(const lowering_request& r) {
    const operator_info& operation = *r.plan.nodes[r.node].operation;
    native_description d{operation.product, operation.geometry, operation.axes_of_input(0), {}, {}, nullptr, 0, mix_seed(r.seed, r.node, 0), 0};
    if (operation.product == product_form::matrices) {
      d.axes_w = operation.axes_of_input(1);
      d.seed_w = mix_seed(r.seed, r.node, 1);
    } else {
      d.axes_w = operation.parameters[0].axes;
      d.weight = r.original[0];
      d.seed_w = mix_seed(r.seed, r.node, seed_of_parameters);
      if (r.quantized.size() > 1) d.bias = r.quantized[1].data, d.bias_count = r.quantized[1].size();
    }
    return {replacement(std::make_shared<const Node>(d))};
  }
};

template <class X, class W, Tier T>
constexpr auto choose_native_node() {
  using integers = native_product<X, W, Tier::integer>;
  if constexpr (T == Tier::automatic) return std::type_identity<native_node<X, W, integers, void>>{};
  else if constexpr (integers::available && (T != Tier::exact || integers::exact)) return std::type_identity<native_node<X, W, integers, native_product<none, none, T>>>{};
  else return std::type_identity<native_node<X, W, native_product<X, W, T>, native_product<none, none, T>>>{};
}

/// The way of lowering as a value. Where it can replace nothing there is no more of it than the reasons.
template <class Node>
constexpr lowering_info describe_native() {
  using way = native_lowering<Node>;
  lowering_info r{[]() -> std::string { return way::name(); }, {}, false, nullptr, true, &way::refuses};
  if constexpr (Node::can(product_form::rows) || Node::can(product_form::images) || Node::can(product_form::matrices))
    r.make = &way::lower;
  return r;
}
template <class Node>
inline constexpr lowering_info native_way = describe_native<Node>();
template <class Node>
constexpr lowering_pointer lowering_to() {
  return native_way<Node>;
}

template <Tier T>
struct native_execution {
  template <class X, class W>
  static constexpr lowering_pointer product() {
    return lowering_to<typename decltype(choose_native_node<X, W, T>())::type>();
  }
};
template <class Accumulator>
struct accumulating_execution {
  template <class X, class W>
  static constexpr lowering_pointer product() {
    return lowering_to<native_node<X, W, counting_product<X, W, Accumulator>, counting_product<none, none, Accumulator>>>();
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Products on the integers of their codes where both operands have some; everything else is simulated.
struct native : detail::native_execution<Tier::automatic> {};
/// As `native`, and every other product with exact values and float32 sums, in an order that neither batch nor threads change.
struct native_fast : detail::native_execution<Tier::fast> {};
/// As `native`, and every other product as its exact sum, rounded once to float32.
struct native_exact : detail::native_execution<Tier::exact> {};
/// Every product with its sums in registers of a `Fixed` format, to which terms are added one after the other and the bias last: what
/// hardware with such registers computes (`accumulator`). `overflows` tells what happened in them.
template <class Format, Overflow O = Overflow::wrap, Round R = Round::nearest_even>
struct native_accumulator : detail::accumulating_execution<accumulator<Format, O, R>> {};

/// `native`, and a mistake if that leaves a product of quantised operands simulated.
using native_required = required<native>;

/// A product that runs simulated under an execution on codes, and why.
struct node_fallback {
  std::string_view node;
  refusal why;
  std::string reason;  ///< a sentence: "data_in E4M3 has codes for NaN or infinity, so …"
};
/// The products of a model whose operands have schemes and that run simulated all the same; none under
/// `simulated`, which wants no others.
template <Graph G, class Config, class Execution>
[[nodiscard]] std::vector<node_fallback> fallbacks(const model<G, Config, Execution>& what) {
  const auto& p = what.plan();
  std::vector<node_fallback> all;
  for (std::size_t i = 0; i < p.refusals.size(); ++i)
    if (detail::falls_back(p.refusals[i]))
      all.push_back({p.nodes[i].name, p.refusals[i].why, detail::reason_in_words(p, i) + "."});
  return all;
}

/// Overflows at a node.
struct node_overflows {
  std::string_view node;
  overflow_counts counts;
};
/// What happened in the accumulators of a model's nodes, in all runs of it and of its copies since it was made:
///
///     const auto narrow = quantize<int8, native_accumulator<Fixed<24, 8>, Overflow::saturate>>(net{}, w);
///     narrow(x);
///     for (const auto& [node, counts] : overflows(narrow)) std::cout << node << ": " << counts.overflows << '\n';
template <Graph G, class Config, class Execution>
[[nodiscard]] std::vector<node_overflows> overflows(const model<G, Config, Execution>& what) {
  const auto& nodes = what.plan().nodes;
  const auto runnable = what.parts();
  std::vector<node_overflows> all;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (const replacement* r = runnable.replacement_at(i); r != nullptr && *r)
      if (const overflow_counts c = r->report().overflow; c.sums != 0) all.push_back({nodes[i].name, c});
  return all;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
