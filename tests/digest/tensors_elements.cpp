// SPDX-License-Identifier: BSL-1.0
// Tensors of element formats.
#include "tensors.hpp"

#include "support/bulk_schemes.hpp"

void digest::add_tensors_of_elements(book& b) { add_tensors(b, bulk::element_schemes{}); }
