// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lane_steps.hpp
/// Steps of conversions that some processors take in one instruction: signs and magnitudes, clamping, what becomes of a NaN, products
/// that are added, small tables. With each, the same on any lane.
#include <dyadic/base/bits.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {

#if defined(__clang__)
inline constexpr std::uint16_t whole_mask = 0xffff;  ///< as the compilers' own functions take a mask of 16
#else
inline constexpr std::int16_t whole_mask = -1;
#endif

/// `result`, but where `x` is NaN that NaN, quieted.
template <class V>
DYADIC_LANE V unless_nan(V x, V result) {
#if defined(__AVX512F__) && !defined(__CUDACC__)
  // One instruction, told by a table what to do with each kind of number: 2 quiets a NaN, 0 leaves the result.
  if constexpr (std::is_same_v<V, floats<16>>) return __builtin_ia32_fixupimmps512_mask(result, x, ints<16>{} + 0x22, 0, whole_mask, 4);
  else
#endif
    return from_bits<V>(select(is_nan(x), to_bits(quieted(x)), to_bits(result)));
}
/// A magnitude with the sign of `x`; a sign that it has itself is dropped.
template <class V>
DYADIC_LANE V signed_as(V x, V magnitude) {
#if defined(__AVX512F__) && !defined(__CUDACC__)
  // One instruction of three operands: where the mask has a bit, the second's, else the first's.
  if constexpr (std::is_same_v<V, floats<16>>) return (V)__builtin_ia32_pternlogd512_mask(to_bits(magnitude), to_bits(x), isplat<V>(sign_bit), 0xd8, static_cast<std::uint16_t>(whole_mask));
  else
#endif
    return from_bits<V>((to_bits(magnitude) & isplat<V>(magnitude_mask)) | (to_bits(x) & isplat<V>(sign_bit)));
}
/// The smaller of the magnitude of `x` and a positive bound. Of NaN: anything.
template <class V>
DYADIC_LANE V limited_magnitude(V x, V bound) {
#if defined(__AVX512DQ__) && !defined(__CUDACC__)
  if constexpr (std::is_same_v<V, floats<16>>) return __builtin_ia32_rangeps512_mask(x, bound, 10, x, whole_mask, 4);
  else
#endif
  {
    const ints_of<V> magnitude = to_bits(x) & isplat<V>(magnitude_mask);
    if constexpr (is_scalar<V>) return from_bits<V>(imin(magnitude, to_bits(bound)));  // no constant expression may compare a NaN
    else return min_keep_nan(bound, from_bits<V>(magnitude));  // of a NaN the bound
  }
}
/// The same, with the sign of `x`.
template <class V>
DYADIC_LANE V limited(V x, V bound) {
#if defined(__AVX512DQ__) && !defined(__CUDACC__)
  if constexpr (std::is_same_v<V, floats<16>>) return __builtin_ia32_rangeps512_mask(x, bound, 2, x, whole_mask, 4);
  else
#endif
    return signed_as(x, limited_magnitude(x, bound));
}
template <class V>
DYADIC_LANE V limited(V x, float bound) {
  return limited(x, splat<V>(bound));
}

/// `a + b` where `x` has a bit of the mask, else `a`. (Both compilers know better and make three instructions where two do.)
template <class I>
DYADIC_LANE I plus_where(I x, I mask, I a, I b) {
#if defined(__AVX512F__) && !defined(__CUDACC__)
  if constexpr (std::is_same_v<I, ints<16>>) {
#if defined(__clang__)
    I sum = a + b;
    __asm__("" : "+v"(sum));
    return select((x & mask) == I{}, a, sum);
#else
    return __builtin_ia32_paddd512_mask(a, b, a, __builtin_ia32_ptestmd512(x, mask, 0xffff));
#endif
  } else
#endif
    return select((x & mask) == I{}, a, a + b);
}

/// Whether a target multiplies and adds such lanes in one instruction.
inline namespace DYADIC_ISA {
template <class V>
inline constexpr bool fuses =
#if defined(__AVX512F__) && !defined(__CUDACC__)
    std::is_same_v<V, floats<16>>;
#elif defined(__FMA__) && !defined(__CUDACC__)
    std::is_same_v<V, floats<8>>;
#else
    false;
#endif
}
/// a·b + c of a product that is exact: one rounding, fused or not. Named, so that no compiler flag decides how fast it is.
template <class V>
DYADIC_LANE V plus_exact_product(V c, V a, V b) {
#if defined(__AVX512F__) && !defined(__CUDACC__)
  if constexpr (std::is_same_v<V, floats<16>>) return __builtin_ia32_vfmaddps512_mask(a, b, c, whole_mask, 4);
  else
#elif defined(__FMA__) && !defined(__CUDACC__)
  if constexpr (std::is_same_v<V, floats<8>>) return __builtin_ia32_vfmaddps256(a, b, c);
  else
#endif
    return a * b + c;
}

/// How many floats of a table a target looks up in one instruction, for each lane another; 0: it does not.
inline namespace DYADIC_ISA {
template <class V>
inline constexpr int table_entries =
#if defined(__AVX512F__) && !defined(__CUDACC__)
    std::is_same_v<V, floats<16>>  ? 16
    : std::is_same_v<V, floats<8>> ? 8
                                   : 0;
#elif defined(__AVX2__) && !defined(__CUDACC__)
    std::is_same_v<V, floats<8>> ? 8 : 0;
#else
    0;
#endif
}  // namespace DYADIC_ISA
/// `table[index]` for vectors that have `table_entries`.
/// @tparam N  entries, a power of two; there are at least 16 floats in memory   @param index  of which the
/// lowest log2(N) bits count
template <int N, class V>
DYADIC_LANE V looked_up_in(const float* table, ints_of<V> index) {
  static_assert(table_entries<V> != 0 && (N & (N - 1)) == 0);
  [[maybe_unused]] const auto part = [table](int first) __attribute__((always_inline)) {
    V v;
    __builtin_memcpy(&v, table + first, sizeof v);
    return v;
  };
  if constexpr (N > table_entries<V> * (table_entries<V> == 16 ? 2 : 1)) {
    const auto upper = (index & isplat<V>(N / 2)) != isplat<V>(0);
    return select(upper, looked_up_in<N / 2, V>(table + N / 2, index), looked_up_in<N / 2, V>(table, index));
  }
#if defined(__AVX512F__) && !defined(__CUDACC__)
  else if constexpr (table_entries<V> == 16 && N > 16) {
#if defined(__clang__)
    return __builtin_ia32_vpermi2varps512(part(0), index, part(16));
#else
    return __builtin_ia32_vpermt2varps512_mask(index, part(0), part(16),
                                               static_cast<std::uint16_t>(whole_mask));
#endif
  } else if constexpr (table_entries<V> == 16) {
#if defined(__clang__)
    return __builtin_ia32_permvarsf512(part(0), index);
#else
    return __builtin_ia32_permvarsf512_mask(part(0), index, part(0), static_cast<std::uint16_t>(whole_mask));
#endif
  }
#endif
#if defined(__AVX2__) && !defined(__CUDACC__)
  else
    return __builtin_ia32_permvarsf256(part(0), index);
#endif
}

}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
