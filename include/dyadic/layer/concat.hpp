// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file concat.hpp
/// Tensors one behind the other, and parts of a tensor. Nothing is computed, so nothing but `data_out` can be quantised.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/softmax.hpp>

#include <algorithm>
#include <limits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// As the end of a slice: all that is there.
inline constexpr std::int64_t to_end = std::numeric_limits<std::int64_t>::max();

namespace detail {
inline namespace DYADIC_ISA {

/// @param axis  from 0 on; the shapes agree but along it
inline void concat_forward(std::span<const ConstView> in, View out, int axis) {
  const lines l(out.shape, axis);
  float* to = out.data;
  for (std::int64_t o = 0; o < l.outer; ++o) {
    for (const ConstView& x : in) {
      const std::int64_t run = x.shape[axis] * l.inner;
      to = std::copy_n(x.data + o * run, run, to);
    }
  }
}

/// @param first  where the part begins along `axis`; out.shape says how long it is
inline void slice_forward(ConstView x, View out, int axis, std::int64_t first, std::int64_t step) {
  const lines from(x.shape, axis), part(out.shape, axis);
  float* to = out.data;
  for (std::int64_t o = 0; o < part.outer; ++o)
    for (std::int64_t i = 0; i < part.length; ++i)
      to = std::copy_n(x.data + (o * from.length + first + i * step) * from.inner, part.inner, to);
}

/// Where a slice begins or ends, as Python counts: negative from the end, cut off at both ends.
constexpr std::int64_t slice_place(std::int64_t place, std::int64_t extent) {
  return std::clamp<std::int64_t>(place < 0 ? place + extent : place, 0, extent);
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// One or more inputs one behind the other along `Axis` (a negative one counts from the end); their other extents agree.
template <int Axis>
struct concat {
  static constexpr op kind = op::concat;
  static std::string name() { return "concat<" + std::to_string(Axis) + ">"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool variadic = true;
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents out = in[0];
    const int axis = detail::axis_of(Axis, out.rank());
    if (axis < 0) {
      while (detail::axis_of(Axis, out.rank()) < 0 && out.rank() < Extents::max_rank) out.push_back(dyn);
      return inferred::refuse(0, out);
    }
    for (std::size_t k = 1; k < in.size(); ++k) {
      Extents wanted = out;
      wanted[axis] = in[k].rank() == out.rank() ? in[k][axis] : dyn;
      if (!extents_fit(in[k], wanted)) return inferred::refuse(static_cast<int>(k), wanted);
      for (int i = 0; i < out.rank(); ++i) {
        if (i == axis) out[i] = out[i] == dyn || in[k][i] == dyn ? dyn : out[i] + in[k][i];
        else if (out[i] == dyn) out[i] = in[k][i];
      }
    }
    return out;
  }
  static void run(const arguments& a) { detail::concat_forward(a.inputs, a.out, detail::axis_of(Axis, a.out.shape.rank())); }
};

/// x[Begin:End:Step] along `Axis`, as Python means it: negative places count from the end, `to_end` is the end.
template <int Axis, std::int64_t Begin, std::int64_t End = to_end, std::int64_t Step = 1>
struct slice {
  static_assert(Step > 0, "dyadic::slice<Axis, Begin, End, Step>: Step must be positive.");
  static constexpr op kind = op::slice;
  static std::string name() {
    return "slice<" + std::to_string(Axis) + ", " + std::to_string(Begin) +
           (End == to_end && Step == 1 ? ""
            : End == to_end            ? ", to_end"
                                       : ", " + std::to_string(End)) +
           (Step == 1 ? ">" : ", " + std::to_string(Step) + ">");
  }
  static constexpr std::array inputs{role::none};
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents x = in[0];
    const int axis = detail::axis_of(Axis, x.rank());
    if (axis < 0) {
      while (detail::axis_of(Axis, x.rank()) < 0 && x.rank() < Extents::max_rank) x.push_back(dyn);
      return inferred::refuse(0, x);
    }
    if (x[axis] != dyn) {
      const std::int64_t length = detail::slice_place(End, x[axis]) - detail::slice_place(Begin, x[axis]);
      x[axis] = length <= 0 ? 0 : (length + Step - 1) / Step;
    }
    return x;
  }
  static void run(const arguments& a) {
    const int axis = detail::axis_of(Axis, a.inputs[0].shape.rank());
    detail::slice_forward(a.inputs[0], a.out, axis, detail::slice_place(Begin, a.inputs[0].shape[axis]), Step);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
