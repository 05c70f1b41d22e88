# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: digest [--quick | --record] builds tests/digest with both compilers for every instruction
# set that this processor has, prints a line per scheme and number type, and says whether all builds agree,
# and agree with tests/digest/digest.txt.
record=no quick=""
case "${1:-}" in
  '') ;;
  --record) record=yes ;;
  --quick) quick=--quick ;;
  *) usage "digest takes no argument but --quick or --record, not '$1'." ;;
esac
recorded=$root/tests/digest/digest.txt
work=$root/build/digest
rm -rf "$work" && mkdir -p "$work"

# 1. A line of each program, by the name of its build: gcc-base, clang-native, …
builds=()
for compiler in gcc clang; do
  case $compiler in gcc) have g++ ;; clang) have clang++ ;; esac || {
    say "dev: there is no $compiler here; its half of the builds is left out."
    continue
  }
  say "dev: building tests/digest with $compiler (log: build/digest-$compiler/build.log)" >&2
  configure $compiler-release -B "build/digest-$compiler" -DDYADIC_TEST_PARTS=digest -DDYADIC_TEST_LEVELS=all \
    -DDYADIC_CHECK_HEADERS=OFF -DDYADIC_EXAMPLES=OFF -DDYADIC_BENCH=OFF &&
    (cd "$root" && quietly "build/digest-$compiler/build.log" cmake --build "build/digest-$compiler" -- -k 0) ||
    fail "tests/digest does not build (messages above)."
  for program in "$root/build/digest-$compiler/tests/digest"/digest_*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    build=$compiler-${program##*digest_}
    "$program" $quick >"$work/$build.txt" || fail "$build: the program stopped with status $?."
    ln -sf "$program" "$work/$build"
    builds+=("$build")
  done
done
[ ${#builds[@]} != 0 ] || fail "there is neither g++ nor clang++."

# 2. All against the first.
first=${builds[0]}
cat "$work/$first.txt"
lines=$(wc -l <"$work/$first.txt")
say ""
differ=0
for build in "${builds[@]}"; do
  cmp -s "$work/$first.txt" "$work/$build.txt" && continue
  differ=$((differ + 1))
  say "$build, where it differs from $first:"
  # The program itself says where; its last line counts, and speaks of recording, which is not for this.
  "$work/$build" $quick --check "$work/$first.txt" | sed '$d' |
    sed 's/^/  /; s/recorded \([0-9a-f]*\), here/there \1, here/' || true
done
if [ $differ != 0 ]; then
  say "$lines lines; $differ of ${#builds[@]} builds differ from $first."
  [ $record = no ] || say "dev: nothing is recorded while builds differ."
  exit 1
fi
say "$lines lines, equal on ${#builds[@]} builds: ${builds[*]}"

# 3. The first, and with it all, against the file.
if [ $record = yes ]; then
  {
    say "Hashes of what every scheme and number makes of fixed inputs. ./dev digest --record writes them."
    cat "$work/$first.txt"
  } >"$recorded"
  say "dev: tests/digest/digest.txt is written."
elif ! "$work/$first" $quick --check "$recorded" >"$work/check.log"; then
  cat "$work/check.log"
  exit 1
fi
