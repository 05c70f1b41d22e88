// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file version.hpp
/// The library's version; the same as in CMakeLists.txt (a test compares them).

/// Semantic versioning: before 1.0 a new minor version may break its users.
/// @{
#define DYADIC_VERSION_MAJOR 0
#define DYADIC_VERSION_MINOR 1
#define DYADIC_VERSION_PATCH 0
/// @}

namespace dyadic {

/// `version.major`, `version.minor`, `version.patch`.
struct version_type {
  int major, minor, patch;
};
/// The version of these headers.
inline constexpr version_type version{DYADIC_VERSION_MAJOR, DYADIC_VERSION_MINOR, DYADIC_VERSION_PATCH};

}  // namespace dyadic
