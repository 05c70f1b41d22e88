// A by_name rule names a role that its operator lacks.
// expect: dyadic::config<Rules...>: a by_op or by_name rule names a role that the operator of a matching node does not have
// expect: role_the_operator_lacks<wrong, .*node_named<'f', 'l', 'a', 't'>, .*flatten.*role_named<'d', 'a', 't', 'a', '_', 'i', 'n'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_name<"flat", data_in<Fixed<8, 4>>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
