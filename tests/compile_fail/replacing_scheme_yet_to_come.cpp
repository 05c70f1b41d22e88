// A scheme that replaces its operator, on one that it could replace: it does not exist yet, and the compiler says so.
// expect: dyadic::BinaryResidual, LutNet, LogicNets: this scheme cannot be used yet; it arrives with the operator-replacing schemes
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 4>, "x">> {};
struct early final : config<by_default<none>, by_op<op::linear, weight<LutNet<4>>>> {};
auto make(const weights<net>& w) { return quantize<early>(net{}, w); }
