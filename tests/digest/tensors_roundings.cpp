// SPDX-License-Identifier: BSL-1.0
// Tensors of formats in every direction of rounding and every rule of overflow: the vector forms of
// roundings.cpp.
#include "policies.hpp"
#include "tensors.hpp"

void digest::add_tensors_of_roundings(book& b) {
  add_tensors(b, policies<dyadic::Fixed<8, 4>, dyadic::E4M3, dyadic::E5M2, dyadic::LogQ<5>>{});
}
