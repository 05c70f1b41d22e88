// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file softmax.hpp
/// exp(x) over its sum, along one dimension: PyTorch's `softmax`.
#include <dyadic/layer/operator.hpp>

#include <cmath>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// An axis counted from the end if negative; -1 if there is no such axis.
constexpr int axis_of(int axis, int rank) {
  const int a = axis < 0 ? axis + rank : axis;
  return a < 0 || a >= rank ? -1 : a;
}

/// A shape seen from one of its axes: how many values come between two neighbours, how many lines there are.
struct lines {
  std::int64_t outer = 1, length = 1, inner = 1;
  constexpr lines(const Extents& x, int axis) : length(x[axis]) {
    for (int i = 0; i < axis; ++i) outer *= x[i];
    for (int i = axis + 1; i < x.rank(); ++i) inner *= x[i];
  }
};

/// One line of `count` values that are `step` apart; x == out is fine. The largest value is subtracted first, so nothing overflows.
inline void softmax_line(const float* x, float* out, std::int64_t count, std::int64_t step) {
  float top = x[0];
  for (std::int64_t i = 1; i < count; ++i) top = x[i * step] > top ? x[i * step] : top;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float e = std::exp(x[i * step] - top);
    out[i * step] = e;
    sum += static_cast<double>(e);
  }
  const auto divisor = static_cast<float>(sum);
  for (std::int64_t i = 0; i < count; ++i) out[i * step] /= divisor;
}

inline void softmax_forward(ConstView x, View out, int axis) {
  const lines l(x.shape, axis);
  if (x.size() == 0) return;
  for (std::int64_t o = 0; o < l.outer; ++o)
    for (std::int64_t i = 0; i < l.inner; ++i) {
      const std::int64_t at = o * l.length * l.inner + i;
      softmax_line(x.data + at, out.data + at, l.length, l.inner);
    }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// softmax along `Axis`; a negative one counts from the end. Any shape that has the axis.
template <int Axis>
struct softmax_over {
  static constexpr op kind = op::softmax;
  static std::string name() { return Axis == -1 ? "softmax" : "softmax_over<" + std::to_string(Axis) + ">"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) {
    if (detail::axis_of(Axis, in[0].rank()) >= 0) return in[0];
    Extents wanted = in[0];
    while (detail::axis_of(Axis, wanted.rank()) < 0 && wanted.rank() < Extents::max_rank) wanted.push_back(dyn);
    return inferred::refuse(0, wanted);
  }
  static void run(const arguments& a) { detail::softmax_forward(a.inputs[0], a.out, detail::axis_of(Axis, a.inputs[0].shape.rank())); }
};

/// softmax along the last dimension.
using softmax = softmax_over<-1>;

}  // namespace DYADIC_ISA
}  // namespace dyadic
