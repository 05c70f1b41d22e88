// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_product.hpp
/// Products of quantised matrices on their integers: exact sums, one rounding to float32.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/integer_rounding.hpp>
#include <dyadic/kernel/integer_samples.hpp>
#include <dyadic/kernel/integer_weights.hpp>
#include <dyadic/kernel/weight_panels.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Samples and vectors of outputs whose sums are in registers at once, for the three kinds of tiles.
struct tile_shape {
  std::int64_t rows, vectors;
};
inline constexpr tile_shape sum_shape = native_lanes == 16 ? tile_shape{6, 4} : tile_shape{4, 2};
inline constexpr tile_shape scaled_shape = {4, 2};
inline constexpr tile_shape stretch_shape = native_lanes == 16 ? tile_shape{6, 2} : tile_shape{2, 2};
/// Samples that stay in the caches while all weights pass by.
inline constexpr std::int64_t sample_group = 60;

/// The biases of some panels, filled up with zeros; and as multiples of the products' unit, if they are.
struct panel_biases {
  alignas(64) float values[2 * panel_outputs_of_integers] = {};
  alignas(64) i32 integers[2 * panel_outputs_of_integers] = {};
  bool are_integers = true;

  panel_biases(const float* bias, std::int64_t count) {
    if (bias != nullptr) std::copy_n(bias, std::min(count, 2 * panel_outputs_of_integers), values);
  }
  /// @param up  2^fraction of the products   @param down  its inverse
  void to_integers(float up, float down) {
    ivec differ{};
    for (std::int64_t i = 0; i < 2 * panel_outputs_of_integers; i += native_lanes) {
      const vec b = load(values + i), t = b * splat<vec>(up);
      const ivec small = from_bits<vec>(to_bits(t) & isplat<vec>(magnitude_mask)) < splat<vec>(0x1p30F);
      const ivec q = to_int<vec>(from_bits<vec>(to_bits(t) & small));
      differ |= to_float<vec>(q) * splat<vec>(down) != b;
      store_ints(integers + i, q);
    }
    are_integers = !any(differ);
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = the float32 nearest to Σ_k X(x[s, k])·W(w[n, k]) + b[n], computed on the integers of the two schemes.
///
/// The sum is that of the real numbers integer · scale, rounded once: ties to even, overflow to infinity, subnormal results as they
/// are, a zero sum +0. A NaN among the operands of an output makes it NaN. Every target gives the same bits, whatever the batch.
///
/// How: integer dot products in int32, which segments of the depth cannot overflow, and their sums under scales in double. Let the
/// scales be powers of two. All terms and partial sums are multiples of 2^(lowest exponents) and, in magnitude, below
/// depth · max|integers| · 2^(highest exponents); where these lie within 53 bits no addition rounds. That is checked for each sample
/// and panel of outputs. Else (and with float32 scales, whose products have 48 bits) the error of n additions is at most
/// (n+1)·2^-52·Σ|x·w|, and by Cauchy and Schwarz Σ|x·w| ≤ ‖x‖·‖w‖; an output that such an error could change is summed again without hurry.
template <QuantScheme X, QuantScheme W>
class integer_product {
  using pair = detail::integer_pair<X, W>;
  static_assert(pair::available,
                "dyadic::integer_product<X, W>: these schemes have no integers to multiply. Use the exact or the fast tier.");
  using vec = detail::vec;
  using ivec = detail::ivec;
  using dvec = detail::dvec;
  using samples_type = detail::integer_samples<pair, X>;
  static constexpr std::int64_t P = detail::panel_outputs_of_integers;

 public:
  static constexpr bool available = true;
  /// Whether the result is that of the float32 values that `fake_quantize` gives. (They round integer · scale where a scale is no power of two.)
  static constexpr bool exact = pair::x::exact_values && pair::w::exact_values;
  static constexpr std::string_view kernel = pair::passes > 1                 ? "int16"
                                             : detail::is_nibbles(pair::kind) ? (pair::common == 0 ? "4-bit × int8" : "4-bit × int8 blocks")
                                                                              : (pair::common == 0 ? "int8" : "int8 blocks");

  integer_product() = default;
  void pack(const float* w, std::int64_t outputs, std::int64_t depth, std::int64_t row_stride, std::uint64_t seed = 0) {
    const detail::usual_float_environment environment;
    weights_.pack({w, row_stride, outputs, depth}, seed);
  }
  [[nodiscard]] std::int64_t outputs() const { return weights_.outputs(); }
  [[nodiscard]] std::int64_t depth() const { return weights_.depth(); }
  [[nodiscard]] std::int64_t size_bytes() const { return weights_.size_bytes(); }
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const { return detail::sample_layout<pair>{depth(), samples}.bytes(); }

  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    const detail::usual_float_environment environment;
    const samples_type rows({x, x_stride, samples, depth()}, scratch, seed);
    const job j{this, &rows, bias, out, out_stride, job::sum_bits(depth())};
    detail::in_parallel(
        (weights_.panels() + 1) / 2, 2 * detail::products_of_panel(samples, depth()), 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t first = 0; first < samples; first += detail::sample_group)
            j.group(first, std::min(first + detail::sample_group, samples), 2 * begin, std::min(2 * end, weights_.panels()));
        });
  }

 private:
  /// One call: where its operands and results lie.
  struct job {
    const integer_product* product;
    const samples_type* rows;
    const float* bias;
    float* out;
    std::int64_t out_stride;
    int bits;  ///< `sum_bits`

    /// Samples whose codes and sums for a stretch and a panel stay in the first cache, with the weights: whole tiles of them.
    static constexpr std::int64_t tall = pair::stretches ? detail::stretch_shape.rows : detail::scaled_shape.rows,
                                  stretch_group = 18 / tall * tall;

    /// Samples [first, end) with the outputs of panels [from, to), two at a time. @param from  even
    void group(std::int64_t first, std::int64_t end, std::int64_t from, std::int64_t to) const {
      const auto& w = product->weights_;
      for (std::int64_t p = from; p < to; p += 2) {
        detail::panel_biases biases(bias == nullptr ? nullptr : bias + p * P, product->outputs() - p * P);
        if constexpr (stays_integer) {
          if (most_sum() < (std::int64_t{1} << 30) && w.facts(p).no_nan && w.facts(std::min(p + 1, w.panels() - 1)).no_nan)
            biases.to_integers(up, down);
          else biases.are_integers = false;
        }
        const std::int64_t panels = std::min<std::int64_t>(2, to - p);
        if constexpr (pair::by_stretches) {
          if (panels == 2 && end - first == 1) stretches<4>(first, end, p, 0, biases);
          else
            for (std::int64_t q = 0; q < panels; ++q)
              for (std::int64_t r = first; r < end; r += stretch_group) stretches<2>(r, std::min(r + stretch_group, end), p, q, biases);
        } else if (one_segment()) tiles<true>(first, end, p, panels, biases);
        else tiles<false>(first, end, p, panels, biases);
      }
    }
    template <bool Single>
    void tiles(std::int64_t first, std::int64_t end, std::int64_t p, std::int64_t panels, const detail::panel_biases& biases) const {
      constexpr detail::tile_shape shape = Single ? detail::sum_shape : detail::scaled_shape;
      constexpr std::int64_t at_once = shape.vectors / 2;
      std::int64_t r = first;
      // 1. Tall tiles, panel by panel or two at a time.
      if (at_once <= panels)
        for (std::int64_t q = 0; q < panels; q += at_once)
          for (r = first; r + shape.rows <= end; r += shape.rows) tile<Single, shape.rows, shape.vectors>(r, p, q, biases);
      // 2. What is left.
      if (panels == 2) {
        if constexpr (shape.rows > 4)
          for (; r + 4 <= end; r += 4) tile<Single, 4, 4>(r, p, 0, biases);
        for (; r + 2 <= end; r += 2) tile<Single, 2, 4>(r, p, 0, biases);
        for (; r < end; ++r) tile<Single, 1, 4>(r, p, 0, biases);
      } else {
        for (; r + 4 <= end; r += 4) tile<Single, 4, 2>(r, p, 0, biases);
        for (; r < end; ++r) tile<Single, 1, 2>(r, p, 0, biases);
      }
    }
    [[nodiscard]] bool one_segment() const { return pair::single_segment && product->weights_.segments() == 1; }

    /// `R` samples with `V` vectors of outputs, those of panel p + q first.
    template <bool Single, std::size_t R, std::size_t V>
    void tile(std::int64_t r, std::int64_t p, std::int64_t q, const detail::panel_biases& biases) const {
      const auto& w = product->weights_;
      const detail::depth_cut cut = w.cut();
      prefetch_outputs(r, r + static_cast<std::int64_t>(R), (p + q) * P, static_cast<std::int64_t>(V) * detail::dot_lanes);
      if constexpr (Single) {
        alignas(64) i32 sums[R * V * detail::dot_lanes];
        detail::sum_tile<pair::kind, R, V>(rows->tile(r, 0), w.panel(p + q, 0), cut, sums);
        finish_tile<R, V>(r, p, q, sums, biases);
      } else {
        constexpr std::int64_t steps = pair::common == 16 || pair::common == 32 ? pair::common / 4 : 0;
        constexpr std::size_t count = R * V * static_cast<std::size_t>(detail::dot_lanes);
        alignas(64) double sums[count];
        const auto pass = [&](int a, int b, double* to) {
          detail::weights_ahead none;
          detail::scaled_tile<pair::kind, pair::x_scale, pair::w_scale, pair::interleaved, steps, R, V>(
              rows->tile(r, a), w.panel(p + q, b), w.scales(p + q, 0), cut, 0, cut.segments, none, to);
        };
        if (cut.segments == 0) std::fill_n(sums, count, 0.0);
        else if constexpr (pair::passes == 1) pass(0, 0, sums);
        else {
          std::fill_n(sums, count, 0.0);
          for (int a = pair::x_digits.count - 1; a >= 0; --a)
            for (int b = pair::w_digits.count - 1; b >= 0; --b) {
              alignas(64) double part[count];
              pass(a, b, part);
              const double weight = detail::exp2_double(a * pair::x_digits.radix + b * pair::w_digits.radix);
              for (std::size_t i = 0; i < count; ++i) sums[i] += part[i] * weight;  // the product is exact
            }
        }
        finish_tile<R, V>(r, p, q, sums, biases);
      }
    }

    template <std::size_t R, std::size_t V, class Sum>
    void finish_tile(std::int64_t r, std::int64_t p, std::int64_t q, const Sum* sums, const detail::panel_biases& biases) const {
      for (std::size_t v = 0; v < V; ++v)
        finish(r, r + static_cast<std::int64_t>(R), p, 2 * q + static_cast<std::int64_t>(v), sums + detail::at_row(v, detail::dot_lanes),
               static_cast<std::int64_t>(V) * detail::dot_lanes, biases);
    }
    /// Samples [first, end) with the outputs of `V` vectors from panel p + q on, a stretch at a time: its weights stay in the first
    /// cache while all samples pass by.
    template <std::int64_t V>
    void stretches(std::int64_t first, std::int64_t end, std::int64_t p, std::int64_t q, const detail::panel_biases& biases) const
        requires(pair::by_stretches) {
      constexpr std::int64_t row = V * detail::dot_lanes, most = V == 2 ? stretch_group : 1;
      alignas(64) double sums[static_cast<std::size_t>(most * row)];
      if (product->depth() == 0) std::fill_n(sums, (end - first) * row, 0.0);
      prefetch_outputs(first, end, (p + q) * P, row);
      const std::int64_t count = product->weights_.stretches(), at_once = end - first > tall ? 1 : std::max<std::int64_t>(count, 1);
      for (std::int64_t s = 0; s < count; s += at_once) {
        const std::int64_t to = std::min(s + at_once, count);
        std::int64_t r = first;
        detail::weights_ahead ahead(product->weights_.panel(p + q, 0).codes, to * pair::stretch_bytes,
                                    at_once == 1 ? pair::stretch_bytes : 0, (end - first) / tall * pair::stretch);
        const auto all = [&]<std::size_t R>() {
          for (; r + static_cast<std::int64_t>(R) <= end; r += static_cast<std::int64_t>(R)) {
            stretch<R, static_cast<std::size_t>(V)>(r, p, q, s, to, sums + (r - first) * row, ahead);
          }
        };
        if constexpr (V == 2) {
          all.template operator()<static_cast<std::size_t>(tall)>();
          if constexpr (tall > 4) all.template operator()<4>();
          if constexpr (tall > 2) all.template operator()<2>();
        }
        all.template operator()<1>();
      }
      for (std::int64_t v = 0; v < V; ++v) finish(first, end, p, 2 * q + v, sums + v * detail::dot_lanes, row, biases);
    }
    /// Adds up stretches [first, end) of a tile: as integers, or segment by segment where these would not fit or scales are no integers.
    template <std::size_t R, std::size_t V>
    void stretch(std::int64_t r, std::int64_t p, std::int64_t q, std::int64_t first, std::int64_t end, double* sums,
                 detail::weights_ahead& ahead) const requires(pair::by_stretches) {
      constexpr std::int64_t length = pair::segment / 4;
      const auto& w = product->weights_;
      const detail::depth_cut cut = w.cut();
      if constexpr (!pair::stretches) {
        detail::scaled_tile<pair::kind, pair::x_scale, pair::w_scale, pair::interleaved, length, R, V>(
            rows->tile(r, 0), w.panel(p + q, 0), w.scales(p + q, 0), cut, first * pair::stretch,
            std::min(end * pair::stretch, cut.segments), ahead, sums);
      } else sum_of_stretches<R, V>(r, p, q, first, end, sums, ahead);
    }
    template <std::size_t R, std::size_t V>
    void sum_of_stretches(std::int64_t r, std::int64_t p, std::int64_t q, std::int64_t first, std::int64_t end, double* sums,
                          detail::weights_ahead& ahead) const requires(pair::stretches) {
      constexpr std::int64_t length = pair::segment / 4;
      const auto& w = product->weights_;
      const detail::depth_cut cut = w.cut();
      const auto fits = [&](std::int64_t s) {
        const int most = pair::stretch_room - w.reach(p, s);
        return rows->reach(s) <= most || rows->reach(r, static_cast<std::int64_t>(R), s) <= most;
      };
      for (std::int64_t s = first; s < end;) {
        std::int64_t to = s;
        while (to < end && fits(to)) ++to;
        if (to > s) {
          detail::stretch_tile<pair::kind, pair::w_steps, pair::x_shifts, length, pair::stretch, R, V>(
              rows->tile(r, 0), rows->stretches(r), w.panel(p + q, 0), w.steps(p + q), cut, s, to, ahead, sums);
          s = to;
          continue;
        }
        // Too far apart for 32 bits: these are few, and need not many shapes of tiles.
        constexpr std::size_t some = R % 4 == 0 ? 4 : R % 2 == 0 ? 2 : 1;
        const std::int64_t begin = s * pair::stretch, last = std::min(begin + pair::stretch, cut.segments);
        for (std::size_t i = 0; i < R; i += some) {
          const auto by = [&]<detail::weight_scale Scale>() {
            detail::scaled_tile<pair::kind, pair::x_scale, Scale, false, length, some, V>(
                rows->tile(r + static_cast<std::int64_t>(i), 0), w.panel(p + q, 0), w.scales(p + q, s), cut, begin, last, ahead,
                sums + detail::at_row(i * V, detail::dot_lanes));
          };
          if (w.reach(p, s) == detail::too_far) by.template operator()<pair::w_scale>();
          else by.template operator()<pair::w_steps>();
        }
        ++s;
      }
    }
    /// Asks for the lines that results go to, so that they are there when these are.
    [[gnu::always_inline]] inline void prefetch_outputs(std::int64_t first, std::int64_t end, std::int64_t n, std::int64_t count) const {
      for (std::int64_t r = first; r < end; ++r)
        for (std::int64_t i = 0; i < std::min(count, product->outputs() - n); i += 16) __builtin_prefetch(out + r * out_stride + n + i, 1);
    }

    /// Scales and rounds the sums of samples [first, end) with the `v`-th vector of outputs from panel p on, and stores them.
    /// @param sums  of the first sample; those of the next are `stride` further
    template <class Sum>
    void finish(std::int64_t first, std::int64_t end, std::int64_t p, std::int64_t v, const Sum* sums, std::int64_t stride,
                const detail::panel_biases& biases) const {
      const std::int64_t n = p * P + v * detail::dot_lanes, count = std::min(detail::dot_lanes, product->outputs() - n);
      if (count <= 0) return;
      const double* const at = product->weights_.factors() + n;
      const detail::double_pair factors = {detail::load_doubles(at), detail::load_doubles(at + detail::double_lanes)},
                                offsets = detail::to_doubles(detail::load(biases.values + v * detail::dot_lanes));
      const ivec integer_offsets = detail::load_ints(biases.integers + v * detail::dot_lanes);
      for (std::int64_t r = first; r < end; ++r, sums += stride) {
        float* const to = out + r * out_stride + n;
        if (r + 4 < end) __builtin_prefetch(to + 4 * out_stride, 1);
        vec y;
        if (stays_integer && std::is_same_v<Sum, i32> && biases.are_integers && rows->facts(r).no_nan) {
          // The sum is an integer below 2^31: converting it rounds once, and what follows is exact.
          if constexpr (std::is_same_v<Sum, i32>)
            y = detail::to_float<vec>(detail::load_ints(sums) + integer_offsets) * detail::splat<vec>(down);
        } else y = finished(r, n, sums, factors, offsets);
        if (count == detail::dot_lanes) detail::store(to, y);
        else {
          float local[detail::dot_lanes];
          detail::store(local, y);
          std::copy_n(local, count, to);
        }
      }
    }
    template <class Sum>
    [[gnu::always_inline]] [[nodiscard]] inline vec finished(std::int64_t r, std::int64_t n, const Sum* sums,
                                                             const detail::double_pair& factors, const detail::double_pair& offsets) const {
      const dvec f = detail::in_all_lanes(rows->factor(r));
      const detail::double_pair factor = {factors.low * f, factors.high * f};
      detail::double_pair sum;
      if constexpr (std::is_same_v<Sum, i32>) sum = detail::to_doubles(detail::load_ints(sums));
      else sum = {detail::load_doubles(sums), detail::load_doubles(sums + detail::double_lanes)};
      if constexpr (pair::x_zero_points || pair::w_zero_points) sum = without_zero_points(r, n, sum);
      const detail::rounded_floats y = (pair::always_exact && std::is_same_v<Sum, i32>) || is_exact(r, n / P)
                                           ? detail::rounded_exact(sum, factor, offsets)
                                           : detail::rounded_guarded(sum, factor, error_of(r, n), offsets);
      if (y.undecided == 0) [[likely]]
        return y.value;
      return decided(r, n, y);
    }
    /// Takes from sums of products of codes what their zero points put in: integers, far below 2^53.
    [[nodiscard]] detail::double_pair without_zero_points(std::int64_t r, std::int64_t n, detail::double_pair sum) const {
      const auto& w = product->weights_;
      double less[detail::dot_lanes] = {};
      for (std::int64_t i = 0; i < std::min(detail::dot_lanes, product->outputs() - n); ++i) {
        std::int64_t s = w.zero_point(n + i) * rows->total(r);
        if constexpr (pair::x_zero_points) s += rows->zero_point(r) * w.totals()[n + i];
        less[i] = static_cast<double>(s);
      }
      return {sum.low - detail::load_doubles(less), sum.high - detail::load_doubles(less + detail::double_lanes)};
    }
    [[gnu::noinline]] vec decided(std::int64_t r, std::int64_t n, detail::rounded_floats y) const {
      for (int lane = 0; lane < detail::native_lanes; ++lane)
        if ((y.undecided >> lane & 1) != 0 && n + lane < product->outputs()) y.value[lane] = sum_again(r, n + lane);
      return y.value;
    }

    /// Where all scales are constant, sums stay integers up to their rounding, if biases are multiples of the same unit.
    static constexpr int fraction = pair::x::range.fraction + pair::w::range.fraction;
    static constexpr bool stays_integer = pair::all_constant && pair::single_segment && -90 <= fraction && fraction <= 120;
    static constexpr float up = stays_integer ? detail::exp2_float(stays_integer ? fraction : 0) : 1.0F,
                           down = stays_integer ? detail::exp2_float(stays_integer ? -fraction : 0) : 1.0F;
    [[nodiscard]] std::int64_t most_sum() const { return product->depth() * pair::x::range.magnitude() * pair::w::range.magnitude(); }

    /// Bits of depth · max|integers|, with room for digits, whose own sums are larger.
    [[nodiscard]] static int sum_bits(std::int64_t depth) {
      constexpr auto product_of_integers =
          static_cast<std::uint64_t>(pair::x::range.magnitude()) * static_cast<std::uint64_t>(pair::w::range.magnitude());
      return detail::ceil_log2(static_cast<std::uint64_t>(std::max<std::int64_t>(depth, 1))) +
             detail::ceil_log2(product_of_integers) + (pair::passes > 1 ? 4 : 0);
    }
    /// Bits that the scales of blocks add to sums.
    template <bool HasBlocks, detail::scale_kind Kind>
    static int scale_bits(const detail::row_facts& facts) {
      if constexpr (!HasBlocks) return 0;
      else return facts.exponents.span() + (Kind == detail::scale_kind::short_floats ? detail::short_float_bits : 0);
    }
    [[nodiscard]] bool is_exact(std::int64_t r, std::int64_t p) const {
      if constexpr (!pair::sums_can_be_exact) return false;
      else
        return bits + scale_bits<pair::x_has_blocks, pair::x::scale>(rows->facts(r)) +
                   scale_bits<pair::w_has_blocks, pair::w::scale>(product->weights_.facts(p)) <=
               53;
    }
    /// What the sums of a vector of outputs may be off by, times their factor.
    [[nodiscard]] detail::double_pair error_of(std::int64_t r, std::int64_t n) const {
      const auto& w = product->weights_;
      // Additions and products on the way of an output, twice over; digits make terms larger.
      const double roundings = 2.0 * static_cast<double>((w.segments() + 4) * pair::passes + 4) * (pair::passes > 1 ? 16.0 : 1.0);
      const dvec x_norm = detail::in_all_lanes(rows->norm(r) * roundings * 0x1p-53);
      const double* const norms = w.norms() + n;
      return {detail::load_doubles(norms) * x_norm, detail::load_doubles(norms + detail::double_lanes) * x_norm};
    }
    [[gnu::noinline]] float sum_again(std::int64_t r, std::int64_t n) const {
      const auto& w = product->weights_;
      detail::unhurried_sum sum;
      for (std::int64_t g = 0; g < w.segments(); ++g) {
        std::int64_t c = 0;
        for (std::int64_t k = g * pair::segment; k < std::min((g + 1) * pair::segment, w.depth()); ++k)
          c += static_cast<std::int64_t>(rows->integer(r, k) - rows->zero_point(r)) * (w.integer(n, k) - w.zero_point(n));
        sum.add(c, rows->scale(r, g), w.scale(n, g));
      }
      if (bias != nullptr) sum.add(bias[n]);
      return sum.rounded();
    }
  };
  detail::integer_weights<pair, W> weights_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
