// An operator of one's own that says it is a view, and infers another size: verify finds it.
// expect: dyadic::verify<Graph, Config>..: what is known of a node contradicts itself
// expect: inconsistent_metadata<net, .*node_named<'h', 'a', 'l', 'f'>.*inconsistency::view_size>
#include <dyadic/layer/input.hpp>
#include <dyadic/pass/verify.hpp>
using namespace dyadic;
struct half {
  static constexpr op kind = op::custom;
  static std::string name() { return "half"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr bool view = true;
#ifdef DYADIC_CONTROL
  static constexpr inferred infer(std::span<const Extents> in) { return Extents{in[0][0], 2, in[0][1] / 2}; }
#else
  static constexpr inferred infer(std::span<const Extents> in) { return Extents{in[0][0], in[0][1] / 2}; }
#endif
  static void run(const arguments&) {}
};
struct net final : graph<node<"x", input<dyn, 8>>, node<"half", half, "x">> {};
static_assert(verify<net>());
