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
    const std::vector<float> x = all_patterns(mixed ? 16 : 64, mixed, thin ? 64 : mixed ? 1 : 4);
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
