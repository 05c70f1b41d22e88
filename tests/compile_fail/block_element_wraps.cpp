// A block whose largest value would change its sign.
// expect: dyadic::Block<Element, Shape>: the element must saturate. Under Overflow::wrap
// expect: Use With<Format, Round>, which saturates
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
#ifdef DYADIC_CONTROL
using element = dyadic::With<dyadic::Fixed<8, 6>, dyadic::Round::down>;
#else
using element = dyadic::With<dyadic::Fixed<8, 6>, dyadic::Round::nearest_even, dyadic::Overflow::wrap>;
#endif
static_assert(dyadic::MX<element>::bits == 8);
