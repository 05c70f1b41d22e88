// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file choice_checks.hpp
/// What the schemes whose blocks choose (FourOverSix, IF4) are held to: the oracle, in every form of
/// conversion, and laws.
#include <dyadic/format/if4.hpp>
#include <dyadic/kernel/encode.hpp>

#include "support/oracle_choice.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace choice {

using namespace dyadic;

inline constexpr float infinity = std::numeric_limits<float>::infinity(),
                       not_a_number = std::numeric_limits<float>::quiet_NaN();

using Blocks = std::vector<std::vector<float>>;
/// Blocks of 16 in rows of `length`, the last of a row shorter.
inline Blocks cut(const std::vector<float>& x, std::size_t length) {
  Blocks r;
  for (std::size_t row = 0; row < x.size(); row += length)
    for (std::size_t i = 0; i < length; i += 16)
      r.emplace_back(x.begin() + static_cast<std::ptrdiff_t>(row + i),
                     x.begin() + static_cast<std::ptrdiff_t>(row + std::min(i + 16, length)));
  return r;
}
/// Blocks of many sizes; of zeros, of one value, with specials if wanted.
inline std::vector<float> values(std::size_t n, unsigned seed, float spread, bool specials) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  float size = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 16 == 0) size = random() % 13 == 0 ? 0.0F : std::exp2(normal(random) * spread);
    x[i] = i / 16 % 5 == 4 ? std::round(normal(random) * 3) * size : normal(random) * size;
    if (!std::isfinite(x[i])) x[i] = std::numeric_limits<float>::max();
    if (random() % 64 == 0) x[i] = -0.0F;
    if (specials && random() % 150 == 0)
      x[i] = random() % 3 == 0 ? not_a_number : random() % 2 == 0 ? infinity : -infinity;
  }
  return x;
}
inline bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

template <class S>
oracle::choice_tensor expected(const Blocks& blocks, float t = 0) {
  if constexpr (std::same_as<S, IF4>) return oracle::if4(blocks, t);
  else return oracle::four_over_six(blocks, t);
}
template <class S>
void expect_definition(const std::vector<float>& x, std::int64_t length, int& signs, float t = 0) {
  const Extents shape{static_cast<std::int64_t>(x.size()) / length, length};
  const oracle::choice_tensor want = expected<S>(cut(x, static_cast<std::size_t>(length)), t);
  std::vector<float> all, y(x.size()), fast(x.size()), back(x.size());
  for (const auto& b : want.blocks) all.insert(all.end(), b.values.begin(), b.values.end());
  Packed<S> p;
  if (t == 0) {
    quantize_values<S>(x, y, shape);
    fake_quantize<S>(x, fast, shape);
    encode<S>(ConstView{x.data(), shape}, p);
  } else {
    const given<S> parameters{t};
    quantize_values<S>(x, y, shape, parameters);
    fake_quantize<S>(x, fast, shape, parameters);
    encode<S>(ConstView{x.data(), shape}, p, parameters);
  }
  decode(p, View{back.data(), shape});
  EXPECT_EQ(p.tensor_scale(), want.tensor_scale);
  for (std::size_t b = 0; b < want.blocks.size(); ++b) {
    ASSERT_EQ(p.scale(static_cast<std::int64_t>(b)), want.blocks[b].scale) << S::name() << " block " << b;
    signs += want.blocks[b].scale > 0x80 ? 1 : 0;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(same(y[i], all[i])) << S::name() << ' ' << i << ": " << x[i] << " became " << y[i] << ", not "
                                    << all[i];
    ASSERT_TRUE(same(fast[i], all[i]))
        << S::name() << ' ' << i << " in bulk: " << x[i] << " became " << fast[i] << ", not " << all[i];
    ASSERT_TRUE(same(back[i], all[i]))
        << S::name() << ' ' << i << " of codes: " << x[i] << " became " << back[i] << ", not " << all[i];
    ASSERT_TRUE(same(p[static_cast<std::int64_t>(i)], all[i])) << S::name() << ' ' << i;
  }
}
/// @returns how many stored scales have a sign
template <class S>
int expect_definitions() {
  int signs = 0;
  unsigned seed = 0;
  for (const std::int64_t length : {16, 100, 512, 7, 1})
    for (const float spread : {0.5F, 4.0F, 40.0F})
      for (const bool specials : {false, true})
        expect_definition<S>(
            values(static_cast<std::size_t>(length) * (length > 100 ? 20 : 60), ++seed, spread, specials),
            length, signs);
  for (const float t : {1e-3F, 1.0F, 1e-38F, 1e30F, 0x1p-149F})
    expect_definition<S>(values(1600, ++seed, 3.0F, true), 160, signs, t);
  return signs;
}
/// Under a scale of the tensor that stays, converting twice is converting once, where block scales are normal
/// numbers of E4M3: smaller ones are so coarse that the largest magnitude may become much less than 6 or 4 of
/// them.
template <class S>
void expect_idempotent() {
  for (const float t : {0.01F, 1.0F, 0.37F, 30.0F}) {
    const std::vector<float> x = values(8000, 5, 2.0F, false);
    std::vector<float> y(x.size()), again(x.size());
    const given<S> parameters{t};
    const Packed<S> p = encode<S>(ConstView{x.data(), {100, 80}}, parameters);
    fake_quantize<S>(x, y, Extents{100, 80}, parameters);
    fake_quantize<S>(y, again, Extents{100, 80}, parameters);
    int normal = 0, different = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if ((p.scale(p.block_of(static_cast<std::int64_t>(i))) & 127) < 8) continue;
      ++normal;
      different += y[i] == again[i] ? 0 : 1;
    }
    EXPECT_EQ(different, 0) << S::name() << ' ' << t;
    EXPECT_GT(normal, 1000) << S::name() << ' ' << t;
  }
}
/// A change of sign changes the signs, a power of two the values by it.
template <class S>
void expect_symmetric() {
  const std::vector<float> x = values(8000, 6, 2.0F, false);
  std::vector<float> y(x.size()), z(x.size()), other(x.size());
  fake_quantize<S>(x, y, Extents{100, 80});
  for (std::size_t i = 0; i < x.size(); ++i) other[i] = -x[i] * 0x1p20F;
  fake_quantize<S>(other, z, Extents{100, 80});
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(z[i], -y[i] * 0x1p20F) << S::name() << ' ' << i;
}
template <class S>
constexpr float of_a_constant_expression() {
  float x[16] = {1, 2, 3, 4, 5, 6, 7, 0.5F, infinity};
  quantize_values<S>(x, x, Extents{16});
  return x[8];
}

}  // namespace choice
