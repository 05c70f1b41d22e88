// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_product.hpp
/// Products of quantised matrices on their integers: exact sums, one rounding to float32.
#include <dyadic/format/dot.hpp>
#include <dyadic/kernel/integer_rounding.hpp>
#include <dyadic/kernel/integer_samples.hpp>
#include <dyadic/kernel/integer_weights.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// A double with at most 48 significant bits, its significand as short as it is.
inline Dyadic shortened(double x) {
  Dyadic d = to_dyadic(x);
  if (d.significand == 0) return d;
  const int zeros = std::countr_zero(d.significand);
  return {d.negative, d.significand >> zeros, d.exponent + zeros, false};
}

/// Σ integers · scales + bias, in no hurry: the exact sum, rounded once. Scales reach down to 2^-157 each, so all is moved up by 2^64.
class unhurried_sum {
 public:
  /// Adds c · s · t. @param c  below 2^62   @param s, t  finite, of at most 24 significant bits
  void add(std::int64_t c, double s, double t) {
    const Dyadic a = shortened(s), b = shortened(t);
    std::uint64_t rest = static_cast<std::uint64_t>(c < 0 ? -c : c);
    for (int at = 0; rest != 0; at += 16, rest >>= 16)
      sum_.add({(c < 0) != (a.negative != b.negative), a.significand * b.significand * (rest & 0xffff), a.exponent + b.exponent + at + up,
                false});
  }
  void add(float bias) {
    Dyadic d = to_dyadic(bias);
    d.exponent += up;
    sum_.add(d);
  }
  [[nodiscard]] float rounded() const {
    using Float = Minifloat<8, 23, 127, Specials::ieee>;
    Dyadic d = sum_.value();
    d.exponent -= up;
    return static_cast<float>(Float::from_bits(Float::encode_exact<Round::nearest_even, Overflow::special>(d)));
  }

 private:
  static constexpr int up = 64;
  ExactSum sum_;
};

/// Samples whose integer sums are in registers at once, and samples that stay in the caches while all weights pass by.
inline constexpr std::int64_t sample_rows = native_lanes == 16 ? 8 : 4;
inline constexpr std::int64_t block_rows_at_once = 4;
inline constexpr std::int64_t sample_group = 64;

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
    weights_.pack({w, row_stride, outputs, depth}, seed);
  }
  [[nodiscard]] std::int64_t outputs() const { return weights_.outputs(); }
  [[nodiscard]] std::int64_t depth() const { return weights_.depth(); }
  [[nodiscard]] std::int64_t size_bytes() const { return weights_.size_bytes(); }
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const { return detail::sample_layout<pair>{depth(), samples}.bytes(); }

  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    const samples_type rows({x, x_stride, samples, depth()}, scratch, seed);
    const job j{this, &rows, bias, out, out_stride};
    for (std::int64_t first = 0; first < samples; first += detail::sample_group)
      j.group(first, std::min(first + detail::sample_group, samples));
  }

 private:
  /// One call: where its operands and results lie.
  struct job {
    const integer_product* product;
    const samples_type* rows;
    const float* bias;
    float* out;
    std::int64_t out_stride;

    /// Samples [first, end) with all outputs, two panels at a time.
    void group(std::int64_t first, std::int64_t end) const {
      const std::int64_t panels = product->weights_.panels();
      for (std::int64_t p = 0; p < panels; p += 2) {
        const bool two = p + 1 < panels;
        constexpr std::int64_t tall = pair::single_segment ? detail::sample_rows : detail::block_rows_at_once;
        std::int64_t tail = first;
        for (std::int64_t q = p; q < p + (two ? 2 : 1); ++q) {
          tail = first;
          for (; tail + tall <= end; tail += tall) tile<tall, 1>(tail, q);
          if constexpr (tall > 4)
            for (; tail + 4 <= end; tail += 4) tile<4, 1>(tail, q);
        }
        if (two) {
          for (; tail + 2 <= end; tail += 2) tile<2, 2>(tail, p);
          for (; tail < end; ++tail) tile<1, 2>(tail, p);
        } else {
          for (; tail + 2 <= end; tail += 2) tile<2, 1>(tail, p);
          for (; tail < end; ++tail) tile<1, 1>(tail, p);
        }
      }
    }

    /// `R` samples with `N` panels.
    template <std::size_t R, std::size_t N>
    void tile(std::int64_t r, std::int64_t p) const {
      constexpr std::size_t V = 2 * N;
      const auto& w = product->weights_;
      const detail::depth_cut cut = w.cut();
      if (pair::single_segment && cut.segments <= 1) {
        const detail::sample_tile t = rows->tile(r, 0);
        ivec c[R][V];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
          for (std::size_t v = 0; v < V; ++v)
            c[i][v] = detail::all_lanes(cut.segments == 0 ? 0 : t.starts[detail::at_row(i, t.starts_stride)]);
        detail::add_steps<pair::kind, R, V>(c, t.codes, t.stride, w.panel(p, 0), 0, cut.last_steps);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
          for (std::size_t v = 0; v < V; ++v)
            finish(r + static_cast<std::int64_t>(i), p + static_cast<std::int64_t>(v / 2), static_cast<std::int64_t>(v % 2),
                   detail::to_doubles(c[i][v]));
      } else {
        dvec sums[R][2 * V] = {};
        if constexpr (pair::passes == 1) {
          detail::add_segments<pair::kind, pair::scale, R, V>(sums, rows->tile(r, 0), w.panel(p, 0), w.scales(p), w.scales_next(), cut);
        } else {
          for (int a = pair::x_digits.count - 1; a >= 0; --a)
            for (int b = pair::w_digits.count - 1; b >= 0; --b) {
              dvec part[R][2 * V] = {};
              detail::add_segments<pair::kind, pair::scale, R, V>(part, rows->tile(r, a), w.panel(p, b), w.scales(p), w.scales_next(), cut);
              const dvec weight = detail::all_lanes(detail::exp2_double(a * pair::x_digits.radix + b * pair::w_digits.radix));
              for (std::size_t i = 0; i < R; ++i)
                for (std::size_t v = 0; v < 2 * V; ++v) sums[i][v] += part[i][v] * weight;
            }
        }
#pragma GCC unroll 8
        for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
          for (std::size_t v = 0; v < V; ++v)
            finish(r + static_cast<std::int64_t>(i), p + static_cast<std::int64_t>(v / 2), static_cast<std::int64_t>(v % 2),
                   {sums[i][2 * v], sums[i][2 * v + 1]});
      }
    }

    /// Scales and rounds the sums of sample `r` with the outputs of half a panel, and stores them.
    void finish(std::int64_t r, std::int64_t p, std::int64_t half, detail::double_pair sum) const {
      const auto& w = product->weights_;
      const std::int64_t n = p * P + half * detail::dot_lanes, count = std::min(detail::dot_lanes, product->outputs() - n);
      if (count <= 0) return;
      const double* const factors = w.factors(p) + half * detail::dot_lanes;
      const dvec f = detail::all_lanes(rows->factor(r));
      const detail::double_pair scaled = {sum.low * (detail::load_doubles(factors) * f),
                                          sum.high * (detail::load_doubles(factors + detail::double_lanes) * f)};
      float local[detail::dot_lanes] = {};
      if (bias != nullptr && count < detail::dot_lanes) std::copy_n(bias + n, count, local);
      const detail::double_pair b = detail::to_doubles(detail::load(bias != nullptr && count == detail::dot_lanes ? bias + n : local));
      vec y;
      if (is_exact(r, p)) y = detail::rounded_exact(scaled, b);
      else y = guarded(r, p, half, scaled, b);
      float* const to = out + r * out_stride + n;
      if (count == detail::dot_lanes) detail::store(to, y);
      else {
        detail::store(local, y);
        std::copy_n(local, count, to);
      }
    }

    /// Bits of depth · max|integers|, with room for digits, whose own sums are larger.
    [[nodiscard]] int sum_bits() const {
      constexpr auto product_of_integers =
          static_cast<std::uint64_t>(pair::x::range.magnitude()) * static_cast<std::uint64_t>(pair::w::range.magnitude());
      return detail::ceil_log2(static_cast<std::uint64_t>(std::max<std::int64_t>(product->depth(), 1))) +
             detail::ceil_log2(product_of_integers) + (pair::passes > 1 ? 4 : 0);
    }
    [[nodiscard]] bool is_exact(std::int64_t r, std::int64_t p) const {
      if constexpr (!pair::all_powers_of_two) return false;
      else return sum_bits() + rows->exponents(r).span() + product->weights_.exponents(p).span() <= 53;
    }
    vec guarded(std::int64_t r, std::int64_t p, std::int64_t half, detail::double_pair scaled, detail::double_pair b) const {
      const auto& w = product->weights_;
      // Additions and products on the way of an output, twice over; digits make terms larger.
      const double roundings = 2.0 * static_cast<double>((w.segments() + 4) * pair::passes + 4) * (pair::passes > 1 ? 16.0 : 1.0);
      const dvec x_norm = detail::all_lanes(rows->norm(r) * roundings * 0x1p-53);
      const double* const norms = w.norms(p) + half * detail::dot_lanes;
      const detail::double_pair error = {detail::load_doubles(norms) * x_norm, detail::load_doubles(norms + detail::double_lanes) * x_norm};
      const detail::guarded_floats g = detail::rounded_guarded(scaled, error, b);
      if (!detail::any(g.undecided)) return g.value;
      vec y = g.value;
      for (int lane = 0; lane < detail::native_lanes; ++lane) {
        const std::int64_t n = p * P + half * detail::dot_lanes + lane;
        if (g.undecided[lane] != 0 && n < product->outputs()) y[lane] = sum_again(r, n);
      }
      return y;
    }
    [[gnu::noinline]] float sum_again(std::int64_t r, std::int64_t n) const {
      const auto& w = product->weights_;
      detail::unhurried_sum sum;
      for (std::int64_t g = 0; g < w.segments(); ++g) {
        std::int64_t c = 0;
        for (std::int64_t k = g * pair::segment; k < std::min((g + 1) * pair::segment, w.depth()); ++k)
          c += static_cast<std::int64_t>(rows->integer(r, k)) * w.integer(n, k);
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
