// SPDX-License-Identifier: BSL-1.0
// Rows of the matrix: arithmetic and functions, value by value, and softmax.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/softmax.hpp>

#include <support/matrix.hpp>

#include <cmath>

namespace dyadic::matrix {
namespace {

template <class Operation, class F>
row arithmetic_row(F f) {
  return make<input<dyn, 37>, input<dyn, 37>, Operation, input<dyn, 3, 5, 7>, input<5, 1>, Operation>(naive::arithmetic(f),
                                                                                                      naive::arithmetic(f));
}
template <class Operation, class F>
row function_row(F f) {
  return make<input<dyn, 37>, Operation, input<dyn, 3, 5, 7>, Operation>(naive::function(f), naive::function(f));
}

}  // namespace

std::vector<row> rows_of_values() {
  return {
      arithmetic_row<add>([](double x, double y) { return x + y; }),
      arithmetic_row<sub>([](double x, double y) { return x - y; }),
      arithmetic_row<mul>([](double x, double y) { return x * y; }),
      function_row<relu>([](double x) { return std::max(x, 0.0); }),
      function_row<selu>([](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }),
      function_row<activation<op::tanh>>([](double x) { return std::tanh(x); }),
      function_row<gelu>([](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }),
      function_row<softsign>([](double x) { return x / (1 + std::fabs(x)); }),
      function_row<softplus>([](double x) { return std::log1p(std::exp(x)); }),
      function_row<silu>([](double x) { return x / (1 + std::exp(-x)); }),
      make<input<dyn, 37>, softmax, input<dyn, 3, 5, 7>, softmax_over<1>>(naive::softmax(1), naive::softmax(1)),
  };
}

}  // namespace dyadic::matrix
