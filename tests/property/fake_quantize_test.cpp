// SPDX-License-Identifier: BSL-1.0
/// @file fake_quantize_test.cpp
/// The vectorised kernels give the bits of the definition (`quantize_values`): every kind of scheme, shapes that take the fast
/// and the general path, tails, specials, in place, and past the size from which outputs are streamed.
#include <dyadic/kernel/fake_quantize.hpp>

#include <dyadic/format/policy.hpp>
#include <dyadic/format/statistics.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace {

using namespace dyadic;
using subjects::Report;
using subjects::Shown;

struct Kernel {
  std::string_view name;
  void (*definition)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
  void (*fast)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
};
template <QuantScheme S>
Kernel kernel() {
  return {S::name(), &quantize_values<S>, &fake_quantize<S>};
}

/// Magnitudes that wander slowly over all exponents, some special values if wanted.
std::vector<float> tensor(std::int64_t n, std::uint64_t seed, bool with_specials) {
  std::mt19937_64 engine(seed);
  const std::vector<float> specials = oracle::special_inputs();
  std::vector<float> x(static_cast<std::size_t>(n));
  int exponent = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % 37 == 0) exponent = static_cast<int>(engine() % 60) - 30 + (engine() % 16 == 0 ? static_cast<int>(engine() % 180) - 110 : 0);
    x[i] = std::ldexp(static_cast<float>(static_cast<std::int64_t>(engine() >> 40) - (1 << 23)), exponent - 23);
    if (engine() % 64 == 0) x[i] = 0.0F;
    if (with_specials && engine() % 200 == 0) x[i] = specials[engine() % specials.size()];
  }
  return x;
}

class Kernels : public testing::TestWithParam<Kernel> {};

TEST_P(Kernels, GiveTheBitsOfTheDefinition) {
  Report report;
  std::uint64_t seed = 0;
  for (const Extents& shape : {Extents{1}, Extents{15}, Extents{16}, Extents{257}, Extents{4096}, Extents{3, 100}, Extents{8, 96},
                               Extents{64, 64}, Extents{33, 47}, Extents{2, 3, 32}, Extents{2, 5, 7, 11}, Extents{5, 1, 33}, Extents{0, 4}})
    for (const bool with_specials : {false, true}) {
      const std::vector<float> x = tensor(shape.size(), ++seed, with_specials);
      std::vector<float> want(x.size()), got(x.size());
      GetParam().definition(x, want, shape, seed);
      GetParam().fast(x, got, shape, seed);
      std::vector<float> in_place = x;
      GetParam().fast(in_place, in_place, shape, seed);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto same = [](float a, float b) { return oracle::bits_of(a) == oracle::bits_of(b) || (std::isnan(a) && std::isnan(b)); };
        if (!same(want[i], got[i]))
          report.fail("value ", i, " of ", shape.text(), ": ", Shown{x[i]}, " became ", Shown{got[i]}, ", by definition ", Shown{want[i]});
        if (!same(got[i], in_place[i]))
          report.fail("value ", i, " of ", shape.text(), ": ", Shown{x[i]}, " in place became ", Shown{in_place[i]}, ", not ",
                      Shown{got[i]});
      }
    }
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

std::string name_of(const testing::TestParamInfo<Kernel>& one) {
  return std::to_string(one.index) + "_" + subjects::test_name(one.param.name);
}
INSTANTIATE_TEST_SUITE_P(Every, Kernels,
                         testing::Values(kernel<none>(), kernel<Fixed<8, 4>>(), kernel<Fixed<32, 16>>(), kernel<E4M3>(), kernel<E5M2>(),
                                         kernel<LogQ<8>>(), kernel<Binary>(), kernel<Ternary>(),
                                         kernel<With<Fixed<8, 4>, Round::stochastic>>(), kernel<With<E4M3, Round::stochastic>>(),
                                         kernel<With<E5M2, Round::nearest_even, Overflow::special>>(), kernel<BlockFP<8, 8>>(),
                                         kernel<BlockFP<6, 4, Shape<4, 4>>>(), kernel<BlockFP<6, 8, Shape<1, whole>>>(),
                                         kernel<BlockMinifloat<4, 3, 8>>(), kernel<BlockLog<5, 8>>(), kernel<MXFP8<E4M3>>(),
                                         kernel<MXFP8<E5M2, ScaleRule::ceil>>(), kernel<MXFP6<E2M3, ScaleRule::nearest>>(), kernel<MXFP4>(),
                                         kernel<MX<E2M1, ScaleRule::mse>>(), kernel<MXINT8>(),
                                         kernel<Block<With<E4M3, Round::stochastic>, Shape<32>, E8M0>>(),
                                         kernel<Block<With<E4M3, Round::up>, Shape<16>, E8M0>>(), kernel<NVFP4>(),
                                         kernel<Scaled<Fixed<8, 7>, Shape<whole, whole>>>(), kernel<Scaled<E4M3, Shape<16>>>(),
                                         kernel<Affine<8, Shape<1, whole>>>(), kernel<ScaledBinary<>>(), kernel<ScaledTernary<>>(),
                                         kernel<ScaledTernary<TernaryRule::exact, PerRow>>()),
                         name_of);

TEST(Streaming, LargeOutputsHaveTheSameBits) {
  const Extents shape{(std::int64_t{16} << 20) / 4 / 64 + 1, 64};  // just past the size from which caches are passed by
  const std::vector<float> x = tensor(shape.size(), 99, true);
  std::vector<float> want(x.size()), got(x.size());
  quantize_values<E4M3>(x, want, shape);
  fake_quantize<E4M3>(std::span<const float>(x), std::span<float>(got), shape);
  std::size_t different = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    different += oracle::bits_of(want[i]) != oracle::bits_of(got[i]) && !std::isnan(want[i]) ? 1U : 0U;
  EXPECT_EQ(different, 0U);
}

TEST(FakeQuantize, SizesThatDoNotAgreeAreAnError) {
  std::vector<float> x(6), y(5);
  EXPECT_THROW(fake_quantize<E4M3>(std::span<const float>(x), std::span<float>(y), Extents{6}), error);
  EXPECT_THROW(fake_quantize<E4M3>(std::span<const float>(x), std::span<float>(x), Extents{2, 2}), error);
}

}  // namespace
