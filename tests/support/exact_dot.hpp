// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file exact_dot.hpp
/// Dot products in integers: what the exact tier of products is held against. Nothing of the library is used. And what tests of
/// products share: aligned work space, operands.
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

namespace exact_dot {

/// A sum of products of floats as one long integer, in units of 2^-298: two's complement, 22 digits of 32 bits.
class Sum {
 public:
  void add(float a, float b) {
    int ea = 0, eb = 0;
    // A float is an integer of 24 bits times 2^(e-24); e - 24 is at least -149 after frexp of the smallest, -148 - 24 otherwise.
    const double ma = std::frexp(static_cast<double>(a), &ea), mb = std::frexp(static_cast<double>(b), &eb);
    auto ia = static_cast<std::int64_t>(std::ldexp(ma, 24)), ib = static_cast<std::int64_t>(std::ldexp(mb, 24));
    if (ia == 0 || ib == 0) return;
    for (; ia % 2 == 0; ia /= 2) ++ea;
    for (; ib % 2 == 0; ib /= 2) ++eb;
    const std::int64_t p = ia * ib;
    add(p < 0, static_cast<std::uint64_t>(p < 0 ? -p : p), ea + eb - 48 + 298);
  }
  void add(float a) { add(a, 1.0F); }

  /// The nearest float, ties to even. Zero is +0.
  [[nodiscard]] float rounded() const {
    std::array<std::uint32_t, digits> m = d_;
    const bool negative = (m[digits - 1] >> 31) != 0;
    if (negative) {
      std::uint64_t carry = 1;
      for (auto& x : m) {
        carry += static_cast<std::uint32_t>(~x);
        x = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
    }
    const auto bit = [&](int i) { return i >= 0 && (m[static_cast<std::size_t>(i / 32)] >> (i % 32) & 1) != 0; };
    int top = 32 * static_cast<int>(digits) - 1;
    while (top >= 0 && !bit(top)) --top;
    if (top < 0) return 0.0F;
    const int unit = std::max(top - 23, 298 - 149);  // the last bit that is kept: of a normal number, of a subnormal one
    std::uint64_t kept = 0;
    for (int i = top; i >= unit; --i) kept = 2 * kept + (bit(i) ? 1 : 0);
    bool rest = false;
    for (int i = 0; i < unit - 1; ++i) rest = rest || bit(i);
    if (bit(unit - 1) && (rest || kept % 2 == 1)) ++kept;
    const double magnitude = std::ldexp(static_cast<double>(kept), unit - 298);
    const float f = magnitude >= std::ldexp(1.0, 128) ? std::numeric_limits<float>::infinity() : static_cast<float>(magnitude);
    return negative ? -f : f;
  }

 private:
  static constexpr std::size_t digits = 22;
  void add(bool negative, std::uint64_t m, int shift) {
    std::array<std::uint32_t, digits> t{};
    for (int i = 0; i < 64; ++i)
      if ((m >> i & 1) != 0) t[static_cast<std::size_t>((shift + i) / 32)] |= std::uint32_t{1} << ((shift + i) % 32);
    std::uint64_t carry = negative ? 1 : 0;
    for (std::size_t i = 0; i < digits; ++i) {
      carry += std::uint64_t{d_[i]} + static_cast<std::uint32_t>(negative ? ~t[i] : t[i]);
      d_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  }
  std::array<std::uint32_t, digits> d_{};
};

/// Σ x·w + bias, rounded once; for NaN and infinities what IEEE 754 says of such a sum, whatever its order.
inline float rounded(std::span<const float> x, std::span<const float> w, float bias) {
  Sum sum;
  bool nan = std::isnan(bias), up = bias > 0 && std::isinf(bias), down = bias < 0 && std::isinf(bias);
  if (!nan && !up && !down) sum.add(bias);
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (std::isfinite(x[k]) && std::isfinite(w[k])) sum.add(x[k], w[k]);
    else if (std::isnan(x[k]) || std::isnan(w[k]) || x[k] == 0 || w[k] == 0) nan = true;
    else (std::signbit(x[k]) != std::signbit(w[k]) ? down : up) = true;
  }
  if (nan || (up && down)) return std::numeric_limits<float>::quiet_NaN();
  if (up || down) return up ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
  return sum.rounded();
}

/// The sum as a simulated layer takes it: in float32, from the first to the last.
inline float simulated(std::span<const float> x, std::span<const float> w) {
  volatile float sum = 0.0F;
  for (std::size_t k = 0; k < x.size(); ++k) {
    volatile const float p = x[k] * w[k];
    sum = sum + p;
  }
  return sum;
}

inline std::vector<float> normal_values(std::int64_t count, unsigned seed, float deviation = 1.0F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> v(static_cast<std::size_t>(count));
  for (float& x : v) x = normal(random);
  return v;
}
/// Finite floats of any bits.
inline std::vector<float> any_values(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> v(static_cast<std::size_t>(count));
  for (float& x : v) {
    do x = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    while (!std::isfinite(x));
  }
  return v;
}

/// Bytes aligned to 64.
class Aligned {
 public:
  explicit Aligned(std::int64_t bytes) : memory_(static_cast<std::size_t>(bytes / 64 + 1)), bytes_(static_cast<std::size_t>(bytes)) {}
  std::span<std::byte> span() { return {memory_[0].bytes, bytes_}; }

 private:
  struct alignas(64) line {
    std::byte bytes[64];
  };
  std::vector<line> memory_;
  std::size_t bytes_;
};

/// A product of packed weights, run on `samples` rows that lie `x_gap` values apart, into rows that lie `out_gap` apart.
template <class Product>
std::vector<float> run(const Product& product, const std::vector<float>& x, std::int64_t samples, const std::vector<float>& bias,
                       std::int64_t x_gap = 0, std::int64_t out_gap = 0, std::uint64_t seed = 0) {
  const std::int64_t depth = product.depth(), outputs = product.outputs();
  const float filler = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> rows(static_cast<std::size_t>(samples * (depth + x_gap) + 1), filler),
      out(static_cast<std::size_t>(samples * (outputs + out_gap) + 1), filler);
  for (std::int64_t s = 0; s < samples; ++s) std::copy_n(x.begin() + s * depth, depth, rows.begin() + s * (depth + x_gap));
  Aligned scratch(product.scratch_bytes(samples));
  product(rows.data(), depth + x_gap, samples, bias.empty() ? nullptr : bias.data(), out.data(), outputs + out_gap, scratch.span(), seed);
  std::vector<float> dense(static_cast<std::size_t>(samples * outputs));
  for (std::int64_t s = 0; s < samples; ++s) std::copy_n(out.begin() + s * (outputs + out_gap), outputs, dense.begin() + s * outputs);
  return dense;
}

}  // namespace exact_dot
