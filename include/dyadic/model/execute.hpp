// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file execute.hpp
/// Runs a program: quantise a node's operands, call its operator, quantise its result. Compiled once, for all graphs.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/model/plan.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Floats aligned to cache lines, so that no vector straddles two of them.
class float_buffer {
 public:
  float_buffer() = default;
  explicit float_buffer(std::int64_t count) : memory_(static_cast<std::size_t>(count) + 16) {}
  [[nodiscard]] float* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + ((64 - address % 64) % 64) / sizeof(float);
  }

 private:
  std::vector<float> memory_;
};

/// Different random bits for every operand of a model under one seed.
constexpr std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t node, std::uint64_t operand) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ULL * (node * 64 + operand + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
inline constexpr std::uint64_t seed_of_parameters = 32, seed_of_output = 63;  ///< `operand`, beyond the inputs

/// Called after each node with its position and its value. Refers to what it is made from, which must outlive it.
class observer {
 public:
  template <class F>
  // NOLINTNEXTLINE(google-explicit-constructor): implicit on purpose
  observer(const F& f) : object_(&f), call_([](const void* o, std::size_t i, ConstView v) { (*static_cast<const F*>(o))(i, v); }) {}
  void operator()(std::size_t node, ConstView value) const { call_(object_, node, value); }

 private:
  const void* object_;
  void (*call_)(const void*, std::size_t, ConstView);
};

/// `T`, but not known to the compiler before `Dependent` is: what a template does with it is compiled where the template is used, and
/// not at every include.
template <class T, class Dependent>
struct late {
  using type = T;
};

/// The work space of one thread: everything a run writes to, allocated when constructed. (A template, so that it is compiled where
/// a model runs and not at every include.)
template <class Program>
class workspace_of {
 public:
  /// @param model  must outlive the workspace   @param inputs  the largest shapes that will be run
  workspace_of(const runnable& model, std::span<const Extents> inputs) : workspace_of(model, *model.plan, inputs) {}

 private:
  workspace_of(const runnable& model, const Program& what, std::span<const Extents> inputs)
      : model_(model),
        program_(&what),
        shape_(what.nodes.size()),
        value_(what.nodes.size()),
        input_shape_(what.inputs),
        given_(what.inputs),
        buffer_at_(static_cast<std::size_t>(what.buffers)),
        capacity_(static_cast<std::size_t>(what.buffers)) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < what.nodes.size(); ++i) most = std::max(most, what.first_edge[i + 1] - what.first_edge[i]);
    operand_.resize(most);
    operand_shape_.resize(most);
    for (const parameter_info& p : what.parameters) parameter_.push_back({model.parameters + p.offset, p.shape});
    // Buffers as large as the largest value that lives in them, one after the other.
    scratch_floats_ = std::numeric_limits<std::int64_t>::max();
    std::fill(capacity_.begin(), capacity_.end(), std::numeric_limits<std::int64_t>::max());
    infer(inputs);
    std::fill(capacity_.begin(), capacity_.end(), 0);
    scratch_floats_ = 0;
    for (std::size_t i = 0; i < what.nodes.size(); ++i) {
      if (what.output[i] >= 0) grow(what.output[i], shape_[i]);
      for (std::size_t e = what.first_edge[i]; e < what.first_edge[i + 1]; ++e)
        if (what.operand[e] >= 0) grow(what.operand[e], shape_[what.source[e]]);
      scratch_floats_ = std::max(scratch_floats_, scratch_of(i));
    }
    std::int64_t total = (scratch_floats_ + 15) / 16 * 16;
    for (std::size_t b = 0; b < capacity_.size(); ++b) {
      buffer_at_[b] = total;
      total += (capacity_[b] + 15) / 16 * 16;
    }
    memory_ = float_buffer(total);
    floats_ = total;
  }

 public:
  /// Bytes of the buffers.
  [[nodiscard]] std::int64_t size_bytes() const { return floats_ * static_cast<std::int64_t>(sizeof(float)); }

  /// The shape of the output for inputs of these shapes. @throws error if the graph cannot take them.
  const Extents& output_shape(std::span<const Extents> inputs) {
    if (inferred_ && same_inputs(inputs)) return shape_.back();
    inferred_ = false;
    infer(inputs);
    std::copy(inputs.begin(), inputs.end(), input_shape_.begin());
    inferred_ = true;
    return shape_.back();
  }

  /// Runs the program. `inputs` in the order of the input nodes; `out` must not overlap them.
  void run(std::span<const ConstView> inputs, View out, const observer* watch = nullptr) {
    run_until(program_->nodes.size(), inputs, out, watch);
  }
  /// Runs the nodes before `stop`; the output is complete only if these are all.
  void run_until(std::size_t stop, std::span<const ConstView> inputs, View out, const observer* watch) {
    const usual_float_environment environment;
    const Program& p = *program_;
    const std::uint64_t seed = model_.seed;
    if (inputs.size() != p.inputs)
      throw error("the model takes " + std::to_string(p.inputs) + " inputs, but " + std::to_string(inputs.size()) + " were given.");
    for (std::size_t k = 0; k < inputs.size(); ++k) given_[k] = inputs[k].shape;
    const Extents& result = output_shape(given_);
    if (!(out.shape == result))
      throw error("the output tensor has shape " + out.shape.text() + ", but the model computes " + result.text() + " from these inputs.");
    for (const ConstView& in : inputs) {
      const std::less<const float*> before;
      if (before(in.data, out.data + out.size()) && before(out.data, in.data + in.size()))
        throw error("the output tensor of a run shares memory with an input; give it memory of its own.");
    }
    float* const memory = memory_.data();
    std::size_t next_input = 0;
    for (std::size_t i = 0; i < stop; ++i) {
      const operator_info& operation = *p.nodes[i].operation;
      const assignment& schemes = p.schemes[i];
      const std::size_t first = p.first_edge[i], count = p.first_edge[i + 1] - first;
      // 1. Operands, quantised where their role has a scheme.
      for (std::size_t k = 0; k < count; ++k) {
        ConstView v = value_[p.source[first + k]];
        if (const int b = p.operand[first + k]; b >= 0) {
          const View to{memory + buffer_at_[static_cast<std::size_t>(b)], v.shape};
          schemes[operation.input_role(k)]->quantize(v, to, operation.axes_of_input(k), mix_seed(seed, i, k));
          v = to;
        }
        operand_[k] = v;
      }
      // 2. The operator, into the place planned for its output.
      const int place = p.output[i];
      View to{place >= 0 ? memory + buffer_at_[static_cast<std::size_t>(place)] : out.data, shape_[i]};
      const scheme_pointer after = schemes[role::data_out];
      if (operation.kind == op::input) {
        const ConstView from = inputs[next_input++];
        if (after != nullptr) after->quantize(from, to, data_axes, mix_seed(seed, i, seed_of_output));
        value_[i] = after != nullptr ? ConstView(to) : from;
      } else if (place == with_source) {
        value_[i] = {operand_[0].data, shape_[i]};
      } else {
        const std::size_t at = p.first_parameter[i];
        const arguments call{{operand_.data(), count},
                             {parameter_.data() + at, p.first_parameter[i + 1] - at},
                             to,
                             {memory, static_cast<std::size_t>(scratch_floats_)}};
        if (const replacement* other = model_.replacement_at(i); other != nullptr) run_replacement(*other, call, i);
        else operation.run(call);
        // 3. Its result.
        if (after != nullptr) after->quantize(to, to, data_axes, mix_seed(seed, i, seed_of_output));
        value_[i] = to;
      }
      if (watch != nullptr) (*watch)(i, value_[i]);
    }
    // A graph whose last node only reshapes an input never wrote to the output.
    if (stop == p.nodes.size() && value_.back().data != out.data) std::copy_n(value_.back().data, out.size(), out.data);
  }

 private:
  [[nodiscard]] bool same_inputs(std::span<const Extents> inputs) const {
    bool same = inputs.size() == input_shape_.size();
    for (std::size_t k = 0; same && k < inputs.size(); ++k) same = inputs[k] == input_shape_[k];
    return same;
  }
  void infer(std::span<const Extents> inputs) {
    const Program& p = *program_;
    std::size_t next_input = 0;
    for (std::size_t i = 0; i < p.nodes.size(); ++i) {
      const operator_info& operation = *p.nodes[i].operation;
      if (operation.kind == op::input) {
        const Extents& given = inputs[next_input++];
        if (!extents_fit(given, p.shape[i]))
          throw error("input \"" + std::string(p.nodes[i].name) + "\" has shape " + given.text() + ", but the graph wants " +
                      p.shape[i].text() + ".");
        shape_[i] = given;
      } else {
        const std::size_t first = p.first_edge[i], count = p.first_edge[i + 1] - first;
        for (std::size_t k = 0; k < count; ++k) operand_shape_[k] = shape_[p.source[first + k]];
        const inferred answer = operation.infer({operand_shape_.data(), count});
        if (!answer.ok())
          throw error("node \"" + std::string(p.nodes[i].name) + "\" (" + operation.name() + ") gets an input of shape " +
                      operand_shape_[static_cast<std::size_t>(answer.refused)].text() + ", but wants " + answer.shape.text() + ".");
        shape_[i] = answer.shape;
      }
      require_room(i);
    }
  }
  void run_replacement(const replacement& what, const arguments& call, std::size_t i) const {
    try {
      what.run(call);
    } catch (const error& e) {
      throw located_in_node(program_->nodes[i].name, e);
    }
  }
  void require_room(std::size_t i) {
    const Program& p = *program_;
    std::int64_t room = std::int64_t{1} << 53;  // floats; far below what 64 bits can count, so that no sum of sizes overflows
    for (int d = 0; d < shape_[i].rank(); ++d)
      if (const std::int64_t extent = shape_[i][d]; extent > 0) room /= extent;
    if (room == 0)
      throw error("node \"" + std::string(p.nodes[i].name) + "\" computes a tensor of shape " + shape_[i].text() +
                  ", which is beyond any memory.");
    const auto fits = [&](int b, const Extents& shape) { return b < 0 || shape.size() <= capacity_[static_cast<std::size_t>(b)]; };
    bool ok = fits(p.output[i], shape_[i]);
    for (std::size_t e = p.first_edge[i]; e < p.first_edge[i + 1]; ++e) ok = ok && fits(p.operand[e], shape_[p.source[e]]);
    if (!ok || scratch_of(i) > scratch_floats_)
      throw error("node \"" + std::string(p.nodes[i].name) + "\" computes a tensor of shape " + shape_[i].text() +
                  ", for which this runner has no room; prepare(model, max_batch) with a larger batch.");
  }
  [[nodiscard]] std::int64_t scratch_of(std::size_t i) {
    const Program& p = *program_;
    const replacement* other = model_.replacement_at(i);
    if (other == nullptr && p.nodes[i].operation->scratch == nullptr) return 0;
    const std::size_t first = p.first_edge[i], count = p.first_edge[i + 1] - first;
    for (std::size_t k = 0; k < count; ++k) operand_shape_[k] = shape_[p.source[first + k]];
    const std::span<const Extents> shapes(operand_shape_.data(), count);
    return other != nullptr ? other->scratch(shapes) : p.nodes[i].operation->scratch(shapes);
  }
  void grow(int buffer, const Extents& shape) {
    auto& c = capacity_[static_cast<std::size_t>(buffer)];
    c = std::max(c, shape.size());
  }

  runnable model_;
  const Program* program_;
  template <class T>
  using list = std::vector<typename late<T, Program>::type>;
  list<Extents> shape_, operand_shape_;
  list<ConstView> value_, operand_, parameter_;
  list<Extents> input_shape_, given_;
  bool inferred_ = false;
  list<std::int64_t> buffer_at_, capacity_;
  std::int64_t scratch_floats_ = 0, floats_ = 0;
  float_buffer memory_;
};
using workspace = workspace_of<program>;

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
