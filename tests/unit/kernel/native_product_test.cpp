// SPDX-License-Identifier: BSL-1.0
#include <dyadic/kernel/native_product.hpp>

#include <gtest/gtest.h>

namespace {

using namespace dyadic;

static_assert(native_product<Fixed<8, 4>, Fixed<8, 6>>::available && native_product<Fixed<8, 4>, Fixed<8, 6>>::exact);
static_assert(!native_product<none, Fixed<8, 6>>::available && !native_product<Fixed<8, 4>, E4M3, Tier::integer>::available);

TEST(NativeProduct, OfOneSampleAndOneOutput) {
  native_product<Fixed<8, 4>, Fixed<8, 6>> product;
  const float w[] = {0.5F, -0.25F, 1.0F}, x[] = {1.0F, 2.0F, -3.0F}, bias = 0.125F;
  product.pack(w, 1, 3, 3);
  alignas(64) std::byte scratch[4096];
  ASSERT_LE(product.scratch_bytes(1), 4096);
  float y = 0;
  product(x, 3, 1, &bias, &y, 1, scratch);
  EXPECT_EQ(y, 0.5F - 0.5F - 3.0F + 0.125F);
}

}  // namespace
