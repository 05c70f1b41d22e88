// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file table.hpp
/// Aligned columns of text, for the reports of passes.
#include <dyadic/base/text.hpp>

#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic::detail {

/// Cells by row, as many in each; the first row is the heading. A column is aligned right if all its cells below the heading look
/// like numbers. (A template, so that it is compiled where something is printed and not at every include.)
template <class Cell>
class text_table_of {
 public:
  void add(std::initializer_list<Cell> row) { add(std::span<const Cell>(row.begin(), row.size())); }
  void add(std::span<const Cell> row) {
    columns_ = row.size();
    for (const Cell& cell : row) cells_.push_back(cell);
  }

  friend std::ostream& operator<<(std::ostream& out, const text_table_of& t) {
    // By column: how wide, negative for those aligned right. (Few types of containers: every include pays for them.)
    std::vector<int> width(t.columns_, 0);
    for (std::size_t c = 0; c < t.columns_; ++c) {
      bool numbers = true;
      for (std::size_t i = c; i < t.cells_.size(); i += t.columns_) {
        const Cell& cell = t.cells_[i];
        if (static_cast<int>(cell.size()) > width[c]) width[c] = static_cast<int>(cell.size());
        if (i != c && cell.find_first_not_of("+-.0123456789e") != std::string::npos && cell != "inf" && cell != "nan" && cell != "exact") numbers = false;
      }
      if (numbers) width[c] = -width[c];
    }
    for (std::size_t row = 0; row < t.cells_.size(); row += t.columns_) {
      Cell line;
      for (std::size_t c = 0; c < t.columns_; ++c) {
        const Cell& cell = t.cells_[row + c];
        const Cell pad(static_cast<std::size_t>(width[c] < 0 ? -width[c] : width[c]) - cell.size(), ' ');
        line += (c == 0 ? "" : "  ") + (width[c] < 0 ? pad + cell : cell + pad);
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      out << line << '\n';
    }
    return out;
  }

 private:
  std::vector<Cell> cells_;
  std::size_t columns_ = 0;
};
using text_table = text_table_of<std::string>;

}  // namespace dyadic::detail
