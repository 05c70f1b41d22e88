// The result of a model, of rank 2, as a tensor of rank 3.
// expect: dyadic::Tensor<Rank>: a tensor cannot be made of one of another rank
// expect: rank_mismatch<3, 2>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/model.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"y", relu, "x">> {};
#ifdef DYADIC_CONTROL
constexpr int rank = 2;
#else
constexpr int rank = 3;
#endif
Tensor<rank> run(const weights<net>& w, const Tensor<2>& x) {
  Tensor<rank> y = bind(net{}, w)(x);
  return y;
}
