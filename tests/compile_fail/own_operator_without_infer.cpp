// An operator of one's own that says nothing of shapes, and one whose `run` takes something else.
// expect: dyadic: an operator of your own lacks `static constexpr inferred infer
// expect: dyadic: an operator of your own lacks `static void run
// expect-not: everything in a graph is a node
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct shapeless {
  static constexpr op kind = op::custom;
  static std::string name() { return "shapeless"; }
  static constexpr std::array inputs{role::data_in};
  static void run(const arguments&) {}
};
struct runs_otherwise {
  static constexpr op kind = op::custom;
  static std::string name() { return "runs_otherwise"; }
  static constexpr std::array inputs{role::data_in};
  static constexpr inferred infer(std::span<const Extents> in) { return in[0]; }
  static void run(const float*, float*) {}
};
struct net final : graph<node<"x", input<dyn, 8>>, node<"a", shapeless, "x">, node<"b", runs_otherwise, "a">> {};
static_assert(metadata<net>::checked);
