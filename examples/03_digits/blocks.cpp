// SPDX-License-Identifier: BSL-1.0
// Block formats: 16 or 32 neighbours along the axis that is summed over share a power of two, so their size does not matter, only how it varies
// within a block. An explicit Shape<N> lays blocks along the last dimension instead: for the 3 × 3 kernels of a convolution that are three values.
#include "configurations.hpp"
#include "measure.hpp"

std::vector<digits::result> digits::measure_blocks(const exam& e) {
  return {
      measure<products<BlockFP<8, 8>>>("BlockFP<8, 8>", e),
      measure<products<BlockFP<6, 8>>>("BlockFP<6, 8>", e),
      measure<products<BlockFP<4, 8>>>("BlockFP<4, 8>", e),
      measure<products<BlockFP<4, 8, Shape<16>>>>("BlockFP<4, 8>, last dimension", e),
      measure<products<BlockMinifloat<4, 3, 8>>>("BlockMinifloat<4, 3, 8>", e),
      measure<products<BlockMinifloat<2, 1, 8>>>("BlockMinifloat<2, 1, 8>", e),
      measure<products<BlockLog<8, 8>>>("BlockLog<8, 8>", e),
      measure<products<BlockLog<4, 8>>>("BlockLog<4, 8>", e),
      measure<products<MXINT8, BlockLog<8, 8>>>("MXINT8 × BlockLog<8, 8>", e),
      measure<products<MXFP8<E4M3>>>("MXFP8<E4M3>", e),
      measure<products<MXFP8<E5M2>>>("MXFP8<E5M2>", e),
      measure<products<MXFP6<E2M3>>>("MXFP6<E2M3>", e),
      measure<products<MXFP4>>("MXFP4", e),
      measure<products<Block<E2M1, Shape<32>>>>("MXFP4, last dimension", e),
      measure<products<MXINT8>>("MXINT8", e),
  };
}
