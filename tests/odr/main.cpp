// SPDX-License-Identifier: BSL-1.0
// Linking is half of the test. The other half: units built for different instruction sets give the same bits.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <limits>
#include <vector>

std::vector<std::uint32_t> quantised_plain(const std::vector<float>& x);
std::vector<std::uint32_t> quantised_wide(const std::vector<float>& x);

int main() {
  // All exponents and signs, in blocks of neighbouring sizes; an odd count, so that every loop has a tail.
  std::vector<float> x;
  std::uint32_t state = 1;
  for (int i = 0; i < 20011; ++i) {
    state = state * 1664525U + 1013904223U;
    const float v = std::bit_cast<float>(state);
    x.push_back(i % 3 == 0 && v == v ? v : static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-29F);
  }
  x[5000] = std::numeric_limits<float>::infinity();
  x[5100] = -0.0F;
  x[5200] = std::numeric_limits<float>::quiet_NaN();

  const std::vector<std::uint32_t> plain = quantised_plain(x);
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("fma")) {
    std::cout << "linked; this processor has no AVX-512, so that unit is not run\n";
    return 0;
  }
#endif
  const std::vector<std::uint32_t> wide = quantised_wide(x);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == wide[i]) continue;
    std::cout << std::hex << "value " << std::bit_cast<std::uint32_t>(x[i % x.size()]) << " of scheme " << i / x.size() << ": " << plain[i] << " and "
              << wide[i] << " with AVX-512\n";
    return 1;
  }
  std::cout << plain.size() << " values have the same bits\n";
  return plain.size() == wide.size() ? 0 : 1;
}
