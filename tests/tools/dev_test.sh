#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# dev_test.sh PATH-OF-DEV: what `dev` says and returns, on machines that a stand-in for the package manager plays.
set -uo pipefail
dev=$1
source_tests=$(cd "$(dirname "$1")/tests" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# Stand-ins: no library is installed, apt-get notes what it is asked, and we are root or not as $FAKE_UID says.
mkdir "$work/bin"
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
stand_in dpkg-query 'exit 1'
stand_in apt-get 'echo "apt-get $*" >>"$FAKE_LOG"; exit ${FAKE_APT_STATUS:-0}'
stand_in apt-cache 'exit ${FAKE_LISTS_STATUS:-0}'
stand_in id 'echo "${FAKE_UID:-0}"'
stand_in sudo 'echo "sudo $*" >>"$FAKE_LOG"; [ "$1" = -n ] && exit ${FAKE_SUDO_STATUS:-0}; exec "$@"'
export PATH="$work/bin:$PATH" FAKE_LOG="$work/log"

# expect STATUS REGEX ARGUMENT...: `dev ARGUMENT...` returns STATUS and says REGEX.
expect() {
  local status=$1 regex=$2 words found=0
  shift 2
  : >"$FAKE_LOG"
  words=$(cd / && bash "$dev" "$@" 2>&1 </dev/null) || found=$?
  if [ "$found" != "$status" ] || ! grep -q -E -e "$regex" <<<"$words"; then
    echo "dev $*: expected status $status and words that match '$regex', but got $found and:"
    echo "$words"
    failures=1
  fi
}
# logged yes|no REGEX: did the last call of `dev` run such a command?
logged() {
  local found=no
  grep -q -E -e "$2" "$FAKE_LOG" && found=yes
  [ $found = "$1" ] || { echo "the commands that dev ran should $([ "$1" = yes ] || echo not) match '$2':"; cat "$FAKE_LOG"; failures=1; }
}

expect 0 '^usage: ./dev VERB' help
expect 0 '^usage: ./dev VERB' --help
expect 2 '^usage: ./dev VERB'
expect 2 "there is no verb 'dance'; there are demo, test" dance
expect 2 "there is no verb 'dance'" dance --no-install
expect 2 "test takes no argument but --quick, --full or --nightly, not '--fast'" test --fast
expect 2 "test takes no argument but --quick, --full or --nightly, not '--full --nightly'" test --full --nightly
expect 2 "digest takes no argument but --quick or --record, not '--fast'" digest --fast
expect 2 "threads takes no argument but --quick, not '4'" threads 4
expect 0 '^  test \[--quick \| --full \| --nightly\]' help
expect 0 '^  digest \[--quick \| --record\]' help
expect 2 "demo takes no arguments, but there is 'x y'" demo x y
expect 2 'parity takes one folder at most' parity a b

expect 1 'apt-get install .*libeigen3-dev libboost-dev nlohmann-json3-dev' demo --no-install
logged no .
expect 1 'brew install .*eigen boost nlohmann-json' --no-install demo
expect 1 'vcpkg install .*boost-hana' demo --no-install
expect 1 'libgtest-dev libbenchmark-dev' test --no-install
expect 1 'libgtest-dev libbenchmark-dev' test --nightly --no-install
expect 1 'apt-get install .*libgtest-dev libmpfr-dev' digest --no-install
expect 1 'missing packages' hardware --no-install
expect 2 "hardware takes no arguments, but there is 'fast'" hardware fast
expect 1 'libclang-rt-[0-9]*-?dev' --no-install
logged no .

# Where the installation fails, dev says so and stops: nothing is built here.
export FAKE_APT_STATUS=1
expect 1 'installing with apt-get: .*libeigen3-dev' demo
logged yes 'apt-get .*install -y .*libeigen3-dev'
logged no 'apt-get update'
expect 1 'apt-get could not install: .*libeigen3-dev' demo
FAKE_LISTS_STATUS=1 expect 1 'apt-get update failed' demo
logged yes 'apt-get update'
FAKE_UID=1000 expect 1 'apt-get could not install' demo
logged yes '^sudo env DEBIAN_FRONTEND=noninteractive apt-get .*install -y'
FAKE_UID=1000 FAKE_SUDO_STATUS=1 expect 1 'sudo wants a password.*libeigen3-dev' demo
logged no '^apt-get'

# A copy with a build folder: `clean` takes that away and nothing else.
mkdir -p "$work/copy/build/x"
cp "$dev" "$work/copy/dev"
dev=$work/copy/dev
expect 0 'build/ is gone' clean
[ ! -e "$work/copy/build" ] && [ -e "$work/copy/dev" ] || { echo "dev clean removed the wrong things"; failures=1; }
expect 1 'tests/parity holds no tests|missing packages|could not install' parity

# The tiers of `test`: which builds there are, and which parts of the tests they have. Stand-ins build nothing and test nothing.
stand_in dpkg-query 'echo installed'
stand_in cmake 'case $1 in --version) echo "cmake version 3.25.1" ;; --preset) echo "cmake $*" >>"$FAKE_LOG" ;; esac'
stand_in ctest 'echo "ctest $*" >>"$FAKE_LOG"'
# tier ARGUMENT PRESET...: `dev test ARGUMENT` makes these builds, in this order.
tier() {
  local argument=$1 presets
  shift
  # shellcheck disable=SC2086  # none or one word
  expect 1 'no test was run' test $argument
  presets=$(sed -n 's/^cmake --preset \([^ ]*\) .*/\1/p' "$FAKE_LOG" | tr '\n' ' ')
  [ "$presets" = "$* " ] || { echo "dev test $argument: the builds should be '$* ', but are '$presets'"; failures=1; }
}
# parts FIRST-WORDS...: the parts that the builds of the last tier have, together.
parts() {
  local found wanted
  found=$(sed -n 's/.*-DDYADIC_TEST_PARTS=\([^ ]*\).*/\1/p' "$FAKE_LOG" | tr ';' '\n' | sort -u | tr '\n' ' ')
  wanted=$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')
  [ "$found" = "$wanted" ] || { echo "the parts of the tests should be '$wanted', but are '$found'"; failures=1; }
}
everything=$(sed -n 's/^foreach(part \(.*\))/\1/p; s/^ *dyadic_wants([a-z]* \([a-z_]*\))/\1/p; s/^dyadic_test([a-z_]* PART \([a-z_]*\) .*/\1/p' \
  "$source_tests/CMakeLists.txt")
[ "$(wc -w <<<"$everything")" -ge 20 ] || { echo "tests/CMakeLists.txt does not name its parts any more: '$everything'"; failures=1; }
once="static format kernel model lut parity property compile_fail layers package tools digest hardware"  # in the shortest tier
seldom="lut_native exhaustive flags fuzz threads odr isa cuda"                                                 # for a merge at the latest
for part in $everything; do
  case " $once $seldom " in *" $part "*) ;; *) echo "no tier is known to have the part '$part' of the tests: see parts_of in dev"; failures=1 ;; esac
done
tier --quick gcc-light
logged yes '^ctest .*-LE slow'
tier "" gcc-light clang-sanitize
# shellcheck disable=SC2086  # a list of words
parts $once
logged yes 'CHECK_HEADERS=OFF -DDYADIC_BENCH=OFF -DDYADIC_EXAMPLES=OFF'
logged no '=ON'
tier --full gcc-release clang-sanitize clang-release
logged yes '^cmake --preset gcc-release -DDYADIC_TEST_PARTS=all .*EXAMPLES=ON'
logged yes '^cmake --preset clang-sanitize .*;property;.*CHECK_HEADERS=ON -DDYADIC_BENCH=ON'
logged yes '^cmake --preset clang-release -DDYADIC_TEST_PARTS=[^ ]*kernel[^ ]* -DDYADIC_TEST_LEVELS=native'
tier --nightly gcc-release clang-release clang-unoptimised gcc-sanitize clang-sanitize
parts all
logged yes '^cmake --preset clang-release .*TEST_LEVELS=all .*CHECK_HEADERS=ON -DDYADIC_BENCH=ON -DDYADIC_EXAMPLES=ON'
exit $failures
