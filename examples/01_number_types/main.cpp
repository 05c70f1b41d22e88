// SPDX-License-Identifier: BSL-1.0
// Number types: what a value is, how it rounds, what arithmetic does. Read from top to bottom; every section prints what it says.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/literals.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/number_stream.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/scheme.hpp>

#include <array>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

using namespace dyadic;

// A type is a number format; an object is one of its values. Everything works at compile time, so what this file claims about
// numbers is checked by the compiler before anything is printed.
using Q4 = Fixed<8, 4>;  // 8 bits, 4 of them after the point: the multiples of 1/16 from -8 to 7.9375

static_assert(Q4{0.3f}.to_bits() == 5, "0.3 is stored as the integer 5 …");
static_assert(float(Q4{0.3f}) == 0.3125f, "… which means 5/16");
static_assert(Q4::from_bits(5) == Q4{0.3f}, "a code makes a value, a value has a code");
static_assert(sizeof(Q4) == 1);

static void title(std::string_view text) { std::cout << '\n' << text << '\n' << std::string(text.size(), '-') << '\n'; }

// 1. One number, many formats ------------------------------------------------------------------------------------------------

template <class Format>
void show(double x) {
  const Format v{x};  // rounds once: to the nearest value, a tie to the even code; past the largest value it stays there
  std::string bits;
  for (int i = Format::bits; i-- > 0;) bits += (v.to_bits() >> i & 1) != 0 ? '1' : '0';
  std::cout << std::setw(6) << x << "  " << std::setw(20) << std::left << Format::name() << std::right;
  std::cout << std::setw(12) << v << "  " << bits << '\n';
}
static void one_number_many_formats() {
  title("1. One number, many formats: input, format, stored value, code");
  for (const double x : {0.3, -2.6, 1000.0}) {
    show<Q4>(x);
    show<SignMagnitude<8, 4>>(x);  // the same step, but the code is a sign and a magnitude
    show<BFloat16>(x);
    show<E4M3>(x);             // 4 exponent bits, 3 mantissa bits: the 8-bit float of the OCP standard
    show<Minifloat<3, 4>>(x);  // any split you like
    show<E2M1>(x);             // 4 bits
    show<LogQ<4>>(x);          // powers of two
    show<Ternary>(x);          // -1, 0, +1
    show<Binary>(x);           // -1, +1
    std::cout << '\n';
  }
}

// 2. All the values of a format ----------------------------------------------------------------------------------------------

static void all_values() {
  title("2. E4M3, all codes from 0x00 to 0x7f: exponent field down, mantissa across (from 0x80 on: the same, negative)");
  for (int exponent = 0; exponent < 16; ++exponent) {
    std::cout << std::setw(2) << exponent << " |";
    for (int mantissa = 0; mantissa < 8; ++mantissa) {
      const auto code = static_cast<E4M3::code_type>(exponent * 8 + mantissa);
      std::cout << std::setw(13) << E4M3::from_bits(code);
    }
    std::cout << '\n';
  }
  std::cout << "Row 0 is subnormal: steps as in row 1, down to zero. From there the step doubles with every row.\n"
               "The last code is NaN. There is no infinity: row 15 holds numbers, where an IEEE format has its special codes.\n";
}

// 3. Arithmetic --------------------------------------------------------------------------------------------------------------

// Operators are closed: Q4 with Q4 gives Q4. The result is the exact one, rounded once.
static_assert(Q4{1.5f} + Q4{2.25f} == Q4{3.75f});
static_assert(Q4{0.3125f} * Q4{0.3125f} == Q4{0.125f}, "exactly 0.09765625, which is no multiple of 1/16");
static_assert(Q4{7} + Q4{7} == Q4{7.9375f}, "past the top it saturates, it never wraps round to -2");

// exact(…) gives a result type that is wide enough instead.
static_assert(std::is_same_v<decltype(exact(Q4{}) * exact(Q4{})), Fixed<16, 8>>);
static_assert(float(exact(Q4{0.3125f}) * exact(Q4{0.3125f})) == 0.09765625f);
static_assert(std::is_same_v<decltype(exact(Q4{}) + exact(Q4{})), Fixed<9, 4>>);

// A sum of N numbers needs log2(N) more bits: the accumulator of a 64-long dot product of Q4 has 22.
static_assert(std::is_same_v<sum_t<Fixed<16, 8>, 64>, Fixed<22, 8>>);

// Formats never mix by accident: Q4{1} + E4M3{1} does not compile. Convert, and it is there for the reader to see.
static_assert(Q4{1} + Q4{float(E4M3{0.3f})} == Q4{1.3125f});

static void arithmetic() {
  title("3. Arithmetic: closed operators round once, exact ones grow");
  const Q4 a{2.7f}, b{3.1f};
  const auto line = [](std::string_view what, auto v) {
    std::cout << std::setw(19) << std::left << what << std::right << std::setw(13) << v << "  " << decltype(v)::name() << '\n';
  };
  line("a", a);
  line("b", b);
  line("a + b", a + b);
  line("a * b", a * b);  // 8.3984375 does not fit
  line("exact(a) * exact(b)", exact(a) * exact(b));
  line("a / b", a / b);
  line("a / 0", a / Q4{});  // no infinity here: the largest value
  std::cout << "a < b is " << std::boolalpha << (a < b) << ", -a is " << -a << ", a == Q4{2.6875f} is " << (a == Q4{2.6875f}) << '\n';
}

// 4. Rounding and overflow are choices of the conversion -----------------------------------------------------------------------

// With<…> names another choice. The values stay those of Q4.
static_assert(With<Q4, Round::down>::decode(With<Q4, Round::down>::encode(-0.3f)) == -0.3125f);
static_assert(With<Q4, Round::nearest_even, Overflow::wrap>::encode(8.0f) == -128, "for hardware that wraps");
static_assert(With<E5M2, Round::nearest_even, Overflow::special>::encode(1e6f) == 0x7c, "overflow to infinity, where there is one");

template <Round R>
void show_rounding() {
  std::cout << std::setw(14) << std::left << to_string(R) << std::right;
  for (const float x : {0.28125f, 0.34375f, 0.30f, -0.30f, -0.34375f}) std::cout << std::setw(10) << Q4::from_bits(With<Q4, R>::encode(x));
  std::cout << '\n';
}
static void rounding() {
  title("4. Rounding to multiples of 1/16 = 0.0625 (0.28125 and 0.34375 lie half-way)");
  std::cout << "                 0.28125   0.34375      0.30     -0.30  -0.34375\n";
  show_rounding<Round::nearest_even>();
  show_rounding<Round::nearest_away>();
  show_rounding<Round::toward_zero>();
  show_rounding<Round::down>();
  show_rounding<Round::up>();
  show_rounding<Round::to_odd>();

  // Stochastic rounding goes up as often as the value lies near the upper neighbour: right on average. The bits depend on a
  // seed and the position only, so a run can be repeated.
  std::vector<float> x(10000, 0.30f);
  quantize_values<With<Q4, Round::stochastic>>(x, x, Extents{10000}, /*seed=*/1);
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / 10000;
  std::cout << "stochastic: 10000 times 0.30 becomes 0.25 or 0.3125; their mean is " << mean << '\n';
}

// 5. Dot products ------------------------------------------------------------------------------------------------------------

static void dot_products() {
  title("5. A dot product: where do the roundings go?");
  // 256_e4m3: there is a literal for each format that has a name of its own (alone: `using namespace dyadic::literals`).
  constexpr std::array x{256_e4m3, 0.25_e4m3, -256_e4m3};
  constexpr std::array one{1_e4m3, 1_e4m3, 1_e4m3};

  E4M3 closed{0};  // rounds after every step: 256 + 0.25 is 256 again
  for (std::size_t i = 0; i < x.size(); ++i) closed += x[i] * one[i];
  constexpr auto in_e4m3 = dot<E4M3>(x, one);  // exact inside, rounded once at the end, to the type you name
  constexpr auto in_float = dot<float>(x, one);
  static_assert(in_float == 0.25f);
  std::cout << "256 + 0.25 - 256 in E4M3, one step at a time: " << closed << "\ndot<E4M3>:                                     " << in_e4m3
            << "\ndot<float>:                                    " << in_float << '\n';
}

// 6. What the standard library knows -----------------------------------------------------------------------------------------

static_assert(std::numeric_limits<E4M3>::max() == E4M3{448});
static_assert(std::numeric_limits<Q4>::lowest() == Q4{-8});
static_assert(!std::numeric_limits<Q4>::has_quiet_NaN, "a NaN becomes 0 in a format without one");
static_assert(E4M3{-0.0f} == E4M3{0.0f}, "-0 equals 0 …");
static_assert(std::numeric_limits<E4M3>::quiet_NaN() != E4M3::from_bits(0x7f), "… and a NaN equals nothing");

template <class Format>
void show_limits() {
  using L = std::numeric_limits<Format>;
  std::cout << std::setw(18) << std::left << Format::name() << std::right << std::setw(5) << Format::bits;
  std::cout << std::setw(13) << L::lowest() << std::setw(13) << L::max() << std::setw(14) << L::denorm_min();
  std::cout << std::setw(12) << L::epsilon() << std::setw(6) << (L::has_infinity ? "yes" : "no") << std::setw(6)
            << (L::has_quiet_NaN ? "yes" : "no") << '\n';
}
static void limits() {
  title("6. std::numeric_limits");
  std::cout << std::setprecision(6) << "format             bits       lowest          max    smallest>0     epsilon   inf   NaN\n";
  show_limits<Q4>();
  show_limits<Fixed<8, 8, false>>();  // unsigned: [0, 1)
  show_limits<E4M3>();
  show_limits<E5M2>();
  show_limits<E2M1>();
  show_limits<Half>();
  show_limits<BFloat16>();
  show_limits<LogQ<4>>();
  std::cout << "\nNext: 02_custom_format, a format of your own; 03_digits, a network in sixteen formats.\n";
}

int main() {
  std::cout << std::setprecision(10);  // enough to see these values exactly; << prints what a double prints
  one_number_many_formats();
  all_values();
  arithmetic();
  rounding();
  dot_products();
  limits();
}
