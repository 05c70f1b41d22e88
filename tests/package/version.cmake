# SPDX-License-Identifier: BSL-1.0
# CMakeLists.txt (VERSION), version.hpp and the first version in CHANGELOG.md say the same version, a semantic one.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${SOURCE}/include/dyadic/version.hpp lines REGEX "^#define DYADIC_VERSION_")
string(REGEX REPLACE "[^0-9;]" "" header "${lines}")
string(REPLACE ";" "." header "${header}")
file(STRINGS ${SOURCE}/CHANGELOG.md entries REGEX "^## ")
list(REMOVE_ITEM entries "## Unreleased")  # what comes after the last version
list(GET entries 0 entry)
if(NOT VERSION MATCHES "^[0-9]+\\.[0-9]+\\.[0-9]+$" OR NOT header STREQUAL VERSION OR NOT entry MATCHES "^## ([0-9.]+)( |$)" OR NOT CMAKE_MATCH_1 STREQUAL VERSION)
  message(FATAL_ERROR "CMakeLists.txt says ${VERSION}, version.hpp ${header}, and CHANGELOG.md begins with '${entry}'.")
endif()
