// SPDX-License-Identifier: BSL-1.0
// Scales that are no powers of two: float32 per tensor or row, and NVFP4's two levels. And a mixture of formats.
#include "configurations.hpp"
#include "measure.hpp"

std::vector<digits::result> digits::measure_scaled(const exam& e) {
  using Int8 = SymmetricFixed<8, 0>;
  using Int4 = SymmetricFixed<4, 0>;
  return {
      measure<products<NVFP4>>("NVFP4", e),
      measure<products<Affine<8>>>("Affine<8>", e),
      measure<products<Affine<8>, Scaled<Int8, PerRow>>>("Affine<8> × int8 per row", e),
      measure<products<Affine<8>, Scaled<Int4, PerRow>>>("Affine<8> × int4 per row", e),
      measure<products<MXINT8, ScaledTernary<TernaryRule::mean75, PerRow>>>("MXINT8 × ternary per row", e),
      measure<products<MXINT8, ScaledBinary<PerRow>>>("MXINT8 × binary per row", e),
      measure<mixed<"fc3">, mixed<"fc">, mixed<"head">>("mixed: MXFP8 × MXFP4, last BlockFP<6, 8>", e),
  };
}
