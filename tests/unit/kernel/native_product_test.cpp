// SPDX-License-Identifier: BSL-1.0
// Products on integers against exact sums: to the bit, for every pair of kinds, shapes that divide by nothing, and inputs made to be hard.
#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/native_product.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "support/exact_sum.hpp"
#include "support/formats.hpp"

namespace {

using namespace dyadic;

// --- What there is ----------------------------------------------------------------------------------------------------------

template <class X, class W>
using Int = native_product<X, W>;
static_assert(Int<Fixed<8, 4>, Fixed<8, 6>>::available && Int<Fixed<8, 4>, Fixed<8, 6>>::exact &&
              Int<Fixed<8, 4>, Fixed<8, 6>>::kernel == "int8");
static_assert(Int<Fixed<16, 8>, Fixed<12, 6>>::kernel == "int16");
static_assert(Int<MXINT8, MXINT8>::kernel == "int8 blocks" && Int<BlockFP<8, 8>, MXINT8>::exact);
static_assert(Int<BlockFP<8, 8>, ScaledTernary<>>::exact, "±α and 0 are float32 numbers");
static_assert(!Int<Fixed<8, 4>, NVFP4>::exact && !Int<Scaled<Fixed<8, 7>>, Fixed<8, 4>>::exact,
              "there fake_quantize rounds integer · scale once more");
static_assert(!Int<none, Fixed<8, 6>>::available && !Int<Fixed<8, 4>, E4M3>::available && !Int<Fixed<17, 4>, Fixed<8, 4>>::available &&
              !Int<Affine<9>, Fixed<8, 4>>::available && !Int<Affine<8, Shape<32>>, Fixed<8, 4>>::available &&
              !Int<Affine<8>, MXINT8>::available);
static_assert(Int<Affine<8>, Affine<8, PerRow>>::kernel == "int8" && !Int<Affine<8>, Affine<8>>::exact);
static_assert(Int<SignedAffine<8>, SymmetricAffine<8>>::kernel == "int8" &&
              !Int<SignedAffine<9>, Fixed<8, 4>>::available &&
              !Int<SymmetricAffine<8, Shape<32>>, Fixed<8, 4>>::available &&
              !Int<SignedAffine<8>, MXINT8>::available);
static_assert(Int<Binary, Binary>::kernel == "xor-popcount" && Int<Binary, Binary>::exact &&
              Int<Binary, Ternary>::kernel != "xor-popcount");
static_assert(!native_product<none, none, Tier::integer>::available);
static_assert(!Int<BlockFP<8, 8, Shape<6>>, Fixed<8, 4>>::available, "blocks that do not come in fours have no integer kernel");

// --- The reference ------------------------------------------------------------------------------------------------------------

struct Matrix {
  std::int64_t rows = 0, columns = 0, stride = 0;
  std::vector<float> values;
  Matrix(std::int64_t r, std::int64_t c, std::int64_t gap = 0)
      : rows(r), columns(c), stride(c + gap), values(static_cast<std::size_t>(r * (c + gap))) {}
  float& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * stride + c)]; }
  [[nodiscard]] float at(std::int64_t r, std::int64_t c) const { return values[static_cast<std::size_t>(r * stride + c)]; }
  [[nodiscard]] std::vector<float> dense() const {
    std::vector<float> v;
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < columns; ++c) v.push_back(at(r, c));
    return v;
  }
};

/// What the numbers of a quantised matrix are: those of `fake_quantize`, or, where that rounds integer · scale, the real products.
template <QuantScheme S>
std::vector<double> meanings(const Matrix& m, std::uint64_t seed) {
  const Extents shape{m.rows, m.columns};
  const std::vector<float> x = m.dense();
  std::vector<double> v;
  if constexpr (!detail::integer_operand<S>::exact_values) {
    Packed<S> p;
    encode<S>(ConstView{x.data(), shape}, p, seed);
    for (std::int64_t i = 0; i < p.size(); ++i) {
      const std::int64_t b = detail::block_of(shape, S::shape::resolve(shape), i);
      double code, scale;
      if constexpr (detail::has_zero_points<detail::integer_operand<S>>) {
        const auto parameters = S::parameters_of(p.scale(b), 1.0F);
        code = static_cast<double>(p.code(i)) - parameters.zero_point;
        scale = static_cast<double>(parameters.step);
      } else {
        code = static_cast<double>(S::element::decode(p.code(i)));
        if constexpr (std::is_same_v<S, NVFP4> || std::is_same_v<S, FourOverSix>)
          scale = static_cast<double>(E4M3::decode(static_cast<std::uint8_t>(p.scale(b)))) * static_cast<double>(p.tensor_scale());
        else scale = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(p.scale(b))));
      }
      v.push_back(code * scale);
    }
  } else {
    std::vector<float> y(x.size());
    fake_quantize<S>(x, y, shape, seed);
    for (const float f : y) v.push_back(static_cast<double>(f));
  }
  return v;
}

struct Counts {
  int outputs = 0, wrong = 0, float_differs = 0;
};

/// Memory for a product, aligned as it asks.
class Scratch {
 public:
  explicit Scratch(std::int64_t bytes) : bytes_(static_cast<std::size_t>(bytes)), memory_(bytes_ + 64) {}
  std::span<std::byte> span() {
    return std::span(memory_).subspan(64 - reinterpret_cast<std::uintptr_t>(memory_.data()) % 64, bytes_);
  }

 private:
  std::size_t bytes_;
  std::vector<std::byte> memory_;
};
/// out = x · w plus bias.
template <class X, class W>
void multiply(const Matrix& x, const Matrix& w, const std::vector<float>& bias, Matrix& out,
              std::uint64_t seed) {
  native_product<X, W> product;
  product.pack(w.values.data(), w.rows, w.columns, w.stride, seed + 1);
  EXPECT_EQ(product.outputs(), w.rows);
  EXPECT_EQ(product.depth(), w.columns);
  Scratch scratch(product.scratch_bytes(x.rows));
  product(x.values.data(), x.stride, x.rows, bias.empty() ? nullptr : bias.data(), out.values.data(),
          out.stride, scratch.span(), seed);
}
/// The same product of all samples at once, and of one after the other.
template <class X, class W>
void multiply_singly(const Matrix& x, const Matrix& w, Matrix& all, Matrix& singly) {
  native_product<X, W> product;
  product.pack(w.values.data(), w.rows, w.columns, w.stride);
  Scratch scratch(product.scratch_bytes(x.rows));
  product(x.values.data(), x.stride, x.rows, nullptr, all.values.data(), all.stride, scratch.span());
  for (std::int64_t r = 0; r < x.rows; ++r)
    product(x.values.data() + r * x.stride, x.stride, 1, nullptr, singly.values.data() + r * singly.stride,
            singly.stride, scratch.span());
}

/// A pair of schemes behind pointers: the laws are compiled once, not once for every pair.
struct Subject {
  std::string name;
  void (*multiply)(const Matrix& x, const Matrix& w, const std::vector<float>& bias, Matrix& out,
                   std::uint64_t seed);
  void (*multiply_singly)(const Matrix& x, const Matrix& w, Matrix& all, Matrix& singly);
  std::vector<double> (*meanings_of_samples)(const Matrix&, std::uint64_t seed);
  std::vector<double> (*meanings_of_weights)(const Matrix&, std::uint64_t seed);
  bool fits_all_samples;
};
/// One scale for all samples, or random bits by their place in the batch.
template <class X>
concept FitsAllSamples = requires { requires std::is_same_v<typename X::shape, PerTensor>; } ||
                         requires { X::tensor_scale(1.0F); } || requires { requires X::uses_random; } ||
                         requires { requires X::shape::size == 16 && X::shape::last == 4; };

/// No template: inlined into each of them, GCC 12 takes it for an access beyond a string.
std::string pair_name(std::string_view x, std::string_view w) {
  std::string name(x);
  name += " × ";
  name += w;
  return name;
}
template <class X, class W>
Subject subject() {
  return {pair_name(X::name(), W::name()), &multiply<X, W>, &multiply_singly<X, W>, &meanings<X>, &meanings<W>, FitsAllSamples<X>};
}

/// Runs the product and compares every output with the exact sum. Also counts how often a sum in float32 would
/// have been another.
Counts compare(const Subject& s, const Matrix& x, const Matrix& w, const std::vector<float>& bias,
               std::int64_t out_gap = 0, std::uint64_t seed = 0) {
  Matrix out(x.rows, w.rows, out_gap);
  out.values.assign(out.values.size(), -7.5F);
  s.multiply(x, w, bias, out, seed);

  const std::vector<double> a = s.meanings_of_samples(x, seed), b = s.meanings_of_weights(w, seed + 1);
  const auto k = static_cast<std::size_t>(x.columns);
  Counts counts;
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::int64_t n = 0; n < w.rows; ++n) {
      oracle::ExactProducts sum;
      float simple = bias.empty() ? 0.0F : bias[static_cast<std::size_t>(n)];
      sum.add(static_cast<double>(simple), 1.0);
      bool nan = false;
      for (std::size_t i = 0; i < k; ++i) {
        const double p = a[static_cast<std::size_t>(r) * k + i], q = b[static_cast<std::size_t>(n) * k + i];
        nan = nan || std::isnan(p) || std::isnan(q);
        if (!nan) sum.add(p, q);
        simple += static_cast<float>(p) * static_cast<float>(q);
      }
      const float expected = nan ? std::numeric_limits<float>::quiet_NaN() : sum.rounded(),
                  got = out.at(r, n);
      const bool same = nan ? std::isnan(got) : std::bit_cast<std::uint32_t>(expected) == std::bit_cast<std::uint32_t>(got);
      ++counts.outputs;
      if (!same && ++counts.wrong <= 3)
        ADD_FAILURE() << std::hexfloat << s.name << ", " << x.rows << " samples, depth " << x.columns
                      << ", sample " << r << ", output " << n << ": " << got << " for " << expected;
      counts.float_differs += std::bit_cast<std::uint32_t>(simple) != std::bit_cast<std::uint32_t>(expected) ? 1 : 0;
    }
  for (std::int64_t r = 0; r < out.rows; ++r)
    for (std::int64_t n = out.columns; n < out.stride && (r + 1 < out.rows || out_gap == 0); ++n)
      EXPECT_EQ(out.at(r, n), -7.5F) << "written between rows";
  return counts;
}
template <class X, class W>
Counts compare(const Matrix& x, const Matrix& w, const std::vector<float>& bias, std::int64_t out_gap = 0,
               std::uint64_t seed = 0) {
  return compare(subject<X, W>(), x, w, bias, out_gap, seed);
}

using Generator = std::mt19937;
void fill_normal(Matrix& m, Generator& g, float size = 1.0F) {
  std::normal_distribution<float> normal(0.0F, size);
  for (float& v : m.values) v = normal(g);
}
/// Sizes from 2^-`span` to 2^`span`: scales of neighbouring blocks lie far apart.
void fill_wild(Matrix& m, Generator& g, int span) {
  std::uniform_int_distribution<int> exponent(-span, span);
  std::normal_distribution<float> normal;
  for (float& v : m.values) v = std::ldexp(normal(g), exponent(g));
}
std::vector<float> normal_values(std::int64_t n, Generator& g) {
  Matrix m(1, n);
  fill_normal(m, g);
  return m.values;
}

// --- Laws over pairs ----------------------------------------------------------------------------------------------------------

template <class X, class W>
struct Pair {
  using samples = X;
  using weights = W;
};
template <class... P>
struct list {};
template <class... P>
std::vector<Subject> subjects_of(list<P...>) {
  return {subject<typename P::samples, typename P::weights>()...};
}
struct NativeProduct : testing::TestWithParam<Subject> {};
using Int8 = Scaled<SymmetricFixed<8, 0>, PerRow>;
using Pairs = list<
    // element formats: signed, unsigned, both; digits; values that are no row of integers
    Pair<Fixed<8, 4>, Fixed<8, 6>>, Pair<Fixed<8, 4, false>, Fixed<8, 6>>,
    Pair<Fixed<8, 4, false>, Fixed<8, 6, false>>, Pair<Fixed<8, 4>, Fixed<8, 6, false>>,
    Pair<Fixed<5, 2>, Fixed<3, 1>>, Pair<Fixed<16, 10>, Fixed<16, 12>>,
    Pair<Fixed<16, 10, false>, Fixed<12, 9>>, Pair<Fixed<12, 8>, Fixed<8, 4, false>>,
    Pair<Fixed<8, 4, false>, Fixed<9, 5>>, Pair<SignMagnitude<8, 5>, E2M3>, Pair<Fixed<8, 4, false>, E2M1>,
    Pair<Fixed<8, 4, false>, Ternary>, Pair<LogQ<4>, LogQ<5>>,
    Pair<With<Fixed<8, 4>, Round::stochastic>, With<Fixed<6, 3>, Round::down, Overflow::wrap>>,
    // blocks under powers of two
    Pair<BlockFP<8, 8>, BlockFP<8, 8>>, Pair<MXINT8, MXINT8>, Pair<BlockFP<8, 8>, MXINT8>,
    Pair<BlockFP<8, 8, Shape<4, 4>>, BlockFP<6, 8, Shape<12>>>, Pair<MXINT8, MXFP4>,
    Pair<Fixed<8, 5>, BlockFP<4, 8>>, Pair<BlockFP<8, 8, Shape<32>>, BlockFP<4, 8, Shape<32>>>,
    Pair<BlockFP<8, 8>, Fixed<8, 5>>, Pair<MXFP6<E3M2>, MXINT8>,
    Pair<MX<E2M3, ScaleRule::mse>, MX<E2M1, ScaleRule::ceil>>,
    Pair<BlockFP<8, 4, PerRow>, BlockFP<8, 8, PerTensor>>,
    // float32 scales
    Pair<Int8, Int8>, Pair<Scaled<Fixed<8, 7>>, Fixed<8, 6>>, Pair<Int8, Scaled<Fixed<4, 3>, Shape<32>>>,
    Pair<Fixed<8, 4>, Scaled<Fixed<4, 3>, Shape<16>>>,
    Pair<Scaled<Fixed<8, 0>, Shape<16>>, Scaled<Fixed<8, 0>, Shape<32>>>, Pair<NVFP4, NVFP4>,
    Pair<MXINT8, NVFP4>, Pair<FourOverSix, FourOverSix>, Pair<MXINT8, FourOverSix>,
    Pair<FourOverSix, Fixed<8, 6>>, Pair<NVFP4, Scaled<Fixed<8, 0>, Shape<64>>>,
    // zero points on either side, on both; codes of 8 bits and of 4
    Pair<Affine<8, PerRow>, Affine<8, PerRow>>, Pair<Affine<8, PerTensor>, Fixed<8, 6>>,
    Pair<Fixed<8, 4>, Affine<4, PerRow>>, Pair<Fixed<8, 4, false>, Affine<8, PerTensor>>,
    Pair<Affine<5, PerRow>, Affine<4, PerTensor>>, Pair<Affine<8, PerRow>, Fixed<16, 12>>,
    Pair<SignedAffine<8, PerRow>, SignedAffine<8, PerRow>>, Pair<Affine<8, PerRow>, SignedAffine<8, PerRow>>,
    Pair<SignedAffine<4, PerRow>, Fixed<8, 6>>, Pair<Fixed<8, 4>, SignedAffine<5, PerTensor>>,
    Pair<SymmetricAffine<8, PerRow>, SymmetricAffine<8, PerTensor>>,
    Pair<SymmetricAffine<8, PerRow>, SignedAffine<8, PerRow>>, Pair<Fixed<8, 4>, SymmetricAffine<4, PerRow>>,
    Pair<BlockFP<8, 8>, Scaled<E2M1, Shape<16>>>,
    // bits and trits
    Pair<Binary, Binary>, Pair<Fixed<8, 4>, Ternary>, Pair<Ternary, Binary>,
    Pair<BlockFP<8, 8>, ScaledTernary<>>, Pair<Int8, ScaledBinary<>>,
    Pair<ScaledBinary<PerTensor, BinaryLevels::zero_plus>, MXFP4>>;
INSTANTIATE_TEST_SUITE_P(Pairs, NativeProduct, testing::ValuesIn(subjects_of(Pairs{})), [](const auto& pair) {
  return std::to_string(pair.index) + "_" + subjects::test_name(pair.param.name);
});

TEST_P(NativeProduct, IsTheExactSumForAllShapes) {
  Generator g(1);
  const std::int64_t samples[] = {1, 2, 3, 4, 5, 7, 9, 11, 13, 19},
                     depths[] = {1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 40, 63, 100, 129, 300},
                     outputs[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 47, 64, 65, 70};
  for (int round = 0; round < 24; ++round) {
    const auto pick = [&](const auto& list) { return list[std::uniform_int_distribution<std::size_t>(0, std::size(list) - 1)(g)]; };
    const std::int64_t m = pick(samples), k = pick(depths), n = pick(outputs);
    Matrix x(m, k, round % 3), w(n, k, round % 2);
    fill_normal(x, g, 1.5F);
    fill_normal(w, g, 0.7F);
    compare(GetParam(), x, w, round % 4 == 0 ? std::vector<float>{} : normal_values(n, g), round % 3,
            static_cast<std::uint64_t>(round));
  }
}

// Where scales lie close together, segments of 512 summands are added as integers; some here do not.
TEST_P(NativeProduct, IsTheExactSumWhereSomeStretchesHaveScalesFarApart) {
  Generator g(9);
  Matrix x(25, 1100), w(35, 1100);
  fill_normal(x, g, 1.5F);
  fill_normal(w, g, 0.7F);
  for (std::int64_t k = 512; k < 576; ++k) {
    x.at(3, k) = std::ldexp(x.at(3, k), 20);
    x.at(20, k) = std::ldexp(x.at(20, k), 6);
    w.at(34, k + 520) = std::ldexp(w.at(34, k + 520), -17);
    w.at(7, k - 64) = 0.0F;
  }
  compare(GetParam(), x, w, normal_values(35, g));
}

TEST_P(NativeProduct, DiffersFromSumsInFloat) {
  Generator g(2);
  Matrix x(6, 300), w(40, 300);
  fill_normal(x, g, 2.0F);
  fill_normal(w, g);
  // biases with all their bits: a float sum loses some at every step
  const Counts c = compare(GetParam(), x, w, normal_values(40, g));
  EXPECT_GT(c.float_differs, 0);
}

TEST_P(NativeProduct, WithScalesFarApart) {
  Generator g(3);
  for (const int span : {4, 12, 25, 45, 63}) {
    Matrix x(5, 96), w(18, 96);
    fill_wild(x, g, span);
    fill_wild(w, g, span);
    std::vector<float> bias = normal_values(18, g);
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = std::ldexp(bias[i], static_cast<int>(i * 5 % 120) - 60);
    compare(GetParam(), x, w, bias);
    compare(GetParam(), x, w, {});
  }
}

TEST_P(NativeProduct, WithTiesAndWithValuesThatCancel) {
  Generator g(4);
  // Columns k and k + 32 cancel but for one pair of small values; biases put the rest next to halves of float32's last place.
  Matrix x(4, 96), w(20, 96);
  for (std::int64_t r = 0; r < x.rows; ++r)
    for (std::int64_t k = 0; k < 32; ++k) {
      x.at(r, k) = x.at(r, k + 32) = std::ldexp(static_cast<float>(k % 5 + 1), static_cast<int>(r) * 3);
      x.at(r, k + 64) = std::ldexp(1.0F, -static_cast<int>(r) * 9);
    }
  for (std::int64_t r = 0; r < w.rows; ++r)
    for (std::int64_t k = 0; k < 32; ++k) {
      w.at(r, k) = static_cast<float>(k % 7) - 3.0F;
      w.at(r, k + 32) = -w.at(r, k);
      w.at(r, k + 64) = k == 0 ? std::ldexp(1.0F, -static_cast<int>(r)) : 0.0F;
    }
  for (const float size : {0.0F, 1.0F, 0x1p24F, 0x1.000002p24F, 0x1.fffffep30F, -0x1.800002p20F})
    compare(GetParam(), x, w, std::vector<float>(20, size));
}

TEST_P(NativeProduct, KeepsNaNInItsRowsAndColumns) {
  Generator g(5);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  Matrix x(9, 70), w(37, 70);
  fill_normal(x, g);
  fill_normal(w, g);
  x.at(3, 5) = nan;
  x.at(4, 69) = infinity;
  x.at(5, 0) = -infinity;
  x.at(8, 33) = 3e38F;
  w.at(30, 64) = nan;
  w.at(2, 2) = infinity;
  w.at(36, 1) = -0.0F;
  compare(GetParam(), x, w, normal_values(37, g));
  compare(GetParam(), x, w, {});
}

TEST_P(NativeProduct, OfZerosAndOfNothing) {
  Matrix x(3, 50), w(10, 50);
  compare(GetParam(), x, w, std::vector<float>(10, 0.1F));
  Generator g(6);
  fill_normal(w, g);
  compare(GetParam(), x, w, {});
  compare(GetParam(), Matrix(3, 0), Matrix(10, 0), std::vector<float>(10, 0.25F));
  EXPECT_EQ((compare(GetParam(), Matrix(0, 20), Matrix(10, 20), {}).outputs), 0);
  EXPECT_EQ((compare(GetParam(), Matrix(3, 20), Matrix(0, 20), {}).outputs), 0);
}

TEST_P(NativeProduct, OfASampleDoesNotDependOnItsBatch) {
  // Schemes that fit one scale to all samples must see all: they are no subject here.
  if (GetParam().fits_all_samples) return;
  Generator g(7);
  Matrix x(19, 75), w(41, 75);
  fill_normal(x, g);
  fill_normal(w, g);
  Matrix all(19, 41), singly(19, 41);
  GetParam().multiply_singly(x, w, all, singly);
  for (std::int64_t s = 0; s < 19; ++s)
    EXPECT_EQ(std::memcmp(&singly.values[static_cast<std::size_t>(41 * s)],
                          &all.values[static_cast<std::size_t>(41 * s)], sizeof(float) * 41),
              0)
        << "sample " << s;
}

// --- Single cases -------------------------------------------------------------------------------------------------------------

TEST(NativeProductSums, DoNotOverflowAtTheEndsOfCodes) {
  // 2^14 · 140000 > 2^31, and all partial sums have one sign.
  const std::int64_t depth = 140000;
  Matrix x(2, depth), w(3, depth);
  x.values.assign(x.values.size(), -1e9F);
  w.values.assign(w.values.size(), -1e9F);
  for (std::int64_t k = 0; k < depth; ++k) w.at(1, k) = 1e9F;
  compare<Fixed<8, 4>, Fixed<8, 6>>(x, w, {0.1F, 0.1F, 0x1p-30F});
  compare<Fixed<8, 4>, Ternary>(x, w, {});
  compare<MXINT8, MXINT8>(x, w, {});
  compare<Fixed<8, 4>, NVFP4>(x, w, {});
  compare<Fixed<8, 4>, Scaled<Fixed<4, 3>, Shape<32>>>(x, w, {});
  compare<Fixed<16, 4>, Fixed<16, 4>>(x, w, {0.1F, 0.1F, 0.1F});
  x.values.assign(x.values.size(), 1e9F);
  compare<Fixed<8, 4, false>, Fixed<8, 6, false>>(x, w, {0.1F, 0.1F, 0.1F});
}

TEST(NativeProductSums, OfMoreSamplesThanShareAPanel) {
  Generator g(10);
  Matrix x(79, 600), w(70, 600);
  fill_normal(x, g);
  fill_normal(w, g);
  const std::vector<float> bias = normal_values(70, g);
  compare<MXINT8, BlockFP<4, 8, Shape<32>>>(x, w, bias);
  compare<Fixed<8, 4>, NVFP4>(x, w, bias);
  compare<Int8, Scaled<SymmetricFixed<4, 0>, Shape<32>>>(x, w, bias);
  compare<Int8, Int8>(x, w, bias);
  compare<Binary, Binary>(x, w, bias);
}

TEST(NativeProductSums, RoundAnIntegerPastTwentyFourBitsOnce) {
  Generator g(8);
  Matrix x(8, 9000), w(33, 9000);
  for (Matrix* m : {&x, &w})
    for (float& v : m->values) v = std::uniform_real_distribution<float>(0.0F, 8.0F)(g);
  EXPECT_GT((compare<Fixed<8, 4>, Fixed<8, 4>>(x, w, {}).float_differs), 100);
  EXPECT_GT((compare<Fixed<8, 4>, Fixed<8, 4>>(x, w, std::vector<float>(33, 0.0625F)).float_differs), 100)
      << "a bias that is a multiple of the unit";
  EXPECT_GT((compare<Fixed<8, 4>, Fixed<8, 4>>(x, w, std::vector<float>(33, 0x1.000002p-9F)).float_differs), 100) << "and one that is not";
}

TEST(NativeProductSums, OverflowToInfinityAndKeepSubnormals) {
  Matrix x(1, 8), w(2, 8);
  x.values.assign(8, 3e38F);
  w.values.assign(16, 3e38F);
  for (std::int64_t k = 0; k < 8; ++k) w.at(1, k) = -3e38F;
  compare<BlockFP<8, 8>, BlockFP<8, 8>>(x, w, {1.0F, 1.0F});
  x.values.assign(8, 0x1.3p-75F);
  w.values.assign(16, 0x1.5p-70F);
  compare<BlockFP<8, 8>, BlockFP<8, 8>>(x, w, {});
  compare<Fixed<8, 80>, Fixed<8, 73>>(x, w, {0x1p-149F, -0x1.8p-140F});
  compare<Int8, Int8>(x, w, {});
}

TEST(NativeProductSums, TakeTheBiasAsItIs) {
  const float infinity = std::numeric_limits<float>::infinity();
  native_product<Fixed<8, 4>, Fixed<8, 4>> product;
  const float w[3] = {1, 1, 1}, bias[3] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}, x = 1;
  product.pack(w, 3, 1, 1);
  alignas(64) std::byte scratch[1024];
  ASSERT_LE(product.scratch_bytes(1), 1024);
  float y[3];
  product(&x, 1, 1, bias, y, 3, scratch);
  EXPECT_EQ(y[0], infinity);
  EXPECT_EQ(y[1], -infinity);
  EXPECT_TRUE(std::isnan(y[2]));
}

TEST(NativeProductPack, UsesItsMemoryAgainForOtherSizes) {
  Generator g(9);
  native_product<MXINT8, MXFP4> product;
  for (const std::int64_t n : {70, 3, 40}) {
    Matrix x(2, 3 * n), w(n, 3 * n);
    fill_normal(x, g);
    fill_normal(w, g);
    product.pack(w.values.data(), n, 3 * n, 3 * n);
    std::vector<std::byte> memory(static_cast<std::size_t>(product.scratch_bytes(2)) + 64);
    const auto scratch = std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64);
    std::vector<float> y(static_cast<std::size_t>(2 * n)), z(y.size());
    product(x.values.data(), 3 * n, 2, nullptr, y.data(), n, scratch);
    native_product<MXINT8, MXFP4> fresh;
    fresh.pack(w.values.data(), n, 3 * n, 3 * n);
    const native_product<MXINT8, MXFP4> copied = fresh;
    copied(x.values.data(), 3 * n, 2, nullptr, z.data(), n, scratch);
    EXPECT_EQ(std::memcmp(y.data(), z.data(), y.size() * sizeof(float)), 0);
  }
}

TEST(NativeProductErrors, NameTheBytesThatAreMissing) {
  native_product<Fixed<8, 4>, Fixed<8, 4>> product;
  const float w[2] = {1, 2}, x[2] = {1, 2};
  product.pack(w, 1, 2, 2);
  alignas(64) std::byte scratch[4096];
  float y = 0;
  EXPECT_THROW(product(x, 2, 1, nullptr, &y, 1, std::span(scratch).first(16)), error);
  EXPECT_THROW(product(x, 2, 1, nullptr, &y, 1, std::span(scratch).subspan(8)), error);
}

}  // namespace
