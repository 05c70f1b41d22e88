// A by_class rule names a role that its operator lacks.
// expect: a by_op or by_name rule names a role that the operator of a matching node does not have .*; so does a by_class rule
// expect: role_the_operator_lacks<rules, .*node_named<'h', 'a', 'l', 'f'>, halve, .*role_named<'w', 'e', 'i', 'g', 'h', 't'>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct halve {
  static constexpr op kind = op::custom;
  static std::string name() { return "halve"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments&) {}
};
struct net final : graph<node<"x", input<dyn, 4>>, node<"half", halve, "x">> {};
struct rules final : config<by_default<none>, by_class<halve, weight<Fixed<8, 4>>>> {};
auto make(const weights<net>& w) { return quantize<rules>(net{}, w); }
