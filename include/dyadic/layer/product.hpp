// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file product.hpp
/// The float matrix product under `linear` (and convolutions and matmul): Eigen's kernel with the choices taken away from it
/// that would let a result depend on anything but its own row.
///
/// Eigen's `a * b` picks another algorithm for a vector, for small sizes, for more threads and for another cache, and each sums
/// in another order. Here the blocking is fixed, there is one thread, samples are the *columns* of the product (Eigen treats every column of
/// a full register panel alike; rows it does not), and a last incomplete panel is filled up with zeros. So the
/// bits of a sample's result depend on that sample, the weights and the instruction set: never on the batch around it, on its
/// position there or on the machine's cache. Work space comes from the caller, nothing is allocated.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

using product_traits = Eigen::internal::gebp_traits<float, float>;
inline constexpr std::int64_t product_panel = product_traits::nr;  ///< samples that Eigen's kernel treats at once
inline constexpr std::int64_t product_rows = 64;                   ///< samples per tile
inline constexpr std::int64_t product_depth = 256;                 ///< summands between two roundings to memory
inline constexpr std::int64_t product_outputs = 192;               ///< outputs per block; a multiple of every `mr`
static_assert(product_rows % product_panel == 0 && product_outputs % product_traits::mr == 0);

constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// Floats of work space for `multiply_transposed`, whatever the number of samples.
constexpr std::int64_t product_scratch(std::int64_t depth, std::int64_t outputs) {
  const std::int64_t k = std::min(depth, product_depth);
  return round_up(round_up(std::min(outputs, product_outputs), product_traits::mr) * k, 16) + round_up(k * product_rows, 16) +
         product_panel * (depth + outputs);
}

/// Eigen's blocking parameters, given instead of guessed, and its buffers.
struct product_blocking : Eigen::internal::level3_blocking<float, float> {
  product_blocking(std::int64_t depth, std::int64_t outputs, float* scratch) {
    m_kc = std::min(depth, product_depth);
    m_mc = std::min(outputs, product_outputs);
    m_nc = product_rows;
    m_blockA = scratch;
    m_blockB = scratch + round_up(round_up(m_mc, product_traits::mr) * m_kc, 16);
  }
  [[nodiscard]] float* rest() { return m_blockB + round_up(m_kc * m_nc, 16); }
};

/// Rows of a row-major matrix in memory: where they begin, and how far one is from the next.
struct const_rows {
  const float* data;
  std::int64_t stride;
};
struct rows {
  float* data;
  std::int64_t stride;
};

#if defined(__clang__)
/// Clang has no macro for flags that let sums be made in any order, or roundings be left out. Where Eigen was
/// included under such flags, or the intrinsics that it calls, before this library could say otherwise, an
/// addition of Eigen's shows it.
inline void check_eigen_adds_as_written() {
  namespace eigen = Eigen::internal;
  using packet = eigen::packet_traits<float>::type;
  const volatile float number = 0.3F;
  const float x = number, many = 0x1.8p23F;
  const float rounded = eigen::psub<float>(eigen::padd<float>(x, many), many);
  const packet p = eigen::padd<packet>(eigen::pset1<packet>(x), eigen::pset1<packet>(many));
  if (rounded == x || eigen::pfirst<packet>(eigen::psub<packet>(p, eigen::pset1<packet>(many))) == x)
    throw error(
        "this unit includes Eigen or intrinsics before dyadic and is compiled with -fassociative-math (a part "
        "of -funsafe-math-optimizations), so that sums could be made in any order; include a header of dyadic "
        "first, or compile without the flag.");
}
#else
inline void check_eigen_adds_as_written() {}  // GCC has macros, which bits.hpp refuses
#endif

/// out[s, n] += Σ_k x[s, k]·w(n, k): under all products. What `out` holds before is where the sums start.
/// @tparam Order  how `w` lies in memory: `RowMajor` w[n, k], a row per output; `ColMajor` w[k, n], a row per summand
/// @param x  samples × depth   @param out  samples × outputs
/// @param scratch  `product_scratch(depth, outputs)` floats, aligned to 64 bytes
template <int Order>
void multiply_add(const_rows x, const_rows w, rows out, std::int64_t samples, std::int64_t outputs, std::int64_t depth,
                  std::span<float> scratch) {
  using index = Eigen::Index;
  if (samples == 0 || outputs == 0 || depth == 0) return;
  check_eigen_adds_as_written();
  product_blocking blocking(depth, outputs, scratch.data());
  // As Eigen sees it, column-major: result (outputs × count) += w (outputs × depth) · panel (depth × count).
  const auto multiply = [&](const_rows panel, rows result, std::int64_t count) {
    Eigen::internal::general_matrix_matrix_product<index, float, Order, false, float, Eigen::ColMajor, false, Eigen::ColMajor, 1>::run(
        outputs, count, depth, w.data, w.stride, panel.data, panel.stride, result.data, 1, result.stride, 1.0f, blocking);
  };
  // 1. All full panels, in place.
  const std::int64_t full = samples / product_panel * product_panel;
  if (full != 0) multiply(x, out, full);
  // 2. The samples left over, in a panel filled up with zeros.
  const std::int64_t left = samples - full;
  if (left == 0) return;
  const rows panel{blocking.rest(), depth}, result{blocking.rest() + product_panel * depth, outputs};
  std::fill_n(panel.data, product_panel * (depth + outputs), 0.0f);
  for (std::int64_t s = 0; s < left; ++s) {
    std::copy_n(x.data + (full + s) * x.stride, depth, panel.data + s * depth);
    std::copy_n(out.data + (full + s) * out.stride, outputs, result.data + s * outputs);
  }
  multiply({panel.data, depth}, result, product_panel);
  for (std::int64_t s = 0; s < left; ++s) std::copy_n(result.data + s * outputs, outputs, out.data + (full + s) * out.stride);
}

/// out[s, n] = start[n] + Σ_k x[s, k]·w[n, k]; a null `start` counts as zeros.
/// @param x  samples × depth, row-major   @param w  outputs × depth, row-major   @param out  samples × outputs, row-major
/// @param scratch  `product_scratch(depth, outputs)` floats, aligned to 64 bytes
template <class = void>
void multiply_transposed(const float* x, const float* w, const float* start, float* out, std::int64_t samples, std::int64_t outputs,
                                std::int64_t depth, std::span<float> scratch) {
  for (std::int64_t s = 0; s < samples; ++s) {
    if (start != nullptr) std::copy_n(start, outputs, out + s * outputs);
    else std::fill_n(out + s * outputs, outputs, 0.0f);
  }
  multiply_add<Eigen::RowMajor>({x, depth}, {w, depth}, {out, outputs}, samples, outputs, depth, scratch);
}

/// out[s, n] = Σ_k x[s, k]·y[k, n]: as above, with `y` depth × outputs, row-major.
template <class = void>
void multiply(const float* x, const float* y, float* out, std::int64_t samples, std::int64_t outputs, std::int64_t depth,
                     std::span<float> scratch) {
  std::fill_n(out, samples * outputs, 0.0f);
  multiply_add<Eigen::ColMajor>({x, depth}, {y, outputs}, {out, outputs}, samples, outputs, depth, scratch);
}

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
