// A takum of one bit.
// expect: dyadic::Takum<N>: N, the bits, must be in \[2, 16\]\.
#include <dyadic/format/takum.hpp>
static_assert(dyadic::Takum<1>::bits == 1);
