// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file extents.hpp
/// The extents of a row-major tensor, as a value: rank and dimensions, known at compile time or at run time.
#include <dyadic/base/diagnose.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace dyadic {

/// An extent that is known only at run time, as the batch size in the type of a network's input.
inline constexpr std::int64_t dyn = -1;

/// Rank and dimensions of a row-major tensor; the last dimension is contiguous.
/// A default-constructed `Extents` has rank 0 and one element (a scalar).
struct Extents {
  static constexpr int max_rank = 8;

  constexpr Extents() = default;
  constexpr Extents(std::initializer_list<std::int64_t> d) {
    for (const std::int64_t x : d) push_back(x);
  }

  [[nodiscard]] constexpr int rank() const { return rank_; }
  [[nodiscard]] constexpr std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] constexpr std::int64_t& operator[](int i) { return dims_[static_cast<std::size_t>(i)]; }
  /// Counted from the end: `back(0)` is the last dimension; a dimension the tensor does not have counts as 1.
  [[nodiscard]] constexpr std::int64_t back(int i) const { return i < rank_ ? (*this)[rank_ - 1 - i] : 1; }
  /// Appends a dimension. @throws error beyond `max_rank` of them
  constexpr void push_back(std::int64_t d) {
    if (rank_ == max_rank) detail::raise("a tensor has at most 8 dimensions; merge some of them.");
    dims_[static_cast<std::size_t>(rank_++)] = d;
  }

  /// Product of the dimensions; meaningless while one of them is `dyn`.
  /// @throws error unless it is below 2^63, extents of 0 left out (they make no room for the others)
  [[nodiscard]] constexpr std::int64_t size() const {
    std::int64_t n = 1;
    bool none = false;
    for (int i = 0; i < rank_; ++i) {
      const std::int64_t d = (*this)[i];
      if (d == 0) none = true;
      else if (__builtin_mul_overflow(n, d, &n)) refuse_size();
    }
    return none ? 0 : n;
  }
  /// Whether `size` has an answer.
  [[nodiscard]] constexpr bool countable() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank_; ++i)
      if ((*this)[i] != 0 && __builtin_mul_overflow(n, (*this)[i], &n)) return false;
    return true;
  }
  /// Is every extent a number, 0 or more? `dyn` is none.
  [[nodiscard]] constexpr bool known() const {
    for (int i = 0; i < rank_; ++i)
      if ((*this)[i] < 0) return false;
    return true;
  }
  [[nodiscard]] constexpr bool operator==(const Extents& other) const {
    bool same = rank_ == other.rank_;
    for (int i = 0; same && i < rank_; ++i) same = (*this)[i] == other[i];
    return same;
  }

  /// As in messages: `[dyn, 8, 8]`.
  [[nodiscard]] std::string text() const {
    std::string s = "[";
    for (int i = 0; i < rank_; ++i) {
      if (i != 0) s += ", ";
      s += (*this)[i] == dyn ? std::string("dyn") : std::to_string((*this)[i]);
    }
    return s + "]";
  }

 private:
  [[noreturn, gnu::cold, gnu::noinline]] void refuse_size() const {
    detail::raise("the shape " + text() + " has 2^63 values or more; a tensor has fewer.");
  }

  int rank_ = 0;
  std::array<std::int64_t, max_rank> dims_{};
};

namespace detail {
/// As template arguments, `dyn, 8, 8`.
inline std::string spell_extents(const Extents& shape) {
  const std::string text = shape.text();
  return text.substr(1, text.size() - 2);
}
/// @throws error in the name of `who` if an extent is negative or `dyn`, where there are values and so their number is
/// known, or if that number takes more than 63 bits
constexpr void require_known(const char* who, const Extents& shape) {
  if (!shape.known()) detail::raise_parts({who, ": the shape ", shape.text(), " has an extent that is no size; every one must be 0 or more here."});
  if (!shape.countable())
    detail::raise_parts({who, ": the shape ", shape.text(), " has 2^63 values or more; a tensor has fewer."});
}
}  // namespace detail

}  // namespace dyadic
