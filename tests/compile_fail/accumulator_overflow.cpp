// A register that has no special values.
// expect: dyadic::accumulator<Format, Overflow::special>: a register has neither infinity nor NaN. Use Overflow::wrap or Overflow::saturate
#include <dyadic/format/accumulator.hpp>
static_assert(dyadic::accumulator<dyadic::Fixed<24, 8>, dyadic::Overflow::special>().overflows() == 0);
