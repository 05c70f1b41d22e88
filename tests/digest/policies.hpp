// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file policies.hpp
/// `With<Format, Round, Overflow>` of some formats in every combination that there is.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

#include <concepts>
#include <type_traits>

namespace digest {

template <class... S>
struct schemes {};
template <class... Lists>
struct joined {
  using type = schemes<>;
};
template <class... A>
struct joined<schemes<A...>> {
  using type = schemes<A...>;
};
template <class... A, class... B, class... Rest>
struct joined<schemes<A...>, schemes<B...>, Rest...> : joined<schemes<A..., B...>, Rest...> {};

template <class F, dyadic::Round R, dyadic::Overflow O>
constexpr bool is_allowed() {
  using dyadic::Overflow;
  using dyadic::Round;
  if (std::same_as<F, dyadic::Binary> || std::same_as<F, dyadic::Ternary>) {
    if (R != Round::nearest_even && R != Round::stochastic) return false;
  }
  if constexpr (O == Overflow::wrap) return requires {
      F::can_wrap;
    };
  return O == Overflow::saturate || F::has_nan;
}
template <class F, dyadic::Round R, dyadic::Overflow O>
struct one_policy {
  using type = schemes<>;
};
template <class F, dyadic::Round R, dyadic::Overflow O>
requires(is_allowed<F, R, O>()) struct one_policy<F, R, O> {
  using type = schemes<dyadic::With<F, R, O>>;
};
template <class F, dyadic::Overflow O>
using directions = typename joined<typename one_policy<F, dyadic::Round::nearest_even, O>::type,  //
                                   typename one_policy<F, dyadic::Round::nearest_away, O>::type,
                                   typename one_policy<F, dyadic::Round::toward_zero, O>::type,
                                   typename one_policy<F, dyadic::Round::down, O>::type,
                                   typename one_policy<F, dyadic::Round::up, O>::type,
                                   typename one_policy<F, dyadic::Round::to_odd, O>::type,
                                   typename one_policy<F, dyadic::Round::stochastic, O>::type>::type;
template <class F>
using policies_of =
    typename joined<directions<F, dyadic::Overflow::saturate>, directions<F, dyadic::Overflow::wrap>,
                    directions<F, dyadic::Overflow::special>>::type;

template <class... F>
using policies = typename joined<policies_of<F>...>::type;
using all_policies =
    policies<dyadic::Fixed<8, 4>, dyadic::Fixed<8, 4, false>, dyadic::Fixed<16, 8>, dyadic::Fixed<32, 16>,
             dyadic::SymmetricFixed<8, 6>, dyadic::SignMagnitude<8, 6>, dyadic::E4M3, dyadic::E5M2,
             dyadic::E2M1, dyadic::Half, dyadic::BFloat16, dyadic::Minifloat<4, 3, 8, dyadic::Specials::fnuz>,
             dyadic::Minifloat<5, 0>, dyadic::MinifloatDenorm<4, 3>, dyadic::LogQ<5>, dyadic::Binary,
             dyadic::Ternary>;

/// Formats of P3109's kinds and without a sign, and what P3109 adds to roundings and overflow.
template <class F>
using with_p3109_overflow = typename joined<policies_of<F>, directions<F, dyadic::Overflow::propagate>,
                                            directions<F, dyadic::Overflow::infinity>>::type;
using extended_format = dyadic::Minifloat<4, 3, 8, dyadic::Specials::extended>;
using p3109_policies = typename joined<
    with_p3109_overflow<extended_format>, with_p3109_overflow<dyadic::UE5M3>,
    with_p3109_overflow<dyadic::UnsignedMinifloat<4, 4, 8, dyadic::Specials::extended>>,
    policies_of<dyadic::E8M0>, directions<dyadic::E5M2, dyadic::Overflow::propagate>,
    directions<dyadic::E5M2, dyadic::Overflow::infinity>,
    directions<dyadic::Minifloat<4, 3, 8, dyadic::Specials::fnuz>, dyadic::Overflow::infinity>,
    schemes<
        dyadic::With<dyadic::E4M3, dyadic::stochastic_a<1>>, dyadic::With<dyadic::E4M3, dyadic::stochastic_a<8>>,
        dyadic::With<extended_format, dyadic::stochastic_b<8>, dyadic::Overflow::infinity>,
        dyadic::With<dyadic::UE5M3, dyadic::stochastic_c<6>>, dyadic::With<dyadic::E8M0, dyadic::stochastic_c<1>>,
        dyadic::With<dyadic::E8M0, dyadic::stochastic_b<30>>, dyadic::With<dyadic::Half, dyadic::stochastic_a<24>>,
        dyadic::With<dyadic::Fixed<8, 4>, dyadic::stochastic_b<3>, dyadic::Overflow::wrap>,
        dyadic::With<dyadic::Fixed<32, 16>, dyadic::stochastic_c<30>>,
        dyadic::With<dyadic::LogQ<5>, dyadic::stochastic_c<12>>>>::type;

/// Formats whose neighbours lie at distances of their own.
using uneven_policies =
    typename joined<policies_of<dyadic::Posit<8>>, policies_of<dyadic::Takum<16>>, policies_of<dyadic::NF4>>::type;

}  // namespace digest
