// Codes of a posit or takum do not wrap.
// expect: dyadic::With<Format, Round, Overflow::wrap>: only Fixed wraps\. Use Overflow::saturate or Overflow::special\.
#include <dyadic/format/policy.hpp>
#include <dyadic/format/takum.hpp>
static_assert(dyadic::With<dyadic::Takum<8>, dyadic::Round::nearest_even, dyadic::Overflow::wrap>::bits == 8);
