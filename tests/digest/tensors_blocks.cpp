// SPDX-License-Identifier: BSL-1.0
// Tensors of blocks that share a scale: runs of neighbours, rows, whole tensors.
#include "tensors.hpp"

#include "support/bulk_schemes.hpp"

void digest::add_tensors_of_blocks(book& b) { add_tensors(b, bulk::block_schemes{}); }
