// SPDX-License-Identifier: BSL-1.0
// Products of any pair of schemes: the fast tier, the exact tier, narrow accumulators. Names are tier/pair/M/K for M samples of K
// values and K outputs; items are operations, 2·M·K·K. What is quantised per call (the samples) is part of the time.
#include <benchmark/benchmark.h>
#include <dyadic/format/scaled.hpp>
#include <dyadic/kernel/accumulate.hpp>
#include <dyadic/kernel/exact_product.hpp>
#include <dyadic/kernel/fast_product.hpp>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace dyadic;

std::vector<float> normal_values(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = normal(random);
  return x;
}

struct alignas(64) cache_line {
  std::byte bytes[64];
};

template <class Product>
void product(benchmark::State& state) {
  const std::int64_t samples = state.range(0), depth = state.range(1), outputs = depth;
  const std::vector<float> x = normal_values(samples * depth, 1);
  std::vector<float> y(static_cast<std::size_t>(samples * outputs));
  Product packed;
  packed.pack(normal_values(outputs * depth, 2).data(), outputs, depth, depth);
  std::vector<cache_line> lines(static_cast<std::size_t>(packed.scratch_bytes(samples) / 64 + 1));
  const std::span<std::byte> scratch(lines[0].bytes, 64 * lines.size());
  for (auto _ : state) {
    packed(x.data(), depth, samples, nullptr, y.data(), outputs, scratch);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 2 * samples * depth * outputs);
  state.counters["weight_bytes"] = static_cast<double>(packed.size_bytes());
}

template <class Product>
void sizes(const std::string& name) {
  auto* const b = benchmark::RegisterBenchmark(name.c_str(), product<Product>)->Unit(benchmark::kMicrosecond);
  for (const std::int64_t depth : {1024, 4096})
    for (const std::int64_t samples : {1, 16, 256}) b->Args({samples, depth});
}

template <QuantScheme X, QuantScheme W>
void both_tiers(const std::string& pair) {
  sizes<fast_product<X, W>>("fast/" + pair);
  sizes<exact_product<X, W>>("exact/" + pair);
}

[[maybe_unused]] const bool registered = [] {
  both_tiers<none, none>("float32");
  both_tiers<E4M3, E4M3>("E4M3");
  both_tiers<MXFP8<E4M3>, MXFP8<E4M3>>("MXFP8");
  both_tiers<Half, Half>("Half");
  both_tiers<none, NVFP4>("float32xNVFP4");
  sizes<accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<24, 8>, Overflow::wrap>>>("accumulate/Fixed<24,8>,wrap");
  sizes<accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<16, 8>, Overflow::saturate>>>("accumulate/Fixed<16,8>,saturate");
  return true;
}();

}  // namespace
