// SPDX-License-Identifier: BSL-1.0
// The memory that the cases work on, and the lists of cases and jobs.
#include "cases.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
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

/// Normal variates, as many as the largest job wants.
const float* normals() {
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
/// Room for the outputs of a job.
float* zeros() {
  static const auto memory = [] {
    auto m = pages(dram.values + 1024);
    std::fill_n(m.get(), dram.values + 1024, 0.0F);
    return m;
  }();
  return memory.get();
}
/// What a cache is to hold lies side by side, inputs and then outputs. At addresses far apart they may be taken for each other by what
/// predicts the ways of a cache, which takes up to a quarter off the speed of a copy in one run and nothing in the next.
float* side_by_side(const place& p) {
  static std::map<std::int64_t, std::unique_ptr<float, release>> all;
  auto& memory = all[p.values];
  if (memory == nullptr) {
    memory = pages(2 * p.values + 1024);
    std::copy_n(normals(), p.values, memory.get());
    std::fill_n(memory.get() + p.values, p.values + 1024, 0.0F);
  }
  return memory.get();
}
/// The cache that a job of `n` values works in; null: none.
const place* cache_of(std::int64_t n) { return n <= l1.values ? &l1 : n <= l2.values ? &l2 : nullptr; }

}  // namespace

const float* input(std::int64_t n) {
  const place* const cache = cache_of(n);
  return cache == nullptr ? normals() : side_by_side(*cache);
}

float* output(std::int64_t n) {
  const place* const cache = cache_of(n);
  return (cache == nullptr ? zeros() : side_by_side(*cache) + cache->values) + 512;
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
