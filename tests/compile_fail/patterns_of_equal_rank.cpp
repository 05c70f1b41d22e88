// Two patterns that meet at one node.
// expect: rules_of_equal_rank<wrong, .*node_named<'f', 'c', '1'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_glob<"f*1", Fixed<8, 4>>, by_glob<"fc?", Fixed<4, 2>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
