// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file activation.hpp
/// Functions of one value. The kinds whose names C's mathematics also uses have no alias: `activation<op::tanh>`.
#include <dyadic/kernel/lanes.hpp>
#include <dyadic/layer/operator.hpp>

#include <cmath>

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

/// The same for a function that is defined for single floats only.
template <class Function>
void map_floats(const float* in, float* out, std::int64_t count, Function f) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = f(in[i]);
}

/// One specialisation per kind: a function generic over the lane, or, where C's mathematics is needed, of one float.
template <op Kind>
struct activation_function;

template <>
struct activation_function<op::relu> {
  template <class V>
  DYADIC_LANE V operator()(V x) const {
    return max_keep_nan(x, splat<V>(0.0f));
  }
};
template <>
struct activation_function<op::softsign> {
  template <class V>
  DYADIC_LANE V operator()(V x) const {
    return x / (splat<V>(1.0f) + from_bits<V>(to_bits(x) & isplat<V>(magnitude_mask)));
  }
};
template <>
struct activation_function<op::selu> {  // α and λ of arXiv 1706.02515
  float operator()(float x) const {
    constexpr float lambda = 1.0507009873554804934193349852946f, alpha = 1.6732632423543772848170429916717f;
    return x > 0.0f ? lambda * x : lambda * alpha * std::expm1(x);
  }
};
template <>
struct activation_function<op::tanh> {
  float operator()(float x) const { return std::tanh(x); }
};
template <>
struct activation_function<op::gelu> {  // x·Φ(x); 1 + erf loses nothing that matters, for x multiplies it
  float operator()(float x) const { return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752440f)); }
};
template <>
struct activation_function<op::softplus> {  // beyond 20 it is x to the last bit of float32
  float operator()(float x) const { return x > 20.0f ? x : std::log1p(std::exp(x)); }
};
template <>
struct activation_function<op::silu> {
  float operator()(float x) const { return x / (1.0f + std::exp(-x)); }
};

/// gelu with tanh in place of erf: √(2/π)·(x + 0.044715·x³) is its argument. In double where a sum follows a product of two floats,
/// which is then exact: whether the compiler fuses them changes nothing.
struct gelu_by_tanh {
  float operator()(float x) const {
    const double polynomial = 1.0 + static_cast<double>(0.044715f) * static_cast<double>(x * x);
    return 0.5f * x * (1.0f + std::tanh(static_cast<float>(0.79788456080286535588 * static_cast<double>(x) * polynomial)));
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// y = f(x), value by value; any shape. A NaN stays a NaN.
template <op Kind>
struct activation {
  static_assert(
      requires { detail::activation_function<Kind>{}; },
      "dyadic::activation<Kind>: Kind is no activation; legal are op::relu, selu, tanh, gelu, softsign, softplus and silu.");
  static constexpr op kind = Kind;
  static std::string name() {
    const std::string text(to_string(Kind));
    return Kind == op::tanh ? "activation<op::" + text + ">" : text;  // that one has no alias
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    constexpr detail::activation_function<Kind> f{};
    if constexpr (requires(detail::vec v) { f(v); }) detail::map_lanes(a.inputs[0].data, a.out.data, a.out.size(), f);
    else detail::map_floats(a.inputs[0].data, a.out.data, a.out.size(), f);
  }
};

/// Activations by their names; `activation<op::tanh>` has none, because C's function has it.
/// @{
using relu = activation<op::relu>;
using selu = activation<op::selu>;
using gelu = activation<op::gelu>;
using softsign = activation<op::softsign>;
using softplus = activation<op::softplus>;
using silu = activation<op::silu>;
/// @}

/// PyTorch's `gelu(approximate="tanh")`. To rules it is an op::gelu.
struct gelu_tanh {
  static constexpr op kind = op::gelu;
  static std::string name() { return "gelu_tanh"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) { detail::map_floats(a.inputs[0].data, a.out.data, a.out.size(), detail::gelu_by_tanh{}); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
