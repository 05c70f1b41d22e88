// A by_class rule that is given a scheme where an operator's class belongs.
// expect: dyadic::by_class<Operator, Settings...>: Operator must be the class of an operator
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
#ifdef DYADIC_CONTROL
struct rules final : config<by_default<none>, by_class<halve, data_in<Fixed<8, 4>>>> {};
#else
struct rules final : config<by_default<none>, by_class<Fixed<8, 4>, data_in<Fixed<8, 4>>>> {};
#endif
auto make(const weights<net>& w) { return quantize<rules>(net{}, w); }
