// A scheme for an operator that has nothing to quantise.
// expect: dyadic::config<Rules...>: a by_op or by_name rule gives a scheme to an operator that has no data_in, weight or bias
// expect: rule_without_effect<wrong, .*node_named<'f', 'l', 'a', 't'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_name<"flat", Fixed<8, 4>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
