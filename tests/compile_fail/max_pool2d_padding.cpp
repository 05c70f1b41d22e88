// Windows that may lie in the padding altogether.
// expect: dyadic::max_pool2d<Kernel, Options...>: the padding must be at most half of the kernel
#include <dyadic/layer/pool.hpp>
using namespace dyadic;
static_assert(max_pool2d<2, padding<2>>::kind == op::max_pool2d);
