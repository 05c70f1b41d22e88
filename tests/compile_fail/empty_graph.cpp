// A graph without nodes.
// expect: dyadic::graph<Nodes...>: a graph needs at least one node
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<> {};
static_assert(metadata<net>::checked);
