// A kernel of 5 reads 4 rows: the smallest image it could read is printed.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'c'>, .*got<.*shape<-1, 1, 4, 8> ?>, .*wanted<.*shape<-1, 1, 5, 8> ?>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 1, 4, 8>>, node<"c", conv2d<1, 2, 5>, "x">> {};
static_assert(metadata<net>::checked);
