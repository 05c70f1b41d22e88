// SPDX-License-Identifier: BSL-1.0
// The parity family against its definition taken literally: float32 formulas with log2 and powers from the mathematical library, on
// inputs that the recordings do not have: neighbours of powers of two, subnormals, huge values, infinities, NaN.
#include <dyadic/format/mase.hpp>
#include <dyadic/format/storage.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include "parity/golden.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace dyadic;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// --- The formulas -------------------------------------------------------------------------------------------------------------

// Rounded twice, but no log2 of a float lies within a double's error of where the rounding to float32 decides.
float log2_float32(float v) { return static_cast<float>(std::log2(static_cast<double>(v))); }
float power(float e) { return std::isnan(e) ? nan : std::ldexp(1.0F, static_cast<int>(e)); }
float sign(float x) { return x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : x == 0.0F ? 0.0F : x; }
float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }
float exponent_of(int e) { return static_cast<float>(e); }

float integer(float x, int W, int F, bool is_signed, bool floor) {
  const float scaled = x * std::ldexp(1.0F, F);
  const double low = is_signed ? -std::ldexp(1.0, W - 1) : 0.0, high = std::ldexp(1.0, is_signed ? W - 1 : W) - 1.0;
  return clamp(floor ? std::floor(scaled) : std::nearbyint(scaled), static_cast<float>(low), static_cast<float>(high)) /
         std::ldexp(1.0F, F);
}
float ieee(float x, int W, int E, int B) {
  const float v = std::fabs(x), shift = std::ldexp(1.0F, W - E - 1);
  if (v <= 1e-8F) return x;
  const float e = clamp(std::floor(log2_float32(v + 1e-9F)), exponent_of(-B), exponent_of((1 << E) - 1 - B));
  if (e != exponent_of(-B))
    return sign(x + 1e-9F) * power(e) * (1.0F + clamp(std::nearbyint(v / power(e) * shift - shift), 0.0F, shift - 1.0F) / shift);
  return sign(x + 1e-9F) * power(e) * (clamp(std::nearbyint(v / power(e) * shift / 2.0F), 0.0F, shift - 1.0F) / shift * 2.0F);
}
float denorm(float x, int W, int E, int B) {
  const float v = std::fabs(x), shift = std::ldexp(1.0F, W - E - 1);
  if (v <= 1e-8F) return x;
  const float e = clamp(std::ceil(log2_float32(v + 1e-9F)), exponent_of(-B), exponent_of((1 << E) - 1 - B));
  return sign(x + 1e-9F) * power(e) * (clamp(std::nearbyint(v / power(e) * shift), 0.0F, shift - 1.0F) / shift);
}
float log_power(float x, int W, int B) {
  const volatile float tenth = 0.1F * std::ldexp(1.0F, -B);  // rounded before it is added, whatever the compiler contracts
  const float e = clamp(std::nearbyint(log2_float32(std::fabs(x) + tenth)), exponent_of(-B), exponent_of((1 << (W - 1)) - 1 - B));
  return sign(x + tenth) * power(e);
}
float block_fp(float x, float a, int W, int E, int B) {
  const float v = std::fabs(x), shift = std::ldexp(1.0F, W - 1);
  if (v <= 1e-8F) return x;
  const float e = clamp(std::ceil(log2_float32(a)), exponent_of(-B), exponent_of((1 << E) - 1 - B));
  return sign(x + 1e-9F) * power(e) * (clamp(std::nearbyint((v + 1e-9F) / power(e) * shift), 0.0F, shift - 1.0F) / shift);
}
float block_minifloat(float x, float a, int W, int E, int BW) {
  return ieee(x, W, E, static_cast<int>(clamp(std::floor(log2_float32(a)), 0.0F, exponent_of((1 << BW) - 1))));
}
float block_log(float x, float a, int W, int BW) {
  return log_power(x, W,
                   static_cast<int>(clamp(exponent_of((1 << (W - 1)) - 1) - std::ceil(log2_float32(a)), 0.0F, exponent_of((1 << BW) - 1))));
}

// --- Inputs -------------------------------------------------------------------------------------------------------------------

std::vector<float> hostile_values() {
  std::vector<float> v = {0.0F,  -0.0F, inf, -inf, nan, std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(),
                          1e-8F, 1e-9F, 0.1F};
  const auto neighbours = [&](float x, int n) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    for (int i = -n; i <= n; ++i)
      if (bits + i >= 0 && bits + i <= 0x7f7fffff) v.push_back(std::bit_cast<float>(bits + i));
  };
  neighbours(1e-8F, 3);
  for (int k = -149; k <= 127; ++k) {
    neighbours(std::ldexp(1.0F, k), 3);
    neighbours(std::ldexp(1.41421356F, k), 3);
    neighbours(std::ldexp(1.5F, k), 2);
    neighbours(std::ldexp(0.1F, k), 1);
    neighbours(std::ldexp(1.9375F, k), 1);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) v.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
  const std::size_t n = v.size();
  for (std::size_t i = 0; i < n; ++i) v.push_back(-v[i]);
  return v;
}

/// Every value alone.
template <class S, class Formula>
void expect_formula(Formula formula) {
  static const std::vector<float> in = hostile_values();
  std::vector<float> out(in.size());
  fake_quantize<S>(in, out, Extents{static_cast<std::int64_t>(in.size())});
  golden::Differences differences;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float expected = formula(in[i]);
    if (!golden::same(out[i], expected)) differences.add(i, in[i], out[i], expected);
  }
  EXPECT_TRUE(differences.none()) << S::name() << ": " << differences.text();
}

// --- log2 ---------------------------------------------------------------------------------------------------------------------

TEST(ParityRounding, Log2IsThatOfFloat32) {
  namespace parity = dyadic::detail::parity;
  int failures = 0;
  const auto check = [&](std::int32_t bits) {
    if (bits <= 0 || bits >= dyadic::detail::infinity_bits) return;
    const float l = log2_float32(std::bit_cast<float>(bits));
    const bool right = parity::floor_of_log2(bits) == static_cast<int>(std::floor(l)) &&
                       parity::ceil_of_log2(bits) == static_cast<int>(std::ceil(l)) &&
                       parity::nearest_of_log2(bits) == static_cast<int>(std::nearbyint(l));
    if (!right && ++failures < 5) ADD_FAILURE() << std::hexfloat << std::bit_cast<float>(bits);
  };
  for (int k = -149; k <= 127; ++k)  // at most 63 neighbours (of √2 times a subnormal power) round to one value
    for (std::int32_t i = -200; i <= 200; ++i) {
      check(std::bit_cast<std::int32_t>(std::ldexp(1.0F, k)) + i);
      check(std::bit_cast<std::int32_t>(std::ldexp(1.41421356F, k)) + i);
    }
  std::mt19937 random(2);
  for (int i = 0; i < 300000; ++i) check(static_cast<std::int32_t>(random() & 0x7fffffffU));
  EXPECT_EQ(failures, 0);
  // As many floats as the bound says have a log2 of 127.
  const std::int32_t top = std::bit_cast<std::int32_t>(std::ldexp(1.0F, 127));
  EXPECT_EQ(parity::floor_of_log2(top - 44), 127);
  EXPECT_EQ(parity::floor_of_log2(top - 45), 126);
  EXPECT_EQ(parity::ceil_of_log2(top + 22), 127);
  EXPECT_EQ(parity::ceil_of_log2(top + 23), 128);
}

// --- Single values ------------------------------------------------------------------------------------------------------------

template <int W, int F, bool Signed>
void expect_integers() {
  expect_formula<mase::integer<W, F, Signed>>([](float x) { return integer(x, W, F, Signed, false); });
  expect_formula<mase::integer_floor<W, F, Signed>>([](float x) { return integer(x, W, F, Signed, true); });
}
TEST(ParityFormulas, Integers) {
  expect_integers<8, 4, true>();
  expect_integers<8, 4, false>();
  expect_integers<1, 0, true>();
  expect_integers<6, -2, true>();
  expect_integers<8, -40, true>();
  expect_integers<16, 8, false>();
  expect_integers<32, 16, true>();
  expect_integers<32, 0, false>();
}
TEST(ParityFormulas, FloorOfWhatIsNoFloat) {
  // -2^-149·2^-2 is -0 in float32, and its floor is 0; -2^-120 is still scaled to a float below 0.
  std::vector<float> x = {-std::ldexp(1.0F, -149), -std::ldexp(1.0F, -120)}, y(2);
  fake_quantize<mase::integer_floor<6, -2>>(x, y, Extents{2});
  EXPECT_EQ(y[0], 0.0F);
  EXPECT_EQ(y[1], -4.0F);
}

template <int W, int E, int B>
void expect_minifloats() {
  expect_formula<mase::minifloat_ieee<W, E, B>>([](float x) { return ieee(x, W, E, B); });
  expect_formula<mase::minifloat_denorm<W, E, B>>([](float x) { return denorm(x, W, E, B); });
}
TEST(ParityFormulas, Minifloats) {
  expect_minifloats<8, 4, 7>();
  expect_minifloats<16, 8, 127>();
  expect_minifloats<8, 2, 1>();
  expect_minifloats<32, 8, 127>();
  expect_minifloats<5, 4, 7>();     // no mantissa
  expect_minifloats<8, 4, -120>();  // up to 2^135: infinite powers
  expect_minifloats<8, 4, 149>();
  expect_minifloats<6, 1, 0>();
}
TEST(ParityFormulas, Logs) {
  const auto expect = []<int W, int B>(mase::log<W, B>) { expect_formula<mase::log<W, B>>([](float x) { return log_power(x, W, B); }); };
  expect(mase::log<8>{});
  expect(mase::log<8, 15>{});
  expect(mase::log<3, 1>{});
  expect(mase::log<2>{});
  expect(mase::log<8, 127>{});
  expect(mase::log<9, 149>{});
  expect(mase::log<8, -20>{});
}

// --- Blocks -------------------------------------------------------------------------------------------------------------------

/// Rows of 16 of every size that float32 has, some of zeros; one has an infinity, one a NaN.
std::vector<float> hostile_rows() {
  std::vector<float> v;
  std::mt19937 random(3);
  const auto uniform = [&] { return static_cast<float>(random() >> 8) * 0x1p-23F - 1.0F; };
  for (int k = -149; k <= 127; ++k)
    for (const float a : {1.0F, 1.41421356F, 1.99999988F}) {
      for (int i = 0; i < 15; ++i) v.push_back(std::ldexp(uniform(), i % 5 == 0 ? static_cast<int>(random() % 40) - 30 : k));
      v.push_back(std::ldexp(a, k));
      float& any = v[v.size() - 16 + random() % 15];
      any = std::ldexp(a, k);
      if (k % 30 == 0) v.insert(v.end(), 16, 0.0F);
      if (k == 3 && a == 1.0F) any = -inf;
    }
  v.insert(v.end(), {nan, 1.0F, 0.0F, 1e-9F, 5.0F, -3.0F, inf, 2.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F});
  return v;
}
template <class S, class Formula>
void expect_block_formula(Formula formula) {
  static const std::vector<float> in = hostile_rows();
  std::vector<float> out(in.size());
  fake_quantize<S>(in, out, Extents{static_cast<std::int64_t>(in.size() / 16), 16});
  const auto maximum = [](std::size_t row) {
    float a = 0.0F;
    for (std::size_t i = 0; i < 16; ++i)
      a = std::isnan(in[row * 16 + i]) || std::isnan(a) ? nan : std::fmax(a, std::fabs(in[row * 16 + i]));
    return a;
  };
  float least = inf;
  for (std::size_t r = 0; r < in.size() / 16; ++r)
    if (maximum(r) != 0.0F) least = std::fmin(least, maximum(r));
  golden::Differences differences;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float a = maximum(i / 16);
    const float expected = std::isnan(a) ? nan : formula(in[i], a == 0.0F ? least : a);
    if (!golden::same(out[i], expected)) differences.add(i, in[i], out[i], expected);
  }
  EXPECT_TRUE(differences.none()) << S::name() << ": " << differences.text();
}
TEST(ParityFormulas, BlockFP) {
  const auto expect = []<int W, int E, int B>(mase::block_fp<W, E, B>) {
    expect_block_formula<mase::block_fp<W, E, B>>([](float x, float a) { return block_fp(x, a, W, E, B); });
  };
  expect(mase::block_fp<7, 8>{});
  expect(mase::block_fp<12, 4>{});
  expect(mase::block_fp<2, 8, 127>{});
  expect(mase::block_fp<24, 8, 149>{});
  expect(mase::block_fp<8, 4, -100>{});
}
TEST(ParityFormulas, BlockMinifloat) {
  const auto expect = []<int W, int E, int BW>(mase::block_minifloat<W, E, BW>) {
    expect_block_formula<mase::block_minifloat<W, E, BW>>([](float x, float a) { return block_minifloat(x, a, W, E, BW); });
  };
  expect(mase::block_minifloat<8, 4, 4>{});
  expect(mase::block_minifloat<6, 2, 8>{});
  expect(mase::block_minifloat<9, 8, 8>{});
}
TEST(ParityFormulas, BlockLog) {
  const auto expect = []<int W, int BW>(mase::block_log<W, BW>) {
    expect_block_formula<mase::block_log<W, BW>>([](float x, float a) { return block_log(x, a, W, BW); });
  };
  expect(mase::block_log<8, 8>{});
  expect(mase::block_log<4, 4>{});
  expect(mase::block_log<9, 4>{});
  expect(mase::block_log<16, 8>{});
}
TEST(ParityFormulas, ZeroTensorsAndEmptyOnes) {
  std::vector<float> zero(20), out(20, 5.0F);
  fake_quantize<mase::block_fp<8, 8>>(zero, out, Extents{20});
  EXPECT_EQ(out, zero);
  fake_quantize<mase::block_log<8, 8>>(zero, out, Extents{20});  // a maximum of 1: bias 127
  EXPECT_EQ(out, std::vector<float>(20, std::ldexp(1.0F, -127)));
  std::vector<float> nothing;
  fake_quantize<mase::block_fp<8, 8>>(nothing, nothing, Extents{0, 16});
  fake_quantize<mase::scale_integer<8>>(nothing, nothing, Extents{4, 0});
  fake_quantize<mase::ternary<true>>(nothing, nothing, Extents{0});
}

// --- Measured scales ----------------------------------------------------------------------------------------------------------

TEST(ParityFormulas, ScaleInteger) {
  const std::vector<float> row = hostile_rows();
  std::vector<float> out(row.size());
  fake_quantize<mase::scale_integer<8>>(row, out, Extents{static_cast<std::int64_t>(row.size() / 16), 16});
  golden::Differences differences;
  for (std::size_t i = 0; i < row.size(); ++i) {
    float a = 0.0F;
    for (std::size_t j = i / 16 * 16; j < i / 16 * 16 + 16; ++j)
      a = std::isnan(row[j]) || std::isnan(a) ? nan : std::fmax(a, std::fabs(row[j]));
    const volatile float s = 128.0F / (a + 1e-9F), scaled = row[i] * s;  // each rounded by itself, whatever the compiler contracts
    const float expected = clamp(std::nearbyint(scaled), -128.0F, 127.0F) / s;
    if (!golden::same(out[i], expected)) differences.add(i, row[i], out[i], expected);
  }
  EXPECT_TRUE(differences.none()) << differences.text();
}

template <class S>
std::vector<float> quantized(std::vector<float> x, const Extents& shape) {
  fake_quantize<S>(x, x, shape);
  return x;
}
void expect_values(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(golden::same(got[i], expected[i])) << "value " << i << ": " << got[i] << ", not " << expected[i];
}
TEST(ParityFormulas, BinaryAndTernary) {
  using bits = mase::binary<BinaryLevels::zero_plus, true>;
  expect_values(quantized<mase::binary<>>({0.0F, -0.0F, -1e-40F, 3.0F, -inf}, Extents{5}), {1, 1, -1, 1, -1});
  expect_values(quantized<mase::binary<BinaryLevels::zero_plus>>({0.0F, -2.0F, 1e-40F, 3.0F}, Extents{4}), {0, 0, 1, 1});
  expect_values(quantized<bits>({1.0F, -3.0F, 0.0F, 4.0F}, Extents{2, 2}), {2, 0, 0, 2});
  expect_values(quantized<bits>({0.0F, 0.0F, nan, 4.0F}, Extents{2, 2}), {0, 0, nan, nan});
  // δ = 0.75·mean: of 1, 2, 4, 5 it is 2.25; the mean of the others 4.5
  expect_values(quantized<mase::ternary<>>({1, -2, -4, 5}, Extents{1, 4}), {0, 0, -1, 1});
  expect_values(quantized<mase::ternary<true>>({1, -2, -4, 5, 0, 0, 0, 0}, Extents{2, 4}), {0, 0, -4.5F, 4.5F, nan, nan, nan, nan});
  expect_values(quantized<mase::ternary<>>({0, 0, nan, 1}, Extents{2, 2}), {0, 0, nan, nan});
  expect_values(quantized<mase::ternary<true>>({1, inf}, Extents{2}), {nan, nan});  // nothing exceeds an infinite δ: 0/0
}
TEST(ParityFormulas, BinaryResidual) {
  const std::vector<float> x = {0.0F, 3.0F, -0.9F, 0.5F};
  std::vector<float> out(12);
  mase::binary_residual<3>::quantize(x, out, std::array{-1.0F, 0.5F, 0.25F});  // a mean's sign does not count
  expect_values(out, {0, 1, -1, 1, 0, 0.5F, 0.5F, -0.5F, 0, 0.25F, -0.25F, 0});
}

// --- Shapes, names, sizes, constant expressions -------------------------------------------------------------------------------

using block = mase::block_size<4, 16>;
static_assert(block::resolve(Extents{3, 10, 40}) == Extents{3, 4, 16}, "a dimension that is not mentioned is taken whole");
static_assert(block::resolve(Extents{40}) == Extents{16}, "entries beyond the rank are dropped");
static_assert(mase::block_size<1, whole>::resolve(Extents{6, 70}) == Extents{1, 70});
static_assert(mase::skip_first_dim<block>::resolve(Extents{3, 10, 40}) == Extents{1, 4, 16});
static_assert(mase::skip_first_dim<mase::block_size<16>>::resolve(Extents{9, 37}) == Extents{1, 16});

static_assert(ElementScheme<mase::integer<8, 4>> && ElementScheme<mase::integer_floor<8, 4>>);
static_assert(ValueScheme<mase::minifloat_ieee<8, 4>> && ValueScheme<mase::minifloat_denorm<8, 4>> && ValueScheme<mase::log<8>>);
static_assert(ValueScheme<mase::block_fp<8, 8>> && ValueScheme<mase::block_minifloat<8, 4, 8>> && ValueScheme<mase::block_log<8, 8>>);
static_assert(ValueScheme<mase::binary<>> && ValueScheme<mase::ternary<>> && ValueScheme<mase::scale_integer<8>>);

static_assert(mase::block_fp<8, 8, 127, mase::skip_first_dim<mase::block_size<1, 16>>>::name() ==
              "mase::block_fp<8, 8, 127, mase::skip_first_dim<mase::block_size<1, 16>>>");
static_assert(mase::minifloat_ieee<8, 4>::name() == "mase::minifloat_ieee<8, 4, 7>");
static_assert(bits_per_value<mase::block_fp<8, 8, 127, mase::block_size<1, 16>>> == 8.5);
static_assert(storage_bits<mase::block_fp<8, 8>>(Extents{3, 20}) == 3 * 20 * 8 + 6 * 8, "two blocks a row");
static_assert(storage_bits<mase::binary<BinaryLevels::zero_plus, true>>(Extents{4, 9}) == 4 * 9 + 4 * 32);
static_assert(storage_bits<mase::log<5>>(Extents{3}) == 15 && storage_layout<mase::log<5>>(Extents{3}).bytes() == 2);

template <class S, std::size_t N>
constexpr std::array<float, N> constant(std::array<float, N> x) {
  quantize_values<S>(x, x, Extents{static_cast<std::int64_t>(N)});
  return x;
}
static_assert(constant<mase::minifloat_ieee<8, 4>>(std::array{1.0F, -0.3F, 1e30F, -std::numeric_limits<float>::max(), 1e-9F, 1.97F}) ==
              std::array{1.0F, -0.3125F, 480.0F, -480.0F, 1e-9F, 1.875F});
static_assert(constant<mase::block_fp<4, 8>>(std::array{1.0F, 0.5F, -0.3F, std::numeric_limits<float>::denorm_min()}) ==
                  std::array{0.875F, 0.5F, -0.25F, std::numeric_limits<float>::denorm_min()},
              "a power of two saturates in its own block");
static_assert(constant<mase::log<4>>(std::array{0.0F, 3.0F, -1e30F, inf}) == std::array{0.125F, 4.0F, -16.0F, 16.0F});
static_assert(constant<mase::scale_integer<8>>(std::array{1.0F, -0.5F}) == std::array{0.9921875F, -0.5F});
static_assert(constant<mase::ternary<true>>(std::array{1.0F, -2.0F, -4.0F, 5.0F}) == std::array{0.0F, 0.0F, -4.5F, 4.5F});

}  // namespace
