// SPDX-License-Identifier: BSL-1.0
// Operators that compute, against loops in double that follow PyTorch's definitions: random shapes and settings.
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/softmax.hpp>

#include <support/run_operator.hpp>

namespace {
using namespace test;
using axes = std::array<std::int64_t, 2>;

axes pick_axes(std::mt19937& random, std::int64_t least, std::int64_t most) {
  return {pick(random, least, most), pick(random, least, most)};
}

std::string text(const conv_geometry& g, const Extents& x) {
  const auto pair = [](const axes& a) { return std::to_string(a[0]) + "x" + std::to_string(a[1]) + " "; };
  return x.text() + " kernel " + pair(g.kernel) + "stride " + pair(g.stride) + "padding " + pair(g.padding) + "dilation " +
         pair(g.dilation) + "groups " + std::to_string(g.groups);
}

// ---- convolution -----------------------------------------------------------------------------------------------------------

std::vector<double> convolve(const tensor& x, const tensor& w, const float* bias, const conv_geometry& g, const Extents& out) {
  std::vector<double> want;
  const std::int64_t in_part = w.shape[1], out_part = out[1] / g.groups;
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t o = 0; o < out[1]; ++o)
      for (std::int64_t y = 0; y < out[2]; ++y)
        for (std::int64_t z = 0; z < out[3]; ++z) {
          double sum = bias != nullptr ? static_cast<double>(bias[o]) : 0.0;
          for (std::int64_t c = 0; c < in_part; ++c)
            for (std::int64_t i = 0; i < g.kernel[0]; ++i)
              for (std::int64_t j = 0; j < g.kernel[1]; ++j) {
                const std::int64_t a = y * g.stride[0] + i * g.dilation[0] - g.padding[0],
                                   b = z * g.stride[1] + j * g.dilation[1] - g.padding[1];
                if (a < 0 || a >= x.shape[2] || b < 0 || b >= x.shape[3]) continue;
                sum += x.at({n, o / out_part * in_part + c, a, b}) * w.at({o, c, i, j});
              }
          want.push_back(sum);
        }
  return want;
}

void check_conv(std::mt19937& random, const Extents& x_shape, std::int64_t out_channels, const conv_geometry& g) {
  const tensor x = random_tensor(random, x_shape);
  const tensor w = random_tensor(random, {out_channels, x_shape[1] / g.groups, g.kernel[0], g.kernel[1]}),
               b = random_tensor(random, {out_channels});
  tensor out({x_shape[0], out_channels, g.output(0, x_shape[2]), g.output(1, x_shape[3])}, std::nanf(""));
  const work_space work(detail::conv2d_scratch(x_shape[1], g, out.shape));
  const float* const bias = g.bias ? b.values.data() : nullptr;
  detail::conv2d_forward(x.view(), w.view(), bias, out.view(), g, work.span());
  expect_close(out, convolve(x, w, bias, g, out.shape), text(g, x_shape));
}

TEST(Convolution, AgreesWithLoops) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    conv_geometry g{pick_axes(random, 1, 4), pick_axes(random, 1, 3), pick_axes(random, 0, 5),
                    pick_axes(random, 1, 3), pick(random, 1, 3),      round % 3 != 0};
    const Extents x{pick(random, 0, 3), g.groups * pick(random, 1, 4), pick(random, 1, 11), pick(random, 1, 11)};
    if (g.output(0, x[2]) < 1 || g.output(1, x[3]) < 1) continue;
    check_conv(random, x, g.groups * pick(random, 1, 6), g);
  }
}
TEST(Convolution, AgreesWithLoopsOverManyTiles) {
  std::mt19937 random(2);
  check_conv(random, {2, 8, 31, 29}, 5, {{5, 5}, {1, 1}, {2, 2}, {1, 1}, 1, true});
  check_conv(random, {1, 12, 33, 17}, 6, {{5, 7}, {2, 1}, {0, 9}, {1, 2}, 2, true});
  check_conv(random, {1, 300, 5, 43}, 70, {{1, 1}, {1, 1}, {0, 0}, {1, 1}, 1, true});
  check_conv(random, {2, 6, 20, 21}, 12, {{3, 3}, {1, 1}, {1, 1}, {1, 1}, 6, false});
}

std::vector<double> convolve_transposed(const tensor& x, const tensor& w, const float* bias, const conv_geometry& g, const Extents& out) {
  std::vector<double> want;
  const std::int64_t in_part = x.shape[1] / g.groups, out_part = w.shape[1];
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t o = 0; o < out[1]; ++o)
      for (std::int64_t y = 0; y < out[2]; ++y)
        for (std::int64_t z = 0; z < out[3]; ++z) {
          double sum = bias != nullptr ? static_cast<double>(bias[o]) : 0.0;
          // Which pixels of x reach (y, z), through which element of the kernel?
          for (std::int64_t i = 0; i < g.kernel[0]; ++i)
            for (std::int64_t j = 0; j < g.kernel[1]; ++j) {
              const std::int64_t a = y + g.padding[0] - i * g.dilation[0], b = z + g.padding[1] - j * g.dilation[1];
              if (a < 0 || b < 0 || a % g.stride[0] != 0 || b % g.stride[1] != 0 || a / g.stride[0] >= x.shape[2] ||
                  b / g.stride[1] >= x.shape[3])
                continue;
              for (std::int64_t c = 0; c < in_part; ++c) {
                const std::int64_t channel = o / out_part * in_part + c;
                sum += x.at({n, channel, a / g.stride[0], b / g.stride[1]}) * w.at({channel, o % out_part, i, j});
              }
            }
          want.push_back(sum);
        }
  return want;
}

void check_conv_transpose(std::mt19937& random, const Extents& x_shape, std::int64_t out_channels, const conv_transpose_geometry& g) {
  const tensor x = random_tensor(random, x_shape);
  const tensor w = random_tensor(random, {x_shape[1], out_channels / g.groups, g.kernel[0], g.kernel[1]}),
               b = random_tensor(random, {out_channels});
  tensor out({x_shape[0], out_channels, g.output(0, x_shape[2]), g.output(1, x_shape[3])}, std::nanf(""));
  const work_space work(detail::conv_transpose2d_scratch(x_shape, out_channels, g));
  const float* const bias = g.bias ? b.values.data() : nullptr;
  detail::conv_transpose2d_forward(x.view(), w.view(), bias, out.view(), g, work.span());
  expect_close(out, convolve_transposed(x, w, bias, g, out.shape), text(g, x_shape));
}

TEST(TransposedConvolution, AgreesWithLoops) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    conv_transpose_geometry g;
    g.kernel = pick_axes(random, 1, 4), g.stride = pick_axes(random, 1, 3), g.padding = pick_axes(random, 0, 4),
    g.dilation = pick_axes(random, 1, 3);
    g.groups = pick(random, 1, 3), g.bias = round % 3 != 0;
    for (std::size_t i : {0U, 1U}) g.output_padding[i] = pick(random, 0, std::max(g.stride[i], g.dilation[i]) - 1);
    const Extents x{pick(random, 0, 3), g.groups * pick(random, 1, 4), pick(random, 1, 8), pick(random, 1, 8)};
    if (g.output(0, x[2]) < 1 || g.output(1, x[3]) < 1) continue;
    check_conv_transpose(random, x, g.groups * pick(random, 1, 5), g);
  }
}
TEST(TransposedConvolution, AgreesWithLoopsOverManyTiles) {
  std::mt19937 random(4);
  conv_transpose_geometry g;
  g.kernel = {5, 5}, g.stride = {2, 1}, g.padding = {1, 3};
  check_conv_transpose(random, {2, 3, 21, 27}, 14, g);
}
TEST(Convolution1d, IsAConvolutionOfImagesOfOneRow) {
  std::mt19937 random(5);
  using conv = conv1d<4, 6, 3, stride<2>, padding<4>, dilation<2>, groups<2>>;
  const tensor x = random_tensor(random, {2, 4, 19});
  const auto own = random_parameters(random, operator_of<conv>);
  tensor image = x, kernel = own[0];
  image.shape = {2, 4, 1, 19};
  kernel.shape = {6, 2, 1, 3};
  const tensor y = run<conv>({x}, own);
  EXPECT_EQ(y.shape, (Extents{2, 6, 12}));
  expect_close(y, convolve(image, kernel, own[1].values.data(), {{1, 3}, {1, 2}, {0, 4}, {1, 2}, 2, true}, {2, 6, 1, 12}), "conv1d");
}

// ---- products --------------------------------------------------------------------------------------------------------------

TEST(Matmul, AgreesWithLoopsAndBroadcasts) {
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t n = pick(random, 1, 9), k = pick(random, 0, round % 10 == 0 ? 300 : 12), m = pick(random, 1, 20);
    Extents a, b;
    const std::int64_t rank_a = pick(random, 0, 3), rank_b = pick(random, 0, 3);
    std::array<std::int64_t, 3> batch{pick(random, 1, 3), pick(random, 1, 3), pick(random, round % 20 == 0 ? 0 : 1, 3)};
    for (std::int64_t i = rank_a; i-- > 0;) a.push_back(pick(random, 0, 3) == 0 ? 1 : batch[static_cast<std::size_t>(i)]);
    for (std::int64_t i = rank_b; i-- > 0;) b.push_back(pick(random, 0, 3) == 0 ? 1 : batch[static_cast<std::size_t>(i)]);
    a.push_back(n), a.push_back(k), b.push_back(k), b.push_back(m);
    const tensor x = random_tensor(random, a), y = random_tensor(random, b), out = run<matmul>({x, y});
    std::vector<double> want;
    for (std::int64_t e = 0; e < out.shape.size(); ++e) {
      const std::int64_t j = e % m, i = e / m % n;
      std::int64_t rest = e / m / n, from_x = 0, from_y = 0, size_x = n * k, size_y = k * m;
      for (int d = 2; d < out.shape.rank(); ++d) {
        const std::int64_t digit = rest % out.shape.back(d);
        rest /= out.shape.back(d);
        from_x += (x.shape.back(d) == 1 ? 0 : digit) * size_x, size_x *= x.shape.back(d);
        from_y += (y.shape.back(d) == 1 ? 0 : digit) * size_y, size_y *= y.shape.back(d);
      }
      double sum = 0;
      for (std::int64_t q = 0; q < k; ++q)
        sum += static_cast<double>(x.values[static_cast<std::size_t>(from_x + i * k + q)]) *
               static_cast<double>(y.values[static_cast<std::size_t>(from_y + q * m + j)]);
      want.push_back(sum);
    }
    expect_close(out, want, a.text() + " x " + b.text());
    if (a.rank() == 3 && b.rank() == 3 && a[0] == b[0]) {
      EXPECT_EQ(run<bmm>({x, y}).values, out.values);
    }
  }
}

template <std::int64_t Q, std::int64_t K, std::int64_t D, class... Options>
void check_attention(std::mt19937& random, std::int64_t samples, std::int64_t queries, std::int64_t keys) {
  const tensor q = random_tensor(random, {samples, queries, Q * D}), k = random_tensor(random, {samples, keys, K * D}),
               v = random_tensor(random, {samples, keys, K * D});
  std::vector<double> want;
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t i = 0; i < queries; ++i)
      for (std::int64_t h = 0; h < Q; ++h) {
        const std::int64_t shared = h / (Q / K), seen = sizeof...(Options) != 0 ? std::min(keys, i + 1) : keys;
        std::vector<double> weight;
        double total = 0;
        for (std::int64_t j = 0; j < seen; ++j) {
          double score = 0;
          for (std::int64_t d = 0; d < D; ++d) score += q.at({n, i, h * D + d}) * k.at({n, j, shared * D + d});
          weight.push_back(std::exp(score / std::sqrt(static_cast<double>(D))));
          total += weight.back();
        }
        for (std::int64_t d = 0; d < D; ++d) {
          double sum = 0;
          for (std::int64_t j = 0; j < seen; ++j) sum += weight[static_cast<std::size_t>(j)] / total * v.at({n, j, shared * D + d});
          want.push_back(sum);
        }
      }
  using attention = grouped_query_attention<Q, K, D, Options...>;
  expect_close(run<attention>({q, k, v}), want, attention::name());
}
TEST(Attention, AgreesWithLoops) {
  std::mt19937 random(7);
  check_attention<4, 4, 8>(random, 2, 16, 16);
  check_attention<6, 2, 5>(random, 3, 7, 11);
  check_attention<3, 1, 4>(random, 1, 130, 65);
  check_attention<4, 2, 8, causal>(random, 2, 70, 70);
  check_attention<4, 2, 8, causal>(random, 1, 9, 4);
  check_attention<2, 1, 3>(random, 0, 5, 5);
  check_attention<2, 1, 3>(random, 2, 0, 5);
  check_attention<1, 1, 1>(random, 1, 1, 1);
}

// ---- functions of one value, softmax, norms ---------------------------------------------------------------------------------

template <class Operator, class F>
void check_function(F f) {
  tensor x({3001});
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<float>(i) / 50.0f - 30.0f;
  std::vector<double> want;
  for (const float v : x.values) want.push_back(f(static_cast<double>(v)));
  const tensor y = run<Operator>({x});
  for (std::size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(static_cast<double>(y.values[i]), want[i], 4e-7 * std::max(0.5, std::abs(want[i])))
        << Operator::name() << "(" << x.values[i] << ")";
  // In place, and what is not a number stays none.
  tensor same = x;
  same.values[7] = std::nanf("");
  const ConstView in = same.view();
  Operator::run({{&in, 1}, {}, same.view(), {}});
  for (std::size_t i = 0; i < want.size(); ++i)
    if (i == 7) EXPECT_TRUE(std::isnan(same.values[i])) << Operator::name();
    else ASSERT_EQ(same.values[i], y.values[i]) << Operator::name();
}
TEST(Activations, AgreeWithTheirFormulas) {
  check_function<relu>([](double x) { return std::max(x, 0.0); });
  check_function<selu>([](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); });
  check_function<activation<op::tanh>>([](double x) { return std::tanh(x); });
  check_function<gelu>([](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); });
  check_function<gelu_tanh>(
      [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); });
  check_function<softsign>([](double x) { return x / (1 + std::abs(x)); });
  check_function<softplus>([](double x) { return std::log1p(std::exp(x)); });
  check_function<silu>([](double x) { return x / (1 + std::exp(-x)); });
}
TEST(Activations, AtTheEnds) {
  const float inf = std::numeric_limits<float>::infinity(), big = std::numeric_limits<float>::max();
  const tensor x = [&] {
    tensor t({4});
    t.values = {inf, big, -big, -inf};
    return t;
  }();
  EXPECT_EQ(run<softplus>({x}).values, (std::vector<float>{inf, big, 0, 0}));
  EXPECT_EQ(run<activation<op::tanh>>({x}).values, (std::vector<float>{1, 1, -1, -1}));
  EXPECT_EQ(run<silu>({x}).values[1], big);
  EXPECT_EQ(run<gelu>({x}).values[0], inf);
  EXPECT_EQ(run<gelu_tanh>({x}).values[1], big);
}

template <int Axis>
void check_softmax(std::mt19937& random, const Extents& shape, float offset) {
  const tensor x = random_tensor(random, shape, offset, 3.0f);
  const int axis = Axis < 0 ? Axis + shape.rank() : Axis;
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  std::vector<double> want(x.values.size());
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const std::int64_t first = i - i / inner % shape[axis] * inner;
    double sum = 0;
    for (std::int64_t j = 0; j < shape[axis]; ++j)
      sum += std::exp(static_cast<double>(x.values[static_cast<std::size_t>(first + j * inner)]) - static_cast<double>(offset));
    want[static_cast<std::size_t>(i)] =
        std::exp(static_cast<double>(x.values[static_cast<std::size_t>(i)]) - static_cast<double>(offset)) / sum;
  }
  expect_close(run<softmax_over<Axis>>({x}), want, "softmax of " + shape.text(), 1e-6);
}
TEST(Softmax, AgreesWithLoopsOverEveryAxis) {
  std::mt19937 random(8);
  for (int round = 0; round < 20; ++round) {
    const Extents shape{pick(random, 0, 3), pick(random, 1, 5), pick(random, 1, 40)};
    check_softmax<-1>(random, shape, 0);
    check_softmax<0>(random, shape, 100);
    check_softmax<1>(random, shape, -100);
  }
  EXPECT_EQ(run<softmax>({tensor({2, 2}, 3e38f)}).values, std::vector<float>(4, 0.5f));
}

double deviation(const std::vector<double>& v, double& mean, double eps) {
  mean = 0;
  for (const double x : v) mean += x / static_cast<double>(v.size());
  double variance = 0;
  for (const double x : v) variance += (x - mean) * (x - mean) / static_cast<double>(v.size());
  return std::sqrt(variance + eps);
}
/// Values normalised in runs of `size`; value i has the weight and bias of channel(i).
template <class Channel>
std::vector<double> normalized(const tensor& x, std::int64_t size, const std::vector<tensor>& own, double eps, Channel channel) {
  std::vector<double> want;
  for (std::int64_t first = 0; first < x.shape.size(); first += size) {
    const std::vector<double> part(x.values.begin() + first, x.values.begin() + first + size);
    double mean = 0;
    const double d = deviation(part, mean, eps);
    for (std::int64_t i = 0; i < size; ++i) {
      const auto c = static_cast<std::size_t>(channel(first + i));
      want.push_back((part[static_cast<std::size_t>(i)] - mean) / d * (own.empty() ? 1.0 : static_cast<double>(own[0].values[c])) +
                     (own.empty() ? 0.0 : static_cast<double>(own[1].values[c])));
    }
  }
  return want;
}
TEST(Norms, AgreeWithLoops) {
  std::mt19937 random(9);
  for (int round = 0; round < 20; ++round) {
    const Extents shape{pick(random, 0, 3), 6, pick(random, 1, 9), pick(random, 1, 9)};
    const std::int64_t pixels = shape[2] * shape[3];
    const tensor x = random_tensor(random, shape, static_cast<float>(round % 4) * 10, 2);
    const auto channel = [&](std::int64_t i) { return i / pixels % 6; };
    const auto own = random_parameters(random, operator_of<group_norm<3, 6>>);
    expect_close(run<group_norm<3, 6>>({x}, own), normalized(x, 2 * pixels, own, 1e-5, channel), "group_norm");
    expect_close(run<group_norm<1, 6, no_affine, eps<1, 100>>>({x}), normalized(x, 6 * pixels, {}, 1e-2, channel), "group_norm, no affine");
    expect_close(run<instance_norm2d<6, affine>>({x}, own), normalized(x, pixels, own, 1e-5, channel), "instance_norm2d");
    expect_close(run<instance_norm2d<6>>({x}), normalized(x, pixels, {}, 1e-5, channel), "instance_norm2d, not affine");

    using batch_norm = batch_norm2d<6, eps<1, 1000>>;
    const auto four = random_parameters(random, operator_of<batch_norm>);
    std::vector<double> want;
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const auto c = static_cast<std::size_t>(channel(i));
      const auto of = [&](std::size_t p) { return static_cast<double>(four[p].values[c]); };
      want.push_back((static_cast<double>(x.values[static_cast<std::size_t>(i)]) - of(2)) / std::sqrt(of(3) + 1e-3) * of(0) + of(1));
    }
    expect_close(run<batch_norm>({x}, four), want, "batch_norm2d");
    EXPECT_EQ((run<instance_norm2d<6, running_stats, affine, eps<1, 1000>>>({x}, four).values), (run<batch_norm>({x}, four).values));

    const Extents last{pick(random, 0, 3), pick(random, 1, 3), 5, 7};
    const tensor z = random_tensor(random, last, static_cast<float>(round % 4) * 10, 2);
    using layer = layer_norm<dims{5, 7}>;
    const auto two = random_parameters(random, operator_of<layer>);
    expect_close(run<layer>({z}, two), normalized(z, 35, two, 1e-5, [](std::int64_t i) { return i % 35; }), "layer_norm");
    expect_close(run<layer_norm<7, no_affine>>({z}), normalized(z, 7, {}, 1e-5, [](std::int64_t i) { return i % 7; }),
                 "layer_norm, no affine");

    using rms = rms_norm<7, eps<1, 1000>>;
    const auto one = random_parameters(random, operator_of<rms>);
    want.clear();
    for (std::int64_t i = 0; i < last.size(); ++i) {
      double square = 0;
      for (std::int64_t j = i / 7 * 7; j < i / 7 * 7 + 7; ++j)
        square += std::pow(static_cast<double>(z.values[static_cast<std::size_t>(j)]), 2) / 7;
      want.push_back(static_cast<double>(z.values[static_cast<std::size_t>(i)]) / std::sqrt(square + 1e-3) *
                     static_cast<double>(one[0].values[static_cast<std::size_t>(i % 7)]));
    }
    expect_close(run<rms>({z}, one), want, "rms_norm");
  }
}
TEST(Norms, AConstantBecomesTheBias) {
  std::mt19937 random(10);
  const auto own = random_parameters(random, operator_of<layer_norm<9>>);
  EXPECT_EQ(run<layer_norm<9>>({tensor({1, 9}, 1e6f + 0.5f)}, own).values, own[1].values);
}

// ---- pooling ---------------------------------------------------------------------------------------------------------------

/// The result of PyTorch's pooling: all windows whose first element lies in the image or the padding before it.
std::int64_t windows(std::int64_t n, std::int64_t kernel, std::int64_t step, std::int64_t pad, std::int64_t dilated, bool ceil_mode) {
  std::int64_t count = 0;
  for (std::int64_t first = -pad;; first += step, ++count) {
    const std::int64_t last = first + dilated * (kernel - 1);
    if (ceil_mode ? first >= n || (count > 0 && last - step >= n + pad - 1) : last >= n + pad) return count;
  }
}
TEST(Pooling, AgreesWithLoops) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    max_pool_geometry g{pick_axes(random, 1, 4), pick_axes(random, 1, 4), {0, 0}, pick_axes(random, 1, 2), round % 2 == 0};
    g.padding = {pick(random, 0, g.kernel[0] / 2), pick(random, 0, g.kernel[1] / 2)};
    const Extents shape{pick(random, 0, 2), pick(random, 1, 3), pick(random, 1, 9), pick(random, 1, 9)};
    const tensor x = random_tensor(random, shape);
    for (const bool largest : {true, false}) {
      avg_pool_geometry mean_of{g.kernel, g.stride, g.padding, g.ceil_mode, round % 3 == 0};
      const max_pool_geometry w = largest ? g : mean_of.window();
      if (shape[2] < w.smallest(0) || shape[3] < w.smallest(1)) continue;  // a window larger than the padded image: refused
      const axes extent{w.output(0, shape[2]), w.output(1, shape[3])};
      for (std::size_t i : {0U, 1U})
        ASSERT_EQ(extent[i], windows(shape[2 + static_cast<int>(i)], w.kernel[i], w.stride[i], w.padding[i], w.dilation[i], w.ceil_mode));
      tensor out({shape[0], shape[1], extent[0], extent[1]}, std::nanf(""));
      if (largest) detail::max_pool2d_forward(x.view(), out.view(), g);
      else detail::avg_pool2d_forward(x.view(), out.view(), mean_of);
      std::vector<double> want;
      for (std::int64_t e = 0; e < out.shape.size(); ++e) {
        const std::int64_t z = e % extent[1], y = e / extent[1] % extent[0], image = e / extent[1] / extent[0];
        double top = -std::numeric_limits<double>::infinity(), sum = 0, inside = 0, padded = 0;
        for (std::int64_t i = 0; i < w.kernel[0]; ++i)
          for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
            const std::int64_t a = y * w.stride[0] - w.padding[0] + i * w.dilation[0],
                               b = z * w.stride[1] - w.padding[1] + j * w.dilation[1];
            if (a < shape[2] + w.padding[0] && b < shape[3] + w.padding[1]) ++padded;
            if (a < 0 || b < 0 || a >= shape[2] || b >= shape[3]) continue;
            const auto v = static_cast<double>(x.values[static_cast<std::size_t>((image * shape[2] + a) * shape[3] + b)]);
            top = std::max(top, v), sum += v, ++inside;
          }
        want.push_back(largest ? top : sum / (mean_of.count_padding ? padded : inside));
      }
      expect_close(out, want, std::string(largest ? "max" : "mean") + " of " + shape.text());
    }
  }
}
TEST(Pooling, AdaptiveAgreesWithLoops) {
  std::mt19937 random(12);
  for (int round = 0; round < 20; ++round) {
    const Extents shape{pick(random, 0, 2), pick(random, 1, 3), pick(random, 1, 12), pick(random, 1, 12)};
    const tensor x = random_tensor(random, shape), out = run<adaptive_avg_pool2d<3, 5>>({x});
    std::vector<double> want;
    for (std::int64_t n = 0; n < shape[0]; ++n)
      for (std::int64_t c = 0; c < shape[1]; ++c)
        for (std::int64_t y = 0; y < 3; ++y)
          for (std::int64_t z = 0; z < 5; ++z) {
            double sum = 0, count = 0;
            for (std::int64_t a = 0; a < shape[2]; ++a)
              for (std::int64_t b = 0; b < shape[3]; ++b)  // row a counts for y if the intervals [a, a + 1)·3 and [y, y + 1)·h meet
                if (a * 3 < (y + 1) * shape[2] && (a + 1) * 3 > y * shape[2] && b * 5 < (z + 1) * shape[3] && (b + 1) * 5 > z * shape[3])
                  sum += x.at({n, c, a, b}), ++count;
            want.push_back(sum / count);
          }
    expect_close(out, want, "adaptive mean of " + shape.text());
  }
}
TEST(Pooling, ANanIsTheLargest) {
  tensor x({1, 1, 2, 2}, 1.0f);
  x.values[1] = std::nanf("");
  EXPECT_TRUE(std::isnan(run<max_pool2d<2>>({x}).values[0]));
}

}  // namespace
