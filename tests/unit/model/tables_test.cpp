// SPDX-License-Identifier: BSL-1.0
// The tables that the compiler works out of graphs and configurations, worked out once more at run time: the same. And tables that
// something has spoilt: `verify` finds each.
#include <dyadic/pass/verify.hpp>

#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/permute.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/native.hpp>
#include <dyadic/pass/quantize.hpp>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {
using namespace dyadic;
using detail::graph_fault, detail::rule_fault;

struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 8>, "flat">, node<"act", relu, "fc1">,
                         node<"sum", add, "act", "fc1">, node<"both", concat<-1>, "sum", "sum", "act">, node<"out", linear<24, 3>, "both">> {};
struct image final : graph<node<"x", input<dyn, 1, 6, 6>>, node<"conv", conv2d<1, 4, 3, stride<2>, padding<1>, no_bias>, "x">,
                           node<"bn", batch_norm2d<4>, "conv">, node<"act", relu, "bn">, node<"rows", reshape<dyn, 4, 9>, "act">,
                           node<"turned", transpose<1, 2>, "rows">, node<"gram", bmm, "rows", "turned">> {};
struct mixed final : config<by_default<none>, by_op<op::linear, Fixed<8, 4>>, by_op<op::bmm, data_in<E4M3>, weight<E5M2>>, by_op<op::relu, data_out<E4M3>>> {};
struct patterns final : config<by_default<data_in<Fixed<8, 4>>, weight<E4M3>, data_out<Fixed<6, 3>>>, by_glob<"?*t", BlockFP<8, 8>>, by_name<"x", bypass>> {};


bool same(const assignment& a, const assignment& b) {
  bool equal = a.decided == b.decided && static_cast<bool>(a.lowering) == static_cast<bool>(b.lowering);
  for (std::size_t r = 0; r < role_count; ++r) {
    equal = equal && (a.by_role[r] == nullptr) == (b.by_role[r] == nullptr);
    if (a.by_role[r] != nullptr && b.by_role[r] != nullptr) equal = equal && a.by_role[r]->name() == b.by_role[r]->name();
  }
  return equal;
}

template <class G, class Config>
void expect_the_compilers_tables() {
  // 1. Wiring and shapes.
  auto nodes = detail::nodes_of<G>;  // a variable: what follows is no constant expression
  constexpr const auto& w = detail::surveyed<G>;
  auto again = detail::survey_nodes<nodes.size(), w.source.size(), w.parameters.size()>(nodes);
  EXPECT_EQ(again.fault, graph_fault::none);
  EXPECT_EQ(again.first_edge, w.first_edge);
  EXPECT_EQ(again.source, w.source);
  EXPECT_TRUE(again.shape == w.shape);
  EXPECT_EQ(again.first_parameter, w.first_parameter);
  EXPECT_EQ(again.parameter_floats, w.parameter_floats);
  for (std::size_t k = 0; k < w.parameters.size(); ++k) {
    EXPECT_EQ(again.parameters[k].full_name(), w.parameters[k].full_name());
    EXPECT_EQ(again.parameters[k].offset, w.parameters[k].offset);
    EXPECT_TRUE(again.parameters[k].is_called(w.parameters[k].full_name()));
    EXPECT_FALSE(again.parameters[k].is_called("another"));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(metadata<G>::find(std::string(nodes[i].name)), i);
  EXPECT_EQ(metadata<G>::find("another"), nodes.size());
  // 2. Which rule wins.
  auto rules = detail::tabulate_rules<G>(static_cast<const Config*>(nullptr));
  auto choice = detail::choose(nodes, rules);
  EXPECT_EQ(choice.fault, rule_fault::none);
  EXPECT_EQ(choice.winner, (detail::chosen<G, Config>.winner));
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_TRUE(same(choice.node[i], detail::chosen<G, Config>.node[i])) << nodes[i].name;
  // 3. Buffers, under both kinds of execution.
  const auto simulation = detail::plan_buffers(nodes, again, choice.node, detail::find_lowerings<G, Config, simulated>());
  EXPECT_EQ(simulation.output, (detail::planned<G, Config>.output));
  EXPECT_EQ(simulation.operand, (detail::planned<G, Config>.operand));
  EXPECT_EQ(simulation.buffers, (detail::planned<G, Config>.buffers));
  const auto on_codes = detail::plan_buffers(nodes, again, choice.node, detail::find_lowerings<G, Config, native_fast>());
  EXPECT_EQ(on_codes.operand, (detail::planned<G, Config, native_fast>.operand));
  // 4. All of it together is consistent.
  detail::program p = detail::make_program<G, Config, simulated>();
  const verdict found = detail::verify_program<nodes.size(), w.source.size(), w.parameters.size()>(p, true);
  EXPECT_TRUE(found.ok()) << found.sentence();
  EXPECT_TRUE((detail::judge<G, Config, simulated>().ok()));
}

TEST(Tables, AreAtRunTimeWhatTheyAreAtCompileTime) {
  expect_the_compilers_tables<net, mixed>();
  expect_the_compilers_tables<net, patterns>();
  expect_the_compilers_tables<image, mixed>();
  expect_the_compilers_tables<image, patterns>();
}

template <class O>
void expect_the_compilers_description() {
  const operator_info again = detail::describe_operator<O>();
  EXPECT_EQ(again.name(), operator_of<O>.name());
  EXPECT_EQ(again.has, operator_of<O>.has);
  EXPECT_EQ(again.parameters.size(), operator_of<O>.parameters.size());
  EXPECT_EQ(again.product, operator_of<O>.product);
  EXPECT_EQ(again.takes(1), operator_of<O>.takes(1));
}
TEST(Tables, DescribeOperators) {
  expect_the_compilers_description<linear<8, 3>>();
  expect_the_compilers_description<conv2d<1, 4, 3, stride<2>, padding<1>, dilation<1>, groups<1>, no_bias>>();
  expect_the_compilers_description<batch_norm2d<4, eps<1, 1000>>>();
  expect_the_compilers_description<instance_norm2d<4, affine, running_stats>>();
  expect_the_compilers_description<concat<-1>>();
  expect_the_compilers_description<transpose<1, 2>>();
  expect_the_compilers_description<bmm>();
}

// Mistakes in graphs, found as values; the compiler's sentences are in compile_fail.
template <class G>
graph_fault fault_of() {
  auto nodes = detail::nodes_of<G>;
  constexpr auto n = detail::count_edges_and_parameters<G>();
  EXPECT_EQ((detail::count_edges_and_parameters<G>()), n);
  const auto w = detail::survey_nodes<nodes.size(), n[0], n[1]>(nodes);
  EXPECT_EQ(w.fault, detail::surveyed<G>.fault);
  EXPECT_EQ(w.faulty_node, detail::surveyed<G>.faulty_node);
  return w.fault;
}
struct nothing final : graph<> {};
struct headless final : graph<node<"a", relu, "a">> {};
struct twins final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "x">, node<"a", relu, "x">> {};
struct stranger final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "y">> {};
struct later final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "b">, node<"b", relu, "x">> {};
struct lonely final : graph<node<"x", input<dyn, 8>>, node<"a", add, "x">> {};
struct misfit final : graph<node<"x", input<dyn, 8>>, node<"a", linear<9, 3>, "x">> {};
TEST(Tables, FindMistakesInGraphs) {
  EXPECT_EQ(fault_of<nothing>(), graph_fault::empty);
  EXPECT_EQ(fault_of<headless>(), graph_fault::first_is_no_input);
  EXPECT_EQ(fault_of<twins>(), graph_fault::duplicate_name);
  EXPECT_EQ(fault_of<stranger>(), graph_fault::unknown_input);
  EXPECT_EQ(fault_of<later>(), graph_fault::unknown_input);
  EXPECT_EQ(fault_of<lonely>(), graph_fault::input_count);
  EXPECT_EQ(fault_of<misfit>(), graph_fault::shape);
}

template <class G, class Config>
rule_fault rules_fault() {
  auto nodes = detail::nodes_of<G>;
  const auto c = detail::choose(nodes, detail::tabulate_rules<G>(static_cast<const Config*>(nullptr)));
  EXPECT_EQ(c.fault, (detail::chosen<G, Config>.fault));
  return c.fault;
}
struct for_nobody final : config<by_default<none>, by_name<"fcc", Fixed<8, 4>>> {};
struct for_no_pattern final : config<by_default<none>, by_glob<"z*", Fixed<8, 4>>> {};
struct equals final : config<by_default<none>, by_glob<"f*", Fixed<8, 4>>, by_glob<"*1", E4M3>> {};
struct lacking final : config<by_default<none>, by_name<"act", weight<E4M3>>> {};
TEST(Tables, FindMistakesInRules) {
  EXPECT_EQ((rules_fault<net, for_nobody>()), rule_fault::for_nothing);
  EXPECT_EQ((rules_fault<net, for_no_pattern>()), rule_fault::for_nothing);
  EXPECT_EQ((rules_fault<net, equals>()), rule_fault::equal_rank);
  EXPECT_EQ((rules_fault<net, lacking>()), rule_fault::role_lacking);
}

template <class Rule>
void expect_the_compilers_rule() {
  const detail::rule_info again = detail::describe_rule(static_cast<const Rule*>(nullptr)), &once = detail::info_of_rule<Rule>;
  EXPECT_EQ(again.rank, once.rank);
  EXPECT_EQ(again.kind, once.kind);
  EXPECT_EQ(again.text, once.text);
  EXPECT_EQ(again.hash, once.hash);
  EXPECT_EQ(again.given, once.given);
  EXPECT_EQ(again.implied, once.implied);
  EXPECT_EQ(again.bypass, once.bypass);
  for (std::size_t r = 0; r < role_count; ++r) EXPECT_EQ(again.scheme[r] == nullptr, once.scheme[r] == nullptr);
  EXPECT_EQ(static_cast<bool>(detail::lowering_of_rule<native_fast>(static_cast<const Rule*>(nullptr))), !again.bypass);
}
TEST(Tables, ReadRules) {
  expect_the_compilers_rule<by_default<none>>();
  expect_the_compilers_rule<by_default<BlockFP<8, 8>>>();
  expect_the_compilers_rule<by_op<op::linear, data_in<E4M3>, weight<E5M2>, data_out<E4M3>>>();
  expect_the_compilers_rule<by_glob<"f*", weight<Fixed<8, 4>>, bias<Fixed<16, 8>>>>();
  expect_the_compilers_rule<by_name<"fc1", data_in<MXFP4>, weight<MXFP4>>>();
  // Bias follows weight, without having been named.
  const auto place = [](role r) { return static_cast<std::size_t>(r); };
  const detail::rule_info follows = detail::read_settings<weight<E4M3>>(), own = detail::read_settings<weight<E4M3>, bias<none>>();
  EXPECT_TRUE(follows.given[place(role::bias)] && follows.implied[place(role::bias)] && follows.scheme[place(role::bias)] != nullptr);
  EXPECT_TRUE(own.given[place(role::bias)] && !own.implied[place(role::bias)] && own.scheme[place(role::bias)] == nullptr);
  EXPECT_FALSE(follows.given[place(role::data_in)]);
}

struct settings {
  std::array<std::int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1}, output_padding{0, 0};
  std::int64_t groups = 1;
  double eps = 1e-5;
  bool bias = true, affine = true, running_stats = false, ceil_mode = false, count_padding = true, causal = false;
};
TEST(Tables, OptionsWriteWhatTheyName) {
  const settings s = detail::with_options<settings, stride<2>, padding<1, 2>, dilation<3, 4>, output_padding<1>, groups<5>, eps<1, 8>, no_bias, no_affine,
                                          running_stats, ceil_mode, exclude_padding, causal>({});
  EXPECT_EQ(s.stride, (std::array<std::int64_t, 2>{2, 2})) << "one number is for both";
  EXPECT_EQ(s.padding, (std::array<std::int64_t, 2>{1, 2}));
  EXPECT_EQ(s.dilation, (std::array<std::int64_t, 2>{3, 4}));
  EXPECT_EQ(s.output_padding, (std::array<std::int64_t, 2>{1, 1}));
  EXPECT_EQ(s.groups, 5);
  EXPECT_EQ(s.eps, 0.125);
  EXPECT_TRUE(!s.bias && !s.affine && s.running_stats && s.ceil_mode && !s.count_padding && s.causal);
  EXPECT_TRUE((detail::with_options<settings, no_affine, affine>({}).affine)) << "the last one counts";
  constexpr dims two{3, 5}, one{3}, flat{3, 0};
  EXPECT_EQ(two.both(), (std::array<std::int64_t, 2>{3, 5}));
  EXPECT_EQ(one.both(), (std::array<std::int64_t, 2>{3, 3}));
  EXPECT_TRUE(two.positive() && !flat.positive());
}

TEST(Tables, PatternsMatchWhatTheyShould) {
  struct row {
    const char *pattern, *text;
    bool matches;
  };
  for (const row& r : {row{"", "", true}, row{"", "a", false}, row{"*", "", true}, row{"*", "block1.q", true}, row{"block*.q", "block1.q", true},
                       row{"block*.q", "block12.q", true}, row{"block*.q", "block1.qs", false}, row{"block?.q", "block1.q", true},
                       row{"block?.q", "block12.q", false}, row{"?", "", false}, row{"a*b*c", "a-b-b-c", true}, row{"a*b*c", "a-b-b", false},
                       row{"**a", "bca", true}, row{"*a", "ab", false}, row{"abc", "abc", true}, row{"abc", "abd", false}, row{"a*", "a", true}})
    EXPECT_EQ(glob_matches(r.pattern, r.text), r.matches) << r.pattern << " on " << r.text;
}

// What the executor would read is spoilt in one place; `verify` names the kind of it.
template <class Change>
inconsistency spoilt(Change change) {
  auto wiring = detail::surveyed<net>;
  auto plan = detail::planned<net, mixed>;
  auto schemes = detail::assignments_of<net, mixed>;
  auto nodes = detail::nodes_of<net>;
  detail::program p = detail::program_of<net, mixed>;
  change(wiring, plan, schemes, nodes);
  p.nodes = nodes;
  p.shape = wiring.shape;
  p.first_edge = wiring.first_edge;
  p.source = wiring.source;
  p.first_parameter = wiring.first_parameter;
  p.parameters = wiring.parameters;
  p.schemes = schemes;
  p.output = plan.output;
  p.operand = plan.operand;
  p.buffers = plan.buffers;
  return detail::verify_program<7, 9, 4>(p, true).what;
}
TEST(Tables, SpoiltOnesAreFound) {
  const auto weight_place = static_cast<std::size_t>(role::weight);
  EXPECT_EQ(spoilt([](auto&, auto&, auto&, auto&) {}), inconsistency::none);
  EXPECT_EQ(spoilt([](auto&, auto&, auto&, auto& n) { n[3].name = "another"; }), inconsistency::name) << "the hash is of the old name";
  EXPECT_EQ(spoilt([](auto&, auto&, auto&, auto& n) { n[3] = n[2]; }), inconsistency::name);
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.shape[3] = Extents{dyn, 9}; }), inconsistency::shape);
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.source[3] = 0; }), inconsistency::edges);
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.source[2] = 5; }), inconsistency::edges) << "a later node";
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.first_edge[4] = 9; }), inconsistency::edges);
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.parameters[1].offset = 1; }), inconsistency::parameter_place);
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.parameters[1].offset = 0; }), inconsistency::parameter_place) << "over the one before";
  EXPECT_EQ(spoilt([](auto& w, auto&, auto&, auto&) { w.parameters[1].name = "weight"; }), inconsistency::parameter_name);
  EXPECT_EQ(spoilt([](auto&, auto&, auto& s, auto&) { s[2].decided = false; }), inconsistency::undecided);
  EXPECT_EQ(spoilt([=](auto&, auto&, auto& s, auto&) { s[3].by_role[weight_place] = scheme_of<E4M3>; }), inconsistency::scheme);
  EXPECT_EQ(spoilt([](auto&, auto& p, auto&, auto&) { p.output[3] = 99; }), inconsistency::buffer);
  EXPECT_EQ(spoilt([](auto&, auto& p, auto&, auto&) { p.operand[1] = 99; }), inconsistency::buffer);
  EXPECT_EQ(spoilt([](auto&, auto& p, auto&, auto&) { p.output[3] = p.output[2]; }), inconsistency::buffer) << "fc1 is read again by sum";
  EXPECT_EQ(spoilt([](auto&, auto& p, auto&, auto&) { p.buffers = -1; }), inconsistency::buffer);
}
TEST(Tables, EveryInconsistencyHasASentence) {
  for (int k = 0; k <= static_cast<int>(inconsistency::buffer); ++k) EXPECT_TRUE(to_string(static_cast<inconsistency>(k)).ends_with('.'));
}

}  // namespace
