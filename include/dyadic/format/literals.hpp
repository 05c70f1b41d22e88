// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file literals.hpp
/// `1.5_e4m3`: a literal for each format that has a name of its own, and for posits and takums of 8 and 16 bits. `using namespace dyadic::literals;`
#include <dyadic/format/binary.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
inline namespace literals {

/// A literal is a long double, rounded to nearest even as any conversion is: once. Signs are operators: `-1.5_e4m3`.
/// @{
constexpr E4M3 operator""_e4m3(long double x) { return E4M3(x); }
constexpr E4M3 operator""_e4m3(unsigned long long x) { return E4M3(x); }
constexpr E5M2 operator""_e5m2(long double x) { return E5M2(x); }
constexpr E5M2 operator""_e5m2(unsigned long long x) { return E5M2(x); }
constexpr E3M2 operator""_e3m2(long double x) { return E3M2(x); }
constexpr E3M2 operator""_e3m2(unsigned long long x) { return E3M2(x); }
constexpr E2M3 operator""_e2m3(long double x) { return E2M3(x); }
constexpr E2M3 operator""_e2m3(unsigned long long x) { return E2M3(x); }
constexpr E2M1 operator""_e2m1(long double x) { return E2M1(x); }
constexpr E2M1 operator""_e2m1(unsigned long long x) { return E2M1(x); }
constexpr Half operator""_half(long double x) { return Half(x); }
constexpr Half operator""_half(unsigned long long x) { return Half(x); }
constexpr BFloat16 operator""_bf16(long double x) { return BFloat16(x); }
constexpr BFloat16 operator""_bf16(unsigned long long x) { return BFloat16(x); }
constexpr UE4M3 operator""_ue4m3(long double x) { return UE4M3(x); }
constexpr UE4M3 operator""_ue4m3(unsigned long long x) { return UE4M3(x); }
constexpr UE5M3 operator""_ue5m3(long double x) { return UE5M3(x); }
constexpr UE5M3 operator""_ue5m3(unsigned long long x) { return UE5M3(x); }
constexpr E8M0 operator""_e8m0(long double x) { return E8M0(x); }
constexpr E8M0 operator""_e8m0(unsigned long long x) { return E8M0(x); }
constexpr NF4 operator""_nf4(long double x) { return NF4(x); }
constexpr NF4 operator""_nf4(unsigned long long x) { return NF4(x); }
constexpr IQ4NL operator""_iq4nl(long double x) { return IQ4NL(x); }
constexpr IQ4NL operator""_iq4nl(unsigned long long x) { return IQ4NL(x); }
constexpr Posit<8> operator""_posit8(long double x) { return Posit<8>(x); }
constexpr Posit<8> operator""_posit8(unsigned long long x) { return Posit<8>(x); }
constexpr Posit<16> operator""_posit16(long double x) { return Posit<16>(x); }
constexpr Posit<16> operator""_posit16(unsigned long long x) { return Posit<16>(x); }
constexpr Takum<8> operator""_takum8(long double x) { return Takum<8>(x); }
constexpr Takum<8> operator""_takum8(unsigned long long x) { return Takum<8>(x); }
constexpr Takum<16> operator""_takum16(long double x) { return Takum<16>(x); }
constexpr Takum<16> operator""_takum16(unsigned long long x) { return Takum<16>(x); }
constexpr Binary operator""_binary(unsigned long long x) { return Binary(x); }
constexpr Ternary operator""_ternary(unsigned long long x) { return Ternary(x); }
/// @}

}  // namespace literals
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
