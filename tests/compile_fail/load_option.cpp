// An argument that `load` does not know.
// expect: dyadic::load<Graph>\(source, prefix, options\.\.\.\): an option is allow_unused, .* or tied
#include <dyadic/dyadic.hpp>
using namespace dyadic;

struct net final : graph<node<"x", input<dyn, 4>>, node<"fc", linear<4, 3>, "x">> {};
struct source {
  static bool contains(std::string_view) { return true; }
  static void read_into(std::string_view, const Extents&, std::span<float>) {}
};
#ifdef DYADIC_CONTROL
const auto w = load<net>(source{}, "net", allow_unused("b"), tied{"fc.weight", "a"});
#else
const auto w = load<net>(source{}, "net", "b");
#endif
