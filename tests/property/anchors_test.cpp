// SPDX-License-Identifier: BSL-1.0
/// @file anchors_test.cpp
/// How much each scheme costs on gaussian values, against figures that were computed apart from this library: signal to
/// quantisation noise of 2^20 draws from N(0, 1), within 0.1 dB.
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>

#include "support/formats.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <span>

namespace {

using namespace dyadic;

/// Box–Muller on the engine's 64 bits: std::normal_distribution may differ from library to library.
std::vector<float> gaussian(std::size_t n, double deviation) {
  std::mt19937_64 engine(20240229);
  const auto uniform = [&] { return (static_cast<double>(engine() >> 11) + 0.5) * 0x1p-53; };
  std::vector<float> x(n);
  for (std::size_t i = 0; i + 1 < n; i += 2) {
    const double r = std::sqrt(-2 * std::log(uniform())), angle = 2 * std::numbers::pi * uniform();
    x[i] = static_cast<float>(deviation * r * std::cos(angle));
    x[i + 1] = static_cast<float>(deviation * r * std::sin(angle));
  }
  return x;
}

struct Anchor {
  std::string_view name;
  double decibels;
  void (*quantize)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
  double deviation = 1;
};
template <QuantScheme S>
Anchor anchor(double decibels, double deviation = 1) {
  return {S::name(), decibels, &quantize_values<S>, deviation};
}

class Anchors : public testing::TestWithParam<Anchor> {};

TEST_P(Anchors, SignalToNoise) {
  constexpr std::size_t n = std::size_t{1} << 20;  // never fewer: the clipped tails of Fixed<8, 5> alone decide its figure
  const std::vector<float> x = gaussian(n, GetParam().deviation);
  std::vector<float> y(n);
  GetParam().quantize(x, y, Extents{static_cast<std::int64_t>(n / 1024), 1024}, 0);
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]), d = v - static_cast<double>(y[i]);
    signal += v * v;
    noise += d * d;
  }
  EXPECT_NEAR(10 * std::log10(signal / noise), GetParam().decibels, 0.1);
}

std::string name_of(const testing::TestParamInfo<Anchor>& one) {
  return std::to_string(one.index) + "_" + subjects::test_name(one.param.name);
}
INSTANTIATE_TEST_SUITE_P(
    Gaussian, Anchors,
    testing::Values(anchor<MXFP8<E4M3, ScaleRule::ceil>>(31.52), anchor<MXFP8<E4M3>>(30.63), anchor<MXFP8<E5M2, ScaleRule::ceil>>(25.54),
                    anchor<MXFP8<E5M2>>(25.35), anchor<MXFP6<E2M3, ScaleRule::ceil>>(30.95), anchor<MXFP6<E2M3>>(30.94),
                    anchor<MXFP6<E3M2, ScaleRule::ceil>>(25.54), anchor<MXFP6<E3M2>>(25.35), anchor<MX<E2M1, ScaleRule::ceil>>(18.73),
                    anchor<MXFP4>(18.77), anchor<MX<SymmetricFixed<8, 6>, ScaleRule::ceil>>(41.62), anchor<MXINT8>(41.67),
                    anchor<NVFP4>(20.42), anchor<BlockFP<4, 8>>(18.63), anchor<BlockFP<6, 8>>(30.73), anchor<BlockFP<8, 8>>(42.79),
                    anchor<BlockMinifloat<4, 3, 8>>(31.4, 0.02), anchor<BlockMinifloat<4, 3, 8>>(31.3, 1),
                    anchor<BlockMinifloat<4, 3, 8>>(31.3, 1000), anchor<Fixed<8, 4>>(34.86), anchor<Fixed<8, 5>>(40.58),
                    anchor<Fixed<8, 6>>(19.24), anchor<Fixed<6, 3>>(28.82), anchor<Fixed<4, 2>>(16.47), anchor<Minifloat<4, 3>>(31.52),
                    anchor<Minifloat<5, 2>>(25.54), anchor<Minifloat<3, 4>>(37.45), anchor<Minifloat<2, 5>>(40.33),
                    anchor<ScaledTernary<TernaryRule::mean75, PerTensor>>(7.20)),
    name_of);

/// The mean squared error of the `mse` rule is never worse than the others'.
TEST(ScaleRules, TheLeastSquaredErrorIsLeast) {
  const std::vector<float> x = gaussian(1 << 14, 1);
  const Extents shape{1 << 14};
  const auto noise = [&](auto quantize) {
    std::vector<float> y(x.size());
    quantize(std::span<const float>(x), std::span<float>(y), shape, std::uint64_t{0});
    double r = 0;
    for (std::size_t i = 0; i < x.size(); ++i) r += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2);
    return r;
  };
  const double least = noise(&quantize_values<MX<E2M1, ScaleRule::mse>>);
  EXPECT_LE(least, noise(&quantize_values<MX<E2M1>>));
  EXPECT_LE(least, noise(&quantize_values<MX<E2M1, ScaleRule::ceil>>));
  EXPECT_LE(least, noise(&quantize_values<MX<E2M1, ScaleRule::nearest>>));
}

}  // namespace
