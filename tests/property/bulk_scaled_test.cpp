// SPDX-License-Identifier: BSL-1.0
/// @file bulk_scaled_test.cpp
/// The bulk kernels against the definitions, as in bulk_test.cpp: integer codes with steps, signed and
/// symmetric, and blocks that choose.
#include "support/bulk_schemes.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace bulk;

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}
void expect_same(std::span<const float> want, std::span<const float> got, const std::string& what) {
  for (std::size_t i = 0; i < want.size(); ++i)
    ASSERT_TRUE(same(want[i], got[i]))
        << what << ", value " << i << ": " << got[i] << ", by definition " << want[i];
}
void expect_definition(const Subject& s, std::span<const float> x, const Extents& shape) {
  std::vector<float> want(x.size()), got(x.size());
  const std::string where = s.name + ' ' + shape.text();
  s.definition(x, want, shape, 7);
  s.fast(x, got, shape, 7);
  expect_same(want, got, where);
  std::copy(x.begin(), x.end(), got.begin());
  s.fast(got, got, shape, 7);
  expect_same(want, got, where + " in place");
  EXPECT_TRUE(s.defined(x, shape, 7) == s.encoded(x, shape, 7)) << where;
  s.decoded_singly(x, want, shape, 7);
  s.decoded(x, got, shape, 7);
  expect_same(want, got, where + " decoded");
}

std::vector<Subject> subjects() {
  std::vector<Subject> all = subjects_of(step_schemes{});
  const std::vector<Subject> more = subjects_of(choice_schemes{});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(BulkScaled, IsTheDefinitionForEveryUpperHalf) {
  for (const bool mixed : {false, true}) {
    const std::vector<float> x = all_patterns(mixed ? 16 : 64, mixed, oracle::thinning > 1 ? 64 : 1);
    for (const Subject& s : subjects_of(step_schemes{})) expect_definition(s, x, {std::ssize(x) / 512, 512});
    const auto few = static_cast<std::size_t>(std::ssize(x) / 512 / 8 * 512);  // of those that take long
    for (const Subject& s : subjects_of(choice_schemes{}))
      expect_definition(s, {x.data(), few}, {static_cast<std::int64_t>(few) / 512, 512});
  }
}
TEST(BulkScaled, IsTheDefinitionForNeighbouringMagnitudesInRaggedShapes) {
  std::vector<float> x = all_patterns(1, true, oracle::thinning > 1 ? 8 : 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto exponent =
        static_cast<std::uint32_t>(100 + i / 512 % 50) + (std::bit_cast<std::uint32_t>(x[i]) >> 23 & 3);
    x[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x[i]) & 0x807fffff) | exponent << 23);
    if (i % 97 == 0) x[i] = 0.0F;
  }
  for (const Extents& shape : {Extents{std::ssize(x) / 512, 512}, Extents{61, 67}, Extents{4, 3, 5, 37},
                               Extents{1, 1}, Extents{0, 5}, Extents{211}})
    for (const Subject& s : subjects())
      expect_definition(s, {x.data(), static_cast<std::size_t>(shape.size())}, shape);
}

}  // namespace
