// SPDX-License-Identifier: BSL-1.0
// Tensors of the columns of the matrix of operators and schemes, the parity family among them, and more of
// that family.
#define MATRIX_HERE_ARE_THE_KERNELS
#include "tensors.hpp"

#include "support/matrix_schemes.hpp"

namespace {

using namespace dyadic;
using more_parity =
    pack<mase::integer_floor<8, 4, false>, mase::log<8>, mase::scale_integer<8>, mase::binary<>,
         mase::binary<BinaryLevels::zero_plus>, mase::binary<BinaryLevels::minus_plus, true>,
         mase::minifloat_ieee<6, 2>, mase::minifloat_denorm<6, 3>, mase::block_fp<8, 8>,
         mase::block_minifloat<8, 4, 8>, mase::block_log<8, 8>>;

}  // namespace

void digest::add_tensors_of_parity(book& b) {
  add_tensors(b, matrix::schemes{});
  add_tensors(b, more_parity{});
}
