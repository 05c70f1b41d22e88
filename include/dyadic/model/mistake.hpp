// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mistake.hpp
/// What a compiler prints when a graph or a configuration is wrong. Checks find mistakes in tables of plain values; here they
/// become types, because a type's arguments are the one place where both compilers print values: names as characters in a row,
/// shapes as extents (-1 is `dyn`). Every template here fails when instantiated, with a sentence.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace dyadic::mistake {

// Never defined: they exist to be printed.
template <char... Name>
struct node_named;
template <char... Name>
struct no_node_named;
template <char... Pattern>
struct no_node_matches;
template <char... Name>
struct role_named;
template <class... Shapes>
struct got;
template <class Shape>
struct wanted;
template <std::int64_t... Extents>
struct shape;

/// False, but not before a template is instantiated.
template <class...>
inline constexpr bool never = false;

template <class Graph>
struct empty_graph {
  static_assert(never<Graph>, "dyadic::graph<Nodes...>: a graph needs at least one node; begin with node<\"x\", input<dyn, 8, 8>>.");
};
template <class Node>
struct first_node_is_no_input {
  static_assert(never<Node>, "dyadic::graph<Nodes...>: the first node must be an input, such as node<\"x\", input<dyn, 8, 8>>.");
};
template <class Node>
struct duplicate_node_name {
  static_assert(never<Node>, "dyadic::graph<Nodes...>: two nodes have the same name, which is spelled in the type; rename one of them.");
};
template <class Node, class Missing>
struct unknown_input {
  static_assert(never<Node>,
                "dyadic::node<Name, Operator, Inputs...>: a node reads from a name that no earlier node has (both are spelled in the type); correct "
                "the name, or move the node it means before the one that reads it.");
};
template <class Node, class Operator, std::size_t Given, std::size_t Needed>
struct wrong_number_of_inputs {
  static_assert(never<Node>,
                "dyadic::node<Name, Operator, Inputs...>: a node names more or fewer inputs than its operator takes (the type has the node, the operator, "
                "the number given and the number needed); name one input per operand.");
};
template <class Node, class Operator, class Got, class Wanted>
struct shape_mismatch {
  static_assert(never<Node>,
                "dyadic::graph<Nodes...>: an operator cannot take the shape of its input (the type has the node, the operator, the shapes it "
                "gets and the one it wants; -1 stands for dyn); change the operator's sizes or the node it reads.");
};
template <class Missing>
struct unknown_parameter {
  static_assert(never<Missing>,
                "dyadic::weights<Graph>: no node of this graph has a parameter of that name, which is spelled in the type; names are "
                "<node>.<parameter>, such as fc1.weight.");
};
template <class Config, class Missing>
struct rule_for_nothing {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: a by_name or by_glob rule matches no node of this graph (what it asks for is spelled in the type); correct "
                "the name or remove the rule. Only by_op, by_class and by_default may match nothing.");
};
template <class Config, class Node, class RuleA, class RuleB>
struct rules_of_equal_rank {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: two rules of equal rank match one node, and neither wins (the type has the node and both rules); by_name beats "
                "by_glob beats by_class beats by_op beats by_default: remove one or make it more specific.");
};
template <class Config, class Node>
struct no_default {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: no rule matches a node (it is spelled in the type) and there is no default; add by_default<none>, or another "
                "scheme. Only a config stacked on a quantised model may omit it.");
};
template <class Config, class Node, class Operator, class Rule, class Role>
struct role_the_operator_lacks {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: a by_op or by_name rule names a role that the operator of a "
                "matching node does not have (the type has the node, "
                "the operator, the rule and the role); so does a by_class rule. Remove that role from the "
                "rule. by_default and by_glob skip such "
                "roles, and so does by_op<op::custom> if another operator of yours has it.");
};
template <class Config, class Node, class Operator, class Rule>
struct rule_without_effect {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: a by_op or by_name rule gives a scheme to an operator that has no data_in, weight or bias to quantise (the type "
                "has the node, the operator and the rule); remove the rule, or give data_out<Scheme>.");
};
template <class Config, class Node, class Operator, class Rule, class Role>
struct scheme_not_for_this_operator {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: a rule gives a scheme to an operator that cannot take it (the type has the node, the operator, the rule and the "
                "role); schemes that replace an operator exist for linear and conv2d only: restrict the rule with by_op.");
};
template <class Config, class Node, class Operator, class Rule, class Role>
struct operand_without_channel {
  static_assert(never<Config>,
                "dyadic::config<Rules...>: a rule gives a scheme with one scale for each output channel (PerChannel) to an operand that has none (the type "
                "has the node, the operator, the rule and the role); output channels are a weight's: give the weight this scheme, and data one that is "
                "PerToken or PerTensor.");
};
template <class A, class B>
struct models_of_different_graphs {
  static_assert(never<A>, "dyadic::compare(a, b, inputs...): a and b must be models of the same graph; bind or quantise one graph twice.");
};

/// Spells a text that is a constant, `Text::value`, as characters of `Out<...>`.
template <template <char...> class Out, class Text, class = std::make_index_sequence<Text::value.size()>>
struct spelled;
template <template <char...> class Out, class Text, std::size_t... I>
struct spelled<Out, Text, std::index_sequence<I...>> {
  using type = Out<Text::value[I]...>;
};
/// `Out<'a', 'b'>` of a text that is a constant.
template <template <char...> class Out, class Text>
using spell = typename spelled<Out, Text>::type;

/// Spells extents that are a constant, `Value::value`.
template <class Value, class = std::make_index_sequence<static_cast<std::size_t>(Value::value.rank())>>
struct spelled_shape;
template <class Value, std::size_t... I>
struct spelled_shape<Value, std::index_sequence<I...>> {
  using type = shape<Value::value[static_cast<int>(I)]...>;
};

/// Makes the compiler stop at `Mistake`. A variable, not a function: Clang then goes on as if nothing were wrong, and prints
/// one error instead of one per use.
template <class Mistake>
inline constexpr std::size_t raised = sizeof(Mistake);

}  // namespace dyadic::mistake
