# SPDX-License-Identifier: BSL-1.0
# dyadic_require(<package> <oldest version> DEBIAN <name> BREW <name> VCPKG <name> WHY <text>)
# Finds a package, or stops with one sentence that says how to get it.
macro(dyadic_require package oldest)
  cmake_parse_arguments(need "" "DEBIAN;BREW;VCPKG;WHY" "" ${ARGN})
  find_package(${package} QUIET)
  if(NOT ${package}_VERSION AND ${package}_CXX_VERSION)  # CMake's own module for OpenMP counts by language
    set(${package}_VERSION ${${package}_CXX_VERSION})
  endif()
  # The version is compared here, not by find_package: some packages (Eigen) refuse to be a newer major version than was asked for.
  if(NOT ${package}_FOUND OR ${package}_VERSION VERSION_LESS "${oldest}")
    message(FATAL_ERROR "dyadic needs ${package} ${oldest} or newer (${need_WHY}): install it with "
      "'apt install ${need_DEBIAN}', 'brew install ${need_BREW}' or 'vcpkg install ${need_VCPKG}', "
      "or tell CMake where it is with -D${package}_ROOT=<prefix>.")
  endif()
endmacro()
