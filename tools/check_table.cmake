# SPDX-License-Identifier: BSL-1.0
# cmake -DPROGRAM=<program> -DPAGE=<page> -P check_table.cmake: what the program prints stands in the page, to the letter.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PAGE} page)
string(FIND "${page}" "${words}" position)
if(position EQUAL -1 OR words STREQUAL "")
  message(FATAL_ERROR "${PAGE} does not hold what ${PROGRAM} prints; put it there:\n${words}")
endif()
