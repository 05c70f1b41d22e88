// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file matrix_schemes.hpp
/// The columns of the matrix of operators and schemes: every value scheme of the seed, as its paper defines it and, where MASE's
/// numbers differ, under `mase::`; then scaled forms and the formats of today's accelerators. Block shapes fit no extent of the
/// test's tensors. What each column means is told a second time by matrix_oracle.cpp, in the same order.
#include <dyadic/base/pack.hpp>
#include <dyadic/format/mase.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include <cstdint>

/// COLUMN(scheme) for every column; to be used within `namespace dyadic`.
#define MATRIX_COLUMNS(COLUMN)                                                          \
  COLUMN(Fixed<8, 4>)                                                                   \
  COLUMN(mase::fixed<6, 2>)                                                             \
  COLUMN(mase::integer_floor<8, 3>)                                                     \
  COLUMN(Minifloat<4, 3>)                                                               \
  COLUMN(mase::minifloat_ieee<8, 4>)                                                    \
  COLUMN(MinifloatDenorm<4, 3>)                                                         \
  COLUMN(mase::minifloat_denorm<8, 4>)                                                  \
  COLUMN(LogQ<6>)                                                                       \
  COLUMN(mase::log<5>)                                                                  \
  COLUMN(BlockFP<8, 8>)                                                                 \
  COLUMN(BlockFP<6, 4, Shape<2, 4>>)                                                    \
  COLUMN(mase::block_fp<7, 8, 127, mase::block_size<1, 16>>)                            \
  COLUMN(BlockMinifloat<2, 3, 8, Shape<4, 3>>)                                          \
  COLUMN(mase::block_minifloat<8, 4, 4, mase::skip_first_dim<mase::block_size<2, 16>>>) \
  COLUMN(BlockLog<4, 8, Shape<2, 1, 8>>)                                                \
  COLUMN(mase::block_log<5, 6, mase::block_size<4, 4>>)                                 \
  COLUMN(Binary)                                                                        \
  COLUMN(ScaledBinary<>)                                                                \
  COLUMN(mase::binary<BinaryLevels::zero_plus, true>)                                   \
  COLUMN(Ternary)                                                                       \
  COLUMN(ScaledTernary<>)                                                               \
  COLUMN(mase::ternary<>)                                                               \
  COLUMN(mase::ternary<true>)                                                           \
  COLUMN(mase::scale_integer<6>)                                                        \
  COLUMN(MXFP8<E4M3>)                                                                   \
  COLUMN(MXFP6<E3M2>)                                                                   \
  COLUMN(MXFP4)                                                                         \
  COLUMN(MXINT8)                                                                        \
  COLUMN(NVFP4)                                                                         \
  COLUMN(Scaled<SymmetricFixed<8, 0>, PerRow>)                                          \
  COLUMN(Affine<8>)

namespace dyadic {

// The kernels are compiled once, in matrix_schemes.cpp, and not with every group of operators.
#define MATRIX_KERNEL(...) extern template void fake_quantize<__VA_ARGS__>(ConstView, View, const operand_axes&, std::uint64_t);
#ifndef MATRIX_HERE_ARE_THE_KERNELS
MATRIX_COLUMNS(MATRIX_KERNEL)
#endif
#undef MATRIX_KERNEL

namespace matrix {

struct no_scheme {};
template <class, class... Schemes>
struct schemes_after {
  using type = pack<Schemes...>;
};
#define MATRIX_ENTRY(...) , __VA_ARGS__
using schemes = schemes_after<no_scheme MATRIX_COLUMNS(MATRIX_ENTRY)>::type;
#undef MATRIX_ENTRY

}  // namespace matrix
}  // namespace dyadic
