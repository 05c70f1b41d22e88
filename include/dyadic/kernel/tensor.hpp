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
