// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mean.hpp
/// The mean over some dimensions: PyTorch's `mean(dim=…)`.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>
#include <dyadic/layer/softmax.hpp>
#include <dyadic/layer/sums.hpp>

#include <algorithm>
#include <limits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Bit d: the mean is taken over dimension d.
using axis_set = unsigned;

constexpr Extents without_axes(const Extents& x, axis_set over, bool keep) {
  Extents out;
  for (int d = 0; d < x.rank(); ++d) {
    if ((over >> d & 1U) == 0) out.push_back(x[d]);
    else if (keep) out.push_back(1);
  }
  return out;
}

/// @param out  of the shape `without_axes(x.shape, over, …)`. The mean of nothing is NaN.
inline void mean_forward(ConstView x, View out, axis_set over) {
  const int rank = x.shape.rank();
  // 1. Dimensions that stay first, the others after them, each with its step.
  std::array<std::int64_t, Extents::max_rank> extent{}, step{};
  int kept = 0, place = 0;
  std::int64_t count = 1;
  for (const bool taken : {false, true}) {
    for (int d = 0; d < rank; ++d) {
      if (((over >> d & 1U) != 0) != taken) continue;
      std::int64_t s = 1;
      for (int i = d + 1; i < rank; ++i) s *= x.shape[i];
      extent[static_cast<std::size_t>(place)] = x.shape[d];
      step[static_cast<std::size_t>(place++)] = s;
      if (taken) count *= x.shape[d];
      else ++kept;
    }
  }
  // 2. Offsets: the digits of a number, times the steps.
  const auto offset = [&](std::int64_t number, int first, int last) {
    std::int64_t at = 0;
    for (int d = last; d-- > first; number /= extent[static_cast<std::size_t>(d)])
      at += number % extent[static_cast<std::size_t>(d)] * step[static_cast<std::size_t>(d)];
    return at;
  };
  const std::int64_t row = kept < rank ? extent[static_cast<std::size_t>(rank - 1)] : 1,
                     jump = kept < rank ? step[static_cast<std::size_t>(rank - 1)] : 0;
  if (count == 0) std::fill_n(out.data, out.size(), std::numeric_limits<float>::quiet_NaN());
  const auto walk = [&](const float* from, const auto& add) {
    for (std::int64_t i = 0; i < count; i += row) {
      const float* const line = from + offset(i / row, kept, kept < rank ? rank - 1 : rank);
      for (std::int64_t j = 0; j < row; ++j) add(line + j * jump);
    }
  };
  // Neighbours in the result that are neighbours in memory are summed together.
  const std::int64_t neighbours = kept > 0 && step[static_cast<std::size_t>(kept - 1)] == 1
                                      ? extent[static_cast<std::size_t>(kept - 1)]
                                      : 1;
  for (std::int64_t o = 0; count != 0 && o < out.size();) {
    const float* const from = x.data + offset(o, 0, kept);
    if (neighbours - o % neighbours >= wide_lanes) {
      float_sums s;
      walk(from, [&](const float* p) { s.add(load_wide(p)); });
      if (!s.doubtful(static_cast<double>(count))) {
        store_narrow(out.data + o, s.sum / spread(static_cast<double>(count)));
        o += wide_lanes;
        continue;
      }
    }
    const auto values = [&](const auto& add) { walk(from, [&](const float* p) { add(*p); }); };
    out.data[o++] = mean_of_floats(values, static_cast<double>(count));
  }
}

template <bool Keep, int... Axes>
struct mean_over {
  static_assert(sizeof...(Axes) > 0, "dyadic::mean<Axes...>: name the dimensions, mean<1>.");
  static constexpr op kind = op::mean;
  static std::string name() { return (Keep ? "mean_keeping<" : "mean<") + spell({Axes...}) + ">"; }
  static constexpr std::array inputs{role::data_in};
  /// No axes: the input lacks one of them, or one is named twice.
  static constexpr axis_set axes(int rank) {
    axis_set set = 0;
    bool fine = true;
    for (const int a : {axis_of(Axes, rank)...}) {
      fine = fine && a >= 0 && (set >> a & 1U) == 0;
      if (a >= 0) set |= 1U << a;
    }
    return fine ? set : 0;
  }
  static_assert(axes(Extents::max_rank) != 0, "dyadic::mean<Axes...>: dimensions lie in [-8, 7], and each is named once.");
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents x = in[0];
    if (axes(x.rank()) != 0) return without_axes(x, axes(x.rank()), Keep);
    while (axes(x.rank()) == 0 && x.rank() < Extents::max_rank) x.push_back(dyn);
    return inferred::refuse(0, x);
  }
  static void run(const arguments& a) { mean_forward(a.inputs[0], a.out, axes(a.inputs[0].shape.rank())); }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// The mean over these dimensions, which the result no longer has; negative ones count from the end:
/// `mean<1>`, `mean<-2, -1>`. The exact mean of any finite values, within 1 unit in the last place of
/// float32.
template <int... Axes>
struct mean : detail::mean_over<false, Axes...> {};

/// The same, but the dimensions stay, with an extent of 1.
template <int... Axes>
struct mean_keeping : detail::mean_over<true, Axes...> {};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
