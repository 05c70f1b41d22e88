// SPDX-License-Identifier: BSL-1.0
// Names as text: distances against plain recursion over the three edits and the swap, and what follows from them.
#include <dyadic/base/names.hpp>

#include <gtest/gtest.h>

namespace {
using namespace dyadic;

/// By definition, without a table. A swapped pair is not edited again.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  std::size_t d = distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1);
  d = std::min(d, distance(a.substr(1), b) + 1);
  d = std::min(d, distance(a, b.substr(1)) + 1);
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) d = std::min(d, distance(a.substr(2), b.substr(2)) + 1);
  return d;
}

std::vector<std::string> words(std::size_t longest) {
  std::vector<std::string> all{""};
  for (std::size_t from = 0; from < all.size(); ++from)
    if (all[from].size() < longest)
      for (const char c : {'a', 'b', 'c'}) all.push_back(all[from] + c);
  return all;
}

TEST(Names, DistancesAreThoseOfTheDefinition) {
  const std::vector<std::string> all = words(4);
  for (const std::string& a : all)
    for (const std::string& b : all) {
      const std::size_t d = distance(a, b);
      ASSERT_EQ(detail::edit_distance(a, b, 9), d) << a << ' ' << b;
      for (std::size_t limit = 0; limit < 5; ++limit) {
        const std::size_t found = detail::edit_distance(a, b, limit);
        ASSERT_TRUE(d <= limit ? found == d : found > limit) << a << ' ' << b << ' ' << limit;
      }
    }
  EXPECT_EQ(detail::edit_distance("fc2.weigth", "fc2.weight", 9), 1U) << "neighbours that are swapped";
}

TEST(Names, TheNearestIsTheFirstOfTheFewestEdits) {
  const std::vector<std::string> names{"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"};
  EXPECT_EQ(detail::nearest_name("fc2.wight", names), "fc2.weight");
  EXPECT_EQ(detail::nearest_name("fc3.bias", names), "fc1.bias");
  EXPECT_EQ(detail::nearest_name("anything", names), detail::nearest_name("anything", names, 10));
  EXPECT_EQ(detail::nearest_name("fc3.bias", names, 0), "");
  EXPECT_EQ(detail::nearest_name("fc2.bias", names, 0), "fc2.bias");
  EXPECT_EQ(detail::nearest_name("x", {}), "");
  const std::vector<std::string> huge{std::string(1'000'000, 'x'), "y"};
  EXPECT_EQ(detail::nearest_name(std::string(1'000'000, 'x'), huge), huge[0]) << "and it takes no time";
}

}  // namespace
