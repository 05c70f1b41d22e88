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

/// A double, its significand as short as it is.
inline Dyadic shortened(double x) {
  Dyadic d = to_dyadic(x);
  if (d.significand == 0) return d;
  const int zeros = std::countr_zero(d.significand);
  return {d.negative, d.significand >> zeros, d.exponent + zeros, false};
}

/// Σ integers · scales + bias, in no hurry: the exact sum, rounded once. Scales reach down to 2^-157 each, so all is moved up by 2^64.
class unhurried_sum {
 public:
  /// Adds c · s · t. @param c  below 2^62   @param s, t  finite, of at most 28 significant bits
  void add(std::int64_t c, double s, double t) {
    const Dyadic a = shortened(s), b = shortened(t);
    std::uint64_t rest = static_cast<std::uint64_t>(c < 0 ? -c : c);
    for (int at = 0; rest != 0; at += 8, rest >>= 8)
      sum_.add(
          {(c < 0) != (a.negative != b.negative), a.significand * b.significand * (rest & 0xff), a.exponent + b.exponent + at + up, false});
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

/// Samples and vectors of outputs whose sums are in registers at once, for the two kinds of tiles.
struct tile_shape {
  std::int64_t rows, vectors;
};
inline constexpr tile_shape sum_shape = native_lanes == 16 ? tile_shape{6, 4} : tile_shape{4, 2};
inline constexpr tile_shape scaled_shape = {4, 2};
/// Samples that stay in the caches while all weights pass by.
inline constexpr std::int64_t sample_group = 64;

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
      const auto& w = product->weights_;
      for (std::int64_t p = 0; p < w.panels(); p += 2) {
        detail::panel_biases biases(bias == nullptr ? nullptr : bias + p * P, product->outputs() - p * P);
        if constexpr (stays_integer) {
          if (most_sum() < (std::int64_t{1} << 30) && w.facts(p).no_nan && w.facts(std::min(p + 1, w.panels() - 1)).no_nan)
            biases.to_integers(up, down);
          else biases.are_integers = false;
        }
        const std::int64_t panels = std::min<std::int64_t>(2, w.panels() - p);
        if (one_segment()) tiles<true>(first, end, p, panels, biases);
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
      if constexpr (Single) {
        alignas(64) i32 sums[R * V * detail::dot_lanes];
        detail::sum_tile<pair::kind, R, V>(rows->tile(r, 0), w.panel(p + q, 0), cut, sums);
        for (std::size_t i = 0; i < R; ++i)
          for (std::size_t v = 0; v < V; ++v)
            finish(r + static_cast<std::int64_t>(i), p, 2 * q + static_cast<std::int64_t>(v),
                   sums + detail::at_row(i * V + v, detail::dot_lanes), biases);
      } else {
        constexpr std::int64_t steps = pair::common == 16 || pair::common == 32 ? pair::common / 4 : 0;
        constexpr std::size_t count = R * V * static_cast<std::size_t>(detail::dot_lanes);
        alignas(64) double sums[count];
        const auto pass = [&](int a, int b, double* to) {
          detail::scaled_tile<pair::kind, pair::x_scale, pair::w_scale, steps, R, V>(rows->tile(r, a), w.panel(p + q, b), w.scales(p + q),
                                                                                     cut, to);
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
        for (std::size_t i = 0; i < R; ++i)
          for (std::size_t v = 0; v < V; ++v)
            finish(r + static_cast<std::int64_t>(i), p, 2 * q + static_cast<std::int64_t>(v),
                   sums + detail::at_row(i * V + v, detail::dot_lanes), biases);
      }
    }

    /// Scales and rounds the sums of sample `r` with the `v`-th vector of outputs from panel p on, and stores them.
    template <class Sum>
    [[gnu::always_inline]] inline void finish(std::int64_t r, std::int64_t p, std::int64_t v, const Sum* sums,
                                              const detail::panel_biases& biases) const {
      const std::int64_t n = p * P + v * detail::dot_lanes, count = std::min(detail::dot_lanes, product->outputs() - n);
      if (count <= 0) return;
      vec y;
      if (stays_integer && std::is_same_v<Sum, i32> && biases.are_integers && rows->facts(r).no_nan) {
        // The sum is an integer below 2^31: converting it rounds once, and what follows is exact.
        y = detail::to_float<vec>(detail::load_ints(sums) + detail::load_ints(biases.integers + v * detail::dot_lanes)) *
            detail::splat<vec>(down);
      } else y = finished(r, n, sums, biases.values + v * detail::dot_lanes);
      float* const to = out + r * out_stride + n;
      if (count == detail::dot_lanes) detail::store(to, y);
      else {
        float local[detail::dot_lanes];
        detail::store(local, y);
        std::copy_n(local, count, to);
      }
    }
    template <class Sum>
    [[nodiscard]] vec finished(std::int64_t r, std::int64_t n, const Sum* sums, const float* biases) const {
      const auto& w = product->weights_;
      const std::int64_t p = n / P;
      const dvec f = detail::in_all_lanes(rows->factor(r));
      const double* const factors = w.factors() + n;
      detail::double_pair sum;
      if constexpr (std::is_same_v<Sum, i32>) sum = detail::to_doubles(detail::load_ints(sums));
      else sum = {detail::load_doubles(sums), detail::load_doubles(sums + detail::double_lanes)};
      sum = {sum.low * (detail::load_doubles(factors) * f), sum.high * (detail::load_doubles(factors + detail::double_lanes) * f)};
      const detail::double_pair b = detail::to_doubles(detail::load(biases));
      if (is_exact(r, p)) return detail::rounded_exact(sum, b);
      return guarded(r, n, sum, b);
    }

    /// Where all scales are constant, sums stay integers up to their rounding, if biases are multiples of the same unit.
    static constexpr int fraction = pair::x::range.fraction + pair::w::range.fraction;
    static constexpr bool stays_integer = pair::all_constant && pair::single_segment && -90 <= fraction && fraction <= 120;
    static constexpr float up = stays_integer ? detail::exp2_float(stays_integer ? fraction : 0) : 1.0F,
                           down = stays_integer ? detail::exp2_float(stays_integer ? -fraction : 0) : 1.0F;
    [[nodiscard]] std::int64_t most_sum() const { return product->depth() * pair::x::range.magnitude() * pair::w::range.magnitude(); }

    /// Bits of depth · max|integers|, with room for digits, whose own sums are larger.
    [[nodiscard]] int sum_bits() const {
      constexpr auto product_of_integers =
          static_cast<std::uint64_t>(pair::x::range.magnitude()) * static_cast<std::uint64_t>(pair::w::range.magnitude());
      return detail::ceil_log2(static_cast<std::uint64_t>(std::max<std::int64_t>(product->depth(), 1))) +
             detail::ceil_log2(product_of_integers) + (pair::passes > 1 ? 4 : 0);
    }
    [[nodiscard]] bool is_exact(std::int64_t r, std::int64_t p) const {
      if constexpr (!pair::all_powers_of_two) return false;
      else return sum_bits() + rows->facts(r).exponents.span() + product->weights_.facts(p).exponents.span() <= 53;
    }
    [[nodiscard]] vec guarded(std::int64_t r, std::int64_t n, detail::double_pair sum, detail::double_pair b) const {
      const auto& w = product->weights_;
      // Additions and products on the way of an output, twice over; digits make terms larger.
      const double roundings = 2.0 * static_cast<double>((w.segments() + 4) * pair::passes + 4) * (pair::passes > 1 ? 16.0 : 1.0);
      const dvec x_norm = detail::in_all_lanes(rows->norm(r) * roundings * 0x1p-53);
      const double* const norms = w.norms() + n;
      const detail::double_pair error = {detail::load_doubles(norms) * x_norm, detail::load_doubles(norms + detail::double_lanes) * x_norm};
      const detail::guarded_floats g = detail::rounded_guarded(sum, error, b);
      if (!detail::any(g.undecided)) return g.value;
      vec y = g.value;
      for (int lane = 0; lane < detail::native_lanes; ++lane)
        if (g.undecided[lane] != 0 && n + lane < product->outputs()) y[lane] = sum_again(r, n + lane);
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
