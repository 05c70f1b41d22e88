// C's function in the place of an operator: no template can speak of it, but the parameter's name and line can.
// expect-gcc: class Operator_type_such_as_relu_or_activation_op_tanh
// expect-gcc: expected a type, got .tanh.
// expect-clang: template argument for template type parameter must be a type
#include <dyadic/dyadic.hpp>
using namespace dyadic;

#ifdef DYADIC_CONTROL
using node_of_tanh = node<"t", activation<op::tanh>, "x">;
#else
using node_of_tanh = node<"t", tanh, "x">;
#endif
struct net : graph<node<"x", input<dyn, 4>>, node_of_tanh> {};
