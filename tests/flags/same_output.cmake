# SPDX-License-Identifier: BSL-1.0
# Two programs print the same, and something.
execute_process(COMMAND ${REFERENCE} OUTPUT_VARIABLE expected COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
if(expected STREQUAL "" OR NOT found STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} prints other bits than ${REFERENCE}:\n${found}\nin place of\n${expected}")
endif()
