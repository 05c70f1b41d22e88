// SPDX-License-Identifier: BSL-1.0
#include <dyadic/layer/product.hpp>

#include <gtest/gtest.h>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace {
using namespace dyadic;

std::vector<float> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> v(static_cast<std::size_t>(count));
  for (float& x : v) x = normal(generator);
  return v;
}

/// Work space aligned as the product wants it.
struct scratch {
  explicit scratch(std::int64_t count) : memory(static_cast<std::size_t>(count) + 16) {}
  std::span<float> span() {
    const auto skip = (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64 / sizeof(float);
    return std::span<float>(memory).subspan(skip);
  }
  std::vector<float> memory;
};

std::vector<float> multiply(const std::vector<float>& x, const std::vector<float>& w, const float* start, std::int64_t samples, std::int64_t outputs,
                            std::int64_t depth) {
  scratch work(detail::product_scratch(depth, outputs));
  std::vector<float> out(static_cast<std::size_t>(samples * outputs), -7.0F);
  detail::multiply_transposed(x.data(), w.data(), start, out.data(), samples, outputs, depth, work.span());
  return out;
}

TEST(Product, AgreesWithADoubleLoop) {
  for (const std::int64_t samples : {0, 1, 3, 4, 5, 63, 64, 65, 130}) {
    for (const auto& [outputs, depth] : {std::pair{1, 1}, {10, 32}, {7, 13}, {64, 64}, {200, 300}, {193, 257}}) {
      const auto x = random_values(samples * depth, 1), w = random_values(std::int64_t{outputs} * depth, 2), b = random_values(outputs, 3);
      const auto y = multiply(x, w, b.data(), samples, outputs, depth);
      for (std::int64_t s = 0; s < samples; ++s) {
        for (std::int64_t n = 0; n < outputs; ++n) {
          double sum = static_cast<double>(b[static_cast<std::size_t>(n)]), size = std::abs(sum);
          for (std::int64_t k = 0; k < depth; ++k) {
            const double p = static_cast<double>(x[static_cast<std::size_t>(s * depth + k)]) * static_cast<double>(w[static_cast<std::size_t>(n * depth + k)]);
            sum += p;
            size += std::abs(p);
          }
          ASSERT_NEAR(static_cast<double>(y[static_cast<std::size_t>(s * outputs + n)]), sum, 1e-6 * size + 1e-12)
              << samples << " samples, " << outputs << " outputs, depth " << depth << ": sample " << s << ", output " << n;
        }
      }
    }
  }
}

TEST(Product, ASampleDoesNotDependOnItsBatchOrPlace) {
  for (const auto& [outputs, depth] : {std::pair{1, 1}, {1, 300}, {3, 5}, {10, 32}, {13, 64}, {64, 64}, {250, 600}}) {
    constexpr std::int64_t most = 70;
    const auto x = random_values(most * depth, 4), w = random_values(std::int64_t{outputs} * depth, 5);
    // Each sample by itself.
    std::vector<float> alone;
    for (std::int64_t s = 0; s < most; ++s) {
      const std::vector<float> one(x.begin() + s * depth, x.begin() + (s + 1) * depth);
      const auto y = multiply(one, w, nullptr, 1, outputs, depth);
      alone.insert(alone.end(), y.begin(), y.end());
    }
    for (const std::int64_t samples : {2, 3, 4, 5, 7, 12, 31, 63, 64, 65, 69, 70}) {
      const auto y = multiply(x, w, nullptr, samples, outputs, depth);
      ASSERT_EQ(std::memcmp(y.data(), alone.data(), y.size() * sizeof(float)), 0) << samples << " samples, " << outputs << " outputs, depth " << depth;
    }
  }
}

TEST(Product, ANanStaysInItsSample) {
  auto x = random_values(6 * 8, 6);
  const auto w = random_values(5 * 8, 7);
  const auto clean = multiply(x, w, nullptr, 6, 5, 8);
  x[4 * 8 + 2] = std::nanf("");
  const auto y = multiply(x, w, nullptr, 6, 5, 8);
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (i / 5 == 4) EXPECT_TRUE(std::isnan(y[i]));
    else EXPECT_EQ(y[i], clean[i]);
  }
}

}  // namespace
