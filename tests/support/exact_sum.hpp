// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact_sum.hpp
/// An exact sum of products of doubles, rounded once to float32: long addition in 32-bit places, long rounding by shifting bits out.
/// It shares nothing with the library.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace oracle {

class ExactProducts {
 public:
  /// Adds a·b; both finite.
  void add(double a, double b) {
    int ea = 0, eb = 0;
    const auto ma = static_cast<std::int64_t>(std::ldexp(std::frexp(a, &ea), 53)),
               mb = static_cast<std::int64_t>(std::ldexp(std::frexp(b, &eb), 53));
    // m_b in two halves, so that a product and its shift fit 128 bits
    const std::int64_t low = mb % (std::int64_t{1} << 27), high = mb / (std::int64_t{1} << 27);
    place(static_cast<Wide>(ma) * low, ea + eb - 106);
    place(static_cast<Wide>(ma) * high, ea + eb - 106 + 27);
  }
  /// The nearest float32, ties to even; ±infinity past its range; +0 for zero.
  [[nodiscard]] float rounded() const {
    // 1. Places in [0, 2^32), and the sign.
    std::array<std::int64_t, places> p = places_;
    const auto carry = [&] {
      for (std::size_t i = 0; i + 1 < places; ++i) {
        std::int64_t up = p[i] / base;
        if (p[i] % base < 0) --up;
        p[i] -= up * base;
        p[i + 1] += up;
      }
    };
    carry();
    const bool negative = p[places - 1] < 0;
    if (negative) {
      for (auto& d : p) d = -d;
      carry();
    }
    // 2. The leading bit.
    std::size_t top = places;
    while (top > 0 && p[top - 1] == 0) --top;
    if (top == 0) return 0.0F;
    int lead = 63;
    while ((p[top - 1] >> lead & 1) == 0) --lead;
    const int exponent = static_cast<int>(top - 1) * 32 + lead + lowest;
    // 3. The bits from it down to the last that float32 has there, then a rounding by what lies below.
    const int last = exponent - 23 < -149 ? -149 : exponent - 23;
    std::int64_t m = 0;
    for (int e = exponent; e >= last; --e) m = 2 * m + bit(p, e);
    bool rest = false;
    for (int e = last - 2; e >= lowest && !rest; --e) rest = bit(p, e) != 0;
    if (bit(p, last - 1) != 0 && (rest || (m & 1) != 0)) ++m;
    const double r = std::ldexp(static_cast<double>(m), last);
    const double bounded = r > 0x1.fffffep127 ? HUGE_VAL : r;
    return static_cast<float>(negative ? -bounded : bounded);
  }

 private:
  __extension__ typedef __int128 Wide;  // NOLINT: an alias would warn
  static constexpr std::size_t places = 40;
  static constexpr int lowest = -640;
  static constexpr std::int64_t base = std::int64_t{1} << 32;

  static int bit(const std::array<std::int64_t, places>& p, int e) {
    const int at = e - lowest;
    return at < 0 ? 0 : static_cast<int>(p[static_cast<std::size_t>(at / 32)] >> (at % 32) & 1);
  }
  void place(Wide m, int exponent) {
    const bool negative = m < 0;
    if (negative) m = -m;
    int at = exponent - lowest;
    if (m == 0) return;
    m <<= at % 32;
    for (auto i = static_cast<std::size_t>(at / 32); m != 0; ++i, m >>= 32) {
      const auto digit = static_cast<std::int64_t>(m & (base - 1));
      places_[i] += negative ? -digit : digit;
    }
  }
  std::array<std::int64_t, places> places_{};  // up to 2^31 additions fit
};

}  // namespace oracle
