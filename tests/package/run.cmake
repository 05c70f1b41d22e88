# SPDX-License-Identifier: BSL-1.0
# Configures, builds and runs consumer/ in the directory WORK, with dyadic installed there (WAY = find_package) or as a folder.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
set(options -DWAY=${WAY} -DVERSION=${VERSION})
if(WAY STREQUAL "find_package")
  # Installed in one place and then moved: an installed package must not remember where it came from.
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
  file(RENAME ${WORK}/first ${WORK}/installed)
  file(GLOB_RECURSE texts ${WORK}/installed/*.cmake)
  foreach(text IN LISTS texts)
    file(STRINGS ${text} paths REGEX "${WORK}|${BUILD}|${SOURCE}")
    if(paths)
      message(FATAL_ERROR "${text} names a directory of this machine: ${paths}")
    endif()
  endforeach()
  list(APPEND options -DCMAKE_PREFIX_PATH=${WORK}/installed)
else()
  list(APPEND options -DDYADIC_SOURCE=${SOURCE})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Debug ${options} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK}/build/consumer COMMAND_ERROR_IS_FATAL ANY)
