// SPDX-License-Identifier: BSL-1.0
// Layers of tables and their fits on one thread and on several: the same bits. Built with OpenMP only.
#include <dyadic/lut/binary_residual_fit.hpp>
#include <dyadic/lut/logicnets_fit.hpp>
#include <dyadic/lut/lutnet_fit.hpp>
#include <dyadic/lut/threshold.hpp>

#include <dyadic/base/random.hpp>

#include <gtest/gtest.h>

#include <omp.h>

#include <vector>

namespace {
using namespace dyadic;

/// f() on one thread, and on four.
template <class F>
auto on_threads(int count, const F& f) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(count);
  auto result = f();
  omp_set_num_threads(before);
  return result;
}

std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i) {
    const double sum = static_cast<double>(random_bits(seed, static_cast<std::uint64_t>(2 * i))) +
                       static_cast<double>(random_bits(seed, static_cast<std::uint64_t>(2 * i + 1)));
    v.push_back(static_cast<float>(sum * 0x1p-31 - 2));
  }
  return v;
}

// Large enough for several parts.
struct setting {
  layer_shape shape{12, 36, {.kernel = {3, 3}, .padding = {1, 1}, .groups = 2}, true};
  Extents in{24, 12, 9, 9}, out{24, 36, 9, 9};
  std::vector<float> x = numbers(in.size(), 1), weight = numbers(36 * 54, 2), target = numbers(out.size(), 3);
  [[nodiscard]] layer_data data() const { return {{x.data(), in}, {target.data(), out}}; }
};

template <class Layer>
void runs_alike(const Layer& layer, const setting& s) {
  const auto run = [&] { return detail::run_alone(layer, {s.x.data(), s.in}, s.out); };
  EXPECT_EQ(on_threads(1, run), on_threads(4, run));
}

TEST(TablesOnThreads, BinaryResidual) {
  const setting s;
  const auto fit = [&] {
    return fit_binary_residual(s.shape, s.weight, s.data(), {.levels = 2, .density = 70});
  };
  const auto a = on_threads(1, fit), b = on_threads(4, fit);
  EXPECT_EQ(a.gain, b.gain);
  EXPECT_EQ(a.bias, b.bias);
  for (const table_form form : {table_form::fast, table_form::arithmetic})
    runs_alike(binary_residual_layer(a, "", form), s);
  runs_alike(threshold_layer<binary_residual_layer>(binary_residual_layer(a), {}, {2, 0, {1, 0.5F}}), s);
  binary_residual_parameters soft = a;
  soft.soft = true;
  runs_alike(binary_residual_layer(soft), s);
}
TEST(TablesOnThreads, LutNet) {
  const setting s;
  const auto fit = [&] {
    return fit_lutnet(s.shape, s.weight, s.data(),
                      {.inputs = 3, .levels = 2, .density = 40, .sweeps = 2, .seed = 7});
  };
  const auto a = on_threads(1, fit), b = on_threads(4, fit);
  EXPECT_EQ(a.layer.table, b.layer.table);
  EXPECT_EQ(a.layer.connection, b.layer.connection);
  EXPECT_EQ(a.layer.gain, b.layer.gain);
  for (const table_form form : {table_form::fast, table_form::scalar, table_form::arithmetic})
    runs_alike(lutnet_layer(a.layer, "", form), s);
}
TEST(TablesOnThreads, LogicNets) {
  const setting s;
  const auto fit = [&] {
    return fit_logicnets(s.shape, s.weight, s.data(), {}, s.data().targets,
                         {.fan_in = 4, .in = {3, 1}, .out = {3, 1}, .search_fraction = true});
  };
  const auto a = on_threads(1, fit), b = on_threads(4, fit);
  EXPECT_EQ(a.parameters().tap, b.parameters().tap);
  EXPECT_EQ(a.parameters().weight, b.parameters().weight);
  EXPECT_EQ(a.parameters().table, b.parameters().table);
  for (const table_form form : {table_form::fast, table_form::arithmetic}) runs_alike(a.in_form(form), s);
}

}  // namespace
