// SPDX-License-Identifier: BSL-1.0
// Replays every recorded case of a scheme: the values are those of the reference, and not merely close. Only the scale of scaled
// binary and ternary values is a mean, whose last bits depend on the order of a sum: it may be 4 ulps off.
#include <dyadic/format/mase.hpp>

#include "parity/golden.hpp"
#include "parity/schemes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

namespace {

using golden::json;
using golden::Values;

constexpr int alpha_ulps = 4;

bool has_mean_scale(const json& parameters) { return parameters.value("scaled", false) || parameters.value("scaling_factor", false); }

/// Where only α may differ, it must still be one number a slice.
void expect_one_alpha(const Values& in, const std::vector<float>& out) {
  const std::size_t slices = static_cast<std::size_t>(in.shape[0]), length = out.size() / slices;
  for (std::size_t s = 0; s < slices; ++s) {
    float alpha = 0.0F;
    for (std::size_t i = s * length; i < (s + 1) * length; ++i) {
      if (out[i] == 0.0F || std::isnan(out[i])) continue;
      if (alpha == 0.0F) alpha = std::fabs(out[i]);
      EXPECT_EQ(std::fabs(out[i]), alpha) << "slice " << s;
    }
  }
}

void compare(const Values& in, const std::vector<float>& out, const Values& expected, int ulps) {
  ASSERT_EQ(out.size(), expected.data.size());
  golden::Differences differences;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!golden::close(out[i], expected.data[i], ulps)) differences.add(i, in.data[i % in.data.size()], out[i], expected.data[i]);
  EXPECT_TRUE(differences.none()) << differences.text();
}

template <int L>
void replay_residual(const json& parameters, const Values& in, const Values& expected) {
  std::array<float, static_cast<std::size_t>(L)> means{};
  const auto given = parameters.at("means").get<std::vector<double>>();
  ASSERT_EQ(given.size(), means.size());
  for (std::size_t i = 0; i < means.size(); ++i) means[i] = static_cast<float>(given[i]);
  dyadic::Extents stacked;
  if (L > 1) stacked.push_back(L);
  for (int i = 0; i < in.shape.rank(); ++i) stacked.push_back(in.shape[i]);
  EXPECT_EQ(stacked, expected.shape);
  std::vector<float> out(in.data.size() * means.size());
  dyadic::mase::binary_residual<L>::quantize(in.data, out, means);
  compare(in, out, expected, 0);
}

void replay(const json& parameters, const Values& in, const Values& expected) {
  if (parameters.at("scheme") == "binary_residual") {
    const int levels = parameters.at("levels");
    if (levels == 1) replay_residual<1>(parameters, in, expected);
    else if (levels == 2) replay_residual<2>(parameters, in, expected);
    else if (levels == 3) replay_residual<3>(parameters, in, expected);
    else FAIL() << "binary_residual with " << levels << " levels is not in the table.";
    return;
  }
  const golden::Scheme* scheme = golden::find_scheme(parameters);
  ASSERT_NE(scheme, nullptr) << "tests/parity/schemes.cpp has no type for these parameters.";
  EXPECT_EQ(in.shape, expected.shape);
  const bool mean_scale = has_mean_scale(parameters);
  std::vector<float> out(in.data.size()), in_place = in.data;
  scheme->quantize(in.data, out, in.shape);
  scheme->quantize(in_place, in_place, in.shape);
  compare(in, out, expected, mean_scale ? alpha_ulps : 0);
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_TRUE(golden::same(out[i], in_place[i])) << "value " << i << ": in place it differs";
  if (mean_scale) expect_one_alpha(in, out);
}

TEST(Parity, EverySchemeCase) {
  const auto own = golden::open(golden::own_folder(), "schemes");
  const auto file = golden::open(golden::folder(), "schemes");
  std::set<std::string> names = golden::cases(own);
  ASSERT_EQ(names.size(), 202U);
  names.merge(golden::cases(file));
  std::size_t passed = 0;
  const testing::TestResult& result = *testing::UnitTest::GetInstance()->current_test_info()->result();
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const int failures_before = result.total_part_count();
    if (!file.metadata().contains(name)) {
      ADD_FAILURE() << "the case is missing in " << file.name();
      continue;
    }
    try {
      replay(json::parse(file.metadata().at(name)), golden::read(file, name + "/in"), golden::read(file, name + "/out"));
    } catch (const std::exception& e) {  // from a file, a missing tensor: the other cases still run
      ADD_FAILURE() << e.what();
    }
    if (result.total_part_count() == failures_before) ++passed;
  }
  std::cout << "parity: " << passed << " of " << names.size() << " scheme cases" << std::endl;
}

}  // namespace
