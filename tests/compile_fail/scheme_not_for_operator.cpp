// A scheme that replaces its operator, on one that it cannot replace.
// expect: dyadic::config<Rules...>: a rule gives a scheme to an operator that cannot take it
// expect: scheme_not_for_this_operator<wrong, .*node_named<'a', 'c', 't'>, .*role_named<'d', 'a', 't', 'a', '_', 'i', 'n'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
using table_lookup = Fixed<3, 1>;
template <>
inline constexpr op_set dyadic::operators_of<table_lookup> = {op::linear, op::conv2d};
struct net final : graph<node<"x", input<dyn, 8>>, node<"act", relu, "x">> {};
struct wrong final : config<by_default<none>, by_op<op::relu, data_in<table_lookup>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
