// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file digest.hpp
/// The digest: a line per scheme and number type, with hashes of what the library makes of fixed inputs. The
/// same lines must come out of every compiler, instruction set and system; digest.txt holds them.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace digest {

/// A hash of 64-bit words, in order. The rotation brings high bits down, where the next multiplication
/// spreads them again.
class hash {
 public:
  void add(std::uint64_t word) { state_ = std::rotl(state_ ^ word, 31) * 0x9E3779B97F4A7C15U; }
  /// Of NaNs only that they are NaN counts: the library promises neither sign nor payload.
  void add(float x) {
    add(x != x ? std::uint64_t{0x7fc00000} : std::uint64_t{std::bit_cast<std::uint32_t>(x)});
  }
  void add(double x) { add(x != x ? std::uint64_t{0x7ff8000000000000} : std::bit_cast<std::uint64_t>(x)); }
  [[nodiscard]] std::uint32_t value() const {
    const std::uint64_t mixed = (state_ ^ state_ >> 29) * 0xBF58476D1CE4E5B9U;
    return static_cast<std::uint32_t>(mixed >> 32);
  }

 private:
  std::uint64_t state_ = 0x243F6A8885A308D3U;
};

/// Random 64-bit words that are the same everywhere (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
class generator {
 public:
  explicit generator(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
  }
  /// One of 0 … n - 1.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((next() >> 32) * n >> 32); }

 private:
  std::uint64_t state_;
};

/// One hash of a line: after the inputs that the quick mode takes, and after all.
struct part {
  std::string_view label;
  std::uint32_t quick = 0, all = 0;
};
/// What `name` is (a tensor's scheme, a number, …) and its parts.
struct line {
  std::string kind, name;
  std::vector<part> parts;
};

/// Collects lines. In quick mode only the first stage of each part runs.
class book {
 public:
  explicit book(bool quick) : quick_(quick) {}
  [[nodiscard]] bool quick() const { return quick_; }
  void begin(std::string_view kind, std::string_view name) {
    lines_.push_back({std::string(kind), std::string(name), {}});
  }
  /// A part of the line begun last: `feed(h, false)` takes the quick inputs, `feed(h, true)` the others.
  void add(std::string_view label, const std::function<void(hash&, bool)>& feed) {
    part p{label};
    hash h;
    feed(h, false);
    p.quick = h.value();
    if (!quick_) {
      feed(h, true);
      p.all = h.value();
    }
    lines_.back().parts.push_back(p);
  }
  [[nodiscard]] const std::vector<line>& lines() const { return lines_; }

 private:
  bool quick_;
  std::vector<line> lines_;
};

/// The chapters, each a source of its own, so that no compilation is long.
/// @{
void add_formats(book& b);    ///< every element format, one value after the other
void add_roundings(book& b);  ///< formats in all directions of rounding and overflow
void add_numbers(book& b);    ///< arithmetic of the element formats
void add_sums(book& b);       ///< exact operators, dot products, accumulators
void add_tensors_of_elements(book& b);
void add_tensors_of_roundings(book& b);
void add_tensors_of_blocks(book& b);
void add_tensors_of_tiles(book& b);
void add_tensors_of_steps(book& b);
void add_tensors_of_parity(book& b);
/// @}

}  // namespace digest
