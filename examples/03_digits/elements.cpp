// SPDX-License-Identifier: BSL-1.0
// Formats that treat each value for itself: no scales, so data and weights must lie where the format has values.
#include "configurations.hpp"
#include "measure.hpp"

std::vector<digits::result> digits::measure_elements(const exam& e) {
  return {
      measure<nothing>("float32", e),
      measure<everything<Fixed<8, 4>>>("Fixed<8, 4>, every operator", e),  // MASE's `integer` with its documented widths
      measure<products<Fixed<8, 4>, Fixed<8, 6>>>("Fixed<8, 4> × Fixed<8, 6>", e),
      measure<products<Fixed<6, 3>, Fixed<6, 4>>>("Fixed<6, 3> × Fixed<6, 4>", e),
      measure<products<Fixed<4, 2>, Fixed<4, 3>>>("Fixed<4, 2> × Fixed<4, 3>", e),
      measure<products<E4M3>>("E4M3", e),
      measure<products<E5M2>>("E5M2", e),
      measure<products<E2M3>>("E2M3 (6 bits)", e),
      measure<products<Minifloat<2, 1, 3>>>("Minifloat<2, 1, 3> (4 bits)", e),
      measure<products<LogQ<8>>>("LogQ<8>", e),
      measure<products<LogQ<5, 12>>>("LogQ<5, 12>", e),
      measure<products<LogQ<4, 5>>>("LogQ<4, 5>", e),
      measure<products<Binary>>("Binary × Binary, unscaled", e),
  };
}
