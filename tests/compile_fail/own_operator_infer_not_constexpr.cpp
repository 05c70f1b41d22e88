// An operator of one's own whose shapes the compiler cannot compute.
// expect: the shapes of this graph cannot be computed at compile time
// expect-not: a graph needs at least one node
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct at_run_time {
  static constexpr op kind = op::custom;
  static std::string name() { return "at_run_time"; }
  static constexpr std::array inputs{role::data_in};
  static inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const arguments&) {}
};
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", at_run_time, "x">> {};
static_assert(metadata<net>::checked);
