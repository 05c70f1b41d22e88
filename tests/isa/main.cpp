// SPDX-License-Identifier: BSL-1.0
// The same products by the code of every instruction set that this processor has: the same bits, and no allocation.
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <new>

#include "unit.hpp"

std::vector<std::uint32_t> products_base(const inputs&, counter&);
std::vector<std::uint32_t> products_avx2(const inputs&, counter&);
std::vector<std::uint32_t> products_avx512(const inputs&, counter&);
std::vector<std::uint32_t> products_vnni(const inputs&, counter&);
std::vector<std::uint32_t> functions_base(const inputs&);
std::vector<std::uint32_t> functions_avx2(const inputs&);
std::vector<std::uint32_t> functions_avx512(const inputs&);
std::vector<std::uint32_t> functions_vnni(const inputs&);

namespace {
std::int64_t allocated = 0;
}
// Aligned and plain forms: vectors of cache lines ask for the former.
void* operator new(std::size_t n) {
  ++allocated;
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t n, std::align_val_t a) {
  ++allocated;
  const auto align = static_cast<std::size_t>(a);
  if (void* p = std::aligned_alloc(align, (n + align) / align * align)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

int main() {
  // 1. Values of many sizes, in neighbouring blocks.
  inputs in;
  in.shapes = {{1, 70, 300}, {19, 33, 129}, {7, 5, 31}, {2, 130, 1}};
  std::uint32_t state = 1;
  const auto fill = [&](std::vector<float>& v, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      state = state * 1664525U + 1013904223U;
      const auto integer = static_cast<float>(static_cast<std::int32_t>(state));
      v.push_back(integer * (i / 64 % 3 == 0 ? 0x1p-29F : i / 64 % 3 == 1 ? 0x1p-36F : 0x1p-54F));
    }
  };
  fill(in.samples, 19 * 300);
  fill(in.weights, 130 * 300);
  fill(in.biases, 130);
  counter allocations = [] { return allocated; };

  // 2. All levels that can run.
  struct level {
    const char* name;
    bool runs;
    std::vector<std::uint32_t> (*products)(const inputs&, counter&);
    std::vector<std::uint32_t> (*functions)(const inputs&);
  };
  const level levels[] = {
      {"base", true, products_base, functions_base},
      {"avx2",
       __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"),
       products_avx2, functions_avx2},
      {"avx512",
       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl"),
       products_avx512, functions_avx512},
      {"vnni",
       __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vpopcntdq"),
       products_vnni, functions_vnni}};
  const std::vector<std::uint32_t> first = products_base(in, allocations);
  const std::vector<std::uint32_t> functions = functions_base(in);
  int run = 0;
  for (const level& l : levels) {
    if (!l.runs) {
      std::cout << l.name << ": not on this processor\n";
      continue;
    }
    ++run;
    if (functions.size() < 50000 || l.functions(in) != functions) {
      std::cout << l.name << ": operators give other bits than those of base\n";
      return 1;
    }
    const std::vector<std::uint32_t> bits = l.products(in, allocations);
    if (bits.size() != first.size()) return 1;
    for (std::size_t i = 0, next = 0, s = 0; i < bits.size(); ++i) {
      const bool count = i == next;
      if (count) {
        const shape& here = in.shapes[s++ % in.shapes.size()];
        next = i + 1 + static_cast<std::size_t>(here.samples * here.outputs);
      }
      if (count ? bits[i] == 0 : bits[i] == first[i]) continue;
      if (count) std::cout << l.name << ": " << bits[i] << " allocations in a product\n";
      else
        std::cout << l.name << ": " << std::hex << bits[i] << " at " << std::dec << i << ", where base has " << std::hex << first[i]
                  << '\n';
      return 1;
    }
  }
  std::cout << first.size() << " results, the same bits at " << run << " levels, no allocation\n";
  return 0;
}
