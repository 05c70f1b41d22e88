// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_tiles.hpp
/// The loops of integer products: dot products of a few samples with a panel of outputs, in int32, or block by block under scales in double.
///
/// A panel is two vectors of outputs. Its codes lie as the loop wants them: for every step along the depth the four codes of each
/// output, as bytes; or for every two steps, as nibbles (the low ones first).
#include <dyadic/kernel/integer_lanes.hpp>

#include <algorithm>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// How weights lie in memory, and what multiplies them: of the two bytes of a product one is unsigned.
enum class weight_kind {
  unsigned_bytes,            ///< code + offset, multiplied by signed samples
  signed_bytes,              ///< multiplied by unsigned samples
  nibbles,                   ///< code + offset in 4 bits, multiplied by signed samples
  nibbles_times_unsigned,    ///< the same, multiplied by unsigned samples
  looked_up,                 ///< indices of 4 bits into a table of code + offset, multiplied by signed samples
  looked_up_times_unsigned,  ///< the same, multiplied by unsigned samples
};
constexpr bool is_looked_up(weight_kind k) { return k >= weight_kind::looked_up; }
constexpr bool is_nibbles(weight_kind k) { return k >= weight_kind::nibbles; }
constexpr bool is_signed(weight_kind k) { return static_cast<int>(k) % 2 == 1; }

/// The scales of a sample's segments.
enum class sample_scale {
  common,     ///< one for all of them
  exponents,  ///< powers of two, 2^e as the number e·2^52 that is added to a double's bits
  doubles,
};
/// The scales of weights, for each block and output.
enum class weight_scale {
  none,
  halves,  ///< the upper 16 bits of a double: any exponent, 4 bits after the leading one
  floats,
  shifts,       ///< powers of two: so many times a base is doubled, which is the upper 16 bits of a double
  multipliers,  ///< integers: so many times such a base
};

inline constexpr std::int64_t panel_vectors = 2;
inline constexpr std::int64_t panel_outputs_of_integers = panel_vectors * dot_lanes;  ///< outputs of a panel

/// Where the `v`-th vector of some panels lies.
constexpr std::int64_t place(std::size_t v, std::int64_t next_panel, std::int64_t next_vector) {
  return static_cast<std::int64_t>(v / 2) * next_panel + static_cast<std::int64_t>(v % 2) * next_vector;
}
constexpr std::int64_t at_row(std::size_t r, std::int64_t stride) { return static_cast<std::int64_t>(r) * stride; }

/// Codes of a panel and what is known of them.
struct weight_panel {
  const std::uint8_t* codes;
  std::int64_t next;  ///< bytes from this panel to the next
  ivec table;         ///< of nibbles
};

/// Where a step ends. Clang 14 would load the samples of many steps before it multiplies, into more registers than there are.
[[gnu::always_inline]] inline void end_of_step() {
#if defined(__clang__)
  asm volatile("" : : : "memory");
#endif
}

/// sums[r][v] += Σ_k x[r, k]·w[v, k] over `steps` steps of four. @param at  where in the panel the first step lies, in steps
template <weight_kind Kind, std::size_t R, std::size_t V>
[[gnu::always_inline]] inline void add_steps(ivec (&sums)[R][V], const sample_code* x, std::int64_t x_stride, const weight_panel& w,
                                             std::int64_t at, std::int64_t steps) {
  constexpr bool Signed = is_signed(Kind);
  constexpr std::int64_t bytes = 4 * dot_lanes, panel_step = panel_vectors * bytes;
  const std::int64_t next = w.next;
  using weights = weight_step<Signed>;
  if constexpr (!is_nibbles(Kind)) {
    const std::uint8_t* p = w.codes + at * panel_step;
#pragma GCC unroll 8
    for (std::int64_t k = 0; k < steps; ++k, p += panel_step, x += codes_per_step) {
      weights b[V];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) b[v] = weights::of(load_ints(p + place(v, next, bytes)));
#pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r) {
        const sample_step a = sample_step::of(x + at_row(r, x_stride));
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) sums[r][v] = add_products(sums[r][v], a, b[v]);
      }
      end_of_step();
    }
  } else {
    const std::uint8_t* p = w.codes + at / 2 * panel_step;
    const ivec table = w.table;
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < steps; k += 2, p += panel_step, x += 2 * codes_per_step) {
      weights b[2][V];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) {
        const byte_pair n = nibbles_of<is_looked_up(Kind)>(load_ints(p + place(v, next, bytes)), table);
        b[0][v] = weights::of(n.low);
        b[1][v] = weights::of(n.high);
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r) {
#pragma GCC unroll 2
        for (std::size_t h = 0; h < 2; ++h) {
          const sample_step a = sample_step::of(x + at_row(r, x_stride) + at_row(h, codes_per_step));
#pragma GCC unroll 4
          for (std::size_t v = 0; v < V; ++v) sums[r][v] = add_products(sums[r][v], a, b[h][v]);
        }
      }
      end_of_step();
    }
  }
}

/// What a tile of samples brings. `starts` and `scales` have one entry for each segment.
struct sample_tile {
  const sample_code* codes;
  std::int64_t stride;
  const i32* starts;  ///< where the integer sums begin: they undo the offset of the weights
  std::int64_t starts_stride;
  const double* scales;                     ///< or, as bits, what is added to exponents
  std::int64_t scales_stride, scales_step;  ///< from sample to sample, from segment to segment
};

/// How the depth is cut. All lengths in steps of four.
struct depth_cut {
  std::int64_t segments, steps, last_steps;
};

/// Of a panel: `panel_outputs_of_integers` for each segment.
struct weight_scales {
  const void* data;
  std::int64_t next;           ///< entries from this panel to the next
  const std::uint16_t* bases;  ///< of shifts and multipliers: one for each output, for the segments in question
  std::int64_t bases_next;     ///< entries from this panel to the next
};

/// The product of a sample's and a weight's scale: exact, as these have at most 24 significant bits each.
template <sample_scale X, weight_scale W>
[[gnu::always_inline]] inline dvec both_scales(dvec x, dvec w) {
  if constexpr (W == weight_scale::none) return x;
  else if constexpr (X == sample_scale::common) return w;
  else if constexpr (X == sample_scale::exponents) return (dvec)((dints)x + (dints)w);
  else return x * w;
}

/// Doubles base · 2^entry, or base · entry.
template <weight_scale W>
[[gnu::always_inline]] inline dvec relative_scales(const std::uint16_t* bases, const std::uint16_t* entries) {
  const dvec base = upper_halves(bases);
  const dints entry = (dints)upper_halves(entries);
  if constexpr (W == weight_scale::shifts) return (dvec)((dints)base + (entry << 4));
  else {
    const dvec whole = in_all_lanes(0x1p52);
    return ((dvec)((dints)whole | ((dints)((typename vector_of<std::uint64_t, double_lanes>::type)entry >> 48))) - whole) * base;
  }
}

/// Σ over one segment: int32 sums of `R` samples and `V` vectors of outputs to `out`, [R][V][dot_lanes]. Not inlined: pairs of schemes share it.
template <weight_kind Kind, std::size_t R, std::size_t V>
[[gnu::noinline]] void sum_tile(const sample_tile& x, const weight_panel& w, const depth_cut& cut, i32* out) {
  ivec c[R][V];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r) {
    const ivec start = in_all_lanes(x.starts[at_row(r, x.starts_stride)]);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) c[r][v] = start;
  }
  add_steps<Kind, R, V>(c, x.codes, x.stride, w, 0, cut.last_steps);
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) store_ints(out + at_row(r * V + v, dot_lanes), c[r][v]);
}

/// Weights that are wanted next, asked for part by part while tiles of those before are computed: into the second cache. A few at a
/// time, for a processor waits that has too many underway.
class weights_ahead {
 public:
  /// Of none.
  weights_ahead() = default;
  /// @param bytes  of them, `distance` after `codes`   @param parts  in how many parts
  weights_ahead(const std::uint8_t* codes, std::int64_t distance, std::int64_t bytes, std::int64_t parts)
      : next_(reinterpret_cast<std::uintptr_t>(codes) + static_cast<std::uintptr_t>(distance)),  // a number: it may lie past the end
        lines_(parts < 2 ? 0 : bytes / 64 / parts + 1) {}
  [[gnu::always_inline]] void ask() {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
    for (std::int64_t i = 0; i < lines_; ++i, next_ += 64) __builtin_prefetch(reinterpret_cast<const void*>(next_), 0, 2);
  }

 private:
  std::uintptr_t next_ = 0;
  std::int64_t lines_ = 0;
};

/// Adds Σ scale · integer sum over segments [first, end), in double, to `out`, [R][V][dot_lanes]; where the first one is segment 0, to
/// nothing.
/// @param ahead  is asked once for each segment
/// @tparam Interleaved  outputs of a vector lie as `interleaved_doubles` wants them, and starts are moved up by 2^31
/// @tparam Steps  of a segment that is known at compile time, else 0
template <weight_kind Kind, sample_scale XScale, weight_scale WScale, bool Interleaved, std::int64_t Steps, std::size_t R, std::size_t V>
[[gnu::noinline]] void scaled_tile(const sample_tile& x, const weight_panel& w, const weight_scales& scales, const depth_cut& cut,
                                   std::int64_t first, std::int64_t end, weights_ahead& ahead, double* out) {
  dvec sums[R][2 * V];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < 2 * V; ++v) sums[r][v] = first == 0 ? dvec{} : load_doubles(out + at_row(r * 2 * V + v, double_lanes));
  const auto segment = [&](std::int64_t g, std::int64_t steps) __attribute__((always_inline)) {
    ahead.ask();  // first: Clang would move the products behind this loop, and keep what they multiply in memory
    ivec c[R][V];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
      const ivec start = in_all_lanes(x.starts[at_row(r, x.starts_stride) + g]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) c[r][v] = start;
    }
    add_steps<Kind, R, V>(c, x.codes + g * cut.steps * codes_per_step, x.stride, w, g * cut.steps, steps);
    double_pair scale[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      const std::int64_t at = g * panel_outputs_of_integers + place(v, scales.next, dot_lanes);
      if constexpr (WScale == weight_scale::halves) {
        const auto* e = static_cast<const std::uint16_t*>(scales.data) + at;
        scale[v] = {upper_halves(e), upper_halves(e + double_lanes)};
      } else if constexpr (WScale == weight_scale::shifts || WScale == weight_scale::multipliers) {
        const auto* e = static_cast<const std::uint16_t*>(scales.data) + at;
        const std::uint16_t* const b = scales.bases + place(v, scales.bases_next, dot_lanes);
        scale[v] = {relative_scales<WScale>(b, e), relative_scales<WScale>(b + double_lanes, e + double_lanes)};
      } else if constexpr (WScale == weight_scale::floats) {
        scale[v] = to_doubles(load(static_cast<const float*>(scales.data) + at));
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
      const dvec s = in_all_lanes(x.scales[at_row(r, x.scales_stride) + g * x.scales_step]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) {
        double_pair d;
        if constexpr (Interleaved) d = interleaved_doubles(c[r][v]);
        else d = to_doubles(c[r][v]);
        sums[r][2 * v] = fused_or_not(d.low, both_scales<XScale, WScale>(s, scale[v].low), sums[r][2 * v]);
        sums[r][2 * v + 1] = fused_or_not(d.high, both_scales<XScale, WScale>(s, scale[v].high), sums[r][2 * v + 1]);
      }
    }
  };
  const std::int64_t whole = std::min(end, cut.segments - 1);
  for (std::int64_t g = first; g < whole; ++g) segment(g, Steps != 0 ? Steps : cut.steps);
  if (end == cut.segments) segment(end - 1, cut.last_steps);
#pragma GCC unroll 8
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < 2 * V; ++v) store_doubles(out + at_row(r * 2 * V + v, double_lanes), sums[r][v]);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
