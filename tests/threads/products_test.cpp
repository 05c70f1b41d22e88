// SPDX-License-Identifier: BSL-1.0
// Products on one thread and on several: the same bits, the same counts. Built with OpenMP only.
#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/accumulate.hpp>
#include <dyadic/kernel/native_product.hpp>

#include <dyadic/base/random.hpp>

#include <gtest/gtest.h>

#include <omp.h>

#include <bit>
#include <vector>

namespace {
using namespace dyadic;

std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i)
    v.push_back(static_cast<float>(random_bits(seed, static_cast<std::uint64_t>(i))) * 0x1p-30F - 2.0F);
  return v;
}
template <class F>
auto on_threads(int count, const F& f) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(count);
  auto result = f();
  omp_set_num_threads(before);
  return result;
}

/// The results as bits. Work enough for several threads; the last panels are not full.
template <class Product, class... Report>
std::vector<std::uint32_t> results(std::int64_t samples, Report*... report) {
  constexpr std::int64_t outputs = 301, depth = 520;
  static const std::vector<float> x = numbers(70 * depth, 1), w = numbers(outputs * depth, 2),
                                  bias = numbers(outputs, 3);
  Product product;
  product.pack(w.data(), outputs, depth, depth);
  const auto bytes = static_cast<std::size_t>(product.scratch_bytes(samples));
  std::vector<std::byte> memory(bytes + 64);
  std::vector<float> y(static_cast<std::size_t>(samples * outputs));
  product(x.data(), depth, samples, bias.data(), y.data(), outputs,
          std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64, bytes), 0,
          report...);
  std::vector<std::uint32_t> bits;
  for (const float v : y) bits.push_back(std::bit_cast<std::uint32_t>(v));
  return bits;
}
template <class Product>
void same_on_threads() {
  for (const std::int64_t samples : {70, 24}) {
    const auto run = [&] { return results<Product>(samples); };
    EXPECT_EQ(on_threads(1, run), on_threads(3, run)) << Product::kernel << ", " << samples << " samples";
  }
}

TEST(ProductsOnThreads, Integers) {
  same_on_threads<native_product<Fixed<8, 4>, Fixed<8, 6>>>();
  same_on_threads<native_product<MXINT8, BlockFP<4, 8, Shape<32>>>>();
  same_on_threads<native_product<Affine<8, PerRow>, Affine<8, PerRow>>>();
  same_on_threads<native_product<Binary, Binary>>();
}
TEST(ProductsOnThreads, Values) {
  same_on_threads<fast_product<E4M3, Half>>();
  same_on_threads<exact_product<E4M3, Half>>();
}
TEST(ProductsOnThreads, NarrowAccumulators) {
  using product =
      accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<16, 10>, Overflow::saturate>>;
  const auto run = [] {
    std::vector<std::int64_t> counts(301);
    overflow_report report;
    report.by_output = counts;
    std::vector<std::uint32_t> bits = results<product>(70, &report);
    EXPECT_GT(report.overflows, 0);
    for (const std::int64_t c : counts) bits.push_back(static_cast<std::uint32_t>(c));
    bits.push_back(static_cast<std::uint32_t>(report.overflows));
    bits.push_back(static_cast<std::uint32_t>(report.overflowed_sums));
    return bits;
  };
  EXPECT_EQ(on_threads(1, run), on_threads(3, run));
}

}  // namespace
