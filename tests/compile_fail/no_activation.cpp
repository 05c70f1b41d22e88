// A kind that is no activation.
// expect: dyadic::activation<Kind>: Kind is no activation
#include <dyadic/layer/activation.hpp>
static_assert(dyadic::activation<dyadic::op::linear>::kind == dyadic::op::linear);
