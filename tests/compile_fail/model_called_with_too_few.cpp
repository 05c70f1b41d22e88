// A model of two inputs called with one.
// expect: dyadic::model: a call takes one tensor per input node of the graph
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/model.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"y", input<dyn, 8>>, node<"sum", add, "x", "y">> {};
auto make(const weights<net>& w, const Tensor<2>& x) { return bind(net{}, w)(x); }
