// Rules of overflow that a format has no code for.
// expect: dyadic::With<Format, Round, Overflow::special, propagate or infinity>: the format has neither infinity nor NaN. Use Overflow::saturate
// expect: dyadic: E8M0 has no infinity and does not wrap. Use Overflow::saturate, or Overflow::special for NaN past 2\^127
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
using namespace dyadic;
#ifdef DYADIC_CONTROL
static_assert(With<E4M3, Round::nearest_even, Overflow::propagate>::encode(1e9F) == 0x7e);
static_assert(With<E8M0, Round::nearest_even, Overflow::special>::encode(3e38F) == 255);
#else
static_assert(With<E2M1, Round::nearest_even, Overflow::propagate>::bits == 4);
static_assert(With<E8M0, Round::nearest_even, Overflow::infinity>::encode(3e38F) == 255);
#endif
