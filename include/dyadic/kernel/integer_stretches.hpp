// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_stretches.hpp
/// The faster of two ways to add up segments under different scales: as integers.
///
/// Where scales are small integers times powers of two, those of neighbouring segments mostly lie close together. Over a stretch of
/// them the integer sums are then multiplied by what each scale is relative to the stretch's lowest, and added in int32: exactly, as
/// the largest scales of the stretch tell that it fits. Only the stretch's sum becomes a double. That takes 2 or 3 instructions for a
/// segment where conversions take 8, and none of them waits for the units that multiply bytes. Stretches whose scales lie too far
/// apart go segment by segment (`scaled_tile`); sums in double are exact or guarded either way, and so results are the same bits.
#include <dyadic/kernel/integer_tiles.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Whether each lane can be shifted by a number of its own in one instruction.
#if defined(__AVX2__)
inline constexpr bool has_lane_shifts = true;
#else
inline constexpr bool has_lane_shifts = false;
#endif
/// Summands of a stretch.
inline constexpr std::int64_t stretch_depth = 512;
/// Instead of a number of bits: too many of them.
inline constexpr std::uint8_t too_far = 255;

/// For each segment of a sample how often its sums are to be doubled; for each stretch what the result is multiplied by.
struct sample_stretches {
  const i32* shifts;
  std::int64_t shifts_stride;  ///< from sample to sample
  const double* bases;
  std::int64_t bases_stride, bases_step;  ///< from sample to sample, from stretch to stretch
};
/// Shifts or multipliers of weights, and the upper halves of their bases: `panel_outputs_of_integers` for each segment and stretch.
struct weight_stretches {
  const std::uint16_t* steps;
  std::int64_t steps_next;  ///< entries from this panel to the next
  const std::uint16_t* bases;
  std::int64_t bases_next;
};

/// 16-bit numbers, one in each lane.
[[gnu::always_inline]] inline ivec load_halves(const std::uint16_t* p) {
#if defined(__AVX512F__)
  return (ivec)_mm512_maskz_cvtepu16_epi32(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__AVX2__)
  return (ivec)_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
  ivec v;
  for (int i = 0; i < native_lanes; ++i) v[i] = p[i];
  return v;
#endif
}
/// v · 2^n in each lane.
[[gnu::always_inline]] inline ivec shifted_left(ivec v, ivec n) {
#if defined(__AVX512F__)
  return (ivec)_mm512_maskz_sllv_epi32(0xffff, (__m512i)v, (__m512i)n);
#elif defined(__AVX2__)
  return (ivec)_mm256_sllv_epi32((__m256i)v, (__m256i)n);
#else
  return (ivec)((uints_of<vec>)v << (uints_of<vec>)n);
#endif
}

/// Keeps the compiler from holding `out` in registers over the loops before: there are not enough of them.
[[gnu::always_inline]] inline void keep_in_memory() { asm volatile("" : : : "memory"); }

/// Adds the sums of stretches [first, end) under their scales to `out`, [R][V][dot_lanes]; where the first one is stretch 0, to nothing.
/// @param ahead  is asked once for each segment
/// @tparam Steps  what weights have for each segment: shifts, multipliers, none   @tparam XShifts  samples have shifts
/// @tparam Length  of a segment, in steps of four   @tparam Stretch  segments of one
template <weight_kind Kind, weight_scale Steps, bool XShifts, std::int64_t Length, std::int64_t Stretch, std::size_t R, std::size_t V>
[[gnu::noinline]] void stretch_tile(const sample_tile& x, const sample_stretches& xs, const weight_panel& w, const weight_stretches& ws,
                                    const depth_cut& cut, std::int64_t first, std::int64_t end, weights_ahead& ahead, double* out) {
  for (std::int64_t s = first; s < end; ++s) {
    ivec sums[R][V] = {};
    const auto segment = [&](std::int64_t g, std::int64_t steps) __attribute__((always_inline)) {
      ahead.ask();
      ivec c[R][V];
#pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r) {
        const ivec start = in_all_lanes(x.starts[at_row(r, x.starts_stride) + g]);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) c[r][v] = start;
      }
      add_steps<Kind, R, V>(c, x.codes + g * Length * codes_per_step, x.stride, w, g * Length, steps);
      ivec step[V] = {};
      if constexpr (Steps != weight_scale::none) {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v)
          step[v] = load_halves(ws.steps + g * panel_outputs_of_integers + place(v, ws.steps_next, dot_lanes));
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r) {
        ivec shift{};
        if constexpr (XShifts) shift = in_all_lanes(xs.shifts[at_row(r, xs.shifts_stride) + g]);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) {
          ivec t = c[r][v];
          if constexpr (Steps == weight_scale::shifts) t = shifted_left(t, XShifts ? step[v] + shift : step[v]);
          else {
            if constexpr (Steps == weight_scale::multipliers) t *= step[v];
            if constexpr (XShifts) t = shifted_left(t, shift);
          }
          sums[r][v] += t;
        }
      }
    };
    const std::int64_t last = std::min((s + 1) * Stretch, cut.segments), whole = std::min(last, cut.segments - 1);
    for (std::int64_t g = s * Stretch; g < whole; ++g) segment(g, Length);
    if (last == cut.segments) segment(last - 1, cut.last_steps);

    double_pair base[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      if constexpr (Steps == weight_scale::none) base[v] = {in_all_lanes(1.0), in_all_lanes(1.0)};
      else {
        const std::uint16_t* const b = ws.bases + s * panel_outputs_of_integers + place(v, ws.bases_next, dot_lanes);
        base[v] = {upper_halves(b), upper_halves(b + double_lanes)};
      }
    }
    keep_in_memory();
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
      dvec factor = in_all_lanes(1.0);
      if constexpr (XShifts) factor = in_all_lanes(xs.bases[at_row(r, xs.bases_stride) + s * xs.bases_step]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) {
        const double_pair d = to_doubles(sums[r][v]);
        double* const to = out + at_row(r * V + v, dot_lanes);
        const dvec low = XShifts ? base[v].low * factor : base[v].low, high = XShifts ? base[v].high * factor : base[v].high;
        const dvec none{};
        store_doubles(to, fused_or_not(d.low, low, s == 0 ? none : load_doubles(to)));
        store_doubles(to + double_lanes, fused_or_not(d.high, high, s == 0 ? none : load_doubles(to + double_lanes)));
      }
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
