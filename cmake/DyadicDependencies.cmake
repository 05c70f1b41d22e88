# SPDX-License-Identifier: BSL-1.0
# dyadic_require(<package> <version> DEBIAN <name> BREW <name> VCPKG <name> WHY <text>)
# Finds a package, or stops with one sentence that says how to get it.
macro(dyadic_require package version)
  cmake_parse_arguments(need "" "DEBIAN;BREW;VCPKG;WHY" "" ${ARGN})
  find_package(${package} ${version} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "dyadic needs ${package} ${version} or newer (${need_WHY}): install it with "
                        "'apt install ${need_DEBIAN}', 'brew install ${need_BREW}' or 'vcpkg install ${need_VCPKG}', "
                        "or tell CMake where it is with -D${package}_ROOT=<prefix>.")
  endif()
endmacro()
