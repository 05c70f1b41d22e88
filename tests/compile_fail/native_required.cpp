// An execution that must not leave products simulated, and a network two of whose products it does.
// expect: dyadic::required<Execution>: products would run simulated
// expect: simulated_node<.*node_named<'f', 'c', '1'>, .*role_named<'w', 'e', 'i', 'g', 'h', 't'>, .*special_values>
// expect: simulated_node<.*node_named<'f', 'c', '2'>, .*role_named<'w', 'e', 'i', 'g', 'h', 't'>, .*special_values>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/pass/native.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"fc1", linear<8, 8>, "x">, node<"act", relu, "fc1">,
                         node<"fc2", linear<8, 4>, "act">> {};
#ifdef DYADIC_CONTROL
using scheme = E2M1;
#else
using scheme = E4M3;  // which has a code for NaN
#endif
struct rules final : config<by_default<data_in<Fixed<8, 4>>, weight<scheme>>> {};
auto make(const weights<net>& w) { return quantize<rules, native_required>(net{}, w); }
