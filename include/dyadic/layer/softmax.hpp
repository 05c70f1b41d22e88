// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file softmax.hpp
/// exp(x) over its sum, along one dimension: PyTorch's `softmax`.
#include <dyadic/layer/exponential.hpp>
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/sums.hpp>

#include <algorithm>

DYADIC_AS_WRITTEN_BEGIN

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

/// e^d for `here` distances from the largest value, to out[0], out[step], …; they are added to `sum` in
/// order.
[[gnu::always_inline]] inline void add_exponentials(wide d, float* out, std::int64_t step, std::int64_t here,
                                                    double& sum) {
  float e[wide_lanes];
  store_narrow(e, exponential_of_negative(d));
  for (std::int64_t j = 0; j < here; ++j) {
    out[j * step] = e[j];
    sum += static_cast<double>(e[j]);
  }
}
inline void divide_all(float* x, std::int64_t count, std::int64_t step, double divisor) {
  const auto d = static_cast<float>(divisor);
  for (std::int64_t i = 0; i < count; ++i) x[i * step] /= d;
}

/// One line of `count` values that are `step` apart; x == out is fine. The largest value is subtracted first,
/// in double, so that nothing overflows and no digit of a small result is lost.
inline void softmax_line(const float* x, float* out, std::int64_t count, std::int64_t step) {
  float top = x[0];
  for (std::int64_t i = 1; i < count; ++i) top = x[i * step] > top ? x[i * step] : top;
  const wide most = spread(static_cast<double>(top));
  double sum = 0;
  for (std::int64_t i = 0; i < count; i += wide_lanes) {
    const std::int64_t here = std::min<std::int64_t>(wide_lanes, count - i);
    const wide v = here == wide_lanes ? strided(x + i * step, step) : strided(x + i * step, step, here);
    add_exponentials(v - most, out + i * step, step, here, sum);
  }
  divide_all(out, count, step, sum);
}

/// The same for as many lines side by side as a vector of doubles has lanes.
inline void softmax_lines(const float* x, float* out, std::int64_t count, std::int64_t step) {
  wide top = load_wide(x), sum{};
  for (std::int64_t i = 1; i < count; ++i) {
    const wide v = load_wide(x + i * step);
    top = v > top ? v : top;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    store_narrow(out + i * step, exponential_of_negative(load_wide(x + i * step) - top));
    sum += load_wide(out + i * step);
  }
  float divisor[wide_lanes];
  store_narrow(divisor, sum);
  // a quotient of two floats in double, rounded to float, is the quotient of the floats
  for (std::int64_t i = 0; i < count; ++i)
    store_narrow(out + i * step, load_wide(out + i * step) / load_wide(divisor));
}

inline void softmax_forward(ConstView x, View out, int axis) {
  const lines l(x.shape, axis);
  if (x.size() == 0) return;
  for (std::int64_t o = 0; o < l.outer; ++o)
    for (std::int64_t i = 0; i < l.inner;) {
      const std::int64_t at = o * l.length * l.inner + i;
      const bool together = l.inner - i >= wide_lanes;
      if (together) softmax_lines(x.data + at, out.data + at, l.length, l.inner);
      else softmax_line(x.data + at, out.data + at, l.length, l.inner);
      i += together ? wide_lanes : 1;
    }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// softmax along `Axis`; a negative one counts from the end. Any shape that has the axis. Each result is the
/// exact one within 2 units in the last place of float32 (2^-149 where it is subnormal), for all finite
/// inputs and for -∞, which has no weight; a line with a NaN or +∞, or of -∞ alone, becomes NaN, as in
/// PyTorch.
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

DYADIC_AS_WRITTEN_END
