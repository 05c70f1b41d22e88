// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file config.hpp
/// Which operand is quantised with which scheme: a list of rules, by name, by pattern, by operator, by default.
///
///     struct mixed final : config<
///         by_default<none>,
///         by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>>,
///         by_name<"fc3", BlockFP<8, 8>>> {};            // one scheme: for data_in and weight
///
/// A name beats a pattern beats a class of operators beats a kind of them beats the default; the rule that
/// wins replaces the others whole. A role that it does not give is not quantised, except that bias follows
/// weight.
#include <dyadic/base/pack.hpp>
#include <dyadic/pass/rules.hpp>

namespace dyadic {

/// Derive a named struct from it, `struct mixed final : config<…> {};`, as with `graph`.
template <class... Rules>
struct config {
  using rule_pack = pack<Rules...>;

  /// The schemes of every node of `G`; a node without a rule is left undecided. A mistake stops the compiler.
  /// @tparam Self  the struct derived from this one, so that its name appears in messages and not the list
  template <class G, class Self>
  static constexpr auto assignments();
  /// How every node is lowered under an execution: as a scheme that replaces its operator says, else as the execution does.
  template <class G, class Self, class Execution>
  static constexpr auto lowerings();
  /// Why nodes that have schemes, and are not lowered, are not.
  template <class G, class Self, class Execution>
  static constexpr auto refusals();
};

/// `Top` where it has a rule for a node, `Below` elsewhere: what quantising a quantised model gives.
template <class Top, class Below>
struct stacked {
  using top = Top;
  using below = Below;

  template <class G, class Self>
  static constexpr auto assignments();
  template <class G, class Self, class Execution>
  static constexpr auto lowerings();
  template <class G, class Self, class Execution>
  static constexpr auto refusals();
};

namespace detail {
inline namespace DYADIC_ISA {

enum class rule_fault { none, for_nothing, equal_rank, role_lacking, no_effect, not_for_operator, no_channel };

template <std::size_t N>
struct choice {
  std::array<assignment, N> node{};
  std::array<std::size_t, N> winner{};  ///< which rule it got its assignment from
  rule_fault fault = rule_fault::none;
  std::size_t faulty_node = 0, rule = 0, other_rule = 0;
  role what = role::none;

  constexpr choice failed(rule_fault f, std::size_t i, std::size_t r, std::size_t s = 0, role x = role::none) {
    fault = f;
    faulty_node = i;
    rule = r;
    other_rule = s;
    what = x;
    return *this;
  }
};

/// What a rule gives a node, or why it cannot.
constexpr rule_fault apply_rule(const rule_info& rule, const operator_info& operation, assignment& to, role& culprit) {
  to.decided = true;
  if (rule.bypass) return rule_fault::none;
  if (rule.lowering) {
    constexpr auto data = static_cast<std::size_t>(role::data_in);
    if (!operation.has[data] && !rule.strict()) return rule_fault::none;
    culprit = role::data_in;
    if (!rule.lowering->operators.contains(operation.kind) || operation.product == product_form::none) return rule_fault::not_for_operator;
    to.lowering = rule.lowering;
    return rule_fault::none;
  }
  const bool strict = rule.strict();
  bool used = false;
  for (const role r : {role::data_in, role::weight, role::bias, role::data_out}) {
    const auto k = static_cast<std::size_t>(r);
    if (!rule.given[k]) continue;
    if (!operation.has[k]) {
      if (!strict || rule.implied[k]) continue;
      culprit = r;
      return rule_fault::role_lacking;
    }
    used = true;
    if (rule.scheme[k] == nullptr) continue;
    if (!rule.scheme[k]->operators.contains(operation.kind)) {
      culprit = r;
      return rule_fault::not_for_operator;
    }
    if (rule.scheme[k]->per_channel && !operation.has_channel(r)) {
      culprit = r;
      return rule_fault::no_channel;
    }
    to.by_role[k] = rule.scheme[k];
  }
  return used || !strict ? rule_fault::none : rule_fault::no_effect;
}

template <std::size_t N, std::size_t R>
constexpr choice<N> choose(const std::array<node_info, N>& nodes, const std::array<rule_info, R>& rules) {
  choice<N> c;
  std::array<bool, R + 1> matched{};
  std::array<std::size_t, R + 1> first{};               // the first node that matches
  std::array<std::array<bool, role_count>, R + 1> met{};  // roles of all that do
  for (std::size_t i = 0; i < N; ++i) {
    const operator_info& operation = *nodes[i].operation;
    // 1. The best rule; a second one of its rank is a mistake. Rules that match but lose must make sense too.
    std::size_t best = R, equal = R;
    for (std::size_t r = 0; r < R; ++r) {
      if (!rules[r].matches(i, nodes[i])) continue;
      if (!matched[r]) first[r] = i;
      matched[r] = true;
      for (std::size_t x = 0; x < role_count; ++x) met[r][x] = met[r][x] || operation.has[x];
      assignment given;
      role culprit = role::none;
      if (const rule_fault f = apply_rule(rules[r], operation, given, culprit); f != rule_fault::none) return c.failed(f, i, r, 0, culprit);
      if (best != R && rules[best].rank > rules[r].rank) continue;
      equal = best != R && rules[best].rank == rules[r].rank ? best : R;
      best = r;
      c.winner[i] = r;
      c.node[i] = given;
    }
    if (equal != R) return c.failed(rule_fault::equal_rank, i, equal, best);
  }
  // 2. Names and patterns that nothing answers to.
  for (std::size_t r = 0; r < R; ++r)
    if (!matched[r] && (rules[r].rank == rule_rank::name || rules[r].rank == rule_rank::glob)) return c.failed(rule_fault::for_nothing, 0, r);
  // 3. Roles that a rule for all users' operators names, and none of them has.
  for (std::size_t r = 0; r < R; ++r)
    if (rules[r].rank == rule_rank::op && !rules[r].strict() && matched[r])
      for (const role x : {role::data_in, role::weight, role::bias, role::data_out}) {
        const auto k = static_cast<std::size_t>(x);
        if (rules[r].given[k] && !rules[r].implied[k] && !met[r][k])
          return c.failed(rule_fault::role_lacking, first[r], r, 0, x);
      }
  return c;
}

template <class Rule>
struct check_rule {
  static_assert(is_rule<Rule>,
                "dyadic::config<Rules...>: every argument must be a rule: by_default<...>, by_op<...>, "
                "by_class<...>, by_glob<...> or by_name<...>.");
};
template <class G, class... Rules>
constexpr std::array<rule_info, sizeof...(Rules)> tabulate_rules(const config<Rules...>*) {
  (static_cast<void>(mistake::raised<check_rule<Rules>>), ...);
  return {rule_for<G>(static_cast<const Rules*>(nullptr))...};
}
template <class G, class Config>
inline constexpr auto chosen = choose(nodes_of<G>, tabulate_rules<G>(static_cast<const Config*>(nullptr)));

template <class Rule>
struct rule_text {
  static constexpr std::string_view value = info_of_rule<Rule>.text;
};
template <role R>
struct role_text {
  static constexpr std::string_view value = to_string(R);
};

/// Stops the compiler at the first mistake of a configuration (see model/mistake.hpp).
template <class G, class Config>
constexpr void report_config() {
  constexpr auto fault = chosen<G, Config>.fault;
  if constexpr (fault != rule_fault::none) {
    constexpr std::size_t i = chosen<G, Config>.faulty_node;
    using rule = at<chosen<G, Config>.rule, typename Config::rule_pack>;
    using who = spell_node<G, i>;
    using culprit = mistake::spell<mistake::role_named, role_text<chosen<G, Config>.what>>;
    if constexpr (fault == rule_fault::for_nothing && info_of_rule<rule>.rank == rule_rank::name) {
      static_cast<void>(mistake::raised<mistake::rule_for_nothing<Config, mistake::spell<mistake::no_node_named, rule_text<rule>>>>);
    } else if constexpr (fault == rule_fault::for_nothing) {
      static_cast<void>(mistake::raised<mistake::rule_for_nothing<Config, mistake::spell<mistake::no_node_matches, rule_text<rule>>>>);
    } else if constexpr (fault == rule_fault::equal_rank) {
      static_cast<void>(mistake::raised<mistake::rules_of_equal_rank<Config, who, rule, at<chosen<G, Config>.other_rule, typename Config::rule_pack>>>);
    } else if constexpr (fault == rule_fault::role_lacking) {
      static_cast<void>(mistake::raised<mistake::role_the_operator_lacks<Config, who, operation_at<G, i>, rule, culprit>>);
    } else if constexpr (fault == rule_fault::no_effect) {
      static_cast<void>(mistake::raised<mistake::rule_without_effect<Config, who, operation_at<G, i>, rule>>);
    } else if constexpr (fault == rule_fault::no_channel) {
      static_cast<void>(mistake::raised<mistake::operand_without_channel<Config, who, operation_at<G, i>, rule, culprit>>);
    } else if constexpr (fault == rule_fault::not_for_operator) {
      static_cast<void>(mistake::raised<mistake::scheme_not_for_this_operator<Config, who, operation_at<G, i>, rule, culprit>>);
    }
  }
}

/// The first node that no rule of `Config` decides, or N.
template <class G, class Config>
constexpr std::size_t first_undecided() {
  const auto& all = assignments_of<G, Config>;
  std::size_t i = 0;
  while (i < all.size() && all[i].decided) ++i;
  return i;
}
template <class G, class Config>
constexpr bool has_mistake() {
  if constexpr (requires { typename Config::rule_pack; }) return chosen<G, Config>.fault != rule_fault::none;
  else if constexpr (requires { typename Config::below; }) return has_mistake<G, typename Config::top>() || has_mistake<G, typename Config::below>();
  else return false;
}
/// A complete configuration decides every node.
template <class G, class Config>
constexpr void require_default() {
  constexpr std::size_t i = first_undecided<G, Config>();
  if constexpr (i < nodes_of<G>.size() && !has_mistake<G, Config>()) static_cast<void>(mistake::raised<mistake::no_default<Config, spell_node<G, i>>>);
}

}  // namespace DYADIC_ISA
}  // namespace detail

template <class... Rules>
template <class G, class Self>
constexpr auto config<Rules...>::assignments() {
  detail::report_config<G, Self>();
  return detail::chosen<G, Self>.node;
}

namespace detail {
inline namespace DYADIC_ISA {

/// How each rule's products are lowered under an execution.
template <class Execution, class... Rules>
constexpr std::array<lowering_pointer, sizeof...(Rules)> lowerings_by_rule(const config<Rules...>*) {
  return {lowering_of_rule<Execution>(static_cast<const Rules*>(nullptr))...};
}
/// Why a node that some rule decides is not lowered as that rule's products are; `none`: it is, or has
/// nothing to be lowered.
constexpr node_refusal refusal_of_node(const assignment& schemes, const operator_info& operation,
                                       const lowering_pointer& way) {
  if (schemes.lowering || !schemes.changes_anything()) return {};
  if (operation.product == product_form::none) return {refusal::no_product};
  if (schemes[role::data_in] == nullptr && schemes[role::weight] == nullptr) return {refusal::no_scheme};
  return way ? way->refusal_of(operation) : node_refusal{refusal::not_taken};
}

}  // namespace DYADIC_ISA
}  // namespace detail

template <class... Rules>
template <class G, class Self, class Execution>
constexpr auto config<Rules...>::lowerings() {
  const auto by_rule = detail::lowerings_by_rule<Execution>(static_cast<const Self*>(nullptr));
  const auto& all = detail::chosen<G, Self>;
  std::array<lowering_pointer, detail::nodes_of<G>.size()> made{};
  for (std::size_t i = 0; i < made.size(); ++i) {
    const operator_info& operation = *detail::nodes_of<G>[i].operation;
    if (all.node[i].lowering) {
      made[i] = all.node[i].lowering;
    } else if (all.node[i].decided && operation.product != product_form::none) {
      const lowering_pointer product = by_rule[all.winner[i]];
      if (product && product->refusal_of(operation).why == refusal::none) made[i] = product;
    }
  }
  return made;
}

template <class... Rules>
template <class G, class Self, class Execution>
constexpr auto config<Rules...>::refusals() {
  const auto by_rule = detail::lowerings_by_rule<Execution>(static_cast<const Self*>(nullptr));
  const auto& all = detail::chosen<G, Self>;
  std::array<node_refusal, detail::nodes_of<G>.size()> why{};
  for (std::size_t i = 0; i < why.size(); ++i)
    if (all.node[i].decided)
      why[i] =
          detail::refusal_of_node(all.node[i], *detail::nodes_of<G>[i].operation, by_rule[all.winner[i]]);
  return why;
}

template <class Top, class Below>
template <class G, class Self, class Execution>
constexpr auto stacked<Top, Below>::refusals() {
  auto all = detail::refusals_of<G, Below, Execution>;
  const auto& top = detail::refusals_of<G, Top, Execution>;
  const auto& decided = detail::assignments_of<G, Top>;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (decided[i].decided) all[i] = top[i];
  return all;
}

template <class Top, class Below>
template <class G, class Self, class Execution>
constexpr auto stacked<Top, Below>::lowerings() {
  auto all = detail::lowerings_of<G, Below, Execution>;
  const auto& top = detail::lowerings_of<G, Top, Execution>;
  const auto& decided = detail::assignments_of<G, Top>;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (decided[i].decided) all[i] = top[i];
  return all;
}

template <class Top, class Below>
template <class G, class Self>
constexpr auto stacked<Top, Below>::assignments() {
  auto all = detail::assignments_of<G, Below>;
  const auto& top = detail::assignments_of<G, Top>;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (top[i].decided) all[i] = top[i];
  return all;
}

}  // namespace dyadic
