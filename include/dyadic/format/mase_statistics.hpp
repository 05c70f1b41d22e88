// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mase_statistics.hpp
/// The parity family's schemes with a measured scale, `binary`, `ternary`, `scale_integer`, and the values of `binary_residual`.
/// See mase.hpp for what the family is.
#include <dyadic/format/mase_rounding.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>

#include <array>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail::parity {

/// Calls f(first, count, has_nan) for each slice of the first dimension (a tensor of rank 1 is one slice).
template <class F>
constexpr void each_slice(std::span<const float> in, const Extents& shape, F&& f) {
  const block_grid grid = grid_of<PerRow>(shape);
  for (std::int64_t b = 0; b < grid.count(); ++b)
    grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
      const auto first = static_cast<std::size_t>(offset), count = static_cast<std::size_t>(length);
      bool nan = false;
      for (const float x : in.subspan(first, count)) nan = nan || is_nan(x);
      f(first, count, nan);
    });
}

/// The mean of those magnitudes that are above `bound` (a negative one takes all), as float32; NaN if there are none, infinite if
/// one of them is.
constexpr float mean_magnitude_above(std::span<const float> values, float bound) {
  chunked_sum sum;
  bool infinite = false;
  for (const float x : values) {
    const float v = std::bit_cast<float>(std::bit_cast<i32>(x) & magnitude_mask);
    if (v <= bound) continue;
    infinite = infinite || std::bit_cast<i32>(v) == infinity_bits;
    sum.add(finite_magnitude(x));
  }
  if (infinite) return std::bit_cast<float>(infinity_bits);
  return sum.count() == 0 ? not_a_number : within_float32(sum.mean());
}

}  // namespace detail::parity

namespace mase {

/// Signs, by x >= 0, or with `BinaryLevels::zero_plus` bits, by x > 0. `Scaled` multiplies them by the mean magnitude of their slice
/// of the first dimension. (MASE scales 4-D weights only; here any rank goes.) A NaN poisons its slice.
template <BinaryLevels Levels = BinaryLevels::minus_plus, bool Scaled = false>
class binary {
  static constexpr bool zero = Levels == BinaryLevels::zero_plus;
  static constexpr detail::name_text text =
      detail::make_name("mase::binary<BinaryLevels::", zero ? "zero_plus" : "minus_plus", Scaled ? ", true>" : ">");

 public:
  using shape = PerRow;
  static constexpr int bits = 1, scale_bits = Scaled ? 32 : 0;
  static constexpr double bits_per_value = 1;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    parity::each_slice(in, tensor, [&](std::size_t first, std::size_t count, bool nan) {
      const float alpha = nan ? parity::not_a_number : Scaled ? parity::mean_magnitude_above(in.subspan(first, count), -1.0F) : 1.0F;
      const float otherwise = nan ? alpha : zero ? 0.0F : -alpha;
      for (std::size_t i = first; i < first + count; ++i) out[i] = !nan && (zero ? in[i] > 0.0F : in[i] >= 0.0F) ? alpha : otherwise;
    });
  }
};

/// By slices of the first dimension: values with |x| > 0.75·mean|x| keep their sign, the others are 0. `Scaled` multiplies by the mean of
/// the magnitudes that are kept, and a slice of zeros becomes NaN, as 0/0 does. (MASE takes 4-D weights only; here any rank goes.)
/// A NaN poisons its slice.
template <bool Scaled = false>
class ternary {
 public:
  using shape = PerRow;
  static constexpr int bits = 2, scale_bits = Scaled ? 32 : 0;
  static constexpr double bits_per_value = 2;
  static constexpr std::string_view name() { return Scaled ? "mase::ternary<true>" : "mase::ternary<>"; }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    parity::each_slice(in, tensor, [&](std::size_t first, std::size_t count, bool nan) {
      const std::span<const float> values = in.subspan(first, count);
      const float mean = nan ? parity::not_a_number : parity::mean_magnitude_above(values, -1.0F);
      const bool infinite = std::bit_cast<i32>(mean) == detail::infinity_bits;
      const float delta = nan || infinite ? mean : 0.75F * mean;
      const float alpha = nan ? delta : Scaled ? parity::mean_magnitude_above(values, delta) : 1.0F;
      const bool poisoned = detail::is_nan(alpha);
      for (std::size_t i = first; i < first + count; ++i) {
        if (poisoned) out[i] = alpha;
        else out[i] = in[i] > delta ? alpha : in[i] < -delta ? -alpha : 0.0F;
      }
    });
  }
};

/// Integers under a scale of their row along the last dimension: s = 2^(W-1)/(max|x| + 1e-9), clamp(rne(x·s), -2^(W-1), 2^(W-1)-1)/s.
/// A NaN or an infinity makes its row NaN, as the formula does.
template <int W>
class scale_integer {
  static_assert(1 <= W && W <= 24, "dyadic::mase::scale_integer<W>: W, the bits of a value, must be in [1, 24].");
  static constexpr detail::name_text text = detail::make_name("mase::scale_integer<", W, ">");

 public:
  using shape = Shape<whole>;
  static constexpr int bits = W, scale_bits = 32;
  static constexpr double bits_per_value = W;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    constexpr float top = detail::exp2_float(W - 1);
    const auto row = static_cast<std::size_t>(tensor.back(0));
    for (std::size_t first = 0; first < in.size(); first += row) {
      i32 peak = 0;
      for (const float x : in.subspan(first, row)) peak = detail::imax(peak, std::bit_cast<i32>(x) & detail::magnitude_mask);
      const bool poisoned = peak >= detail::infinity_bits;
      const float s = poisoned ? 1.0F : top / (std::bit_cast<float>(peak) + 1e-9F);
      for (std::size_t i = first; i < first + row; ++i) {
        const float n = poisoned ? 0.0F : parity::nearest_integer(in[i] * s);
        out[i] = poisoned ? parity::not_a_number : (n < -top ? -top : n > top - 1.0F ? top - 1.0F : n) / s;
      }
    }
  }
};

/// The values of residual binarisation: r starts as x; for each level out = sign(r)·|mean| (sign(0) is 0) and r -= out. (The
/// reference clamps r to [-1, 1] for the sign only, which changes nothing: what is carried on to the next level is not clamped.)
/// Not a scheme: it has `L` values for one, to be used by an operator that sums them.
template <int L>
struct binary_residual {
  static_assert(1 <= L && L <= 8, "dyadic::mase::binary_residual<L>: L, the number of levels, must be in [1, 8].");
  /// @param out  `L` tensors of the shape of `in`, one after the other; not the memory of `in`
  static constexpr void quantize(std::span<const float> in, std::span<float> out,
                                 const std::array<float, static_cast<std::size_t>(L)>& means) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      float r = in[i];
      for (std::size_t level = 0; level < means.size(); ++level) {
        const float mean = means[level] < 0.0F ? -means[level] : means[level];
        const float value = r > 0.0F ? mean : r < 0.0F ? -mean : r;  // r: a zero, or a NaN that stays visible
        out[level * in.size() + i] = value;
        r -= value;
      }
    }
  }
};

}  // namespace mase
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
