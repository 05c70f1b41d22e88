// Native execution without its header.
// expect: this execution is only declared here; #include <dyadic/pass/native.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 4>, "x">> {};
struct int8 final : config<by_default<none>, by_op<op::linear, Fixed<8, 4>>> {};
auto make(const weights<net>& w) { return quantize<int8, native>(net{}, w); }
