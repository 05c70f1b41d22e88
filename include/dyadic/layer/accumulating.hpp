// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file accumulating.hpp
/// Products with narrow accumulators as they stand in a graph: each keeps count of its overflows, over all runs and threads.
#include <dyadic/kernel/accumulate.hpp>
#include <dyadic/layer/replacement.hpp>

#include <memory>
#include <mutex>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// `accumulated_product` that adds to a count of its own.
template <QuantScheme X, QuantScheme W, class Accumulator>
class counting_product : public accumulated_product<X, W, Accumulator> {
  using base = accumulated_product<X, W, Accumulator>;

 public:
  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0) const {
    // Counted apart and added in one go: runs of other threads may be under way.
    overflow_report here;
    base::operator()(x, x_stride, samples, bias, out, out_stride, scratch, seed, &here);
    const std::lock_guard lock(counted_->mutex);
    counted_->total.sums += here.sums;
    counted_->total.additions += here.additions;
    counted_->total.overflows += here.overflows;
    counted_->total.overflowed_sums += here.overflowed_sums;
  }
  [[nodiscard]] overflow_counts counted() const {
    const std::lock_guard lock(counted_->mutex);
    return counted_->total;
  }

 private:
  struct count {
    std::mutex mutex;
    overflow_counts total;
  };
  std::shared_ptr<count> counted_ = std::make_shared<count>();
};

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
