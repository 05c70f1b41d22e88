#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check.sh gcc|clang SOURCE COMPILER [FLAG...]: does SOURCE fail to compile with the messages it expects? (CMakeLists.txt says more.)
set -uo pipefail
kind=$1 source=$2
shift 2
export LC_ALL=C  # plain quotes in messages
# No source lines in the messages: an expectation must match what the compiler says, not the text it quotes.
case $kind in gcc) no_quotes=-fno-diagnostics-show-caret ;; *) no_quotes=-fno-caret-diagnostics ;; esac
compile() { "$@" -fsyntax-only -fdiagnostics-color=never "$no_quotes" -x c++ "$source" 2>&1; }

expected=$(sed -n -E "s|^// expect(-$kind)?: *||p" "$source")
if [ -z "$expected" ] && ! grep -q '^// ok' "$source"; then
  echo "$source: has neither a line '// expect: <regular expression>' for $kind nor '// ok'."
  exit 1
fi

if [ -z "$expected" ] || grep -q DYADIC_CONTROL "$source"; then
  if ! words=$(compile "$@" -DDYADIC_CONTROL); then
    echo "$source: must compile (with DYADIC_CONTROL defined), but:"
    echo "$words"
    exit 1
  fi
  [ -n "$expected" ] || exit 0
fi

if words=$(compile "$@"); then
  echo "$source: compiles, but must not."
  exit 1
fi
missing=0
while IFS= read -r regex; do
  grep -q -E -e "$regex" <<<"$words" || { echo "$source: no message matches: $regex"; missing=1; }
done <<<"$expected"
# `// expect-not:` is what no message may say: a false trail.
while IFS= read -r regex; do
  [ -z "$regex" ] || ! grep -q -E -e "$regex" <<<"$words" || { echo "$source: a message says what it must not: $regex"; missing=1; }
done <<<"$(sed -n -E "s|^// expect-not: *||p" "$source")"
[ $missing -eq 0 ] || { echo "The compiler said:"; echo "$words"; exit 1; }
