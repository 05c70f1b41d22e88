// A scheme without a role beside one with a role.
// expect: bypass, or a scheme without a role, must be a rule's only setting
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_name<"fc1", Fixed<8, 4>, weight<none>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
