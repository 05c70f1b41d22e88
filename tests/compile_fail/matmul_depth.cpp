// Matrices that do not fit: the second operand it wants is printed.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'p'>, .*matmul, .*got<.*shape<-1, 6, 8>, .*shape<-1, 7, 5> ?>, .*wanted<.*shape<-1, 8, 5> ?>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 6, 8>>, node<"y", input<dyn, 7, 5>>, node<"p", matmul, "x", "y">> {};
static_assert(metadata<net>::checked);
