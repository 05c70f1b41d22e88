// SPDX-License-Identifier: BSL-1.0
// Functions, norms, means and softmax against MPFR, for floats of every exponent: the bounds that their
// documentation states.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/softmax.hpp>

#include <support/real.hpp>
#include <support/run_operator.hpp>

#include <bit>

namespace {
using namespace test;

constexpr float infinite = std::numeric_limits<float>::infinity(),
                largest = std::numeric_limits<float>::max();

tensor row(std::initializer_list<float> values) {
  tensor t({1, static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), t.values.begin());
  return t;
}
std::string hex(float x) {
  char text[64];
  std::snprintf(text, sizeof text, "%a (%g)", static_cast<double>(x), static_cast<double>(x));
  return text;
}

// ---- functions of one value
// ------------------------------------------------------------------------------------------------

/// Some of every exponent and sign, and the neighbours of points where a function changes its nature.
const tensor& samples() {
  static const tensor all = [] {
    std::vector<float> v;
    std::mt19937 random(1);
    for (std::uint32_t field = 0; field < 255; ++field) {
      for (int i = 0; i < 40; ++i) {
        // the ends of a binade, then mantissas of the middle
        const std::uint32_t low = i == 0   ? 0
                                  : i == 1 ? 0x7fffff
                                           : random() & 0x7fffff,
                            bits = field << 23 | low;
        v.push_back(std::bit_cast<float>(bits));
        v.push_back(std::bit_cast<float>(bits | 0x80000000U));
      }
    }
    for (const float point :
         {0.25F,  0.3465736F, 0.5F,   1.0F,    1.0397208F, 2.0F,   3.0F,   5.0F,  6.0F,  8.0F,
          9.01F,  10.0F,      10.7F,  12.5F,   13.8F,      14.0F,  14.5F,  17.0F, 20.0F, 43.66F,
          87.34F, 88.72F,     100.0F, 103.97F, 104.0F,     108.6F, 150.0F, 700.0F}) {
      for (int step = -24; step <= 24; ++step) {
        const float near = std::bit_cast<float>(std::bit_cast<std::int32_t>(point) + step * step * step);
        v.push_back(near);
        v.push_back(-near);
      }
    }
    tensor t({static_cast<std::int64_t>(v.size())});
    t.values = v;
    return t;
  }();
  return all;
}

template <class Operator, class F>
void expect_units(F exact, double bound, float limit_below, float limit_above, std::uint64_t bits) {
  const tensor &x = samples(), y = run<Operator>({x});
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const real want = exact(real(static_cast<double>(x.values[i])).with_bits(100));
    ASSERT_LE(want.units_to(y.values[i]), bound)
        << Operator::name() << " of " << hex(x.values[i]) << " is " << hex(y.values[i]);
    if (!(want == real(0))) {
      ASSERT_EQ(std::signbit(y.values[i]), want.negative()) << Operator::name() << " of " << hex(x.values[i]);
    }
    hash = (hash ^ std::bit_cast<std::uint32_t>(y.values[i])) * 0x100000001b3U;
  }
  EXPECT_EQ(hash, bits) << Operator::name() << ": other bits than on other systems";
  const tensor ends = run<Operator>({row({-infinite, infinite, std::nanf(""), -std::nanf(""), -0.0F, 0.0F})});
  EXPECT_EQ(std::bit_cast<std::uint32_t>(ends.values[0]), std::bit_cast<std::uint32_t>(limit_below))
      << Operator::name();
  EXPECT_EQ(std::bit_cast<std::uint32_t>(ends.values[1]), std::bit_cast<std::uint32_t>(limit_above))
      << Operator::name();
  EXPECT_TRUE(std::isnan(ends.values[2]) && std::isnan(ends.values[3])) << Operator::name();
  if (ends.values[5] == 0) {
    EXPECT_TRUE(std::signbit(ends.values[4])) << Operator::name();
    EXPECT_FALSE(std::signbit(ends.values[5])) << Operator::name();
  }
  // By itself, and in every place of a short tensor, a value becomes the same.
  for (std::int64_t n = 1; n < 20; ++n) {
    tensor some({n});
    std::copy_n(x.values.end() - 1000 + n, n, some.values.begin());
    const tensor few = run<Operator>({some});
    for (std::size_t i = 0; i < few.values.size(); ++i)
      ASSERT_EQ(few.values[i], y.values[x.values.size() - 1000 + static_cast<std::size_t>(n) + i])
          << Operator::name() << ", " << n;
  }
}

const real lambda = real::decimal("1.0507009873554804934193349852946").with_bits(100),
           alpha = real::decimal("1.6732632423543772848170429916717").with_bits(100);

TEST(Accuracy, ActivationsOfEveryExponent) {
  const float selu_below = -1.7580993408473768599402175208123F;
  expect_units<relu>([](const real& x) { return x < real(0) ? real(0) : x; }, 0, 0.0F, infinite,
                     0x9b8fa268a5b0652cU);
  expect_units<softsign>([](const real& x) { return x / (real(1) + abs(x)); }, 2, -1.0F, 1.0F,
                         0xffe8f791fb5adc73U);
  expect_units<selu>([](const real& x) { return lambda * (x > real(0) ? x : alpha * expm1(x)); }, 1,
                     selu_below, infinite, 0x0e48bf04d74a8b4fU);
  expect_units<activation<op::tanh>>([](const real& x) { return tanh(x); }, 1, -1.0F, 1.0F,
                                     0xaf057682993ebc71U);
  expect_units<softplus>([](const real& x) { return (x > real(0) ? x : real(0)) + log1p(exp(-abs(x))); }, 1,
                         0.0F, infinite, 0x7cc5e1245f9308fcU);
}
TEST(Accuracy, GatesOfEveryExponent) {
  expect_units<silu>([](const real& x) { return x / (real(1) + exp(-x)); }, 1, -0.0F, infinite,
                     0x13dc95694e600798U);
  expect_units<gelu>([](const real& x) { return x * erfc(-x / sqrt(real(2).with_bits(100))) / real(2); }, 1,
                     -0.0F, infinite, 0x461bb6abdc6b2a09U);
  expect_units<gelu_tanh>(
      [](const real& x) {
        static const real root = sqrt(real(2) /
                                      real::decimal("3.14159265358979323846264338327950288419716939937510"))
                                     .with_bits(100),
                          c = real::decimal("0.044715").with_bits(100);
        return x / (real(1) + exp(-real(2).with_bits(100) * root * (x + c * x * x * x)));
      },
      1, -0.0F, infinite, 0xe65d2d6545981306U);
}

// ---- softmax
// ---------------------------------------------------------------------------------------------------------------

template <int Axis>
void expect_softmax(const tensor& x) {
  const tensor y = run<softmax_over<Axis>>({x});
  const std::int64_t length = x.shape[Axis], inner = Axis == 0 ? x.shape[1] : 1;
  for (std::int64_t i = 0; i < x.shape.size(); ++i) {
    const std::int64_t first = i - i / inner % length * inner;
    const auto at = [&](std::int64_t j) {
      return real(static_cast<double>(x.values[static_cast<std::size_t>(j)]));
    };
    real top = at(first), sum;
    for (std::int64_t j = 0; j < length; ++j) top = at(first + j * inner) > top ? at(first + j * inner) : top;
    for (std::int64_t j = 0; j < length; ++j) sum = sum + exp((at(first + j * inner) - top).with_bits(100));
    const real want = exp((at(i) - top).with_bits(100)) / sum;
    ASSERT_LE(want.units_to(y.values[static_cast<std::size_t>(i)]), 2)
        << "value " << i << " of " << x.shape.text();
  }
}
TEST(Accuracy, Softmax) {
  std::mt19937 random(2);
  for (const float size : {1.0F, 30.0F, 100.0F, 1e4F, 3e37F}) {
    expect_softmax<1>(random_tensor(random, {3, 37}, 0, size));
    expect_softmax<0>(random_tensor(random, {5, 19}, size, size));
  }
  expect_softmax<1>(row({largest, -largest, largest, 0, -0.0F}));
  expect_softmax<1>(row({0, -80, -87.5F, -90, -95.3F, -100, -103.4F, -104, -110, -1e30F}));
  EXPECT_EQ(run<softmax>({row({-infinite, 1, -infinite, 1})}).values, (std::vector<float>{0, 0.5F, 0, 0.5F}));
  EXPECT_TRUE(std::isnan(run<softmax>({row({1, infinite, 2})}).values[0]));
  EXPECT_TRUE(std::isnan(run<softmax>({row({-infinite, -infinite})}).values[1]));
  EXPECT_TRUE(std::isnan(run<softmax>({row({1, std::nanf(""), 2})}).values[0]));
}

// ---- norms
// -----------------------------------------------------------------------------------------------------------------

/// Any finite float: every exponent is as likely as another. @param span  of exponents, at most
float any_float(std::mt19937& random, int span = 254) {
  const auto field =
      static_cast<std::uint32_t>(pick(random, std::max(0, 127 - span), std::min(254, 127 + span)));
  return std::bit_cast<float>(static_cast<std::uint32_t>(random() & 0x807fffffU) | field << 23);
}
/// Rows in which something is hard: exponents of all sizes, values that nearly agree, that cancel, that are
/// the largest, or tiny.
std::vector<float> hard_row(std::mt19937& random, std::int64_t size, int kind) {
  std::vector<float> v;
  const float centre = any_float(random, 120);
  for (std::int64_t i = 0; i < size; ++i) {
    const auto noise = static_cast<float>(random() % 3) - 1;
    switch (kind % 7) {
      case 0:
        v.push_back(any_float(random));
        break;
      case 1:
        v.push_back(std::bit_cast<float>(std::bit_cast<std::int32_t>(centre) +
                                         static_cast<std::int32_t>(random() % 4)));
        break;
      case 2:
        v.push_back(i % 2 == 1 ? (random() % 4 == 0 ? any_float(random, 20) : -v.back()) : any_float(random));
        break;
      case 3:
        v.push_back(random() % 2 == 0 ? largest : -largest);
        break;
      case 4:
        v.push_back(noise * std::bit_cast<float>(static_cast<std::uint32_t>(random() % 9)));
        break;
      case 5:
        v.push_back(1e6F + noise);
        break;
      default:
        v.push_back(centre);
    }
  }
  return v;
}
/// |y - (product + bias)| is within a unit of the sum; or of nearly nothing of the terms, where they cancel.
void expect_normalized(float y, const real& product, float bias, const std::string& what) {
  const real want = product + real(static_cast<double>(bias));
  const real lost = abs(want - real(static_cast<double>(y)));
  if (std::isfinite(y) && lost < abs(product) * real(0x1p-48)) return;
  ASSERT_LE(want.units_to(y), 1) << what << ": " << hex(y) << " in place of " << want.to_double();
}
struct moments {
  real mean, square, variance;
};
moments moments_of(const std::vector<float>& v) {
  moments m;
  const real n(static_cast<double>(v.size()));
  for (const float x : v) m.mean = m.mean + real(static_cast<double>(x));
  m.mean = m.mean / n;
  for (const float x : v) {
    const real a(static_cast<double>(x)), d = a - m.mean;
    m.square = m.square + a * a / n;
    m.variance = m.variance + d * d / n;
  }
  return m;
}
/// d / √(v + eps); 0 of 0.
real over_root(const real& d, const real& v, double eps) {
  return d == real(0) ? d : d / sqrt(v + real(eps));
}

template <std::int64_t Size, class... Options>
void expect_norms(std::mt19937& random, int rows, double eps) {
  for (int kind = 0; kind < rows; ++kind) {
    tensor x({1, Size}), gain({Size}), bias({Size});
    x.values = hard_row(random, Size, kind);
    for (float& v : gain.values) v = any_float(random, 30);
    for (float& v : bias.values) v = any_float(random, 30);
    const moments m = moments_of(x.values);
    const tensor layer = run<layer_norm<Size, Options...>>({x}, {gain, bias}),
                 rms = run<rms_norm<Size, Options...>>({x}, {gain}),
                 plain = run<layer_norm<Size, no_affine, Options...>>({x});
    const std::string what =
        "row " + std::to_string(kind) + " of " + std::to_string(Size) + ", eps " + std::to_string(eps);
    tensor image = x;
    image.shape = {1, 1, 1, Size};
    const tensor group = run<group_norm<1, 1, Options...>>(
                     {image}, {tensor({1}, gain.values[0]), tensor({1}, bias.values[0])}),
                 instance = run<instance_norm2d<1, Options...>>({image});
    for (std::size_t i = 0; i < static_cast<std::size_t>(Size); ++i) {
      const real v(static_cast<double>(x.values[i])), g(static_cast<double>(gain.values[i])),
          d = over_root(v - m.mean, m.variance, eps);
      expect_normalized(layer.values[i], d * g, bias.values[i], "layer_norm, " + what);
      expect_normalized(plain.values[i], d, 0, "layer_norm, not affine, " + what);
      expect_normalized(rms.values[i], over_root(v, m.square, eps) * g, 0, "rms_norm, " + what);
      expect_normalized(group.values[i], d * real(static_cast<double>(gain.values[0])), bias.values[0],
                        "group_norm, " + what);
      expect_normalized(instance.values[i], d, 0, "instance_norm2d, " + what);
    }
  }
}
TEST(Accuracy, NormsOfAnyFiniteValues) {
  std::mt19937 random(3);
  using usual = eps<1, 100'000>;
  expect_norms<1, usual>(random, 7, 1e-5);
  expect_norms<4, usual>(random, 700, 1e-5);
  expect_norms<4, eps<0, 1>>(random, 700, 0);
  expect_norms<17, usual>(random, 140, 1e-5);
  expect_norms<64, eps<0, 1>>(random, 42, 0);
  expect_norms<99, eps<1, 1000>>(random, 42, 1e-3);
}
TEST(Accuracy, BatchNormOfAnyFiniteValues) {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    tensor x({1, 1, 1, 21}), one({1});
    for (float& v : x.values) v = any_float(random);
    std::vector<tensor> own(4, one);
    for (int p : {0, 1}) own[static_cast<std::size_t>(p)].values[0] = any_float(random, 60);
    own[2].values[0] = round % 2 == 0 ? x.values[3] : any_float(random);
    own[3].values[0] = std::abs(any_float(random));
    const tensor y = run<batch_norm2d<1>>({x}, own), bare = run<batch_norm2d<1, eps<0, 1>>>({x}, own);
    const auto of = [&](std::size_t p) { return real(static_cast<double>(own[p].values[0])); };
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const real d = real(static_cast<double>(x.values[i])) - of(2);
      expect_normalized(y.values[i], over_root(d, of(3), 1e-5) * of(0), own[1].values[0], "batch_norm2d");
      expect_normalized(bare.values[i], over_root(d, of(3), 0) * of(0), own[1].values[0],
                        "batch_norm2d without eps");
    }
  }
  const std::vector<tensor> fixed{tensor({1}, -2), tensor({1}, 3), tensor({1}, 5), tensor({1}, 0)};
  tensor x({1, 1, 1, 3});
  x.values = {5, 6, 4};
  EXPECT_EQ((run<batch_norm2d<1, eps<0, 1>>>({x}, fixed).values),
            (std::vector<float>{3, -infinite, infinite}));
}
TEST(Accuracy, NormsAtTheEnds) {
  // what no double variance of floats may overflow, and what remains when large values cancel
  const tensor y = run<layer_norm<4, no_affine>>({row({3e38F, -3e38F, -3e38F, -3e38F})});
  const float root = 1.7320508075688772F, third = -0.57735026918962576F;
  EXPECT_EQ(y.values, (std::vector<float>{root, third, third, third}));
  EXPECT_EQ((run<layer_norm<4, no_affine, eps<0, 1>>>({row({1e-45F, 0, 0, 0})}).values),
            (std::vector<float>{root, third, third, third}));
  EXPECT_EQ((run<layer_norm<3, eps<0, 1>>>({row({7, 7, 7})}, {tensor({3}, 2), tensor({3}, 0.1F)}).values),
            std::vector<float>(3, 0.1F));
  EXPECT_EQ((run<rms_norm<3, eps<0, 1>>>({row({0, 0, 0})}, {tensor({3}, 2)}).values),
            std::vector<float>(3, 0.0F));
  for (const float bad : {infinite, std::nanf("")})
    for (const float v : run<layer_norm<4, no_affine>>({row({1, bad, 2, 3})}).values)
      EXPECT_TRUE(std::isnan(v));
}

// ---- means
// -----------------------------------------------------------------------------------------------------------------

TEST(Accuracy, MeansOfAnyFiniteValues) {
  std::mt19937 random(5);
  for (int kind = 0; kind < 140; ++kind) {
    const std::int64_t n = kind % 3 == 0 ? 4 : 36;
    tensor x({1, 1, n / 2, 2});
    x.values = hard_row(random, n, kind);
    const float pooled = run<adaptive_avg_pool2d<1>>({x}).values[0],
                mean = run<dyadic::mean<2, 3>>({x}).values[0];
    ASSERT_LE(moments_of(x.values).mean.units_to(mean), 1) << "mean, kind " << kind << ": " << hex(mean);
    ASSERT_LE(moments_of(x.values).mean.units_to(pooled), 1)
        << "adaptive_avg_pool2d, kind " << kind << ": " << hex(pooled);
    // several at once, of which only some are hard
    tensor wide({1, 2, 2, 50});
    const std::vector<float> hard = hard_row(random, 200, kind);
    for (std::size_t i = 0; i < 200; ++i) wide.values[i] = i % 50 < 20 || i % 50 > 40 ? hard[i] : 0.5F;
    const tensor windows = run<avg_pool2d<2>>({wide}), columns = run<dyadic::mean<2>>({wide});
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < 50; ++i) {
        const float *a = wide.values.data() + c * 100 + i, *b = a + 50;
        ASSERT_LE(moments_of({*a, *b}).mean.units_to(columns.values[c * 50 + i]), 1)
            << "mean<2>, kind " << kind;
        if (i % 2 != 0) continue;
        ASSERT_LE(moments_of({*a, a[1], *b, b[1]}).mean.units_to(windows.values[c * 25 + i / 2]), 1)
            << "avg_pool2d, kind " << kind;
      }
  }
  EXPECT_EQ(run<dyadic::mean<1>>({row({3e38F, 1, -3e38F})}).values[0], 1.0F / 3);
  EXPECT_EQ(run<dyadic::mean<1>>({row({largest, largest, largest})}).values[0], largest);
  EXPECT_EQ(run<dyadic::mean<1>>({row({1, infinite, 2})}).values[0], infinite);
  EXPECT_TRUE(std::isnan(run<dyadic::mean<1>>({row({-infinite, infinite, 2})}).values[0]));
}

// ---- attention
// -------------------------------------------------------------------------------------------------------------

TEST(Accuracy, AttentionOfLargeValuesIsFinite) {
  // Scores of 1e39 and -1e39, then of infinity less infinity by parts; each query finds its key.
  tensor q({1, 2, 2}), k({1, 2, 2}), v({1, 2, 2});
  q.values = {1e20F, 0, 3e38F, 3e38F};
  k.values = {1e19F, 3e38F, -1e19F, -3e38F};
  v.values = {1, largest, 2, -largest};
  using attention = grouped_query_attention<1, 1, 2>;
  EXPECT_EQ(run<attention>({q, k, v}).values, (std::vector<float>{1, largest, 1, largest}));
  // Weights that add up to a little more than 1 do not make the largest values infinite.
  std::mt19937 random(6);
  const tensor many = random_tensor(random, {1, 70, 2}), keys = random_tensor(random, {1, 33, 2});
  const tensor same({1, 33, 2}, largest);
  for (const float y : run<attention>({many, keys, same}).values) ASSERT_GE(y, largest * 0.999F);
  for (const float y : run<attention>({many, keys, same}).values) ASSERT_TRUE(std::isfinite(y));
  // Nothing that a causal query does not see changes it.
  tensor later({1, 2, 2}, 1);
  later.values = {1, 2, infinite, std::nanf("")};
  const tensor seen = run<grouped_query_attention<1, 1, 2, causal>>({q, k, later});
  EXPECT_EQ(seen.values[0], 1.0F);
  EXPECT_EQ(seen.values[1], 2.0F);
}

}  // namespace
