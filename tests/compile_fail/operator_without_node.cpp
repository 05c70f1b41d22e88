// An operator that stands in a graph without a node around it.
// expect: error: .*dyadic::graph<Nodes...>: everything in a graph is a node; give each operator a name and its inputs
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
#ifdef DYADIC_CONTROL
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 4>, "x">> {};
#else
struct net final : graph<node<"x", input<dyn, 8>>, linear<8, 4>> {};
#endif
static_assert(metadata<net>::checked);
