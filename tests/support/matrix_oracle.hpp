// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file matrix_oracle.hpp
/// What the columns of the matrix mean, without the library: see matrix_oracle.cpp.
#include <support/oracle_axes.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace oracle {

struct Column {
  std::string name;  ///< the scheme's spelling in C++, as its `name()` must have it
  std::string seed;  ///< its name in the seed's dictionary; empty: the seed does not have it
  std::function<std::vector<float>(const std::vector<float>& x, const std::vector<std::int64_t>& shape, const Operand& as)> quantize;
};

/// In the order of matrix_schemes.hpp.
const std::vector<Column>& matrix_columns();

}  // namespace oracle
