// SPDX-License-Identifier: BSL-1.0
#include <dyadic/format/number_stream.hpp>
#include <dyadic/kernel/num_traits.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <vector>

namespace {

using namespace dyadic;

/// Eigen's expressions are the same templates for every scalar: two formats go through all of them, the others through a few.
template <class T>
struct NumTraits : testing::Test {};
using Thorough = testing::Types<Fixed<8, 4>, E5M2>;
TYPED_TEST_SUITE(NumTraits, Thorough);
template <class T>
struct NumTraitsOfAll : testing::Test {};
using Numbers = testing::Types<Fixed<8, 4, false>, Fixed<32, 16>, SymmetricFixed<8, 6>, SignMagnitude<6, 3>, BFloat16, Minifloat<4, 3, 8, Specials::fnuz>, MinifloatDenorm<4, 3>, LogQ<5>, Binary, Ternary>;
TYPED_TEST_SUITE(NumTraitsOfAll, Numbers);

/// Some values of the format, zero and the ends among them.
template <class T>
Eigen::Matrix<T, 3, 4> some(float first) {
  Eigen::Matrix<T, 3, 4> m;
  for (int i = 0; i < m.size(); ++i) m.data()[i] = T(first + 0.375F * static_cast<float>(i * i % 11));
  m(0, 1) = T(1e9F);
  m(2, 3) = T(-1e9F);
  return m;
}

TYPED_TEST(NumTraits, CoefficientsAreTheNumbersOwnArithmetic) {
  using T = TypeParam;
  using Matrix = Eigen::Matrix<T, 3, 4>;
  const Matrix a = some<T>(-1.0F), b = some<T>(0.25F);
  const auto expect = [&](const Matrix& r, auto f) {
    for (int i = 0; i < a.size(); ++i) EXPECT_EQ(r.data()[i].to_bits(), f(a.data()[i], b.data()[i]).to_bits()) << i;
  };
  expect(a + b, [](T x, T y) { return x + y; });
  expect(a - b, [](T x, T y) { return x - y; });
  expect(-a, [](T x, T) { return -x; });
  expect(a.cwiseProduct(b), [](T x, T y) { return x * y; });
  expect(a.cwiseQuotient(b), [](T x, T y) { return x / y; });
  expect(a.array() * b.array() + a.array(), [](T x, T y) { return x * y + x; });
  expect(a * T(0.5F), [](T x, T) { return x * T(0.5F); });
  expect(T(0.5F) * a, [](T x, T) { return T(0.5F) * x; });
  expect(a / T(2.0F), [](T x, T) { return x / T(2.0F); });
  expect(a.array() + T(1.0F), [](T x, T) { return x + T(1.0F); });
  expect(a.cwiseMin(b), [](T x, T y) { return y < x ? y : x; });
  expect(a.cwiseMax(b), [](T x, T y) { return x < y ? y : x; });
  expect(a.cwiseAbs(), [](T x, T) { return dyadic::abs(x); });
  Matrix c = a;
  c += b;
  c *= T(0.5F);
  expect(c, [](T x, T y) { return (x + y) * T(0.5F); });
}

TYPED_TEST(NumTraits, CastsRoundOnceAndGoBack) {
  using T = TypeParam;
  const Eigen::Array<float, 1, 6> x{-100.0F, -0.3F, 0.0F, 0.3F, 1.7F, 1e6F};
  const Eigen::Array<T, 1, 6> q = x.template cast<T>();
  const Eigen::ArrayXf back = q.template cast<float>();
  const Eigen::ArrayXd wide = q.template cast<double>();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(q(i).to_bits(), T(x(i)).to_bits());
    EXPECT_EQ(back(i), static_cast<float>(T(x(i))));
    EXPECT_EQ(wide(i), static_cast<double>(T(x(i))));
  }
}

TYPED_TEST(NumTraits, ComparesSelectsFindsAndPrints) {
  using T = TypeParam;
  const Eigen::Array<T, 3, 4> a = some<T>(-1.0F).array(), b = some<T>(0.25F).array();
  EXPECT_TRUE((a == a).all());
  EXPECT_EQ((a < b).count() + (a == b).count() + (a > b).count(), a.size());
  const Eigen::Array<T, 3, 4> least = (a < b).select(a, b);
  EXPECT_TRUE((least == a.min(b)).all());
  EXPECT_TRUE(a.matrix() == a.matrix());
  EXPECT_EQ(a.maxCoeff(), T(1e9F));
  EXPECT_EQ(a.minCoeff(), T(-1e9F));
  Eigen::Index row = 0, column = 0;
  static_cast<void>(a.minCoeff(&row, &column));
  EXPECT_EQ(a(row, column), T(-1e9F));
  std::ostringstream text, numbers;
  text << Eigen::Matrix<T, 1, 2>(T(1.0F), T(1.0F));
  numbers << T(1.0F) << ' ' << T(1.0F);
  EXPECT_EQ(text.str(), numbers.str());
}

TYPED_TEST(NumTraits, StoresResizesAndInitialises) {
  using T = TypeParam;
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> m(2, 3);
  EXPECT_TRUE((m.array() == T()).all());
  m.setConstant(T(1.0F));
  EXPECT_TRUE((m.transpose().array() == T(1.0F)).all());
  m.row(1).setZero();
  m.col(2).swap(m.col(0));
  m.conservativeResize(3, 3);
  m.block(1, 1, 2, 2) = m.block(0, 0, 2, 2).eval();
  std::vector<T> values(6, T(1.0F));
  const Eigen::Map<Eigen::Matrix<T, 2, 3, Eigen::RowMajor>> map(values.data());
  EXPECT_TRUE((map.array() == T(1.0F)).all());
  EXPECT_EQ(sizeof(Eigen::Matrix<T, 4, 4>), 16 * sizeof(typename T::code_type));
}

TYPED_TEST(NumTraitsOfAll, AreScalars) {
  using T = TypeParam;
  const Eigen::Array<T, 3, 4> a = some<T>(-1.0F).array(), b = some<T>(0.25F).array();
  const Eigen::Array<T, 3, 4> r = a * b + a;
  const Eigen::ArrayXXf back = r.template cast<float>();
  for (int i = 0; i < a.size(); ++i) {
    EXPECT_EQ(r.data()[i].to_bits(), (a.data()[i] * b.data()[i] + a.data()[i]).to_bits());
    EXPECT_EQ(back.data()[i], static_cast<float>(r.data()[i]));
  }
  EXPECT_EQ(sizeof a, 12 * sizeof(typename T::code_type));
  EXPECT_EQ((Eigen::Array<T, 2, 2>()(1, 1).to_bits()), T().to_bits()) << "initialised";
  EXPECT_EQ(Eigen::NumTraits<T>::highest(), std::numeric_limits<T>::max());
  EXPECT_EQ(Eigen::NumTraits<T>::lowest(), std::numeric_limits<T>::lowest());
  EXPECT_EQ(static_cast<bool>(Eigen::NumTraits<T>::IsSigned), T(-1.0F) < T(0.0F));
}

TEST(NumTraitsAbs, MagnitudesSaturateAndKeepNaN) {
  static_assert(abs(Fixed<8, 4>(-1.5F)) == Fixed<8, 4>(1.5F));
  static_assert(abs(Fixed<8, 4>(-8.0F)) == Fixed<8, 4>(7.9375F), "the most negative value has no opposite");
  static_assert(abs(E2M1(-0.0F)).to_bits() == 0, "-0 becomes 0");
  EXPECT_TRUE(std::isnan(static_cast<float>(abs(E4M3(std::nanf(""))))));
  EXPECT_EQ(static_cast<float>(abs(E5M2::from_bits(0xFC))), std::numeric_limits<float>::infinity());
}

}  // namespace
