// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file integer_rows.hpp
/// float32 matrices to integers and scales, row by row: what `fake_quantize` makes of them, before the two are multiplied.
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/kernel/integer_lanes.hpp>
#include <dyadic/kernel/integer_operand.hpp>

#include <algorithm>
#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// A float32 matrix in memory.
struct matrix_rows {
  const float* data = nullptr;
  std::int64_t stride = 0, rows = 0, depth = 0;
  [[nodiscard]] const float* row(std::int64_t r) const { return data + r * stride; }
};

/// The values of one block of a matrix, for schemes to look at; the largest magnitude is found once and by vectors.
class matrix_block {
 public:
  matrix_block(const matrix_rows& m, std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns)
      : first_(m.row(row) + column), stride_(m.stride), rows_(rows), columns_(columns) {
    i32 raw = 0;
    for (std::int64_t r = 0; r < rows; ++r) raw = imax(raw, raw_peak(first_ + r * stride_, columns));
    if (raw < infinity_bits) peak_.bits = raw;
    else for_each([&](float x) { peak_.see(x); });
  }
  template <class F>
  void for_each(F&& f) const {
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t i = 0; i < columns_; ++i) f(first_[r * stride_ + i]);
  }
  [[nodiscard]] peak max_magnitude() const { return peak_; }
  [[nodiscard]] value_range range() const {
    value_range r{0.0F, 0.0F};
    for (std::int64_t row = 0; row < rows_; ++row) {
      const float* const x = first_ + row * stride_;
      vec low = splat<vec>(r.low), high = splat<vec>(r.high);
      std::int64_t i = 0;
      for (; i + native_lanes <= columns_; i += native_lanes) {
        low = min_keep_nan(low, load(x + i));
        high = max_keep_nan(high, load(x + i));
      }
      for (int lane = 0; lane < native_lanes; ++lane) {
        r.low = std::min(r.low, static_cast<float>(low[lane]));
        r.high = std::max(r.high, static_cast<float>(high[lane]));
      }
      for (; i < columns_; ++i) {
        r.low = std::min(r.low, x[i]);
        r.high = std::max(r.high, x[i]);
      }
    }
    return r;
  }
  [[nodiscard]] bool finite() const { return !peak_.nan && !peak_.infinite; }

 private:
  const float* first_;
  std::int64_t stride_, rows_, columns_;
  peak peak_{};
};

/// `n` values to integers by `by_lanes` (vectors) and `one` (what is left over).
template <class Lanes, class One>
[[gnu::always_inline]] inline void convert_run(const float* x, std::int64_t n, i32* q, const Lanes& by_lanes, const One& one) {
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) store_ints(q + i, by_lanes(load(x + i), i));
  for (; i < n; ++i) q[i] = one(x[i], i);
}

/// Makes integers of a matrix, a row at a time: value = integer · scale · unit. A row with a NaN in it tells so and its integers mean
/// nothing. A block with a scale of zero has zeros for integers.
template <QuantScheme S>
class row_integers;

template <ElementScheme S>
class row_integers<S> {
 public:
  row_integers(const matrix_rows& m, std::uint64_t seed) : matrix_(m), seed_(seed) {}
  [[nodiscard]] double unit() const { return exp2_double(-integer_operand<S>::range.fraction); }
  /// @param q  room for `depth` integers   @param scales  room for one   @returns whether no value is NaN
  bool convert(std::int64_t row, i32* q, double* scales) const {
    *scales = 1.0;
    constexpr float up = exp2_float(integer_operand<S>::range.fraction);
    const std::int64_t first = row * matrix_.depth;
    ivec nan{};
    bool one_nan = false;
    convert_run(
        matrix_.row(row), matrix_.depth, q,
        [&](vec x, std::int64_t i) __attribute__((always_inline)) {
          nan |= is_nan(x);
          return to_int<vec>(select(is_nan(x), splat<vec>(0.0F), quantize_lanes<S, vec>(x, random_lanes<S>(seed_, first + i))) *
                             splat<vec>(up));
        },
        [&](float x, std::int64_t i) {
          one_nan = one_nan || is_nan(x);
          return is_nan(x) ? 0 : static_cast<i32>(quantize_lanes<S, float>(x, random_for<S>(seed_, first + i)) * up);
        });
    return !one_nan && !any(nan);
  }

 private:
  matrix_rows matrix_;
  std::uint64_t seed_;
};

template <BlockScheme S>
class row_integers<S> {
  using parameters = typename S::parameters;
  using operand = integer_operand<S>;
  static constexpr arithmetic_kind kind = declared<S>.kind;
  static constexpr bool by_power_of_two = kind == arithmetic_kind::elements_by_power_of_two;
  static constexpr bool by_short_float = kind == arithmetic_kind::elements_by_short_float;
  static constexpr float up = exp2_float(operand::range.fraction);

 public:
  row_integers(const matrix_rows& m, std::uint64_t seed) : matrix_(m), seed_(seed), block_(S::shape::resolve(Extents{m.rows, m.depth})) {
    if constexpr (by_short_float) {
      if (m.rows * m.depth != 0) t_ = S::tensor_scale(matrix_block(m, 0, 0, m.rows, m.depth).max_magnitude().value());
    }
  }
  [[nodiscard]] double unit() const {
    return exp2_double(-operand::range.fraction) * (by_short_float ? static_cast<double>(t_) : 1.0);
  }
  /// What is to be subtracted from the integers of the row that was converted last.
  [[nodiscard]] i32 zero_point() const requires(has_zero_points<operand>) { return zero_point_; }
  /// @param scales  room for one for each block along the depth
  bool convert(std::int64_t row, i32* q, double* scales) {
    const float* const x = matrix_.row(row);
    const std::int64_t blocks = (matrix_.depth + block_[1] - 1) / block_[1];
    bool good = true;
    std::int64_t b = 0;
    if constexpr (grouped) {
      if (block_[1] == S::shape::size)
        for (; (b + native_lanes) * S::shape::size <= matrix_.depth; b += native_lanes)
          if (!convert_group(x + b * S::shape::size, q + b * S::shape::size, scales + b))
            for (std::int64_t i = b; i < b + native_lanes; ++i) good = convert_one(row, i, q, scales) && good;
    }
    for (; b < blocks; ++b) good = convert_one(row, b, q, scales) && good;
    return good;
  }

 private:
  struct fitted {
    parameters p;
    double scale;  ///< exact; NaN where a NaN has poisoned the block
    bool finite;
  };
  /// Whether blocks along a row go by groups. Elements that a tiny value may matter to go by the scheme's own
  /// lanes, and so do random ones.
  static constexpr bool grouped = [] {
    if constexpr (holds_elements<S>)
      return in_groups<S> && !uses_random<S> &&
             (!by_power_of_two || declared<typename S::element>.drops_tiny);
    else return false;
  }();

  /// As many blocks as there are lanes. @returns false, and nothing of use, where a value is not finite
  bool convert_group(const float* x, i32* q, double* scales) const requires(grouped) {
    using element = typename S::element;
    constexpr std::int64_t B = S::shape::size, L = native_lanes;
    const ivec peaks = peaks_of_blocks<B>(x);
    if (any(peaks >= isplat<vec>(infinity_bits))) return false;
    const auto p = S::template fit_lanes<vec>(peaks, t_);
    double_pair scale;
    if constexpr (by_short_float)
      scale = to_doubles(S::template block_scale<vec>(peaks, t_));
    else if constexpr (by_power_of_two) {
      const double_pair down = to_doubles(p.down), more = to_doubles(p.down_more);
      scale = {down.low * more.low, down.high * more.high};
    } else scale = to_doubles(p.factor);
    store_doubles(scales, scale.low);
    store_doubles(scales + double_lanes, scale.high);
    // From memory a block's factor goes to all lanes in one load.
    float first[native_lanes], second[native_lanes];
    if constexpr (by_power_of_two) {
      store(first, p.up_more);
      store(second, p.up);
    } else store(first, p.divisor);
    for (int b = 0; b < native_lanes; ++b) {
      const ivec kept = isplat<vec>(scales[b] == 0.0 ? 0 : -1);
#pragma GCC unroll 16
      for (std::int64_t k = b * B; k < (b + 1) * B; k += L) {
        vec v = load(x + k);
        if constexpr (by_power_of_two) v = v * splat<vec>(first[b]) * splat<vec>(second[b]);
        else v = v / splat<vec>(first[b]);
        store_ints(q + k, to_int<vec>(quantize_lanes<element, vec>(v, ivec{}) * splat<vec>(up)) & kept);
      }
    }
    return true;
  }
  /// One block.
  bool convert_one(std::int64_t row, std::int64_t b, i32* q, double* scales) {
    const std::int64_t k = b * block_[1], n = std::min(block_[1], matrix_.depth - k);
    const fitted f = fit(row, k, n);
    scales[b] = f.scale;
    if constexpr (has_zero_points<operand>)
      zero_point_ = f.scale == 0.0 ? 0 : f.p.zero_point - operand::lowest_code;
    if (f.scale == 0.0) std::fill_n(q + k, n, 0);
    else convert_block(matrix_.row(row) + k, n, q + k, f, row * matrix_.depth + k);
    return f.scale == f.scale;
  }
  fitted fit(std::int64_t row, std::int64_t column, std::int64_t columns) {
    const std::int64_t first = row / block_[0] * block_[0];
    const bool across = columns == matrix_.depth;
    if (across && first == kept_row_) return kept_;
    const matrix_block values(matrix_, first, column, std::min(block_[0], matrix_.rows - first), columns);
    const fitted f = fit(values);
    if (across && block_[0] > 1) {
      kept_ = f;
      kept_row_ = first;
    }
    return f;
  }
  fitted fit(const matrix_block& values) const {
    if constexpr (by_short_float) {
      const scale_code c = S::fit_code(values, t_);
      return {S::parameters_of(c, t_), static_cast<double>(S::scale::decode(static_cast<typename S::scale::code_type>(c))), values.finite()};
    } else {
      const parameters p = S::fit(values, t_);
      if constexpr (by_power_of_two)
        return {p, static_cast<double>(p.down) * static_cast<double>(p.down_more), values.finite()};
      else if constexpr (has_zero_points<operand>) {
        // Steps beyond float32 have no codes but those of zero.
        return {p, p.step == std::bit_cast<float>(infinity_bits) ? 0.0 : static_cast<double>(p.step), values.finite()};
      } else if constexpr (kind == arithmetic_kind::elements_by_float)
        return {p, static_cast<double>(p.factor), values.finite()};
      else return {p, static_cast<double>(p.alpha), values.finite()};
    }
  }
  [[gnu::always_inline]] inline void convert_block(const float* x, std::int64_t n, i32* q, const fitted& f, std::int64_t index) const {
    const parameters& p = f.p;
    if constexpr (holds_elements<S>) {
      using element = typename S::element;
      const auto one = [&](float v, std::int64_t i) {
        return static_cast<i32>(element::decode(S::encode_element(v, p, random_for<S>(seed_, index + i))) * up);
      };
      const auto lanes = [&](vec v, std::int64_t i) __attribute__((always_inline)) {
        if constexpr (by_power_of_two) {
          // The value itself, scaled back up: both steps are exact.
          const vec y = S::template apply<vec>(v, spread_parameters<S>(p), random_lanes<S>(seed_, index + i));
          return to_int<vec>(y * splat<vec>(p.up_more) * splat<vec>(p.up) * splat<vec>(up));
        } else
          return to_int<vec>(quantize_lanes<element, vec>(v / splat<vec>(p.divisor), random_lanes<S>(seed_, index + i)) * splat<vec>(up));
      };
      if constexpr (!by_power_of_two || AppliesLanes<S>)
        if (f.finite) {
          convert_run(x, n, q, lanes, one);
          return;
        }
      for (std::int64_t i = 0; i < n; ++i) q[i] = f.scale == f.scale ? one(x[i], i) : 0;
    } else if constexpr (has_zero_points<operand>) {
      constexpr i32 low = operand::lowest_code;
      const auto one = [&](float v, std::int64_t) {
        return f.scale == f.scale ? static_cast<i32>(S::encode_element(v, p, 0)) - low : 0;
      };
      if constexpr (has_lane_forms<S>)
        if (f.finite && allows_vectors<S>(p)) {
          const auto all = spread_parameters<S>(p);
          convert_run(
              x, n, q,
              [&](vec v, std::int64_t) __attribute__((always_inline)) {
                return S::template encode_lanes<vec>(v, all) - isplat<vec>(low);
              },
              one);
          return;
        }
      for (std::int64_t i = 0; i < n; ++i) q[i] = one(x[i], i);
    } else {
      for (std::int64_t i = 0; i < n; ++i) {
        const float y = apply_one<S>(x[i], p, 0);
        q[i] = y > 0.0F ? 1 : y < 0.0F ? -1 : 0;
      }
    }
  }

  matrix_rows matrix_;
  std::uint64_t seed_;
  Extents block_;
  float t_ = 1.0F;
  i32 zero_point_ = 0;
  fitted kept_{};
  std::int64_t kept_row_ = -1;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
