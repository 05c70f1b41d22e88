// An addition of one tensor.
// expect: dyadic::node<Name, Operator, Inputs...>: a node names more or fewer inputs than its operator takes
// expect: wrong_number_of_inputs<.*node_named<'s', 'u', 'm'>, .*add, 1(ul)?, 2(ul)?>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"sum", add, "x">> {};
static_assert(metadata<net>::checked);
