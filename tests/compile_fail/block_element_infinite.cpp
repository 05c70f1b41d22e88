// P3109's rules of overflow in a block: its elements saturate.
// expect: dyadic::Block<Element, Shape>: the element must saturate
// expect: dyadic::Scaled<Element, Shape>: the element must saturate
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
using namespace dyadic;
using extended = Minifloat<4, 3, 8, Specials::extended>;
#ifdef DYADIC_CONTROL
static_assert(MX<extended>::bits == 8);
static_assert(Scaled<extended, Shape<32>>::bits == 8);
#else
static_assert(MX<With<extended, Round::nearest_even, Overflow::infinity>>::bits == 8);
static_assert(Scaled<With<extended, Round::nearest_even, Overflow::propagate>, Shape<32>>::bits == 8);
#endif
