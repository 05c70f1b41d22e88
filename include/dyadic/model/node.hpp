// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file node.hpp
/// A named operator with the names of its inputs: the brick of a graph. A pure type; nothing is ever constructed.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/layer/operator.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace dyadic {

/// @tparam Name how weights, rules and reports call it; unique within the graph
/// @tparam Operator_type_such_as_relu_or_activation_op_tanh the operator, e.g. `linear<64, 32>`. What is no type at all, as C's function
///         `tanh`, meets no static_assert: of the parameter GCC shows the name, and Clang the line, so these say what is wanted.
/// @tparam Inputs the names of the nodes it reads, in the operator's order; they come earlier in the graph
template <fixed_string Name,
          class Operator_type_such_as_relu_or_activation_op_tanh,  // an operator is a type; for C's function `tanh` write `activation<op::tanh>`
          fixed_string... Inputs>
struct node {
 private:
  using Operation = Operator_type_such_as_relu_or_activation_op_tanh;

 public:
  static_assert(!Name.view().empty(), "dyadic::node<Name, Operator, Inputs...>: Name must not be empty; weights, rules and reports call a node by it.");
  // Not in a static_assert: Clang takes a class with one that does not hold for no class at all, and says so many times.
  enum : std::size_t { checked = sizeof(detail::check_node_operator<Operation>) };
  using operation = std::conditional_t<Operator<Operation>, Operation, detail::any_operator>;
  static constexpr std::string_view name = Name.view();
  static constexpr std::array<std::string_view, sizeof...(Inputs)> inputs{Inputs.view()...};
};

namespace detail {
template <class N>
inline constexpr bool is_node = requires { typename N::operation; N::name; N::inputs; };
/// Also one with a mistake, which looking at its members brings out.
template <fixed_string Name, class Operation, fixed_string... Inputs>
inline constexpr bool is_node<node<Name, Operation, Inputs...>> =
    requires { node<Name, Operation, Inputs...>::name; } || true;
}  // namespace detail

}  // namespace dyadic
