# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: builds and runs tests/exhaustive for this processor.
say "dev: building tests/exhaustive for this processor (log: build/gcc-native/build.log)"
configure gcc-native && compile gcc-native exhaustive || fail "tests/exhaustive does not build (messages above)."
"$root/build/gcc-native/tests/exhaustive/exhaustive" "$@"
