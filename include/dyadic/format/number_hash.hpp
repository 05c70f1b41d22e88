// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file number_hash.hpp
/// `std::hash` of numbers: they can be keys of `std::unordered_map`.
#include <dyadic/format/number.hpp>

#include <functional>

DYADIC_AS_WRITTEN_BEGIN

/// Equal values have equal hashes: -0 that of 0.
template <dyadic::Number T>
struct std::hash<T> {
  std::size_t operator()(T a) const noexcept { return std::hash<double>()(static_cast<double>(a)); }
};

DYADIC_AS_WRITTEN_END
