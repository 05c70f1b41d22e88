#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# dev_test.sh PATH-OF-DEV: what `dev` says and returns, on machines that a stand-in for the package manager plays.
set -uo pipefail
dev=$1
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
expect 2 "demo takes no arguments, but there is 'x y'" demo x y
expect 2 'parity takes one folder at most' parity a b

expect 1 'apt-get install .*libeigen3-dev libboost-dev nlohmann-json3-dev' demo --no-install
logged no .
expect 1 'brew install .*eigen boost nlohmann-json' --no-install demo
expect 1 'vcpkg install .*boost-hana' demo --no-install
expect 1 'libgtest-dev libbenchmark-dev' test --no-install
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
exit $failures
