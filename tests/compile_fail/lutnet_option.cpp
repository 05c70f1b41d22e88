// An option of another scheme.
// expect: dyadic::LutNet<K, L, Options...>: an option is neither density nor sweeps
#include <dyadic/model/replacing.hpp>
using namespace dyadic;
auto options = LutNet<4, 1, fitted_point>::options;
