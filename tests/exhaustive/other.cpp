// SPDX-License-Identifier: BSL-1.0
#include "exhaustive/subject.hpp"

namespace exhaustive {

using namespace subjects;

std::vector<Subject> other_subjects() {
  return subjects_of<MinifloatDenorm<4, 3>, MinifloatDenorm<3, 4>, MinifloatDenorm<5, 2>, LogQ<8>, LogQ<5>, LogQ<4>, LogQ<5, 12>,
                     LogQ<4, 5>, Binary, Ternary>();
}

}  // namespace exhaustive
