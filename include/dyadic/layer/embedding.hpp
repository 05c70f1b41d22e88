// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file embedding.hpp
/// Learned tensors that enter a graph as values: rows of a table, looked up, and one tensor as it is (positions).
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>

#include <algorithm>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// @param indices  whole numbers, as floats (exact to 2^24)   @param table  [entries, size]   @param out  [indices…, size]
/// @throws error if an index is no row of the table
inline void embedding_forward(ConstView indices, ConstView table, View out) {
  const std::int64_t entries = table.shape[0], size = table.shape[1];
  float* to = out.data;
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    const float index = indices.data[i];
    if (!(index >= 0.0f && index < static_cast<float>(entries)) || static_cast<float>(static_cast<std::int64_t>(index)) != index)
      throw error("an embedding of " + std::to_string(entries) + " entries was asked for entry " + std::to_string(index) +
                  "; an index is a whole number from 0 to " + std::to_string(entries - 1) + ".");
    to = std::copy_n(table.data + static_cast<std::int64_t>(index) * size, size, to);
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// [...] of indices → [..., Size]: row `index` of `weight`, [Entries, Size]. The indices are never quantised.
/// A run throws `error` for an index that is no row.
template <std::int64_t Entries, std::int64_t Size>
struct embedding {
  static_assert(Entries > 0 && Size > 0, "dyadic::embedding<Entries, Size>: Entries and Size must be positive.");
  static_assert(Entries <= std::int64_t{1} << 24,
                "dyadic::embedding<Entries, Size>: indices are floats, exact up to 2^24 entries; split the table.");
  static constexpr op kind = op::embedding;
  static std::string name() { return "embedding<" + std::to_string(Entries) + ", " + std::to_string(Size) + ">"; }
  static constexpr std::array inputs{role::none};
  static constexpr std::array parameters{parameter{"weight", role::weight, {Entries, Size}}};
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents out = in[0];
    if (out.rank() == Extents::max_rank) return inferred::refuse(0, {dyn});
    out.push_back(Size);
    return out;
  }
  static void run(const arguments& a) { detail::embedding_forward(a.inputs[0], a.parameters[0], a.out); }
};

/// A learned tensor as a value, such as the positions of a transformer: node<"pos", learned<16, 32>>. It has no inputs; in files it
/// is named as the node. Its role is `weight`: it is stored like one, and quantised once. What reads it may quantise it again, as any value.
template <std::int64_t... Extent>
struct learned {
  static_assert(1 <= sizeof...(Extent) && sizeof...(Extent) <= Extents::max_rank,
                "dyadic::learned<Extents...>: a tensor has 1 to 8 dimensions.");
  static_assert(((Extent > 0) && ...), "dyadic::learned<Extents...>: every extent must be positive; a learned tensor has no batch.");
  static constexpr op kind = op::parameter;
  static constexpr Extents shape{Extent...};
  static std::string name() { return "learned<" + detail::spell({Extent...}) + ">"; }
  static constexpr std::array<role, 0> inputs{};
  static constexpr std::array parameters{parameter{"", role::weight, shape}};
  static constexpr inferred infer(std::span<const Extents>) { return shape; }
  static void run(const arguments& a) { std::copy_n(a.parameters[0].data, a.out.size(), a.out.data); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
