// SPDX-License-Identifier: BSL-1.0
// The schemes of the matrix, told a second time: the library's own by the oracles of the format tests, MASE's by the formulas that
// define them, with log2 and powers of the mathematical library. Nothing here includes a format of the library.
#include <support/matrix_oracle.hpp>
#include <support/oracle_block.hpp>

namespace oracle {
namespace {

using Values = std::vector<float>;

// ---- the library's formats ---------------------------------------------------------------------------------------------------

Column each(std::string name, std::string seed, Format f) {
  return {std::move(name), std::move(seed), [f = std::move(f)](const Values& x, const Dimensions&, const Operand&) {
            Values y;
            for (const float v : x) y.push_back(static_cast<float>(quantize(f, v)));
            return y;
          }};
}
template <class Described>
Column tensors(std::string name, std::string seed, Described d) {
  return {std::move(name), std::move(seed), [d](const Values& x, const Dimensions& shape, const Operand&) { return quantize(d, x, shape).values; }};
}

/// A scheme for matrices whose blocks of `n` lie along the rows, for operands: each line is a row.
template <class Quantize>
Column along(Column c, std::int64_t n, Quantize of_matrix) {
  c.quantize = [n, of_matrix](const Values& x, const Dimensions& shape, const Operand& as) {
    Values matrix, y(x.size());
    const auto lines = lines_of(shape, as, n);
    for (const auto& line : lines)
      for (const std::size_t i : line) matrix.push_back(x[i]);
    const auto rows = static_cast<std::int64_t>(lines.size());
    const Values quantised = of_matrix(matrix, {rows, static_cast<std::int64_t>(x.size()) / rows});
    std::size_t next = 0;
    for (const auto& line : lines)
      for (const std::size_t i : line) y[i] = quantised[next++];
    return y;
  };
  return c;
}

/// The field that holds a block's exponent s.
struct Field {
  int lowest, highest;
};
Field e8m0() { return {-127, 127}; }
Field biased(int bits) { return {1 - (1 << (bits - 1)), 1 << (bits - 1)}; }
/// Two's complement of floor(log2) or round(log2) of the largest magnitude, which is s + emax.
Field top_exponent(int bits, const Format& element) {
  const int emax = floor_log2_of(element.largest());
  return {-(1 << (bits - 1)) - emax, (1 << (bits - 1)) - 1 - emax};
}
Column powers(std::string name, std::string seed, const Format& element, Dimensions shape, Field field, Rule rule = Rule::floor) {
  PowerScaled b;
  b.shape = std::move(shape);
  b.rule = rule;
  b.lowest = field.lowest;
  b.highest = field.highest;
  b.code = [](int, int) { return std::uint64_t{0}; };  // codes are compared elsewhere
  const auto quantize_tensor = [b, element](const Values& x, const Dimensions& tensor) {
    PowerScaled with_element = b;
    with_element.element = &element;
    return quantize(with_element, x, tensor).values;
  };
  return {std::move(name), std::move(seed),
          [quantize_tensor](const Values& x, const Dimensions& tensor, const Operand&) { return quantize_tensor(x, tensor); }};
}
/// Blocks of `n` that follow the sum.
Column powers_along(std::string name, std::string seed, const Format& element, std::int64_t n, Field field) {
  const Column rows = powers(name, seed, element, {n}, field);
  return along({std::move(name), std::move(seed), {}}, n,
               [rows](const Values& x, const Dimensions& matrix) { return rows.quantize(x, matrix, {}); });
}

/// A shape of full rank: everything, or one slice of the first dimension.
Dimensions all_of(const Dimensions& tensor) { return Dimensions(tensor.size(), -1); }
Dimensions slice_of(const Dimensions& tensor) {
  Dimensions d = all_of(tensor);
  if (d.size() > 1) d[0] = 1;
  return d;
}

// ---- MASE's formulas, in float32 ---------------------------------------------------------------------------------------------

constexpr float tiny = 1e-9F;
float log2_of(float v) { return static_cast<float>(std::log2(static_cast<double>(v))); }
float power_of(float e) { return std::ldexp(1.0F, static_cast<int>(e)); }
float sign(float x) { return x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : 0.0F; }
float between(float low, float x, float high) { return std::min(std::max(x, low), high); }
float number(int i) { return static_cast<float>(i); }
bool passes(float x) { return std::fabs(x) <= 1e-8F; }

float integer(float x, int w, int f, bool down) {
  const float scaled = std::ldexp(x, f), top = std::ldexp(1.0F, w - 1);
  return std::ldexp(between(-top, down ? std::floor(scaled) : std::nearbyint(scaled), top - 1.0F), -f);
}
float minifloat_ieee(float x, int w, int e_bits, int bias) {
  if (passes(x)) return x;
  const float v = std::fabs(x), shift = std::ldexp(1.0F, w - e_bits - 1), least = number(-bias);
  const float e = between(least, std::floor(log2_of(v + tiny)), number((1 << e_bits) - 1 - bias));
  const float scaled = v / power_of(e) * shift;
  const float m = between(0.0F, std::nearbyint(e == least ? scaled / 2.0F : scaled - shift), shift - 1.0F) / shift;
  return sign(x + tiny) * power_of(e) * (e == least ? m * 2.0F : 1.0F + m);
}
float minifloat_denorm(float x, int w, int e_bits, int bias) {
  if (passes(x)) return x;
  const float v = std::fabs(x), shift = std::ldexp(1.0F, w - e_bits - 1);
  const float e = between(number(-bias), std::ceil(log2_of(v + tiny)), number((1 << e_bits) - 1 - bias));
  return sign(x + tiny) * power_of(e) * between(0.0F, std::nearbyint(v / power_of(e) * shift), shift - 1.0F) / shift;
}
float logarithm(float x, int w, int bias) {
  const float tenth = 0.1F * power_of(number(-bias));
  const float e = between(number(-bias), std::nearbyint(log2_of(std::fabs(x) + tenth)), number((1 << (w - 1)) - 1 - bias));
  return sign(x + tenth) * power_of(e);
}
float block_fp(float x, float largest, int w, int e_bits, int bias) {
  if (passes(x)) return x;
  const float shift = std::ldexp(1.0F, w - 1), e = between(number(-bias), std::ceil(log2_of(largest)), number((1 << e_bits) - 1 - bias));
  const float m = between(0.0F, std::nearbyint((std::fabs(x) + tiny) / power_of(e) * shift), shift - 1.0F);
  return sign(x + tiny) * power_of(e) * m / shift;
}
float block_minifloat(float x, float largest, int w, int e_bits, int bias_bits) {
  return minifloat_ieee(x, w, e_bits, static_cast<int>(between(0.0F, std::floor(log2_of(largest)), number((1 << bias_bits) - 1))));
}
float block_log(float x, float largest, int w, int bias_bits) {
  const float bias = between(0.0F, number((1 << (w - 1)) - 1) - std::ceil(log2_of(largest)), number((1 << bias_bits) - 1));
  return logarithm(x, w, static_cast<int>(bias));
}

template <class Formula>
Column each_by(std::string name, std::string seed, Formula f) {
  return {std::move(name), std::move(seed), [f](const Values& x, const Dimensions&, const Operand&) {
            Values y;
            for (const float v : x) y.push_back(f(v));
            return y;
          }};
}
float largest_of(const Values& x, const std::vector<std::size_t>& block) {
  float a = 0.0F;
  for (const std::size_t i : block) a = std::max(a, std::fabs(x[i]));
  return a;
}
/// MASE's blocks: a dimension that is not mentioned is taken whole; with `skip_first` dimension 0 counts as 1. A zero block takes the
/// smallest other maximum.
template <class Formula>
Column blocks_by(std::string name, std::string seed, Dimensions block_size, bool skip_first, Formula f) {
  return {std::move(name), std::move(seed), [=](const Values& x, const Dimensions& tensor, const Operand&) {
            Dimensions shape = all_of(tensor);
            for (std::size_t i = 0; i < std::min(shape.size(), block_size.size()); ++i)
              shape[shape.size() - 1 - i] = block_size[block_size.size() - 1 - i];
            if (skip_first) shape[0] = 1;
            const auto blocks = blocks_of(tensor, shape);
            float least = 0.0F;
            for (const auto& block : blocks)
              if (const float a = largest_of(x, block); a != 0.0F && (least == 0.0F || a < least)) least = a;
            if (least == 0.0F) least = 1.0F;
            Values y(x.size());
            for (const auto& block : blocks) {
              const float a = largest_of(x, block);
              for (const std::size_t i : block) y[i] = f(x[i], a == 0.0F ? least : a);
            }
            return y;
          }};
}

float mean_above(const Values& x, const std::vector<std::size_t>& slice, float bound) {
  double sum = 0.0, count = 0.0;
  for (const std::size_t i : slice)
    if (std::fabs(x[i]) > bound) sum += static_cast<double>(std::fabs(x[i])), count += 1.0;
  return static_cast<float>(sum / count);
}
Values scaled_bits(const Values& x, const Dimensions& tensor, const Operand&) {
  Values y(x.size());
  for (const auto& slice : blocks_of(tensor, slice_of(tensor))) {
    const float alpha = mean_above(x, slice, -1.0F);
    for (const std::size_t i : slice) y[i] = x[i] > 0.0F ? alpha : 0.0F;
  }
  return y;
}
Values trits(const Values& x, const Dimensions& tensor, bool scaled) {
  Values y(x.size());
  for (const auto& slice : blocks_of(tensor, slice_of(tensor))) {
    const float delta = 0.75F * mean_above(x, slice, -1.0F),
                alpha = scaled ? mean_above(x, slice, delta) : 1.0F;  // 0/0 in a slice of zeros
    for (const std::size_t i : slice) y[i] = std::fabs(x[i]) > delta ? sign(x[i]) * alpha : 0.0F * alpha;
  }
  return y;
}
Values integers_of_rows(const Values& x, const Dimensions& tensor, int w) {
  const float top = std::ldexp(1.0F, w - 1);
  Values y(x.size());
  for (const auto& row : blocks_of(tensor, {-1})) {
    const float s = top / (largest_of(x, row) + tiny);
    for (const std::size_t i : row) y[i] = between(-top, std::nearbyint(x[i] * s), top - 1.0F) / s;
  }
  return y;
}

std::vector<Column> make_columns() {
  const Format e2m1 = minifloat(2, 1, 1, Tops::none), e2m3 = minifloat(2, 3, 1, Tops::none), e3m2 = minifloat(3, 2, 3, Tops::none);
  const Format e4m3 = minifloat(4, 3, 7, Tops::fn), int8 = fixed(8, 6, true, true), log4 = logq(4, 3);
  return {
      each("Fixed<8, 4>", "integer", fixed(8, 4, true)),
      each_by("Fixed<6, 2>", "fixed", [](float x) { return integer(x, 6, 2, false); }),
      each_by("mase::integer_floor<8, 3>", "integer", [](float x) { return integer(x, 8, 3, true); }),
      each("Minifloat<4, 3>", "minifloat_ieee", minifloat(4, 3, 7, Tops::none)),
      each_by("mase::minifloat_ieee<8, 4, 7>", "minifloat_ieee", [](float x) { return minifloat_ieee(x, 8, 4, 7); }),
      each("MinifloatDenorm<4, 3>", "minifloat_denorm", denorm(4, 3, 7)),
      each_by("mase::minifloat_denorm<8, 4, 7>", "minifloat_denorm", [](float x) { return minifloat_denorm(x, 8, 4, 7); }),
      each("LogQ<6>", "log", logq(6, 15)),
      each_by("mase::log<5, 7>", "log", [](float x) { return logarithm(x, 5, 7); }),
      powers_along("BlockFP<8, 8>", "block_fp", sign_magnitude(8, 6), 16, biased(8)),
      powers("BlockFP<6, 4, Shape<2, 4>>", "block_fp", sign_magnitude(6, 4), {2, 4}, biased(4)),
      blocks_by("mase::block_fp<7, 8, 127, mase::block_size<1, 16>>", "block_fp", {1, 16}, false,
                [](float x, float a) { return block_fp(x, a, 7, 8, 127); }),
      powers("BlockMinifloat<2, 3, 8, Shape<4, 3>>", "block_minifloat", e2m3, {4, 3}, top_exponent(8, e2m3)),
      blocks_by("mase::block_minifloat<8, 4, 4, mase::skip_first_dim<mase::block_size<2, 16>>>", "block_minifloat", {2, 16}, true,
                [](float x, float a) { return block_minifloat(x, a, 8, 4, 4); }),
      powers("BlockLog<4, 8, Shape<2, 1, 8>>", "block_log", log4, {2, 1, 8}, top_exponent(8, log4), Rule::nearest),
      blocks_by("mase::block_log<5, 6, mase::block_size<4, 4>>", "block_log", {4, 4}, false,
                [](float x, float a) { return block_log(x, a, 5, 6); }),
      each("Binary", "binary", binary()),
      tensors("ScaledBinary<PerRow>", "binary", MeanSign{}),
      {"mase::binary<BinaryLevels::zero_plus, true>", "binary", scaled_bits},
      each_by("Ternary", "ternary", [](float x) { return std::fabs(x) > 0.5F ? sign(x) : 0.0F; }),
      tensors("ScaledTernary<TernaryRule::mean75, PerTensor>", "ternary", MeanTrit{}),
      {"mase::ternary<>", "ternary", [](const Values& x, const Dimensions& tensor, const Operand&) { return trits(x, tensor, false); }},
      {"mase::ternary<true>", "ternary", [](const Values& x, const Dimensions& tensor, const Operand&) { return trits(x, tensor, true); }},
      {"mase::scale_integer<6>", "", [](const Values& x, const Dimensions& tensor, const Operand&) { return integers_of_rows(x, tensor, 6); }},
      powers_along("MXFP8<E4M3>", "", e4m3, 32, e8m0()),
      powers_along("MXFP6<E3M2>", "", e3m2, 32, e8m0()),
      powers_along("MXFP4", "", e2m1, 32, e8m0()),
      powers_along("MXINT8", "", int8, 32, e8m0()),
      along({"NVFP4", "", {}}, 16, [](const Values& x, const Dimensions& matrix) { return quantize(TwoLevels{}, x, matrix).values; }),
      {"Scaled<SymmetricFixed<8, 0>, PerRow>", "",
       [f = fixed(8, 0, true, true)](const Values& x, const Dimensions& tensor, const Operand&) {
         return quantize(FloatScaled{&f, slice_of(tensor)}, x, tensor).values;
       }},
      {"Affine<8, PerTensor>", "",
       [](const Values& x, const Dimensions& tensor, const Operand&) {
         return quantize(WithZeroPoint{8, all_of(tensor)}, x, tensor).values;
       }},
  };
}

}  // namespace

const std::vector<Column>& matrix_columns() {
  static const std::vector<Column> columns = make_columns();
  return columns;
}

}  // namespace oracle
