// A model that wants a batch of vectors called with images.
// expect: dyadic::model: a tensor has another rank than the input node that it is given to
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/model.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"y", relu, "x">> {};
auto make(const weights<net>& w, const Tensor<3>& x) { return bind(net{}, w)(x); }
