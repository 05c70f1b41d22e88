// SPDX-License-Identifier: BSL-1.0
// Circuits: what they compute, wire by wire, against the layers they are made of; and the texts in Verilog and BLIF. (The texts are also
// run and proved equal by real tools: tests/hardware.)
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/verilog.hpp>

#include <dyadic/layer/activation.hpp>

#include "support.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace {
using namespace dyadic_test;
using bits = std::vector<bool>;

bits evaluate(const netlist& n, const bits& x) {
  bits wire = x;
  for (const netlist::cell& c : n.cells) {
    const netlist::function& f = n.functions[c.what];
    std::uint64_t address = 0, ones = 0;
    for (std::size_t k = 0; k < c.inputs.size(); ++k) {
      const bool bit = c.inputs[k] >= 0 ? wire[static_cast<std::size_t>(c.inputs[k])] : c.inputs[k] == netlist::one;
      address |= std::uint64_t{bit} << (f.counts ? 0 : k);
      ones += bit ? 1 : 0;
    }
    const std::uint64_t y = f.counts ? ones : f.entries.at(static_cast<std::size_t>(address));
    EXPECT_EQ(static_cast<int>(wire.size()), c.first_output);
    for (int b = 0; b < f.width; ++b) wire.push_back((y >> b & 1U) != 0);
  }
  bits y;
  for (const int w : n.outputs) y.push_back(w >= 0 ? wire[static_cast<std::size_t>(w)] : w == netlist::one);
  return y;
}

/// A reader of BLIF that knows .model, .inputs, .outputs, .names, .subckt, .end: enough to run what is written.
class blif_reader {
 public:
  explicit blif_reader(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::vector<std::string> w;
      for (std::string s; words >> s;) w.push_back(s);
      if (w.empty()) continue;
      if (w[0] == ".model") {
        models_.emplace_back();
        index_[w[1]] = models_.size() - 1;
      } else if (w[0] == ".inputs" || w[0] == ".outputs") {
        (w[0] == ".inputs" ? models_.back().inputs : models_.back().outputs).assign(w.begin() + 1, w.end());
      } else if (w[0] == ".names") {
        models_.back().parts.push_back({"", {w.begin() + 1, w.end()}, {}});
      } else if (w[0] == ".subckt") {
        models_.back().parts.push_back({w[1], {w.begin() + 2, w.end()}, {}});
      } else if (w[0] != ".end") {
        EXPECT_EQ(w.back(), "1") << "ON-set rows only";
        models_.back().parts.back().rows.insert(w.size() == 2 ? w[0] : "");
      }
    }
  }
  bits run(const bits& x) const { return run(models_.front(), x); }

 private:
  struct part {
    std::string model;
    std::vector<std::string> wires;
    std::set<std::string> rows;
  };
  struct one_model {
    std::vector<std::string> inputs, outputs;
    std::vector<part> parts;
  };
  bits run(const one_model& m, const bits& x) const {
    std::map<std::string, bool> value;
    for (std::size_t i = 0; i < m.inputs.size(); ++i) value[m.inputs[i]] = x.at(i);
    for (const part& p : m.parts) {
      if (p.model.empty()) {
        std::string row;
        for (std::size_t i = 0; i + 1 < p.wires.size(); ++i) row += value.at(p.wires[i]) ? '1' : '0';
        value[p.wires.back()] = p.rows.contains(row);
        continue;
      }
      const one_model& inner = models_.at(index_.at(p.model));
      bits in;
      for (std::size_t i = 0; i < inner.inputs.size(); ++i) {
        const std::string& pair = p.wires.at(i);
        EXPECT_EQ(pair.substr(0, pair.find('=')), inner.inputs[i]);
        in.push_back(value.at(pair.substr(pair.find('=') + 1)));
      }
      const bits out = run(inner, in);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const std::string& pair = p.wires.at(inner.inputs.size() + i);
        value[pair.substr(pair.find('=') + 1)] = out[i];
      }
    }
    bits y;
    for (const std::string& o : m.outputs) y.push_back(value.at(o));
    return y;
  }
  std::vector<one_model> models_;
  std::map<std::string, std::size_t> index_;
};
std::string blif_of(const netlist& n) {
  std::ostringstream text;
  emit_blif(text, n);
  return text.str();
}

logicnets_layer random_layer(const layer_shape& shape, fixed_format in, fixed_format out, int fan_in, std::uint64_t seed, bool activate) {
  logicnets_parameters p = uneven_neurons(shape, in, out, fan_in, seed);
  if (activate) p.after.push_back(operator_of<relu>, {});
  return logicnets_layer(p);
}

void put(bits& to, std::int32_t code, const fixed_format& f, wire_codes codes) {
  const auto raw = static_cast<std::uint32_t>(codes == wire_codes::offset_binary ? code - f.low() : code);
  for (int b = 0; b < f.bits; ++b) to.push_back((raw >> b & 1U) != 0);
}

struct circuit_case {
  std::vector<logicnets_layer> layers;
  Extents input;  // of one sample
};
std::vector<circuit_case> circuits() {
  const fixed_format a{3, 1}, b{2, 0, false}, c{4, 2};
  std::vector<circuit_case> all;
  all.push_back({{random_layer(linear_shape(6, 5), a, b, 3, 1, true), random_layer(linear_shape(5, 3), b, a, 4, 2, false)}, {1, 6}});
  // Formats that do not meet: converted in between. Two rows share the tables.
  all.push_back({{random_layer(linear_shape(4, 4), c, a, 2, 3, false), random_layer(linear_shape(4, 2), c, c, 3, 4, false)}, {2, 4}});
  // A padded, strided, grouped convolution, flattened for a linear.
  all.push_back({{random_layer(conv_shape(2, 4, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}, .groups = 2}), a, a, 4, 5, true),
                  random_layer(linear_shape(16, 3), a, {5, 1}, 3, 6, false)},
                 {1, 2, 4, 4}});
  return all;
}

TEST(Netlist, ComputesWhatTheLayersDo) {
  for (const circuit_case& c : circuits())
    for (const wire_codes codes : {wire_codes::twos_complement, wire_codes::offset_binary}) {
      std::vector<const logicnets_layer*> layers;
      for (const logicnets_layer& l : c.layers) layers.push_back(&l);
      const netlist n = make_netlist("circuit", layers, c.input, codes);
      const blif_reader blif(blif_of(n));
      draw d(9);
      for (int trial = 0; trial < 200; ++trial) {
        const fixed_format in = c.layers.front().parameters().in, out = c.layers.back().parameters().out;
        bits x, expected;
        std::vector<float> values;
        for (std::int64_t i = 0; i < c.input.size(); ++i) {
          const std::int32_t code = d.below(1 << in.bits) + in.low();
          put(x, code, in, codes);
          values.push_back(in.decode(code));
        }
        Extents shape = c.input;
        for (const logicnets_layer& l : c.layers) {
          const layer_shape& s = l.shape();
          if (!s.images) shape = {static_cast<std::int64_t>(values.size()) / s.in, s.in};
          const Extents next = output_shape({s, shape});
          values = detail::run_alone(l, {values.data(), shape}, next);
          shape = next;
        }
        for (const float v : values) put(expected, out.encode(v), out, codes);
        ASSERT_EQ(evaluate(n, x), expected);
        ASSERT_EQ(blif.run(x), expected);
      }
    }
}

TEST(Netlist, CountsTheTablesOfALutNetLayer) {
  for (const int density : {70, 8}) {
    draw d(11);
    lutnet_parameters p;
    p.shape = linear_shape(12, 4);
    p.levels = {2, 0, {1, 0.5F}};
    p.inputs = 3;
    p.first.push_back(0);
    for (int o = 0; o < 4; ++o) {
      for (int i = 0; i < 12; ++i) {
        if (d.below(100) >= density) continue;
        p.connection.insert(p.connection.end(), {i, d.below(12), d.below(12)});
        for (int l = 0; l < 2; ++l) p.table.push_back(d.bits() & 255U);
      }
      p.first.push_back(static_cast<std::int64_t>(p.table.size()) / 2);
    }
    p.gain.assign(4, 1);
    p.bias.assign(4, 0);
    const netlist n = make_netlist("counted", lutnet_layer(p));
    const blif_reader blif(blif_of(n));
    for (int trial = 0; trial < 300; ++trial) {
      bits x;
      for (int i = 0; i < 24; ++i) x.push_back(d.below(2) == 1);
      bits expected;
      for (std::size_t o = 0; o < 4; ++o)
        for (std::size_t l = 0; l < 2; ++l) {
          unsigned count = 0;
          for (auto t = static_cast<std::size_t>(p.first[o]); t < static_cast<std::size_t>(p.first[o + 1]); ++t) {
            unsigned j = 0;
            for (std::size_t k = 0; k < 3; ++k) j = 2 * j + (x[12 * l + static_cast<std::size_t>(p.connection[3 * t + k])] ? 1U : 0U);
            count += static_cast<unsigned>(p.table[2 * t + l] >> j & 1U);
          }
          const auto tables = static_cast<unsigned>(p.first[o + 1] - p.first[o]);
          for (int b = 0; b < std::max(1, static_cast<int>(std::bit_width(tables))); ++b) expected.push_back((count >> b & 1U) != 0);
        }
      ASSERT_EQ(evaluate(n, x), expected);
      ASSERT_EQ(blif.run(x), expected);
    }
  }
}

TEST(Netlist, EqualTablesAreWrittenOnce) {
  const auto layer = random_layer(conv_shape(1, 2, {.kernel = {2, 2}}), {2, 1}, {2, 1}, 3, 7, false);
  const netlist n = make_netlist("shared", {&layer}, {1, 1, 4, 4});
  EXPECT_EQ(n.cells.size(), 2U * 9);
  EXPECT_EQ(n.functions.size(), 2U);
}

logicnets_layer one_neuron() {
  logicnets_parameters p;
  p.shape = linear_shape(1, 1);
  p.in = {2, 0};
  p.out = {2, 0};
  p.first = {0, 1};
  p.tap = {0};
  p.weight = {-1};
  p.bias = {0};
  return logicnets_layer(p);
}
TEST(Netlist, WritesVerilogAndBlif) {
  const logicnets_layer layer = one_neuron();
  const netlist n = make_netlist("negate", {&layer}, {1, 1});
  std::ostringstream verilog;
  emit_verilog(verilog, n);
  // -0 = 0, -1 = -1, -(-2) = 2 saturates to 1, -(-1) = 1.
  EXPECT_EQ(verilog.str(), R"(module negate_table0 (input [1:0] a, output reg [1:0] y);
  always @*
    case (a)
      2'd0: y = 2'b00;
      2'd1: y = 2'b11;
      2'd2: y = 2'b01;
      2'd3: y = 2'b01;
      default: y = 2'bxx;
    endcase
endmodule

module negate (input [1:0] x, output [1:0] y);
  wire [1:0] w;
  negate_table0 u0 (.a({x[1], x[0]}), .y(w[1:0]));
  assign y = {w[1], w[0]};
endmodule
)");
  EXPECT_EQ(blif_of(n), R"(.model negate
.inputs x[0] x[1]
.outputs y[0] y[1]
.names zero
.names one
1
.subckt negate_table0 a[0]=x[0] a[1]=x[1] y[0]=w2 y[1]=w3
.names w2 y[0]
1 1
.names w3 y[1]
1 1
.end

.model negate_table0
.inputs a[0] a[1]
.outputs y[0] y[1]
.names a[0] a[1] y[0]
10 1
01 1
11 1
.names a[0] a[1] y[1]
10 1
.end
)");
  std::ostringstream registered;
  emit_verilog(registered, n, {.registers = true});
  EXPECT_NE(registered.str().find("reg r2_1; always @(posedge clk) r2_1 <= w[0];"), std::string::npos) << registered.str();
  EXPECT_NE(registered.str().find("assign y = {r3_1, r2_1};"), std::string::npos);
}

TEST(Netlist, RefusesLayersThatDoNotMeet) {
  const auto a = random_layer(linear_shape(6, 5), {2, 1}, {2, 1}, 3, 1, false),
             b = random_layer(linear_shape(4, 3), {2, 1}, {2, 1}, 3, 2, false);
  const auto c = random_layer(conv_shape(5, 2, {}), {2, 1}, {2, 1}, 2, 3, false);
  EXPECT_THROW(static_cast<void>(make_netlist("x", {&a, &b}, {1, 6})), error);
  EXPECT_THROW(static_cast<void>(make_netlist("x", {&a, &c}, {1, 6})), error);
  EXPECT_THROW(static_cast<void>(make_netlist("x", {}, {1, 6})), error);
  EXPECT_THROW(static_cast<void>(make_netlist("no name", {&a}, {1, 6})), error);
  EXPECT_THROW(static_cast<void>(make_netlist("9x", {&a}, {1, 6})), error);
  EXPECT_THROW(static_cast<void>(make_netlist("small", {&a}, {1, 6})), error) << "a drive strength of Verilog";
  EXPECT_NO_THROW(static_cast<void>(make_netlist("smaller", {&a}, {1, 6})));
  EXPECT_NO_THROW(static_cast<void>(make_netlist("x9", {&a}, {1, 6})));
}

// (That it fails where vectors are missing is run with real tools: tests/hardware.)
TEST(TestBench, RefusesWhatVerilogCannotSay) {
  const logicnets_layer layer(random_neurons(linear_shape(3, 2), {2, 0}, {3, 1}, 2, 1));
  const netlist n = make_netlist("tiny", {&layer}, {1, 3});
  std::ostringstream text;
  EXPECT_THROW(emit_test_bench(text, n, "small.vectors", 0), error);
  EXPECT_THROW(emit_test_bench(text, n, "small.vectors", -3), error);
  EXPECT_THROW(emit_test_bench(text, n, "a\"b", 1), error);
  EXPECT_THROW(emit_test_bench(text, n, "a\\b", 1), error);
  EXPECT_TRUE(text.str().empty());
  emit_test_bench(text, n, "small.vectors", 4);
  EXPECT_NE(text.str().find("if (^vector === 1'bx)"), std::string::npos);
  EXPECT_THROW(static_cast<void>(make_netlist("logic", {&layer}, {1, 3})), error);
}

}  // namespace
