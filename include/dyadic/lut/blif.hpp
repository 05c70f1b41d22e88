// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file blif.hpp
/// Circuits of tables in the Berkeley Logic Interchange Format (University of California, Berkeley, 1992), for logic synthesis.
#include <dyadic/lut/circuit_text.hpp>
#include <dyadic/lut/netlist.hpp>

#include <algorithm>
#include <bit>
#include <ostream>
#include <string>
#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// `.names` of one output bit: the addresses where it is 1; none is the constant 0.
template <class Name>
void emit_cover(circuit_text& out, int inputs, const std::string& output, const Name& input, const auto& is_one) {
  out << ".names";
  for (int i = 0; i < inputs; ++i) out << ' ' << input(i);
  out << ' ' << output << '\n';
  for (std::uint64_t address = 0; address < (std::uint64_t{1} << inputs); ++address) {
    if (!is_one(address)) continue;
    for (int i = 0; i < inputs; ++i) out << (((address >> i) & 1U) != 0 ? '1' : '0');
    out << (inputs > 0 ? " 1\n" : "1\n");
  }
}

/// A counter of full and half adders: three bits of a weight become one of it and one of the next, until one of each is left.
inline void emit_counter(circuit_text& out, const netlist::function& f) {
  std::vector<std::vector<std::string>> waiting(static_cast<std::size_t>(f.width) + 1);
  for (int i = 0; i < f.inputs; ++i) waiting[0].push_back("a[" + std::to_string(i) + "]");
  int next = 0;
  for (std::size_t digit = 0; digit < static_cast<std::size_t>(f.width); ++digit) {
    std::vector<std::string>& bits = waiting[digit];
    for (std::size_t from = 0; bits.size() - from > 1;) {
      const std::size_t taken = std::min<std::size_t>(3, bits.size() - from);
      const std::vector<std::string> in(bits.begin() + static_cast<std::ptrdiff_t>(from),
                                        bits.begin() + static_cast<std::ptrdiff_t>(from + taken));
      const auto input = [&](int i) { return in[static_cast<std::size_t>(i)]; };
      const std::string sum = "s" + std::to_string(next), carry = "c" + std::to_string(next);
      ++next;
      emit_cover(out, static_cast<int>(taken), sum, input, [](std::uint64_t a) { return std::popcount(a) % 2 == 1; });
      emit_cover(out, static_cast<int>(taken), carry, input, [](std::uint64_t a) { return std::popcount(a) >= 2; });
      from += taken;
      bits.push_back(sum);
      waiting[digit + 1].push_back(carry);
    }
    const std::string y = "y[" + std::to_string(digit) + "]";
    if (bits.empty()) out << ".names " << y << '\n';
    else out << ".names " << bits.back() << ' ' << y << "\n1 1\n";
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// A model of the netlist's name with inputs `x[i]` and outputs `y[i]`, then one model per distinct table. Without registers.
inline void emit_blif(std::ostream& to, const netlist& n) {
  detail::circuit_text out(to);
  const auto bus = [&](const char* name, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out << ' ' << name << '[' << i << ']';
    out << '\n';
  };
  const auto wire = [&](int w) {
    return w == netlist::zero  ? std::string("zero")
           : w == netlist::one ? std::string("one")
           : w < n.inputs      ? "x[" + std::to_string(w) + "]"
                               : "w" + std::to_string(w);
  };
  const auto function_name = [&](std::size_t k) { return n.name + (n.functions[k].counts ? "_count" : "_table") + std::to_string(k); };
  out << ".model " << n.name << "\n.inputs";
  bus("x", static_cast<std::size_t>(n.inputs));
  out << ".outputs";
  bus("y", n.outputs.size());
  out << ".names zero\n.names one\n1\n";
  for (const netlist::cell& c : n.cells) {
    out << ".subckt " << function_name(c.what);
    for (std::size_t i = 0; i < c.inputs.size(); ++i) out << " a[" << i << "]=" << wire(c.inputs[i]);
    for (int b = 0; b < n.functions[c.what].width; ++b) out << " y[" << b << "]=" << wire(c.first_output + b);
    out << '\n';
  }
  for (std::size_t i = 0; i < n.outputs.size(); ++i) out << ".names " << wire(n.outputs[i]) << " y[" << i << "]\n1 1\n";
  out << ".end\n";
  for (std::size_t k = 0; k < n.functions.size(); ++k) {
    const netlist::function& f = n.functions[k];
    out << "\n.model " << function_name(k) << "\n.inputs";
    bus("a", static_cast<std::size_t>(f.inputs));
    out << ".outputs";
    bus("y", static_cast<std::size_t>(f.width));
    if (f.counts) {
      detail::emit_counter(out, f);
    } else {
      for (int b = 0; b < f.width; ++b)
        detail::emit_cover(
            out, f.inputs, "y[" + std::to_string(b) + "]", [](int i) { return "a[" + std::to_string(i) + "]"; },
            [&](std::uint64_t address) { return ((f.entries[static_cast<std::size_t>(address)] >> b) & 1U) != 0; });
    }
    out << ".end\n";
  }
  out.finish();
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
