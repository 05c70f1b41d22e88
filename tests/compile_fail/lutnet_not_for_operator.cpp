// Tables replace products; an addition has none.
// expect: dyadic::config<Rules...>: a rule gives a scheme to an operator that cannot take it .*exist for linear and conv2d only
// expect: scheme_not_for_this_operator<wrong, .*node_named<'a', 'c', 't'>, .*role_named<'d', 'a', 't', 'a', '_', 'i', 'n'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"act", add, "x", "x">> {};
struct wrong final : config<by_default<none>, by_op<op::add, LutNet<4>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
