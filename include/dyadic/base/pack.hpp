// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file pack.hpp
/// A list of types with constant-time access: looking up element `I` costs one overload resolution and no recursion, and the
/// symbol it makes names (I, T) only, never the whole list.
#include <cstddef>
#include <type_traits>
#include <utility>

namespace dyadic {
namespace detail {

template <std::size_t I, class T>
struct pack_slot {
  using type = T;
};
template <std::size_t I, class T>
pack_slot<I, T> pick_slot(const pack_slot<I, T>&);  // never defined: only its return type is asked for

template <class Indices, class... T>
struct pack_of;
template <std::size_t... I, class... T>
struct pack_of<std::index_sequence<I...>, T...> : pack_slot<I, T>... {};

}  // namespace detail

/// The types `T...`, by position.
template <class... T>
struct pack : detail::pack_of<std::index_sequence_for<T...>, T...> {
  static constexpr std::size_t size = sizeof...(T);
};

/// The `I`-th type of a pack; `I` must be below its size.
template <std::size_t I, class Pack>
using at = typename decltype(detail::pick_slot<I>(std::declval<const Pack&>()))::type;

}  // namespace dyadic
