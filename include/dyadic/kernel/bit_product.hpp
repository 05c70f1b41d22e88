// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file bit_product.hpp
/// Products of signs: Σ ±1·±1 is the depth less twice the number of places where the signs differ, which an exclusive or and a count
/// of ones tell for 64 summands at a time.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/kernel/bit_words.hpp>
#include <dyadic/kernel/integer_rounding.hpp>
#include <dyadic/kernel/integer_rows.hpp>
#include <dyadic/kernel/product_operands.hpp>
#include <dyadic/kernel/weight_panels.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Schemes whose values are -1 and +1, and nothing else.
template <class S>
inline constexpr bool is_sign = [] {
  if constexpr (ElementScheme<S>) {
    constexpr integer_range r = integer_operand<S>::range;
    return r.exists && r.low == -1 && r.high == 1 && r.distinct == 2 && r.fraction == 0;
  } else return false;
}();

inline constexpr std::int64_t bit_vectors = 4;                        ///< vectors of outputs in a panel
inline constexpr std::int64_t bit_panel = bit_vectors * word_lanes;   ///< outputs of a panel
inline constexpr std::int64_t bit_tile = native_lanes == 16 ? 4 : 2;  ///< samples that are counted at once
inline constexpr std::int64_t bit_group = 64;                         ///< samples that share a panel while it is in the caches
constexpr std::int64_t words_of(std::int64_t depth) { return (depth + 63) / 64; }

/// Bit `i`: lane `i` is negative.
[[gnu::always_inline]] inline std::uint64_t negative_lanes(ivec v) {
#if defined(__AVX512F__)
  return _mm512_cmplt_epi32_mask((__m512i)v, _mm512_setzero_si512());
#elif defined(__AVX__)
  return static_cast<unsigned>(_mm256_movemask_ps((__m256)v));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps((__m128)v));
#else
  std::uint64_t r = 0;
  for (int i = 0; i < native_lanes; ++i) r |= v[i] < 0 ? std::uint64_t{1} << i : 0;
  return r;
#endif
}
/// The signs of 64 integers, of `count` at the end of a row; the bits beyond are 0.
inline std::uint64_t signs_of(const i32* q, std::int64_t count) {
  std::uint64_t word = 0;
  std::int64_t i = 0;
  for (; i + native_lanes <= count; i += native_lanes) word |= negative_lanes(load_ints(q + i)) << i;
  for (; i < count; ++i) word |= q[i] < 0 ? std::uint64_t{1} << i : 0;
  return word;
}

/// Ones of x ^ w for `R` samples and a panel of outputs, to `counts`, [R][bit_panel].
/// @param x  words of the first sample; those of the next are `words` further   @param w  [words][bit_panel]
template <std::size_t R>
[[gnu::noinline]] void count_differences(const std::uint64_t* x, const std::uint64_t* w, std::int64_t words, std::uint64_t* counts) {
  word_vector sum[R][bit_vectors] = {};
  for (std::int64_t k = 0; k < words; ++k, w += bit_panel) {
    word_vector weights[bit_vectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < bit_vectors; ++v) weights[v] = load_words(w + v * word_lanes);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
      const word_vector sample = splat_word(x[static_cast<std::int64_t>(r) * words + k]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < bit_vectors; ++v) sum[r][v] += ones_in(sample ^ weights[v]);
    }
  }
  for (std::size_t r = 0; r < R; ++r)
    for (std::size_t v = 0; v < bit_vectors; ++v) store_words(counts + (r * bit_vectors + v) * word_lanes, sum[r][v]);
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = Σ_k X(x[s, k])·W(w[n, k]) + b[n] for schemes of signs: the exact sum, rounded once. A NaN among an output's operands makes it NaN.
template <QuantScheme X, QuantScheme W>
class bit_product {
  static_assert(detail::is_sign<X> && detail::is_sign<W>,
                "dyadic::bit_product<X, W>: both schemes must have the values -1 and +1 and no others, as Binary.");
  struct alignas(64) line {
    std::uint64_t words[8];
  };

 public:
  static constexpr bool available = true, exact = true;
  static constexpr std::string_view kernel = "xor-popcount";

  /// Quantises and packs w[n * row_stride + k]. Memory is used again where it suffices.
  void pack(const float* w, std::int64_t outputs, std::int64_t depth, std::int64_t row_stride, std::uint64_t seed = 0) {
    const detail::usual_float_environment environment;
    outputs_ = outputs;
    depth_ = depth;
    words_.assign(static_cast<std::size_t>(panels() * panel_words() / 8), line{});
    factors_.assign(static_cast<std::size_t>(panels() * detail::bit_panel), 1.0);
    row_.resize(static_cast<std::size_t>(depth));
    detail::row_integers<W> rows({w, row_stride, outputs, depth}, seed);
    double scale;
    for (std::int64_t n = 0; n < outputs; ++n) {
      if (!rows.convert(n, row_.data(), &scale))
        factors_[static_cast<std::size_t>(n)] = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
      if (depth == 0) continue;  // no words to point into
      std::uint64_t* const to =
          reinterpret_cast<std::uint64_t*>(words_.data()) + n / detail::bit_panel * panel_words() + n % detail::bit_panel;
      for (std::int64_t k = 0; k < depth; k += 64)
        to[k / 64 * detail::bit_panel] = detail::signs_of(row_.data() + k, std::min<std::int64_t>(64, depth - k));
    }
  }
  [[nodiscard]] std::int64_t outputs() const { return outputs_; }
  [[nodiscard]] std::int64_t depth() const { return depth_; }
  [[nodiscard]] std::int64_t size_bytes() const {
    return static_cast<std::int64_t>(words_.size() * sizeof(line) + factors_.size() * sizeof(double));
  }

  /// Bytes of work space, aligned to 64, for up to so many samples.
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const {
    return detail::lines_of<std::uint64_t>(samples * detail::words_of(depth_)) + detail::lines_of<double>(samples) +
           detail::lines_of<i32>(depth_);
  }

  /// @param x  samples × depth, rows `x_stride` apart; quantised here   @param bias  of each output, already quantised; null: none
  /// @param out  samples × outputs, rows `out_stride` apart   @throws error if the work space is too small or not aligned
  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    const detail::usual_float_environment environment;
    detail::work_space space(scratch, scratch_bytes(samples));
    const std::int64_t words = detail::words_of(depth_);
    auto* const codes = space.take<std::uint64_t>(samples * words);
    auto* const factors = space.take<double>(samples);
    auto* const row = space.take<i32>(depth_);
    // 1. The signs of all samples.
    detail::row_integers<X> rows({x, x_stride, samples, depth_}, seed);
    double scale;
    for (std::int64_t s = 0; s < samples; ++s) {
      factors[s] = rows.convert(s, row, &scale) ? 1.0 : std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
      for (std::int64_t k = 0; k < words; ++k)
        codes[s * words + k] = detail::signs_of(row + 64 * k, std::min<std::int64_t>(64, depth_ - 64 * k));
    }
    // 2. Panel by panel.
    const result to{codes, factors, bias, out, out_stride};
    detail::in_parallel(panels(), detail::bit_panel * samples * words, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t first = 0; first < samples; first += detail::bit_group)
        for (std::int64_t p = begin; p < end; ++p) {
          const std::int64_t last = std::min(first + detail::bit_group, samples);
          std::int64_t s = first;
          for (; s + detail::bit_tile <= last; s += detail::bit_tile) tile<static_cast<std::size_t>(detail::bit_tile)>(to, s, p);
          for (; s < last; ++s) tile<1>(to, s, p);
        }
    });
  }

 private:
  /// Where a call's operands and results lie.
  struct result {
    const std::uint64_t* codes;
    const double* factors;
    const float* bias;
    float* out;
    std::int64_t out_stride;
  };
  [[nodiscard]] std::int64_t panels() const { return (outputs_ + detail::bit_panel - 1) / detail::bit_panel; }
  [[nodiscard]] std::int64_t panel_words() const { return (detail::words_of(depth_) * detail::bit_panel + 7) / 8 * 8; }

  template <std::size_t R>
  void tile(const result& to, std::int64_t s, std::int64_t p) const {
    const std::int64_t words = detail::words_of(depth_), n = p * detail::bit_panel, count = std::min(detail::bit_panel, outputs_ - n);
    alignas(64) std::uint64_t differences[R * detail::bit_panel];
    alignas(64) float offsets[detail::bit_panel] = {}, values[detail::bit_panel];
    if (to.bias != nullptr) std::copy_n(to.bias + n, count, offsets);
    detail::count_differences<R>(to.codes + s * words, reinterpret_cast<const std::uint64_t*>(words_.data()) + p * panel_words(), words,
                                 differences);
    const auto depth = static_cast<double>(depth_);
    for (std::size_t r = 0; r < R; ++r) {
      const detail::dvec factor = detail::in_all_lanes(to.factors[s + static_cast<std::int64_t>(r)]);
      for (std::int64_t i = 0; i < detail::bit_panel; i += detail::native_lanes) {
        const std::uint64_t* const d = differences + static_cast<std::int64_t>(r) * detail::bit_panel + i;
        const auto sum = [&](const std::uint64_t* at) {
          return detail::in_all_lanes(depth) - (detail::dvec)detail::word_doubles_of(detail::load_words(at)) * detail::in_all_lanes(2.0);
        };
        const double* const f = factors_.data() + n + i;
        const detail::double_pair sums = {sum(d), sum(d + detail::double_lanes)},
                                  scales = {factor * detail::load_doubles(f), factor * detail::load_doubles(f + detail::double_lanes)};
        // Sums and factors are integers (or NaN): nothing is left undecided.
        detail::store(values + i, detail::rounded_exact(sums, scales, detail::to_doubles(detail::load(offsets + i))).value);
      }
      std::copy_n(values, count, to.out + (s + static_cast<std::int64_t>(r)) * to.out_stride + n);
    }
  }

  std::vector<line> words_;
  std::vector<double> factors_;  // of outputs: 1, or NaN where there was one among the weights
  std::vector<i32> row_;         // for packing
  std::int64_t outputs_ = 0, depth_ = 0;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
