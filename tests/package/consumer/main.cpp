// SPDX-License-Identifier: BSL-1.0
#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/version.hpp>

int main() {
  static_assert(dyadic::version.major == 0 && dyadic::version.minor == 1);
  dyadic::Tensor<1> x(3);
  x.setValues({0.3F, -1.0F, 9.0F});
  const auto y = dyadic::fake_quantize<dyadic::Fixed<8, 4>>(x);
  return y(2) > 7.9F && y(2) < 7.95F ? 0 : 1;
}
