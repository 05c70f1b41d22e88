// SPDX-License-Identifier: BSL-1.0
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>

#include <gtest/gtest.h>
#include <cmath>
#include <limits>
#include <vector>

namespace {
using namespace dyadic;

/// Runs an operator without parameters on the inputs.
template <class O>
std::vector<float> run(std::vector<ConstView> inputs) {
  std::vector<Extents> shapes;
  for (const ConstView& v : inputs) shapes.push_back(v.shape);
  const inferred answer = O::infer(shapes);
  EXPECT_TRUE(answer.ok());
  std::vector<float> out(static_cast<std::size_t>(answer.shape.size()));
  O::run({inputs, {}, {out.data(), answer.shape}, {}});
  return out;
}

TEST(Relu, KeepsNanAndCutsAtZero) {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> x{-1, 0, 2, -inf, inf, -0.0F, 3e-40F, -3e-40F, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, std::nanf("")};
  const auto y = run<relu>({{x.data(), {static_cast<std::int64_t>(x.size())}}});
  for (std::size_t i = 0; i + 1 < x.size(); ++i) EXPECT_EQ(y[i], x[i] > 0 ? x[i] : 0) << x[i];
  EXPECT_TRUE(std::isnan(y.back()));
}

TEST(Relu, TailsAndVectorsAgree) {
  for (std::size_t n = 0; n < 40; ++n) {
    std::vector<float> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(i % 5) - 2;
    const auto y = run<relu>({{x.data(), {static_cast<std::int64_t>(n)}}});
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(y[i], std::max(x[i], 0.0F));
  }
}

/// numpy's broadcasting, written as its definition: every index of the result, one by one.
std::vector<float> add_naively(ConstView a, ConstView b, const Extents& out) {
  std::vector<float> r;
  for (std::int64_t i = 0; i < out.size(); ++i) {
    std::int64_t rest = i, ia = 0, ib = 0, step_a = 1, step_b = 1;
    for (int d = 0; d < out.rank(); ++d) {
      const std::int64_t k = rest % out.back(d);
      rest /= out.back(d);
      if (a.shape.back(d) != 1) ia += k * step_a;
      if (b.shape.back(d) != 1) ib += k * step_b;
      step_a *= a.shape.back(d);
      step_b *= b.shape.back(d);
    }
    r.push_back(a.data[ia] + b.data[ib]);
  }
  return r;
}

TEST(Add, BroadcastsAsNumpyDoes) {
  std::vector<float> x(1000), y(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i), y[i] = 0.5F * static_cast<float>(i * i % 97);
  const std::vector<std::pair<Extents, Extents>> cases{{{4, 8}, {4, 8}}, {{4, 8}, {8}}, {{8}, {4, 8}}, {{4, 1}, {4, 8}}, {{4, 8}, {1}}, {{2, 3, 4}, {3, 1}},
                                                       {{2, 1, 4}, {3, 1}}, {{5, 1, 1, 2}, {3, 4, 1}}, {{1}, {1}}, {{7, 1}, {1, 9}}, {{0, 8}, {8}}, {{}, {3}}};
  for (const auto& [a, b] : cases) {
    const Extents shapes[] = {a, b};
    const inferred answer = add::infer(shapes);
    ASSERT_TRUE(answer.ok()) << a.text() << b.text();
    EXPECT_EQ(run<add>({{x.data(), a}, {y.data(), b}}), add_naively({x.data(), a}, {y.data(), b}, answer.shape)) << a.text() << " + " << b.text();
  }
}

TEST(Add, RefusesShapesThatDoNotMeet) {
  const Extents shapes[] = {{4, 8}, {4, 7}};
  EXPECT_FALSE(add::infer(shapes).ok());
  EXPECT_EQ(add::infer(shapes).shape, (Extents{4, 8}));
}

TEST(Operators, NameThemselves) {
  EXPECT_EQ((linear<64, 10>::name()), "linear<64, 10>");
  EXPECT_EQ((linear<64, 10, false>::name()), "linear<64, 10, false>");
  EXPECT_EQ(relu::name(), "relu");
  EXPECT_EQ((linear<64, 10, false>::parameters.size()), 1U);
}

}  // namespace
