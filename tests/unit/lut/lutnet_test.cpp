// SPDX-License-Identifier: BSL-1.0
// Layers of tables: evaluators against each other and the formula, the start from pruned signs, the fit.
#include <dyadic/lut/lutnet_fit.hpp>

#include <dyadic/lut/binary_residual_fit.hpp>

#include "support.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <set>

namespace {
using namespace dyadic_test;

TEST(Tables, TheMultilinearFormIsTheTableForEveryCode) {
  draw d(1);
  for (int inputs = 1; inputs <= 6; ++inputs)
    for (int trial = 0; trial < 200; ++trial) {
      const std::uint64_t table = random_table(d, inputs);
      for (unsigned code = 0; code < (1U << inputs); ++code) {
        int signs[6] = {};
        for (int k = 0; k < inputs; ++k) signs[k] = (code >> (inputs - 1 - k) & 1U) != 0 ? 1 : -1;  // input 0 is the most significant
        ASSERT_EQ(detail::multilinear(table, inputs, signs), (table >> code & 1U) != 0 ? 1 : -1);
      }
    }
}

template <int K>
void slices_agree(std::uint64_t table) {
  std::uint64_t masks[std::size_t{1} << K];
  detail::expand_table(table, K, masks);
  // Sample n has code n mod 2^K.
  detail::word_vector inputs[static_cast<std::size_t>(K)];
  for (int k = 0; k < K; ++k)
    for (int lane = 0; lane < detail::word_lanes; ++lane) {
      std::uint64_t bits = 0;
      for (unsigned i = 0; i < 64; ++i) bits |= std::uint64_t{(i >> (K - 1 - k)) & 1U} << i;
      inputs[k][lane] = bits;
    }
  const detail::word_vector answer = detail::table_of_words<K>(masks, inputs);
  for (int lane = 0; lane < detail::word_lanes; ++lane)
    for (unsigned i = 0; i < 64; ++i)
      ASSERT_EQ(answer[lane] >> i & 1U, detail::table_bit(table, i % (1U << K))) << "K " << K << ", table " << table;
}
TEST(Tables, SlicesAgreeWithSingleEntries) {
  for (std::uint64_t table = 0; table < 65536; ++table) slices_agree<4>(table);
  for (std::uint64_t table = 0; table < 256; ++table) slices_agree<3>(table);
  for (std::uint64_t table = 0; table < 16; ++table) slices_agree<2>(table);
  for (std::uint64_t table = 0; table < 4; ++table) slices_agree<1>(table);
  draw d(7);
  for (int trial = 0; trial < 2000; ++trial) {
    slices_agree<5>(random_table(d, 5));
    slices_agree<6>(random_table(d, 6));
  }
}

TEST(Tables, CountersCount) {
  draw d(9);
  for (const int summands : {0, 1, 7, 8, 9, 15, 16, 17, 100, 1000, 4099}) {
    detail::bit_counters counters;
    std::vector<int> expected(64 * detail::word_lanes, 0);
    for (int s = 0; s < summands; ++s) {
      detail::word_vector x{};
      for (int lane = 0; lane < detail::word_lanes; ++lane) {
        x[lane] = std::uint64_t{d.bits()} << 32 | d.bits();
        if (s % 3 == 0) x[lane] = ~std::uint64_t{0};
        for (int i = 0; i < 64; ++i) expected[static_cast<std::size_t>(64 * lane + i)] += static_cast<int>(x[lane] >> i & 1U);
      }
      counters.add(x);
    }
    counters.finish();
    for (int lane = 0; lane < detail::word_lanes; ++lane)
      for (int i = 0; i < 64; ++i) {
        int count = 0;
        for (int digit = 0; digit < counters.digits(); ++digit) count += static_cast<int>(counters.data()[digit][lane] >> i & 1U) << digit;
        ASSERT_EQ(count, expected[static_cast<std::size_t>(64 * lane + i)]) << summands << " summands";
      }
  }
}

// The formula with taps found by plain index arithmetic.
std::vector<float> by_the_formula(const layer_case& c, const lutnet_parameters& p, const std::vector<float>& x) {
  std::vector<float> y(static_cast<std::size_t>(output_shape(c).size()));
  for_each_result(c, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
    const auto k = static_cast<std::size_t>(o);
    double u = 0;
    for (int l = 0; l < p.levels.count; ++l) {
      std::int64_t a = 0;
      for (std::int64_t t = p.first[k]; t < p.first[k + 1]; ++t) {
        const std::int32_t* const connection = p.connection.data() + t * p.inputs;
        if (!taps[static_cast<std::size_t>(connection[0])].has_value()) continue;
        std::size_t j = 0;
        for (int e = 0; e < p.inputs; ++e)
          j += std::size_t{(static_cast<unsigned>(p.levels.encode(taps[static_cast<std::size_t>(connection[e])].value_or(0))) >> l) & 1U}
               << (p.inputs - 1 - e);
        a += (p.table[static_cast<std::size_t>(t * p.levels.count + l)] >> j & 1U) != 0 ? 1 : -1;
      }
      u += static_cast<double>(p.levels.scale[static_cast<std::size_t>(l)]) * static_cast<double>(a);
    }
    y[static_cast<std::size_t>(at)] =
        static_cast<float>(static_cast<double>(p.bias[k]) + static_cast<double>(p.gain[k]) * static_cast<double>(static_cast<float>(u)));
  });
  return y;
}

TEST(LutNet, AllEvaluatorsGiveTheBitsOfTheFormula) {
  for (const layer_case& c : layer_cases())
    for (int inputs = 1; inputs <= 6; ++inputs)
      for (const int density : {100, 40}) {
        const int levels = 1 + (inputs + density) % 4;
        const auto p = random_tables(c.shape, inputs, levels, density, static_cast<std::uint64_t>(inputs + density));
        std::vector<float> x = draw(77).normals(c.input.size());
        for (std::size_t i = 0; i < x.size(); i += 5) x[i] = i % 2 == 0 ? 0.0F : -0.0F;
        const std::vector<float> expected = by_the_formula(c, p, x);
        for (const table_form form : {table_form::fast, table_form::scalar, table_form::arithmetic}) {
          const auto y = detail::run_alone(lutnet_layer(p, "LutNet", form), {x.data(), c.input}, output_shape(c));
          for (std::size_t i = 0; i < y.size(); ++i)
            ASSERT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(expected[i]))
                << "input " << c.input.text() << ", K " << inputs << ", " << levels << " levels, " << to_string(form) << ", result " << i;
        }
      }
}
// Batches around the sizes of words, vectors and chunks.
TEST(LutNet, AnyBatchGivesTheSameBits) {
  const auto p = random_tables(linear_shape(12, 3), 4, 2, 100, 3);
  const std::vector<float> x = draw(5).normals(9000 * 12);
  const auto all = by_the_formula({p.shape, {9000, 12}}, p, x);
  for (const std::int64_t batch : {1, 7, 8, 9, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 9000}) {
    const auto y = detail::run_alone(lutnet_layer(p), {x.data(), {batch, 12}}, {batch, 3});
    ASSERT_TRUE(std::equal(y.begin(), y.end(), all.begin())) << "batch " << batch;
  }
}

TEST(LutNet, CountsTablesAndBits) {
  for (int inputs = 1; inputs <= 6; ++inputs)
    for (int levels = 1; levels <= 4; ++levels) {
      const auto p = random_tables(conv_shape(6, 4, {.kernel = {3, 3}, .groups = 2}), inputs, levels, 50, 9);
      const auto kept = static_cast<std::int64_t>(p.connection.size()) / inputs;
      const auto r = lutnet_layer(p).report();
      EXPECT_EQ(r.tables, levels * kept);
      EXPECT_EQ(r.table_bits, levels * kept * (std::int64_t{1} << inputs));
      EXPECT_EQ(r.luts, r.tables);
    }
}

// --- The start ---------------------------------------------------------------------------------------------------------------

TEST(LutNetFit, WithTwoInputsItStartsAsThePrunedBinaryLayer) {
  for (const layer_case& c : layer_cases()) {
    if (c.shape.depth() < 4) continue;
    draw d(13);
    const std::vector<float> w = d.normals(c.shape.out * c.shape.depth()), x = d.normals(c.input.size());
    const std::vector<float> target = d.normals(output_shape(c).size());
    const layer_data data{{x.data(), c.input}, {target.data(), output_shape(c)}};
    const auto fit = fit_lutnet(c.shape, w, data, {.inputs = 2, .levels = 2, .density = 40, .sweeps = 0, .seed = 5});
    binary_residual_parameters pruned;
    pruned.shape = c.shape;
    pruned.levels = fit.layer.levels;
    pruned.weight = w;
    pruned.mask = detail::keep_largest(c.shape, w, 40);
    pruned.gain = fit.layer.gain;
    pruned.bias = fit.layer.bias;
    const auto a = detail::run_alone(lutnet_layer(fit.layer), data.inputs, data.targets.shape);
    const auto b = detail::run_alone(binary_residual_layer(pruned), data.inputs, data.targets.shape);
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(a[i]), std::bit_cast<std::uint32_t>(b[i])) << c.input.text();
  }
}

// Each entry: the sign of the primary weight under its sign, plus the weights of those other inputs whose own connections were pruned.
TEST(LutNetFit, TablesStartAsTheSignsOfWhatTheyReconnect) {
  for (const layer_case& c : layer_cases())
    for (int inputs = 1; inputs <= 6; ++inputs) {
      draw d(15);
      const std::int64_t depth = c.shape.depth();
      const std::vector<float> w = d.normals(c.shape.out * depth);
      const std::vector<std::uint8_t> mask = detail::keep_largest(c.shape, w, 50);
      lutnet_parameters p;
      p.shape = c.shape;
      p.inputs = inputs;
      p.levels.count = 2;
      detail::start_tables(p, w, mask, 5);
      int reconnected = 0;
      std::size_t t = 0;
      for (std::int64_t o = 0; o < c.shape.out; ++o)
        for (std::int64_t i = 0; i < depth; ++i) {
          if (mask[static_cast<std::size_t>(o * depth + i)] == 0) continue;
          const std::int32_t* const connection = p.connection.data() + t * static_cast<std::size_t>(inputs);
          ASSERT_EQ(connection[0], i);
          for (unsigned j = 0; j < (1U << inputs); ++j) {
            double sum = static_cast<double>(w[static_cast<std::size_t>(o * depth + i)]) * ((j >> (inputs - 1) & 1U) != 0 ? 1 : -1);
            for (int e = 1; e < inputs; ++e) {
              const auto other = static_cast<std::size_t>(o * depth + connection[e]);
              if (mask[other] == 0) sum += static_cast<double>(w[other]) * ((j >> (inputs - 1 - e) & 1U) != 0 ? 1 : -1);
            }
            const unsigned primary = j >> (inputs - 1) & 1U;
            for (std::size_t l = 0; l < 2; ++l) {
              const auto entry = static_cast<unsigned>(p.table[2 * t + l] >> j & 1U);
              ASSERT_EQ(entry, sum >= 0 ? 1U : 0U) << "K " << inputs << ", table " << t << ", entry " << j;
              reconnected += entry != (w[static_cast<std::size_t>(o * depth + i)] >= 0 ? primary : 1 - primary) ? 1 : 0;
            }
          }
          ++t;
        }
      EXPECT_EQ(static_cast<std::int64_t>(t), p.tables());
      if (inputs > 2 && depth > 20) {
        EXPECT_GT(reconnected, 0) << "some entries are not those of the primary input alone";
      }
    }
}

TEST(LutNetFit, ConnectionsAreDrawnWithoutReplacementAndReproducibly) {
  for (const std::int64_t depth : {2, 3, 9, 200})
    for (int inputs = 1; inputs <= 6; ++inputs) {
      std::set<std::vector<std::int32_t>> all;
      for (std::uint64_t table = 0; table < 100; ++table) {
        std::vector<std::int32_t> a(8, 0), b(8, 0);
        const auto primary = static_cast<std::int32_t>(table % static_cast<std::uint64_t>(depth));
        detail::draw_connections(depth, inputs, primary, 3, table, a.data());
        detail::draw_connections(depth, inputs, primary, 3, table, b.data());
        ASSERT_EQ(a, b);
        all.insert(a);
        EXPECT_EQ(a[0], primary);
        std::multiset<std::int32_t> taps(a.begin(), a.begin() + inputs);
        for (const std::int32_t t : taps) {
          ASSERT_TRUE(t >= 0 && t < depth);
          ASSERT_EQ(taps.count(t), t == primary ? static_cast<std::size_t>(1 + std::max<std::int64_t>(0, inputs - depth)) : 1U);
        }
      }
      if (depth == 200 && inputs > 2) {
        EXPECT_GT(all.size(), 95U);
      }
    }
}

// --- The fit -----------------------------------------------------------------------------------------------------------------

// Inputs that a few hidden causes have in common, and a float layer on them.
struct synthetic {
  std::vector<float> x, weight, target;
  layer_shape shape;
  Extents in, out;
  [[nodiscard]] layer_data data() const { return {{x.data(), in}, {target.data(), out}}; }
};
synthetic correlated(std::int64_t rows, std::int64_t causes, std::uint64_t seed) {
  constexpr std::int64_t depth = 32, outputs = 8;
  draw d(seed);
  synthetic s{{}, d.normals(outputs * depth), {}, linear_shape(depth, outputs), {rows, depth}, {rows, outputs}};
  const std::vector<float> mixing = d.normals(depth * std::max<std::int64_t>(causes, 1));
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::vector<float> hidden = d.normals(causes);
    for (std::int64_t i = 0; i < depth; ++i) {
      double v = causes == 0 ? d.normal() : 0.5 * d.normal();
      for (std::int64_t k = 0; k < causes; ++k)
        v += static_cast<double>(mixing[static_cast<std::size_t>(i * causes + k)] * hidden[static_cast<std::size_t>(k)]);
      s.x.push_back(static_cast<float>(v));
    }
    for (std::int64_t o = 0; o < outputs; ++o) {
      double y = 0;
      for (std::int64_t i = 0; i < depth; ++i)
        y += static_cast<double>(s.weight[static_cast<std::size_t>(o * depth + i)]) *
             static_cast<double>(s.x[static_cast<std::size_t>(r * depth + i)]);
      s.target.push_back(static_cast<float>(y));
    }
  }
  return s;
}
double total(const std::vector<lutnet_fit::errors>& all, double lutnet_fit::errors::*which) {
  double sum = 0;
  for (const auto& e : all) sum += e.*which;
  return sum;
}

TEST(LutNetFit, GainsHalfADecibelAndMoreOnUnseenCorrelatedData) {
  const synthetic s = correlated(8192, 6, 71);
  const auto fit = fit_lutnet(s.shape, s.weight, s.data(), {.inputs = 4, .levels = 1, .density = 50, .seed = 1});
  const double gained = 10 * std::log10(total(fit.before, &lutnet_fit::errors::unseen) / total(fit.after, &lutnet_fit::errors::unseen));
  EXPECT_GE(gained, 0.5);
  RecordProperty("gained_db", std::to_string(gained));
  // The layer on its own gives what the fit says it does.
  const auto y = detail::run_alone(lutnet_layer(fit.layer), s.data().inputs, s.out);
  double all = 0;
  for (std::size_t i = 0; i < y.size(); ++i) all += std::pow(static_cast<double>(y[i]) - static_cast<double>(s.target[i]), 2);
  EXPECT_NEAR(all, total(fit.after, &lutnet_fit::errors::seen) + total(fit.after, &lutnet_fit::errors::unseen), 1e-6 * all);
}

TEST(LutNetFit, NeverRaisesEitherError) {
  for (const std::int64_t causes : {0, 4})
    for (const std::int64_t rows : {64, 512, 2048})
      for (int inputs = 1; inputs <= 6; ++inputs) {
        const synthetic s = correlated(rows, causes, static_cast<std::uint64_t>(rows + inputs));
        const auto fit = fit_lutnet(s.shape, s.weight, s.data(), {.inputs = inputs, .levels = 1 + inputs % 2, .density = 50, .seed = 2});
        for (std::size_t o = 0; o < fit.before.size(); ++o) {
          EXPECT_LE(fit.after[o].seen, fit.before[o].seen);
          EXPECT_LE(fit.after[o].unseen, fit.before[o].unseen);
        }
      }
}

// Targets that are nothing but noise, and a held-out quarter that is a copy of the rest, so that it refuses nothing. With few samples for
// each entry hardly any stands out from chance and may flip; with many the rule is off.
double flipped_by_noise(std::int64_t distinct) {
  constexpr std::int64_t depth = 8, outputs = 32;
  draw d(91);
  std::vector<float> x, target;
  for (std::int64_t r = 0; r < distinct; ++r) {
    const std::vector<float> row = d.normals(depth), y = d.normals(outputs);
    for (int copy = 0; copy < 4; ++copy) {
      x.insert(x.end(), row.begin(), row.end());
      target.insert(target.end(), y.begin(), y.end());
    }
  }
  const std::vector<float> w = d.normals(outputs * depth);
  const layer_data data{{x.data(), {4 * distinct, depth}}, {target.data(), {4 * distinct, outputs}}};
  const auto start = fit_lutnet(linear_shape(depth, outputs), w, data, {.inputs = 1, .sweeps = 0});
  const auto fit = fit_lutnet(linear_shape(depth, outputs), w, data, {.inputs = 1, .sweeps = 1});
  int flipped = 0;
  for (std::size_t t = 0; t < fit.layer.table.size(); ++t) flipped += std::popcount(start.layer.table[t] ^ fit.layer.table[t]);
  return flipped / static_cast<double>(2 * fit.layer.table.size());
}
TEST(LutNetFit, AFlipMustStandOutFromChanceWhereDataIsScarce) {
  EXPECT_LT(flipped_by_noise(40), 0.08);   // 120 samples seen, 60 an entry
  EXPECT_GT(flipped_by_noise(400), 0.15);  // 600 an entry
}

TEST(LutNetFit, WorksOnImagesAndInGroups) {
  for (const layer_case& c : layer_cases()) {
    if (!c.shape.images) continue;
    layer_case more = c;
    more.input[0] = 40;
    draw d(81);
    const std::vector<float> w = d.normals(c.shape.out * c.shape.depth()), x = d.normals(more.input.size());
    std::vector<float> target(static_cast<std::size_t>(output_shape(more).size()));
    for_each_result(more, x, [&](std::int64_t at, std::int64_t o, const auto& taps) {
      for (std::size_t i = 0; i < taps.size(); ++i)
        target[static_cast<std::size_t>(at)] += taps[i].value_or(0) * w[static_cast<std::size_t>(o) * taps.size() + i];
    });
    const layer_data data{{x.data(), more.input}, {target.data(), output_shape(more)}};
    const auto fit = fit_lutnet(c.shape, w, data, {.inputs = 3, .levels = 2, .density = 60, .seed = 2});
    const auto y = detail::run_alone(lutnet_layer(fit.layer), data.inputs, data.targets.shape);
    double energy = 0, error = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      energy += static_cast<double>(target[i]) * static_cast<double>(target[i]);
      error += std::pow(static_cast<double>(y[i]) - static_cast<double>(target[i]), 2);
    }
    EXPECT_LT(error, 0.75 * energy) << c.input.text();
    for (std::size_t o = 0; o < fit.before.size(); ++o) EXPECT_LE(fit.after[o].seen, fit.before[o].seen);
  }
}

TEST(LutNet, RefusesWhatCannotWork) {
  const synthetic s = correlated(16, 0, 1);
  auto bad = s;
  bad.weight[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(fit_lutnet(s.shape, bad.weight, s.data(), {})), error);
  EXPECT_THROW(static_cast<void>(fit_lutnet(s.shape, s.weight, {{s.x.data(), {0, 32}}, {s.target.data(), {0, 8}}}, {})), error);
  EXPECT_THROW(static_cast<void>(fit_lutnet(s.shape, s.weight, s.data(), {.inputs = 7})), error);
  const layer_shape pointwise = conv_shape(32, 8, {});
  const layer_data images{{s.x.data(), {16, 32, 1, 1}}, {s.target.data(), {16, 8, 1, 1}}};
  try {
    static_cast<void>(fit_lutnet(pointwise, s.weight, images, {.inputs = 2}));
    FAIL();
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("kernel is one pixel"), std::string::npos);
  }
  EXPECT_NO_THROW(static_cast<void>(fit_lutnet(pointwise, s.weight, images, {.inputs = 1})));
  auto p = random_tables(linear_shape(5, 2), 2, 1, 100, 1);
  auto q = p;
  q.table[0] = 16;
  EXPECT_THROW(lutnet_layer{q}, error);
  q = p;
  q.connection[1] = 5;
  EXPECT_THROW(lutnet_layer{q}, error);
  q = p;
  q.bias[0] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(lutnet_layer{q}, error);
  std::vector<float> x(10, 1);
  x[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(detail::run_alone(lutnet_layer(p), {x.data(), {2, 5}}, {2, 2}), error);
}

}  // namespace
