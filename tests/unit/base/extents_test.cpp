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

TEST(Error, SaysWhoseItIs) {
  const error e("no such tensor.");
  EXPECT_STREQ(e.what(), "dyadic: no such tensor.");
}

}  // namespace
