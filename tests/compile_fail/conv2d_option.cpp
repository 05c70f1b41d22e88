// An option that a convolution does not have.
// expect: dyadic::conv2d<In, Out, Kernel, Options...>: an option is none of stride, padding, dilation, groups, no_bias
#include <dyadic/layer/conv.hpp>
using namespace dyadic;
static_assert(conv2d<4, 6, 3, output_padding<1>>::kind == op::conv2d);
