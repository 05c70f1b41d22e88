// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file linear.hpp
/// The affine map of PyTorch's `nn.Linear`.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/product.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
inline namespace DYADIC_ISA {

/// y = x·Wᵀ + b over the last dimension: [..., In] → [..., Out]; `weight` is [Out, In], `bias` [Out].
template <std::int64_t In, std::int64_t Out, bool Bias = true>
struct linear {
  static_assert(In > 0 && Out > 0, "dyadic::linear<In, Out, Bias>: In and Out, the features, must be positive.");

  static constexpr op kind = op::linear;
  static constexpr product_form product = product_form::rows;
  static std::string name() { return "linear<" + std::to_string(In) + ", " + std::to_string(Out) + (Bias ? ">" : ", false>"); }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};  // also without a bias: one rule serves both kinds
  static constexpr auto parameters = [] {
    std::array<parameter, Bias ? 2 : 1> p{};
    p[0] = {"weight", role::weight, {Out, In}};
    if constexpr (Bias) p[1] = {"bias", role::bias, {Out}};
    return p;
  }();

  static constexpr inferred infer(std::span<const Extents> in) {
    Extents x = in[0];
    if (x.rank() < 1) return inferred::refuse(0, {dyn, In});
    if (!extent_fits(x.back(0), In)) {
      x[x.rank() - 1] = In;
      return inferred::refuse(0, x);
    }
    x[x.rank() - 1] = Out;
    return x;
  }
  static constexpr std::int64_t scratch(std::span<const Extents>) { return detail::product_scratch(In, Out); }
  static void run(const arguments& a) {
    detail::multiply_transposed(a.inputs[0].data, a.parameters[0].data, Bias ? a.parameters[1].data : nullptr, a.out.data, a.out.size() / Out,
                                Out, In, a.scratch);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
