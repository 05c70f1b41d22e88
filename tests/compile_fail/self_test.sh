#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# self_test.sh gcc|clang COMPILER: check.sh can fail, and passes only what it should.
set -uo pipefail
kind=$1 compiler=$2
check=$(dirname "$0")/check.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# try pass|fail NAME SOURCE-TEXT
try() {
  printf '%s\n' "$3" >"$work/$2.cpp"
  if bash "$check" "$kind" "$work/$2.cpp" "$compiler" -std=c++20 >/dev/null; then found=pass; else found=fail; fi
  [ "$found" = "$1" ] || { echo "check.sh: $2 should $1, but did $found."; failures=1; }
}

assertion='static_assert(sizeof(int) == 0, "no int is that small");'
try pass right_message "// expect: no int is (that|so) small
$assertion"
try fail wrong_message "// expect: a different message
$assertion"
try fail one_of_two "// expect: no int is that small
// expect: a different message
$assertion"
try fail false_trail "// expect: no int is that small
// expect-not: is that small
$assertion"
try pass no_false_trail "// expect: no int is that small
// expect-not: a different message
$assertion"
try fail compiles "// expect: error
int x;"
try fail no_expectation "$assertion"
try fail quoted_source "// expect: only in the source
int x = \"only in the source\";"
try fail broken_control "// expect: no int is that small
// DYADIC_CONTROL does not mend it
$assertion"
try pass sound_control "// expect: no int is that small
#ifndef DYADIC_CONTROL
$assertion
#endif"
try pass ok "// ok
int x;"
try fail not_ok "// ok
$assertion"
exit $failures
