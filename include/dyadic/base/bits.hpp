// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file bits.hpp
/// Lanes: a conversion is written once, for a type `V` that is either `float` (constant expressions, tails, device code) or a
/// vector of floats (bulk loops). This header has what both need: the bits of a lane, masks, min and max, shifts. It also has
/// the macros that say how lane functions are declared and what the instruction set is called, and refuses flags under which no rounding is what it
/// says.
// What these flags do cannot be undone here, and without it every bit could be another.
#if defined(__FAST_MATH__)
#error "dyadic: -ffast-math changes what a rounding means; compile the units that include dyadic without it."
#elif defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0
#error "dyadic: -ffinite-math-only turns NaN and infinity into numbers; compile the units that include dyadic without it."
#elif defined(__ASSOCIATIVE_MATH__)
#error "dyadic: -fassociative-math (a part of -funsafe-math-optimizations) takes roundings away; compile the units that include dyadic without it."
#elif defined(__RECIPROCAL_MATH__)
#error "dyadic: -freciprocal-math (a part of -funsafe-math-optimizations) rounds quotients twice; compile the units that include dyadic without it."
#elif defined(__NO_SIGNED_ZEROS__)
#error "dyadic: -fno-signed-zeros loses the sign of zeros; compile the units that include dyadic without it."
#elif defined(__USE_FAST_MATH__)
#error "dyadic: -use_fast_math takes subnormal numbers for zero and rounds quotients otherwise; compile the units that include dyadic without it."
#endif
#if defined(__FLT_EVAL_METHOD__)
#if __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "dyadic: this target computes floats with more digits than they have (FLT_EVAL_METHOD is not 0), so every rounding is two. On 32-bit x86 compile with -msse2 -mfpmath=sse."
#endif
#endif

#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

/// Between these two compilers compute what is written, whatever the flags of the unit allow. GCC tells of
/// such flags by macros, which are refused above; Clang tells of hardly any, but has a pragma against all of
/// them. Every header that computes with floats stands between them.
/// @{
#if defined(__clang__) && !defined(__CUDACC__) && \
    (defined(__x86_64__) || defined(__i386__) || defined(__aarch64__))
#define DYADIC_AS_WRITTEN_BEGIN _Pragma("float_control(precise, on, push)")
#define DYADIC_AS_WRITTEN_END _Pragma("float_control(pop)")
#else
#define DYADIC_AS_WRITTEN_BEGIN
#define DYADIC_AS_WRITTEN_END
#endif
/// @}

/// Lane functions are inlined everywhere, also at -O0: no vector crosses a call, and no symbol is left that another
/// translation unit, built for another instruction set, could be given instead of its own.
#if defined(__CUDACC__)
#define DYADIC_LANE constexpr __forceinline__
#else
#define DYADIC_LANE [[gnu::always_inline]] constexpr
#endif

/// Code that loops (kernels and all above them) lives in an inline namespace that names the instruction set, so that units
/// built with different -march flags link together and each runs its own.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VNNI__) && defined(__AVX512BF16__)
#define DYADIC_ISA_SIMD avx512vnnibf16
#elif defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VNNI__)
#define DYADIC_ISA_SIMD avx512vnni
#elif defined(__AVX512F__) && defined(__AVX512BW__)
#define DYADIC_ISA_SIMD avx512bw
#elif defined(__AVX512F__)
#define DYADIC_ISA_SIMD avx512f
#elif defined(__AVX2__)
#define DYADIC_ISA_SIMD avx2
#elif defined(__AVX__)
#define DYADIC_ISA_SIMD avx
#elif defined(__SSE4_1__)
#define DYADIC_ISA_SIMD sse4
#else
#define DYADIC_ISA_SIMD base
#endif
/// A part of the name: with fused multiply-add or without.
#if defined(__FMA__)
#define DYADIC_ISA_FMA _fma
#else
#define DYADIC_ISA_FMA
#endif
/// Parts of the name: ranges of floats, shuffles of bytes and counts of bits across a vector, or not.
/// @{
#if defined(__AVX512DQ__)
#define DYADIC_ISA_RANGE _dq
#else
#define DYADIC_ISA_RANGE
#endif
#if defined(__AVX512VBMI__)
#define DYADIC_ISA_BYTES _vbmi
#else
#define DYADIC_ISA_BYTES
#endif
#if defined(__AVX512VPOPCNTDQ__)
#define DYADIC_ISA_POPCOUNT _popcount
#else
#define DYADIC_ISA_POPCOUNT
#endif
/// @}
/// One name of six parts, each expanded first.
/// @{
#define DYADIC_PASTE2(a, b, c, d, e, f) a##b##c##d##e##f
#define DYADIC_PASTE(a, b, c, d, e, f) DYADIC_PASTE2(a, b, c, d, e, f)
/// @}
/// The name of that inline namespace.
#define DYADIC_ISA DYADIC_PASTE(isa_, DYADIC_ISA_SIMD, DYADIC_ISA_FMA, DYADIC_ISA_RANGE, DYADIC_ISA_BYTES, DYADIC_ISA_POPCOUNT)

DYADIC_AS_WRITTEN_BEGIN

static_assert(0.1 != static_cast<double>(0.1F),
              "dyadic: -fsingle-precision-constant rounds constants of type double to float; compile the "
              "units that include dyadic without it.");

namespace dyadic {
/// A lane of bits, signed and unsigned.
/// @{
using i32 = std::int32_t;
using u32 = std::uint32_t;
/// @}

namespace detail {

/// Lanes in the widest vector of floats that the target has.
#if defined(__AVX512F__)
inline namespace DYADIC_ISA {
inline constexpr int native_lanes = 16;
}
#elif defined(__AVX__)
inline namespace DYADIC_ISA {
inline constexpr int native_lanes = 8;
}
#else
inline namespace DYADIC_ISA {
inline constexpr int native_lanes = 4;
}
#endif

#if !defined(__CUDACC__)
template <class T, int N>
struct vector_of {
  typedef T type __attribute__((vector_size(sizeof(T) * N)));  // NOLINT: an alias declaration cannot depend on N here
};
template <int N>
using floats = typename vector_of<float, N>::type;
template <int N>
using ints = typename vector_of<i32, N>::type;
#endif

/// What belongs to a float lane `V`: the signed integers of its bits. The mask of a comparison is `bool` for one lane and
/// all-ones integers for a vector.
template <class V>
struct lane;
template <>
struct lane<float> {
  using ints = i32;
  using uints = u32;
  static constexpr int size = 1;
};
#if !defined(__CUDACC__)
template <int N>
struct vector_lane {
  using ints = typename vector_of<i32, N>::type;
  using uints = typename vector_of<u32, N>::type;
  static constexpr int size = N;
};
template <>
struct lane<floats<4>> : vector_lane<4> {};
template <>
struct lane<floats<8>> : vector_lane<8> {};
template <>
struct lane<floats<16>> : vector_lane<16> {};
#endif
template <class V>
using ints_of = typename lane<V>::ints;
template <class V>
using uints_of = typename lane<V>::uints;
template <class V>
inline constexpr bool is_scalar = std::is_same_v<V, float>;

template <class V>
DYADIC_LANE ints_of<V> to_bits(V x) {
  if constexpr (is_scalar<V>) return std::bit_cast<i32>(x);
  else return (ints_of<V>)x;
}
template <class V>
DYADIC_LANE V from_bits(ints_of<V> x) {
  if constexpr (is_scalar<V>) return std::bit_cast<float>(x);
  else return (V)x;
}
template <class V>
DYADIC_LANE V splat(float x) {
  if constexpr (is_scalar<V>) return x;
  else return x - V{};  // -0 stays -0, and no addition is left of it
}
template <class V>
DYADIC_LANE ints_of<V> isplat(i32 x) {
  if constexpr (is_scalar<V>) return x;
  else return ints_of<V>{} + x;
}

/// x, a number or a vector of them, as it was computed: a product stays apart from the sum that it is a term
/// of, so that no compiler fuses the two into one rounding, and a sum from the terms that are taken away from
/// it.
template <class T>
DYADIC_LANE T apart(T x) {
#if defined(__CUDACC__)
  return x;
#elif defined(__clang__)
#if defined(__FMA__) || defined(__AVX512F__)
  if (!std::is_constant_evaluated()) {
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#else
    __asm__("" : "+x"(x));
#endif
  }
#elif defined(__aarch64__)
  if (!std::is_constant_evaluated()) __asm__("" : "+w"(x));
#endif
  return x;
#else
  return __builtin_assoc_barrier(x);
#endif
}

/// `mask ? a : b`, lane by lane.
template <class M, class T>
DYADIC_LANE T select(M mask, T a, T b) {
  return mask ? a : b;
}
#if !defined(__CUDACC__) && !defined(__clang__)
// GCC 12 makes a comparison and a blend of the conditional expressions below, where every x86 has one instruction.
#if defined(__AVX512F__)
[[gnu::always_inline]] inline floats<16> vector_min(floats<16> a, floats<16> b) { return __builtin_ia32_minps512_mask(a, b, a, -1, 4); }
[[gnu::always_inline]] inline floats<16> vector_max(floats<16> a, floats<16> b) { return __builtin_ia32_maxps512_mask(a, b, a, -1, 4); }
[[gnu::always_inline]] inline ints<16> vector_min(ints<16> a, ints<16> b) { return __builtin_ia32_pminsd512_mask(a, b, a, 0xffff); }
[[gnu::always_inline]] inline ints<16> vector_max(ints<16> a, ints<16> b) { return __builtin_ia32_pmaxsd512_mask(a, b, a, 0xffff); }
#elif defined(__AVX__)
[[gnu::always_inline]] inline floats<8> vector_min(floats<8> a, floats<8> b) { return __builtin_ia32_minps256(a, b); }
[[gnu::always_inline]] inline floats<8> vector_max(floats<8> a, floats<8> b) { return __builtin_ia32_maxps256(a, b); }
#if defined(__AVX2__)
[[gnu::always_inline]] inline ints<8> vector_min(ints<8> a, ints<8> b) { return __builtin_ia32_pminsd256(a, b); }
[[gnu::always_inline]] inline ints<8> vector_max(ints<8> a, ints<8> b) { return __builtin_ia32_pmaxsd256(a, b); }
#endif
#elif defined(__SSE__)
[[gnu::always_inline]] inline floats<4> vector_min(floats<4> a, floats<4> b) { return __builtin_ia32_minps(a, b); }
[[gnu::always_inline]] inline floats<4> vector_max(floats<4> a, floats<4> b) { return __builtin_ia32_maxps(a, b); }
#if defined(__SSE4_1__)
[[gnu::always_inline]] inline ints<4> vector_min(ints<4> a, ints<4> b) { return __builtin_ia32_pminsd128(a, b); }
[[gnu::always_inline]] inline ints<4> vector_max(ints<4> a, ints<4> b) { return __builtin_ia32_pmaxsd128(a, b); }
#endif
#endif
#endif

template <class I>
DYADIC_LANE I imin(I a, I b) {
  if constexpr (requires { vector_min(a, b); }) return vector_min(a, b);
  else return a < b ? a : b;
}
template <class I>
DYADIC_LANE I imax(I a, I b) {
  if constexpr (requires { vector_max(a, b); }) return vector_max(a, b);
  else return a > b ? a : b;
}
/// The number closer to zero of `a` and the bound, keeping a NaN in `a`: one `minps`, whose second operand wins when unordered.
template <class V>
DYADIC_LANE V min_keep_nan(V a, V bound) {
  if constexpr (requires { vector_min(bound, a); }) return vector_min(bound, a);
  else return bound < a ? bound : a;
}
template <class V>
DYADIC_LANE V max_keep_nan(V a, V bound) {
  if constexpr (requires { vector_max(bound, a); }) return vector_max(bound, a);
  else return bound > a ? bound : a;
}

/// Integers to floats (rounds to nearest even) and floats to integers (towards zero; the caller keeps them in range).
template <class V>
DYADIC_LANE V to_float(ints_of<V> i) {
  if constexpr (is_scalar<V>) return static_cast<float>(i);
#if !defined(__CUDACC__)
  else return __builtin_convertvector(i, V);
#endif
}
template <class V>
DYADIC_LANE ints_of<V> to_int(V x) {
  if constexpr (is_scalar<V>) return static_cast<i32>(x);
#if !defined(__CUDACC__)
  else return __builtin_convertvector(x, ints_of<V>);
#endif
}

#if !defined(__CUDACC__)
/// A vector of floats or integers as two of doubles, half as many lanes each; and back.
template <class D>
struct two_halves {
  D low, high;
};
template <int... I, class T>
DYADIC_LANE auto as_doubles(T x, std::integer_sequence<int, I...>) {
  using element = std::remove_cvref_t<decltype(x[0])>;
  constexpr int n = sizeof...(I);
  using half = typename vector_of<element, n>::type;
  using doubles = typename vector_of<double, n>::type;
  const half low = __builtin_shufflevector(x, x, I...), high = __builtin_shufflevector(x, x, (n + I)...);
  return two_halves<doubles>{__builtin_convertvector(low, doubles), __builtin_convertvector(high, doubles)};
}
template <class T>
DYADIC_LANE auto as_doubles(T x) {
  return as_doubles(x, std::make_integer_sequence<int, static_cast<int>(sizeof(T) / 8)>{});
}
template <class D>
DYADIC_LANE auto as_floats(D x) {
  return __builtin_convertvector(x, typename vector_of<float, static_cast<int>(sizeof(D) / 8)>::type);
}
template <class D>
DYADIC_LANE auto as_integers(D x) {
  return __builtin_convertvector(x, typename vector_of<i32, static_cast<int>(sizeof(D) / 8)>::type);
}
template <class T, int... I, class H>
DYADIC_LANE T joined(H low, H high, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(low, high, I...);
}
template <class T, class H>
DYADIC_LANE T joined(H low, H high) {
  return joined<T>(low, high, std::make_integer_sequence<int, static_cast<int>(sizeof(T) / 4)>{});
}
#else
/// Device code has no vectors; the names are here so that what mentions them parses.
template <class T>
auto as_doubles(T x);
template <class D>
auto as_floats(D x);
template <class D>
auto as_integers(D x);
template <class T, class H>
T joined(H low, H high);
#endif

/// A sum modulo 2^32.
template <class I>
DYADIC_LANE I wrapping_sum(I a, I b) {
  if constexpr (std::is_same_v<I, i32>) return static_cast<i32>(static_cast<u32>(a) + static_cast<u32>(b));
#if !defined(__CUDACC__)
  else {
    using unsigned_lanes = typename vector_of<u32, static_cast<int>(sizeof(I) / 4)>::type;
    return (I)((unsigned_lanes)a + (unsigned_lanes)b);
  }
#endif
}
/// Logical shifts and unsigned comparison on the bits of signed lanes.
template <class V>
DYADIC_LANE ints_of<V> shift_right(ints_of<V> x, ints_of<V> n) {
  return (ints_of<V>)((uints_of<V>)x >> (uints_of<V>)n);
}
template <class V>
DYADIC_LANE ints_of<V> shift_left(ints_of<V> x, ints_of<V> n) {
  return (ints_of<V>)((uints_of<V>)x << (uints_of<V>)n);
}

inline constexpr i32 sign_bit = static_cast<i32>(0x80000000U);
inline constexpr i32 magnitude_mask = 0x7fffffff;
inline constexpr i32 infinity_bits = 0x7f800000;  ///< also the mask of the exponent field
inline constexpr i32 quiet_nan_bits = 0x7fc00000;
inline constexpr i32 largest_finite_bits = 0x7f7fffff;

template <class V>
DYADIC_LANE auto is_nan(V x) {
  if constexpr (is_scalar<V>) return (std::bit_cast<i32>(x) & magnitude_mask) > infinity_bits;
  else return x != x;  // NOLINT(misc-redundant-expression): true of a NaN
}
/// A quiet NaN stays itself, a signalling one is quieted: as the hardware does on any operation.
template <class V>
DYADIC_LANE V quieted(V x) {
  return from_bits<V>(to_bits(x) | isplat<V>(0x00400000));
}
/// The bits of a finite magnitude as if float32 had no smallest exponent: the low 23 hold the mantissa, the others (as a
/// signed number) the exponent plus 127, subnormals included. Zero gives an exponent below every other.
template <class V>
DYADIC_LANE ints_of<V> unbounded_bits(ints_of<V> magnitude_bits) {
  // A subnormal's bits are its significand as an integer; converting that integer finds its leading one.
  const ints_of<V> tiny = to_bits(to_float<V>(magnitude_bits)) - isplat<V>(149 << 23);
  return select(magnitude_bits < isplat<V>(0x00800000), tiny, magnitude_bits);
}

/// floor(log2 v) of a finite magnitude, from its bits. Of zero: less than of any other (-276).
template <class V>
DYADIC_LANE ints_of<V> floor_log2(ints_of<V> magnitude_bits) {
  return (unbounded_bits<V>(magnitude_bits) >> 23) - isplat<V>(127);
}

/// Added to unbounded bits it carries into the exponent from √2 on: 2^23 minus the mantissa of the first float above √2.
inline constexpr i32 past_sqrt2 = 0x4afb0c;

/// 2^k for k in [-252, 254]: exact where float32 has it, 0 or infinity only beyond its subnormals and largest power.
template <class V>
DYADIC_LANE V power_of_two(ints_of<V> k) {
  const ints_of<V> half = k >> 1;
  return from_bits<V>((half + isplat<V>(127)) << 23) * from_bits<V>((k - half + isplat<V>(127)) << 23);
}

/// 2^k for k in [-127, 127]: exact, the first being subnormal.
template <class V>
DYADIC_LANE V near_power_of_two(ints_of<V> k) {
  return from_bits<V>(imax((k + isplat<V>(127)) << 23, isplat<V>(0x00400000)));
}

/// 2^k in double, for constants: k in [-1022, 1023].
constexpr double exp2_double(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }
/// 2^k as float32; k in [-149, 127].
constexpr float exp2_float(int k) { return static_cast<float>(exp2_double(k)); }

constexpr int ceil_log2(std::uint64_t n) { return n <= 1 ? 0 : 64 - std::countl_zero(n - 1); }

/// The smallest integer type that holds `Bits` bits.
template <int Bits, bool Signed>
using least_int = std::conditional_t<
    (Bits <= 8), std::conditional_t<Signed, std::int8_t, std::uint8_t>,
    std::conditional_t<(Bits <= 16), std::conditional_t<Signed, std::int16_t, std::uint16_t>, std::conditional_t<Signed, i32, u32>>>;

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
