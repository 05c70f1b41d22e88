// SPDX-License-Identifier: BSL-1.0
#include <dyadic/io/packed.hpp>

#include <gtest/gtest.h>
#include <dyadic/format/if4.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/encode.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace dyadic;
using safetensors::DType;
using safetensors::Writer;

Tensor<2> some_tensor(std::int64_t rows = 5, std::int64_t columns = 37) {
  Tensor<2> t(rows, columns);
  for (std::int64_t i = 0; i < t.size(); ++i) t.data()[i] = std::sin(static_cast<float>(i)) * static_cast<float>(1 + i % 7);
  return t;
}
std::string words_of(const auto& action) {
  try {
    action();
  } catch (const error& e) {
    return e.what();
  }
  return "(no error)";
}
void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << "\nis not in: " << message;
}

template <class S>
struct PackedFiles : testing::Test {};
using Schemes =
    testing::Types<none, Fixed<3, 1>, Fixed<8, 4>, Fixed<12, 6>, Fixed<32, 16>, E4M3, Half, Ternary, Binary,
                   BlockFP<6, 5>, MXFP4, NVFP4, Affine<4, Shape<32>>, ScaledBinary<>, ScaledTernary<>,
                   SignedAffine<8>, SymmetricAffine<4, Shape<32>>, FourOverSix, IF4,
                   With<Fixed<8, 4>, Round::stochastic>>;
TYPED_TEST_SUITE(PackedFiles, Schemes);

TYPED_TEST(PackedFiles, ComeBackBitForBit) {
  using S = TypeParam;
  for (const Tensor<2>& t : {some_tensor(), some_tensor(1, 1), some_tensor(0, 4)}) {
    const Packed<S> p = encode<S>(t);
    Writer out;
    save_packed(out, "a/fc1.weight", p);
    save_packed(out, "b", p);
    const safetensors::File file = safetensors::parse(out.bytes());
    EXPECT_EQ(load_packed<S>(file, "a/fc1.weight"), p);
    EXPECT_EQ(load_packed<S>(file, "b"), p);
    EXPECT_EQ(file.metadata().at("b.scheme"), S::name());
    EXPECT_EQ(file.metadata().at("b.shape"), p.shape().text());
    EXPECT_EQ(file.dtype("b.codes"), DType::U8);
    EXPECT_EQ(file.contains("b.scales"), BlockScheme<S>);
    EXPECT_EQ(file.contains("b.tensor_scale"), (detail::has_tensor_scale<S>));
  }
}

TEST(PackedFile, KeepsScalarsAndEightDimensions) {
  for (const Extents& shape : {Extents{}, Extents{2, 1, 2, 1, 2, 1, 3, 5}}) {
    const std::vector<float> x(static_cast<std::size_t>(shape.size()), -1.5F);
    const auto p = encode<MXFP4>(ConstView{x.data(), shape});
    Writer out;
    save_packed(out, "t", p);
    EXPECT_EQ(load_packed<MXFP4>(safetensors::parse(out.bytes()), "t"), p);
  }
}

TEST(PackedFile, IsNoOtherScheme) {
  Writer out;
  save_packed(out, "w", encode<MXFP8<E4M3>>(some_tensor()));
  const safetensors::File file = safetensors::parse(out.bytes(), "net.safetensors");
  const auto as = [&]<class S>(std::type_identity<S>) { return words_of([&] { static_cast<void>(load_packed<S>(file, "w")); }); };
  expect_parts(as(std::type_identity<MXFP8<E5M2>>{}), {"dyadic: net.safetensors: tensor 'w'", "packed as 'MXFP8<E4M3>'", "asked for as 'MXFP8<E5M2>'"});
  EXPECT_NE(as(std::type_identity<E4M3>{}), "(no error)");
  EXPECT_NE(as(std::type_identity<none>{}), "(no error)");
  expect_parts(words_of([&] { static_cast<void>(load_packed<MXFP4>(file, "v")); }), {"net.safetensors: tensor 'v'", "was not saved as a packed tensor"});
}

/// The parts of a packed tensor, to be spoilt one at a time.
struct Parts {
  std::string scheme = "NVFP4", shape = "[5, 37]";
  std::vector<std::byte> codes, scales;
  std::vector<float> tensor_scale;
  Parts() {
    const auto p = encode<NVFP4>(some_tensor());
    codes.assign(p.codes().begin(), p.codes().end());
    scales.assign(p.scales().begin(), p.scales().end());
    tensor_scale = {p.tensor_scale()};
  }
  [[nodiscard]] std::string load() const {
    Writer out;
    if (!scheme.empty()) out.metadata("w.scheme", scheme);
    if (!shape.empty()) out.metadata("w.shape", shape);
    out.add("w.codes", codes, {std::ssize(codes)}).add("w.scales", scales, {std::ssize(scales)}).add("w.tensor_scale", tensor_scale, {std::ssize(tensor_scale)});
    const safetensors::File file = safetensors::parse(out.bytes(), "f");
    return words_of([&] { static_cast<void>(load_packed<NVFP4>(file, "w")); });
  }
};

TEST(PackedFile, RefusesPartsThatDoNotFit) {
  EXPECT_EQ(Parts().load(), "(no error)");
  Parts p;
  p.scheme = "";
  expect_parts(p.load(), {"dyadic: f: tensor 'w'", "'w.scheme'"});
  p = {};
  p.scheme = "NVFP4 ";
  expect_parts(p.load(), {"tensor 'w'", "'NVFP4 '", "'NVFP4'"});
  p = {};
  p.codes.pop_back();
  expect_parts(p.load(), {"f: tensor 'w' of shape [5, 37] takes 93 bytes of codes in NVFP4, but 92 are given"});
  p = {};
  p.codes.push_back(std::byte{0});
  expect_parts(p.load(), {"93 bytes of codes", "94 are given"});
  p = {};
  p.codes.back() |= std::byte{0x10};  // 185 nibbles: the last half byte belongs to none
  expect_parts(p.load(), {"behind its last code"});
  p = {};
  p.scales.pop_back();
  expect_parts(p.load(), {"15 bytes of scales", "14 are given"});
  p = {};
  p.scales[3] = std::byte{0xB8};  // -1
  expect_parts(p.load(), {"a scale at block 3"});
  for (const float t : {0.0F, -1.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    p = {};
    p.tensor_scale = {t};
    expect_parts(p.load(), {"f: tensor 'w' has the tensor scale"});
  }
  p = {};
  p.tensor_scale = {1.0F, 1.0F};
  expect_parts(p.load(), {"f: tensor 'w.tensor_scale'", "[2]"});
}

TEST(PackedFile, RefusesShapesThatAreNone) {
  Parts p;
  p.shape = "";
  expect_parts(p.load(), {"tensor 'w'", "'w.shape'"});
  for (const char* text : {"5, 37", "[5,37]", "[5, 37", "[5, 37] ", "[05, 37]", "[-5, 37]", "[dyn, 37]", "[5, 37, ]", "[5.0, 37]", "[1, 1, 1, 1, 1, 1, 1, 5, 37]", "[99999999999999999999, 0]", "x"}) {
    p.shape = text;
    expect_parts(p.load(), {"f: tensor 'w' has '" + std::string(text) + "' for its shape"});
  }
  for (const char* text : {"[37, 5]", "[185]", "[5, 38]", "[0]", "[]"}) {  // [37, 5] has other blocks, so other scales
    p.shape = text;
    expect_parts(p.load(), {"f: tensor 'w' of shape " + std::string(text) + " takes"});
  }
  for (const char* text : {"[100000000000000000, 100]", "[999999999999999999, 999999999999999999]", "[999999999999999999, 0]"}) {
    p.shape = text;
    expect_parts(p.load(), {"f: tensor 'w' has the shape " + std::string(text), "beyond any memory"});
  }
}

/// A NaN in a block leaves nothing of it but a NaN scale. It stays in memory; to write it, or to read it, is an error.
template <class S>
void has_no_nan_scales() {
  SCOPED_TRACE(std::string(S::name()));
  Tensor<2> t = some_tensor(4, 64);
  t(2, 5) = std::numeric_limits<float>::quiet_NaN();
  const Packed<S> p = encode<S>(t);
  EXPECT_TRUE(std::isnan(p.at(2, 5)));
  EXPECT_EQ(
      (Packed<S>(p.shape(), {p.codes().begin(), p.codes().end()}, {p.scales().begin(), p.scales().end()})),
      p);
  const std::string block = std::to_string(p.block_of(2 * 64 + 5));
  Writer out;
  expect_parts(words_of([&] { save_packed(out, "w", p); }),
               {"save_packed: tensor 'w' has a NaN scale at block " + block + ",", "Replace NaN"});
  save_packed(out, "w", encode<S>(some_tensor(4, 64)));  // nothing of it had been added
  // A file that someone else wrote.
  for (const float scale :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0F}) {
    std::vector<std::byte> scales(p.scales().begin(), p.scales().end());
    std::memcpy(scales.data() + p.block_of(2 * 64 + 5) * S::scale_bits / 8, &scale, sizeof scale);
    Writer spoilt;
    spoilt.metadata("w.scheme", std::string(S::name()))
        .metadata("w.shape", "[4, 64]")
        .add("w.codes", p.codes(), {std::ssize(p.codes())})
        .add("w.scales", scales, {std::ssize(scales)});
    const safetensors::File file = safetensors::parse(spoilt.bytes(), "f");
    expect_parts(words_of([&] { static_cast<void>(load_packed<S>(file, "w")); }),
                 {"f: tensor 'w' has a ", "scale at block " + block});
  }
}
TEST(PackedFile, HasNoFloatScaleThatIsNaN) {
  has_no_nan_scales<Scaled<Fixed<8, 7>, PerRow>>();
  has_no_nan_scales<Scaled<E4M3, Shape<16>>>();
  has_no_nan_scales<Affine<8, PerRow>>();
  has_no_nan_scales<Affine<4, Shape<32>>>();
  has_no_nan_scales<SignedAffine<8, PerRow>>();
  has_no_nan_scales<SymmetricAffine<8, PerRow>>();
  has_no_nan_scales<ScaledBinary<>>();
  has_no_nan_scales<ScaledTernary<TernaryRule::mean75, PerRow>>();
}
/// Scales of few bits have a code for NaN: a file may hold it.
TEST(PackedFile, KeepsTheNaNOfScaleCodes) {
  Tensor<2> t = some_tensor(4, 64);
  t(2, 5) = std::numeric_limits<float>::quiet_NaN();
  const auto back = [&]<class S>(std::type_identity<S>) {
    const Packed<S> p = encode<S>(t);
    Writer out;
    save_packed(out, "w", p);
    const Packed<S> q = load_packed<S>(safetensors::parse(out.bytes()), "w");
    EXPECT_TRUE(q == p && std::isnan(q.at(2, 5))) << S::name();
  };
  back(std::type_identity<MXFP4>{});
  back(std::type_identity<NVFP4>{});
  back(std::type_identity<Scaled<E2M1, Along<32>, Half>>{});
  back(std::type_identity<SymmetricAffine<5, Along<16>, E8M0>>{});
  back(std::type_identity<SignedAffine<16, PerRow, Half>>{});
}

TEST(PackedFile, RefusesPartsOfAnotherType) {
  const Packed<Fixed<8, 4>> p = encode<Fixed<8, 4>>(some_tensor(2, 8));
  const std::vector<std::int8_t> codes(16);
  Writer out;
  out.metadata("w.scheme", "Fixed<8, 4>").metadata("w.shape", "[2, 8]").add("w.codes", codes, {16}).metadata("v.scheme", "Fixed<8, 4>").metadata("v.shape", "[2, 8]");
  const safetensors::File file = safetensors::parse(out.bytes(), "f");
  expect_parts(words_of([&] { static_cast<void>(load_packed<Fixed<8, 4>>(file, "w")); }), {"f: tensor 'w.codes'", "I8", "U8"});
  expect_parts(words_of([&] { static_cast<void>(load_packed<Fixed<8, 4>>(file, "v")); }), {"f: tensor 'v.codes'", "is not in the file"});
  // What the scheme does not know is not passed over, and what it needs is named whole.
  out.metadata("u.scheme", "Fixed<8, 4>").metadata("u.shape", "[1, 8]").add("u.codes", std::vector<std::uint8_t>(8), {8});
  out.add("u.scales", std::vector<std::uint8_t>(1), {1}).add("u.bias", std::vector<float>(1), {1});
  const safetensors::File more = safetensors::parse(out.bytes(), "f");
  EXPECT_EQ(words_of([&] { static_cast<void>(load_packed<Fixed<8, 4>>(more, "u")); }),
            "dyadic: f: 'u' is made of codes; 'u.scales' is none of these: allow_unused leaves such tensors unread.");
  EXPECT_EQ((load_packed<Fixed<8, 4>>(more, "u", allow_unused).shape()), (Extents{1, 8}));
  out.metadata("q.scheme", "NVFP4").metadata("q.shape", "[1, 8]").add("q.code", std::vector<std::uint8_t>(4), {4});
  EXPECT_EQ(words_of([&] { static_cast<void>(load_packed<NVFP4>(safetensors::parse(out.bytes(), "f"), "q")); }),
            "dyadic: f: 'q' is made of codes, scales, tensor_scale; 'q.codes', 'q.scales', 'q.tensor_scale' are not in the file, where "
            "the nearest to the first is 'q.code'.");
  expect_parts(words_of([&] { static_cast<void>(load_packed<NVFP4>(more, "uu")); }), {"'uu.scheme'; the nearest that was is 'u'"});
  Writer taken;
  save_packed(taken, "w", p);
  EXPECT_THROW(save_packed(taken, "w", p), error);
}

}  // namespace
