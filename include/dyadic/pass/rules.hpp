// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file rules.hpp
/// The words of a configuration: rules, and the settings they give.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/base/names.hpp>
#include <dyadic/base/pack.hpp>
#include <dyadic/model/assignment.hpp>
#include <dyadic/model/plan.hpp>

#include <array>
#include <span>
#include <string_view>
#include <type_traits>

namespace dyadic {

// Settings. Each names the scheme of one role; a scheme alone stands for data_in and weight.

/// What flows in: `x` of a linear, both operands of an addition.
template <class Scheme>
struct data_in {};
/// What is learned, or the second operand of a matrix product.
template <class Scheme>
struct weight {};
/// Unless given it follows `weight`.
template <class Scheme>
struct bias {};
/// The result, after the operator.
template <class Scheme>
struct data_out {};
/// The node computes in float32.
struct bypass {};

// Rules, from the weakest to the strongest.

/// For nodes that no other rule matches. Roles that an operator lacks are skipped.
template <class... Settings>
struct by_default {};
/// For all operators of a kind; it may match nothing, so that one configuration serves several networks. Of
/// `op::custom`, which is every user's operator, roles that one of them lacks are skipped, as long as another
/// one has them.
template <op Kind, class... Settings>
struct by_op {};
/// For operators that are of that class, or of one derived from it: `by_class<swish<64>, …>`, or a base of
/// all `swish<N>`. It may match nothing.
template <class Operator, class... Settings>
struct by_class {};
/// For nodes whose name matches a pattern: `*` is any text, `?` any character. Roles that an operator lacks are skipped.
template <fixed_string Pattern, class... Settings>
struct by_glob {};
/// For one node.
template <fixed_string Name, class... Settings>
struct by_name {};

namespace detail {
inline namespace DYADIC_ISA {

enum class rule_rank { by_default, op, of_class, glob, name };

/// A rule as a value.
struct rule_info {
  rule_rank rank = rule_rank::by_default;
  op kind = op::custom;
  std::string_view text;  ///< of by_name and by_glob
  std::uint64_t hash = 0;
  std::array<scheme_pointer, role_count> scheme{};  ///< null: `none`
  std::array<bool, role_count> given{};
  bool bypass = false;
  lowering_pointer lowering;               ///< of a scheme that replaces the operator
  std::array<bool, role_count> implied{};  ///< given without being named: skipped where the operator lacks the role
  std::span<const bool> of_class{};        ///< of by_class, in a graph: by node

  [[nodiscard]] constexpr bool matches(std::size_t i, const node_info& node) const {
    switch (rank) {
      case rule_rank::name: return hash == node.hash && text == node.name;
      case rule_rank::glob: return glob_matches(text, node.name);
      case rule_rank::of_class: return of_class[i];
      case rule_rank::op: return kind == node.operation->kind;
      default: return true;
    }
  }
  /// Must an operator have the roles that are named? Not where a rule is for operators of any kind.
  [[nodiscard]] constexpr bool strict() const {
    return rank == rule_rank::name || rank == rule_rank::of_class ||
           (rank == rule_rank::op && kind != op::custom);
  }
};

/// A setting: which role it gives, and what.
template <class Setting>
struct setting {
  static constexpr role what = role::none;
};
template <class S, role R>
struct role_setting {
  static constexpr role what = R;
  static constexpr scheme_pointer scheme = scheme_of<S>;
};
template <QuantScheme S>
struct setting<data_in<S>> : role_setting<S, role::data_in> {};
template <QuantScheme S>
struct setting<weight<S>> : role_setting<S, role::weight> {};
template <QuantScheme S>
struct setting<bias<S>> : role_setting<S, role::bias> {};
template <QuantScheme S>
struct setting<data_out<S>> : role_setting<S, role::data_out> {};

template <class Setting>
constexpr void read_setting(rule_info& rule) {
  constexpr auto place = [](role r) { return static_cast<std::size_t>(r); };
  if constexpr (std::is_same_v<Setting, bypass> || std::is_same_v<Setting, none>) {
    rule.bypass = true;
  } else if constexpr (OpScheme<Setting>) {
    rule.lowering = lowering_of<Setting>;
  } else if constexpr (QuantScheme<Setting>) {
    for (const role r : {role::data_in, role::weight, role::bias}) {
      rule.given[place(r)] = rule.implied[place(r)] = true;
      rule.scheme[place(r)] = role_setting<Setting, role::none>::scheme;
    }
  } else if constexpr (setting<Setting>::what != role::none) {
    rule.given[place(setting<Setting>::what)] = true;
    rule.scheme[place(setting<Setting>::what)] = setting<Setting>::scheme;
  } else {
    rule.bypass = true;  // reported by check_setting; this keeps it the only error
  }
}

template <class Setting>
struct check_setting {
  static_assert(std::is_same_v<Setting, bypass> || QuantScheme<Setting> || OpScheme<Setting> || setting<Setting>::what != role::none,
                "dyadic::by_default, by_op, by_glob, by_name: a setting is data_in<Scheme>, weight<Scheme>, bias<Scheme>, data_out<Scheme>, bypass, or one "
                "scheme for data_in and weight, such as Fixed<8, 4>; Scheme must satisfy dyadic::QuantScheme. One that replaces its operator (BinaryResidual, "
                "LutNet, LogicNets) stands alone.");
};
template <class... Settings>
constexpr bool given_once(role r) {
  return (0 + ... + (setting<Settings>::what == r ? 1 : 0)) <= 1;
}
template <class... Settings>
struct check_settings {
  static_assert(sizeof...(Settings) != 0,
                "dyadic::by_default, by_op, by_glob, by_name: a rule needs at least one setting: a scheme, data_in<Scheme>, ..., or bypass.");
  static_assert(sizeof...(Settings) == 1 || !((std::is_same_v<Settings, bypass> || QuantScheme<Settings> || OpScheme<Settings>) || ...),
                "dyadic::by_default, by_op, by_glob, by_name: bypass, or a scheme without a role, must be a rule's only setting; name the roles: "
                "data_in<A>, weight<B>.");
  static_assert(given_once<Settings...>(role::data_in) && given_once<Settings...>(role::weight) && given_once<Settings...>(role::bias) &&
                    given_once<Settings...>(role::data_out),
                "dyadic::by_default, by_op, by_glob, by_name: a rule gives one role twice; keep one of the two settings.");
};

template <class... Settings>
constexpr rule_info read_settings() {
  // Checked in classes of their own: a mistake there is one error, not a chain of them.
  static_cast<void>(mistake::raised<check_settings<Settings...>>);
  (static_cast<void>(mistake::raised<check_setting<Settings>>), ...);
  rule_info rule;
  rule.bypass = sizeof...(Settings) == 0;
  (read_setting<Settings>(rule), ...);
  // Bias follows weight.
  constexpr auto w = static_cast<std::size_t>(role::weight), b = static_cast<std::size_t>(role::bias);
  if (rule.given[w] && !rule.given[b]) {
    rule.given[b] = rule.implied[b] = true;
    rule.scheme[b] = rule.scheme[w];
  }
  return rule;
}

/// The scheme that settings give to data_in or weight; `none` where they give none.
template <role R, class... Settings>
struct scheme_for {
  using type = none;
};
template <role R, class First, class... Rest>
struct scheme_for<R, First, Rest...> : scheme_for<R, Rest...> {};
template <role R, QuantScheme S, class... Rest>
struct scheme_for<R, S, Rest...> {
  using type = S;
};
template <QuantScheme S, class... Rest>
struct scheme_for<role::data_in, data_in<S>, Rest...> {
  using type = S;
};
template <QuantScheme S, class... Rest>
struct scheme_for<role::weight, weight<S>, Rest...> {
  using type = S;
};
/// How an execution lowers products that settings decide; not at all where they leave both operands alone.
template <class Execution, class... Settings>
constexpr lowering_pointer lowering_from() {
  using x = typename scheme_for<role::data_in, Settings...>::type;
  using w = typename scheme_for<role::weight, Settings...>::type;
  if constexpr (std::is_same_v<x, none> && std::is_same_v<w, none>) return {};
  else return Execution::template product<x, w>();
}
template <class Execution, class... S>
constexpr lowering_pointer lowering_of_rule(const by_default<S...>*) {
  return lowering_from<Execution, S...>();
}
template <class Execution, op K, class... S>
constexpr lowering_pointer lowering_of_rule(const by_op<K, S...>*) {
  return lowering_from<Execution, S...>();
}
template <class Execution, class O, class... S>
constexpr lowering_pointer lowering_of_rule(const by_class<O, S...>*) {
  return lowering_from<Execution, S...>();
}
template <class Execution, fixed_string P, class... S>
constexpr lowering_pointer lowering_of_rule(const by_glob<P, S...>*) {
  return lowering_from<Execution, S...>();
}
template <class Execution, fixed_string P, class... S>
constexpr lowering_pointer lowering_of_rule(const by_name<P, S...>*) {
  return lowering_from<Execution, S...>();
}

template <class Rule>
inline constexpr bool is_rule = false;
template <class... S>
inline constexpr bool is_rule<by_default<S...>> = true;
template <op K, class... S>
inline constexpr bool is_rule<by_op<K, S...>> = true;
template <class O, class... S>
inline constexpr bool is_rule<by_class<O, S...>> = true;
template <fixed_string P, class... S>
inline constexpr bool is_rule<by_glob<P, S...>> = true;
template <fixed_string P, class... S>
inline constexpr bool is_rule<by_name<P, S...>> = true;

template <class... S>
constexpr rule_info describe_rule(const by_default<S...>*) {
  return read_settings<S...>();
}
template <op K, class... S>
constexpr rule_info describe_rule(const by_op<K, S...>*) {
  rule_info r = read_settings<S...>();
  r.rank = rule_rank::op;
  r.kind = K;
  return r;
}
template <class O>
struct check_class {
  static_assert(std::is_class_v<O> && !QuantScheme<O> && !OpScheme<O>,
                "dyadic::by_class<Operator, Settings...>: Operator must be the class of an operator, such as "
                "linear<64, 32> or one of your own, "
                "or a base class of some.");
};
template <class O, class... S>
constexpr rule_info describe_rule(const by_class<O, S...>*) {
  static_cast<void>(mistake::raised<check_class<O>>);
  rule_info r = read_settings<S...>();
  r.rank = rule_rank::of_class;
  return r;
}
template <fixed_string P, class... S>
constexpr rule_info describe_rule(const by_glob<P, S...>*) {
  rule_info r = read_settings<S...>();
  r.rank = rule_rank::glob;
  r.text = P.view();
  return r;
}
template <fixed_string P, class... S>
constexpr rule_info describe_rule(const by_name<P, S...>*) {
  rule_info r = read_settings<S...>();
  r.rank = rule_rank::name;
  r.text = P.view();
  r.hash = text_hash(P.view());
  return r;
}
constexpr rule_info describe_rule(const void*) {  // no rule, and reported by `config`: one that matches nothing keeps it the only error
  rule_info r;
  r.rank = rule_rank::op;
  r.kind = op::input;
  r.bypass = true;
  return r;
}
template <class Rule>
inline constexpr rule_info info_of_rule = describe_rule(static_cast<const Rule*>(nullptr));

/// Which nodes of a graph have an operator of a class.
template <class O, class... Nodes>
constexpr std::array<bool, sizeof...(Nodes)> find_class(const pack<Nodes...>*) {
  return {std::is_base_of_v<O, typename Nodes::operation>...};
}
template <class G, class O>
inline constexpr auto nodes_of_class = find_class<O>(static_cast<const typename G::node_pack*>(nullptr));

/// A rule as a value, for a graph.
template <class G, class Rule>
constexpr rule_info rule_for(const Rule*) {
  return info_of_rule<Rule>;
}
template <class G, class O, class... S>
constexpr rule_info rule_for(const by_class<O, S...>*) {
  rule_info r = info_of_rule<by_class<O, S...>>;
  r.of_class = nodes_of_class<G, O>;
  return r;
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
