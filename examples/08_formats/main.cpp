// SPDX-License-Identifier: BSL-1.0
// Every format in two tables: element formats with their extreme values and the codes of these, block formats with what they
// store. The tables of docs/formats.md are what this program prints.
#include <dyadic/dyadic.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/four_over_six.hpp>
#include <dyadic/format/if4.hpp>
#include <dyadic/format/p3109.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace dyadic;

namespace {

// 1. Text ----------------------------------------------------------------------------------------------------------------

/// Columns as wide as their widest cell, in Markdown.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& out) const {
    std::vector<std::size_t> width(rows_[0].size());
    for (const auto& row : rows_)
      for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], length(row[c]));
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      out << '|';
      for (std::size_t c = 0; c < width.size(); ++c)
        out << ' ' << rows_[r][c] << std::string(width[c] - length(rows_[r][c]), ' ') << " |";
      out << '\n';
      if (r != 0) continue;
      out << '|';
      for (const std::size_t w : width) out << std::string(w + 2, '-') << '|';
      out << '\n';
    }
  }

 private:
  /// Characters, not bytes of UTF-8.
  static std::size_t length(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  }
  std::vector<std::vector<std::string>> rows_;
};

/// As a power of two where it is one beyond 1000 or below 1/16, else the fewest digits that name this float32 (or, where it is none, this double).
std::string number(double x) {
  int exponent = 0;
  if (std::frexp(std::fabs(x), &exponent) == 0.5 && (exponent > 11 || exponent < -3))
    return (x < 0 ? "-2^" : "2^") + std::to_string(exponent - 1);
  std::array<char, 40> text{};
  const auto f = static_cast<float>(x);
  char* const end = text.data() + text.size();
  return {text.data(), static_cast<double>(f) == x ? std::to_chars(text.data(), end, f).ptr : std::to_chars(text.data(), end, x).ptr};
}

/// The fields of a code, apart: sign, exponent and mantissa of floating point, else all in one.
template <class F>
constexpr std::array<int, 3> fields = {0, 0, F::bits};
template <>
constexpr std::array<int, 3> fields<E8M0> = {0, 8, 0};
template <int E, int M, int Bias, Specials S>
constexpr std::array<int, 3> fields<Minifloat<E, M, Bias, S>> = {1, E, M};
template <int E, int M, int Bias, Specials S>
constexpr std::array<int, 3> fields<UnsignedMinifloat<E, M, Bias, S>> = {0, E, M};
template <int E, int M, int Bias>
constexpr std::array<int, 3> fields<MinifloatDenorm<E, M, Bias>> = {1, E, M};
template <int N, int F>
constexpr std::array<int, 3> fields<SignMagnitude<N, F>> = {1, 0, N - 1};
template <int W, int Bias>
constexpr std::array<int, 3> fields<LogQ<W, Bias>> = {1, W - 1, 0};

template <class F>
std::string code_text(std::uint64_t code) {
  if (F::bits > 16) {  // hexadecimal
    std::string digits;
    for (int i = (F::bits + 3) / 4; i-- > 0;) digits += "0123456789abcdef"[code >> (4 * i) & 15];
    return "0x" + digits;
  }
  std::string text;
  int left = F::bits;
  for (const int width : fields<F>) {
    if (width != 0 && !text.empty()) text += '_';
    for (int i = 0; i < width; ++i) text += (code >> --left & 1) != 0 ? '1' : '0';
  }
  return text;
}

// 2. Element formats -----------------------------------------------------------------------------------------------------

/// A value and its code.
struct Extreme {
  double value = 0;
  std::uint64_t code = 0;
  bool exists = false;
};

/// What all codes of a format mean. Of formats of more than 16 bits only the ends are asked.
struct Summary {
  Extreme lowest, largest, least, normal, infinity, nan;
  std::uint64_t values = 0;
};
template <class F>
Summary summarise() {
  Summary s;
  const auto see = [&](std::uint64_t code) {
    const double x = static_cast<double>(F::from_bits(static_cast<typename F::code_type>(code)));
    const auto keep = [&](Extreme& best, bool better) {
      if (!best.exists || better) best = {x, code, true};
    };
    if (std::isnan(x)) return keep(s.nan, false);
    if (std::isinf(x)) {
      if (x > 0) keep(s.infinity, false);
      return;
    }
    if (static_cast<double>(F{x}) != x) return;  // a code that no conversion gives: -2 of SymmetricFixed<8, 6>
    keep(s.lowest, x < s.lowest.value);
    keep(s.largest, x > s.largest.value);
    if (x > 0) keep(s.least, x < s.least.value);
    // Normal: with all the digits of a mantissa, which only formats with an exponent of fixed width have.
    if (fields<F>[1] != 0 && x > 0 && x >= static_cast<double>(std::numeric_limits<F>::min())) keep(s.normal, x < s.normal.value);
  };
  if constexpr (F::bits <= 16) {
    std::vector<double> all;
    for (std::uint64_t code = 0; code < std::uint64_t{1} << F::bits; ++code) {
      see(code);
      const double x = static_cast<double>(F::from_bits(static_cast<typename F::code_type>(code)));
      if (std::isfinite(x) && static_cast<double>(F{x}) == x) all.push_back(x);
    }
    std::sort(all.begin(), all.end());
    s.values = static_cast<std::uint64_t>(std::unique(all.begin(), all.end()) - all.begin());
  } else {
    for (const F x : {std::numeric_limits<F>::lowest(), std::numeric_limits<F>::max(), std::numeric_limits<F>::denorm_min()})
      see(static_cast<std::uint64_t>(x.to_bits()) & ((std::uint64_t{1} << F::bits) - 1));
  }
  return s;
}

/// @param known_as  a name for a type that has another
template <class F>
void add_row(Table& table, std::string_view known_as = F::name()) {
  const Summary s = summarise<F>();
  const auto cell = [](const Extreme& e) { return e.exists ? number(e.value) + " `" + code_text<F>(e.code) + "`" : std::string("–"); };
  const auto code = [](const Extreme& e) { return e.exists ? "`" + code_text<F>(e.code) + "`" : std::string("–"); };
  table.add({"`" + std::string(known_as) + "`", std::to_string(F::bits), cell(s.lowest), cell(s.largest), cell(s.normal), cell(s.least),
             code(s.infinity), code(s.nan), s.values == 0 ? "–" : std::to_string(s.values)});
}
template <class... Formats>
void add_rows(Table& table) {
  (add_row<Formats>(table), ...);
}

// 3. Block formats -------------------------------------------------------------------------------------------------------

/// What a block is made of, by the format's own members.
template <class S>
void add_block(Table& table, std::string_view scale) {
  using F = typename S::element;
  table.add({"`" + std::string(S::name()) + "`", number(S::bits_per_value), "`" + std::string(F::name()) + "`",
             number(static_cast<double>(std::numeric_limits<F>::max())), std::string(scale),
             "`" + std::string(S::shape::text().view()) + "`"});
}

}  // namespace

int main() {
  Table elements({"format", "bits", "lowest", "largest", "least normal", "least positive", "+∞", "NaN", "finite values"});
  add_rows<Fixed<8, 4>, Fixed<8, 7>, Fixed<4, 2>, Fixed<8, 4, false>, Fixed<16, 8>, Fixed<32, 16>, SymmetricFixed<8, 6>,
           SignMagnitude<8, 6>>(elements);
  add_rows<E4M3, E5M2, E3M2, E2M3, E2M1, Half, BFloat16, Minifloat<3, 4>, Minifloat<4, 3, 7, Specials::ieee>,
           Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<5, 2, 16, Specials::fnuz>, MinifloatDenorm<4, 3>>(elements);
  add_rows<UE4M3, UE5M3, E8M0>(elements);
  add_row<p3109::Binary8p3se>(elements, "p3109::Binary8p3se");
  add_row<p3109::Binary8p4se>(elements, "p3109::Binary8p4se");
  add_row<p3109::Binary8p3sf>(elements, "p3109::Binary8p3sf");
  add_row<p3109::Binary8p4sf>(elements, "p3109::Binary8p4sf");
  add_row<p3109::Binary8p4ue>(elements, "p3109::Binary8p4ue");
  add_row<p3109::Binary8p4uf>(elements, "p3109::Binary8p4uf");
  add_row<p3109::Binary6p3se>(elements, "p3109::Binary6p3se");
  add_row<p3109::Binary4p2sf>(elements, "p3109::Binary4p2sf");
  add_rows<LogQ<4>, LogQ<8>, Binary, Ternary>(elements);
  add_rows<NF4, IQ4NL, Posit<8>, Posit<16>, Takum<8>, Takum<16>>(elements);
  elements.print(std::cout);

  std::cout << '\n';
  Table blocks({"block format", "bits a value", "element", "largest element", "scale", "block"});
  add_block<BlockFP<8, 8>>(blocks, "2^s, 8 bits");
  add_block<BlockFP<4, 8>>(blocks, "2^s, 8 bits");
  add_block<BlockMinifloat<4, 3, 8>>(blocks, "2^s, 8 bits");
  add_block<BlockLog<4, 8>>(blocks, "2^s, 8 bits");
  add_block<MXFP8<E4M3>>(blocks, "E8M0");
  add_block<MXFP8<E5M2>>(blocks, "E8M0");
  add_block<MXFP6<E2M3>>(blocks, "E8M0");
  add_block<MXFP6<E3M2>>(blocks, "E8M0");
  add_block<MXFP4>(blocks, "E8M0");
  add_block<MXINT8>(blocks, "E8M0");
  add_block<NVFP4>(blocks, "E4M3 under a float32");
  add_block<FourOverSix>(blocks, "E4M3 under a float32");
  add_block<Scaled<E2M1, Along<16>, E4M3>>(blocks, "E4M3 under a float32, never 0");
  add_block<Scaled<SymmetricFixed<4, 0>, Along<32>, Half>>(blocks, "Half");
  add_block<Scaled<NF4, Along<64>>>(blocks, "float32");
  add_block<Scaled<IQ4NL, Along<32>, Half>>(blocks, "Half");
  add_block<Scaled<SymmetricFixed<8, 0>, PerChannel>>(blocks, "float32");
  blocks.print(std::cout);
}
