// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file codebook.hpp
/// Codebooks: formats whose values are a list, without arithmetic behind it. NF4, ggml's iq4_nl, and any
/// other of up to 256 levels.
#include <dyadic/base/fixed_string.hpp>
#include <dyadic/base/lane_steps.hpp>
#include <dyadic/format/number.hpp>

#include <array>
#include <type_traits>
#include <utility>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// The list itself: what a codebook is given, or that one's `values`.
template <auto Levels>
constexpr auto given_levels() {
  if constexpr (requires { Levels.values; }) return Levels.values;
  else return Levels;
}
/// Whether a number is a finite float32.
template <class T>
constexpr bool is_finite_float32(T v) {
  if constexpr (std::is_integral_v<T>) {
    constexpr std::int64_t most = std::int64_t{1} << 53;
    if (!std::in_range<std::int64_t>(v) || static_cast<std::int64_t>(v) > most ||
        static_cast<std::int64_t>(v) < -most)
      return false;
  }
  const auto d = static_cast<double>(v);
  const double end = static_cast<double>(std::bit_cast<float>(largest_finite_bits));
  return d >= -end && d <= end && static_cast<double>(static_cast<float>(d)) == d;
}

/// The floats, in order, as integers; both zeros are 0.
constexpr i32 float_order(float x) {
  const i32 b = std::bit_cast<i32>(x);
  return b < 0 ? -(b & magnitude_mask) : b;
}
constexpr float float_at(i32 order) { return std::bit_cast<float>(order < 0 ? -order | sign_bit : order); }

/// The sign of 2x - (a + b), exactly. In units of 2^-149 all floats are integers of 277 bits.
constexpr int compare_twice(const Dyadic& x, float a, float b) {
  constexpr std::size_t words = 5;
  struct wide {
    std::array<u64, words> w{};
    constexpr void add(u64 m, int shift) {
      u64 carry = 0;
      for (std::size_t i = 0; i < words; ++i) {
        const int at = static_cast<int>(64 * i) - shift;  // of this word's lowest bit in `m`
        const u64 part = at <= -64 || at >= 64 ? 0 : at >= 0 ? m >> at : m << -at;
        const u64 sum = w[i] + part;
        const u64 more = sum + carry;
        carry = (sum < part ? 1U : 0U) + (more < sum ? 1U : 0U);
        w[i] = more;
      }
    }
    constexpr int compare(const wide& o) const {
      for (std::size_t i = words; i-- > 0;)
        if (w[i] != o.w[i]) return w[i] < o.w[i] ? -1 : 1;
      return 0;
    }
  };
  // 1. Whatever is positive on one side, whatever is negative on the other.
  wide left, right;
  const auto put = [&](bool negative, u64 m, int exponent) {
    (negative ? right : left).add(m, exponent + 149);
  };
  for (const float f : {a, b}) {
    const Dyadic d = to_dyadic(f);
    put(!d.negative, d.significand, d.exponent);
  }
  if (x.significand != 0 && x.log2() > 140) return x.negative ? -1 : 1;
  int cut = 0;
  const auto put_part = [&](u64 m, int exponent) {
    const int shift = exponent + 149;
    if (m == 0 || shift >= 0) return put(x.negative, m, exponent);
    const u64 whole = -shift > 63 ? 0 : m >> -shift;
    put(x.negative, whole, -149);
    if (-shift > 63 || whole << -shift != m) cut = 1;
  };
  put_part(x.significand, x.exponent + 1);
  put_part(x.below, x.exponent + 1 - 64);
  // 2. What was cut off is less than a unit.
  const int c = left.compare(right);
  return c != 0 ? c : x.negative ? -cut : cut;
}

/// The levels of a codebook: by code, and in rising order.
template <auto Levels>
struct level_tables {
  static constexpr auto given = given_levels<Levels>();
  static constexpr std::size_t count = given.size();
  static constexpr int bits = count <= 2 ? 1 : ceil_log2(count);
  /// Tables have room for what one instruction loads.
  static constexpr std::size_t room = count <= 16 ? 16 : std::size_t{1} << bits;
  static constexpr bool fit = [] {
    for (const auto level : given)
      if (!is_finite_float32(level)) return false;
    return true;
  }();
  using floats_of = std::array<float, room>;
  /// Codes past the last one read as it.
  alignas(64) static constexpr floats_of by_code = [] {
    floats_of t{};
    for (std::size_t c = 0; c < room; ++c) t[c] = static_cast<float>(given[c < count ? c : count - 1]);
    return t;
  }();
  /// Each value once, with its smallest code; the last one again and again behind them.
  struct ranking {
    floats_of value{};
    std::array<i32, room> code{};
    int last = 0;
    bool in_order = true;  ///< code = rank
  };
  static constexpr ranking ranked = [] {
    ranking r;
    int n = 0;
    for (std::size_t c = 0; c < count; ++c) {
      const float v = by_code[c];
      int at = n;
      while (at > 0 && v < r.value[static_cast<std::size_t>(at - 1)]) --at;
      if (at > 0 && v == r.value[static_cast<std::size_t>(at - 1)]) continue;
      for (int i = n; i > at; --i) {
        r.value[static_cast<std::size_t>(i)] = r.value[static_cast<std::size_t>(i - 1)];
        r.code[static_cast<std::size_t>(i)] = r.code[static_cast<std::size_t>(i - 1)];
      }
      r.value[static_cast<std::size_t>(at)] = v;
      r.code[static_cast<std::size_t>(at)] = static_cast<i32>(c);
      ++n;
    }
    r.last = n - 1;
    for (int i = 0; i < n; ++i) r.in_order = r.in_order && r.code[static_cast<std::size_t>(i)] == i;
    for (auto i = static_cast<std::size_t>(n); i < room; ++i) {
      r.value[i] = r.value[static_cast<std::size_t>(n - 1)];
      r.code[i] = r.code[static_cast<std::size_t>(n - 1)];
    }
    return r;
  }();
  alignas(64) static constexpr floats_of by_rank = ranked.value;
  /// Codes in the bits of floats, to be looked up as these are.
  alignas(64) static constexpr floats_of code_by_rank = [] {
    floats_of t{};
    for (std::size_t i = 0; i < room; ++i) t[i] = std::bit_cast<float>(ranked.code[i]);
    return t;
  }();
  static constexpr int depth = ceil_log2(static_cast<u64>(ranked.last) + 1);  ///< questions that find a rank

  static constexpr float low = by_rank[0], high = by_rank[static_cast<std::size_t>(ranked.last)];
  static constexpr float least_positive = [] {
    for (const float v : by_rank)
      if (v > 0.0F) return v;
    return 0.0F;
  }();
  static constexpr bool has_zero = [] {
    for (const float v : by_rank)
      if (v == 0.0F) return true;
    return false;
  }();

  /// Whether a number is for the upper one of two neighbours, `rank` and the next. @param side  its place:
  /// the sign of 2x - (a + b)
  template <Round R>
  static constexpr bool tie_goes_up(std::size_t rank) {
    if constexpr (R == Round::nearest_away) return by_rank[rank] >= -by_rank[rank + 1];
    else return (ranked.code[rank + 1] & 1) == 0;
  }
  /// What a direction makes of numbers strictly between the two.
  template <Round R>
  static constexpr bool goes_up(std::size_t rank) {
    if constexpr (R == Round::up) return true;
    else if constexpr (R == Round::toward_zero) return by_rank[rank] < 0.0F;
    else if constexpr (R == Round::to_odd) return (ranked.code[rank + 1] & 1) != 0;
    else return false;
  }
  template <Round R>
  static constexpr bool is_nearest = R == Round::nearest_even || R == Round::nearest_away;
  /// The least float that is for the upper one.
  template <Round R>
  static constexpr float boundary(std::size_t rank) {
    const float a = by_rank[rank], b = by_rank[rank + 1];
    if constexpr (!is_nearest<R>) return goes_up<R>(rank) ? float_at(float_order(a) + 1) : b;
    else {
      // the middle is half of sum + rest, rounded and what that cost
      const double sum = static_cast<double>(a) + static_cast<double>(b), part = sum - static_cast<double>(a);
      const double rest = (static_cast<double>(a) - (sum - part)) + (static_cast<double>(b) - part);
      const auto above = [&](i32 order) {
        const double twice = 2.0 * static_cast<double>(float_at(order));
        if (twice != sum) return twice > sum;
        return rest < 0.0 || (rest == 0.0 && tie_goes_up<R>(rank));
      };
      i32 order = float_order(static_cast<float>(sum / 2.0));
      while (above(order)) --order;
      while (!above(order)) ++order;
      return float_at(order);
    }
  }
  template <Round R>
  static constexpr auto boundaries = [] {
    std::array<float, (ranked.last > 0 ? static_cast<std::size_t>(ranked.last) : 1)> t{};
    for (std::size_t i = 0; i < static_cast<std::size_t>(ranked.last); ++i) t[i] = boundary<R>(i);
    return t;
  }();
  /// The boundaries that question `Step` may ask for, by the answers so far. Behind the last there is NaN,
  /// which no number passes, not even infinity: ranks end with the last.
  template <Round R, int Step>
  alignas(64) static constexpr auto questions = [] {
    constexpr std::size_t asked = std::size_t{1} << Step;
    std::array<float, (asked < 16 ? 16 : asked)> t{};
    for (std::size_t i = 0; i < asked; ++i) {
      const std::size_t k = (2 * i + 1) << (depth - Step - 1);  // levels below the boundary
      t[i] = k <= static_cast<std::size_t>(ranked.last) ? boundaries<R>[k - 1]
                                                        : std::bit_cast<float>(quiet_nan_bits);
    }
    return t;
  }();

  /// 32 stretches of one width, a power of two, with at most one boundary in each: so that the stretch of a
  /// number says which one to ask for. Most lists of up to 16 levels allow it.
  struct stretches {
    bool exist = false;
    /// Numbers are clamped to these: to just below the first boundary, and to the last.
    float least = 0.0F, most = 0.0F;
    float magic = 0.0F;  ///< added to a number it leaves the stretch in the lowest five bits
    /// By stretch, the lowest five bits: the boundary in it, and what its first numbers become. What is past
    /// the boundary becomes what the next stretch begins with.
    std::array<float, 32> boundary{}, value{}, code{};
  };
  static constexpr stretches by_stretch = [] {
    stretches s;
    constexpr auto& b = boundaries<Round::nearest_even>;
    s.least = float_at(float_order(b.front()) - 1);
    s.most = b.back();
    const double span = static_cast<double>(s.most) - static_cast<double>(s.least);
    int e = -60;
    while (e < 60 && span > 30.0 * exp2_double(e)) ++e;  // so that 31 stretches, two of them cut, hold it
    const double far = s.most > -s.least ? static_cast<double>(s.most) : -static_cast<double>(s.least);
    if (e == -60 || e == 60 || far > exp2_double(e + 20)) return s;
    s.magic = static_cast<float>(1.5 * exp2_double(e + 23));
    const auto stretch = [&](float x) { return std::bit_cast<i32>(x + s.magic); };
    std::size_t passed = 0;
    const i32 first = stretch(s.least);
    for (i32 k = first; k < first + 32; ++k) {
      const auto at = static_cast<std::size_t>(k & 31);
      const bool holds = passed < b.size() && stretch(b[passed]) == k;
      s.boundary[at] = holds ? b[passed] : std::bit_cast<float>(infinity_bits);
      s.value[at] = by_rank[passed];
      s.code[at] = code_by_rank[passed];
      if (holds) ++passed;
    }
    s.exist = passed == b.size() && ranked.last > 0 && stretch(s.most) < first + 31;
    return s;
  }();
};

/// A decimal number that reads back as this one, or else a hexadecimal one, with the suffix of its type.
template <class T>
constexpr void add_number(name_text& t, T v) {
  if constexpr (std::is_integral_v<T>) {
    t.add(static_cast<long long>(v));
    return;
  } else {
    const std::string_view suffix = std::is_same_v<T, float> ? "F" : "";
    auto x = static_cast<double>(v);
    if ((std::bit_cast<u64>(x) >> 63) != 0) {
      t.add("-");
      x = -x;
    }
    double power = 1.0;
    for (int digits = 0; digits <= 12 && x * power < 1e15; ++digits, power *= 10.0) {
      // A wrong last digit is found out below, so any rounding will do.
      const auto n = static_cast<u64>(x * power + 0.5);  // NOLINT(bugprone-incorrect-roundings): as said
      const double back = static_cast<double>(n) / power;  // the double next to the decimal
      // in the middle of two floats the decimal may be on either side
      const bool middle = (std::bit_cast<u64>(back) & 0x1fffffff) == 0x10000000;
      if (std::is_same_v<T, float> ? middle || static_cast<double>(static_cast<float>(back)) != x : back != x)
        continue;
      t.add(static_cast<long long>(n / static_cast<u64>(power)));
      t.add(".");
      u64 rest = n % static_cast<u64>(power);
      if (digits == 0) t.add("0");
      for (u64 p = static_cast<u64>(power) / 10; p != 0; p /= 10) {
        t.add(static_cast<long long>(rest / p));
        rest %= p;
      }
      t.add(suffix);
      return;
    }
    const u64 b = std::bit_cast<u64>(x);
    const char digit[] = "0123456789abcdef";
    t.add("0x1");  // (a double below 2^-1022 is no float32)
    if (b << 12 != 0) t.add(".");
    for (u64 rest = b << 12; rest != 0; rest <<= 4) t.add(std::string_view(&digit[rest >> 60], 1));
    t.add("p");
    t.add(static_cast<int>(b >> 52) - 1023);
    t.add(suffix);
  }
}
/// What stands before the levels in a name; nothing for other types of arithmetic.
template <class T>
constexpr std::string_view array_element_name() {
  if constexpr (std::is_same_v<T, std::int8_t>) return "std::int8_t";
  else if constexpr (std::is_same_v<T, std::uint8_t>) return "std::uint8_t";
  else if constexpr (std::is_same_v<T, std::int16_t>) return "std::int16_t";
  else if constexpr (std::is_same_v<T, std::uint16_t>) return "std::uint16_t";
  else if constexpr (std::is_same_v<T, std::uint32_t>) return "std::uint32_t";
  else if constexpr (std::is_same_v<T, std::int64_t>) return "std::int64_t";
  else if constexpr (std::is_same_v<T, std::uint64_t>) return "std::uint64_t";
  else return "";
}
/// Whether the array's own braces tell the type of its elements.
template <class T>
inline constexpr bool is_deduced_element =
    std::is_same_v<T, int> || std::is_same_v<T, float> || std::is_same_v<T, double>;
/// C++ that names the codebook, or, where that would be long, how many levels it has and a digest of them.
template <auto Levels>
constexpr name_text codebook_name() {
  if constexpr (requires { Levels.name(); }) return make_name(Levels.name());
  else {
    using tables = level_tables<Levels>;
    using number = std::remove_cvref_t<decltype(tables::given[0])>;
    name_text t;
    using list = std::remove_cv_t<decltype(Levels)>;
    if constexpr (std::is_same_v<list, std::array<number, tables::count>> &&
                  (is_deduced_element<number> || !array_element_name<number>().empty())) {
      t.add("Codebook<std::array");
      if (!is_deduced_element<number>) {
        t.add("<");
        t.add(array_element_name<number>());
        t.add(", ");
        t.add(static_cast<int>(tables::count));
        t.add(">");
      }
      t.add("{");
      for (std::size_t i = 0; i < tables::count; ++i) {
        if (i != 0) t.add(", ");
        add_number(t, tables::given[i]);
      }
      t.add("}>");
      if (t.size <= 280) return t;  // so that there is room for what it is an element of
    }
    u64 digest = 0xcbf29ce484222325U;  // FNV-1a, by words
    for (std::size_t i = 0; i < tables::count; ++i)
      digest = (digest ^ static_cast<u32>(std::bit_cast<i32>(tables::by_code[i]))) * 0x100000001b3U;
    t = make_name("Codebook<", static_cast<int>(tables::count), " levels, ");
    const char digit[] = "0123456789abcdef";
    for (int i = 60; i >= 0; i -= 4) t.add(std::string_view(&digit[digest >> i & 15], 1));
    t.add(">");
    return t;
  }
}

}  // namespace detail

/// A format of 2 to 256 values, given one by one: the code of a value is its place in the list, in
/// ceil(log2 n) bits.
///
///     using Ternary4 = Codebook<std::array{-1.0F, 0.0F, 0.25F, 1.0F}>;       // floats, or integers
///     struct MyLevels {                                                      // or a type, for a name
///       static constexpr std::string_view name() { return "Mine"; }
///       static constexpr std::array<float, 8> values{…};
///     };
///     using Mine = Codebook<MyLevels{}>;
///
/// The levels may be in any order, and more than one code may have the same: then the smallest is the
/// canonical one. Codes past the last level read as it. Conversion is to the nearest level; a tie goes to the
/// one with the even code (of two even ones to the greater, of two odd ones to the lesser). Past its ends it
/// saturates. NaN and 0/0 encode as the code nearest to 0, which a default number has too. `With` knows every
/// direction, but toward zero only where 0 is a level; stochastic rounding is linear between neighbours. The
/// largest value, by which `Scaled` divides, is the greatest level.
/// @tparam Levels  a `std::array` (or what has `size()` and `[]`), or an object with one in `values` and a
/// static `name()`. Levels are finite float32s, of any arithmetic type.
template <auto Levels>
class Codebook : public detail::number_casts<Codebook<Levels>> {
  using tables = detail::level_tables<Levels>;
  static_assert(2 <= tables::count && tables::count <= 256,
                "dyadic::Codebook<Levels>: a codebook has 2 to 256 levels.");
  static_assert(
      tables::fit,
      "dyadic::Codebook<Levels>: every level must be a finite float32. Write 0.1F in place of 0.1.");
  static constexpr detail::name_text text = detail::codebook_name<Levels>();
  static constexpr i32 mask = (1 << tables::bits) - 1;
  static constexpr bool few = tables::ranked.last < 16;

 public:
  using code_type = std::uint8_t;
  static constexpr int bits = tables::bits;
  static constexpr double bits_per_value = bits;
  static constexpr std::size_t size = tables::count;  ///< levels, which is codes in use
  /// The greatest and the least positive level; 0 if there is none.
  static constexpr float max_value = tables::high, min_value = tables::least_positive;
  static constexpr bool has_nan = false, has_infinity = false, has_lanes = true;
  static constexpr std::string_view name() { return text.view(); }
  static constexpr arithmetic_of<Codebook> arithmetic = {.drops_tiny = tables::has_zero, .lanes = true};

  constexpr Codebook() = default;
  template <class X>
  requires detail::ConvertsTo<X, Codebook>
  constexpr explicit Codebook(X x)
      : code_(detail::code_of<Codebook, Round::nearest_even, Overflow::saturate>(x)) {}
  static constexpr Codebook from_bits(code_type code) {
    Codebook v;
    const auto c = static_cast<std::size_t>(code & mask);
    v.code_ = static_cast<code_type>(c < size ? c : size - 1);
    return v;
  }
  [[nodiscard]] constexpr code_type to_bits() const { return code_; }
  constexpr explicit operator float() const { return tables::by_code[code_]; }
  constexpr explicit operator double() const { return static_cast<double>(tables::by_code[code_]); }
  [[nodiscard]] constexpr detail::Dyadic exact() const { return detail::to_dyadic(tables::by_code[code_]); }

  /// float32 -> the nearest level; saturates; NaN stays.
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    if constexpr (detail::is_scalar<V>)
      if (detail::is_nan(x)) return detail::quieted(x);
    if constexpr (!detail::is_scalar<V> && few && detail::table_entries<V> == 0)
      return detail::unless_nan(x, by_differences<V, tables::by_rank>(x));
    else if constexpr (by_stretch<V>)
      return detail::unless_nan(x, in_stretch<V>(x, tables::by_stretch.value));
    else return detail::unless_nan(x, entries<V>(tables::by_rank, rank<Round::nearest_even, V>(x)));
  }
  static constexpr code_type encode(float x) { return encode_as<Round::nearest_even, Overflow::saturate>(x); }
  /// Any other number or arithmetic type, rounded once from its exact value.
  template <class X>
  requires detail::ConvertsTo<X, float>
  static constexpr code_type encode(X x) {
    return detail::code_of<Codebook, Round::nearest_even, Overflow::saturate>(x);
  }
  static constexpr float decode(code_type code) {
    return tables::by_code[static_cast<std::size_t>(code & mask)];
  }

  template <class V>
  DYADIC_LANE static detail::ints_of<V> encode_lanes(V x) {
    return round_lanes<Round::nearest_even, Overflow::saturate, V>(x, detail::isplat<V>(0));
  }
  template <class V>
  DYADIC_LANE static V decode_lanes(detail::ints_of<V> code) {
    return entries<V>(tables::by_code, code & detail::isplat<V>(mask));
  }
  /// The code in any direction; of NaN that of 0.
  template <Round R, Overflow O, class V>
  DYADIC_LANE static detail::ints_of<V> round_lanes(V x, [[maybe_unused]] detail::ints_of<V> random) {
    using detail::isplat;
    static_assert(O == Overflow::saturate,
                  "dyadic: Codebook has neither infinity nor NaN and does not wrap. Use Overflow::saturate.");
    check<R>();
    detail::ints_of<V> r;
    if constexpr (R == Round::stochastic) {
      const detail::ints_of<V> below = rank<Round::down, V>(x);
      const detail::ints_of<V> above = detail::imin(below + isplat<V>(1), isplat<V>(tables::ranked.last));
      const V t = detail::min_keep_nan(detail::max_keep_nan(x, detail::splat<V>(tables::low)),
                                       detail::splat<V>(tables::high));
      r = below + detail::either_neighbour<V>(t, entries<V>(tables::by_rank, below),
                                              entries<V>(tables::by_rank, above), random);
    } else if constexpr (!detail::is_scalar<V> && few && detail::table_entries<V> == 0 &&
                         R == Round::nearest_even && !tables::ranked.in_order) {
      return detail::select(detail::is_nan(x), isplat<V>(nan_code),
                            detail::to_bits(by_differences<V, tables::code_by_rank>(x)));
    } else if constexpr (by_stretch<V> && R == Round::nearest_even) {
      const V c = in_stretch<V>(x, tables::by_stretch.code);
      return detail::select(detail::is_nan(x), isplat<V>(nan_code), detail::to_bits(c));
    } else r = rank<R, V>(x);
    if constexpr (!tables::ranked.in_order) r = detail::to_bits(entries<V>(tables::code_by_rank, r));
    return detail::select(detail::is_nan(x), isplat<V>(nan_code), r);
  }
  template <Round R, Overflow>
  static constexpr code_type encode_as(float x, i32 random = 0) {
    return static_cast<code_type>(detail::is_nan(x) ? nan_code
                                                    : round_lanes<R, Overflow::saturate, float>(x, random));
  }
  template <Round R, Overflow>
  static constexpr code_type encode_exact(const detail::Dyadic& x, u32 random = 0) {
    check<R>();
    constexpr Round direction = R == Round::stochastic ? Round::down : R;
    int low = 0, high = tables::ranked.last;
    while (low < high) {
      const int middle = (low + high) / 2;
      if (is_above<direction>(x, static_cast<std::size_t>(middle))) low = middle + 1;
      else high = middle;
    }
    if constexpr (R == Round::stochastic)
      if (low < tables::ranked.last)
        low += detail::either_neighbour(
            x, static_cast<double>(tables::by_rank[static_cast<std::size_t>(low)]),
            static_cast<double>(tables::by_rank[static_cast<std::size_t>(low + 1)]), random);
    return static_cast<code_type>(tables::ranked.code[static_cast<std::size_t>(low)]);
  }

 private:
  using floats_of = typename tables::floats_of;
  template <Round R>
  static constexpr void check() {
    static_assert(R <= Round::stochastic,
                  "dyadic: Codebook rounds stochastically with all random bits. Use Round::stochastic.");
    static_assert(
        R != Round::toward_zero || tables::has_zero,
        "dyadic: Round::toward_zero needs a codebook with the level 0. Use Round::down or Round::up.");
    static_assert(
        R != Round::stochastic ||
            static_cast<double>(tables::high) - static_cast<double>(tables::low) < detail::exp2_double(127),
        "dyadic: Round::stochastic needs levels that are less than 2^127 apart. Scale them.");
  }
  /// Whether an exact number is for the upper one of two neighbours.
  template <Round R>
  static constexpr bool is_above(const detail::Dyadic& x, std::size_t rank) {
    const float a = tables::by_rank[rank], b = tables::by_rank[rank + 1];
    if constexpr (tables::template is_nearest<R>) {
      const int side = detail::compare_twice(x, a, b);
      return side > 0 || (side == 0 && tables::template tie_goes_up<R>(rank));
    } else
      return tables::template goes_up<R>(rank) ? detail::compare_twice(x, a, a) > 0
                                               : detail::compare_twice(x, b, b) >= 0;
  }

  /// How many boundaries a number has passed. Of NaN: 0.
  template <Round R, class V>
  DYADIC_LANE static detail::ints_of<V> rank(V x) {
    using detail::isplat;
    if constexpr (detail::is_scalar<V>) {
      i32 low = 0, high = tables::ranked.last;
      while (low < high) {
        const i32 middle = (low + high) / 2;
        if (x >= tables::template boundaries<R>[static_cast<std::size_t>(middle)]) low = middle + 1;
        else high = middle;
      }
      return low;
    } else if constexpr (detail::table_entries<V> != 0) {
      return asked<R, V>(x, std::make_integer_sequence<int, tables::depth>{});
    } else if constexpr (few) {
      return passed<R, V>(x, std::make_index_sequence<static_cast<std::size_t>(tables::ranked.last)>{});
    } else {
      detail::ints_of<V> r = isplat<V>(0);
      for (int i = 0; i < detail::lane<V>::size; ++i)
        r[i] = detail::is_nan(static_cast<float>(x[i])) ? 0 : rank<R, float>(x[i]);
      return r;
    }
  }
  /// The same by halves: each question doubles the rank and adds its answer.
  template <Round R, class V, int... Step>
  DYADIC_LANE static detail::ints_of<V> asked(V x, std::integer_sequence<int, Step...>) {
    detail::ints_of<V> r = detail::isplat<V>(0);
    (ask<R, Step, V>(x, r), ...);
    return r;
  }
  template <Round R, int Step, class V>
  DYADIC_LANE static void ask(V x, detail::ints_of<V>& r) {
    using detail::isplat;
    if constexpr (Step == 0)
      r = detail::select(x >= detail::splat<V>(tables::template questions<R, 0>[0]), isplat<V>(1),
                         isplat<V>(0));
    else {
      const V b = detail::looked_up_in<(1 << Step), V>(tables::template questions<R, Step>.data(), r);
      r = detail::select(x >= b, r + r + isplat<V>(1), r + r);
    }
  }
  /// Lanes of a table, one after the other where a target has nothing better.
  template <class V>
  DYADIC_LANE static V entries(const floats_of& table, detail::ints_of<V> index) {
    if constexpr (detail::is_scalar<V>) return table[static_cast<std::size_t>(index)];
    else if constexpr (detail::table_entries<V> != 0)
      return detail::looked_up_in<static_cast<int>(tables::room), V>(table.data(), index);
    else {
      V v{};
      for (int i = 0; i < detail::lane<V>::size; ++i) v[i] = table[static_cast<std::size_t>(index[i])];
      return v;
    }
  }
  /// Where a table of 32 is one instruction: what a number is by its stretch and the boundary in that.
  template <class V>
  static constexpr bool by_stretch =
      detail::table_entries<V> == 16 && tables::depth >= 2 && tables::by_stretch.exist;
  template <class V>
  DYADIC_LANE static V in_stretch(V x, const std::array<float, 32>& table) {
    using detail::isplat;
    constexpr auto& s = tables::by_stretch;
    const V t =
        detail::min_keep_nan(detail::max_keep_nan(x, detail::splat<V>(s.least)), detail::splat<V>(s.most));
    const detail::ints_of<V> stretch = detail::to_bits(t + detail::splat<V>(s.magic));
    const V b = detail::looked_up_in<32, V>(s.boundary.data(), stretch);
    return detail::looked_up_in<32, V>(table.data(),
                                       detail::select(x >= b, stretch + isplat<V>(1), stretch));
  }
  /// How many boundaries, by asking each. (Written out: at -O2 compilers keep a loop of constants a loop.)
  template <Round R, class V, std::size_t... I>
  DYADIC_LANE static detail::ints_of<V> passed(V x, std::index_sequence<I...>) {
    using detail::isplat;
    detail::ints_of<V> r = isplat<V>(0);
    ((r = r - detail::select(x >= detail::splat<V>(tables::template boundaries<R>[I]), isplat<V>(-1),
                             isplat<V>(0))),
     ...);
    return r;
  }
  /// An entry by rank for targets without tables: at every boundary that a number has passed, the bits change
  /// in which neighbours differ.
  template <class V, const floats_of& Table, std::size_t... I>
  DYADIC_LANE static V by_differences(V x, std::index_sequence<I...>) {
    using detail::isplat;
    constexpr auto& boundaries = tables::template boundaries<Round::nearest_even>;
    detail::ints_of<V> r = isplat<V>(std::bit_cast<i32>(Table[0]));
    ((r = r ^ detail::select(x >= detail::splat<V>(boundaries[I]),
                             isplat<V>(std::bit_cast<i32>(Table[I]) ^ std::bit_cast<i32>(Table[I + 1])),
                             isplat<V>(0))),
     ...);
    return detail::from_bits<V>(r);
  }
  template <class V, const floats_of& Table>
  DYADIC_LANE static V by_differences(V x) {
    return by_differences<V, Table>(
        x, std::make_index_sequence<static_cast<std::size_t>(tables::ranked.last)>{});
  }

  static constexpr i32 nan_code = [] {
    for (int i = 0; i < tables::ranked.last; ++i)
      if (0.0F < tables::template boundaries<Round::nearest_even>[static_cast<std::size_t>(i)])
        return tables::ranked.code[static_cast<std::size_t>(i)];
    return tables::ranked.code[static_cast<std::size_t>(tables::ranked.last)];
  }();

 public:
  /// The code; read it with `to_bits`. (Public, so that numbers can be template arguments.)
  code_type code_ = static_cast<code_type>(nan_code);
};

/// The levels of NormalFloat4, as bitsandbytes has them: quantiles of a normal distribution, scaled to
/// [-1, 1], one of them 0.
/// Source: Dettmers, Pagnoni, Holtzman, Zettlemoyer, "QLoRA", arXiv 2305.14314, appendix E.
struct NF4Levels {
  static constexpr std::string_view name() { return "NF4"; }
  static constexpr std::array<float, 16> values{
      -1.0F,          -0.6961928010F, -0.5250730515F, -0.3949174881F,
      -0.2844413817F, -0.1847734302F, -0.0910500363F, 0.0F,
      0.0795802996F,  0.1609302014F,  0.2461123019F,  0.3379152417F,
      0.4407098293F,  0.5626170039F,  0.7229568362F,  1.0F};
};
/// QLoRA's 4-bit weights. With an absmax scale for 64 neighbours: `Scaled<NF4, Along<64>>`. (bitsandbytes
/// sends ties down.)
using NF4 = Codebook<NF4Levels{}>;

/// The levels of `IQ4NL`, by their codes.
/// Source: `kvalues_iq4nl` in ggml-common.h, https://github.com/ggml-org/llama.cpp.
struct IQ4NLLevels {
  static constexpr std::string_view name() { return "IQ4NL"; }
  static constexpr std::array<float, 16> values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                1,    13,   25,  38,  53,  69,  89,  113};
};
/// ggml's 4-bit formats iq4_nl and iq4_xs. There is no 0, and no symmetry: the greatest level is 113, the least -127.
using IQ4NL = Codebook<IQ4NLLevels{}>;

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
