// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file native_product.hpp
/// Products on the codes of two schemes: one entry for all kernels.
#include <dyadic/kernel/bit_product.hpp>
#include <dyadic/kernel/exact_product.hpp>
#include <dyadic/kernel/fast_product.hpp>
#include <dyadic/kernel/integer_product.hpp>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// A pair and tier without a kernel. `refused` says why.
template <class X, class W>
struct no_product {
  static constexpr product_refusal refused = integer_pair<X, W>::refused;
  static constexpr bool available = false, exact = false;
  static constexpr std::string_view kernel = "none";
};

template <class X, class W, Tier T>
constexpr auto choose_product() {
  if constexpr (T == Tier::automatic || T == Tier::integer) {
    if constexpr (is_sign<X> && is_sign<W>) return std::type_identity<bit_product<X, W>>{};
    else if constexpr (integer_pair<X, W>::available) return std::type_identity<integer_product<X, W>>{};
    else return std::type_identity<no_product<X, W>>{};
  } else if constexpr (T == Tier::fast) return std::type_identity<dyadic::fast_product<X, W>>{};
  else return std::type_identity<dyadic::exact_product<X, W>>{};
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = Σ_k X(x[s, k])·W(w[n, k]) + b[n], exact sums with one rounding to float32, for weights that are packed once.
///
///     native_product<Fixed<8, 4>, Fixed<8, 6>> linear;
///     linear.pack(w, outputs, depth, depth);                                 // w[n * depth + k], raw float32: quantised here
///     std::vector<std::byte> … scratch of linear.scratch_bytes(samples) bytes, aligned to 64
///     linear(x, depth, samples, bias, y, outputs, scratch);                  // x raw float32; allocates nothing
///
/// `available`: there is a kernel for this pair and tier. `kernel`: its name, for reports. `exact`: the result is the float32 nearest
/// to the exact sum of the float32 values that `fake_quantize` gives. X and W quantise x and w as row-major tensors of shape
/// [samples, depth] and [outputs, depth]; the bias is taken as it is (null: none).
template <QuantScheme X, QuantScheme W, Tier T = Tier::automatic>
class native_product : public decltype(detail::choose_product<X, W, T>())::type {};

}  // namespace DYADIC_ISA
}  // namespace dyadic
