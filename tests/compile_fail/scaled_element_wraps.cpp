// The same under a scale of any value, of a format of a user's that says it wraps.
// expect: dyadic::Scaled<Element, Shape>: the element must saturate. Under Overflow::wrap
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scaled.hpp>
struct wrapping : dyadic::With<dyadic::Fixed<8, 7>, dyadic::Round::nearest_even, dyadic::Overflow::wrap> {};
static_assert(dyadic::Scaled<wrapping, dyadic::PerRow>::bits == 8);
