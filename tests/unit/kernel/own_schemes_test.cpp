// SPDX-License-Identifier: BSL-1.0
// Schemes of a user's own whose members are called as the library calls some of its, and mean something else.
// What a member is called must not change a bit: tensors, packed codes, blocks and products give what the
// required members say.
#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/native_product.hpp>
#include <dyadic/pass/native.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <vector>

namespace own_schemes {  // has a name because Clang warns of members of a nameless one that nothing reads
using namespace dyadic;

// --- A block scheme
//
// Sixteen neighbours share a unit, the power of two of their largest magnitude divided by 8. A value is an
// odd number of units, from -15 to 15: no scale times small integers that any kernel of the library has.

float unit_of(float absmax) {
  int exponent = 0;
  std::frexp(absmax, &exponent);
  return absmax == 0.0F ? 1.0F : std::ldexp(1.0F, exponent - 1 - 3);
}
int odd_level(float x, float unit) {  // 0 to 15
  const double level = std::floor(static_cast<double>(x) / (2.0 * static_cast<double>(unit))) + 8.0;
  return level < 0 ? 0 : level > 15 ? 15 : static_cast<int>(level);
}
float odd_value(int level, float unit) { return static_cast<float>(2 * level - 15) * unit; }

struct nothing {};
/// @tparam Extra  members of `parameters` that mean something else   @tparam Members  members of the scheme
/// that do
/// @tparam Bits   of a code, which is kept in a signed number and never negative
template <class Extra, class Members = nothing>
struct Odd : Members {
  struct parameters : Extra {
    float unit = 1.0F;
  };
  using shape = Shape<16>;
  using code_type = std::int8_t;
  static constexpr int bits = 4, scale_bits = 16;
  static constexpr std::string_view name() { return "Odd"; }
  template <class Values>
  static parameters fit(const Values& values, float) {
    float absmax = 0.0F;
    values.for_each([&](float x) { absmax = std::max(absmax, std::abs(x)); });
    parameters p;
    p.unit = unit_of(absmax);
    return p;
  }
  template <class Values>
  static scale_code fit_code(const Values& values, float t) {
    return static_cast<scale_code>(std::ilogb(fit(values, t).unit) + 1000);
  }
  static parameters parameters_of(scale_code code, float) {
    parameters p;
    p.unit = std::ldexp(1.0F, static_cast<int>(code) - 1000);
    return p;
  }
  static code_type encode_element(float x, const parameters& p, i32) {
    return static_cast<code_type>(odd_level(x, p.unit));
  }
  static float decode_element(code_type code, const parameters& p) { return odd_value(code, p.unit); }
};

// What `parameters` may be called and hold.
struct with_alpha {
  float alpha = -7.0F;
};
struct with_division {
  float divisor = 3.0F, factor = -5.0F;
};
struct with_powers {
  float up = 0.5F, up_more = 2.0F, down = 8.0F, down_more = 3.0F;
};
struct with_step {
  float step = -0.25F;
  int zero_point = 77;
};
struct with_levels {
  int levels = 3, first = 1, soft = 0, low = 4, high = 5, inverse = 6, half = 7, delta = 8;
};
struct with_spread {
  template <class V>
  int spread() const {
    return 3;
  }
};
struct with_everything : with_alpha, with_division, with_powers, with_step, with_levels, with_spread {};

// What the scheme's own members may be called.
struct with_element {
  using element = Fixed<4, 2>;  // of another scheme that this one replaces
  using scale = E8M0;
  using format = E4M3;
  using grid = Fixed<4, 2>::grid;
};
struct with_constants {
  static constexpr int fraction_bits = 1, values_per_byte = 5, tensor_bits = 0, arithmetic = 3;
  static constexpr float max_value = 2.0F, min_value = -2.0F, tensor_scale = 3.0F;
  static constexpr bool may_need_two = true, has_lanes = true, can_place = true, has_nan = true,
                        is_signed = true, extends_sign = true;
  static constexpr int round = 1, overflow = 2, rule = 3, uses_random = 4, byte_bias = 5;
};
struct with_functions {
  static float tensor_scale(float absmax) { return 3.0F * absmax; }
  template <class P>
  static int code_of(const P&) {
    return 1;
  }
  template <class P>
  static bool has_vector_form(const P&) {
    return true;
  }
  template <class P>
  static P with_scale(float) {
    return {};
  }
};
struct with_lanes {
  template <class V>
  struct pair {
    V first, second;
    static pair of_group(const float*, int) { return {}; }
  };
  template <class V>
  static pair<V> fit_lanes(detail::ints_of<V>, float) {
    return {};
  }
  template <class V>
  static pair<V> place_lanes(detail::ints_of<V>) {
    return {};
  }
  template <class V>
  static detail::ints_of<V> cannot_place(detail::ints_of<V>) {
    return {};
  }
  template <class V>
  static V apply_placed(V x, const pair<V>&) {
    return x;
  }
  template <class V>
  static detail::ints_of<V> needs_two(const pair<V>&) {
    return {};
  }
  template <class V>
  static detail::ints_of<V> scale_lanes(detail::ints_of<V> magnitude, float) {
    return magnitude;
  }
  template <class V>
  static pair<V> decoding_lanes(detail::ints_of<V>, float) {
    return {};
  }
  template <class V, class P>
  static V to_element(V x, const P&) {
    return x;
  }
  template <class V, class P>
  static V from_element(V x, const P&) {
    return x;
  }
  template <class V, class P>
  static detail::ints_of<V> encode_lanes(V, const P&) {
    return {};
  }
  template <class V, class P>
  static V decode_lanes(detail::ints_of<V>, const P&) {
    return {};
  }
};

using OwnBlocks =
    testing::Types<Odd<nothing>, Odd<with_alpha>, Odd<with_division>, Odd<with_division, with_element>,
                   Odd<with_powers>, Odd<with_powers, with_element>, Odd<with_step>, Odd<with_levels>,
                   Odd<with_spread>, Odd<with_everything, with_element>, Odd<nothing, with_constants>,
                   Odd<nothing, with_functions>, Odd<with_division, with_functions>, Odd<nothing, with_lanes>,
                   Odd<with_everything, with_lanes>>;

Tensor<2> values_of(std::uint32_t seed, int rows, int columns) {
  Tensor<2> t(rows, columns);
  std::mt19937 random(seed);
  for (Eigen::Index i = 0; i < t.size(); ++i)
    t.data()[i] = std::ldexp(static_cast<float>(random() % 255) - 127.0F, static_cast<int>(random() % 3) - 7);
  return t;
}
/// What `Odd` makes of a tensor whose rows are whole blocks.
Tensor<2> odd_of(const Tensor<2>& x) {
  Tensor<2> y = x;
  for (Eigen::Index b = 0; b < x.size(); b += 16) {
    float absmax = 0.0F;
    for (Eigen::Index i = b; i < b + 16; ++i) absmax = std::max(absmax, std::abs(x.data()[i]));
    for (Eigen::Index i = b; i < b + 16; ++i)
      y.data()[i] = odd_value(odd_level(x.data()[i], unit_of(absmax)), unit_of(absmax));
  }
  return y;
}
template <class A, class B>
void expect_same(const A& got, const B& wanted, const char* what) {
  ASSERT_EQ(got.size(), wanted.size());
  for (Eigen::Index i = 0; i < got.size(); ++i)
    ASSERT_EQ(got.data()[i], wanted.data()[i]) << what << ", value " << i;
}
/// x·wᵀ: exact in double, for few bits are summed.
Tensor<2> product_of(const Tensor<2>& x, const Tensor<2>& w) {
  Tensor<2> y(x.dimension(0), w.dimension(0));
  for (Eigen::Index s = 0; s < x.dimension(0); ++s)
    for (Eigen::Index n = 0; n < w.dimension(0); ++n) {
      double sum = 0.0;
      for (Eigen::Index k = 0; k < x.dimension(1); ++k)
        sum += static_cast<double>(x(s, k)) * static_cast<double>(w(n, k));
      y(s, n) = static_cast<float>(sum);
    }
  return y;
}
template <class X, class W, Tier T>
Tensor<2> product_by(const Tensor<2>& x, const Tensor<2>& w) {
  native_product<X, W, T> product;
  product.pack(w.data(), w.dimension(0), w.dimension(1), w.dimension(1));
  std::vector<std::byte> memory(static_cast<std::size_t>(product.scratch_bytes(x.dimension(0))) + 64);
  const auto scratch = std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64);
  Tensor<2> y(x.dimension(0), w.dimension(0));
  product(x.data(), x.dimension(1), x.dimension(0), nullptr, y.data(), w.dimension(0), scratch);
  return y;
}

struct net final : graph<node<"x", input<dyn, 64>>, node<"fc", linear<64, 8>, "x">> {};
template <class X, class W>
struct both final : config<by_default<none>, by_op<op::linear, data_in<X>, weight<W>, bias<none>>> {};
/// The network's output for `x` under an execution.
template <class X, class W, class Execution>
Tensor<2> run(const Tensor<2>& x, const Tensor<2>& w) {
  weights<net> parameters;
  parameters.set("fc.weight", w);
  parameters.set("fc.bias", make_tensor<1>(Extents{8}));
  return quantize<both<X, W>, Execution>(net{}, parameters)(x);
}

template <class S>
struct OwnBlockScheme : testing::Test {};
TYPED_TEST_SUITE(OwnBlockScheme, OwnBlocks);

TYPED_TEST(OwnBlockScheme, ConvertsTensorsAsItsRequiredMembersSay) {
  static_assert(BlockScheme<TypeParam>);
  const Tensor<2> x = values_of(1, 24, 64), wanted = odd_of(x);
  expect_same(fake_quantize<TypeParam>(x), wanted, "fake_quantize");
  Tensor<2> by_definition(x.dimensions());
  quantize_values<TypeParam>(view(x).span(), mutable_view(by_definition).span(), extents(x));
  expect_same(by_definition, wanted, "quantize_values");
  const Packed<TypeParam> packed = encode<TypeParam>(x);
  EXPECT_EQ(packed.size_bytes(), x.size() / 2 + x.size() / 16 * 2) << "four bits a code, two bytes a scale";
  expect_same(decode<2>(packed), wanted, "decode");
  const Packed<TypeParam> again(packed.shape(), {packed.codes().begin(), packed.codes().end()},
                                {packed.scales().begin(), packed.scales().end()});
  EXPECT_TRUE(again == packed) << "no scale is refused";
  for (std::int64_t i = 0; i < x.size(); ++i) ASSERT_EQ(packed[i], wanted.data()[i]);
}
TYPED_TEST(OwnBlockScheme, MultipliesItsValues) {
  const Tensor<2> x = values_of(2, 5, 64), w = values_of(3, 8, 64);
  EXPECT_FALSE((native_product<TypeParam, Fixed<8, 6>>::available)) << "nothing is known of its codes";
  EXPECT_FALSE((native_product<Fixed<8, 6>, TypeParam>::available));
  const Tensor<2> wanted = product_of(odd_of(x), odd_of(w));
  expect_same(product_by<TypeParam, TypeParam, Tier::exact>(x, w), wanted, "exact");
  expect_same(product_by<TypeParam, TypeParam, Tier::fast>(x, w), wanted, "fast");
}
TEST(OwnBlockSchemes, RunInNetworksAsTheyAreSimulated) {
  const Tensor<2> x = values_of(4, 3, 64), w = values_of(5, 8, 64), wanted = product_of(odd_of(x), odd_of(w));
  const auto all = [&]<class S>(std::type_identity<S>) {
    expect_same(run<S, S, simulated>(x, w), wanted, "simulated");
    expect_same(run<S, S, native>(x, w), wanted, "native");
    expect_same(run<S, S, native_exact>(x, w), wanted, "native_exact");
    const Tensor<2> mixed = product_of(fake_quantize<Fixed<8, 4>>(x), odd_of(w));
    expect_same(run<Fixed<8, 4>, S, native>(x, w), mixed, "native, of one operand");
  };
  all(std::type_identity<Odd<with_alpha>>{});
  all(std::type_identity<Odd<with_everything, with_element>>{});
}

// --- Element formats
//
// Thirteen levels in four bits: multiples of 1/2 from -3 to 3.

template <class Members>
struct Halves : Members {
  using code_type = std::uint8_t;
  static constexpr int bits = 4;
  static constexpr std::string_view name() { return "Halves"; }
  static constexpr code_type encode(float x) {
    code_type code = 0;
    for (int i = -5; i <= 6; ++i)
      code = static_cast<code_type>(code + (x > static_cast<float>(i) * 0.5F - 0.25F ? 1 : 0));
    return code;
  }
  static constexpr float decode(code_type code) {
    return static_cast<float>(code < 13 ? code : 12) * 0.5F - 3.0F;
  }
};
struct with_grid {
  using grid = Fixed<8, 3>::grid;
  static constexpr int fraction_bits = 3;
};
struct with_format {
  using format = E2M1;
  using element = Fixed<4, 0>;
};
struct with_rounding {
  enum class modes { up, down };
  static constexpr modes round = modes::up;
  static constexpr modes overflow = modes::down;
};
struct with_rounding_function {
  static float round(float x) { return x + 1.0F; }
};
struct with_ends {
  static constexpr float max_value = 12.0F, min_value = -3.0F;  // of the code, and of the values
};
struct with_lane_members : with_grid {
  static constexpr bool has_lanes = true, can_place = true, extends_sign = true, has_magnitude_byte = true,
                        uses_random = false;
  static constexpr int values_per_byte = 5, least_place = 0, most_place = 0;
  template <class V>
  static detail::placed_grid<V> place(detail::ints_of<V>) {
    return {};
  }
  template <class V>
  static V nearest(V x, const detail::placed_grid<V>&) {
    return x;
  }
  template <class V>
  static V quantize_numbers(V x) {
    return x;
  }
  template <class V>
  static detail::ints_of<V> encode_lanes(V) {
    return {};
  }
  template <class V>
  static V decode_lanes(detail::ints_of<V>) {
    return {};
  }
  template <class V>
  static V decode_extended(detail::ints_of<V>) {
    return {};
  }
};
struct with_two_per_byte {
  static constexpr int values_per_byte = 2, uses_random = 7, arithmetic = 1;
  static constexpr const char* bits_per_value = "four";
};
/// A second parameter of `encode` and `quantize` that has nothing to do with random bits.
struct HalvesWithLimit : Halves<nothing> {
  static constexpr code_type encode(float x, float limit = 3.0F) {
    return Halves<nothing>::encode(x > limit ? limit : x < -limit ? -limit : x);
  }
  template <class V>
  static constexpr V quantize(V x, int mode = 1) {
    if constexpr (std::is_same_v<V, float>) return mode == 1 ? decode(encode(x)) : 100.0F;
    else {
      V y = x;
      for (int i = 0; i < detail::lane<V>::size; ++i) y[i] = quantize<float>(x[i], mode);
      return y;
    }
  }
};
/// Codes from -8 to 7 in four bits of a wider number.
struct Quarters {
  using code_type = std::int8_t;
  static constexpr int bits = 4;
  static constexpr std::string_view name() { return "Quarters"; }
  static constexpr code_type encode(float x) {
    code_type code = -8;
    for (int i = -7; i <= 7; ++i)
      code = static_cast<code_type>(code + (x > (static_cast<float>(i) - 0.5F) * 0.25F ? 1 : 0));
    return code;
  }
  static constexpr float decode(code_type code) { return static_cast<float>(code) * 0.25F; }
};

float halves_of(float x) { return std::clamp(std::ceil(x * 2.0F - 0.5F) * 0.5F, -3.0F, 3.0F); }
float quarters_of(float x) { return std::clamp(std::ceil(x * 4.0F - 0.5F) * 0.25F, -2.0F, 1.75F); }

template <class E, float (*Value)(float), int Highest>
struct Own {
  using type = E;
  static float value(float x) { return Value(x); }
  static constexpr float highest = static_cast<float>(Highest) / 4.0F;
};
using OwnElements =
    testing::Types<Own<Halves<nothing>, halves_of, 12>, Own<Halves<with_grid>, halves_of, 12>,
                   Own<Halves<with_format>, halves_of, 12>, Own<Halves<with_rounding>, halves_of, 12>,
                   Own<Halves<with_rounding_function>, halves_of, 12>, Own<Halves<with_ends>, halves_of, 12>,
                   Own<Halves<with_lane_members>, halves_of, 12>,
                   Own<Halves<with_two_per_byte>, halves_of, 12>, Own<HalvesWithLimit, halves_of, 12>,
                   Own<Quarters, quarters_of, 7>>;
template <class S>
struct OwnElementScheme : testing::Test {};
TYPED_TEST_SUITE(OwnElementScheme, OwnElements);

template <class Convert>
Tensor<2> each(const Tensor<2>& x, const Convert& convert) {
  Tensor<2> y = x;
  for (Eigen::Index i = 0; i < x.size(); ++i) y.data()[i] = convert(x.data()[i]);
  return y;
}
TYPED_TEST(OwnElementScheme, ConvertsTensorsAsItsRequiredMembersSay) {
  using E = typename TypeParam::type;
  static_assert(ElementScheme<E>);
  const Tensor<2> x = values_of(6, 24, 64), wanted = each(x, TypeParam::value);
  expect_same(fake_quantize<E>(x), wanted, "fake_quantize");
  const Packed<E> packed = encode<E>(x);
  EXPECT_EQ(packed.size_bytes(), x.size() / 2);
  expect_same(decode<2>(packed), wanted, "decode");
  EXPECT_EQ(bits_per_value<E>, 4.0);
}
TYPED_TEST(OwnElementScheme, IsAnElementOfBlocks) {
  using E = typename TypeParam::type;
  const Tensor<2> x = values_of(7, 24, 64);
  Tensor<2> divided = x, shared = x;
  for (Eigen::Index b = 0; b < x.size(); b += 16) {
    float absmax = 0.0F;
    for (Eigen::Index i = b; i < b + 16; ++i) absmax = std::max(absmax, std::abs(x.data()[i]));
    const float scale = absmax / TypeParam::highest;
    const float power = std::ldexp(1.0F, std::ilogb(absmax) - std::ilogb(TypeParam::highest));
    for (Eigen::Index i = b; i < b + 16; ++i) {
      divided.data()[i] = absmax == 0.0F ? 0.0F : TypeParam::value(x.data()[i] / scale) * scale;
      shared.data()[i] = absmax == 0.0F ? 0.0F : TypeParam::value(x.data()[i] / power) * power;
    }
  }
  using Divided = Scaled<E, Shape<16>>;
  using Shared = Block<E, Shape<16>>;
  expect_same(fake_quantize<Divided>(x), divided, "Scaled");
  expect_same(decode<2>(encode<Divided>(x)), divided, "Scaled, packed");
  expect_same(fake_quantize<Shared>(x), shared, "Block");
  expect_same(decode<2>(encode<Shared>(x)), shared, "Block, packed");
  const Tensor<2> w = values_of(8, 8, 64);
  expect_same(product_by<Shared, Fixed<8, 6>, Tier::automatic>(x, w),
              product_of(shared, fake_quantize<Fixed<8, 6>>(w)), "Block, multiplied");
}
TYPED_TEST(OwnElementScheme, MultipliesItsValues) {
  using E = typename TypeParam::type;
  const Tensor<2> x = values_of(9, 5, 64), w = values_of(10, 8, 64);
  const Tensor<2> xs = each(x, TypeParam::value), ws = each(w, TypeParam::value);
  expect_same(product_by<E, E, Tier::automatic>(x, w), product_of(xs, ws), "integers");
  expect_same(product_by<E, E, Tier::exact>(x, w), product_of(xs, ws), "exact");
  expect_same(product_by<Fixed<8, 4>, E, Tier::automatic>(x, w),
              product_of(fake_quantize<Fixed<8, 4>>(x), ws), "weights");
}
TEST(OwnElementSchemes, RunInNetworksAsTheyAreSimulated) {
  const Tensor<2> x = values_of(11, 3, 64), w = values_of(12, 8, 64);
  const auto all = [&]<class S>(std::type_identity<S>, float (*value)(float)) {
    const Tensor<2> wanted = product_of(each(x, value), each(w, value));
    expect_same(run<S, S, simulated>(x, w), wanted, "simulated");
    expect_same(run<S, S, native>(x, w), wanted, "native");
  };
  all(std::type_identity<Halves<with_grid>>{}, halves_of);
  all(std::type_identity<Quarters>{}, quarters_of);
}

// --- Classes derived from the library's
// ------------------------------------------------------------------------------------------ They inherit its
// forms for vectors, which convert as the base does.

/// Rounds down; the values are those of Fixed<8, 4>.
struct Floor : Fixed<8, 4> {
  static constexpr std::string_view name() { return "Floor"; }
  static code_type encode(float x) {
    return static_cast<code_type>(std::clamp(std::floor(x * 16.0F), -128.0F, 127.0F));
  }
};
float floor_of(float x) { return std::clamp(std::floor(x * 16.0F), -128.0F, 127.0F) / 16.0F; }

/// Blocks whose scale is half of what it would be: large values are clipped.
struct Clipped : Scaled<SymmetricFixed<8, 0>, Shape<16>> {
  static constexpr std::string_view name() { return "Clipped"; }
  template <class Values>
  static parameters fit(const Values& values, float) {
    return with_scale(values.max_magnitude().value() / 128.0F);
  }
  template <class Values>
  static scale_code fit_code(const Values& values, float t) {
    return std::bit_cast<std::uint32_t>(fit(values, t).factor);
  }
};
/// Elements that are rounded down, under the same scales.
struct FloorBlocks : Scaled<Fixed<8, 0>, Shape<16>> {
  static constexpr std::string_view name() { return "FloorBlocks"; }
  static code_type encode_element(float x, const parameters& p, i32) {
    return static_cast<code_type>(std::clamp(std::floor(x / p.divisor), -128.0F, 127.0F));
  }
};
/// A field of exponents that counts from another end.
struct Downwards : E8M0 {
  static constexpr u32 encode(int s, int) { return static_cast<u32>(127 - s); }
  static constexpr int decode(u32 code, int) { return 127 - static_cast<int>(code & 255); }
};

Tensor<2> by_blocks(const Tensor<2>& x, float (*value)(float x, float absmax)) {
  Tensor<2> y = x;
  for (Eigen::Index b = 0; b < x.size(); b += 16) {
    float absmax = 0.0F;
    for (Eigen::Index i = b; i < b + 16; ++i) absmax = std::max(absmax, std::abs(x.data()[i]));
    for (Eigen::Index i = b; i < b + 16; ++i)
      y.data()[i] = absmax == 0.0F ? 0.0F : value(x.data()[i], absmax);
  }
  return y;
}
float clipped_of(float x, float absmax) {
  const float scale = absmax / 128.0F;
  return std::clamp(std::nearbyint(x / scale), -127.0F, 127.0F) * scale;
}
float floored_of(float x, float absmax) {
  const float scale = absmax / 127.0F;
  return std::clamp(std::floor(x / scale), -128.0F, 127.0F) * scale;
}
template <class S>
void converts_to(const Tensor<2>& x, const Tensor<2>& wanted) {
  expect_same(fake_quantize<S>(x), wanted, "fake_quantize");
  expect_same(decode<2>(encode<S>(x)), wanted, "decode");
  Tensor<2> by_definition(x.dimensions());
  quantize_values<S>(view(x).span(), mutable_view(by_definition).span(), extents(x));
  expect_same(by_definition, wanted, "quantize_values");
}
TEST(DerivedSchemes, ConvertAsTheirOwnMembersSay) {
  const Tensor<2> x = values_of(13, 24, 64);
  converts_to<Floor>(x, each(x, floor_of));
  converts_to<Clipped>(x, by_blocks(x, clipped_of));
  converts_to<FloorBlocks>(x, by_blocks(x, floored_of));
  converts_to<Block<Fixed<8, 6>, Shape<16>, Downwards>>(x, fake_quantize<Block<Fixed<8, 6>, Shape<16>>>(x));
}
TEST(DerivedSchemes, MultiplyAsTheirOwnMembersSay) {
  const Tensor<2> x = values_of(14, 3, 64), w = values_of(15, 8, 64);
  const Tensor<2> wanted = product_of(each(x, floor_of), each(w, floor_of));
  expect_same(run<Floor, Floor, simulated>(x, w), wanted, "simulated");
  expect_same(run<Floor, Floor, native>(x, w), wanted, "native");
  expect_same(run<Clipped, Fixed<8, 6>, native>(x, w), run<Clipped, Fixed<8, 6>, simulated>(x, w),
              "native blocks");
  EXPECT_FALSE((native_product<Clipped, Fixed<8, 6>>::available));
}

// --- Declarations of one's own
//

/// A scheme that declares the arithmetic of `Scaled`, and has no more members than that kind asks for.
struct Declared {
  static constexpr arithmetic_of<Declared> arithmetic = {.kind = arithmetic_kind::elements_by_float};
  struct parameters {
    float divisor = 1.0F, factor = 0.0F;
  };
  using element = SymmetricFixed<8, 0>;
  using shape = Shape<16>;
  using code_type = element::code_type;
  static constexpr int bits = 8, scale_bits = 32;
  static constexpr std::string_view name() { return "Declared"; }
  template <class Values>
  static parameters fit(const Values& values, float) {
    const float absmax = values.max_magnitude().value();
    return absmax == 0.0F ? parameters{} : parameters{unit_of(absmax) / 16.0F, unit_of(absmax) / 16.0F};
  }
  template <class Values>
  static scale_code fit_code(const Values& values, float t) {
    return std::bit_cast<std::uint32_t>(fit(values, t).factor);
  }
  static parameters parameters_of(scale_code code, float) {
    const float factor = std::bit_cast<float>(static_cast<std::uint32_t>(code));
    return {factor == 0.0F ? 1.0F : factor, factor};
  }
  static code_type encode_element(float x, const parameters& p, i32) {
    return element::encode(x / p.divisor);
  }
  static float decode_element(code_type code, const parameters& p) {
    return element::decode(code) * p.factor;
  }
};
float declared_of(float x, float absmax) {
  const float unit = unit_of(absmax) / 16.0F;
  return std::clamp(std::nearbyint(x / unit), -127.0F, 127.0F) * unit;
}
/// Integers in a wide code, declared.
struct Wide {
  static constexpr arithmetic_of<Wide> arithmetic = {
      .kind = arithmetic_kind::integers, .low = -1000, .high = 1000, .fraction = 5};
  using code_type = std::int32_t;
  static constexpr int bits = 11;
  static constexpr std::string_view name() { return "Wide"; }
  static code_type encode(float x) {
    return static_cast<code_type>(std::clamp(std::nearbyint(x * 32.0F), -1000.0F, 1000.0F));
  }
  static float decode(code_type code) { return static_cast<float>(code) / 32.0F; }
};
float wide_of(float x) { return std::clamp(std::nearbyint(x * 32.0F), -1000.0F, 1000.0F) / 32.0F; }

TEST(DeclaredSchemes, AreMultipliedAsTheySay) {
  const Tensor<2> x = values_of(16, 3, 64), w = values_of(17, 8, 64);
  converts_to<Declared>(x, by_blocks(x, declared_of));
  converts_to<Wide>(x, each(x, wide_of));
  EXPECT_TRUE((native_product<Declared, Fixed<8, 6>>::available));
  expect_same(product_by<Declared, Fixed<8, 6>, Tier::automatic>(x, w),
              product_of(by_blocks(x, declared_of), fake_quantize<Fixed<8, 6>>(w)), "blocks");
  EXPECT_TRUE((native_product<Wide, Declared>::available));
  expect_same(product_by<Wide, Declared, Tier::automatic>(x, w),
              product_of(each(x, wide_of), by_blocks(w, declared_of)), "both");
}

}  // namespace own_schemes
