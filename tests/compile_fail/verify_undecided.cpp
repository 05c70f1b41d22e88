// verify with a configuration that leaves a node undecided.
// expect: dyadic::config<Rules...>: no rule matches a node .it is spelled in the type. and there is no default
// expect: no_default<wrong, .*node_named<'x'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/verify.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "x">> {};
struct wrong final : config<by_op<op::relu, Fixed<8, 4>>> {};
static_assert(verify<net, wrong>());
