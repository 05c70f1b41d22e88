// A scheme that replaces its operator cannot be given to one operand of it.
// expect: One that replaces its operator \(BinaryResidual, LutNet, LogicNets\) stands alone
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 4>, "x">> {};
struct wrong final : config<by_default<none>, by_op<op::linear, weight<LutNet<4>>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
