// SPDX-License-Identifier: BSL-1.0
// Products on integers against other libraries' products of the same size: linear/pair/M/K, for M samples of K values and K outputs.
// Items are operations, 2·M·K·K. Ours start from float32 samples and end with float32 results, their quantisation included; oneDNN's int8
// product starts from bytes and ends with int32.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/native_product.hpp>

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cases.hpp"
#if defined(DYADIC_BENCH_ONEDNN)
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace bench {
namespace {

using namespace dyadic;

/// Every operand is the beginning of `input(dram.values)`.
constexpr std::int64_t largest_product = 4096;
static_assert(largest_product * largest_product <= dram.values);
struct alignas(64) cache_line {
  std::byte bytes[64];
};

/// Registers tier/pair/M/K. @param prepare  gives, for M and K, what is to be timed
template <class Prepare>
void add_product(const std::string& name, std::int64_t samples, std::int64_t depth, Prepare prepare) {
  const std::string full = name + '/' + std::to_string(samples) + '/' + std::to_string(depth);
  cases().push_back(benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
    auto run = prepare(samples, depth);
    run();
    for ([[maybe_unused]] auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * 2 * samples * depth * depth);
  }));
}
template <class Prepare>
void add_sizes(const std::string& name, Prepare prepare) {
  for (const std::int64_t depth : {std::int64_t{1024}, largest_product})
    for (const std::int64_t samples : {1, 16, 256}) add_product(name, samples, depth, prepare);
}

template <QuantScheme X, QuantScheme W>
void add_linear(const std::string& pair) {
  struct job {
    native_product<X, W> product;
    std::int64_t packed = 0;
    std::vector<float> biases;  // in the weights' scheme, as a model has them
  };
  auto shared = std::make_shared<job>();  // weights are packed once for all numbers of samples
  add_sizes("linear/" + pair, [shared](std::int64_t samples, std::int64_t depth) {
    if (shared->packed != depth) {
      shared->product.pack(input(dram.values), depth, depth, depth);
      shared->biases.resize(static_cast<std::size_t>(depth));
      fake_quantize<W>(std::span(input(dram.values), shared->biases.size()), shared->biases, Extents{depth});
      shared->packed = depth;
    }
    std::vector<cache_line> scratch(static_cast<std::size_t>(shared->product.scratch_bytes(samples) / 64 + 1));
    return [=, y = std::vector<float>(static_cast<std::size_t>(samples * depth)), lines = std::move(scratch)]() mutable {
      shared->product(input(dram.values), depth, samples, shared->biases.data(), y.data(), depth,
                      std::span(lines[0].bytes, 64 * lines.size()));
      benchmark::DoNotOptimize(y.data());
    };
  });
}

void add_eigen() {
  using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  add_sizes("peer/eigen_f32", [](std::int64_t samples, std::int64_t depth) {
    return [=, y = matrix(samples, depth)]() mutable {
      const Eigen::Map<const matrix> x(input(dram.values), samples, depth), w(input(dram.values), depth, depth);
      if (samples == 1) y.row(0).noalias() = x.row(0) * w.transpose();
      else y.noalias() = x * w.transpose();
      benchmark::DoNotOptimize(y.data());
    };
  });
}

#if defined(DYADIC_BENCH_ONEDNN)
/// oneDNN's matrix product with weights in the layout that it prefers.
template <dnnl::memory::data_type X, dnnl::memory::data_type W, dnnl::memory::data_type Y>
void add_onednn(const std::string& name) {
  add_sizes(name, [](std::int64_t samples, std::int64_t depth) {
    using dnnl::memory;
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    dnnl::stream stream(engine);
    const memory::desc x({samples, depth}, X, memory::format_tag::ab), y({samples, depth}, Y, memory::format_tag::ab),
        plain({depth, depth}, W, memory::format_tag::ab);
    const dnnl::matmul::primitive_desc chosen(dnnl::matmul::desc(x, memory::desc({depth, depth}, W, memory::format_tag::any), y), engine);
    memory in(x, engine), out(y, engine), from(plain, engine), weights(chosen.weights_desc(), engine);
    const auto fill = [](memory& m) {
      const std::size_t bytes = m.get_desc().get_size();
      if (m.get_desc().data_type() == memory::data_type::f32)
        std::copy_n(input(dram.values), bytes / 4, static_cast<float*>(m.get_data_handle()));
      else
        for (std::size_t i = 0; i < bytes; ++i)
          static_cast<unsigned char*>(m.get_data_handle())[i] = static_cast<unsigned char>(i * 2654435761U >> 9);
    };
    fill(in);
    fill(from);
    dnnl::reorder(from, weights).execute(stream, from, weights);
    stream.wait();
    return [=, product = dnnl::matmul(chosen)]() mutable {
      product.execute(stream, {{DNNL_ARG_SRC, in}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, out}});
      stream.wait();
    };
  });
}
#endif

}  // namespace

void add_products() {
  using int8 = Scaled<SymmetricFixed<8, 0>, PerRow>;
#if defined(DYADIC_BENCH_ONEDNN)
  using type = dnnl::memory::data_type;
  add_onednn<type::u8, type::s8, type::s32>("peer/onednn_int8");
  add_onednn<type::f32, type::f32, type::f32>("peer/onednn_f32");
#endif
  add_eigen();
  add_linear<Fixed<8, 4>, Fixed<8, 6>>("Fixed<8,4>xFixed<8,6>");
  add_linear<int8, int8>("int8xint8");
  add_linear<MXINT8, MXINT8>("MXINT8xMXINT8");
  add_linear<BlockFP<8, 8, Shape<32>>, BlockFP<8, 8, Shape<32>>>("BlockFP<8,8,32>xBlockFP<8,8,32>");
  add_linear<BlockFP<8, 8, Shape<32>>, BlockFP<4, 8, Shape<32>>>("BlockFP<8,8,32>xBlockFP<4,8,32>");
  add_linear<Fixed<8, 4>, MXFP4>("Fixed<8,4>xMXFP4");
  add_linear<MXINT8, MXFP4>("MXINT8xMXFP4");
  add_linear<Fixed<8, 4>, NVFP4>("Fixed<8,4>xNVFP4");
  add_linear<MXINT8, NVFP4>("MXINT8xNVFP4");
  add_linear<int8, Scaled<SymmetricFixed<4, 0>, Shape<32>>>("int8xint4,32");
  add_linear<Fixed<8, 4>, Ternary>("Fixed<8,4>xTernary");
  add_linear<Fixed<8, 4>, Binary>("Fixed<8,4>xBinary");
  add_linear<Binary, Binary>("BinaryxBinary");
}

}  // namespace bench
