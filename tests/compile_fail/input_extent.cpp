// An extent of zero.
// expect: dyadic::input<Extents...>: every extent must be positive, or dyadic::dyn
#include <dyadic/layer/input.hpp>
static_assert(dyadic::input<0, 8>::shape.rank() == 2);
