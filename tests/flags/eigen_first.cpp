// SPDX-License-Identifier: BSL-1.0
// Eigen before dyadic, under flags that let sums be made in any order: a product says so.
#include <Eigen/Core>

#include <dyadic/layer/linear.hpp>

#include <cstdio>

int main() {
  using namespace dyadic;
  alignas(64) static float scratch[65536];
  float x[32] = {}, w[32] = {}, y[4] = {};
  try {
    detail::multiply_transposed(x, w, nullptr, y, 2, 2, 16, scratch);
  } catch (const error& e) {
    std::puts(e.what());
  }
}
