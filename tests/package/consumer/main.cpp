// SPDX-License-Identifier: BSL-1.0
// A user's program: a number, a tensor, a file.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/version.hpp>

#include <iostream>

int main() {
  static_assert(dyadic::version.major == 0 && dyadic::version.minor == 1);
  dyadic::Tensor<1> x(3);
  x.setValues({0.3F, -1.0F, 9.0F});
  const auto y = dyadic::fake_quantize<dyadic::Fixed<8, 4>>(x);
  bool refused = false;
  try {
    (void)dyadic::safetensors::parse({});
  } catch (const dyadic::error& e) {
    refused = true;
    std::cout << e.what() << '\n';
  }
  return refused && y(2) > 7.9F && y(2) < 7.95F ? 0 : 1;
}
