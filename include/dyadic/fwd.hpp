// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file fwd.hpp
/// Names of the formats without their definitions, for headers that only mention them. Template arguments have to be spelled
/// out in full until the format's own header is included, which supplies the defaults.
#include <cstdint>

namespace dyadic {

enum class Round;
enum class Overflow;
enum class ScaleRule;
enum class Specials;

template <int W, int F, bool Signed>
class Fixed;
template <int W, int F>
class SymmetricFixed;
template <int N, int F>
class SignMagnitude;
template <int E, int M, int Bias, Specials S>
class Minifloat;
template <int E, int M, int Bias, Specials S>
class UnsignedMinifloat;
template <int E, int M, int Bias>
class MinifloatDenorm;
template <int W, int Bias>
class LogQ;
class Binary;
class Ternary;
template <auto Levels>
class Codebook;
template <int N, int ES>
class Posit;
template <int N>
class Takum;
struct E8M0;
struct none;
class NVFP4;
class FourOverSix;
class IF4;
template <std::int64_t... D>
struct Shape;

}  // namespace dyadic
