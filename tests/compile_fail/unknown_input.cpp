// A node reads from a name that does not exist.
// expect: dyadic::node<Name, Operator, Inputs...>: a node reads from a name that no earlier node has
// expect: unknown_input<.*node_named<'a', 'c', 't'>, .*no_node_named<'f', 'c', 'c'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 4>, "x">, node<"act", relu, "fcc">> {};
static_assert(metadata<net>::checked);
