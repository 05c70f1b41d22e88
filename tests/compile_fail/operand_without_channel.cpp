// One scale for each output channel, for data.
// expect: to an operand that has none
// expect: operand_without_channel<wrong, .*node_named<'f', 'c'>, .*role_named<'d', 'a', 't', 'a', '_', 'i', 'n'>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 4>, "x">> {};
struct wrong final : config<by_default<none>, by_op<op::linear, Scaled<SymmetricFixed<8, 0>, PerChannel>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
