# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: targets builds tests/digest for other processors, compilers and libraries, and compares what each makes of the same inputs
# with the recorded digest: Clang 19 with libc++ (C++20 and C++23), 32-bit x86, 64-bit ARM under an emulator; and base/ and format/
# without exceptions and RTTI.
work=$root/build/targets
recorded=$root/tests/digest/digest.txt
mkdir -p "$work"
eigen=$(pkg-config --variable=prefix eigen3 2>/dev/null || echo /usr)/include/eigen3
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror"
# The kernel's headers for 32-bit programs: Debian has them where those of the 64-bit ones are.
idirafter=/usr/include/$(g++ -print-multiarch)

# build_target NAME COMPILER...: the digest's objects and program, in the order of their size on all cores.
build_target() {
  local name=$1 out=$work/$1 source
  shift
  mkdir -p "$out"
  # shellcheck disable=SC2016  # the words are for the inner shell
  printf '%s\n' "$root"/tests/digest/*.cpp | grep -v '/levels\.cpp$' | xargs -P "$cores" -I{} bash -c '
    object=$1/$(basename "$0" .cpp).o
    shift
    "$@" -c "$0" -o "$object" || exit 255' {} "$out" "$@" -I"$root/include" -I"$root/tests" -isystem "$eigen" $warnings >"$out/build.log" 2>&1 &&
    "$@" "$out"/*.o -o "$out/digest" >>"$out/build.log" 2>&1 || { cat "$out/build.log"; return 1; }
}

# check_target NAME WORDS COMPILER... -- RUNNER...: builds, runs, and says whether the digest is the recorded one.
check_target() {
  local name=$1 words=$2 start=$SECONDS compiler=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do compiler+=("$1"); shift; done
  shift
  if ! build_target "$name" "${compiler[@]}"; then
    say "$words: does not build"
    failed=$((failed + 1))
  elif "$@" "$work/$name/digest" ${quick:+"$quick"} --check "$recorded" >"$work/$name/check.log" 2>&1; then
    say "$words: $(tail -n 1 "$work/$name/check.log") ($((SECONDS - start)) s)"
    passed=$((passed + 1))
  else
    cat "$work/$name/check.log"
    say "$words: differs"
    failed=$((failed + 1))
  fi
}

heading "other targets, each against tests/digest/digest.txt"
quick=""
native32=""  # some kernels run no 32-bit programs
printf 'int main() {}\n' >"$work/empty.cpp"
g++ -m32 "$work/empty.cpp" -o "$work/empty" && { "$work/empty" 2>/dev/null || native32=qemu-i386; }
check_target libcxx20 "Clang 19, libc++, C++20" clang++-19 -stdlib=libc++ -std=c++20 -O1 -- env
check_target libcxx23 "Clang 19, libc++, C++23" clang++-19 -stdlib=libc++ -std=c++23 -O1 -- env
quick=--quick
check_target x86_32 "GCC, 32-bit x86 with SSE2" g++ -m32 -msse2 -mfpmath=sse -idirafter "$idirafter" -std=c++20 -O1 -- ${native32:-env}
check_target aarch64 "GCC, 64-bit ARM (emulated)" aarch64-linux-gnu-g++ -static -std=c++20 -O1 -- qemu-aarch64

# Without exceptions an error is a sentence and the end of the program.
for compiler in g++ clang++ "clang++-19 -stdlib=libc++"; do
  program=$work/no_exceptions
  # shellcheck disable=SC2086  # a command and its options
  if $compiler -std=c++20 -O1 -fno-exceptions -fno-rtti $warnings -I"$root/include" "$root/tests/targets/no_exceptions.cpp" -o "$program" &&
    "$program" && ! "$program" fail >"$work/said.txt" 2>&1 && grep -q '^told: dyadic: quantize_values: 64 values go in' "$work/said.txt"; then
    say "$compiler without exceptions and RTTI: numbers and schemes work, an error is told and ends the program"
    passed=$((passed + 1))
  else
    say "$compiler without exceptions and RTTI: fails"
    failed=$((failed + 1))
  fi
done
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
