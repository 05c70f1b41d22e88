// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file activation.hpp
/// Functions of one value. The kinds whose names C's mathematics also uses have no alias: `activation<op::tanh>`.
#include <dyadic/kernel/wide_lanes.hpp>
#include <dyadic/layer/exponential.hpp>
#include <dyadic/layer/operator.hpp>

#include <algorithm>

DYADIC_AS_WRITTEN_BEGIN

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

/// The same for a function of a vector of doubles, which are the values of `in`; its results are rounded to
/// float32.
template <class Function>
void map_wide(const float* in, float* out, std::int64_t count, Function f) {
  std::int64_t i = 0;
  for (; i + wide_lanes <= count; i += wide_lanes) store_narrow(out + i, f(load_wide(in + i)));
  if (i == count) return;
  float last[wide_lanes] = {};
  std::copy(in + i, in + count, last);
  store_narrow(last, f(load_wide(last)));
  std::copy_n(last, count - i, out + i);
}

/// One specialisation per kind: a function generic over the lanes of floats, or of a vector of doubles.
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
    const V largest = splat<V>(from_bits<float>(largest_finite_bits)),
            limited = min_keep_nan(max_keep_nan(x, -largest), largest);
    return limited / (splat<V>(1.0f) + from_bits<V>(to_bits(limited) & isplat<V>(magnitude_mask)));
  }
};
template <>
struct activation_function<op::selu> {  // α and λ of arXiv 1706.02515
  [[gnu::always_inline]] wide operator()(wide x) const {
    constexpr double lambda = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717;
    const wide below = exponential(at_most(at_least(x, -150.0), 0.0)).minus_one();
    return x > wide{} ? x * spread(lambda) : below * spread(lambda * alpha);
  }
};
template <>
struct activation_function<op::tanh> {  // with t = e^(2|x|) - 1 it is t / (t + 2), and beyond 20 it is 1
  [[gnu::always_inline]] wide operator()(wide x) const {
    const wide a = at_most(without_sign(x), 20.0), t = exponential(a + a).minus_one();
    return signed_like(x, t / (t + spread(2.0)));
  }
};
template <>
struct activation_function<op::gelu> {  // x·Φ(x), the small one of Φ(x) and 1 - Φ(x) = Φ(-x) first
  [[gnu::always_inline]] wide operator()(wide x) const {
    const wide t = at_least(x, -20.0), tail = normal_tail(at_most(without_sign(t), 20.0));
    return t * (t < wide{} ? tail : spread(1.0) - tail);
  }
};
template <>
struct activation_function<op::softplus> {  // max(x, 0) + log(1 + e^-|x|)
  [[gnu::always_inline]] wide operator()(wide x) const {
    return at_least(x, 0.0) + log_of_one_plus(exponential_of_negative(-without_sign(x)));
  }
};

/// t / (1 + e^-u), for u in [-700, 700].
[[gnu::always_inline]] inline wide times_logistic(wide t, wide u) {
  return t / (spread(1.0) + exponential(-u).value());
}

template <>
struct activation_function<op::silu> {
  [[gnu::always_inline]] wide operator()(wide x) const {
    const wide t = at_least(x, -150.0);
    return times_logistic(t, at_most(t, 150.0));
  }
};

/// gelu with tanh in place of erf. With u = √(2/π)·(x + 0.044715·x³), half of 1 + tanh u is 1 / (1 + e^-2u).
struct gelu_by_tanh {
  [[gnu::always_inline]] wide operator()(wide x) const {
    constexpr double twice_root = 1.59576912160573071175978423973752;  // 2·√(2/π)
    const wide t = at_least(x, -14.0), a = at_most(t, 14.0);
    return times_logistic(t, a * (spread(twice_root) + apart(a * a * spread(twice_root * 0.044715))));
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// y = f(x), value by value; any shape.
///
/// For every float32 the result is the exact value of the function within 1 unit in the last place of float32
/// (softsign: 2; 2^-149 where it is subnormal), with the same bits on every system. At ±∞ it is the limit:
/// softsign and tanh ±1, selu -λα, gelu and silu -0 at -∞. Of ±0 it is that zero (but softplus has log 2
/// there). A NaN stays a NaN.
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
    if constexpr (requires(float v) { f(v); })
      detail::map_lanes(a.inputs[0].data, a.out.data, a.out.size(), f);
    else detail::map_wide(a.inputs[0].data, a.out.data, a.out.size(), f);
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

/// PyTorch's `gelu(approximate="tanh")`: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), within 1 unit in the last
/// place of it. To rules it is an op::gelu.
struct gelu_tanh {
  static constexpr op kind = op::gelu;
  static std::string name() { return "gelu_tanh"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments& a) {
    detail::map_wide(a.inputs[0].data, a.out.data, a.out.size(), detail::gelu_by_tanh{});
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
