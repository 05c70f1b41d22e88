// A register to which products are rounded at random.
// expect: dyadic::accumulator<Format, Overflow, Round::stochastic>: products are rounded in a fixed direction
#include <dyadic/format/accumulator.hpp>
using namespace dyadic;
static_assert(accumulator<Fixed<24, 8>, Overflow::wrap, Round::stochastic>().overflows() == 0);
