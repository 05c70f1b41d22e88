// SPDX-License-Identifier: BSL-1.0
/// @file affine_test.cpp
/// Integer codes with a step: signed ones, and unsigned ones whose zero point is the middle, against their
/// formulas told a second time.
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/encode.hpp>

#include "support/oracle_block.hpp"

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {
using namespace dyadic;

constexpr float infinity = std::numeric_limits<float>::infinity(),
                nan = std::numeric_limits<float>::quiet_NaN(), most = std::numeric_limits<float>::max();

/// Blocks of `length` in a row: of many sizes, of zeros, of one sign, with infinities, with a NaN.
std::vector<float> values(std::size_t blocks, std::size_t length) {
  std::mt19937 random(17);
  std::normal_distribution<float> normal;
  std::vector<float> x(blocks * length);
  for (std::size_t b = 0; b < blocks; ++b) {
    const float size = b % 13 == 0 ? 0.0F : std::exp2(normal(random) * (b % 2 == 0 ? 2.0F : 30.0F));
    for (std::size_t i = 0; i < length; ++i) {
      float& v = x[b * length + i];
      v = normal(random) * size;
      if (b % 7 == 3) v = std::fabs(v);
      if (b % 7 == 4) v = -std::fabs(v);
      if (!std::isfinite(v)) v = most;
    }
    if (b % 11 == 5) x[b * length + b % length] = b % 2 == 0 ? infinity : -infinity;
    if (b % 17 == 6) x[b * length + b % length] = nan;
  }
  return x;
}

/// What the definition stores and gives for one block.
struct block {
  double step = 0, zero = 0;
  std::vector<double> codes;
  std::vector<float> values;
};
/// @param least  the least code   @param middle  whether the zero point is 2^(W-1) and the range symmetric
block defined(std::span<const float> x, int bits, double least, bool middle) {
  const double top = std::ldexp(1.0, bits) - 1;
  block b;
  bool poisoned = false;
  float lo = 0, hi = 0, a = 0;
  for (const float v : x) {
    poisoned = poisoned || std::isnan(v);
    const float f = oracle::finite(v);
    lo = std::min(lo, f);
    hi = std::max(hi, f);
    a = std::max(a, std::fabs(f));
  }
  float d = middle ? oracle::nearest_step(a, -a, top) : oracle::nearest_step(hi, lo, top);
  if (std::isinf(d)) d = most;
  b.step = static_cast<double>(d);
  b.zero = middle   ? std::ldexp(1.0, bits - 1)
           : d == 0 ? least
                    : least + std::clamp(std::nearbyint(-static_cast<double>(lo) / b.step), 0.0, top);
  for (const float v : x) {
    if (poisoned) {
      b.values.push_back(nan);
      continue;
    }
    const double q = d == 0          ? 0
                     : std::isinf(v) ? std::copysign(1e9, static_cast<double>(v))
                                     : static_cast<double>(v) / b.step;
    const double c = std::clamp(std::nearbyint(q) + b.zero, least, least + top);
    b.codes.push_back(c);
    b.values.push_back(static_cast<float>((c - b.zero) * b.step));
  }
  return b;
}
bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

template <class S>
void expect_definition(double least, bool middle) {
  constexpr std::size_t length = 24, blocks = 300;
  const std::vector<float> x = values(blocks, length);
  const Extents shape{static_cast<std::int64_t>(blocks), static_cast<std::int64_t>(length)};
  std::vector<float> y(x.size()), fast(x.size()), back(x.size());
  quantize_values<S>(x, y, shape);
  fake_quantize<S>(x, fast, shape);
  const Packed<S> p = encode<S>(ConstView{x.data(), shape});
  decode(p, View{back.data(), shape});
  for (std::size_t n = 0; n < blocks; ++n) {
    const block want = defined({x.data() + n * length, length}, S::bits, least, middle);
    const auto stored = S::parameters_of(p.scale(static_cast<std::int64_t>(n)), 1.0F);
    if (!want.codes.empty()) {
      EXPECT_EQ(static_cast<double>(stored.step), want.step) << S::name() << ' ' << n;
      EXPECT_EQ(stored.zero_point, want.zero) << S::name() << ' ' << n;
    } else EXPECT_TRUE(std::isnan(stored.step)) << n;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t at = n * length + i;
      ASSERT_TRUE(same(y[at], want.values[i]))
          << S::name() << ' ' << at << ": " << x[at] << " became " << y[at] << ", not " << want.values[i];
      ASSERT_TRUE(same(fast[at], want.values[i])) << S::name() << ' ' << at;
      ASSERT_TRUE(same(back[at], want.values[i])) << S::name() << ' ' << at;
      if (!want.codes.empty()) {
        ASSERT_EQ(p.code(static_cast<std::int64_t>(at)), want.codes[i]) << S::name() << ' ' << at;
      }
    }
  }
}

TEST(SignedAffine, IsItsFormula) {
  expect_definition<SignedAffine<8, PerRow>>(-128, false);
  expect_definition<SignedAffine<4, Along<24>>>(-8, false);
  expect_definition<SignedAffine<1, PerRow>>(-1, false);
  expect_definition<SignedAffine<5, PerToken>>(-16, false);
  expect_definition<SignedAffine<16, PerRow>>(-32768, false);
}
TEST(SymmetricAffine, IsItsFormula) {
  expect_definition<SymmetricAffine<8, PerRow>>(0, true);
  expect_definition<SymmetricAffine<4, Along<24>>>(0, true);
  expect_definition<SymmetricAffine<1, PerRow>>(0, true);
  expect_definition<SymmetricAffine<16, Shape<24>>>(0, true);
}
TEST(Affine, IsItsFormula) { expect_definition<Affine<8, PerRow>>(0, false); }

/// The same values, the same stored scales, and codes that are less by 2^(W-1); with every code of scales.
template <class Signed, class Unsigned>
void expect_shifted() {
  const std::vector<float> x = values(200, 21);
  const Extents shape{60, 70};
  const Packed<Signed> a = encode<Signed>(ConstView{x.data(), shape});
  const Packed<Unsigned> b = encode<Unsigned>(ConstView{x.data(), shape});
  EXPECT_TRUE(std::ranges::equal(a.scales(), b.scales())) << Signed::name();
  EXPECT_EQ(a.tensor_scale(), b.tensor_scale());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a.code(i), b.code(i) - (1 << (Signed::bits - 1))) << Signed::name() << ' ' << i;
    ASSERT_TRUE(same(a[i], b[i])) << Signed::name() << ' ' << i;
  }
}
TEST(SignedAffine, HasTheCodesOfAffineLessHalfOfThem) {
  expect_shifted<SignedAffine<8>, Affine<8>>();
  expect_shifted<SignedAffine<3, Shape<5, 7>>, Affine<3, Shape<5, 7>>>();
  expect_shifted<SignedAffine<4, Along<32>, Half>, Affine<4, Along<32>, Half>>();
  expect_shifted<SignedAffine<4, Along<16>, E4M3>, Affine<4, Along<16>, E4M3>>();
  expect_shifted<SignedAffine<12, PerRow, E8M0>, Affine<12, PerRow, E8M0>>();
}

/// ONNX's example of QuantizeLinear with int8, and the middle of uint8.
TEST(SignedAffine, RoundsAsQuantizeLinearDoes) {
  using S = SignedAffine<8>;
  constexpr S::parameters p(2.0F, 1);
  static_assert(S::encode_element(0.0F, p, 0) == 1 && S::encode_element(2.0F, p, 0) == 2);
  static_assert(S::encode_element(3.0F, p, 0) == 3 && S::encode_element(1000.0F, p, 0) == 127);
  static_assert(S::encode_element(-254.0F, p, 0) == -126 && S::encode_element(-1000.0F, p, 0) == -128);
  static_assert(S::encode_element(1.0F, p, 0) == 1 && S::encode_element(5.0F, p, 0) == 3,
                "ties go to the even quotient");
  static_assert(S::decode_element(-128, p) == -258.0F && S::apply<float>(infinity, p, 0) == 252.0F);
  static_assert(std::same_as<S::code_type, std::int8_t> &&
                std::same_as<SignedAffine<9>::code_type, std::int16_t>);
}
TEST(SymmetricAffine, HasTheMiddleForItsZero) {
  using S = SymmetricAffine<8>;
  static_assert(S::with_range(-1.0F, 5.1F).step == 0.04F && S::with_range(-5.1F, 1.0F).step == 0.04F);
  static_assert(S::encode_element(0.0F, S::parameters(0.5F), 0) == 128);
  static_assert(S::encode_element(100.0F, S::parameters(0.5F), 0) == 255 &&
                S::decode_element(255, S::parameters(0.5F)) == 63.5F);
  static_assert(S::encode_element(-100.0F, S::parameters(0.5F), 0) == 0 &&
                S::decode_element(0, S::parameters(0.5F)) == -64.0F);
  static_assert(S::scale_bits == 32 && SymmetricAffine<4, Along<32>, Half>::scale_bits == 16);
  static_assert(bits_per_value<SymmetricAffine<4, Along<32>, Half>> == 4.5 &&
                bits_per_value<SignedAffine<4, Along<32>, Half>> == 4.625);
  const std::vector<float> zeros(5);
  const Packed<S> p = encode<S>(ConstView{zeros.data(), {5}});
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(p.code(i), 128);
    EXPECT_EQ(p[i], 0.0F);
  }
}
/// The step is rounded to the code of a scale, and a scale of few bits stands beside a float32 of the tensor.
TEST(SymmetricAffine, RoundsItsStepToTheCodeOfAScale) {
  const std::vector<float> x = values(100, 16);
  std::vector<float> finite;
  for (const float v : x) finite.push_back(std::isfinite(v) ? v : 1.0F);
  const Extents shape{100, 16};
  const auto expect_steps = [&]<class Scale>(std::type_identity<Scale>) {
    using S = SymmetricAffine<8, Along<16>, Scale>;
    std::vector<float> y(x.size()), fast(x.size());
    quantize_values<S>(finite, y, shape);
    fake_quantize<S>(finite, fast, shape);
    for (std::size_t b = 0; b < 100; ++b) {
      float a = 0;
      for (std::size_t i = 0; i < 16; ++i) a = std::max(a, std::fabs(finite[16 * b + i]));
      const float exact = oracle::nearest_step(a, -a, 255);
      float d = 0;
      if (exact > 0) {
        d = Scale::quantize(exact);
        if (d < Scale::min_value) d = Scale::min_value;
      }
      for (std::size_t i = 0; i < 16; ++i) {
        const double q =
            d == 0 ? 0 : std::nearbyint(static_cast<double>(finite[16 * b + i]) / static_cast<double>(d));
        const auto want = static_cast<float>(std::clamp(q, -128.0, 127.0) * static_cast<double>(d));
        ASSERT_EQ(y[16 * b + i], want) << S::name() << b << ' ' << i;
        ASSERT_EQ(fast[16 * b + i], want) << S::name() << b << ' ' << i;
      }
    }
  };
  expect_steps(std::type_identity<Half>{});
  expect_steps(std::type_identity<BFloat16>{});
}

TEST(SignedAffine, RefusesZeroPointsThatAreNoCodes) {
  using S = SignedAffine<8>;
  for (const int z : {-129, 128, 1 << 20})
    EXPECT_NE(message_of([&] { return S::parameters(0.5F, z); })
                  .find("SignedAffine: a step must be greater than 0 and finite, and a zero point "
                        "one of the 256 codes, from -128 to 127"),
              std::string::npos)
        << z;
  for (const int z : {-128, 127}) EXPECT_EQ(message_of([&] { return S::parameters(0.5F, z); }), "") << z;
  EXPECT_NE(
      message_of([] { return SymmetricAffine<8>::parameters(-1.0F); }).find("SymmetricAffine: a step must be"),
      std::string::npos);
  EXPECT_NE(
      message_of([] { return SymmetricAffine<8>::with_range(1.0F, nan); }).find("SymmetricAffine::with_range"),
      std::string::npos);
}
/// A packed tensor of parts takes what encoding gives, and no zero point beyond the codes.
TEST(SignedAffine, TakesTheStoredScalesThatEncodingGives) {
  const auto refused = [](float step, int stored) {
    std::vector<std::byte> scales(6);
    std::memcpy(scales.data(), &step, 4);
    std::memcpy(scales.data() + 4, &stored, 2);
    return !message_of([&] { return Packed<SignedAffine<4>>({1}, {std::byte{0}}, scales); }).empty();
  };
  EXPECT_FALSE(refused(1.0F, 15));
  EXPECT_TRUE(refused(1.0F, 16));
  EXPECT_FALSE(refused(0.0F, 0));
  EXPECT_TRUE(refused(0.0F, 8));
  EXPECT_TRUE(refused(infinity, 0));
}

TEST(StepCodes, AreNamedAsTheyAreSpelled) {
  EXPECT_EQ((SignedAffine<8>::name()), "SignedAffine<8, PerTensor>");
  EXPECT_EQ((SymmetricAffine<4, Along<32>, Half>::name()), "SymmetricAffine<4, Along<32>, Half>");
  EXPECT_EQ((Affine<4, Along<32>, Half>::name()), "Affine<4, Along<32>, Half>");
}

}  // namespace
