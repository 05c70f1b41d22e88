# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: tidy [FILE…] runs clang-tidy with .clang-tidy over programs that use all of the library, and over the headers as
# they use them. Any warning is an error.
say "dev: configuring (log: build/clang-release/configure.log)"
configure clang-release -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON || fail "CMake stopped (messages above)."
cd "$root"
files=("$@")
[ $# != 0 ] || files=(examples/*/*.cpp docs/snippets/*.cpp tests/static/*.cpp tests/exhaustive/*.cpp tests/fuzz/*.cpp tests/odr/plain.cpp)
log=build/tidy/tidy.log
# all_headers.hpp and the like are made by the build; nothing else of it is needed
status=0
printf '%s\n' "${files[@]}" | xargs -P "$cores" -I{} sh -c 'clang-tidy -p build/tidy --quiet "$1" 2>/dev/null || echo "clang-tidy: $1" ' _ {} >"$log" || status=$?
if [ $status != 0 ] || [ -s "$log" ]; then
  cat "$log"
  fail "clang-tidy warns (above)."
fi
if grep -rnE 'NOLINT' include examples tests docs --include='*.hpp' --include='*.cpp' | grep -vE 'NOLINT[A-Z]*(\([a-z*,. -]*\))?: [^ ]|NOLINTEND'; then fail "a suppression without a reason (above)."; fi
say "${#files[@]} passed, 0 failed"
