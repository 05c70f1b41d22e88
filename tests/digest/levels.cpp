// SPDX-License-Identifier: BSL-1.0
// Prints which of the instruction sets that the tests are built for this processor has.
#include <cstdio>

int main() {
  std::puts("base native");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) std::puts("v3");
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    std::puts("v4");
#endif
}
