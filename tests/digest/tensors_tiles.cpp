// SPDX-License-Identifier: BSL-1.0
// Tensors of tiles, and block schemes in choices of their parameters that the other lists lack.
#include "tensors.hpp"

#include "support/bulk_schemes.hpp"

namespace {

using namespace dyadic;
using more_blocks =
    bulk::list<none, MX<E4M3, ScaleRule::nearest>, MX<E2M1, ScaleRule::ceil>, MX<E2M1, ScaleRule::nearest>,
               MX<SymmetricFixed<8, 6>, ScaleRule::mse>, Block<E2M1, Shape<5>, E8M0>, Scaled<E2M1, PerRow>,
               Scaled<LogQ<4>, Shape<7>>, Affine<1, Shape<3>>, Affine<8, Shape<2, whole>>,
               ScaledBinary<PerTensor, BinaryLevels::zero_plus>, ScaledTernary<TernaryRule::max05, PerRow>,
               ScaledTernary<TernaryRule::exact>, ScaledTernary<TernaryRule::mean75, Shape<16>, true>>;

}  // namespace

void digest::add_tensors_of_tiles(book& b) {
  add_tensors(b, bulk::tile_schemes{});
  add_tensors(b, more_blocks{});
}
