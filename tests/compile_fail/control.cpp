// ok: with the same flags as the other files here, a correct program compiles; they fail by their own mistakes.
#include <dyadic/format/fixed.hpp>
#include <dyadic/kernel/tensor.hpp>

static_assert(dyadic::Fixed<8, 4>::decode(16) == 1.0F);
dyadic::Tensor<2> t;
