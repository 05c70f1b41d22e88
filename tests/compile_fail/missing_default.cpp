// A node that no rule matches, and no default.
// expect: dyadic::config<Rules...>: no rule matches a node .it is spelled in the type. and there is no default
// expect: no_default<wrong, .*node_named<'x'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_op<op::linear, Fixed<8, 4>>, by_glob<"??*a*", none>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
