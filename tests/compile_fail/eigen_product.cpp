// Numbers of a format in Eigen's matrix product.
// expect: dyadic: Eigen's matrix product would round every partial sum
#include <dyadic/format/fixed.hpp>
#include <dyadic/kernel/num_traits.hpp>
#include <Eigen/Core>
using number = dyadic::Fixed<8, 4>;
using matrix = Eigen::Matrix<number, 4, 4>;
matrix make(const matrix& a, const matrix& b) { return a * b; }
