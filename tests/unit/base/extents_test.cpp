// SPDX-License-Identifier: BSL-1.0
#include <dyadic/base/diagnose.hpp>
#include <dyadic/base/extents.hpp>

#include <gtest/gtest.h>

namespace {
using namespace dyadic;

TEST(Extents, SpeaksAsMessagesDo) {
  EXPECT_EQ((Extents{dyn, 8, 8}.text()), "[dyn, 8, 8]");
  EXPECT_EQ((Extents{7}.text()), "[7]");
  EXPECT_EQ(Extents{}.text(), "[]");
}

TEST(Extents, TakesEightDimensions) {
  Extents e;
  for (int i = 0; i < Extents::max_rank; ++i) e.push_back(2);
  EXPECT_EQ(e.rank(), 8);
  EXPECT_EQ(e.size(), 256);
  EXPECT_EQ(e.text(), "[2, 2, 2, 2, 2, 2, 2, 2]");
}

TEST(Extents, CountOrRefuse) {
  constexpr std::int64_t root = std::int64_t{1} << 31;
  static_assert(Extents{root, root}.size() == std::int64_t{1} << 62 && Extents{root, root}.countable());
  static_assert(!Extents{root, root, 2}.countable() && Extents{root, root, 0}.size() == 0 &&
                !Extents{2 * root, 0, 2 * root}.countable());
  EXPECT_EQ((Extents{dyn, 3}.size()), -3) << "no size, but no error either";
  EXPECT_THROW(static_cast<void>(Extents{root, root, 2}.size()), error);
  EXPECT_THROW(static_cast<void>(Extents{2 * root, 2 * root, 0}.size()), error) << "strides would not fit";
  EXPECT_THROW(detail::require_known("f", Extents{root, root, 2}), error);
}

TEST(Error, SaysWhoseItIs) {
  const error e("no such tensor.");
  EXPECT_STREQ(e.what(), "dyadic: no such tensor.");
}

}  // namespace
