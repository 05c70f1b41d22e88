// A convolution of 3 channels reads an image of 1: the image it wants is printed.
// expect: dyadic::graph<Nodes...>: an operator cannot take the shape of its input
// expect: shape_mismatch<.*node_named<'c'>, .*conv2d<3, 8, .*got<.*shape<-1, 1, 8, 8> ?>, .*wanted<.*shape<-1, 3, 8, 8> ?>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/model/metadata.hpp>
using namespace dyadic;
struct net final : graph<node<"x", input<dyn, 1, 8, 8>>, node<"c", conv2d<3, 8, 3>, "x">> {};
static_assert(metadata<net>::checked);
