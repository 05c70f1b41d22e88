// SPDX-License-Identifier: BSL-1.0
#include <dyadic/kernel/accumulate.hpp>

#include <dyadic/format/scaled.hpp>

#include <gtest/gtest.h>
#include <support/exact_dot.hpp>

#include <cmath>
#include <numeric>

namespace {
using namespace dyadic;
using exact_dot::any_values;
using exact_dot::normal_values;
using Values = std::vector<float>;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

// ---- The definition, as constant expressions ------------------------------------------------------------------------------------

template <class Accumulator>
constexpr Accumulator sum_of(std::initializer_list<float> terms) {
  Accumulator sum;
  for (const float t : terms) sum.add(t);
  return sum;
}
using wraps = accumulator<Fixed<8, 4>, Overflow::wrap>;
using saturates = accumulator<Fixed<8, 4>, Overflow::saturate>;
static_assert(sum_of<wraps>({}).value() == 0.0F && sum_of<wraps>({}).overflows() == 0);
static_assert(sum_of<wraps>({7.0F, 0.9375F}).value() == 7.9375F && sum_of<wraps>({7.0F, 0.9375F}).overflows() == 0,
              "the largest value is no overflow");
static_assert(sum_of<wraps>({7.0F, 1.0F}).value() == -8.0F && sum_of<wraps>({7.0F, 1.0F}).overflows() == 1);
static_assert(sum_of<wraps>({7.0F, 1.0F, -1.0F}).value() == 7.0F && sum_of<wraps>({7.0F, 1.0F, -1.0F}).overflows() == 2, "there and back");
static_assert(sum_of<saturates>({7.0F, 2.0F}).value() == 7.9375F && sum_of<saturates>({7.0F, 2.0F, -1.0F}).value() == 6.9375F,
              "what was cut off is lost");
static_assert(sum_of<saturates>({-8.0F, -1.0F, 1.0F}).value() == -7.0F && sum_of<saturates>({-8.0F, -1.0F, 1.0F}).overflows() == 1);
static_assert(sum_of<saturates>({-5.0F, 20.0F}).value() == 7.9375F,
              "a product may be larger than the register: -5 + 20 saturates, not -5 + 7.9375");
static_assert(sum_of<wraps>({1e30F}).value() == 0.0F && sum_of<wraps>({1e30F}).overflows() == 1 &&
              sum_of<saturates>({-1e30F}).value() == -8.0F);
static_assert(sum_of<wraps>({0.03125F}).value() == 0.0F && sum_of<wraps>({0.09375F}).value() == 0.125F, "ties of products go to even");
static_assert(sum_of<wraps>({0.03F, 0.03F, 0.03F}).value() == 0.0F, "each product is rounded");
static_assert(sum_of<accumulator<Fixed<8, 4>, Overflow::wrap, Round::down>>({-0.03F, 0.03F}).value() == -0.0625F);
static_assert(sum_of<accumulator<Fixed<8, 4>, Overflow::wrap, Round::toward_zero>>({-0.1F, 0.1F, 0.1F}).value() == 0.0625F);
static_assert(sum_of<accumulator<Fixed<8, 4, false>, Overflow::wrap>>({-1.0F}).value() == 15.0F &&
              sum_of<accumulator<Fixed<8, 4, false>, Overflow::saturate>>({-1.0F}).value() == 0.0F);
static_assert(accumulator<Fixed<24, 8>, Overflow::wrap>::name() == "accumulator<Fixed<24, 8>, Overflow::wrap>");
static_assert(accumulator<Fixed<24, 8>, Overflow::saturate, Round::down>::name() ==
              "accumulator<Fixed<24, 8>, Overflow::saturate, Round::down>");

// ---- The products, against integers of 128 bits -----------------------------------------------------------------------------------

struct Register {
  int width = 0, fraction = 0;
  bool is_signed = true, wrap = true;
  Round round = Round::nearest_even;
};
struct Result {
  float value = 0.0F;
  std::int64_t overflows = 0;
};
__extension__ typedef __int128 wide_int;  // NOLINT: `using` cannot be marked as an extension

/// The sum in a register, for products whose bits lie between 2^-100 and 2^20: as integers in units of 2^-100.
Result naive(std::span<const float> x, std::span<const float> w, const float* bias, const Register& r) {
  constexpr int unit = 100;
  const wide_int low = r.is_signed ? -(wide_int{1} << (r.width - 1)) : 0, high = (wide_int{1} << (r.is_signed ? r.width - 1 : r.width)) - 1,
                 range = wide_int{1} << r.width;
  wide_int code = 0;
  Result result;
  const auto add = [&](double product) {
    const double scaled = std::ldexp(product, unit);
    if (scaled != std::rint(scaled) || std::abs(scaled) > 0x1p120) throw std::logic_error("the test's own numbers do not fit");
    const auto p = static_cast<wide_int>(scaled);
    const int drop = unit - r.fraction;
    const wide_int down = p >> drop, rest = p - (down << drop), half = wide_int{1} << (drop - 1);
    bool up = false;
    switch (r.round) {
      case Round::nearest_even:
        up = rest > half || (rest == half && down % 2 != 0);
        break;
      case Round::nearest_away:
        up = rest > half || (rest == half && p > 0);
        break;
      case Round::toward_zero:
        up = rest != 0 && p < 0;
        break;
      case Round::down:
        break;
      case Round::up:
        up = rest != 0;
        break;
      case Round::to_odd:
        up = rest != 0 && down % 2 == 0;
        break;
      case Round::stochastic:
        throw std::logic_error("not tested");
    }
    code += down + (up ? 1 : 0);
    if (low <= code && code <= high) return;
    ++result.overflows;
    if (!r.wrap) code = code < low ? low : high;
    else {
      code %= range;
      if (code < low) code += range;
      if (code > high) code -= range;
    }
  };
  for (std::size_t k = 0; k < x.size(); ++k) add(static_cast<double>(x[k]) * static_cast<double>(w[k]));
  if (bias != nullptr) add(static_cast<double>(*bias));
  result.value = static_cast<float>(std::ldexp(static_cast<double>(code), -r.fraction));
  return result;
}

template <QuantScheme S>
Values quantized(const Values& x, std::int64_t rows, std::int64_t depth) {
  Values y(x.size());
  quantize_values<S>(x, y, Extents{rows, depth});
  return y;
}

/// @returns the overflows counted
template <QuantScheme X, QuantScheme W, class Accumulator>
std::int64_t check(const Register& r, const Values& x, const Values& w, const Values& bias, std::int64_t samples, std::int64_t outputs,
                   std::int64_t depth) {
  accumulated_product<X, W, Accumulator> product;
  product.pack(w.data(), outputs, depth, depth);
  exact_dot::Aligned scratch(product.scratch_bytes(samples));
  Values y(static_cast<std::size_t>(samples * outputs));
  std::vector<std::int64_t> by_output(static_cast<std::size_t>(outputs), 5), expected_by_output = by_output;
  overflow_report report;
  report.by_output = by_output;
  const float* const b = bias.empty() ? nullptr : bias.data();
  product(x.data(), depth, samples, b, y.data(), outputs, scratch.span(), 0, &report);
  const Values xq = quantized<X>(x, samples, depth), wq = quantized<W>(w, outputs, depth);
  overflow_report expected;
  int wrong = 0;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t n = 0; n < outputs; ++n) {
      const auto at = static_cast<std::size_t>(n), length = static_cast<std::size_t>(depth);
      const Result e = naive({xq.data() + s * depth, length}, {wq.data() + n * depth, length}, b == nullptr ? nullptr : b + n, r);
      const float found = y[static_cast<std::size_t>(s * outputs + n)];
      expected.overflows += e.overflows;
      expected.overflowed_sums += e.overflows != 0 ? 1 : 0;
      expected_by_output[at] += e.overflows;
      if (bits(e.value) != bits(found) && wrong++ < 5)
        ADD_FAILURE() << Accumulator::name() << ", " << X::name() << " x " << W::name() << ", sample " << s << ", output " << n
                      << ", depth " << depth << ": " << found << " should be " << e.value;
    }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(report.overflows, expected.overflows) << Accumulator::name();
  EXPECT_EQ(report.overflowed_sums, expected.overflowed_sums);
  EXPECT_EQ(by_output, expected_by_output);
  EXPECT_EQ(report.sums, samples * outputs);
  EXPECT_EQ(report.additions, samples * outputs * (depth + (b != nullptr ? 1 : 0)));
  return report.overflows;
}

template <class Format, Overflow O, Round R>
void check_register() {
  constexpr Register r{Format::bits, Format::fraction_bits, Format::is_signed, O == Overflow::wrap, R};
  using A = accumulator<Format, O, R>;
  unsigned seed = 1;
  std::int64_t overflows = 0;
  for (const std::int64_t samples : {1, 3})
    for (const std::int64_t outputs : {1, 37})
      for (const std::int64_t depth : {0, 1, 29, 300}) {
        const Values x = normal_values(samples * depth, seed++), w = normal_values(outputs * depth, seed++),
                     b = normal_values(outputs, seed++);
        overflows += check<Fixed<8, 4>, Fixed<8, 6>, A>(r, x, w, seed % 2 == 0 ? b : Values{}, samples, outputs, depth);
        overflows += check<MXFP8<E4M3>, NVFP4, A>(r, x, w, b, samples, outputs, depth);
      }
  if (Format::bits - Format::fraction_bits < 8) {
    EXPECT_GT(overflows, 0) << A::name() << ": inputs that overflow no register test nothing";
  }
}

TEST(AccumulatedProduct, EveryRegisterAndDirection) {
  check_register<Fixed<8, 4>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<8, 4>, Overflow::saturate, Round::nearest_even>();
  check_register<Fixed<10, 6>, Overflow::wrap, Round::down>();
  check_register<Fixed<12, 9>, Overflow::saturate, Round::toward_zero>();
  check_register<Fixed<8, 3, false>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<8, 3, false>, Overflow::saturate, Round::down>();
  check_register<Fixed<24, 8>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<32, 30>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<32, 29, false>, Overflow::saturate, Round::toward_zero>();
  check_register<Fixed<1, 0>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<8, 40>, Overflow::wrap, Round::nearest_even>();
  check_register<Fixed<8, -2>, Overflow::saturate, Round::nearest_even>();
}

TEST(AccumulatedProduct, TiesInEveryDirection) {
  // Products that are odd multiples of half a quantum.
  const std::int64_t depth = 40;
  Values x(40), w(5 * 40);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<float>(2 * static_cast<int>(k % 7) - 7);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = (i % 3 == 0 ? -0.125F : 0.125F) * static_cast<float>(i / 40 + 1);
  const auto one = [&]<Round R>() {
    check<none, none, accumulator<Fixed<8, 2>, Overflow::wrap, R>>({8, 2, true, true, R}, x, w, {}, 1, 5, depth);
  };
  one.template operator()<Round::nearest_even>();
  one.template operator()<Round::nearest_away>();
  one.template operator()<Round::toward_zero>();
  one.template operator()<Round::down>();
  one.template operator()<Round::up>();
  one.template operator()<Round::to_odd>();
}

TEST(AccumulatedProduct, OrderDecidesWhatASaturatedSumIs) {
  const Values x{5.0F, 5.0F, -5.0F}, w{1.0F, 1.0F, 1.0F};
  using A = accumulator<Fixed<8, 4>, Overflow::saturate>;
  accumulated_product<none, none, A> product;
  product.pack(w.data(), 1, 3, 3);
  EXPECT_EQ(exact_dot::run(product, x, 1, {})[0], 2.9375F);
  EXPECT_EQ(exact_dot::run(product, {5.0F, -5.0F, 5.0F}, 1, {})[0], 5.0F);
  EXPECT_EQ(exact_dot::run(product, {5.0F, -5.0F, 5.0F}, 1, {4.0F})[0], 7.9375F) << "the bias comes last";
}

TEST(AccumulatedProduct, AWideRegisterGivesTheExactProduct) {
  const Values x = normal_values(9 * 200, 1), w = normal_values(50 * 200, 2), b{};
  accumulated_product<Fixed<8, 4>, Fixed<8, 6>, accumulator<Fixed<32, 10>, Overflow::wrap>> narrow;
  exact_product<Fixed<8, 4>, Fixed<8, 6>> exact;
  narrow.pack(w.data(), 50, 200, 200);
  exact.pack(w.data(), 50, 200, 200);
  EXPECT_EQ(exact_dot::run(narrow, x, 9, b, 3, 2), exact_dot::run(exact, x, 9, b, 3, 2));
}

// Too large for the vectors, and not finite: beside samples and outputs that are neither.
TEST(AccumulatedProduct, TermsOfAnySizeFollowTheDefinition) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const std::int64_t samples = 6, outputs = 40, depth = 30;
  Values x = normal_values(samples * depth, 1), w = normal_values(outputs * depth, 2), b = normal_values(outputs, 3);
  const Values large = any_values(depth, 4);
  std::copy(large.begin(), large.end(), x.begin() + depth);
  x[2 * depth + 1] = nan;
  x[3 * depth + 2] = infinity;
  std::copy(large.begin(), large.end(), w.begin() + 5 * depth);
  for (std::int64_t k = 0; k < depth; ++k) {  // around the end of what the vectors take: products of 2^32 to 2^62
    x[static_cast<std::size_t>(4 * depth + k)] *= std::ldexp(1.0F, static_cast<int>(32 + k));
    x[static_cast<std::size_t>(5 * depth + k)] *= 0x1p42F;
  }
  w[6 * depth + 2] = 0.0F;
  w[7 * depth + 2] = -infinity;
  b[8] = 3e38F;
  b[9] = -infinity;
  const auto one = [&]<class A>() {
    accumulated_product<none, none, A> product;
    product.pack(w.data(), outputs, depth, depth);
    exact_dot::Aligned scratch(product.scratch_bytes(samples));
    Values y(static_cast<std::size_t>(samples * outputs));
    overflow_report report;
    product(x.data(), depth, samples, b.data(), y.data(), outputs, scratch.span(), 0, &report);
    std::int64_t overflows = 0;
    for (std::size_t s = 0; s < static_cast<std::size_t>(samples); ++s)
      for (std::size_t n = 0; n < static_cast<std::size_t>(outputs); ++n) {
        A sum;
        for (std::size_t k = 0; k < static_cast<std::size_t>(depth); ++k)
          sum.add(x[s * static_cast<std::size_t>(depth) + k], w[n * static_cast<std::size_t>(depth) + k]);
        sum.add(b[n]);
        overflows += sum.overflows();
        EXPECT_EQ(bits(y[s * static_cast<std::size_t>(outputs) + n]), bits(sum.value())) << A::name() << ' ' << s << ' ' << n;
      }
    EXPECT_EQ(report.overflows, overflows);
    EXPECT_GT(overflows, depth);
    EXPECT_TRUE(std::isnan(y[2 * static_cast<std::size_t>(outputs)]));
    EXPECT_TRUE(std::isinf(y[3 * static_cast<std::size_t>(outputs) + 1]));
    EXPECT_TRUE(std::isnan(y[3 * static_cast<std::size_t>(outputs) + 6])) << "infinity times zero";
    EXPECT_EQ(y[9], -infinity);
  };
  one.template operator()<accumulator<Fixed<16, 8>, Overflow::wrap>>();
  one.template operator()<accumulator<Fixed<16, 8>, Overflow::saturate>>();
  one.template operator()<accumulator<Fixed<24, 40>, Overflow::wrap, Round::down>>();
}

TEST(AccumulatedProduct, ReportsAddUpAndMayBeLeftOut) {
  const Values w(3 * 4, 1.0F), x(2 * 4, 5.0F);
  accumulated_product<none, none, accumulator<Fixed<8, 4>, Overflow::wrap>> product;
  product.pack(w.data(), 3, 4, 4);
  exact_dot::Aligned scratch(product.scratch_bytes(2));
  Values y(6), z(6);
  overflow_report report;
  std::vector<std::int64_t> counts(3), few(2);
  report.by_output = counts;
  product(x.data(), 4, 2, nullptr, y.data(), 3, scratch.span(), 0, &report);
  product(x.data(), 4, 2, nullptr, y.data(), 3, scratch.span(), 0, &report);
  product(x.data(), 4, 2, nullptr, z.data(), 3, scratch.span());
  EXPECT_EQ(y, z);
  EXPECT_EQ(report.sums, 12);
  EXPECT_EQ(report.additions, 48);
  EXPECT_EQ(report.overflowed_sums, 12);
  EXPECT_EQ(report.overflows, std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  report.by_output = few;
  EXPECT_THROW(product(x.data(), 4, 2, nullptr, y.data(), 3, scratch.span(), 0, &report), error);
  EXPECT_THROW(product(x.data(), 4, 2, nullptr, y.data(), 3, scratch.span().first(8)), error);
  EXPECT_GT(product.size_bytes(), 0);
}

}  // namespace
