// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file random_lanes.hpp
/// `random_bits` for a vector of neighbouring indices: the same bits, a lane each.
#include <dyadic/base/random.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/kernel/lanes.hpp>

#include <cstdint>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

typedef u32 uvec __attribute__((vector_size(4 * native_lanes)));                // NOLINT: attributes need a typedef
typedef std::uint64_t wide_vec __attribute__((vector_size(4 * native_lanes)));  // NOLINT: half as many lanes

/// Products of the even lanes, in 64 bits each.
[[gnu::always_inline]] inline wide_vec multiply_even(uvec a, uvec b) {
#if defined(__AVX512F__)
  return (wide_vec)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (wide_vec)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__) && !defined(__AVX__)
  return (wide_vec)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  const wide_vec low = wide_vec{} + 0xffffffffU;
  return ((wide_vec)a & low) * ((wide_vec)b & low);
#endif
}

/// The definition's ten rounds of Philox-2x32, lane by lane. @param index  of the first lane
[[gnu::always_inline]] inline ivec random_vector(std::uint64_t seed, std::uint64_t index) {
  uvec lane{};
  for (u32 i = 0; i < native_lanes; ++i) lane[i] = i;
  u32 key = static_cast<u32>(seed);
  uvec left = lane + static_cast<u32>(index);
  // the high word counts on where the low one has passed its end
  const uvec high = uvec{} + static_cast<u32>(index >> 32) - (uvec)(left < lane);
  uvec right = high ^ (static_cast<u32>(seed >> 32) * 0x9E3779B9U);
  const uvec factor = uvec{} + 0xD256D193U;
  const wide_vec upper = wide_vec{} + 0xffffffff00000000U;
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const wide_vec even = multiply_even(left, factor), odd = multiply_even((uvec)((wide_vec)left >> 32), factor);
    const uvec product_high = (uvec)((even >> 32) | (odd & upper)), product_low = (uvec)((even & ~upper) | (odd << 32));
    left = product_high ^ right ^ key;
    right = product_low;
    key += 0x9E3779B9U;
  }
  return (ivec)left;
}

/// Random bits for the lanes at `index` and after, for schemes that take them.
template <class S>
[[gnu::always_inline]] inline ivec random_lanes([[maybe_unused]] std::uint64_t seed, [[maybe_unused]] std::int64_t index) {
  if constexpr (uses_random<S>) return random_vector(seed, static_cast<std::uint64_t>(index));
  else return ivec{};
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
