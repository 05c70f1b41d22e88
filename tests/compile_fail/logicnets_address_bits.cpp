// Six inputs of three bits: a table of 2^18 entries.
// expect: dyadic::LogicNets<FanIn, In, Out>: FanIn times the bits of In, the address bits of a table, must be at most 15; with the option address_bits<24>, at most 24
#include <dyadic/format/fixed.hpp>
#include <dyadic/model/replacing.hpp>
using namespace dyadic;
#if defined(DYADIC_CONTROL)
auto options = LogicNets<6, Fixed<3, 1>, Fixed<3, 1>, address_bits<18>>::options;
#else
auto options = LogicNets<6, Fixed<3, 1>, Fixed<3, 1>>::options;
#endif
