// Scales for a scheme that measures them, whatever they are.
// expect: dyadic::given<S>: the parameters of this scheme cannot be given
#include <dyadic/format/given.hpp>
#include <dyadic/format/statistics.hpp>
#ifdef DYADIC_CONTROL
using scheme = dyadic::Scaled<dyadic::Fixed<8, 0>, dyadic::PerRow>;
#else
using scheme = dyadic::ScaledBinary<dyadic::PerRow>;
#endif
using parameters = dyadic::given<scheme>;
static_assert(sizeof(parameters) > 0);
