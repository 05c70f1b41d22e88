// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file refusal.hpp
/// Why a product does not run on the codes of its operands: what kernels and layers declare, and reports
/// print.
#include <dyadic/base/bits.hpp>

#include <cstdint>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Why not; `none`: it does. Those that speak of a scheme come with the operand whose scheme it is.
enum class refusal : std::uint8_t {
  none,
  // the operator
  no_product,
  no_kernel,
  no_scheme,
  not_taken,
  // a scheme's codes
  float_values,
  no_codes,
  no_arithmetic,
  wide_codes,
  unknown_codes,
  special_values,
  wide_range,
  block_length,
  small_scales,
  zero_points_along,
  // two schemes together
  zero_points_with_blocks,
  long_blocks,
  // where a scheme's blocks lie in the operand
  rows_together,
  values_together,
  channels_together,
  columns_together,
  random_rows,
};

/// A sentence's end: it follows the name of an operator or of a scheme.
constexpr std::string_view to_string(refusal why) {
  switch (why) {
    case refusal::none: return "runs on its codes";
    case refusal::no_product:
      return "is no product of matrices: it computes in float32 with quantised values";
    case refusal::no_kernel: return "is an operator whose products have no kernel but float32";
    case refusal::no_scheme: return "multiplies two operands that have no scheme";
    case refusal::not_taken: return "is an operator that this execution does not take";
    case refusal::float_values: return "stays float32, whose values are no integers";
    case refusal::no_codes: return "has values but no codes";
    case refusal::no_arithmetic: return "declares no arithmetic of its codes (format/arithmetic.hpp)";
    case refusal::wide_codes: return "has codes that are too wide for a kernel";
    case refusal::unknown_codes: return "has codes whose values are not known at compile time";
    case refusal::special_values: return "has codes for NaN or infinity, so its values are no integers";
    case refusal::wide_range: return "has values that span more than 16 bits";
    case refusal::block_length:
      return "has blocks whose length along the summed dimension is no multiple of 4";
    case refusal::small_scales: return "has scales so small that its values are below float32's range";
    case refusal::zero_points_along: return "has zero points that change along the summed dimension";
    case refusal::zero_points_with_blocks:
      return "has zero points, but the other operand's scales change along the sum";
    case refusal::long_blocks:
      return "shares with the other operand blocks that are too long for sums of 32 bits";
    case refusal::rows_together:
      return "has scales that several rows of the operand share, or that are not those of its rows";
    case refusal::values_together:
      return "does not convert each value of an image by itself, with 0 to 0, as a convolution wants";
    case refusal::channels_together: return "has scales that are not those of one output channel's weights";
    case refusal::columns_together: return "has scales that are not those of the second operand's columns";
    case refusal::random_rows: return "rounds at random, and a product of two operands draws no bits by row";
  }
  return "";
}

namespace detail {

/// Why a product of two schemes has no kernel, and whose scheme it is.
struct product_refusal {
  refusal why = refusal::none;
  int operand = 0;  ///< 1: the first, samples or data; 2: the second, weights; 0: neither
};

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
