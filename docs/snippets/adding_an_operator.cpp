// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/adding_an_operator.md; a test compares them.
#include <dyadic/dyadic.hpp>

#include <array>
#include <cmath>
#include <iostream>
using namespace dyadic;

// clang-format off
// x · sigmoid(β x), β a learned parameter for each channel. x: [n, Channels].
template <std::int64_t Channels>
struct swish {
  static constexpr op kind = op::custom;                                          // what by_op<op::custom, …> matches
  static std::string name() { return "swish<" + std::to_string(Channels) + ">"; } // as in reports
  static constexpr std::array inputs{role::data_in};                              // one role per input
  static constexpr std::array parameters{parameter{"beta", role::weight, {Channels}}};
  static constexpr inferred infer(std::span<const Extents> in) {                  // at compile time, and again at run time
    const Extents wanted{in[0].rank() > 0 ? in[0][0] : dyn, Channels};
    return extents_fit(in[0], wanted) ? inferred(wanted) : inferred::refuse(0, wanted);
  }
  static void run(const arguments& a) {                                           // operands arrive quantised
    const ConstView x = a.inputs[0];
    for (std::int64_t i = 0; i < x.size(); ++i) a.out.data[i] = x.data[i] / (1 + std::exp(-a.parameters[0].data[i % Channels] * x.data[i]));
  }
};

struct net final : graph<node<"x", input<dyn, 4>>, node<"gate", swish<4>, "x">> {};
struct coarse final : config<by_default<none>, by_op<op::custom, data_in<Fixed<8, 4>>, weight<E2M1>>> {};

int main() {
  weights<net> w;
  Tensor<1> beta(4);
  beta.setValues({1.0f, 0.9f, 1.6f, 0.0f});
  w.set("gate.beta", beta);
  Tensor<2> x(1, 4);
  x.setValues({{1.0f, 1.0f, 1.0f, 1.0f}});
  std::cout << quantize<coarse>(net{}, w)(x) << '\n';
}
