// SPDX-License-Identifier: BSL-1.0
// Rows of the matrix: matrix products and convolutions.
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>

#include <support/matrix.hpp>

namespace dyadic::matrix {

std::vector<row> rows_of_products() {
  using naive::Convolution;
  return {
      make<input<dyn, 3, 5, 19>, input<3, 19, 7>, matmul, input<dyn, 37>, input<37, 6>, matmul>(naive::matmul(), naive::matmul()),
      make<input<dyn, 5, 19>, input<dyn, 19, 7>, bmm, input<dyn, 3, 6>, input<dyn, 6, 33>, bmm>(naive::matmul(), naive::matmul()),
      make<input<dyn, 37>, linear<37, 5>, input<dyn, 3, 19>, linear<19, 21>>(naive::linear(), naive::linear()),
      make<input<dyn, 3, 19>, conv1d<3, 5, 4, stride<2>, padding<1>>, input<dyn, 4, 21>, conv1d<4, 6, 3, groups<2>, dilation<2>>>(
          naive::convolution({.stride = {1, 2}, .padding = {0, 1}}), naive::convolution({.dilation = {1, 2}, .groups = 2})),
      make<input<dyn, 3, 4, 21>, conv2d<3, 5, 3, padding<1>>, input<dyn, 6, 8, 5>,
           conv2d<6, 4, dims{3, 2}, stride<2, 1>, groups<2>, dilation<1, 2>>>(
          naive::convolution({.padding = {1, 1}}), naive::convolution({.stride = {2, 1}, .dilation = {1, 2}, .groups = 2})),
      make<input<dyn, 3, 2, 19>, convtranspose2d<3, 5, 3, stride<2>, padding<1>, output_padding<1>>, input<dyn, 4, 3, 5>,
           convtranspose2d<4, 6, dims{2, 3}, groups<2>>>(
          naive::transposed_convolution({.stride = {2, 2}, .padding = {1, 1}, .output_padding = {1, 1}}),
          naive::transposed_convolution({.groups = 2})),
  };
}

}  // namespace dyadic::matrix
