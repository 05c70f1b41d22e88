// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file native.hpp
/// Execution on the codes: `quantize<config, native>(graph, weights)`. Products (linear, conv1d, conv2d, matmul, bmm) then run on
/// integers or in exact sums instead of float32 with quantised values; the summary says which node runs how.
///
///     const auto model = quantize<int8, native>(net{}, weights);     // where codes are integers; other nodes are simulated
///     const auto exact = quantize<floats8, native_exact>(net{}, w);  // every product exact, rounded once
///     const auto fast = quantize<any, native_fast>(net{}, w);        // every product: exact values, float32 sums in a fixed order
///
/// A native node gives Σ x̂·ŵ + b of its quantised operands, rounded once to float32 (`native_fast` where there are no integers: with
/// the error bound of kernel/fast_product.hpp). Under float32 scales (`Scaled`, `Affine`, `NVFP4`) `native` and `native_fast` multiply codes and
/// scales without the rounding of each x̂ to float32, which moves a term by 2^-23 of itself at most; `native_exact` keeps it. A product neither of
/// whose operands has a scheme stays simulated. A simulated node sums in float32, so the two differ by the rounding of that sum.
#include <dyadic/kernel/native_product.hpp>
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
  static constexpr bool calibrates = false;
  static constexpr op_set operators = [] {
    op_set all;
    if (Node::can(product_form::rows)) all.add(op::linear);
    if (Node::can(product_form::images)) all.add(op::conv1d), all.add(op::conv2d);
    if (Node::can(product_form::matrices)) all.add(op::matmul), all.add(op::bmm);
    return all;
  }();
  static lowered lower(const lowering_request& r) {
    const operator_info& operation = *r.plan.nodes[r.node].operation;
    native_description d{operation.product, operation.geometry, {}, nullptr, 0, mix_seed(r.seed, r.node, 0), 0};
    if (operation.product == product_form::matrices) {
      d.seed_w = mix_seed(r.seed, r.node, 1);
    } else {
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

template <Tier T>
struct native_execution {
  template <class X, class W>
  static constexpr lowering_pointer product() {
    using node = typename decltype(choose_native_node<X, W, T>())::type;
    if constexpr (node::can(product_form::rows) || node::can(product_form::images) || node::can(product_form::matrices))
      return lowering_of<native_lowering<node>>;
    else return {};
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

}  // namespace DYADIC_ISA
}  // namespace dyadic
