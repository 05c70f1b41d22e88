// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file policies.hpp
/// `With<Format, Round, Overflow>` of some formats in every combination that there is.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/policy.hpp>

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
  return O != Overflow::special || F::has_nan;
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

}  // namespace digest
