// A node reads from a node that comes after it.
// expect: move the node it means before the one that reads it
// expect: unknown_input<.*node_named<'a', 'c', 't'>, .*no_node_named<'f', 'c', '1'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"act", relu, "fc1">, node<"fc1", linear<8, 4>, "x">> {};
static_assert(metadata<net>::checked);
