// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fake_quantize.hpp
/// float32 tensors to the values of a scheme, as float32 ("fake" quantisation: the numbers of a format, in float's clothes).
/// The bits are those of `quantize_values`, at the speed of memory.
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/lanes.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <functional>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Outputs of this size and more do not fit the caches: they are written past them.
inline constexpr std::int64_t stream_bytes = std::int64_t{16} << 20;

/// Random bits for the lanes at `index` and after.
template <class S>
[[gnu::always_inline]] inline ivec random_lanes([[maybe_unused]] std::uint64_t seed, [[maybe_unused]] std::int64_t index) {
  ivec r{};
  if constexpr (uses_random<S>)
    for (int i = 0; i < native_lanes; ++i) r[i] = random_for<S>(seed, index + i);
  return r;
}

/// Four vectors at a time, loads before stores: neighbouring addresses of `in` and `out` modulo 4096 then do no harm.
template <bool Stream, class Convert>
[[gnu::always_inline]] inline std::int64_t four_by_four(const float* in, float* out, std::int64_t i, std::int64_t n, const Convert& convert) {
  constexpr std::int64_t L = native_lanes;
  for (; i + 4 * L <= n; i += 4 * L) {
    const vec a = convert(load(in + i), i), b = convert(load(in + i + L), i + L);
    const vec c = convert(load(in + i + 2 * L), i + 2 * L), d = convert(load(in + i + 3 * L), i + 3 * L);
    if constexpr (Stream) {
      stream(out + i, a);
      stream(out + i + L, b);
      stream(out + i + 2 * L, c);
      stream(out + i + 3 * L, d);
    } else {
      store(out + i, a);
      store(out + i + L, b);
      store(out + i + 2 * L, c);
      store(out + i + 3 * L, d);
    }
  }
  return i;
}

/// Values [begin, end) of an element scheme.
template <ElementScheme S>
void quantize_elements(const float* in, float* out, std::int64_t begin, std::int64_t end, bool past_caches, std::uint64_t seed) {
  const auto convert = [seed](vec x, std::int64_t i) __attribute__((always_inline)) { return quantize_lanes<S, vec>(x, random_lanes<S>(seed, i)); };
  const auto one = [&](std::int64_t i) { out[i] = quantize_lanes<S, float>(in[i], random_for<S>(seed, i)); };
  std::int64_t i = begin;
  if (past_caches) {
    for (; i < end && reinterpret_cast<std::uintptr_t>(out + i) % sizeof(vec) != 0; ++i) one(i);
    i = four_by_four<true>(in, out, i, end, convert);
    stream_fence();
  } else {
    i = four_by_four<false>(in, out, i, end, convert);
  }
  for (; i + native_lanes <= end; i += native_lanes) store(out + i, convert(load(in + i), i));
  for (; i < end; ++i) one(i);
}

/// The largest bits of |x| among neighbours, infinities and NaN included.
[[gnu::always_inline]] inline ivec magnitudes(const float* p) { return to_bits(load(p)) & isplat<vec>(magnitude_mask); }
inline i32 raw_peak(const float* p, std::int64_t n) {
  ivec m{};
  std::int64_t i = 0;
  for (; i + native_lanes <= n; i += native_lanes) m = imax(m, magnitudes(p + i));
  i32 top = 0;
  for (int k = 0; k < native_lanes; ++k) top = imax<i32>(top, m[k]);
  for (; i < n; ++i) top = imax<i32>(top, std::bit_cast<i32>(p[i]) & magnitude_mask);
  return top;
}

/// A block's values, its largest magnitude found once and by vectors.
class fast_block_values : public block_values {
 public:
  fast_block_values(const float* tensor, const block_grid& grid, std::int64_t index) : block_values(tensor, grid, index) {
    i32 raw = 0;
    grid.runs(index, [&](std::int64_t offset, std::int64_t length) { raw = imax(raw, raw_peak(tensor + offset, length)); });
    if (raw < infinity_bits) peak_.bits = raw;
    else peak_ = block_values::max_magnitude();
  }
  [[nodiscard]] peak max_magnitude() const { return peak_; }
  [[nodiscard]] bool finite() const { return !peak_.nan && !peak_.infinite; }

 private:
  peak peak_{};
};

/// Blocks [begin, end) of any shape, one after the other.
template <BlockScheme S>
void quantize_blocks(const float* in, float* out, const block_grid& grid, std::int64_t begin, std::int64_t end, float t, std::uint64_t seed) {
  for (std::int64_t b = begin; b < end; ++b) {
    const fast_block_values values(in, grid, b);
    const auto p = S::fit(values, t);
    grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
      std::int64_t i = offset;
      const std::int64_t stop = offset + length;
      if (values.finite())  // NaN and infinities are left to the definition
        for (; i + native_lanes <= stop; i += native_lanes) {
          if constexpr (requires { S::template factors_of<vec>(ivec{}); }) {
            const typename S::template factors<vec> f{splat<vec>(p.up), splat<vec>(p.up_more), splat<vec>(p.down), splat<vec>(p.down_more)};
            store(out + i, S::template apply<vec>(load(in + i), f, random_lanes<S>(seed, i)));
          } else {
            store(out + i, S::template apply<vec>(load(in + i), p, random_lanes<S>(seed, i)));
          }
        }
      for (; i < stop; ++i) out[i] = S::template apply<float>(in[i], p, random_for<S>(seed, i));
    });
  }
}

/// Schemes whose scales can be found for a vector of blocks at once.
template <class S>
concept ScalesByLanes = requires(ivec s) {
  { S::template exponent<vec>(s) } -> std::same_as<ivec>;
  requires S::shape::size >= native_lanes && S::shape::size % native_lanes == 0 && S::shape::size <= 256;
  requires S::rule != ScaleRule::mse;
};

/// Contiguous blocks of `S::shape::size` neighbours, as many at a time as a vector has lanes: their maxima by a tree of
/// shuffles, then their scales in one go. @returns the first block left over
template <ScalesByLanes S>
std::int64_t quantize_block_groups(const float* in, float* out, const block_grid& grid, std::int64_t begin, std::int64_t end, std::uint64_t seed) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  std::int64_t b = begin;
  for (; b + L <= end; b += L) {
    const float* x = in + b * B;
    float* y = out + b * B;
    ivec m[L];
    for (std::int64_t k = 0; k < L; ++k) {
      m[k] = magnitudes(x + k * B);
#pragma GCC unroll 16
      for (std::int64_t j = L; j < B; j += L) m[k] = imax(m[k], magnitudes(x + k * B + j));
    }
    const ivec top = max_of_each(m);
    bool odd = false;
    const ivec strange = top >= isplat<vec>(infinity_bits);
    for (int k = 0; k < native_lanes; ++k) odd |= strange[k] != 0;
    if (odd) {
      quantize_blocks<S>(in, out, grid, b, b + L, 1.0F, seed);
      continue;
    }
    const auto f = S::template factors_of<vec>(S::template exponent<vec>(top));
    for (std::int64_t k = 0; k < L; ++k) {
      const typename S::template factors<vec> g{splat<vec>(f.up[k]), splat<vec>(f.up_more[k]), splat<vec>(f.down[k]), splat<vec>(f.down_more[k])};
#pragma GCC unroll 16
      for (std::int64_t j = k * B; j < (k + 1) * B; j += L) store(y + j, S::template apply<vec>(load(x + j), g, random_lanes<S>(seed, b * B + j)));
    }
  }
  return b;
}

inline void check_same_size(std::size_t in, std::size_t out, std::int64_t shape) {
  if (in != out || static_cast<std::int64_t>(in) != shape)
    throw error("fake_quantize: " + std::to_string(in) + " values go in, " + std::to_string(out) + " come out, and the shape holds " + std::to_string(shape) +
                "; the three must be equal.");
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// Writes to `out` the values of scheme `S` for the row-major tensor `in` of the given shape. `in` and `out` are the same memory or do not overlap.
/// @param seed  for stochastic rounding: the same seed gives the same bits, whatever the number of threads
/// @throws error if the sizes differ
template <QuantScheme S>
void fake_quantize(std::span<const float> in, std::span<float> out, const Extents& shape, std::uint64_t seed = 0) {
  detail::check_same_size(in.size(), out.size(), shape.size());
  const std::int64_t n = shape.size();
  [[maybe_unused]] const bool past_caches = in.data() != out.data() && 4 * n >= detail::stream_bytes;
  if (n == 0) return;
  if constexpr (std::same_as<S, none>) {
    if (in.data() != out.data()) std::copy(in.begin(), in.end(), out.begin());
  } else if constexpr (ElementScheme<S>) {
    detail::in_parallel(n, 1, 64, [&](std::int64_t begin, std::int64_t end) { detail::quantize_elements<S>(in.data(), out.data(), begin, end, past_caches, seed); });
  } else if constexpr (BlockScheme<S>) {
    const detail::block_grid grid = detail::grid_of<typename S::shape>(shape);
    float t = 1.0F;
    if constexpr (detail::has_tensor_scale<S>) {
      const i32 raw = detail::raw_peak(in.data(), n);
      t = raw < detail::infinity_bits ? S::tensor_scale(std::bit_cast<float>(raw)) : detail::tensor_scale<S>(in);
    }
    detail::in_parallel(grid.count(), (n + grid.count() - 1) / grid.count(), 16, [&](std::int64_t begin, std::int64_t end) {
      if constexpr (detail::ScalesByLanes<S>)
        if (grid.is_runs() && grid.run() == S::shape::size && grid.row() % grid.run() == 0)
          begin = detail::quantize_block_groups<S>(in.data(), out.data(), grid, begin, end, seed);
      detail::quantize_blocks<S>(in.data(), out.data(), grid, begin, end, t, seed);
    });
  } else {
    quantize_values<S>(in, out, shape, seed);
  }
}
template <QuantScheme S>
void fake_quantize(ConstView in, View out, std::uint64_t seed = 0) {
  if (!(in.shape == out.shape)) throw error("fake_quantize: the input has shape " + in.shape.text() + ", the destination " + out.shape.text() + "; give them the same shape.");
  fake_quantize<S>(in.span(), out.span(), in.shape, seed);
}

/// The quantised copy of a tensor (or of a map of one).
template <QuantScheme S, TensorLike T>
[[nodiscard]] auto fake_quantize(const T& in, std::uint64_t seed = 0) {
  constexpr int rank = static_cast<int>(T::NumIndices);
  Tensor<rank> out = make_tensor<rank>(extents(in));
  fake_quantize<S>(view(in), mutable_view(out), seed);
  return out;
}
/// Anything else: what is wanted instead.
template <class S, class T>
  requires(!(QuantScheme<S> && TensorLike<T>))
void fake_quantize(const T&) {
  static_assert(QuantScheme<S>, "dyadic::fake_quantize<S>(x): S is no scheme. static_assert(dyadic::ElementScheme<S>) shows which member a format of your own lacks.");
  static_assert(TensorLike<T>, "dyadic::fake_quantize<S>(x): x must be a row-major float tensor (dyadic::Tensor<R>) or a map of one. Evaluate expressions first: Tensor<R> y = x + x.");
}
/// Into a tensor of the same shape; `fake_quantize<S>(x, x)` works in place.
template <QuantScheme S, TensorLike T, TensorLike U>
  requires requires(U& u) { mutable_view(u); }
void fake_quantize(const T& in, U&& out, std::uint64_t seed = 0) {
  fake_quantize<S>(view(in), mutable_view(out), seed);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
