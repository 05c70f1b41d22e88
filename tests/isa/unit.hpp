// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file unit.hpp
/// What main.cpp and the units for each instruction set share.
#include <cstdint>
#include <functional>
#include <vector>

struct shape {
  std::int64_t samples, outputs, depth;
};
struct inputs {
  std::vector<shape> shapes;
  std::vector<float> samples, weights, biases;
};
/// How many allocations there were so far.
using counter = std::function<std::int64_t()>;
