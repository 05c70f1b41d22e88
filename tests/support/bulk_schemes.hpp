// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file bulk_schemes.hpp
/// What bulk conversions are checked with: a list of schemes that takes every path through the kernels, and for each, behind pointers,
/// the kernels and the definitions that they stand for. A definition here is scalar, one value or one block after the other.
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/if4.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>
#include <dyadic/kernel/encode.hpp>

#include "support/codebooks.hpp"

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace bulk {

using namespace dyadic;

/// A user's formats: with a lane function, and with nothing but the two conversions.
struct OwnFast {
  using code_type = std::uint8_t;
  static constexpr int bits = 2;
  static constexpr std::string_view name() { return "OwnFast"; }
  static constexpr code_type encode(float x) { return x > 0.5F ? 2 : x > -0.5F ? 1 : 0; }
  static constexpr float decode(code_type c) { return static_cast<float>(c) - 1.0F; }
  template <class V>
  DYADIC_LANE static V quantize(V x) {
    return x > V{} + 0.5F ? V{} + 1.0F : x > V{} - 0.5F ? V{} : V{} - 1.0F;
  }
};
struct OwnPlain {
  using code_type = int;
  static constexpr int bits = 8;
  static constexpr const char* name() { return "OwnPlain"; }
  static constexpr int encode(float x) { return x >= 63.75F ? 255 : x > 0.0F ? static_cast<int>(x * 4.0F) : 0; }
  static constexpr float decode(int c) { return static_cast<float>(c) / 4.0F; }
};

template <class... S>
struct list {};
using element_schemes =
    list<Fixed<8, 4>, Fixed<4, 2>, Fixed<3, 1>, Fixed<16, 8>, Fixed<8, 4, false>, Fixed<24, 12>, Fixed<8, 126>, Fixed<8, -95>,
         SymmetricFixed<8, 6>, SignMagnitude<8, 6>, SignMagnitude<4, 2>, E4M3, E5M2, E3M2, E2M3, E2M1, Half, BFloat16,
         Minifloat<4, 3, 8, Specials::fnuz>, Minifloat<5, 0>, Minifloat<8, 0, 128>, Minifloat<8, 3, 127, Specials::ieee>,
         Minifloat<4, 3, 141>, Minifloat<8, 22, 127, Specials::ieee>, MinifloatDenorm<4, 3>, LogQ<8>, LogQ<5>, LogQ<8, 150>, Binary,
         Ternary, With<Fixed<8, 4>, Round::stochastic>, With<E4M3, Round::stochastic>, With<Fixed<8, 4>, Round::down, Overflow::wrap>,
         With<E5M2, Round::up, Overflow::special>, OwnFast, OwnPlain,  //
         Minifloat<4, 3, 8, Specials::extended>, Minifloat<2, 1, 2, Specials::extended>, Minifloat<3, 2, 4, Specials::extended>, UE4M3,
         UE5M3, E8M0, UnsignedMinifloat<2, 2>, UnsignedMinifloat<8, 8, 128, Specials::extended>, With<E4M3, stochastic_b<8>>,
         With<UE5M3, stochastic_c<6>>, With<Minifloat<4, 3, 8, Specials::extended>, Round::to_odd, Overflow::infinity>,
         With<UE4M3, Round::nearest_even, Overflow::infinity>, With<E8M0, Round::up>,  //
         Posit<8>, Posit<16>, Posit<5>, Takum<8>, Takum<16>, Takum<5>, With<Posit<8>, Round::stochastic>, With<Takum<16>, Round::down>,
         NF4, Codebook<codebooks::signs>, Codebook<codebooks::four>, Codebook<codebooks::eight>, Codebook<codebooks::thirty>,
         Codebook<codebooks::geometric>, With<NF4, Round::stochastic>>;
using block_schemes =
    list<BlockFP<8, 8>, BlockFP<4, 8, Shape<32>>, BlockFP<6, 5, Shape<48>>, BlockFP<8, 8, Shape<4>>, BlockMinifloat<4, 3, 8>,
         BlockMinifloat<2, 3, 5, Shape<8>>, BlockLog<5, 8>, BlockLog<4, 6, Shape<64>>, MXFP8<E4M3>, MXFP8<E5M2, ScaleRule::ceil>,
         MXFP6<E2M3, ScaleRule::nearest>, MXFP6<E3M2>, MXFP4, MX<E2M1, ScaleRule::mse>, MXINT8, MX<With<E4M3, Round::stochastic>>,
         Block<With<E4M3, Round::up>, Shape<16>, E8M0>, Block<OwnFast, Shape<16>, E8M0>, NVFP4, Scaled<Fixed<8, 7>>,
         Scaled<E4M3, Shape<32>>, Scaled<Fixed<4, 3>, Shape<32>>, Affine<8>, Affine<8, PerRow>, Affine<4, Shape<32>>, Affine<16, Shape<16>>,
         ScaledBinary<>, ScaledTernary<>,  //
         MX<Minifloat<4, 3, 8, Specials::extended>>, MX<UE4M3>, Scaled<UnsignedMinifloat<2, 2>, Shape<16>>, Scaled<UE5M3, Shape<32>>,
         MX<With<E4M3, stochastic_c<8>>>,  //
         Scaled<NF4, Shape<64>>, Scaled<IQ4NL, Shape<32>>, MX<NF4, ScaleRule::ceil>, MX<Posit<8>>, Scaled<Takum<8>, Shape<16>>>;
using tile_schemes =
    list<BlockFP<8, 8, Shape<4, 4>>, BlockFP<8, 8, Shape<16, 16>>, BlockMinifloat<4, 3, 8, Shape<2, 32>>, Block<E2M1, Shape<8, 8>, E8M0>>;

/// Integer codes with a step, signed and symmetric.
using step_schemes =
    list<SignedAffine<8>, SignedAffine<8, PerRow>, SignedAffine<4, Shape<32>>, SignedAffine<16, Shape<16>>,
         SignedAffine<1, Shape<3>>, SignedAffine<4, Along<32>, Half>, SymmetricAffine<8>,
         SymmetricAffine<8, PerRow>, SymmetricAffine<4, Shape<32>>, SymmetricAffine<16, Shape<16>>,
         SymmetricAffine<8, Shape<2, whole>>, SymmetricAffine<4, Along<16>, E4M3>>;

/// Blocks that choose between two scales, or two kinds of elements.
using choice_schemes = list<FourOverSix, IF4>;

/// A tensor's codes and scales, raw.
struct parts {
  std::vector<std::uint32_t> codes;
  std::vector<std::uint64_t> scales;
  float tensor_scale = 1.0F;
  friend bool operator==(const parts&, const parts&) = default;
};

template <class S>
parts defined_codes(std::span<const float> x, const Extents& shape, std::uint64_t seed) {
  parts p;
  const auto n = static_cast<std::int64_t>(x.size());
  p.codes.resize(x.size());
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  if constexpr (ElementScheme<S>) {
    for (std::int64_t i = 0; i < n; ++i)
      p.codes[at(i)] = detail::raw_from<S>(detail::encode_one<S>(x[at(i)], detail::random_for<S>(seed, i)));
  } else {
    const detail::block_grid grid = detail::grid_of<typename S::shape>(shape);
    p.tensor_scale = detail::tensor_scale<S>(x);
    for (std::int64_t b = 0; b < grid.count(); ++b) {
      const detail::block_values values(x.data(), grid, b);
      const scale_code code = S::fit_code(values, p.tensor_scale);
      typename S::parameters q = S::parameters_of(code, p.tensor_scale);
      if constexpr (!requires { typename S::element; })
        if (!values.max_magnitude().nan) q = S::fit(values, p.tensor_scale);
      p.scales.push_back(code);
      grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
        for (std::int64_t i = offset; i < offset + length; ++i)
          p.codes[at(i)] = detail::raw_from<S>(S::encode_element(x[at(i)], q, detail::random_for<S>(seed, i)));
      });
    }
  }
  return p;
}
template <class S>
parts packed_codes(const Packed<S>& p) {
  parts r;
  r.tensor_scale = p.tensor_scale();
  for (std::int64_t i = 0; i < p.size(); ++i) r.codes.push_back(detail::code_storage<S>::get(detail::octets_of(p.codes().data()), i));
  if constexpr (Packed<S>::has_scales)
    for (std::int64_t b = 0, blocks = storage_layout<S>(p.shape()).blocks; b < blocks; ++b) r.scales.push_back(p.scale(b));
  return r;
}

struct Subject {
  std::string name;
  void (*definition)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
  void (*fast)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
  parts (*defined)(std::span<const float>, const Extents&, std::uint64_t);
  parts (*encoded)(std::span<const float>, const Extents&, std::uint64_t);
  /// decode(encode(x)): all at once, and one value after the other.
  void (*decoded)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
  void (*decoded_singly)(std::span<const float>, std::span<float>, const Extents&, std::uint64_t);
};
template <class S>
Subject subject() {
  return {std::string(S::name()),
          &quantize_values<S>,
          &fake_quantize<S>,
          &defined_codes<S>,
          [](std::span<const float> x, const Extents& shape, std::uint64_t seed) {
            return packed_codes<S>(encode<S>(ConstView{x.data(), shape}, seed));
          },
          [](std::span<const float> x, std::span<float> y, const Extents& shape, std::uint64_t seed) {
            decode(encode<S>(ConstView{x.data(), shape}, seed), View{y.data(), shape});
          },
          [](std::span<const float> x, std::span<float> y, const Extents& shape, std::uint64_t seed) {
            const auto p = encode<S>(ConstView{x.data(), shape}, seed);
            for (std::int64_t i = 0; i < p.size(); ++i) y[static_cast<std::size_t>(i)] = p[i];
          }};
}
template <class... S>
std::vector<Subject> subjects_of(list<S...>) {
  return {subject<S>()...};
}

/// All 2^16 patterns of the upper half of float32, each with `lower` lower halves: 0, 1, the middle and its neighbours, the end, and
/// others spread between. Neighbours have the same upper half, unless `mixed`: then they come from everywhere, without NaN and
/// infinities, so that whole groups of blocks are finite.
inline std::vector<float> all_patterns(std::uint32_t lower, bool mixed, std::uint32_t every = 1) {
  std::vector<float> x;
  const std::uint32_t special[] = {0, 0x8000, 1, 0x7fff, 0x8001, 0xffff};
  for (std::uint32_t upper = 0; upper < 0x10000; upper += every)
    for (std::uint32_t k = 0; k < lower; ++k) {
      // an odd multiplier walks through all upper halves, in another order for every k
      const std::uint32_t u = mixed ? (upper * 40503U + k * 977U) & 0xffff : upper;
      const std::uint32_t low = k < 6 ? special[k] : (k * 0x9E37U + u * 13U) & 0xffff;
      std::uint32_t bits = u << 16 | low;
      if (mixed && (bits & 0x7f800000) == 0x7f800000) bits &= 0xbfffffff;
      x.push_back(std::bit_cast<float>(bits));
    }
  return x;
}

}  // namespace bulk
