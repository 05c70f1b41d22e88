// SPDX-License-Identifier: BSL-1.0
// Products of many pairs of schemes, as bits. This file is compiled once for each instruction set (see CMakeLists.txt).
#include "unit.hpp"

#include <dyadic/format/binary.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/kernel/native_product.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/softmax.hpp>

#include <bit>
#include <cstddef>
#include <memory>

#define DYADIC_ISA_FUNCTION2(what, name) what##_##name
#define DYADIC_ISA_FUNCTION(what, name) DYADIC_ISA_FUNCTION2(what, name)

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

/// An operator of values of the samples, its parameters of the weights.
template <class O>
void append(const inputs& in, std::vector<std::uint32_t>& bits) {
  const Extents shape{1, 6, 25, 38};
  std::vector<ConstView> own;
  for (const parameter& p : operator_of<O>.parameters)
    own.push_back({in.weights.data() + 100 * own.size(), p.shape});
  const ConstView x{in.samples.data(), shape};
  const inferred answer = O::infer({&shape, 1});
  std::vector<float> y(static_cast<std::size_t>(answer.shape.size()));
  O::run({{&x, 1}, own, {y.data(), answer.shape}, {}});
  for (const float v : y) bits.push_back(v != v ? 0x7fc00000 : std::bit_cast<std::uint32_t>(v));
}

}  // namespace

std::vector<std::uint32_t> DYADIC_ISA_FUNCTION(functions, DYADIC_ISA_LEVEL)(const inputs& in) {
  std::vector<std::uint32_t> bits;
  append<selu>(in, bits);
  append<activation<op::tanh>>(in, bits);
  append<gelu>(in, bits);
  append<gelu_tanh>(in, bits);
  append<softsign>(in, bits);
  append<softplus>(in, bits);
  append<silu>(in, bits);
  append<softmax>(in, bits);
  append<softmax_over<1>>(in, bits);
  append<layer_norm<38>>(in, bits);
  append<rms_norm<38>>(in, bits);
  append<group_norm<2, 6>>(in, bits);
  append<instance_norm2d<6>>(in, bits);
  append<batch_norm2d<6>>(in, bits);
  append<mean<-1>>(in, bits);
  append<mean<1>>(in, bits);
  append<avg_pool2d<3, stride<2>>>(in, bits);
  append<adaptive_avg_pool2d<5, 19>>(in, bits);
  return bits;
}

std::vector<std::uint32_t> DYADIC_ISA_FUNCTION(products, DYADIC_ISA_LEVEL)(const inputs& in,
                                                                           counter& allocations) {
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
