// SPDX-License-Identifier: BSL-1.0
// Layers of tables in files: what is written comes back as the same layer; what does not fit is refused by name.
#include <dyadic/io/tables.hpp>

#include <dyadic/base/random.hpp>
#include <dyadic/lut/fit_data.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace {
using namespace dyadic;

const layer_shape shape{6, 5, {.kernel = {2, 3}, .padding = {1, 1}, .groups = 1}, true};
std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(static_cast<float>(random_bits(seed, static_cast<std::uint64_t>(i))) * 0x1p-31F - 1);
  return v;
}
template <class Layer>
std::vector<float> results(const Layer& layer) {
  const std::vector<float> x = numbers(3 * 6 * 4 * 4, 99);
  return detail::run_alone(layer, {x.data(), {3, 6, 4, 4}}, {3, 5, shape.window.output(0, 4), shape.window.output(1, 4)});
}
safetensors::File file_of(const safetensors::Writer& w) { return safetensors::parse(w.bytes(), "tables.safetensors"); }
std::string refusal_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

binary_residual_layer some_binary_residual() {
  binary_residual_parameters p;
  p.shape = shape;
  p.levels = {3, 0.125F, {1, 0.5F, 0.25F}};
  p.weight = numbers(5 * 36, 1);
  for (std::int64_t i = 0; i < 5 * 36; ++i) p.mask.push_back(i % 3 != 0 ? 1 : 0);
  p.gain = numbers(5, 2);
  p.bias = numbers(5, 3);
  return binary_residual_layer(p);
}
lutnet_layer some_lutnet() {
  lutnet_parameters p;
  p.shape = shape;
  p.levels = {2, 0, {1, 0.5F}};
  p.inputs = 3;
  p.first = {0, 4, 4, 9, 10, 12};
  for (int i = 0; i < 36; ++i) p.connection.push_back(i * 7 % 36);
  for (std::uint64_t i = 0; i < 24; ++i) p.table.push_back(random_bits(5, i) & 255U);
  p.gain = numbers(5, 2);
  p.bias = numbers(5, 3);
  return lutnet_layer(p);
}
logicnets_parameters some_neurons() {
  logicnets_parameters p;
  p.shape = shape;
  p.in = {3, 1, true};
  p.out = {4, 2, false};
  p.first = {0, 2, 2, 5, 8, 9};
  p.tap = {3, 17, 0, 9, 35, 1, 2, 3, 20};
  p.weight = numbers(9, 1);
  p.bias = numbers(5, 2);
  return p;
}

TEST(TablesInFiles, ComeBackAsTheSameLayers) {
  const binary_residual_layer a = some_binary_residual();
  const lutnet_layer b = some_lutnet();
  const logicnets_layer c(some_neurons());
  safetensors::Writer w;
  write_layer(w, "a", a);
  write_layer(w, "net/b", b);
  write_layer(w, "c", c);
  const auto file = file_of(w);
  EXPECT_EQ(results(read_binary_residual(file, "a", shape)), results(a));
  EXPECT_EQ(results(read_lutnet(file, "net/b", shape)), results(b));
  const logicnets_layer again = read_logicnets(file, "c", shape);
  EXPECT_EQ(results(again), results(c));
  EXPECT_EQ(again.parameters().table, c.parameters().table);
  EXPECT_THROW(static_cast<void>(again.in_form(table_form::arithmetic)), error) << "only the tables were kept";
}

TEST(TablesInFiles, NeuronsMayComeAsWeights) {
  const logicnets_parameters p = some_neurons();
  safetensors::Writer w;
  w.add("c.formats", std::vector<std::int32_t>{3, 1, 1, 4, 2, 0}, {2, 3}).add("c.first", p.first, {6}).add("c.tap", p.tap, {9});
  w.add("c.weight", p.weight, {9}).add("c.bias", p.bias, {5});
  const logicnets_layer layer = read_logicnets(file_of(w), "c", shape);
  EXPECT_EQ(layer.parameters().table, logicnets_layer(p).parameters().table);
  EXPECT_EQ(results(layer.in_form(table_form::arithmetic)), results(layer));
}

TEST(TablesInFiles, WhatDoesNotFitIsRefusedByName) {
  const lutnet_layer b = some_lutnet();
  safetensors::Writer w;
  write_layer(w, "b", b);
  const auto file = file_of(w);
  layer_shape wider = shape;
  wider.out = 6;
  EXPECT_NE(refusal_of([&] {
              static_cast<void>(read_lutnet(file, "b", wider));
            }).find("tables.safetensors: tensor \"b.first\" has shape [6], but [7] is expected"),
            std::string::npos);
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_lutnet(file, "x", shape)); }).find("x.levels"), std::string::npos);
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_binary_residual(file, "b", shape)); }).find("b.weight"), std::string::npos);
  layer_shape shallow = shape;
  shallow.window.kernel = {1, 1};
  EXPECT_NE(refusal_of([&] {
              static_cast<void>(read_lutnet(file, "b", shallow));
            }).find("tables.safetensors: layer \"b\": LutNet, imported: a connection is no tap; there are 6"),
            std::string::npos);
  safetensors::Writer five;
  for (const std::string& name : file.names())
    if (name != "b.levels") five.add(file.entry(name));
  five.add("b.levels", std::vector<float>{0, 1, 1, 1, 1, 1}, {6});
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_lutnet(file_of(five), "b", shape)); }).find("1 to 4 scales"), std::string::npos);
  // A file made for more address bits than usual.
  auto p = some_neurons();
  p.in.bits = 6;
  safetensors::Writer wide;
  wide.add("c.formats", std::vector<std::int32_t>{6, 1, 1, 4, 2, 0}, {2, 3}).add("c.first", p.first, {6}).add("c.tap", p.tap, {9});
  wide.add("c.weight", p.weight, {9}).add("c.bias", p.bias, {5});
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_logicnets(file_of(wide), "c", shape)); }).find("18 address bits; 15 are allowed"),
            std::string::npos);
  EXPECT_EQ(read_logicnets(file_of(wide), "c", shape, {}, 24).table(2).size(), std::size_t{1} << 18);
  safetensors::Writer negative;
  negative.add("c.formats", std::vector<std::int32_t>{0, 1, 1, 4, 2, 0}, {2, 3}).add("c.first", p.first, {6}).add("c.tap", p.tap, {9});
  negative.add("c.weight", p.weight, {9}).add("c.bias", p.bias, {5});
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_logicnets(file_of(negative), "c", shape)); }).find("1 to 16 bits"), std::string::npos);
}

/// A layer's tensors, but for one that may be left out or be called otherwise.
safetensors::File but(const safetensors::File& file, const std::string& left_out, const std::string& instead = "") {
  safetensors::Writer w;
  for (const std::string& name : file.names()) {
    safetensors::Entry e = file.entry(name);
    if (name == left_out) e.name = instead;
    if (!e.name.empty()) w.add(e);
  }
  return file_of(w);
}

TEST(TablesInFiles, AllOfALayerMustBeThereAndNothingElse) {
  safetensors::Writer w;
  write_layer(w, "a", some_binary_residual());
  const auto file = file_of(w);
  const auto read = [](const safetensors::File& from, const unused_tensors& unused = {}) {
    return refusal_of([&] { static_cast<void>(read_binary_residual(from, "a", shape, unused)); });
  };
  // An optional tensor that is misspelt would be taken for one that is not there.
  const auto misspelt = but(file, "a.float_input", "a.float_inputs");
  EXPECT_EQ(read(misspelt),
            "dyadic: tables.safetensors: 'a' is made of levels, weight, mask, gain, bias, perhaps soft, perhaps float_input; "
            "'a.float_inputs' is none of these: allow_unused leaves such tensors unread.");
  EXPECT_EQ(read(misspelt, allow_unused), "");
  EXPECT_EQ(read(misspelt, allow_unused("float_*")), "");
  EXPECT_NE(read(misspelt, allow_unused("x")), "");
  EXPECT_EQ(read(but(file, "a.soft")), "") << "that may be missing";
  EXPECT_NE(read(but(file, "a.gain")).find("tensor 'a.gain' is not in the file"), std::string::npos);
  const std::string two = read(but(but(file, "a.gain"), "a.mask", "a.maks"));
  for (const char* part : {"'a.mask', 'a.gain' are not in the file", "'a.maks' is none of these"})
    EXPECT_NE(two.find(part), std::string::npos) << part << "\n" << two;
  EXPECT_NE(read(but(but(file, "a.gain"), "a.mask")).find("the nearest to the first is 'a.bias'"), std::string::npos);
  // What lies inside or beside the layer is another's.
  w.add("a.b.levels", std::vector<float>{1}, {1}).add("ab.levels", std::vector<float>{1}, {1}).add("a.x/y", std::vector<float>{1}, {1});
  EXPECT_EQ(read(file_of(w)), "");
}

TEST(TablesInFiles, NeuronsAreTablesOrWeightsAndNotBoth) {
  const logicnets_parameters p = some_neurons();
  safetensors::Writer w;
  write_layer(w, "c", logicnets_layer(p));
  w.add("c.weight", p.weight, {9}).add("c.bias", p.bias, {5});
  const auto file = file_of(w);
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_logicnets(file, "c", shape)); }).find("'c.weight', 'c.bias' are none of these"),
            std::string::npos);
  EXPECT_EQ(results(read_logicnets(file, "c", shape, allow_unused)), results(logicnets_layer(p)));
  safetensors::Writer l;
  write_layer(l, "b", some_lutnet());
  l.add("b.comment", std::vector<std::uint8_t>{1}, {1});
  EXPECT_NE(refusal_of([&] { static_cast<void>(read_lutnet(file_of(l), "b", shape)); }).find("'b.comment' is none"), std::string::npos);
  EXPECT_EQ(results(read_lutnet(file_of(l), "b", shape, "a name", allow_unused("comment"))), results(some_lutnet()));
}

}  // namespace
