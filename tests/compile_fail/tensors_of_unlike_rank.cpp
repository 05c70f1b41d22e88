// The difference of a tensor from a file, of rank 2, and one of rank 3.
// expect: dyadic::Tensor<Rank>: a tensor cannot be made of one of another rank
// expect: rank_mismatch<3, 2>
#include <dyadic/io/safetensors.hpp>
using namespace dyadic;
#ifdef DYADIC_CONTROL
using images = Tensor<2>;
#else
using images = Tensor<3>;
#endif
images run(const safetensors::File& file, const images& x) { return x - file.tensor<2>("x"); }
