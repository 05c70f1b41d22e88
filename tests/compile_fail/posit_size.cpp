// A posit wider than those that float32 holds.
// expect: dyadic::Posit<N, ES>: N, the bits, must be in \[2, 16\]\.
#include <dyadic/format/posit.hpp>
static_assert(dyadic::Posit<32>::bits == 32);
