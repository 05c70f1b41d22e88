// SPDX-License-Identifier: BSL-1.0
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/kernel/encode.hpp>

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <dyadic/format/if4.hpp>
#include <dyadic/format/statistics.hpp>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace dyadic;

/// A user's formats: plain int codes, without a sign and with one, and neither constexpr nor by lanes.
struct Quarters {
  using code_type = int;
  static constexpr int bits = 3;
  static constexpr std::string_view name() { return "Quarters"; }
  static constexpr int encode(float x) { return x >= 1.75F ? 7 : x > 0.0F ? static_cast<int>(x * 4.0F) : 0; }
  static constexpr float decode(int c) { return static_cast<float>(c) / 4.0F; }
};
struct Integers {
  using code_type = long;
  static constexpr int bits = 11;
  static const char* name() { return "Integers"; }
  static long encode(float x) { return x >= 1000.0F ? 1000 : x <= -1000.0F ? -1000 : std::isnan(x) ? 0 : std::lround(x); }
  static float decode(long c) { return static_cast<float>(c); }
};

constexpr std::array seventeen = [] {
  std::array<float, 17> levels{};
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<float>(i * 5 % 17) - 8.0F;
  return levels;
}();

template <class... S>
struct list {};
using schemes = list<
    // codes of every width, signed and not, with lanes and without
    none, Fixed<1, 0>, Fixed<2, 1>, Fixed<3, 1>, Fixed<4, 2>, Fixed<5, 2, false>, Fixed<7, 3>, Fixed<8, 4>,
    Fixed<12, 6>, Fixed<20, 10>, Fixed<32, 16>, SymmetricFixed<3, 1>, SignMagnitude<6, 4>,
    SignMagnitude<24, 22>, E4M3, E5M2, E2M3, E2M1, Half, Minifloat<8, 23, 127, Specials::ieee>,
    Minifloat<4, 3, 8, Specials::fnuz>, MinifloatDenorm<2, 3>, LogQ<5>, LogQ<8>, Binary, Ternary, Quarters,
    Integers,
    // posits, takums, lists of levels: two, three in codes of two bits, four, eight, sixteen, more than those
    Posit<8>, Posit<16>, Posit<5>, Posit<3>, Takum<8>, Takum<16>, Takum<12>, NF4, IQ4NL, Codebook<std::array{-1, 2}>,
    Codebook<std::array{-1.0F, 0.5F, 2.0F}>, Codebook<std::array{0.0F, -1.0F, 1.0F, 0.25F}>,
    Codebook<std::array{-4, -2, -1, 0, 1, 2, 4, 8}>, Codebook<seventeen>, With<NF4, Round::stochastic>, With<Takum<8>, Round::down>,
    Scaled<NF4, Along<64>>, Scaled<IQ4NL, Along<32>, Half>, Scaled<NF4, Along<16>, E4M3>,
    Scaled<Codebook<std::array{-4, -2, -1, 0, 1, 2, 4, 8}>, Shape<7>>, Scaled<Posit<8>, Shape<1, whole>>, MX<Posit<8>>,
    // policies
    With<Fixed<8, 4>, Round::stochastic>, With<Fixed<4, 2>, Round::down, Overflow::wrap>,
    With<E4M3, Round::up, Overflow::special>, With<Ternary, Round::stochastic>,
    With<Fixed<32, 16>, Round::to_odd>,
    // blocks
    BlockFP<8, 8>, BlockFP<6, 5, Shape<4, 4>>, BlockFP<3, 3, Shape<5>>, BlockFP<7, 4, Shape<whole>>,
    BlockMinifloat<4, 3, 8>, BlockMinifloat<2, 1, 5, Shape<2, 3, 4>>, BlockLog<4, 6>,
    MXFP8<E5M2, ScaleRule::ceil>, MXFP6<E3M2, ScaleRule::mse>, MXFP4, MXINT8,
    MX<With<E2M1, Round::stochastic>>, MX<Quarters>, NVFP4, Scaled<Fixed<8, 7>>,
    Scaled<E4M3, Shape<1, whole>>, Scaled<Fixed<4, 3>, Shape<7>>, Affine<8>, Affine<4, Shape<32>>,
    Affine<12, PerRow>, SignedAffine<8>, SignedAffine<4, Shape<32>>, SignedAffine<12, PerRow>,
    SymmetricAffine<8>, SymmetricAffine<3, Shape<5>>, FourOverSix, IF4,
    // statistics
    ScaledBinary<>, ScaledBinary<PerTensor, BinaryLevels::zero_plus>, ScaledTernary<>,
    ScaledTernary<TernaryRule::exact, PerRow, true>>;

/// What the tests need of one scheme, behind pointers: their bodies are compiled once.
struct Subject {
  std::string name;
  StorageLayout (*layout)(const Extents&);
  struct Result {
    std::vector<float> expected, decoded, elements;  // by definition; by decode; by operator[]
    std::int64_t bytes = 0;
    bool stable = false, same = false, rebuilt = false;  // encode(decode(p)) == p; a second encoding, into used memory; from its parts
  };
  Result (*run)(const std::vector<float>& x, const Extents& shape, std::uint64_t seed);
  std::string (*refusal)(const Extents& shape, std::vector<std::byte> codes, std::vector<std::byte> scales);
};

template <class S>
Subject::Result run(const std::vector<float>& x, const Extents& shape, std::uint64_t seed) {
  Subject::Result r;
  r.expected.resize(x.size());
  quantize_values<S>(x, r.expected, shape, seed);
  const Packed<S> p = encode<S>(ConstView{x.data(), shape}, seed);
  r.bytes = p.size_bytes();
  r.decoded.assign(x.size(), -7.0F);
  decode(p, View{r.decoded.data(), shape});
  for (std::int64_t i = 0; i < p.size(); ++i) r.elements.push_back(p[i]);
  r.stable = encode<S>(ConstView{r.decoded.data(), shape}, seed) == p;
  Packed<S> again = encode<S>(ConstView{x.data(), {std::ssize(x)}}, seed);
  encode<S>(ConstView{x.data(), shape}, again, seed);
  r.same = again == p;
  r.rebuilt = Packed<S>(p.shape(), {p.codes().begin(), p.codes().end()}, {p.scales().begin(), p.scales().end()}, p.tensor_scale()) == p;
  return r;
}
template <class S>
std::string refusal(const Extents& shape, std::vector<std::byte> codes, std::vector<std::byte> scales) {
  try {
    const Packed<S> p(shape, std::move(codes), std::move(scales));
  } catch (const error& e) {
    return e.what();
  }
  return "";
}
template <class... S>
std::vector<Subject> subjects_of(list<S...>) {
  return {Subject{std::string(S::name()), [](const Extents& shape) { return storage_layout<S>(shape); }, &run<S>, &refusal<S>}...};
}
const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = subjects_of(schemes{});
  return all;
}

std::vector<float> gaussian(std::int64_t n, unsigned seed = 1) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> d(0.0F, 1.5F);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = d(bits);
  return x;
}
void expect_equal(const std::vector<float>& a, const std::vector<float>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], b[i]) << what << ", value " << i;
}

/// Ragged against every block shape of the list, of any rank; scalars and empty tensors too.
const std::vector<Extents> shapes = {{},      {0},       {1},        {7},        {16},          {17},         {64},           {1000},         {0, 5},
                                     {5, 0},  {1, 1},    {3, 7},     {16, 16},   {5, 33},       {31, 65},     {2, 3, 4},      {3, 5, 9},      {1, 2, 3, 17},
                                     {2, 32}, {40, 128}, {2, 0, 3},  {3, 1, 48}, {2, 1, 2, 40}, {1, 1, 1, 5}, {2, 2, 2, 2, 9}, {2, 1, 2, 1, 2, 1, 3, 5}};

TEST(Packed, DecodesToTheQuantisedValues) {
  for (const Subject& s : subjects()) {
    for (const Extents& shape : shapes) {
      SCOPED_TRACE(s.name + " of shape " + shape.text());
      const std::vector<float> x = gaussian(shape.size());
      const Subject::Result r = s.run(x, shape, 5);
      expect_equal(r.decoded, r.expected, "decode(encode(x))");
      expect_equal(r.elements, r.expected, "element access");
      EXPECT_EQ(r.bytes, s.layout(shape).bytes());
      EXPECT_TRUE(r.same);
      EXPECT_TRUE(r.rebuilt);
    }
  }
}

TEST(Packed, DecodesToTheQuantisedValuesAtTheEndsOfFloat32) {
  for (const Subject& s : subjects()) {
    for (const float scale : {1e-44F, 1e-38F, 1e-30F, 1e-5F, 1e5F, 1e30F, 1e38F}) {
      const Extents shape{6, 80};
      std::vector<float> x = gaussian(shape.size(), 3);
      for (float& v : x) v *= scale;
      for (std::size_t i = 0; i < 80; ++i) x[160 + i] = 0.0F;  // a row of zeros
      x[250] = -0.0F;
      SCOPED_TRACE(s.name + " at " + std::to_string(scale));
      const Subject::Result r = s.run(x, shape, 9);
      ASSERT_EQ(r.decoded.size(), x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (std::isnan(r.expected[i])) continue;
        ASSERT_EQ(r.decoded[i], r.expected[i]) << "value " << i << ", of " << x[i];
        ASSERT_EQ(r.elements[i], r.expected[i]) << "value " << i << ", of " << x[i];
      }
      EXPECT_TRUE(r.same);
    }
  }
}

TEST(Packed, EncodesItsOwnValuesToTheSameBits) {
  // Not where a scale is measured (a quotient, a mean, a spread), or where a maximum that is rounded down allows a smaller one.
  for (const Subject& s : subjects()) {
    const bool stochastic_or_directed = s.name.starts_with("With") || s.name.find("stochastic") != std::string::npos;
    if (s.name.starts_with("Scaled") || s.name.find("Affine") != std::string::npos || s.name == "NVFP4" ||
        s.name == "FourOverSix" || s.name == "IF4" || stochastic_or_directed)
      continue;
    if (s.name.find("ScaleRule::") != std::string::npos || s.name.find("Quarters>") != std::string::npos) continue;
    for (const Extents& shape : shapes) EXPECT_TRUE(s.run(gaussian(shape.size()), shape, 0).stable) << s.name << " of shape " << shape.text();
  }
}

TEST(Packed, TakesInfinitiesAsTheSchemeDoes) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  for (const Subject& s : subjects()) {
    const Extents shape{3, 50};
    std::vector<float> x = gaussian(shape.size(), 4);
    x[3] = inf;
    x[70] = -inf;
    x[149] = inf;
    const Subject::Result r = s.run(x, shape, 2);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(r.expected[i])) continue;
      ASSERT_EQ(r.decoded[i], r.expected[i]) << s.name << ", value " << i;
    }
    EXPECT_TRUE(r.rebuilt) << s.name;
  }
}

template <class S>
std::vector<float> round_trip(const std::vector<float>& x) {
  const Packed<S> p = encode<S>(ConstView{x.data(), {std::ssize(x)}});
  std::vector<float> y(x.size());
  decode(p, View{y.data(), p.shape()});
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_TRUE(y[i] == p[static_cast<std::int64_t>(i)] || (std::isnan(y[i]) && std::isnan(p[static_cast<std::int64_t>(i)])));
  return y;
}
TEST(Packed, NaNBecomesWhatTheFormatHolds) {
  std::vector<float> x = gaussian(64, 8);
  x[5] = std::numeric_limits<float>::quiet_NaN();
  // 1. A format without NaN has zero for it, and a block without NaN counts it as zero.
  EXPECT_EQ((round_trip<Fixed<8, 4>>(x)[5]), 0.0F);
  EXPECT_EQ((round_trip<With<Fixed<8, 4>, Round::up>>(x)[5]), 0.0F);
  std::vector<float> zeroed = x;
  zeroed[5] = 0.0F;
  EXPECT_EQ((round_trip<BlockFP<8, 8>>(x)), (round_trip<BlockFP<8, 8>>(zeroed)));
  // 2. Formats that have it keep it, by any policy.
  EXPECT_TRUE(std::isnan(round_trip<E4M3>(x)[5]));
  EXPECT_TRUE(std::isnan(round_trip<Half>(x)[5]));
  EXPECT_TRUE(std::isnan((round_trip<With<E5M2, Round::down>>(x)[5])));
  // 3. A scale that can be NaN poisons its block and no other.
  for (const std::vector<float>& y : {round_trip<MXFP4>(x), round_trip<MXFP8<E4M3>>(x), round_trip<MXINT8>(x)}) {
    for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(std::isnan(y[i]), i < 32) << i;
  }
  const std::vector<float> nv = round_trip<NVFP4>(x), ternary = round_trip<ScaledTernary<>>(x), binary = round_trip<ScaledBinary<PerTensor>>(x);
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(std::isnan(nv[i]), i < 16) << i;
    EXPECT_TRUE(std::isnan(ternary[i]) && std::isnan(binary[i]));
  }
}

TEST(Packed, IsAsLargeAsTheFormatPromises) {
  const auto bytes = []<class S>(std::type_identity<S>, std::int64_t n) {
    const std::vector<float> x(static_cast<std::size_t>(n), 1.0F);
    return encode<S>(ConstView{x.data(), {n}}).size_bytes();
  };
  EXPECT_EQ(bytes(std::type_identity<none>{}, 10), 40);
  EXPECT_EQ((bytes(std::type_identity<Fixed<3, 1>>{}, 10)), 4);  // 30 bits
  EXPECT_EQ(bytes(std::type_identity<Ternary>{}, 11), 3);
  EXPECT_EQ(bytes(std::type_identity<Binary>{}, 17), 3);
  EXPECT_EQ((bytes(std::type_identity<Fixed<12, 6>>{}, 10)), 20);
  EXPECT_EQ((bytes(std::type_identity<BlockFP<4, 5>>{}, 48)), 24 + 2);  // three scales of 5 bits
  EXPECT_EQ(bytes(std::type_identity<MXFP4>{}, 4096), 4096 * 17 / 32);
  EXPECT_EQ(bytes(std::type_identity<NVFP4>{}, 4096), 4096 * 9 / 16 + 4);
  EXPECT_EQ((bytes(std::type_identity<Affine<8, Shape<32>>>{}, 64)), 64 + 12);
  EXPECT_EQ(bytes(std::type_identity<ScaledTernary<>>{}, 50), 10 + 4);
}

TEST(Packed, LaysCodesFromTheLowestBitsUp) {
  const auto codes = []<class S>(std::type_identity<S>, std::vector<float> x) {
    const Packed<S> p = encode<S>(ConstView{x.data(), {std::ssize(x)}});
    std::vector<int> r;
    for (const std::byte b : p.codes()) r.push_back(std::to_integer<int>(b));
    return r;
  };
  using ints = std::vector<int>;
  EXPECT_EQ((codes(std::type_identity<Fixed<4, 0>>{}, {1, 2, -1})), (ints{0x21, 0x0f}));
  EXPECT_EQ((codes(std::type_identity<Fixed<3, 0>>{}, {1, 2, 3})), (ints{0b11010001, 0}));  // 1, 2, and 3 across the bytes
  EXPECT_EQ((codes(std::type_identity<Fixed<16, 0>>{}, {-2, 258})), (ints{0xfe, 0xff, 2, 1}));
  EXPECT_EQ(codes(std::type_identity<Binary>{}, {1, -1, -1, 1, 1, 1, -1, -1, 1}), (ints{0b00111001, 1}));
  EXPECT_EQ(codes(std::type_identity<Ternary>{}, {1, 0, -1, 0, 1, -1, 1}), (ints{2 + 3 + 0 + 27 + 2 * 81, 0 + 3 * 2}));
}

TEST(Packed, GivesCodesScalesAndValues) {
  const std::vector<float> x = {0.5F, -1.25F, 3.0F, 100.0F, -100.0F, 0.0F};
  const auto p = encode<Fixed<6, 2>>(ConstView{x.data(), {2, 3}});
  EXPECT_EQ(p.code(0), 2);
  EXPECT_EQ(p.code(1), -5);
  EXPECT_EQ(p.code(4), -32);
  EXPECT_EQ(p.at(0, 1), -1.25F);
  EXPECT_EQ(p.at(1, 0), 7.75F);
  EXPECT_EQ(p.at(1, 2), 0.0F);
  EXPECT_THROW(static_cast<void>(p.at(0)), error);
  EXPECT_THROW(static_cast<void>(p.at(0, 3)), error);
  EXPECT_THROW(static_cast<void>(p.at(-1, 0)), error);
  EXPECT_THROW(static_cast<void>(p.at(0, 0, 0)), error);

  const std::vector<float> rows = {1.0F, 2.0F, 8.0F, 4.0F};
  const auto q = encode<BlockFP<4, 5, Shape<1, whole>>>(ConstView{rows.data(), {2, 2}});
  EXPECT_EQ(q.block_of(1), 0);
  EXPECT_EQ(q.block_of(2), 1);
  EXPECT_EQ(q.scale(1) - q.scale(0), 2U);  // 2^3 over 2^1
}

TEST(Packed, IsAValue) {
  Tensor<2> t(3, 40);
  t.setConstant(0.75F);
  const Packed<MXFP4> a = encode<MXFP4>(t);
  Packed<MXFP4> b = a;
  EXPECT_EQ(a, b);
  t(1, 1) = -3.0F;
  encode<MXFP4>(view(t), b);
  EXPECT_FALSE(a == b);
  EXPECT_EQ(a.at(1, 1), 0.75F);
  EXPECT_EQ(b.at(1, 1), -3.0F);
  const Tensor<2> back = decode<2>(b);
  EXPECT_EQ(back(1, 1), -3.0F);
  EXPECT_THROW(static_cast<void>(decode<3>(b)), error);
  Tensor<2> wrong(40, 3);
  EXPECT_THROW(decode(b, wrong), error);
  Tensor<2> right(3, 40);
  decode(b, right);
  EXPECT_EQ(right(1, 1), -3.0F);
  EXPECT_EQ(Packed<MXFP4>().size(), 0);
  EXPECT_EQ(Packed<MXFP4>().size_bytes(), 0);
}

TEST(Packed, LeavesATensorOfNoValuesBehind) {
  const std::vector<float> x(70, 1.5F);
  Packed<MXFP4> a = encode<MXFP4>(ConstView{x.data(), {70}});
  const Packed<MXFP4> copy = a;
  Packed<MXFP4> b = std::move(a);
  EXPECT_EQ(b, copy);
  EXPECT_EQ(a, Packed<MXFP4>());  // NOLINT(bugprone-use-after-move): what is left is what this is about
  EXPECT_EQ(decode<1>(a).size(), 0);
  a = std::move(b);
  EXPECT_EQ(a, copy);
  EXPECT_EQ(b.size_bytes(), 0);  // NOLINT(bugprone-use-after-move): likewise
  a = std::move(*&a);
  EXPECT_EQ(a, copy) << "moved to itself";
}
TEST(Packed, NamesTheIndicesThatAreOutside) {
  const auto p = encode<E4M3>(ConstView{nullptr, {0, 4}});
  try {
    static_cast<void>(p.at(-1, 3));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_NE(std::string_view(e.what()).find("the indices [-1, 3] are outside a tensor of shape [0, 4]"), std::string_view::npos) << e.what();
  }
}
TEST(Tensors, HaveNoNegativeExtents) {
  float x[4] = {1, 2, 3, 4};
  EXPECT_THROW(fake_quantize<E4M3>(std::span<const float>(x), std::span<float>(x), Extents{-2, -2}), error);
  EXPECT_THROW(fake_quantize<E4M3>(ConstView{x, {-1, 4}}, View{x, {-1, 4}}), error);
  EXPECT_THROW(static_cast<void>(encode<E4M3>(ConstView{x, {-1, 4}})), error);
  EXPECT_THROW(static_cast<void>(make_tensor<2>({dyn, 3})), error);
  EXPECT_EQ(x[3], 4.0F);
}

/// 2^32 squared is 0 in 64 bits, 2^33 · 2^31 the most negative number: neither may pass for a size.
TEST(Tensors, HaveSizesThat64BitsHold) {
  constexpr std::int64_t large = std::int64_t{1} << 32, huge = std::int64_t{1} << 62;
  float x[1] = {1};
  for (const Extents& e : {Extents{large, large}, Extents{2 * large, large / 2}, Extents{huge, 2},
                           Extents{huge, huge, huge}, Extents{large, large, 1}, Extents{huge, 0, huge}}) {
    const std::string shape = "the shape " + e.text() + " has 2^63 values or more";
    const auto refused = [&](const auto& action) {
      try {
        action();
        ADD_FAILURE() << "nothing was thrown for " << shape;
      } catch (const error& refusal) {
        EXPECT_NE(std::string(refusal.what()).find(shape), std::string::npos) << refusal.what();
      }
    };
    const std::span<float> none(x, 0);
    refused([&] { fake_quantize<E4M3>(none, none, e); });
    refused([&] { fake_quantize<MXFP4>(ConstView{x, e}, View{x, e}); });
    refused([&] { fake_quantize<dyadic::none>(none, none, e); });
    refused([&] { quantize_values<BlockFP<8, 8>>(none, none, e); });
    refused([&] { static_cast<void>(encode<E4M3>(ConstView{x, e})); });
    refused([&] { static_cast<void>(encode<Affine<8, PerRow>>(ConstView{x, e})); });
    refused([&] { static_cast<void>(make_tensor<2>(e)); });
    refused([&] { static_cast<void>(storage_layout<E4M3>(e)); });
    refused([&] { static_cast<void>(storage_bits<MXFP4>(e)); });
    refused([&] { static_cast<void>((ConstView{x, e}).span()); });
    refused([&] { static_cast<void>((View{x, e}).size()); });
    EXPECT_FALSE(e.countable());
  }
  const Extents most{huge, 0};
  EXPECT_EQ(most.size(), 0);
  EXPECT_EQ(encode<E4M3>(ConstView{x, most}).size(), 0);
  EXPECT_EQ((Extents{huge, 1, 1}.size()), huge);
  EXPECT_THROW(static_cast<void>(storage_layout<Fixed<32, 0>>({huge})), error) << "2^67 bits";
}

/// What encoding gives is legal, zeros and NaN among it; what it cannot give is not.
TEST(Packed, TakesTheFloatScalesThatEncodingGives) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN(),
              most = std::numeric_limits<float>::max();
  const auto refused = []<class S>(std::type_identity<S>, float scale, std::uint32_t above = 0) {
    const StorageLayout l = storage_layout<S>({3});
    std::vector<std::byte> codes(static_cast<std::size_t>(l.code_bytes)),
        scales(static_cast<std::size_t>(l.scale_bytes));
    if constexpr (detail::values_per_byte<S> != 0) codes[0] = std::byte{1 + 3 + 9};
    std::memcpy(scales.data(), &scale, 4);
    if (l.scale_bytes > 4)
      std::memcpy(scales.data() + 4, &above, static_cast<std::size_t>(l.scale_bytes - 4));
    return refusal<S>({3}, codes, scales);
  };
  const auto all = [&](float scale) {
    return std::vector<std::string>{refused(std::type_identity<Scaled<Fixed<8, 7>>>{}, scale),
                                    refused(std::type_identity<Scaled<E5M2>>{}, scale),
                                    refused(std::type_identity<Affine<8>>{}, scale),
                                    refused(std::type_identity<ScaledBinary<>>{}, scale),
                                    refused(std::type_identity<ScaledTernary<>>{}, scale)};
  };
  for (const float scale : {inf, -inf, -1.0F, -most})
    for (const std::string& words : all(scale))
      EXPECT_NE(words.find("has a scale at block 0 that is none of"), std::string::npos) << scale << words;
  for (const float scale : {0.0F, std::numeric_limits<float>::denorm_min(), 1.0F, nan})
    for (const std::string& words : all(scale)) EXPECT_EQ(words, "") << scale;
  EXPECT_EQ(refused(std::type_identity<Affine<8>>{}, most, 255), "");
  EXPECT_NE(refused(std::type_identity<Affine<4>>{}, 1.0F, 16), "") << "a zero point is a code";
  EXPECT_NE(refused(std::type_identity<Affine<8>>{}, 0.0F, 1), "") << "a block of zeros has the zero point 0";
}

TEST(Packed, RefusesPartsThatDoNotFit) {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  for (const Subject& s : subjects()) {
    const Extents shape{3, 33};
    const StorageLayout l = s.layout(shape);
    const auto bytes = [](std::int64_t n) { return std::vector<std::byte>(static_cast<std::size_t>(n)); };
    EXPECT_EQ(s.refusal(shape, bytes(l.code_bytes - 1), bytes(l.scale_bytes)).find("dyadic: a packed tensor of shape [3, 33] takes "), 0U) << s.name;
    EXPECT_NE(s.refusal(shape, bytes(l.code_bytes + 1), bytes(l.scale_bytes)), "") << s.name;
    EXPECT_NE(s.refusal(shape, bytes(l.code_bytes), bytes(l.scale_bytes + 1)), "") << s.name;
    EXPECT_NE(s.refusal({-1, 33}, bytes(l.code_bytes), bytes(l.scale_bytes)), "") << s.name;
    for (const Extents& e : {Extents{huge, 2}, Extents{huge, 0}, Extents{1 << 30, 1 << 30, 1 << 30}, Extents{huge}}) EXPECT_NE(s.refusal(e, {}, {}).find("beyond any memory"), std::string::npos) << s.name;
  }
}

TEST(Packed, RefusesBitsThatBelongToNoValue) {
  const auto refused = []<class S>(std::type_identity<S>, std::int64_t n, std::vector<int> codes, std::vector<int> scales = {}) {
    const auto bytes = [](const std::vector<int>& v) {
      std::vector<std::byte> r;
      for (const int x : v) r.push_back(static_cast<std::byte>(x));
      return r;
    };
    return refusal<S>({n}, bytes(codes), bytes(scales)) != "";
  };
  EXPECT_TRUE((refused(std::type_identity<Fixed<4, 2>>{}, 1, {0x10})));
  EXPECT_FALSE((refused(std::type_identity<Fixed<4, 2>>{}, 1, {0x0f})));
  EXPECT_TRUE(refused(std::type_identity<Ternary>{}, 5, {243}));
  EXPECT_FALSE(refused(std::type_identity<Ternary>{}, 5, {242}));
  EXPECT_TRUE(refused(std::type_identity<Ternary>{}, 2, {9}));
  EXPECT_TRUE((refused(std::type_identity<Fixed<12, 6>>{}, 1, {0, 0x08})));  // +2048 is not a 12-bit number
  EXPECT_FALSE((refused(std::type_identity<Fixed<12, 6>>{}, 1, {0, 0xf8})));
  EXPECT_TRUE((refused(std::type_identity<SignMagnitude<24, 22>>{}, 1, {0, 0, 0, 1})));
  EXPECT_TRUE((refused(std::type_identity<BlockFP<8, 5>>{}, 1, {0}, {0x20})));
  EXPECT_TRUE((refused(std::type_identity<MXFP8<E4M3>>{}, 1, {0}, {250})));  // 448 · 2^123
  EXPECT_FALSE((refused(std::type_identity<MXFP8<E4M3>>{}, 1, {0}, {255})));
  EXPECT_TRUE((refused(std::type_identity<Scaled<Fixed<8, 7>>>{}, 1, {0}, {0, 0, 0x80, 0xbf})));        // -1
  EXPECT_TRUE((refused(std::type_identity<Affine<4>>{}, 1, {0}, {0, 0, 0x80, 0x3f, 16, 0})));           // a zero point of 16
  EXPECT_FALSE((refused(std::type_identity<Affine<4>>{}, 1, {0}, {0, 0, 0x80, 0x3f, 15, 0})));
  EXPECT_THROW((Packed<NVFP4>({1}, {std::byte{0}}, {std::byte{0}}, -1.0F)), error);
  EXPECT_THROW((Packed<NVFP4>({1}, {std::byte{0}}, {std::byte{0}}, std::numeric_limits<float>::quiet_NaN())), error);
}

/// Every pattern of bits that has the right size is refused or decodes without harm.
TEST(Packed, DecodesAnyBits) {
  std::mt19937 random(11);
  const auto check = [&]<class S>(std::type_identity<S>) {
    for (int round = 0; round < 30; ++round) {
      const Extents shape{2, 21};
      const StorageLayout l = storage_layout<S>(shape);
      std::vector<std::byte> codes(static_cast<std::size_t>(l.code_bytes)), scales(static_cast<std::size_t>(l.scale_bytes));
      for (std::byte& b : codes) b = static_cast<std::byte>(random());
      for (std::byte& b : scales) b = static_cast<std::byte>(random() & (round % 2 == 0 ? 0xffU : 0x3fU));
      try {
        const Packed<S> p(shape, codes, scales);
        const Tensor<2> t = decode<2>(p);
        for (std::int64_t i = 0; i < p.size(); ++i) EXPECT_TRUE(t.data()[i] == p[i] || (std::isnan(t.data()[i]) && std::isnan(p[i]))) << S::name();
      } catch (const error&) {
      }
    }
  };
  [&]<class... S>(list<S...>) {
    (check(std::type_identity<S>{}), ...);
  }(list<E5M2, Half, Fixed<8, 4>, LogQ<5>, MinifloatDenorm<2, 3>, BlockFP<8, 8>, BlockMinifloat<4, 3, 8>,
         MXFP8<E5M2, ScaleRule::ceil>, MXFP4, MXINT8, NVFP4, Scaled<Fixed<4, 3>, Shape<7>>,
         Affine<4, Shape<32>>, SignedAffine<4, Shape<32>>, SymmetricAffine<5, Shape<8>>, FourOverSix, IF4,
         ScaledBinary<>, ScaledTernary<>>{});
}

}  // namespace
