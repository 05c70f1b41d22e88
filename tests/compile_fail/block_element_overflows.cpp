// A block whose largest value could become infinite.
// expect: dyadic::Block<Element, Shape>: the element must saturate.*under Overflow::special become infinite or NaN
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
using element = dyadic::With<dyadic::E5M2, dyadic::Round::nearest_even, dyadic::Overflow::special>;
static_assert(dyadic::MXFP8<element>::bits == 8);
