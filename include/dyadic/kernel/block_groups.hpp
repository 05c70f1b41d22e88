// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file block_groups.hpp
/// Blocks that lie one after the other, as many at a time as a vector has lanes: their largest magnitudes by a tree of shuffles,
/// then the parameters of all of them in one go, a block a lane.
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/lanes.hpp>

#include <bit>
#include <cstring>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// The largest bits of |x| among neighbours, infinities and NaN included.
inline i32 raw_peak(const float* p, std::int64_t n) {
  constexpr std::int64_t L = native_lanes;
  ivec a{}, b{}, c{}, d{};
  std::int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) {  // four at a time: a maximum waits for the one before it
    a = imax(a, magnitudes(p + i));
    b = imax(b, magnitudes(p + i + L));
    c = imax(c, magnitudes(p + i + 2 * L));
    d = imax(d, magnitudes(p + i + 3 * L));
  }
  for (; i + L <= n; i += L) a = imax(a, magnitudes(p + i));
  a = max_of_group<native_lanes>(imax(imax(a, b), imax(c, d)));
  i32 top = a[0];
  for (; i < n; ++i) top = imax<i32>(top, std::bit_cast<i32>(p[i]) & magnitude_mask);
  return top;
}

/// Schemes whose parameters come from the largest magnitude alone, for a vector of blocks at once.
template <class S>
concept FitsByLanes = requires(ivec peaks) { S::template fit_lanes<vec>(peaks, 1.0F); };

/// Whether contiguous blocks of this size go in groups.
template <class S>
inline constexpr bool in_groups = FitsByLanes<S> && S::shape::size >= native_lanes && S::shape::size % native_lanes == 0 && S::shape::size <= 256;
/// Whether the blocks of a grid are as `in_groups` wants them.
template <class S>
bool is_grouped(const block_grid& grid) {
  return grid.is_runs() && grid.run() == S::shape::size && grid.row() % grid.run() == 0;
}

/// Lane i: the largest magnitude of the i-th of `native_lanes` blocks of `B` values.
template <std::int64_t B>
[[gnu::always_inline]] inline ivec peaks_of_blocks(const float* x) {
  constexpr std::int64_t L = native_lanes;
  ivec m[L];
#pragma GCC unroll 16
  for (std::int64_t k = 0; k < L; ++k) {
    m[k] = magnitudes(x + k * B);
#pragma GCC unroll 16
    for (std::int64_t j = L; j < B; j += L) m[k] = imax(m[k], magnitudes(x + k * B + j));
  }
  return max_of_each(m);
}

/// Schemes whose values are rounded where they are, without factors.
template <class S>
concept Places = requires(ivec peaks, vec x) { S::apply_placed(x, S::template place_lanes<vec>(peaks)); };
/// What values are converted with, a block a lane, from the largest magnitudes. @returns negative numbers for blocks that must go
/// another way
template <class S>
[[gnu::always_inline]] inline ivec fit_to_quantize(ivec peaks, float t, auto& parameters) {
  ivec bad = isplat<vec>(infinity_bits - 1) - peaks;
  if constexpr (Places<S>) {
    parameters = S::template place_lanes<vec>(peaks);
    bad |= S::template cannot_place<vec>(peaks);
  } else parameters = S::template fit_lanes<vec>(peaks, t);
  return bad;
}

/// Whether some of a scheme's scales take two factors.
template <class S>
inline constexpr bool may_need_two = requires { requires S::may_need_two; };
/// `S::apply`, with one factor where that is known to do.
template <class S, bool One, class P>
[[gnu::always_inline]] inline vec apply_lanes(vec x, const P& p, ivec random) {
  if constexpr (requires { S::apply_placed(x, p); }) return S::apply_placed(x, p);
  else if constexpr (One && may_need_two<S>) return S::template apply<vec, true>(x, p, random);
  else return S::template apply<vec>(x, p, random);
}

template <class S, bool One, class P>
[[gnu::always_inline]] inline vec to_element_lanes(vec x, const P& p) {
  if constexpr (One && may_need_two<S>) return S::template to_element<vec, true>(x, p);
  else return S::template to_element<vec>(x, p);
}
template <class S, bool One, class P>
[[gnu::always_inline]] inline vec from_element_lanes(vec v, const P& p) {
  if constexpr (One && may_need_two<S>) return S::template from_element<vec, true>(v, p);
  else return S::template from_element<vec>(v, p);
}

/// Parameters of some groups of blocks, laid down in memory: from there a lane goes to all lanes in one load. A group's parameters are
/// long under way; several at a time keep the processor busy.
/// @tparam Coded  the stored scales, too, and parameters for both directions
template <FitsByLanes S, bool Coded = false>
class fitted_groups {
  static constexpr bool places = Places<S> && !Coded;
  static auto fitted(ivec peaks, float t) {
    if constexpr (places) return S::template place_lanes<vec>(peaks);
    else return S::template fit_lanes<vec>(peaks, t);
  }
  using P = decltype(fitted(ivec{}, 1.0F));
  static constexpr std::int64_t B = S::shape::size, L = native_lanes, fields = sizeof(P) / sizeof(vec);

 public:
  /// Blocks at a time: up to 16 KiB of values.
  static constexpr std::int64_t blocks = L * (B * L >= 4096 ? 1 : B * L >= 512 ? 4096 / (B * L) : 8);

  /// @param x  `n` blocks, a multiple of the lanes, `blocks` at most
  /// @returns whether all of them may go this way: their values are finite, and their scales not too far out to place
  [[gnu::always_inline]] inline bool fit(const float* x, std::int64_t n, float t) {
    ivec bad{};
    [[maybe_unused]] ivec two{};
    for (std::int64_t b = 0; b < n; b += L) {
      const ivec peaks = peaks_of_blocks<B>(x + b * B);
      P p;
      if constexpr (places) bad |= fit_to_quantize<S>(peaks, t, p);
      else {
        bad |= isplat<vec>(infinity_bits - 1) - peaks;
        p = S::template fit_lanes<vec>(peaks, t);
      }
      std::memcpy(memory_ + b * fields, &p, sizeof p);
      if constexpr (may_need_two<S> && !places) two |= S::template needs_two<vec>(p);
      if constexpr (Coded) {
        const ivec c = S::template scale_lanes<vec>(peaks, t);
        std::memcpy(scales_ + b, &c, sizeof c);
      }
    }
    if constexpr (may_need_two<S> && !places) one_factor_ = !any(two);
    return !any_negative(bad);
  }
  /// Parameters to decode with, from the stored scales that were written to `scales()`.
  [[gnu::always_inline]] inline void take_scales(std::int64_t n, float t) {
    [[maybe_unused]] ivec two{};
    for (std::int64_t b = 0; b < n; b += L) {
      ivec c;
      std::memcpy(&c, scales_ + b, sizeof c);
      const P p = S::template decoding_lanes<vec>(c, t);
      std::memcpy(memory_ + b * fields, &p, sizeof p);
      if constexpr (may_need_two<S>) two |= S::template needs_two<vec>(p);
    }
    if constexpr (may_need_two<S>) one_factor_ = !any(two);
  }
  /// The stored scale of each block.
  [[nodiscard]] i32* scales() { return scales_; }
  /// Those of a block, in every lane.
  [[nodiscard, gnu::always_inline]] inline P operator[](std::int64_t b) const { return P::of_group(memory_ + b / L * L * fields + b % L, native_lanes); }
  /// The same of block `k` of those from `b` on, a multiple of the lanes.
  [[nodiscard, gnu::always_inline]] inline P at(std::int64_t b, std::int64_t k) const { return P::of_group(memory_ + b * fields + k, native_lanes); }
  /// Whether `apply` may take the form with one factor.
  [[nodiscard]] bool one_factor() const { return one_factor_; }

 private:
  alignas(sizeof(vec)) float memory_[static_cast<std::size_t>(blocks * fields)];
  alignas(sizeof(vec)) i32 scales_[Coded ? static_cast<std::size_t>(blocks) : 1];
  bool one_factor_ = true;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
