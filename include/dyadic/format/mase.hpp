// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mase.hpp
/// The parity family `dyadic::mase`: the schemes of the MASE toolkit under its names, with its numbers, for those who move an
/// experiment here. Nothing else in the library depends on it.
///
///     struct moved final : config<by_default<mase::block_fp<8, 8, 127, mase::block_size<1, 16>>>> {};
///
/// Each scheme is a formula of float32 operations, and the values here are those of the formula, to the bit and for every float32,
/// quirks included: the floor or ceil of a log2 that is rounded to float32 first (so that the neighbours of a power of two may count
/// as the power), small magnitudes that pass unchanged, NaN where the formula computes infinity times zero. Where a formula is silent
/// about NaN (an order of comparisons decides), a NaN poisons what shares a scale with it. A null bias is the default here.
///
/// | MASE's `name` | here | parameters |
/// |---|---|---|
/// | `integer`, `fixed` | `integer<W, F, Signed>` | width, frac_width, is_signed |
/// | `integer_floor` | `integer_floor<W, F, Signed>` | the same |
/// | `minifloat_ieee`, `minifloat_denorm` | `minifloat_ieee<W, E, B>`, `minifloat_denorm<W, E, B>` | width, exponent_width, exponent_bias |
/// | `log` | `log<W, B>` | width, exponent_bias |
/// | `block_fp` | `block_fp<W, E, B, Shape>` | width, exponent_width, exponent_bias, block_size |
/// | `block_minifloat` | `block_minifloat<W, E, BW, Shape>` | width, exponent_width, exponent_bias_width, block_size |
/// | `block_log` | `block_log<W, BW, Shape>` | width, exponent_bias_width, block_size |
/// | `binary` | `binary<BinaryLevels, Scaled>` | bipolar: `minus_plus`, else `zero_plus`; scaled |
/// | `ternary` | `ternary<Scaled>` | scaling_factor |
/// | `scale_integer` | `scale_integer<W>` | width |
///
/// `block_size` is `mase::block_size<d…>`, within `mase::skip_first_dim<…>` where that is set. These are value schemes: they have
/// storage sizes, counted as MASE would pack them, but no codes (`integer` and `integer_floor` have both).
/// Source: the definitions in words and numbers, and recorded results of the reference, replayed by tests/parity.
#include <dyadic/format/mase_blocks.hpp>
#include <dyadic/format/mase_elements.hpp>
#include <dyadic/format/mase_rounding.hpp>
#include <dyadic/format/mase_statistics.hpp>
