// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_pair.hpp
/// How two schemes' integers meet in a product: in how many digits, with which offsets, cut into which segments. All of it follows
/// from the schemes' ranges.
#include <dyadic/kernel/integer_operand.hpp>
#include <dyadic/kernel/integer_rounding.hpp>
#include <dyadic/kernel/integer_stretches.hpp>

#include <array>

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Integers of more than 8 bits are multiplied digit by digit: q = Σ d_i · 2^(radix·i), balanced digits but for the top one.
struct digit_split {
  int count, radix;
  /// Takes the lowest digit off `q`.
  constexpr i32 take(i32& q) const {
    const i32 half = 1 << (radix - 1);
    const i32 d = ((q + half) & (2 * half - 1)) - half;
    q = (q - d) >> radix;
    return d;
  }
};
/// Two digits of 8 bits reach from -128·257 to 127·257; three of 6 bits hold all that have 16 bits.
constexpr digit_split split_of(const integer_range& r, bool fits_one) {
  if (fits_one) return {1, 8};
  if (r.low >= -128 * 257 && r.high <= 127 * 257) return {2, 8};
  return {3, 6};
}

/// A sum of products of that many summands fits 32 bits whatever the codes: 255·255·32768 < 2^31.
inline constexpr std::int64_t longest_segment = 32768;
/// A scale of `scale_kind::short_floats` is a multiple of 2^(its exponent - 3), and rounding up may have given it one more.
inline constexpr int short_float_bits = 4;

/// With zero points, Σ (q_x - z_x)·(q_w - z_w) is Σ q_x·q_w, which is what is multiplied, less z_w·Σ q_x and z_x·Σ (q_w - z_w): integers all,
/// that are subtracted before anything is rounded.
/// @tparam X  scheme of the samples   @tparam W  of the weights
template <class X, class W>
struct integer_pair {
  static constexpr product_refusal refused = integer_operand<X>::available
                                                 ? product_refusal{integer_operand<W>::why, 2}
                                                 : product_refusal{integer_operand<X>::why, 1};
  static constexpr bool available = false;
};
template <class X, class W>
requires(integer_operand<X>::available&& integer_operand<W>::available) struct integer_pair<X, W> {
  using x = integer_operand<X>;
  using w = integer_operand<W>;
  static constexpr std::int64_t common = common_segment(x::block, w::block);
  static constexpr product_refusal refused =
      common > longest_segment                   ? product_refusal{refusal::long_blocks, 2}
      : common != 0 && has_zero_points<x>        ? product_refusal{refusal::zero_points_with_blocks, 1}
      : common != 0 && has_zero_points<w>        ? product_refusal{refusal::zero_points_with_blocks, 2}
                                                 : product_refusal{};
  static constexpr bool available = refused.why == refusal::none;
  /// Summands under one scale of each operand; the last segment may be shorter.
  static constexpr std::int64_t segment = common == 0 ? longest_segment : common;
  static constexpr bool x_zero_points = has_zero_points<x>, w_zero_points = has_zero_points<w>;
  static constexpr bool x_has_blocks = x::block != 0, w_has_blocks = w::block != 0;

  /// One operand of `vpdpbusd` is unsigned. The weights are, by an offset, unless the samples do not fit signed bytes.
  static constexpr bool unsigned_samples = x::range.within(0, 255) && x::range.high > 127;
  static constexpr digit_split x_digits = split_of(x::range, unsigned_samples || x::range.within(-128, 127));
  static constexpr digit_split w_digits = split_of(w::range, w::range.within(-128, 127) || w::range.within(0, 255));
  static constexpr int passes = x_digits.count * w_digits.count;

  /// Looked up or not, they are multiplied as bytes that are the same signed and unsigned.
  static constexpr bool fits_nibbles =
      has_nibbles && w_digits.count == 1 && w::range.distinct <= 16 && w::range.high - w::range.low <= 127 && segment % 8 == 0;
  static constexpr bool spans_nibbles = w::range.high - w::range.low < 16;
  static constexpr weight_kind kind = static_cast<weight_kind>(static_cast<int>(!fits_nibbles   ? weight_kind::unsigned_bytes
                                                                                : spans_nibbles ? weight_kind::nibbles
                                                                                                : weight_kind::looked_up) +
                                                               (unsigned_samples ? 1 : 0));
  /// Stored weight = integer + offset.
  static constexpr i32 w_offset = [] {
    if (fits_nibbles) return -w::range.low;
    const bool fits_unsigned = w_digits.count == 1 && w::range.low >= 0, fits_signed = w_digits.count > 1 || w::range.within(-128, 127);
    if (unsigned_samples) return fits_signed ? 0 : -128;
    return fits_unsigned ? 0 : 128;
  }();
  static constexpr std::int64_t depth_unit = is_nibbles(kind) ? 8 : 4;

  static constexpr weight_scale w_scale = !w_has_blocks                    ? weight_scale::none
                                          : w::scale == scale_kind::floats ? weight_scale::floats
                                                                           : weight_scale::halves;
  static constexpr sample_scale x_scale = !x_has_blocks                                           ? sample_scale::common
                                          : x::scale == scale_kind::powers_of_two && w_has_blocks ? sample_scale::exponents
                                                                                                  : sample_scale::doubles;

  /// Whether the depth is gone through a stretch of segments at a time.
  static constexpr bool by_stretches = passes == 1 && common != 0 && 2 * common <= stretch_depth;
  /// Whether sums of neighbouring segments may meet as integers (see integer_stretches.hpp): where every scale is a small integer
  /// times a power of two.
  static constexpr bool stretches =
      has_lane_shifts && by_stretches && w_scale != weight_scale::floats && (!x_has_blocks || x::scale == scale_kind::powers_of_two);
  static constexpr std::int64_t stretch = by_stretches ? stretch_depth / segment : 1;                            ///< segments of one
  static constexpr std::int64_t stretch_bytes = stretch * segment / depth_unit * 4 * panel_outputs_of_integers;  ///< of a panel's codes
  static constexpr bool x_shifts = stretches && x_has_blocks;
  static constexpr weight_scale w_steps = !stretches || !w_has_blocks             ? weight_scale::none
                                          : w::scale == scale_kind::powers_of_two ? weight_scale::shifts
                                                                                  : weight_scale::multipliers;
  /// Bits that the sums of a stretch leave in 32 for their scales.
  static constexpr int stretch_room = 31 - std::bit_width(static_cast<std::uint64_t>(stretch * segment * x::range.magnitude()) *
                                                          static_cast<std::uint64_t>(w::range.magnitude()));

  static constexpr bool interleaved = !stretches && (x_scale != sample_scale::common || w_scale != weight_scale::none);
  /// The place of output `n` among the codes of its panel.
  static constexpr std::int64_t place_of(std::int64_t n) {
    const std::int64_t i = n % panel_outputs_of_integers;
    return interleaved ? i / dot_lanes * dot_lanes + interleaved_lane(i % dot_lanes) : i;
  }
  /// Scales that are powers of two: then sums in double are exact as long as their exponents lie close enough.
  static constexpr bool all_powers_of_two = x::scale <= scale_kind::powers_of_two && w::scale <= scale_kind::powers_of_two;
  /// Whether a sum in double can be the real one: the scales in it have few bits, and what all of it is multiplied by then is no
  /// matter to one FMA.
  static constexpr bool sums_can_be_exact = (!x_has_blocks || x::scale <= scale_kind::short_floats) &&
                                            (!w_has_blocks || w::scale <= scale_kind::short_floats) && (all_powers_of_two || has_fma);
  /// One integer sum for an output, up to `longest_segment` summands: exact.
  static constexpr bool single_segment = common == 0 && passes == 1;
  static constexpr bool always_exact = single_segment && sums_can_be_exact;
  static constexpr bool all_constant = x::scale == scale_kind::constant && w::scale == scale_kind::constant;

  /// What is stored of an integer.
  static constexpr i32 stored(i32 q) {
    if constexpr (!is_looked_up(kind)) return q + w_offset;
    else {
      i32 i = 0;
      while (w::range.values[i] != q) ++i;
      return i;
    }
  }
  /// What is multiplied, of what is stored.
  static constexpr i32 multiplied(i32 code) {
    if constexpr (!is_looked_up(kind)) return code;
    else return w::range.values[code] + w_offset;
  }
  /// `multiplied` of every index, as often as a vector has room for it.
  static constexpr std::array<std::int8_t, 4 * native_lanes> table = [] {
    std::array<std::int8_t, 4 * native_lanes> t{};
    for (int i = 0; is_looked_up(kind) && i < 4 * native_lanes; ++i)
      t[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(multiplied(i % 16 < w::range.distinct ? i % 16 : 0));
    return t;
  }();
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail
