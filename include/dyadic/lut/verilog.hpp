// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file verilog.hpp
/// Circuits of tables in Verilog-2001 (IEEE 1364-2001), and a test bench that replays vectors.
#include <dyadic/lut/circuit_text.hpp>
#include <dyadic/lut/netlist.hpp>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

inline std::string binary_digits(std::uint64_t value, int width) {
  std::string s;
  for (int b = width - 1; b >= 0; --b) s += ((value >> b) & 1U) != 0 ? '1' : '0';
  return s;
}
inline void emit_module(circuit_text& out, const netlist& n, std::size_t k) {
  const netlist::function& f = n.functions[k];
  const std::string name = n.name + (f.counts ? "_count" : "_table") + std::to_string(k), y = std::to_string(f.width - 1);
  out << "module " << name << " (";
  if (f.inputs > 0) out << "input [" << f.inputs - 1 << ":0] a, ";
  if (f.counts) {
    out << "output [" << y << ":0] y);\n  assign y = ";
    for (int i = 0; i < f.inputs; ++i) out << (i == 0 ? "" : " + ") << "a[" << i << "]";
    out << ";\n";
  } else if (f.inputs == 0) {
    out << "output [" << y << ":0] y);\n  assign y = " << f.width << "'b" << binary_digits(f.entries[0], f.width) << ";\n";
  } else {
    out << "output reg [" << y << ":0] y);\n  always @*\n    case (a)\n";
    for (std::size_t address = 0; address < f.entries.size(); ++address)
      out << "      " << f.inputs << "'d" << address << ": y = " << f.width << "'b" << binary_digits(f.entries[address], f.width) << ";\n";
    // Every address is listed; this is for simulators, to which an unknown bit is one more case.
    out << "      default: y = " << f.width << "'b" << std::string(static_cast<std::size_t>(f.width), 'x') << ";\n    endcase\n";
  }
  out << "endmodule\n\n";
}

}  // namespace DYADIC_ISA
}  // namespace detail

struct verilog_options {
  bool registers = false;  ///< a register behind every stage, and a port `clk`: results appear as many cycles later as there are stages
};

inline namespace DYADIC_ISA {

/// A module of the netlist's name with ports `x` and `y` (and `clk`), and one module per distinct table, `<name>_table<number>`: a
/// combinational case.
inline void emit_verilog(std::ostream& to, const netlist& n, const verilog_options& options = {}) {
  detail::circuit_text out(to);
  for (std::size_t k = 0; k < n.functions.size(); ++k) detail::emit_module(out, n, k);
  // 1. In which stage a wire is made; with registers, in which it is still needed, and so by which name each reader knows it.
  std::vector<int> made(static_cast<std::size_t>(n.wires()), -1), last(made.size(), -1);
  for (const netlist::cell& c : n.cells) {
    for (int b = 0; b < n.functions[c.what].width; ++b)
      made[static_cast<std::size_t>(c.first_output) + static_cast<std::size_t>(b)] = c.stage;
    for (const int w : c.inputs)
      if (w >= 0) last[static_cast<std::size_t>(w)] = std::max(last[static_cast<std::size_t>(w)], c.stage);
  }
  for (const int w : n.outputs)
    if (w >= 0) last[static_cast<std::size_t>(w)] = n.stages;
  const auto name = [&](int wire, int stage) -> std::string {
    if (wire < 0) return wire == netlist::one ? "1'b1" : "1'b0";
    const int since = made[static_cast<std::size_t>(wire)];
    std::string plain = wire < n.inputs ? "x[" + std::to_string(wire) + "]" : "w[" + std::to_string(wire - n.inputs) + "]";
    if (!options.registers || stage == since + (wire < n.inputs ? 1 : 0)) return plain;
    return "r" + std::to_string(wire) + "_" + std::to_string(stage);
  };
  // 2. Ports and wires.
  out << "module " << n.name << " (";
  if (options.registers) out << "input clk, ";
  if (n.inputs > 0) out << "input [" << n.inputs - 1 << ":0] x, ";
  out << "output [" << n.outputs.size() - 1 << ":0] y);\n";
  if (const int inner = n.wires() - n.inputs; inner > 0) out << "  wire [" << inner - 1 << ":0] w;\n";
  // 3. Registers: one per wire and stage that it is carried through.
  if (options.registers)
    for (int w = 0; w < n.wires(); ++w)
      for (int stage = made[static_cast<std::size_t>(w)] + 1 + (w < n.inputs ? 1 : 0); stage <= last[static_cast<std::size_t>(w)]; ++stage)
        out << "  reg " << name(w, stage) << "; always @(posedge clk) " << name(w, stage) << " <= " << name(w, stage - 1) << ";\n";
  // 4. Cells.
  for (std::size_t i = 0; i < n.cells.size(); ++i) {
    const netlist::cell& c = n.cells[i];
    const netlist::function& f = n.functions[c.what];
    out << "  " << n.name << (f.counts ? "_count" : "_table") << c.what << " u" << i << " (";
    if (!c.inputs.empty()) {
      out << ".a({";
      for (std::size_t k = c.inputs.size(); k-- > 0;) out << name(c.inputs[k], c.stage) << (k == 0 ? "" : ", ");
      out << "}), ";
    }
    out << ".y(w[" << c.first_output - n.inputs + f.width - 1 << ":" << c.first_output - n.inputs << "]));\n";
  }
  out << "  assign y = {";
  for (std::size_t k = n.outputs.size(); k-- > 0;) out << name(n.outputs[k], n.stages) << (k == 0 ? "" : ", ");
  out << "};\nendmodule\n";
  out.finish();
}

/// A module `<name>_tb` that reads `vectors` (a line per vector: the bits of `x`, then those of `y`, most significant first), drives the
/// circuit with each, and prints "PASS <count>" or "FAIL <count>" with the first differences.
inline void emit_test_bench(std::ostream& to, const netlist& n, const std::string& vectors, std::int64_t count,
                            const verilog_options& options = {}) {
  if (count < 1) throw error("emit_test_bench: count is " + std::to_string(count) + "; give the number of vectors, at least 1.");
  for (const char c : vectors)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ')
      throw error(
          "emit_test_bench: a quotation mark, backslash or control character in the name of the file of vectors cannot be written in "
          "Verilog.");
  const auto outputs = static_cast<int>(n.outputs.size());
  detail::circuit_text out(to);
  out << "`timescale 1ns / 1ps\nmodule " << n.name << "_tb;\n  localparam IN = " << n.inputs << ", OUT = " << outputs
      << ", COUNT = " << count
      << ";\n  reg [IN + OUT - 1:0] vectors [0:COUNT - 1];\n  reg [IN + OUT - 1:0] vector;\n  reg [IN - 1:0] x;\n  wire [OUT - 1:0] y;\n"
         "  integer i, differences;\n";
  if (options.registers) out << "  integer cycle;\n  reg clk;\n";
  out << "  " << n.name << " circuit (" << (options.registers ? ".clk(clk), " : "") << ".x(x), .y(y));\n  initial begin\n    $readmemb(\""
      << vectors << "\", vectors);\n    differences = 0;\n"
      << (options.registers ? "    clk = 0;\n" : "")
      << "    for (i = 0; i < COUNT; i = i + 1) begin\n      vector = vectors[i];\n      x = vector[IN + OUT - 1:OUT];\n      #1;\n";
  if (options.registers)
    out << "      for (cycle = 0; cycle < " << n.stages << "; cycle = cycle + 1) begin clk = 1; #1; clk = 0; #1; end\n";
  // What was not read has unknown bits, and an unknown result would equal them.
  out << "      if (^vector === 1'bx) begin\n        differences = differences + 1;\n"
         "        if (differences <= 5) $display(\"vector %0d was not read; the file must be there and have %0d lines\", i, COUNT);\n      "
         "end\n"
         "      else if (y !== vector[OUT - 1:0]) begin\n        differences = differences + 1;\n"
         "        if (differences <= 5) $display(\"vector %0d: y is %b, should be %b\", i, y, vector[OUT - 1:0]);\n      end\n    end\n"
         "    if (differences == 0) $display(\"PASS %0d\", COUNT); else $display(\"FAIL %0d\", differences);\n    $finish;\n  "
         "end\nendmodule\n";
  out.finish();
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
