// A linear layer of 9 inputs behind a tensor of 8: both shapes are printed.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'f', 'c', '1'>, .*linear<9, 4.*got<.*shape<-1, 8> ?>, .*wanted<.*shape<-1, 9> ?>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<9, 4>, "x">> {};
static_assert(metadata<net>::checked);
