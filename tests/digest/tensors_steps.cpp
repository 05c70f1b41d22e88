// SPDX-License-Identifier: BSL-1.0
// Tensors of integer codes with a step for each block, and of blocks that choose.
#include "tensors.hpp"

#include "support/bulk_schemes.hpp"

void digest::add_tensors_of_steps(book& b) {
  add_tensors(b, bulk::step_schemes{});
  add_tensors(b, bulk::choice_schemes{});
}
