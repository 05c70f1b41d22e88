// verify of a graph with a mistake says which.
// expect: dyadic::node<Name, Operator, Inputs...>: a node reads from a name that no earlier node has
// expect: unknown_input<.*node_named<'a'>, .*no_node_named<'y'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/verify.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "y">> {};
static_assert(verify<net>());
