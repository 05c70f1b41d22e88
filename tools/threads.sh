# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: threads [--quick] runs what runs on several threads under ThreadSanitizer, OpenMP's own
# included. --quick: without the tests of kernels that are threaded by the way, and without tests/exhaustive.
build=$root/build/clang-threads
targets="threaded_tests threads_race"
[ "${1:-}" = --quick ] || targets="$targets threaded_kernels_tests exhaustive"
say "dev: building the threaded tests (log: build/clang-threads/build.log)"
# shellcheck disable=SC2086  # a list of words
configure clang-threads && compile clang-threads $targets ||
  fail "the threaded tests do not build (messages above)."
# Archer tells the sanitizer what LLVM's OpenMP, which is built without it, does to keep threads in order.
archer=$(dirname "$(sed -n "s/^OpenMP_omp_LIBRARY:[A-Z]*=//p" "$build/CMakeCache.txt")")/libarcher.so
[ -e "$archer" ] || fail "there is no libarcher.so beside Clang's OpenMP (Debian: libomp-dev): without it every parallel loop looks like a race."
export OMP_TOOL_LIBRARIES=$archer OMP_NUM_THREADS=4 TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66"
passed=0 failed=0
heading "a race, which the sanitizer has to find"
status=0
"$build/tests/threads/threads_race" >"$build/race.log" 2>&1 || status=$?
if [ $status = 66 ] && grep -q 'ThreadSanitizer: data race' "$build/race.log"; then
  say "found" && passed=1
else
  cat "$build/race.log" && say "not found (status $status): what follows proves nothing" && failed=1
fi
tests() {
  heading "$1"
  if "$build/tests/threads/$2" --gtest_brief=1; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
tests "the threaded tests" threaded_tests
if [ "${1:-}" != --quick ]; then
  tests "the tests of kernels" threaded_kernels_tests
  heading "tests/exhaustive, on 4 threads"
  if "$build/tests/exhaustive/exhaustive" --sample 20000 --threads 4 | tail -n 1; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi
say "$passed passed, $failed failed"
[ $failed = 0 ]
