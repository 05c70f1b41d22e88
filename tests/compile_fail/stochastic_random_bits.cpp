// A rounding of more random bits than its variants are defined for.
// expect: dyadic::stochastic_a<N>, stochastic_b<N>, stochastic_c<N>: N, the random bits of a rounding, must be in \[1, 30\]
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
#ifdef DYADIC_CONTROL
using rounding = dyadic::With<dyadic::E4M3, dyadic::stochastic_b<30>>;
#else
using rounding = dyadic::With<dyadic::E4M3, dyadic::stochastic_b<31>>;
#endif
static_assert(rounding::bits == 8);
