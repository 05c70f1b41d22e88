// A register that is no fixed-point one.
// expect: dyadic::accumulator<Format, Overflow>: Format, the register that sums are kept in, must be a Fixed<W, F>
#include <dyadic/format/accumulator.hpp>
#include <dyadic/format/minifloat.hpp>
static_assert(dyadic::accumulator<dyadic::E4M3>().overflows() == 0);
