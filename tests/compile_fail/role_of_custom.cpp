// A by_op<op::custom> rule names a role that none of the user's operators has. (One that some of them lack is no mistake.)
// expect: a by_op or by_name rule names a role that the operator of a matching node does not have
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
struct gain {
  static constexpr op kind = op::custom;
  static std::string name() { return "gain"; }
  static constexpr std::array inputs{role::data_in};
#ifdef DYADIC_CONTROL
  static constexpr std::array parameters{parameter{"gamma", role::weight, {4}}};
#else
  static constexpr std::array parameters{parameter{"gamma", role::none, {4}}};
#endif
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments&) {}
};
struct net final : graph<node<"x", input<dyn, 4>>, node<"half", halve, "x">, node<"gain", gain, "half">> {};
struct rules final : config<by_default<none>, by_op<op::custom, data_in<Fixed<8, 4>>, weight<Fixed<8, 4>>>> {};
auto make(const weights<net>& w) { return quantize<rules>(net{}, w); }
