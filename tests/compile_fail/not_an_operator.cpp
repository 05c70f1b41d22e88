// A node of something that is no operator.
// expect: dyadic::node<Name, Operator, Inputs...>: the second argument must be an operator
// expect-not: everything in a graph is a node
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"sum", int, "x">> {};
static_assert(metadata<net>::checked);
