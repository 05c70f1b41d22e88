// A format of the draft's whose values are not all float32s, and precisions that there are not.
// expect: dyadic::p3109::Binary<K, P, Signedness, Domain>: every value must be a float32, so K - P must be at most 8
// expect: dyadic::p3109::Binary<K, P, Signedness, Domain>: P, the precision
// expect: dyadic::p3109::Binary<K, P, Signedness, Domain>: K, the bits of a code, must be in \[3, 16\]
#include <dyadic/format/p3109.hpp>
using namespace dyadic::p3109;
#ifdef DYADIC_CONTROL
static_assert(Binary<9, 1, Signed, Extended>::bits == 9 && Binary<8, 8, Unsigned, Finite>::bits == 8);
#else
static_assert(Binary<9, 1, Unsigned, Extended>::bits == 9);
static_assert(Binary<8, 8, Signed, Finite>::bits == 8);
static_assert(Binary<2, 1, Signed, Finite>::bits == 2);
#endif
