// SPDX-License-Identifier: BSL-1.0
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/model/model.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <thread>

namespace {
using namespace dyadic;

struct mlp final : graph<node<"x", input<dyn, 4, 3>>, node<"flat", flatten, "x">, node<"fc1", linear<12, 20>, "flat">, node<"act1", relu, "fc1">,
                         node<"fc2", linear<20, 7, false>, "act1">> {};

template <int R>
Tensor<R> random_tensor(const Extents& shape, unsigned seed) {
  Tensor<R> t = make_tensor<R>(shape);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (Eigen::Index i = 0; i < t.size(); ++i) t.data()[i] = normal(generator);
  return t;
}

template <Graph G>
weights<G> random_weights(unsigned seed = 1) {
  weights<G> w;
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> v(static_cast<std::size_t>(p.shape.size()));
    for (float& x : v) x = normal(generator);
    w.set(p.full_name(), ConstView{v.data(), p.shape});
  }
  return w;
}

TEST(Model, AFloatMlpIsADoubleLoop) {
  const auto w = random_weights<mlp>();
  const Tensor<3> x = random_tensor<3>({9, 4, 3}, 2);
  const Tensor<2> y = bind(mlp{}, w)(x);
  ASSERT_EQ(extents(y), (Extents{9, 7}));
  const float *w1 = w.get<"fc1.weight">().data, *b1 = w.get<"fc1.bias">().data, *w2 = w.get<"fc2.weight">().data;
  for (int s = 0; s < 9; ++s) {
    double hidden[20];
    for (int n = 0; n < 20; ++n) {
      hidden[n] = static_cast<double>(b1[n]);
      for (int k = 0; k < 12; ++k) hidden[n] += static_cast<double>(w1[n * 12 + k]) * static_cast<double>(x.data()[s * 12 + k]);
      hidden[n] = std::max(hidden[n], 0.0);
    }
    for (int n = 0; n < 7; ++n) {
      double sum = 0;
      for (int k = 0; k < 20; ++k) sum += static_cast<double>(w2[n * 20 + k]) * hidden[k];
      EXPECT_NEAR(static_cast<double>(y(s, n)), sum, 1e-4);
    }
  }
}

TEST(Model, RunnersAndCallsAgreeForEveryBatch) {
  const auto model = bind(mlp{}, random_weights<mlp>());
  auto run = prepare(model, 70);
  const Tensor<3> x = random_tensor<3>({70, 4, 3}, 3);
  const Tensor<2> all = model(x);
  for (const int batch : {1, 70, 3, 64, 0, 65}) {
    const ConstView part{x.data(), {batch, 4, 3}};
    Tensor<2> y(batch, 7);
    run(part, y);
    const Tensor<2> called = model(part);
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      ASSERT_EQ(y.data()[i], all.data()[i]) << "a batch of " << batch;
      ASSERT_EQ(called.data()[i], all.data()[i]);
    }
  }
}

TEST(Model, CopiesShareAndRunInParallel) {
  auto original = std::make_unique<model<mlp, unquantized>>(bind(mlp{}, random_weights<mlp>()));
  const auto copy = *original;
  original.reset();
  const Tensor<3> x = random_tensor<3>({5, 4, 3}, 4);
  const Tensor<2> expected = copy(x);
  std::vector<Tensor<2>> results(4);
  std::vector<std::thread> threads;
  for (auto& r : results) threads.emplace_back([&copy, &x, &r] { r = copy(x); });
  for (auto& t : threads) t.join();
  for (const auto& r : results)
    for (Eigen::Index i = 0; i < r.size(); ++i) EXPECT_EQ(r.data()[i], expected.data()[i]);
}

struct several final : graph<node<"a", input<dyn, 6>>, node<"fa", linear<6, 6>, "a">, node<"b", input<6>>, node<"sum", add, "fa", "b">,
                             node<"twice", add, "sum", "sum">, node<"back", add, "twice", "a">> {};

TEST(Model, TakesSeveralInputsInTheOrderOfTheGraph) {
  const auto w = random_weights<several>();
  const auto model = bind(several{}, w);
  const Tensor<2> a = random_tensor<2>({3, 6}, 5);
  const Tensor<1> b = random_tensor<1>({6}, 6);
  const Tensor<2> y = model(a, b);
  Tensor<2> z(3, 6);
  prepare(model, 3)(a, b, z);
  const float *fw = w.get("fa.weight").data, *fb = w.get("fa.bias").data;
  for (int s = 0; s < 3; ++s) {
    for (int n = 0; n < 6; ++n) {
      double sum = static_cast<double>(fb[n]) + static_cast<double>(b(n));
      for (int k = 0; k < 6; ++k) sum += static_cast<double>(fw[n * 6 + k]) * static_cast<double>(a(s, k));
      EXPECT_NEAR(static_cast<double>(y(s, n)), 2 * sum + static_cast<double>(a(s, n)), 1e-4);
      EXPECT_EQ(y(s, n), z(s, n));
    }
  }
}

struct reshaped final : graph<node<"x", input<dyn, 2, 3>>, node<"flat", flatten, "x">> {};
struct ends_in_a_view final : graph<node<"x", input<dyn, 2, 3>>, node<"act", relu, "x">, node<"flat", flatten, "act">> {};

TEST(Model, AViewAtTheEndIsCopied) {
  const Tensor<3> x = random_tensor<3>({4, 2, 3}, 7);
  const Tensor<2> y = bind(reshaped{}, weights<reshaped>{})(x);
  const Tensor<2> z = bind(ends_in_a_view{}, weights<ends_in_a_view>{})(x);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    EXPECT_EQ(y.data()[i], x.data()[i]);
    EXPECT_EQ(z.data()[i], std::max(x.data()[i], 0.0F));
  }
}

TEST(Model, WrongShapesAreNamedWithBothShapes) {
  const auto model = bind(mlp{}, random_weights<mlp>());
  const Tensor<3> wrong = random_tensor<3>({2, 4, 4}, 8);
  EXPECT_EQ(message_of([&] { static_cast<void>(model(wrong)); }), "dyadic: input \"x\" has shape [2, 4, 4], but the graph wants [dyn, 4, 3].");
  const Tensor<2> wrong_rank = random_tensor<2>({4, 3}, 8);
  EXPECT_EQ(message_of([&] { static_cast<void>(model(view(wrong_rank))); }), "dyadic: input \"x\" has shape [4, 3], but the graph wants [dyn, 4, 3].");
  auto run = prepare(model, 2);
  const Tensor<3> right = random_tensor<3>({2, 4, 3}, 8), larger = random_tensor<3>({3, 4, 3}, 8);
  Tensor<2> out(2, 8), out_3(3, 7), fits(2, 7);
  EXPECT_EQ(message_of([&] { run(right, out); }), "dyadic: the output tensor has shape [2, 8], but the model computes [2, 7] from these inputs.");
  EXPECT_NE(message_of([&] { run(larger, out_3); }).find("prepare(model, max_batch) with a larger batch"), std::string::npos);
  EXPECT_NE(message_of([&] { static_cast<void>(prepare(model, -3)); }).find("prepare: max_batch is -3"), std::string::npos);
  // More than 64 bits can count, and nothing overflows on the way to saying so.
  EXPECT_NE(message_of([&] { static_cast<void>(prepare(model, std::int64_t{1} << 62)); }).find("beyond any memory"), std::string::npos);
  run(right, fits);  // and it still works afterwards
  const Tensor<2> expected = model(right);
  for (Eigen::Index i = 0; i < fits.size(); ++i) EXPECT_EQ(fits.data()[i], expected.data()[i]);
}

TEST(Model, RunsAfterAMoveFromIt) {
  auto model = bind(mlp{}, random_weights<mlp>());
  const Tensor<3> x = random_tensor<3>({2, 4, 3}, 8);
  const Tensor<2> expected = model(x);
  const auto taken = std::move(model);
  const Tensor<2> a = model(x), b = taken(x);  // NOLINT(bugprone-use-after-move): moving copies
  for (Eigen::Index i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(a.data()[i], expected.data()[i]);
    EXPECT_EQ(b.data()[i], expected.data()[i]);
  }
}

struct meets_at_run_time final : graph<node<"a", input<dyn, 6>>, node<"b", input<dyn, 6>>, node<"sum", add, "a", "b">> {};

TEST(Model, ExtentsThatOnlyMeetAtRunTimeAreCheckedThere) {
  const auto model = bind(meets_at_run_time{}, weights<meets_at_run_time>{});
  const Tensor<2> a = random_tensor<2>({3, 6}, 9), one = random_tensor<2>({1, 6}, 9), b = random_tensor<2>({2, 6}, 9);
  EXPECT_EQ(extents(model(a, one)), (Extents{3, 6}));
  EXPECT_EQ(message_of([&] { static_cast<void>(model(a, b)); }), "dyadic: node \"sum\" (add) gets an input of shape [2, 6], but wants [3, 6].");
}

TEST(Model, AnOutputOverAnInputIsRefused) {
  const auto model = bind(meets_at_run_time{}, weights<meets_at_run_time>{});
  auto run = prepare(model, 3);
  Tensor<2> a = random_tensor<2>({3, 6}, 9);
  const Tensor<2> b = a;
  EXPECT_NE(message_of([&] { run(a, b, a); }).find("shares memory with an input"), std::string::npos);
}

TEST(Weights, AreFoundByName) {
  weights<mlp> w;
  EXPECT_EQ(w.entries().size(), 3U);
  const Tensor<1> bias = random_tensor<1>({20}, 10);
  w.set("fc1.bias", bias);
  EXPECT_EQ(w.get("fc1.bias").data[19], bias(19));
  EXPECT_EQ(w.get<"fc1.bias">().shape, Extents{20});
  EXPECT_EQ(message_of([&] { static_cast<void>(w.get("fc2.bias")); }),
            "dyadic: the graph has no parameter \"fc2.bias\"; it has fc1.weight, fc1.bias, fc2.weight.");
  EXPECT_EQ(message_of([&] { w.set("fc2.weight", bias); }), "dyadic: parameter \"fc2.weight\" has shape [7, 20], but a tensor of shape [20] was given.");
  EXPECT_EQ(message_of([&] { static_cast<void>(bind(mlp{}, w)); }), "dyadic: parameter \"fc1.weight\" of shape [20, 12] has not been given a value.");
}

/// A source of tensors as `load` sees files.
struct source {
  std::map<std::string, std::vector<float>, std::less<>> tensors;
  [[nodiscard]] bool contains(std::string_view name) const { return tensors.find(name) != tensors.end(); }
  void read_into(std::string_view name, const Extents& expected, std::span<float> out) const {
    const auto it = tensors.find(name);
    if (it == tensors.end()) throw error("no tensor " + std::string(name));
    if (static_cast<std::int64_t>(it->second.size()) != expected.size()) throw error("tensor " + std::string(name) + " is not " + expected.text());
    std::copy(it->second.begin(), it->second.end(), out.begin());
  }
};

TEST(Weights, LoadFromASourceByPrefix) {
  source file;
  file.tensors["net/fc1.weight"] = std::vector<float>(240, 1.0F);
  file.tensors["net/fc1.bias"] = std::vector<float>(20, 2.0F);
  EXPECT_EQ(message_of([&] { static_cast<void>(load<mlp>(file, "net")); }), "dyadic: no tensor net/fc2.weight");
  file.tensors["net/fc2.weight"] = std::vector<float>(139, 3.0F);
  EXPECT_EQ(message_of([&] { static_cast<void>(load<mlp>(file, "net")); }), "dyadic: tensor net/fc2.weight is not [7, 20]");
  file.tensors["net/fc2.weight"].push_back(4.0F);
  const auto w = load<mlp>(file, "net");
  EXPECT_EQ(w.get("fc1.bias").data[3], 2.0F);
  EXPECT_EQ(w.get("fc2.weight").data[139], 4.0F);
  source bare;
  for (const auto& [name, values] : file.tensors) bare.tensors[name.substr(4)] = values;
  EXPECT_EQ(load<mlp>(bare).get("fc2.weight").data[139], 4.0F);
}

}  // namespace
