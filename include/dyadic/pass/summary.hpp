// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file summary.hpp
/// What a model is made of: a row per node with its operator, shape, schemes and real sizes.
#include <dyadic/model/model.hpp>
#include <dyadic/pass/table.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {

/// The report of `summary(model)`: prints itself, and can be looked into.
class model_summary {
 public:
  struct row {
    std::string name, operation;
    op kind = op::custom;
    Extents shape;                         ///< of the output; `dyn` as in the graph
    std::string data_in, weight, bias, data_out;  ///< names of schemes; empty: the operator has no such operand, "none": it stays float
    bool quantized = false;                ///< any operand has a scheme
    double data_in_bits = 32;              ///< per value, scales counted
    std::int64_t parameters = 0;           ///< values
    std::int64_t parameter_bits = 0;       ///< codes and scales of all parameters, real sizes
    std::int64_t bytes = 0;                ///< the same packed, as `encode` stores them
    [[nodiscard]] std::int64_t float_bytes() const { return parameters * 4; }
    /// Per parameter value, scales counted; 0 where there are none.
    [[nodiscard]] double bits_per_parameter() const {
      return parameters == 0 ? 0 : static_cast<double>(parameter_bits) / static_cast<double>(parameters);
    }
  };

  explicit model_summary(const detail::program& p) {
    for (std::size_t i = 0; i < p.nodes.size(); ++i) rows_.push_back(make_row(p, i));
    total_.name = "total";
    for (const row& r : rows_) {
      total_.parameters += r.parameters;
      total_.parameter_bits += r.parameter_bits;
      total_.bytes += r.bytes;
      total_.quantized = total_.quantized || r.quantized;
    }
  }

  [[nodiscard]] const std::vector<row>& rows() const { return rows_; }
  /// Sums over all nodes; only sizes are filled in.
  [[nodiscard]] const row& total() const { return total_; }

  friend std::ostream& operator<<(std::ostream& out, const model_summary& s) {
    detail::text_table t;
    t.add({"node", "operator", "output", "data_in", "weight", "bias", "data_out", "parameters", "bits/param", "bytes"});
    for (const row& r : s.rows_) {
      const auto text = [](const std::string& name) { return name.empty() ? std::string(".") : name; };
      const bool holds = r.parameters != 0;
      t.add({r.name, r.operation, r.shape.text(), text(r.data_in), text(r.weight), text(r.bias), text(r.data_out),
             holds ? std::to_string(r.parameters) : "", holds ? detail::fixed_digits(r.bits_per_parameter(), 2) : "", holds ? std::to_string(r.bytes) : ""});
    }
    t.add({"total", "", "", "", "", "", "", std::to_string(s.total_.parameters), detail::fixed_digits(s.total_.bits_per_parameter(), 2),
           std::to_string(s.total_.bytes)});
    return out << t << "float32 parameters: " << s.total_.float_bytes() << " bytes\n";
  }

 private:
  static row make_row(const detail::program& p, std::size_t i) {
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
    for (std::size_t k = p.first_parameter[i]; k < p.first_parameter[i + 1]; ++k) {
      const parameter_info& info = p.parameters[k];
      const scheme_pointer scheme = schemes[info.what];
      const std::int64_t bits = scheme == nullptr ? info.shape.size() * 32 : scheme->storage_bits(info.shape);
      r.parameters += info.shape.size();
      r.parameter_bits += bits;
      r.bytes += scheme == nullptr ? info.shape.size() * 4 : scheme->storage_bytes(info.shape);
    }
    return r;
  }

  std::vector<row> rows_;
  row total_;
};

template <Graph G, class Config>
[[nodiscard]] model_summary summary(const model<G, Config>& what) {
  return model_summary(what.plan());
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
