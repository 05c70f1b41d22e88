// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file statistics.hpp
/// Signs and trits under a scale that is a mean of magnitudes: XNOR-Net's binary weights, TWN's ternary ones.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/scaled.hpp>

#include <algorithm>
#include <functional>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The values of a `ScaledBinary`.
enum class BinaryLevels {
  minus_plus,  ///< -α and α, by x >= 0
  zero_plus,   ///< 0 and α, by x > 0
};

/// The threshold δ of a `ScaledTernary`; values with |x| > δ keep their sign.
enum class TernaryRule {
  mean75,  ///< 0.75 · mean|x| (Li, Zhang, Liu, arXiv 1605.04711)
  max05,   ///< 0.05 · max|x| (Zhu et al., arXiv 1612.01064)
  exact,   ///< keeps the k largest magnitudes that maximise (Σ|x|)²/k: the least squared error
};

namespace detail {

/// A float64 sum in fixed chunks of 4096 values, chunks added in order: the same bits however the work is divided.
class chunked_sum {
 public:
  constexpr void add(double x) {
    chunk_ += x;
    if (++count_ % 4096 == 0) {
      total_ += chunk_;
      chunk_ = 0.0;
    }
  }
  [[nodiscard]] constexpr std::int64_t count() const { return count_; }
  [[nodiscard]] constexpr double mean() const { return count_ == 0 ? 0.0 : (total_ + chunk_) / static_cast<double>(count_); }

 private:
  double total_ = 0.0, chunk_ = 0.0;
  std::int64_t count_ = 0;
};

/// |x| with an infinity counted as the largest finite float32. Not for NaN.
constexpr double finite_magnitude(float x) {
  const i32 m = std::bit_cast<i32>(x) & magnitude_mask;
  return static_cast<double>(std::bit_cast<float>(m < infinity_bits ? m : largest_finite_bits));
}

/// The largest float32 not above a non-negative double: |x| > δ holds for a float exactly if |x| > it.
constexpr float rounded_down(double d) {
  const float f = within_float32(d);
  return static_cast<double>(f) > d ? std::bit_cast<float>(std::bit_cast<i32>(f) - 1) : f;
}

}  // namespace detail

/// α·sign(x), α = mean|x| of each block. A NaN poisons its block.
/// @tparam Axis  PerRow (each slice of the first dimension) or PerTensor; any block shape will do
/// Source: Rastegari et al., "XNOR-Net", arXiv 1603.05279.
template <BlockShape Axis = PerRow, BinaryLevels Levels = BinaryLevels::minus_plus>
class ScaledBinary {
  static constexpr bool zero = Levels == BinaryLevels::zero_plus;
  static constexpr detail::name_text text = detail::make_name("ScaledBinary<", Axis::text().view(), zero ? ", BinaryLevels::zero_plus>" : ">");

 public:
  using shape = Axis;
  using code_type = std::uint8_t;
  static constexpr int bits = 1;
  static constexpr int scale_bits = 32, tensor_bits = 0;
  static constexpr double bits_per_value = 1 + detail::per_value(scale_bits, Axis::size);
  static constexpr bool uses_random = false;
  static constexpr std::string_view name() { return text.view(); }

  struct parameters {
    float alpha = 0.0F;
  };
  template <class Values>
  static constexpr parameters fit(const Values& values, float) {
    if constexpr (requires { values.mean_magnitude(); })
      if (values.finite()) return {detail::within_float32(values.mean_magnitude())};
    detail::chunked_sum sum;
    bool nan = false;
    values.for_each([&](float x) {
      if (detail::is_nan(x)) nan = true;
      else sum.add(detail::finite_magnitude(x));
    });
    return {nan ? std::bit_cast<float>(detail::quiet_nan_bits) : detail::within_float32(sum.mean())};
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    return code_of(fit(values, t));
  }
  static constexpr scale_code code_of(const parameters& p) { return static_cast<u32>(std::bit_cast<i32>(p.alpha)); }
  static constexpr parameters parameters_of(scale_code code, float) { return {std::bit_cast<float>(static_cast<u32>(code))}; }
  template <class V>
  DYADIC_LANE static V apply(V x, const parameters& p, [[maybe_unused]] detail::ints_of<V> random) {
    using detail::isplat;
    const detail::ints_of<V> alpha = isplat<V>(std::bit_cast<i32>(p.alpha));
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(p.alpha)) return p.alpha;
    const V none = detail::splat<V>(0.0F);
    const detail::ints_of<V> otherwise = zero ? isplat<V>(0) : alpha | isplat<V>(detail::sign_bit);
    return detail::from_bits<V>(detail::select(zero ? x > none : x >= none, alpha, otherwise));
  }
  /// Vectors of finite values to codes, and back, of a block without NaN.
  static constexpr bool has_vector_form(const parameters& p) { return !detail::is_nan(p.alpha); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x, const parameters&) {
    const V none = detail::splat<V>(0.0F);
    return detail::select(zero ? x > none : x >= none, detail::isplat<V>(1), detail::isplat<V>(0));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code, const parameters& p) {
    using detail::isplat;
    const detail::ints_of<V> alpha = isplat<V>(std::bit_cast<i32>(p.alpha));
    return detail::from_bits<V>(detail::select((code & isplat<V>(1)) != isplat<V>(0), alpha, zero ? isplat<V>(0) : alpha | isplat<V>(detail::sign_bit)));
  }
  static constexpr code_type encode_element(float x, const parameters&, i32) { return (zero ? x > 0.0F : x >= 0.0F) ? 1 : 0; }
  static constexpr float decode_element(code_type code, const parameters& p) {
    if (detail::is_nan(p.alpha)) return p.alpha;
    return (code & 1) != 0 ? p.alpha : zero ? 0.0F : -p.alpha;
  }
};

namespace detail {
/// The magnitudes of a block. (Its type depends on `Values`, so that sorting is compiled where it is used only.)
template <class Values>
constexpr auto magnitudes_of(const Values& values) {
  std::vector<std::conditional_t<std::is_class_v<Values>, double, Values>> all;
  values.for_each([&](float x) { all.push_back(finite_magnitude(x)); });
  return all;
}
}  // namespace detail

/// α·{-1, 0, +1}: values with |x| > δ keep their sign; α is the mean of the kept magnitudes, 0 if none is. NaN poisons a block.
/// @tparam Rule  how δ is chosen   @tparam Axis  PerRow or PerTensor   @tparam Unit  α = 1
template <TernaryRule Rule = TernaryRule::mean75, BlockShape Axis = PerTensor, bool Unit = false>
class ScaledTernary {
  static constexpr std::string_view rules[3] = {"mean75", "max05", "exact"};
  static constexpr detail::name_text text =
      detail::make_name("ScaledTernary<TernaryRule::", rules[static_cast<int>(Rule)], ", ", Axis::text().view(), Unit ? ", true>" : ">");

 public:
  using shape = Axis;
  using code_type = std::int8_t;
  static constexpr int bits = 2;
  static constexpr int values_per_byte = Ternary::values_per_byte;
  static constexpr int scale_bits = 32, tensor_bits = 0;
  static constexpr double bits_per_value = Ternary::bits_per_value + detail::per_value(scale_bits, Axis::size);
  static constexpr bool uses_random = false;
  static constexpr std::string_view name() { return text.view(); }

  /// `delta` decides while encoding; only `alpha` is stored.
  struct parameters {
    float delta = 0.0F, alpha = 0.0F;
  };
  template <class Values>
  static constexpr parameters fit(const Values& values, float) {
    const float nan = std::bit_cast<float>(detail::quiet_nan_bits);
    if (values.max_magnitude().nan) return {nan, nan};
    const float delta = threshold(values);
    if constexpr (requires { values.mean_magnitude(delta); })
      if (values.finite()) return {delta, Unit ? 1.0F : detail::within_float32(values.mean_magnitude(delta))};
    detail::chunked_sum kept;
    values.for_each([&](float x) {
      if (detail::finite_magnitude(x) > static_cast<double>(delta)) kept.add(detail::finite_magnitude(x));
    });
    return {delta, Unit ? 1.0F : detail::within_float32(kept.mean())};
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float t) {
    return code_of(fit(values, t));
  }
  static constexpr scale_code code_of(const parameters& p) { return static_cast<u32>(std::bit_cast<i32>(p.alpha)); }
  static constexpr parameters parameters_of(scale_code code, float) { return {0.0F, std::bit_cast<float>(static_cast<u32>(code))}; }
  template <class V>
  DYADIC_LANE static V apply(V x, const parameters& p, [[maybe_unused]] detail::ints_of<V> random) {
    using detail::isplat;
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(p.alpha)) return p.alpha;
    const detail::ints_of<V> magnitude = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    const detail::ints_of<V> alpha = isplat<V>(std::bit_cast<i32>(p.alpha)) | (detail::to_bits(x) & isplat<V>(detail::sign_bit));
    return detail::from_bits<V>(detail::select(magnitude > isplat<V>(std::bit_cast<i32>(p.delta)), alpha, isplat<V>(0)));
  }
  /// Vectors of finite values to codes, and back, of a block without NaN.
  static constexpr bool has_vector_form(const parameters& p) { return !detail::is_nan(p.alpha); }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x, const parameters& p) {
    using detail::isplat;
    const detail::ints_of<V> magnitude = detail::to_bits(x) & isplat<V>(detail::magnitude_mask);
    return detail::select(magnitude > isplat<V>(std::bit_cast<i32>(p.delta)), (detail::to_bits(x) >> 31) | isplat<V>(1), isplat<V>(0));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code, const parameters& p) {
    using detail::isplat;
    const detail::ints_of<V> alpha = isplat<V>(std::bit_cast<i32>(p.alpha)) | (code & isplat<V>(detail::sign_bit));
    return detail::from_bits<V>(detail::select(code != isplat<V>(0), alpha, isplat<V>(0)));
  }
  static constexpr code_type encode_element(float x, const parameters& p, i32) {
    const i32 m = std::bit_cast<i32>(x) & detail::magnitude_mask;
    if (detail::is_nan(p.alpha) || m <= std::bit_cast<i32>(p.delta)) return 0;
    return x < 0.0F ? -1 : 1;
  }
  static constexpr float decode_element(code_type code, const parameters& p) {
    if (detail::is_nan(p.alpha)) return p.alpha;
    return code == 0 ? 0.0F : code < 0 ? -p.alpha : p.alpha;
  }

 private:
  template <class Values>
  static constexpr float threshold(const Values& values) {
    if constexpr (Rule == TernaryRule::mean75) {
      if constexpr (requires { values.mean_magnitude(); })
        if (values.finite()) return detail::rounded_down(0.75 * values.mean_magnitude());
      detail::chunked_sum sum;
      values.for_each([&](float x) { sum.add(detail::finite_magnitude(x)); });
      return detail::rounded_down(0.75 * sum.mean());
    } else if constexpr (Rule == TernaryRule::max05) {
      return detail::rounded_down(0.05 * static_cast<double>(values.max_magnitude().value()));
    } else {
      auto sorted = detail::magnitudes_of(values);
      std::sort(sorted.begin(), sorted.end(), std::greater<>());
      // The best k ends a run of equal magnitudes, so the next magnitude is a threshold for it.
      double sum = 0.0, best = -1.0, delta = 0.0;
      for (std::size_t k = 0; k < sorted.size(); ++k) {
        sum += sorted[k];
        const double next = k + 1 < sorted.size() ? sorted[k + 1] : 0.0;
        const double gain = sum * sum / static_cast<double>(k + 1);
        if (gain > best && next < sorted[k]) {
          best = gain;
          delta = next;
        }
      }
      return static_cast<float>(delta);
    }
  }
};

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
