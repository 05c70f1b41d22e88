// SPDX-License-Identifier: BSL-1.0
// Conversions of tensors on one thread and on several: the same values, codes and scales. Built with OpenMP
// only. (All schemes do so in the digest, which an ordinary build runs on four threads.)
#include <dyadic/kernel/encode.hpp>

#include <dyadic/format/statistics.hpp>

#include <gtest/gtest.h>
#include <omp.h>

#include <bit>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace {
using namespace dyadic;

std::mutex seen_mutex;
std::set<std::thread::id> seen;

/// A format that notes on which threads it is asked: the tests must not pass because there was only one.
struct Witness {
  using code_type = std::uint8_t;
  static constexpr int bits = 8;
  static constexpr const char* name() { return "Witness"; }
  static code_type encode(float x) {
    if (x == 1.0F) {
      const std::lock_guard lock(seen_mutex);
      seen.insert(std::this_thread::get_id());
    }
    return x > 0.0F ? 1 : 0;
  }
  static float decode(code_type c) { return static_cast<float>(c); }
};

constexpr std::int64_t columns = 96, n = columns * 3412;  // five shares of work at most, and no round number

/// Runs f with that many threads.
template <class F>
auto on_threads(int count, const F& f) {
  const int before = omp_get_max_threads();
  omp_set_dynamic(0);
  omp_set_num_threads(count);
  auto result = f();
  omp_set_num_threads(before);
  return result;
}

std::vector<float> values() {
  std::vector<float> x(static_cast<std::size_t>(n));
  std::uint32_t state = 1;
  for (float& v : x) {
    state = state * 1664525U + 1013904223U;
    v = std::bit_cast<float>((state & 0x83ffffffU) | 0x3c000000U);
  }
  return x;
}

template <class S>
void same_on_threads() {
  const std::vector<float> x = values();
  for (const Extents& shape : {Extents{n}, Extents{n / columns, columns}}) {
    const auto quantised = [&] {
      std::vector<float> y(x.size());
      fake_quantize<S>(x, y, shape, 5);
      return y;
    };
    const auto packed = [&] { return encode<S>(ConstView{x.data(), shape}, 5); };
    const std::vector<float> one = on_threads(1, quantised);
    const Packed<S> codes = on_threads(1, packed);
    for (const int threads : {2, 4}) {
      EXPECT_EQ(on_threads(threads, quantised), one)
          << S::name() << ", " << shape.text() << ", " << threads << " threads";
      EXPECT_EQ(on_threads(threads, packed), codes)
          << S::name() << ", " << shape.text() << ", " << threads << " threads";
      const auto decoded = [&] {
        std::vector<float> y(x.size());
        decode(codes, View{y.data(), shape});
        return y;
      };
      EXPECT_EQ(on_threads(threads, decoded), one)
          << S::name() << ", " << shape.text() << ", " << threads << " threads";
    }
  }
}

TEST(ConversionsOnThreads, OfElements) {
  same_on_threads<Fixed<8, 4>>();
  same_on_threads<Fixed<5, 2>>();
  same_on_threads<Half>();
  same_on_threads<Ternary>();
  same_on_threads<With<E4M3, Round::stochastic>>();
}
TEST(ConversionsOnThreads, OfBlocks) {
  same_on_threads<MXFP4>();
  same_on_threads<NVFP4>();
  same_on_threads<BlockFP<8, 8, Shape<4, 4>>>();
  same_on_threads<BlockFP<6, 5, Shape<48>>>();
  same_on_threads<Affine<8, PerRow>>();
  same_on_threads<ScaledTernary<>>();
}
TEST(ConversionsOnThreads, AreOnSeveral) {
  std::vector<float> x(static_cast<std::size_t>(n), 1.0F), y(x.size());
  seen.clear();
  on_threads(4, [&] {
    fake_quantize<Witness>(x, y, Extents{n}, 0);
    return 0;
  });
  EXPECT_GE(seen.size(), 2U);
}

}  // namespace
