// Formats whose neighbours lie at distances of their own draw all random bits.
// expect: dyadic: Posit rounds stochastically with all random bits\. Use Round::stochastic\.
// expect: dyadic: Takum rounds stochastically with all random bits\. Use Round::stochastic\.
// expect: dyadic: Codebook rounds stochastically with all random bits\. Use Round::stochastic\.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
using dyadic::With;
unsigned posit(float x) { return With<dyadic::Posit<8>, dyadic::stochastic_a<8>>::encode(x, 0U); }
unsigned takum(float x) { return With<dyadic::Takum<8>, dyadic::stochastic_b<8>>::encode(x, 0U); }
unsigned codebook(float x) { return With<dyadic::NF4, dyadic::stochastic_c<8>>::encode(x, 0U); }
