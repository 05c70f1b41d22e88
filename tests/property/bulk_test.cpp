// SPDX-License-Identifier: BSL-1.0
/// @file bulk_test.cpp
/// The bulk kernels against the definitions, to the bit: every upper half of float32 with 64 lower halves, every tail and every
/// misalignment up to 63, in place and out of place; values, codes, scales, and codes back to values.
#include "support/bulk_schemes.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace bulk;

/// The first difference in bits; any NaN equals any other.
std::string difference(std::span<const float> x, std::span<const float> want, std::span<const float> got) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(want[i]) == std::bit_cast<std::uint32_t>(got[i]) || (std::isnan(want[i]) && std::isnan(got[i])))
      continue;
    char text[200];
    std::snprintf(text, sizeof text, "value %zu: %a (%08x) became %a, by definition %a", i, static_cast<double>(x[i]),
                  std::bit_cast<std::uint32_t>(x[i]), static_cast<double>(got[i]), static_cast<double>(want[i]));
    return text;
  }
  return "";
}
std::string difference(std::span<const float> x, const parts& want, const parts& got) {
  char text[200] = "";
  if (want.scales.size() != got.scales.size() || want.codes.size() != got.codes.size()) return "sizes differ";
  if (std::bit_cast<std::uint32_t>(want.tensor_scale) != std::bit_cast<std::uint32_t>(got.tensor_scale))
    return "the tensor's scales differ";
  for (std::size_t b = 0; b < want.scales.size(); ++b)
    if (want.scales[b] != got.scales[b]) {
      std::snprintf(text, sizeof text, "scale %zu is %llx, by definition %llx", b, static_cast<unsigned long long>(got.scales[b]),
                    static_cast<unsigned long long>(want.scales[b]));
      return text;
    }
  for (std::size_t i = 0; i < want.codes.size(); ++i)
    if (want.codes[i] != got.codes[i]) {
      std::snprintf(text, sizeof text, "value %zu: %a (%08x) has the code %x, by definition %x", i, static_cast<double>(x[i]),
                    std::bit_cast<std::uint32_t>(x[i]), got.codes[i], want.codes[i]);
      return text;
    }
  return "";
}

void expect_definition(const Subject& s, std::span<const float> x, const Extents& shape, const std::string& what) {
  std::vector<float> want(x.size()), got(x.size());
  s.definition(x, want, shape, 7);
  s.fast(x, got, shape, 7);
  EXPECT_EQ(difference(x, want, got), "") << s.name << ", " << what;
  std::copy(x.begin(), x.end(), got.begin());
  s.fast(got, got, shape, 7);
  EXPECT_EQ(difference(x, want, got), "") << s.name << ", " << what << ", in place";
  EXPECT_EQ(difference(x, s.defined(x, shape, 7), s.encoded(x, shape, 7)), "") << s.name << ", " << what << ", encoding";
  s.decoded_singly(x, want, shape, 7);
  s.decoded(x, got, shape, 7);
  EXPECT_EQ(difference(x, want, got), "") << s.name << ", " << what << ", decoding";
}

constexpr bool thin = oracle::thinning > 1;

TEST(Bulk, ElementsOfEveryUpperHalf) {
  const std::vector<float> x = all_patterns(64, false, thin ? 61 : 1);
  for (const Subject& s : subjects_of(element_schemes{})) expect_definition(s, x, {std::ssize(x)}, "all patterns");
}
TEST(Bulk, BlocksOfEveryUpperHalf) {
  for (const bool mixed : {false, true}) {
    const std::vector<float> x = all_patterns(mixed ? 16 : 64, mixed, thin ? 64 : 1);
    for (const Subject& s : subjects_of(block_schemes{})) expect_definition(s, x, {std::ssize(x) / 512, 512}, mixed ? "mixed" : "in order");
    for (const Subject& s : subjects_of(tile_schemes{})) expect_definition(s, x, {std::ssize(x) / 512, 512}, mixed ? "mixed" : "in order");
  }
}
/// Magnitudes of one size, as tensors have them: whole groups of blocks are finite, and no scale is at an end of its range.
TEST(Bulk, BlocksOfNeighbouringMagnitudes) {
  std::vector<float> x = all_patterns(thin ? 1 : 4, true);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto exponent = static_cast<std::uint32_t>(100 + i / 512 % 50) + (std::bit_cast<std::uint32_t>(x[i]) >> 23 & 3);
    x[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x[i]) & 0x807fffff) | exponent << 23);
    if (i % 97 == 0) x[i] = 0.0F;
  }
  for (const Subject& s : subjects_of(block_schemes{})) expect_definition(s, x, {std::ssize(x) / 512, 512}, "neighbours");
  for (const Subject& s : subjects_of(tile_schemes{})) expect_definition(s, x, {std::ssize(x) / 512, 512}, "neighbours");
}

/// Means of magnitudes are sums whose order counts where they round: values of all sizes, in one chunk and in many, so that some parts
/// are exact and some are not.
TEST(Bulk, SumsThatRound) {
  using means = list<ScaledBinary<PerTensor>, ScaledBinary<>, ScaledBinary<Shape<48>>, ScaledTernary<>, ScaledTernary<TernaryRule::mean75, PerRow>,
                     ScaledTernary<TernaryRule::max05>, ScaledBinary<Shape<3, 5>>>;
  std::uint32_t state = 1;
  const auto random = [&] { return state = state * 1664525U + 1013904223U; };
  for (const int span : {1, 12, 20, 24, 30, 44, 60, 120})
    for (const std::int64_t columns : {7, 31, 32, 512, 700, 4095, 4096, 4097, 9000}) {
      if (thin && (columns > 700 || span % 24 != 0)) continue;
      std::vector<float> x(static_cast<std::size_t>(3 * columns));
      for (float& v : x) {
        // most are large; few of the small ones make the difference
        const std::uint32_t exponent = 120 - (random() >> 28 == 0 ? random() >> 8 : random() >> 30) % static_cast<std::uint32_t>(span);
        v = std::bit_cast<float>((random() & 0x807fffffU) | exponent << 23);
      }
      for (const Subject& s : subjects_of(means{})) expect_definition(s, x, {3, columns}, "span " + std::to_string(span));
    }
}
/// Quotients that are halfway between two codes, as nearly as floats can be.
TEST(Bulk, AffineAtTheMiddleOfSteps) {
  using affine = list<Affine<8>, Affine<8, Shape<64>>, Affine<4>, Affine<1>, Affine<16>>;
  std::uint32_t state = 1;
  const auto random = [&] { return state = state * 1664525U + 1013904223U; };
  for (int round = 0; round < (thin ? 3 : 300); ++round) {
    std::vector<float> x(256);
    const float low = round % 3 == 0 ? 0.0F : -static_cast<float>(random() >> 8) * 0x1p-22F;
    const float high = round % 5 == 0 ? low + 255.0F : static_cast<float>(random() >> 8) * 0x1p-22F + 0x1p-10F;
    for (const float codes : {1.0F, 15.0F, 255.0F, 65535.0F}) {
      const float step = (high - low) / codes;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float code = std::floor(static_cast<float>(random() >> 8) * 0x1p-24F * codes) + low / step;
        const float middle = (std::floor(code) + 0.5F) * step;
        x[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(middle) + random() % 3 - 1);
        if (!(x[i] <= high && x[i] >= low)) x[i] = low;
      }
      x[63] = x[200] = high;
      x[62] = x[201] = low;
      for (const Subject& s : subjects_of(affine{})) expect_definition(s, x, {4, 64}, "round " + std::to_string(round));
    }
  }
}
/// Tiles at the edges of planes of every width.
TEST(Bulk, TilesOfRaggedPlanes) {
  std::vector<float> memory = all_patterns(1, true, 7);
  for (float& v : memory) v = std::bit_cast<float>((std::bit_cast<std::uint32_t>(v) & 0x83ffffffU) | 0x3c000000U);
  for (const std::int64_t lines : {1, 3, 4, 17, 33})
    for (std::int64_t columns = 1; columns < 80; columns += thin ? 13 : 1) {
      const std::span<const float> x(memory.data() + lines * columns % 64, static_cast<std::size_t>(lines * columns));
      for (const Subject& s : subjects_of(tile_schemes{})) expect_definition(s, x, {lines, columns}, std::to_string(columns) + " columns");
    }
}

/// Every tail with every misalignment, of input and output; all around the output stays as it was.
void expect_tails(const Subject& s, std::span<const float> values) {
  constexpr std::size_t room = 64;
  std::vector<float> memory(values.size() + 3 * room), out(values.size() + 3 * room), want(values.size());
  for (std::size_t offset = 0; offset < 64; offset += thin ? 21 : 1) {
    std::copy(values.begin(), values.end(), memory.begin() + static_cast<std::ptrdiff_t>(offset));
    for (std::size_t tail = 0; tail < 64; tail += thin ? 13 : 1) {
      const std::size_t n = values.size() - 63 + tail, to = (offset * 5 + tail) % 64;
      const Extents shape{static_cast<std::int64_t>(n)};
      const std::span<const float> x(memory.data() + offset, n);
      if (offset == 0 || tail == 0) std::fill(want.begin(), want.end(), 0.0F);
      const std::span<float> expected(want.data(), n);
      s.definition(x, expected, shape, 3);
      std::fill(out.begin(), out.end(), -77.0F);
      s.fast(x, std::span<float>(out.data() + to, n), shape, 3);
      const std::string found = difference(x, expected, std::span<const float>(out.data() + to, n));
      bool touched = false;
      for (std::size_t i = 0; i < out.size(); ++i) touched = touched || ((i < to || i >= to + n) && out[i] != -77.0F);
      std::copy(x.begin(), x.end(), out.begin() + static_cast<std::ptrdiff_t>(to));
      const std::span<float> same(out.data() + to, n);
      s.fast(same, same, shape, 3);
      const std::string in_place = difference(x, expected, same);
      std::fill(out.begin(), out.end(), -77.0F);
      s.decoded(x, std::span<float>(out.data() + to, n), shape, 3);
      std::vector<float> singly(n);
      s.decoded_singly(x, singly, shape, 3);
      const std::string back = difference(x, singly, std::span<const float>(out.data() + to, n));
      if (found.empty() && in_place.empty() && back.empty() && !touched) continue;
      ADD_FAILURE() << s.name << ", " << n << " values, misaligned by " << offset << " and " << to << ": " << found
                    << "; in place: " << in_place << "; decoded: " << back << (touched ? "; memory around was written" : "");
      return;
    }
  }
}
TEST(Bulk, EveryTailAndMisalignment) {
  std::vector<float> x = all_patterns(1, true, 331);
  x.resize(thin ? 100 : 150);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x[i]) & 0x83ffffff) | 0x3c000000);  // of similar magnitude
  for (const auto& family : {subjects_of(element_schemes{}), subjects_of(block_schemes{})})
    for (const Subject& s : family) expect_tails(s, x);
}

}  // namespace
