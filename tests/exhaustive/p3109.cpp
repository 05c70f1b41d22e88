// SPDX-License-Identifier: BSL-1.0
/// @file p3109.cpp
/// P3109's formats of up to 8 bits, unsigned minifloats and E8M0.
#include "exhaustive/subject.hpp"

#include <dyadic/format/p3109.hpp>

namespace exhaustive {

using namespace dyadic::p3109;
using dyadic::E8M0;
using dyadic::Round;
using dyadic::UE4M3;
using dyadic::UE5M3;
using dyadic::UnsignedMinifloat;
using dyadic::With;

std::vector<Subject> p3109_subjects() {
  return subjects_of<
      Binary8p1se, Binary8p2se, Binary8p3se, Binary8p4se, Binary8p5se, Binary8p6se, Binary8p7se, Binary8p1sf,
      Binary8p5sf, Binary8p7sf, Binary8p1ue, Binary8p2ue, Binary8p3ue, Binary8p4ue, Binary8p5ue, Binary8p6ue,
      Binary8p7ue, Binary8p8ue, Binary8p1uf, Binary8p4uf, Binary8p5uf, Binary8p8uf, Binary6p3se, Binary6p3ue,
      Binary6p3uf, Binary6p4sf, Binary4p2se, Binary4p2sf, Binary4p2ue, Binary4p2uf, Binary3p1se, Binary3p2sf,
      Binary3p3ue,  //
      UE4M3, UE5M3, E8M0, UnsignedMinifloat<4, 4>, UnsignedMinifloat<2, 2>,
      With<Binary8p4se, Round::nearest_away>, With<Binary8p4se, Round::toward_zero>,
      With<Binary8p4se, Round::down>, With<Binary8p4se, Round::up>, With<Binary8p4se, Round::to_odd>,
      With<UE5M3, Round::nearest_away>, With<UE5M3, Round::toward_zero>, With<UE5M3, Round::down>,
      With<UE5M3, Round::up>, With<UE5M3, Round::to_odd>, With<E8M0, Round::nearest_away>,
      With<E8M0, Round::toward_zero>, With<E8M0, Round::down>, With<E8M0, Round::up>,
      With<E8M0, Round::to_odd>>();
}

}  // namespace exhaustive
