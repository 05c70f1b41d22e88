// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file matmul.hpp
/// Products of two computed matrices, one or many at a time: PyTorch's `matmul` (of at least two dimensions) and `bmm`.
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/product.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Everything but the last two extents.
constexpr Extents batch_of(const Extents& x) {
  Extents b;
  for (int i = 0; i + 2 < x.rank(); ++i) b.push_back(x[i]);
  return b;
}

constexpr inferred infer_matmul(const Extents& x, const Extents& y) {
  if (x.rank() < 2) return inferred::refuse(0, {dyn, y.rank() < 2 ? dyn : y.back(1)});
  if (y.rank() < 2) return inferred::refuse(1, {x.back(0), dyn});
  const inferred batch = broadcast(batch_of(x), batch_of(y));
  Extents wanted = batch.ok() ? batch_of(y) : batch.shape;
  if (!batch.ok() || !extent_fits(x.back(0), y.back(1))) {
    wanted.push_back(x.back(0) == dyn ? y.back(1) : x.back(0));
    wanted.push_back(y.back(0));
    return inferred::refuse(1, wanted);
  }
  Extents out = batch.shape;
  out.push_back(x.back(1));
  out.push_back(y.back(0));
  return out;
}

/// Calls `f(i, at_x, at_y, rows)` for every product that makes up the result: matrix `i` of it is `rows` rows, from matrix `at_x` of
/// the left operand on, times matrix `at_y` of the right one.
template <class F>
void each_product(const Extents& x, const Extents& y, const Extents& out, const F& f) {
  const Extents batch = batch_of(out), batch_x = batch_of(x), batch_y = batch_of(y);
  const std::int64_t rows = x.back(1);
  // 1. One matrix on the right: all rows on the left are samples of one product.
  if (batch_y.size() == 1 && batch_x.size() == batch.size()) {
    f(std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, batch.size() * rows);
    return;
  }
  // 2. Else a product per matrix of the result. Which operands it has: the digits of its number, those of repeated dimensions left out.
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    std::int64_t rest = i, at_x = 0, at_y = 0, step_x = 1, step_y = 1;
    for (int d = 0; d < batch.rank(); ++d) {
      const std::int64_t digit = rest % batch.back(d);
      rest /= batch.back(d);
      if (batch_x.back(d) != 1) at_x += digit * step_x;
      if (batch_y.back(d) != 1) at_y += digit * step_y;
      step_x *= batch_x.back(d);
      step_y *= batch_y.back(d);
    }
    f(i, at_x, at_y, rows);
  }
}

/// out = x · y on the last two dimensions; the others broadcast. Shapes as `infer_matmul` says.
/// @param scratch  `product_scratch(x.shape.back(0), y.shape.back(0))` floats, aligned to 64 bytes
template <class = void>
void matmul_forward(ConstView x, ConstView y, View out, std::span<float> scratch) {
  const std::int64_t depth = x.shape.back(0), columns = y.shape.back(0), rows_x = x.shape.back(1);
  if (out.size() == 0) return;
  each_product(x.shape, y.shape, out.shape, [&](std::int64_t i, std::int64_t at_x, std::int64_t at_y, std::int64_t rows) {
    multiply(x.data + at_x * rows_x * depth, y.data + at_y * depth * columns, out.data + i * rows_x * columns, rows, columns, depth, scratch);
  });
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// [..., n, k] · [..., k, m] → [..., n, m]; leading dimensions broadcast, after quantisation. The first operand takes the `data_in`
/// scheme, the second `weight`.
struct matmul {
  static constexpr op kind = op::matmul;
  static constexpr product_form product = product_form::matrices;
  static std::string name() { return "matmul"; }
  static constexpr std::array inputs{role::data_in, role::weight};
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_matmul(in[0], in[1]); }
  static constexpr std::int64_t scratch(std::span<const Extents> in) { return detail::product_scratch(in[0].back(0), in[1].back(0)); }
  template <class = void>  // compiled where it is used, not where it is included
  static void run(const arguments& a) { detail::matmul_forward(a.inputs[0], a.inputs[1], a.out, a.scratch); }
};

/// [b, n, k] · [b, k, m] → [b, n, m]; roles as those of `matmul`.
struct bmm {
  static constexpr op kind = op::bmm;
  static constexpr product_form product = product_form::matrices;
  static std::string name() { return "bmm"; }
  static constexpr std::array inputs{role::data_in, role::weight};
  static constexpr inferred infer(std::span<const Extents> in) {
    const Extents &x = in[0], &y = in[1];
    if (x.rank() != 3) return inferred::refuse(0, {dyn, dyn, y.rank() == 3 ? y[1] : dyn});
    if (y.rank() != 3 || !extent_fits(x[0], y[0]) || !extent_fits(x[2], y[1]))
      return inferred::refuse(1, {x[0], x[2], y.rank() == 3 ? y[2] : dyn});
    return Extents{x[0] == dyn ? y[0] : x[0], x[1], y[2]};
  }
  static constexpr std::int64_t scratch(std::span<const Extents> in) { return detail::product_scratch(in[0].back(0), in[1].back(0)); }
  template <class = void>  // compiled where it is used, not where it is included
  static void run(const arguments& a) { detail::matmul_forward(a.inputs[0], a.inputs[1], a.out, a.scratch); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
