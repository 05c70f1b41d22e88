// SPDX-License-Identifier: BSL-1.0
// Every operator with every scheme. In each cell, for two settings of the operator and two batch sizes, on tensors that no block shape
// divides:
//   1. the quantised node equals a loop in double over operands that an oracle quantised;
//   2. it differs from the float node;
//   3. with the schemes of its roles exchanged it equals that loop too, and differs from what it was;
//   4. a scheme for the result gives the oracle's values of the node's own result, to the bit.
// Neither loops nor oracle share code with the library. The matrix is printed; a missing cell is a failure.
#include <support/matrix.hpp>
#include <support/matrix_oracle.hpp>

#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>
#include <sstream>

namespace dyadic::matrix {
namespace {

/// The seed's operators, in its order, and three more.
constexpr std::array expected{
    op::add,          op::bmm,        op::conv1d,     op::conv2d,          op::matmul,   op::mul,  op::linear, op::relu, op::sub,
    op::batch_norm2d, op::layer_norm, op::group_norm, op::instance_norm2d, op::rms_norm, op::selu, op::tanh,   op::gelu, op::softsign,
    op::softplus,     op::silu,       op::softmax,    op::convtranspose2d};
constexpr double tolerance = 1e-5;  // of the largest value of a result; the operators are exact to some 1e-6

/// Which scheme an operand takes, as the definitions have it: asking the library would prove nothing.
role role_of_input(op kind, std::size_t i) { return i == 1 && (kind == op::matmul || kind == op::bmm) ? role::weight : role::data_in; }
role role_of_parameter(std::string_view name) { return name == "weight" ? role::weight : name == "bias" ? role::bias : role::none; }

/// What their dimensions mean.
oracle::Axis axis_of_input(op kind, std::size_t i) {
  if (kind == op::conv1d || kind == op::conv2d || kind == op::convtranspose2d) return oracle::Axis::channels;
  return i == 1 && (kind == op::matmul || kind == op::bmm) ? oracle::Axis::columns : oracle::Axis::rows;
}
oracle::Axis axis_of_parameter(op kind, std::string_view name) {
  if (name != "weight") return oracle::Axis::rows;
  return kind == op::conv1d || kind == op::conv2d ? oracle::Axis::kernel
         : kind == op::convtranspose2d            ? oracle::Axis::transposed_kernel
                                                  : oracle::Axis::rows;
}
/// Groups of a convolution: input channels are as many as its data have, a kernel sees as many as it has.
std::int64_t groups_of(const setting_info& s) {
  const std::string name = s.operation->name();
  const std::size_t at = name.find("groups<");
  return at == std::string::npos ? 1 : std::stoll(name.substr(at + 7));
}

naive::Dimensions dimensions(const Extents& e) {
  naive::Dimensions d;
  for (int i = 0; i < e.rank(); ++i) d.push_back(e[i]);
  return d;
}
naive::Array as_array(const std::vector<float>& values, const naive::Dimensions& shape) {
  naive::Array a(shape);
  std::copy(values.begin(), values.end(), a.values.begin());
  return a;
}
/// Values around 1, some far out, some zero, a row of zeros where there are rows to spare.
test::tensor operand(std::mt19937& random, const Extents& shape) {
  test::tensor t = test::random_tensor(random, shape, 0.0f, 1.5f);
  for (std::size_t i = 3; i < t.values.size(); i += 29) t.values[i] = i % 2 == 0 ? 0.0f : 4.0f * t.values[i];
  if (shape.rank() > 2)
    for (std::int64_t i = shape.back(0); i < 2 * shape.back(0); ++i) t.values[static_cast<std::size_t>(i)] = 0.0f;
  return t;
}
operands random_operands(std::mt19937& random, const row& r, std::int64_t batch) {
  operands all;
  for (std::size_t s : {0U, 1U}) {
    for (Extents e : r.settings[s].inputs) {
      for (int i = 0; i < e.rank(); ++i)
        if (e[i] == dyn) e[i] = batch;
      all.inputs.push_back(operand(random, e));
    }
    all.parameters[s] = test::random_parameters(random, *r.settings[s].operation);
  }
  return all;
}

/// The operands of one setting as the oracle quantises them, by column; what has no role stays.
class quantised_operands {
 public:
  void add(const test::tensor& t, role what, const oracle::Operand& as) {
    role_.push_back(what);
    const naive::Dimensions shape = dimensions(t.shape);
    original_.push_back(as_array(t.values, shape));
    auto& by_column = quantised_.emplace_back();
    for (const oracle::Column& c : oracle::matrix_columns()) by_column.push_back(as_array(c.quantize(t.values, shape, as), shape));
  }
  [[nodiscard]] const std::vector<naive::Array>& original() const { return original_; }
  [[nodiscard]] std::vector<naive::Array> with(std::size_t data, std::size_t weight, std::size_t bias) const {
    std::vector<naive::Array> all = original_;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (role_[i] == role::data_in) all[i] = quantised_[i][data];
      if (role_[i] == role::weight) all[i] = quantised_[i][weight];
      if (role_[i] == role::bias) all[i] = quantised_[i][bias];
    }
    return all;
  }

 private:
  std::vector<role> role_;
  std::vector<naive::Array> original_;
  std::vector<std::vector<naive::Array>> quantised_;
};

/// One result among the eight that a model computes side by side.
std::vector<float> part(const results& all, std::int64_t batch, std::size_t first, std::size_t size) {
  const std::size_t row_size = all.size() / static_cast<std::size_t>(batch);
  std::vector<float> r;
  for (std::size_t n = 0; n < static_cast<std::size_t>(batch); ++n)
    r.insert(r.end(), all.begin() + static_cast<std::ptrdiff_t>(n * row_size + first),
             all.begin() + static_cast<std::ptrdiff_t>(n * row_size + first + size));
  return r;
}

double largest(const std::vector<double>& values) {
  double top = 1e-6;
  for (const double v : values)
    if (std::isfinite(v)) top = std::max(top, std::fabs(v));
  return top;
}
/// How far results are apart, in units of `top`; a NaN equals only a NaN.
template <class T>
double distance(const std::vector<float>& a, const std::vector<T>& b, double top) {
  double most = a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    if (std::isnan(x) && std::isnan(y)) continue;
    most = std::max(most, std::isnan(x) || std::isnan(y) ? std::numeric_limits<double>::infinity() : std::fabs(x - y) / top);
  }
  return most;
}

/// A row with a batch of operands, everything that its cells have in common.
class bench {
 public:
  bench(const row& r, std::int64_t batch) : row_(&r), batch_(batch) {
    std::mt19937 random(static_cast<unsigned>(r.kind) * 8 + static_cast<unsigned>(batch));
    given_ = random_operands(random, r, batch);
    floats_ = r.run_float(given_);
    auto input = given_.inputs.begin();
    std::size_t first = 0;
    for (std::size_t s : {0U, 1U}) {
      const operator_info& operation = *r.settings[s].operation;
      for (std::size_t i = 0; i < r.settings[s].inputs.size(); ++i) operands_[s].add(*input++, role_of_input(r.kind, i), {axis_of_input(r.kind, i), 1});
      for (std::size_t i = 0; i < operation.parameters.size(); ++i)
        operands_[s].add(given_.parameters[s][i], role_of_parameter(operation.parameters[i].name),
                         {axis_of_parameter(r.kind, operation.parameters[i].name), groups_of(r.settings[s])});
      const naive::Array y = r.settings[s].meaning(operands_[s].original());
      shape_[s] = y.shape;
      size_[s] = y.values.size() / static_cast<std::size_t>(batch);
      for (std::size_t v = 0; v < variants.size(); ++v) {
        first_[s][v] = first;
        first += size_[s];
        EXPECT_LE(distance(of(floats_, s, v), y.values, largest(y.values)), tolerance)
            << to_string(r.kind) << " in float, " << variants[v] << s;
      }
    }
    EXPECT_EQ(first * static_cast<std::size_t>(batch), floats_.size()) << to_string(r.kind) << " in float";
  }

  /// What is wrong with a cell; empty: nothing.
  [[nodiscard]] std::string check(std::size_t column) const {
    const std::size_t second = second_of(column), third = third_of(column);
    const results all = row_->cells[column].run(given_);
    if (all.size() != floats_.size()) return "results are of the wrong size";
    std::ostringstream wrong;
    const auto& meaning = oracle::matrix_columns();
    for (std::size_t s : {0U, 1U}) {
      const std::string where = " of " + row_->settings[s].operation->name() + ", batch " + std::to_string(batch_) + "; ";
      const std::vector<float> plain = of(all, s, 0), swapped = of(all, s, 1), plain_out = of(all, s, 2), swapped_out = of(all, s, 3);
      const std::vector<float> unquantised = of(floats_, s, 0);
      const std::vector<double> want =
          row_->settings[s].meaning(operands_[s].with(column, second, bias_follows(column) ? second : third)).values;
      const std::vector<double> want_swapped =
          row_->settings[s].meaning(operands_[s].with(second, column, bias_follows(column) ? column : third)).values;
      const double top = largest(want);
      // 1.
      if (const double d = distance(plain, want, top); !(d <= tolerance)) wrong << "the result is off by " << d << where;
      // 2. and 3. Apart by more than what is forgiven above.
      if (distance(plain, unquantised, top) <= 10 * tolerance) wrong << "the result is that of floats" << where;
      if (const double d = distance(swapped, want_swapped, largest(want_swapped)); !(d <= tolerance))
        wrong << "with roles exchanged it is off by " << d << where;
      if (distance(swapped, plain, top) <= 10 * tolerance) wrong << "exchanging roles changes nothing" << where;
      // 4.
      if (distance(plain_out, meaning[second].quantize(plain, shape_[s], {}), 1.0) != 0)
        wrong << "data_out gives other values than " << meaning[second].name << where;
      if (distance(swapped_out, meaning[column].quantize(swapped, shape_[s], {}), 1.0) != 0)
        wrong << "data_out gives other values than " << meaning[column].name << where;
    }
    return wrong.str();
  }

 private:
  [[nodiscard]] std::vector<float> of(const results& all, std::size_t setting, std::size_t variant) const {
    return part(all, batch_, first_[setting][variant], size_[setting]);
  }

  const row* row_;
  std::int64_t batch_;
  operands given_;
  results floats_;
  std::array<quantised_operands, 2> operands_;
  std::array<naive::Dimensions, 2> shape_;
  std::array<std::size_t, 2> size_{};
  std::array<std::array<std::size_t, 4>, 2> first_{};
};

std::vector<row> all_rows() {
  std::vector<row> all = rows_of_values();
  for (auto* more : {&rows_of_products, &rows_of_norms})
    for (row& r : more()) all.push_back(std::move(r));
  return all;
}

TEST(Matrix, EveryOperatorWithEveryScheme) {
  const std::vector<row> rows = all_rows();
  const std::vector<oracle::Column>& meaning = oracle::matrix_columns();
  ASSERT_EQ(meaning.size(), columns);
  std::ostringstream picture;
  picture << std::string(17, ' ');
  for (std::size_t c = 0; c < columns; ++c) picture << std::setw(3) << c + 1;
  std::size_t passed = 0;
  for (const op kind : expected) {
    picture << "\n" << std::left << std::setw(17) << to_string(kind) << std::right;
    const auto found = std::find_if(rows.begin(), rows.end(), [kind](const row& r) { return r.kind == kind; });
    if (found == rows.end()) {
      ADD_FAILURE() << "the matrix has no row for " << to_string(kind);
      continue;
    }
    const std::array<bench, 2> batches{bench(*found, 1), bench(*found, 5)};
    for (std::size_t c = 0; c < columns; ++c) {
      std::string wrong = "there is no such cell";
      if (c < found->cells.size()) {
        wrong = found->cells[c].scheme == meaning[c].name
                    ? ""
                    : "the oracle has " + meaning[c].name + " for " + std::string(found->cells[c].scheme);
        for (const bench& b : batches) wrong += b.check(c);
      }
      passed += wrong.empty() ? 1U : 0U;
      picture << "  " << (wrong.empty() ? "✓" : "✗");
      EXPECT_EQ(wrong, "") << to_string(kind) << " with " << meaning[c].name;
    }
  }
  EXPECT_EQ(rows.size(), expected.size()) << "rows that are not counted";
  std::cout << picture.str() << "\n\n";
  for (std::size_t c = 0; c < columns; ++c)
    std::cout << std::setw(4) << c + 1 << "  " << meaning[c].name << (meaning[c].seed.empty() ? "" : "  (" + meaning[c].seed + ")") << "\n";
  std::cout << "matrix: " << passed << " of " << expected.size() * columns << " cells" << std::endl;
}

}  // namespace
}  // namespace dyadic::matrix
