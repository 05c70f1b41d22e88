// SPDX-License-Identifier: BSL-1.0
/// @file given_test.cpp
/// Bulk conversions with parameters that are given: each value is `S::apply` under the parameters of its
/// block, which is found index by index here, and codes with those parameters decode to the same.
#include <dyadic/kernel/encode.hpp>

#include <dyadic/format/binary.hpp>
#include <dyadic/format/policy.hpp>

#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace dyadic;
using Index = std::vector<std::int64_t>;

/// Which block a value is of, by what has to be equal for two values to be of one; blocks count in the order
/// of these.
using Key = Index (*)(const Index& at, const Extents& shape, const operand_axes& axes);
std::int64_t place(std::int64_t axis, const Extents& shape) { return axis < 0 ? shape.rank() + axis : axis; }

template <class S>
struct key_of;
template <>
struct key_of<PerTensor> {
  static Index key(const Index&, const Extents&, const operand_axes&) { return {}; }
};
template <>
struct key_of<PerRow> {
  static Index key(const Index& at, const Extents& shape, const operand_axes&) {
    return {shape.rank() > 1 ? at[0] : 0};
  }
};
/// The slices of all dimensions but those that are summed over, of which a block has `length` values.
Index along(Index at, const Extents& shape, const operand_axes& axes, std::int64_t length) {
  const auto r = static_cast<std::size_t>(place(axes.reduction, shape));
  const auto rank = static_cast<std::size_t>(shape.rank());
  const std::int64_t group = shape[static_cast<int>(r)] / axes.groups;
  if (axes.groups > 1) {  // each group is summed apart
    at.insert(at.begin() + static_cast<std::ptrdiff_t>(r), at[r] / group);
    at[r + 1] %= group;
  }
  const std::size_t n = r + (axes.groups > 1 ? 1U : 0U);
  const std::size_t kernel = axes.kernel && rank > 2 ? at.size() - (rank - 2) : at.size();
  if (kernel < at.size() && (length < 0 || group < length)) {  // positions of a kernel belong to the sum
    std::int64_t position = 0;
    for (std::size_t i = kernel; i < at.size(); ++i)
      position = position * shape[static_cast<int>(i + rank - at.size())] + at[i];
    const std::int64_t k = position * group + at[n];
    Index key(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(kernel));
    key.erase(key.begin() + static_cast<std::ptrdiff_t>(n));
    key.push_back(length < 0 ? 0 : k / length);
    return key;
  }
  at[n] = length < 0 ? 0 : at[n] / length;
  return at;
}
template <std::int64_t N>
struct key_of<Along<N>> {
  static Index key(const Index& at, const Extents& shape, const operand_axes& axes) {
    return along(at, shape, axes, N);
  }
};
template <>
struct key_of<PerToken> {
  static Index key(const Index& at, const Extents& shape, const operand_axes& axes) {
    return along(at, shape, axes, -1);
  }
};
template <>
struct key_of<PerChannel> {
  static Index key(const Index& at, const Extents& shape, const operand_axes& axes) {
    if (axes.reduction == -1 && axes.channel == 0 && !axes.kernel) return {shape.rank() > 1 ? at[0] : 0};
    return along(at, shape, axes, -1);  // the slices of the sum are the channels
  }
};
template <std::int64_t... D>
struct key_of<Shape<D...>> {
  static Index key(const Index& at, const Extents&, const operand_axes&) {
    const Index d{D...};
    Index key = at;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const std::size_t from_back = at.size() - 1 - i;
      const std::int64_t extent = from_back < d.size() ? d[d.size() - 1 - from_back] : 1;
      key[i] = extent < 0 ? 0 : at[i] / extent;
    }
    return key;
  }
};

/// For each value the number of its block.
template <class S>
std::vector<std::size_t> blocks_of(const Extents& shape, const operand_axes& axes, std::size_t& count) {
  std::vector<Index> keys;
  for (std::int64_t flat = 0; flat < shape.size(); ++flat) {
    Index at(static_cast<std::size_t>(shape.rank()));
    std::int64_t rest = flat;
    for (std::size_t i = at.size(); i-- > 0;) {
      at[i] = rest % shape[static_cast<int>(i)];
      rest /= shape[static_cast<int>(i)];
    }
    keys.push_back(key_of<typename S::shape>::key(at, shape, axes));
  }
  std::map<Index, std::size_t> numbers;
  for (const Index& k : keys) numbers[k] = 0;
  count = 0;
  for (auto& [key, number] : numbers) number = count++;
  std::vector<std::size_t> r;
  for (const Index& k : keys) r.push_back(numbers[k]);
  return r;
}

std::vector<float> values(std::int64_t n, std::uint64_t seed, bool with_specials) {
  std::mt19937_64 engine(seed);
  const std::vector<float> specials = oracle::special_inputs();
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) {
    v = normal(engine) * (engine() % 8 == 0 ? std::exp2(normal(engine) * 30.0F) : 3.0F);
    if (engine() % 32 == 0) v = 0.0F;
    if (with_specials && engine() % 50 == 0) v = specials[engine() % specials.size()];
  }
  return x;
}

/// A scale that `S` can store, near 1 mostly, now and then far out.
template <class S>
float some_scale(std::mt19937_64& engine) {
  std::normal_distribution<float> normal;
  const float d = std::exp2(normal(engine) * (engine() % 8 == 0 ? 40.0F : 2.0F));
  if constexpr (detail::declared<S>.kind == arithmetic_kind::elements_by_power_of_two)
    return std::exp2(std::clamp(std::round(std::log2(d)), -7.0F, 7.0F));
  else if constexpr (requires { requires std::same_as<typename S::scale, Half>; })
    return std::max(0x1p-24F, Half::quantize(d));
  else if constexpr (requires { requires std::same_as<typename S::scale, E4M3>; })
    return std::max(0x1p-9F, E4M3::quantize(d));
  else if constexpr (requires { requires std::same_as<typename S::scale, E8M0>; })
    return std::exp2(std::clamp(std::round(std::log2(d)), -127.0F, 125.0F));
  else return std::clamp(d, 0x1p-140F, 0x1p126F);
}

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

template <class S>
void check(const Extents& shape, const operand_axes& axes, bool with_specials, std::uint64_t seed) {
  const std::string where = std::string(S::name()) + ' ' + shape.text();
  std::mt19937_64 engine(seed);
  std::size_t count = 0;
  const std::vector<std::size_t> block = blocks_of<S>(shape, axes, count);
  ASSERT_EQ(static_cast<std::int64_t>(count), shape.size() == 0 ? 0 : storage_layout<S>(shape, axes).blocks)
      << where;
  std::vector<float> scales;
  std::vector<i32> zero_points;
  for (std::size_t b = 0; b < count; ++b) {
    scales.push_back(some_scale<S>(engine));
    if constexpr (detail::TakesZeroPoints<S>)
      zero_points.push_back(static_cast<i32>(engine() % (1U << S::bits)) +
                            static_cast<i32>(detail::declared<S>.low));
  }
  constexpr float t = 0.375F;
  const given<S> parameters = [&] {
    if constexpr (detail::has_tensor_scale<S>) return given<S>(t, scales);
    else if constexpr (detail::TakesZeroPoints<S>) return given<S>(scales, zero_points);
    else return given<S>{scales};
  }();
  const std::vector<float> x = values(shape.size(), seed, with_specials);
  // 1. What it should be.
  std::vector<float> want(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t b = block[i];
    if constexpr (detail::has_tensor_scale<S>)
      want[i] = S::template apply<float>(x[i], S::parameters_of(E4M3::encode(scales[b]), t), 0);
    else if constexpr (detail::TakesZeroPoints<S>)
      want[i] = S::template apply<float>(x[i], typename S::parameters(scales[b], zero_points[b]), 0);
    else if constexpr (requires { S::with_scale(1.0F); })
      want[i] = S::template apply<float>(x[i], S::with_scale(scales[b]), 0);
    else if constexpr (detail::declared<S>.kind == arithmetic_kind::codes_by_step)
      want[i] = S::template apply<float>(x[i], typename S::parameters(scales[b]), 0);
    else {
      const float v =
          std::isnan(x[i]) ? x[i] : S::element::quantize(std::clamp(x[i], -3e38F, 3e38F) / scales[b]);
      want[i] = v * scales[b];
    }
  }
  // 2. What it is: by definition, by the kernels, in place.
  std::vector<float> got(x.size()), defined(x.size()), in_place = x;
  quantize_operand<S>(x, defined, shape, axes, parameters);
  fake_quantize<S>(x, got, shape, axes, parameters);
  fake_quantize<S>(in_place, in_place, shape, axes, parameters);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(same(defined[i], want[i]))
        << where << ' ' << i << ": " << x[i] << " became " << defined[i] << ", not " << want[i];
    ASSERT_TRUE(same(got[i], want[i]))
        << where << ' ' << i << ": " << x[i] << " became " << got[i] << ", not " << want[i];
    ASSERT_TRUE(same(in_place[i], want[i])) << where << ' ' << i << " in place";
  }
  // 3. Codes, of a tensor that stands alone; a NaN has none where the element has none.
  if (!(axes == operand_axes{})) return;
  const Packed<S> p = encode<S>(ConstView{x.data(), shape}, parameters);
  decode(p, View{got.data(), shape});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float expected = !std::isnan(x[i]) ? want[i] : requires { requires S::element::has_nan; }
    ? x[i] : got[i];
    // (0 and -0 are the same here: of a small negative value one format keeps the sign in its codes only.)
    ASSERT_TRUE(got[i] == expected || same(got[i], expected))
        << where << ' ' << i << " of codes: " << got[i] << ", not " << expected;
    ASSERT_TRUE(same(got[i], p[static_cast<std::int64_t>(i)])) << where << ' ' << i;
    ASSERT_FALSE(std::isnan(got[i]) && !std::isnan(x[i])) << where;
  }
  for (std::size_t b = 0; b < count; ++b)
    ASSERT_EQ(p.scale(static_cast<std::int64_t>(b)), parameters.code(static_cast<std::int64_t>(b))) << where;
  if constexpr (detail::has_tensor_scale<S>) {
    if (shape.size() != 0) {
      EXPECT_EQ(p.tensor_scale(), t);
    }
  }
}
template <class S>
void check_alone() {
  std::uint64_t seed = 0;
  for (const Extents& shape :
       {Extents{1}, Extents{15}, Extents{64}, Extents{257}, Extents{3, 100}, Extents{8, 96}, Extents{13, 47},
        Extents{1, 70}, Extents{70, 1}, Extents{2, 3, 32}, Extents{2, 5, 7, 11}, Extents{0, 4}, Extents{4, 0},
        Extents{5, 512}})
    for (const bool with_specials : {false, true}) check<S>(shape, {}, with_specials, ++seed);
}
template <class S>
void check_operands() {
  constexpr operand_axes weight{.reduction = 1, .channel = 0, .kernel = true},
      image{.reduction = 1, .channel = operand_axes::no_channel}, columns{.reduction = -2, .channel = -1},
      transposed{.reduction = 0, .channel = 1, .kernel = true};
  for (const bool with_specials : {false, true}) {
    check<S>({5, 40, 3, 3}, weight, with_specials, 1);
    check<S>({5, 7, 3, 3}, weight, with_specials, 2);
    check<S>({3, 1, 5, 5}, weight, with_specials, 3);
    if constexpr (block_axis_of<typename S::shape> != block_axis::channel)  // images have none
      check<S>({2, 33, 4, 9}, image, with_specials, 4);
    check<S>({37, 50}, columns, with_specials, 5);
    check<S>({3, 37, 20}, columns, with_specials, 6);
    check<S>({20, 6, 2, 2}, transposed, with_specials, 7);
  }
}
template <class... S>
struct list {};
template <class... S>
void check_alone(list<S...>) {
  (check_alone<S>(), ...);
}
template <class... S>
void check_operands(list<S...>) {
  (check_operands<S>(), ...);
}
template <class Shape>
using at_every_shape = list<Scaled<SymmetricFixed<8, 0>, Shape>, Affine<8, Shape>, SymmetricAffine<8, Shape>>;

TEST(GivenInBulk, AtEveryShape) {
  check_alone(at_every_shape<PerTensor>{});
  check_alone(at_every_shape<PerRow>{});
  check_alone(at_every_shape<PerChannel>{});
  check_alone(at_every_shape<PerToken>{});
  check_alone(at_every_shape<Along<16>>{});
  check_alone(at_every_shape<Along<5>>{});
  check_alone(at_every_shape<Shape<4, 4>>{});
  check_alone(at_every_shape<Shape<3, whole>>{});
}
TEST(GivenInBulk, OfEveryScheme) {
  check_alone(
      list<Scaled<E4M3, Along<32>>, Scaled<E5M2, PerRow>, Scaled<LogQ<4>, Along<16>>,
           Scaled<Ternary, Along<16>>, Scaled<Fixed<4, 2>, Shape<7>>, Scaled<Fixed<4, 0>, Along<32>, Half>,
           Scaled<E2M1, Along<32>, E8M0>, Scaled<E2M1, Along<16>, E4M3>, NVFP4>{});
  check_alone(list<Affine<4, Along<32>>, Affine<16, PerRow>, Affine<1, Shape<3>>, SignedAffine<8, PerRow>,
                   SignedAffine<4, Along<32>>, SignedAffine<16, PerTensor>, SymmetricAffine<4, Along<16>>,
                   SymmetricAffine<4, Along<32>, Half>>{});
  check_alone(list<MXFP4, MXFP8<E4M3>, MXINT8, BlockFP<8, 8>, BlockFP<6, 5, Shape<4, 4>>,
                   BlockMinifloat<4, 3, 8>, Block<E2M1, PerRow>>{});
}
TEST(GivenInBulk, ForOperandsAlongTheirAxes) {
  check_operands(at_every_shape<Along<16>>{});
  check_operands(at_every_shape<PerToken>{});
  check_operands(at_every_shape<PerChannel>{});
  check_operands(list<NVFP4, MXFP4, SignedAffine<4, Along<32>>>{});
}
/// Random bits go by the place of a value, as ever.
TEST(GivenInBulk, RoundsAtRandomAsTheDefinitionDoes) {
  using S = Scaled<With<Fixed<6, 0>, Round::stochastic>, Along<16>>;
  const Extents shape{9, 50};
  const std::vector<float> x = values(shape.size(), 3, true),
                           scales(static_cast<std::size_t>(storage_layout<S>(shape).blocks), 0.75F);
  const given<S> parameters{scales};
  std::vector<float> want(x.size()), got(x.size()), other(x.size());
  quantize_values<S>(x, want, shape, parameters, 11);
  fake_quantize<S>(x, got, shape, parameters, 11);
  fake_quantize<S>(x, other, shape, parameters, 12);
  bool differs = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_TRUE(same(got[i], want[i])) << i;
    differs = differs || !same(got[i], other[i]);
  }
  EXPECT_TRUE(differs);
  decode(encode<S>(ConstView{x.data(), shape}, parameters, 11), View{got.data(), shape});
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_TRUE(std::isnan(x[i]) || same(got[i], want[i])) << i;
}
/// The scale of a tensor alone: as measured, it changes nothing; else block scales are relative to it.
TEST(GivenInBulk, MeasuresBlocksUnderAScaleOfTheTensor) {
  const auto expect_under = []<class S>(std::type_identity<S>) {
    for (const Extents& shape : {Extents{8, 96}, Extents{7, 45}, Extents{64, 256}, Extents{0}})
      for (const float t : {0.0F, 0.01F, 3.0F, 1e-30F, 1e30F}) {
        const std::vector<float> x = values(shape.size(), 5, true);
        float amax = 0.0F;
        for (const float v : x)
          if (!std::isnan(v))
            amax = std::max(amax, std::min(std::fabs(v), std::numeric_limits<float>::max()));
        const given<S> parameters{t == 0.0F ? S::tensor_scale(amax) : t};
        std::vector<float> want(x.size()), got(x.size()), decoded(x.size());
        if (t == 0.0F) quantize_values<S>(x, want, shape);
        else quantize_values<S>(x, want, shape, parameters);
        fake_quantize<S>(x, got, shape, parameters);
        const Packed<S> p = encode<S>(ConstView{x.data(), shape}, parameters);
        decode(p, View{decoded.data(), shape});
        for (std::size_t i = 0; i < x.size(); ++i) {
          ASSERT_TRUE(same(got[i], want[i])) << S::name() << ' ' << i << ' ' << t;
          ASSERT_TRUE(same(decoded[i], want[i])) << S::name() << ' ' << i << ' ' << t;
        }
        if (shape.size() != 0) {
          EXPECT_EQ(p.tensor_scale(), parameters.tensor_scale());
        }
      }
  };
  expect_under(std::type_identity<NVFP4>{});
  expect_under(std::type_identity<Scaled<E2M1, Along<16>, E4M3>>{});
  expect_under(std::type_identity<Affine<4, Along<16>, E4M3>>{});
}
TEST(GivenInBulk, SaysHowManyBlocksThereAre) {
  using S = Scaled<Fixed<8, 0>, PerChannel>;
  const Tensor<2> x = Tensor<2>(12, 5).setConstant(1.0F);
  const std::vector<float> eleven(11, 1.0F), twelve(12, 0.5F);
  const auto words = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const error& e) {
      return e.what();
    }
    return "";
  };
  const std::string rest =
      "a tensor of shape [12, 5] has 12 blocks under PerChannel, but 11 scales were given; give one for each "
      "block";
  EXPECT_NE(
      words([&] { static_cast<void>(fake_quantize<S>(x, given<S>{eleven})); }).find("fake_quantize: " + rest),
      std::string::npos);
  EXPECT_NE(words([&] { static_cast<void>(encode<S>(x, given<S>{eleven})); }).find("encode: " + rest),
            std::string::npos);
  // The forms that take tensors.
  const Tensor<2> y = fake_quantize<S>(x, given<S>{twelve}),
                  z = fake_quantize<S>(x, operand_axes{.reduction = 0, .channel = 1},
                                       given<S>{std::vector<float>(5, 0.25F)});
  Tensor<2> out(12, 5);
  fake_quantize<S>(x, out, given<S>{twelve});
  EXPECT_EQ(y(3, 4), 1.0F);
  EXPECT_EQ(z(3, 4), 1.0F);
  EXPECT_EQ(out(11, 4), 1.0F);
  EXPECT_EQ((decode<2>(encode<S>(x, given<S>{twelve}))(0, 0)), 1.0F);
}

}  // namespace
