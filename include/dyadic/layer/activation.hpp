// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file activation.hpp
/// Functions of one value. The kinds whose names C's mathematics also uses have no alias: `activation<op::tanh>`.
#include <dyadic/kernel/lanes.hpp>
#include <dyadic/layer/operator.hpp>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// out[i] = f(in[i]) for a function generic over the lane: whole vectors first, single floats at the end. `in == out` is fine.
template <class Function>
void map_lanes(const float* in, float* out, std::int64_t count, Function f) {
  std::int64_t i = 0;
  for (; i + native_lanes <= count; i += native_lanes) store(out + i, f(detail::load(in + i)));
  for (; i < count; ++i) out[i] = f(in[i]);
}

template <op Kind>
struct activation_function;  // one specialisation per kind: `operator()`, generic over the lane or for one float

template <>
struct activation_function<op::relu> {
  template <class V>
  DYADIC_LANE V operator()(V x) const {
    return max_keep_nan(x, splat<V>(0.0f));
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// y = f(x), value by value; any shape. A NaN stays a NaN.
template <op Kind>
struct activation {
  static_assert(requires { detail::activation_function<Kind>{}; },
                "dyadic::activation<Kind>: Kind is no activation; the legal one is op::relu (alias dyadic::relu).");
  static constexpr op kind = Kind;
  static std::string name() { return std::string(to_string(Kind)); }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    detail::map_lanes(a.inputs[0].data, a.out.data, a.out.size(), detail::activation_function<Kind>{});
  }
};

using relu = activation<op::relu>;

}  // namespace DYADIC_ISA
}  // namespace dyadic
