// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_samples.hpp
/// The samples of an integer product: quantised to codes in the caller's work space, with what rounding must know of each.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/kernel/integer_weights.hpp>

#include <cstddef>
#include <span>

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// How many of what the samples of a pair take.
template <class Pair>
struct sample_layout {
  std::int64_t depth, samples;
  static constexpr std::int64_t lines(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }
  [[nodiscard]] std::int64_t padded() const { return lines(depth); }  ///< codes of one digit; a row of them begins at a cache line
  [[nodiscard]] std::int64_t segments() const { return (depth + Pair::segment - 1) / Pair::segment; }
  [[nodiscard]] std::int64_t row_codes() const { return Pair::x_digits.count * padded(); }
  [[nodiscard]] std::int64_t row_starts() const { return Pair::x_digits.count * segments(); }
  [[nodiscard]] std::int64_t row_scales() const { return Pair::x_has_blocks ? segments() : 0; }
  [[nodiscard]] std::int64_t blocks() const { return blocks_along(depth, Pair::x::block); }
  [[nodiscard]] std::int64_t bytes() const {
    return lines(samples * row_codes() * static_cast<std::int64_t>(sizeof(sample_code))) + lines(4 * samples * row_starts()) +
           lines(8 * samples * row_scales()) + 2 * lines(8 * samples) + lines(samples * static_cast<std::int64_t>(sizeof(row_facts))) +
           lines(4 * padded()) + lines(8 * blocks());
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
    factors_ = take<double>(m.rows);
    norms_ = take<double>(m.rows);
    facts_ = take<row_facts>(m.rows);
    row_ = take<i32>(layout_.padded());
    block_scales_ = take<double>(layout_.blocks());
    row_integers<X> rows(m, seed);
    for (std::int64_t k = m.depth; k < layout_.padded(); ++k) row_[k] = 0;
    for (std::int64_t r = 0; r < m.rows; ++r) put_row(r, rows.convert(r, row_, block_scales_), rows.unit());
  }

  /// Samples from `r` on, one of their digits.
  [[nodiscard]] sample_tile tile(std::int64_t r, int digit) const {
    sample_tile t{codes_ + r * layout_.row_codes() + digit * layout_.padded(),
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
  /// What the sums of a sample are multiplied by; NaN where there was one in it.
  [[nodiscard]] double factor(std::int64_t r) const { return factors_[r]; }
  /// Not below the 2-norm of the sample.
  [[nodiscard]] double norm(std::int64_t r) const { return norms_[r]; }
  [[nodiscard]] const row_facts& facts(std::int64_t r) const { return facts_[r]; }

  /// The integer of sample `r` at `k`, and its scale, one by one.
  [[nodiscard]] i32 integer(std::int64_t r, std::int64_t k) const {
    i32 q = 0;
    for (int d = Pair::x_digits.count - 1; d >= 0; --d)
      q = (q << Pair::x_digits.radix) + sample_code_at<Pair::unsigned_samples>(codes_ + r * layout_.row_codes() + d * layout_.padded(), k);
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
    // 2. Segments: where their integer sums start, scales, norm and exponents. No stored scale is zero: powers of two have exponents.
    double squares = 0.0;
    i32* const starts = starts_ + r * layout_.row_starts();
    for (std::int64_t g = 0; g < layout_.segments(); ++g) {
      const std::int64_t k = g * Pair::segment, n = std::min(Pair::segment, layout_.depth - k);
      const double s = block_scales_[Pair::x_has_blocks ? k / std::max<std::int64_t>(operand::block, 1) : 0];
      const integer_sums sums = sums_of(row_ + k, n);
      if constexpr (!Pair::all_constant) squares += s * unit * (s * unit) * sums.squares;  // constant scales leave nothing to doubt
      if (Pair::all_constant || sums.squares != 0.0) facts_[r].exponents.see(exponent_of(s));
      // Modulo 2^32, as the sums that start here are: what comes out at the end fits.
      starts[g] = static_cast<i32>(0U - static_cast<u32>(Pair::w_offset) * static_cast<u32>(sums.sum));
      if constexpr (Pair::x_has_blocks)
        scales_[r * layout_.row_scales() + g] =
            Pair::x_scale == sample_scale::exponents ? std::bit_cast<double>(std::bit_cast<std::int64_t>(s) - one_bits) : s;
    }
    norms_[r] = norm_of(squares);
    // 3. Codes, digit by digit.
    sample_code* const codes = codes_ + r * layout_.row_codes();
    if constexpr (Pair::x_digits.count == 1) {
      for (std::int64_t k = 0; k < layout_.padded(); k += native_lanes) store_sample_codes(codes + k, load_ints(row_ + k));
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
          store_sample_codes(codes + d * layout_.padded() + k, load_ints(digits));
        }
      for (std::int64_t k = layout_.depth; k < layout_.padded(); ++k) row_[k] = 0;
    }
    // 4. Interleaved doubles come of sums + 2^31.
    if constexpr (Pair::interleaved)
      for (std::int64_t i = 0; i < layout_.row_starts(); ++i) starts[i] ^= static_cast<i32>(0x80000000U);
  }

  layout layout_;
  std::byte* next_;
  sample_code* codes_ = nullptr;
  i32* starts_ = nullptr;
  double *scales_ = nullptr, *factors_ = nullptr, *norms_ = nullptr;
  row_facts* facts_ = nullptr;
  i32* row_ = nullptr;
  double* block_scales_ = nullptr;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail
