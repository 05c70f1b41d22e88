// SPDX-License-Identifier: BSL-1.0
// Trained networks on real data: the three of examples/03_digits compute what was recorded when they were trained, and keep their
// accuracy in 8 bits.
#include "../../../examples/03_digits/configurations.hpp"

#include <dyadic/io/safetensors.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {
using namespace digits;

// The shapes of the definition, before anything runs.
template <class G>
constexpr Extents shape_of(std::string_view node) {
  return metadata<G>::shapes[metadata<G>::find(node)];
}
static_assert(metadata<mlp>::output_shape == Extents{dyn, 10} && metadata<cnn>::output_shape == Extents{dyn, 10} &&
              metadata<vit>::output_shape == Extents{dyn, 10});
static_assert(shape_of<cnn>("conv1") == Extents{dyn, 16, 8, 8} && shape_of<cnn>("conv2") == Extents{dyn, 32, 4, 4} &&
              shape_of<cnn>("conv3") == Extents{dyn, 32, 2, 2});
static_assert(shape_of<vit>("patches") == Extents{dyn, 16, 4} && shape_of<vit>("block1.scores") == Extents{dyn, 16, 16} &&
              shape_of<vit>("mean") == Extents{dyn, 32});

const safetensors::File& file() {
  static const auto f = safetensors::open(DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  return f;
}

template <class G>
struct traits;
template <>
struct traits<mlp> {
  static constexpr const char* prefix = "mlp";
  static constexpr std::int64_t parameters = 6570;
  static constexpr double accuracy = 0.99;
};
template <>
struct traits<cnn> {
  static constexpr const char* prefix = "cnn";
  static constexpr std::int64_t parameters = 15578;
  static constexpr double accuracy = 0.99;
};
template <>
struct traits<vit> {
  static constexpr const char* prefix = "vit";
  static constexpr std::int64_t parameters = 26474;
  static constexpr double accuracy = 0.975;
};

template <class G>
struct TrainedNetwork : testing::Test {
  const weights<G> w = load<G>(file(), traits<G>::prefix, allow_unused("logits"));
  const Tensor<3> images = file().tensor<3>("test/images");
  const std::vector<std::int64_t> labels = file().values<std::int64_t>("test/labels");

  // Accuracies of many models; without optimisation on fewer images, for patience.
#ifdef __OPTIMIZE__
  static constexpr Eigen::Index some = 600;
#else
  static constexpr Eigen::Index some = 100;
#endif

  double accuracy(const Tensor<2>& logits) const {
    int right = 0;
    for (Eigen::Index i = 0; i < logits.dimension(0); ++i) {
      const float* const row = logits.data() + i * 10;
      right += std::max_element(row, row + 10) - row == labels[static_cast<std::size_t>(i)] ? 1 : 0;
    }
    return right / static_cast<double>(logits.dimension(0));
  }
  template <class Model>
  double accuracy_of(const Model& model) const {
    const ConstView first{images.data(), {some, 8, 8}};
    return accuracy(model(first));
  }
  template <class Config>
  double loss() const {
    return std::abs(accuracy_of(bind(G{}, w)) - accuracy_of(quantize<Config>(G{}, w)));
  }
};
using Networks = testing::Types<mlp, cnn, vit>;
TYPED_TEST_SUITE(TrainedNetwork, Networks);

TYPED_TEST(TrainedNetwork, HasTheRecordedLogitsAndAccuracy) {
  const auto model = bind(TypeParam{}, this->w);
  const Tensor<2> logits = model(this->images), recorded = file().template tensor<2>(std::string(traits<TypeParam>::prefix) + "/logits");
  ASSERT_EQ(logits.dimensions(), recorded.dimensions());
  for (Eigen::Index i = 0; i < logits.size(); ++i) ASSERT_NEAR(logits.data()[i], recorded.data()[i], 1e-4F) << "value " << i;
  EXPECT_NEAR(this->accuracy(logits), traits<TypeParam>::accuracy, 1e-9);
  EXPECT_EQ(summary(model).total().parameters, traits<TypeParam>::parameters);
  EXPECT_EQ(summary(model).total().bytes, 4 * traits<TypeParam>::parameters);
}

TYPED_TEST(TrainedNetwork, KeepsItsAccuracyInEightBits) {
  const double a_point = 0.01 + 1e-9;
  EXPECT_LE((this->template loss<products<BlockFP<8, 8>>>()), a_point);
  EXPECT_LE((this->template loss<products<BlockMinifloat<4, 3, 8>>>()), a_point);
  EXPECT_LE((this->template loss<products<MXFP8<E4M3>>>()), a_point);
  EXPECT_LE((this->template loss<products<MXINT8>>()), a_point);
}

// One configuration quantises what it names in each network, and nothing else.
TYPED_TEST(TrainedNetwork, QuantisesTheOperandsOfProductsOnly) {
  const auto report = summary(quantize<products<MXINT8, BlockFP<6, 8>>>(TypeParam{}, this->w));
  int products_seen = 0;
  for (const auto& r : report.rows()) {
    const bool is_product = r.kind == op::linear || r.kind == op::conv2d || r.kind == op::bmm;
    products_seen += is_product ? 1 : 0;
    EXPECT_EQ(r.quantized, is_product) << r.name;
    if (is_product) {
      EXPECT_EQ(r.data_in, MXINT8::name()) << r.name;
      EXPECT_EQ(r.weight, r.kind == op::bmm ? MXINT8::name() : (BlockFP<6, 8>::name())) << r.name;
    }
  }
  EXPECT_EQ(products_seen, (std::is_same_v<TypeParam, mlp> ? 3 : std::is_same_v<TypeParam, cnn> ? 4 : 18));
}

}  // namespace
