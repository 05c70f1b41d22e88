// Tensors side by side that differ elsewhere.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'c'>, .*concat<1>, .*got<.*shape<-1, 2, 8>, .*shape<-1, 3, 7> ?>, .*wanted<.*shape<-1, 3, 8> ?>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 2, 8>>, node<"y", input<dyn, 3, 7>>, node<"c", concat<1>, "x", "y">> {};
static_assert(metadata<net>::checked);
