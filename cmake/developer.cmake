# SPDX-License-Identifier: BSL-1.0
# dyadic_dev: what tests, examples and benchmarks link. The same headers as dyadic::dyadic, but as the project's own:
# every warning is on, and an error.
add_library(dyadic_dev INTERFACE)
if(NOT DYADIC_DEVELOPER)
  target_link_libraries(dyadic_dev INTERFACE dyadic)
else()
  target_compile_features(dyadic_dev INTERFACE cxx_std_20)
  # Not by linking dyadic: that would make these directories system directories here, too.
  target_sources(dyadic_dev INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${dyadic_headers})
  get_target_property(libraries dyadic INTERFACE_LINK_LIBRARIES)
  target_link_libraries(dyadic_dev INTERFACE ${libraries})
  target_compile_options(dyadic_dev INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)

  # Every public header compiles alone (the target that CMake makes of this property is no part of a build by itself).
  if(DYADIC_CHECK_HEADERS)
    set_target_properties(dyadic_dev PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    add_custom_target(headers_alone ALL)
    add_dependencies(headers_alone dyadic_dev_verify_interface_header_sets)
  endif()
endif()
if(DYADIC_NATIVE)
  target_compile_options(dyadic_dev INTERFACE -march=native)
endif()
