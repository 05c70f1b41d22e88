# SPDX-License-Identifier: BSL-1.0
# From `llvm-cov export -format=lcov`: how many lines of include/ ran, by file, and which did not. Variables: root, the source
# directory with a slash at its end; goal, in per cent.
function finish(    missed, line, text, total, path) {
  if (file == "") return
  path = root file
  while ((getline text < path) > 0) {
    ++line
    if (!(line in hits)) continue
    ++total
    if (hits[line] == 0) {
      ++missed
      missing = missing sprintf("  %s:%d: %s\n", file, line, substr(text, match(text, /[^ ]/), 110))
    }
  }
  close(path)
  all += total
  bad += missed
  if (total) table = table sprintf("%7.2f %%  %5d of %5d  %s\n", 100 * (total - missed) / total, total - missed, total, file)
  delete hits
  file = ""
}
/^SF:/ { file = index($0, "SF:" root "include/") == 1 ? substr($0, length(root) + 4) : "" }
/^DA:/ && file != "" {
  split(substr($0, 4), d, ",")
  if (!(d[1] in hits) || hits[d[1]] < d[2]) hits[d[1]] = d[2]
}
/^end_of_record/ { finish() }
END {
  if (all == 0) { print "coverage: there is no line of include/ in the report"; exit 1 }
  printf "%s", table | "sort -n"
  close("sort -n")
  if (missing != "") printf "\nlines that did not run:\n%s", missing
  printf "\n%.2f %% of the %d lines of include/ ran (goal: %s %%)\n", 100 * (all - bad) / all, all, goal
  exit 100 * (all - bad) < goal * all
}
