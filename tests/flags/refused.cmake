# SPDX-License-Identifier: BSL-1.0
# cmake -DCOMPILER=<c++> -DFLAGS=<flag>;... -DWORDS=<words> -DINCLUDE=<folder> -P refused.cmake: a header does not compile with the flags, and the
# compiler says these words; without words it compiles.
cmake_minimum_required(VERSION 3.25)
set(source ${CMAKE_CURRENT_LIST_DIR}/header.cpp)
execute_process(COMMAND ${COMPILER} -std=c++20 ${FLAGS} -I${INCLUDE} -fsyntax-only ${source}
  RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(WORDS STREQUAL "")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${FLAGS}: must compile, but the compiler said: ${said}")
  endif()
  return()
endif()
if(result EQUAL 0)
  message(FATAL_ERROR "${FLAGS}: compiles, but must not.")
endif()
string(FIND "${said}" "${WORDS}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${FLAGS}: no `${WORDS}` in what the compiler said: ${said}")
endif()
