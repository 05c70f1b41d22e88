// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file permute.hpp
/// Dimensions in another order. Nothing is computed, so nothing but `data_out` can be quantised.
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>

#include <algorithm>
#include <array>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// order[i]: which dimension of the input becomes dimension i of the result.
using axis_order = std::array<int, Extents::max_rank>;

constexpr Extents permuted(const Extents& x, const axis_order& order) {
  Extents out;
  for (int i = 0; i < x.rank(); ++i) out.push_back(x[order[static_cast<std::size_t>(i)]]);
  return out;
}
constexpr axis_order same_order() {
  axis_order order{};
  for (int i = 0; i < Extents::max_rank; ++i) order[static_cast<std::size_t>(i)] = i;
  return order;
}
constexpr axis_order swapped(int a, int b) {
  axis_order order = same_order();
  std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
  return order;
}

/// @param out  of the shape `permuted(x.shape, order)`; not the memory of `x`
inline void permute_forward(ConstView x, View out, const axis_order& order) {
  const int rank = x.shape.rank();
  if (x.size() == 0) return;
  // 1. How far the input moves when dimension d of the result advances.
  axis_order axis = order;
  std::array<std::int64_t, Extents::max_rank> step{}, at{};
  for (int d = 0; d < rank; ++d) {
    std::int64_t s = 1;
    for (int i = axis[static_cast<std::size_t>(d)] + 1; i < rank; ++i) s *= x.shape[i];
    step[static_cast<std::size_t>(d)] = s;
  }
  // 2. A row of the result at a time; the leading dimensions count up as an odometer does.
  const std::int64_t row = rank == 0 ? 1 : out.shape[rank - 1], jump = rank == 0 ? 1 : step[static_cast<std::size_t>(rank - 1)];
  const float* from = x.data;
  for (float* to = out.data;;) {
    if (jump == 1) std::copy_n(from, row, to);
    else
      for (std::int64_t i = 0; i < row; ++i) to[i] = from[i * jump];
    to += row;
    int d = rank - 2;
    for (; d >= 0; --d) {
      const auto k = static_cast<std::size_t>(d);
      from += step[k];
      if (++at[k] < out.shape[d]) break;
      from -= step[k] * out.shape[d];
      at[k] = 0;
    }
    if (d < 0) return;
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Dimension i of the result is dimension `Order[i]` of the input, as PyTorch's `permute`: `permute<0, 2, 3, 1>`.
template <int... Order>
struct permute {
  static constexpr int rank = sizeof...(Order);
  static constexpr detail::axis_order order{(Order < 0 ? Order + rank : Order)...};
  static constexpr bool is_permutation() {
    unsigned seen = 0;
    for (int i = 0; i < rank; ++i) {
      const int a = order[static_cast<std::size_t>(i)];
      if (a < 0 || a >= rank) return false;
      seen |= 1U << a;
    }
    return seen == (1U << rank) - 1;
  }
  static_assert(is_permutation(), "dyadic::permute<Order...>: every dimension from 0 on must be named exactly once.");

  static constexpr op kind = op::permute;
  static std::string name() { return "permute<" + detail::spell({Order...}) + ">"; }
  static constexpr std::array inputs{role::none};
  static constexpr inferred infer(std::span<const Extents> in) {
    if (in[0].rank() == rank) return detail::permuted(in[0], order);
    Extents wanted;
    for (int i = 0; i < rank; ++i) wanted.push_back(dyn);
    return inferred::refuse(0, wanted);
  }
  static void run(const arguments& a) { detail::permute_forward(a.inputs[0], a.out, order); }
};

/// Two dimensions change places; negative ones count from the end: `transpose<-2, -1>` transposes matrices.
template <int A, int B>
struct transpose {
  static constexpr op kind = op::permute;
  static std::string name() { return "transpose<" + std::to_string(A) + ", " + std::to_string(B) + ">"; }
  static constexpr std::array inputs{role::none};
  static constexpr bool has_axes(int rank) { return -rank <= A && A < rank && -rank <= B && B < rank; }
  static_assert(has_axes(Extents::max_rank), "dyadic::transpose<A, B>: dimensions lie in [-8, 7].");
  static constexpr detail::axis_order order(int rank) { return detail::swapped(A < 0 ? A + rank : A, B < 0 ? B + rank : B); }
  static constexpr inferred infer(std::span<const Extents> in) {
    Extents x = in[0];
    if (has_axes(x.rank())) return detail::permuted(x, order(x.rank()));
    while (!has_axes(x.rank())) x.push_back(dyn);
    return inferred::refuse(0, x);
  }
  static void run(const arguments& a) { detail::permute_forward(a.inputs[0], a.out, order(a.inputs[0].shape.rank())); }
};

/// [..., s, Heads·d] → [..., Heads, s, d]: a matrix per head, for attention written as nodes.
template <std::int64_t Heads>
struct split_heads {
  static_assert(Heads > 0, "dyadic::split_heads<Heads>: Heads must be positive.");
  static constexpr op kind = op::permute;
  static std::string name() { return "split_heads<" + std::to_string(Heads) + ">"; }
  static constexpr std::array inputs{role::none};
  /// [..., s, Heads, d]
  static constexpr Extents split(const Extents& x) {
    Extents s = x;
    s[x.rank() - 1] = Heads;
    s.push_back(x.back(0) == dyn ? dyn : x.back(0) / Heads);
    return s;
  }
  static constexpr inferred infer(std::span<const Extents> in) {
    const Extents& x = in[0];
    if (x.rank() < 2 || x.rank() >= Extents::max_rank) return inferred::refuse(0, {dyn, dyn, Heads});
    if (x.back(0) != dyn && (x.back(0) == 0 || x.back(0) % Heads != 0)) {
      Extents wanted = x;
      wanted[x.rank() - 1] = (x.back(0) / Heads + 1) * Heads;
      return inferred::refuse(0, wanted);
    }
    return detail::permuted(split(x), detail::swapped(x.rank() - 2, x.rank() - 1));
  }
  static void run(const arguments& a) {
    const int rank = a.inputs[0].shape.rank();
    detail::permute_forward({a.inputs[0].data, split(a.inputs[0].shape)}, a.out, detail::swapped(rank - 2, rank - 1));
  }
};

/// [..., h, s, d] → [..., s, h·d]: the heads side by side again.
struct merge_heads {
  static constexpr op kind = op::permute;
  static std::string name() { return "merge_heads"; }
  static constexpr std::array inputs{role::none};
  static constexpr inferred infer(std::span<const Extents> in) {
    const Extents& x = in[0];
    const int rank = x.rank();
    if (rank < 3) return inferred::refuse(0, {dyn, dyn, dyn});
    Extents out;
    for (int i = 0; i < rank - 3; ++i) out.push_back(x[i]);
    out.push_back(x[rank - 2]);
    out.push_back(x[rank - 3] == dyn || x[rank - 1] == dyn ? dyn : x[rank - 3] * x[rank - 1]);
    return out;
  }
  static void run(const arguments& a) {
    const Extents& x = a.inputs[0].shape;
    const detail::axis_order order = detail::swapped(x.rank() - 3, x.rank() - 2);
    detail::permute_forward(a.inputs[0], {a.out.data, detail::permuted(x, order)}, order);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
