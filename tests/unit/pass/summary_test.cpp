// SPDX-License-Identifier: BSL-1.0
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>

#include <gtest/gtest.h>
#include <sstream>

namespace {
using namespace dyadic;

struct net final : graph<node<"x", input<dyn, 4, 5>>, node<"flat", flatten, "x">, node<"fc1", linear<20, 6>, "flat">, node<"act", relu, "fc1">,
                         node<"fc2", linear<6, 6>, "act">, node<"sum", add, "act", "fc2">> {};
struct mixed final : config<by_default<none>, by_op<op::linear, data_in<BlockFP<8, 8>>, weight<Fixed<4, 2>>, bias<none>>, by_name<"act", data_out<Fixed<6, 2>>>> {};

template <class G>
weights<G> zeros() {
  weights<G> w;
  for (const parameter_info& p : w.entries()) {
    const std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  return w;
}

TEST(Summary, AveragesBitsOfWeightsAndActivations) {
  const auto model = quantize<mixed>(net{}, zeros<net>());
  const auto s = summary(model);
  EXPECT_EQ(s.total().weights.values, 20 * 6 + 6 * 6) << "biases are not weights";
  EXPECT_DOUBLE_EQ(s.bits_per_weight(), 4);
  // What each node reads and computes with. A row of 20 is two blocks, one of 6 is one; `sum` reads `act` as its data_out left it.
  const auto bits = [&](std::size_t i) { return s.rows()[i].activations; };
  EXPECT_EQ(bits(1).values, 0) << "flatten only moves values";
  EXPECT_EQ(bits(2).bits, 20 * 8 + 2 * 8);
  EXPECT_EQ(bits(3).bits, 6 * 32);
  EXPECT_EQ(bits(4).bits, 6 * 8 + 8);
  EXPECT_EQ(bits(5).bits, 6 * 6 + 6 * 32);
  EXPECT_DOUBLE_EQ(s.bits_per_activation(), (176 + 192 + 56 + 36 + 192) / 44.0);
  EXPECT_EQ(summary(model, 3).total().activations.values, 3 * 44) << "a batch of three";
  EXPECT_DOUBLE_EQ(summary(model, 3).bits_per_activation(), s.bits_per_activation()) << "blocks lie within rows";
  EXPECT_DOUBLE_EQ(s.compression(), (156 + 12) * 4.0 / (60 + 18 + 48));
  const auto plain = summary(bind(net{}, zeros<net>()));
  EXPECT_EQ(plain.bits_per_weight(), 32);
  EXPECT_EQ(plain.bits_per_activation(), 32);
  EXPECT_EQ(plain.compression(), 1);
}

struct exacting final : graph<node<"x", input<dyn, 4>>, node<"y", input<3, 4>>, node<"sum", add, "x", "y">> {};
TEST(Summary, RefusesABatchThatTheGraphCannotTake) {
  const auto model = bind(exacting{}, zeros<exacting>());
  EXPECT_EQ(summary(model, 3).total().activations.values, 24);
  try {
    static_cast<void>(summary(model, 2));
    FAIL();
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("with 2 for dyn, node \"sum\""), std::string::npos) << e.what();
  }
}

TEST(Summary, CountsOperatorsByKind) {
  const auto h = summary(quantize<mixed>(net{}, zeros<net>())).histogram();
  ASSERT_EQ(h.rows().size(), 5U);
  EXPECT_EQ(h.rows()[2].kind, op::linear);
  EXPECT_EQ(h.rows()[2].total, 2);
  EXPECT_EQ(h.rows()[2].changed, 2);
  EXPECT_EQ(h.rows()[3].kind, op::relu);
  EXPECT_EQ(h.rows()[3].changed, 1) << "its data_out";
  EXPECT_EQ(h.rows()[4].unchanged(), 1);
  std::ostringstream out;
  out << h;
  EXPECT_EQ(out.str(),
            "operator  total  changed  unchanged\n"
            "input         1        0          1\n"
            "flatten       1        0          1\n"
            "linear        2        2          0\n"
            "relu          1        1          0\n"
            "add           1        0          1\n"
            "all           6        3          3\n");
}

// Reads RFC 4180.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& cell = rows.back().back();
    if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') cell += text[i++];
    else if (text[i] == '"') quoted = !quoted;
    else if (!quoted && text[i] == ',') rows.back().emplace_back();
    else if (!quoted && text[i] == '\r' && text[i + 1] == '\n') ++i, rows.push_back({""});
    else cell += text[i];
  }
  rows.pop_back();
  return rows;
}

struct quoting final : graph<node<"x", input<dyn, 2>>, node<"a \"b\", c", relu, "x">> {};

TEST(Summary, WritesCsv) {
  const auto rows = read_csv(summary(quantize<mixed>(net{}, zeros<net>())).csv());
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"name", "op", "original", "quantised", "changed", "shapes",
                                               "bits", "bytes", "activation_bits", "runs_as", "reason"}));
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  EXPECT_EQ(rows[2], (std::vector<std::string>{"flat", "flatten", "flatten", "flatten", "no",
                                               "[dyn, 4, 5] -> [dyn, 20]", "", "", "", "float32", ""}));
  EXPECT_EQ(rows[3][3], "linear<20, 6> {data_in: " + std::string(BlockFP<8, 8>::name()) + ", weight: Fixed<4, 2>}");
  EXPECT_EQ(rows[3][4], "yes");
  EXPECT_EQ(rows[3][7], "84");
  EXPECT_EQ(rows[4][3], "relu {data_out: Fixed<6, 2>}");
  EXPECT_EQ(rows[6][5], "[dyn, 6] [dyn, 6] -> [dyn, 6]");
  EXPECT_EQ(rows[6][8], "19");
  EXPECT_EQ(read_csv(summary(bind(quoting{}, zeros<quoting>())).csv())[2][0], "a \"b\", c");
}

TEST(Summary, ExplainsWhatItPrints) {
  std::ostringstream out;
  out << summary(quantize<mixed>(net{}, zeros<net>()));
  for (const char* words : {"bits per weight 4.00, per activation 14.82 (scales counted)", "parameters 126 bytes, in float32 672: 5.33 times smaller",
                            "\".\": the operator has no such role", "\"none\": stays float32"})
    EXPECT_NE(out.str().find(words), std::string::npos) << words << " in\n" << out.str();
}

}  // namespace
