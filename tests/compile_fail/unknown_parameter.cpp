// A parameter that the graph does not have.
// expect: dyadic::weights<Graph>: no node of this graph has a parameter of that name
// expect: no_node_named<'f', 'c', '2', '.', 'w', 'e', 'i', 'g', 'h', 't'>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/weights.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 4>, "x">> {};
ConstView look(const weights<net>& w) { return w.get<"fc2.weight">(); }
