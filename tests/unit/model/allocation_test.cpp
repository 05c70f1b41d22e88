// SPDX-License-Identifier: BSL-1.0
// A prepared model allocates nothing: counted at malloc itself, under operator new and under Eigen's own allocator alike.
#include <dyadic/format/scaled.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/native.hpp>
#include <dyadic/pass/quantize.hpp>

#include <gtest/gtest.h>
#include <atomic>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DYADIC_TEST_SANITIZED
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(DYADIC_TEST_SANITIZED)
#define DYADIC_TEST_COUNTS_MALLOC
namespace {
std::atomic<long> mallocs{0};
}
extern "C" void* __libc_malloc(std::size_t);  // NOLINT: glibc's name
extern "C" void* malloc(std::size_t bytes) noexcept {
  ++mallocs;
  return __libc_malloc(bytes);
}
#endif

namespace {
using namespace dyadic;

// Large enough that Eigen's own product would take its buffers from the heap.
struct net final : graph<node<"x", input<dyn, 20, 30>>, node<"flat", flatten, "x">, node<"fc1", linear<600, 400>, "flat">, node<"act", relu, "fc1">,
                         node<"fc2", linear<400, 400>, "act">, node<"sum", add, "fc1", "fc2">, node<"fc3", linear<400, 9>, "sum">> {};
struct all final : config<by_default<MXFP8<E4M3>>, by_op<op::linear, data_in<BlockFP<8, 8>>, weight<Fixed<8, 6>>, data_out<Fixed<16, 8>>>,
                          by_name<"act", Affine<8, Shape<whole, whole>>>> {};

TEST(Allocation, APreparedModelAllocatesNothing) {
#if defined(DYADIC_TEST_COUNTS_MALLOC)
  weights<net> w;
  for (const parameter_info& p : w.entries()) {
    const std::vector<float> v(static_cast<std::size_t>(p.shape.size()), 0.25F);
    w.set(p.full_name(), ConstView{v.data(), p.shape});
  }
  Tensor<3> x(33, 20, 30);
  x.setConstant(0.5F);
  Tensor<2> y(33, 9);
  const auto as_float = bind(net{}, w);
  const auto quantized = quantize<all>(net{}, w);
  auto run_float = prepare(as_float, 64);
  auto run_quantized = prepare(quantized, 64);
  const long before_preparing = mallocs;
  static_cast<void>(prepare(as_float, 64));
  ASSERT_GT(mallocs, before_preparing) << "the count works";
  const long before = mallocs;
  run_float(x, y);
  EXPECT_EQ(mallocs - before, 0) << "float";
  const long between = mallocs;
  run_quantized(x, y);
  EXPECT_EQ(mallocs - between, 0) << "quantised";
  auto run_native = prepare(quantize<all, native_exact>(net{}, w), 64);
  const long before_native = mallocs;
  run_native(x, y);
  EXPECT_EQ(mallocs - before_native, 0) << "native";
  struct tables final : config<by_default<none>, by_name<"fc1", BinaryResidual<2, density<5>>>, by_name<"fc2", LogicNets<2, Fixed<3, 1>, Fixed<3, 1>>>,
                               by_name<"fc3", LutNet<2, 1, density<5>>>> {};
  auto run_tables = prepare(quantize<tables>(net{}, w, calibrate(x)), 64);
  const long before_tables = mallocs;
  run_tables(x, y);
  EXPECT_EQ(mallocs - before_tables, 0) << "tables";
#else
  GTEST_SKIP() << "malloc belongs to a sanitizer, or to another C library, here";
#endif
}

}  // namespace
