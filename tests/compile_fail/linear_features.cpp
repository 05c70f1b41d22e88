// A layer without outputs.
// expect: dyadic::linear<In, Out, Bias>: In and Out, the features, must be positive
#include <dyadic/layer/linear.hpp>
static_assert(dyadic::linear<8, 0>::kind == dyadic::op::linear);
