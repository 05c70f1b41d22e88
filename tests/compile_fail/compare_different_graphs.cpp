// Models of two graphs cannot be compared node by node.
// expect: dyadic::compare.a, b, inputs....: a and b must be models of the same graph
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/compare.hpp>
using namespace dyadic;
struct one final : graph<node<"x", input<dyn, 8>>, node<"act", relu, "x">> {};
struct two final : graph<node<"x", input<dyn, 8>>, node<"act2", relu, "x">> {};
auto make(const weights<one>& v, const weights<two>& w, const Tensor<2>& x) { return compare(bind(one{}, v), bind(two{}, w), x); }
