// SPDX-License-Identifier: BSL-1.0
/// @file hardware.cpp
/// float32 to binary16 and bfloat16 by Eigen's own types and by the processor's instructions, where it has them.
#include "exhaustive/subject.hpp"

#include <Eigen/Core>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace exhaustive {
namespace {

template <class F>
void ours(std::span<const float> in, std::span<std::uint16_t> out) {
  using S = dyadic::With<F, dyadic::Round::nearest_even, dyadic::Overflow::special>;
  thread_local dyadic::Packed<S> packed;
  dyadic::encode<S>(dyadic::ConstView{in.data(), {static_cast<std::int64_t>(in.size())}}, packed);
  std::memcpy(out.data(), packed.codes().data(), packed.codes().size());
}
template <class E>
void eigen(std::span<const float> in, std::span<std::uint16_t> out) {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = Eigen::numext::bit_cast<std::uint16_t>(E(in[i]));
}

#if defined(__x86_64__)
__attribute__((target("avx,f16c"))) void f16c(std::span<const float> in, std::span<std::uint16_t> out) {
  std::size_t i = 0;
  for (; i + 8 <= in.size(); i += 8) {
    const __m128i h = _mm256_cvtps_ph(_mm256_loadu_ps(in.data() + i), _MM_FROUND_TO_NEAREST_INT);
    std::memcpy(out.data() + i, &h, sizeof h);
  }
  for (; i < in.size(); ++i)
    out[i] = static_cast<std::uint16_t>(_mm_cvtsi128_si32(_mm_cvtps_ph(_mm_set_ss(in[i]), _MM_FROUND_TO_NEAREST_INT)));
}
__attribute__((target("avx512f,avx512vl,avx512bf16"))) void avx512_bf16(std::span<const float> in, std::span<std::uint16_t> out) {
  for (std::size_t i = 0; i < in.size(); i += 8) {
    float x[8]{};
    const std::size_t n = in.size() - i < 8 ? in.size() - i : 8;
    std::memcpy(x, in.data() + i, n * sizeof(float));
    const __m128bh h = _mm256_cvtneps_pbh(_mm256_loadu_ps(x));
    std::memcpy(out.data() + i, &h, n * sizeof(std::uint16_t));
  }
}
#endif

}  // namespace

std::vector<CrossCheck> cross_checks() {
  std::vector<CrossCheck> r;
  r.push_back({"Half, Eigen::half", true, false, &eigen<Eigen::half>, &ours<dyadic::Half>, 0x7c00});
  r.push_back({"BFloat16, Eigen::bfloat16", true, false, &eigen<Eigen::bfloat16>, &ours<dyadic::BFloat16>, 0x7f80});
#if defined(__x86_64__)
  // F16C has no flag of its own in __builtin_cpu_supports of older compilers; every processor with AVX2 has it.
  r.push_back({"Half, instruction vcvtps2ph (F16C)", __builtin_cpu_supports("avx2") != 0, false, &f16c, &ours<dyadic::Half>, 0x7c00});
  // This instruction takes subnormal inputs for zero, whatever the control register says.
  r.push_back({"BFloat16, instruction vcvtneps2bf16 (AVX512_BF16)", __builtin_cpu_supports("avx512bf16") != 0, true, &avx512_bf16,
               &ours<dyadic::BFloat16>, 0x7f80});
#endif
  return r;
}

}  // namespace exhaustive
