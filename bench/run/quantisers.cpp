// SPDX-License-Identifier: BSL-1.0
// float32 to the values of a scheme, against a plain copy of the same size.
#include <benchmark/benchmark.h>
#include <dyadic/dyadic.hpp>

#include <cstring>
#include <random>
#include <vector>

namespace {

std::vector<float> normal_values(std::size_t n) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> x(n);
  for (float& v : x) v = normal(random);
  return x;
}

void copy(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<float> x = normal_values(n);
  std::vector<float> y(n);
  for (auto _ : state) {
    std::memcpy(y.data(), x.data(), n * sizeof(float));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <dyadic::QuantScheme S>
void fake_quantize(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<float> x = normal_values(n);
  std::vector<float> y(n);
  for (auto _ : state) {
    dyadic::fake_quantize<S>(x, y, dyadic::Extents{state.range(0)});
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetLabel(std::string(S::name()));
}

void sizes(benchmark::internal::Benchmark* b) { b->Arg(4096)->Arg(32768)->Arg(1 << 22); }

}  // namespace

using namespace dyadic;
BENCHMARK(copy)->Apply(sizes);
BENCHMARK(fake_quantize<Fixed<8, 4>>)->Apply(sizes);
BENCHMARK(fake_quantize<E4M3>)->Apply(sizes);
BENCHMARK(fake_quantize<BFloat16>)->Apply(sizes);
BENCHMARK(fake_quantize<LogQ<8>>)->Apply(sizes);
BENCHMARK(fake_quantize<BlockFP<8, 8>>)->Apply(sizes);
BENCHMARK(fake_quantize<BlockMinifloat<4, 3, 8>>)->Apply(sizes);
BENCHMARK(fake_quantize<MXFP8<E4M3>>)->Apply(sizes);
BENCHMARK(fake_quantize<MXFP4>)->Apply(sizes);
BENCHMARK(fake_quantize<NVFP4>)->Apply(sizes);
