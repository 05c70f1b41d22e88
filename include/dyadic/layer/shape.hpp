// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file shape.hpp
/// Operators that change shapes and leave the values alone. They have no `data_in`: there is nothing to compute with.
#include <dyadic/layer/operator.hpp>

#include <algorithm>

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

/// The same values in the same order under another shape: `reshape<dyn, 16, 4>`. One extent may be `dyn`: what is left for it,
/// usually the batch. Costs nothing.
template <std::int64_t... Extent>
struct reshape {
  static_assert(1 <= sizeof...(Extent) && sizeof...(Extent) <= Extents::max_rank,
                "dyadic::reshape<Extents...>: a tensor has 1 to 8 dimensions.");
  static_assert(((Extent == dyn || Extent > 0) && ...) && ((Extent == dyn ? 1 : 0) + ...) <= 1,
                "dyadic::reshape<Extents...>: extents must be positive, and at most one dyadic::dyn.");

  static constexpr op kind = op::reshape;
  static constexpr Extents shape{Extent...};
  static std::string name() { return "reshape<" + detail::spell_extents(shape) + ">"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool view = true;
  static constexpr inferred infer(std::span<const Extents> in) {
    constexpr std::int64_t known = ((Extent == dyn ? 1 : Extent) * ...);
    std::int64_t size = 1;
    int open = 0;  // extents of the input that only a run knows
    for (int i = 0; i < in[0].rank(); ++i) {
      if (in[0][i] == dyn) ++open;
      else size *= in[0][i];
    }
    if (open != 0) {
      // The open extent may be regrouped, too; but where neither size divides the other, a slip is likelier than such a batch.
      const bool divides = size == 0 || known % size == 0 || (shape.size() < 0 && size % known == 0);
      return open > 1 || divides ? inferred(shape) : inferred::refuse(0, shape);
    }
    Extents out = shape;
    for (int i = 0; i < out.rank(); ++i)
      if (out[i] == dyn) out[i] = size / known;
    return out.size() == size ? inferred(out) : inferred::refuse(0, shape);
  }
  static void run(const arguments& a) { std::copy_n(a.inputs[0].data, a.out.size(), a.out.data); }  // where a copy is needed
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
