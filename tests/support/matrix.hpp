// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file matrix.hpp
/// The matrix of operators and schemes, from types to values. A row is one graph that has its operator eight times: in two settings (ranks,
/// sizes, options), each as a rule gives it (`plain`), with the schemes of its roles exchanged (`swapped`), and both with
/// a scheme for the result (`…_out`). A cell is a configuration of that graph, all four kinds of rules in it. Results are flattened
/// and put side by side, so that one call of a model gives all.
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/model/model.hpp>
#include <dyadic/pass/quantize.hpp>

#include <support/matrix_operators.hpp>
#include <support/matrix_schemes.hpp>
#include <support/run_operator.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace dyadic::matrix {

/// The eight nodes, in the order of their results.
inline constexpr std::array<std::string_view, 4> variants{"plain", "swapped", "plain_out", "swapped_out"};

/// An operator of one input, twice.
template <class X0, class O0, class X1, class O1>
struct of_one final : graph<                                                                         //
                          node<"x0", X0>, node<"x1", X1>,                                            //
                          node<"plain0", O0, "x0">, node<"swapped0", O0, "x0">,                      //
                          node<"plain_out0", O0, "x0">, node<"swapped_out0", O0, "x0">,              //
                          node<"plain1", O1, "x1">, node<"swapped1", O1, "x1">,                      //
                          node<"plain_out1", O1, "x1">, node<"swapped_out1", O1, "x1">,              //
                          node<"p0", flatten, "plain0">, node<"s0", flatten, "swapped0">,            //
                          node<"po0", flatten, "plain_out0">, node<"so0", flatten, "swapped_out0">,  //
                          node<"p1", flatten, "plain1">, node<"s1", flatten, "swapped1">,            //
                          node<"po1", flatten, "plain_out1">, node<"so1", flatten, "swapped_out1">,  //
                          node<"all", concat<1>, "p0", "s0", "po0", "so0", "p1", "s1", "po1", "so1">> {};

/// An operator of two inputs, twice.
template <class X0, class Y0, class O0, class X1, class Y1, class O1>
struct of_two final : graph<                                                                         //
                          node<"x0", X0>, node<"y0", Y0>, node<"x1", X1>, node<"y1", Y1>,            //
                          node<"plain0", O0, "x0", "y0">, node<"swapped0", O0, "x0", "y0">,          //
                          node<"plain_out0", O0, "x0", "y0">, node<"swapped_out0", O0, "x0", "y0">,  //
                          node<"plain1", O1, "x1", "y1">, node<"swapped1", O1, "x1", "y1">,          //
                          node<"plain_out1", O1, "x1", "y1">, node<"swapped_out1", O1, "x1", "y1">,  //
                          node<"p0", flatten, "plain0">, node<"s0", flatten, "swapped0">,            //
                          node<"po0", flatten, "plain_out0">, node<"so0", flatten, "swapped_out0">,  //
                          node<"p1", flatten, "plain1">, node<"s1", flatten, "swapped1">,            //
                          node<"po1", flatten, "plain_out1">, node<"so1", flatten, "swapped_out1">,  //
                          node<"all", concat<1>, "p0", "s0", "po0", "so0", "p1", "s1", "po1", "so1">> {};

/// The roles an operator has beside data_in.
enum class roles { data, weight, weight_and_bias };
template <class Operation>
inline constexpr roles roles_of = operator_of<Operation>.has[static_cast<std::size_t>(role::bias)]     ? roles::weight_and_bias
                                  : operator_of<Operation>.has[static_cast<std::size_t>(role::weight)] ? roles::weight
                                                                                                       : roles::data;

/// A cell: `S` with its partner `T`. Operators with a bias give it `U`; of an odd column they leave it to follow the weight.
template <op Kind, roles R, bool BiasFollows, class S, class T, class U>
struct cell;
template <op Kind, bool F, class S, class T, class U>
struct cell<Kind, roles::data, F, S, T, U> final : config<by_default<none>,                                  //
                                                          by_op<Kind, data_in<S>>,                           //
                                                          by_glob<"swapped?", data_in<T>>,                   //
                                                          by_glob<"*plain_out*", data_in<S>, data_out<T>>,   //
                                                          by_name<"swapped_out0", data_in<T>, data_out<S>>,  //
                                                          by_name<"swapped_out1", data_in<T>, data_out<S>>> {};
template <op Kind, bool F, class S, class T, class U>
struct cell<Kind, roles::weight, F, S, T, U> final : config<by_default<none>,                                             //
                                                            by_op<Kind, data_in<S>, weight<T>>,                           //
                                                            by_glob<"swapped?", data_in<T>, weight<S>>,                   //
                                                            by_glob<"*plain_out*", data_in<S>, weight<T>, data_out<T>>,   //
                                                            by_name<"swapped_out0", data_in<T>, weight<S>, data_out<S>>,  //
                                                            by_name<"swapped_out1", data_in<T>, weight<S>, data_out<S>>> {};
template <op Kind, class S, class T, class U>
struct cell<Kind, roles::weight_and_bias, true, S, T, U> final : config<by_default<none>,                                             //
                                                                        by_op<Kind, data_in<S>, weight<T>>,                           //
                                                                        by_glob<"swapped?", data_in<T>, weight<S>>,                   //
                                                                        by_glob<"*plain_out*", data_in<S>, weight<T>, data_out<T>>,   //
                                                                        by_name<"swapped_out0", data_in<T>, weight<S>, data_out<S>>,  //
                                                                        by_name<"swapped_out1", data_in<T>, weight<S>, data_out<S>>> {};
template <op Kind, class S, class T, class U>
struct cell<Kind, roles::weight_and_bias, false, S, T, U> final
    : config<by_default<none>,                                                      //
             by_op<Kind, data_in<S>, weight<T>, bias<U>>,                           //
             by_glob<"swapped?", data_in<T>, weight<S>, bias<U>>,                   //
             by_glob<"*plain_out*", data_in<S>, weight<T>, bias<U>, data_out<T>>,   //
             by_name<"swapped_out0", data_in<T>, weight<S>, bias<U>, data_out<S>>,  //
             by_name<"swapped_out1", data_in<T>, weight<S>, bias<U>, data_out<S>>> {};

/// Partners of a column: of another family and precision, or exchanging them might change nothing. Each column is partner once.
inline constexpr std::size_t columns = schemes::size;
constexpr std::size_t second_of(std::size_t column) { return (column + 15) % columns; }
constexpr std::size_t third_of(std::size_t column) { return (column + 18) % columns; }
constexpr bool bias_follows(std::size_t column) { return column % 2 == 1; }

// ---- As values ----------------------------------------------------------------------------------------------------------------

/// Inputs in the graph's order; the operator's parameters, first those of setting 0.
struct operands {
  std::vector<test::tensor> inputs;
  std::array<std::vector<test::tensor>, 2> parameters;
};
using results = std::vector<float>;  ///< of all samples: the eight results of the first one, of the second …

struct cell_info {
  std::string_view scheme;
  results (*run)(const operands&);
};
struct setting_info {
  const operator_info* operation;
  std::vector<Extents> inputs;  ///< `dyn` is the batch
  naive::Operator meaning;
};
struct row {
  op kind;
  std::array<setting_info, 2> settings;
  std::vector<cell_info> cells;  ///< a cell for each column
  results (*run_float)(const operands&);
};

template <class G>
weights<G> weights_of(const operands& from) {
  weights<G> w;
  for (std::size_t setting : {0U, 1U}) {
    for (const std::string_view variant : variants) {
      const std::string prefix = std::string(variant) + std::to_string(setting) + ".";
      std::size_t next = 0;
      for (const test::tensor& t : from.parameters[setting]) {
        const std::size_t first = metadata<G>::find(prefix.substr(0, prefix.size() - 1));
        w.set(prefix + std::string(metadata<G>::nodes[first].operation->parameters[next++].name), t.view());
      }
    }
  }
  return w;
}
template <class Model>
results values_of(const Model& model, const operands& from) {
  const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) { return model(from.inputs[I].view()...); };
  const Tensor<2> y = call(std::make_index_sequence<Model::inputs>{});
  return {y.data(), y.data() + y.size()};
}
template <class G, class Config>
results run_cell(const operands& from) {
  return values_of(quantize<Config>(G{}, weights_of<G>(from)), from);
}
template <class G>
results run_float(const operands& from) {
  return values_of(bind(G{}, weights_of<G>(from)), from);
}

template <class G, class Operation, std::size_t... I>
std::vector<cell_info> cells_of(std::index_sequence<I...>) {
  return {{at<I, schemes>::name(), &run_cell<G, cell<Operation::kind, roles_of<Operation>, bias_follows(I), at<I, schemes>,
                                                     at<second_of(I), schemes>, at<third_of(I), schemes>>>}...};
}
template <class G, class... Operations>
row make_row(const std::array<naive::Operator, 2>& meaning, const std::array<std::vector<Extents>, 2>& inputs) {
  using first = at<0, pack<Operations...>>;
  const std::array operations{&operator_of<Operations>...};
  return {first::kind,
          {setting_info{operations[0], inputs[0], meaning[0]}, setting_info{operations[1], inputs[1], meaning[1]}},
          cells_of<G, first>(std::make_index_sequence<columns>{}),
          &run_float<G>};
}
/// A row of `of_one<X0, O0, X1, O1>`; `meaning` says what O0 and O1 compute.
template <class X0, class O0, class X1, class O1>
row make(const naive::Operator& first, const naive::Operator& second) {
  return make_row<of_one<X0, O0, X1, O1>, O0, O1>({first, second}, {std::vector{X0::shape}, std::vector{X1::shape}});
}
template <class X0, class Y0, class O0, class X1, class Y1, class O1>
row make(const naive::Operator& first, const naive::Operator& second) {
  return make_row<of_two<X0, Y0, O0, X1, Y1, O1>, O0, O1>({first, second},
                                                          {std::vector{X0::shape, Y0::shape}, std::vector{X1::shape, Y1::shape}});
}

// The rows, a file each so that they compile side by side.
std::vector<row> rows_of_values();
std::vector<row> rows_of_products();
std::vector<row> rows_of_norms();

}  // namespace dyadic::matrix
