// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file sums.hpp
/// Sums of floats of any magnitudes: exact where what is made of them needs it, and the same bits for every
/// instruction set.
#include <dyadic/kernel/wide_lanes.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// The same number in every lane of D, which may be double itself.
template <class D>
[[gnu::always_inline]] inline D spread_to(double x) {
  if constexpr (std::is_same_v<D, double>) return x;
  else return spread(x);
}

/// x[0], x[step], …, as doubles; of `count` values, less than there are lanes, the last one again.
/// @{
template <std::size_t... I>
[[gnu::always_inline]] inline wide strided(const float* x, std::int64_t step, std::index_sequence<I...>) {
  return wide{static_cast<double>(x[static_cast<std::int64_t>(I) * step])...};
}
[[gnu::always_inline]] inline wide strided(const float* x, std::int64_t step) {
  return step == 1 ? load_wide(x) : strided(x, step, std::make_index_sequence<wide_lanes>{});
}
[[gnu::always_inline]] inline wide strided(const float* x, std::int64_t step, std::int64_t count) {
  float some[wide_lanes];
  for (std::int64_t i = 0; i < wide_lanes; ++i) some[i] = x[(i < count ? i : count - 1) * step];
  return load_wide(some);
}
/// @}

/// A sum of floats in fixed point, exact for up to 2^31 of them: word i counts multiples of 2^(32i - 149) and
/// is carried on only when it is read.
class fixed_point_sum {
 public:
  static constexpr int words = 10;
  /// @param x  finite
  void add(float x) {
    const i32 bits = to_bits(x), field = bits >> 23 & 255, low = bits & 0x007fffff;
    const int at = field == 0 ? 0 : field - 1;
    const std::int64_t magnitude = static_cast<std::int64_t>(field == 0 ? low : low | 0x00800000)
                                   << (at & 31);
    const std::int64_t value = bits < 0 ? -magnitude : magnitude;
    word_[at >> 5] += value & 0xffffffff;
    word_[(at >> 5) + 1] += value >> 32;
  }
  /// The sum as doubles that add up to it, each of at most 32 bits, the largest first and none of them 0.
  /// @returns how many there are
  int parts(double (&out)[words]) const {
    std::int64_t digit[words], carry = 0;  // in [-2^31, 2^31)
    for (int i = 0; i < words; ++i) {
      const std::int64_t sum = word_[i] + carry;
      carry = (sum + 0x80000000) >> 32;
      digit[i] = sum - carry * 0x100000000;
    }
    int count = 0;
    for (int i = words; i-- > 0;)
      if (digit[i] != 0) out[count++] = static_cast<double>(digit[i]) * exp2_double(32 * i - 149);
    return count;
  }

 private:
  std::int64_t word_[words] = {};
};

/// A sum of floats as doubles that add up to it exactly: `first`, nearly always alone, and `count` smaller
/// ones. Of values that are not all finite it is what IEEE arithmetic makes of them.
struct unrounded_sum {
  double first = 0;
  int count = 0;
  double part[fixed_point_sum::words] = {};
};

/// What a + b lost where it was rounded to `sum` (Knuth's two-sum). D is double or a vector of them.
template <class D>
[[gnu::always_inline]] inline D error_of_sum(D a, D b, D sum) {
  const D of_b = sum - a;
  return (a - (sum - of_b)) + (b - of_b);
}

/// The eight partial sums from which a sum is made, so that it runs at the speed of the adders: value i
/// belongs to number i % 8.
struct eight_sums {
  static constexpr int vectors = 8 / wide_lanes;
  wide sum[vectors] = {};

  /// ((p0 + p4) + (p2 + p6)) + ((p1 + p5) + (p3 + p7)), and whether none of these rounds.
  [[nodiscard]] double total(bool& exact) const {
    using pair = vector_of<double, 2>::type;
    using bits = vector_of<std::int64_t, 2>::type;
    pair p[4];
    std::memcpy(p, sum, sizeof p);
    const pair a = p[0] + p[2], b = p[1] + p[3], c = a + b;
    const bits lost =
        (bits)error_of_sum(p[0], p[2], a) | (bits)error_of_sum(p[1], p[3], b) | (bits)error_of_sum(a, b, c);
    const double all = c[0] + c[1];
    exact = (lost[0] | lost[1]) == 0 && error_of_sum(c[0], c[1], all) == 0;
    return all;
  }
};

/// Σ f(x[i]) for a function of a double or of a vector of them.
template <class F>
double sum_by_eight(const float* x, std::int64_t count, F f) {
  eight_sums s;
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int k = 0; k < eight_sums::vectors; ++k) s.sum[k] += apart(f(load_wide(x + i + k * wide_lanes)));
  for (int j = 0; i + j < count; ++j)
    s.sum[j / wide_lanes][j % wide_lanes] += apart(f(static_cast<double>(x[i + j])));
  bool exact;
  return s.total(exact);
}

/// Σ x[i] without rounding. Only if one of the additions rounds are the values summed in fixed point.
inline unrounded_sum unrounded_sum_of(const float* x, std::int64_t count) {
  eight_sums s;
  wide_ints lost{};
  const auto add = [&](const float* from) {
    for (int k = 0; k < eight_sums::vectors; ++k) {
      const wide value = load_wide(from + k * wide_lanes), sum = s.sum[k] + value;
      lost |= (wide_ints)error_of_sum(s.sum[k], value, sum);
      s.sum[k] = sum;
    }
  };
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) add(x + i);
  if (i < count) {
    float last[8] = {};
    for (int j = 0; i + j < count; ++j) last[j] = x[i + j];
    add(last);
  }
  bool exact_total;
  unrounded_sum out;
  out.first = s.total(exact_total);
  if ((exact_total && !any(lost)) || !std::isfinite(out.first)) return out;
  fixed_point_sum exact;
  for (i = 0; i < count; ++i) exact.add(x[i]);
  out.count = exact.parts(out.part);
  out.first = out.count == 0 ? 0 : out.part[0];
  for (int k = 1; k < out.count; ++k) out.part[k - 1] = out.part[k];
  if (out.count > 0) --out.count;
  return out;
}

/// Σ of what `walk` gives, in fixed point; where that is not finite, `sum`. Rarely called, so apart from the
/// loop that is.
template <class Walk>
[[gnu::noinline, gnu::cold]] double sum_in_fixed_point(Walk walk, double sum) {
  if (!std::isfinite(sum)) return sum;
  fixed_point_sum exact;
  walk([&](float x) { exact.add(x); });
  double part[fixed_point_sum::words], total = 0;
  for (int k = exact.parts(part); k-- > 0;) total += part[k];
  return total;
}
/// A sum of floats in double, one after the other, which is as good as exact where it is not `doubtful`: its
/// error, at most count · 2^-53 · size, is at most 2^-26 of it.
struct float_sum {
  double sum = 0, size = 0;
  [[gnu::always_inline]] void add(float x) {
    const auto v = static_cast<double>(x);
    sum += v;
    size += std::fabs(v);
  }
  [[nodiscard]] bool doubtful(double count) const { return !(size * (count * 0x1p-27) <= std::fabs(sum)); }
};
/// The same for as many sums as there are lanes.
struct float_sums {
  wide sum{}, size{};
  [[gnu::always_inline]] void add(wide v) {
    sum += v;
    size += without_sign(v);
  }
  [[nodiscard]] [[gnu::always_inline]] bool doubtful(double count) const {
    return any(~(wide_ints)(size * spread(count * 0x1p-27) <= without_sign(sum)));
  }
};
/// The sum of some floats over `divisor`, rounded to float32, within 1 unit in its last place.
/// @param walk  calls its argument with each of the values   @param divisor  at least as many as there are
template <class Walk>
float mean_of_floats(const Walk& walk, double divisor) {
  float_sum s;
  walk([&](float x) { s.add(x); });
  return static_cast<float>((s.doubtful(divisor) ? sum_in_fixed_point(walk, s.sum) : s.sum) / divisor);
}

/// Whether any `terms` of these values add up in double without rounding, in any order: there are 53 bits
/// from the lowest one of the smallest to the highest one of a sum. (Sums of what is not finite are what they
/// are in any case.)
inline bool sums_are_exact(const float* x, std::int64_t count, std::int64_t terms) {
  const vec none = splat<vec>(from_bits<float>(largest_finite_bits));
  vec top[2] = {}, low[2] = {none, none};
  const auto look_at = [&](vec v, int k) {
    const vec a = from_bits<vec>(to_bits(v) & isplat<vec>(magnitude_mask));
    top[k] = max_keep_nan(top[k], a);
    low[k] = min_keep_nan(low[k], select(a > vec{}, a, none));
  };
  std::int64_t i = 0;
  for (; i + 2 * native_lanes <= count; i += 2 * native_lanes) {
    look_at(load(x + i), 0);
    look_at(load(x + i + native_lanes), 1);
  }
  for (; i < count; i += native_lanes)
    look_at(load_some(x + i, std::min<std::int64_t>(native_lanes, count - i)), 0);
  float most = 0, least = none[0];
  for (int j = 0; j < native_lanes; ++j) {
    most = std::max({most, static_cast<float>(top[0][j]), static_cast<float>(top[1][j])});
    least = std::min({least, static_cast<float>(low[0][j]), static_cast<float>(low[1][j])});
  }
  const int highest = floor_log2<float>(to_bits(most)), lowest = floor_log2<float>(to_bits(least));
  return highest + 1 + ceil_log2(static_cast<std::uint64_t>(terms)) - (std::max(lowest, -126) - 23) <= 53;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
