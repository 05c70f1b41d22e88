// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file weight_panels.hpp
/// The weights of a product as its kernels read them: panels of neighbouring outputs, in each of them the outputs of one summand
/// side by side, so that lanes are outputs and every output is summed in the order of its own summands, whatever the vectors.
#include <dyadic/kernel/wide_lanes.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

inline constexpr std::int64_t panel_outputs = 2 * native_lanes;
/// The work of a panel as `in_parallel` counts it: a value that is converted there takes the time of some thirty products here.
constexpr std::int64_t products_of_panel(std::int64_t samples, std::int64_t depth) { return samples * depth * panel_outputs / 32; }
/// Summands between two roundings to memory. Part of the definition of the fast tier's sums.
inline constexpr std::int64_t depth_block = 256;

/// Two bfloat16s in memory, the upper halves of the floats of outputs i (low bits) and native_lanes + i (high bits): one vector of
/// them becomes two vectors of floats by a shift and a mask.
enum class half_pair : std::uint32_t {};

/// The weights that a panel's outputs have for one summand: lanes of outputs 0 …, then of native_lanes ….
[[gnu::always_inline]] inline void load_weights(const float* p, vec (&w)[2]) {
  w[0] = load(p);
  w[1] = load(p + native_lanes);
}
[[gnu::always_inline]] inline void load_weights(const half_pair* p, vec (&w)[2]) {
  ivec pairs;
  std::memcpy(&pairs, p, sizeof pairs);
  w[0] = from_bits<vec>(pairs << 16);
  w[1] = from_bits<vec>(pairs & isplat<vec>(static_cast<i32>(0xffff0000U)));
}
[[gnu::always_inline]] inline void load_weights(const float* p, wide (&w)[4]) {
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) w[v] = load_wide(p + v * wide_lanes);
}
[[gnu::always_inline]] inline void load_weights(const half_pair* p, wide (&w)[4]) {
#if defined(__AVX__)
  // By half vectors from the start: what is converted needs not be taken out of whole ones.
  using narrow_ints = typename vector_of<i32, wide_lanes>::type;
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    narrow_ints pairs;
    std::memcpy(&pairs, p + i * wide_lanes, sizeof pairs);
    w[i] = widened((narrow_floats)(pairs << 16));
    w[2 + i] = widened((narrow_floats)(pairs & static_cast<i32>(0xffff0000U)));
  }
#else
  vec halves[2];
  load_weights(p, halves);
  widen(halves[0], w[0], w[1]);
  widen(halves[1], w[2], w[3]);
#endif
}
[[gnu::always_inline]] inline void load_weights(const double* p, wide (&w)[4]) {
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) w[v] = load(p + v * wide_lanes);
}
/// Values of `Stored` that the weights of one summand take.
template <class Stored>
inline constexpr std::int64_t row_of = panel_outputs / (std::is_same_v<Stored, half_pair> ? 2 : 1);

/// Asks for the weights that are `panel_ahead` bytes further on: with one sample a product is as fast as its weights arrive, and the
/// processor's own guesses leave a fifth of that unused.
inline constexpr std::size_t panel_ahead = 4096;
template <class Stored>
[[gnu::always_inline]] inline void prefetch_weights(const Stored* row) {
  constexpr std::size_t bytes = static_cast<std::size_t>(row_of<Stored>) * sizeof(Stored);
  // As a number: past the end of the weights no pointer may point.
  const auto address = reinterpret_cast<std::uintptr_t>(row) + panel_ahead;
#pragma GCC unroll 4
  // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
  for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(reinterpret_cast<const void*>(address + i));
}

/// Values w[n, k] of float32, panel by panel: panel p holds outputs [p·panel_outputs, …) as [k][output], the last one filled up
/// with zeros. Where every value is a bfloat16, as in most formats of up to 8 significant bits, they take two bytes each.
class weight_panels {
 public:
  /// @param w  w[n * depth + k]. Memory is used again where it suffices.
  void store(std::span<const float> w, std::int64_t outputs, std::int64_t depth) {
    outputs_ = outputs;
    depth_ = depth;
    halves_ = std::all_of(w.begin(), w.end(), [](float v) { return (std::bit_cast<u32>(v) & 0xffff) == 0; });
    const std::int64_t bytes = panels() * panel_outputs * depth * (halves_ ? 2 : 4);
    memory_.assign(static_cast<std::size_t>((bytes + 63) / 64), line{});
    if (halves_) {
      auto* const to = reinterpret_cast<u32*>(memory_.data());
      fill(w, [to](std::int64_t row, std::int64_t output, float v) {
        const u32 bits = std::bit_cast<u32>(v);
        to[row * native_lanes + output % native_lanes] |= output < native_lanes ? bits >> 16 : bits;
      });
    } else {
      auto* const to = reinterpret_cast<float*>(memory_.data());
      fill(w, [to](std::int64_t row, std::int64_t output, float v) { to[row * panel_outputs + output] = v; });
    }
  }

  [[nodiscard]] std::int64_t outputs() const { return outputs_; }
  [[nodiscard]] std::int64_t depth() const { return depth_; }
  [[nodiscard]] std::int64_t panels() const { return (outputs_ + panel_outputs - 1) / panel_outputs; }
  [[nodiscard]] std::int64_t size_bytes() const { return static_cast<std::int64_t>(memory_.size() * sizeof(line)); }

  /// Calls f(pointer to the first panel), the pointer of the type that the weights are stored in.
  template <class F>
  [[gnu::always_inline]] inline void visit(const F& f) const {
    if (halves_) f(reinterpret_cast<const half_pair*>(memory_.data()));
    else f(reinterpret_cast<const float*>(memory_.data()));
  }

 private:
  struct alignas(64) line {
    std::byte bytes[64];
  };
  /// Calls put(row, output in its panel, value) for all weights; a panel has a row for each summand.
  template <class Put>
  void fill(std::span<const float> w, const Put& put) const {
    // By blocks of summands: a panel's part then stays in the first cache while its outputs are strewn into it.
    constexpr std::int64_t block = 64;
    for (std::int64_t p = 0; p < panels(); ++p)
      for (std::int64_t k = 0; k < depth_; k += block)
        for (std::int64_t n = p * panel_outputs; n < std::min((p + 1) * panel_outputs, outputs_); ++n)
          for (std::int64_t j = k; j < std::min(k + block, depth_); ++j)
            put(p * depth_ + j, n % panel_outputs, w[static_cast<std::size_t>(n * depth_ + j)]);
  }

  std::vector<line> memory_;
  std::int64_t outputs_ = 0, depth_ = 0;
  bool halves_ = false;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
