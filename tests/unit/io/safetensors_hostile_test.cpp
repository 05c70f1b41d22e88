// SPDX-License-Identifier: BSL-1.0
// Files that want to do harm, or are merely broken: each is refused with a sentence that names the file and, where one is to blame,
// the tensor.
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include <gtest/gtest.h>

#include <complex>
#include <random>

namespace {

using namespace dyadic;

std::vector<std::byte> file_of(const std::string& header, std::size_t data_bytes) {
  std::vector<std::byte> file(8 + header.size() + data_bytes);
  const std::uint64_t n = header.size();
  std::memcpy(file.data(), &n, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

/// What is wrong with the file, "" if nothing is. Anything but a `dyadic::error` escapes and fails the test.
std::string fault(std::vector<std::byte> bytes) {
  try {
    (void)safetensors::parse(std::move(bytes), "evil.safetensors");
  } catch (const error& e) {
    return e.what();
  }
  return "";
}
std::string fault(const std::string& header, std::size_t data_bytes) { return fault(file_of(header, data_bytes)); }

/// Reads all that a file offers, through every door. @return a sum, so that no read can be left out
double read_all(const safetensors::File& file) {
  double sum = static_cast<double>(file.metadata().size());
  for (const std::string& name : file.names()) {
    const safetensors::Entry& e = file.entry(name);
    for (const std::byte b : e.bytes) sum += static_cast<double>(b);
    if (e.dtype == safetensors::DType::C64) {  // no floats
      for (const auto& z : file.values<std::complex<float>>(name)) sum += static_cast<double>(z.real());
      continue;
    }
    for (const float x : file.read(name, e.shape)) sum += static_cast<double>(x);
    safetensors::detail::visit(e.dtype, [&]<class T>(std::type_identity<T>) {
      for (const auto x : file.values<T>(name)) sum += static_cast<double>(static_cast<float>(x));
    });
  }
  return sum;
}

struct Case {
  const char* title;
  std::string header;
  std::size_t data_bytes;
  std::string message;  // after "dyadic: evil.safetensors: "; one that ends in a blank goes on with the parser's position

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.title; }
};

class SafetensorsHostile : public testing::TestWithParam<Case> {};

TEST_P(SafetensorsHostile, IsRefusedByName) {
  const std::string expected = "dyadic: evil.safetensors: " + GetParam().message;
  const std::string what = fault(GetParam().header, GetParam().data_bytes);
  EXPECT_EQ(expected.back() == ' ' ? what.substr(0, expected.size()) : what, expected);
}

TEST(SafetensorsHostileText, TheParserSaysWhere) {
  EXPECT_EQ(fault(R"({"w":{"dtype":"F32","shape":[1,]}})", 4),
            "dyadic: evil.safetensors: the header is not valid JSON in UTF-8, at its byte 32, in the entry of tensor 'w'.");
  EXPECT_EQ(fault("{}{}", 0), "dyadic: evil.safetensors: the header is not valid JSON in UTF-8, at its byte 3.");
}

/// A header with one entry, "w".
std::string entry(const std::string& inside) { return R"({"w":{)" + inside + "}}"; }
std::string shaped(const std::string& shape, const std::string& offsets = "0,4", const std::string& dtype = "F32") {
  return entry(R"("dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" + offsets + "]");
}
/// A header with F32 vectors at the given offsets: "a", "b", …
std::string placed(const std::vector<std::pair<int, int>>& ranges) {
  std::string header = "{";
  char name = 'a';
  for (const auto& [begin, end] : ranges) {
    if (name != 'a') header += ',';
    // One part after the other: in a sum of strings GCC 12 sees copies that are not there (its bug 105651).
    header += '"';
    header += name++;
    header += R"(":{"dtype":"F32","shape":[)";
    header += std::to_string((end - begin) / 4);
    header += R"(],"data_offsets":[)";
    header += std::to_string(begin);
    header += ',';
    header += std::to_string(end);
    header += "]}";
  }
  return header + "}";
}

const std::string good = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
const std::string shape_kind = "tensor 'w' must have an array of non-negative integers as its shape.";
const std::string offsets_kind = "tensor 'w' must have an array of two non-negative integers as its data_offsets.";
const std::string entry_kind = "tensor 'w' must have an object as its entry in the header.";
const std::string too_large = "tensor 'w' has a shape of more bytes than 64 bits can count.";
const std::string not_an_object = "the header does not start with '{'; this is not a safetensors file.";
const std::string not_json = "the header is not valid JSON in UTF-8, at its byte ";

INSTANTIATE_TEST_SUITE_P(
    Header, SafetensorsHostile,
    testing::ValuesIn(std::vector<Case>{
        {"empty", "", 0, not_an_object},
        {"array", "[]", 0, not_an_object},
        {"leading blank", " {}", 0, not_an_object},
        {"byte order mark", "\xef\xbb\xbf{}", 0, not_an_object},
        {"unclosed", "{", 0, not_json},
        {"two documents", "{}{}", 0, not_json},
        {"zero byte hides the rest", std::string("{}\0{}", 5), 0, "the header holds a zero byte."},
        {"comment", "{/**/}", 0, not_json},
        {"name not in UTF-8", "{\"\xff\":" + good + "}", 1, not_json},
        {"overlong UTF-8", "{\"\xc0\xaf\":" + good + "}", 1, not_json},
        {"half a surrogate pair", R"({"\ud800":)" + good + "}", 1, not_json},
        {"raw newline in a name", "{\"a\nb\":" + good + "}", 1, not_json},
        {"broken inside an entry", R"({"w":{"dtype":"F32","shape":[1,]}})", 4, not_json},
        {"name twice", R"({"w":)" + good + R"(,"w":)" + good + "}", 1, "tensor 'w' is in the header twice."},
        {"name twice, spelt differently", R"({"w":)" + good + R"(,"\u0077":)" + good + "}", 1, "tensor 'w' is in the header twice."},
        {"metadata twice", R"({"__metadata__":{},"__metadata__":{}})", 0, "the header has __metadata__ twice."},
        {"metadata key twice", R"({"__metadata__":{"k":"1","k":"2"}})", 0, "__metadata__ has the key 'k' twice."},
        {"metadata of numbers", R"({"__metadata__":{"k":1}})", 0, "__metadata__ must hold strings, but the value of 'k' is none."},
        {"metadata of objects", R"({"__metadata__":{"k":{}}})", 0, "__metadata__ must hold strings, but the value of 'k' is none."},
        {"metadata null", R"({"__metadata__":null})", 0, "__metadata__ must be an object of strings."},
        {"metadata list", R"({"__metadata__":["k"]})", 0, "__metadata__ must be an object of strings."},
        {"entry null", R"({"w":null})", 0, entry_kind},
        {"entry list", R"({"w":[]})", 0, entry_kind},
        {"entry string", R"({"w":"F32"})", 0, entry_kind},
        {"entry number", R"({"w":1e400})", 0, not_json},
        {"entry empty", R"({"w":{}})", 0, "tensor 'w' has no dtype in its entry."},
        {"no shape", entry(R"("dtype":"F32","data_offsets":[0,4])"), 4, "tensor 'w' has no shape in its entry."},
        {"no offsets", entry(R"("dtype":"F32","shape":[1])"), 4, "tensor 'w' has no data_offsets in its entry."},
        {"unknown key", entry(R"("stride":[1])"), 0,
         "tensor 'w' has the unknown key 'stride' in its entry; dtype, shape and data_offsets are expected."},
        {"dtype twice", entry(R"("dtype":"F32","dtype":"F64")"), 0, "tensor 'w' has 'dtype' twice in its entry."},
        {"shape twice", entry(R"("shape":[1],"shape":[2])"), 0, "tensor 'w' has 'shape' twice in its entry."}}));

INSTANTIATE_TEST_SUITE_P(
    TypeAndShape, SafetensorsHostile,
    testing::ValuesIn(std::vector<Case>{
        {"half a byte", shaped("[1]", "0,1", "F4"), 1,
         "tensor 'w' of type F4 and shape [1] has 1 elements of 4 bits, which are no whole number of bytes."},
        {"part of a byte", shaped("[2,3]", "0,5", "F6_E3M2"), 5,
         "tensor 'w' of type F6_E3M2 and shape [2, 3] has 6 elements of 6 bits, which are no whole number of bytes."},
        {"a byte for each F4", shaped("[2]", "0,2", "F4"), 2,
         "tensor 'w' of type F4 and shape [2] takes 1 bytes, but its data_offsets 0 to 2 give it 2."},
        {"bits wrap to 4 bytes", shaped("[3074457345618258608]", "0,4", "F6_E2M3"), 4,
         "tensor 'w' of type F6_E2M3 and shape [3074457345618258608] takes 2305843009213693956 bytes, but its data_offsets 0 to 4 give it "
         "4."},
        {"complex of too few bytes", shaped("[1]", "0,4", "C64"), 4,
         "tensor 'w' of type C64 and shape [1] takes 8 bytes, but its data_offsets 0 to 4 give it 4."},
        {"unknown dtype, offsets backwards", shaped("[1]", "4,0", "F3"), 4, "tensor 'w' has data_offsets that run backwards, 4 to 0."},
        {"unknown dtype past the end", shaped("[1]", "0,9", "F3"), 4,
         "tensor 'w' ends at byte 9 of the data, but the file has only 4: it is truncated or its header is wrong."},
        {"unknown dtype, shape overflows", shaped("[4294967296,4294967296]", "0,4", "F3"), 4, too_large},
        {"dtype number", entry(R"("dtype":32)"), 0, "tensor 'w' must have a string as its dtype."},
        {"dtype list", entry(R"("dtype":["F32"])"), 0, "tensor 'w' must have a string as its dtype."},
        {"shape number", shaped("1"), 4, shape_kind},
        {"shape null", shaped("null"), 4, shape_kind},
        {"shape of strings", shaped(R"(["1"])"), 4, shape_kind},
        {"shape of lists", shaped("[[1]]"), 4, shape_kind},
        {"shape of objects", shaped("[{}]"), 4, shape_kind},
        {"negative dimension", shaped("[-1]"), 4, shape_kind},
        {"negative zero", shaped("[-0]"), 4, shape_kind},
        {"fraction", shaped("[1.5]"), 4, shape_kind},
        {"whole fraction", shaped("[1.0]"), 4, shape_kind},
        {"exponent", shaped("[1e0]"), 4, shape_kind},
        {"truth", shaped("[true]"), 4, shape_kind},
        {"dimension of 2^63", shaped("[9223372036854775808]"), 4, too_large},
        {"dimension of 2^64", shaped("[18446744073709551616]"), 4, shape_kind},
        {"product wraps to 4 bytes", shaped("[4611686018427387905]"), 4, too_large},
        {"product wraps to 0", shaped("[4294967296,4294967296]", "0,0"), 0, too_large},
        {"empty, but the rest overflows", shaped("[0,4294967296,4294967296]", "0,0"), 0, too_large},
        {"rank 9", shaped("[1,1,1,1,1,1,1,1,1]"), 4, "tensor 'w' has more than 8 dimensions, the most that dyadic knows."},
        {"too few bytes", shaped("[2]"), 4, "tensor 'w' of type F32 and shape [2] takes 8 bytes, but its data_offsets 0 to 4 give it 4."},
        {"too many bytes", shaped("[]", "0,8"), 8,
         "tensor 'w' of type F32 and shape [] takes 4 bytes, but its data_offsets 0 to 8 give it 8."},
        {"empty with bytes", shaped("[0]"), 4,
         "tensor 'w' of type F32 and shape [0] takes 0 bytes, but its data_offsets 0 to 4 give it 4."}}));

INSTANTIATE_TEST_SUITE_P(
    Offsets, SafetensorsHostile,
    testing::ValuesIn(std::vector<Case>{
        {"one offset", shaped("[1]", "0"), 4, offsets_kind},
        {"three offsets", shaped("[1]", "0,4,8"), 4, offsets_kind},
        {"no offset", shaped("[1]", ""), 4, offsets_kind},
        {"negative", shaped("[1]", "-4,0"), 4, offsets_kind},
        {"fraction", shaped("[1]", "0,4.0"), 4, offsets_kind},
        {"beyond 64 bits", shaped("[1]", "18446744073709551616,18446744073709551620"), 4, offsets_kind},
        {"backwards", shaped("[1]", "4,0"), 4, "tensor 'w' has data_offsets that run backwards, 4 to 0."},
        {"past the end", shaped("[1]", "4,8"), 4,
         "tensor 'w' ends at byte 8 of the data, but the file has only 4: it is truncated or its header is wrong."},
        {"far past the end", shaped("[1]", "18446744073709551608,18446744073709551612"), 4,
         "tensor 'w' ends at byte 18446744073709551612 of the data, but the file has only 4: it is truncated or its header is wrong."},
        {"huge and absent", shaped("[2305843009213693951]", "0,9223372036854775804"), 4,
         "tensor 'w' ends at byte 9223372036854775804 of the data, but the file has only 4: it is truncated or its header is wrong."},
        {"hole at the start", placed({{4, 8}}), 8, "tensor 'a' leaves a hole of 4 bytes before it, which belong to no tensor."},
        {"hole inside", placed({{8, 12}, {0, 4}}), 12, "tensor 'a' leaves a hole of 4 bytes before it, which belong to no tensor."},
        {"rest", placed({{0, 4}}), 5, "has 1 bytes after the last tensor, 'a', which belong to no tensor."},
        {"data without tensors", "{}", 3, "has 3 bytes after the last tensor, which belong to no tensor."},
        {"overlap", placed({{0, 8}, {4, 12}}), 12, "tensor 'b' shares bytes with tensor 'a'."},
        {"overlap in another order", placed({{4, 12}, {0, 8}}), 12, "tensor 'a' shares bytes with tensor 'b'."},
        {"same bytes", placed({{0, 8}, {0, 8}}), 8, "tensor 'b' shares bytes with tensor 'a'."},
        {"one inside the other", placed({{0, 12}, {4, 8}}), 12, "tensor 'b' shares bytes with tensor 'a'."},
        {"empty one inside another", placed({{0, 12}, {4, 4}}), 12, "tensor 'b' shares bytes with tensor 'a'."}}));

TEST(SafetensorsHostileSize, NoLengthOfAHeaderIsBelieved) {
  for (const std::uint64_t claim : {std::uint64_t{3}, std::uint64_t{100'000'000}, std::uint64_t{100'000'001}, std::uint64_t{1} << 32,
                                    std::uint64_t{1} << 63, ~std::uint64_t{0} - 7, ~std::uint64_t{0}}) {
    std::vector<std::byte> bytes = file_of("{}", 0);
    std::memcpy(bytes.data(), &claim, 8);
    EXPECT_EQ(fault(bytes).find("dyadic: evil.safetensors: claims a header of " + std::to_string(claim) + " bytes"), 0u) << fault(bytes);
  }
}

TEST(SafetensorsHostileSize, DepthTakesNoStack) {
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(fault(shaped(deep), 4), "dyadic: evil.safetensors: " + shape_kind);
  EXPECT_EQ(fault(R"({"w":)" + deep + "}", 4), "dyadic: evil.safetensors: " + entry_kind);
  std::string objects = "{";
  for (int i = 0; i < 300'000; ++i) objects += R"("w":{)";
  EXPECT_NE(fault(objects, 0), "");
}

TEST(SafetensorsHostileSize, MessagesStayShortAndPrintable) {
  const std::string name = "\\u0000\\u001b[31m\\u007f" + std::string(100'000, 'x');
  const std::string what = fault(R"({")" + name + R"(":null})", 0);
  EXPECT_EQ(what.find(R"(dyadic: evil.safetensors: tensor '\x00\x1b[31m\x7fxxx)"), 0u) << what;
  EXPECT_LT(what.size(), 300u);
  std::string letters;
  for (int i = 0; i < 99; ++i) letters += "\u4e2d";  // three bytes each: no message may end inside one
  const std::string cut = fault(R"({")" + letters + R"(":null})", 0);
  EXPECT_NE(cut.find("\u4e2d…'"), std::string::npos) << cut;
  EXPECT_LT(fault("{\"" + std::string(100'000, 'x'), 0).size(), 300u);
}

TEST(SafetensorsHostileSize, ManyTensorsAreNoBurden) {
  std::string header = "{";
  for (int i = 0; i < 20'000; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  EXPECT_EQ(fault(header + "}", 0), "");
}

// --- types that are not known ---

const std::string known =
    "; known are F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, F6_E2M3, F6_E3M2, F4, C64, I64, I32, I16, I8, "
    "U64, U32, U16, U8, BOOL. Its bytes are in entry(name).bytes.";

template <class F>
std::string said(const F& action) {
  try {
    action();
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

TEST(SafetensorsUnknownDType, OnlyItsOwnTensorCannotBeRead) {
  const auto file = safetensors::parse(
      file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F3_E1M1","shape":[7,3],"data_offsets":[4,12]},)"
              R"("z":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}})",
              13),
      "evil.safetensors");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "w", "z"}));
  EXPECT_EQ(file.read("z", {1}), std::vector<float>{0});
  EXPECT_EQ(file.tensor<1>("a")(0), 0.0F);
  EXPECT_EQ(file.dtype("w"), safetensors::DType::unknown);
  EXPECT_EQ(file.shape("w"), (Extents{7, 3}));
  EXPECT_EQ(file.entry("w").dtype_name, "F3_E1M1");
  EXPECT_EQ(file.entry("w").bytes.size(), 8U);
  const std::string what = "dyadic: evil.safetensors: tensor 'w' has the unknown dtype 'F3_E1M1'";
  EXPECT_EQ(said([&] { (void)file.tensor<2>("w"); }), what + known);
  EXPECT_EQ(said([&] { (void)file.read("w", {7, 3}); }), what + known);
  std::vector<float> room(21, 1.0F);
  EXPECT_EQ(said([&] { file.read_into("w", {7, 3}, room); }), what + known);
  EXPECT_EQ(room, std::vector<float>(21, 1.0F));
  EXPECT_EQ(said([&] { (void)file.values<std::uint8_t>("w"); }), what + ", so that it cannot be read as U8" + known);
}

TEST(SafetensorsUnknownDType, ItsShapeIsNotBelieved) {
  // Nothing is known of its size, so that memory must not be taken for it.
  const auto file = safetensors::parse(file_of(shaped("[1152921504606846975]", "0,4", "f32"), 4), "evil.safetensors");
  const std::string what = "dyadic: evil.safetensors: tensor 'w' has the unknown dtype 'f32'";
  EXPECT_EQ(said([&] { (void)file.tensor<1>("w"); }), what + known);
  EXPECT_EQ(said([&] { (void)file.read("w", {dyn}); }), what + known);
  EXPECT_EQ(said([&] { (void)file.values<float>("w"); }), what + ", so that it cannot be read as F32" + known);
}

TEST(SafetensorsUnknownDType, ItsNameIsAStrangersToo) {
  const auto file = safetensors::parse(file_of(shaped("[1]", "0,4", "\\u001b[31m" + std::string(5000, 'x')), 4), "evil.safetensors");
  const std::string what = said([&] { (void)file.tensor<1>("w"); });
  EXPECT_EQ(what.find(R"(dyadic: evil.safetensors: tensor 'w' has the unknown dtype '\x1b[31mxxx)"), 0U) << what;
  EXPECT_LT(what.size(), 500U);
}

TEST(SafetensorsUnknownDType, ACopyOfTheFileKeepsIt) {
  const auto file = safetensors::parse(
      file_of(R"({"w":{"dtype":"odd \"type\"","shape":[],"data_offsets":[0,3]},"a":{"dtype":"F4","shape":[2],"data_offsets":[3,4]}})", 4));
  safetensors::Writer out;
  for (const std::string& name : file.names()) out.add(file.entry(name));
  const auto copy = safetensors::parse(out.bytes());
  EXPECT_EQ(copy.entry("w").dtype_name, "odd \"type\"");
  EXPECT_EQ(copy.entry("w").bytes.size(), 3U);
  EXPECT_EQ(copy.dtype("a"), safetensors::DType::F4);
  EXPECT_EQ(said([&] { out.add("v", safetensors::DType::unknown, {}, {0}); }),
            "dyadic: safetensors::Writer: tensor 'v' is given no type; an entry of a file is added whole: add(file.entry(name)).");
}

// --- damage to a sound file ---

std::vector<std::byte> sound_file() {
  safetensors::Writer out;
  out.add("a", std::vector<float>{1, 2}, {2}).add("b", std::vector<Half>(3), {3, 1}).add("c", std::vector<std::uint8_t>{}, {0});
  out.add("d", std::vector<E2M1>(2), {2}).metadata("k", "v");
  return out.bytes();
}

TEST(SafetensorsDamage, NoPrefixIsAFile) {
  const std::vector<std::byte> whole = sound_file();
  ASSERT_EQ(fault(whole), "");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    // A copy of just this size, so that a read past the end is caught.
    const std::string what = fault(std::vector<std::byte>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
    EXPECT_EQ(what.find("dyadic: evil.safetensors: "), 0u) << n << " bytes: " << what;
  }
}

TEST(SafetensorsDamage, NorIsAnythingLonger) {
  std::vector<std::byte> longer = sound_file();
  for (int i = 0; i < 9; ++i) {
    longer.push_back(std::byte{0});
    EXPECT_NE(fault(longer).find("bytes after the last tensor"), std::string::npos);
  }
}

/// A damaged file is refused with a `dyadic::error`, or it is another sound file, all of which can be read.
bool survives(const std::vector<std::byte>& bytes) {
  try {
    const safetensors::File file = safetensors::parse(bytes, "evil.safetensors");
    (void)read_all(file);
    return true;
  } catch (const error& e) {
    EXPECT_EQ(std::string_view(e.what()).find("dyadic: evil.safetensors: "), 0u) << e.what();
    return false;
  }
}

TEST(SafetensorsDamage, AnyByteOfTheHeaderMayBeAnything) {
  const std::vector<std::byte> whole = sound_file();
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  int refused = 0;
  int read = 0;
  std::vector<std::byte> damaged = whole;
  for (std::size_t at = 0; at < 8 + length; ++at) {
    for (int value = 0; value < 256; ++value) {
      damaged[at] = static_cast<std::byte>(value);
      (survives(damaged) ? read : refused)++;
    }
    damaged[at] = whole[at];
  }
  EXPECT_GT(refused, 10 * read) << "most damage shows";
  EXPECT_GT(read, static_cast<int>(length)) << "the sound file itself is among them, once for each byte";
}

TEST(SafetensorsDamage, SplicesAreRefusedOrRead) {
  const std::vector<std::byte> whole = sound_file();
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::byte> bytes = whole;
    for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
      const auto at = static_cast<std::ptrdiff_t>(below(bytes.size()));
      const auto n = static_cast<std::ptrdiff_t>(below(std::min<std::size_t>(24, bytes.size() - static_cast<std::size_t>(at))));
      const std::vector<std::byte> piece(bytes.begin() + at, bytes.begin() + at + n);
      if (below(2) == 0) bytes.erase(bytes.begin() + at, bytes.begin() + at + n);
      else bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())), piece.begin(), piece.end());
      if (bytes.size() < 9) break;
      // Half of the time the length is mended, so that the header is reached.
      std::uint64_t length = 0;
      std::memcpy(&length, whole.data(), 8);
      length += bytes.size() - whole.size();
      if (below(2) == 0) std::memcpy(bytes.data(), &length, 8);
    }
    (void)survives(bytes);
  }
}

}  // namespace
