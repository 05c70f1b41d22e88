// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file shape.hpp
/// Which neighbours of a tensor share a scale: block shapes, by extents or by what a dimension means to the operator that reads the tensor,
/// and the walk over a tensor's blocks.
#include <dyadic/base/extents.hpp>
#include <dyadic/base/fixed_string.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace dyadic {

/// In a block shape: the full extent of that dimension.
inline constexpr std::int64_t whole = -1;

/// What the dimensions of a tensor mean to the operator that reads it as an operand. Counted from the front, or from the back by negative
/// numbers (-1 is the last one). The default is a tensor that stands alone, and the weight [Out, In] of a linear layer.
struct operand_axes {
  static constexpr int no_channel = 1000;

  int reduction = -1;       ///< the dimension that is summed over
  int channel = 0;          ///< the output channel of a weight; `no_channel`: the operand has none
  std::int64_t groups = 1;  ///< the reduction dimension is so many parts one after the other, which are summed apart
  bool kernel = false;      ///< the dimensions from the third on are the positions of a kernel, and summed over, too

  [[nodiscard]] constexpr bool has_channel() const { return channel != no_channel; }
  friend constexpr bool operator==(const operand_axes&, const operand_axes&) = default;
};
/// The axes of data that an operator reads, unless it says otherwise: sums run over the last dimension, and there is no output channel.
inline constexpr operand_axes data_axes{.channel = operand_axes::no_channel};

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

/// `N` neighbours along the dimension that the operator sums over, so that a product's sums meet one scale after the other. A tensor that stands
/// alone has its blocks along the last dimension. The weight of a convolution has them along the input channels or, where a group has fewer of
/// these than `N`, along all that is summed for an output: kernel positions, at each of them the channels.
/// Source of the rule: OCP Microscaling Formats v1.0, 5.3 (dot products of MX vectors).
template <std::int64_t N>
struct Along {
  static_assert(N >= 1, "dyadic::Along<N>: N, the values of a block, must be at least 1.");
  static constexpr std::int64_t size = N, last = N;
  static constexpr Extents resolve(const Extents& tensor) { return Shape<N>::resolve(tensor); }
  static constexpr detail::name_text text() { return detail::make_name("Along<", static_cast<long long>(N), ">"); }
};

/// One block for each output channel of a weight: a row of a linear layer's, a kernel of a convolution's, a column of a product's second
/// operand. Of a tensor that stands alone: each slice of the first dimension. A bias, where nothing is summed over, is one block, as any tensor of
/// rank 1. Data have no output channel.
struct PerChannel {
  static constexpr std::int64_t size = 0, last = 0;
  static constexpr Extents resolve(const Extents& tensor) { return PerRow::resolve(tensor); }
  static constexpr detail::name_text text() { return detail::make_name("PerChannel"); }
};

/// One block for each slice along the dimension that the operator sums over: a row of a linear layer's data, a pixel of a convolution's. Of a
/// tensor that stands alone: each run along the last dimension.
struct PerToken {
  static constexpr std::int64_t size = 0, last = 0;
  static constexpr Extents resolve(const Extents& tensor) { return Shape<whole>::resolve(tensor); }
  static constexpr detail::name_text text() { return detail::make_name("PerToken"); }
};

/// Which slices of an operand a block shape speaks of: a length along the reduction axis, whole slices of it, or none (extents of the tensor).
enum class block_axis { none, along, channel, token };
/// A block shape of one's own is `none`, unless it specialises this.
template <class S>
inline constexpr block_axis block_axis_of = block_axis::none;
/// @see block_axis_of
/// @{
template <std::int64_t N>
inline constexpr block_axis block_axis_of<Along<N>> = block_axis::along;
template <>
inline constexpr block_axis block_axis_of<PerChannel> = block_axis::channel;
template <>
inline constexpr block_axis block_axis_of<PerToken> = block_axis::token;
/// @}

/// Whether a block never leaves a run of neighbours along the last dimension, whatever the tensor's shape. A block shape of one's own is not
/// said to, unless it specialises this.
template <class S>
inline constexpr bool within_rows = false;
/// @see within_rows
/// @{
template <std::int64_t... D>
inline constexpr bool within_rows<Shape<D...>> = [] {
  constexpr std::int64_t d[] = {D...};
  for (std::size_t i = 0; i + 1 < sizeof...(D); ++i)
    if (d[i] != 1) return false;
  return true;
}();
template <std::int64_t N>
inline constexpr bool within_rows<Along<N>> = true;
template <>
inline constexpr bool within_rows<PerToken> = true;
/// @}

/// Where the blocks of an operand lie: its memory seen as a tensor of these extents, in blocks of those.
struct operand_blocks {
  Extents tensor{}, block{};
  /// Kernels with few channels: memory is [outer, reduction, between, positions], and blocks lie along (positions, reduction) of each (outer,
  /// between). `tensor` is [outer * between, positions * reduction] then, whose values have to be put in that order first.
  bool reordered = false;
  std::int64_t outer = 1, reduction = 1, between = 1, positions = 1;

  /// Where in memory value `i` of the reordered tensor lies.
  [[nodiscard]] constexpr std::int64_t offset(std::int64_t i) const {
    const std::int64_t r = i % reduction, p = i / reduction % positions, row = i / reduction / positions;
    return ((row / between * reduction + r) * between + row % between) * positions + p;
  }
};

namespace detail {

/// The blocks of a shape that speaks of a dimension's meaning. @param length  of a block along the reduction axis; `whole`: all of it
constexpr operand_blocks blocks_by_axis(const Extents& given, const operand_axes& axes, std::int64_t length) {
  operand_blocks b;
  const int rank = given.rank();
  if (rank == 0) return {given, given};
  // 1. The reduction dimension; in parts, where its groups are summed apart.
  int at = axes.reduction < 0 ? rank + axes.reduction : axes.reduction;
  if (at < 0 || at >= rank) at = rank - 1;
  int kernel_from = axes.kernel && rank > 2 ? 2 : rank;
  const bool split = axes.groups > 1 && rank < Extents::max_rank && given[at] % axes.groups == 0;
  for (int i = 0; i < rank; ++i) {
    if (split && i == at) {
      b.tensor.push_back(axes.groups);
      b.tensor.push_back(given[i] / axes.groups);
    } else b.tensor.push_back(given[i]);
  }
  if (split) {
    ++at;
    ++kernel_from;
  }
  // 2. Blocks of one value but along what is summed.
  b.block = b.tensor;
  const auto clamped = [&](int i, std::int64_t wanted) { return wanted == whole || wanted > b.tensor[i] ? (b.tensor[i] < 1 ? 1 : b.tensor[i]) : wanted; };
  for (int i = 0; i < b.tensor.rank(); ++i) b.block[i] = 1;
  b.block[at] = clamped(at, length);
  // 3. A kernel's positions belong to a whole slice, and to a block that is longer than the channels.
  for (int i = kernel_from; i < b.tensor.rank(); ++i) b.positions *= b.tensor[i];
  if (kernel_from >= b.tensor.rank() || b.positions <= 1 || (length != whole && b.tensor[at] >= length)) return b;
  if (length == whole || b.positions * b.tensor[at] <= length) {
    for (int i = kernel_from; i < b.tensor.rank(); ++i) b.block[i] = clamped(i, whole);
    return b;
  }
  b.reduction = b.tensor[at];
  for (int i = 0; i < at; ++i) b.outer *= b.tensor[i];
  for (int i = at + 1; i < kernel_from; ++i) b.between *= b.tensor[i];
  b.reordered = b.reduction > 1;
  b.tensor = Extents{b.outer * b.between, b.positions * b.reduction};
  b.block = Extents{1, length};
  return b;
}

/// @throws error unless the axes are those of an operand of this shape that blocks of shape `S` can be cut from
template <BlockShape S>
constexpr void require_axes(const char* who, const Extents& shape, const operand_axes& axes) {
  if (block_axis_of<S> == block_axis::none || axes == operand_axes{} || shape.rank() == 0) return;
  const int rank = shape.rank();
  const auto refuse = [&](std::string_view what, std::string_view value, std::string_view why) {
    raise_parts({who, ": ", what, value, why, " of a tensor of shape ", shape.text(), " (blocks ", S::text().view(), ")."});
  };
  const auto require_dimension = [&](std::string_view what, int axis) {
    if (axis < -rank || axis >= rank)
      refuse(what, std::to_string(axis),
             " is no dimension, which are " + std::to_string(-rank) + " to " + std::to_string(rank - 1) + ",");
  };
  require_dimension(".reduction = ", axes.reduction);
  if (axes.kernel && (axes.reduction < 0 ? rank + axes.reduction : axes.reduction) >= 2)
    refuse(".reduction = ", std::to_string(axes.reduction), " is a position of the kernel, which are the dimensions from the third on,");
  if (axes.groups > 1 && rank == Extents::max_rank) refuse(".groups = ", std::to_string(axes.groups), " needs a dimension more than the 8");
  if (axes.groups < 1 || shape[axes.reduction < 0 ? rank + axes.reduction : axes.reduction] % axes.groups != 0)
    refuse(".groups = ", std::to_string(axes.groups), " does not divide the reduction dimension");
  if (axes.has_channel()) require_dimension(".channel = ", axes.channel);
  if (block_axis_of<S> != block_axis::channel) return;
  if (!axes.has_channel())
    refuse("there is a scale for each output channel, but .channel = no_channel: name the dimension of the channels", "", "");
  if (rank > 1 && (axes.channel - axes.reduction) % rank == 0)
    refuse(".reduction and .channel are the same dimension; name another .channel", "", "");
}

/// Whether the axes are those of a tensor that no operator reads, in whichever way they are counted: its channels are the slices of
/// its first dimension. An operator's operand may have others beside them, such as a batch.
constexpr bool stands_alone(const Extents& tensor, const operand_axes& axes) {
  const int rank = tensor.rank();
  return axes.groups == 1 && !axes.kernel && (axes.reduction == -1 || axes.reduction == rank - 1) && (axes.channel == 0 || axes.channel == -rank);
}
/// Where the blocks of shape `S` lie in an operand with these axes.
template <BlockShape S>
constexpr operand_blocks blocks_of(const Extents& tensor, const operand_axes& axes) {
  if constexpr (block_axis_of<S> == block_axis::none) return {tensor, S::resolve(tensor)};
  else if (block_axis_of<S> == block_axis::channel && stands_alone(tensor, axes)) return {tensor, S::resolve(tensor)};
  else return blocks_by_axis(tensor, axes, block_axis_of<S> == block_axis::along ? S::size : whole);
}

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

/// The grid of blocks of shape `S` over a tensor that stands alone.
template <BlockShape S>
constexpr block_grid grid_of(const Extents& tensor) {
  return {tensor, S::resolve(tensor)};
}
/// The grid of an operand's blocks, over its memory or over the reordered copy of it.
constexpr block_grid grid_of(const operand_blocks& b) { return {b.tensor, b.block}; }

}  // namespace detail
}  // namespace dyadic
