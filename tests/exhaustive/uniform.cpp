// SPDX-License-Identifier: BSL-1.0
#include "exhaustive/subject.hpp"

namespace exhaustive {

using namespace subjects;
using dyadic::Round;
using dyadic::With;

std::vector<Subject> uniform_subjects() {
  return subjects_of<Fixed<8, 4>, Fixed<8, 7>, Fixed<8, 6>, Fixed<8, 0>, Fixed<8, 4, false>, Fixed<6, 3>, Fixed<4, 2>, Fixed<2, 1>,
                     Fixed<1, 0>, SymmetricFixed<8, 6>, SignMagnitude<8, 6>, SignMagnitude<6, 4>, SignMagnitude<4, 2>,  //
                     With<Fixed<8, 4>, Round::nearest_away>, With<Fixed<8, 4>, Round::toward_zero>, With<Fixed<8, 4>, Round::down>,
                     With<Fixed<8, 4>, Round::up>, With<Fixed<8, 4>, Round::to_odd>>();
}

}  // namespace exhaustive
