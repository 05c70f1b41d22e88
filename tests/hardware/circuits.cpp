// SPDX-License-Identifier: BSL-1.0
// circuits DIRECTORY: writes circuits for run.sh to check. For each: <name>.v, <name>_registers.v, <name>.blif, test benches for both
// Verilog files, vectors with the results of the layers themselves (not of the netlists), and a line in the file `circuits`:
//   name, address bits of its tables at most, bound on six-input tables, stages
// For the negative control also <name>_flipped.v: one bit of one table entry is the other way round.
#include <dyadic/layer/activation.hpp>
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/verilog.hpp>

#include "unit/lut/support.hpp"

#include <algorithm>
#include <bit>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {
using namespace dyadic_test;

logicnets_layer neurons(const layer_shape& shape, fixed_format in, fixed_format out, int fan_in, std::uint64_t seed) {
  logicnets_parameters p = random_neurons(shape, in, out, fan_in, seed);
  if (!out.is_signed) p.after.push_back(operator_of<relu>, {});
  return logicnets_layer(p);
}

void put(std::string& line, std::uint32_t code, int bits) {  // most significant first; so the last value goes first
  std::string s;
  for (int b = bits - 1; b >= 0; --b) s += ((code >> b) & 1U) != 0 ? '1' : '0';
  line = s + line;
}

class folder {
 public:
  explicit folder(std::filesystem::path where) : where_(std::move(where)), list_(where_ / "circuits") {}

  void write(const netlist& n, int address_bits, const std::vector<std::string>& vectors) {
    const auto file = [&](const std::string& name) {
      std::ofstream out(where_ / name);
      out.exceptions(std::ios::failbit | std::ios::badbit);
      return out;
    };
    auto v = file(n.name + ".v"), r = file(n.name + "_registers.v"), b = file(n.name + ".blif"), t = file(n.name + "_tb.v"),
         u = file(n.name + "_registers_tb.v"), f = file(n.name + "_flipped.v"), w = file(n.name + ".vectors");
    emit_verilog(v, n);
    emit_verilog(r, n, {.registers = true});
    emit_blif(b, n);
    const auto count = static_cast<std::int64_t>(vectors.size());
    emit_test_bench(t, n, n.name + ".vectors", count);
    emit_test_bench(u, n, n.name + ".vectors", count, {.registers = true});
    // Flip the entry of the last table that the first vector reads: whatever is between it and the outputs only counts.
    netlist flipped = n;
    const auto table = std::find_if(n.cells.rbegin(), n.cells.rend(), [&](const netlist::cell& c) { return !n.functions[c.what].counts; });
    flipped.functions[table->what].entries[address_read(n, *table, vectors[0])] ^= 1;
    emit_verilog(f, flipped);
    for (const std::string& line : vectors) w << line << '\n';
    list_ << n.name << ' ' << address_bits << ' ' << lut6_bound_of(n) << ' ' << n.stages << std::endl;
  }

  /// A chain of layers. Vectors: all inputs if these have at most 16 bits, else 200 corners and 400 random ones.
  void write_chain(const std::string& name, const std::vector<logicnets_layer>& layers, const Extents& input,
                   wire_codes on_wires = wire_codes::twos_complement) {
    std::vector<const logicnets_layer*> pointers;
    int address_bits = 0;
    for (const logicnets_layer& l : layers) {
      pointers.push_back(&l);
      const logicnets_parameters& p = l.parameters();
      for (std::int64_t o = 0; o < p.shape.out; ++o) address_bits = std::max(address_bits, p.address_bits(o));
    }
    const netlist n = make_netlist(name, pointers, input, on_wires);
    const fixed_format in = layers.front().parameters().in, out = layers.back().parameters().out;
    const auto values = static_cast<int>(input.size());
    std::vector<std::vector<std::int32_t>> codes;
    if (n.inputs <= 16) {
      for (std::uint32_t all = 0; all < (1U << n.inputs); ++all) {
        codes.emplace_back();
        for (int i = 0; i < values; ++i)
          codes.back().push_back(static_cast<std::int32_t>((all >> (in.bits * i)) & ((1U << in.bits) - 1)) + in.low());
      }
    } else {
      draw d(99);
      for (int k = 0; k < 600; ++k) {
        codes.emplace_back();
        for (int i = 0; i < values; ++i)
          codes.back().push_back(k < 200 ? (d.below(2) == 0 ? in.low() : in.high()) : d.below(1 << in.bits) + in.low());
      }
    }
    const auto on_wire = [on_wires](std::int32_t code, const fixed_format& f) {
      return static_cast<std::uint32_t>(on_wires == wire_codes::offset_binary ? code - f.low() : code);
    };
    std::vector<std::string> lines;
    for (const auto& c : codes) {
      std::string x, y;
      std::vector<float> v;
      for (const std::int32_t code : c) {
        put(x, on_wire(code, in), in.bits);
        v.push_back(in.decode(code));
      }
      Extents s = input;
      for (const logicnets_layer& l : layers) {
        const layer_shape& layer = l.shape();
        if (!layer.images) s = {static_cast<std::int64_t>(v.size()) / layer.in, layer.in};
        const Extents next = output_shape({layer, s});
        v = detail::run_alone(l, {v.data(), s}, next);
        s = next;
      }
      for (const float value : v) put(y, on_wire(out.encode(value), out), out.bits);
      lines.push_back(x + y);
    }
    write(n, address_bits, lines);
  }

  /// A LutNet layer at one position; its counts come from the layer's results, with gains and biases that make them readable.
  void write_tables(const std::string& name, const layer_shape& shape, int inputs, int levels, int density, std::uint64_t seed) {
    draw d(seed);
    lutnet_parameters p = random_tables(shape, inputs, levels, density, seed);
    p.levels.center = 0;
    // Scales so far apart that a result tells the count of each level.
    for (int l = 0; l < levels; ++l) p.levels.scale[static_cast<std::size_t>(l)] = l == 0 ? 1024.0F : 1.0F;
    p.gain.assign(static_cast<std::size_t>(shape.out), 1);
    p.bias.assign(static_cast<std::size_t>(shape.out), 0);
    const lutnet_layer layer(p);
    const netlist n = make_netlist(name, layer);
    // One position: the image is as large as the kernel.
    const Extents in = shape.images ? Extents{1, shape.in, shape.window.kernel[0], shape.window.kernel[1]} : Extents{1, shape.in};
    const Extents out = shape.images ? Extents{1, shape.out, 1, 1} : Extents{1, shape.out};
    std::vector<std::string> lines;
    for (int k = 0; k < 600; ++k) {
      std::string x, y;
      std::vector<std::uint8_t> code;
      std::vector<float> v;
      for (std::int64_t i = 0; i < shape.in * shape.window.taps(); ++i) {
        code.push_back(static_cast<std::uint8_t>(d.below(1 << levels)));
        v.push_back(static_cast<float>(p.levels.decode(code.back())));
      }
      for (int l = 0; l < levels; ++l)
        for (const std::uint8_t c : code) put(x, (static_cast<unsigned>(c) >> l) & 1U, 1);
      const std::vector<float> result = detail::run_alone(layer, {v.data(), in}, out);
      for (std::size_t o = 0; o < result.size(); ++o) {
        const auto tables = static_cast<int>(p.first[o + 1] - p.first[o]);
        // result = 1024·(2·P0 - F) + (2·P1 - F), with |2·P1 - F| < 512.
        const int total = static_cast<int>(result[o]), high = levels == 1 ? total / 1024 : (total + 512 + 1024 * 1024) / 1024 - 1024;
        for (int l = 0; l < levels; ++l) {
          const int ones = ((l == 0 ? high : total - 1024 * high) + tables) / 2;
          put(y, static_cast<std::uint32_t>(ones), std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(tables)))));
        }
      }
      lines.push_back(x + y);
    }
    write(n, inputs, lines);
  }

 private:
  /// Which entry a cell reads under an input vector, whose bits come most significant first.
  static std::size_t address_read(const netlist& n, const netlist::cell& reader, const std::string& vector) {
    std::vector<bool> wire;
    for (int i = 0; i < n.inputs; ++i) wire.push_back(vector[static_cast<std::size_t>(n.inputs - 1 - i)] == '1');
    for (const netlist::cell& c : n.cells) {
      std::size_t address = 0;
      for (std::size_t k = 0; k < c.inputs.size(); ++k)
        address |= std::size_t{c.inputs[k] >= 0 ? wire[static_cast<std::size_t>(c.inputs[k])] : c.inputs[k] == netlist::one} << k;
      if (&c == &reader) return address;
      for (int b = 0; b < n.functions[c.what].width; ++b) wire.push_back(((n.functions[c.what].entries[address] >> b) & 1U) != 0);
    }
    return 0;
  }

  std::filesystem::path where_;
  std::ofstream list_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw error("usage: circuits DIRECTORY");
  folder to(argv[1]);
  const fixed_format two{2, 0}, two_positive{2, 0, false}, three{3, 1}, four{4, 2};
  // The topology of JSC-S of the LogicNets paper, with other weights: 16 inputs, hidden layers of 64, 32, 32, 32, 5 outputs.
  to.write_chain("jsc_s",
                 {neurons({16, 64}, two, two_positive, 3, 1), neurons({64, 32}, two_positive, two_positive, 3, 2),
                  neurons({32, 32}, two_positive, two_positive, 3, 3), neurons({32, 32}, two_positive, two_positive, 3, 4),
                  neurons({32, 5}, two_positive, two, 3, 5)},
                 {1, 16});
  // Nine address bits, all inputs tried; then another format for the second layer, so that codes are converted between them.
  to.write_chain("mixed", {neurons({5, 6}, three, three, 3, 6), neurons({6, 4}, four, three, 2, 7)}, {1, 5});
  // A strided convolution with a border, flattened for a linear.
  to.write_chain("conv",
                 {neurons({2, 4, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}, true}, two, two_positive, 4, 8),
                  neurons({16, 3}, two_positive, three, 4, 9)},
                 {1, 2, 4, 4});
  // Signed codes as offset binary; neurons of four, three and no inputs, whose tables are constants; signs of one bit at the end.
  to.write_chain(
      "offset",
      {logicnets_layer(uneven_neurons({8, 10}, two, three, 4, 12)), logicnets_layer(uneven_neurons({10, 7}, three, {1, 0}, 3, 13))}, {1, 8},
      wire_codes::offset_binary);
  to.write_tables("tables", {16, 6}, 4, 2, 60, 10);
  to.write_tables("tables_conv", {4, 4, {.kernel = {2, 2}, .groups = 2}, true}, 6, 1, 100, 11);
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
