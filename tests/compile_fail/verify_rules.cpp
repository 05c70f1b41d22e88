// verify with a configuration that does not suit the graph.
// expect: dyadic::config<Rules...>: a by_name or by_glob rule matches no node of this graph
// expect: rule_for_nothing<wrong, .*no_node_named<'b'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/verify.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "x">> {};
struct wrong final : config<by_default<none>, by_name<"b", Fixed<8, 4>>> {};
static_assert(verify<net, wrong>());
