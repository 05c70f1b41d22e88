// SPDX-License-Identifier: BSL-1.0
#pragma once
// Text in aligned columns: the first to the left, the others to the right.
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

inline std::string number(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}

class text_table {
 public:
  explicit text_table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& os) const {
    std::vector<std::size_t> width(rows_[0].size());
    for (const auto& row : rows_)
      for (std::size_t c = 0; c < row.size(); ++c)
        if (columns(row[c]) > width[c]) width[c] = columns(row[c]);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (std::size_t c = 0; c < rows_[r].size(); ++c) {
        const std::string gap(width[c] - columns(rows_[r][c]), ' ');
        os << (c == 0 ? "" : "  ") << (c == 0 ? rows_[r][c] + gap : gap + rows_[r][c]);
      }
      os << '\n';
      if (r == 0) {
        std::size_t all = 2 * (width.size() - 1);
        for (const std::size_t w : width) all += w;
        os << std::string(all, '-') << '\n';
      }
    }
  }

 private:
  // characters, not bytes: "×" is one column wide
  static std::size_t columns(const std::string& s) {
    std::size_t n = 0;
    for (const char c : s) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
    return n;
  }
  std::vector<std::vector<std::string>> rows_;
};
