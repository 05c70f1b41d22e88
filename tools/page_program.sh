#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# page_program.sh PAGE: the program that a reader of PAGE types, from its ```cpp blocks and nothing else. #include lines, those in `quotes`
# in the text, too, and `using namespace` come first, then the blocks that begin with a struct or template, then main() with the others
# in their order, each in a scope within the one before (so that a later section may use a name again). A block with a main() of its own
# takes them in at its end.
set -euo pipefail
awk '
  function head(line) { if (!(line in seen)) { seen[line] = 1; heads[++n_heads] = line } }
  function finish_block(    i, first) {
    if (whole != "" && whole == block) return
    first = body
    sub(/^([ \t]*\/\/[^\n]*\n|[ \t]*\n)*/, "", first)
    if (first == "") return
    if (first ~ /^(template|struct)[ <]/) declarations = declarations body "\n"
    else { statements = statements "{\n" body; ++depth }
  }
  /^```cpp$/ { in_block = 1; body = ""; block = ++blocks; next }
  /^```/ && in_block { in_block = 0; finish_block(); next }
  in_block && /^(#include|using namespace)[ \t]/ && whole != block { sub(/[ \t]*\/\/.*$/, ""); head($0); next }
  in_block && /^int main\(/ {  # a whole program: all of its lines so far, and those to come
    whole = block
    program = body
  }
  in_block && whole == block { if (/^}/ && !at_end) { at_end = 1; before = program; program = "" } program = program $0 "\n"; next }
  in_block { body = body $0 "\n"; next }
  {
    text = $0
    while (match(text, /`#include <[^>]*>`/)) { head(substr(text, RSTART + 1, RLENGTH - 2)); text = substr(text, RSTART + RLENGTH) }
  }
  END {
    for (i = 1; i <= n_heads; ++i) if (heads[i] ~ /^#/) print heads[i]
    for (i = 1; i <= n_heads; ++i) if (heads[i] !~ /^#/) print heads[i]
    for (i = 0; i < depth; ++i) closing = closing "}\n"
    printf "%s", declarations
    if (whole == "") printf "int main() {\n%s%s}\n", statements, closing
    else printf "%s%s%s%s", before, statements, closing, program
  }
' "$1"
