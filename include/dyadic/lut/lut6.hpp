// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lut6.hpp
/// How many six-input lookup tables of an FPGA a table of more inputs takes at most.
#include <cstdint>

namespace dyadic {

/// For one output bit that depends on `inputs` bits: (2^(X-4) - (-1)^X) / 3 for X > 6, else 1. A seventh input doubles the tables and
/// adds a multiplexer of them, which a table can hold two steps of at a time: hence the third. @param inputs  at most 62
/// Source: Umuroglu, Akhauri, Fraser, Blott, "LogicNets", arXiv 2004.03021, equation 1.
constexpr std::int64_t lut6_bound(int inputs) {
  if (inputs <= 6) return 1;
  return ((std::int64_t{1} << (inputs - 4)) - (inputs % 2 == 0 ? 1 : -1)) / 3;
}

}  // namespace dyadic
