// A runner whose output is to be a vector, of a graph whose result is a batch of them.
// expect: dyadic::runner: the last tensor, the output, has another rank than the graph's result
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/model.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"y", relu, "x">> {};
#ifdef DYADIC_CONTROL
using output = Tensor<2>;
#else
using output = Tensor<1>;
#endif
void run(const weights<net>& w, const Tensor<2>& x, output& y) { prepare(bind(net{}, w), 4)(x, y); }
