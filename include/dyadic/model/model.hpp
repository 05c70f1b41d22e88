// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file model.hpp
/// A graph with weights, ready to run: as floats (`bind`) or as a configuration quantises it (`quantize`, pass/quantize.hpp).
#include <dyadic/base/float_environment.hpp>
#include <dyadic/model/lower.hpp>
#include <dyadic/model/refusals.hpp>
#include <dyadic/model/weights.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// All parameters as the nodes see them: a copy of `original` with those quantised that have a scheme.
template <class Program>
float_buffer quantize_parameters(const Program& p, const std::vector<float>& original, std::uint64_t seed) {
  float_buffer out(static_cast<std::int64_t>(original.size()));
  std::copy_n(original.data(), original.size(), out.data());
  for (std::size_t i = 0; i < p.nodes.size(); ++i) {
    for (std::size_t k = p.first_parameter[i]; k < p.first_parameter[i + 1]; ++k) {
      const parameter_info& info = p.parameters[k];
      if (const scheme_pointer scheme = p.schemes[i][info.what]; scheme != nullptr)
        scheme->quantize({original.data() + info.offset, info.shape}, {out.data() + info.offset, info.shape}, info.axes,
                         mix_seed(seed, i, seed_of_parameters + (k - p.first_parameter[i])));
    }
  }
  return out;
}

inline ConstView as_view(const ConstView& v) { return v; }
inline ConstView as_view(const View& v) { return v; }
template <TensorLike T>
ConstView as_view(const T& t) {
  return view(t);
}
inline View as_output(View& v) { return v; }
inline View as_output(View&& v) { return v; }
template <TensorLike T>
View as_output(T& t) {
  return mutable_view(t);
}

/// An Eigen tensor, a map of one, or a view.
template <class T>
concept TensorArgument = requires(const T& t) {
  { as_view(t) } -> std::same_as<ConstView>;
};

/// The rank of an Eigen tensor; of a view it is known at run time only (-1).
template <class T>
constexpr int rank_of_argument() {
  if constexpr (requires { T::NumIndices; }) return static_cast<int>(T::NumIndices);
  else return -1;
}
template <class Model, class... Inputs>
constexpr bool ranks_fit() {
  const int given[] = {rank_of_argument<Inputs>()..., -1};
  std::size_t next = 0;
  bool fit = true;
  for (std::size_t i = 0; i < Model::plan().nodes.size() && next < sizeof...(Inputs); ++i)
    if (Model::plan().nodes[i].operation->kind == op::input) {
      fit = fit && (given[next] < 0 || given[next] == Model::plan().shape[i].rank());
      ++next;
    }
  return fit;
}
template <class Model, class... Inputs>
constexpr void check_inputs() {
  static_assert(sizeof...(Inputs) == Model::inputs,
                "dyadic::model: a call takes one tensor per input node of the graph, in the graph's order.");
  static_assert(sizeof...(Inputs) != Model::inputs || ranks_fit<Model, Inputs...>(),
                "dyadic::model: a tensor has another rank than the input node that it is given to; reshape it, or check the order (the batch is a "
                "dimension, too).");
}

template <class Model, class... Tensors>
constexpr bool output_rank_fits() {
  const int given[] = {rank_of_argument<Tensors>()...};
  const int last = given[sizeof...(Tensors) - 1];
  return last < 0 || last == Model::output_rank;
}
template <class Model, class... Tensors>
constexpr void check_run() {
  static_assert(sizeof...(Tensors) == Model::inputs + 1,
                "dyadic::runner: a run takes one tensor per input node of the graph and then the output.");
  if constexpr (sizeof...(Tensors) == Model::inputs + 1) {
    static_assert(ranks_fit<Model, Tensors...>(),
                  "dyadic::runner: a tensor has another rank than the input node that it is given to; reshape it, "
                  "or check the order (the batch is a dimension, too).");
    static_assert(output_rank_fits<Model, Tensors...>(),
                  "dyadic::runner: the last tensor, the output, has another rank than the graph's result; declare "
                  "it as Tensor<decltype(model)::output_rank>.");
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Weights are quantised when a model is made; it is `const` from then on, cheap to copy (copies share the weights), and may be
/// called from many threads at once.
/// @tparam Execution  `simulated` (float32 with quantised values), or a way of running on the codes: pass/native.hpp
template <Graph G, class Config, class Execution = simulated>
class model {
 public:
  using graph_type = G;
  using config_type = Config;
  using execution_type = Execution;
  static constexpr std::size_t inputs = metadata<G>::inputs;
  static constexpr int output_rank = metadata<G>::output_shape.rank();

  // Not movable on purpose: what one would move from would hold nothing, and a copy costs no more than a reference count.
  model(const model&) = default;
  model& operator=(const model&) = default;
  ~model() = default;

  /// Use `bind` or `quantize`. @throws error if a parameter was not given, or a scheme wants calibration data and there are none
  model(std::shared_ptr<const weights<G>> originals, std::uint64_t seed, std::span<const ConstView> calibration = {})
      : originals_(std::move(originals)), seed_(seed) {
    const detail::usual_float_environment environment;
    detail::check_required<G, Config, Execution>();
    originals_->store().require_all();
    values_ = std::make_shared<detail::float_buffer>(detail::quantize_parameters(plan(), originals_->store().values(), seed));
    const detail::runnable reference{&detail::program_of<G, unquantized>, originals_->store().values().data(), nullptr, seed};
    auto made = detail::lower_nodes(parts(), reference, calibration);
    if (!made.empty()) replacements_ = std::make_shared<const std::vector<replacement>>(std::move(made));
  }

  /// Runs the graph: `Tensor<2> logits = model(images)`, one tensor per input node. Allocates its work space; in a loop, `prepare`.
  /// @throws error if a tensor has a shape that the graph cannot take
  template <detail::TensorArgument... Inputs>
  [[nodiscard]] Tensor<output_rank> operator()(const Inputs&... tensors) const {
    detail::check_inputs<model, Inputs...>();
    const std::array<ConstView, sizeof...(Inputs)> views{detail::as_view(tensors)...};
    const std::array<Extents, sizeof...(Inputs)> shapes{detail::as_view(tensors).shape...};
    typename detail::late<detail::workspace, G>::type work(parts(), shapes);
    Tensor<output_rank> out = make_tensor<output_rank>(work.output_shape(shapes));
    work.run(views, mutable_view(out));
    return out;
  }

  /// The values a node computes with: quantised where its schemes say so. They are the model's, so it must be kept.
  /// @throws error if there is none of that name
  [[nodiscard]] ConstView parameter(std::string_view name) const& {
    const parameter_info& p = metadata<G>::parameters[originals_->store().find(name)];
    return {parameters() + p.offset, p.shape};
  }
  ConstView parameter(std::string_view name) const&& = delete;
  /// The float32 weights it was made of; shared by every model quantised from this one.
  [[nodiscard]] const std::shared_ptr<const weights<G>>& originals() const { return originals_; }
  /// What stochastic rounding draws its bits from.
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  /// The same model with something else in the place of one operator: converted elsewhere and read from a file, say. Its operands arrive as
  /// the configuration quantises them, unless a scheme has replaced this operator already. `model` quantised further has it no more.
  /// @param folded  so many of the next nodes in its chain are part of it now; they pass their input on
  /// @throws error if there is no node of that name, if the layer is one for another operator or shape, or if a node cannot be folded in
  [[nodiscard]] model replaced(std::string_view node, replacement what, std::size_t folded = 0) const {
    const std::size_t i = metadata<G>::find(node);
    if (i == metadata<G>::size) throw detail::no_such_node(metadata<G>::nodes, node, " in whose place something could run");
    model other = *this;
    other.replacements_ = detail::replace_node(parts(), i, std::move(what), folded);
    return other;
  }

  /// For passes: the graph with its configuration as tables, and all parameters as one buffer.
  [[nodiscard]] static constexpr const detail::program& plan() { return detail::program_of<G, Config, Execution>; }
  [[nodiscard]] const float* parameters() const { return values_->data(); }
  /// All of it, its type forgotten; as long as this model or a copy of it lives.
  [[nodiscard]] detail::runnable parts() const { return {&plan(), parameters(), replacements_ ? replacements_->data() : nullptr, seed_}; }

 private:
  std::shared_ptr<const weights<G>> originals_;
  std::shared_ptr<detail::float_buffer> values_;  // never written to after construction
  std::shared_ptr<const std::vector<replacement>> replacements_;  // by node; null: none
  std::uint64_t seed_;
};

/// The float model of a graph.
template <Graph G>
[[nodiscard]] model<G, unquantized> bind(const G&, const weights<G>& w) {
  return {std::make_shared<const weights<G>>(w), 0};
}

/// A model with the work space of one thread: running it allocates nothing.
template <class Model>
class runner {
 public:
  runner(const Model& what, std::int64_t max_batch) : model_(what), work_(model_.parts(), largest(max_batch)) {}

  /// run(in, out), run(in1, in2, out): one tensor (or view) per input node, then the output, all of the right shapes.
  /// @throws error if they are not, if a shape is larger than prepared for, or if the output overlaps an input
  template <class... Tensors>
  void operator()(Tensors&&... tensors) {
    detail::check_run<Model, std::remove_cvref_t<Tensors>...>();
    const std::array<ConstView, sizeof...(Tensors)> views{detail::as_view(tensors)...};
    const View out = detail::as_output(std::get<Model::inputs>(std::forward_as_tuple(std::forward<Tensors>(tensors)...)));
    work_.run(std::span<const ConstView>(views).first(Model::inputs), out);
  }

  /// Bytes of work space, weights not counted.
  [[nodiscard]] std::int64_t size_bytes() const { return work_.size_bytes(); }

 private:
  static std::array<Extents, Model::inputs> largest(std::int64_t max_batch) {
    if (max_batch < 0) throw error("prepare: max_batch is " + std::to_string(max_batch) + "; give the largest batch that will be run.");
    std::array<Extents, Model::inputs> shapes;
    std::size_t k = 0;
    for (std::size_t i = 0; i < Model::plan().nodes.size(); ++i) {
      if (Model::plan().nodes[i].operation->kind != op::input) continue;
      shapes[k] = Model::plan().shape[i];
      for (int d = 0; d < shapes[k].rank(); ++d)
        if (shapes[k][d] == dyn) shapes[k][d] = max_batch;
      ++k;
    }
    return shapes;
  }
  Model model_;
  typename detail::late<detail::workspace, Model>::type work_;
};

/// Everything a run needs, allocated once, for batches up to `max_batch` (which stands for every `dyn` of the graph's inputs).
/// One runner per thread.
template <Graph G, class Config, class Execution>
[[nodiscard]] runner<model<G, Config, Execution>> prepare(const model<G, Config, Execution>& what, std::int64_t max_batch) {
  return {what, max_batch};
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
