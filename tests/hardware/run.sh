#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# run.sh DIRECTORY: checks the circuits that `circuits` wrote there, with Icarus Verilog, Verilator and Yosys.
#   1. Both simulators replay the vectors, with and without registers: results are those of the C++ layers, bit for bit.
#   2. Yosys proves by SAT, on a miter of both, that the Verilog and the BLIF are the same function.
#   3. Six-input tables after `synth; abc -lut 6` are at most the bound.
#   4. Negative controls: with one bit of one table flipped the vectors fail, and the proof finds a counterexample; vectors that are
#      missing fail, too.
# Returns 1 if any of it is not so. What the tools say in full stands in DIRECTORY/*.log.
set -euo pipefail
cd "$1"
passed=0
failures=0
broken=""
row() { printf '  %-50s %-10s %s\n' "$1" "$2" "$3"; }
good() {
  row "$1" "$2" ok
  passed=$((passed + 1))
}
bad() {
  row "$1" "" FAILED
  [ ! -e "${2:-}" ] || tail -n 20 "$2" | sed 's/^/    | /'
  failures=$((failures + 1))
  broken="$broken  $name: $1"$'\n'
}

# simulate TOOL NAME SOURCE BENCH: what the bench of circuit NAME says of SOURCE.v.
simulate() {
  case $1 in
    icarus) iverilog -g2001 -s "$2_tb" -o "$3.vvp" "$3.v" "$4.v" && vvp -n "$3.vvp" ;;
    verilator)
      rm -rf "obj_$3"
      verilator --binary --timing -j 1 -MAKEFLAGS "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O0" -Wno-fatal -Wno-WIDTH -Wno-STMTDLY --top-module "$2_tb" --Mdir "obj_$3" -o run "$3.v" "$4.v" && "obj_$3/run"
      ;;
  esac
}

# prove NAME SOURCE: yosys returns 0 if it proved SOURCE.v and NAME.blif equal.
prove() {
  yosys -q -l "$2.prove.log" -p "
    read_verilog $2.v; hierarchy -top $1; proc; memory; flatten; opt -full; rename $1 gold; design -stash gold
    read_blif -wideports $1.blif; hierarchy -top $1; flatten; opt -full; rename $1 gate; design -stash gate
    design -copy-from gold -as gold gold; design -copy-from gate -as gate gate
    miter -equiv -flatten -make_assert gold gate miter; hierarchy -top miter; opt -full
    sat -verify -prove-asserts -show-inputs miter" >/dev/null 2>"$2.prove.err"
}

circuits=$(wc -l <circuits)
number=0
while read -r name address_bits bound stages; do
  number=$((number + 1))
  printf '%s of %s, %s: tables of up to %s address bits, %s stages (%s s so far)\n' "$number" "$circuits" "$name" "$address_bits" "$stages" "$SECONDS"
  vectors=$(wc -l <"$name.vectors")
  for tool in icarus verilator; do
    for circuit in "$name" "${name}_registers"; do
      simulate $tool "$name" "$circuit" "${circuit}_tb" >"$circuit.$tool.log" 2>&1 || true
      if grep -q "^PASS $vectors\$" "$circuit.$tool.log"; then good "$tool: vectors through $circuit" "$vectors"
      else bad "$tool: vectors through $circuit" "$circuit.$tool.log"; fi
    done
    # What a four-state simulator does not find in the file is no result. (Verilator knows no unknown bits.)
    if [ $tool = icarus ]; then
      mv "$name.vectors" "$name.all"
      head -n $((vectors / 2)) "$name.all" >"$name.vectors"
      simulate $tool "$name" "$name" "${name}_tb" >"$name.half.$tool.log" 2>&1 || true
      mv "$name.all" "$name.vectors"
      if grep -q "^FAIL $((vectors - vectors / 2))\$" "$name.half.$tool.log"; then good "$tool: control, half of the vectors missing: these fail" $((vectors - vectors / 2))
      else bad "$tool: control, half of the vectors missing: these fail" "$name.half.$tool.log"; fi
    fi
    # One control is enough for Verilator, which compiles for a while.
    if [ $tool = verilator ] && [ "$name" != "$(head -n 1 circuits | cut -d' ' -f1)" ]; then continue; fi
    simulate $tool "$name" "${name}_flipped" "${name}_tb" >"$name.flipped.$tool.log" 2>&1 || true
    if grep -q '^FAIL' "$name.flipped.$tool.log"; then
      good "$tool: control, one flipped bit: vectors fail" "$(grep '^FAIL' "$name.flipped.$tool.log" | cut -d' ' -f2)"
    else bad "$tool: control, one flipped bit: vectors fail" "$name.flipped.$tool.log"; fi
  done

  if prove "$name" "$name" && grep -q 'SAT proof finished - no model found: SUCCESS' "$name.prove.log"; then good "yosys: Verilog = BLIF, by SAT" "proved"
  else bad "yosys: Verilog = BLIF, by SAT" "$name.prove.log"; fi
  if prove "$name" "${name}_flipped"; then bad "yosys: control, one flipped bit: no proof" "${name}_flipped.prove.log"
  elif grep -q 'model found: FAIL' "${name}_flipped.prove.log"; then good "yosys: control, one flipped bit: no proof" "refuted"
  else bad "yosys: control, one flipped bit: no proof" "${name}_flipped.prove.log"; fi

  rm -f "$name.stat"
  yosys -q -l "$name.synth.log" -p "read_verilog $name.v; synth -flatten -top $name; abc -lut 6; tee -o $name.stat stat" >/dev/null 2>&1 || true
  luts=$(awk '$1 == "$lut" { n = $2 } END { print n + 0 }' "$name.stat" 2>/dev/null || echo 0)
  if [ "$luts" -gt 0 ] && [ "$luts" -le "$bound" ]; then good "yosys: six-input tables, bound" "$luts <= $bound"
  else bad "yosys: six-input tables: $luts, bound $bound" "$name.synth.log"; fi
done <circuits

if [ $failures = 0 ] && [ $passed != 0 ]; then echo "hardware: all $passed checks of $circuits circuits passed, in $SECONDS s."
else
  printf 'hardware: %s checks passed, %s failed:\n%s' "$passed" "$failures" "$broken"
  exit 1
fi
