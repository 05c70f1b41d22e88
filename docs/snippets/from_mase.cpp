// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/from_mase.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/format/mase.hpp>

#include <iostream>
#include <type_traits>
using namespace dyadic;

// clang-format off
struct tutorial final : config<
    by_default<none>,                                        // "default": {"config": {"name": None}}
    by_op<op::linear,                                        // "by": "type"; "linear": {"config": {"name": "integer",
        data_in<mase::integer<8, 4>>,                        //   "data_in_width": 8, "data_in_frac_width": 4,
        weight<mase::integer<8, 4>>,                         //   "weight_width": 8, "weight_frac_width": 4,
        bias<mase::integer<8, 4>>>,                          //   "bias_width": 8, "bias_frac_width": 4}}
    by_glob<"head*", data_in<mase::minifloat_ieee<8, 4, 7>>, // "regex_name": "name": "minifloat_ieee", "data_in_width": 8,
        weight<mase::minifloat_ieee<8, 4, 7>>>,              //   "data_in_exponent_width": 4, "data_in_exponent_bias": 7, …
    by_name<"last", bypass>> {};                             // "last": {"config": {"bypass": True}}

struct net final : graph<node<"x", input<dyn, 8>>, node<"fc", linear<8, 8>, "x">, node<"head1", linear<8, 8>, "fc">, node<"last", linear<8, 2>, "head1">> {};

int main() {
  const auto differs = []<class Mase, class Standard>(std::type_identity<Mase>, std::type_identity<Standard>, float x) {
    Tensor<2> in(1, 2);
    in.setValues({{x, 1.0f}});
    std::cout << x << ": " << fake_quantize<Mase>(in)(0, 0) << " and " << fake_quantize<Standard>(in)(0, 0) << '\n';
  };
  differs(std::type_identity<mase::minifloat_ieee<8, 4, 7>>{}, std::type_identity<Minifloat<4, 3>>{}, 1.99f);   // no carry into the next binade
  differs(std::type_identity<mase::block_fp<8, 8, 127>>{}, std::type_identity<BlockFP<8, 8>>{}, 1.0f);          // a power of two, cut off
  differs(std::type_identity<mase::log<8, 63>>{}, std::type_identity<LogQ<8, 63>>{}, 0.0f);                     // no zero

  weights<net> w;
  for (const parameter_info& p : w.entries()) w.set(p.full_name(), ConstView{std::vector<float>(static_cast<std::size_t>(p.shape.size()), 0.5f).data(), p.shape});
  Tensor<2> x(1, 8);
  x.setConstant(0.125f);
  return quantize<tutorial>(net{}, w)(x)(0, 0) > 0 ? 0 : 1;
}
