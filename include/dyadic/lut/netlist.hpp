// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file netlist.hpp
/// Layers of tables as hardware: wires of one bit, and cells that look up or count. What `emit_verilog` and `emit_blif` write down.
#include <dyadic/base/diagnose.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace dyadic {

/// How signed codes lie on wires. Unsigned codes are the same in both.
enum class wire_codes : std::uint8_t {
  twos_complement,
  offset_binary,  ///< code minus the lowest code
};

/// A combinational circuit. Wire 0 and on are inputs, then come the outputs of the cells, in order.
struct netlist {
  static constexpr int zero = -1, one = -2;  ///< constants, in place of a wire

  /// What a cell computes: entry `address` of a table, its bits on `width` wires, least significant first; or how many of its inputs are 1.
  struct function {
    int inputs = 0, width = 0;
    bool counts = false;
    std::vector<std::uint64_t> entries;  ///< of a table: 2^inputs
    bool operator==(const function&) const = default;
    bool operator<(const function& other) const {
      return std::tie(inputs, width, counts, entries) < std::tie(other.inputs, other.width, other.counts, other.entries);
    }
  };
  struct cell {
    std::size_t what = 0;     ///< which function
    std::vector<int> inputs;  ///< wires; the first is the least significant bit of the address
    int first_output = 0;
    int stage = 0;  ///< of the pipeline, from 0
  };

  std::string name;
  int inputs = 0;  ///< bits
  std::vector<function> functions;
  std::vector<cell> cells;
  std::vector<int> outputs;  ///< wires
  int stages = 0;

  [[nodiscard]] int wires() const { return cells.empty() ? inputs : cells.back().first_output + functions[cells.back().what].width; }
};

namespace detail {
inline namespace DYADIC_ISA {

/// May it name a module? Reserved: IEEE 1364-2001, annex B; and the types of SystemVerilog, which simulators know in any case.
inline bool is_identifier(std::string_view name) {
  constexpr std::string_view reserved =
      " always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign default defparam design disable "
      "edge "
      "else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable endtask event for force forever fork "
      "function generate genvar highz0 highz1 if ifnone incdir include initial inout input instance integer join large liblist library "
      "localparam macromodule medium module nand negedge nmos nor noshowcancelled not notif0 notif1 or output parameter pmos posedge "
      "primitive pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos "
      "rtran rtranif0 rtranif1 scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task time tran "
      "tranif0 tranif1 tri tri0 tri1 triand trior trireg unsigned use vectored wait wand weak0 weak1 while wire wor xnor xor bit byte enum "
      "int interface logic longint packed shortint shortreal string struct "
      "typedef union ";
  const auto legal = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  bool good = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  for (const char c : name) good = good && legal(c);
  return good && reserved.find(" " + std::string(name) + " ") == std::string_view::npos;
}

class netlist_builder {
 public:
  netlist_builder(std::string name, int inputs) {
    if (!is_identifier(name))
      throw error("a circuit cannot be called \"" + name +
                  "\"; use letters, digits and _, no digit first, and no word that Verilog reserves.");
    made_.name = std::move(name);
    made_.inputs = inputs;
    next_ = inputs;
  }

  /// The outputs of a new cell. Constant inputs are worked into the table.
  std::vector<int> add(netlist::function what, std::vector<int> inputs) {
    if (!what.counts) fold_constants(what, inputs);
    const auto [at, is_new] = known_.try_emplace(what, made_.functions.size());
    if (is_new) made_.functions.push_back(std::move(what));
    const int width = made_.functions[at->second].width;
    made_.cells.push_back({at->second, std::move(inputs), next_, made_.stages});
    std::vector<int> outputs(static_cast<std::size_t>(width));
    for (int& wire : outputs) wire = next_++;
    return outputs;
  }
  /// Cells added from now on read what those before give.
  void next_stage() { ++made_.stages; }
  netlist finish(std::vector<int> outputs) {
    made_.outputs = std::move(outputs);
    return std::move(made_);
  }

 private:
  static void fold_constants(netlist::function& f, std::vector<int>& inputs) {
    for (std::size_t i = inputs.size(); i-- > 0;) {
      if (inputs[i] >= 0) continue;
      std::vector<std::uint64_t> half;
      for (std::size_t address = 0; address < f.entries.size(); ++address)
        if (((address >> i) & 1U) == (inputs[i] == netlist::one ? 1U : 0U)) half.push_back(f.entries[address]);
      f.entries = std::move(half);
      --f.inputs;
      inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  netlist made_;
  std::map<netlist::function, std::size_t> known_;
  int next_ = 0;
};

/// The bits that turn codes minus the lowest code into what lies on the wires.
inline std::uint64_t wire_mask(const fixed_format& f, wire_codes codes) {
  return codes == wire_codes::twos_complement && f.is_signed ? std::uint64_t{1} << (f.bits - 1) : 0;
}

/// One value on its way through a circuit.
using wire_value = std::vector<int>;

/// The neurons of a layer for one sample. @param values  of the input, by wires, in `in` codes   @param input  [1, in, h, w] or [..., in]
inline std::vector<wire_value> add_layer(netlist_builder& to, const logicnets_layer& layer, const std::vector<wire_value>& values,
                                         const Extents& input, wire_codes codes) {
  const logicnets_parameters& p = layer.parameters();
  const layer_positions at(p.shape, input);
  const std::uint64_t in_mask = wire_mask(p.in, codes), out_mask = wire_mask(p.out, codes);
  std::vector<netlist::function> functions;
  for (std::int64_t o = 0; o < p.shape.out; ++o) {
    netlist::function f{p.address_bits(o), p.out.bits, false, {}};
    std::size_t flipped = 0;
    for (std::int64_t k = 0; k < p.fan_in(o); ++k) flipped |= static_cast<std::size_t>(in_mask) << (p.in.bits * k);
    const auto table = layer.table(o);
    for (std::size_t address = 0; address < table.size(); ++address) f.entries.push_back(table[address ^ flipped] ^ out_mask);
    functions.push_back(std::move(f));
  }
  const std::uint64_t outside = static_cast<std::uint64_t>(-p.in.low()) ^ in_mask;  // the code of 0
  std::vector<wire_value> results(static_cast<std::size_t>(at.count() * p.shape.out));
  std::vector<std::int64_t> from(static_cast<std::size_t>(p.shape.depth()));
  for (std::int64_t position = 0; position < at.count(); ++position)
    for (std::int64_t o = 0; o < p.shape.out; ++o) {
      at.for_each_tap(position, p.shape.group_of(o),
                      [&](std::int64_t tap, std::int64_t where) { from[static_cast<std::size_t>(tap)] = where; });
      std::vector<int> inputs;
      for (std::int64_t k = p.first[static_cast<std::size_t>(o)]; k < p.first[static_cast<std::size_t>(o) + 1]; ++k) {
        const std::int64_t where = from[static_cast<std::size_t>(p.tap[static_cast<std::size_t>(k)])];
        for (int b = 0; b < p.in.bits; ++b)
          inputs.push_back(where >= 0                   ? values[static_cast<std::size_t>(where)][static_cast<std::size_t>(b)]
                           : ((outside >> b) & 1U) != 0 ? netlist::one
                                                        : netlist::zero);
      }
      results[static_cast<std::size_t>(at.output_at(position, o))] = to.add(functions[static_cast<std::size_t>(o)], std::move(inputs));
    }
  return results;
}

/// Values in other codes, through a small table each.
inline void convert_values(netlist_builder& to, std::vector<wire_value>& values, const fixed_format& from, const fixed_format& wanted,
                           wire_codes codes) {
  netlist::function f{from.bits, wanted.bits, false, {}};
  const std::uint64_t in_mask = wire_mask(from, codes), out_mask = wire_mask(wanted, codes);
  for (std::uint64_t wires = 0; wires < (std::uint64_t{1} << from.bits); ++wires) {
    const auto code = static_cast<std::int32_t>(wires ^ in_mask) + from.low();
    f.entries.push_back(static_cast<std::uint64_t>(wanted.encode(from.decode(code)) - wanted.low()) ^ out_mask);
  }
  for (wire_value& v : values) v = to.add(f, v);
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// A chain of LogicNets layers for one sample, each reading what the one before gives. Input: all values in codes of the first layer's `in`,
/// value 0 in the lowest bits; output likewise. Convolutions are laid out in full: a cell per neuron and position.
/// @param input  the shape of one sample as the first layer reads it: [1, in, h, w] for images, [rows, in] else
/// @throws error if a layer cannot read what the one before gives, or the name is no identifier
[[nodiscard]] inline netlist make_netlist(std::string name, const std::vector<const logicnets_layer*>& layers, const Extents& input,
                                          wire_codes codes = wire_codes::twos_complement) {
  if (layers.empty()) throw error("a circuit needs at least one layer.");
  fixed_format format = layers[0]->parameters().in;
  detail::netlist_builder builder(std::move(name), static_cast<int>(input.size()) * format.bits);
  std::vector<detail::wire_value> values(static_cast<std::size_t>(input.size()));
  for (std::size_t v = 0; v < values.size(); ++v)
    for (int b = 0; b < format.bits; ++b) values[v].push_back(static_cast<int>(v) * format.bits + b);
  Extents shape = input;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const logicnets_parameters& p = layers[i]->parameters();
    // Images may become rows (flattened, values stay in order); rows do not become images by themselves.
    if (!p.shape.images && shape.back(0) != p.shape.in) shape = {static_cast<std::int64_t>(values.size()) / p.shape.in, p.shape.in};
    if (p.shape.images ? shape.rank() != 4 || shape[0] != 1 || shape[1] != p.shape.in
                       : static_cast<std::int64_t>(values.size()) % p.shape.in != 0)
      throw error("layer " + std::to_string(i) + " of a circuit cannot read values of shape " + shape.text() + ".");
    if (i > 0) builder.next_stage();
    if (!(format == p.in)) {
      detail::convert_values(builder, values, format, p.in, codes);
      builder.next_stage();
    }
    values = detail::add_layer(builder, *layers[i], values, shape, codes);
    format = p.out;
    if (p.shape.images) shape = {1, p.shape.out, p.shape.window.output(0, shape[2]), p.shape.window.output(1, shape[3])};
    else shape = {static_cast<std::int64_t>(values.size()) / p.shape.out, p.shape.out};
  }
  builder.next_stage();
  std::vector<int> outputs;
  for (const detail::wire_value& v : values) outputs.insert(outputs.end(), v.begin(), v.end());
  return builder.finish(std::move(outputs));
}

/// The tables of a LutNet layer at one position whose taps are all inside. Input: the signs of all taps (of all groups), level by level,
/// tap by tap. Output: for every output, level by level, how many of its tables say +1, in as many bits as that takes.
[[nodiscard]] inline netlist make_netlist(std::string name, const lutnet_layer& layer) {
  const lutnet_parameters& p = layer.parameters();
  const std::int64_t depth = p.shape.depth(), taps = depth * p.shape.window.groups;
  detail::netlist_builder builder(std::move(name), static_cast<int>(taps) * p.levels.count);
  std::vector<std::vector<int>> answers;  // by output and level
  for (std::int64_t o = 0; o < p.shape.out; ++o)
    for (int l = 0; l < p.levels.count; ++l) {
      std::vector<int> ones;
      for (std::int64_t t = p.first[static_cast<std::size_t>(o)]; t < p.first[static_cast<std::size_t>(o) + 1]; ++t) {
        netlist::function f{p.inputs, 1, false, {}};
        for (unsigned j = 0; j < (1U << p.inputs); ++j)
          f.entries.push_back(detail::table_bit(p.table[static_cast<std::size_t>(t * p.levels.count + l)], j));
        std::vector<int> inputs;  // the last input of a table is its least significant
        for (int k = p.inputs - 1; k >= 0; --k)
          inputs.push_back(
              static_cast<int>(l * taps + p.shape.group_of(o) * depth + p.connection[static_cast<std::size_t>(t * p.inputs + k)]));
        ones.push_back(builder.add(std::move(f), std::move(inputs))[0]);
      }
      answers.push_back(std::move(ones));
    }
  builder.next_stage();
  std::vector<int> outputs;
  for (std::vector<int>& ones : answers) {
    if (ones.empty()) {
      outputs.push_back(netlist::zero);
      continue;
    }
    const netlist::function f{static_cast<int>(ones.size()), static_cast<int>(std::bit_width(ones.size())), true, {}};
    const std::vector<int> count = builder.add(f, std::move(ones));
    outputs.insert(outputs.end(), count.begin(), count.end());
  }
  builder.next_stage();
  return builder.finish(std::move(outputs));
}

/// Six-input lookup tables that suffice for a circuit: for each table its bound, for a counter of F bits two in each of fewer than F adders.
[[nodiscard]] inline std::int64_t lut6_bound_of(const netlist& n) {
  std::int64_t luts = 0;
  for (const netlist::cell& c : n.cells) {
    const netlist::function& f = n.functions[c.what];
    luts += f.counts ? std::int64_t{2} * f.inputs : f.width * lut6_bound(f.inputs);
  }
  return luts;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
