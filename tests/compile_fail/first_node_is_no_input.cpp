// A graph must begin with an input.
// expect: dyadic::graph<Nodes...>: the first node must be an input
// expect: first_node_is_no_input<.*node_named<'f', 'c', '1'>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"fc1", linear<8, 8>, "x">> {};
static_assert(metadata<net>::checked);
