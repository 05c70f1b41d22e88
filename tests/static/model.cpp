// SPDX-License-Identifier: BSL-1.0
// Compiling is passing: what a graph and a configuration say at compile time.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/pass/quantize.hpp>

#include <boost/hana/count_if.hpp>
#include <boost/hana/filter.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/tuple.hpp>

namespace {
using namespace dyadic;
namespace hana = boost::hana;

struct mlp final : graph<                       // the tour of the documentation
    node<"x",    input<dyn, 8, 8>>,
    node<"flat", flatten,        "x">,
    node<"fc1",  linear<64, 64>, "flat">,
    node<"act1", relu,           "fc1">,
    node<"fc2",  linear<64, 32>, "act1">,
    node<"act2", relu,           "fc2">,
    node<"fc3",  linear<32, 10>, "act2">> {};

// Shapes and parameters are known before anything runs.
static_assert(metadata<mlp>::size == 7 && metadata<mlp>::inputs == 1);
static_assert(metadata<mlp>::shapes[metadata<mlp>::find("flat")] == Extents{dyn, 64});
static_assert(metadata<mlp>::shapes[metadata<mlp>::find("fc2")] == Extents{dyn, 32});
static_assert(metadata<mlp>::output_shape == Extents{dyn, 10});
static_assert(metadata<mlp>::find("fc9") == 7, "no such node: the size");
static_assert(metadata<mlp>::sources(2)[0] == 1);
static_assert(metadata<mlp>::parameters.size() == 6);
static_assert(metadata<mlp>::parameters[4].is_called("fc3.weight") && metadata<mlp>::parameters[4].shape == Extents{10, 32});
static_assert(!metadata<mlp>::parameters[4].is_called("fc3.weigh") && !metadata<mlp>::parameters[4].is_called("fc3-weight") &&
              !metadata<mlp>::parameters[4].is_called("fc3"));
static_assert(metadata<mlp>::parameters[0].offset == 0 && metadata<mlp>::parameters[1].offset == 4096);

// Nodes are types, for passes written with Hana.
constexpr auto is_linear = [](auto n) { return hana::bool_c<decltype(n)::type::operation::kind == op::linear>; };
static_assert(decltype(hana::length(mlp::nodes()))::value == 7);
static_assert(decltype(hana::length(hana::filter(mlp::nodes(), is_linear)))::value == 3);

// A chain needs two buffers; an identity per node would need seven.
static_assert(detail::planned<mlp, unquantized>.buffers <= 2);
static_assert(detail::planned<mlp, unquantized>.output[1] == detail::with_source, "flatten moves nothing");
static_assert(detail::planned<mlp, unquantized>.output[6] == detail::in_result, "the last node writes to the caller's tensor");

// A value that is read later keeps its buffer; the sum frees both operands.
struct residual final : graph<node<"x", input<dyn, 8>>, node<"a", linear<8, 8>, "x">, node<"b", linear<8, 8>, "a">, node<"c", relu, "b">,
                              node<"sum", add, "a", "c">, node<"out", linear<8, 2>, "sum">> {};
static_assert(detail::planned<residual, unquantized>.buffers == 3);
static_assert(detail::planned<residual, unquantized>.output[1] != detail::planned<residual, unquantized>.output[2]);
static_assert(detail::planned<residual, unquantized>.output[2] == detail::planned<residual, unquantized>.output[3], "relu works in place");

// Patterns.
static_assert(glob_matches("", "") && glob_matches("*", "") && glob_matches("*", "fc1") && glob_matches("fc?", "fc1"));
static_assert(glob_matches("block*.q", "block12.q") && !glob_matches("block*.q", "block12.qk") && !glob_matches("fc?", "fc"));
static_assert(glob_matches("*a*b", "xaabab") && !glob_matches("*a*b", "xaaba") && glob_matches("**", "x") && !glob_matches("", "x"));

// Rules: a name beats a pattern beats an operator beats the default, and the winner replaces the others whole.
using F8 = Fixed<8, 4>;
using F6 = Fixed<6, 3>;
using F4 = Fixed<4, 2>;
struct ranked final : config<by_default<F4>, by_op<op::linear, data_in<F8>, weight<F8>, bias<none>>, by_glob<"f*2", data_in<F6>>,
                             by_name<"fc3", weight<E4M3>>, by_name<"act2", bypass>, by_op<op::conv2d, weight<F8>>> {};
constexpr auto of(std::string_view node) { return detail::assignments_of<mlp, ranked>[metadata<mlp>::find(node)]; }
static_assert(of("fc1")[role::data_in] == &scheme_of<F8> && of("fc1")[role::weight] == &scheme_of<F8>);
static_assert(of("fc1")[role::bias] == nullptr, "given: it does not follow weight");
static_assert(of("fc2")[role::data_in] == &scheme_of<F6> && of("fc2")[role::weight] == nullptr, "rules are not merged");
static_assert(of("fc3")[role::data_in] == nullptr && of("fc3")[role::weight] == &scheme_of<E4M3>);
static_assert(of("fc3")[role::bias] == &scheme_of<E4M3>, "bias follows weight");
static_assert(of("act1")[role::data_in] == &scheme_of<F4>, "one scheme: for data_in");
static_assert(of("act1")[role::weight] == nullptr, "the default skips what an operator lacks");
static_assert(!of("act2").changes_anything() && of("act2").decided);
static_assert(!of("flat").changes_anything() && !of("x").changes_anything(), "shapes and inputs have no data_in");

// Stacked: where the upper configuration has no rule, the lower one stays.
struct upper final : config<by_name<"fc1", F4>, by_name<"fc3", none>> {};
constexpr auto stacked_of(std::string_view node) { return detail::assignments_of<mlp, stacked<upper, ranked>>[metadata<mlp>::find(node)]; }
static_assert(stacked_of("fc1")[role::weight] == &scheme_of<F4> && stacked_of("fc1")[role::bias] == &scheme_of<F4>);
static_assert(stacked_of("fc2")[role::data_in] == &scheme_of<F6>);
static_assert(!stacked_of("fc3").changes_anything());

// data_out reaches every operator, also those with nothing else to quantise; a reshape then needs memory of its own.
struct results final : config<by_default<data_out<F8>>> {};
static_assert(detail::assignments_of<mlp, results>[1][role::data_out] == &scheme_of<F8>);
static_assert(detail::planned<mlp, results>.output[1] >= 0 && detail::planned<mlp, results>.output[0] >= 0);

// Shape inference of the operators.
constexpr Extents shape_3[] = {{dyn, 7, 48}};
static_assert(linear<48, 24>::infer(shape_3).shape == Extents{dyn, 7, 24}, "over the last dimension, any rank");
static_assert(!linear<47, 24>::infer(shape_3).ok() && linear<47, 24>::infer(shape_3).shape == Extents{dyn, 7, 47});
static_assert(flatten::infer(shape_3).shape == Extents{dyn, 336});
constexpr Extents broadcast_shapes[] = {{dyn, 1, 8}, {5, 1}};
static_assert(add::infer(broadcast_shapes).shape == Extents{dyn, 5, 8});
constexpr Extents meeting_dyn[] = {{dyn, 8}, {4, 8}};
static_assert(add::infer(meeting_dyn).shape == Extents{4, 8});

static_assert(to_string(op::linear) == "linear" && to_string(op::custom) == "custom" && to_string(op::relu) == "relu");
static_assert(std::is_same_v<at<1, pack<int, char, long>>, char>);
}  // namespace
