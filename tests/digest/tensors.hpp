// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file tensors.hpp
/// Tensors through the kernels: values by `fake_quantize`, codes and scales by `encode`, and what `decode`
/// makes of them.
#include "inputs.hpp"

#include <dyadic/kernel/encode.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace digest {

/// A scheme behind pointers, so that what feeds it is compiled once.
struct tensor_scheme {
  std::string_view name;
  void (*values)(std::span<const float>, std::span<float>, const dyadic::Extents&, std::uint64_t seed);
  /// The bytes of codes and scales into `h`, the values that they stand for into the second span; null for
  /// schemes without codes.
  void (*codes)(std::span<const float>, std::span<float>, const dyadic::Extents&, std::uint64_t seed,
                hash& h);
};

void add_bytes(hash& h, std::span<const std::byte> bytes);

template <class S>
void add_codes(std::span<const float> x, std::span<float> y, const dyadic::Extents& shape, std::uint64_t seed,
               hash& h) {
  const dyadic::Packed<S> p = dyadic::encode<S>(dyadic::ConstView{x.data(), shape}, seed);
  add_bytes(h, p.codes());
  if constexpr (dyadic::Packed<S>::has_scales) add_bytes(h, p.scales());
  h.add(p.tensor_scale());
  dyadic::decode(p, dyadic::View{y.data(), shape});
}
template <class S>
tensor_scheme scheme_of() {
  tensor_scheme s{S::name(), &dyadic::fake_quantize<S>, nullptr};
  if constexpr (std::same_as<S, dyadic::none> || dyadic::ElementScheme<S> || dyadic::BlockScheme<S>)
    s.codes = &add_codes<S>;
  return s;
}

/// A line for each scheme.
void add_tensors(book& b, std::span<const tensor_scheme> schemes);
template <template <class...> class List, class... S>
void add_tensors(book& b, List<S...>) {
  const tensor_scheme schemes[] = {scheme_of<S>()...};
  add_tensors(b, schemes);
}

}  // namespace digest
