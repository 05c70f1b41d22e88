// An output padding as large as stride and dilation.
// expect: dyadic::convtranspose2d<In, Out, Kernel, Options...>: output_padding must be smaller than stride or dilation
#include <dyadic/layer/conv.hpp>
using namespace dyadic;
static_assert(convtranspose2d<4, 6, 3, stride<2>, output_padding<2>>::kind == op::convtranspose2d);
