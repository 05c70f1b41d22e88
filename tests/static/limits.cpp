// SPDX-License-Identifier: BSL-1.0
/// @file limits.cpp
/// C++23 deprecates has_denorm and its enumeration, and newer standard libraries say so. Here they are deprecated under any: the
/// header must not warn where a user includes it.
#define float_denorm_style \
  __attribute__((deprecated)) float_denorm_style  // the enumeration, and members of it
#include <limits>
#undef float_denorm_style
#pragma GCC diagnostic error "-Wdeprecated-declarations"

#include <dyadic/format/limits.hpp>

namespace {
using namespace dyadic;

static_assert(std::numeric_limits<Fixed<8, 4>>::is_exact && std::numeric_limits<E4M3>::digits == 4);

// Fixed point without digits after the point is an integer
static_assert(std::numeric_limits<Fixed<8, 0>>::min() == Fixed<8, 0>(-128) &&
              std::numeric_limits<Fixed<8, -3, false>>::min() == Fixed<8, -3, false>(0));
static_assert(std::numeric_limits<Fixed<8, 0>>::epsilon() == Fixed<8, 0>(0) &&
              std::numeric_limits<Fixed<8, -3>>::denorm_min() == Fixed<8, -3>(0));
static_assert(std::numeric_limits<const Ternary>::min() == Ternary(-1));

}  // namespace
