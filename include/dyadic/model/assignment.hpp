// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file assignment.hpp
/// Which scheme each operand of each node gets, as values. A configuration (pass/config.hpp) makes these tables at compile
/// time; the executor and the reports read them. One `scheme_info` exists per scheme, however many nodes use it.
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/storage.hpp>
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/model/lowering.hpp>
#include <dyadic/model/metadata.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace dyadic {

/// To which operators a scheme may be given: all, unless a scheme that replaces its operator specialises this.
template <class Scheme>
inline constexpr op_set operators_of = op_set::all();

inline namespace DYADIC_ISA {

/// A scheme as a value.
struct scheme_info {
  std::string_view (*name)();
  double bits_per_value;
  std::int64_t (*storage_bits)(const Extents&, const operand_axes&);   ///< real size of an operand's codes and scales
  std::int64_t (*storage_bytes)(const Extents&, const operand_axes&);  ///< the same, packed: what `encode` makes of it
  /// In place where in and out are the same memory.
  void (*quantize)(ConstView in, View out, const operand_axes& axes, std::uint64_t seed);
  op_set operators;
  bool identity;     ///< `none`: leaves values alone
  bool per_channel;  ///< only operands with an output channel can have it
};

}  // namespace DYADIC_ISA
namespace detail {
inline namespace DYADIC_ISA {

template <QuantScheme S>
constexpr bool is_per_channel() {
  if constexpr (BlockScheme<S>) return block_axis_of<typename S::shape> == block_axis::channel;
  else return false;
}
template <QuantScheme S>
constexpr scheme_info describe_scheme() {
  return {[]() -> std::string_view { return S::name(); },
          dyadic::bits_per_value<S>,
          [](const Extents& shape, const operand_axes& axes) -> std::int64_t { return storage_bits<S>(shape, axes); },
          [](const Extents& shape, const operand_axes& axes) -> std::int64_t { return storage_layout<S>(shape, axes).bytes(); },
          [](ConstView in, View out, const operand_axes& axes, std::uint64_t seed) { fake_quantize<S>(in, out, axes, seed); },
          operators_of<S>,
          std::is_same_v<S, none>,
          is_per_channel<S>()};
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// What the library knows of a scheme: a table with its functions, one for each type.
template <QuantScheme S>
inline constexpr scheme_info scheme_of = detail::describe_scheme<S>();

/// Which scheme, or null: not quantised. A plain pointer would do, but GCC under -fsanitize=undefined takes no comparison of a
/// variable's address with null for a constant.
class scheme_pointer {
 public:
  constexpr scheme_pointer() = default;
  constexpr scheme_pointer(const scheme_info& scheme) : scheme_(&scheme), set_(!scheme.identity) {}  // NOLINT: it refers to it
  constexpr const scheme_info* operator->() const { return scheme_; }
  constexpr bool operator==(std::nullptr_t) const { return !set_; }
  constexpr bool operator==(const scheme_info* other) const { return set_ && scheme_ == other; }

 private:
  const scheme_info* scheme_ = nullptr;
  bool set_ = false;
};

/// The schemes of one node by role; null: not quantised.
struct assignment {
  std::array<scheme_pointer, role_count> by_role{};
  lowering_pointer lowering;  ///< of a scheme that replaces the operator
  bool decided = false;       ///< some rule applied, if only to say `none`
  [[nodiscard]] constexpr const scheme_pointer& operator[](role r) const { return by_role[static_cast<std::size_t>(r)]; }
  [[nodiscard]] constexpr bool changes_anything() const {
    for (const scheme_pointer& s : by_role)
      if (s != nullptr) return true;
    return static_cast<bool>(lowering);
  }
};

/// The configuration of a model that nothing has quantised: what `bind` gives.
struct unquantized {
  template <class G, class Self>
  static constexpr auto assignments() {
    return std::array<assignment, detail::nodes_of<G>.size()>{};
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
