// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file formats.hpp
/// The element formats that the law suites run over, in one list, and the definition of each for the oracle. A suite's body is
/// compiled once, on a `Subject`: the functions of a format behind pointers, its codes as plain unsigned numbers.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>

#include "support/codebooks.hpp"
#include "support/oracle.hpp"
#include "support/oracle_levels.hpp"

#include <bit>
#include <cctype>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace subjects {

using dyadic::Binary;
using dyadic::Codebook;
using dyadic::Fixed;
using dyadic::LogQ;
using dyadic::Minifloat;
using dyadic::MinifloatDenorm;
using dyadic::Posit;
using dyadic::SignMagnitude;
using dyadic::Specials;
using dyadic::SymmetricFixed;
using dyadic::Takum;
using dyadic::Ternary;
using dyadic::UnsignedMinifloat;

template <class... Formats>
struct list {};

/// Everyday formats and, of every parameter, the ends.
using element_formats = list<
    // fixed point: everyday, one bit, point outside the code, both ends of F, unsigned, at and beyond what float32 holds
    Fixed<8, 4>, Fixed<8, 0>, Fixed<8, 7>, Fixed<6, 3>, Fixed<4, 2>, Fixed<2, 1>, Fixed<1, 0>, Fixed<8, 12>, Fixed<8, -3>, Fixed<8, 126>,
    Fixed<8, -95>, Fixed<16, 8>, Fixed<16, 126>, Fixed<8, 4, false>, Fixed<1, 0, false>, Fixed<16, 16, false>, Fixed<22, 10>, Fixed<23, 11>,
    Fixed<24, 12>, Fixed<24, 0, false>, Fixed<25, 20>, Fixed<32, 16>, Fixed<32, -95>, Fixed<32, 126>, Fixed<32, 0, false>,  //
    SymmetricFixed<8, 6>, SymmetricFixed<2, 0>, SymmetricFixed<16, 20>, SymmetricFixed<24, 0>,                              //
    SignMagnitude<2, 0>, SignMagnitude<4, 2>, SignMagnitude<8, 6>, SignMagnitude<16, -20>, SignMagnitude<23, 21>, SignMagnitude<24, 22>,
    // floating point: named formats, every kind of special code, no mantissa, one exponent bit, deep subnormals, both ends of float32
    dyadic::E4M3, dyadic::E5M2, dyadic::E3M2, dyadic::E2M3, dyadic::E2M1, dyadic::Half, dyadic::BFloat16,  //
    Minifloat<4, 3>, Minifloat<5, 2>, Minifloat<3, 4>, Minifloat<2, 5>, Minifloat<4, 3, 8, Specials::fnuz>,
    Minifloat<5, 2, 16, Specials::fnuz>, Minifloat<4, 3, 7, Specials::ieee>, Minifloat<3, 2, 3, Specials::fn>, Minifloat<3, 0>,
    Minifloat<5, 0>, Minifloat<8, 0, 128>, Minifloat<4, 0, 7, Specials::fn>, Minifloat<4, 0, 8, Specials::fnuz>, Minifloat<1, 2>,
    Minifloat<1, 0>, Minifloat<1, 6, 0, Specials::ieee>, Minifloat<1, 3, 0, Specials::fn>, Minifloat<4, 3, 141>, Minifloat<4, 3, -110>,
    Minifloat<4, 3, 120>, Minifloat<3, 2, -120>, Minifloat<8, 2, 128>, Minifloat<8, 6, 128, Specials::fnuz>, Minifloat<8, 7, 128>,
    Minifloat<5, 17, 15, Specials::ieee>, Minifloat<8, 14, 127, Specials::ieee>, Minifloat<6, 17>, Minifloat<6, 20>,
    Minifloat<8, 23, 127, Specials::ieee>,  //
    MinifloatDenorm<4, 3>, MinifloatDenorm<3, 4>, MinifloatDenorm<5, 2>, MinifloatDenorm<1, 2>, MinifloatDenorm<4, 3, 139>,
    MinifloatDenorm<8, 2>, MinifloatDenorm<4, 11>, MinifloatDenorm<5, 18>, MinifloatDenorm<8, 20, 128>,
    // signed with infinities at the top codes: everyday, no mantissa, the least there is, both ends of float32, wide
    Minifloat<4, 3, 8, Specials::extended>, Minifloat<5, 2, 16, Specials::extended>, Minifloat<5, 0, 16, Specials::extended>,
    Minifloat<1, 1, 1, Specials::extended>, Minifloat<2, 0, 2, Specials::extended>, Minifloat<8, 6, 128, Specials::extended>,
    Minifloat<4, 3, 141, Specials::extended>, Minifloat<6, 19, 32, Specials::extended>,
    // without a sign: named ones, each kind of special code, no mantissa, one exponent bit, both ends of float32, wide
    dyadic::UE4M3, dyadic::UE5M3, dyadic::E8M0, UnsignedMinifloat<4, 4>, UnsignedMinifloat<4, 4, 8, Specials::extended>,
    UnsignedMinifloat<5, 3, 15, Specials::ieee>, UnsignedMinifloat<3, 0>, UnsignedMinifloat<8, 0, 128, Specials::fn>,
    UnsignedMinifloat<8, 0, 128, Specials::extended>, UnsignedMinifloat<1, 0>, UnsignedMinifloat<1, 1, 1, Specials::extended>,
    UnsignedMinifloat<1, 7, 1, Specials::fn>, UnsignedMinifloat<8, 8, 128, Specials::extended>, UnsignedMinifloat<4, 4, 141>,
    UnsignedMinifloat<4, 3, -110>, UnsignedMinifloat<8, 7, 127, Specials::ieee>, UnsignedMinifloat<6, 20>,
    UnsignedMinifloat<8, 23, 127, Specials::ieee>,
    // powers of two, one bit, one trit
    LogQ<2>, LogQ<3>, LogQ<4>, LogQ<5>, LogQ<8>, LogQ<8, 0>, LogQ<8, 126>, LogQ<8, 127>, LogQ<8, 150>, LogQ<4, -110>, LogQ<9, 128>,
    LogQ<9, 150>, Binary, Ternary,
    // posits: the standard's, the least, odd and even widths, other exponents; takums: each that lacks other bits
    Posit<8>, Posit<16>, Posit<2>, Posit<3>, Posit<4>, Posit<5>, Posit<7>, Posit<11>, Posit<8, 0>, Posit<8, 1>, Posit<6, 3>, Posit<16, 1>,
    Posit<16, 3>, Takum<8>, Takum<16>, Takum<2>, Takum<3>, Takum<4>, Takum<5>, Takum<7>, Takum<9>, Takum<10>, Takum<12>, Takum<13>,
    // codebooks: named ones, none sorted, some values twice, a count that is no power of two, more than a vector's, far apart
    dyadic::NF4, dyadic::IQ4NL, Codebook<codebooks::signs>, Codebook<codebooks::four>, Codebook<codebooks::eight>,
    Codebook<codebooks::twice>, Codebook<codebooks::thirteen>, Codebook<codebooks::thirty>, Codebook<codebooks::geometric>>;

template <int W, int F, bool Signed>
oracle::Format define(std::type_identity<Fixed<W, F, Signed>>) {
  return oracle::fixed(W, F, Signed);
}
template <int W, int F>
oracle::Format define(std::type_identity<SymmetricFixed<W, F>>) {
  return oracle::fixed(W, F, true, true);
}
template <int N, int F>
oracle::Format define(std::type_identity<SignMagnitude<N, F>>) {
  return oracle::sign_magnitude(N, F);
}
template <int E, int M, int Bias, Specials S>
oracle::Format define(std::type_identity<Minifloat<E, M, Bias, S>>) {
  constexpr oracle::Tops tops = S == Specials::fn     ? oracle::Tops::fn
                                : S == Specials::ieee ? oracle::Tops::ieee
                                : S == Specials::fnuz ? oracle::Tops::fnuz
                                : S == Specials::extended ? oracle::Tops::extended
                                                          : oracle::Tops::none;
  return oracle::minifloat(E, M, Bias, tops);
}
template <int E, int M, int Bias, Specials S>
oracle::Format define(std::type_identity<UnsignedMinifloat<E, M, Bias, S>>) {
  constexpr oracle::Tops tops = S == Specials::fn         ? oracle::Tops::fn
                                : S == Specials::ieee     ? oracle::Tops::ieee
                                : S == Specials::extended ? oracle::Tops::extended
                                                          : oracle::Tops::none;
  return oracle::unsigned_minifloat(E, M, Bias, tops);
}
inline oracle::Format define(std::type_identity<dyadic::E8M0>) { return oracle::e8m0(); }
template <int E, int M, int Bias>
oracle::Format define(std::type_identity<MinifloatDenorm<E, M, Bias>>) {
  return oracle::denorm(E, M, Bias);
}
template <int W, int Bias>
oracle::Format define(std::type_identity<LogQ<W, Bias>>) {
  return oracle::logq(W, Bias);
}
template <int N, int ES>
oracle::Format define(std::type_identity<Posit<N, ES>>) {
  return oracle::posit(N, ES);
}
template <int N>
oracle::Format define(std::type_identity<Takum<N>>) {
  return oracle::takum(N);
}
template <auto Levels>
oracle::Format define(std::type_identity<Codebook<Levels>>) {
  return oracle::codebook(codebooks::list_of(Levels));
}
inline oracle::Format define(std::type_identity<Binary>) { return oracle::binary(); }
inline oracle::Format define(std::type_identity<Ternary>) { return oracle::ternary(); }

/// The oracle's description of `F`, made at first use.
template <class F>
const oracle::Format& definition() {
  static const oracle::Format f = define(std::type_identity<F>{});
  return f;
}

/// A code of `F` as the unsigned number of its bits.
template <class F>
oracle::Code plain(typename F::code_type code) {
  return static_cast<oracle::Code>(code) & static_cast<oracle::Code>((std::uint64_t{1} << F::bits) - 1);
}
template <class F>
typename F::code_type code_from(oracle::Code code) {
  return static_cast<typename F::code_type>(code);
}

struct Subject {
  std::string_view name;
  int bits;
  const oracle::Format& (*definition)();
  oracle::Code (*encode)(float);
  float (*decode)(oracle::Code);
  float (*quantize)(float);
  double (*value)(oracle::Code);  ///< through the number's conversion to double
};

template <class F>
constexpr Subject subject() {
  return {F::name(),
          F::bits,
          &definition<F>,
          [](float x) { return plain<F>(F::encode(x)); },
          [](oracle::Code c) { return F::decode(code_from<F>(c)); },
          [](float x) { return F::template quantize<float>(x); },
          [](oracle::Code c) { return static_cast<double>(F::from_bits(code_from<F>(c))); }};
}

/// What `make<Format>()` gives for each format of the list.
template <class Make, class... Formats>
auto for_formats(list<Formats...>, Make make) {
  return std::vector{make(std::type_identity<Formats>{})...};
}

/// A test name from a C++ spelling: letters and digits, `m` for a minus, `_` between.
inline std::string test_name(std::string_view spelling) {
  std::string r;
  for (const char c : spelling) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) r += c;
    else if (c == '-') r += 'm';
    else if (!r.empty() && r.back() != '_') r += '_';
  }
  while (!r.empty() && r.back() == '_') r.pop_back();
  return r;
}

/// Counts what went wrong and tells of the first few.
class Report {
 public:
  template <class... Parts>
  void fail(const Parts&... parts) {
    if (++failures_ > 6) return;
    std::ostringstream line;
    line.precision(17);
    ((line << parts), ...);
    text_ += line.str() + "\n";
  }
  [[nodiscard]] std::string text() const { return failures_ == 0 ? "" : std::to_string(failures_) + " failures, among them:\n" + text_; }

 private:
  std::int64_t failures_ = 0;
  std::string text_;
};

/// Prints a float with its bits, for failure messages.
struct Shown {
  float x;
  friend std::ostream& operator<<(std::ostream& os, const Shown& s) {
    return os << s.x << " (0x" << std::hex << std::bit_cast<std::uint32_t>(s.x) << std::dec << ")";
  }
};

}  // namespace subjects
