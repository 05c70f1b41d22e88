// SPDX-License-Identifier: BSL-1.0
#include <dyadic/kernel/fast_product.hpp>

#include <dyadic/format/policy.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>

#include <gtest/gtest.h>
#include <support/exact_dot.hpp>

#include <cmath>

namespace {
using namespace dyadic;
using exact_dot::any_values;
using exact_dot::normal_values;
using Values = std::vector<float>;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

template <QuantScheme S>
Values quantized(const Values& x, std::int64_t rows, std::int64_t depth, std::uint64_t seed = 0) {
  Values y(x.size());
  quantize_values<S>(x, y, Extents{rows, depth}, seed);
  return y;
}

float add(float a, float b) {
  volatile const float sum = a + b;
  return sum;
}
/// The sum in the order that the tier promises: blocks of 256 summands, one after the other, the bias last.
float in_order(std::span<const float> x, std::span<const float> w, const float* bias) {
  float total = 0.0F;
  for (std::size_t first = 0; first < x.size(); first += 256) {
    float sum = 0.0F;
    for (std::size_t k = first; k < std::min(first + 256, x.size()); ++k) {
#if defined(__FMA__)
      sum = std::fma(x[k], w[k], sum);
#else
      volatile const float product = x[k] * w[k];
      sum = add(sum, product);
#endif
    }
    total = first == 0 ? sum : add(total, sum);
  }
  return bias == nullptr ? total : add(total, *bias);
}

/// Runs `fast_product<X, W>`: the bits are those of the promised order, and the error is within the promised bound.
/// @returns how many results are not the exact ones
template <QuantScheme X, QuantScheme W>
int check(const Values& x, const Values& w, const Values& bias, std::int64_t samples, std::int64_t outputs, std::int64_t depth,
          std::int64_t x_gap = 0, std::int64_t out_gap = 0) {
  using product_type = fast_product<X, W>;
  product_type product;
  product.pack(w.data(), outputs, depth, depth);
  const Values y = exact_dot::run(product, x, samples, bias, x_gap, out_gap);
  const Values xq = quantized<X>(x, samples, depth), wq = quantized<W>(w, outputs, depth);
  int wrong = 0, inexact = 0;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t n = 0; n < outputs; ++n) {
      const std::span xs(xq.data() + s * depth, static_cast<std::size_t>(depth)),
          ws(wq.data() + n * depth, static_cast<std::size_t>(depth));
      const float* const b = bias.empty() ? nullptr : &bias[static_cast<std::size_t>(n)];
      const float found = y[static_cast<std::size_t>(s * outputs + n)], expected = in_order(xs, ws, b);
      long double sum = b == nullptr ? 0.0L : static_cast<long double>(*b), size = 0.0L;
      for (std::size_t k = 0; k < xs.size(); ++k) {
        sum += static_cast<long double>(xs[k]) * static_cast<long double>(ws[k]);
        size += std::abs(static_cast<long double>(xs[k]) * static_cast<long double>(ws[k]));
      }
      const long double bound = static_cast<long double>(product_type::error_factor(depth)) * size +
                                0x1p-24L * std::abs(static_cast<long double>(found)) + static_cast<long double>(depth) * 0x1p-149L;
      const bool within = std::abs(static_cast<long double>(found) - sum) <= bound;
      inexact += static_cast<long double>(found) == sum ? 0 : 1;
      if ((bits(found) != bits(expected) || !within) && wrong++ < 5)
        ADD_FAILURE() << X::name() << " x " << W::name() << ", sample " << s << " of " << samples << ", output " << n << " of " << outputs
                      << ", depth " << depth << ": " << found << " should be " << expected << ", exactly " << sum << "; the bound is "
                      << bound;
    }
  EXPECT_EQ(wrong, 0);
  return inexact;
}

template <class Pair>
struct FastProductOf : testing::Test {};
template <QuantScheme X, QuantScheme W>
struct pair {
  using data = X;
  using weight = W;
};
using Pairs = testing::Types<pair<none, none>, pair<Fixed<8, 4>, Fixed<8, 6>>, pair<Half, BFloat16>, pair<E4M3, E5M2>, pair<LogQ<8>, MXFP4>,
                             pair<BlockFP<8, 8>, BlockMinifloat<4, 3, 8>>, pair<NVFP4, Affine<8, PerRow>>,
                             pair<Affine<8>, Scaled<Fixed<4, 0>, Shape<32>>>, pair<MXINT8, ScaledTernary<>>,
                             pair<Block<Fixed<8, 4>, Shape<4, 4>>, Binary>, pair<none, NVFP4>, pair<MXFP8<E4M3>, Scaled<E4M3, PerRow>>>;
TYPED_TEST_SUITE(FastProductOf, Pairs);

TYPED_TEST(FastProductOf, SumsInThePromisedOrderWithinThePromisedBound) {
  using X = typename TypeParam::data;
  using W = typename TypeParam::weight;
  unsigned seed = 1;
  for (const std::int64_t samples : {1, 2, 7, 19})
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

TEST(FastProduct, LongRowsAreSummedInBlocks) {
  for (const std::int64_t depth : {255, 256, 257, 512, 1500}) {
    EXPECT_GT((check<none, none>(normal_values(3 * depth, 1), normal_values(5 * depth, 2), normal_values(5, 3), 3, 5, depth)), 0)
        << "a bound that nothing comes near tests nothing";
    check<BFloat16, BFloat16>(normal_values(depth, 1), normal_values(40 * depth, 2), {}, 1, 40, depth);
  }
  // Block sums matter: the sum from the first term to the last is another one (now and then both round alike).
  int others = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Values x = normal_values(1500, 2 * seed), w = normal_values(1500, 2 * seed + 1);
    others += in_order(x, w, nullptr) != exact_dot::simulated(x, w) ? 1 : 0;
  }
  EXPECT_GT(others, 0);
}

TEST(FastProduct, WeightsOfTwoBytesGiveTheBitsOfWeightsOfFour) {
  const std::int64_t outputs = 70, depth = 300, samples = 9;
  const Values x = normal_values(samples * depth, 1);
  Values w = quantized<BFloat16>(normal_values(outputs * depth, 2), outputs, depth);
  fast_product<none, none> narrow, wide;
  narrow.pack(w.data(), outputs, depth, depth);
  const Values y = exact_dot::run(narrow, x, samples, {});
  w.back() = 1.0F / 3;  // of the last output only
  wide.pack(w.data(), outputs, depth, depth);
  const Values z = exact_dot::run(wide, x, samples, {});
  EXPECT_EQ(2 * narrow.size_bytes(), wide.size_bytes());
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (i % outputs == outputs - 1) continue;
    EXPECT_EQ(bits(y[i]), bits(z[i])) << i;
  }
}

TEST(FastProduct, ValuesBelowTheNormalRangeAreNotFlushed) {
  check<none, none>(normal_values(3 * 77, 5, 0x1p-70F), normal_values(40 * 77, 6, 0x1p-68F), normal_values(40, 7, 0x1p-140F), 3, 40, 77);
  EXPECT_GT((check<BFloat16, BFloat16>(normal_values(77, 5, 0x1p-130F), Values(40 * 77, 1.0F), {}, 1, 40, 77)), -1);
  fast_product<none, BFloat16> product;
  const float tiny = 0x1p-133F;  // the smallest bfloat16
  product.pack(&tiny, 1, 1, 1);
  EXPECT_EQ(exact_dot::run(product, {0x1p-16F}, 1, {})[0], 0x1p-149F);
}

TEST(FastProduct, NanAndInfinityStayWhereTheyAre) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  Values x = normal_values(10 * 5, 1), w = normal_values(40 * 5, 2);
  x[3 * 5] = nan;
  x[4 * 5] = infinity;
  w[7 * 5] = infinity;
  w[8 * 5] = nan;
  w[9 * 5] = 0.0F;
  fast_product<none, none> product;
  product.pack(w.data(), 40, 5, 5);
  const Values y = exact_dot::run(product, x, 10, {});
  for (std::size_t s = 0; s < 10; ++s)
    for (std::size_t n = 0; n < 40; ++n) {
      const float found = y[s * 40 + n];
      if (s == 3 || n == 8 || (s == 4 && n == 9)) EXPECT_TRUE(std::isnan(found)) << s << ' ' << n;
      else if (s == 4 || n == 7) EXPECT_TRUE(std::isinf(found)) << s << ' ' << n;
      else EXPECT_TRUE(std::isfinite(found)) << s << ' ' << n;
    }
}

TEST(FastProduct, NothingToDoAndNothingToAdd) {
  check<none, none>({}, {}, {1.5F, -2.0F, 3.0F}, 2, 3, 0);
  check<none, none>({}, {}, {}, 1, 2, 0);
  fast_product<none, none> empty;
  EXPECT_EQ(empty.outputs(), 0);
  float out = 7.0F;
  empty(&out, 0, 3, nullptr, &out, 0, {});
  EXPECT_EQ(out, 7.0F);
}

TEST(FastProduct, StochasticRoundingTakesItsSeed) {
  using S = With<Fixed<8, 4>, Round::stochastic>;
  const Values x = normal_values(3 * 50, 1), w = normal_values(20 * 50, 2);
  fast_product<S, S> product;
  product.pack(w.data(), 20, 50, 50, 11);
  const Values y = exact_dot::run(product, x, 3, {}, 2, 0, 12);
  const Values xq = quantized<S>(x, 3, 50, 12), wq = quantized<S>(w, 20, 50, 11);
  for (std::size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], in_order(std::span(xq).subspan(i / 20 * 50, 50), std::span(wq).subspan(i % 20 * 50, 50), nullptr));
}

TEST(FastProduct, WrongUseIsTold) {
  fast_product<Fixed<8, 4>, Fixed<8, 4>> product;
  const Values w(12, 1.0F), x(12, 1.0F);
  Values y(12);
  EXPECT_THROW(product.pack(w.data(), 3, 4, 3), error);
  product.pack(w.data(), 3, 4, 4);
  exact_dot::Aligned scratch(product.scratch_bytes(3) + 64);
  const auto enough = static_cast<std::size_t>(product.scratch_bytes(3));
  EXPECT_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().first(enough - 1)), error);
  EXPECT_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().subspan(4, enough)), error);
  EXPECT_NO_THROW(product(x.data(), 4, 3, nullptr, y.data(), 3, scratch.span().first(enough)));
  EXPECT_EQ(y[0], 4.0F);
}

static_assert(fast_product<none, none>::error_factor(1) < 5 * 0x1p-24 && fast_product<none, none>::error_factor(1) > 2 * 0x1p-24);
static_assert(fast_product<none, none>::error_factor(1 << 20) < (256 + 4096 + 4) * 0x1p-24 && !fast_product<none, none>::exact);

}  // namespace
