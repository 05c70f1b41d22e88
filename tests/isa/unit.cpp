// SPDX-License-Identifier: BSL-1.0
// Products of many pairs of schemes, as bits. This file is compiled once for each instruction set (see CMakeLists.txt).
#include "unit.hpp"

#include <dyadic/kernel/native_product.hpp>

#include <bit>
#include <cstddef>
#include <memory>

#define DYADIC_ISA_FUNCTION2(name) products_##name
#define DYADIC_ISA_FUNCTION(name) DYADIC_ISA_FUNCTION2(name)

namespace {

using namespace dyadic;

/// The calls that are counted are those between `watch` and its end.
template <class X, class W>
void append(const inputs& in, std::vector<std::uint32_t>& bits, counter& allocations) {
  for (const auto& [samples, outputs, depth] : in.shapes) {
    native_product<X, W> product;
    product.pack(in.weights.data(), outputs, depth, depth, 3);
    const auto bytes = static_cast<std::size_t>(product.scratch_bytes(samples));
    std::vector<std::byte> memory(bytes + 64);
    const auto scratch = std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64, bytes);
    std::vector<float> y(static_cast<std::size_t>(samples * outputs));
    const std::int64_t before = allocations();
    product.pack(in.weights.data(), outputs, depth, depth, 3);
    product(in.samples.data(), depth, samples, in.biases.data(), y.data(), outputs, scratch, 5);
    product(in.samples.data(), depth, samples, in.biases.data(), y.data(), outputs, scratch, 5);
    bits.push_back(static_cast<std::uint32_t>(allocations() - before));  // main.cpp wants zeros here
    for (const float v : y) bits.push_back(std::bit_cast<std::uint32_t>(v));
  }
}

}  // namespace

std::vector<std::uint32_t> DYADIC_ISA_FUNCTION(DYADIC_ISA_LEVEL)(const inputs& in, counter& allocations) {
  std::vector<std::uint32_t> bits;
  append<Fixed<8, 4>, Fixed<8, 6>>(in, bits, allocations);
  append<Fixed<8, 4, false>, Fixed<8, 6, false>>(in, bits, allocations);
  append<Fixed<16, 10>, Fixed<12, 8>>(in, bits, allocations);
  append<MXINT8, MXINT8>(in, bits, allocations);
  append<BlockFP<8, 8>, BlockFP<4, 8>>(in, bits, allocations);
  append<MXINT8, MXFP4>(in, bits, allocations);
  append<Fixed<8, 4, false>, NVFP4>(in, bits, allocations);
  append<Scaled<SymmetricFixed<8, 0>, PerRow>, Scaled<Fixed<4, 3>, Shape<32>>>(in, bits, allocations);
  append<Fixed<8, 4>, Ternary>(in, bits, allocations);
  append<Binary, Binary>(in, bits, allocations);
  append<Affine<8, PerRow>, Affine<8, PerRow>>(in, bits, allocations);
  append<BlockFP<8, 8>, NVFP4>(in, bits, allocations);
  return bits;
}
