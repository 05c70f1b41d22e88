# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: fuzz [SECONDS] runs the harnesses of tests/fuzz under libFuzzer, ASan and UBSan, SECONDS in all.
seconds=${1:-60}
case $seconds in *[!0-9]* | '') usage "fuzz takes a number of seconds, not '$seconds'." ;; esac
harnesses="safetensors packed tables kernels"
each=$((seconds / 4 > 0 ? seconds / 4 : 1))
build=$root/build/clang-fuzz
say "dev: building the fuzzers (log: build/clang-fuzz/build.log)"
# shellcheck disable=SC2046
configure clang-fuzz && compile clang-fuzz $(printf 'fuzz_%s ' $harnesses) || fail "the fuzzers do not build (messages above)."
broken=0
for harness in $harnesses; do
  mkdir -p "$build/corpus/$harness" "$build/found/$harness"
  log=$build/$harness.log
  # What was found before comes first; a corpus of earlier runs is used again.
  if (cd "$build" && "$build/tests/fuzz/fuzz_$harness" -max_total_time="$each" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="$root/tests/fuzz/safetensors.dict" -artifact_prefix="$build/found/$harness/" \
    "$build/corpus/$harness" "$root/tests/fuzz/seeds/$harness" "$root/tests/fuzz/crashes/$harness") >"$log" 2>&1; then
    say "$harness: $(sed -n 's/^Done \(.*\)/\1/p' "$log"), nothing found ($(sed -n 's/.*DONE.*\(cov: [0-9]*\).*\(corp: [0-9]*\).*/\1 edges, \2 inputs/p' "$log"))"
  else
    broken=$((broken + 1))
    grep -E 'fuzz: |ERROR|runtime error|Test unit written' "$log" || tail -n 20 "$log"
    cp "$build/found/$harness/"* "$root/tests/fuzz/crashes/$harness/" 2>/dev/null || true
    say "$harness: broken; the input is in tests/fuzz/crashes/$harness, where the test fuzz_replay.$harness finds it (log: build/clang-fuzz/$harness.log)."
  fi
done
say "$((4 - broken)) passed, $broken failed"
[ $broken = 0 ]
