# SPDX-License-Identifier: BSL-1.0
# ./dev hardware: circuits of lookup tables (tests/hardware) in Icarus Verilog and Verilator against the results of the C++ layers; Yosys
# proves Verilog and BLIF equal and counts six-input tables.
say "dev: building the circuits (log: build/gcc-release/build.log)"
configure gcc-release && compile gcc-release hardware_circuits || fail "the circuits do not build (messages above)."
rm -rf "$root/build/hardware"
mkdir -p "$root/build/hardware"
"$root/build/gcc-release/tests/hardware/hardware_circuits" "$root/build/hardware"
bash "$root/tests/hardware/run.sh" "$root/build/hardware"
