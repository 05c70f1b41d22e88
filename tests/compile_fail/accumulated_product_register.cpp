// A format where an accumulator is wanted.
// expect: dyadic::accumulated_product<X, W, Accumulator>: Accumulator must be an accumulator<Fixed<W, F>, Overflow::wrap or Overflow::saturate>
#include <dyadic/kernel/accumulate.hpp>
using namespace dyadic;
#ifdef DYADIC_CONTROL
accumulated_product<Fixed<8, 4>, E4M3, accumulator<Fixed<24, 8>>> product;
#else
accumulated_product<Fixed<8, 4>, E4M3, Fixed<24, 8>> product;
#endif
