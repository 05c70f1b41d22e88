#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_page.sh PAGE SOURCE[:SOURCE...] [PROGRAM]: every ```cpp block of PAGE stands in a SOURCE, line by line (indentation aside), and
# every ```text block in what PROGRAM prints. Says which does not; a page without any such block is an error, too.
set -euo pipefail
page=$1 sources=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
IFS=: read -r -a files <<<"$sources"
for file in "${files[@]}"; do
  cat "$file"
  echo  # no block begins in one file and ends in the next
done >"$work/source"
: >"$work/output"
[ $# -lt 3 ] || "$3" >"$work/output"
awk -v page="$page" -v sources="$sources" -v source="$work/source" -v output="$work/output" '
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
          printf "%s:%d: this block does not stand in %s:\n", page, start, kind == "cpp" ? sources : "what the program prints"
          for (i = 1; i <= n; ++i) print "    " block[i]
          bad = 1
        }
        kind = ""
      } else if (kind != "") block[++n] = trimmed(line)
    }
    if (blocks == 0) { print page ": there is no block of code in it"; bad = 1 }
    exit bad
  }'
