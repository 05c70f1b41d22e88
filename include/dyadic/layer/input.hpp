// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file input.hpp
/// Where values enter a graph.
#include <dyadic/layer/operator.hpp>

namespace dyadic {
inline namespace DYADIC_ISA {

/// A tensor that the caller gives. @tparam Extent its shape; `dyn` for an extent known only at run time (the batch).
template <std::int64_t... Extent>
struct input {
  static_assert(1 <= sizeof...(Extent) && sizeof...(Extent) <= Extents::max_rank, "dyadic::input<Extents...>: an input has 1 to 8 dimensions; write input<dyn, 8, 8>.");
  static_assert(((Extent == dyn || Extent > 0) && ...), "dyadic::input<Extents...>: every extent must be positive, or dyadic::dyn where it is known only at run time.");

  static constexpr op kind = op::input;
  static constexpr Extents shape{Extent...};
  static std::string name() { return "input<" + detail::spell_extents(shape) + ">"; }
  static constexpr std::array<role, 0> inputs{};
  static constexpr inferred infer(std::span<const Extents>) { return shape; }
  static void run(const arguments&) {}  // the executor binds the caller's memory
};

}  // namespace DYADIC_ISA
}  // namespace dyadic
