// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file summary.hpp
/// What a model is made of: a row per node with its operator, shapes, schemes and real sizes; averages over all of it; the same as
/// CSV; and how many operators of each kind were changed. Everything printed can also be looked into.
#include <dyadic/model/model.hpp>
#include <dyadic/model/refusals.hpp>
#include <dyadic/pass/table.hpp>

#include <array>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {

/// So many values, and the bits of their codes and scales: real sizes, with ragged blocks counted as they are.
struct bit_count {
  std::int64_t values = 0, bits = 0;
  /// 0 where there are no values.
  [[nodiscard]] double per_value() const { return values == 0 ? 0 : static_cast<double>(bits) / static_cast<double>(values); }
  bit_count& operator+=(const bit_count& other) {
    values += other.values;
    bits += other.bits;
    return *this;
  }
};

/// One kind of operator in a graph: how often it is there, and how often any of its operands is quantised.
struct operator_count {
  op kind = op::custom;
  int total = 0, changed = 0;
  [[nodiscard]] int unchanged() const { return total - changed; }
};

/// Counts by kind, in the order in which a graph first uses them: prints itself, and can be looked into.
template <class Count>
class histogram_of {
 public:
  explicit histogram_of(std::vector<Count> rows) : rows_(std::move(rows)) {}
  [[nodiscard]] const std::vector<Count>& rows() const& { return rows_; }
  [[nodiscard]] std::vector<Count> rows() && { return std::move(rows_); }

  friend std::ostream& operator<<(std::ostream& out, const histogram_of& h) {
    typename detail::late<detail::text_table, Count>::type t;
    t.add({"operator", "total", "changed", "unchanged"});
    Count all;
    const auto add = [&](std::string_view name, const Count& c) {
      t.add({std::string(name), std::to_string(c.total), std::to_string(c.changed), std::to_string(c.unchanged())});
    };
    for (const Count& c : h.rows_) {
      add(to_string(c.kind), c);
      all.total += c.total;
      all.changed += c.changed;
    }
    add("all", all);
    return out << t;
  }

 private:
  std::vector<Count> rows_;
};
/// What `histogram` returns.
using operator_histogram = histogram_of<operator_count>;

/// The report of `summary(model)`: prints itself, and can be looked into. (Reports are templates so that they are compiled where
/// they are made and not at every include.)
template <class Runnable>
class summary_of {
  template <class T>
  using late = typename detail::late<T, Runnable>::type;
  using program = late<detail::program>;
  using shapes = late<std::vector<Extents>>;

 public:
  struct row {
    std::string name, operation;
    op kind = op::custom;
    Extents shape;                                ///< of the output; `dyn` as in the graph
    std::vector<Extents> input_shapes;            ///< of the values it reads
    std::string data_in, weight, bias, data_out;  ///< names of schemes; empty: the operator has no such operand, "none": it stays float
    bool quantized = false;                       ///< any operand has a scheme, or the operator is replaced
    replacement_report runs{};                    ///< what runs in the operator's place; its name is empty where the operator itself does
    /// "int8", "exact"; "simulated": float32 with quantised values; "float32": no value is; empty: an input.
    std::string runs_as;
    std::string reason;  ///< why it is simulated, under an execution that replaces products: a sentence
    double data_in_bits = 32;                     ///< per value, scales counted, in a large tensor
    std::int64_t parameters = 0;                  ///< values
    std::int64_t parameter_bits = 0;              ///< codes and scales of all parameters, real sizes; of what stands in their place
    std::int64_t bytes = 0;                       ///< the same packed, as `encode` stores them
    bit_count weights;                            ///< those of its parameters that are weights: no biases, no statistics
    bit_count activations;                        ///< the values it reads from other nodes to compute with, as it sees them
    [[nodiscard]] std::int64_t float_bytes() const { return parameters * 4; }
    /// Per parameter value, scales counted; 0 where there are none.
    [[nodiscard]] double bits_per_parameter() const { return bit_count{parameters, parameter_bits}.per_value(); }
    /// How much smaller the parameters are than in float32; 1 where there are none.
    [[nodiscard]] double compression() const { return bytes == 0 ? 1 : static_cast<double>(float_bytes()) / static_cast<double>(bytes); }
    /// The operator with what it was given: `linear<64, 32> {data_in: Fixed<8, 4>, weight: E4M3, bias: E4M3}`; or what replaces it.
    [[nodiscard]] std::string quantized_operation() const {
      if (runs.replaces_parameters) return runs.data.empty() ? operation + " {" + runs.name + "}" : runs.name;
      std::string text;
      const auto add = [&](const char* what, const std::string& scheme) {
        if (!scheme.empty() && scheme != "none") text += (text.empty() ? " {" : ", ") + std::string(what) + ": " + scheme;
      };
      add("data_in", data_in), add("weight", weight), add("bias", bias), add("data_out", data_out);
      return operation + (text.empty() ? "" : text + "}");
    }
  };

  /// A row for each node: operator, shape, schemes, bits, bytes.
  /// @param what  a model   @param batch  stands for `dyn` where activations are counted. @throws error if the graph cannot take such inputs
  explicit summary_of(const Runnable& what, std::int64_t batch = 1) : rows_(what.plan->nodes.size()) {
    const auto& p = *what.plan;
    const shapes shape = shapes_for(p, batch);
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = make_row(what, i, shape);
    total_.name = "total";
    for (const row& r : rows_) {
      total_.parameters += r.parameters;
      total_.parameter_bits += r.parameter_bits;
      total_.bytes += r.bytes;
      total_.weights += r.weights;
      total_.activations += r.activations;
      total_.quantized = total_.quantized || r.quantized;
    }
  }

  [[nodiscard]] const std::vector<row>& rows() const& { return rows_; }
  [[nodiscard]] std::vector<row> rows() && {
    return std::move(rows_);
  }  // for (… : summary(model).rows()) would look at rows that are gone
  /// Sums over all nodes; only sizes are filled in.
  [[nodiscard]] const row& total() const { return total_; }
  /// Of all weights of the graph, scales counted; biases and running statistics are not weights.
  [[nodiscard]] double bits_per_weight() const { return total_.weights.per_value(); }
  /// Of all values that operators read from other operators and compute with, scales counted; one read twice counts twice.
  [[nodiscard]] double bits_per_activation() const { return total_.activations.per_value(); }
  /// Float32 size of the parameters over their size here.
  [[nodiscard]] double compression() const { return total_.compression(); }

  [[nodiscard]] operator_histogram histogram() const {
    late<std::vector<operator_count>> counts;
    for (const row& r : rows_) {
      std::size_t k = 0;
      while (k < counts.size() && counts[k].kind != r.kind) ++k;
      if (k == counts.size()) counts.push_back({r.kind});
      ++counts[k].total;
      counts[k].changed += r.quantized ? 1 : 0;
    }
    return operator_histogram(std::move(counts));
  }

  /// A line per node under a heading, as RFC 4180 has it. `bits` are those of a parameter value and `activation_bits` those of a value read, on
  /// average and with scales; empty where there are none. `shapes` are inputs -> output. `runs_as` and
  /// `reason` as in a row.
  [[nodiscard]] std::string csv() const {
    late<std::string> text =
        "name,op,original,quantised,changed,shapes,bits,bytes,activation_bits,runs_as,reason\r\n";
    for (const row& r : rows_) {
      late<std::string> both;
      for (const Extents& e : r.input_shapes) both += (both.empty() ? "" : " ") + e.text();
      both += (both.empty() ? "" : " -> ") + r.shape.text();
      const auto number = [](const bit_count& c) { return c.values == 0 ? std::string() : detail::significant_digits(c.per_value(), 6); };
      const std::string cells[] = {r.name,
                                   std::string(to_string(r.kind)),
                                   r.operation,
                                   r.quantized_operation(),
                                   r.quantized ? "yes" : "no",
                                   both,
                                   number({r.parameters, r.parameter_bits}),
                                   r.parameters == 0 ? "" : std::to_string(r.bytes),
                                   number(r.activations),
                                   r.runs_as,
                                   r.reason};
      for (std::size_t c = 0; c < std::size(cells); ++c) text += (c == 0 ? "" : ",") + csv_cell(cells[c]);
      text += "\r\n";
    }
    return text;
  }

  friend std::ostream& operator<<(std::ostream& out, const summary_of& s) {
    late<detail::text_table> t;
    t.add({"node", "operator", "output", "data_in", "weight", "bias", "data_out", "parameters", "bits/param",
           "bytes", "runs as"});
    for (const row& r : s.rows_) {
      const auto text = [](const std::string& name) { return name.empty() ? std::string(".") : name; };
      const bool holds = r.parameters != 0;
      t.add({r.name, r.operation, r.shape.text(), text(r.data_in), text(r.weight), text(r.bias), text(r.data_out),
             holds ? std::to_string(r.parameters) : "", holds ? detail::fixed_digits(r.bits_per_parameter(), 2) : "",
             holds ? std::to_string(r.bytes) : "", text(r.runs_as)});
    }
    t.add({"total", "", "", "", "", "", "", std::to_string(s.total_.parameters), detail::fixed_digits(s.total_.bits_per_parameter(), 2),
           std::to_string(s.total_.bytes), ""});
    out << t << "bits per weight " << detail::fixed_digits(s.bits_per_weight(), 2) << ", per activation "
        << detail::fixed_digits(s.bits_per_activation(), 2) << " (scales counted); parameters " << std::to_string(s.total_.bytes) << " bytes, in float32 "
        << std::to_string(s.total_.float_bytes()) << ": " << detail::fixed_digits(s.compression() < 1 ? 1 / s.compression() : s.compression(), 2)
        << (s.compression() < 1 ? " times larger\n" : " times smaller\n")
        << "\".\": the operator has no such role, or leaves its result as it is; \"none\": stays float32\n";
    for (const row& r : s.rows_)
      if (!r.reason.empty()) out << r.name << " is simulated: " << r.reason << '\n';
    s.print_replaced(out);
    return out;
  }

 private:
  /// What runs in the place of operators. LUT6: how many six-input lookup tables of an FPGA suffice.
  void print_replaced(std::ostream& out) const {
    late<detail::text_table> t;
    replacement_report sum;
    const auto number = [](std::int64_t n) { return n == 0 ? std::string() : std::to_string(n); };
    const auto line = [&](const std::string& node, const replacement_report& r) {
      t.add({node, r.name, number(r.bytes), number(r.tables), number(r.table_bits), number(r.luts)});
    };
    t.add({"node", "runs as", "bytes", "tables", "table bits", "LUT6"});
    bool any = false;
    for (const row& r : rows_) {
      if (r.runs.name.empty()) continue;
      any = true;
      line(r.name, r.runs);
      sum.bytes += r.runs.bytes;
      sum.tables += r.runs.tables;
      sum.table_bits += r.runs.table_bits;
      sum.luts += r.runs.luts;
    }
    if (!any) return;
    line("total", sum);
    out << "in the place of operators\n" << t;
  }

  /// Shapes with `batch` in place of `dyn`.
  static shapes shapes_for(const program& p, std::int64_t batch) {
    shapes shape(p.nodes.size()), read;
    for (std::size_t i = 0; i < p.nodes.size(); ++i) {
      if (p.nodes[i].operation->kind == op::input) {
        shape[i] = p.shape[i];
        for (int d = 0; d < shape[i].rank(); ++d)
          if (shape[i][d] == dyn) shape[i][d] = batch;
        continue;
      }
      read.clear();
      for (std::size_t e = p.first_edge[i]; e < p.first_edge[i + 1]; ++e) read.push_back(shape[p.source[e]]);
      const inferred answer = p.nodes[i].operation->infer(read);
      if (!answer.ok())
        throw error("summary: with " + std::to_string(batch) + " for dyn, node \"" + std::string(p.nodes[i].name) +
                    "\" gets an input of shape " + read[static_cast<std::size_t>(answer.refused)].text() + ", but wants " +
                    answer.shape.text() + "; give summary another batch.");
      shape[i] = answer.shape;
    }
    return shape;
  }

  /// In which scheme an operand arrives that its reader does not quantise: as its producer's data_out left it.
  static scheme_pointer scheme_left_by(const program& p, std::size_t node) {
    while (p.schemes[node][role::data_out] == nullptr && p.nodes[node].operation->view) node = p.source[p.first_edge[node]];
    return p.schemes[node][role::data_out];
  }
  static bit_count count(const scheme_pointer& scheme, const Extents& shape, const operand_axes& axes) {
    return {shape.size(), scheme == nullptr ? shape.size() * 32 : scheme->storage_bits(shape, axes)};
  }

  static row make_row(const Runnable& what, std::size_t i, const shapes& shape) {
    const auto& p = *what.plan;
    const operator_info& operation = *p.nodes[i].operation;
    const assignment& schemes = p.schemes[i];
    row r;
    r.name = std::string(p.nodes[i].name);
    r.operation = operation.name();
    r.kind = operation.kind;
    r.shape = p.shape[i];
    const auto name = [&](role x) -> std::string {
      if (!operation.has[static_cast<std::size_t>(x)]) return "";
      return schemes[x] == nullptr ? (x == role::data_out ? "" : "none") : std::string(schemes[x]->name());
    };
    r.data_in = name(role::data_in);
    r.weight = name(role::weight);
    r.bias = name(role::bias);
    r.data_out = name(role::data_out);
    r.quantized = schemes.changes_anything();
    if (schemes[role::data_in] != nullptr) r.data_in_bits = schemes[role::data_in]->bits_per_value;
    for (std::size_t e = p.first_edge[i]; e < p.first_edge[i + 1]; ++e) {
      const std::size_t source = p.source[e];
      r.input_shapes.push_back(p.shape[source]);
      const role as = operation.input_role(e - p.first_edge[i]);
      // Indices and values that are only moved are not computed with, learned values are parameters.
      if (as == role::none || p.nodes[source].operation->kind == op::parameter) continue;
      if (schemes[as] != nullptr) r.activations += count(schemes[as], shape[source], operation.axes_of_input(e - p.first_edge[i]));
      else r.activations += count(scheme_left_by(p, source), shape[source], data_axes);
    }
    for (std::size_t k = p.first_parameter[i]; k < p.first_parameter[i + 1]; ++k) {
      const parameter_info& info = p.parameters[k];
      const scheme_pointer scheme = schemes[info.what];
      const bit_count size = count(scheme, info.shape, info.axes);
      r.parameters += size.values;
      r.parameter_bits += size.bits;
      if (info.what == role::weight) r.weights += size;
      r.bytes += scheme == nullptr ? info.shape.size() * 4 : scheme->storage_bytes(info.shape, info.axes);
    }
    if (const replacement* other = what.replacement_at(i); other != nullptr) r.runs = other->report();
    if (r.runs.replaces_parameters) {
      r.quantized = true;
      if (!r.data_in.empty()) r.data_in = r.runs.data;
      if (!r.weight.empty()) r.weight = r.runs.weights;
      if (!r.bias.empty()) r.bias = r.runs.biases;
      r.data_in_bits = r.runs.data_bits;
      r.parameter_bits = 8 * r.runs.bytes;
      r.bytes = r.runs.bytes;
      r.weights.bits = r.runs.weight_bits;
      if (r.runs.data.empty()) r.activations = {};
      else r.activations.bits = std::llround(r.runs.data_bits * static_cast<double>(r.activations.values));
    }
    const bool computes = operation.kind != op::input && operation.kind != op::parameter;
    r.runs_as = !r.runs.name.empty() ? r.runs.name : r.quantized ? "simulated" : computes ? "float32" : "";
    if (r.runs_as == "simulated" && !p.refusals.empty()) {
      r.reason = detail::reason_in_words(p, i);
      if (!r.reason.empty()) r.reason += '.';
    }
    return r;
  }

  static std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  }

  std::vector<row> rows_;
  row total_;
};
/// What `summary` returns.
using model_summary = summary_of<detail::runnable>;

/// @param batch  stands for `dyn` where activations are counted. @throws error if the graph cannot take such inputs
template <Graph G, class Config, class Execution>
[[nodiscard]] auto summary(const model<G, Config, Execution>& what, std::int64_t batch = 1) {
  return typename detail::late<model_summary, G>::type(what.parts(), batch);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
