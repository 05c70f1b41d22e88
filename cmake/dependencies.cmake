# SPDX-License-Identifier: BSL-1.0
# What dyadic stands on. Each missing package is one sentence that says how to get it.

# dyadic_need(<package> <oldest version, or ""> <what for> <Debian> <Homebrew> <vcpkg> [arguments of find_package])
macro(dyadic_need package oldest purpose debian homebrew vcpkg)
  find_package(${package} QUIET ${ARGN})
  # Compared here and not by find_package: some packages refuse every version with another major number than the one asked for.
  if(NOT ${package}_FOUND OR ("${oldest}" AND ${package}_VERSION VERSION_LESS "${oldest}"))
    message(FATAL_ERROR "dyadic needs ${package} ${oldest} ${purpose}: install the package ${debian} (Debian, Ubuntu: apt-get install), "
      "${homebrew} (Homebrew) or ${vcpkg} (vcpkg).")
  endif()
endmacro()

dyadic_need(Eigen3 3.4 "for its tensors" libeigen3-dev eigen eigen3 NO_MODULE)
dyadic_need(Boost 1.74 "for Hana (headers only)" libboost-dev boost boost-hana)
dyadic_need(nlohmann_json 3.10 "to read safetensors files" nlohmann-json3-dev nlohmann-json nlohmann-json)
if(DYADIC_OPENMP)
  dyadic_need(OpenMP "" "because DYADIC_OPENMP is on" "libgomp1 (GCC) or libomp-dev (Clang)" libomp openmp)
endif()
if(DYADIC_TESTS)
  dyadic_need(GTest "" "because DYADIC_TESTS is on" libgtest-dev googletest gtest)
endif()
if(DYADIC_BENCH)
  dyadic_need(benchmark "" "because DYADIC_BENCH is on" libbenchmark-dev google-benchmark benchmark)
endif()
