# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: coverage runs the tests in Clang's coverage build and lists the lines of include/ that none of them ran.
goal=95
build=$root/build/clang-coverage
say "dev: building the tests with coverage (log: build/clang-coverage/build.log)"
configure clang-coverage && compile clang-coverage || fail "the tests do not build (messages above)."
rm -rf "$build/profiles"
# %m: one file for each executable, to which all its runs are added
(cd "$root" && LLVM_PROFILE_FILE=$build/profiles/%4m.profraw ctest --preset clang-coverage -j "$cores" -LE once >"$build/ctest.log" </dev/null) || {
  tail -n 40 "$build/ctest.log"
  fail "tests fail; see above."
}
# Debian's tools have the version in their names as well; they have to be Clang's own.
tool() { have "$1-$(clang_major)" && say "$1-$(clang_major)" || say "$1"; }
"$(tool llvm-profdata)" merge -sparse "$build"/profiles/*.profraw -o "$build/all.profdata"
objects=""
while IFS= read -r program; do
  objects="$objects -object $program"
done < <(find "$build" -type f -perm -u+x -newer "$build/build.ninja" ! -name '*.so' ! -path '*/CMakeFiles/*' -exec sh -c 'head -c 4 "$1" | grep -q ELF && echo "$1"' _ {} \;)
# shellcheck disable=SC2086
"$(tool llvm-cov)" export -format=lcov -instr-profile "$build/all.profdata" $objects >"$build/lcov.info" 2>"$build/llvm-cov.log"
awk -v root="$root/" -v goal=$goal -f "$root/tools/coverage.awk" "$build/lcov.info"
