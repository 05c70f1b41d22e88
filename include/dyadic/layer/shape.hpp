// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file shape.hpp
/// Operators that change shapes and leave the values alone. They have no `data_in`: there is nothing to compute with.
#include <dyadic/layer/operator.hpp>

namespace dyadic {
inline namespace DYADIC_ISA {

/// [n, d1, …, dk] → [n, d1·…·dk], as PyTorch's `nn.Flatten()`. Costs nothing: the output is the input's memory.
struct flatten {
  static constexpr op kind = op::flatten;
  static std::string name() { return "flatten"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool view = true;
  static constexpr inferred infer(std::span<const Extents> in) {
    const Extents& x = in[0];
    if (x.rank() < 2) return inferred::refuse(0, {dyn, dyn});
    std::int64_t rest = 1;
    for (int i = 1; i < x.rank(); ++i) rest = x[i] == dyn || rest == dyn ? dyn : rest * x[i];
    return Extents{x[0], rest};
  }
  static void run(const arguments& a) { std::copy_n(a.inputs[0].data, a.out.size(), a.out.data); }  // where a copy is needed
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
