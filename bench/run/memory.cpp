// SPDX-License-Identifier: BSL-1.0
// The memory that the cases work on, and the lists of cases and jobs.
#include "cases.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <random>

namespace bench {
namespace {

struct release {
  void operator()(float* p) const { std::free(p); }
};
std::unique_ptr<float, release> pages(std::int64_t floats) {
  void* p = std::aligned_alloc(4096, static_cast<std::size_t>(floats) * sizeof(float));
  if (p == nullptr) throw std::bad_alloc();
  return std::unique_ptr<float, release>(static_cast<float*>(p));
}

}  // namespace

const float* input(std::int64_t) {
  static const auto memory = [] {
    auto m = pages(dram.values);
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0.0F, 1.0F);
    // A million different values are enough; what follows repeats them from another place.
    constexpr std::int64_t different = std::int64_t{1} << 20;
    for (std::int64_t i = 0; i < dram.values; ++i)
      m.get()[i] = i < different ? normal(random) : m.get()[(i * 17 + i / different) % different];
    return m;
  }();
  return memory.get();
}

float* output(std::int64_t) {
  static const auto memory = [] {
    auto m = pages(dram.values + 1024);
    for (std::int64_t i = 0; i < dram.values + 1024; ++i) m.get()[i] = 0.0F;
    return m;
  }();
  return memory.get() + 512;
}

std::vector<job>& jobs() {
  static std::vector<job> all;
  return all;
}
std::vector<benchmark::internal::Benchmark*>& cases() {
  static std::vector<benchmark::internal::Benchmark*> all;
  return all;
}
void set_seconds(double of_a_case) {
  for (benchmark::internal::Benchmark* c : cases()) c->MinTime(of_a_case);
}

}  // namespace bench
