// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fake_quantize.hpp
/// float32 tensors to the values of a scheme, as float32 ("fake" quantisation: the numbers of a format, in float's clothes).
/// The bits are those of `quantize_values`, at the speed of memory.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/format/given.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/block_groups.hpp>
#include <dyadic/kernel/magnitude_sums.hpp>
#include <dyadic/kernel/random_lanes.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <functional>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Outputs of this size and more do not fit the caches: they are written past them.
inline constexpr std::int64_t stream_bytes = std::int64_t{16} << 20;

/// Four vectors at a time, loads before stores: neighbouring addresses of `in` and `out` modulo 4096 then do no harm.
/// @param past_caches  whether to write so; `out + i` is aligned then. Asked here, not of two loops: every scheme has this code.
template <class Convert>
[[gnu::always_inline]] inline std::int64_t four_by_four(const float* in, float* out, std::int64_t i, std::int64_t n, bool past_caches, const Convert& convert) {
  constexpr std::int64_t L = native_lanes;
  for (; i + 4 * L <= n; i += 4 * L) {
    vec v[4];
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) v[k] = load_once(in + i + k * L);
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) v[k] = convert(v[k], i + k * L);
    if (past_caches) [[unlikely]] {
#pragma GCC unroll 4
      for (std::int64_t k = 0; k < 4; ++k) __builtin_prefetch(in + i + 2048 + k * L);  // further ahead than the processor looks by itself
#pragma GCC unroll 4
      for (std::int64_t k = 0; k < 4; ++k) stream(out + i + k * L, v[k]);
    } else {
#pragma GCC unroll 4
      for (std::int64_t k = 0; k < 4; ++k) store(out + i + k * L, v[k]);
    }
  }
  return i;
}

/// Values [begin, end) of an element scheme.
template <ElementScheme S>
void quantize_elements(const float* in, float* out, std::int64_t begin, std::int64_t end, bool past_caches, std::uint64_t seed) {
  constexpr std::int64_t L = native_lanes;
  const auto convert = [seed](vec x, std::int64_t i) __attribute__((always_inline)) { return quantize_lanes<S, vec>(x, random_lanes<S>(seed, i)); };
  // Part of a vector up to the first address that is aligned, whole ones by four, the rest: the parts by one loop, gone through twice, so
  // that the conversion in it is compiled once.
  std::int64_t i = begin, stop = begin;
  if (past_caches) {
    const auto beyond = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out + begin) % sizeof(vec) / sizeof(float));
    stop = beyond == 0 ? begin : begin + L - beyond < end ? begin + L - beyond : end;
  }
  for (bool four = true;; four = false) {
    for (std::int64_t m; i < stop; i += m) {
      m = stop - i < L ? stop - i : L;
      store_some(out + i, convert(load_some(in + i, m), i), m);
    }
    if (!four) break;
    i = four_by_four(in, out, i, end, past_caches, convert);
    stop = end;
  }
  if (past_caches) stream_fence();
}

/// Whether blocks follow each other without a gap, all of one length: then the grid need not be asked where each lies.
inline bool is_gapless(const block_grid& grid) { return grid.is_runs() && grid.row() % grid.run() == 0; }
template <class F>
[[gnu::always_inline]] inline void each_run(const block_grid& grid, bool gapless, std::int64_t b, const F& f) {
  if (gapless) f(b * grid.run(), grid.run());
  else grid.runs(b, f);
}

/// A scheme's parameters as lanes want them, made once a block.
template <class S>
auto spread_parameters(const typename S::parameters& p) {
  if constexpr (requires { p.template spread<vec>(); } && has_lane_forms<S>) return p.template spread<vec>();
  else return p;
}
/// Whether a scheme converts a vector of values at once: with the parameters as they are, or as a declaration
/// says that they are spread.
template <class S>
concept AppliesLanes = !InheritsDeclaration<S> &&
                       requires(vec x, const typename S::parameters& p, ivec random) {
                         { S::template apply<vec>(x, spread_parameters<S>(p), random) } -> std::same_as<vec>;
                       };

/// A block's values, its largest magnitude found once and by vectors.
class fast_block_values : public block_values {
 public:
  /// @param gapless  `is_gapless(grid)`
  [[gnu::noinline]] fast_block_values(const float* tensor, const block_grid& grid, std::int64_t index, bool gapless) : block_values(tensor, grid, index), gapless_(gapless) {
    i32 raw = 0;
    runs([&](std::int64_t offset, std::int64_t length) { raw = imax(raw, raw_peak(tensor + offset, length)); });
    if (raw < infinity_bits) peak_.bits = raw;
    else peak_ = block_values::max_magnitude();
  }
  /// The runs of neighbours that the block is made of.
  template <class F>
  [[gnu::always_inline]] inline void runs(const F& f) const {
    each_run(*grid_, gapless_, index_, f);
  }
  [[nodiscard]] peak max_magnitude() const { return peak_; }
  [[nodiscard]] bool finite() const { return !peak_.nan && !peak_.infinite; }
  /// The mean magnitude, of all values or of those beyond a threshold, summed as `chunked_sum` does. Of finite values.
  [[nodiscard]] double mean_magnitude() const {
    magnitude_mean mean(peak_.bits);
    runs([&](std::int64_t offset, std::int64_t length) { mean.add(tensor_ + offset, length); });
    return mean.mean();
  }
  [[nodiscard]] double mean_magnitude(float above) const {
    magnitude_mean mean(peak_.bits);
    runs([&](std::int64_t offset, std::int64_t length) { mean.add_beyond(tensor_ + offset, length, above); });
    return mean.mean();
  }
  /// The least and the greatest value, and 0. Of finite values.
  [[nodiscard]] value_range range() const {
    value_range r{0.0F, 0.0F};
    runs([&](std::int64_t offset, std::int64_t length) {
      const float* x = tensor_ + offset;
      constexpr std::int64_t L = native_lanes;
      vec low = splat<vec>(r.low), high = splat<vec>(r.high), low2 = low, high2 = high;
      std::int64_t i = 0;
      for (; i + 2 * L <= length; i += 2 * L) {
        const vec a = load(x + i), b = load(x + i + L);
        low = min_keep_nan(low, a);
        high = max_keep_nan(high, a);
        low2 = min_keep_nan(low2, b);
        high2 = max_keep_nan(high2, b);
      }
      r.low = folded(min_keep_nan(low, low2), [](vec a, vec b) __attribute__((always_inline)) { return min_keep_nan(a, b); });
      r.high = folded(max_keep_nan(high, high2), [](vec a, vec b) __attribute__((always_inline)) { return max_keep_nan(a, b); });
      for (; i < length; ++i) {
        r.low = x[i] < r.low ? x[i] : r.low;
        r.high = x[i] > r.high ? x[i] : r.high;
      }
    });
    return r;
  }

  /// Σ (x - y)², y = convert(x), as `detail::squared_error` has it: float64, in index order. Of finite values.
  template <class Convert>
  [[nodiscard]] double squared_error(const Convert& convert) const {
    double sum = 0.0;
    runs([&](std::int64_t offset, std::int64_t length) {
      const float* x = tensor_ + offset;
      std::int64_t i = 0;
      for (; i + native_lanes <= length; i += native_lanes) {
        const vec v = load(x + i), y = convert(v);
        const auto [low, high] = as_doubles(v);
        const auto [y_low, y_high] = as_doubles(y);
        const auto d = low - y_low, e = high - y_high;
        const auto squares = apart(d * d), more = apart(e * e);
        for (int k = 0; k < native_lanes / 2; ++k) sum = sum + squares[k];
        for (int k = 0; k < native_lanes / 2; ++k) sum = sum + more[k];
      }
      for (; i < length; ++i) {
        const double d = static_cast<double>(x[i]) - static_cast<double>(convert(x[i]));
        sum = sum + apart(d * d);
      }
    });
    return sum;
  }

 private:
  bool gapless_;
  peak peak_{};
};

/// Whether a block's parameters allow the forms for vectors.
template <BlockScheme S>
constexpr bool allows_vectors(const typename S::parameters& p) {
  if constexpr (has_lane_forms<S> && requires { S::has_vector_form(p); }) return S::has_vector_form(p);
  else return true;
}
/// Whether a block may be converted by vectors: NaN and infinities are left to the definition, and so are parameters of which the
/// scheme says so.
template <BlockScheme S>
bool by_vectors(const fast_block_values& values, const typename S::parameters& p) {
  return values.finite() && allows_vectors<S>(p);
}

/// Where the parameters of a block come from, of its values and its index: they are measured, or given.
/// `after`: the same for blocks that are counted from that one on.
/// @{
template <BlockScheme S>
struct measured_parameters {
  float t;
  auto operator()(const fast_block_values& values, std::int64_t) const { return S::fit(values, t); }
  [[nodiscard]] measured_parameters after(std::int64_t) const { return *this; }
};
template <BlockScheme S>
struct given_parameters {
  const given<S>* parameters;
  std::int64_t first = 0;
  auto operator()(const fast_block_values&, std::int64_t b) const { return parameters->parameters(first + b); }
  [[nodiscard]] given_parameters after(std::int64_t b) const { return {parameters, first + b}; }
};
/// @}

/// Blocks [begin, end) of any shape, one after the other.
template <BlockScheme S, class Fit>
void quantize_blocks_with(const float* in, float* out, const block_grid& grid, std::int64_t begin,
                          std::int64_t end, const Fit& fit, std::uint64_t seed) {
  const bool gapless = !in_groups<S> && is_gapless(grid);  // where blocks go in groups few come here, and one form does
  for (std::int64_t b = begin; b < end; ++b) {
    const fast_block_values values(in, grid, b, gapless);
    const auto p = fit(values, b);
    const auto convert_rest = [&](std::int64_t i, std::int64_t stop) {
      for (; i < stop; ++i) out[i] = apply_one<S>(in[i], p, random_for<S>(seed, i));
    };
    if constexpr (AppliesLanes<S>) {
      const auto in_lanes = spread_parameters<S>(p);
      const bool whole = by_vectors<S>(values, p);
      const auto convert = [&](vec x, std::int64_t i) __attribute__((always_inline)) {
        return S::template apply<vec>(x, in_lanes, random_lanes<S>(seed, i));
      };
      values.runs([&](std::int64_t offset, std::int64_t length) {
        std::int64_t i = offset;
        const std::int64_t stop = offset + length;
        if (whole) {
          if constexpr (!in_groups<S>)
            i = four_by_four(in, out, i, stop, false, convert);  // else few come here
          for (; i + native_lanes <= stop; i += native_lanes) store(out + i, convert(load(in + i), i));
        }
        convert_rest(i, stop);
      });
    } else {
      values.runs([&](std::int64_t offset, std::int64_t length) { convert_rest(offset, offset + length); });
    }
  }
}

/// The same with parameters that are measured.
template <BlockScheme S>
void quantize_blocks(const float* in, float* out, const block_grid& grid, std::int64_t begin,
                     std::int64_t end, float t, std::uint64_t seed) {
  quantize_blocks_with<S>(in, out, grid, begin, end, measured_parameters<S>{t}, seed);
}

/// Contiguous blocks of `S::shape::size` neighbours, some vectors of blocks at a time. @returns the first block left over
template <FitsByLanes S>
std::int64_t quantize_block_groups(const float* in, float* out, const block_grid& grid, std::int64_t begin, std::int64_t end, bool past_caches, float t, std::uint64_t seed) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  // Four vectors at a time, loads before stores: of one block or of several.
  constexpr std::int64_t within = B >= 4 * L && B % (4 * L) == 0 ? 4 * L : L * (B / L % 2 == 0 ? 2 : 1), vectors = within / L, together = 4 / vectors;
  static_assert(B % within == 0 && L % together == 0);
  fitted_groups<S> group;
  std::int64_t b = begin;
  for (std::int64_t n; b + L <= end; b += n) {
    n = end - b < group.blocks ? (end - b) / L * L : group.blocks;
    const float* x = in + b * B;
    float* y = out + b * B;
    if (!group.fit(x, n, t)) {
      quantize_blocks<S>(in, out, grid, b, b + n, t, seed);
      continue;
    }
    const auto convert = [&]<bool One>(std::bool_constant<One>) __attribute__((always_inline)) {
      for (std::int64_t g = 0; g < n; g += L)
        for (std::int64_t k = 0; k < L; k += together)
          for (std::int64_t j = 0; j < B; j += within) {
            const auto at = [&](std::int64_t i) __attribute__((always_inline)) { return (g + k + i / vectors) * B + j + i % vectors * L; };
            vec v[4];
#pragma GCC unroll 4
            for (std::int64_t i = 0; i < 4; ++i)
              v[i] = apply_lanes<S, One>(load_once(x + at(i)), group.at(g, k + i / vectors), random_lanes<S>(seed, b * B + at(i)));
            if (past_caches) [[unlikely]] {
#pragma GCC unroll 4
              for (std::int64_t i = 0; i < 4; ++i) __builtin_prefetch(x + n * B + at(i));  // the next group is on its way while this one is written
#pragma GCC unroll 4
              for (std::int64_t i = 0; i < 4; ++i) stream(y + at(i), v[i]);
            } else {
#pragma GCC unroll 4
              for (std::int64_t i = 0; i < 4; ++i) store(y + at(i), v[i]);
            }
          }
    };
    if (group.one_factor()) convert(std::true_type{});
    else if constexpr (may_need_two<S> && !Places<S>) convert(std::false_type{});
  }
  if (past_caches) stream_fence();
  return b;
}

/// Tiles of `Width` values a line, a band of them at a time: every lane finds the largest magnitude of its own tile and
/// quantises with its own parameters. Line by line through a strip of columns, so that memory is read in its own order.
/// @param begin, end  bands
template <int Width, FitsByLanes S>
void quantize_tiles(const float* in, float* out, const block_grid& grid, std::int64_t begin, std::int64_t end, bool past_caches, float t, std::uint64_t seed) {
  constexpr std::int64_t L = native_lanes, step = Width > L ? Width : L;  // columns at a time
  constexpr std::int64_t strip = 512;
  static_assert(strip % step == 0);
  const std::int64_t columns = grid.row(), across = (columns + Width - 1) / Width, bands = (grid.plane_rows() + grid.lines() - 1) / grid.lines();
  constexpr auto kind = [] {
    if constexpr (Places<S>) return S::template place_lanes<vec>(ivec{});
    else return S::template fit_lanes<vec>(ivec{}, 1.0F);
  };
  using parameters = decltype(kind());
  for (std::int64_t band = begin; band < end; ++band) {
    const std::int64_t first = band / bands * grid.plane_rows() + band % bands * grid.lines();
    const std::int64_t left = grid.plane_rows() - band % bands * grid.lines(), lines = left < grid.lines() ? left : grid.lines();
    const std::int64_t whole_steps = columns / step * step;
    for (std::int64_t start = 0; start < whole_steps; start += strip) {
      const std::int64_t stop = start + strip < whole_steps ? start + strip : whole_steps, vectors = (stop - start) / L;
      // 1. Maxima of the columns, then of the tiles.
      ivec m[strip / L];
      for (std::int64_t v = 0; v < vectors; ++v) m[v] = magnitudes(in + first * columns + start + v * L);
      for (std::int64_t r = first + 1; r < first + lines; ++r)
        for (std::int64_t v = 0; v < vectors; ++v) m[v] = imax(m[v], magnitudes(in + r * columns + start + v * L));
      ivec bad{};
      parameters p[strip / L];
      for (std::int64_t v = 0; v < vectors; v += step / L) {
        ivec tile = m[v];
        for (std::int64_t k = 1; k < step / L; ++k) tile = imax(tile, m[v + k]);
        tile = max_of_group<(Width < native_lanes ? Width : native_lanes)>(tile);
        // 2. Parameters, one for each lane.
        parameters of_tile;
        bad |= fit_to_quantize<S>(tile, t, of_tile);
        for (std::int64_t k = 0; k < step / L; ++k) p[v + k] = of_tile;
      }
      if (any_negative(bad)) {
        quantize_blocks<S>(in, out, grid, band * across + start / Width, band * across + stop / Width, t, seed);
        continue;
      }
      // 3. The values.
      for (std::int64_t r = first; r < first + lines; ++r)
        for (std::int64_t v = 0; v < vectors; ++v) {
          const std::int64_t i = r * columns + start + v * L;
          const vec y = apply_lanes<S, false>(load_once(in + i), p[v], random_lanes<S>(seed, i));
          if (past_caches) [[unlikely]] {
            __builtin_prefetch(in + i + lines * columns);  // the next band
            stream(out + i, y);
          } else {
            store(out + i, y);
          }
        }
    }
    quantize_blocks<S>(in, out, grid, band * across + whole_steps / Width, (band + 1) * across, t, seed);
  }
  if (past_caches) stream_fence();
}

/// Blocks that are columns, bands of `grid.lines()` rows [begin, end) of them, by way of a copy in which they are rows: the values of a column are
/// far apart in memory, and vectors want neighbours.
inline constexpr std::int64_t most_turned = 8192;  ///< values of the copy: on the stack, for a prepared model allocates nothing
template <BlockScheme S, class Fit>
void quantize_columns(const float* in, float* out, const block_grid& grid, std::int64_t begin,
                      std::int64_t end, const Fit& fit) {
  const std::int64_t strip = most_turned / grid.lines();
  const std::int64_t columns = grid.row(), bands = (grid.plane_rows() + grid.lines() - 1) / grid.lines();
  alignas(64) float turned[most_turned];
  for (std::int64_t band = begin; band < end; ++band) {
    const std::int64_t first = band / bands * grid.plane_rows() + band % bands * grid.lines();
    const std::int64_t left = grid.plane_rows() - band % bands * grid.lines(), lines = left < grid.lines() ? left : grid.lines();
    for (std::int64_t start = 0; start < columns; start += strip) {
      const std::int64_t here = columns - start < strip ? columns - start : strip;
      for (std::int64_t r = 0; r < lines; ++r)
        for (std::int64_t c = 0; c < here; ++c) turned[c * lines + r] = in[(first + r) * columns + start + c];
      quantize_blocks_with<S>(turned, turned, block_grid(Extents{here, lines}, Extents{1, lines}), 0, here,
                              fit.after(band * columns + start), 0);
      for (std::int64_t r = 0; r < lines; ++r)
        for (std::int64_t c = 0; c < here; ++c) out[(first + r) * columns + start + c] = turned[c * lines + r];
    }
  }
}

/// Blocks that follow an axis may be runs along any dimension: tiles one value wide.
template <BlockScheme S>
inline constexpr bool by_axis = block_axis_of<typename S::shape> != block_axis::none;
/// Converts blocks that are columns, if they are. @returns whether they are
template <BlockScheme S, class Fit>
bool quantize_if_columns(const float* in, float* out, const block_grid& grid, std::int64_t n,
                         const Fit& fit) {
  if constexpr (by_axis<S> && !uses_random<S>) {  // random bits go by the place of a value in the tensor
    if (grid.is_tiles() && grid.run() == 1 && grid.lines() > 1 && grid.lines() <= most_turned) {
      const std::int64_t bands =
          n / grid.row() / grid.plane_rows() * ((grid.plane_rows() + grid.lines() - 1) / grid.lines());
      in_parallel(bands, n / bands, 1, [&](std::int64_t begin, std::int64_t end) {
        quantize_columns<S>(in, out, grid, begin, end, fit);
      });
      return true;
    }
  }
  return false;
}

/// The scale that all blocks of a tensor share, measured.
template <BlockScheme S>
float measured_tensor_scale([[maybe_unused]] const float* in, [[maybe_unused]] std::int64_t n) {
  if constexpr (has_tensor_scale<S>) {
    const i32 raw = raw_peak(in, n);
    return raw < infinity_bits ? S::tensor_scale(std::bit_cast<float>(raw))
                               : tensor_scale<S>({in, static_cast<std::size_t>(n)});
  } else return 1.0F;
}

/// All blocks of a tensor, by the fastest way that their shape allows.
/// @param grid  of the blocks; over `n` values   @param t  the scale that they share
template <BlockScheme S>
void quantize_by_blocks(const float* in, float* out, const block_grid& grid, std::int64_t n,
                        [[maybe_unused]] bool past_caches, float t, std::uint64_t seed) {
  if constexpr (FitsByLanes<S> && (by_axis<S> || S::shape::size != S::shape::last)) {  // of several lines
    if (grid.is_tiles()) {
      const std::int64_t bands = n / grid.row() / grid.plane_rows() * ((grid.plane_rows() + grid.lines() - 1) / grid.lines());
      const auto tiles = [&]<int Width>(std::integral_constant<int, Width>) {
        if (grid.run() != Width) return false;
        const bool aligned = reinterpret_cast<std::uintptr_t>(out) % sizeof(vec) == 0 && grid.row() % native_lanes == 0;
        in_parallel(bands, n / bands, 1, [&](std::int64_t begin, std::int64_t end) {
          quantize_tiles<Width, S>(in, out, grid, begin, end, past_caches && aligned, t, seed);
        });
        return true;
      };
      constexpr std::int64_t width = by_axis<S> ? 1 : S::shape::last;
      if constexpr (by_axis<S> || width == 2 || width == 4 || width == 8 || width == 16 || width == 32)
        if (grid.lines() > 1 && (!by_axis<S> || grid.row() >= native_lanes) &&
            tiles(std::integral_constant<int, static_cast<int>(width)>{}))
          return;
    }
  }
  if (quantize_if_columns<S>(in, out, grid, n, measured_parameters<S>{t})) return;
  in_parallel(grid.count(), (n + grid.count() - 1) / grid.count(), 16, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (in_groups<S>)
      if (is_grouped<S>(grid)) {
        const bool aligned = reinterpret_cast<std::uintptr_t>(out) % sizeof(vec) == 0;
        begin = quantize_block_groups<S>(in, out, grid, begin, end, past_caches && aligned, t, seed);
      }
    quantize_blocks<S>(in, out, grid, begin, end, t, seed);
  });
}

/// All blocks of a tensor with parameters that are given.
template <BlockScheme S>
void quantize_given_blocks(const float* in, float* out, const block_grid& grid, std::int64_t n,
                           const given<S>& parameters, std::uint64_t seed) {
  const given_parameters<S> fit{&parameters};
  if (quantize_if_columns<S>(in, out, grid, n, fit)) return;
  in_parallel(grid.count(), (n + grid.count() - 1) / grid.count(), 16,
              [&](std::int64_t begin, std::int64_t end) {
                quantize_blocks_with<S>(in, out, grid, begin, end, fit, seed);
              });
}

/// Calls quantize(in, out) for an operand whose values have to be put in another order first: weights, so
/// that time and memory hardly count.
template <class Quantize>
void quantize_reordered(const float* in, float* out, const operand_blocks& blocks, std::int64_t n,
                        const Quantize& quantize) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = in[blocks.offset(i)];
  quantize(static_cast<const float*>(values.data()), values.data());
  for (std::int64_t i = 0; i < n; ++i) out[blocks.offset(i)] = values[static_cast<std::size_t>(i)];
}

inline void check_same_size(std::size_t in, std::size_t out, std::int64_t shape) {
  if (in != out || static_cast<std::int64_t>(in) != shape)
    throw error("fake_quantize: " + std::to_string(in) + " values go in, " + std::to_string(out) + " come out, and the shape holds " + std::to_string(shape) +
                "; the three must be equal.");
}

inline void check_same_shape(const Extents& in, const Extents& out) {
  if (!(in == out)) throw error("fake_quantize: the input has shape " + in.text() + ", the destination " + out.text() + "; give them the same shape.");
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// Writes to `out` the values of scheme `S` for the row-major tensor `in` of the given shape. `in` and `out` are the same memory or do not overlap.
/// @param axes  what the dimensions mean to the operator that reads the tensor, for blocks that lie along one by its meaning (`Along<N>`,
/// `PerToken`, `PerChannel`): the weight [32, 64, 3, 3] of a convolution has `operand_axes{.reduction = 1, .channel = 0, .kernel = true}`
/// @param seed  for stochastic rounding: the same seed gives the same bits, whatever the number of threads
/// @throws error if the sizes differ, or an extent is negative
template <QuantScheme S>
void fake_quantize(std::span<const float> in, std::span<float> out, const Extents& shape, const operand_axes& axes, std::uint64_t seed = 0) {
  const detail::usual_float_environment environment;
  detail::require_known("fake_quantize", shape);
  if constexpr (BlockScheme<S>) detail::require_axes<typename S::shape>("fake_quantize", shape, axes);
  detail::check_same_size(in.size(), out.size(), shape.size());
  const std::int64_t n = shape.size();
  [[maybe_unused]] const bool past_caches = in.data() != out.data() && 4 * n >= detail::stream_bytes;
  if (n == 0) return;
  if constexpr (std::same_as<S, none>) {
    if (in.data() != out.data()) std::copy_n(in.data(), n, out.data());
  } else if constexpr (ElementScheme<S>) {
    detail::in_parallel(n, 1, 64, [&](std::int64_t begin, std::int64_t end) { detail::quantize_elements<S>(in.data(), out.data(), begin, end, past_caches, seed); });
  } else if constexpr (BlockScheme<S>) {
    const operand_blocks blocks = detail::blocks_of<typename S::shape>(shape, axes);
    const float t = detail::measured_tensor_scale<S>(in.data(), n);
    if (blocks.reordered)
      detail::quantize_reordered(in.data(), out.data(), blocks, n, [&](const float* x, float* y) {
        detail::quantize_by_blocks<S>(x, y, detail::grid_of(blocks), n, false, t, seed);
      });
    else
      detail::quantize_by_blocks<S>(in.data(), out.data(), detail::grid_of(blocks), n, past_caches, t, seed);
  } else {
    quantize_values<S>(in, out, shape, seed);
  }
}
/// The same for a tensor that stands alone: blocks that follow an axis lie along its last dimension.
template <QuantScheme S>
void fake_quantize(std::span<const float> in, std::span<float> out, const Extents& shape, std::uint64_t seed = 0) {
  fake_quantize<S>(in, out, shape, operand_axes{}, seed);
}
/// The same for views. @throws error if their shapes differ
/// @{
template <QuantScheme S>
void fake_quantize(ConstView in, View out, const operand_axes& axes, std::uint64_t seed = 0) {
  detail::check_same_shape(in.shape, out.shape);
  fake_quantize<S>(in.span(), out.span(), in.shape, axes, seed);
}
template <QuantScheme S>
void fake_quantize(ConstView in, View out, std::uint64_t seed = 0) {
  fake_quantize<S>(in, out, operand_axes{}, seed);
}
/// @}

/// The same with parameters that are given: see given.hpp. @throws error also if there is not one scale for
/// each block
/// @{
template <GivenScheme S, std::same_as<given<S>> Given>
void fake_quantize(std::span<const float> in, std::span<float> out, const Extents& shape,
                   const operand_axes& axes, const Given& parameters, std::uint64_t seed = 0) {
  const detail::usual_float_environment environment;
  detail::require_known("fake_quantize", shape);
  if constexpr (BlockScheme<S>) detail::require_axes<typename S::shape>("fake_quantize", shape, axes);
  detail::check_same_size(in.size(), out.size(), shape.size());
  const std::int64_t n = shape.size();
  const operand_blocks blocks = detail::blocks_of<typename S::shape>(shape, axes);
  const detail::block_grid grid = detail::grid_of(blocks);
  parameters.require("fake_quantize", shape, grid.count());
  if (n == 0) return;
  const bool past_caches = !blocks.reordered && in.data() != out.data() && 4 * n >= detail::stream_bytes;
  const auto convert = [&](const float* x, float* y) {
    if (parameters.measures())
      detail::quantize_by_blocks<S>(x, y, grid, n, past_caches, parameters.tensor_scale(), seed);
    else detail::quantize_given_blocks<S>(x, y, grid, n, parameters, seed);
  };
  if (blocks.reordered) detail::quantize_reordered(in.data(), out.data(), blocks, n, convert);
  else convert(in.data(), out.data());
}
template <GivenScheme S, std::same_as<given<S>> Given>
void fake_quantize(std::span<const float> in, std::span<float> out, const Extents& shape,
                   const Given& parameters, std::uint64_t seed = 0) {
  fake_quantize<S>(in, out, shape, operand_axes{}, parameters, seed);
}
template <GivenScheme S, std::same_as<given<S>> Given>
void fake_quantize(ConstView in, View out, const operand_axes& axes, const Given& parameters,
                   std::uint64_t seed = 0) {
  detail::check_same_shape(in.shape, out.shape);
  fake_quantize<S>(in.span(), out.span(), in.shape, axes, parameters, seed);
}
template <GivenScheme S, std::same_as<given<S>> Given>
void fake_quantize(ConstView in, View out, const Given& parameters, std::uint64_t seed = 0) {
  fake_quantize<S>(in, out, operand_axes{}, parameters, seed);
}
template <GivenScheme S, TensorLike T, std::same_as<given<S>> Given>
[[nodiscard]] auto fake_quantize(const T& in, const operand_axes& axes, const Given& parameters,
                                 std::uint64_t seed = 0) {
  constexpr int rank = static_cast<int>(T::NumIndices);
  Tensor<rank> out = make_tensor<rank>(extents(in));
  fake_quantize<S>(view(in), mutable_view(out), axes, parameters, seed);
  return out;
}
template <GivenScheme S, TensorLike T, std::same_as<given<S>> Given>
[[nodiscard]] auto fake_quantize(const T& in, const Given& parameters, std::uint64_t seed = 0) {
  return fake_quantize<S>(in, operand_axes{}, parameters, seed);
}
template <GivenScheme S, TensorLike T, TensorLike U, std::same_as<given<S>> Given>
requires requires(U& u) { mutable_view(u); }
void fake_quantize(const T& in, U& out, const Given& parameters, std::uint64_t seed = 0) {
  fake_quantize<S>(view(in), mutable_view(out), operand_axes{}, parameters, seed);
}
/// @}

/// The quantised copy of a tensor (or of a map of one).
/// @{
template <QuantScheme S, TensorLike T>
[[nodiscard]] auto fake_quantize(const T& in, const operand_axes& axes, std::uint64_t seed = 0) {
  constexpr int rank = static_cast<int>(T::NumIndices);
  Tensor<rank> out = make_tensor<rank>(extents(in));
  fake_quantize<S>(view(in), mutable_view(out), axes, seed);
  return out;
}
template <QuantScheme S, TensorLike T>
[[nodiscard]] auto fake_quantize(const T& in, std::uint64_t seed = 0) {
  return fake_quantize<S>(in, operand_axes{}, seed);
}
/// @}
/// Anything else: what is wanted instead.
template <class S, class T>
  requires(!(QuantScheme<S> && TensorLike<T>))
void fake_quantize(const T&) {
  static_assert(QuantScheme<S>, "dyadic::fake_quantize<S>(x): S is no scheme. static_assert(dyadic::ElementScheme<S>) shows which member a format of your own lacks.");
  static_assert(TensorLike<T>, "dyadic::fake_quantize<S>(x): x must be a row-major float tensor (dyadic::Tensor<R>) or a map of one. Evaluate expressions first: Tensor<R> y = x + x.");
}
/// Into a tensor of the same shape; `fake_quantize<S>(x, x)` works in place.
template <QuantScheme S, TensorLike T, TensorLike U>
  requires requires(U& u) { mutable_view(u); }
void fake_quantize(const T& in, U&& out, std::uint64_t seed = 0) {
  fake_quantize<S>(view(in), mutable_view(out), seed);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
