// A by_op rule names a role that its operator lacks.
// expect: dyadic::config<Rules...>: a by_op or by_name rule names a role that the operator of a matching node does not have
// expect: role_the_operator_lacks<wrong, .*node_named<'a', 'c', 't'>, .*role_named<'w', 'e', 'i', 'g', 'h', 't'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_op<op::relu, weight<Fixed<8, 4>>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
