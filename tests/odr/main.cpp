// SPDX-License-Identifier: BSL-1.0
// Links units built for different instruction sets and compares their bits. This file includes nothing of the library, so that
// it runs where AVX-512 does not.
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

std::vector<float> plain_results(const std::vector<float>& x);
std::vector<float> avx512_results(const std::vector<float>& x);

int main() {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 2.0F);
  std::vector<float> x(4099);
  for (float& v : x) v = normal(random);
  const std::vector<float> plain = plain_results(x);
  if (!__builtin_cpu_supports("avx512f")) {
    std::puts("linked; this machine has no AVX-512, so only one unit ran");
    return plain.size() == 10 * x.size() ? 0 : 1;
  }
  const std::vector<float> wide = avx512_results(x);
  const bool same = plain.size() == wide.size() && std::memcmp(plain.data(), wide.data(), plain.size() * sizeof(float)) == 0;
  std::puts(same ? "same bits from both units" : "the units differ");
  return same ? 0 : 1;
}
