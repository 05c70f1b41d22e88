// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file codec_groups.hpp
/// Blocks that lie one after the other to codes and scales, and back, as many at a time as a vector has lanes.
#include <dyadic/kernel/codec.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// Schemes whose blocks are encoded and decoded in groups: scales and elements by lanes, scales of at most 32 bits.
template <class S>
concept CodedByLanes = FitsByLanes<S> && BlockLanes<S> && requires(ivec i) {
  requires in_groups<S> && S::scale_bits <= 32;
  S::template scale_lanes<vec>(i, 1.0F);
  S::template decoding_lanes<vec>(i, 1.0F);
};

/// Where the raw codes of a group of blocks come from, whose parameters are known.
template <CodedByLanes S, bool One>
struct group_source {
  static constexpr std::int64_t B = S::shape::size, L = native_lanes;
  using format = typename S::element;
  const float* in;
  const fitted_groups<S, true>& group;
  std::int64_t first;
  std::uint64_t seed;
  [[nodiscard, gnu::always_inline]] inline vec before(std::int64_t v) const { return to_element_lanes<S, One>(load_once(in + v * L), group[v / (B / L)]); }
  [[nodiscard, gnu::always_inline]] inline ivec operator()(std::int64_t v) const { return raw_lanes<S>(code_lanes<format>::encode(before(v), random_lanes<S>(seed, first + v * L))); }
  [[nodiscard, gnu::always_inline]] inline bool four(std::int64_t v, octets& o) const {
    if constexpr (makes_bytes<format>) o = raw_bytes_of<format>(before(v), before(v + 1), before(v + 2), before(v + 3));
    else o = four_raws<S>(*this, v);
    return true;
  }
};
/// The codes of a group of blocks. @param first  the index of the first value   @param codes  of the whole tensor
template <CodedByLanes S, bool One>
void store_group(const float* x, std::int64_t n, const fitted_groups<S, true>& group, std::int64_t first, [[maybe_unused]] std::uint64_t seed, std::uint8_t* codes) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  const group_source<S, One> raws{x, group, first, seed};
  const std::int64_t vectors = n * B / L;
  if constexpr (in_whole_codes<S>) store_raws<S>(raws, vectors, reinterpret_cast<raw_code<S>*>(codes) + first);
  else if constexpr (in_nibbles<S> && B % 8 == 0) store_nibbles<S>(raws, vectors, codes + first / 2);
  else {
    alignas(64) raw_code<S> buffer[static_cast<std::size_t>(fitted_groups<S>::blocks * B)];
    store_raws<S>(raws, vectors, buffer);
    code_storage<S>::put(codes, first, buffer, n * B);
  }
}
/// Their values. @param raw  the group's own; of nibbles (with 16 lanes) the bytes, two a byte
template <CodedByLanes S, bool One, class Raw>
void load_group(const Raw* raw, std::int64_t n, const fitted_groups<S, true>& group, float* y) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  const auto value = [&](std::int64_t v) __attribute__((always_inline)) {
    ivec r;
#if defined(__AVX512F__)
    if constexpr (in_nibbles<S>) r = lanes_of_nibbles(raw + v * L / 2);
    else
#endif
      r = load_raws<S>(raw, v);
    return from_element_lanes<S, One>(values_of_raw<typename S::element>(r), group[v / (B / L)]);
  };
  if constexpr (looks_up<typename S::element> && !in_nibbles<S> && sizeof *raw == 1) {
    for (std::int64_t v = 0; v < n * B / L; v += 4) {
      octets codes;
      std::memcpy(&codes, raw + v * L, sizeof codes);
      vec w[4];
      values_of_bytes<typename S::element>(codes, w);
#pragma GCC unroll 4
      for (std::int64_t k = 0; k < 4; ++k) store(y + (v + k) * L, from_element_lanes<S, One>(w[k], group[(v + k) / (B / L)]));
    }
    return;
  }
  for (std::int64_t v = 0; v < n * B / L; v += 4) {
    const vec p = value(v), q = value(v + 1), r = value(v + 2), s = value(v + 3);
    store(y + v * L, p);
    store(y + (v + 1) * L, q);
    store(y + (v + 2) * L, r);
    store(y + (v + 3) * L, s);
  }
}

/// Blocks [begin, end) of a tensor, from the first on that fill whole groups. @returns the first block left over
template <CodedByLanes S>
std::int64_t encode_block_groups(const float* in, std::int64_t begin, std::int64_t end, float t, std::uint64_t seed, std::uint8_t* codes, std::uint8_t* scales) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  fitted_groups<S, true> group;
  std::int64_t b = begin;
  for (std::int64_t n; b + L <= end; b += n) {
    n = end - b < group.blocks ? (end - b) / L * L : group.blocks;
    const std::int64_t first = b * B;
    const float* x = in + first;
    if (!group.fit(x, n, t)) return b;  // the caller knows what to do with NaN and infinities
    // 1. Scales.
    if constexpr (S::scale_bits == 8)
      for (std::int64_t k = 0; k < n; ++k) scales[b + k] = static_cast<std::uint8_t>(group.scales()[k]);
    else if constexpr (S::scale_bits == 32) std::memcpy(scales + 4 * b, group.scales(), static_cast<std::size_t>(4 * n));
    else
      for (std::int64_t k = 0; k < n; ++k) put_bits<S::scale_bits>(scales, (b + k) * S::scale_bits, static_cast<u32>(group.scales()[k]));
    // 2. Codes.
    if (group.one_factor()) store_group<S, true>(x, n, group, first, seed, codes);
    else store_group<S, false>(x, n, group, first, seed, codes);
  }
  return b;
}

/// The same in the other direction; NaN scales and all.
template <CodedByLanes S>
std::int64_t decode_block_groups(const std::uint8_t* codes, const std::uint8_t* scales, std::int64_t begin, std::int64_t end, float t, float* out) {
  constexpr std::int64_t B = S::shape::size, L = native_lanes;
  fitted_groups<S, true> group;
  std::int64_t b = begin;
  for (std::int64_t n; b + L <= end; b += n) {
    n = end - b < group.blocks ? (end - b) / L * L : group.blocks;
    const std::int64_t first = b * B;
    // 1. Scales.
    if constexpr (S::scale_bits == 8)
      for (std::int64_t k = 0; k < n; ++k) group.scales()[k] = scales[b + k];
    else if constexpr (S::scale_bits == 32) std::memcpy(group.scales(), scales + 4 * b, static_cast<std::size_t>(4 * n));
    else
      for (std::int64_t k = 0; k < n; ++k) group.scales()[k] = static_cast<i32>(get_bits<S::scale_bits>(scales, (b + k) * S::scale_bits));
    group.take_scales(n, t);
    // 2. Values.
    const auto load_from = [&](const auto* raw) {
      if (group.one_factor()) load_group<S, true>(raw, n, group, out + first);
      else load_group<S, false>(raw, n, group, out + first);
    };
    if constexpr (in_whole_codes<S>) load_from(reinterpret_cast<const raw_code<S>*>(codes) + first);
    else if constexpr (in_nibbles<S> && native_lanes == 16) load_from(codes + first / 2);
    else {
      alignas(64) raw_code<S> buffer[static_cast<std::size_t>(group.blocks * B)];
      code_storage<S>::get(codes, first, buffer, n * B);
      load_from(buffer);
    }
  }
  return b;
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
