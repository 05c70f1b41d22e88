// SPDX-License-Identifier: BSL-1.0
// Compiling is passing: every entry of the README's table from MASE's dictionary to C++, in both families.
#include <dyadic/format/mase.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/quantize.hpp>

#include <dyadic/format/block.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>

namespace {
using namespace dyadic;

// A row of the table: MASE's numbers, and the standard format that takes their place. Both are schemes with the width that was asked for.
template <QuantScheme InMase, QuantScheme Standard>
constexpr bool row(int width) {
  return InMase::bits == width && Standard::bits == width;
}

// Names of schemes with their widths.
static_assert(row<mase::integer<8, 4>, Fixed<8, 4>>(8));                           // integer: width, frac_width
static_assert(row<mase::fixed<8, 4>, Fixed<8, 4>>(8));                             // fixed
static_assert(row<mase::integer<8, 4, false>, Fixed<8, 4, false>>(8));             // is_signed: False
static_assert(row<mase::integer_floor<8, 4>, With<Fixed<8, 4>, Round::down>>(8));  // floor: True
static_assert(row<mase::minifloat_ieee<8, 4, 7>, Minifloat<4, 3, 7>>(8));          // width, exponent_width, exponent_bias
static_assert(row<mase::minifloat_ieee<8, 4>, Minifloat<4, 3>>(8));                // exponent_bias: None
static_assert(row<mase::minifloat_denorm<8, 4, 7>, MinifloatDenorm<4, 3, 7>>(8));
static_assert(row<mase::log<8, 63>, LogQ<8, 63>>(8));  // log: width, exponent_bias
static_assert(row<mase::log<8>, LogQ<8>>(8));
static_assert(row<mase::block_fp<8, 8, 127, mase::block_size<1, 16>>, BlockFP<8, 8, Shape<1, 16>>>(8));  // + block_size: [1, 16]
static_assert(
    row<mase::block_minifloat<8, 4, 8, mase::block_size<1, 16>>, BlockMinifloat<4, 3, 8, Shape<1, 16>>>(8));  // exponent_bias_width
static_assert(row<mase::block_log<8, 8, mase::block_size<1, 16>>, BlockLog<8, 8, Shape<1, 16>>>(8));
static_assert(row<mase::binary<BinaryLevels::minus_plus>, Binary>(1));  // bipolar: True
static_assert(
    row<mase::binary<BinaryLevels::zero_plus, true>, ScaledBinary<PerRow, BinaryLevels::zero_plus>>(1));  // bipolar: False, scaled
static_assert(row<mase::binary<BinaryLevels::minus_plus, true>, ScaledBinary<PerRow>>(1));
static_assert(row<mase::ternary<>, ScaledTernary<TernaryRule::mean75, PerRow, true>>(2));                      // scaling_factor: False
static_assert(row<mase::ternary<true>, ScaledTernary<TernaryRule::mean75, PerRow>>(2));                        // scaling_factor: True, mean
static_assert(ScaledTernary<TernaryRule::max05, PerRow>::bits == 2);                                           // max
static_assert(row<mase::scale_integer<8>, Scaled<SymmetricFixed<8, 0>, Shape<whole>>>(8));                     // scale_integer
static_assert(QuantScheme<With<Binary, Round::stochastic>> && QuantScheme<With<Ternary, Round::stochastic>>);  // stochastic: True
static_assert(QuantScheme<With<Fixed<8, 4>, Round::stochastic>>);

// binary_residual, lutnet, logicnets: for linear and conv2d, and for nothing else.
template <class Scheme>
constexpr bool replaces_products() {
  int taken = 0;
  for (int k = 0; k <= static_cast<int>(op::custom); ++k) taken += operators_of<Scheme>.contains(static_cast<op>(k)) ? 1 : 0;
  return taken == 2 && operators_of<Scheme>.contains(op::linear) && operators_of<Scheme>.contains(op::conv2d);
}
static_assert(replaces_products<BinaryResidual<2>>() && replaces_products<LutNet<4>>() &&
              replaces_products<LogicNets<4, Fixed<3, 1>, Fixed<3, 1>>>());

// block_size: what MASE leaves out or gives as -1 is the whole dimension; with skip_first_dim the first one counts as 1.
using rows = mase::block_fp<8, 8, 127, mase::skip_first_dim<mase::block_size<16>>>;
static_assert(mase::block_size<16>::resolve({3, 5, 64}) == Extents{3, 5, 16});
static_assert(mase::skip_first_dim<mase::block_size<16>>::resolve({3, 5, 64}) == Extents{1, 5, 16});
static_assert(mase::block_size<1, whole>::resolve({5, 64}) == Extents{1, 64} && Shape<1, whole>::resolve({5, 64}) == Extents{1, 64});
static_assert(Shape<whole, 16>::resolve({3, 5, 64}) == Extents{1, 5, 16}, "dyadic::Shape: what is not mentioned counts as 1");

// by, default, type, name, regex_name, bypass, `name: None`, data_in, weight, bias, data_out.
struct net final
    : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 8>, "x">, node<"act", relu, "fc1">, node<"fc2", linear<8, 8>, "act">,
            node<"block1.q", linear<8, 8>, "fc2">, node<"block2.q", linear<8, 4>, "block1.q">> {};
struct all final
    : config<by_default<none>, by_op<op::linear, data_in<Fixed<8, 4>>, weight<Fixed<8, 6>>, bias<none>, data_out<Fixed<16, 8>>>,
             by_name<"fc1", bypass>, by_glob<"block*.q", data_in<rows>>> {};
constexpr auto of(std::string_view node) { return detail::assignments_of<net, all>[metadata<net>::find(node)]; }
static_assert(!of("act").changes_anything() && !of("fc1").changes_anything());
static_assert(of("fc2")[role::data_in] == &scheme_of<Fixed<8, 4>> && of("fc2")[role::weight] == &scheme_of<Fixed<8, 6>> &&
              of("fc2")[role::bias] == nullptr && of("fc2")[role::data_out] == &scheme_of<Fixed<16, 8>>);
static_assert(of("block2.q")[role::data_in] == &scheme_of<rows> && of("block2.q")[role::weight] == nullptr);

}  // namespace
