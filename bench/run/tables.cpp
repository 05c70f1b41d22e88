// SPDX-License-Identifier: BSL-1.0
// Layers of tables: how much faster bit-sliced tables are than tables read entry by entry, and popcounts than the float product.
//
// A ratio is taken inside one process: both sides run in turn, and what counts is the median of the ratios of neighbouring runs.
#include <dyadic/base/random.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace {
using namespace dyadic;

std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(static_cast<float>(random_bits(seed, static_cast<std::uint64_t>(i))) * 0x1p-31F - 1);
  return v;
}

/// Something that runs in place of a linear, with the memory that it needs.
template <class Layer>
class job {
 public:
  job(const Layer& layer, std::int64_t batch, std::int64_t in, std::int64_t out, std::span<const ConstView> parameters = {})
      : layer_(layer),
        x_(numbers(batch * in, 1)),
        y_(static_cast<std::size_t>(batch * out)),
        in_{x_.data(), {batch, in}},
        out_{y_.data(), {batch, out}},
        parameters_(parameters) {
    const Extents shapes[] = {in_.shape};
    scratch_ = static_cast<std::size_t>(layer_.scratch(shapes));
    memory_.resize(scratch_ + 16);
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    aligned_ = memory_.data() + (64 - address % 64) % 64 / sizeof(float);
  }
  double seconds() {
    const auto start = std::chrono::steady_clock::now();
    layer_.run({{&in_, 1}, parameters_, out_, {aligned_, scratch_}});
    benchmark::DoNotOptimize(y_.data());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  const Layer& layer_;
  std::vector<float> x_, y_, memory_;
  ConstView in_;
  View out_;
  std::span<const ConstView> parameters_;
  std::size_t scratch_ = 0;
  float* aligned_ = nullptr;
};

/// Both in turn; `times` is how many times as long `slow` takes as `fast`.
template <class Slow, class Fast>
void compare_runs(benchmark::State& state, Slow slow, Fast fast, std::int64_t samples) {
  std::vector<double> ratios;
  slow.seconds();
  fast.seconds();
  double best = 1e9;
  for (auto _ : state) {
    const double a = slow.seconds(), b = fast.seconds();
    ratios.push_back(a / b);
    best = std::min(best, b);
    state.SetIterationTime(b);
  }
  std::sort(ratios.begin(), ratios.end());
  state.counters["times"] = ratios[ratios.size() / 2];
  state.counters["samples/s"] = static_cast<double>(samples) / best;
}

lutnet_parameters tables(std::int64_t in, std::int64_t out, int inputs, int levels) {
  lutnet_parameters p;
  p.shape = {in, out};
  p.levels = {levels, 0, {1, 0.5F, 0.25F, 0.125F}};
  p.inputs = inputs;
  p.first.push_back(0);
  std::uint64_t at = 0;
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      p.connection.push_back(static_cast<std::int32_t>(i));
      for (int k = 1; k < inputs; ++k)
        p.connection.push_back(static_cast<std::int32_t>(random_bits(2, at++) % static_cast<std::uint32_t>(in)));
      for (int l = 0; l < levels; ++l) {
        const std::uint64_t bits = std::uint64_t{random_bits(3, at)} << 32 | random_bits(4, at);
        ++at;
        p.table.push_back(inputs == 6 ? bits : bits & ((std::uint64_t{1} << (1U << inputs)) - 1));
      }
    }
    p.first.push_back(static_cast<std::int64_t>(p.connection.size()) / inputs);
  }
  p.gain = numbers(out, 5);
  p.bias = numbers(out, 6);
  return p;
}

/// Target: at least 10 for K = 4 at batch 4096.
void LutNetSlicedOverScalar(benchmark::State& state) {
  const auto inputs = static_cast<int>(state.range(0));
  const std::int64_t batch = state.range(1);
  const lutnet_layer fast(tables(256, 64, inputs, 1)), scalar = fast.in_form(table_form::scalar);
  compare_runs(state, job(scalar, batch, 256, 64), job(fast, batch, 256, 64), batch);
}
BENCHMARK(LutNetSlicedOverScalar)->ArgsProduct({{2, 4, 6}, {64, 4096}})->UseManualTime()->MinTime(0.2)->Unit(benchmark::kMillisecond);

/// `linear` as the models run it: Eigen's blocked float kernel.
struct float_linear {
  using operation = linear<1024, 1024>;
  static void run(const arguments& a) { operation::run(a); }
  static std::int64_t scratch(std::span<const Extents> shapes) { return operation::scratch(shapes); }
};

/// Target: at least 5 for 2 levels.
void BinaryResidualOverFloatLinear(benchmark::State& state) {
  const auto levels = static_cast<int>(state.range(0));
  const std::int64_t batch = state.range(1), n = 1024;
  binary_residual_parameters p;
  p.shape = {n, n};
  p.levels = {levels, 0, {0.5F, 0.25F, 0.125F, 0.0625F}};
  p.weight = numbers(n * n, 7);
  p.mask.assign(p.weight.size(), 1);
  p.gain = numbers(n, 8);
  p.bias = numbers(n, 9);
  const binary_residual_layer bits(p);
  const float_linear floats;
  const ConstView parameters[] = {{p.weight.data(), {n, n}}, {p.bias.data(), {n}}};
  compare_runs(state, job(floats, batch, n, n, parameters), job(bits, batch, n, n), batch);
}
BENCHMARK(BinaryResidualOverFloatLinear)->ArgsProduct({{1, 2, 4}, {16, 256}})->UseManualTime()->MinTime(0.2)->Unit(benchmark::kMillisecond);

/// Tables over the arithmetic that they were made of.
void LogicNetsTablesOverArithmetic(benchmark::State& state) {
  const std::int64_t batch = state.range(0), in = 64, out = 64;
  logicnets_parameters p;
  p.shape = {in, out};
  p.in = p.out = {3, 1};
  p.first.push_back(0);
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int32_t k = 0; k < 4; ++k) p.tap.push_back(static_cast<std::int32_t>(o % 16) + 16 * k);
    p.first.push_back(static_cast<std::int64_t>(p.tap.size()));
  }
  p.weight = numbers(4 * out, 10);
  p.bias = numbers(out, 11);
  const logicnets_layer fast(p), arithmetic = fast.in_form(table_form::arithmetic);
  compare_runs(state, job(arithmetic, batch, in, out), job(fast, batch, in, out), batch);
}
BENCHMARK(LogicNetsTablesOverArithmetic)->Arg(4096)->UseManualTime()->MinTime(0.2)->Unit(benchmark::kMillisecond);

}  // namespace
