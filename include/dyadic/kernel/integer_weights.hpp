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

DYADIC_AS_WRITTEN_BEGIN

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
inline int exponent_of_last_bit(double x) {
  return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023 - 52 +
         std::countr_zero((std::bit_cast<std::uint64_t>(x) & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52);
}
inline int exponent_of(double power) { return static_cast<int>(std::bit_cast<std::uint64_t>(power) >> 52 & 0x7ff) - 1023; }

/// Not below the square root of a sum of squares that was taken in floats.
inline double norm_of(double squares) { return std::sqrt(squares) * (1 + 0x1p-8); }
/// Σ q of `n` integers.
[[gnu::always_inline]] inline i32 sum_of(const i32* q, std::int64_t n) {
  ivec sum{};
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) sum += load_ints(q + i);
  i32 r = sum_of_lanes(sum);
  for (; i < n; ++i) r += q[i];
  return r;
}
/// Σ q² of `n` integers, to about 2^-9.
[[gnu::always_inline]] inline double squares_of(const i32* q, std::int64_t n) {
  vec squares{};
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) {
    const vec f = to_float<vec>(load_ints(q + i));
    squares += f * f;
  }
  const double_pair halves = to_doubles(squares);
  const dvec two = halves.low + halves.high;
  double r = 0.0;
  for (int k = 0; k < double_lanes; ++k) r += two[k];
  for (; i < n; ++i) r += static_cast<double>(q[i]) * static_cast<double>(q[i]);
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
    zero_points_.assign(static_cast<std::size_t>(Pair::w_zero_points ? n : 0), 0);
    totals_.assign(static_cast<std::size_t>(Pair::x_zero_points ? n : 0), 0);
    reaches_.assign(static_cast<std::size_t>(Pair::stretches ? panel_pairs() * stretches() : 0), 0);
    bases_.assign(static_cast<std::size_t>(has_steps ? 2 * panel_pairs() * stretches() * P : 0), 0);
    row_.resize(static_cast<std::size_t>(depth_));
    row_scales_.resize(static_cast<std::size_t>(blocks()));
    // 2. Row by row.
    row_integers<W> rows(m, seed);
    unit_ = rows.unit();
    for (std::int64_t r = 0; r < outputs_; ++r) {
      const bool good = rows.convert(r, row_.data(), row_scales_.data());
      if constexpr (Pair::w_zero_points) zero_points_[static_cast<std::size_t>(r)] = good ? rows.zero_point() : 0;
      if (good) put_row(r);
      else {
        factors_[static_cast<std::size_t>(r)] = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
        facts_[static_cast<std::size_t>(r / P)].no_nan = false;
      }
    }
    // 3. Scales of stretches relative to their lowest.
    if constexpr (has_steps)
      for (std::int64_t p = 0; p < panel_pairs(); ++p)
        for (std::int64_t s = 0; s < stretches(); ++s) put_stretch(p, s);
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
    return static_cast<std::int64_t>(codes_.size() * sizeof(line) + scales_.size() * sizeof(scale_type) + bases_.size() * 2 +
                                     reaches_.size() + (factors_.size() + norms_.size()) * sizeof(double));
  }
  [[nodiscard]] weight_panel panel(std::int64_t p, int digit) const {
    return {codes_.empty() ? nullptr : bytes() + p * panel_bytes() + digit * digit_bytes(), panel_bytes(), load_ints(Pair::table.data())};
  }
  /// @param s  the stretch that is wanted, where its scales are relative ones
  [[nodiscard]] weight_scales scales(std::int64_t p, std::int64_t s) const {
    return {scales_.empty() ? nullptr : scales_.data() + p * scales_next(), scales_next(),
            bases_.empty() ? nullptr : bases_.data() + p * bases_next() + s * P, bases_next()};
  }
  [[nodiscard]] weight_stretches steps(std::int64_t p) const requires(Pair::stretches) {
    if constexpr (has_steps) return {scales_.data() + p * scales_next(), scales_next(), bases_.data() + p * bases_next(), bases_next()};
    else return {};
  }
  /// Bits that the scales of a stretch add to its sums, for panels p and p + 1; `too_far`: its scales are not relative ones. @param p  even
  [[nodiscard]] std::uint8_t reach(std::int64_t p, std::int64_t s) const {
    return reaches_[static_cast<std::size_t>(p / 2 * stretches() + s)];
  }
  [[nodiscard]] std::int64_t stretches() const { return (segments() + Pair::stretch - 1) / Pair::stretch; }
  /// What the sums of an output are multiplied by: its scale where it has one for all, else what its blocks' scales lack; NaN where
  /// a NaN was among its weights.
  [[nodiscard]] const double* factors() const { return factors_.data(); }
  /// Not below the 2-norms of the outputs' weights.
  [[nodiscard]] const double* norms() const { return norms_.data(); }
  [[nodiscard]] const row_facts& facts(std::int64_t p) const { return facts_[static_cast<std::size_t>(p)]; }

  /// What is subtracted from the codes of output `n`, and the sum of what remains.
  [[nodiscard]] i32 zero_point(std::int64_t n) const {
    if constexpr (Pair::w_zero_points) return zero_points_[static_cast<std::size_t>(n)];
    else return 0;
  }
  [[nodiscard]] const i32* zero_points() const { return zero_points_.data(); }
  [[nodiscard]] const std::int64_t* totals() const { return totals_.data(); }
  /// The code of output `n` at `k`, and its scale, one by one.
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
      if constexpr (has_steps) {
        const std::int64_t stretch = segment / Pair::stretch;
        if (reach(n / P, stretch) != too_far) {
          const double base = from_upper_half(bases_[static_cast<std::size_t>(n / P * bases_next() + stretch * P + n % P)]);
          return base * whole * (Pair::w_steps == weight_scale::shifts ? exp2_double(s) : static_cast<double>(s));
        }
      }
      if constexpr (Pair::w_scale == weight_scale::halves) return from_upper_half(s) * whole;
      else return static_cast<double>(s) * whole;
    }
  }

 private:
  struct alignas(64) line {
    std::uint8_t bytes[64];
  };
  [[nodiscard]] const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(codes_.data()); }
  static constexpr bool has_steps = Pair::stretches && Pair::w_steps != weight_scale::none;
  static double from_upper_half(std::uint16_t half) { return std::bit_cast<double>(static_cast<std::uint64_t>(half) << 48); }
  static std::uint16_t upper_half(double x) { return static_cast<std::uint16_t>(std::bit_cast<std::uint64_t>(x) >> 48); }
  [[nodiscard]] std::int64_t panel_pairs() const { return (panels() + 1) / 2; }
  [[nodiscard]] std::int64_t bases_next() const { return stretches() * P; }
  [[nodiscard]] std::int64_t scales_next() const { return segments() * P; }
  [[nodiscard]] std::int64_t digit_bytes() const { return padded() / Pair::depth_unit * step_bytes; }
  [[nodiscard]] std::int64_t panel_bytes() const { return digit_bytes() * Pair::w_digits.count; }
  [[nodiscard]] std::int64_t blocks() const { return blocks_along(depth_, operand::block); }

  static double largest_squares(std::int64_t n) {
    constexpr double most = operand::range.magnitude();
    return static_cast<double>(n) * most * most;
  }
  void put_row(std::int64_t r) {
    const auto n = static_cast<std::size_t>(r);
    // 1. Scales, norm and exponents. No stored scale is zero, so that powers of two can be added to its exponent.
    factors_[n] = Pair::w_has_blocks ? unit_ : unit_ * row_scales_[0];
    const std::int64_t length = Pair::w_has_blocks ? operand::block : longest_segment;
    double squares = 0.0;
    exponent_range range;
    for (std::int64_t k = 0; k < depth_; k += length) {
      const double s = row_scales_[static_cast<std::size_t>(Pair::w_has_blocks ? k / length : 0)];
      const double q2 =
          Pair::w_zero_points ? largest_squares(std::min(length, depth_ - k)) : squares_of(row_.data() + k, std::min(length, depth_ - k));
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
        if constexpr (!has_steps) s = s == 0.0 ? 1.0 : s;  // else later
        if constexpr (Pair::w_scale == weight_scale::halves) to[g * P] = upper_half(s);
        else to[g * P] = static_cast<float>(s);
      }
    }
    if constexpr (Pair::x_zero_points)
      for (const i32 q : row_) totals_[n] += q - zero_point(r);
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

  /// Makes the scales of stretch `s` of panels 2p and 2p + 1 relative ones, if they lie close enough.
  void put_stretch(std::int64_t p, std::int64_t s) requires(has_steps) {
    const std::int64_t begin = s * Pair::stretch, end = std::min(begin + Pair::stretch, segments());
    const std::int64_t outputs = std::min(2 * P, (panels() - 2 * p) * P);
    const auto at = [&](std::int64_t n, std::int64_t next, std::int64_t g) {
      return static_cast<std::size_t>((2 * p + n / P) * next + g * P + n % P);
    };
    // 1. Of each output the lowest bit of its scales, and how many bits the largest has above it.
    int lowest[2 * P], reach = 0;
    for (std::int64_t n = 0; n < outputs; ++n) {
      int low = 1 << 20;
      double largest = 0.0;
      for (std::int64_t g = begin; g < end; ++g) {
        const double scale = from_upper_half(scales_[at(n, scales_next(), g)]);
        if (scale == 0.0) continue;
        low = std::min(low, exponent_of_last_bit(scale));
        largest = std::max(largest, scale);
      }
      lowest[n] = low = largest == 0.0 ? 0 : low;
      if (largest != 0.0) reach = std::max(reach, exponent_of(largest) - low + (largest > exp2_double(exponent_of(largest)) ? 1 : 0));
    }
    // 2. Shifts or multipliers; or the scales as they were, but for those of zeros.
    const bool close = reach <= std::min(Pair::stretch_room, 15);
    reaches_[static_cast<std::size_t>(p * stretches() + s)] = close ? static_cast<std::uint8_t>(reach) : too_far;
    for (std::int64_t n = 0; n < outputs; ++n) {
      bases_[at(n, bases_next(), s)] = upper_half(exp2_double(lowest[n]));
      for (std::int64_t g = begin; g < end; ++g) {
        scale_type& entry = scales_[at(n, scales_next(), g)];
        const double scale = from_upper_half(entry);
        if (!close) entry = scale == 0.0 ? upper_half(1.0) : entry;
        else if (scale == 0.0) entry = Pair::w_steps == weight_scale::shifts ? 0 : 1;  // no scale is zero: exponents can be added to it
        else if constexpr (Pair::w_steps == weight_scale::shifts) entry = static_cast<scale_type>(exponent_of(scale) - lowest[n]);
        else entry = static_cast<scale_type>(scale * exp2_double(-lowest[n]));
      }
    }
  }

  std::vector<line> codes_;
  std::vector<scale_type> scales_;
  std::vector<std::uint16_t> bases_;   // of stretches
  std::vector<std::uint8_t> reaches_;  // of stretches, for two panels at a time
  std::vector<double> factors_, norms_;
  std::vector<i32> zero_points_;
  std::vector<std::int64_t> totals_;
  std::vector<row_facts> facts_;  // of each panel
  std::vector<i32> row_;          // for packing
  std::vector<double> row_scales_;
  double unit_ = 1.0;
  std::int64_t outputs_ = 0, depth_ = 0;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
