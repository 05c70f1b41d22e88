// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file codec.hpp
/// Runs of values with the same parameters to their codes in memory, and back.
#include <dyadic/format/policy.hpp>
#include <dyadic/kernel/code_bytes.hpp>
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/kernel/packed_codes.hpp>

#include <array>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

/// The lane functions between floats and codes of an element format, or of the format under a `With`.
template <class S>
struct code_lanes {
  static constexpr bool exist = false;
};
template <class S>
  requires(encodes_lanes<S, vec> && !requires { requires !S::has_lanes; })
struct code_lanes<S> {
  static constexpr bool exist = true;
  [[gnu::always_inline]] static inline ivec encode(vec x, ivec) { return S::template encode_lanes<vec>(x); }
  [[gnu::always_inline]] static inline vec decode(ivec c) { return S::template decode_lanes<vec>(c); }
};
template <class Format, Round R, Overflow O>
  requires(Format::has_lanes)
struct code_lanes<With<Format, R, O>> {
  static constexpr bool exist = true;
  [[gnu::always_inline]] static inline ivec encode(vec x, ivec random) {
    const auto nan = is_nan(x);
    constexpr i32 nan_code = static_cast<i32>(Format::encode(std::bit_cast<float>(quiet_nan_bits)));
    return select(nan, isplat<vec>(nan_code), Format::template round_lanes<R, O, vec>(select(nan, splat<vec>(0.0F), x), random));
  }
  [[gnu::always_inline]] static inline vec decode(ivec c) { return Format::template decode_lanes<vec>(c); }
};

/// The element format whose codes a scheme has.
template <class S>
struct element_of {
  using type = S;
};
template <BlockScheme S>
  requires requires { typename S::element; }
struct element_of<S> {
  using type = typename S::element;
};

/// Whether whole bytes and words hold two's complement: a saturating instruction that narrows wants to know. A user's format
/// may hold codes from 0 up in a signed type; it is masked, and read as unsigned.
template <class S>
inline constexpr bool signed_raw = values_per_byte<S> == 0 && S::bits % 8 == 0 && stored_bits<S> == S::bits && std::is_signed_v<typename S::code_type> && requires { element_of<S>::type::has_lanes; };

/// Formats that read bytes with their sign extended.
template <class S>
inline constexpr bool reads_extended = requires {
  requires S::extends_sign;
  S::template decode_extended<vec>(ivec{});
};

/// Codes as lanes to and from the numbers that lie in memory.
template <class S>
[[gnu::always_inline]] inline ivec raw_lanes(ivec code) {
  if constexpr (values_per_byte<S> != 0) return code + isplat<vec>(1);
  else if constexpr (S::bits <= 8 && std::is_signed_v<typename S::code_type> && !signed_raw<S>) return code & isplat<vec>((1 << S::bits) - 1);
  else return code;
}
template <class S>
[[gnu::always_inline]] inline ivec lanes_of_raw(ivec raw) {
  if constexpr (values_per_byte<S> != 0) return raw - isplat<vec>(1);
  else if constexpr (signed_raw<S>) return raw;
  else if (has_negative_codes<S>()) return shift_left<vec>(raw, isplat<vec>(32 - S::bits)) >> (32 - S::bits);
  else return raw;
}

template <class S>
constexpr std::array<float, 16> decoded_table() {
  std::array<float, 16> t{};
  for (u32 c = 0; c < 16; ++c) t[c] = S::decode(code_from<S>(c & ((1U << S::bits) - 1)));
  return t;
}
/// Whether few enough bits are looked up in a vector; what is above them does not count.
template <class S>
inline constexpr bool decodes_by_table = native_lanes == 16 && S::bits <= 4 && values_per_byte<S> == 0 && requires { S::has_lanes; };
/// Raw codes as lanes to the values of an element format; bytes as `load_raws` gives them.
template <class S>
[[gnu::always_inline]] inline vec values_of_raw(ivec raw) {
#if defined(__AVX512F__)
  if constexpr (decodes_by_table<S>) {
    alignas(64) static constexpr std::array<float, 16> table = decoded_table<S>();
    return looked_up(table.data(), raw);
  }
#endif
  if constexpr (!decodes_by_table<S>) {
    if constexpr (reads_extended<S>) return S::template decode_extended<vec>(raw);
    else return code_lanes<S>::decode(lanes_of_raw<S>(raw));
  }
}

/// What a run of values with the same parameters is converted by: each codec has the conversions of one value, and those of a
/// vector of them (to and from raw codes) where `lanes`.
template <ElementScheme S>
struct element_codec {
  using scheme = S;
  static constexpr bool lanes = code_lanes<S>::exist;
  std::uint64_t seed = 0;
  bool by_lanes = true;
  [[nodiscard]] raw_code<S> raw(float x, std::int64_t index) const { return raw_from<S>(encode_one<S>(x, random_for<S>(seed, index))); }
  [[nodiscard]] float value(raw_code<S> c) const { return S::decode(code_from<S>(c)); }
  [[nodiscard, gnu::always_inline]] inline ivec raws(vec x, std::int64_t index) const { return raw_lanes<S>(code_lanes<S>::encode(x, random_lanes<S>(seed, index))); }
  [[nodiscard, gnu::always_inline]] inline vec values(ivec raw) const { return values_of_raw<S>(raw); }
  using format = S;  ///< of what lies between `before` and the codes, and the codes and `after`
  static constexpr bool finite = false;
  [[nodiscard, gnu::always_inline]] inline vec before(vec x) const { return x; }
  [[nodiscard, gnu::always_inline]] inline vec after(vec v) const { return v; }
};

/// Schemes that convert by lanes to an element and from it.
template <class S>
concept BlockLanes = requires(vec x, typename S::parameters p) {
  requires code_lanes<typename S::element>::exist;
  S::template to_element<vec>(x, p.template spread<vec>());
  S::template from_element<vec>(x, p.template spread<vec>());
};

/// Schemes with vector forms of their own.
template <class S>
concept OwnBlockLanes = requires(vec x, ivec c, typename S::parameters p) {
  S::template encode_lanes<vec>(x, spread_parameters<S>(p));
  S::template decode_lanes<vec>(c, spread_parameters<S>(p));
};

template <BlockScheme S>
struct block_codec {
  using scheme = S;
  static constexpr bool lanes = BlockLanes<S> || OwnBlockLanes<S>;
  typename S::parameters p;
  std::uint64_t seed = 0;
  bool by_lanes = true;  // NaN and infinities are left to the scheme's own conversion
  decltype(spread_parameters<S>(p)) in_lanes = spread_parameters<S>(p);
  [[nodiscard]] raw_code<S> raw(float x, std::int64_t index) const { return raw_from<S>(S::encode_element(x, p, random_for<S>(seed, index))); }
  [[nodiscard]] float value(raw_code<S> c) const { return S::decode_element(code_from<S>(c), p); }
  [[nodiscard, gnu::always_inline]] inline ivec raws(vec x, std::int64_t index) const {
    if constexpr (OwnBlockLanes<S>) return raw_lanes<S>(S::template encode_lanes<vec>(x, in_lanes));
    else return raw_lanes<S>(code_lanes<typename S::element>::encode(before(x), random_lanes<S>(seed, index)));
  }
  [[nodiscard, gnu::always_inline]] inline vec values(ivec raw) const {
    if constexpr (OwnBlockLanes<S>) return S::template decode_lanes<vec>(lanes_of_raw<S>(raw), in_lanes);
    else return after(values_of_raw<typename S::element>(raw));
  }
  using format = std::conditional_t<BlockLanes<S>, typename element_of<S>::type, void>;
  static constexpr bool finite = true;
  [[nodiscard, gnu::always_inline]] inline vec before(vec x) const { return S::template to_element<vec>(x, in_lanes); }
  [[nodiscard, gnu::always_inline]] inline vec after(vec v) const { return S::template from_element<vec>(v, in_lanes); }
};

/// Where the raw codes of a run come from: vector `v` of them, or four vectors from `v` on as bytes.
/// Four vectors as bytes, whatever is in them.
template <class S, class Raws>
[[gnu::always_inline]] inline octets four_raws(const Raws& raws, std::int64_t v) {
  return bytes_of<signed_raw<S>>(raws(v), raws(v + 1), raws(v + 2), raws(v + 3));
}
template <class Codec>
class run_source {
 public:
  run_source(const Codec& c, const float* values, std::int64_t first) : codec(c), in(values), index(first) {}
  [[nodiscard, gnu::always_inline]] inline ivec operator()(std::int64_t v) const { return codec.raws(load_once(in + v * native_lanes), index + v * native_lanes); }
  /// Four vectors as bytes, the fast way. @returns false where there is a NaN in the way
  [[nodiscard, gnu::always_inline]] inline bool four(std::int64_t v, octets& o) const {
    if constexpr (makes_bytes<typename Codec::format>) {
      const float* x = in + v * native_lanes;
      const vec a = load_once(x), b = load_once(x + native_lanes), c = load_once(x + 2 * native_lanes), d = load_once(x + 3 * native_lanes);
      if constexpr (!Codec::finite)
        if (any_nan(a, b, c, d)) return false;
      o = raw_bytes_of<typename Codec::format>(codec.before(a), codec.before(b), codec.before(c), codec.before(d));
    } else o = four_raws<typename Codec::scheme>(*this, v);
    return true;
  }

 private:
  const Codec& codec;
  const float* in;
  std::int64_t index;
};
/// All that a run has. `raws` is a `run_source` or the like. @returns the vectors converted
template <class S, class Raws>
[[gnu::always_inline]] inline std::int64_t store_raws(const Raws& raws, std::int64_t vectors, raw_code<S>* out) {
  constexpr std::int64_t L = native_lanes;
  std::int64_t i = 0;
  if constexpr (sizeof *out == 1) {
    while (i + 4 <= vectors) {
      // a loop of its own, or the other way takes the registers
      for (octets o; i + 4 <= vectors && raws.four(i, o); i += 4) std::memcpy(out + i * L, &o, sizeof o);
      if (i + 4 > vectors) break;
      const octets o = four_raws<S>(raws, i);
      std::memcpy(out + i * L, &o, sizeof o);
      i += 4;
    }
    for (; i < vectors; ++i) {
      const octets o = bytes_of<signed_raw<S>>(raws(i), ivec{}, ivec{}, ivec{});
      std::memcpy(out + i * L, &o, static_cast<std::size_t>(L));
    }
  } else if constexpr (sizeof *out == 2) {
    for (; i + 2 <= vectors; i += 2) {
      const code_words w = words_of(raws(i), raws(i + 1));
      std::memcpy(out + i * L, &w, sizeof w);
    }
    for (; i < vectors; ++i) {
      const code_words w = words_of(raws(i), ivec{});
      std::memcpy(out + i * L, &w, static_cast<std::size_t>(2 * L));
    }
  } else {
    for (; i < vectors; ++i) {
      const ivec r = raws(i);
      std::memcpy(out + i * L, &r, sizeof r);
    }
  }
  return i;
}
/// The same as nibbles, eight vectors at a time.
template <class S, class Raws>
[[gnu::always_inline]] inline std::int64_t store_nibbles(const Raws& raws, std::int64_t vectors, std::uint8_t* out) {
  std::int64_t i = 0;
  while (i + 8 <= vectors) {
    for (octets a, b; i + 8 <= vectors && raws.four(i, a) && raws.four(i + 4, b); i += 8) {
      const octets o = nibbles_of(a, b);
      std::memcpy(out + i * native_lanes / 2, &o, sizeof o);
    }
    if (i + 8 > vectors) break;
    const octets o = nibbles_of(four_raws<S>(raws, i), four_raws<S>(raws, i + 4));
    std::memcpy(out + i * native_lanes / 2, &o, sizeof o);
    i += 8;
  }
  return i;
}
/// Vector `i` of an array of raw codes.
template <class S>
[[gnu::always_inline]] inline ivec load_raws(const raw_code<S>* in, std::int64_t i) {
  if constexpr (sizeof *in == 1) return lanes_of_bytes<signed_raw<S> || reads_extended<typename element_of<S>::type>>(in + i * native_lanes);
  else if constexpr (sizeof *in == 2) return lanes_of_words<signed_raw<S>>(in + i * native_lanes);
  else {
    ivec r;
    std::memcpy(&r, in + i * native_lanes, sizeof r);
    return r;
  }
}

/// Whether codes lie in memory one by one, as `raw_code`s, or as nibbles.
template <class S>
inline constexpr bool in_whole_codes = std::is_same_v<code_storage<S>, whole_codes<raw_code<S>>>;
template <class S>
inline constexpr bool in_nibbles = std::is_same_v<code_storage<S>, bit_codes<4>>;

template <class Codec, class Raw>
[[gnu::always_inline]] inline void convert_to_codes(const Codec& codec, const float* in, std::int64_t index, std::int64_t n, Raw* out) {
  std::int64_t i = 0;
  if constexpr (Codec::lanes)
    if (codec.by_lanes)
      i = native_lanes * store_raws<typename Codec::scheme>(run_source<Codec>{codec, in, index}, n / native_lanes, out);
  for (; i < n; ++i) out[i] = codec.raw(in[i], index + i);
}
template <class Codec, class Raw>
[[gnu::always_inline]] inline void convert_to_values(const Codec& codec, const Raw* in, std::int64_t n, float* out) {
  using S = typename Codec::scheme;
  constexpr std::int64_t L = native_lanes;
  std::int64_t i = 0;
  if constexpr (Codec::lanes)
    if (codec.by_lanes) {
      if constexpr (looks_up<typename Codec::format> && sizeof *in == 1)
        for (; i + 4 * L <= n; i += 4 * L) {
          octets raw;
          std::memcpy(&raw, in + i, sizeof raw);
          vec v[4];
          values_of_bytes<typename Codec::format>(raw, v);
#pragma GCC unroll 4
          for (std::int64_t k = 0; k < 4; ++k) store(out + i + k * L, codec.after(v[k]));
        }
      for (; i + 4 * L <= n; i += 4 * L) {
        const vec a = codec.values(load_raws<S>(in + i, 0)), b = codec.values(load_raws<S>(in + i, 1));
        const vec c = codec.values(load_raws<S>(in + i, 2)), d = codec.values(load_raws<S>(in + i, 3));
        store(out + i, a);
        store(out + i + L, b);
        store(out + i + 2 * L, c);
        store(out + i + 3 * L, d);
      }
      for (; i + L <= n; i += L) store(out + i, codec.values(load_raws<S>(in + i, 0)));
    }
  for (; i < n; ++i) out[i] = codec.value(in[i]);
}

/// Codes pass through here on their way between lanes and bytes: a multiple of 40 and of every group of vectors.
inline constexpr std::int64_t code_buffer = 1280;

/// Values [first, first + n) of a tensor to their codes, and back. Whole codes need no buffer.
template <class Codec>
void encode_run(const Codec& codec, const float* tensor, std::int64_t first, std::int64_t n, std::uint8_t* bytes) {
  using S = typename Codec::scheme;
  if constexpr (in_whole_codes<S> && sizeof(raw_code<S>) == 1) convert_to_codes(codec, tensor + first, first, n, bytes + first);
  else {
    const std::int64_t end = first + n;
    if constexpr (Codec::lanes && in_nibbles<S>)
      if (codec.by_lanes && first % 2 == 0) {
        const std::int64_t from = first;
        first += native_lanes * store_nibbles<S>(run_source<Codec>{codec, tensor + from, from}, n / native_lanes, bytes + first / 2);
      }
    alignas(64) raw_code<S> buffer[code_buffer];
    for (; first < end; first += code_buffer) {
      const std::int64_t here = std::min(code_buffer, end - first);
      convert_to_codes(codec, tensor + first, first, here, buffer);
      code_storage<S>::put(bytes, first, buffer, here);
    }
  }
}
template <class Codec>
void decode_run(const Codec& codec, const std::uint8_t* bytes, std::int64_t first, std::int64_t n, float* tensor) {
  using S = typename Codec::scheme;
  if constexpr (in_whole_codes<S> && sizeof(raw_code<S>) == 1) convert_to_values(codec, bytes + first, n, tensor + first);
  else {
    const std::int64_t end = first + n;
#if defined(__AVX512F__)
    if constexpr (Codec::lanes && in_nibbles<S>)
      if (codec.by_lanes && first % 2 == 0)
        for (; first + 2 * native_lanes <= end; first += 2 * native_lanes) {
          const vec a = codec.values(lanes_of_nibbles(bytes + first / 2)), b = codec.values(lanes_of_nibbles(bytes + first / 2 + native_lanes / 2));
          store(tensor + first, a);
          store(tensor + first + native_lanes, b);
        }
#endif
    alignas(64) raw_code<S> buffer[code_buffer];
    for (; first < end; first += code_buffer) {
      const std::int64_t here = std::min(code_buffer, end - first);
      code_storage<S>::get(bytes, first, buffer, here);
      convert_to_values(codec, buffer, here, tensor + first);
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
