// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file mase_blocks.hpp
/// The parity family's block schemes, `block_fp`, `block_minifloat`, `block_log`, and its block shapes. See mase.hpp for what the
/// family is.
#include <dyadic/format/mase_elements.hpp>
#include <dyadic/format/shape.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace mase {

/// MASE's `block_size`: right-aligned with the tensor's shape; a dimension it does not mention, and `whole`, is taken whole (in
/// `dyadic::Shape` one that it does not mention counts as 1). Entries beyond the tensor's rank are dropped.
template <std::int64_t... D>
struct block_size {
  static_assert(sizeof...(D) >= 1 && sizeof...(D) <= 8, "dyadic::mase::block_size<d...>: between 1 and 8 dimensions.");
  static_assert(((D == whole || D >= 1) && ...), "dyadic::mase::block_size<d...>: each dimension must be at least 1, or `whole`.");

  /// Values in a block of a tensor of as many dimensions; 0 if it depends on the tensor.
  static constexpr std::int64_t size = Shape<D...>::size;
  /// Along the last dimension; 0 if it depends on the tensor.
  static constexpr std::int64_t last = [] {
    std::int64_t d = 0;
    ((d = D), ...);
    return d == whole ? 0 : d;
  }();

  static constexpr Extents resolve(const Extents& tensor) {
    Extents block = Shape<D...>::resolve(tensor);
    for (int i = 0; i < tensor.rank() - static_cast<int>(sizeof...(D)); ++i) block[i] = tensor[i] < 1 ? 1 : tensor[i];
    return block;
  }
  static constexpr detail::name_text text() {
    return detail::make_name("mase::block_size", Shape<D...>::text().view().substr(std::string_view("Shape").size()));
  }
};

/// MASE's `skip_first_dim`: dimension 0 (of activations, the batch) counts as 1.
template <BlockShape S>
struct skip_first_dim {
  static constexpr std::int64_t size = S::size;
  static constexpr std::int64_t last = 0;  // in a tensor of one dimension that one counts as 1
  static constexpr Extents resolve(const Extents& tensor) {
    Extents block = S::resolve(tensor);
    if (block.rank() > 0) block[0] = 1;
    return block;
  }
  static constexpr detail::name_text text() { return detail::make_name("mase::skip_first_dim<", S::text().view(), ">"); }
};

}  // namespace mase

namespace detail::parity {

template <class S>
constexpr double with_block_scale(int bits, int scale_bits) {
  return bits + (S::size == 0 ? 0.0 : static_cast<double>(scale_bits) / static_cast<double>(S::size == 0 ? 1 : S::size));
}

/// The bits of a block's largest magnitude; those of a NaN are above all.
constexpr i32 block_maximum(std::span<const float> in, const block_grid& grid, std::int64_t block) {
  i32 top = 0;
  grid.runs(block, [&](std::int64_t offset, std::int64_t length) {
    for (std::int64_t i = offset; i < offset + length; ++i)
      top = imax(top, std::bit_cast<i32>(in[static_cast<std::size_t>(i)]) & magnitude_mask);
  });
  return top;
}

/// Converts block by block with `converter(a)`, `a` the bits of the block's largest magnitude, not NaN. A zero block takes the
/// smallest non-zero maximum of all blocks, or 1 if there is none. A NaN poisons its block and counts for no other.
template <BlockShape S, class Converter>
constexpr void by_blocks(std::span<const float> in, std::span<float> out, const Extents& shape, Converter converter) {
  const block_grid grid = grid_of<S>(shape);
  constexpr i32 no_maximum = infinity_bits + 1;
  i32 least = no_maximum;
  for (std::int64_t b = 0; b < grid.count(); ++b) {
    const i32 a = block_maximum(in, grid, b);
    if (a != 0) least = imin(least, a);
  }
  if (least == no_maximum) least = std::bit_cast<i32>(1.0F);
  for (std::int64_t b = 0; b < grid.count(); ++b) {
    const i32 a = block_maximum(in, grid, b);
    const bool poisoned = a > infinity_bits;
    const auto convert = converter(a == 0 || poisoned ? least : a);
    grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
      for (std::int64_t i = offset; i < offset + length; ++i)
        out[static_cast<std::size_t>(i)] = poisoned ? not_a_number : convert(in[static_cast<std::size_t>(i)]);
    });
  }
}

}  // namespace detail::parity

namespace mase {

/// Sign and `W`-1 bits of mantissa a value, `E` bits of exponent with bias `B` a block: e = clamp(ceil log2 a, -B, 2^E-1-B),
/// sign(x + 1e-9)·2^e·m/2^(W-1), m = clamp(rne((|x| + 1e-9)/2^e·2^(W-1)), 0, 2^(W-1)-1); |x| <= 1e-8 stays.
/// The largest value of a block may saturate: a power of two always does.
/// @tparam S  which values share an exponent: a `block_size`, `skip_first_dim` or one of the library's shapes
template <int W, int E, int B = detail::parity::ieee_bias(E), BlockShape S = Shape<16>>
class block_fp {
  static_assert(2 <= W && W <= 24, "dyadic::mase::block_fp<W, E, B, Shape>: W, the bits of a value, must be in [2, 24].");
  static_assert(1 <= E && E <= 8, "dyadic::mase::block_fp<W, E, B, Shape>: E, the bits of the exponent, must be in [1, 8].");
  static_assert(-127 <= B && B <= 149,
                "dyadic::mase::block_fp<W, E, B, Shape>: B, the bias, must be in [-127, 149], so that 2^-B is a float32.");
  static constexpr detail::name_text text = detail::make_name("mase::block_fp<", W, ", ", E, ", ", B, ", ", S::text().view(), ">");

 public:
  using shape = S;
  static constexpr int bits = W, scale_bits = E;
  static constexpr double bits_per_value = detail::parity::with_block_scale<S>(W, E);
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    parity::by_blocks<S>(in, out, tensor, [](i32 a) {
      return [e = parity::clamped(parity::ceil_of_log2(a), -B, (1 << E) - 1 - B)](float x) {
        const i32 magnitude = std::bit_cast<i32>(x) & detail::magnitude_mask;
        const float v = std::bit_cast<float>(magnitude);
        if (v <= parity::let_through) return x;
        const i32 moved = magnitude == detail::infinity_bits ? magnitude : std::bit_cast<i32>(v + parity::tiny);
        return parity::fraction_of_power<W - 1>(x, moved, e);
      };
    });
  }
};

/// `minifloat_ieee<W, E>` with a bias a block, clamp(floor log2 a, 0, 2^BW-1). (The sign of the bias is MASE's: a block of small
/// values gets the bias 0 and mostly vanishes. Meant only for comparison; `dyadic::BlockMinifloat` is the format of the paper.)
template <int W, int E, int BW, BlockShape S = Shape<16>>
class block_minifloat {
  static_assert(1 <= E && E <= 8, "dyadic::mase::block_minifloat<W, E, BW, Shape>: E, the bits of the exponent, must be in [1, 8].");
  static_assert(E < W && W - E - 1 <= 23,
                "dyadic::mase::block_minifloat<W, E, BW, Shape>: W, the bits of a value, must be in [E + 1, E + 24].");
  static_assert(1 <= BW && BW <= 8, "dyadic::mase::block_minifloat<W, E, BW, Shape>: BW, the bits of the bias, must be in [1, 8].");
  static constexpr detail::name_text text = detail::make_name("mase::block_minifloat<", W, ", ", E, ", ", BW, ", ", S::text().view(), ">");

 public:
  using shape = S;
  static constexpr int bits = W, scale_bits = BW;
  static constexpr double bits_per_value = detail::parity::with_block_scale<S>(W, BW);
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    parity::by_blocks<S>(in, out, tensor, [](i32 a) {
      return [bias = parity::clamped(parity::floor_of_log2(a), 0, (1 << BW) - 1)](float x) {
        return parity::minifloat_ieee<W - E - 1>(x, -bias, (1 << E) - 1 - bias);
      };
    });
  }
};

/// `log<W>` with a bias a block, clamp(2^(W-1)-1 - ceil log2 a, 0, 2^BW-1).
template <int W, int BW, BlockShape S = Shape<16>>
class block_log {
  static_assert(2 <= W && W <= 16, "dyadic::mase::block_log<W, BW, Shape>: W, the bits of a value, must be in [2, 16].");
  static_assert(1 <= BW && BW <= 8, "dyadic::mase::block_log<W, BW, Shape>: BW, the bits of the bias, must be in [1, 8].");
  static constexpr detail::name_text text = detail::make_name("mase::block_log<", W, ", ", BW, ", ", S::text().view(), ">");

 public:
  using shape = S;
  static constexpr int bits = W, scale_bits = BW;
  static constexpr double bits_per_value = detail::parity::with_block_scale<S>(W, BW);
  static constexpr std::string_view name() { return text.view(); }
  static constexpr void quantize(std::span<const float> in, std::span<float> out, const Extents& tensor) {
    namespace parity = detail::parity;
    parity::by_blocks<S>(in, out, tensor, [](i32 a) {
      constexpr int most = (1 << (W - 1)) - 1;
      return
          [bias = parity::clamped(most - parity::ceil_of_log2(a), 0, (1 << BW) - 1)](float x) { return parity::log_value(x, bias, most); };
    });
  }
};

}  // namespace mase
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
