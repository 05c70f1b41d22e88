// SPDX-License-Identifier: BSL-1.0
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>

#include <gtest/gtest.h>
#include <cmath>
#include <sstream>

namespace {
using namespace dyadic;

struct net final : graph<node<"x", input<dyn, 4, 4>>, node<"flat", flatten, "x">, node<"fc1", linear<16, 20>, "flat">, node<"act", relu, "fc1">,
                         node<"fc2", linear<20, 3>, "act">> {};
struct mixed final : config<by_default<none>, by_name<"fc1", data_in<Fixed<8, 4>>, weight<BlockFP<6, 8>>>, by_name<"fc2", weight<Fixed<4, 2>>, bias<none>>> {};

weights<net> some_weights() {
  weights<net> w;
  float v = 0.1F;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    for (float& x : values) x = v = std::fmod(v * 1.37F + 0.21F, 1.0F) - 0.3F;
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  return w;
}
Tensor<3> some_images() {
  Tensor<3> x(7, 4, 4);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<float>(i));
  return x;
}

TEST(Summary, HasARowPerNodeWithRealSizes) {
  const auto s = summary(quantize<mixed>(net{}, some_weights()));
  ASSERT_EQ(s.rows().size(), 5U);
  const auto& fc1 = s.rows()[2];
  EXPECT_EQ(fc1.name, "fc1");
  EXPECT_EQ(fc1.operation, "linear<16, 20>");
  EXPECT_EQ(fc1.kind, op::linear);
  EXPECT_EQ(fc1.shape, (Extents{dyn, 20}));
  EXPECT_EQ(fc1.data_in, "Fixed<8, 4>");
  EXPECT_EQ(fc1.weight, (BlockFP<6, 8>::name()));
  EXPECT_EQ(fc1.bias, fc1.weight);
  EXPECT_EQ(fc1.data_out, "");
  EXPECT_TRUE(fc1.quantized);
  EXPECT_EQ(fc1.data_in_bits, 8);
  // 20 rows of one block, and a bias of one full block and one of 4 values.
  EXPECT_EQ(fc1.parameters, 340);
  EXPECT_EQ(fc1.parameter_bits, 320 * 6 + 20 * 8 + 20 * 6 + 2 * 8);
  EXPECT_EQ(fc1.bytes, (storage_layout<BlockFP<6, 8>>({20, 16}).bytes() + storage_layout<BlockFP<6, 8>>({20}).bytes()));
  const auto& fc2 = s.rows()[4];
  EXPECT_EQ(fc2.data_in, "none");
  EXPECT_EQ(fc2.bias, "none");
  EXPECT_EQ(fc2.parameter_bits, 60 * 4 + 3 * 32);
  EXPECT_EQ(fc2.bytes, 30 + 12);
  EXPECT_DOUBLE_EQ(fc2.bits_per_parameter(), 336.0 / 63.0);
  const auto& flat = s.rows()[1];
  EXPECT_EQ(flat.data_in + flat.weight + flat.bias, "");
  EXPECT_FALSE(flat.quantized);
  EXPECT_EQ(s.total().parameters, 403);
  EXPECT_EQ(s.total().bytes, fc1.bytes + fc2.bytes);
  EXPECT_EQ(s.total().float_bytes(), 403 * 4);
}

TEST(Summary, PrintsAlignedColumns) {
  std::ostringstream out;
  out << summary(quantize<mixed>(net{}, some_weights()));
  std::istringstream lines(out.str());
  std::string heading, line;
  std::getline(lines, heading);
  const std::size_t column = heading.find("output");
  int rows = 0;
  while (std::getline(lines, line) && line.rfind("total", 0) != 0) {
    EXPECT_EQ(line[column], '[') << line;
    ++rows;
  }
  EXPECT_EQ(rows, 5);
  EXPECT_NE(line.find("403"), std::string::npos);
}

TEST(Deviation, IsWhatItsNamesSay) {
  const std::vector<float> reference{3, -4, 0, 12}, values{3, -4, 1, 10};
  const deviation d = deviation_of(values, reference);
  EXPECT_DOUBLE_EQ(d.sqnr_db, 10 * std::log10(169.0 / 5.0));
  EXPECT_DOUBLE_EQ(d.max_abs_error, 2);
  EXPECT_DOUBLE_EQ(d.cosine, (9.0 + 16 + 120) / 13 / std::sqrt(126.0));
  EXPECT_TRUE(std::isinf(deviation_of(reference, reference).sqnr_db));
  EXPECT_EQ(deviation_of({}, {}).cosine, 1);
  const std::vector<float> poisoned{3, std::nanf(""), 1, 10};
  EXPECT_TRUE(std::isnan(deviation_of(poisoned, reference).sqnr_db)) << "a NaN stays visible";
  EXPECT_TRUE(std::isnan(deviation_of(poisoned, reference).max_abs_error));
  EXPECT_THROW(static_cast<void>(deviation_of(std::span(values).first(3), reference)), error);
}

TEST(Compare, ShowsWhereAQuantizedModelLeavesTheFloatOne) {
  const auto w = some_weights();
  const auto reference = bind(net{}, w);
  const auto x = some_images();
  const auto same = compare(reference, reference, x);
  for (const auto& row : same.rows()) EXPECT_TRUE(std::isinf(row.sqnr_db)) << row.name;
  const auto c = compare(quantize<mixed>(net{}, w), reference, x);
  ASSERT_EQ(c.rows().size(), 5U);
  EXPECT_TRUE(std::isinf(c.rows()[0].sqnr_db) && std::isinf(c.rows()[1].sqnr_db)) << "nothing is quantised before fc1";
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_GT(c.rows()[i].sqnr_db, 3) << c.rows()[i].name;
    EXPECT_LT(c.rows()[i].sqnr_db, 60);
    EXPECT_GT(c.rows()[i].max_abs_error, 0);
    EXPECT_GT(c.rows()[i].cosine, 0.7);
    EXPECT_LT(c.rows()[i].cosine, 1);
  }
  // The last row is the output, as a caller would measure it.
  const Tensor<2> a = quantize<mixed>(net{}, w)(x), b = reference(x);
  const deviation direct = deviation_of({a.data(), static_cast<std::size_t>(a.size())}, {b.data(), static_cast<std::size_t>(b.size())});
  EXPECT_EQ(c.output().name, "fc2");
  EXPECT_EQ(c.output().sqnr_db, direct.sqnr_db);
  EXPECT_EQ(c.output().max_abs_error, direct.max_abs_error);
  std::ostringstream out;
  out << c;
  EXPECT_NE(out.str().find("SQNR dB"), std::string::npos);
  EXPECT_NE(out.str().find("exact"), std::string::npos);
}

}  // namespace
