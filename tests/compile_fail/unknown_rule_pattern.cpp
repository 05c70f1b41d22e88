// A by_glob rule that matches no node.
// expect: dyadic::config<Rules...>: a by_name or by_glob rule matches no node of this graph
// expect: rule_for_nothing<wrong, .*no_node_matches<'b', '.', '.', 'q'>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 4, 2>>, node<"flat", flatten, "x">, node<"fc1", linear<8, 4>, "flat">, node<"act", relu, "fc1">> {};
struct wrong final : config<by_default<none>, by_glob<"b*.q", Fixed<8, 4>>> {};
auto make(const weights<net>& w) { return quantize<wrong>(net{}, w); }
