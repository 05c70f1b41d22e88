// Two nodes of one name.
// expect: dyadic::graph<Nodes...>: two nodes have the same name
// expect: duplicate_node_name<.*node_named<'f', 'c', '1'>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 8>, "x">, node<"fc1", linear<8, 4>, "x">> {};
static_assert(metadata<net>::checked);
