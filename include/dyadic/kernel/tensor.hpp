// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file tensor.hpp
/// Tensors as users hold them (Eigen), and the plain views through which kernels see them.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/extents.hpp>

#include <span>
#include <type_traits>
// Eigen's products too shall compute what is written. (Where a unit includes Eigen first, `product.hpp` asks
// whether they do.)
DYADIC_AS_WRITTEN_BEGIN
#include <unsupported/Eigen/CXX11/Tensor>
DYADIC_AS_WRITTEN_END

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// A row-major float32 tensor of rank `R`, dense and owning.
template <int R>
using Tensor = Eigen::Tensor<float, R, Eigen::RowMajor>;

/// A read-only look at a dense row-major float32 tensor: kernels take this, so that they are compiled once, whatever the rank.
struct ConstView {
  const float* data = nullptr;
  Extents shape{};
  [[nodiscard]] std::int64_t size() const { return shape.size(); }
  /// (A template, as are others that make a span: compilers take 8 ms to find out that a pointer is an iterator, and need not at every include.)
  template <class Float = const float>
  [[nodiscard]] std::span<Float> span() const {
    return {data, static_cast<std::size_t>(size())};
  }
};

/// The same, writable.
struct View {
  float* data = nullptr;
  Extents shape{};
  [[nodiscard]] std::int64_t size() const { return shape.size(); }
  template <class Float = float>
  [[nodiscard]] std::span<Float> span() const {
    return {data, static_cast<std::size_t>(size())};
  }
  operator ConstView() const { return {data, shape}; }  // NOLINT: a view may always be read
};

/// An Eigen tensor or a map of one: row-major, float or const float.
template <class T>
concept TensorLike = requires(const std::remove_cvref_t<T>& t) {
  { t.data() } -> std::convertible_to<const float*>;
  t.dimensions();
  requires std::remove_cvref_t<T>::Layout == static_cast<int>(Eigen::RowMajor);
};

/// Rank and dimensions of an Eigen tensor.
template <TensorLike T>
[[nodiscard]] Extents extents(const T& tensor) {
  static_assert(T::NumIndices <= Extents::max_rank,
                "dyadic::extents: tensors of rank 9 and more are not supported; reshape to at most 8 dimensions.");
  Extents e;
  for (int i = 0; i < static_cast<int>(T::NumIndices); ++i)
    e.push_back(static_cast<std::int64_t>(tensor.dimensions()[static_cast<std::size_t>(i)]));
  return e;
}

/// The view of an Eigen tensor; it must outlive the view.
template <TensorLike T>
[[nodiscard]] ConstView view(const T& tensor) {
  return {tensor.data(), extents(tensor)};
}
template <int R>
ConstView view(Tensor<R>&&) = delete;  // it would look at a tensor that is gone
/// The same for writing: of a tensor that is not const.
template <TensorLike T>
requires requires(T& t) {
  { t.data() } -> std::convertible_to<float*>;
}
[[nodiscard]] View mutable_view(T& tensor) { return {tensor.data(), extents(tensor)}; }

namespace detail {

/// The rank of an Eigen expression.
template <class Expression>
inline constexpr int rank_of = Eigen::internal::traits<std::remove_const_t<Expression>>::NumDimensions;

template <int Rank, int Given>
struct rank_mismatch {
  static_assert(Rank == Given,
                "dyadic::Tensor<Rank>: a tensor cannot be made of one of another rank, nor computed with one (the "
                "type rank_mismatch<Rank, Given> has both). Declare it with the rank of what it is given, such as "
                "Tensor<2> y = model(x), or reshape.");
};
/// A variable, so that the compiler goes on and prints one error.
template <class A, class B>
inline constexpr std::size_t refused_rank = sizeof(rank_mismatch<rank_of<A>, rank_of<B>>);

}  // namespace detail

/// A zeroed tensor of the given extents. @throws error if the rank is not `R`, or an extent is negative
template <int R>
[[nodiscard]] Tensor<R> make_tensor(const Extents& shape) {
  detail::require_known("make_tensor", shape);
  if (shape.rank() != R)
    throw error("a tensor of shape " + shape.text() + " has rank " + std::to_string(shape.rank()) + ", but rank " + std::to_string(R) +
                " is wanted here.");
  Eigen::array<Eigen::Index, static_cast<std::size_t>(R)> d{};
  for (int i = 0; i < R; ++i) d[static_cast<std::size_t>(i)] = static_cast<Eigen::Index>(shape[i]);
  Tensor<R> t(d);
  t.setZero();
  return t;
}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END

// Eigen takes a tensor for one of any other rank and reads beyond its dimensions. How it evaluates such
// expressions is defined here, so that the compiler stops; but for the sentence, as with equal ranks.
namespace Eigen {

template <class Left, class Right, class Device>
requires(dyadic::detail::rank_of<Left> != dyadic::detail::rank_of<Right>)
struct TensorEvaluator<const TensorAssignOp<Left, Right>, Device>
    : TensorEvaluator<const TensorAssignOp<Left, const Left>, Device> {
  using Same = TensorAssignOp<Left, const Left>;
  TensorEvaluator(const TensorAssignOp<Left, Right>& op, const Device& device)
      : TensorEvaluator<const Same, Device>(Same(op.lhsExpression(), op.lhsExpression()), device) {
    static_cast<void>(dyadic::detail::refused_rank<Left, Right>);
  }
};
template <class Op, class Left, class Right, class Device>
requires(dyadic::detail::rank_of<Left> != dyadic::detail::rank_of<Right>)
struct TensorEvaluator<const TensorCwiseBinaryOp<Op, Left, Right>, Device>
    : TensorEvaluator<const TensorCwiseBinaryOp<Op, Left, Left>, Device> {
  using Same = TensorCwiseBinaryOp<Op, Left, Left>;
  TensorEvaluator(const TensorCwiseBinaryOp<Op, Left, Right>& op, const Device& device)
      : TensorEvaluator<const Same, Device>(
            Same(op.lhsExpression(), op.lhsExpression(), op.functor()), device) {
    static_cast<void>(dyadic::detail::refused_rank<Left, Right>);
  }
};

}  // namespace Eigen
