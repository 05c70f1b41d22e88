// SPDX-License-Identifier: BSL-1.0
/// @file constexpr_test.cpp
/// One definition: what the compiler computes in a constant expression is what the program computes, bit by bit.
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>

#include "support/formats.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>

namespace {

using namespace dyadic;

constexpr std::array<u32, 32> inputs = {0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800001, 0x3fb504f3,
                                        0x3fb504f4, 0x40490fdb, 0xc0e80000, 0x3d4ccccd, 0x43e00000, 0x43e88000, 0x47700000, 0xff7fffff,
                                        0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, 0x3f000000, 0xbf000001,
                                        0x3dc00000, 0x3e200000, 0x2edbe6ff, 0xcb18967f, 0x4b7fffff, 0x4f7fffff, 0x33d6bf95, 0xb58637bd};

/// What a format makes of the inputs, as bits.
template <class S>
struct Made {
  std::array<u32, inputs.size()> codes{}, values{}, decoded{};
  friend bool operator==(const Made&, const Made&) = default;
};
template <class S>
constexpr Made<S> make(const std::array<u32, inputs.size()>& in) {
  Made<S> r;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float x = std::bit_cast<float>(in[i]);
    const auto random = static_cast<i32>(random_bits(3, i));
    r.codes[i] = static_cast<u32>(detail::encode_one<S>(x, random));
    r.values[i] = std::bit_cast<u32>(detail::quantize_lanes<S, float>(x, random));
    r.decoded[i] = std::bit_cast<u32>(S::decode(detail::encode_one<S>(x, random)));
  }
  return r;
}

/// The inputs as the optimiser cannot know them.
[[gnu::noinline]] std::array<u32, inputs.size()> opaque() {
  std::array<u32, inputs.size()> r{};
  for (std::size_t i = 0; i < r.size(); ++i) {
    const volatile u32 v = inputs[i];
    r[i] = v;
  }
  return r;
}

template <class S>
void same() {
  constexpr Made<S> compiled = make<S>(inputs);
  const Made<S> computed = make<S>(opaque());
  EXPECT_TRUE(compiled == computed) << S::name();
}
template <class... S>
void all_same(subjects::list<S...>) {
  (same<S>(), ...);
}

TEST(Constexpr, ElementsAreTheSameAtRunTime) {
  all_same(subjects::list<Fixed<8, 4>, Fixed<8, -95>, Fixed<24, 12>, Fixed<32, 16>, SymmetricFixed<8, 6>, SignMagnitude<4, 2>, E4M3, E5M2,
                          E2M1, Half, BFloat16, Minifloat<4, 3>, Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<5, 0>, Minifloat<4, 3, 141>,
                          Minifloat<8, 23, 127, Specials::ieee>, MinifloatDenorm<4, 3>, LogQ<4>, LogQ<8, 150>, Binary, Ternary,  //
                          Minifloat<4, 3, 8, Specials::extended>, UE4M3, UE5M3, E8M0, UnsignedMinifloat<4, 3, 141>,
                          UnsignedMinifloat<8, 7, 127, Specials::ieee>,  //
                          Posit<8>, Posit<16>, Takum<8>, Takum<16>, Takum<3>, NF4, Codebook<codebooks::four>,
                          Codebook<codebooks::geometric>>{});
}
TEST(Constexpr, PoliciesOfP3109AreTheSameAtRunTime) {
  using Extended = Minifloat<4, 3, 8, Specials::extended>;
  all_same(subjects::list<With<Extended, Round::up, Overflow::propagate>, With<UE5M3, Round::to_odd, Overflow::infinity>,
                          With<E8M0, Round::down, Overflow::special>, With<E4M3, stochastic_a<8>>,
                          With<Extended, stochastic_b<3>, Overflow::infinity>, With<E8M0, stochastic_c<5>>,
                          With<Fixed<32, 16>, stochastic_c<30>>>{});
}
TEST(Constexpr, PoliciesAreTheSameAtRunTime) {
  all_same(subjects::list<With<Fixed<8, 4>, Round::down, Overflow::wrap>, With<Fixed<32, 16>, Round::stochastic>,
                          With<E4M3, Round::stochastic>, With<E5M2, Round::up, Overflow::special>,
                          With<E4M3, Round::to_odd, Overflow::special>, With<Half, Round::nearest_away>, With<LogQ<4>, Round::toward_zero>,
                          With<Binary, Round::stochastic>, With<Ternary, Round::stochastic>, With<Posit<8>, Round::down>,
                          With<Posit<16>, Round::stochastic>, With<Takum<16>, Round::stochastic>,
                          With<Takum<8>, Round::up, Overflow::special>, With<NF4, Round::stochastic>, With<NF4, Round::to_odd>>{});
}

template <class F>
constexpr std::array<u32, 4 * 64> arithmetic(const std::array<u32, inputs.size()>& in) {
  std::array<u32, 4 * 64> r{};
  for (std::size_t i = 0; i < 64; ++i) {
    const F a = F(std::bit_cast<float>(in[i % 32])), b = F(std::bit_cast<float>(in[i * 7 % 32]));
    r[4 * i] = static_cast<u32>((a + b).to_bits());
    r[4 * i + 1] = static_cast<u32>((a - b).to_bits());
    r[4 * i + 2] = static_cast<u32>((a * b).to_bits());
    r[4 * i + 3] = static_cast<u32>((a / b).to_bits());
  }
  return r;
}
template <class F>
void same_arithmetic() {
  constexpr auto compiled = arithmetic<F>(inputs);
  EXPECT_EQ(compiled, arithmetic<F>(opaque())) << F::name();
}
TEST(Constexpr, ArithmeticIsTheSameAtRunTime) {
  same_arithmetic<Fixed<8, 4>>();
  same_arithmetic<E4M3>();
  same_arithmetic<E5M2>();
  same_arithmetic<LogQ<8>>();
  same_arithmetic<Posit<8>>();
  same_arithmetic<Takum<16>>();
  same_arithmetic<NF4>();
  same_arithmetic<Minifloat<8, 23, 127, Specials::ieee>>();
}

template <class S>
constexpr std::array<u32, inputs.size()> tensor(const std::array<u32, inputs.size()>& in) {
  std::array<float, inputs.size()> x{}, y{};
  // Two small NaN-free rows beside two with everything: infinities and NaN in blocks of their own.
  for (std::size_t i = 0; i < in.size(); ++i) x[i] = std::bit_cast<float>(in[i]);
  quantize_values<S>(x, y, Extents{4, 8}, 9);
  std::array<u32, inputs.size()> r{};
  for (std::size_t i = 0; i < in.size(); ++i) r[i] = std::bit_cast<u32>(y[i]);
  return r;
}
template <class S>
void same_tensor() {
  constexpr auto compiled = tensor<S>(inputs);
  EXPECT_EQ(compiled, tensor<S>(opaque())) << S::name();
}
TEST(Constexpr, BlocksAreTheSameAtRunTime) {
  same_tensor<BlockFP<8, 8>>();
  same_tensor<BlockFP<6, 4, Shape<2, 3>>>();
  same_tensor<BlockMinifloat<4, 3, 8, Shape<4>>>();
  same_tensor<BlockLog<5, 8>>();
  same_tensor<MX<E4M3, ScaleRule::mse>>();
  same_tensor<MX<E2M1, ScaleRule::ceil>>();
  same_tensor<MXINT8>();
  same_tensor<Block<With<E4M3, Round::stochastic>, Shape<8>, E8M0>>();
  same_tensor<NVFP4>();
  same_tensor<Scaled<Fixed<8, 7>, Shape<1, whole>>>();
  same_tensor<Affine<8, Shape<8>>>();
  same_tensor<ScaledBinary<>>();
  same_tensor<ScaledTernary<TernaryRule::max05, PerRow>>();
}

}  // namespace
