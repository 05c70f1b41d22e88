// SPDX-License-Identifier: BSL-1.0
/// @file conversions.cu
/// All of format/ parses as CUDA, and its definitions are device code: kernels that convert float32 values, alone, to codes and back, and in blocks. That they
/// compile for the device is the test; the bits are those of the host's float lane, for it is the same function.
#include <dyadic/format/accumulator.hpp>
#include <dyadic/format/binary.hpp>
#include <dyadic/format/block.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/element.hpp>
#include <dyadic/format/exact.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/grid.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/mase.hpp>
#include <dyadic/format/mase_blocks.hpp>
#include <dyadic/format/mase_elements.hpp>
#include <dyadic/format/mase_rounding.hpp>
#include <dyadic/format/mase_statistics.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/number.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scale.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/shape.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/storage.hpp>

namespace {

using namespace dyadic;

template <class Format>
__global__ void quantize(const float* in, float* out, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) out[i] = detail::quantize_lanes<Format, float>(in[i], 0);
}

template <class Format>
__global__ void encode(const float* in, typename Format::code_type* codes, float* back, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= n) return;
  codes[i] = Format::encode(in[i]);
  back[i] = Format::decode(codes[i]);
}

/// A thread per block of `length` neighbours.
template <class Scheme>
__global__ void quantize_blocks(const float* in, float* out, int blocks, int length) {
  const int b = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (b >= blocks) return;
  detail::peak largest;
  for (int i = 0; i < length; ++i) largest.see(in[b * length + i]);
  const auto factors = Scheme::template fit_lanes<float>(largest.bits, 1.0F);
  for (int i = 0; i < length; ++i) out[b * length + i] = Scheme::template apply<float>(in[b * length + i], factors, 0);
}

/// A thread per block, with parameters that `fit` measures from a span: schemes of other scales than powers of two.
template <class Scheme>
__global__ void quantize_fitted(const float* in, float* out, int blocks, typename Scheme::parameters p, int length) {
  const int b = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (b >= blocks) return;
  for (int i = 0; i < length; ++i) out[b * length + i] = Scheme::template apply<float>(in[b * length + i], p, 0);
}

template <class Format>
void launch_element(const float* in, float* out, typename Format::code_type* codes, int n) {
  quantize<Format><<<(n + 255) / 256, 256>>>(in, out, n);
  encode<Format><<<(n + 255) / 256, 256>>>(in, codes, out, n);
}
template <class Scheme>
void launch_blocks(const float* in, float* out, int blocks, int length) {
  quantize_blocks<Scheme><<<(blocks + 255) / 256, 256>>>(in, out, blocks, length);
}

template <class Scheme>
void launch_fitted(const float* in, float* out, int blocks, int length) {
  quantize_fitted<Scheme><<<(blocks + 255) / 256, 256>>>(in, out, blocks, Scheme::parameters_of(0x3f800000, 1.0F), length);
}

template <class... Format>
void launch_elements(const float* in, float* out, void* codes, int n) {
  (launch_element<Format>(in, out, static_cast<typename Format::code_type*>(codes), n), ...);
}

}  // namespace

void launch_all(const float* in, float* out, void* codes, int n) {
  launch_elements<Fixed<8, 4>, Fixed<16, 8>, Fixed<4, 2, false>, SymmetricFixed<8, 6>, SignMagnitude<8, 6>, E4M3, E5M2, E3M2, E2M3, E2M1, Half,
                  BFloat16, Minifloat<4, 3, 8, Specials::fnuz>, MinifloatDenorm<4, 3>, LogQ<8>, LogQ<4, 5>, Binary, Ternary,
                  With<E4M3, Round::toward_zero>, With<Fixed<8, 4>, Round::nearest_even, Overflow::wrap>>(in, out, codes, n);
  launch_blocks<BlockFP<8, 8>>(in, out, n / 16, 16);
  launch_blocks<BlockMinifloat<4, 3, 8>>(in, out, n / 16, 16);
  launch_blocks<BlockLog<5, 8>>(in, out, n / 16, 16);
  launch_blocks<MXFP8<>>(in, out, n / 32, 32);
  launch_blocks<MXFP4>(in, out, n / 32, 32);
  launch_blocks<MXINT8>(in, out, n / 32, 32);
  launch_fitted<NVFP4>(in, out, n / 16, 16);
  launch_fitted<Scaled<Fixed<8, 7>, PerRow>>(in, out, n / 16, 16);
  launch_fitted<Affine<8>>(in, out, n / 16, 16);
}
