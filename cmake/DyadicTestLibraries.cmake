# SPDX-License-Identifier: BSL-1.0
# dyadic_test_libraries: what the tests check the library's arithmetic against. GNU GMP (exact rationals), GNU MPFR (correctly
# rounded floating point). Neither comes with a CMake package.
add_library(dyadic_test_libraries INTERFACE)
foreach(need "gmpxx.h|gmpxx gmp|libgmp-dev|gmp" "mpfr.h|mpfr|libmpfr-dev|mpfr")
  string(REPLACE "|" ";" need "${need}")
  list(GET need 0 header)
  list(GET need 1 libraries)
  list(GET need 2 debian)
  list(GET need 3 other)
  find_path(DYADIC_${header}_DIR ${header})
  string(REPLACE " " ";" libraries "${libraries}")
  foreach(library IN LISTS libraries)
    find_library(DYADIC_${library}_LIBRARY ${library})
    if(NOT DYADIC_${header}_DIR OR NOT DYADIC_${library}_LIBRARY)
      message(FATAL_ERROR "dyadic's tests need ${header} and lib${library} (DYADIC_TESTS is on): install them with "
        "'apt install ${debian}', 'brew install ${other}' or 'vcpkg install ${other}', or name their places in CMAKE_PREFIX_PATH.")
    endif()
    target_link_libraries(dyadic_test_libraries INTERFACE ${DYADIC_${library}_LIBRARY})
  endforeach()
  # -isystem /usr/include would hide the standard library's own headers from it.
  if(NOT DYADIC_${header}_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    target_include_directories(dyadic_test_libraries SYSTEM INTERFACE ${DYADIC_${header}_DIR})
  endif()
endforeach()
