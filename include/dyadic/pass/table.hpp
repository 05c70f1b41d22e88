// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file table.hpp
/// Aligned columns of text, for the reports of passes.
#include <algorithm>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic::detail {

/// Cells by row; the first row is the heading. A column is aligned right if all its cells below the heading look like numbers.
class text_table {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  friend std::ostream& operator<<(std::ostream& out, const text_table& t) {
    std::vector<std::size_t> width;
    std::vector<bool> right;
    for (std::size_t r = 0; r < t.rows_.size(); ++r) {
      width.resize(std::max(width.size(), t.rows_[r].size()), 0);
      right.resize(width.size(), true);
      for (std::size_t c = 0; c < t.rows_[r].size(); ++c) {
        const std::string& cell = t.rows_[r][c];
        width[c] = std::max(width[c], cell.size());
        if (r != 0 && cell.find_first_not_of("+-.0123456789e") != std::string::npos && cell != "inf" && cell != "nan" && cell != "exact") right[c] = false;
      }
    }
    for (const auto& row : t.rows_) {
      std::string line;
      for (std::size_t c = 0; c < row.size(); ++c) {
        const std::string pad(width[c] - row[c].size(), ' ');
        line += (c == 0 ? "" : "  ") + (right[c] ? pad + row[c] : row[c] + pad);
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      out << line << '\n';
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// `value` with so many digits after the point.
inline std::string fixed_digits(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}
/// `value` with so many significant digits, exponent where needed.
inline std::string significant_digits(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

}  // namespace dyadic::detail
