# SPDX-License-Identifier: BSL-1.0
# cmake -DNM=<nm> -DOBJECTS=<object>;... -P no_libm.cmake: no object calls a function of the mathematics library. A conversion reads
# exponents from the bits; the library's log2 is wrong next to powers of two.
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --undefined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(NOT symbols MATCHES "memcpy|_Znwm|printf|puts")
    message(FATAL_ERROR "${object}: nm found no calls at all, so this test would see none either")
  endif()
  string(REGEX MATCHALL " (log|log2|log10|log1p|exp|exp2|expm1|pow|sqrt|cbrt|ldexp|scalbn|scalbln|frexp|ilogb|logb|modf|fmod|remainder|floor|ceil|trunc|round|lround|llround|rint|lrint|llrint|nearbyint|fma|fabs|fmin|fmax)[fl]?(@[A-Z0-9._]+)?\n"
    calls "${symbols}")
  if(calls)
    message(FATAL_ERROR "${object} calls ${calls}")
  endif()
endforeach()
