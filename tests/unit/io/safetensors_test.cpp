// SPDX-License-Identifier: BSL-1.0
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <complex>
#include <fstream>
#include <limits>
#include <numeric>
#include <type_traits>

namespace {

using namespace dyadic;
using safetensors::DType;

template <class T>
safetensors::File round_trip(const std::vector<T>& values, const Extents& shape) {
  safetensors::Writer out;
  out.add("t", values, shape);
  return safetensors::parse(out.bytes());
}

/// A folder of its own for a test, gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::path(testing::TempDir()) / ("dyadic_" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_;
};

// --- every dtype ---

template <class T>
struct SafetensorsDTypes : testing::Test {};
using Stored =
    testing::Types<double, float, Half, BFloat16, E4M3, E5M2, std::int64_t, std::int32_t, std::int16_t, std::int8_t, std::uint64_t,
                   std::uint32_t, std::uint16_t, std::uint8_t, std::complex<float>, E8M0, E4M3FNUZ, E5M2FNUZ, E2M3, E3M2, E2M1>;
TYPED_TEST_SUITE(SafetensorsDTypes, Stored);

/// Bits of a value in the file.
template <class T>
constexpr std::size_t bits_of() {
  if constexpr (requires { typename T::code_type; }) return T::bits;
  else return 8 * sizeof(T);
}

/// Every code of up to 16 bits, and for the wider types a walk over all of their bytes. Codes of less than a byte come round many times,
/// so that each stands at every place within a byte.
template <class T>
std::vector<T> samples() {
  using Raw = std::conditional_t<
      sizeof(T) == 1, std::uint8_t,
      std::conditional_t<sizeof(T) == 2, std::uint16_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
  std::vector<T> values;
  const std::uint64_t n = sizeof(T) == 1 ? 256 : 65536;
  const std::uint64_t stride = sizeof(T) <= 2 ? 1 : sizeof(T) == 4 ? 65537 : 0x0001'0001'0001'0001;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto raw = static_cast<Raw>(i * stride);
    if constexpr (requires { typename T::code_type; }) values.push_back(T::from_bits(static_cast<typename T::code_type>(raw)));
    else if constexpr (std::is_same_v<T, std::complex<float>>)
      values.emplace_back(std::bit_cast<std::array<float, 2>>(raw)[0], std::bit_cast<std::array<float, 2>>(raw)[1]);
    else values.push_back(std::bit_cast<T>(raw));
  }
  if constexpr (bits_of<T>() < 8) {  // and beside each other: every pair of neighbours
    for (unsigned a = 0; a < 1U << bits_of<T>(); ++a)
      for (unsigned b = 0; b < 1U << bits_of<T>(); ++b) {
        values.push_back(T::from_bits(static_cast<typename T::code_type>(a)));
        values.push_back(T::from_bits(static_cast<typename T::code_type>(b)));
      }
  }
  return values;
}

TYPED_TEST(SafetensorsDTypes, EveryBitSurvivesTheRoundTrip) {
  using T = TypeParam;
  const std::vector<T> values = samples<T>();
  const Extents shape{2, static_cast<std::int64_t>(values.size()) / 2};
  const safetensors::File file = round_trip(values, shape);
  const safetensors::Entry& e = file.entry("t");
  EXPECT_EQ(e.dtype, safetensors::dtype_of<T>());
  EXPECT_EQ(e.shape, shape);
  EXPECT_EQ(e.dtype_name, safetensors::name(e.dtype));
  EXPECT_EQ(8 * e.bytes.size(), values.size() * bits_of<T>());
  EXPECT_EQ(static_cast<std::size_t>(safetensors::size_bits(e.dtype)), bits_of<T>());
  const std::vector<T> back = file.values<T>("t");
  ASSERT_EQ(back.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if constexpr (requires { typename T::code_type; }) ASSERT_EQ(back[i].to_bits(), values[i].to_bits()) << i;
    else ASSERT_EQ(std::memcmp(&back[i], &values[i], sizeof(T)), 0) << i;
  }
}

/// The value of a code of a small float, by arithmetic.
double value_of(unsigned code, int exponent_bits, int mantissa_bits, bool ieee) {
  const unsigned m = code & ((1u << mantissa_bits) - 1);
  const unsigned top = (1u << exponent_bits) - 1;
  const unsigned e = (code >> mantissa_bits) & top;
  const double sign = ((code >> (exponent_bits + mantissa_bits)) & 1u) != 0 ? -1 : 1;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  if (ieee && e == top) return m == 0 ? sign * HUGE_VAL : std::nan("");
  if (!ieee && e == top && m == (1u << mantissa_bits) - 1) return std::nan("");
  const double fraction = std::ldexp(static_cast<double>(m), -mantissa_bits);
  return e == 0 ? sign * std::ldexp(fraction, 1 - bias) : sign * std::ldexp(1 + fraction, static_cast<int>(e) - bias);
}

template <class T>
void expect_every_code(int exponent_bits, int mantissa_bits, bool ieee) {
  const std::vector<T> values = samples<T>();
  const Tensor<1> read = round_trip(values, {static_cast<std::int64_t>(values.size())}).template tensor<1>("t");
  for (unsigned i = 0; i < values.size(); ++i) {
    const double expected = value_of(i, exponent_bits, mantissa_bits, ieee);
    const auto got = static_cast<double>(read(static_cast<Eigen::Index>(i)));
    if (std::isnan(expected)) ASSERT_TRUE(std::isnan(got)) << i;
    else ASSERT_TRUE(got == expected && std::signbit(got) == std::signbit(expected)) << i << ": " << got << " instead of " << expected;
  }
}

TEST(SafetensorsFloats, EveryCodeOfTheSmallFloatsArrivesExactly) {
  expect_every_code<Half>(5, 10, true);
  expect_every_code<BFloat16>(8, 7, true);
  expect_every_code<E4M3>(4, 3, false);
  expect_every_code<E5M2>(5, 2, true);
}

TEST(SafetensorsFloats, EveryCodeOfTheFormatsOfTodayArrivesExactly) {
  // By hand from the formats' definitions: codes that stand for themselves at the ends of each binade.
  const auto values = [](const auto& file, std::int64_t n) { return file.read("t", {n}); };
  const auto raw = [](DType dtype, std::vector<unsigned> bytes, std::int64_t n) {
    std::vector<std::byte> all;
    for (const unsigned b : bytes) all.push_back(static_cast<std::byte>(b));
    return safetensors::parse(safetensors::Writer{}.add("t", dtype, all, {n}).bytes());
  };
  EXPECT_EQ(values(raw(DType::F8_E8M0, {0, 1, 126, 127, 128, 254}, 6), 6),
            (std::vector<float>{0x1p-127f, 0x1p-126f, 0.5f, 1.f, 2.f, 0x1p127f}));
  EXPECT_TRUE(std::isnan(values(raw(DType::F8_E8M0, {255}, 1), 1)[0]));
  EXPECT_EQ(values(raw(DType::F8_E4M3FNUZ, {0x01, 0x07, 0x08, 0x40, 0x7f, 0xff, 0x81}, 7), 7),
            (std::vector<float>{0x1p-10f, 7 * 0x1p-10f, 0x1p-7f, 1.f, 240.f, -240.f, -0x1p-10f}));
  EXPECT_EQ(values(raw(DType::F8_E5M2FNUZ, {0x01, 0x03, 0x04, 0x40, 0x7f, 0xff}, 6), 6),
            (std::vector<float>{0x1p-17f, 3 * 0x1p-17f, 0x1p-15f, 1.f, 57344.f, -57344.f}));
  for (const DType d : {DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ}) {
    EXPECT_TRUE(std::isnan(values(raw(d, {0x80}, 1), 1)[0]));
    EXPECT_FALSE(std::signbit(values(raw(d, {0x00}, 1), 1)[0]));
  }
  // The first element is at the least significant end: bytes 0x21, 0x43 are codes 1, 2, 3, 4.
  EXPECT_EQ(values(raw(DType::F4, {0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f}, 16), 16),
            (std::vector<float>{0.5f, 1.f, 1.5f, 2.f, 3.f, 4.f, 6.f, -0.f, -0.5f, -1.f, -1.5f, -2.f, -3.f, -4.f, -6.f, 0.f}));
  // Four elements in three bytes: codes 1, 8, 0x1f, 0x3f are 0x03f'f201 as a number of 24 bits.
  EXPECT_EQ(values(raw(DType::F6_E2M3, {0x01, 0xf2, 0xfd}, 4), 4), (std::vector<float>{0.125f, 1.f, 7.5f, -7.5f}));
  EXPECT_EQ(values(raw(DType::F6_E3M2, {0x01, 0xf2, 0xfd}, 4), 4), (std::vector<float>{0.0625f, 0.5f, 28.f, -28.f}));
}

TEST(SafetensorsFloats, ComplexNumbersAreNamedAndKept) {
  const std::vector<std::complex<float>> z{{1, -2}, {0.5f, 3}};
  const auto file = round_trip(z, {2});
  EXPECT_EQ(file.values<std::complex<float>>("t"), z);
  const std::string what =
      "dyadic: (memory): tensor 't' has dtype C64, complex numbers, which are no floats. Read them by values<std::complex<float>>.";
  EXPECT_EQ(message_of([&] { (void)file.read("t", {2}); }), what);
  EXPECT_EQ(message_of([&] { (void)file.tensor<1>("t"); }), what);
  std::vector<float> room(2);
  EXPECT_EQ(message_of([&] { file.read_into("t", {2}, room); }), what);
}

TEST(SafetensorsFloats, FloatsKeepTheirBits) {
  const std::vector<float> values{0.f,    -0.f, 1e-45f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(),
                                  3.4e38f};
  const std::vector<float> read = round_trip(values, {6}).read("t", {6});
  EXPECT_EQ(std::memcmp(read.data(), values.data(), sizeof(float) * values.size()), 0);
}

TEST(SafetensorsFloats, SmallIntegersArriveExactly) {
  for (const auto& file : {round_trip(samples<std::int16_t>(), {65536}), round_trip(samples<std::uint16_t>(), {65536})}) {
    const std::vector<float> read = file.read("t", {65536});
    const bool with_sign = file.dtype("t") == DType::I16;
    for (int i = 0; i < 65536; ++i) ASSERT_EQ(static_cast<int>(read[static_cast<std::size_t>(i)]), with_sign && i > 32767 ? i - 65536 : i);
  }
  EXPECT_EQ(round_trip(std::vector<std::int8_t>{-128, -1, 127}, {3}).read("t", {3}), (std::vector<float>{-128, -1, 127}));
  EXPECT_EQ(round_trip(std::vector<std::uint8_t>{0, 128, 255}, {3}).read("t", {3}), (std::vector<float>{0, 128, 255}));
}

TEST(SafetensorsFloats, WideValuesRoundToNearestEven) {
  constexpr std::int64_t two24 = 1 << 24;
  EXPECT_EQ(round_trip(std::vector<std::int64_t>{two24, two24 + 1, two24 + 3, -two24 - 1, std::numeric_limits<std::int64_t>::min()}, {5})
                .read("t", {5}),
            (std::vector<float>{0x1p24f, 0x1p24f, 0x1.000004p24f, -0x1p24f, -0x1p63f}));
  EXPECT_EQ(round_trip(std::vector<std::int32_t>{two24 + 1, std::numeric_limits<std::int32_t>::max()}, {2}).read("t", {2}),
            (std::vector<float>{0x1p24f, 0x1p31f}));
  EXPECT_EQ(round_trip(std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max()}, {1}).read("t", {1}),
            (std::vector<float>{0x1p64f}));
  EXPECT_EQ(round_trip(std::vector<double>{1 + 0x1p-24, 1 + 0x1.8p-23, 1e300, -1e300, 0x1p-150, 0x1.8p-149}, {6}).read("t", {6}),
            (std::vector<float>{1.f, 1 + 0x1p-22f, HUGE_VALF, -HUGE_VALF, 0.f, 0x1p-148f}));
}

TEST(SafetensorsFloats, TruthIsAnyByteButZero) {
  safetensors::Writer out;
  const std::array<std::byte, 4> raw{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{255}};
  out.add("t", DType::BOOL, raw, {2, 2});
  const auto file = safetensors::parse(out.bytes());
  EXPECT_EQ(file.values<bool>("t"), (std::vector<bool>{false, true, true, true}));
  EXPECT_EQ(file.read("t", {2, 2}), (std::vector<float>{0, 1, 1, 1}));
  const std::array<bool, 3> some{true, false, true};
  EXPECT_EQ(safetensors::parse(safetensors::Writer{}.add("b", some, {3}).bytes()).values<bool>("b"),
            (std::vector<bool>{true, false, true}));
}

TEST(SafetensorsDType, NamesAndSizes) {
  EXPECT_EQ(safetensors::name(DType::F8_E4M3), "F8_E4M3");
  static_assert(safetensors::size_bytes(DType::F8_E5M2) == 1 && safetensors::size_bytes(DType::BF16) == 2);
  static_assert(safetensors::size_bits(DType::F4) == 4 && safetensors::size_bits(DType::F6_E2M3) == 6 &&
                safetensors::size_bits(DType::C64) == 64);
  EXPECT_EQ(message_of([] { (void)safetensors::size_bytes(DType::F4); }),
            "dyadic: safetensors: an element of F4 is no whole number of bytes; ask for size_bits.");
  for (const auto& d : safetensors::detail::dtypes) EXPECT_EQ(safetensors::detail::dtype_named(d.name), d.dtype);
  EXPECT_EQ(safetensors::name(DType::unknown), "?");
  static_assert(safetensors::dtype_of<long long>() == DType::I64 && safetensors::dtype_of<std::byte>() == DType::U8);
}

// --- shapes ---

TEST(SafetensorsFile, ScalarsAndEmptyTensorsAreTensors) {
  safetensors::Writer out;
  out.add("scalar", std::vector<float>{42.f}, {})
      .add("empty", std::vector<float>{}, {3, 0, 5})
      .add("bytes", std::vector<std::uint8_t>{}, {0});
  const auto file = safetensors::parse(out.bytes());
  EXPECT_EQ(file.tensor<0>("scalar")(), 42.f);
  EXPECT_EQ(file.read("scalar", {}), std::vector<float>{42.f});
  EXPECT_EQ(file.tensor<3>("empty").dimension(2), 5);
  EXPECT_TRUE(file.read("empty", {3, 0, 5}).empty());
  file.read_into("empty", {3, 0, 5}, {});
  EXPECT_TRUE(file.values<std::uint8_t>("bytes").empty());
}

TEST(SafetensorsFile, AFileOfNothingIsAFile) {
  const auto file = safetensors::parse(safetensors::Writer{}.bytes());
  EXPECT_TRUE(file.names().empty());
  EXPECT_TRUE(file.metadata().empty());
  EXPECT_EQ(message_of([&] { (void)file.shape("w"); }), "dyadic: (memory): tensor 'w' is not in the file, which has 0.");
}

TEST(SafetensorsFile, EightDimensionsAreRead) {
  const Extents shape{1, 2, 1, 2, 1, 2, 1, 2};
  std::vector<float> values(16);
  std::iota(values.begin(), values.end(), 0.f);
  const auto file = round_trip(values, shape);
  EXPECT_EQ(file.shape("t"), shape);
  EXPECT_EQ(file.tensor<8>("t")(0, 1, 0, 0, 0, 1, 0, 1), 11.f);
}

TEST(SafetensorsFile, TensorsAreRowMajor) {
  Tensor<2> t(2, 3);
  t.setValues({{0, 1, 2}, {3, 4, 5}});
  safetensors::Writer out;
  out.add("t", t);
  const auto file = safetensors::parse(out.bytes());
  EXPECT_EQ(file.read("t", {2, 3}), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(file.tensor<2>("t")(1, 0), 3.f);
}

TEST(SafetensorsFile, WhatIsAskedForMustBeWhatIsThere) {
  safetensors::Writer out;
  out.add("fc1.weight", std::vector<float>(6, 1.f), {2, 3}).add("labels", std::vector<std::int64_t>{7}, {1});
  const auto file = safetensors::parse(out.bytes(), "net.safetensors");
  EXPECT_TRUE(file.contains("fc1.weight"));
  EXPECT_FALSE(file.contains("fc1"));
  EXPECT_EQ(message_of([&] {
              (void)file.read("fc1.weight", {3, 2});
            }),
            "dyadic: net.safetensors: tensor 'fc1.weight' has shape [2, 3], but [3, 2] is expected.");
  EXPECT_EQ(message_of([&] { (void)file.read("fc1.weight", {6}); }),
            "dyadic: net.safetensors: tensor 'fc1.weight' has shape [2, 3], but [6] is expected.");
  EXPECT_EQ(message_of([&] { (void)file.tensor<1>("fc1.weight"); }),
            "dyadic: net.safetensors: tensor 'fc1.weight' has shape [2, 3], of rank 2, but rank 1 is asked for.");
  EXPECT_EQ(message_of([&] { (void)file.values<double>("labels"); }),
            "dyadic: net.safetensors: tensor 'labels' has dtype I64, but F64 is asked for.");
  EXPECT_EQ(message_of([&] { (void)file.entry("fc1"); }),
            "dyadic: net.safetensors: tensor 'fc1' is not in the file, which has 2: 'labels', 'fc1.weight'.");
  std::vector<float> room(5, 0.f);
  EXPECT_EQ(message_of([&] {
              file.read_into("fc1.weight", {2, 3}, room);
            }),
            "dyadic: net.safetensors: tensor 'fc1.weight' of shape [2, 3] has 6 values, but there is room for 5.");
  EXPECT_EQ(room, std::vector<float>(5, 0.f)) << "nothing is half-loaded";
  EXPECT_EQ(file.read("fc1.weight", {dyn, 3}).size(), 6u) << "dyn takes any extent";
  EXPECT_EQ(message_of([&] {
              (void)file.read("fc1.weight", {dyn, 4});
            }),
            "dyadic: net.safetensors: tensor 'fc1.weight' has shape [2, 3], but [dyn, 4] is expected.");
}

TEST(SafetensorsFile, OfManyTensorsTheNearestIsNamed) {
  safetensors::Writer out;
  for (int i = 0; i < 20; ++i) out.add("layers." + std::to_string(i) + ".weight", std::vector<float>{1}, {1});
  EXPECT_EQ(message_of([&] { (void)safetensors::parse(out.bytes()).shape("layer.17.weight"); }),
            "dyadic: (memory): tensor 'layer.17.weight' is not in the file, which has 20: 'layers.0.weight', 'layers.1.weight', "
            "'layers.2.weight', 'layers.3.weight', 'layers.4.weight', 'layers.5.weight', 'layers.6.weight', 'layers.7.weight', …; the "
            "nearest is 'layers.17.weight'.");
}

TEST(SafetensorsFile, CopiesKeepTheBytesAlive) {
  auto file = round_trip(std::vector<float>{1, 2, 3}, {3});
  const safetensors::File copy = file;
  const std::span<const std::byte> bytes = file.entry("t").bytes;
  const safetensors::File moved = std::move(file);
  file = round_trip(std::vector<float>{0}, {1});
  EXPECT_EQ(copy.entry("t").bytes.data(), bytes.data());
  EXPECT_EQ(moved.read("t", {3}), (std::vector<float>{1, 2, 3}));
}

template <class File>
concept lends_its_entries = requires(File&& f) {
  std::forward<File>(f).entry("");
};
static_assert(lends_its_entries<safetensors::File&> && !lends_its_entries<safetensors::File>,
              "no reference into a file that is about to go");

// --- writing ---

TEST(SafetensorsWriter, AlignsEveryTensorAndIsDeterministic) {
  safetensors::Writer out;
  out.add("bytes", std::vector<std::uint8_t>{1, 2, 3}, {3})
      .add("halves", std::vector<Half>(3), {3})
      .add("doubles", std::vector<double>{0.5}, {1});
  out.add("floats", std::vector<float>{1, 2, 3}, {3}).metadata("format", "dyadic");
  const std::vector<std::byte> bytes = out.bytes();
  EXPECT_EQ(bytes, out.bytes());
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0u);
  const auto file = safetensors::parse(bytes);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"doubles", "floats", "halves", "bytes"}));
  for (const std::string& name : file.names()) {
    const auto& e = file.entry(name);
    const auto offset = static_cast<std::size_t>(e.bytes.data() - file.entry("doubles").bytes.data());
    EXPECT_EQ(offset % static_cast<std::size_t>(safetensors::size_bytes(e.dtype)), 0u) << name;
  }
  EXPECT_EQ(file.metadata(), (std::map<std::string, std::string>{{"format", "dyadic"}}));
}

TEST(SafetensorsWriter, WritesTheFormatAsSpecified) {
  safetensors::Writer out;
  out.add("w", std::vector<std::int16_t>{1, -2}, {1, 2}).metadata("k", "v");
  std::string expected = R"({"__metadata__":{"k":"v"},"w":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]}})";
  expected.resize((expected.size() + 7) / 8 * 8, ' ');
  expected = std::string(1, static_cast<char>(expected.size())) + std::string(7, '\0') + expected + std::string("\x01\0\xfe\xff", 4);
  const std::vector<std::byte> bytes = out.bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), expected);
}

TEST(SafetensorsWriter, AnyTextIsAName) {
  const std::string strange = "a\"b\\c\n\t/ \u00e9\u4e2d\U0001F600";
  safetensors::Writer out;
  out.add(strange, std::vector<float>{1}, {1}).add("", std::vector<float>{2}, {1}).metadata(strange, strange).metadata("", "");
  const auto file = safetensors::parse(out.bytes());
  EXPECT_EQ(file.names(), (std::vector<std::string>{strange, ""}));
  EXPECT_EQ(file.metadata().at(strange), strange);
  EXPECT_EQ(file.read("", {1}), std::vector<float>{2});
}

TEST(SafetensorsWriter, RefusesWhatCouldNotBeReadBackAndKeepsTheRest) {
  safetensors::Writer out;
  const std::vector<float> two{1, 2};
  out.add("w", two, {2}).metadata("k", "v");
  const auto before = out.bytes();
  EXPECT_EQ(message_of([&] { out.add("w", two, {2}); }), "dyadic: safetensors::Writer: tensor 'w' is already there.");
  EXPECT_EQ(message_of([&] { out.add("v", two, {3}); }),
            "dyadic: safetensors::Writer: tensor 'v' of shape [3] takes 3 values, but 2 are given.");
  EXPECT_EQ(message_of([&] { out.add("v", DType::I16, std::as_bytes(std::span(two)), {2}); }),
            "dyadic: safetensors::Writer: tensor 'v' of type I16 and shape [2] takes 4 bytes, but 8 are given.");
  EXPECT_EQ(
      message_of([&] {
        out.add("v", two, {-1, -2});
      }),
      "dyadic: safetensors::Writer: tensor 'v' has the shape [dyn, -2], which has a negative extent or more bytes than 64 bits can count.");
  EXPECT_NE(message_of([&] {
              out.add("v", std::vector<float>{}, {0, std::int64_t{1} << 40, std::int64_t{1} << 40});
            }).find("'v' has the shape"),
            std::string::npos);
  EXPECT_EQ(message_of([&] { out.add("__metadata__", two, {2}); }),
            "dyadic: safetensors::Writer: tensor '__metadata__' has a name that the format reserves.");
  EXPECT_EQ(
      message_of([&] { out.add("v", std::vector<E2M1>(3), {3}); }),
      "dyadic: safetensors::Writer: tensor 'v' of type F4 and shape [3] has 3 elements of 4 bits, which are no whole number of bytes.");
  EXPECT_NE(message_of([&] { out.add("\xff", two, {2}); }).find("is not valid UTF-8"), std::string::npos);
  EXPECT_NE(message_of([&] { out.metadata("\xc0\x80", ""); }).find("is not valid UTF-8"), std::string::npos);
  EXPECT_NE(message_of([&] { out.metadata("x", "\xed\xa0\x80"); }).find("is not valid UTF-8"), std::string::npos);
  EXPECT_EQ(message_of([&] { out.metadata("k", "w"); }), "dyadic: safetensors::Writer: the metadata key 'k' is already set.");
  EXPECT_EQ(out.bytes(), before);
}

// --- the file system ---

TEST(SafetensorsSave, SavesOpensAndReplaces) {
  const Folder folder;
  const auto path = folder / "net.safetensors";
  safetensors::Writer{}.add("w", std::vector<float>{1}, {1}).save(path);
  const auto first = safetensors::open(path);
  safetensors::Writer second;
  second.add("w", std::vector<float>{2}, {1}).metadata("k", "v").save(path);
  EXPECT_EQ(first.read("w", {1}), std::vector<float>{1}) << "a file in memory does not follow the disk";
  const auto file = safetensors::open(path);
  EXPECT_EQ(file.read("w", {1}), std::vector<float>{2});
  EXPECT_EQ(file.metadata().at("k"), "v");
  EXPECT_EQ(file.name(), path.string());
  EXPECT_EQ(std::filesystem::file_size(path), second.bytes().size());
  EXPECT_EQ(folder.files(), 1u) << "nothing is left beside it";
}

TEST(SafetensorsSave, SaysWhyItCannotWriteAndLeavesNothingBehind) {
  const Folder folder;
  safetensors::Writer out;
  out.add("w", std::vector<float>{1}, {1});
  const auto nowhere = folder / "no/such/folder.safetensors";
  EXPECT_NE(message_of([&] { out.save(nowhere); }).find("dyadic: " + nowhere.string() + ": cannot be written: "), std::string::npos);
  const auto directory = folder / "directory";
  std::filesystem::create_directory(directory);
  EXPECT_NE(message_of([&] { out.save(directory); }).find("dyadic: " + directory.string() + ": cannot be written: "), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_directory(directory));
  EXPECT_EQ(folder.files(), 1u);
}

TEST(SafetensorsOpen, SaysWhyItCannotRead) {
  const Folder folder;
  const auto missing = folder / "missing.safetensors";
  EXPECT_EQ(message_of([&] { (void)safetensors::open(missing); }),
            "dyadic: " + missing.string() + ": cannot be opened: there is no such file.");
  EXPECT_EQ(message_of([&] { (void)safetensors::open(folder / ""); }),
            "dyadic: " + (folder / "").string() + ": cannot be opened: it is not a regular file.");
  const auto bad = folder / "bad.safetensors";
  const auto holding = [&](const std::string& content) {
    std::ofstream(bad, std::ios::binary) << content;
    return message_of([&] { (void)safetensors::open(bad); });
  };
  EXPECT_EQ(holding(""),
            "dyadic: " + bad.string() + ": is 0 bytes long; a safetensors file starts with 8 bytes that tell the length of its header.");
  EXPECT_EQ(holding("1234567"),
            "dyadic: " + bad.string() + ": is 7 bytes long; a safetensors file starts with 8 bytes that tell the length of its header.");
  EXPECT_EQ(holding("GIF89a and so on"),
            "dyadic: " + bad.string() + ": claims a header of 6998700719318911303 bytes; this is not a safetensors file.");
  EXPECT_EQ(holding(std::string("\x10\0\0\0\0\0\0\0{}", 10)),
            "dyadic: " + bad.string() + ": claims a header of 16 bytes, but only 2 follow: it is truncated.");
  // 4 GiB of header that are really there, as a hole in the file: refused after 8 bytes, before memory is taken.
  (void)holding(std::string("\0\0\0\0\1\0\0\0{", 9));
  std::filesystem::resize_file(bad, (std::uintmax_t{1} << 32) + 8);
  EXPECT_EQ(message_of([&] { (void)safetensors::open(bad); }),
            "dyadic: " + bad.string() + ": claims a header of 4294967296 bytes; this is not a safetensors file.");
}

}  // namespace
