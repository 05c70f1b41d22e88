// SPDX-License-Identifier: BSL-1.0
// Scales that are no powers of two: float32 per tensor or output channel, and NVFP4's two levels. And a mixture of formats.
#include "configurations.hpp"
#include "measure.hpp"

std::vector<digits::result> digits::measure_scaled(const exam& e) {
  using Int8 = SymmetricFixed<8, 0>;
  using Int4 = SymmetricFixed<4, 0>;
  return {
      measure<products<NVFP4>>("NVFP4", e),
      measure<products<Affine<8>>>("Affine<8>", e),
      measure<products<Affine<8>, Scaled<Int8, PerChannel>>>("Affine<8> × int8 per channel", e),
      measure<products<Affine<8>, Scaled<Int4, PerChannel>>>("Affine<8> × int4 per channel", e),
      measure<products<MXINT8, ScaledTernary<TernaryRule::mean75, PerChannel>>>("MXINT8 × ternary per channel", e),
      measure<products<MXINT8, ScaledBinary<PerChannel>>>("MXINT8 × binary per channel", e),
      measure<mixed<"fc3">, mixed<"fc">, mixed<"head">>("mixed: MXFP8 × MXFP4, last BlockFP<6, 8>", e),
  };
}
