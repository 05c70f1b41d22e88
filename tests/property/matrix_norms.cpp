// SPDX-License-Identifier: BSL-1.0
// Rows of the matrix: normalisations.
#include <dyadic/layer/norm.hpp>

#include <support/matrix.hpp>

namespace dyadic::matrix {

std::vector<row> rows_of_norms() {
  using naive::Affine, naive::normalised;
  return {
      make<input<dyn, 5, 3, 21>, batch_norm2d<5>, input<dyn, 3, 5, 5>, batch_norm2d<3, eps<1, 1000>>>(naive::recorded(1e-5),
                                                                                                      naive::recorded(1e-3)),
      make<input<dyn, 37>, layer_norm<37>, input<dyn, 3, 5, 7>, layer_norm<dims{5, 7}, eps<1, 1000>>>(
          normalised(0, 1, 1e-5, Affine::by_place), normalised(0, 2, 1e-3, Affine::by_place)),
      make<input<dyn, 6, 2, 21>, group_norm<2, 6>, input<dyn, 9, 7>, group_norm<3, 9, eps<1, 1000>>>(
          normalised(2, 0, 1e-5, Affine::by_channel), normalised(3, 0, 1e-3, Affine::by_channel)),
      make<input<dyn, 5, 3, 21>, instance_norm2d<5, affine>, input<dyn, 3, 5, 5>, instance_norm2d<3, affine, running_stats, eps<1, 1000>>>(
          normalised(5, 0, 1e-5, Affine::by_channel), naive::recorded(1e-3)),
      make<input<dyn, 3, 37>, rms_norm<37>, input<dyn, 5, 7>, rms_norm<dims{5, 7}, eps<1, 1000>>>(naive::rms(0x1p-23), naive::rms(1e-3)),
  };
}

}  // namespace dyadic::matrix
