// SPDX-License-Identifier: BSL-1.0
#include <dyadic/kernel/exact_product.hpp>

#include <dyadic/format/policy.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>

#include <gtest/gtest.h>
#include <support/exact_dot.hpp>

#include <cmath>
#include <string>

namespace {
using namespace dyadic;
using exact_dot::any_values;
using exact_dot::normal_values;
using Values = std::vector<float>;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

/// The values of a scheme by its definition.
template <QuantScheme S>
Values quantized(const Values& x, std::int64_t rows, std::int64_t depth, std::uint64_t seed = 0) {
  Values y(x.size());
  quantize_values<S>(x, y, Extents{rows, depth}, seed);
  return y;
}

/// Runs `exact_product<X, W>` and compares every output with the reference, to the bit. @returns the results
template <QuantScheme X, QuantScheme W>
Values check(const Values& x, const Values& w, const Values& bias, std::int64_t samples, std::int64_t outputs, std::int64_t depth,
             std::int64_t x_gap = 0, std::int64_t out_gap = 0) {
  exact_product<X, W> product;
  product.pack(w.data(), outputs, depth, depth);
  const Values y = exact_dot::run(product, x, samples, bias, x_gap, out_gap);
  const Values xq = quantized<X>(x, samples, depth), wq = quantized<W>(w, outputs, depth);
  int wrong = 0;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t n = 0; n < outputs; ++n) {
      const std::span xs(xq.data() + s * depth, static_cast<std::size_t>(depth)),
          ws(wq.data() + n * depth, static_cast<std::size_t>(depth));
      const float expected = exact_dot::rounded(xs, ws, bias.empty() ? 0.0F : bias[static_cast<std::size_t>(n)]),
                  found = y[static_cast<std::size_t>(s * outputs + n)];
      if (bits(expected) != bits(found) && wrong++ < 5)
        ADD_FAILURE() << X::name() << " x " << W::name() << ", sample " << s << " of " << samples << ", output " << n << " of " << outputs
                      << ", depth " << depth << ": " << found << " should be " << expected;
    }
  EXPECT_EQ(wrong, 0);
  return y;
}
Values check_floats(const Values& x, const Values& w, const Values& bias, std::int64_t samples, std::int64_t outputs, std::int64_t depth) {
  return check<none, none>(x, w, bias, samples, outputs, depth);
}
/// One sample, one output.
float check_one(const Values& x, const Values& w, float bias = 0.0F) {
  return check_floats(x, w, {bias}, 1, 1, static_cast<std::int64_t>(x.size()))[0];
}

template <class Pair>
struct ExactProductOf : testing::Test {};
template <QuantScheme X, QuantScheme W>
struct pair {
  using data = X;
  using weight = W;
};
using Pairs =
    testing::Types<pair<none, none>, pair<Fixed<8, 4>, Fixed<8, 6>>, pair<Fixed<32, 16>, Fixed<24, 20>>, pair<Half, BFloat16>,
                   pair<E4M3, E5M2>, pair<LogQ<8>, LogQ<8, 126>>, pair<MXFP8<E5M2>, MXFP4>, pair<BlockFP<8, 8>, BlockMinifloat<4, 3, 8>>,
                   pair<NVFP4, Affine<8, PerRow>>, pair<Affine<8>, Scaled<Fixed<4, 0>, Shape<32>>>, pair<MXINT8, ScaledTernary<>>,
                   pair<Block<Fixed<8, 4>, Shape<4, 4>>, ScaledBinary<>>, pair<With<Fixed<8, 4>, Round::down>, Binary>,
                   pair<Minifloat<8, 23, 127, Specials::ieee>, Ternary>>;
TYPED_TEST_SUITE(ExactProductOf, Pairs);

TYPED_TEST(ExactProductOf, IsTheExactSumRoundedOnceForAllShapes) {
  using X = typename TypeParam::data;
  using W = typename TypeParam::weight;
  unsigned seed = 1;
  for (const std::int64_t samples : {1, 2, 7, 17})
    for (const std::int64_t outputs : {1, 33})
      for (const std::int64_t depth : {1, 37, 300}) {
        const Values x = normal_values(samples * depth, seed++), w = normal_values(outputs * depth, seed++),
                     b = normal_values(outputs, seed++);
        check<X, W>(x, w, seed % 2 == 0 ? b : Values{}, samples, outputs, depth, samples % 3, outputs % 4);
      }
  // more panels than are treated together, and a last one that is not full; more samples than share a panel
  check<X, W>(normal_values(40, seed), normal_values(40 * 167, seed + 1), normal_values(167, seed + 2), 1, 167, 40);
  check<X, W>(normal_values(70 * 9, seed), normal_values(2 * 9, seed + 1), {}, 70, 2, 9);
}

TEST(ExactProduct, NothingToDoAndNothingToAdd) {
  const Values bias{1.5F, -0.0F, 3.0F};
  EXPECT_EQ(check_floats({}, {}, bias, 2, 3, 0), (Values{1.5F, 0.0F, 3.0F, 1.5F, 0.0F, 3.0F}));
  EXPECT_EQ(check_floats({}, {}, {}, 1, 2, 0), (Values{0.0F, 0.0F}));
  exact_product<none, none> empty;
  EXPECT_EQ(empty.outputs(), 0);
  EXPECT_EQ(empty.size_bytes(), 0);
  float out = 7.0F;
  empty(&out, 0, 3, nullptr, &out, 0, {});
  empty.pack(&out, 0, 5, 5);
  empty(&out, 5, 0, nullptr, &out, 0, {});
  EXPECT_EQ(out, 7.0F);
}

// Sums that cancel: each pair of large products leaves a rest that float32 has long dropped, float64 in part.
TEST(ExactProduct, CancellingSumsThatFloat32GetsWrong) {
  for (const int scale : {24, 40, 60, 100}) {
    const std::int64_t samples = 3, outputs = 35, depth = 600;
    Values x = normal_values(samples * depth, 1), w = normal_values(outputs * depth, 2);
    const float large = std::ldexp(1.0F, scale);
    // In every row the first half is large and the second undoes it, except for a last bit in some places.
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t k = 0; k < depth / 2; ++k) {
        float& first = x[static_cast<std::size_t>(s * depth + k)];
        first *= large;
        x[static_cast<std::size_t>(s * depth + depth / 2 + k)] = k % 50 == 0 ? -std::nextafter(first, 0.0F) : -first;
      }
    for (std::int64_t n = 0; n < outputs; ++n) {
      std::copy_n(w.begin() + n * depth, depth / 2, w.begin() + n * depth + depth / 2);
      w[static_cast<std::size_t>((n + 1) * depth - 1)] = 1e-6F;
    }
    const Values y = check_floats(x, w, {}, samples, outputs, depth);
    int different = 0;
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t n = 0; n < outputs; ++n)
        different += y[static_cast<std::size_t>(s * outputs + n)] !=
                     exact_dot::simulated(std::span(x).subspan(static_cast<std::size_t>(s * depth), depth),
                                          std::span(w).subspan(static_cast<std::size_t>(n * depth), depth));
    EXPECT_GE(different, samples * outputs - 5) << "these inputs must be ones that float32 gets wrong";
  }
}

TEST(ExactProduct, TotalCancellationIsPlusZero) {
  Values x = any_values(500, 3), w = any_values(500, 4);
  Values there = x, back = w;
  for (const float v : x) there.push_back(-v);
  for (const float v : w) back.push_back(v);
  EXPECT_EQ(bits(check_one(there, back)), 0U);
  EXPECT_EQ(bits(check_one({-1.0F}, {0.0F})), 0U);
  EXPECT_EQ(bits(check_one({-1.0F, 2.0F}, {0.0F, -0.0F}, -0.0F)), 0U);
}

// Many equal terms, as many of the other sign, and two that differ by one quantum of their products: no addition may lose it, however
// many bits the terms take and whatever lies between them and that quantum.
TEST(ExactProduct, EqualTermsThatCancelLeaveOneQuantum) {
  const float c = 0x1.8p0F, u = 0x1p-23F;
  for (const auto& [a, b] : {std::pair{0x1.fffffep+0F, 0x1.fffffep+0F}, {0x1.5a5a5bp+0F, 0x1.333333p+0F}, {0x1.921fb5p+1F, 0x1.5bf0a9p+1F}})
    for (const int copies : {1, 256, 300})
      for (int e = 0; e < 75; ++e) {
        Values x(2 * static_cast<std::size_t>(copies), a), w(x.size(), b);
        std::fill(w.begin() + copies, w.end(), -b);
        const float scale = std::ldexp(1.0F, -e);
        x.insert(x.begin(), {c * scale, -(c - u) * scale});  // c² - (c - u)(c + u) = u²
        w.insert(w.begin(), {c, c + u});
        ASSERT_EQ(check_one(x, w), u * u * scale) << copies << ' ' << e;
        if (e % 8 == 0) {
          ASSERT_EQ(check_one(x, w, scale), scale) << copies << " " << e;
        }
      }
}

TEST(ExactProduct, AllExponentsAtOnce) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    const std::int64_t depth = 1 + 97 * static_cast<std::int64_t>(seed);
    check_floats(any_values(2 * depth, 10 + seed), any_values(9 * depth, 20 + seed), any_values(9, 30 + seed), 2, 9, depth);
    // Large and tiny factors paired, so that all products are of moderate size and all bits of them matter.
    Values x = any_values(2 * depth, 40 + seed), w(static_cast<std::size_t>(9 * depth));
    for (std::size_t i = 0; i < x.size(); ++i)
      if (std::abs(x[i]) < 1e-30F || std::abs(x[i]) > 1e30F) x[i] = 1.0F + static_cast<float>(i) * 0x1p-20F;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = 1.0F / x[i % static_cast<std::size_t>(depth)] * (i % 2 == 0 ? 1.0F : -1.0F);
    check_floats(x, w, {}, 2, 9, depth);
  }
}

// Halfway cases: exact ties, and ties that a term far below decides.
TEST(ExactProduct, TiesGoToEvenUnlessATinyTermDecides) {
  const float half = 0x1p-24F;
  EXPECT_EQ(check_one({1.0F, half}, {1.0F, 1.0F}), 1.0F);
  EXPECT_EQ(check_one({1.0F + 0x1p-23F, half}, {1.0F, 1.0F}), 1.0F + 0x1p-22F);
  EXPECT_EQ(check_one({1.0F}, {1.0F}, half), 1.0F) << "the bias, too";
  for (const float sign : {1.0F, -1.0F})
    for (const float tiny : {0x1p-30F, 0x1p-60F, 0x1p-140F}) {
      const float s = sign;
      EXPECT_EQ(check_one({s, s * half, s * tiny}, {1.0F, 1.0F, tiny}), s * (1.0F + 0x1p-23F)) << tiny;
      EXPECT_EQ(check_one({s, s * half, -s * tiny}, {1.0F, 1.0F, tiny}), s) << tiny;
      EXPECT_EQ(check_one({s * (1.0F + 0x1p-23F), s * half, -s * tiny}, {1.0F, 1.0F, tiny}), s * (1.0F + 0x1p-23F)) << tiny;
      EXPECT_EQ(check_one({s * half, s * tiny}, {1.0F, tiny}, s), s * (1.0F + 0x1p-23F)) << tiny;
    }
  // A term at every distance, so also at those where float64 just holds it and just not.
  for (int e = 25; e < 149; ++e) {
    const float tiny = std::ldexp(1.0F, -e);
    EXPECT_EQ(check_one({1.0F, half, tiny}, {1.0F, 1.0F, 1.0F}), 1.0F + 0x1p-23F) << e;
    EXPECT_EQ(check_one({1.0F, half, -tiny}, {1.0F, 1.0F, 1.0F}), 1.0F) << e;
    EXPECT_EQ(check_one({1.0F, tiny}, {1.0F, 1.0F}, half), 1.0F + 0x1p-23F) << e;
  }
  // In double the bias is halfway and the sum falls off its end: rounding twice would go wrong.
  EXPECT_EQ(check_one({0x1p-100F}, {0x1p-20F}, 1.0F), 1.0F);
  EXPECT_EQ(check_one({1.0F, 0x1p-30F}, {1.0F + 0x1p-23F, 0x1p-40F}, -half), 1.0F + 0x1p-23F);
  // Ties on a coarse grid, as integer formats have them, for many outputs at once.
  Values x(64), w(40 * 64);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = k % 2 == 0 ? 4096.0F : 1.0F;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = i % 2 == 0 ? 128.0F : static_cast<float>(i / 64 % 8);
  check_floats(x, w, {}, 1, 40, 64);
}

TEST(ExactProduct, ResultsBelowTheNormalRangeAreRoundedNotFlushed) {
  EXPECT_EQ(check_one({0x1p-75F}, {0x1p-74F}), 0x1p-149F);
  EXPECT_EQ(bits(check_one({0x1p-75F}, {-0x1p-75F})), 0x80000000U) << "a tie between -0 and the smallest";
  EXPECT_EQ(check_one({0x1p-75F, 0x1p-140F}, {0x1p-75F, 0x1p-140F}), 0x1p-149F);
  EXPECT_EQ(check_one({0x1p-149F, 0x1p-149F}, {1.0F, 1.0F}), 0x1p-148F);
  EXPECT_EQ(check_one({0x1p-149F}, {0.5F}), 0.0F);
  EXPECT_EQ(check_one({0x1p-149F}, {0.75F}), 0x1p-149F);
  check_floats(normal_values(3 * 77, 5, 0x1p-70F), normal_values(40 * 77, 6, 0x1p-68F), normal_values(40, 7, 0x1p-140F), 3, 40, 77);
  check<Minifloat<8, 7, 127, Specials::ieee>, none>(normal_values(77, 5, 0x1p-130F), normal_values(40 * 77, 6), {}, 1, 40, 77);
}

TEST(ExactProduct, OverflowIsThatOfTheSumNotOfItsTerms) {
  const float most = std::numeric_limits<float>::max(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(check_one({most, most}, {1.0F, 1.0F}), infinity);
  EXPECT_EQ(check_one({most, -most}, {-most, 1.0F}), -infinity);
  EXPECT_EQ(check_one({most, most, 5.0F}, {most, -most, 1.0F}), 5.0F);
  EXPECT_EQ(check_one({most, 0x1p103F}, {1.0F, 1.0F}), infinity) << "halfway to 2^128";
  EXPECT_EQ(check_one({most, 0x1p103F, -0x1p-100F}, {1.0F, 1.0F, 1.0F}), most);
  EXPECT_EQ(check_one({most, most, -most}, {2.0F, 1.0F, 2.0F}), most);
}

TEST(ExactProduct, NanAndInfinityAsInIeeeArithmetic) {
  const float nan = std::bit_cast<float>(0x7fa00001U), infinity = std::numeric_limits<float>::infinity();
  const std::uint32_t quiet = 0x7fc00000U;
  EXPECT_EQ(bits(check_one({1.0F, nan}, {1.0F, 1.0F})), quiet);
  EXPECT_EQ(bits(check_one({1.0F, 2.0F}, {-nan, 0.0F})), quiet);
  EXPECT_EQ(bits(check_one({1.0F}, {1.0F}, nan)), quiet);
  EXPECT_EQ(bits(check_one({infinity, 1.0F}, {0.0F, 1.0F})), quiet);
  EXPECT_EQ(bits(check_one({infinity, infinity}, {1.0F, -1.0F})), quiet);
  EXPECT_EQ(bits(check_one({infinity}, {1.0F}, -infinity)), quiet);
  EXPECT_EQ(check_one({infinity, 1e30F}, {1.0F, -1e30F}), infinity);
  EXPECT_EQ(check_one({infinity, 1.0F}, {-2.0F, 1.0F}), -infinity);
  EXPECT_EQ(check_one({1.0F}, {1.0F}, -infinity), -infinity);
  // Beside outputs and samples that need the long way, and those that are plain.
  const std::int64_t depth = 70, outputs = 40, samples = 5;
  Values x = any_values(samples * depth, 1), w = any_values(outputs * depth, 2);
  x[static_cast<std::size_t>(depth + 3)] = nan;
  x[static_cast<std::size_t>(2 * depth + 3)] = infinity;
  for (std::int64_t n = 0; n < outputs; n += 3) w[static_cast<std::size_t>(n * depth + n)] = n % 2 == 0 ? nan : infinity;
  check_floats(x, w, {}, samples, outputs, depth);
}

TEST(ExactProduct, LongRowsAndLargeSums) {
  const std::int64_t depth = 5000;
  check<Fixed<8, 0>, Fixed<8, 0>>(Values(static_cast<std::size_t>(depth), 127.0F), Values(static_cast<std::size_t>(3 * depth), -128.0F),
                                  {0.5F, 1e9F, 1e-9F}, 1, 3, depth);
  check_floats(normal_values(depth, 1), normal_values(3 * depth, 2), {}, 1, 3, depth);
  check<Fixed<24, 0>, Fixed<24, 0>>(normal_values(depth, 1, 1e6F), normal_values(3 * depth, 2, 1e6F), {}, 1, 3, depth);
}

TEST(ExactProduct, StochasticRoundingTakesItsSeed) {
  using S = With<Fixed<8, 4>, Round::stochastic>;
  const Values x = normal_values(3 * 50, 1), w = normal_values(20 * 50, 2);
  exact_product<S, S> product;
  product.pack(w.data(), 20, 50, 50, 11);
  const Values y = exact_dot::run(product, x, 3, {}, 2, 0, 12);
  const Values xq = quantized<S>(x, 3, 50, 12), wq = quantized<S>(w, 20, 50, 11);
  for (std::size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], exact_dot::rounded(std::span(xq).subspan(i / 20 * 50, 50), std::span(wq).subspan(i % 20 * 50, 50), 0.0F));
}

TEST(ExactProduct, RowsWithAStrideMemoryUsedAgainAndCopies) {
  const Values w = normal_values(30 * 90, 1), x = normal_values(4 * 80, 2);
  Values dense;
  for (std::size_t n = 0; n < 30; ++n)
    dense.insert(dense.end(), w.begin() + static_cast<std::ptrdiff_t>(n * 90), w.begin() + static_cast<std::ptrdiff_t>(n * 90 + 80));
  exact_product<Fixed<8, 4>, MXFP8<E4M3>> a, b;
  a.pack(w.data(), 30, 80, 90);
  b.pack(normal_values(999, 3).data(), 37, 27, 27);
  b.pack(dense.data(), 30, 80, 80);
  const auto copy = b;
  b.pack(normal_values(999, 3).data(), 37, 27, 27);
  EXPECT_EQ(exact_dot::run(a, x, 4, {}), exact_dot::run(copy, x, 4, {}));
  EXPECT_EQ(a.size_bytes(), copy.size_bytes());
  EXPECT_GT(a.size_bytes(), 30 * 80 * 2 - 1);
  EXPECT_EQ(b.outputs(), 37);
  EXPECT_EQ(b.depth(), 27);
}

TEST(ExactProduct, WrongUseIsTold) {
  exact_product<Fixed<8, 4>, Fixed<8, 4>> product;
  const Values w(12, 1.0F), x(12, 1.0F);
  Values y(12);
  EXPECT_THROW(product.pack(w.data(), -1, 4, 4), error);
  EXPECT_THROW(product.pack(w.data(), 3, -4, 4), error);
  EXPECT_THROW(product.pack(w.data(), 3, 4, 3), error);
  product.pack(w.data(), 3, 4, 4);
  exact_dot::Aligned scratch(product.scratch_bytes(3) + 64);
  const auto enough = static_cast<std::size_t>(product.scratch_bytes(3));
  EXPECT_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().first(enough - 1)), error);
  EXPECT_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().subspan(4, enough)), error);
  EXPECT_THROW(product(x.data(), 3, 3, nullptr, y.data(), 3, scratch.span()), error);
  EXPECT_THROW(product(x.data(), 4, -1, nullptr, y.data(), 3, scratch.span()), error);
  EXPECT_NO_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().first(enough)));
  EXPECT_EQ(y[0], 4.0F);
}

}  // namespace
