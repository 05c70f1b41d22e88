// SPDX-License-Identifier: BSL-1.0
#include "exhaustive/subject.hpp"

namespace exhaustive {

using namespace subjects;
using dyadic::NF4;
using dyadic::Round;
using dyadic::With;

std::vector<Subject> codebook_subjects() {
  return subjects_of<NF4, dyadic::IQ4NL, Codebook<codebooks::signs>, Codebook<codebooks::four>,
                     Codebook<codebooks::eight>, Codebook<codebooks::twice>, Codebook<codebooks::thirteen>,
                     Codebook<codebooks::thirty>, Codebook<codebooks::geometric>,
                     Codebook<codebooks::ends>,  //
                     With<NF4, Round::nearest_away>, With<NF4, Round::toward_zero>, With<NF4, Round::down>,
                     With<NF4, Round::up>, With<NF4, Round::to_odd>,
                     With<Codebook<codebooks::signs>, Round::nearest_away>>();
}

}  // namespace exhaustive
