// SPDX-License-Identifier: BSL-1.0
// Scales that are stored in a few bits: against the definition, told a second time with the oracle's search for the nearest value.
#include <dyadic/dyadic.hpp>
#include <dyadic/pass/native.hpp>

#include <support/formats.hpp>
#include <support/oracle_block.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace dyadic {
namespace {

/// All positive values of a scale format, from its own decoder's meaning as the oracle has it.
std::vector<double> positive_values(const oracle::Format& f) {
  std::vector<double> v;
  for (oracle::Code c = 0; c < (oracle::Code{1} << f.bits); ++c) {
    const oracle::Meaning m = f.meaning(c);
    if (m.kind == oracle::Kind::finite && m.value > 0) v.push_back(m.value);
  }
  std::sort(v.begin(), v.end());
  return v;
}
std::vector<double> powers_of_two() {
  std::vector<double> v;
  for (int e = -127; e <= 127; ++e) v.push_back(std::ldexp(1.0, e));
  return v;
}
/// The nearest of the values, a tie to the one at an even place (all formats here begin with the code 1, E8M0 with the code 0).
float nearest(const std::vector<double>& values, double x, bool first_is_even) {
  if (x == 0) return 0.0F;
  const auto above = std::lower_bound(values.begin(), values.end(), x);
  if (above == values.end()) return static_cast<float>(values.back());
  if (above == values.begin()) return static_cast<float>(*above);
  const double up = *above - x, down = x - above[-1];
  const bool above_is_even = ((above - values.begin()) % 2 == 0) == first_is_even;
  return static_cast<float>(up < down || (up == down && above_is_even) ? *above : above[-1]);
}

template <class Scale>
float stored(double d) {
  if constexpr (std::is_same_v<Scale, E8M0>) {
    static const std::vector<double> values = powers_of_two();
    return nearest(values, d, true);
  } else {
    static const std::vector<double> values = positive_values(subjects::definition<Scale>());
    return nearest(values, d, false);
  }
}

/// Blocks of 16 in a row, by the formulas.
template <class Element, class Scale>
std::vector<float> scaled(const std::vector<float>& x, bool relative) {
  const oracle::Format& element = subjects::definition<Element>();
  const auto top = static_cast<float>(element.largest());
  float amax = 0;
  for (const float v : x) amax = std::max(amax, std::fabs(v));
  float t = 1;
  if (relative) {
    t = static_cast<float>(static_cast<double>(amax) / (static_cast<double>(top) * static_cast<double>(stored<Scale>(1e300))));
    if (t == 0) t = 1;
  }
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += 16) {
    float a = 0;
    for (std::size_t i = first; i < first + 16; ++i) a = std::max(a, std::fabs(x[i]));
    float d = a / top;
    if (relative) d = stored<Scale>(static_cast<double>(d / t)) * t;
    else d = stored<Scale>(static_cast<double>(d));
    for (std::size_t i = first; i < first + 16; ++i)
      y.push_back(d == 0 ? 0.0F : static_cast<float>(oracle::quantize(element, x[i] / d)) * d);
  }
  return y;
}
/// Values of many magnitudes, blocks of zeros, blocks of the tiniest and the largest.
std::vector<float> values() {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> x(16 * 200);
  for (std::size_t b = 0; b < 200; ++b) {
    const float size = b % 17 == 0 ? 0.0F : std::exp2(normal(random) * (b < 100 ? 3.0F : 30.0F));
    for (std::size_t i = 0; i < 16; ++i) x[16 * b + i] = normal(random) * size;
  }
  return x;
}
bool same_bits(float a, float b) { return a == b; }  // -0 is 0 here: a zero's sign is the element's affair

template <class S>
void expect_values(const std::vector<float>& x, const std::vector<float>& want) {
  const Extents shape{static_cast<std::int64_t>(x.size()) / 400, 400};
  std::vector<float> y(x.size()), defined(x.size());
  fake_quantize<S>(x, y, shape);
  quantize_values<S>(x, defined, shape);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(same_bits(y[i], want[i])) << S::name() << " " << i << ": " << y[i] << " for " << want[i];
    ASSERT_TRUE(same_bits(defined[i], want[i])) << S::name() << " " << i << ": " << defined[i] << " for " << want[i];
  }
  // Codes and back are the same values.
  Tensor<2> t(shape[0], shape[1]);
  std::copy(x.begin(), x.end(), t.data());
  const Tensor<2> back = decode<2>(encode<S>(t));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_TRUE(same_bits(back.data()[i], want[i])) << S::name() << " " << i;
}

TEST(ScaleCodes, RoundToTheirFormatAndNeverToZero) {
  const std::vector<float> x = values();
  using Int4 = SymmetricFixed<4, 0>;
  expect_values<Scaled<Int4, Along<16>, Half>>(x, scaled<Int4, Half>(x, false));
  expect_values<Scaled<E4M3, Along<16>, BFloat16>>(x, scaled<E4M3, BFloat16>(x, false));
  expect_values<Scaled<Int4, Along<16>, E8M0>>(x, scaled<Int4, E8M0>(x, false));
  expect_values<Scaled<E2M1, Along<16>, E4M3>>(x, scaled<E2M1, E4M3>(x, true));
  expect_values<Scaled<Int4, Along<16>, E5M2>>(x, scaled<Int4, E5M2>(x, true));
  expect_values<Scaled<SymmetricFixed<8, 0>, Shape<16>, Half>>(x, scaled<SymmetricFixed<8, 0>, Half>(x, false));
  expect_values<Scaled<E2M1, Along<16>, UE5M3>>(x, scaled<E2M1, UE5M3>(x, true));
  expect_values<Scaled<Int4, Along<16>, UE4M3>>(x, scaled<Int4, UE4M3>(x, true));
  using Extended = Minifloat<4, 3, 8, Specials::extended>;
  expect_values<Scaled<Int4, Along<16>, Extended>>(x, scaled<Int4, Extended>(x, true));
}

TEST(ScaleCodes, TakeTheirBits) {
  static_assert(bits_per_value<Scaled<Fixed<4, 0>, Along<32>, Half>> == 4.5 && bits_per_value<Scaled<Fixed<8, 0>, Along<32>, Half>> == 8.5);
  static_assert(bits_per_value<Scaled<E2M1, Along<16>, E4M3>> == 4.5 && bits_per_value<Scaled<E2M1, Along<32>, E8M0>> == 4.25);
  static_assert(bits_per_value<Affine<4, Along<32>, Half>> == 4 + 20.0 / 32);
  EXPECT_EQ((storage_layout<Scaled<Fixed<4, 0>, Along<32>, Half>>({10, 64}).bytes()), 320 + 40);
  EXPECT_EQ((storage_layout<Scaled<E2M1, Along<16>, E4M3>>({64}).bytes()), 32 + 4 + 4);
  EXPECT_EQ((Scaled<Fixed<4, 0>, Along<32>, Half>::name()), (Scaled<Fixed<4, 0>, Along<32>, Minifloat<5, 10, 15, Specials::ieee>>::name()));
  EXPECT_NE((Scaled<Fixed<4, 0>, Along<32>, Half>::name()), (Scaled<Fixed<4, 0>, Along<32>>::name()));
}

/// Every float as a scale, each code's neighbourhood: lanes and definition agree with the oracle.
TEST(ScaleCodes, OfEveryMagnitude) {
  for (std::uint32_t b = 0; b < 0x7f800000U; b += 0x3fff1U) {
    const auto d = std::bit_cast<float>(b);
    EXPECT_EQ((detail::rounded_scale<E8M0, float>(d)), d == 0 ? 0x1p-127F : stored<E8M0>(static_cast<double>(d))) << d;
    EXPECT_EQ((detail::rounded_scale<Half, float>(d)), stored<Half>(static_cast<double>(d))) << d;
    EXPECT_EQ((detail::rounded_scale<E4M3, float>(d)), stored<E4M3>(static_cast<double>(d))) << d;
    EXPECT_EQ((detail::code_to_scale<E8M0, float>(detail::scale_to_code<E8M0, float>(detail::rounded_scale<E8M0, float>(d)))),
              (detail::rounded_scale<E8M0, float>(d)));
  }
  for (int e = -126; e < 127; ++e) EXPECT_EQ((detail::rounded_scale<E8M0, float>(std::ldexp(1.5F, e))), stored<E8M0>(std::ldexp(1.5, e))) << e;
  EXPECT_EQ((detail::rounded_scale<E8M0, float>(0x1.8p-127F)), 0x1p-127F);  // a tie, to the even code
  EXPECT_EQ((detail::rounded_scale<E8M0, float>(0x1.80004p-127F)), 0x1p-126F);
}

/// y = fl((clamp(rne(x/d) + z, 0, 2^W-1) - z)·d) with the rounded step.
template <int W, class Scale>
std::vector<float> affine(const std::vector<float>& x) {
  const double top = std::ldexp(1.0, W) - 1;
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += 16) {
    float lo = 0, hi = 0;
    for (std::size_t i = first; i < first + 16; ++i) lo = std::min(lo, x[i]), hi = std::max(hi, x[i]);
    const float d = stored<Scale>(static_cast<double>(oracle::nearest_step(hi, lo, top)));
    const double z = d == 0 ? 0 : std::clamp(std::nearbyint(-static_cast<double>(lo) / static_cast<double>(d)), 0.0, top);
    for (std::size_t i = first; i < first + 16; ++i)
      y.push_back(d == 0 ? 0.0F
                         : static_cast<float>((std::clamp(std::nearbyint(static_cast<double>(x[i]) / static_cast<double>(d)) + z, 0.0, top) - z) *
                                              static_cast<double>(d)));
  }
  return y;
}
TEST(ScaleCodes, OfAffine) {
  std::vector<float> x = values();
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::fabs(x[i]);
  expect_values<Affine<4, Along<16>, Half>>(x, affine<4, Half>(x));
  expect_values<Affine<8, Along<16>, BFloat16>>(x, affine<8, BFloat16>(x));
  expect_values<Affine<8, Along<16>, E8M0>>(x, affine<8, E8M0>(x));
}

TEST(ScaleCodes, MarkABlockThatHoldsANaN) {
  Tensor<1> x(48);
  for (int i = 0; i < 48; ++i) x(i) = static_cast<float>(i);
  x(20) = std::numeric_limits<float>::quiet_NaN();
  const auto expect_one = [&]<class S>(std::type_identity<S>) {
    const Tensor<1> y = fake_quantize<S>(x), back = decode<1>(encode<S>(x));
    for (int i = 0; i < 48; ++i) {
      EXPECT_EQ(std::isnan(y(i)), i / 16 == 1) << S::name() << i;
      EXPECT_EQ(std::isnan(back(i)), i / 16 == 1) << S::name() << i;
    }
  };
  expect_one(std::type_identity<Scaled<Fixed<4, 0>, Along<16>, Half>>{});
  expect_one(std::type_identity<Scaled<E4M3, Along<16>, E8M0>>{});
  expect_one(std::type_identity<Scaled<E2M1, Along<16>, E4M3>>{});
  expect_one(std::type_identity<Scaled<E2M1, Along<16>, UE5M3>>{});
  expect_one(std::type_identity<Scaled<E2M1, Along<16>, Minifloat<4, 3, 8, Specials::extended>>>{});
  expect_one(std::type_identity<Affine<4, Along<16>, Half>>{});
}

/// Products on codes give the exact sum of the scheme's values, whatever its scale.
template <class X, class W>
void expect_exact_product() {
  constexpr std::int64_t depth = 64, outputs = 9, samples = 5;
  std::vector<float> all = values();
  std::vector<float> x(all.begin(), all.begin() + samples * depth), w(all.begin() + 400, all.begin() + 400 + outputs * depth), y(samples * outputs);
  std::vector<float> xq(x.size()), wq(w.size());
  fake_quantize<X>(x, xq, Extents{samples, depth});
  fake_quantize<W>(w, wq, Extents{outputs, depth});
  native_product<X, W> product;
  product.pack(w.data(), outputs, depth, depth);
  std::vector<std::byte> memory(static_cast<std::size_t>(product.scratch_bytes(samples)) + 64);
  void* at = memory.data();
  std::size_t room = memory.size();
  at = std::align(64, static_cast<std::size_t>(product.scratch_bytes(samples)), at, room);
  product(x.data(), depth, samples, nullptr, y.data(), outputs, {static_cast<std::byte*>(at), static_cast<std::size_t>(product.scratch_bytes(samples))});
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t n = 0; n < outputs; ++n) {
      double sum = 0, size = 0;
      for (std::int64_t k = 0; k < depth; ++k) {
        const double term = static_cast<double>(xq[static_cast<std::size_t>(s * depth + k)]) * static_cast<double>(wq[static_cast<std::size_t>(n * depth + k)]);
        sum += term;
        size += std::abs(term);
      }
      EXPECT_NEAR(y[static_cast<std::size_t>(s * outputs + n)], sum, 1e-6 * size) << X::name() << " × " << W::name();
    }
}
TEST(ScaleCodes, InProductsOnCodes) {
  expect_exact_product<Fixed<8, 4>, Scaled<Fixed<4, 0>, Along<32>, Half>>();
  expect_exact_product<MXINT8, Scaled<E2M1, Along<16>, E4M3>>();
  expect_exact_product<Fixed<8, 4>, Scaled<SymmetricFixed<4, 0>, Along<32>, E5M2>>();
  expect_exact_product<Scaled<SymmetricFixed<8, 0>, Along<32>, E8M0>, Scaled<SymmetricFixed<4, 0>, Along<32>, BFloat16>>();
}

}  // namespace
}  // namespace dyadic
