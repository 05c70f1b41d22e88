// SPDX-License-Identifier: BSL-1.0
// Models on codes: against exact sums of the operands as `fake_quantize` gives them, for every form of product.
#include <dyadic/pass/native.hpp>

#include <dyadic/format/binary.hpp>
#include <dyadic/format/block.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/summary.hpp>
#include <dyadic/pass/verify.hpp>

#include <gtest/gtest.h>
#include <random>

namespace {
using namespace dyadic;
using values = std::vector<float>;

values random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  values v(static_cast<std::size_t>(count));
  for (float& x : v) x = normal(generator);
  return v;
}
template <int R>
Tensor<R> random_tensor(const Extents& shape, unsigned seed) {
  Tensor<R> t = make_tensor<R>(shape);
  const values v = random_values(shape.size(), seed);
  std::copy(v.begin(), v.end(), t.data());
  return t;
}
template <Graph G>
weights<G> random_weights() {
  weights<G> w;
  unsigned seed = 100;
  for (const parameter_info& p : w.entries()) w.set(p.full_name(), ConstView{random_values(p.shape.size(), ++seed).data(), p.shape});
  return w;
}
template <class S>
values quantized(ConstView v, const operand_axes& axes = {}) {
  values out(static_cast<std::size_t>(v.size()));
  fake_quantize<S>(v, View{out.data(), v.shape}, axes);
  return out;
}

// The values of the formats below are short, so that long double (64 bits) holds all their sums exactly.
struct sum_of_products {
  long double sum = 0;
  void add(float a, float b) { sum += static_cast<long double>(a) * static_cast<long double>(b); }
  [[nodiscard]] float rounded(float bias) const { return static_cast<float>(sum + static_cast<long double>(bias)); }
};

// --- linear -----------------------------------------------------------------------------------------------------------------

struct rows_net final : graph<node<"x", input<dyn, dyn, 67>>, node<"fc", linear<67, 19>, "x">> {};
template <class X, class W>
struct pair_of final : config<by_default<data_in<X>, weight<W>>> {};

template <class X, class W, class Execution>
void expect_exact_rows(std::string_view kernel) {
  const auto w = random_weights<rows_net>();
  const auto model = quantize<pair_of<X, W>, Execution>(rows_net{}, w);
  static_assert(verify<rows_net, pair_of<X, W>, Execution>());
  EXPECT_EQ(summary(model).rows()[1].runs.name, kernel);
  const Tensor<3> x = random_tensor<3>({3, 5, 67}, 7);
  const Tensor<3> y = model(x);
  const values xq = quantized<X>(view(x)), wq = quantized<W>(w.get("fc.weight")), bq = quantized<W>(w.get("fc.bias"));
  for (std::size_t s = 0; s < 15; ++s)
    for (std::size_t n = 0; n < 19; ++n) {
      sum_of_products exact;
      for (std::size_t k = 0; k < 67; ++k) exact.add(xq[s * 67 + k], wq[n * 67 + k]);
      EXPECT_EQ(y.data()[s * 19 + n], exact.rounded(bq[n])) << s << " " << n;
    }
  // The same from a prepared run, and in another batch.
  auto run = prepare(model, 5);
  Tensor<3> z(3, 5, 19);
  run(x, z);
  EXPECT_TRUE(std::equal(z.data(), z.data() + z.size(), y.data()));
  // Simulated, it is the same up to the rounding of float32 sums.
  const auto simulated_model = quantize<pair_of<X, W>>(rows_net{}, w);
  EXPECT_GT(compare(model, simulated_model, x).output().sqnr_db, 90);
}

TEST(Native, LinearOnIntegers) {
  expect_exact_rows<Fixed<8, 4>, Fixed<8, 6>, native>("int8");
  expect_exact_rows<MXINT8, MXINT8, native>(native_product<MXINT8, MXINT8>::kernel);
  expect_exact_rows<BlockFP<8, 8>, BlockFP<4, 8>, native>(native_product<BlockFP<8, 8>, BlockFP<4, 8>>::kernel);
  expect_exact_rows<MXINT8, MXFP4, native>(native_product<MXINT8, MXFP4>::kernel);
}
TEST(Native, LinearInExactSums) {
  expect_exact_rows<E4M3, E4M3, native_exact>("exact");
  expect_exact_rows<Fixed<8, 4>, LogQ<4>, native_exact>("int8");  // powers of two that fit are integers
  expect_exact_rows<MXFP8<E5M2>, MXFP6<E3M2>, native_exact>("exact");
}

// Schemes whose blocks are not those of the matrix of rows: a tile, a slice of the first dimension.
TEST(Native, OperandsAreQuantisedAsTheTensorsThatTheyAre) {
  using Tile = Block<Fixed<8, 6>, Shape<4, 4>>;
  expect_exact_rows<Tile, Fixed<8, 6>, native_exact>("exact");
  expect_exact_rows<Block<Fixed<8, 6>, PerRow>, Fixed<8, 6>, native_exact>("exact");
  static_assert(!detail::quantizes_as_rows<Tile>() && detail::quantizes_as_rows<BlockFP<8, 8>>() &&
                !detail::quantizes_as_rows<Scaled<Fixed<8, 7>, PerRow>>());
}

// --- Convolution ------------------------------------------------------------------------------------------------------------

struct image_net final : graph<node<"x", input<dyn, 6, dyn, dyn>>,
                               node<"conv", conv2d<6, 10, dims{3, 2}, stride<2, 1>, padding<1>, dilation<1, 2>, groups<2>>, "x">> {};

template <class X, class W, class Execution>
void expect_exact_images(std::string_view kernel) {
  const auto w = random_weights<image_net>();
  const auto model = quantize<pair_of<X, W>, Execution>(image_net{}, w);
  EXPECT_EQ(summary(model).rows()[1].runs.name, kernel);
  const Tensor<4> x = random_tensor<4>({2, 6, 9, 17}, 8);
  const Tensor<4> y = model(x);
  const values xq = quantized<X>(view(x), {.reduction = 1}),
               wq = quantized<W>(w.get("conv.weight"), {.reduction = 1, .kernel = true}), bq = quantized<W>(w.get("conv.bias"));
  ASSERT_EQ(y.dimension(2), 5);
  ASSERT_EQ(y.dimension(3), 17);
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t o = 0; o < 10; ++o)
      for (std::int64_t i = 0; i < 5; ++i)
        for (std::int64_t j = 0; j < 17; ++j) {
          sum_of_products exact;
          for (std::int64_t c = 0; c < 3; ++c)
            for (std::int64_t ky = 0; ky < 3; ++ky)
              for (std::int64_t kx = 0; kx < 2; ++kx) {
                const std::int64_t at_y = 2 * i + ky - 1, at_x = j + 2 * kx - 1;
                if (at_y < 0 || at_y >= 9 || at_x < 0 || at_x >= 17) continue;
                exact.add(xq[static_cast<std::size_t>(((n * 6 + o / 5 * 3 + c) * 9 + at_y) * 17 + at_x)],
                          wq[static_cast<std::size_t>(((o * 3 + c) * 3 + ky) * 2 + kx)]);
              }
          ASSERT_EQ(y(n, o, i, j), exact.rounded(bq[static_cast<std::size_t>(o)])) << n << o << i << j;
        }
}
TEST(Native, Conv2d) {
  expect_exact_images<Fixed<8, 4>, Fixed<8, 6>, native>("int8");
  expect_exact_images<E4M3, E5M2, native_exact>("exact");
  expect_exact_images<MXFP8<E4M3>, MXINT8, native_exact>("exact");  // blocks along the channels
  expect_exact_images<Binary, Fixed<8, 6>, native_exact>("exact");  // which has no zero to pad with
}
TEST(Native, SaysWhatIsSimulated) {
  // Blocks along the channels of an image are quantised before its pixels are laid out as rows of a product.
  const auto model = quantize<pair_of<BlockFP<8, 8>, BlockFP<8, 8>>, native>(image_net{}, random_weights<image_net>());
  EXPECT_EQ(summary(model).rows()[1].runs.name, "");
}

// --- Two operands -----------------------------------------------------------------------------------------------------------

struct matrices_net final : graph<node<"x", input<2, dyn, 7, 33>>, node<"y", input<dyn, 33, 12>>, node<"product", matmul, "x", "y">> {};

template <class X, class W, class Execution>
void expect_exact_matrices(std::string_view kernel) {
  const auto model = quantize<pair_of<X, W>, Execution>(matrices_net{}, weights<matrices_net>{});
  EXPECT_EQ(summary(model).rows()[2].runs.name, kernel);
  const Tensor<4> x = random_tensor<4>({2, 3, 7, 33}, 9);
  const Tensor<3> y = random_tensor<3>({3, 33, 12}, 10);
  auto run = prepare(model, 3);
  Tensor<4> z(2, 3, 7, 12);
  run(x, y, z);
  const values xq = quantized<X>(view(x)), yq = quantized<W>(view(y), {.reduction = -2});
  for (std::size_t b = 0; b < 6; ++b)
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 12; ++j) {
        sum_of_products exact;
        for (std::size_t k = 0; k < 33; ++k) exact.add(xq[(b * 7 + i) * 33 + k], yq[(b % 3 * 33 + k) * 12 + j]);
        ASSERT_EQ(z.data()[(b * 7 + i) * 12 + j], exact.rounded(0)) << b << " " << i << " " << j;
      }
}
TEST(Native, Matmul) {
  expect_exact_matrices<Fixed<8, 4>, Fixed<8, 6>, native>("int8");
  expect_exact_matrices<E4M3, MXFP8<E4M3>, native_exact>("exact");
  expect_exact_matrices<MXINT8, Fixed<8, 4>, native>(native_product<MXINT8, Fixed<8, 4>>::kernel);
  expect_exact_matrices<MXINT8, MXFP4, native>(native_product<MXINT8, MXFP4>::kernel);
  expect_exact_matrices<MXFP8<E4M3>, NVFP4, native_exact>("exact");
}

// --- The point of it --------------------------------------------------------------------------------------------------------

// 2^24 and 300 ones: float32 loses the ones.
struct long_net final : graph<node<"x", input<dyn, 301>>, node<"fc", linear<301, 1, false>, "x">> {};
TEST(Native, IsRightWhereFloatSumsAreNot) {
  weights<long_net> w;
  values v(301, 1.0F);
  v[0] = 16777216.0F;
  w.set("fc.weight", ConstView{v.data(), {1, 301}});
  struct wide final : config<by_default<data_in<E4M3>, weight<BFloat16>>> {};
  Tensor<2> x(1, 301);
  x.setConstant(1);
  EXPECT_EQ((quantize<wide, native_exact>(long_net{}, w)(x)(0, 0)), 16777516.0F);
  EXPECT_NE(quantize<wide>(long_net{}, w)(x)(0, 0), 16777516.0F);
}

TEST(Native, FastIsCloseAndIndependentOfTheBatch) {
  const auto w = random_weights<rows_net>();
  const auto model = quantize<pair_of<E4M3, E4M3>, native_fast>(rows_net{}, w);
  EXPECT_EQ(summary(model).rows()[1].runs.name, "float32");
  const Tensor<3> x = random_tensor<3>({4, 9, 67}, 11);
  const Tensor<3> all = model(x);
  for (std::int64_t b = 0; b < 4; ++b)
    for (std::int64_t i = 0; i < 9; ++i) {
      Tensor<3> one(1, 1, 67);
      std::copy_n(x.data() + (b * 9 + i) * 67, 67, one.data());
      const Tensor<3> y = model(one);
      for (std::int64_t n = 0; n < 19; ++n) ASSERT_EQ(y(0, 0, n), all(b, i, n));
    }
  EXPECT_GT(compare(model, quantize<pair_of<E4M3, E4M3>>(rows_net{}, w), x).output().sqnr_db, 90);
}

// --- Narrow accumulators ----------------------------------------------------------------------------------------------------

/// y[s, n] by the definition of `accumulator`, and what happened in all of them.
template <class Register>
struct by_definition {
  overflow_counts counts;
  template <class Term>
  float operator()(std::size_t depth, const Term& term) {
    Register sum;
    for (std::size_t k = 0; k < depth; ++k) term(k, sum);
    counts.sums += 1;
    counts.additions += static_cast<std::int64_t>(depth);
    counts.overflows += sum.overflows();
    counts.overflowed_sums += sum.overflows() != 0 ? 1 : 0;
    return sum.value();
  }
};

template <class X, class W, class Format, Overflow O, Round R = Round::nearest_even>
void expect_narrow_rows() {
  const auto w = random_weights<rows_net>();
  const auto model = quantize<pair_of<X, W>, native_accumulator<Format, O, R>>(rows_net{}, w);
  EXPECT_EQ(summary(model).rows()[1].runs.name, (accumulator<Format, O, R>::name()));
  EXPECT_TRUE(overflows(model).empty()) << "nothing has run yet";
  const Tensor<3> x = random_tensor<3>({3, 5, 67}, 7);
  const Tensor<3> y = model(x);
  const values xq = quantized<X>(view(x)), wq = quantized<W>(w.get("fc.weight")), bq = quantized<W>(w.get("fc.bias"));
  by_definition<accumulator<Format, O, R>> expected;
  for (std::size_t s = 0; s < 15; ++s)
    for (std::size_t n = 0; n < 19; ++n) {
      const float e = expected(68, [&](std::size_t k, auto& sum) {
        if (k < 67) sum.add(xq[s * 67 + k], wq[n * 67 + k]);
        else sum.add(bq[n]);
      });
      ASSERT_EQ(y.data()[s * 19 + n], e) << s << " " << n;
    }
  ASSERT_EQ(overflows(model).size(), 1U);
  EXPECT_EQ(overflows(model)[0].node, "fc");
  EXPECT_EQ(overflows(model)[0].counts, expected.counts);
  EXPECT_GT(expected.counts.overflows, 0) << "the test is about overflows";
  const auto copy = model;  // counts go on
  static_cast<void>(copy(x));
  EXPECT_EQ(overflows(model)[0].counts.overflows, 2 * expected.counts.overflows);
}
TEST(NativeAccumulator, Linear) {
  expect_narrow_rows<Fixed<8, 4>, Fixed<8, 6>, Fixed<12, 8>, Overflow::wrap>();
  expect_narrow_rows<Fixed<8, 4>, Fixed<8, 6>, Fixed<12, 8>, Overflow::saturate, Round::down>();
  expect_narrow_rows<E4M3, MXFP8<E4M3>, Fixed<10, 6>, Overflow::saturate>();
  // One scale for all of an operand: quantised as the tensor that it is.
  expect_narrow_rows<Scaled<Fixed<8, 7>, PerTensor>, Scaled<Fixed<8, 7>, PerRow>, Fixed<11, 7>, Overflow::wrap>();
}
TEST(NativeAccumulator, AWideOneIsExact) {
  const auto w = random_weights<rows_net>();
  const Tensor<3> x = random_tensor<3>({3, 5, 67}, 8);
  const auto wide = quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>, native_accumulator<Fixed<24, 10>>>(rows_net{}, w);
  const Tensor<3> a = wide(x), b = quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>, native>(rows_net{}, w)(x);
  for (std::int64_t i = 0; i < a.size(); ++i) ASSERT_EQ(a.data()[i], b.data()[i]);
  EXPECT_EQ(overflows(wide)[0].counts.overflows, 0);
}
TEST(NativeAccumulator, ImagesAndMatrices) {
  using X = Fixed<8, 4>;
  using W = Fixed<8, 6>;
  using Register = accumulator<Fixed<12, 8>, Overflow::saturate>;
  const auto model = quantize<pair_of<X, W>, native_accumulator<Fixed<12, 8>, Overflow::saturate>>(matrices_net{}, weights<matrices_net>{});
  const Tensor<4> x = random_tensor<4>({2, 3, 7, 33}, 9);
  const Tensor<3> y = random_tensor<3>({3, 33, 12}, 10);
  const Tensor<4> z = model(x, y);
  const values xq = quantized<X>(view(x)), yq = quantized<W>(view(y), {.reduction = -2});
  by_definition<Register> expected;
  for (std::size_t b = 0; b < 6; ++b)
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 12; ++j) {
        const float e = expected(33, [&](std::size_t k, auto& sum) { sum.add(xq[(b * 7 + i) * 33 + k], yq[(b % 3 * 33 + k) * 12 + j]); });
        ASSERT_EQ(z.data()[(b * 7 + i) * 12 + j], e);
      }
  ASSERT_EQ(overflows(model).size(), 1U);
  EXPECT_EQ(overflows(model)[0].counts, expected.counts);

  const auto images =
      quantize<pair_of<X, W>, native_accumulator<Fixed<12, 8>, Overflow::saturate>>(image_net{}, random_weights<image_net>());
  EXPECT_EQ(summary(images).rows()[1].runs.name, Register::name());
}

TEST(Native, EmptyBatches) {
  const auto model = quantize<pair_of<Fixed<8, 4>, Fixed<8, 6>>, native>(rows_net{}, random_weights<rows_net>());
  EXPECT_EQ(model(Tensor<3>(0, 5, 67)).size(), 0);
}

}  // namespace
