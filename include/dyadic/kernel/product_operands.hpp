// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file product_operands.hpp
/// The operands of a product on their way to its kernel: quantised, dense, in the caller's work space.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Bytes of `count` values of `T`, up to the next cache line.
template <class T>
constexpr std::int64_t lines_of(std::int64_t count) {
  return (count * static_cast<std::int64_t>(sizeof(T)) + 63) / 64 * 64;
}

/// Work space that is handed out part by part.
class work_space {
 public:
  /// @throws error if there is less than `wanted` bytes, or not aligned to 64
  work_space(std::span<std::byte> memory, std::int64_t wanted) : next_(memory.data()) {
    if (static_cast<std::int64_t>(memory.size()) < wanted)
      throw error("a product needs " + std::to_string(wanted) + " bytes of work space for so many samples, but " +
                  std::to_string(memory.size()) + " are given; ask scratch_bytes(samples).");
    if (wanted != 0 && reinterpret_cast<std::uintptr_t>(next_) % 64 != 0)
      throw error("a product's work space must be aligned to 64 bytes.");
  }
  /// For `count` values, aligned to 64 bytes.
  template <class T>
  T* take(std::int64_t count) {
    T* const here = reinterpret_cast<T*>(next_);
    next_ += lines_of<T>(count);
    return here;
  }

 private:
  std::byte* next_;
};

inline void check_product_sizes(std::int64_t rows, std::int64_t depth, std::int64_t row_stride) {
  if (rows < 0 || depth < 0)
    throw error("a product of " + std::to_string(rows) + " rows of " + std::to_string(depth) + " values: extents must not be negative.");
  if (rows > 1 && row_stride < depth)
    throw error("a product's rows of " + std::to_string(depth) + " values are given a stride of " + std::to_string(row_stride) +
                "; it must be at least their length.");
}

/// Whether quantised rows need memory of their own.
template <QuantScheme S>
inline constexpr bool changes_values = !std::same_as<S, none>;

/// The values of scheme `S` for the rows of a matrix, dense: shape [rows, depth].
/// @param room  for rows * depth floats; unused if the rows can be read where they are
template <QuantScheme S>
const float* quantized_rows(const float* x, std::int64_t row_stride, std::int64_t rows, std::int64_t depth, float* room,
                            std::uint64_t seed) {
  if (rows == 0 || depth == 0) return room;
  const auto count = static_cast<std::size_t>(rows * depth);
  const bool dense = row_stride == depth || rows == 1;
  if (dense && !changes_values<S>) return x;
  if (!dense)
    for (std::int64_t s = 0; s < rows; ++s) std::copy_n(x + s * row_stride, depth, room + s * depth);
  if constexpr (changes_values<S>)
    fake_quantize<S>(std::span<const float>(dense ? x : room, count), std::span<float>(room, count), Extents{rows, depth}, seed);
  return room;
}
template <QuantScheme S>
std::vector<float> quantized_rows(const float* x, std::int64_t row_stride, std::int64_t rows, std::int64_t depth, std::uint64_t seed) {
  check_product_sizes(rows, depth, row_stride);
  std::vector<float> y(static_cast<std::size_t>(rows * depth));
  const float* const found = quantized_rows<S>(x, row_stride, rows, depth, y.data(), seed);
  if (found != y.data()) std::copy_n(found, rows * depth, y.data());
  return y;
}

/// What the products on float32 values have in common: weights that are quantised and packed once, samples that are quantised per call.
/// @tparam Weights  how they are kept
template <QuantScheme X, QuantScheme W, class Weights>
class values_product {
 public:
  /// Quantises and packs w[n * row_stride + k]. Memory is used again where it suffices.
  /// @param seed  for stochastic rounding   @throws error if an extent is negative or rows overlap
  void pack(const float* w, std::int64_t outputs, std::int64_t depth, std::int64_t row_stride, std::uint64_t seed = 0) {
    const usual_float_environment environment;
    weights_.store(quantized_rows<W>(w, row_stride, outputs, depth, seed), outputs, depth);
  }
  [[nodiscard]] std::int64_t outputs() const { return weights_.outputs(); }
  [[nodiscard]] std::int64_t depth() const { return weights_.depth(); }
  /// Bytes of the packed weights and of what is known of each output's.
  [[nodiscard]] std::int64_t size_bytes() const { return weights_.size_bytes(); }

 protected:
  /// A call's samples as the kernels read them, and the rest of its work space; `any`: there are samples and outputs.
  struct operands {
    const float* x = nullptr;
    std::byte* rest = nullptr;
    bool any = false;
  };
  /// @param wanted  bytes of work space   @throws error if there are fewer, or they are not aligned to 64
  operands prepared(const float* x, std::int64_t x_stride, std::int64_t samples, std::span<std::byte> scratch, std::int64_t wanted,
                    std::uint64_t seed) const {
    check_product_sizes(samples, depth(), x_stride);
    if (samples == 0 || outputs() == 0) return {};
    work_space space(scratch, wanted);
    const float* const values = quantized_rows<X>(x, x_stride, samples, depth(), space.take<float>(samples * depth()), seed);
    return {values, space.take<std::byte>(0), true};
  }
  Weights weights_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
