// SPDX-License-Identifier: BSL-1.0
/// @file block_test.cpp
/// Block formats against the oracle: every family, scale rule and kind of block shape, on tensors of several ranks whose
/// edges are ragged and whose blocks hold zeros, subnormals, huge ranges, infinities and NaN.
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>
#include <dyadic/format/storage.hpp>

#include "support/formats.hpp"
#include "support/oracle_block.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace {

using namespace dyadic;  // must not clash with anything here
using oracle::Dimensions;
using subjects::Report;
using subjects::Shown;

Extents extents_of(const Dimensions& d) {
  Extents e;
  for (const std::int64_t n : d) e.push_back(n);
  return e;
}

/// What a scheme makes of a tensor: by values, and by codes and back.
struct Outcome {
  std::vector<float> values, decoded;
  std::vector<std::uint64_t> scales;
};
template <class S>
Outcome run(const std::vector<float>& in, const Dimensions& dimensions) {
  const Extents shape = extents_of(dimensions);
  Outcome r;
  r.values.resize(in.size());
  r.decoded.resize(in.size());
  quantize_values<S>(in, r.values, shape);
  const detail::block_grid grid = detail::grid_of<typename S::shape>(shape);
  const float t = detail::tensor_scale<S>(in);
  for (std::int64_t b = 0; b < grid.count(); ++b) {
    const detail::block_values values(in.data(), grid, b);
    const auto encoding = S::fit(values, t);
    r.scales.push_back(S::fit_code(values, t));
    const auto decoding = S::parameters_of(r.scales.back(), t);
    grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
      for (auto i = static_cast<std::size_t>(offset); i < static_cast<std::size_t>(offset + length); ++i)
        r.decoded[i] = S::decode_element(S::encode_element(in[i], encoding, 0), decoding);
    });
  }
  return r;
}

struct Scheme {
  std::string_view name;
  Outcome (*run)(const std::vector<float>&, const Dimensions&);
  std::function<oracle::Quantized(const std::vector<float>&, const Dimensions&)> want;
  double largest = 1;           ///< of the element: maxima just at the edge of saturation are made of it
  bool codes_carry_nan = true;  ///< what a NaN in a block becomes when it is encoded can be told from the codes
};

template <std::int64_t... D>
Dimensions shape_of(std::type_identity<Shape<D...>>) {
  return {D...};
}
template <std::int64_t N>
Dimensions shape_of(std::type_identity<Along<N>>) {  // of a tensor that stands alone
  return {N};
}
template <class Element>
struct element_of {
  static const oracle::Format& format() { return subjects::definition<Element>(); }
  static constexpr Round round = Round::nearest_even;
};
template <class F, Round R, Overflow O>
struct element_of<With<F, R, O>> {
  static const oracle::Format& format() { return subjects::definition<F>(); }
  static constexpr Round round = R;
};

void describe_scale(oracle::PowerScaled& b, std::type_identity<E8M0>) {
  b.lowest = -127;
  b.highest = 127;
  b.code = [](int s, int) { return static_cast<std::uint64_t>(s + 127); };
  b.nan_code = 255;
}
template <int E>
void describe_scale(oracle::PowerScaled& b, std::type_identity<BiasedExponent<E>>) {
  b.lowest = -(1 << (E - 1)) + 1;
  b.highest = 1 << (E - 1);
  b.code = [](int s, int) { return static_cast<std::uint64_t>(s + (1 << (E - 1)) - 1); };
}
template <int B>
void describe_scale(oracle::PowerScaled& b, std::type_identity<TopExponent<B>>) {
  const int emax = oracle::floor_log2_of(b.element->largest());
  b.lowest = -(1 << (B - 1)) - emax;
  b.highest = (1 << (B - 1)) - 1 - emax;
  b.code = [](int s, int e) { return static_cast<std::uint64_t>((s + e + (1 << B)) % (1 << B)); };
}

template <class Element, class S, class Scale, ScaleRule R>
Scheme scheme_of(std::type_identity<Block<Element, S, Scale, R>>) {
  oracle::PowerScaled b;
  b.element = &element_of<Element>::format();
  b.round = element_of<Element>::round;
  b.shape = shape_of(std::type_identity<S>{});
  b.rule = R == ScaleRule::floor     ? oracle::Rule::floor
           : R == ScaleRule::ceil    ? oracle::Rule::ceil
           : R == ScaleRule::nearest ? oracle::Rule::nearest
                                     : oracle::Rule::mse;
  describe_scale(b, std::type_identity<Scale>{});
  using B = Block<Element, S, Scale, R>;
  return {B::name(), &run<B>, [b](const auto& x, const auto& d) { return quantize(b, x, d); }, b.element->largest(), Scale::has_nan};
}
template <class Element, std::int64_t... D>
Scheme scheme_of(std::type_identity<Scaled<Element, Shape<D...>>>) {
  const oracle::FloatScaled b{&subjects::definition<Element>(), {D...}};
  using S = Scaled<Element, Shape<D...>>;
  return {S::name(), &run<S>, [b](const auto& x, const auto& d) { return quantize(b, x, d); }, b.element->largest()};
}
Scheme scheme_of(std::type_identity<NVFP4>) {
  return {NVFP4::name(), &run<NVFP4>, [](const auto& x, const auto& d) { return quantize(oracle::TwoLevels{}, x, d); }, 6.0};
}
template <int W, std::int64_t... D>
Scheme scheme_of(std::type_identity<Affine<W, Shape<D...>>>) {
  using S = Affine<W, Shape<D...>>;
  return {S::name(), &run<S>, [](const auto& x, const auto& d) { return quantize(oracle::WithZeroPoint{W, {D...}}, x, d); }, 1.0};
}
template <class Axis, BinaryLevels L>
Scheme scheme_of(std::type_identity<ScaledBinary<Axis, L>>) {
  using S = ScaledBinary<Axis, L>;
  const oracle::MeanSign b{std::is_same_v<Axis, PerRow>, L == BinaryLevels::zero_plus};
  return {S::name(), &run<S>, [b](const auto& x, const auto& d) { return quantize(b, x, d); }, 1.0};
}
template <TernaryRule R, class Axis, bool Unit>
Scheme scheme_of(std::type_identity<ScaledTernary<R, Axis, Unit>>) {
  using S = ScaledTernary<R, Axis, Unit>;
  using T = oracle::MeanTrit::Threshold;
  const oracle::MeanTrit b{R == TernaryRule::mean75  ? T::mean75
                           : R == TernaryRule::max05 ? T::max05
                                                     : T::exact,
                           std::is_same_v<Axis, PerRow>, Unit};
  return {S::name(), &run<S>, [b](const auto& x, const auto& d) { return quantize(b, x, d); }, 1.0};
}

/// A tensor with something of everything: per stretch of values another magnitude, here and there a special one.
std::vector<float> tensor(std::size_t n, const Scheme& s, std::uint64_t seed, bool with_specials) {
  std::mt19937_64 engine(seed);
  const auto unit = [&] { return static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0; };
  std::vector<float> x(n);
  double scale = 1;
  int kind = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 23 == 0) {
      scale = std::ldexp(1.0, static_cast<int>(engine() % 270) - 145);
      kind = static_cast<int>(engine() % 8);
    }
    double v = unit() * scale;
    if (kind == 0) v = 0;                                                           // zeros in stretches
    if (kind == 1) v = std::copysign(scale, v);                                     // powers of two
    if (kind == 2) v = std::copysign(s.largest * scale, v);                         // at the edge of saturation
    if (kind == 3) v = std::ldexp(unit(), static_cast<int>(engine() % 270) - 145);  // no common magnitude
    if (kind == 4) v = std::copysign(static_cast<double>(engine() % 2 ? 0x1.6a09e6p0F : 0x1.6a09e8p0F) * scale, v);  // on both sides of √2
    float f = static_cast<float>(std::clamp(v, -3.4e38, 3.4e38));
    if (engine() % 16 == 0) f = std::nextafter(f, engine() % 2 == 0 ? 1e30F : -1e30F);
    if (with_specials && engine() % 40 == 0) f = oracle::special_inputs()[engine() % oracle::special_inputs().size()];
    x[i] = f;
  }
  return x;
}

class Blocks : public testing::TestWithParam<Scheme> {
 protected:
  void check(const std::vector<float>& x, const Dimensions& d, Report& report) const {
    const Scheme& s = GetParam();
    const oracle::Quantized want = s.want(x, d);
    const Outcome got = s.run(x, d);
    ASSERT_EQ(want.scales.size(), got.scales.size()) << "blocks of " << extents_of(d).text();
    for (std::size_t b = 0; b < got.scales.size(); ++b)
      if (want.scales[b] && *want.scales[b] != got.scales[b])
        report.fail("scale of block ", b, " in ", extents_of(d).text(), ": ", got.scales[b], ", not ", *want.scales[b]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float w = want.values[i], y = got.values[i], z = got.decoded[i];
      if (std::isnan(w) ? !std::isnan(y) : !(y == w))
        report.fail("value ", i, " of ", extents_of(d).text(), ": ", Shown{x[i]}, " became ", Shown{y}, ", not ", Shown{w});
      if (std::isnan(w) ? s.codes_carry_nan && !std::isnan(z) : !(z == w))
        report.fail("value ", i, " of ", extents_of(d).text(), ": ", Shown{x[i]}, " decoded as ", Shown{z}, ", not ", Shown{w});
    }
  }
};

TEST_P(Blocks, AgreeWithTheOracle) {
  Report report;
  std::uint64_t seed = 100;
  for (const Dimensions& d :
       {Dimensions{1}, {16}, {32}, {33}, {1000}, {3, 50}, {17, 5}, {4, 4}, {2, 3, 37}, {2, 3, 5, 7}, {1, 2, 1, 3, 20}, {40, 64}, {9, 1}}) {
    std::int64_t n = 1;
    for (const std::int64_t k : d) n *= k;
    for (int round = 0; round < (oracle::thinning > 1 ? 1 : 4); ++round)
      for (const bool with_specials : {false, true})
        check(tensor(static_cast<std::size_t>(n), GetParam(), ++seed, with_specials), d, report);
  }
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

TEST_P(Blocks, ZerosNaNAndInfinity) {
  Report report;
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  check(std::vector<float>(50, 0.0F), {50}, report);
  check(std::vector<float>(50, -0.0F), {5, 10}, report);
  check(std::vector<float>(50, inf), {50}, report);
  check(std::vector<float>(40, nan), {40}, report);
  std::vector<float> mixed(96, 0.75F);
  mixed[3] = nan;
  mixed[40] = -inf;
  mixed[70] = 0x1p-149F;
  check(mixed, {96}, report);
  check(mixed, {6, 16}, report);
  std::vector<float> tiny(48, 0x1p-149F);
  tiny[9] = -0x1.8p-147F;
  check(tiny, {48}, report);
  std::vector<float> huge(48, oracle::largest_float);
  huge[9] = -1.0F;
  check(huge, {3, 16}, report);
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

template <class... S>
std::vector<Scheme> schemes(subjects::list<S...>) {
  return {scheme_of(std::type_identity<S>{})...};
}
std::vector<Scheme> all() {
  return schemes(
      subjects::list<BlockFP<4, 8>, BlockFP<8, 8>, BlockFP<8, 4>, BlockFP<8, 1>, BlockFP<2, 8>, BlockFP<24, 8>, BlockFP<6, 5, Shape<4, 4>>,
                     BlockFP<6, 8, Shape<whole, whole>>, BlockFP<6, 8, Shape<1, whole>>, BlockFP<5, 8, Shape<2, 3, 5>>,
                     BlockMinifloat<4, 3, 8>, BlockMinifloat<2, 1, 4>, BlockMinifloat<5, 2, 8, Shape<whole>>,
                     BlockMinifloat<3, 0, 8, Shape<3, 4>>, BlockLog<4, 8>, BlockLog<5, 3, Shape<7>>, MXFP8<E4M3>,
                     MXFP8<E4M3, ScaleRule::ceil>, MXFP8<E4M3, ScaleRule::nearest>, MXFP8<E4M3, ScaleRule::mse>,
                     MXFP8<E5M2, ScaleRule::ceil>, MXFP6<E2M3>, MXFP6<E2M3, ScaleRule::mse>, MXFP6<E3M2, ScaleRule::nearest>, MXFP4,
                     MX<E2M1, ScaleRule::mse>, MXINT8, MX<SymmetricFixed<8, 6>, ScaleRule::ceil>, Block<Ternary, Shape<8>, E8M0>,
                     Block<With<E2M1, Round::toward_zero>, Shape<16>, E8M0, ScaleRule::ceil>,
                     Block<With<SignMagnitude<8, 6>, Round::nearest_away>, Shape<16>, BiasedExponent<8>>,
                     Block<With<E4M3, Round::up>, Shape<32>, E8M0>, Scaled<Fixed<8, 7>, Shape<whole>>, Scaled<Fixed<8, 0>, Shape<1, whole>>,
                     Scaled<E4M3, Shape<16>>, Scaled<E2M1, Shape<whole, whole>>, NVFP4, Affine<8, Shape<whole>>, Affine<4, Shape<2, 8>>,
                     Affine<16, Shape<32>>, Affine<2, Shape<5>>, ScaledBinary<PerRow>, ScaledBinary<PerTensor>,
                     ScaledBinary<PerRow, BinaryLevels::zero_plus>, ScaledTernary<>, ScaledTernary<TernaryRule::max05, PerTensor>,
                     ScaledTernary<TernaryRule::exact, PerRow>, ScaledTernary<TernaryRule::mean75, PerRow, true>,  //
                     MX<Minifloat<4, 3, 8, Specials::extended>>, MX<Minifloat<2, 1, 2, Specials::extended>, ScaleRule::ceil>, MX<UE4M3>,
                     MX<UnsignedMinifloat<2, 2>, ScaleRule::mse>, Block<With<UE5M3, Round::up>, Shape<16>, E8M0>,
                     Scaled<UnsignedMinifloat<4, 4, 8, Specials::extended>, Shape<16>>, Scaled<UE4M3, Shape<16>>>{});
}
std::string name_of(const testing::TestParamInfo<Scheme>& one) {
  return std::to_string(one.index) + "_" + subjects::test_name(one.param.name);
}
INSTANTIATE_TEST_SUITE_P(Every, Blocks, testing::ValuesIn(all()), name_of);

}  // namespace
