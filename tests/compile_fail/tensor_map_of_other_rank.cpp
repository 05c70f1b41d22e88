// Quantised values, of rank 2, copied into a map of rank 3.
// expect: dyadic::Tensor<Rank>: a tensor cannot be made of one of another rank
// expect: rank_mismatch<3, 2>
#include <dyadic/format/fixed.hpp>
#include <dyadic/kernel/fake_quantize.hpp>
using namespace dyadic;
void run(const Tensor<2>& x, float* memory) {
#ifdef DYADIC_CONTROL
  Eigen::TensorMap<Tensor<2>> y(memory, 2, 8);
#else
  Eigen::TensorMap<Tensor<3>> y(memory, 2, 2, 4);
#endif
  y = fake_quantize<Fixed<8, 4>>(x);
}
