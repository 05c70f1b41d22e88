// NaN at the code of -0 where there is no -0, and specials that leave no value.
// expect: dyadic::UnsignedMinifloat<E, M, Bias, Specials::fnuz>: there is no code of -0 that could be NaN. Use Specials::fn
// expect: dyadic::UnsignedMinifloat<E, M, Bias, Specials>: E \+ M must be at least 2
// expect: dyadic::UnsignedMinifloat<E, M, Bias>: every value must be a float32
#include <dyadic/format/unsigned_minifloat.hpp>
using namespace dyadic;
static_assert(UnsignedMinifloat<4, 3, 7, Specials::fnuz>::bits == 7);
static_assert(UnsignedMinifloat<1, 0, 0, Specials::extended>::bits == 1);
static_assert(UnsignedMinifloat<8, 3>::bits == 11);
