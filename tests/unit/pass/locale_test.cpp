// SPDX-License-Identifier: BSL-1.0
// All text is the same in every locale: under one that groups digits and has a decimal comma, nothing changes by a byte. C++'s locale is
// one made here; C's is taken from the system, where it has such a one.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/packed.hpp>
#include <dyadic/io/tables.hpp>
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/progress.hpp>
#include <dyadic/lut/verilog.hpp>
#include <dyadic/model/replacing.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <fstream>
#include <iomanip>
#include <locale>
#include <sstream>

namespace {
using namespace dyadic;

struct german : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// The global locale of C++, and that of C where the system has one with a decimal comma, as long as this lives.
class abroad {
 public:
  abroad() : before_(std::locale::global(std::locale(std::locale::classic(), new german))), c_before_(std::setlocale(LC_ALL, nullptr)) {
    for (const char* name :
         {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8", "it_IT.UTF-8", "pt_BR.UTF-8", "ru_RU.UTF-8"})
      if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  ~abroad() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, c_before_.c_str());
  }
  abroad(const abroad&) = delete;
  abroad& operator=(const abroad&) = delete;

 private:
  std::locale before_;
  std::string c_before_;
};

TEST(Locale, TheOneHereShowsInAStream) {
  const abroad here;
  std::ostringstream text;
  text << 12000 << ' ' << 0.5;
  EXPECT_EQ(text.str(), "12.000 0,5");
}

/// What it writes at home and abroad, to a stream that is made there.
template <class F>
void expect_same_everywhere(const F& write) {
  std::ostringstream home;
  write(home);
  std::string away;
  {
    const abroad here;
    std::ostringstream text;
    write(text);
    away = text.str();
    EXPECT_EQ(std::use_facet<std::numpunct<char>>(text.getloc()).decimal_point(), ',') << "the stream's own locale stays";
  }
  EXPECT_FALSE(home.str().empty());
  EXPECT_EQ(away, home.str());
}

struct net final
    : graph<node<"x", input<dyn, 40>>, node<"fc1", linear<40, 50>, "x">, node<"act", relu, "fc1">, node<"fc2", linear<50, 30>, "act">> {};
struct mixed final
    : config<by_default<none>, by_name<"fc1", data_in<Fixed<8, 4>>, weight<BlockFP<6, 8>>>, by_name<"fc2", weight<Fixed<7, 3>>>> {};
struct tables final : config<by_default<none>, by_op<op::linear, BinaryResidual<2>>> {};

weights<net> some_weights() {
  weights<net> w;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> v(static_cast<std::size_t>(p.shape.size()));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.01F * static_cast<float>(i * 7919 % 201) - 1.0F;
    w.set(p.full_name(), ConstView{v.data(), p.shape});
  }
  return w;
}
Tensor<2> some_data() {
  Tensor<2> x(32, 40);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = 0.03F * static_cast<float>(i * 31 % 97) - 1.0F;
  return x;
}

TEST(Locale, Reports) {
  const auto model = quantize<mixed>(net{}, some_weights());
  const auto replaced = quantize<tables>(net{}, some_weights(), calibrate(some_data()));
  const Tensor<2> x = some_data();
  expect_same_everywhere([&](std::ostream& out) {
    const auto s = summary(model);
    out << s << s.histogram() << s.csv() << summary(model, 12345).csv() << summary(replaced);
    out << compare(model, bind(net{}, some_weights()), x);
  });
}

TEST(Locale, ReportsHaveThousandsInThem) {  // or the test above would show nothing
  std::ostringstream text;
  text << summary(quantize<mixed>(net{}, some_weights()));
  EXPECT_NE(text.str().find("in float32 14320"), std::string::npos) << text.str();
}

/// A circuit with more than a thousand of everything that is counted.
netlist large_circuit() {
  netlist n;
  n.name = "large";
  n.inputs = 1500;
  n.functions = {{11, 1, false, std::vector<std::uint64_t>(2048, 1)}, {1200, 11, true, {}}};
  for (int i = 0; i < 1100; ++i) {
    netlist::cell c{0, {}, n.wires(), 0};
    for (int k = 0; k < 11; ++k) c.inputs.push_back((i + k) % 1500);
    n.cells.push_back(c);
    n.outputs.push_back(c.first_output);
  }
  netlist::cell count{1, {}, n.wires(), 1};
  for (int k = 0; k < 1200; ++k) count.inputs.push_back(k);
  n.cells.push_back(count);
  n.outputs.push_back(count.first_output + 10);
  n.stages = 2;
  return n;
}

TEST(Locale, Circuits) {
  const netlist n = large_circuit();
  expect_same_everywhere([&](std::ostream& out) { emit_verilog(out, n); });
  expect_same_everywhere([&](std::ostream& out) { emit_verilog(out, n, {.registers = true}); });
  expect_same_everywhere([&](std::ostream& out) { emit_blif(out, n); });
  expect_same_everywhere([&](std::ostream& out) { emit_test_bench(out, n, "v.txt", 12000); });
  const abroad here;
  std::ostringstream bench;
  emit_test_bench(bench, n, "v.txt", 12000, {.registers = true});
  EXPECT_NE(bench.str().find("IN = 1500, OUT = 1101, COUNT = 12000;"), std::string::npos);
}

TEST(Locale, CircuitsAreNotTheWorseForAStreamsFlags) {
  const netlist n = large_circuit();
  const auto texts = [&](std::ostream& a, std::ostream& b, std::ostream& c) {
    emit_verilog(a, n);
    emit_blif(b, n);
    emit_test_bench(c, n, "v.txt", 12000);
  };
  std::array<std::ostringstream, 3> plain, odd;
  for (std::ostringstream& s : odd) s << std::hex << std::showbase << std::showpos << std::setfill('*') << std::setw(30);
  texts(plain[0], plain[1], plain[2]);
  texts(odd[0], odd[1], odd[2]);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(odd[i].str(), plain[i].str());
}

TEST(Locale, Numbers) {
  expect_same_everywhere([](std::ostream& out) {
    out << Fixed<24, 8>{12345.625F} << ' ' << E4M3{-0.5F} << ' ' << Half{65504} << ' ' << BFloat16{1e30F} << ' ' << LogQ<8>{0.125F} << ' ';
    out << std::fixed << std::setprecision(3) << std::setw(20) << Fixed<32, 0>{-1234567} << '|' << std::showpos << Ternary{1.0F} << ' ';
    out << Fixed<8, 4>::name() << bit_text(Half{1.5F}) << Extents{1234567, dyn}.text();
  });
  // A stream that is imbued, and not made abroad.
  std::ostringstream own;
  own.imbue(std::locale(std::locale::classic(), new german));
  own << Fixed<24, 8>{12345.5F} << ' ' << 12345.5;
  EXPECT_EQ(own.str(), "12345.5 12.345,5");
}

TEST(Locale, Messages) {
  expect_same_everywhere([](std::ostream& out) {
    const auto say = [&](const auto& action) {
      const std::string text = message_of(action);
      EXPECT_NE(text, "");
      out << text << '\n';
    };
    weights<net> w;
    const Tensor<1> wrong(12345);
    say([&] { w.set("fc1.bias", wrong); });
    say([&] { static_cast<void>(load<net>(safetensors::parse(safetensors::Writer{}.add("a", wrong).bytes()))); });
    say([&] { static_cast<void>(safetensors::parse(std::vector<std::byte>(12345, std::byte{1}))); });
    say([&] { static_cast<void>(safetensors::open("/no such place/12345")); });
    say([&] { safetensors::Writer{}.save("/no such place/12345"); });
    safetensors::Writer packed;
    packed.metadata("w.scheme", "NVFP4").metadata("w.shape", "[1, 16]").add("w.codes", std::vector<std::uint8_t>(8), {8});
    packed.add("w.scales", std::vector<std::uint8_t>(1), {1}).add("w.tensor_scale", std::vector<float>{-1234.5F}, {1});
    say([&] { static_cast<void>(load_packed<NVFP4>(safetensors::parse(packed.bytes()), "w")); });
    struct lookup final : graph<node<"x", input<dyn>>, node<"e", embedding<12345, 2>, "x">> {};
    weights<lookup> rows;
    const Tensor<2> table(12345, 2);
    rows.set("e.weight", table);
    Tensor<1> index(1);
    index(0) = 54321.5F;
    say([&] { static_cast<void>(bind(lookup{}, rows)(index)); });
  });
}

TEST(Locale, FilesAndWhatIsReadOfThem) {
  safetensors::Writer writer;
  writer.add("w", std::vector<float>(12345, 0.5F), {12345}).metadata("k", "0.5");
  const auto here = writer.bytes();
  save_packed(writer, "p", encode<MXFP4>(ConstView{std::vector<float>(4000, 0.5F).data(), {4, 1000}}));
  const auto all = writer.bytes();
  const abroad away;
  safetensors::Writer again;
  again.add("w", std::vector<float>(12345, 0.5F), {12345}).metadata("k", "0.5");
  EXPECT_EQ(again.bytes(), here);
  const auto file = safetensors::parse(all);
  EXPECT_EQ(file.shape("w"), Extents{12345});
  EXPECT_EQ(load_packed<MXFP4>(file, "p").shape(), (Extents{4, 1000}));
}

TEST(Locale, Progress) {
  const auto bar = [] {
    std::FILE* const file = std::tmpfile();
    detail::progress("fitting", 4000, "outputs", file, true, 0).advance(3000);
    std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
    std::fclose(file);
    return text;
  };
  const abroad here;
  const std::string text = bar();
  EXPECT_NE(text.find("[##################......]  75 %, "), std::string::npos) << text;
  EXPECT_EQ(text.find(',', text.find("%, ") + 2), text.find(", 0 s left")) << text << ": no comma but the two of the sentence";
}

TEST(Locale, Digits) {
  const abroad here;
  EXPECT_EQ(detail::fixed_digits(12345.678, 2), "12345.68");
  EXPECT_EQ(detail::fixed_digits(-0.5, 0), "-0");
  EXPECT_EQ(detail::fixed_digits(1e308, 2).size(), 312U);
  EXPECT_EQ(detail::significant_digits(1234567.0, 3), "1.23e+06");
  EXPECT_EQ(detail::significant_digits(0.00012345, 3), "0.000123");
  EXPECT_EQ(detail::significant_digits(std::numeric_limits<double>::infinity(), 3), "inf");
  EXPECT_EQ(detail::shortest_digits(0.1F), "0.1");
  EXPECT_EQ(detail::shortest_digits(54321.5F), "54321.5");
}

}  // namespace
