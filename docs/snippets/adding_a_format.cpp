// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/adding_a_format.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/native_product.hpp>

#include <array>
#include <cmath>
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

// Integers from -1000 to 1000 times 1/32, in eleven bits.
struct Thousands {
  static constexpr arithmetic_of<Thousands> arithmetic = {
      .kind = arithmetic_kind::integers, .low = -1000, .high = 1000, .fraction = 5};
  using code_type = std::int16_t;
  static constexpr int bits = 11;
  static constexpr std::string_view name() { return "Thousands"; }
  static code_type encode(float x) {
    return static_cast<code_type>(std::nearbyint(std::fmin(std::fmax(x * 32, -1000.0f), 1000.0f)));
  }
  static float decode(code_type code) { return static_cast<float>(code) / 32; }
};
static_assert(native_product<Thousands, Fixed<8, 6>>::available);  // on the integers
static_assert(native_product<Levels, Fixed<8, 6>>::available);     // whose sixteen codes were all looked at

int main() {
  using Shared = Scaled<Levels, Shape<16>>;                       // sixteen neighbours under a float32 scale
  Tensor<1> x(3);
  x.setValues({0.3f, -9.0f, 1.1f});
  std::cout << fake_quantize<Levels>(x) << '\n' << fake_quantize<Shared>(x) << '\n' << bits_per_value<Shared> << '\n';
}
