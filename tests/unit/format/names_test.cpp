// SPDX-License-Identifier: BSL-1.0
/// @file names_test.cpp
/// What a format says of itself: its name as a user would spell it, its limits, its literals, and the fields of scales. Constant
/// expressions as a rule; here they run.
#include <dyadic/format/if4.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/mase.hpp>
#include <dyadic/format/p3109.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace {
using namespace dyadic;

TEST(Names, AreWhatAUserWouldSpell) {
  EXPECT_EQ((Fixed<8, -3>::name()), "Fixed<8, -3>");
  EXPECT_EQ((MX<Minifloat<4, 3, 8, Specials::fnuz>, ScaleRule::ceil>::name()), "MX<Minifloat<4, 3, 8, Specials::fnuz>, ScaleRule::ceil>");
  EXPECT_EQ((BlockFP<8, 8>::name()), "BlockFP<8, 8>");
  EXPECT_EQ((BlockFP<8, 8, Shape<4, whole>>::name()), "BlockFP<8, 8, Shape<4, whole>>");
  EXPECT_EQ(MXFP4::name(), "MXFP4");
  EXPECT_EQ(E8M0::name(), "E8M0");
  EXPECT_EQ((Scaled<Fixed<4, 3>, PerRow>::name()), "Scaled<Fixed<4, 3>, PerRow>");
  EXPECT_EQ((mase::block_minifloat<8, 4, 8, mase::block_size<1, 16>>::name()), "mase::block_minifloat<8, 4, 8, mase::block_size<1, 16>>");
}

// A name is C++: here the same text is read by the compiler, as a type, and compared with what that type calls itself.
#define IS_ITS_NAME(...) EXPECT_EQ(std::string(__VA_ARGS__::name()), #__VA_ARGS__)
#define IS_ITS_TEXT(...) EXPECT_EQ(std::string(__VA_ARGS__::text().view()), #__VA_ARGS__)

TEST(Names, OfElementsRoundTrip) {
  IS_ITS_NAME(Fixed<8, 4>);
  IS_ITS_NAME(Fixed<32, -95, false>);
  IS_ITS_NAME(SymmetricFixed<8, -6>);
  IS_ITS_NAME(SignMagnitude<24, 126>);
  IS_ITS_NAME(E4M3);
  IS_ITS_NAME(E5M2);
  IS_ITS_NAME(E3M2);
  IS_ITS_NAME(E2M3);
  IS_ITS_NAME(E2M1);
  IS_ITS_NAME(Half);
  IS_ITS_NAME(BFloat16);
  IS_ITS_NAME(Minifloat<4, 3>);
  IS_ITS_NAME(Minifloat<4, 3, -110>);
  IS_ITS_NAME(Minifloat<4, 3, 7, Specials::ieee>);
  IS_ITS_NAME(Minifloat<5, 2, 16, Specials::fnuz>);
  IS_ITS_NAME(Minifloat<3, 2, 3, Specials::fn>);
  IS_ITS_NAME(Minifloat<4, 3, 8, Specials::extended>);
  IS_ITS_NAME(Minifloat<3, 2, -110, Specials::extended>);
  IS_ITS_NAME(UE4M3);
  IS_ITS_NAME(UE5M3);
  IS_ITS_NAME(UnsignedMinifloat<4, 4>);
  IS_ITS_NAME(UnsignedMinifloat<4, 3>);
  IS_ITS_NAME(UnsignedMinifloat<4, 3, -110>);
  IS_ITS_NAME(UnsignedMinifloat<4, 3, 7, Specials::ieee>);
  IS_ITS_NAME(UnsignedMinifloat<4, 3, 8, Specials::fn>);
  IS_ITS_NAME(UnsignedMinifloat<8, 0, 128, Specials::extended>);
  IS_ITS_NAME(MinifloatDenorm<4, 3>);
  IS_ITS_NAME(MinifloatDenorm<4, 3, 139>);
  IS_ITS_NAME(LogQ<4>);
  IS_ITS_NAME(LogQ<4, -110>);
  IS_ITS_NAME(LogQ<9, 128>);
  IS_ITS_NAME(Posit<8>);
  IS_ITS_NAME(Posit<16, 1>);
  IS_ITS_NAME(Takum<12>);
  IS_ITS_NAME(NF4);
  IS_ITS_NAME(IQ4NL);
  IS_ITS_NAME(Codebook<std::array{-1, 1}>);
  IS_ITS_NAME(Codebook<std::array{-1.0F, 0.0F, 0.25F, 0.1F}>);
  IS_ITS_NAME(Codebook<std::array{-1.5, 0.0, 3.0}>);
  IS_ITS_NAME(Codebook<std::array{1.0F, -0.0F, 0x1.4484cp-100F, 0x1.fffffep127F}>);
  IS_ITS_NAME(Codebook<std::array<std::int8_t, 4>{-7, -1, 2, 5}>);
  IS_ITS_NAME(Codebook<std::array<std::uint16_t, 3>{0, 10, 65535}>);
  IS_ITS_NAME(Codebook<std::array{-0.6961928F, -0.52507305F, -0.3949175F, -0.28444138F, -0.18477343F, -0.09105004F, 0.0F,
                                  0.0795803F}>);
  IS_ITS_NAME(With<Posit<8>, Round::down, Overflow::special>);
  IS_ITS_NAME(With<NF4, Round::stochastic>);
  IS_ITS_NAME(Binary);
  IS_ITS_NAME(Ternary);
  IS_ITS_NAME(E8M0);
  IS_ITS_NAME(none);
  IS_ITS_NAME(With<E4M3, Round::nearest_even>);
  IS_ITS_NAME(With<Fixed<8, -4, false>, Round::to_odd, Overflow::wrap>);
  IS_ITS_NAME(With<E5M2, Round::nearest_away, Overflow::special>);
  IS_ITS_NAME(With<E5M2, Round::up, Overflow::propagate>);
  IS_ITS_NAME(With<UE5M3, Round::stochastic, Overflow::infinity>);
  IS_ITS_NAME(With<E8M0, Round::down, Overflow::special>);
  IS_ITS_NAME(With<E4M3, stochastic_a<1>>);
  IS_ITS_NAME(With<Fixed<8, 4>, stochastic_b<9>, Overflow::wrap>);
  IS_ITS_NAME(With<UnsignedMinifloat<4, 4, 8, Specials::extended>, stochastic_c<30>, Overflow::propagate>);
}
/// The draft's names are other names of the same types.
TEST(Names, OfP3109AreThoseOfMinifloats) {
  EXPECT_EQ(p3109::Binary8p4se::name(), "Minifloat<4, 3, 8, Specials::extended>");
  EXPECT_EQ(p3109::Binary8p3sf::name(), "Minifloat<5, 2, 16, Specials::fnuz>");
  EXPECT_EQ(p3109::Binary8p4ue::name(), "UnsignedMinifloat<5, 3, 16, Specials::extended>");
  EXPECT_EQ(p3109::Binary6p6uf::name(), "UnsignedMinifloat<1, 5, 1, Specials::fn>");
  EXPECT_EQ((With<p3109::Binary8p4se, p3109::StochasticB<8>, p3109::SatNone>::name()),
            "With<Minifloat<4, 3, 8, Specials::extended>, stochastic_b<8>, Overflow::infinity>");
}
TEST(Names, OfShapesAndScalesRoundTrip) {
  IS_ITS_TEXT(Shape<16>);
  IS_ITS_TEXT(Shape<1, whole, 4, 1000000>);
  IS_ITS_TEXT(PerRow);
  IS_ITS_TEXT(PerTensor);
  IS_ITS_TEXT(mase::block_size<1, 16, whole>);
  IS_ITS_TEXT(mase::skip_first_dim<mase::block_size<16>>);
  IS_ITS_TEXT(E8M0);
  IS_ITS_TEXT(BiasedExponent<5>);
  IS_ITS_TEXT(TopExponent<8>);
}
TEST(Names, OfBlocksRoundTrip) {
  IS_ITS_NAME(BlockFP<8, 8>);
  IS_ITS_NAME(BlockFP<6, 4, Shape<4, whole>>);
  IS_ITS_NAME(BlockMinifloat<4, 3, 8>);
  IS_ITS_NAME(BlockMinifloat<4, 3, 8, PerTensor>);
  IS_ITS_NAME(BlockLog<4, 8>);
  IS_ITS_NAME(BlockLog<4, 8, PerRow>);
  IS_ITS_NAME(MXFP8<E4M3>);
  IS_ITS_NAME(MXFP8<E5M2, ScaleRule::mse>);
  IS_ITS_NAME(MXFP6<E3M2, ScaleRule::ceil>);
  IS_ITS_NAME(MXFP4);
  IS_ITS_NAME(MXINT8);
  IS_ITS_NAME(MX<E2M1, ScaleRule::nearest>);
  IS_ITS_NAME(MX<SymmetricFixed<8, 6>, ScaleRule::ceil>);
  IS_ITS_NAME(MX<With<E4M3, Round::stochastic>>);
  IS_ITS_NAME(MX<With<E4M3, stochastic_c<8>>, ScaleRule::ceil>);
  IS_ITS_NAME(MX<UE4M3>);
  IS_ITS_NAME(MX<Minifloat<4, 3, 8, Specials::extended>>);
  IS_ITS_NAME(Block<UnsignedMinifloat<2, 2>, Shape<16>, TopExponent<8>>);
  IS_ITS_NAME(Scaled<UE5M3, Shape<32>>);
  IS_ITS_NAME(Block<SignMagnitude<8, 5>, Shape<16>, BiasedExponent<8>>);
  IS_ITS_NAME(Block<SignMagnitude<8, 6>, Shape<16>, BiasedExponent<8>, ScaleRule::ceil>);
  IS_ITS_NAME(Block<Minifloat<4, 3, 9>, Shape<8>, TopExponent<8>>);
  IS_ITS_NAME(Block<LogQ<4>, Shape<16>, TopExponent<8>>);
  IS_ITS_NAME(Block<LogQ<4, 5>, Shape<16>, TopExponent<8>, ScaleRule::nearest>);
  IS_ITS_NAME(Block<Fixed<8, -3>, PerRow, E8M0, ScaleRule::mse>);
  IS_ITS_NAME(NVFP4);
  IS_ITS_NAME(FourOverSix);
  IS_ITS_NAME(IF4);
  IS_ITS_NAME(Scaled<Fixed<4, 3>, PerRow>);
  IS_ITS_NAME(Scaled<With<Minifloat<4, 3, -8, Specials::fnuz>, Round::up>, Shape<1, whole>>);
  IS_ITS_NAME(Scaled<NF4, Along<64>>);
  IS_ITS_NAME(Scaled<IQ4NL, Along<32>, Half>);
  IS_ITS_NAME(Scaled<Codebook<std::array{-3, -1, 0, 2}>, Along<16>, Posit<16>>);
  IS_ITS_NAME(MX<Posit<8>>);
  IS_ITS_NAME(Affine<8, Shape<1, 32>>);
  IS_ITS_NAME(SignedAffine<8, PerChannel>);
  IS_ITS_NAME(SignedAffine<4, Along<32>, Half>);
  IS_ITS_NAME(SymmetricAffine<8, PerTensor>);
  IS_ITS_NAME(SymmetricAffine<4, Along<16>, E4M3>);
  IS_ITS_NAME(ScaledBinary<PerRow>);
  IS_ITS_NAME(ScaledBinary<PerTensor, BinaryLevels::zero_plus>);
  IS_ITS_NAME(ScaledTernary<TernaryRule::mean75, PerTensor>);
  IS_ITS_NAME(ScaledTernary<TernaryRule::exact, PerRow, true>);
}
TEST(Names, OfTheParityFamilyRoundTrip) {
  EXPECT_EQ((mase::integer<8, -4, false>::name()), (Fixed<8, -4, false>::name())) << "an alias";
  IS_ITS_NAME(mase::integer_floor<8, 4>);
  IS_ITS_NAME(mase::integer_floor<8, -4, false>);
  IS_ITS_NAME(mase::minifloat_ieee<8, 4, -7>);
  IS_ITS_NAME(mase::minifloat_denorm<8, 4, 7>);
  IS_ITS_NAME(mase::log<8, -63>);
  IS_ITS_NAME(mase::block_fp<8, 8, 127, mase::skip_first_dim<mase::block_size<1, 16>>>);
  IS_ITS_NAME(mase::block_minifloat<8, 4, 8, mase::block_size<whole>>);
  IS_ITS_NAME(mase::block_log<8, 8, Shape<16>>);
  IS_ITS_NAME(mase::binary<BinaryLevels::minus_plus>);
  IS_ITS_NAME(mase::binary<BinaryLevels::zero_plus, true>);
  IS_ITS_NAME(mase::ternary<>);
  IS_ITS_NAME(mase::ternary<true>);
  IS_ITS_NAME(mase::scale_integer<8>);
}
/// The longest that the library's own parts can make.
TEST(Names, OfAnyLengthRoundTrip) {
  IS_ITS_NAME(Block<With<Minifloat<8, 6, 128, Specials::fnuz>, Round::nearest_away>,
                    Shape<128, 128, 128, 128, 128, 128, 128, whole>, BiasedExponent<8>, ScaleRule::nearest>);
}

TEST(Names, AreMadeOfTheirParts) {
  EXPECT_EQ(detail::minifloat_name(4, 3, 7, Specials::fn).view(), "E4M3");
  EXPECT_EQ(detail::minifloat_name(5, 2, 15, Specials::ieee).view(), "E5M2");
  EXPECT_EQ(detail::minifloat_name(3, 2, 3, Specials::none).view(), "E3M2");
  EXPECT_EQ(detail::minifloat_name(2, 3, 1, Specials::none).view(), "E2M3");
  EXPECT_EQ(detail::minifloat_name(2, 1, 1, Specials::none).view(), "E2M1");
  EXPECT_EQ(detail::minifloat_name(5, 10, 15, Specials::ieee).view(), "Half");
  EXPECT_EQ(detail::minifloat_name(8, 7, 127, Specials::ieee).view(), "BFloat16");
  EXPECT_EQ(detail::minifloat_name(4, 3, 7, Specials::none).view(), "Minifloat<4, 3>");
  EXPECT_EQ(detail::minifloat_name(4, 3, 9, Specials::none).view(), "Minifloat<4, 3, 9>");
  EXPECT_EQ(detail::minifloat_name(4, 3, 7, Specials::ieee).view(), "Minifloat<4, 3, 7, Specials::ieee>");
  EXPECT_EQ((Shape<4, whole>::text().view()), "Shape<4, whole>");
  EXPECT_EQ(PerRow::text().view(), "PerRow");
  EXPECT_EQ(BiasedExponent<5>::text().view(), "BiasedExponent<5>");
  EXPECT_EQ(TopExponent<5>::text().view(), "TopExponent<5>");
  EXPECT_EQ(E8M0::text().view(), "E8M0");
  EXPECT_EQ(detail::make_name("a", std::numeric_limits<long long>::min(), 'b' == 'b' ? "" : "!", 0).view(), "a-92233720368547758080");
  for (const ScaleRule r : {ScaleRule::floor, ScaleRule::ceil, ScaleRule::nearest, ScaleRule::mse}) {
    const std::string suffix(detail::rule_suffix(r));
    if (r == ScaleRule::floor) EXPECT_EQ(suffix, "") << "the usual one";
    else EXPECT_EQ(suffix, ", ScaleRule::" + std::string(to_string(r)));
  }
}

TEST(Names, ThatAreTooLongEndInDots) {
  detail::name_text t;
  for (int i = 0; i < 400; ++i) t.add("abc");
  EXPECT_EQ(t.view().size(), sizeof t.data - 3);
  EXPECT_TRUE(t.view().ends_with("..."));
}

template <class T>
void limits(double largest, double lowest, double least, double epsilon) {
  using l = std::numeric_limits<T>;
  EXPECT_EQ(static_cast<double>(l::max()), largest) << T::name();
  EXPECT_EQ(static_cast<double>(l::lowest()), lowest) << T::name();
  EXPECT_EQ(static_cast<double>(l::denorm_min()), least) << T::name();
  EXPECT_LE(least, static_cast<double>(l::min())) << T::name();
  EXPECT_EQ(static_cast<double>(l::epsilon()), epsilon) << T::name();
  EXPECT_EQ(static_cast<double>(l::round_error()), static_cast<double>(T(0.5F))) << T::name();
  EXPECT_EQ(std::isinf(static_cast<double>(l::infinity())), l::has_infinity) << T::name();
  EXPECT_EQ(std::isnan(static_cast<double>(l::quiet_NaN())), l::has_quiet_NaN) << T::name();
  EXPECT_EQ(static_cast<double>(l::signaling_NaN()), static_cast<double>(T())) << T::name() << " has none";
}
TEST(Limits, TellTheEndsOfAFormat) {
  limits<Fixed<8, 4>>(7.9375, -8, 0.0625, 0.0625);
  limits<Fixed<8, 4, false>>(15.9375, 0, 0.0625, 0.0625);
  limits<SignMagnitude<8, 6>>(127.0 / 64, -127.0 / 64, 1.0 / 64, 1.0 / 64);
  limits<E4M3>(448, -448, 0x1p-9, 0.125);
  limits<E5M2>(57344, -57344, 0x1p-16, 0.25);
  limits<Half>(65504, -65504, 0x1p-24, 0x1p-10);
  limits<BFloat16>(0x1.fep127, -0x1.fep127, 0x1p-133, 0x1p-7);
  limits<LogQ<4, 3>>(16, -16, 0.25, 1);
  limits<UE4M3>(448, 0, 0x1p-9, 0.125);
  limits<UE5M3>(114688, 0, 0x1p-17, 0.125);
  limits<UnsignedMinifloat<4, 4, 8, Specials::extended>>(232, 0, 0x1p-11, 0.0625);
  limits<p3109::Binary8p4se>(224, -224, 0x1p-10, 0.125);
  limits<p3109::Binary8p4sf>(240, -240, 0x1p-10, 0.125);
  limits<E8M0>(0x1p127, 0x1p-127, 0x1p-127, 1);
  EXPECT_EQ(detail::floor_log10(65504), 4);
  EXPECT_EQ(detail::floor_log10(10), 1);
  EXPECT_EQ(detail::floor_log10(0.25), -1);
  EXPECT_EQ(std::numeric_limits<Half>::max_exponent10, std::numeric_limits<float>::max_exponent10 - 34);
}

TEST(Literals, RoundAsConversionsDo) {
  using namespace dyadic::literals;
  EXPECT_EQ(operator""_e4m3(1.06L), E4M3(1));
  EXPECT_EQ(operator""_e4m3(500ULL), E4M3(448));
  EXPECT_EQ(operator""_e5m2(1.2L), E5M2(1.25F));
  EXPECT_EQ(operator""_e5m2(9ULL), E5M2(8)) << "a tie goes to the even code";
  EXPECT_EQ(operator""_e3m2(0.3L), E3M2(0.3125F));
  EXPECT_EQ(operator""_e3m2(40ULL), E3M2(28));
  EXPECT_EQ(operator""_e2m3(1.1L), E2M3(1.125F));
  EXPECT_EQ(operator""_e2m3(8ULL), E2M3(7.5F));
  EXPECT_EQ(operator""_e2m1(2.4L), E2M1(2));
  EXPECT_EQ(operator""_e2m1(5ULL), E2M1(4)) << "a tie goes to the even code";
  EXPECT_EQ(operator""_half(0.1L), Half(0x1.998p-4));
  EXPECT_EQ(operator""_half(2049ULL), Half(2048));
  EXPECT_EQ(operator""_bf16(0.1L), BFloat16(0x1.9ap-4));
  EXPECT_EQ(operator""_bf16(257ULL), BFloat16(256));
  EXPECT_EQ(operator""_ue4m3(1.06L), UE4M3(1));
  EXPECT_EQ(operator""_ue4m3(500ULL), UE4M3(448));
  EXPECT_EQ(operator""_ue5m3(1.2L), UE5M3(1.25F));
  EXPECT_EQ(operator""_ue5m3(17ULL), UE5M3(16)) << "a tie goes to the even code";
  EXPECT_EQ(operator""_e8m0(3.1L), E8M0(4));
  EXPECT_EQ(operator""_e8m0(0ULL), E8M0(0x1p-127)) << "there is no zero";
  EXPECT_EQ(operator""_nf4(0.08L), NF4(0.0795803F));
  EXPECT_EQ(operator""_nf4(3ULL), NF4(1));
  EXPECT_EQ(operator""_iq4nl(14.2L), IQ4NL(13));
  EXPECT_EQ(operator""_iq4nl(100ULL), IQ4NL(89)) << "the middle is 101";
  EXPECT_EQ(operator""_posit8(3.2L), Posit<8>(3.25F));
  EXPECT_EQ(operator""_posit8(131073ULL), Posit<8>(262144));
  EXPECT_EQ(operator""_posit16(1e30L), Posit<16>(0x1p56));
  EXPECT_EQ(operator""_posit16(1025ULL), Posit<16>(1024)) << "a tie";
  EXPECT_EQ(operator""_takum8(1e-80L), Takum<8>::from_bits(1));
  EXPECT_EQ(operator""_takum8(3ULL), Takum<8>(3));
  EXPECT_EQ(operator""_takum16(1e-60L), Takum<16>(1e-60));
  EXPECT_EQ(operator""_takum16(100ULL), Takum<16>(100));
  EXPECT_EQ(operator""_binary(0ULL), Binary(1)) << "0 counts as positive";
  EXPECT_EQ(operator""_ternary(0ULL), Ternary(0));
  EXPECT_EQ(operator""_ternary(7ULL), Ternary(1));
}

TEST(ScaleFields, StoreEveryExponentInTheirRange) {
  const auto all = []<class Field>(int emax) {
    for (int s = Field::lowest(emax); s <= Field::highest(emax); ++s) EXPECT_EQ(Field::decode(Field::encode(s, emax), emax), s);
    EXPECT_LE(Field::highest(emax) - Field::lowest(emax) + 1, 1 << Field::bits);
  };
  all.operator()<E8M0>(2);
  all.operator()<BiasedExponent<1>>(0);
  all.operator()<BiasedExponent<8>>(0);
  all.operator()<TopExponent<1>>(8);
  all.operator()<TopExponent<8>>(-3);
  EXPECT_EQ(E8M0::decode(E8M0::code_type{127}), 1.0F);
  EXPECT_TRUE(std::isnan(E8M0::decode(E8M0::nan_code)));
}

}  // namespace
