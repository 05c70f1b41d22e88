// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_samples.hpp
/// The samples of an integer product: quantised to codes in the caller's work space, with what rounding must know of each.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/kernel/integer_weights.hpp>

#include <cstddef>
#include <span>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// How many of what the samples of a pair take.
template <class Pair>
struct sample_layout {
  std::int64_t depth, samples;
  static constexpr std::int64_t lines(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }
  [[nodiscard]] std::int64_t padded() const { return lines(depth); }  ///< codes of one digit; a row of them begins at a cache line
  /// From digit to digit and row to row. An odd number of lines: rows that are powers of two apart would share few sets of a cache.
  [[nodiscard]] std::int64_t digit_stride() const { return padded() | 64; }
  [[nodiscard]] std::int64_t segments() const { return (depth + Pair::segment - 1) / Pair::segment; }
  [[nodiscard]] std::int64_t row_codes() const { return Pair::x_digits.count * digit_stride(); }
  [[nodiscard]] std::int64_t row_starts() const { return Pair::x_digits.count * segments(); }
  [[nodiscard]] std::int64_t row_scales() const { return Pair::x_has_blocks ? segments() : 0; }
  [[nodiscard]] std::int64_t row_stretches() const { return Pair::x_shifts ? (segments() + Pair::stretch - 1) / Pair::stretch : 0; }
  [[nodiscard]] std::int64_t zero_points() const { return Pair::x_zero_points ? 1 : 0; }
  [[nodiscard]] std::int64_t totals() const { return Pair::w_zero_points ? 1 : 0; }
  [[nodiscard]] std::int64_t row_shifts() const { return Pair::x_shifts ? segments() : 0; }
  [[nodiscard]] std::int64_t blocks() const { return blocks_along(depth, Pair::x::block); }
  [[nodiscard]] std::int64_t bytes() const {
    return lines(samples * row_codes() * static_cast<std::int64_t>(sizeof(sample_code))) + lines(4 * samples * row_starts()) +
           lines(8 * samples * row_scales()) + lines(4 * samples * row_shifts()) + lines(8 * samples * row_stretches()) +
           lines(samples * row_stretches()) + lines(row_stretches()) + lines(4 * samples * zero_points()) + lines(8 * samples * totals()) +
           2 * lines(8 * samples) + lines(samples * static_cast<std::int64_t>(sizeof(row_facts))) + lines(4 * padded()) +
           lines(8 * blocks());
  }
};

template <class Pair, QuantScheme X>
class integer_samples {
  using operand = typename Pair::x;
  using layout = sample_layout<Pair>;

 public:
  /// Quantises all of them. @throws error if there is too little work space, or it is not aligned
  integer_samples(const matrix_rows& m, std::span<std::byte> scratch, std::uint64_t seed)
      : layout_{m.depth, m.rows}, next_(scratch.data()) {
    if (static_cast<std::int64_t>(scratch.size()) < layout_.bytes())
      throw error("a product of " + std::to_string(m.rows) + " samples needs " + std::to_string(layout_.bytes()) +
                  " bytes of work space, but " + std::to_string(scratch.size()) + " are given; ask scratch_bytes(samples).");
    if (reinterpret_cast<std::uintptr_t>(next_) % 64 != 0) throw error("a product's work space must be aligned to 64 bytes.");
    codes_ = take<sample_code>(m.rows * layout_.row_codes());
    starts_ = take<i32>(m.rows * layout_.row_starts());
    scales_ = take<double>(m.rows * layout_.row_scales());
    shifts_ = take<i32>(m.rows * layout_.row_shifts());
    bases_ = take<double>(m.rows * layout_.row_stretches());
    reaches_ = take<std::uint8_t>(m.rows * layout_.row_stretches());
    most_reach_ = take<std::uint8_t>(layout_.row_stretches());
    zero_points_ = take<i32>(m.rows * layout_.zero_points());
    totals_ = take<std::int64_t>(m.rows * layout_.totals());
    factors_ = take<double>(m.rows);
    norms_ = take<double>(m.rows);
    facts_ = take<row_facts>(m.rows);
    row_ = take<i32>(layout_.padded());
    block_scales_ = take<double>(layout_.blocks());
    row_integers<X> rows(m, seed);
    for (std::int64_t k = m.depth; k < layout_.padded(); ++k) row_[k] = 0;
    for (std::int64_t r = 0; r < m.rows; ++r) {
      const bool good = rows.convert(r, row_, block_scales_);
      if constexpr (Pair::x_zero_points) zero_points_[r] = good ? rows.zero_point() : 0;
      put_row(r, good, rows.unit());
    }
    std::fill_n(most_reach_, layout_.row_stretches(), std::uint8_t{0});
    for (std::int64_t i = 0; i < m.rows * layout_.row_stretches(); ++i) {
      std::uint8_t& most = most_reach_[i % layout_.row_stretches()];
      most = std::max(most, reaches_[i]);
    }
  }

  /// Samples from `r` on, one of their digits.
  [[nodiscard]] sample_tile tile(std::int64_t r, int digit) const {
    sample_tile t{codes_ + r * layout_.row_codes() + digit * layout_.digit_stride(),
                  layout_.row_codes(),
                  starts_ + r * layout_.row_starts() + digit * layout_.segments(),
                  layout_.row_starts(),
                  &common_scale,
                  0,
                  0};
    if constexpr (Pair::x_has_blocks) {
      t.scales = scales_ + r * layout_.row_scales();
      t.scales_stride = layout_.row_scales();
      t.scales_step = 1;
    }
    return t;
  }
  [[nodiscard]] sample_stretches stretches(std::int64_t r) const {
    return {shifts_ + r * layout_.row_shifts(), layout_.row_shifts(), bases_ + r * layout_.row_stretches(), layout_.row_stretches(), 1};
  }
  /// Bits that the scales of a stretch add to its sums with samples [r, r + count), at most `too_far`.
  [[nodiscard]] int reach(std::int64_t r, std::int64_t count, std::int64_t stretch) const {
    int most = 0;
    if constexpr (Pair::x_shifts)
      for (std::int64_t i = r; i < r + count; ++i) most = std::max(most, static_cast<int>(reaches_[i * layout_.row_stretches() + stretch]));
    return most;
  }
  /// The same of all samples.
  [[nodiscard]] int reach(std::int64_t stretch) const { return Pair::x_shifts ? most_reach_[stretch] : 0; }
  /// What the sums of a sample are multiplied by; NaN where there was one in it.
  [[nodiscard]] double factor(std::int64_t r) const { return factors_[r]; }
  /// Not below the 2-norm of the sample.
  [[nodiscard]] double norm(std::int64_t r) const { return norms_[r]; }
  [[nodiscard]] const row_facts& facts(std::int64_t r) const { return facts_[r]; }

  /// What is subtracted from the codes of sample `r`, and the sum of these.
  [[nodiscard]] i32 zero_point(std::int64_t r) const { return Pair::x_zero_points ? zero_points_[r] : 0; }
  [[nodiscard]] std::int64_t total(std::int64_t r) const { return Pair::w_zero_points ? totals_[r] : 0; }
  /// The code of sample `r` at `k`, and its scale, one by one.
  [[nodiscard]] i32 integer(std::int64_t r, std::int64_t k) const {
    i32 q = 0;
    for (int d = Pair::x_digits.count - 1; d >= 0; --d)
      q = (q << Pair::x_digits.radix) +
          sample_code_at<Pair::unsigned_samples>(codes_ + r * layout_.row_codes() + d * layout_.digit_stride(), k);
    return q;
  }
  [[nodiscard]] double scale(std::int64_t r, std::int64_t segment) const {
    if constexpr (!Pair::x_has_blocks) return factors_[r];
    else {
      const double s = scales_[r * layout_.row_scales() + segment];
      return factors_[r] *
             (Pair::x_scale == sample_scale::exponents ? std::bit_cast<double>(std::bit_cast<std::int64_t>(s) + one_bits) : s);
    }
  }

 private:
  static constexpr double common_scale = 1.0;
  static constexpr std::int64_t one_bits = std::bit_cast<std::int64_t>(1.0);

  template <class T>
  T* take(std::int64_t count) {
    T* const here = reinterpret_cast<T*>(next_);
    next_ += layout::lines(count * static_cast<std::int64_t>(sizeof(T)));
    return here;
  }

  void put_row(std::int64_t r, bool good, double unit) {
    facts_[r] = {{}, good};
    // 1. A sample with a NaN: zeros, and NaN for a factor.
    if (!good) {
      std::fill_n(row_, layout_.depth, 0);
      std::fill_n(block_scales_, layout_.blocks(), 1.0);
    }
    factors_[r] = !good ? std::bit_cast<double>(std::uint64_t{0x7ff8000000000000}) : Pair::x_has_blocks ? unit : unit * block_scales_[0];
    // 2. Scales, norm and exponents, of segments where these have their own. No stored scale is zero: powers of two have exponents.
    constexpr double most = operand::range.magnitude();
    double squares = 0.0;
    constexpr std::int64_t step = Pair::x_has_blocks ? Pair::segment : longest_segment;
    for (std::int64_t k = 0, g = 0; k < layout_.depth; k += step, ++g) {
      const std::int64_t n = std::min(step, layout_.depth - k);
      const double s = block_scales_[Pair::x_has_blocks ? k / std::max<std::int64_t>(operand::block, 1) : 0];
      // Exact sums need no norm. Where few are not, no integer being larger than its scheme's largest is close enough, and takes no time.
      if constexpr (!Pair::always_exact) {
        constexpr bool roughly = Pair::sums_can_be_exact || Pair::x_zero_points;
        squares += s * unit * (s * unit) * (roughly ? static_cast<double>(n) * most * most : squares_of(row_ + k, n));
      }
      if (s != 0.0) facts_[r].exponents.see(exponent_of(s));
      if constexpr (Pair::x_has_blocks)
        scales_[r * layout_.row_scales() + g] =
            Pair::x_scale == sample_scale::exponents ? std::bit_cast<double>(std::bit_cast<std::int64_t>(s) - one_bits) : s;
    }
    norms_[r] = norm_of(squares);
    if constexpr (Pair::w_zero_points) {
      totals_[r] = 0;
      for (std::int64_t k = 0; k < layout_.depth; k += longest_segment)
        totals_[r] += sum_of(row_ + k, std::min(longest_segment, layout_.depth - k));
    }
    if constexpr (Pair::x_shifts)
      for (std::int64_t s = 0; s < layout_.row_stretches(); ++s) put_stretch(r, s);
    // 3. Codes, and where the integer sums of segments start. Interleaved doubles come of sums + 2^31.
    i32* const starts = starts_ + r * layout_.row_starts();
    put_codes(r, starts);
    if constexpr (Pair::interleaved)
      for (std::int64_t i = 0; i < layout_.row_starts(); ++i) starts[i] ^= static_cast<i32>(0x80000000U);
  }

  /// Codes of row `r`, digit by digit, and for each segment what undoes the weights' offset. That is modulo 2^32, as the sums are that
  /// start there: what comes out at the end fits.
  void put_codes(std::int64_t r, i32* starts) {
    sample_code* const codes = codes_ + r * layout_.row_codes();
    if constexpr (Pair::x_digits.count == 1) {
      for (std::int64_t k = 0; k < layout_.padded(); k += native_lanes) store_sample_codes(codes + k, load_ints(row_ + k));
      std::int64_t g = 0;
      if constexpr (Pair::w_offset != 0 && sums_codes<Pair::segment>) {
        constexpr std::int64_t at_once = 64 / Pair::segment;
        for (; (g + at_once) * Pair::segment <= layout_.depth; g += at_once)
          store_code_sums<Pair::unsigned_samples, Pair::segment>(codes + g * Pair::segment, -Pair::w_offset, starts + g);
      }
      for (; g < layout_.segments(); ++g) {
        const std::int64_t k = g * Pair::segment, n = std::min(Pair::segment, layout_.depth - k);
        starts[g] = Pair::w_offset == 0 ? 0 : static_cast<i32>(0U - static_cast<u32>(Pair::w_offset) * static_cast<u32>(sum_of(row_ + k, n)));
      }
    } else {
      std::fill_n(starts, layout_.row_starts(), 0);
      for (int d = 0; d < Pair::x_digits.count; ++d)
        for (std::int64_t k = 0; k < layout_.padded(); k += native_lanes) {
          i32 digits[native_lanes];
          for (std::int64_t i = 0; i < native_lanes; ++i) {
            i32& rest = row_[k + i];
            digits[i] = d + 1 < Pair::x_digits.count ? Pair::x_digits.take(rest) : rest;
            if (k + i < layout_.depth) starts[d * layout_.segments() + (k + i) / Pair::segment] -= Pair::w_offset * digits[i];
          }
          store_sample_codes(codes + d * layout_.digit_stride() + k, load_ints(digits));
        }
      for (std::int64_t k = layout_.depth; k < layout_.padded(); ++k) row_[k] = 0;
    }
  }

  /// What the scales of a stretch are relative to their lowest. (Of zeros: zero, which moves no lowest one.)
  void put_stretch(std::int64_t r, std::int64_t s) requires(Pair::x_shifts) {
    const std::int64_t begin = s * Pair::stretch, end = std::min(begin + Pair::stretch, layout_.segments());
    i32* const shifts = shifts_ + r * layout_.row_shifts();
    exponent_range range;
    for (std::int64_t g = begin; g < end; ++g)
      if (const double scale = block_scales_[g * Pair::segment / operand::block]; scale != 0.0) range.see(exponent_of(scale));
    if (range.span() < 0) range = {0, 0};
    bases_[r * layout_.row_stretches() + s] = exp2_double(range.lowest);
    reaches_[r * layout_.row_stretches() + s] = static_cast<std::uint8_t>(std::min<int>(range.span(), too_far));
    for (std::int64_t g = begin; g < end; ++g) {
      const double scale = block_scales_[g * Pair::segment / operand::block];
      shifts[g] = scale == 0.0 ? 0 : exponent_of(scale) - range.lowest;
    }
  }

  layout layout_;
  std::byte* next_;
  sample_code* codes_ = nullptr;
  i32* starts_ = nullptr;
  double *scales_ = nullptr, *factors_ = nullptr, *norms_ = nullptr;
  row_facts* facts_ = nullptr;
  i32 *shifts_ = nullptr, *zero_points_ = nullptr;
  std::int64_t* totals_ = nullptr;
  double* bases_ = nullptr;
  std::uint8_t *reaches_ = nullptr, *most_reach_ = nullptr;
  i32* row_ = nullptr;
  double* block_scales_ = nullptr;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
