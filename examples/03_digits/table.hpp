// SPDX-License-Identifier: BSL-1.0
#pragma once
// Text in aligned columns under headings that span several of them: names to the left, numbers to the right.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace digits {

inline std::string number(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}

class table {
 public:
  // A heading and, below it, its columns.
  struct group {
    std::string heading;
    std::vector<std::string> columns;
  };

  table(std::string names, std::vector<group> groups) : groups_(std::move(groups)) {
    std::vector<std::string> row{std::move(names)};
    for (const group& g : groups_) row.insert(row.end(), g.columns.begin(), g.columns.end());
    rows_.push_back(std::move(row));
  }
  // A name and a cell per column.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  friend std::ostream& operator<<(std::ostream& os, const table& t) {
    // 1. Widths; a group is at least as wide as its heading.
    std::vector<std::size_t> width(t.rows_[0].size());
    for (const auto& row : t.rows_)
      for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], characters(row[c]));
    std::size_t first = 1;
    for (const group& g : t.groups_) {
      const std::size_t n = g.columns.size(), needed = characters(g.heading);
      if (const std::size_t all = sum(width, first, n) + gap * (n - 1); all < needed) width[first] += needed - all;
      first += n;
    }
    // 2. Headings, columns, a rule, rows.
    std::string line(width[0], ' ');
    first = 1;
    for (const group& g : t.groups_) {
      const std::size_t all = sum(width, first, g.columns.size()) + gap * (g.columns.size() - 1);
      line += std::string(between, ' ') + std::string(all - characters(g.heading), ' ') + g.heading;
      first += g.columns.size();
    }
    os << line << '\n';
    const std::size_t full = characters(line);
    for (std::size_t r = 0; r < t.rows_.size(); ++r) {
      std::size_t c = 0;
      os << t.rows_[r][0] << std::string(width[0] - characters(t.rows_[r][0]), ' ');
      for (const group& g : t.groups_)
        for (std::size_t i = 0; i < g.columns.size(); ++i) {
          ++c;
          os << std::string((i == 0 ? between : gap) + width[c] - characters(t.rows_[r][c]), ' ') << t.rows_[r][c];
        }
      os << '\n';
      if (r == 0) os << std::string(full, '-') << '\n';
    }
    return os;
  }

 private:
  static constexpr std::size_t gap = 2, between = 4;  // spaces between columns, and between groups of them
  static std::size_t sum(const std::vector<std::size_t>& v, std::size_t first, std::size_t count) {
    std::size_t s = 0;
    for (std::size_t i = first; i < first + count; ++i) s += v[i];
    return s;
  }
  // Characters, not bytes: "×" is one column wide.
  static std::size_t characters(const std::string& s) {
    std::size_t n = 0;
    for (const char c : s) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
    return n;
  }
  std::vector<group> groups_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace digits
