// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file operator.hpp
/// What an operator is: a class with a kind, roles for its operands, parameters, shape inference and a `run`. Adding an operator
/// is writing one such class in a header of its own; graphs, passes and reports find everything here.
///
///     struct relu_like {
///       static constexpr op kind = op::custom;                       // what by_op<…> matches
///       static std::string name() { return "relu_like"; }            // as in reports
///       static constexpr std::array inputs{role::data_in};           // one role per input: which scheme it is quantised with
///       static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
///       static void run(const arguments& a);                         // operands arrive quantised; writes a.out
///     };
///
/// Optional members: `input_axes` (an `operand_axes` per input: what its dimensions mean, for blocks that lie along one by its meaning; `data_axes` where
/// it is left out), `parameters` (an array of `parameter`), `variadic` (the last input may repeat), `roles` (where it differs
/// from what inputs and parameters show), `view` (the output is the first input's memory under another shape), `in_place` (the
/// output may be the memory of the only input), `scratch(std::span<const Extents>)` (floats of work space), `product` (how it is a
/// matrix product; `images` comes with a `conv_geometry` called `geometry`).
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/extents.hpp>
#include <dyadic/format/shape.hpp>
#include <dyadic/kernel/tensor.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Kinds of operators: what a `by_op` rule matches. A user's own operator is `op::custom`.
enum class op : std::uint8_t {
  input,
  parameter,
  flatten,
  reshape,
  permute,
  concat,
  slice,
  mean,
  max_pool2d,
  avg_pool2d,
  adaptive_avg_pool2d,
  embedding,
  scale,
  add,
  sub,
  mul,
  matmul,
  bmm,
  linear,
  conv1d,
  conv2d,
  convtranspose2d,
  relu,
  selu,
  tanh,
  gelu,
  softsign,
  softplus,
  silu,
  softmax,
  batch_norm2d,
  layer_norm,
  group_norm,
  instance_norm2d,
  rms_norm,
  attention,
  custom,
};

/// Can an operator be folded into what runs in the place of the one before? What it makes of a value must depend on that value and its channel alone.
constexpr bool is_foldable(op kind) {
  return kind == op::batch_norm2d || kind == op::relu || kind == op::selu || kind == op::tanh || kind == op::gelu || kind == op::softsign ||
         kind == op::softplus || kind == op::silu;
}

/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(op kind) {
  constexpr std::string_view names[] = {"input",
                                        "parameter",
                                        "flatten",
                                        "reshape",
                                        "permute",
                                        "concat",
                                        "slice",
                                        "mean",
                                        "max_pool2d",
                                        "avg_pool2d",
                                        "adaptive_avg_pool2d",
                                        "embedding",
                                        "scale",
                                        "add",
                                        "sub",
                                        "mul",
                                        "matmul",
                                        "bmm",
                                        "linear",
                                        "conv1d",
                                        "conv2d",
                                        "convtranspose2d",
                                        "relu",
                                        "selu",
                                        "tanh",
                                        "gelu",
                                        "softsign",
                                        "softplus",
                                        "silu",
                                        "softmax",
                                        "batch_norm2d",
                                        "layer_norm",
                                        "group_norm",
                                        "instance_norm2d",
                                        "rms_norm",
                                        "attention",
                                        "custom"};
  static_assert(std::size(names) == static_cast<std::size_t>(op::custom) + 1, "every kind has a name");
  return names[static_cast<std::size_t>(kind)];
}

/// A set of operator kinds: to which operators a scheme may be given.
class op_set {
 public:
  constexpr op_set() = default;
  constexpr op_set(std::initializer_list<op> kinds) {
    for (const op k : kinds) bits_ |= bit(k);
  }
  static constexpr op_set all() {
    op_set s;
    s.bits_ = ~std::uint64_t{0};
    return s;
  }
  constexpr void add(op k) { bits_ |= bit(k); }
  [[nodiscard]] constexpr bool contains(op k) const { return (bits_ & bit(k)) != 0; }

 private:
  static constexpr std::uint64_t bit(op k) { return std::uint64_t{1} << static_cast<unsigned>(k); }
  std::uint64_t bits_ = 0;
};

/// What an operand is to its operator, and so which setting of a rule applies to it. `none` is never quantised (running
/// statistics, indices, operands of operators that only move values).
enum class role : std::uint8_t { none, data_in, weight, bias, data_out };
/// How many roles there are, `none` counted.
inline constexpr std::size_t role_count = 5;

/// The name of the enumerator, without its scope.
constexpr std::string_view to_string(role r) {
  constexpr std::string_view names[] = {"none", "data_in", "weight", "bias", "data_out"};
  return names[static_cast<std::size_t>(r)];
}

/// A tensor that an operator owns: its name after the node's ("fc1.weight"; empty: just the node's), role, shape, and what its dimensions mean
/// (as those of a linear layer's weight or of a bias, unless it is told).
struct parameter {
  std::string_view name;
  role what = role::none;
  Extents shape;
  operand_axes axes{};
};

/// What shape inference answers: the shape of the output, or which input is wrong and what it should have been.
/// `dyn` stands for any extent, in questions and answers alike.
struct inferred {
  constexpr inferred(const Extents& output) : shape(output) {}  // NOLINT: the usual answer, `return in[0];`
  /// Input number `input` cannot be taken; it should have looked like `wanted`.
  static constexpr inferred refuse(int input, const Extents& wanted) {
    inferred r{wanted};
    r.refused = input;
    return r;
  }
  [[nodiscard]] constexpr bool ok() const { return refused < 0; }

  Extents shape;  ///< of the output; what the refused input should have been otherwise
  int refused = -1;
};

/// May an extent `a` meet `b`? One that is known only at run time meets everything, until run time.
constexpr bool extent_fits(std::int64_t a, std::int64_t b) { return a == b || a == dyn || b == dyn; }
/// The same for all extents of two shapes of one rank.
constexpr bool extents_fit(const Extents& a, const Extents& b) {
  if (a.rank() != b.rank()) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (!extent_fits(a[i], b[i])) return false;
  return true;
}

/// How an operator is a matrix product, if it is one: what runs in its place then need not know its type.
enum class product_form : std::uint8_t {
  none,
  rows,      ///< parameters weight [n, k] and perhaps bias [n]; rows of the input times rows of the weight
  images,    ///< convolution: parameters weight [n, k…] and perhaps bias [n]
  matrices,  ///< of two inputs, [..., m, k] · [..., k, n]
  other,     ///< it multiplies in a way that nothing runs in the place of
};
struct conv_geometry;

inline namespace DYADIC_ISA {

/// One call of an operator: dense row-major float views. Inputs and parameters are already quantised where a scheme says so.
struct arguments {
  std::span<const ConstView> inputs;
  std::span<const ConstView> parameters;  ///< in the order of the operator's `parameters`
  View out;                               ///< its shape is the inferred one
  std::span<float> scratch;               ///< at least as many floats as `scratch` asked for, aligned to 64 bytes
};

template <class O>
concept Operator = requires(std::span<const Extents> shapes, const arguments& a) {
  { O::kind } -> std::convertible_to<op>;
  { O::name() } -> std::convertible_to<std::string>;
  {std::span<const role>(O::inputs)};
  { O::infer(shapes) } -> std::convertible_to<inferred>;
  O::run(a);
};

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

/// Whether a class means to be an operator: it has some member of one.
template <class O>
concept MeansToBeOperator = std::is_class_v<O> && (requires { O::kind; } || requires { O::name(); } || requires { O::inputs; } ||
                                                   requires { &O::infer; } || requires { &O::run; });
/// Says which member of an operator is missing or is not what it has to be; one sentence each.
template <class O>
struct check_operator {
  static_assert(requires { { O::kind } -> std::convertible_to<op>; },
                "dyadic: an operator of your own lacks `static constexpr op kind`: op::custom, or the kind whose rules it shall follow.");
  static_assert(requires { { O::name() } -> std::convertible_to<std::string>; },
                "dyadic: an operator of your own lacks `static std::string name()`, which reports print.");
  static_assert(requires { {std::span<const role>(O::inputs)}; },
                "dyadic: an operator of your own lacks `static constexpr std::array inputs{role::data_in}`: a role for each input.");
  static_assert(requires(std::span<const Extents> shapes) { { O::infer(shapes) } -> std::convertible_to<inferred>; },
                "dyadic: an operator of your own lacks `static constexpr inferred infer(std::span<const Extents> in)`: the shape of its output, or "
                "inferred::refuse(input, wanted).");
  static_assert(requires(const arguments& a) { O::run(a); },
                "dyadic: an operator of your own lacks `static void run(const arguments& a)`, which reads a.inputs and writes a.out; it takes no other "
                "arguments.");
};
/// Stands in for what is no operator, so that the sentence about that is the only error.
struct any_operator {
  static constexpr op kind = op::custom;
  static std::string name() { return "none"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool variadic = true;
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments&) {}
};

/// Says what is wrong with what a node has for its operator, if anything is.
template <class O>
struct check_node_operator : check_operator<O> {};
template <Operator O>
struct check_node_operator<O> {};
template <class O>
requires(!Operator<O> && !MeansToBeOperator<O>) struct check_node_operator<O> {
  static_assert(Operator<O>,
                "dyadic::node<Name, Operator, Inputs...>: the second argument must be an operator, such as linear<64, 32> or relu; "
                "dyadic/layer/operator.hpp says what an operator of your own has to have.");
};

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// An operator as a value: what the passes and the executor work on, so that they are compiled once and not once per node.
struct operator_info {
  op kind;
  std::string (*name)();
  std::span<const role> inputs;
  std::span<const operand_axes> input_axes;  ///< empty: `data_axes` for all
  std::span<const parameter> parameters;
  std::array<bool, role_count> has{};  ///< by role: may a rule name it for this operator?
  bool variadic, view, in_place;
  product_form product = product_form::none;
  const conv_geometry* geometry = nullptr;  ///< of `product_form::images`
  inferred (*infer)(std::span<const Extents>);
  std::int64_t (*scratch)(std::span<const Extents>);  ///< null: none
  void (*run)(const arguments&);

  [[nodiscard]] constexpr role input_role(std::size_t i) const { return inputs[i < inputs.size() ? i : inputs.size() - 1]; }
  [[nodiscard]] constexpr operand_axes axes_of_input(std::size_t i) const {
    return input_axes.empty() ? data_axes : input_axes[i < input_axes.size() ? i : input_axes.size() - 1];
  }
  /// Whether every operand of that role has an output channel.
  [[nodiscard]] constexpr bool has_channel(role r) const {
    if (r == role::data_out) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] == r && !axes_of_input(i).has_channel()) return false;
    for (const parameter& p : parameters)
      if (p.what == r && !p.axes.has_channel()) return false;
    return true;
  }
  [[nodiscard]] constexpr bool takes(std::size_t count) const { return variadic ? count >= inputs.size() : count == inputs.size(); }
};

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

template <class O>
constexpr operator_info describe_operator() {
  operator_info r{};
  r.kind = O::kind;
  r.name = []() -> std::string { return std::string(O::name()); };
  r.inputs = O::inputs;
  if constexpr (requires { {std::span<const operand_axes>(O::input_axes)}; }) r.input_axes = O::input_axes;
  if constexpr (requires { O::parameters; }) r.parameters = O::parameters;
  if constexpr (requires { O::variadic; }) r.variadic = O::variadic;
  if constexpr (requires { O::view; }) r.view = O::view;
  if constexpr (requires { O::in_place; }) r.in_place = O::in_place;
  if constexpr (requires { O::product; }) {
    r.product = O::product;
    if constexpr (O::product == product_form::images) r.geometry = &O::geometry;
  }
  r.infer = &O::infer;
  if constexpr (requires { &O::scratch; }) r.scratch = &O::scratch;
  r.run = &O::run;
  if constexpr (requires { O::roles; }) {
    for (const role x : O::roles) r.has[static_cast<std::size_t>(x)] = true;
  } else {
    for (const role x : r.inputs) r.has[static_cast<std::size_t>(x)] = true;
    for (const parameter& p : r.parameters) r.has[static_cast<std::size_t>(p.what)] = true;
  }
  r.has[static_cast<std::size_t>(role::none)] = false;
  r.has[static_cast<std::size_t>(role::data_out)] = true;
  return r;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// What the library knows of an operator: a table with its functions, one for each type.
template <Operator O>
inline constexpr operator_info operator_of = detail::describe_operator<O>();

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
