// SPDX-License-Identifier: BSL-1.0
// base/: all of it works in constant expressions.
#include <dyadic/base/bits.hpp>
#include <dyadic/base/extents.hpp>
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/base/pack.hpp>
#include <dyadic/base/rounding.hpp>
#include <dyadic/version.hpp>

#include <limits>
#include <type_traits>

namespace {
using namespace dyadic;

static_assert(version.major == DYADIC_EXPECTED_MAJOR && version.minor == DYADIC_EXPECTED_MINOR && version.patch == DYADIC_EXPECTED_PATCH, "as in CMakeLists.txt");

// --- fixed_string, make_name -----------------------------------------------------------------------------------------------
template <fixed_string Text>
inline constexpr std::string_view text_of = Text.view();
static_assert(text_of<"fc1"> == "fc1");
static_assert(text_of<""> == "" && text_of<"">.empty());
static_assert(text_of<"tab\tand \0 zero"> == std::string_view("tab\tand \0 zero", 14), "a zero within is a character like any other");

template <fixed_string Text>
struct named {};
static_assert(std::is_same_v<named<"fc1">, named<"fc1">>);
static_assert(!std::is_same_v<named<"fc1">, named<"fc2">> && !std::is_same_v<named<"fc1">, named<"fc1 ">>);

static_assert(detail::make_name("Fixed<", 8, ", ", 4, ">").view() == "Fixed<8, 4>");
static_assert(detail::make_name(-95).view() == "-95");
static_assert(detail::make_name(0).view() == "0");
static_assert(detail::make_name(std::numeric_limits<long long>::min()).view() == "-9223372036854775808");
static_assert(detail::make_name().view().empty());
constexpr std::string_view forty = "0123456789012345678901234567890123456789";
constexpr detail::name_text too_long = detail::make_name(forty, forty, forty, forty, forty, forty, forty, forty, forty, forty);
static_assert(too_long.view().size() <= sizeof too_long.data && too_long.view().size() < 10 * forty.size() && too_long.view().ends_with("..."), "a name that is too long says so");

// --- Extents ---------------------------------------------------------------------------------------------------------------
static_assert(Extents{}.rank() == 0 && Extents{}.size() == 1, "a scalar");
static_assert(Extents{2, 3, 4}.rank() == 3 && Extents{2, 3, 4}.size() == 24);
static_assert(Extents{2, 3, 4}[0] == 2 && Extents{2, 3, 4}.back(0) == 4 && Extents{2, 3, 4}.back(2) == 2);
static_assert(Extents{2, 3, 4}.back(3) == 1, "a dimension that is not there counts as 1");
static_assert(Extents{2, 0, 4}.size() == 0);
static_assert(Extents{3'000'000'000, 2}.size() == 6'000'000'000, "more than 32 bits");
static_assert(Extents{2, 3} == Extents{2, 3} && Extents{2, 3} != Extents{3, 2} && Extents{2, 3} != Extents{2, 3, 1});
constexpr Extents grown = [] {
  Extents e{dyn};
  e.push_back(8);
  e[0] = 5;
  return e;
}();
static_assert(grown == Extents{5, 8});

// --- pack ------------------------------------------------------------------------------------------------------------------
using types = pack<int, float, int>;
static_assert(types::size == 3 && std::is_same_v<at<0, types>, int> && std::is_same_v<at<1, types>, float> && std::is_same_v<at<2, types>, int>);
static_assert(pack<>::size == 0);

// --- bits ------------------------------------------------------------------------------------------------------------------
static_assert(detail::to_bits(1.0F) == 0x3f800000 && detail::from_bits<float>(0x3f800000) == 1.0F);
static_assert(detail::is_nan(std::numeric_limits<float>::quiet_NaN()) && !detail::is_nan(std::numeric_limits<float>::infinity()));
static_assert(detail::is_nan(-std::numeric_limits<float>::quiet_NaN()));
constexpr int log2_of(float x) { return detail::floor_log2<float>(detail::to_bits(x)); }
static_assert(log2_of(1.0F) == 0 && log2_of(0.99999994F) == -1 && log2_of(1.9999999F) == 0 && log2_of(2.0F) == 1);
static_assert(log2_of(std::numeric_limits<float>::max()) == 127 && log2_of(std::numeric_limits<float>::min()) == -126);
static_assert(log2_of(std::numeric_limits<float>::denorm_min()) == -149, "subnormals count by their value");
static_assert(log2_of(0.0F) < -149);
static_assert(detail::power_of_two<float>(-149) == std::numeric_limits<float>::denorm_min() && detail::power_of_two<float>(127) == 0x1p127F);
static_assert(detail::exp2_float(-149) == 0x1p-149F && detail::exp2_double(-1022) == 0x1p-1022);
static_assert(detail::ceil_log2(0) == 0 && detail::ceil_log2(1) == 0 && detail::ceil_log2(2) == 1 && detail::ceil_log2(3) == 2);
static_assert(detail::ceil_log2(std::uint64_t{1} << 63) == 63 && detail::ceil_log2(~std::uint64_t{0}) == 64);
static_assert(std::is_same_v<detail::least_int<8, true>, std::int8_t> && std::is_same_v<detail::least_int<9, false>, std::uint16_t>);
static_assert(std::is_same_v<detail::least_int<17, true>, std::int32_t> && std::is_same_v<detail::least_int<32, false>, std::uint32_t>);

static_assert(to_string(Round::nearest_even) == "nearest_even" && to_string(Round::stochastic) == "stochastic");
static_assert(to_string(Overflow::saturate) == "saturate" && to_string(Overflow::special) == "special");

}  // namespace
