// Groups that do not divide the channels.
// expect: dyadic::conv2d<In, Out, Kernel, Options...>: groups<N> must divide In and Out
#include <dyadic/layer/conv.hpp>
using namespace dyadic;
static_assert(conv2d<4, 6, 3, groups<4>>::kind == op::conv2d);
