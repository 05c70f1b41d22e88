// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file shape.hpp
/// Which neighbours of a tensor share a scale: block shapes, and the walk over a tensor's blocks.
#include <dyadic/base/extents.hpp>
#include <dyadic/base/fixed_string.hpp>

#include <concepts>

namespace dyadic {

/// In a block shape: the full extent of that dimension.
inline constexpr std::int64_t whole = -1;

/// A block shape: given a tensor's extents it tells the block's. Ragged edges make smaller blocks.
template <class S>
concept BlockShape = requires(const Extents& e) {
  { S::resolve(e) } -> std::same_as<Extents>;
  { S::size } -> std::convertible_to<std::int64_t>;
  { S::last } -> std::convertible_to<std::int64_t>;
  { S::text() } -> std::same_as<detail::name_text>;
};

/// Right-aligned with the tensor's shape: leading dimensions it does not mention count as 1, extra leading entries are
/// dropped. `Shape<16>`: 16 neighbours along the last dimension; `Shape<4, 4>`: a tile; `Shape<1, whole>`: a row.
template <std::int64_t... D>
struct Shape {
  static_assert(sizeof...(D) >= 1 && sizeof...(D) <= 8, "dyadic::Shape<d...>: between 1 and 8 dimensions.");
  static_assert(((D == whole || D >= 1) && ...), "dyadic::Shape<d...>: each dimension must be at least 1, or `whole`.");

  /// Values in a block; 0 if it depends on the tensor.
  static constexpr std::int64_t size = [] {
    std::int64_t n = 1;
    bool fits = true;
    ((fits = fits && D != whole && !__builtin_mul_overflow(n, D, &n)), ...);
    return fits ? n : 0;
  }();
  static_assert(size != 0 || ((D == whole) || ...), "dyadic::Shape<d...>: a block must have fewer than 2^63 values.");
  /// Along the last dimension; 0 if it depends on the tensor.
  static constexpr std::int64_t last = [] {
    std::int64_t d = 0;
    ((d = D), ...);
    return d == whole ? 0 : d;
  }();

  static constexpr Extents resolve(const Extents& tensor) {
    constexpr std::int64_t d[] = {D...};
    constexpr int k = static_cast<int>(sizeof...(D));
    Extents block = tensor;
    for (int i = 0; i < tensor.rank(); ++i) {
      const int from_back = tensor.rank() - 1 - i;
      const std::int64_t wanted = from_back < k ? d[k - 1 - from_back] : 1;
      block[i] = wanted == whole || wanted > tensor[i] ? tensor[i] : wanted;
      if (block[i] < 1) block[i] = 1;
    }
    return block;
  }
  static constexpr detail::name_text text() {
    detail::name_text t = detail::make_name("Shape<");
    bool first = true;
    const auto one = [&](std::int64_t d) {
      if (!first) t.add(", ");
      first = false;
      if (d == whole) t.add("whole");
      else t.add(static_cast<long long>(d));
    };
    (one(D), ...);
    t.add(">");
    return t;
  }
};

/// Every slice of the first dimension is a block; a tensor of rank 1 is one row.
struct PerRow {
  static constexpr std::int64_t size = 0, last = 0;
  static constexpr Extents resolve(const Extents& tensor) {
    Extents block = tensor;
    if (tensor.rank() > 1) block[0] = 1;
    for (int i = 0; i < block.rank(); ++i)
      if (block[i] < 1) block[i] = 1;
    return block;
  }
  static constexpr detail::name_text text() { return detail::make_name("PerRow"); }
};

/// The tensor is one block.
struct PerTensor {
  static constexpr std::int64_t size = 0, last = 0;
  static constexpr Extents resolve(const Extents& tensor) {
    Extents block = tensor;
    for (int i = 0; i < block.rank(); ++i)
      if (block[i] < 1) block[i] = 1;
    return block;
  }
  static constexpr detail::name_text text() { return detail::make_name("PerTensor"); }
};

namespace detail {

/// A block's lines: each a run of neighbours in memory.
struct block_place {
  Extents tensor{}, origin{}, extent{};
  std::int64_t lines = 1, length = 0;

  [[nodiscard, gnu::noinline]] constexpr std::int64_t offset(std::int64_t line) const {
    const int last = tensor.rank() - 1;
    std::int64_t at = origin[last], stride = tensor[last];
    for (int i = last - 1; i >= 0; --i) {
      at += (origin[i] + line % extent[i]) * stride;
      line /= extent[i];
      stride *= tensor[i];
    }
    return at;
  }
};

/// The blocks of a tensor, in row-major order, each as runs of neighbours in memory. Dimensions that need not be told apart
/// are merged: a whole-row block is one run, all dimensions cut to 1 count as one.
class block_grid {
 public:
  [[gnu::noinline]] constexpr block_grid(const Extents& tensor, const Extents& block) {
    for (int i = 0; i < tensor.rank(); ++i) {
      if (rank_ > 0 && block_[rank_ - 1] == 1 && block[i] == 1) tensor_[rank_ - 1] *= tensor[i];
      else {
        tensor_.push_back(tensor[i]);
        block_.push_back(block[i]);
        ++rank_;
      }
    }
    while (rank_ > 1 && block_[rank_ - 1] == tensor_[rank_ - 1]) {
      Extents t, b;
      for (int i = 0; i + 1 < rank_; ++i) {
        t.push_back(tensor_[i]);
        b.push_back(block_[i]);
      }
      t[rank_ - 2] *= tensor_[rank_ - 1];
      b[rank_ - 2] *= tensor_[rank_ - 1];
      tensor_ = t;
      block_ = b;
      --rank_;
    }
    if (rank_ == 0) {
      tensor_.push_back(1);
      block_.push_back(1);
      rank_ = 1;
    }
    count_ = tensor_.size() == 0 ? 0 : 1;
    for (int i = 0; i < rank_ && count_ != 0; ++i) count_ *= (tensor_[i] + block_[i] - 1) / block_[i];
  }

  [[nodiscard]] constexpr std::int64_t count() const { return count_; }
  /// Blocks are runs along the last dimension: of `run()` neighbours, in rows of `row()`.
  [[nodiscard]] constexpr bool is_runs() const {
    for (int i = 0; i + 1 < rank_; ++i)
      if (block_[i] != 1) return false;
    return true;
  }
  [[nodiscard]] constexpr std::int64_t run() const { return block_[rank_ - 1]; }
  [[nodiscard]] constexpr std::int64_t row() const { return tensor_[rank_ - 1]; }
  /// Blocks are tiles of `lines()` rows by `run()` values in planes of `plane_rows()` rows.
  [[nodiscard]] constexpr bool is_tiles() const { return rank_ == 2 || (rank_ == 3 && block_[0] == 1); }
  [[nodiscard]] constexpr std::int64_t lines() const { return block_[rank_ - 2]; }
  [[nodiscard]] constexpr std::int64_t plane_rows() const { return tensor_[rank_ - 2]; }

  /// Where block `index` lies.
  [[nodiscard, gnu::noinline]] constexpr block_place place_of(std::int64_t index) const {
    block_place place;
    place.origin = place.extent = tensor_;
    for (int i = rank_ - 1; i >= 0; --i) {
      const std::int64_t blocks = (tensor_[i] + block_[i] - 1) / block_[i];
      place.origin[i] = index % blocks * block_[i];
      index /= blocks;
      place.extent[i] = tensor_[i] - place.origin[i] < block_[i] ? tensor_[i] - place.origin[i] : block_[i];
    }
    for (int i = 0; i + 1 < rank_; ++i) place.lines *= place.extent[i];
    place.length = place.extent[rank_ - 1];
    place.tensor = tensor_;
    return place;
  }
  /// Calls f(offset, length) for each run of block `index`, in order of memory.
  template <class F>
  constexpr void runs(std::int64_t index, F&& f) const {
    const block_place place = place_of(index);
    for (std::int64_t line = 0; line < place.lines; ++line) f(place.offset(line), place.length);
  }

 private:
  Extents tensor_{}, block_{};
  int rank_ = 0;
  std::int64_t count_ = 0;
};

/// The grid of blocks of shape `S` over a tensor.
template <BlockShape S>
constexpr block_grid grid_of(const Extents& tensor) {
  return {tensor, S::resolve(tensor)};
}

}  // namespace detail
}  // namespace dyadic
