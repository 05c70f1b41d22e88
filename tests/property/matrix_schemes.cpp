// SPDX-License-Identifier: BSL-1.0
// The kernels of the matrix test's schemes; see support/matrix_schemes.hpp.
#define MATRIX_HERE_ARE_THE_KERNELS
#include <support/matrix_schemes.hpp>

namespace dyadic {
#define MATRIX_KERNEL(...) template void fake_quantize<__VA_ARGS__>(ConstView, View, const operand_axes&, std::uint64_t);
MATRIX_COLUMNS(MATRIX_KERNEL)
#undef MATRIX_KERNEL
}  // namespace dyadic
