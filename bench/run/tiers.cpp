// SPDX-License-Identifier: BSL-1.0
// Products of any pair of schemes: the fast tier, the exact tier, narrow accumulators. Names are tier/pair/M/K for M samples of K
// values and K outputs; items are operations, 2·M·K·K. What is quantised per call (the samples) is part of the time.
#include <benchmark/benchmark.h>
#include <dyadic/format/scaled.hpp>
#include <dyadic/kernel/accumulate.hpp>
#include <dyadic/kernel/exact_product.hpp>
#include <dyadic/kernel/fast_product.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include "cases.hpp"

namespace {

using namespace dyadic;

struct alignas(64) cache_line {
  std::byte bytes[64];
};

template <class Product>
void product(benchmark::State& state, std::int64_t samples, std::int64_t depth) {
  const std::int64_t outputs = depth;
  const float* const x = bench::input(bench::dram.values);  // every operand is the beginning of it
  std::vector<float> y(static_cast<std::size_t>(samples * outputs));
  // Weights are packed once for all numbers of samples.
  static Product packed;
  static std::int64_t packed_depth = 0;
  if (packed_depth != depth) packed.pack(x, outputs, depth, depth);
  packed_depth = depth;
  std::vector<cache_line> lines(static_cast<std::size_t>(packed.scratch_bytes(samples) / 64 + 1));
  const std::span<std::byte> scratch(lines[0].bytes, 64 * lines.size());
  for (auto _ : state) {
    packed(x, depth, samples, nullptr, y.data(), outputs, scratch);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 2 * samples * depth * outputs);
  state.counters["weight_bytes"] = static_cast<double>(packed.size_bytes());
}

template <class Product>
void sizes(const std::string& name, std::int64_t most_depth = 4096) {
  for (const std::int64_t depth : {1024, 4096})
    for (const std::int64_t samples : {1, 16, 256}) {
      const std::string full = name + '/' + std::to_string(samples) + '/' + std::to_string(depth);
      if (depth <= most_depth)
        bench::cases().push_back(
            benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) { product<Product>(state, samples, depth); }));
    }
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
  sizes<accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<24, 8>, Overflow::wrap>>>("accumulate/Fixed<24,8>,wrap", 1024);
  sizes<accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<16, 8>, Overflow::saturate>>>("accumulate/Fixed<16,8>,saturate",
                                                                                                      1024);
  return true;
}();

}  // namespace
