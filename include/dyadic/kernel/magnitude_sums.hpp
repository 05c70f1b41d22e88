// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file magnitude_sums.hpp
/// The sums of magnitudes that statistics schemes are made of, by vectors: float64, 4096 values a chunk, chunks added in order. The
/// definition adds one value after the other. Where all of some are multiples of one power of two, and the sum so far, and stay
/// below 2^53 of it, no addition rounds and any order gives the same bits; else the definition's order is taken.
#include <dyadic/kernel/wide_lanes.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

inline double plus_in_order(double sum, const float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(std::bit_cast<float>(std::bit_cast<i32>(x[i]) & magnitude_mask));
  return sum;
}
/// sum + |x[0]| + |x[1]| + … of `n` values, a multiple of two vectors.
inline double plus_magnitudes(double sum, const float* x, std::int64_t n, double bound) {
  constexpr std::int64_t L = native_lanes;
  // 1. The unit of the largest sum on the way, a power of two. Every float is a multiple of 2^-149.
  const int unit = static_cast<int>(std::bit_cast<std::uint64_t>(bound) >> 52) - 1023 - 52;
  const double most = exp2_double(unit + 52);
  if (sum < most && (sum + most) - most != sum) return plus_in_order(sum, x, n);
  const float many = unit > -149 ? exp2_float(unit + 23) : 0.0F;  // adding this drops what is below a unit
  // 2. The new sum, and whether something was dropped. (Without a unit the lines below compare 0 with 0.)
  ivec dropped{};
  wide sums[4]{};
  for (std::int64_t i = 0; i < n; i += 2 * L) {
#pragma GCC unroll 2
    for (std::int64_t k = 0; k < 2; ++k) {
      const vec a = from_bits<vec>(magnitudes(x + i + k * L));
      wide low, high;
      widen(a, low, high);
      sums[2 * k] += low;
      sums[2 * k + 1] += high;
      const vec small = min_keep_nan(a, splat<vec>(many));
      dropped |= to_bits((small + splat<vec>(many)) - splat<vec>(many)) ^ to_bits(small);
    }
  }
  if (any(dropped != ivec{})) return plus_in_order(sum, x, n);
  const wide all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double more = 0.0;
  for (int k = 0; k < wide_lanes; ++k) more += all[k];
  return sum + more;
}
/// @param x  `n` finite values, 4096 at most   @param peak_bits  of a magnitude that none exceeds
inline double magnitude_sum(const float* x, std::int64_t n, i32 peak_bits) {
  constexpr std::int64_t L = native_lanes, part = 512;
  if (peak_bits == 0) return 0.0;
  const double above = exp2_double(floor_log2<float>(peak_bits) + 1);
  double sum = 0.0;
  // by parts, for few values are small enough to be rounded, and those late
  for (std::int64_t here; n >= 2 * L; x += here, n -= here) {
    here = n < part ? n / (2 * L) * (2 * L) : part;
    sum = plus_magnitudes(sum, x, here, sum + static_cast<double>(here) * above);
  }
  return plus_in_order(sum, x, n);
}

/// The mean of many magnitudes, of those that are beyond a threshold.
class magnitude_mean {
  static constexpr std::int64_t chunk = 4096;

 public:
  explicit magnitude_mean(i32 peak_bits) : peak_(peak_bits) {}
  /// All of a run.
  void add(const float* x, std::int64_t n) {
    for (std::int64_t here; n > 0; x += here, n -= here) {
      if (held_ == 0 && n >= chunk) {
        here = chunk;
        total_ += magnitude_sum(x, chunk, peak_);
        count_ += chunk;
        continue;
      }
      here = n < chunk - held_ ? n : chunk - held_;
      std::memcpy(kept_ + held_, x, static_cast<std::size_t>(here) * sizeof(float));
      held_ += here;
      if (held_ == chunk) flush();
    }
  }
  /// Those of a run with |x| > above; above >= 0.
  void add_beyond(const float* x, std::int64_t n, float above) {
    constexpr std::int64_t L = native_lanes;
    std::int64_t i = 0;
#if defined(__AVX512F__)
    for (; i + L <= n; i += L) {
      const vec v = load_once(x + i);
      const __mmask16 keep = _mm512_cmp_ps_mask((__m512)from_bits<vec>(to_bits(v) & isplat<vec>(magnitude_mask)), _mm512_set1_ps(above), _CMP_GT_OQ);
      store(kept_ + held_, (vec)_mm512_maskz_compress_ps(keep, (__m512)v));  // there is room for a vector more
      held_ += std::popcount(static_cast<std::uint32_t>(keep));
      spill();
    }
#endif
    for (; i < n; ++i) {
      kept_[held_] = x[i];
      held_ += std::bit_cast<float>(std::bit_cast<i32>(x[i]) & magnitude_mask) > above ? 1 : 0;
      spill();
    }
    (void)L;
  }
  [[nodiscard]] double mean() const {
    if (count_ + held_ == 0) return 0.0;
    return (held_ == 0 ? total_ : total_ + magnitude_sum(kept_, held_, peak_)) / static_cast<double>(count_ + held_);
  }

 private:
  void flush() {
    total_ += magnitude_sum(kept_, chunk, peak_);
    count_ += chunk;
    held_ -= chunk;
  }
  void spill() {
    if (held_ < chunk) return;
    flush();
    std::memmove(kept_, kept_ + chunk, static_cast<std::size_t>(held_) * sizeof(float));
  }
  alignas(64) float kept_[chunk + native_lanes];
  double total_ = 0.0;
  std::int64_t count_ = 0, held_ = 0;
  i32 peak_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
