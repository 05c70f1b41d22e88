// SPDX-License-Identifier: BSL-1.0
/// @file format.cpp
/// What is known about formats while compiling: to compile is to pass.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/storage.hpp>
#include <dyadic/format/takum.hpp>

#include <array>
#include <cmath>
#include <type_traits>

// The names of <cmath> and of the library live side by side.
using namespace dyadic;

namespace {

// Kinds of schemes
static_assert(ElementScheme<Fixed<8, 4>> && ElementScheme<E4M3> && ElementScheme<LogQ<8>> && ElementScheme<Binary> &&
              ElementScheme<With<E4M3, Round::stochastic>>);
static_assert(BlockScheme<BlockFP<8, 8>> && BlockScheme<MXFP4> && BlockScheme<NVFP4> && BlockScheme<Scaled<E2M1>> &&
              BlockScheme<Affine<8>> && BlockScheme<ScaledTernary<>>);
static_assert(QuantScheme<none> && QuantScheme<E5M2> && QuantScheme<MXINT8> && QuantScheme<ScaledBinary<>>);
static_assert(!ElementScheme<MXFP4> && !BlockScheme<E4M3> && !ElementScheme<none> && !QuantScheme<float>);
static_assert(Number<E8M0> && ScaleField<E8M0> && std::regular<E8M0> && std::is_trivially_copyable_v<E8M0>);
static_assert(Number<UE4M3> && std::regular<UE4M3> && sizeof(UE4M3) == 1 && sizeof(E8M0) == 1);
static_assert(std::is_trivially_copyable_v<Fixed<8, 4>> && std::regular<Fixed<8, 4>> && std::is_trivially_copyable_v<E4M3> &&
              std::regular<E4M3>);
static_assert(sizeof(Fixed<8, 4>) == 1 && sizeof(Half) == 2 && sizeof(Fixed<32, 0>) == 4, "a number is its code");
static_assert(!std::is_convertible_v<float, E4M3> && !std::is_convertible_v<E4M3, float> && !std::is_convertible_v<E4M3, E5M2>,
              "formats never mix by themselves");

// Named values of the OCP formats
static_assert(E4M3::decode(0x7E) == 448.0F && E4M3::decode(0x08) == 0x1p-6F && E4M3::decode(0x01) == 0x1p-9F);
static_assert(E4M3::decode(0x7F) != E4M3::decode(0x7F) && E4M3::decode(0xFF) != E4M3::decode(0xFF), "both are NaN");
static_assert(E5M2::decode(0x7B) == 57344.0F && E5M2::decode(0x04) == 0x1p-14F && E5M2::decode(0x01) == 0x1p-16F);
static_assert(E3M2::decode(0x1F) == 28.0F && E3M2::decode(0x04) == 0.25F && E3M2::decode(0x01) == 0.0625F);
static_assert(E2M3::decode(0x1F) == 7.5F && E2M3::decode(0x08) == 1.0F && E2M3::decode(0x01) == 0.125F);
static_assert(E2M1::decode(0x7) == 6.0F && E2M1::decode(0x2) == 1.0F && E2M1::decode(0x1) == 0.5F);
static_assert(Half::max_value == 65504.0F && BFloat16::decode(0x7F7F) == 0x1.FEp127F);
static_assert(E8M0::decode(E8M0::code_type{127}) == 1.0F && E8M0::decode(E8M0::code_type{0}) == 0x1p-127F &&
              E8M0::decode(E8M0::code_type{254}) == 0x1p127F);
static_assert(E8M0::decode(E8M0::nan_code) != E8M0::decode(E8M0::nan_code));
static_assert(E8M0() == E8M0(1.0F) && E8M0::encode(3.0F) == 128 && E8M0::encode(6.0) == 130 && E8M0::encode(0) == 0);
static_assert(std::numeric_limits<E8M0>::min() == E8M0(0x1p-127F) && !std::numeric_limits<UE4M3>::is_signed);

// Conversions
static_assert(Fixed<8, 4>::encode(1e9F) == 127, "past the top: saturates, never wraps");
static_assert(Fixed<8, 4>::encode(0.03125F) == 0 && Fixed<8, 4>::encode(0.09375F) == 2, "a tie goes to the even code");
static_assert(E4M3::encode(465.0F) == 0x7E && E4M3::encode(17.0F) == E4M3::encode(16.0F) && E4M3::encode(19.0F) == E4M3::encode(20.0F));
static_assert(LogQ<4>::quantize(1.4142135F) == 1.0F && LogQ<4>::quantize(1.4142136F) == 2.0F,
              "the nearest in the log domain changes at the square root of two");
static_assert(Binary::encode(-1.0F) == 0 && Ternary::encode(-1.0F) == -1 && Block<Ternary, Shape<8>, E8M0>::bits == 2,
              "also where a class is complete but its unit is not");
static_assert(Binary::quantize(-0.0F) == 1.0F && Ternary::quantize(0.5F) == 0.0F && Ternary::quantize(-0.50001F) == -1.0F);

// Posits, takums, lists of levels
static_assert(ElementScheme<Posit<8>> && ElementScheme<Takum<16>> && ElementScheme<NF4> && Number<Posit<16, 1>> && Number<IQ4NL>);
static_assert(Posit<8>::decode(0x40) == 1.0F && Posit<8>::decode(0x7f) == 0x1p24F && Posit<8>::encode(-0x1p-30F) == 0xff,
              "nothing but 0 rounds to 0");
static_assert(Takum<16>::decode(0x4000) == 1.0F && static_cast<double>(Takum<16>(0x1p-200)) == 0x1p-200 &&
              Takum<8>::encode(3.0F) == 0x4a);
static_assert(NF4::decode(0) == -1.0F && NF4::encode(0.0F) == 7 && IQ4NL::encode(7.0F) == 8 && IQ4NL::encode(7.001F) == 9);
static_assert(Posit<8>(1) / Posit<8>(3) == Posit<8>(1.0 / 3.0) && Takum<16>(2) * Takum<16>(3) == Takum<16>(6) &&
              NF4(1) + NF4(1) == NF4(1));
static_assert(bits_per_value<Scaled<NF4, Along<64>>> == 4.5 && bits_per_value<Scaled<IQ4NL, Along<32>, Half>> == 4.5 &&
              bits_per_value<Codebook<std::array{-1, 0, 1, 2, 3}>> == 3);
static_assert(std::numeric_limits<Posit<8>>::max() == Posit<8>(0x1p24) && std::numeric_limits<NF4>::lowest() == NF4(-1));

// Arithmetic and literals
using namespace dyadic::literals;
static_assert(Fixed<8, 4>(1.5F) * Fixed<8, 4>(2.0F) == Fixed<8, 4>(3.0F));
static_assert(std::is_same_v<decltype(exact(Fixed<8, 4>()) * exact(Fixed<8, 4>())), Fixed<16, 8>>);
static_assert(std::is_same_v<sum_t<Fixed<16, 8>, 100>, Fixed<23, 8>> && std::is_same_v<sum_t<Fixed<16, 8>, 128>, Fixed<23, 8>> &&
              std::is_same_v<sum_t<Fixed<16, 8>, 1>, Fixed<16, 8>>);
static_assert(1.5_e4m3 + 0.25_e4m3 == 1.75_e4m3 && -6_e2m1 == E2M1(-6) && 1_half / 0_half == std::numeric_limits<Half>::max());
static_assert(dot<Fixed<16, 8>>(std::array{Fixed<8, 4>(1.5F), Fixed<8, 4>(-2.0F)}, std::array{Fixed<8, 4>(2.0F), Fixed<8, 4>(0.5F)}) ==
              Fixed<16, 8>(2.0F));
static_assert(std::numeric_limits<E4M3>::max() == E4M3(448) && std::numeric_limits<Half>::epsilon() == Half(0x1p-10) &&
              std::numeric_limits<Fixed<8, 4>>::lowest() == Fixed<8, 4>(-8));

// Kulisch: bits of an accumulator that takes any product exactly
static_assert(product_bits<Minifloat<2, 5>, Minifloat<4, 3>> == 31);
static_assert(product_bits<E2M3, E3M2> == 20);
static_assert(product_bits<Minifloat<2, 2>, Minifloat<3, 1>> == 18);
static_assert(7.5F / 0.125F * (28.0F / 0.0625F) < (1 << 19), "E2M3 · E3M2, counted in its smallest products");

// Bits per value, scales counted
constexpr bool density(double bits, double times_denser_than_float32) {
  const double d = 32 / bits - times_denser_than_float32;
  return -0.05 <= d && d <= 0.05;
}
static_assert(density(bits_per_value<BlockFP<8, 8>>, 3.8), "MSFP16");
static_assert(density(bits_per_value<BlockFP<7, 8>>, 4.3), "MSFP15");
static_assert(density(bits_per_value<BlockFP<6, 8>>, 4.9), "MSFP14");
static_assert(density(bits_per_value<BlockFP<5, 8>>, 5.8), "MSFP13");
static_assert(density(bits_per_value<BlockFP<4, 8>>, 7.1), "MSFP12");
static_assert(density(bits_per_value<BlockFP<3, 8>>, 9.1), "MSFP11");
static_assert(bits_per_value<BlockFP<7, 8, Shape<16>>> == 7.5 && bits_per_value<MXFP8<E4M3>> == 8.25 &&
              bits_per_value<MXFP6<E2M3>> == 6.25 && bits_per_value<MXFP4> == 4.25);
static_assert(bits_per_value<MXINT8> == 8.25 && bits_per_value<NVFP4> == 4.5 && bits_per_value<none> == 32 &&
              bits_per_value<Fixed<5, 1>> == 5 && bits_per_value<Ternary> == 1.6);
static_assert(bits_per_value<BlockFP<6, 8, Shape<4, 4>>> == 6.5 && bits_per_value<BlockFP<6, 8, Shape<1, whole>>> == 6 &&
              bits_per_value<Scaled<E4M3, Shape<16>>> == 10);
static_assert(bits_per_value<With<Fixed<8, 4>, Round::stochastic>> == 8);

// A number is made from any arithmetic type with one rounding, in constant expressions too
static_assert(E4M3(432.0L - 0x1p-50L) == E4M3(416) && E4M3(432.0L) == E4M3(448) &&
              E4M3(432.0 - 0x1p-40) == E4M3(416));
static_assert(E4M3::encode(432.0 - 0x1p-40) == E4M3(416).to_bits() &&
              With<E4M3, Round::down>::encode(448.0 - 0x1p-40) == E4M3(416).to_bits());
static_assert(BFloat16(0x1010001) == BFloat16(0x1020000) && BFloat16(0x1010000) == BFloat16(0x1000000));
static_assert(Fixed<32, 0>(2147483646.5L + 0x1p-32L) == Fixed<32, 0>(2147483647));
#if defined(__SIZEOF_INT128__)
__extension__ typedef __int128 wide_int;  // NOLINT: the extension mark goes with a typedef only
static_assert(BFloat16((wide_int{257} << 90) + 1) == BFloat16(258 * 0x1p90) &&
              BFloat16(-(wide_int{257} << 90)) == BFloat16(-256 * 0x1p90));
static_assert(With<Fixed<8, 0>, Round::down, Overflow::wrap>::encode((wide_int{3} << 100) + 5) == 5);
#endif
#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 quad;  // NOLINT: as above
static_assert(E4M3(quad{432} - quad{0x1p-90}) == E4M3(416) && E4M3(quad{432}) == E4M3(448));
#endif

// Real sizes: ragged edges have scales of their own
static_assert(storage_bits<none>({3, 5}) == 480 && storage_bits<Fixed<6, 3>>({3, 5}) == 90);
static_assert(storage_bits<MXFP4>({3, 33}) == 3 * 33 * 4 + 3 * 2 * 8, "two blocks a row");
static_assert(storage_bits<BlockFP<8, 8, Shape<4, 4>>>({5, 5}) == 25 * 8 + 4 * 8);
static_assert(storage_bits<NVFP4>({2, 16}) == 32 * 4 + 2 * 8 + 32);
static_assert(storage_bits<Scaled<Fixed<8, 7>, Shape<1, whole>>>({7, 9}) == 63 * 8 + 7 * 32);

// Names are the spelling in C++
static_assert(Fixed<8, 4>::name() == "Fixed<8, 4>" && Fixed<8, -4, false>::name() == "Fixed<8, -4, false>" && E4M3::name() == "E4M3");
static_assert(Minifloat<4, 3>::name() == "Minifloat<4, 3>" &&
              Minifloat<4, 3, 8, Specials::fnuz>::name() == "Minifloat<4, 3, 8, Specials::fnuz>");
static_assert(BlockFP<8, 8>::name() == "BlockFP<8, 8>" && BlockFP<8, 8, Shape<4, 4>>::name() == "BlockFP<8, 8, Shape<4, 4>>" &&
              BlockFP<6, 8, Shape<1, whole>>::name() == "BlockFP<6, 8, Shape<1, whole>>");
static_assert(BlockMinifloat<4, 3, 8>::name() == "BlockMinifloat<4, 3, 8>" && BlockLog<4, 8>::name() == "BlockLog<4, 8>");
static_assert(MXFP8<E4M3>::name() == "MXFP8<E4M3>" && MXFP6<E3M2, ScaleRule::mse>::name() == "MXFP6<E3M2, ScaleRule::mse>" &&
              MXFP4::name() == "MXFP4" && MXINT8::name() == "MXINT8");
static_assert(NVFP4::name() == "NVFP4" && none::name() == "none");
static_assert(With<Fixed<8, 4>, Round::stochastic, Overflow::wrap>::name() == "With<Fixed<8, 4>, Round::stochastic, Overflow::wrap>");

// Block shapes: right-aligned, missing dimensions count as 1, extra ones are dropped
static_assert(Shape<16>::resolve({2, 3, 40}) == Extents{1, 1, 16} && Shape<4, 4>::resolve({10}) == Extents{4} &&
              Shape<4, 4>::resolve({3, 8, 9}) == Extents{1, 4, 4});
static_assert(Shape<whole, whole>::resolve({6, 7}) == Extents{6, 7} && Shape<1, whole>::resolve({6, 7}) == Extents{1, 7} &&
              Shape<16>::resolve({5}) == Extents{5});

}  // namespace
