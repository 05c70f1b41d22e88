// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file compare.hpp
/// How far a model's values are from another's, node by node: where does quantisation hurt?
#include <dyadic/base/float_environment.hpp>
#include <dyadic/model/model.hpp>
#include <dyadic/pass/table.hpp>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
inline namespace DYADIC_ISA {

/// Distance of values from reference values.
struct deviation {
  double sqnr_db = 0;        ///< 10·log10(Σ ref² / Σ (ref − value)²); infinite where all values are equal, NaN where one is a NaN
  double max_abs_error = 0;  ///< largest |ref − value|
  double cosine = 1;         ///< of the angle between the two as vectors; 1 where both are zero
};

/// Sums are float64 over chunks of 4096 values, added in order. @throws error if the lengths differ
[[nodiscard]] inline deviation deviation_of(std::span<const float> values, std::span<const float> reference) {
  if (values.size() != reference.size())
    throw error("deviation_of compares " + std::to_string(values.size()) + " values with " + std::to_string(reference.size()) +
                "; give as many of each.");
  const detail::usual_float_environment environment;
  double signal = 0, noise = 0, energy = 0, product = 0, worst = 0;
  constexpr std::size_t chunk = 4096;
  for (std::size_t begin = 0; begin < values.size(); begin += chunk) {
    double s = 0, n = 0, e = 0, p = 0;
    for (std::size_t i = begin; i < std::min(begin + chunk, values.size()); ++i) {
      const double v = static_cast<double>(values[i]), r = static_cast<double>(reference[i]);
      const double d = v == r ? 0 : r - v;  // equal infinities do not differ
      s += r * r;
      e += v * v;
      p += v * r;
      n += d * d;
      if (!(std::abs(d) <= worst)) worst = std::isnan(worst) ? worst : std::abs(d);
    }
    signal += s, noise += n, energy += e, product += p;
  }
  deviation out;
  out.max_abs_error = worst;
  out.sqnr_db = noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
  if (signal != 0 || energy != 0) out.cosine = signal == 0 || energy == 0 ? 0 : product / std::sqrt(signal) / std::sqrt(energy);
  return out;
}

/// How far one node's value is from the reference's.
struct comparison_row : deviation {
  std::string name, operation;
};

/// The report of `compare(model, reference, inputs...)`: prints itself, and can be looked into.
template <class Row>
class comparison_of {
 public:
  using row = Row;
  explicit comparison_of(std::vector<row> rows) : rows_(std::move(rows)) {}

  /// A row per node, in order.
  [[nodiscard]] const std::vector<row>& rows() const& { return rows_; }
  [[nodiscard]] std::vector<row> rows() && { return std::move(rows_); }
  /// The last node's: how far the results are apart.
  [[nodiscard]] const row& output() const { return rows_.back(); }

  friend std::ostream& operator<<(std::ostream& out, const comparison_of& c) {
    typename detail::late<detail::text_table, Row>::type t;
    t.add({"node", "operator", "SQNR dB", "max error", "cosine"});
    const auto add = [&](const row& r, const std::string& name) {
      t.add({name, r.operation, std::isinf(r.sqnr_db) && r.sqnr_db > 0 ? "exact" : detail::fixed_digits(r.sqnr_db, 2),
             detail::significant_digits(r.max_abs_error, 3), detail::fixed_digits(r.cosine, 6)});
    };
    for (const row& r : c.rows_) add(r, r.name);
    add(c.output(), "output");
    return out << t;
  }

 private:
  std::vector<row> rows_;
};
/// What `compare` returns.
using comparison = comparison_of<comparison_row>;

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

/// Runs two programs of one graph on the same inputs and compares every node's value.
template <class Runnable>
auto compare_programs(const Runnable& a, const Runnable& b, std::span<const ConstView> inputs) {
  const auto nodes = a.plan->nodes;
  std::vector<typename late<kept_value, Runnable>::type> reference(nodes.size());
  const auto keep = [&](std::size_t i, ConstView v) { reference[i].keep(v); };
  run_for_values(b, nodes.size(), inputs, keep);
  std::vector<typename late<comparison_row, Runnable>::type> rows(nodes.size());
  const auto measure = [&](std::size_t i, ConstView v) {
    const std::span<typename late<const float, Runnable>::type> values(v.data, static_cast<std::size_t>(v.size()));
    static_cast<deviation&>(rows[i]) = deviation_of(values, reference[i].values);
    rows[i].name = std::string(nodes[i].name);
    rows[i].operation = nodes[i].operation->name();
  };
  run_for_values(a, nodes.size(), inputs, measure);
  return rows;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Runs both models of one graph on the inputs (one tensor per input node) and compares every node's value with the reference's.
/// @throws error if a tensor has a shape that the graph cannot take
template <Graph G, class A, class E, Graph H, class B, class F, detail::TensorArgument... Inputs>
[[nodiscard]] comparison compare(const model<G, A, E>& what, const model<H, B, F>& reference, const Inputs&... inputs) {
  if constexpr (!std::is_same_v<G, H>) static_cast<void>(mistake::raised<mistake::models_of_different_graphs<G, H>>);
  detail::check_inputs<model<G, A, E>, Inputs...>();
  const std::array<ConstView, sizeof...(Inputs)> views{detail::as_view(inputs)...};
  return comparison(detail::compare_programs(what.parts(), reference.parts(), views));
}

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
