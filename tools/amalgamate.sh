#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# amalgamate.sh ROOT OUT: all public headers of ROOT/include as one file, OUT. Each header stands where the first other one includes
# it; other libraries' headers stay #includes. What reads files (io/), which no other folder includes, stands last.
set -euo pipefail
[ $# = 2 ] || { echo "amalgamate.sh ROOT OUT" >&2; exit 2; }
include=$1/include
out=$2
mkdir -p "$(dirname "$out")"
version=$(sed -n 's/^#define DYADIC_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$include/dyadic/version.hpp" | paste -sd.)
headers() { (cd "$include" && find dyadic -name '*.hpp' | LC_ALL=C sort) | grep "$@"; }
{
  echo dyadic/dyadic.hpp
  headers -v '^dyadic/io/'
  echo '#if __has_include(<nlohmann/json.hpp>)'
  headers '^dyadic/io/'
  echo '#endif  // __has_include(<nlohmann/json.hpp>)'
} | awk -v include="$include" -v version="$version" '
  # The lines of one header, and in the place of what it includes the lines of that, once each.
  function emit(name,    path, line, status) {
    if (name in seen) return
    seen[name] = 1
    path = include "/" name
    while ((status = (getline line < path)) > 0) {
      if (match(line, /^#include <dyadic\/[^>]*>/)) emit(substr(line, 11, RLENGTH - 11))
      else if (line !~ /^#pragma once/ && line !~ /SPDX-License-Identifier/) print line
    }
    if (status < 0) { print "amalgamate: cannot read " path > "/dev/stderr"; exit 1 }
    close(path)
  }
  BEGIN {
    print "// SPDX-License-Identifier: BSL-1.0"
    print "// dyadic " version " as one header, made of include/dyadic by `./dev amalgamate`: do not edit. Needs Eigen and Boost.Hana;"
    print "// safetensors files are there if nlohmann-json is. Licence: https://www.boost.org/LICENSE_1_0.txt"
    print "#pragma once"
  }
  /^#/ { print; next }
  { emit($0) }
' >"$out.part"
mv "$out.part" "$out"
