// SPDX-License-Identifier: BSL-1.0
/// @file given_test.cpp
/// Parameters of blocks that are given as data: which are taken, what is said of the others, and the
/// definition in constant expressions.
#include <dyadic/format/given.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/statistics.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {
using namespace dyadic;

constexpr float infinity = std::numeric_limits<float>::infinity(),
                nan = std::numeric_limits<float>::quiet_NaN(), most = std::numeric_limits<float>::max(),
                least = std::numeric_limits<float>::denorm_min();

template <class S>
std::string of_scales(const std::vector<float>& scales) {
  return message_of([&] { static_cast<void>(given<S>{scales}); });
}
template <class S>
std::string of_pairs(const std::vector<float>& scales, const std::vector<i32>& zero_points) {
  return message_of([&] { static_cast<void>(given<S>(scales, zero_points)); });
}
void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in: " << text;
}

static_assert(GivenScheme<Scaled<E4M3>> && GivenScheme<Affine<8>> && GivenScheme<SignedAffine<8>> &&
              GivenScheme<SymmetricAffine<8>>);
static_assert(GivenScheme<NVFP4> && GivenScheme<MXFP4> && GivenScheme<BlockFP<8, 8>> &&
              GivenScheme<Scaled<E2M1, Along<16>, E4M3>>);
static_assert(!GivenScheme<ScaledBinary<>> && !GivenScheme<ScaledTernary<>> && !GivenScheme<E4M3> &&
              !GivenScheme<none>);

TEST(Given, TakesScalesGreaterThanZeroAndFinite) {
  using S = Scaled<Fixed<8, 0>, PerRow>;
  for (const float d : {0.0F, -0.0F, -1.0F, -most, infinity, -infinity, nan}) {
    expect_part(of_scales<S>({1.0F, d}), "given<Scaled<Fixed<8, 0>, PerRow>>: scale 1, ");
    expect_part(of_scales<S>({1.0F, d}), "is not greater than 0 and finite.");
    expect_part((of_pairs<Affine<8>>({1.0F, 1.0F, d}, {0, 0, 0})), "scale 2, ");
    expect_part(of_scales<SymmetricAffine<8>>({d}), "is not greater than 0 and finite.");
    expect_part(of_scales<MXFP4>({d}), "is not greater than 0 and finite.");
  }
  EXPECT_EQ(of_scales<S>({least, 0.1F, most}), "");
  EXPECT_EQ(of_scales<S>({}), "");
}
TEST(Given, TakesScalesThatTheSchemeCanStore) {
  expect_part((of_scales<Scaled<Fixed<4, 0>, Along<32>, Half>>({0.5F, 0.1F})),
              "scale 1, 0.1, is no value of the format that the scheme stores scales in");
  expect_part((of_scales<Scaled<Fixed<4, 0>, Along<32>, Half>>({65536.0F})), "is no value of the format");
  EXPECT_EQ(
      (of_scales<Scaled<Fixed<4, 0>, Along<32>, Half>>({0.5F, 65504.0F, 0x1p-24F, Half::quantize(0.1F)})),
      "");
  expect_part((of_scales<Scaled<E4M3, Along<32>, E8M0>>({3.0F})), "is no value of the format");
  EXPECT_EQ((of_scales<Scaled<E4M3, Along<32>, E8M0>>({0x1p-127F, 0x1p127F})), "");
  expect_part((of_scales<Scaled<E4M3, Along<32>, E8M0>>({0x1p-128F})), "is no value of the format");
  expect_part((of_pairs<Affine<4, PerRow, BFloat16>>({0.1F}, {0})), "is no value of the format");
  expect_part((of_scales<SymmetricAffine<4, PerRow, Half>>({0.1F})), "is no value of the format");
  expect_part(of_scales<MXFP4>({1.0F, 3.0F}), "scale 1, 3, is no power of two");
  EXPECT_EQ(of_scales<MXFP4>({0x1p-127F, 1.0F, 0x1p125F}), "");
  expect_part(of_scales<MXFP4>({0x1p126F}),
              "is a power of two beyond those that the scheme stores");  // 6 · 2^126 is no float
  expect_part((of_scales<BlockFP<8, 4>>({0x1p9F})), "is a power of two beyond those that the scheme stores");
  EXPECT_EQ((of_scales<BlockFP<8, 4>>({0x1p8F, 0x1p-7F})), "");
  expect_part((of_scales<BlockFP<8, 4>>({0x1p-8F})), "is a power of two beyond those that the scheme stores");
}
TEST(Given, TakesZeroPointsThatAreCodes) {
  for (const int z : {-1, 256, 1 << 30})
    expect_part((of_pairs<Affine<8>>({1.0F}, {z})),
                "with the zero point " + std::to_string(z) + ", has a zero point that is no code.");
  for (const int z : {-129, 128})
    expect_part((of_pairs<SignedAffine<8>>({1.0F}, {z})), "has a zero point that is no code.");
  EXPECT_EQ((of_pairs<Affine<8>>({1.0F, 1.0F}, {0, 255})), "");
  EXPECT_EQ((of_pairs<SignedAffine<8>>({1.0F, 1.0F}, {-128, 127})), "");
  EXPECT_EQ((of_pairs<SignedAffine<1>>({1.0F, 1.0F}, {-1, 0})), "");
  expect_part((of_pairs<Affine<8>>({1.0F, 2.0F}, {0})),
              "2 scales and 1 zero point are given; a block has one of each.");
  expect_part((of_pairs<Affine<8>>({}, {0})), "0 scales and 1 zero point are given");
}
TEST(Given, TakesAScaleOfTheTensorThatIsGreaterThanZeroAndFinite) {
  for (const float t : {0.0F, -1.0F, infinity, nan}) {
    expect_part(message_of([&] { static_cast<void>(given<NVFP4>{t}); }),
                "given<NVFP4>: the scale of the tensor must be greater than 0 and finite");
    EXPECT_NE(message_of([&] { static_cast<void>(given<Affine<4, Along<16>, E4M3>>{t}); }), "");
  }
  const std::vector<float> scales{448.0F, 1.0F}, bad{449.0F}, nothing{0.0F};
  EXPECT_EQ(message_of([&] { static_cast<void>(given<NVFP4>(0.125F, scales)); }), "");
  expect_part(message_of([&] { static_cast<void>(given<NVFP4>(0.125F, bad)); }), "is no value of the format");
  expect_part(message_of([&] { static_cast<void>(given<NVFP4>(0.125F, nothing)); }),
              "is not greater than 0 and finite.");
  expect_part(message_of([&] { static_cast<void>(given<NVFP4>(0x1p126F, scales)); }),
              "when it is multiplied by the scale of the tensor");
  const std::vector<float> tiny{0x1p-9F};
  expect_part(message_of([&] { static_cast<void>(given<NVFP4>(least, tiny)); }),
              "when it is multiplied by the scale of the tensor");
}

TEST(Given, SaysHowManyBlocksThereAre) {
  std::vector<float> x(60), y(60), eleven(11, 1.0F), one(1, 1.0F);
  using S = Scaled<Fixed<8, 0>, PerChannel>;
  expect_part(message_of([&] {
                quantize_values<S>(x, y, Extents{12, 5}, given<S>{eleven});
              }),
              "quantize_values: a tensor of shape [12, 5] has 12 blocks under PerChannel, but 11 scales were "
              "given; give one for each block, in "
              "row-major order of the blocks.");
  expect_part(message_of([&] {
                quantize_values<S>(x, y, Extents{12, 5}, given<S>{one});
              }),
              "but 1 scale was given");
  using T = Scaled<Fixed<8, 0>>;
  expect_part(message_of([&] {
                quantize_values<T>(x, y, Extents{12, 5}, given<T>{eleven});
              }),
              "has 1 block under PerTensor, but 11 scales were given");
  EXPECT_EQ(message_of([&] { quantize_values<T>(x, y, Extents{12, 5}, given<T>{one}); }), "");
  // There is nothing to convert, whatever a calibration has found.
  EXPECT_EQ(message_of([&] { quantize_values<T>({}, {}, Extents{0, 5}, given<T>{one}); }), "");
  EXPECT_EQ(message_of([&] { quantize_values<S>({}, {}, Extents{11, 0}, given<S>{eleven}); }), "");
}
/// What was right when it was given and is not when it is used.
TEST(Given, LooksAgain) {
  using S = Scaled<Fixed<8, 0>, PerRow>;
  std::vector<float> x(4), scales{1.0F, 1.0F};
  const given<S> parameters{scales};
  scales[1] = -1.0F;
  expect_part(message_of([&] {
                quantize_values<S>(x, x, Extents{2, 2}, parameters);
              }),
              "scale 1, -1, is not greater than 0 and finite");
}

constexpr std::array<float, 6> in{0.3F, -9.0F, 1.1F, 0.3F, -9.0F, 1.1F};
template <class S>
constexpr std::array<float, 6> values(const given<S>& parameters, const Extents& shape = {2, 3}) {
  std::array<float, 6> out{};
  quantize_values<S>(in, out, shape, parameters);
  return out;
}
constexpr std::array<float, 2> scales{0.5F, 0.0625F};
constexpr std::array<i32, 2> zero_points{2, 128};
TEST(Given, IsAConstantExpression) {
  static_assert(values(given<Scaled<SymmetricFixed<4, 0>, PerRow>>{scales}) ==
                std::array{0.5F, -3.5F, 1.0F, 0.3125F, -0.4375F, 0.4375F});
  static_assert(values(given<Affine<8, PerRow>>{scales, zero_points}) ==
                std::array{0.5F, -1.0F, 1.0F, 0.3125F, -8.0F, 1.125F});
  static_assert(values(given<SymmetricAffine<4, PerRow>>{scales}) ==
                std::array{0.5F, -4.0F, 1.0F, 0.3125F, -0.5F, 0.4375F});
  static_assert(values(given<Block<E2M1, PerRow, E8M0>>{scales}) ==
                std::array{0.25F, -3.0F, 1.0F, 0.25F, -0.375F, 0.375F});
  static_assert(values(given<NVFP4>(2.0F, scales)) == std::array{0.5F, -6.0F, 1.0F, 0.25F, -0.75F, 0.75F});

  static_assert(given<Affine<8, PerRow>>{scales, zero_points}.parameters(1).zero_point == 128);
  static_assert(given<NVFP4>(2.0F, scales).code(0) == E4M3::encode(0.5F) &&
                !given<NVFP4>(2.0F, scales).measures() && given<NVFP4>{1.0F}.measures());
}
/// A NaN is its own affair, and an infinity saturates.
TEST(Given, NeitherNaNNorInfinityMovesOtherValues) {
  const std::vector<float> x{nan, 0.6F, infinity, -infinity}, d{0.25F};
  const std::vector<i32> z{100};
  std::vector<float> y(4);
  using S = Scaled<SymmetricFixed<4, 0>>;
  quantize_values<S>(x, y, Extents{4}, given<S>{d});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ((std::vector{y[1], y[2], y[3]}), (std::vector{0.5F, 1.75F, -1.75F}));
  quantize_values<Affine<8>>(x, y, Extents{4}, given<Affine<8>>(d, z));
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ((std::vector{y[1], y[2], y[3]}), (std::vector{0.5F, 38.75F, -25.0F}));
  quantize_values<Block<E2M1, PerTensor>>(x, y, Extents{4}, given<Block<E2M1, PerTensor>>{d});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ((std::vector{y[1], y[2], y[3]}), (std::vector{0.5F, 1.5F, -1.5F}));
}
/// Under a tensor's scale alone block scales are measured: with the one that would be measured, all is as
/// ever; with a greater one, coarser.
TEST(Given, MeasuresBlocksUnderAScaleOfTheTensor) {
  std::vector<float> x(40), want(40), got(40);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 37) - 17.5F;
  quantize_values<NVFP4>(x, want, Extents{40});
  quantize_values<NVFP4>(x, got, Extents{40}, given<NVFP4>{NVFP4::tensor_scale(18.5F)});
  EXPECT_EQ(got, want);
  quantize_values<NVFP4>(x, got, Extents{40}, given<NVFP4>{1000.0F});
  for (const float v : got) EXPECT_EQ(std::fmod(v, 0x1p-9F * 500.0F), 0.0F) << v;
  EXPECT_NE(got, want);
}

}  // namespace
