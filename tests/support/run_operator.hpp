// SPDX-License-Identifier: BSL-1.0
#pragma once
// Operators by themselves: random tensors, and runs in which whatever was not written shows.
#include <dyadic/layer/operator.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <vector>

namespace test {
using namespace dyadic;

struct tensor {
  Extents shape;
  std::vector<float> values;
  explicit tensor(const Extents& s, float fill = 0.0f) : shape(s), values(static_cast<std::size_t>(s.size()), fill) {}
  [[nodiscard]] ConstView view() const { return {values.data(), shape}; }
  [[nodiscard]] View view() { return {values.data(), shape}; }
  /// The value at these indices, as a double.
  [[nodiscard]] double at(std::initializer_list<std::int64_t> index) const {
    std::int64_t i = 0;
    int d = 0;
    for (const std::int64_t k : index) i = i * shape[d++] + k;
    return static_cast<double>(values[static_cast<std::size_t>(i)]);
  }
};

inline tensor random_tensor(std::mt19937& random, const Extents& shape, float mean = 0.0f, float deviation = 1.0f) {
  std::normal_distribution<float> normal(mean, deviation);
  tensor t(shape);
  for (float& v : t.values) v = normal(random);
  return t;
}
inline std::int64_t pick(std::mt19937& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}

/// Exactly as many floats as were asked for, aligned as kernels want them, all NaN.
class work_space {
 public:
  explicit work_space(std::int64_t count)
      : size_(static_cast<std::size_t>(count)), memory_(static_cast<float*>(::operator new (size_ * sizeof(float), std::align_val_t{64}))) {
    std::fill_n(memory_.get(), size_, std::numeric_limits<float>::quiet_NaN());
  }
  [[nodiscard]] std::span<float> span() const { return {memory_.get(), size_}; }

 private:
  struct release {
    void operator()(float* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::size_t size_;
  std::unique_ptr<float, release> memory_;
};

/// Runs an operator into a tensor of NaNs; the shapes must suit it.
inline tensor run(const operator_info& operation, const std::vector<tensor>& inputs, const std::vector<tensor>& parameters = {}) {
  std::vector<Extents> shapes;
  std::vector<ConstView> in, own;
  for (const tensor& t : inputs) shapes.push_back(t.shape), in.push_back(t.view());
  for (const tensor& t : parameters) own.push_back(t.view());
  EXPECT_TRUE(operation.takes(inputs.size()));
  EXPECT_EQ(parameters.size(), operation.parameters.size()) << operation.name();
  const inferred answer = operation.infer(shapes);
  EXPECT_TRUE(answer.ok()) << operation.name() << " wants " << answer.shape.text();
  tensor out(answer.shape, std::numeric_limits<float>::quiet_NaN());
  const work_space work(operation.scratch != nullptr ? operation.scratch(shapes) : 0);
  operation.run({in, own, out.view(), work.span()});
  return out;
}
template <class Operator>
tensor run(const std::vector<tensor>& inputs, const std::vector<tensor>& parameters = {}) {
  return run(operator_of<Operator>, inputs, parameters);
}
/// Random parameters for an operator; variances positive.
inline std::vector<tensor> random_parameters(std::mt19937& random, const operator_info& operation) {
  std::vector<tensor> all;
  for (const parameter& p : operation.parameters) {
    all.push_back(random_tensor(random, p.shape));
    if (p.name == "running_var")
      for (float& v : all.back().values) v = std::abs(v) + 0.1f;
  }
  return all;
}

/// got == want, to `tolerance` of the largest of the wanted finite values.
inline void expect_close(const tensor& got, const std::vector<double>& want, const std::string& what, double tolerance = 4e-6) {
  ASSERT_EQ(got.values.size(), want.size()) << what;
  double top = 1e-6;
  for (const double w : want)
    if (std::isfinite(w)) top = std::max(top, std::abs(w));
  for (std::size_t i = 0; i < want.size(); ++i)
    ASSERT_TRUE(static_cast<double>(got.values[i]) == want[i] || std::abs(static_cast<double>(got.values[i]) - want[i]) <= tolerance * top)
        << got.values[i] << " in place of " << want[i] << ": " << what << ", element " << i << " of " << got.shape.text();
}

}  // namespace test
