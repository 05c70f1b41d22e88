// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/formats.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/format/literals.hpp>  // 1.5_e4m3; dyadic.hpp leaves it out
#include <dyadic/format/p3109.hpp>     // so it does this one

#include <array>
#include <iostream>
#include <limits>
using namespace dyadic;

// clang-format off
constexpr Fixed<8, 4> a{0.3f};                    // 8 bits in all, 4 of them behind the point
static_assert(static_cast<float>(a) == 0.3125f);  // the nearest multiple of 1/16
static_assert(a.to_bits() == 5);                  // its code: two's complement
static_assert(Fixed<8, 4>::from_bits(5) == a);
static_assert(Fixed<8, 4>::encode(0.3f) == 5 && Fixed<8, 4>::decode(5) == 0.3125f);

struct EightLevels {  // under a name of its own
  static constexpr std::string_view name() { return "Eight"; }
  static constexpr std::array values{-8, -4, -2, 0, 1, 2, 4, 8};
};

using Quarters = Codebook<std::array{-1.0f, -0.25f, 0.25f, 1.0f}>;  // codes of two bits: 0, 1, 2, 3
static_assert(Quarters::encode(0.9f) == 3 && Quarters::bits == 2);
using Eight = Codebook<EightLevels{}>;
static_assert(Eight::name() == "Eight" && Eight{5} == 4 && NF4{0.1f} == 0.0795802996f);
static_assert(bits_per_value<Scaled<NF4, Along<64>>> == 4.5 && bits_per_value<Scaled<IQ4NL, Along<32>, Half>> == 4.5);

static_assert(Posit<8>::encode(1.0f) == 0x40 && Posit<8>{1e-9} == 0x1p-24);
static_assert(Posit<8>{131072} == 65536 && Posit<8>{131073} == 262144);  // neighbours, and where they meet
static_assert(Takum<16>{1e30} * Takum<16>{1e30} > 9e59);                 // past float32

using Unbounded = With<p3109::Binary8p4se, p3109::NearestTiesToEven, p3109::SatNone>;
static_assert(Unbounded::encode(1000.0f) == 0x7F && p3109::Binary8p4se::encode(1000.0f) == 0x7E);
static_assert(p3109::Binary8p4ue{-1} == 0 && UE4M3{-1} == 0 && E8M0{-1} == 0x1p-127f);
static_assert(E8M0{0.3f} == 0.25f && E8M0{3} == 2);   // 3 lies between 2 and 4: a tie, and 2 has the even code
using EightRandomBits = With<E4M3, stochastic_b<8>>;  // a scheme, as any format is

using Down = With<Fixed<8, 4>, Round::down>;
using Wrapping = With<Fixed<8, 4>, Round::nearest_even, Overflow::wrap>;
using Ieee = With<E5M2, Round::nearest_even, Overflow::special>;
static_assert(Down::decode(Down::encode(-0.01f)) == -0.0625f);
static_assert(Wrapping::decode(Wrapping::encode(8.0f)) == -8.0f);
static_assert(Ieee::decode(Ieee::encode(1e6f)) == std::numeric_limits<float>::infinity());

int main() {
  constexpr E4M3 x{1.75f}, y{3.0f};
  static_assert(static_cast<float>(x * y) == 5.0f);                    // 5.25 lies between 5 and 5.5: a tie, and 5 has the even code
  static_assert(static_cast<float>(x / E4M3{0}) == 448.0f);            // division by zero saturates
  static_assert(static_cast<float>(exact(x) * exact(y)) == 5.25f);     // a wider type holds every product
  static_assert(static_cast<double>(dot<Fixed<16, 8>>(std::array{x, y}, std::array{y, y})) == 14.25);  // one rounding for the sum

  using namespace dyadic::literals;
  std::cout << 1.7_e4m3 << ' ' << E4M3{1000} << ' ' << std::numeric_limits<E5M2>::max() << ' ' << bit_text(0.1_bf16) << '\n';

  using Int8 = Scaled<SymmetricFixed<8, 0>, PerChannel>;
  Tensor<2> w(2, 3);
  w.setValues({{0.3f, -9.0f, 1.1f}, {0.3f, -9.0f, 1.1f}});
  const std::array scales{0.5f, 0.0625f};
  std::cout << fake_quantize<Int8>(w, given<Int8>{scales}) << '\n';

  using Uint8 = Affine<8, PerChannel>;
  const std::array<std::int32_t, 2> zero_points{2, 128};
  const auto packed = encode<Uint8>(w, given<Uint8>{scales, zero_points});  // the scales of the packed tensor are these
  std::cout << packed.at(0, 1) << ' ' << packed.at(1, 1) << '\n';
}
