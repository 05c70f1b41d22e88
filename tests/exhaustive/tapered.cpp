// SPDX-License-Identifier: BSL-1.0
#include "exhaustive/subject.hpp"

namespace exhaustive {

using namespace subjects;
using dyadic::Round;
using dyadic::With;

std::vector<Subject> tapered_subjects() {
  return subjects_of<Posit<8>, Posit<7>, Posit<6>, Posit<5>, Posit<4>, Posit<3>, Posit<2>, Posit<8, 0>,
                     Posit<8, 1>, Posit<8, 3>, Posit<16>, Takum<8>, Takum<7>, Takum<6>, Takum<5>, Takum<4>,
                     Takum<3>, Takum<2>, Takum<16>,  //
                     With<Posit<8>, Round::nearest_away>, With<Posit<8>, Round::toward_zero>,
                     With<Posit<8>, Round::down>, With<Posit<8>, Round::up>, With<Posit<8>, Round::to_odd>,
                     With<Takum<8>, Round::nearest_away>, With<Takum<8>, Round::toward_zero>,
                     With<Takum<8>, Round::down>, With<Takum<8>, Round::up>, With<Takum<8>, Round::to_odd>>();
}

}  // namespace exhaustive
