// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file plan.hpp
/// Which buffer every value of a run lives in, decided at compile time: a buffer is free again after the last node that reads it.
#include <dyadic/model/assignment.hpp>
#include <dyadic/model/metadata.hpp>

#include <array>
#include <cstddef>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Where a value is, if not in a numbered buffer.
enum place : int {
  untouched = -1,   ///< an operand that is not quantised: where its node left it
  with_source = -2,  ///< the output of a node that only changes the shape: the memory of its input
  with_caller = -3,  ///< the memory of the caller's input tensor
  in_result = -4,    ///< the memory of the caller's output tensor
};

template <std::size_t N, std::size_t E>
struct buffer_plan {
  std::array<int, N> output{};   ///< of each node: a buffer or a `place`
  std::array<int, E> operand{};  ///< of each edge: the buffer its quantised value goes to, or `untouched`
  int buffers = 0;
};

/// Values are followed to the node that owns their memory ("root"), since nodes that only change a shape share it.
template <std::size_t N, std::size_t E, std::size_t P>
constexpr buffer_plan<N, E> plan_buffers(const std::array<node_info, N>& nodes, const wiring<N, E, P>& w, const std::array<assignment, N>& schemes,
                                         const std::array<lowering_pointer, N>& lowerings) {
  buffer_plan<N, E> plan;
  if (w.fault != graph_fault::none) return plan;
  // 1. Roots, and the last node that reads each. The output of the graph is never given up.
  std::array<std::size_t, N> root{}, last_use{};
  for (std::size_t i = 0; i < N; ++i) {
    const bool shares = nodes[i].operation->view && schemes[i][role::data_out] == nullptr;
    root[i] = shares ? root[w.source[w.first_edge[i]]] : i;
    last_use[i] = i;
    for (std::size_t e = w.first_edge[i]; e < w.first_edge[i + 1]; ++e) last_use[root[w.source[e]]] = i;
  }
  last_use[root[N - 1]] = N;
  // 2. Walk through the run, taking buffers and giving them back. `free` is a stack: what was touched last is warm.
  std::array<int, N + E> free{};
  std::size_t free_count = 0;
  const auto take = [&] { return free_count != 0 ? free[--free_count] : plan.buffers++; };
  for (std::size_t i = 0; i < N; ++i) {
    const operator_info& operation = *nodes[i].operation;
    const std::size_t first = w.first_edge[i], end = w.first_edge[i + 1];
    // 2a. Quantised operands: in place where this is the only use left of the value, else in a buffer until the node is done.
    const auto ends_here = [&](std::size_t e) {
      const std::size_t r = root[w.source[e]];
      if (plan.output[r] < 0 || last_use[r] != i) return false;
      for (std::size_t other = first; other < end; ++other)
        if (other != e && root[w.source[other]] == r) return false;
      return true;
    };
    for (std::size_t e = first; e < end; ++e) {
      if (lowerings[i] || schemes[i][operation.input_role(e - first)] == nullptr) plan.operand[e] = untouched;
      else plan.operand[e] = ends_here(e) ? plan.output[root[w.source[e]]] : take();
    }
    // 2b. The output.
    bool reuses_operand = false;
    if (root[i] != i) {
      plan.output[i] = with_source;
    } else if (operation.kind == op::input && schemes[i][role::data_out] == nullptr) {
      plan.output[i] = with_caller;
    } else if (root[N - 1] == i) {
      plan.output[i] = in_result;
    } else if (operation.in_place && end - first == 1 && (plan.operand[first] != untouched || ends_here(first))) {
      plan.output[i] = plan.operand[first] != untouched ? plan.operand[first] : plan.output[root[w.source[first]]];
      reuses_operand = true;
    } else {
      plan.output[i] = take();
    }
    // 2c. Give back the operands' buffers, values read for the last time, and an output that nobody reads.
    for (std::size_t e = first; e < end; ++e) {
      const std::size_t r = root[w.source[e]];
      bool seen = false;
      for (std::size_t other = first; other < e; ++other) seen = seen || root[w.source[other]] == r;
      const bool own = plan.operand[e] >= 0 && plan.operand[e] != plan.output[r];
      if (own && !(reuses_operand && plan.operand[e] == plan.output[i])) free[free_count++] = plan.operand[e];
      if (!seen && last_use[r] == i && plan.output[r] >= 0 && !(reuses_operand && plan.output[r] == plan.output[i])) free[free_count++] = plan.output[r];
    }
    if (root[i] == i && last_use[i] == i && plan.output[i] >= 0) free[free_count++] = plan.output[i];
  }
  return plan;
}

/// A graph with a configuration, its types forgotten: what the executor and the reports read.
struct program {
  std::span<const node_info> nodes;
  std::span<const Extents> shape;
  std::span<const std::size_t> first_edge, source, first_parameter;
  std::span<const parameter_info> parameters;
  std::span<const assignment> schemes;
  std::span<const lowering_pointer> lowerings;
  std::span<const int> output, operand;
  int buffers = 0;
  std::size_t inputs = 0;
  std::int64_t parameter_floats = 0;
  std::span<const node_refusal>
      refusals{};  ///< by node: why it runs its operator all the same; empty if the execution replaces none
};

template <class G, class Config>
inline constexpr auto assignments_of = Config::template assignments<G, Config>();

/// How each node is lowered under an execution; a node that is not runs its operator on quantised operands.
template <class G, class Config, class Execution>
constexpr auto find_lowerings() {
  std::array<lowering_pointer, nodes_of<G>.size()> all{};
  if constexpr (requires { Config::template lowerings<G, Config, Execution>(); }) all = Config::template lowerings<G, Config, Execution>();
  return all;
}
template <class G, class Config, class Execution>
inline constexpr auto lowerings_of = find_lowerings<G, Config, Execution>();

/// Why nodes with schemes are not lowered under an execution that lowers products.
template <class G, class Config, class Execution>
constexpr auto find_refusals() {
  std::array<node_refusal, nodes_of<G>.size()> all{};
  if constexpr (requires { Config::template refusals<G, Config, Execution>(); })
    all = Config::template refusals<G, Config, Execution>();
  return all;
}
template <class G, class Config, class Execution>
inline constexpr auto refusals_of = find_refusals<G, Config, Execution>();

template <class G, class Config, class Execution = simulated>
inline constexpr auto planned = plan_buffers(nodes_of<G>, surveyed<G>, assignments_of<G, Config>, lowerings_of<G, Config, Execution>);

template <class G, class Config, class Execution>
constexpr program make_program() {
  constexpr const auto& w = surveyed<G>;
  constexpr const auto& plan = planned<G, Config, Execution>;
  program p{nodes_of<G>,
            w.shape,
            w.first_edge,
            w.source,
            w.first_parameter,
            w.parameters,
            assignments_of<G, Config>,
            lowerings_of<G, Config, Execution>,
            plan.output,
            plan.operand,
            plan.buffers,
            w.inputs,
            w.parameter_floats};
  if constexpr (!std::is_same_v<Execution, simulated>) p.refusals = refusals_of<G, Config, Execution>;
  return p;
}
template <class G, class Config, class Execution = simulated>
inline constexpr program program_of = make_program<G, Config, Execution>();

/// A model, its type forgotten. What it points to is the model's.
struct runnable {
  const program* plan = nullptr;
  const float* parameters = nullptr;         ///< one buffer with all of them, quantised where a scheme says so
  const replacement* replacements = nullptr;  ///< by node; null: there are none
  std::uint64_t seed = 0;
  [[nodiscard]] const replacement* replacement_at(std::size_t i) const {
    return replacements != nullptr && replacements[i] ? replacements + i : nullptr;
  }
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
