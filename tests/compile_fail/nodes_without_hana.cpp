// The nodes as a tuple, where Hana's tuple is only declared.
// expect: dyadic: nodes\(\) gives a boost::hana::tuple, which is only declared here; #include <dyadic/model/rewrite.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/graph.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", relu, "x">> {};
constexpr auto nodes = net::nodes();
