// SPDX-License-Identifier: BSL-1.0
// Element formats as numbers: closed arithmetic, comparisons, conversions from and to other numbers, limits.
#include "inputs.hpp"

#include <dyadic/format/limits.hpp>

#include "support/formats.hpp"

#include <limits>

namespace {

using digest::hash;
using code = std::uint32_t;

/// A format behind pointers. What a function adds it adds to the hash.
struct number {
  std::string_view name;
  int bits;
  void (*operate)(hash&, code, code);
  void (*compare)(hash&, code, code);
  void (*convert)(
      hash&,
      std::
          uint64_t);  ///< from arithmetic types and other formats, made of a random word, and to float and double
  void (*limits)(hash&);
};

template <class F>
F make(code c) {
  return F::from_bits(static_cast<typename F::code_type>(c));
}
template <class F>
code plain(F f) {
  return static_cast<code>(f.to_bits());
}
template <class F>
void add(hash& h, F f) {
  h.add(std::uint64_t{plain(f)});
}
template <class From, class F>
F from_code(code c) {
  constexpr code mask = From::bits == 32 ? ~code{0} : (code{1} << From::bits) - 1;
  if constexpr (std::same_as<F, From>) return make<F>(c & mask);
  else return F(make<From>(c & mask));
}
/// A double with any significand and an exponent near those of formats.
inline double double_from(std::uint64_t w) {
  return std::bit_cast<double>((w & 0x800fffffffffffffU) | (std::uint64_t{1023 - 40} + (w >> 52 & 0x7ff) % 80)
                                                               << 52);
}

template <class F>
void operate(hash& h, code a, code b) {
  const F x = make<F>(a), y = make<F>(b);
  add(h, x + y);
  add(h, x - y);
  add(h, x * y);
  add(h, x / y);
  add(h, -x);
  add(h, abs(x));
}
template <class F>
void compare(hash& h, code a, code b) {
  const F x = make<F>(a), y = make<F>(b);
  h.add(std::uint64_t{(x < y ? 1U : 0U) | (x > y ? 2U : 0U) | (x == y ? 4U : 0U) | (x <= y ? 8U : 0U) |
                      (is_nan(x) ? 16U : 0U) | (is_infinite(x) ? 32U : 0U)});
}
template <class F>
void convert(hash& h, std::uint64_t w) {
  add(h, F(std::bit_cast<float>(static_cast<std::uint32_t>(w >> 32))));
  add(h, F(double_from(w)));
  add(h, F(std::bit_cast<double>(w)));
  add(h, F(static_cast<std::int64_t>(w) >> (w & 63)));
  add(h, F(w >> (w & 63)));
  add(h, from_code<dyadic::Half, F>(static_cast<code>(w)));
  add(h, from_code<dyadic::E4M3, F>(static_cast<code>(w)));
  add(h, from_code<dyadic::Fixed<32, 16>, F>(static_cast<code>(w)));
  add(h, from_code<dyadic::LogQ<8>, F>(static_cast<code>(w)));
  add(h, from_code<dyadic::Minifloat<8, 23, 127, dyadic::Specials::ieee>, F>(static_cast<code>(w)));
  const F x = from_code<F, F>(static_cast<code>(w));
  h.add(static_cast<double>(x));
  h.add(static_cast<float>(x));
}
template <class F>
void add_limits(hash& h) {
  using limits = std::numeric_limits<F>;
  for (const F f : {limits::min(), limits::max(), limits::lowest(), limits::epsilon(), limits::denorm_min(),
                    limits::round_error(), limits::infinity(), limits::quiet_NaN()})
    add(h, f);
  for (const int n :
       {limits::digits, limits::digits10, limits::max_digits10, limits::radix, limits::min_exponent,
        limits::max_exponent, limits::min_exponent10, limits::max_exponent10})
    h.add(static_cast<std::uint64_t>(std::int64_t{n}));
  for (const bool yes :
       {limits::is_signed, limits::is_integer, limits::is_exact, limits::has_infinity, limits::has_quiet_NaN})
    h.add(std::uint64_t{yes});
}

/// Codes where formats change their behaviour: the ends of the code, and those of a sign and of each field.
std::vector<code> corner_codes(int bits) {
  const code mask = bits == 32 ? ~code{0} : (code{1} << bits) - 1;
  std::vector<code> c;
  for (int bit = 0; bit < bits; ++bit)
    for (const code near : {code{0}, code{1}, ~code{0}})
      if (bits <= 8 || bit < 3 || bit > bits - 8 || bit % 3 == 0)
        c.push_back(((code{1} << bit) + near) & mask);
  c.push_back(0);
  c.push_back(mask);
  std::sort(c.begin(), c.end());
  c.erase(std::unique(c.begin(), c.end()), c.end());
  return c;
}

}  // namespace

void digest::add_numbers(book& b) {
  const auto numbers =
      subjects::for_formats(subjects::element_formats{}, []<class F>(std::type_identity<F>) -> number {
        return {F::name(), F::bits, &operate<F>, &compare<F>, &convert<F>, &add_limits<F>};
      });
  for (const number& f : numbers) {
    const code mask = f.bits == 32 ? ~code{0} : (code{1} << f.bits) - 1;
    // All pairs of short codes; else pairs of corners, and random ones.
    const auto pairs = [&](bool others, const auto& take) {
      if (!others) {
        const std::vector<code> corners = corner_codes(f.bits);
        for (const code x : corners)
          for (const code y : corners) take(x, y);
      } else if (f.bits <= 6) {
        for (code x = 0; x <= mask; ++x)
          for (code y = 0; y <= mask; ++y) take(x, y);
      } else {
        generator g(10);
        for (int i = 0; i < 5000; ++i) {
          const auto x = static_cast<code>(g.next()) & mask;
          const auto y = static_cast<code>(g.next()) & mask;
          take(x, y);
        }
      }
    };
    b.begin("number", f.name);
    b.add("operators",
          [&](hash& h, bool others) { pairs(others, [&](code x, code y) { f.operate(h, x, y); }); });
    b.add("comparisons",
          [&](hash& h, bool others) { pairs(others, [&](code x, code y) { f.compare(h, x, y); }); });
    b.add("conversions", [&](hash& h, bool others) {
      generator g(others ? 12 : 11);
      for (int i = others ? 0 : 4600; i < 5000; ++i) f.convert(h, g.next());
    });
    b.add("limits", [&](hash& h, bool others) {
      if (!others) f.limits(h);
    });
  }
}
