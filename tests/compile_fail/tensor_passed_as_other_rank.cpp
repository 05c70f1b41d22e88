// The values of packed codes, of rank 2, given to a function that takes images.
// expect: dyadic::Tensor<Rank>: a tensor cannot be made of one of another rank
// expect: rank_mismatch<4, 2>
#include <dyadic/kernel/encode.hpp>
using namespace dyadic;
#ifdef DYADIC_CONTROL
void show(const Tensor<2>&) {}
#else
void show(const Tensor<4>&) {}
#endif
void run(const Packed<Fixed<8, 4>>& p) { show(decode<2>(p)); }
