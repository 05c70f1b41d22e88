// SPDX-License-Identifier: BSL-1.0
/// @file unit.hpp
/// The body of a translation unit that has everything in it: plain.cpp and wide.cpp differ in the name of the function only, and
/// in the flags that they are compiled with. Included once per unit, after DYADIC_ODR_NAME is defined.
#include "all_headers.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

/// Quantises `x` by scheme `S`, as elements or blocks, and appends the bits.
template <class S>
void append(const std::vector<float>& x, std::vector<std::uint32_t>& bits) {
  std::vector<float> y(x.size());
  dyadic::fake_quantize<S>(x, y, dyadic::Extents{static_cast<std::int64_t>(x.size())}, 7);
  for (const float v : y) bits.push_back(std::bit_cast<std::uint32_t>(v));
}

/// Multiplies `x` by itself, as rows of 100, and appends the bits of the exact products.
template <class Product>
void append_products(const std::vector<float>& x, std::vector<std::uint32_t>& bits) {
  struct alignas(64) line {
    std::byte bytes[64];
  };
  const auto rows = static_cast<std::int64_t>(x.size() / 100);
  Product product;
  product.pack(x.data(), rows, 100, 100);
  std::vector<line> scratch(static_cast<std::size_t>(product.scratch_bytes(rows) / 64 + 1));
  std::vector<float> y(static_cast<std::size_t>(rows * rows));
  product(x.data(), 100, rows, x.data(), y.data(), rows, {scratch[0].bytes, 64 * scratch.size()});
  for (const float v : y) bits.push_back(std::bit_cast<std::uint32_t>(v));
}

}  // namespace

std::vector<std::uint32_t> DYADIC_ODR_NAME(const std::vector<float>& x) {
  using namespace dyadic;
  std::vector<std::uint32_t> bits;
  append<Fixed<8, 4>>(x, bits);
  append<E4M3>(x, bits);
  append<LogQ<5>>(x, bits);
  append<With<Fixed<8, 4>, Round::stochastic>>(x, bits);
  append<BlockFP<8, 8>>(x, bits);
  append<MXFP8<E4M3>>(x, bits);
  append<NVFP4>(x, bits);
  append<Affine<8, Shape<16>>>(x, bits);
  append_products<exact_product<MXFP8<E4M3>, Half>>(x, bits);
  append_products<exact_product<none, none>>(x, bits);
  append_products<accumulated_product<Fixed<8, 4>, NVFP4, accumulator<Fixed<16, 8>, Overflow::wrap>>>(x, bits);
  return bits;
}
