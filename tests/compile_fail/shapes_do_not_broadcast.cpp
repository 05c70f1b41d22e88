// Addition of shapes that do not broadcast: all three shapes are printed.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'s', 'u', 'm'>, .*add, .*got<.*shape<-1, 8>, .*shape<4, 7> ?>, .*wanted<.*shape<4, 8> ?>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"y", input<4, 7>>, node<"sum", add, "x", "y">> {};
static_assert(metadata<net>::checked);
