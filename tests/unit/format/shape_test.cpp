// SPDX-License-Identifier: BSL-1.0
// Blocks that follow an operator's axes: along the sum, per output channel, per token; against lists of indices made without the library.
#include <dyadic/dyadic.hpp>

#include <support/oracle_axes.hpp>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dyadic {
namespace {

constexpr operand_axes kernel{.reduction = 1, .channel = 0, .kernel = true};
constexpr operand_axes image{.reduction = 1, .channel = operand_axes::no_channel};
constexpr operand_axes columns{.reduction = -2, .channel = -1};
constexpr operand_axes turned_kernel(std::int64_t groups) { return {.reduction = 0, .channel = 1, .groups = groups, .kernel = true}; }

std::vector<float> random_values(const Extents& shape) {
  std::mt19937 random(static_cast<unsigned>(shape.size()));
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(shape.size()));
  for (float& v : x) v = normal(random) * std::exp2(normal(random) * 2);
  return x;
}
std::vector<std::int64_t> dimensions(const Extents& e) {
  std::vector<std::int64_t> d;
  for (int i = 0; i < e.rank(); ++i) d.push_back(e[i]);
  return d;
}

/// Each block of at most `length` along each line, quantised alone, as a tensor of rank 1.
template <class Alone>
std::vector<float> line_by_line(const std::vector<float>& x, const std::vector<std::vector<std::size_t>>& lines, std::size_t length) {
  std::vector<float> y(x.size());
  for (const auto& line : lines)
    for (std::size_t first = 0; first < line.size(); first += length) {
      std::vector<float> block;
      for (std::size_t i = first; i < std::min(first + length, line.size()); ++i) block.push_back(x[line[i]]);
      fake_quantize<Alone>(block, block, Extents{static_cast<std::int64_t>(block.size())});
      for (std::size_t i = 0; i < block.size(); ++i) y[line[first + i]] = block[i];
    }
  return y;
}
template <class S, class Alone>
void expect_lines(const Extents& shape, const operand_axes& axes, const oracle::Operand& as, std::int64_t length, std::int64_t least) {
  const std::vector<float> x = random_values(shape);
  const auto lines = oracle::lines_of(dimensions(shape), as, least);
  const std::vector<float> want = line_by_line<Alone>(x, lines, static_cast<std::size_t>(length));
  std::vector<float> fast(x.size()), defined(x.size()), in_place = x;
  fake_quantize<S>(x, fast, shape, axes);
  quantize_operand<S>(x, defined, shape, axes);
  fake_quantize<S>(in_place, in_place, shape, axes);
  EXPECT_EQ(fast, want) << S::name() << " of " << shape.text();
  EXPECT_EQ(defined, want) << S::name() << " of " << shape.text();
  EXPECT_EQ(in_place, want) << S::name() << " of " << shape.text();
  // What is stored: a scale for each block.
  std::int64_t blocks = 0;
  for (const auto& line : lines) blocks += (static_cast<std::int64_t>(line.size()) + length - 1) / length;
  EXPECT_EQ(storage_layout<S>(shape, axes).blocks, blocks) << S::name() << " of " << shape.text();
}

/// A block scheme of every kind, along the sum.
template <std::int64_t N>
void expect_along(const Extents& shape, const operand_axes& axes, const oracle::Operand& as) {
  expect_lines<BlockFP<4, 8, Along<N>>, BlockFP<4, 8, PerTensor>>(shape, axes, as, N, N);
  expect_lines<Block<E2M1, Along<N>, E8M0, ScaleRule::ceil>, Block<E2M1, PerTensor, E8M0, ScaleRule::ceil>>(shape, axes, as, N, N);
  expect_lines<Scaled<SymmetricFixed<4, 0>, Along<N>>, Scaled<SymmetricFixed<4, 0>, PerTensor>>(shape, axes, as, N, N);
  expect_lines<Affine<4, Along<N>>, Affine<4, PerTensor>>(shape, axes, as, N, N);
}

TEST(Along, FollowsTheSumOfEveryOperand) {
  using oracle::Axis;
  for (const Extents& e : {Extents{37}, Extents{3, 40}, Extents{2, 3, 65}, Extents{1, 1}, Extents{0, 5}, Extents{5, 0}}) {
    if (e.size() != 0) expect_along<16>(e, data_axes, {Axis::rows});
    expect_along<3>(e, operand_axes{}, {Axis::rows});
  }
  for (const Extents& e : {Extents{40, 17}, Extents{37, 3}, Extents{2, 50, 33}, Extents{2, 3, 16, 48}, Extents{5, 1}}) {
    expect_along<16>(e, columns, {Axis::columns});
    expect_along<32>(e, columns, {Axis::columns});
  }
  for (const Extents& e : {Extents{2, 40, 33}, Extents{2, 40, 4, 9}, Extents{1, 3, 8, 8}, Extents{3, 64, 1, 1}, Extents{2, 33, 2, 16}}) {
    expect_along<16>(e, image, {Axis::channels});
    expect_along<32>(e, image, {Axis::channels});
  }
}

TEST(Along, FollowsTheChannelsOfAKernelOrAllOfAShortOne) {
  using oracle::Axis;
  // Channels enough for a block; fewer, but kernels of several blocks; kernels of less than one; depthwise; one pixel.
  for (const Extents& e : {Extents{4, 40, 3, 3}, Extents{4, 32, 5}, Extents{5, 6, 3, 3}, Extents{4, 3, 7, 7}, Extents{4, 5, 2, 1}, Extents{6, 1, 7, 7},
                           Extents{6, 1, 3, 3}, Extents{3, 70, 1, 1}, Extents{3, 7, 1, 1}, Extents{8, 12, 4}}) {
    expect_along<16>(e, kernel, {Axis::kernel});
    expect_along<32>(e, kernel, {Axis::kernel});
  }
  for (const Extents& e : {Extents{40, 3, 3, 3}, Extents{6, 4, 3, 3}, Extents{4, 2, 7, 7}, Extents{2, 5, 7, 7}, Extents{64, 2, 1, 1}})
    for (const std::int64_t groups : {1, 2}) {
      expect_along<16>(e, turned_kernel(groups), {Axis::transposed_kernel, groups});
      expect_along<32>(e, turned_kernel(groups), {Axis::transposed_kernel, groups});
    }
  // Lengths that no vector is as long as.
  expect_along<5>(Extents{4, 12, 3, 3}, kernel, {Axis::kernel});
  expect_along<7>(Extents{4, 3, 3, 3}, kernel, {Axis::kernel});
}

/// The scales of whole slices: a slice is a line that no block divides.
TEST(PerChannelAndPerToken, AreWholeSlicesOfTheSum) {
  using oracle::Axis;
  constexpr std::int64_t all = 1 << 20;
  const auto expect_slices = [&](const Extents& shape, const operand_axes& axes, const oracle::Operand& as) {
    using Int8 = SymmetricFixed<8, 0>;
    expect_lines<Scaled<Int8, PerToken>, Scaled<Int8, PerTensor>>(shape, axes, as, all, all);
    expect_lines<Scaled<Int8, PerChannel>, Scaled<Int8, PerTensor>>(shape, axes, as, all, all);
    expect_lines<Affine<8, PerToken>, Affine<8, PerTensor>>(shape, axes, as, all, all);
    expect_lines<BlockFP<6, 8, PerChannel>, BlockFP<6, 8, PerTensor>>(shape, axes, as, all, all);
  };
  expect_slices({6, 37}, {}, {Axis::rows});
  expect_slices({40, 19}, columns, {Axis::columns});
  expect_slices({2, 40, 19}, columns, {Axis::columns});
  expect_slices({6, 5, 3, 3}, kernel, {Axis::kernel});
  expect_slices({6, 5, 4}, kernel, {Axis::kernel});
  expect_slices({6, 5, 3, 3}, turned_kernel(1), {Axis::transposed_kernel, 1});
  expect_slices({6, 5, 3, 3}, turned_kernel(3), {Axis::transposed_kernel, 3});
  // Data of images have tokens, but no output channels; a bias is one block.
  expect_lines<Scaled<E4M3, PerToken>, Scaled<E4M3, PerTensor>>({2, 19, 3, 5}, image, {Axis::channels}, all, all);
  EXPECT_EQ((storage_layout<Scaled<E4M3, PerChannel>>({10}).blocks), 1);
}
/// Of a tensor that stands alone a channel is a slice of the first dimension, of any rank, for values and for
/// codes.
TEST(PerChannelAndPerToken, OfATensorThatStandsAlone) {
  EXPECT_EQ((storage_layout<Scaled<E4M3, PerChannel>>({6, 5, 3, 3}).blocks), 6);
  EXPECT_EQ((storage_layout<Scaled<E4M3, PerChannel>>({6, 5, 3, 3}, kernel).blocks), 6);
  std::vector<float> x(6 * 5 * 9), y(x.size()), rows(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 251) - 99.5F;
  quantize_values<Scaled<SymmetricFixed<4, 0>, PerChannel>>(x, y, Extents{6, 5, 3, 3});
  quantize_values<Scaled<SymmetricFixed<4, 0>, PerRow>>(x, rows, Extents{6, 5, 3, 3});
  EXPECT_EQ(y, rows);
  // One axis counted from the front or from the back, and one of which nothing can be cut.
  for (const int reduction : {3, -1})
    for (const int channel : {0, -4})
      EXPECT_EQ((storage_layout<Scaled<E4M3, PerChannel>>({6, 5, 3, 3}, {.reduction = reduction, .channel = channel}).blocks), 6);
  using Channels = Scaled<E4M3, PerChannel>;
  EXPECT_THROW(static_cast<void>(storage_layout<Channels>({2, 3}, data_axes)), error);
  EXPECT_THROW(static_cast<void>(storage_layout<Channels>({2, 3}, {.reduction = 7})), error);
  EXPECT_THROW(static_cast<void>(storage_layout<MXFP4>({2, 7}, {.reduction = 1, .groups = 2})), error);
  EXPECT_THROW(static_cast<void>(storage_layout<MXFP4>({6, 5, 3, 3}, {.reduction = 2, .kernel = true})), error);
  EXPECT_THROW(static_cast<void>(storage_layout<MXFP4>({1, 1, 1, 1, 1, 1, 1, 4}, {.groups = 2})), error);
}

TEST(Along, OfTheTensorThatStandsAloneIsTheLastDimension) {
  const Extents shape{3, 40, 21};
  const std::vector<float> x = random_values(shape);
  const auto same = [&]<class A, class B>(std::type_identity<A>, std::type_identity<B>) {
    std::vector<float> a(x.size()), b(x.size());
    fake_quantize<A>(x, a, shape);
    fake_quantize<B>(x, b, shape);
    EXPECT_EQ(a, b) << A::name();
    EXPECT_EQ(storage_bits<A>(shape), storage_bits<B>(shape));
  };
  same(std::type_identity<MXFP4>{}, std::type_identity<Block<E2M1, Shape<32>>>{});
  same(std::type_identity<BlockFP<8, 8>>{}, std::type_identity<BlockFP<8, 8, Shape<16>>>{});
  same(std::type_identity<Affine<8, PerToken>>{}, std::type_identity<Affine<8, Shape<whole>>>{});
}

TEST(Along, IsATypeAndANameOfItsOwn) {
  static_assert(!std::is_same_v<BlockFP<8, 8>, BlockFP<8, 8, Shape<16>>> && std::is_same_v<BlockFP<8, 8>, BlockFP<8, 8, Along<16>>>);
  static_assert(std::is_same_v<MXFP4, Block<E2M1, Along<32>, E8M0>>);
  EXPECT_EQ((BlockFP<8, 8, Shape<16>>::name()), "BlockFP<8, 8, Shape<16>>");
  EXPECT_EQ((BlockFP<8, 8, Along<16>>::name()), "BlockFP<8, 8>");
  EXPECT_EQ((BlockFP<8, 8, Along<32>>::name()), "BlockFP<8, 8, Along<32>>");
  EXPECT_EQ((Block<E2M1, Shape<32>>::name()), "Block<E2M1, Shape<32>, E8M0>");
  EXPECT_EQ((Scaled<E4M3, PerToken>::name()), "Scaled<E4M3, PerToken>");
  EXPECT_EQ((Affine<8, PerChannel>::name()), "Affine<8, PerChannel>");
}

TEST(Along, PoisonsOneBlockOnly) {
  const Extents shape{1, 40, 20};
  std::vector<float> x = random_values(shape), y(x.size());
  x[static_cast<std::size_t>(35 * 20 + 7)] = std::numeric_limits<float>::quiet_NaN();
  x[static_cast<std::size_t>(3 * 20 + 8)] = std::numeric_limits<float>::infinity();
  fake_quantize<BlockFP<8, 8, Along<16>>>(x, y, shape, image);
  for (std::int64_t c = 0; c < 40; ++c)
    for (std::int64_t p = 0; p < 20; ++p)
      EXPECT_EQ(std::isnan(y[static_cast<std::size_t>(c * 20 + p)]), p == 7 && c >= 32) << c << ", " << p;
}

}  // namespace
}  // namespace dyadic
