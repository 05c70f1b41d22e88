// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file packed_codes.hpp
/// Codes in memory: 1 to 8 bits without gaps, trits five to a byte, longer ones whole. Arrays of codes go in and out here, one
/// "raw" code (an unsigned number) per array element; what a code means is not this header's matter.
#include <dyadic/format/storage.hpp>
#include <dyadic/kernel/byte_moves.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic::detail {
inline namespace DYADIC_ISA {

static_assert(std::endian::native == std::endian::little, "dyadic: packed tensors put the first code in the lowest bits of a byte; on a big-endian machine words need a byte swap here.");

/// Whether some value has a negative code: the ends of the range tell, and powers of two where these wrap.
template <class S>
constexpr bool meets_negative_code() {
  constexpr float most = std::numeric_limits<float>::max();
  if (S::encode(-most) < 0 || S::encode(most) < 0) return true;
  for (float x = 0x1p-32F; x <= 0x1p32F; x *= 2.0F)
    if (S::encode(-x) < 0 || S::encode(x) < 0) return true;
  return false;
}
template <class S>
concept encodes_at_compile_time = requires { typename std::bool_constant<(S::encode(1.0F) < 0)>; };
template <class S>
bool meets_negative_code_now() {
  static const bool met = meets_negative_code<S>();
  return met;
}

/// Whether the codes of `S` are two's-complement numbers. A signed `code_type` alone does not tell: a user may hold the codes
/// 0 to 2^bits-1 in an int.
template <class S>
constexpr bool has_negative_codes() {
  if constexpr (std::is_unsigned_v<typename S::code_type>) return false;
  else if constexpr (requires { typename S::format; }) return has_negative_codes<typename S::format>();
  else if constexpr (requires { typename S::element; }) return has_negative_codes<typename S::element>();
  else if constexpr (!ElementScheme<S> || requires { S::has_lanes; }) return true;  // the library's own
  else if constexpr (encodes_at_compile_time<S>) return std::bool_constant<meets_negative_code<S>()>::value;
  else return meets_negative_code_now<S>();
}

/// A code as it lies in memory, as an unsigned number.
template <class S>
using raw_code = std::conditional_t<stored_bits<S> <= 8, std::uint8_t, std::conditional_t<stored_bits<S> == 16, std::uint16_t, std::uint32_t>>;

template <class S>
constexpr raw_code<S> raw_from(typename S::code_type code) {
  if constexpr (values_per_byte<S> != 0) return static_cast<raw_code<S>>(code + 1);  // a base 3 digit
  else if constexpr (stored_bits<S> < 8) return static_cast<raw_code<S>>(static_cast<u32>(code) & ((1U << S::bits) - 1));
  else return static_cast<raw_code<S>>(code);
}
template <class S>
constexpr typename S::code_type code_from(u32 raw) {
  using code = typename S::code_type;
  if constexpr (values_per_byte<S> != 0) return static_cast<code>(static_cast<i32>(raw) - 1);
  else {
    constexpr int above = 32 - S::bits;
    if (has_negative_codes<S>()) return static_cast<code>(static_cast<i32>(raw << above) >> above);
    return static_cast<code>(raw << above >> above);
  }
}

/// `Width` bits from bit `at` on, of any byte array: scales, and codes one by one.
template <int Width>
constexpr std::uint64_t get_bits(const std::uint8_t* bytes, std::int64_t at) {
  static_assert(1 <= Width && Width <= 64);
  std::uint64_t r = 0;
  for (int have = 0; have < Width;) {
    const int shift = static_cast<int>((at + have) % 8), take = std::min(8 - shift, Width - have);
    r |= static_cast<std::uint64_t>((static_cast<u32>(bytes[(at + have) / 8]) >> shift) & ((1U << take) - 1)) << have;
    have += take;
  }
  return r;
}
/// Where the bits are zero so far.
template <int Width>
constexpr void put_bits(std::uint8_t* bytes, std::int64_t at, std::uint64_t value) {
  static_assert(1 <= Width && Width <= 64);
  for (int had = 0; had < Width;) {
    const int shift = static_cast<int>((at + had) % 8), take = std::min(8 - shift, Width - had);
    std::uint8_t& b = bytes[(at + had) / 8];
    b = static_cast<std::uint8_t>(b | ((static_cast<u32>(value >> had) & ((1U << take) - 1)) << shift));
    had += take;
  }
}

/// Codes of 8, 16, 32 bits.
template <class Raw>
struct whole_codes {
  static Raw get(const std::uint8_t* bytes, std::int64_t i) {
    Raw r;
    std::memcpy(&r, bytes + i * static_cast<std::int64_t>(sizeof r), sizeof r);
    return r;
  }
  static void put(std::uint8_t* bytes, std::int64_t first, const Raw* codes, std::int64_t n) {
    std::memcpy(bytes + first * static_cast<std::int64_t>(sizeof *codes), codes, static_cast<std::size_t>(n) * sizeof *codes);
  }
  static void get(const std::uint8_t* bytes, std::int64_t first, Raw* codes, std::int64_t n) {
    std::memcpy(codes, bytes + first * static_cast<std::int64_t>(sizeof *codes), static_cast<std::size_t>(n) * sizeof *codes);
  }
};

/// Codes of 1 to 7 bits. `put` wants zeros where it writes, so that runs may share a byte and come in any order.
template <int Bits>
struct bit_codes {
  static_assert(1 <= Bits && Bits <= 7);
  static std::uint8_t get(const std::uint8_t* bytes, std::int64_t i) { return static_cast<std::uint8_t>(get_bits<Bits>(bytes, i * Bits)); }

  static void put(std::uint8_t* bytes, std::int64_t first, const std::uint8_t* codes, std::int64_t n) {
    std::int64_t i = 0;
    for (; i < n && (first + i) * Bits % 8 != 0; ++i) put_bits<Bits>(bytes, (first + i) * Bits, codes[i]);
    std::uint8_t* out = bytes + (first + i) * Bits / 8;
    if constexpr (Bits == 4)
      for (; i + 2 * pairs <= n; i += 2 * pairs, out += pairs) put_nibbles(out, codes + i);
#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
    else if constexpr (Bits <= 6)
      for (; i + 64 <= n; i += 64, out += 8 * Bits) {
        octets o;
        std::memcpy(&o, codes + i, sizeof o);
        close_bytes<Bits>(o, out);
      }
#endif
    // Whole words while what follows is this run's own and still to come, then as many bytes as there are.
    for (; (n - i) * Bits >= 64; i += 8, out += Bits) put_eight<8>(out, codes + i);
    for (; i + 8 <= n; i += 8, out += Bits) put_eight<Bits>(out, codes + i);
    for (; i < n; ++i) put_bits<Bits>(bytes, (first + i) * Bits, codes[i]);
  }

  static void get(const std::uint8_t* bytes, std::int64_t first, std::uint8_t* codes, std::int64_t n) {
    std::int64_t i = 0;
    for (; i < n && (first + i) * Bits % 8 != 0; ++i) codes[i] = get(bytes, first + i);
    const std::uint8_t* in = bytes + (first + i) * Bits / 8;
    if constexpr (Bits == 4)
      for (; i + 2 * pairs <= n; i += 2 * pairs, in += pairs) get_nibbles(in, codes + i);
#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
    else
      for (; i + 64 <= n; i += 64, in += 8 * Bits) {
        const octets o = opened_bytes<Bits>(in);
        std::memcpy(codes + i, &o, sizeof o);
      }
#endif
    for (; (n - i) * Bits >= 64; i += 8, in += Bits) get_eight<8>(in, codes + i);
    for (; i + 8 <= n; i += 8, in += Bits) get_eight<Bits>(in, codes + i);
    for (; i < n; ++i) codes[i] = get(bytes, first + i);
  }

 private:
  static constexpr std::uint64_t low(int bits) { return (std::uint64_t{1} << bits) - 1; }
  static constexpr std::uint64_t every(std::uint64_t pattern, int period) {
    std::uint64_t r = 0;
    for (int at = 0; at < 64; at += period) r |= pattern << at;
    return r;
  }
  /// Eight codes in eight bytes to 8·Bits neighbouring bits: gaps are closed between pairs, pairs of pairs, halves.
  static std::uint64_t closed(std::uint64_t w) {
    constexpr std::uint64_t one = every(low(Bits), 16), two = every(low(2 * Bits), 32);
    w = (w & one) | ((w >> (8 - Bits)) & (one << Bits));
    w = (w & two) | ((w >> (16 - 2 * Bits)) & (two << (2 * Bits)));
    return (w & low(4 * Bits)) | ((w >> 32) << (4 * Bits));
  }
  static std::uint64_t opened(std::uint64_t w) {
    constexpr std::uint64_t one = every(low(Bits), 16), two = every(low(2 * Bits), 32);
    w = (w & low(4 * Bits)) | ((w >> (4 * Bits)) & low(4 * Bits)) << 32;
    w = (w & two) | (w & (two << (2 * Bits))) << (16 - 2 * Bits);
    return (w & one) | (w & (one << Bits)) << (8 - Bits);
  }

  template <int Bytes>
  static void put_eight(std::uint8_t* out, const std::uint8_t* codes) {
    std::uint64_t w;
    std::memcpy(&w, codes, 8);
    w = closed(w);
    std::memcpy(out, &w, Bytes);
  }
  template <int Bytes>
  static void get_eight(const std::uint8_t* in, std::uint8_t* codes) {
    std::uint64_t w = 0;
    std::memcpy(&w, in, Bytes);
    w = opened(w);
    std::memcpy(codes, &w, 8);
  }

  static constexpr int pairs = 2 * native_lanes;  // nibbles are closed a vector of 16-bit pairs at a time
  typedef std::uint8_t halves __attribute__((vector_size(pairs)));      // NOLINT: attributes need a typedef
  [[gnu::always_inline]] static inline void put_nibbles(std::uint8_t* out, const std::uint8_t* codes) {
    code_words w;
    std::memcpy(&w, codes, sizeof w);
    const halves b = __builtin_convertvector((w | (w >> 4)) & (code_words{} + static_cast<std::uint16_t>(0xff)), halves);
    std::memcpy(out, &b, sizeof b);
  }
  [[gnu::always_inline]] static inline void get_nibbles(const std::uint8_t* in, std::uint8_t* codes) {
    halves b;
    std::memcpy(&b, in, sizeof b);
    const code_words w = __builtin_convertvector(b, code_words);
    const code_words r = (w | (w << 4)) & (code_words{} + static_cast<std::uint16_t>(0x0f0f));
    std::memcpy(codes, &r, sizeof r);
  }
};

/// Trits as base 3 digits, five to a byte, the first counting ones; digits that are not there count as 0.
struct trit_codes {
  static constexpr int per_byte = 5;
  static constexpr std::uint8_t power[per_byte + 1] = {1, 3, 9, 27, 81, 243};

  /// Five digits of each byte, the first lowest. (Those above 242 do not occur; as everywhere, their last digit is modulo 3.)
  static constexpr std::array<std::uint64_t, 256> digits_of_bytes() {
    std::array<std::uint64_t, 256> t{};
    for (u32 b = 0; b < 256; ++b)
      for (int k = 0; k < per_byte; ++k) t[b] |= std::uint64_t{b / power[k] % 3} << (8 * k);
    return t;
  }
  static std::uint8_t get(const std::uint8_t* bytes, std::int64_t i) {
    return static_cast<std::uint8_t>(bytes[i / per_byte] / power[i % per_byte] % 3);
  }
  static void put(std::uint8_t* bytes, std::int64_t first, const std::uint8_t* codes, std::int64_t n) {
    const auto one = [&](std::int64_t i) {
      std::uint8_t& b = bytes[(first + i) / per_byte];
      b = static_cast<std::uint8_t>(b + codes[i] * power[(first + i) % per_byte]);
    };
    std::int64_t i = 0;
    for (; i < n && (first + i) % per_byte != 0; ++i) one(i);
    // One product of eight bytes sums up five of them, each by its own power of 3, in the fifth; no byte below it overflows.
    constexpr std::uint64_t powers = 81U | 27U << 8 | 9U << 16 | 3U << 24 | std::uint64_t{1} << 32;
    std::uint8_t* out = bytes + (first + i) / per_byte;
    for (; i + 8 <= n; i += per_byte) {
      std::uint64_t w;
      std::memcpy(&w, codes + i, 8);
      *out++ = static_cast<std::uint8_t>(w * powers >> 32);
    }
    for (; i + per_byte <= n; i += per_byte) {
      const std::uint8_t* c = codes + i;
      bytes[(first + i) / per_byte] = static_cast<std::uint8_t>(c[0] + 3 * c[1] + 9 * c[2] + 27 * c[3] + 81 * c[4]);
    }
    for (; i < n; ++i) one(i);
  }
  static void get(const std::uint8_t* bytes, std::int64_t first, std::uint8_t* codes, std::int64_t n) {
    std::int64_t i = 0;
    for (; i < n && (first + i) % per_byte != 0; ++i) codes[i] = get(bytes, first + i);
    static constexpr std::array<std::uint64_t, 256> digits = digits_of_bytes();
    const std::uint8_t* in = bytes + (first + i) / per_byte;
    for (; i + 8 <= n; i += per_byte) std::memcpy(codes + i, &digits[*in++], 8);  // the last three are overwritten
    for (; i + per_byte <= n; i += per_byte) {
      u32 b = bytes[(first + i) / per_byte];
      for (int k = 0; k < per_byte; ++k, b /= 3) codes[i + k] = static_cast<std::uint8_t>(b % 3);
    }
    for (; i < n; ++i) codes[i] = get(bytes, first + i);
  }
};

template <class S>
constexpr auto choose_storage() {
  static_assert(values_per_byte<S> == 0 || values_per_byte<S> == trit_codes::per_byte,
                "dyadic::Packed<S>: the only values_per_byte is 5, for the codes -1, 0 and 1. Leave it out: other codes are packed by their bits.");
  static_assert(1 <= S::bits && S::bits <= 32, "dyadic::Packed<S>: S::bits, the bits of a code, must be in [1, 32].");
  if constexpr (values_per_byte<S> != 0) return trit_codes{};
  else if constexpr (stored_bits<S> < 8) return bit_codes<S::bits>{};
  else return whole_codes<raw_code<S>>{};
}
/// How the codes of `S` lie in memory.
template <class S>
using code_storage = decltype(choose_storage<S>());

}  // namespace DYADIC_ISA
}  // namespace dyadic::detail

DYADIC_AS_WRITTEN_END
