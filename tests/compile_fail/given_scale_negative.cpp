// A scale that no block can have, in a constant expression.
// expect: refuse_scale
#include <dyadic/format/given.hpp>

#include <array>
#ifdef DYADIC_CONTROL
constexpr std::array<float, 2> scales{0.5F, 1.0F};
#else
constexpr std::array<float, 2> scales{0.5F, -1.0F};
#endif
constexpr dyadic::given<dyadic::Scaled<dyadic::Fixed<8, 0>, dyadic::PerRow>> parameters{scales};
static_assert(parameters.scales().size() == 2);
