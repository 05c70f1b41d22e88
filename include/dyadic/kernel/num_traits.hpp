// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file num_traits.hpp
/// The library's numbers as scalars of Eigen: `Eigen::Matrix<Fixed<8, 4>, …>` stores them and works coefficient by coefficient.
/// Each operation rounds once to the format, whatever the compiler, its flags or the matrix' size.
///
///     Eigen::Matrix<E4M3, 2, 2> a = x.cast<E4M3>();     // from float: nearest even, saturating
///     a = a.cwiseProduct(a) + a;                        // two roundings a coefficient
///     Eigen::Matrix2f back = a.cast<float>();           // exact up to 24 bits
///
/// Never a matrix product: Eigen's keeps the scalar's type, so that every partial sum is rounded to the format, in an order that
/// depends on size and flags. `Product` of such matrices does not compile. Products of tensors in a format are the business of
/// dyadic's operators; for small ones write `a.cast<float>() * b.cast<float>()`. (`sum()` rounds at every addition too: cast first.)
#include <dyadic/format/limits.hpp>
#include <dyadic/format/number.hpp>

#include <Eigen/Core>
#include <limits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

namespace detail {
template <class T>
inline constexpr bool is_multiplied_by_eigen = false;
}

}  // namespace dyadic

template <dyadic::Number T>
struct Eigen::NumTraits<T> {
  using Real = T;
  using NonInteger = T;
  using Nested = T;
  using Literal = T;
  enum {
    IsInteger = 0,
    IsComplex = 0,
    IsSigned = std::numeric_limits<T>::is_signed ? 1 : 0,
    RequireInitialization = 1,  // a new matrix holds T(): zeros, or the +1 of Binary
    ReadCost = 1,
    AddCost = 16,  // exact, then rounded
    MulCost = 16
  };
  static constexpr T epsilon() { return std::numeric_limits<T>::epsilon(); }
  /// The step above 1 at which `isApprox` takes two values for one.
  static constexpr T dummy_precision() { return epsilon(); }
  static constexpr T highest() { return std::numeric_limits<T>::max(); }
  static constexpr T lowest() { return std::numeric_limits<T>::lowest(); }
  static constexpr T infinity() { return std::numeric_limits<T>::infinity(); }
  static constexpr T quiet_NaN() { return std::numeric_limits<T>::quiet_NaN(); }
  static constexpr int digits() { return std::numeric_limits<T>::digits; }
  static constexpr int digits10() { return std::numeric_limits<T>::digits10; }
  static constexpr int max_digits10() { return std::numeric_limits<T>::max_digits10; }
};

/// A product of matrices of numbers is a mistake: stopped here, with the reason.
template <class Left, class Right, int Option>
  requires dyadic::Number<typename Left::Scalar>
struct Eigen::internal::traits<Eigen::Product<Left, Right, Option>> {
  static_assert(dyadic::detail::is_multiplied_by_eigen<Left>,
                "dyadic: Eigen's matrix product would round every partial sum to the format, in an order that depends on size and flags. "
                "Write a.cast<float>() * b.cast<float>(), or cwiseProduct for coefficients.");
};

DYADIC_AS_WRITTEN_END
