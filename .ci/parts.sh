# SPDX-License-Identifier: BSL-1.0
# Sourced by the scripts beside it: runs verbs of `dev` and counts their tests.
set -uo pipefail
export CI=true
dev=$(dirname "${BASH_SOURCE[0]}")/../dev
passed=0 failed=0 summary=""

# add_up NAME STATUS SECONDS OUTPUT: a verb that counts says so in its last line; one that does not is one
# test.
add_up() {
  local name=$1 status=$2 seconds=$3 output=$4 p=1 f=0 p_counted f_counted
  [ "$status" = 0 ] || { p=0 f=1; }
  if read -r _ p_counted f_counted < <(tail -n 1 "$output" |
    sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/x \1 \2/p'); then
    [ $f = 1 ] && [ "$f_counted" = 0 ] && f_counted=1
    p=$p_counted f=$f_counted
  fi
  rm -f "$output"
  passed=$((passed + p)) failed=$((failed + f))
  summary="$summary$(printf '%-12s %6d passed %4d failed %6d s' "$name" "$p" "$f" "$seconds")"$'\n'
}

# part VERB [ARGUMENT...]
part() {
  local words start=$SECONDS status=0
  printf '\n==== dev %s\n' "$*"
  words=$(mktemp)
  bash "$dev" "$@" </dev/null 2>&1 | tee "$words" || status=1
  add_up "$1" $status $((SECONDS - start)) "$words"
}

# together VERB -- VERB [ARGUMENT...]: two that use one core each, side by side; what the first says comes
# after the second.
together() {
  local beside=$1 words status=0 start=$SECONDS job
  shift 2
  words=$(mktemp)
  bash "$dev" "$beside" </dev/null >"$words" 2>&1 &
  job=$!
  part "$@"
  wait $job || status=1
  printf '\n==== dev %s\n' "$beside"
  cat "$words"
  add_up "$beside" $status $((SECONDS - start)) "$words"
}

finish() {
  printf '\n==== in %d s\n%s' "$SECONDS" "$summary"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
