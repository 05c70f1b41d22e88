// SPDX-License-Identifier: BSL-1.0
// Number types and schemes without exceptions and RTTI; with an argument, an error: its sentence is told, and the program ends.
#include <dyadic/format/accumulator.hpp>
#include <dyadic/format/binary.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/mase.hpp>
#include <dyadic/format/number_hash.hpp>
#include <dyadic/format/number_stream.hpp>
#include <dyadic/format/p3109.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/storage.hpp>

#include <cstdio>

using namespace dyadic;

int main(int argc, char**) {
  float x[64], y[64];
  for (int i = 0; i < 64; ++i) x[i] = static_cast<float>(i - 9) / 8;
  quantize_values<MXFP4>(x, y, Extents{2, 32});
  quantize_values<Affine<8>>(x, x, Extents{2, 32});
  if (argc > 1) {
    set_error_handler([](const char* sentence) {
      std::printf("told: %s\n", sentence);
      std::fflush(stdout);
    });
    quantize_values<MXFP4>(x, y, Extents{2, 31});
  }
  using namespace dyadic::literals;
  return y[5] == -0.5F && static_cast<float>(1.5_e4m3 * 2_e4m3) == 3.0F && 2_e8m0 * 2_e8m0 == 4 && p3109::Binary8p4ue(-1) == 0 ? 0 : 1;
}
