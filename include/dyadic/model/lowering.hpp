// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lowering.hpp
/// Putting something else in an operator's place when a model is made ("lowering"): a scheme that replaces its operator does it, and
/// native execution does.
#include <dyadic/kernel/refusal.hpp>
#include <dyadic/layer/replacement.hpp>
#include <dyadic/model/metadata.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {
struct program;
}
}  // namespace detail
inline namespace DYADIC_ISA {

/// What a lowering has to work with: a node, its parameters, and data if it asked for some.
struct lowering_request {
  const detail::program& plan;  ///< the graph under its configuration
  std::size_t node;
  std::span<const ConstView> original;    ///< parameters as they were given, in the operator's order
  std::span<const ConstView> quantized;   ///< the same as the configuration quantises them
  std::uint64_t seed;                     ///< of the model; see `detail::mix_seed`
  std::span<const ConstView> inputs;      ///< calibration: what the node reads, from predecessors already lowered. Empty if it did not ask
  std::span<const ConstView> reference;   ///< calibration: by node, its value in the float model. Empty if it did not ask
  std::span<const ConstView> parameters;  ///< of all nodes, quantised: for operators that are to be folded in
};

/// A lowered node.
struct lowered {
  replacement what;        ///< empty: the operator stays
  std::size_t folded = 0;  ///< so many of the next nodes in its chain are part of it now; they pass their input on
};

/// Why a node runs its operator although its execution replaces some, and which operand's scheme is in the
/// way (`role::none`: no operand's).
struct node_refusal {
  refusal why = refusal::none;
  role operand = role::none;
};

/// A way of lowering, as a value.
struct lowering_info {
  std::string (*name)();
  op_set operators;  ///< which it can replace; of an execution's way `refuses` says that
  bool calibrates;   ///< wants calibration data
  lowered (*make)(const lowering_request&);
  bool has_reasons = false;  ///< `refuses` is set (null is not asked for: see `scheme_pointer`)
  node_refusal (*refuses)(const operator_info&) = nullptr;  ///< why it cannot replace an operator

  /// Why an execution's way cannot replace an operator.
  [[nodiscard]] constexpr node_refusal refusal_of(const operator_info& operation) const {
    if (has_reasons) return refuses(operation);
    return {operators.contains(operation.kind) ? refusal::none : refusal::not_taken};
  }
};

/// Which lowering, or none (see `scheme_pointer` for why not a plain pointer).
class lowering_pointer {
 public:
  constexpr lowering_pointer() = default;
  constexpr lowering_pointer(const lowering_info& what) : what_(&what), set_(true) {}  // NOLINT: it refers to it
  constexpr const lowering_info* operator->() const { return what_; }
  constexpr explicit operator bool() const { return set_; }

 private:
  const lowering_info* what_ = nullptr;
  bool set_ = false;
};

/// A scheme that replaces its operator: a rule may name it alone, `by_name<"fc1", BinaryResidual<2>>`.
template <class S>
concept OpScheme = requires(const lowering_request& request) {
  { S::name() } -> std::convertible_to<std::string>;
  { S::operators } -> std::convertible_to<op_set>;
  { S::calibrates } -> std::convertible_to<bool>;
  { S::lower(request) } -> std::same_as<lowered>;
};

/// What the library knows of a scheme that replaces operators, as a table.
template <OpScheme S>
inline constexpr lowering_info lowering_of = {[]() -> std::string { return std::string(S::name()); }, S::operators, S::calibrates,
                                              &S::lower};

/// Execution in float32 with quantised values: every operator runs as itself. The default.
struct simulated {
  /// How a product of data in scheme X and weights in scheme W is lowered.
  template <class X, class W>
  static constexpr lowering_pointer product() {
    return {};
  }
};

/// As `Execution`, but that it is a mistake, found by the compiler, if a product of the graph whose operands
/// have schemes would run simulated:
///
///     const auto model = quantize<config, required<native>>(net{}, weights);
template <class Execution>
struct required : Execution {};

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

template <class Execution>
inline constexpr bool is_required = false;
template <class Execution>
inline constexpr bool is_required<required<Execution>> = true;

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
