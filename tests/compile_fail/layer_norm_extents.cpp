// A layer_norm over other extents than the last ones of its input.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'n'>, .*layer_norm<.*got<.*shape<-1, 6, 32> ?>, .*wanted<.*shape<-1, 7, 32> ?>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 6, 32>>, node<"n", layer_norm<dims{7, 32}>, "x">> {};
static_assert(metadata<net>::checked);
