// SPDX-License-Identifier: BSL-1.0
// Compiling is passing: consistent metadata is found so, and each inconsistency by its name.
#include <dyadic/pass/verify.hpp>

#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/embedding.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>

namespace {
using namespace dyadic;

struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 8>, "flat">, node<"act", relu, "fc1">,
                         node<"sum", add, "act", "fc1">, node<"both", concat<-1>, "sum", "sum", "act">, node<"out", linear<24, 3>, "both">> {};
struct mixed final : config<by_default<none>, by_op<op::linear, Fixed<8, 4>>, by_name<"sum", data_in<Fixed<6, 3>>, data_out<Fixed<4, 2>>>,
                            by_name<"flat", data_out<E4M3>>> {};
struct all final : config<by_default<data_in<Fixed<8, 4>>, weight<E4M3>, data_out<Fixed<6, 3>>>> {};
struct top final : config<by_name<"fc1", none>> {};
static_assert(verify<net>() && verify<net, mixed>() && verify<net, all>());
static_assert(verify<net, stacked<top, mixed>>() && verify<net, stacked<top, unquantized>>(), "where the lower one decides, the upper need not");
static_assert(verdict_of<net, mixed>.sentence() == "all metadata is consistent.");
[[maybe_unused]] bool verify_a_model(const weights<net>& w) {
  const auto model = quantize<mixed>(net{}, w);
  static_assert(verify(model));
  return verify(model);
}

// Mistakes are found as values, without stopping the compiler.
struct unknown_input final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "y">> {};
static_assert(verdict_of<unknown_input>.what == inconsistency::graph && verdict_of<unknown_input>.node == 1);
struct for_nothing final : config<by_default<none>, by_name<"fcc", Fixed<8, 4>>> {};
static_assert(verdict_of<net, for_nothing>.what == inconsistency::rules && verdict_of<net, stacked<for_nothing, mixed>>.what == inconsistency::rules);
static_assert(verdict_of<net, top>.what == inconsistency::undecided && verdict_of<net, top>.node == 0);

// "fc" + "weight" is "fc.weight".
struct two_parameters_of_one_name final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 8>, "x">, node<"fc.weight", learned<8>>, node<"sum", add, "fc", "fc.weight">> {};
static_assert(verdict_of<two_parameters_of_one_name>.what == inconsistency::parameter_name && verdict_of<two_parameters_of_one_name>.node == 2);

// Operators that contradict themselves.
struct custom {
  static constexpr op kind = op::custom;
  static std::string name() { return "custom"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments&) {}
};
struct halves : custom {
  static constexpr inferred infer(std::span<const Extents> in) { return Extents{in[0][0], in[0][1] / 2}; }
};
struct view_that_halves : halves {
  static constexpr bool view = true;
};
struct in_place_that_halves : halves {
  static constexpr bool in_place = true;
};
struct hidden_role : custom {
  static constexpr std::array roles{role::weight};
};
struct hidden_parameter_role : custom {
  static constexpr std::array roles{role::data_in};
  static constexpr std::array<parameter, 1> parameters{parameter{"w", role::weight, {8}}};
};
struct open_parameter : custom {
  static constexpr std::array<parameter, 1> parameters{parameter{"w", role::weight, {dyn}}};
};
struct negative_shape : custom {
  static constexpr inferred infer(std::span<const Extents> in) { return Extents{in[0][0], -7}; }
};
struct parameters_of_one_name : custom {
  static constexpr std::array<parameter, 2> parameters{parameter{"w", role::weight, {8}}, parameter{"w", role::none, {8}}};
};
template <class Operation>
struct with final : graph<node<"x", input<dyn, 8>>, node<"a", Operation, "x">> {};
static_assert(verify<with<custom>>() && verify<with<halves>>());
static_assert(verdict_of<with<view_that_halves>>.what == inconsistency::view_size && verdict_of<with<view_that_halves>>.node == 1);
static_assert(verdict_of<with<in_place_that_halves>>.what == inconsistency::in_place);
static_assert(verdict_of<with<hidden_role>>.what == inconsistency::role_table);
static_assert(verdict_of<with<hidden_parameter_role>>.what == inconsistency::role_table);
static_assert(verdict_of<with<open_parameter>>.what == inconsistency::parameter_shape);
static_assert(verdict_of<with<negative_shape>>.what == inconsistency::shape);
static_assert(verdict_of<with<parameters_of_one_name>>.what == inconsistency::parameter_name);

// A configuration of one's own that gives what an operator lacks, or cannot take.
struct gives_weight_to_all {
  template <class G, class Self>
  static constexpr auto assignments() {
    std::array<assignment, metadata<G>::size> a{};
    for (assignment& x : a) {
      x.decided = true;
      x.by_role[static_cast<std::size_t>(role::weight)] = scheme_of<E4M3>;
    }
    return a;
  }
};
static_assert(verdict_of<net, gives_weight_to_all>.what == inconsistency::scheme && verdict_of<net, gives_weight_to_all>.node == 0);

// Tables that a pass has spoilt: each is found.
template <class Change>
constexpr inconsistency spoilt(Change change) {
  using detail::planned, detail::surveyed, detail::program;
  auto wiring = surveyed<net>;
  auto plan = planned<net, mixed>;
  program p = detail::program_of<net, mixed>;
  change(wiring, plan, p);
  p.shape = wiring.shape;
  p.first_edge = wiring.first_edge;
  p.source = wiring.source;
  p.first_parameter = wiring.first_parameter;
  p.parameters = wiring.parameters;
  p.output = plan.output;
  p.operand = plan.operand;
  return detail::verify_program<7, 9, 4>(p, true).what;
}
static_assert(spoilt([](auto&, auto&, auto&) {}) == inconsistency::none);
static_assert(spoilt([](auto& w, auto&, auto&) { w.shape[3] = Extents{dyn, 9}; }) == inconsistency::shape);
static_assert(spoilt([](auto& w, auto&, auto&) { w.source[3] = 0; }) == inconsistency::edges);
static_assert(spoilt([](auto& w, auto&, auto&) { w.parameters[2].offset -= 16; }) == inconsistency::parameter_place);
static_assert(spoilt([](auto& w, auto&, auto&) { w.parameters[2].what = role::bias; }) == inconsistency::parameter_place);
static_assert(spoilt([](auto&, auto&, auto& p) { --p.parameter_floats, p.parameter_floats -= 15; }) == inconsistency::parameter_place);
static_assert(spoilt([](auto&, auto& plan, auto&) { plan.output[3] = plan.output[2]; }) == inconsistency::buffer, "fc1 is read again by sum");
static_assert(spoilt([](auto&, auto& plan, auto&) { plan.output[3] = 99; }) == inconsistency::buffer);
}  // namespace
