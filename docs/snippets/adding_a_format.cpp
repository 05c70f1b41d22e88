// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/adding_a_format.md; a test compares them.
#include <dyadic/dyadic.hpp>

#include <array>
#include <cstdint>
#include <iostream>
using namespace dyadic;

// clang-format off
// Multiples of 1/4 from -2 to 2 that leave out ±0.25 and ±1.75: thirteen levels in four bits.
struct Levels {
  using code_type = std::uint8_t;
  static constexpr int bits = 4;
  static constexpr std::string_view name() { return "Levels"; }
  static constexpr std::array<float, 13> values{-2, -1.5f, -1.25f, -1, -0.75f, -0.5f, 0, 0.5f, 0.75f, 1, 1.25f, 1.5f, 2};
  static constexpr code_type encode(float x) {
    code_type code = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
      if (x > (values[i - 1] + values[i]) / 2) code = static_cast<code_type>(i);
    return code;
  }
  static constexpr float decode(code_type code) { return values[code < 13 ? code : 12]; }
};
static_assert(ElementScheme<Levels>);

int main() {
  using Shared = Scaled<Levels, Shape<16>>;                       // sixteen neighbours under a float32 scale
  Tensor<1> x(3);
  x.setValues({0.3f, -9.0f, 1.1f});
  std::cout << fake_quantize<Levels>(x) << '\n' << fake_quantize<Shared>(x) << '\n' << bits_per_value<Shared> << '\n';
}
