// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_weights.hpp
/// The weights of an integer product: codes in panels, scales, and what rounding must know of each output.
#include <dyadic/kernel/integer_pair.hpp>
#include <dyadic/kernel/integer_rows.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Exponents of the scales of a row's blocks that are not all zeros. Empty ranges span less than any.
struct exponent_range {
  int lowest = 1 << 20, highest = -(1 << 20);
  void see(int e) {
    lowest = e < lowest ? e : lowest;
    highest = e > highest ? e : highest;
  }
  void see(const exponent_range& r) {
    lowest = r.lowest < lowest ? r.lowest : lowest;
    highest = r.highest > highest ? r.highest : highest;
  }
  [[nodiscard]] int span() const { return highest - lowest; }
};
/// What decides how the sums of a row, or of a panel of them, may be rounded.
struct row_facts {
  exponent_range exponents;
  bool no_nan = true;
};
inline int exponent_of(double power) { return static_cast<int>(std::bit_cast<std::uint64_t>(power) >> 52 & 0x7ff) - 1023; }

/// Not below the square root of a sum of squares that was taken in floats.
inline double norm_of(double squares) { return std::sqrt(squares) * (1 + 0x1p-8); }
/// Σ q and Σ q² of `n` integers; the squares to about 2^-9.
struct integer_sums {
  i32 sum;
  double squares;
};
[[gnu::always_inline]] inline integer_sums sums_of(const i32* q, std::int64_t n) {
  ivec sum{};
  vec squares{};
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) {
    const ivec v = load_ints(q + i);
    const vec f = to_float<vec>(v);
    sum += v;
    squares += f * f;
  }
  integer_sums r{sum_of_lanes(sum), 0.0};
  const double_pair halves = to_doubles(squares);
  const dvec two = halves.low + halves.high;
  for (int k = 0; k < double_lanes; ++k) r.squares += two[k];
  for (; i < n; ++i) {
    r.sum += q[i];
    r.squares += static_cast<double>(q[i]) * static_cast<double>(q[i]);
  }
  return r;
}

/// The packed weights of a pair of schemes.
template <class Pair, QuantScheme W>
class integer_weights {
  using operand = typename Pair::w;
  using scale_type = std::conditional_t<Pair::w_scale == weight_scale::floats, float, std::uint16_t>;
  static constexpr std::int64_t P = panel_outputs_of_integers;
  static constexpr std::int64_t step_bytes = 4 * P;  // of a step of bytes, or two of nibbles

 public:
  /// @param w  w[n * row_stride + k]. Memory is used again where it suffices.
  void pack(const matrix_rows& m, std::uint64_t seed) {
    // 1. Room: all codes are zeros' codes first, so that what is filled up adds nothing.
    outputs_ = m.rows;
    depth_ = m.depth;
    const std::int64_t n = panels() * P;
    codes_.assign(static_cast<std::size_t>(panels() * panel_bytes() / 64 + 1), line{});
    scales_.assign(static_cast<std::size_t>(Pair::w_has_blocks ? panels() * segments() * P : 0), scale_type{});
    factors_.assign(static_cast<std::size_t>(n), 0.0);
    norms_.assign(static_cast<std::size_t>(n), 0.0);
    facts_.assign(static_cast<std::size_t>(panels()), {});
    row_.resize(static_cast<std::size_t>(depth_));
    row_scales_.resize(static_cast<std::size_t>(blocks()));
    // 2. Row by row.
    row_integers<W> rows(m, seed);
    unit_ = rows.unit();
    for (std::int64_t r = 0; r < outputs_; ++r) {
      const bool good = rows.convert(r, row_.data(), row_scales_.data());
      if (good) put_row(r);
      else {
        factors_[static_cast<std::size_t>(r)] = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
        facts_[static_cast<std::size_t>(r / P)].no_nan = false;
      }
    }
  }

  [[nodiscard]] std::int64_t outputs() const { return outputs_; }
  [[nodiscard]] std::int64_t depth() const { return depth_; }
  [[nodiscard]] std::int64_t panels() const { return (outputs_ + P - 1) / P; }
  /// Depth with what is filled up.
  [[nodiscard]] std::int64_t padded() const { return (depth_ + Pair::depth_unit - 1) / Pair::depth_unit * Pair::depth_unit; }
  [[nodiscard]] std::int64_t segments() const { return (depth_ + Pair::segment - 1) / Pair::segment; }
  [[nodiscard]] depth_cut cut() const {
    return {segments(), Pair::segment / 4, depth_ == 0 ? 0 : (padded() - (segments() - 1) * Pair::segment) / 4};
  }
  [[nodiscard]] std::int64_t size_bytes() const {
    return static_cast<std::int64_t>(codes_.size() * sizeof(line) + scales_.size() * sizeof(scale_type) +
                                     (factors_.size() + norms_.size()) * sizeof(double));
  }
  [[nodiscard]] weight_panel panel(std::int64_t p, int digit) const {
    return {codes_.empty() ? nullptr : bytes() + p * panel_bytes() + digit * digit_bytes(), panel_bytes(), load_ints(Pair::table.data())};
  }
  [[nodiscard]] weight_scales scales(std::int64_t p) const { return {scales_.empty() ? nullptr : scales_.data() + p * scales_next(), scales_next()}; }
  /// What the sums of an output are multiplied by: its scale where it has one for all, else what its blocks' scales lack; NaN where
  /// a NaN was among its weights.
  [[nodiscard]] const double* factors() const { return factors_.data(); }
  /// Not below the 2-norms of the outputs' weights.
  [[nodiscard]] const double* norms() const { return norms_.data(); }
  [[nodiscard]] const row_facts& facts(std::int64_t p) const { return facts_[static_cast<std::size_t>(p)]; }

  /// The integer of output `n` at `k`, and its scale, one by one.
  [[nodiscard]] i32 integer(std::int64_t n, std::int64_t k) const {
    i32 q = 0;
    for (int d = Pair::w_digits.count - 1; d >= 0; --d) {
      const std::uint8_t* p = bytes() + n / P * panel_bytes() + d * digit_bytes();
      i32 code;
      if constexpr (is_nibbles(Pair::kind)) code = p[k / 8 * step_bytes + Pair::place_of(n) * 4 + k % 4] >> (k % 8 < 4 ? 0 : 4) & 15;
      else if constexpr (is_signed(Pair::kind)) code = static_cast<std::int8_t>(p[k / 4 * step_bytes + Pair::place_of(n) * 4 + k % 4]);
      else code = p[k / 4 * step_bytes + Pair::place_of(n) * 4 + k % 4];
      q = (q << Pair::w_digits.radix) + Pair::multiplied(code) - Pair::w_offset;
    }
    return q;
  }
  [[nodiscard]] double scale(std::int64_t n, std::int64_t segment) const {
    const double whole = factors_[static_cast<std::size_t>(n)];
    if constexpr (!Pair::w_has_blocks) return whole;
    else {
      const scale_type s = scales_[static_cast<std::size_t>(n / P * scales_next() + segment * P + n % P)];
      if constexpr (Pair::w_scale == weight_scale::halves) return std::bit_cast<double>(static_cast<std::uint64_t>(s) << 48) * whole;
      else return static_cast<double>(s) * whole;
    }
  }

 private:
  struct alignas(64) line {
    std::uint8_t bytes[64];
  };
  [[nodiscard]] const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(codes_.data()); }
  [[nodiscard]] std::int64_t scales_next() const { return segments() * P; }
  [[nodiscard]] std::int64_t digit_bytes() const { return padded() / Pair::depth_unit * step_bytes; }
  [[nodiscard]] std::int64_t panel_bytes() const { return digit_bytes() * Pair::w_digits.count; }
  [[nodiscard]] std::int64_t blocks() const { return blocks_along(depth_, operand::block); }

  void put_row(std::int64_t r) {
    const auto n = static_cast<std::size_t>(r);
    // 1. Scales, norm and exponents. No stored scale is zero, so that powers of two can be added to its exponent.
    factors_[n] = Pair::w_has_blocks ? unit_ : unit_ * row_scales_[0];
    const std::int64_t length = Pair::w_has_blocks ? operand::block : longest_segment;
    double squares = 0.0;
    exponent_range range;
    for (std::int64_t k = 0; k < depth_; k += length) {
      const double s = row_scales_[static_cast<std::size_t>(Pair::w_has_blocks ? k / length : 0)];
      const double q2 = sums_of(row_.data() + k, std::min(length, depth_ - k)).squares;
      squares += s * unit_ * (s * unit_) * q2;
      if (q2 != 0.0) range.see(exponent_of(s));
    }
    norms_[n] = norm_of(squares);
    facts_[n / P].exponents.see(range);
    if (depth_ == 0) return;  // no codes, no scales: nothing to point into
    if constexpr (Pair::w_has_blocks) {
      scale_type* const to = scales_.data() + r / P * scales_next() + r % P;
      for (std::int64_t g = 0; g < segments(); ++g) {
        double s = row_scales_[static_cast<std::size_t>(g * Pair::segment / operand::block)];
        s = s == 0.0 ? 1.0 : s;
        if constexpr (Pair::w_scale == weight_scale::halves) to[g * P] = static_cast<std::uint16_t>(std::bit_cast<std::uint64_t>(s) >> 48);
        else to[g * P] = static_cast<float>(s);
      }
    }
    // 2. Codes, four neighbours at a time.
    std::uint8_t* const panel = reinterpret_cast<std::uint8_t*>(codes_.data()) + r / P * panel_bytes() + Pair::place_of(r) * 4;
    for (std::int64_t k = 0; k < padded(); k += 4) {
      i32 q[4] = {};
      for (std::int64_t i = k; i < std::min(k + 4, depth_); ++i) q[i - k] = row_[static_cast<std::size_t>(i)];
      for (int d = 0; d < Pair::w_digits.count; ++d) {
        u32 four = 0;
        for (int i = 0; i < 4; ++i) {
          const i32 digit = d + 1 < Pair::w_digits.count ? Pair::w_digits.take(q[i]) : q[i];
          four |= (static_cast<u32>(Pair::stored(digit)) & 0xff) << (8 * i);
        }
        std::uint8_t* to = panel + d * digit_bytes() + k / Pair::depth_unit * step_bytes;
        if constexpr (is_nibbles(Pair::kind)) {
          u32 other = 0;
          if (k % 8 != 0) {
            std::memcpy(&other, to, sizeof other);
            four = other | four << 4;
          }
        }
        std::memcpy(to, &four, sizeof four);
      }
    }
  }

  std::vector<line> codes_;
  std::vector<scale_type> scales_;
  std::vector<double> factors_, norms_;
  std::vector<row_facts> facts_;  // of each panel
  std::vector<i32> row_;          // for packing
  std::vector<double> row_scales_;
  double unit_ = 1.0;
  std::int64_t outputs_ = 0, depth_ = 0;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail
