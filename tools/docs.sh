# SPDX-License-Identifier: BSL-1.0
# Sourced by `dev`: docs writes the guide and the reference to build/docs/html and fails on any warning of Doxygen. One kind is none: a
# member of a class without words of its own, where concept and class say what all formats' members are.
build=$root/build/docs
version=$(sed -n 's/^project(dyadic VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
mkdir -p "$build"
(cd "$root" && { cat docs/Doxyfile && printf 'OUTPUT_DIRECTORY = "%s"\nPROJECT_NUMBER = %s\n' "$build" "$version"; } | doxygen -) >"$build/doxygen.log" 2>"$build/warnings.log" ||
  { cat "$build/warnings.log"; fail "doxygen stopped."; }
if grep -vE 'Member .* of (class|struct|union) .* is not documented' "$build/warnings.log"; then fail "Doxygen warns (above)."; fi
[ -s "$build/html/index.html" ] || fail "Doxygen wrote no site."
say "dev: build/docs/html/index.html is written, $(find "$build/html" -name '*.html' | wc -l) pages, without warnings."
