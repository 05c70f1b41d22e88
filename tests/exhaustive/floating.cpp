// SPDX-License-Identifier: BSL-1.0
#include "exhaustive/subject.hpp"

namespace exhaustive {

using namespace subjects;
using dyadic::E4M3;
using dyadic::Round;
using dyadic::With;

std::vector<Subject> floating_subjects() {
  return subjects_of<E4M3, dyadic::E5M2, dyadic::E3M2, dyadic::E2M3, dyadic::E2M1, Minifloat<4, 3>, Minifloat<5, 2>, Minifloat<3, 4>,
                     Minifloat<2, 5>, Minifloat<2, 1, 3>, Minifloat<5, 0>, Minifloat<4, 3, 8, Specials::fnuz>,
                     Minifloat<5, 2, 16, Specials::fnuz>, Minifloat<4, 3, 7, Specials::ieee>, dyadic::Half, dyadic::BFloat16,  //
                     With<E4M3, Round::nearest_away>, With<E4M3, Round::toward_zero>, With<E4M3, Round::down>, With<E4M3, Round::up>,
                     With<E4M3, Round::to_odd>>();
}

}  // namespace exhaustive
