#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_page.sh PAGE SOURCE [PROGRAM]: every ```cpp block of PAGE stands in SOURCE, line by line (indentation aside), and every ```text
# block in what PROGRAM prints. Says which does not; a page without any such block is an error, too.
set -euo pipefail
page=$1 source=$2
output=/dev/null
if [ $# -ge 3 ]; then
  output=$(mktemp)
  trap 'rm -f "$output"' EXIT
  "$3" >"$output"
fi
awk -v page="$page" -v source="$source" -v output="$output" '
  function trimmed(s) { sub(/^[ \t]+/, "", s); sub(/[ \t\r]+$/, "", s); return s }
  # Lines first to last of the block follow each other somewhere in the text.
  function stands(text, length_of_text, n,    i, k) {
    for (i = 1; i + n - 1 <= length_of_text; ++i) {
      for (k = 1; k <= n && text[i + k - 1] == block[k]; ++k) {}
      if (k > n) return 1
    }
    return 0
  }
  BEGIN {
    while ((getline line < source) > 0) code[++codes] = trimmed(line)
    while ((getline line < output) > 0) words[++lines] = trimmed(line)
    while ((getline line < page) > 0) {
      ++at
      if (line ~ /^```(cpp|text)$/) { kind = substr(line, 4); n = 0; start = at }
      else if (line ~ /^```/ && kind != "") {
        ++blocks
        if (n == 0 || !(kind == "cpp" ? stands(code, codes, n) : stands(words, lines, n))) {
          printf "%s:%d: this block does not stand in %s:\n", page, start, kind == "cpp" ? source : "what the program prints"
          for (i = 1; i <= n; ++i) print "    " block[i]
          bad = 1
        }
        kind = ""
      } else if (kind != "") block[++n] = trimmed(line)
    }
    if (blocks == 0) { print page ": there is no block of code in it"; bad = 1 }
    exit bad
  }'
