// Towards a zero that is no level.
// expect: dyadic: Round::toward_zero needs a codebook with the level 0\. Use Round::down or Round::up\.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/policy.hpp>
static_assert(dyadic::With<dyadic::IQ4NL, dyadic::Round::toward_zero>::encode(0.0F) == 8);
