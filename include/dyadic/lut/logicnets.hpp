// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file logicnets.hpp
/// A linear or convolution whose outputs ("neurons") see a few inputs in a few bits each, so that a table can hold every answer.
///
///     z = bias + Σ W_k · q_k · 2^-f over the neuron's inputs, ascending;   T[address] = code of act(batch_norm(z))
///
/// address = Σ_k (q_k - lowest code) << (bits · k). Source: Umuroglu, Akhauri, Fraser, Blott, "LogicNets", arXiv 2004.03021.
#include <dyadic/layer/replacement.hpp>
#include <dyadic/lut/fixed_format.hpp>
#include <dyadic/lut/form.hpp>
#include <dyadic/lut/fused.hpp>
#include <dyadic/lut/layer_shape.hpp>
#include <dyadic/lut/lut6.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What a layer of neurons consists of. Either `weight` and `bias` (the tables are then made of them) or `table` may be empty.
struct logicnets_parameters {
  layer_shape shape;
  fixed_format in, out;
  std::vector<std::int64_t> first;   ///< [out + 1]: the inputs of neuron o are tap[first[o]] to tap[first[o + 1] - 1]
  std::vector<std::int32_t> tap;     ///< which taps of its window; ascending within a neuron
  std::vector<float> weight;         ///< one per tap
  std::vector<float> bias;           ///< [out]
  fused_operators after;             ///< batch norm and activation between sum and code
  std::vector<std::uint16_t> table;  ///< all tables one after the other, each with 2^(bits·fan-in) entries: code minus lowest code

  static constexpr int most_address_bits = 24, usual_address_bits = 15;

  [[nodiscard]] std::int64_t fan_in(std::int64_t o) const {
    return first[static_cast<std::size_t>(o) + 1] - first[static_cast<std::size_t>(o)];
  }
  [[nodiscard]] int address_bits(std::int64_t o) const { return static_cast<int>(fan_in(o)) * in.bits; }
};

namespace detail {
inline namespace DYADIC_ISA {

/// The sum of one neuron, rounded to float32. Enumeration and arithmetic both call it; products are exact in double, sums in order.
/// @param code  code(k) is the code of the neuron's input k
template <class CodeOf>
float neuron_sum(const float* weight, std::int64_t fan_in, float bias, double step, const CodeOf& code) {
  double z = static_cast<double>(bias);
  for (std::int64_t k = 0; k < fan_in; ++k) z += static_cast<double>(weight[k]) * (static_cast<double>(code(k)) * step);
  return static_cast<float>(z);
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Runs such a layer, by its tables or by arithmetic.
class logicnets_layer {
 public:
  /// Makes the tables if there are none. @throws error if the parts do not fit together, a number is not finite, or a table has more than
  /// `most` address bits (at most 24)
  explicit logicnets_layer(logicnets_parameters parts, std::string name = "LogicNets", int most = logicnets_parameters::usual_address_bits)
      : p_(std::move(parts)), name_(std::move(name)) {
    check(std::min(most, logicnets_parameters::most_address_bits));
    offset_.assign(1, 0);
    for (std::int64_t o = 0; o < p_.shape.out; ++o) offset_.push_back(offset_.back() + (std::int64_t{1} << p_.address_bits(o)));
    has_arithmetic_ = p_.table.empty();
    if (has_arithmetic_) enumerate();
    else check_tables();
  }

  [[nodiscard]] const logicnets_parameters& parameters() const { return p_; }
  [[nodiscard]] const layer_shape& shape() const { return p_.shape; }
  /// @see KnowsItsOperator
  [[nodiscard]] std::string misfit(const operator_info& operation) const { return detail::misfit(shape(), operation); }
  /// The entries of neuron o, by address.
  [[nodiscard]] std::span<const std::uint16_t> table(std::int64_t o) const {
    const auto k = static_cast<std::size_t>(o);
    return std::span(p_.table).subspan(static_cast<std::size_t>(offset_[k]), static_cast<std::size_t>(offset_[k + 1] - offset_[k]));
  }
  /// @throws error for `arithmetic` if the tables were given and not made: then they are all that there is
  [[nodiscard]] logicnets_layer in_form(table_form form) const {
    if (form == table_form::arithmetic && !has_arithmetic_)
      throw error(name_ + ": its tables were imported or fitted to data; there is no arithmetic that they come from.");
    logicnets_layer other = *this;
    other.form_ = form;
    return other;
  }
  /// The same neurons with other tables, which then are all that there is. @throws error if they are not as large
  [[nodiscard]] logicnets_layer with_tables(std::vector<std::uint16_t> tables) const {
    logicnets_layer other = *this;
    other.p_.table = std::move(tables);
    other.has_arithmetic_ = false;
    other.form_ = table_form::fast;
    other.check_tables();
    return other;
  }
  [[nodiscard]] logicnets_layer named(std::string name) const {
    logicnets_layer other = *this;
    other.name_ = std::move(name);
    return other;
  }
  /// Where the tables of neuron o begin in `parameters().table`.
  [[nodiscard]] std::int64_t table_offset(std::int64_t o) const { return offset_[static_cast<std::size_t>(o)]; }

  void run(const arguments& a) const {
    const detail::layer_positions at(p_.shape, a.inputs[0].shape);
    std::uint16_t* const codes = detail::carve(a.scratch.data()).take<std::uint16_t>(at.input_size());
    if (!encode(a.inputs[0].data, codes, at.input_size())) throw error(name_ + ": a NaN has no code; the input must not hold any.");
    const auto rest = a.scratch.subspan(static_cast<std::size_t>(detail::carve::floats<std::uint16_t>(at.input_size())));
    if (form_ == table_form::arithmetic) {
      compute(codes, at, a.out, rest);
    } else {
      look_up(codes, at, a.out.data, rest);
    }
  }
  [[nodiscard]] std::int64_t scratch(std::span<const Extents> shapes) const {
    return detail::part_scratch{detail::carve::floats<std::uint16_t>(shapes[0].size()), floats_each()}.floats();
  }
  [[nodiscard]] replacement_report report() const {
    replacement_report r;
    r.name = name_;
    r.tables = p_.shape.out;
    r.table_bits = static_cast<std::int64_t>(p_.table.size()) * p_.out.bits;
    for (std::int64_t o = 0; o < p_.shape.out; ++o) r.luts += p_.out.bits * lut6_bound(p_.address_bits(o));
    r.bytes = (r.table_bits + 7) / 8 + static_cast<std::int64_t>(p_.tap.size()) * 4;
    r.replaces_parameters = true;
    r.weight_bits = r.table_bits + static_cast<std::int64_t>(p_.tap.size()) * 32;
    r.weights = r.biases = "tables";
    r.data = p_.in.text();
    r.data_bits = p_.in.bits;
    return r;
  }

 private:
  void check(int most) const {
    const layer_shape& s = p_.shape;
    const auto out = static_cast<std::size_t>(s.out);
    if (!p_.in.legal() || !p_.out.legal()) throw error(name_ + ": the formats of codes must have 1 to 16 bits.");
    if (p_.first.size() != out + 1 || p_.first.front() != 0 || p_.first.back() != static_cast<std::int64_t>(p_.tap.size()))
      throw error(name_ + ": the list of where each neuron's inputs begin does not fit the " + std::to_string(p_.tap.size()) + " inputs.");
    const bool numbers = p_.table.empty();
    if (numbers && (p_.weight.size() != p_.tap.size() || p_.bias.size() != out))
      throw error(name_ + ": " + std::to_string(p_.tap.size()) + " inputs need as many weights, and " + std::to_string(s.out) +
                  " neurons as many biases.");
    for (const std::vector<float>* v : {&p_.weight, &p_.bias})
      for (const float x : *v)
        if (!std::isfinite(x)) throw error(name_ + ": a weight or bias is not finite.");
    for (std::int64_t o = 0; o < s.out; ++o) {
      const std::int64_t begin = p_.first[static_cast<std::size_t>(o)], end = p_.first[static_cast<std::size_t>(o) + 1];
      if (end < begin || end > static_cast<std::int64_t>(p_.tap.size()))
        throw error(name_ + ": neuron " + std::to_string(o) + " has a negative number of inputs.");
      if ((end - begin) * p_.in.bits > most)
        throw error(name_ + ": neuron " + std::to_string(o) + " reads " + std::to_string(end - begin) + " inputs of " +
                    std::to_string(p_.in.bits) + " bits, so its table would have " + std::to_string((end - begin) * p_.in.bits) +
                    " address bits; " + std::to_string(most) + " are allowed. Take fewer inputs or bits, or allow up to 24.");
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int32_t tap = p_.tap[static_cast<std::size_t>(k)];
        if (tap < 0 || tap >= s.depth() || (k > begin && tap <= p_.tap[static_cast<std::size_t>(k) - 1]))
          throw error(name_ + ": the inputs of neuron " + std::to_string(o) + " must be ascending and below " + std::to_string(s.depth()) +
                      ".");
      }
    }
  }
  void check_tables() const {
    if (static_cast<std::int64_t>(p_.table.size()) != offset_.back())
      throw error(name_ + ": the tables must have " + std::to_string(offset_.back()) + " entries together, but " +
                  std::to_string(p_.table.size()) + " are given.");
    for (const std::uint16_t t : p_.table)
      if (t > p_.out.high() - p_.out.low())
        throw error(name_ + ": a table entry is larger than " + std::to_string(p_.out.bits) + " bits hold.");
  }

  static constexpr std::int64_t slice = 1024;  // addresses that are enumerated together

  /// All answers. What follows the sums runs as itself, on the sums of a slice of the addresses of all neurons.
  void enumerate() {
    const std::int64_t out = p_.shape.out;
    p_.table.resize(static_cast<std::size_t>(offset_.back()));
    std::int64_t longest = 0;
    for (std::int64_t o = 0; o < out; ++o)
      longest = std::max(longest, offset_[static_cast<std::size_t>(o) + 1] - offset_[static_cast<std::size_t>(o)]);
    detail::in_parallel((longest + slice - 1) / slice, slice * out * 8, 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> z(static_cast<std::size_t>(out * slice));
      for (std::int64_t s = begin; s < end; ++s) {
        for (std::int64_t o = 0; o < out; ++o) {
          const auto k = static_cast<std::size_t>(o);
          const std::int64_t fan_in = p_.fan_in(o), size = offset_[k + 1] - offset_[k];
          const float* const w = p_.weight.data() + p_.first[k];
          for (std::int64_t i = 0; i < slice; ++i) {
            const std::int64_t address = s * slice + i;
            const auto code = [&](std::int64_t j) {
              return p_.in.low() + static_cast<std::int32_t>((address >> (p_.in.bits * j)) & ((std::int64_t{1} << p_.in.bits) - 1));
            };
            z[static_cast<std::size_t>(o * slice + i)] =
                address < size ? detail::neuron_sum(w, fan_in, p_.bias[k], p_.in.step(), code) : 0.0f;
          }
        }
        p_.after.apply({z.data(), {1, out, 1, slice}});
        for (std::int64_t o = 0; o < out; ++o) {
          const auto k = static_cast<std::size_t>(o);
          const std::int64_t stop = std::min(slice, offset_[k + 1] - offset_[k] - s * slice);
          for (std::int64_t i = 0; i < stop; ++i)
            p_.table[static_cast<std::size_t>(offset_[k] + s * slice + i)] =
                static_cast<std::uint16_t>(p_.out.encode(z[static_cast<std::size_t>(o * slice + i)]) - p_.out.low());
        }
      }
    });
  }

  /// Codes minus the lowest code. @returns false if a value is NaN
  bool encode(const float* x, std::uint16_t* codes, std::int64_t count) const {
    using namespace detail;
    typedef std::uint16_t shorts __attribute__((vector_size(2 * native_lanes)));  // NOLINT: attributes need a typedef
    // NOLINTNEXTLINE(modernize-use-using): attributes need a typedef
    typedef std::uint16_t unaligned_shorts __attribute__((vector_size(2 * native_lanes), aligned(2), may_alias));
    std::atomic<bool> good = true;
    in_parallel(count, 1, 64, [&](std::int64_t begin, std::int64_t end) {
      ivec nan{};
      std::int64_t i = begin;
      for (; i + native_lanes <= end; i += native_lanes) {
        const vec v = detail::load(x + i);
        nan |= is_nan(v);
        *reinterpret_cast<unaligned_shorts*>(codes + i) = __builtin_convertvector(p_.in.encode(v) - isplat<vec>(p_.in.low()), shorts);
      }
      bool fine = !any(nan);
      for (; i < end; ++i) {
        fine = fine && !std::isnan(x[i]);
        codes[i] = static_cast<std::uint16_t>(p_.in.encode(x[i]) - p_.in.low());
      }
      if (!fine) good = false;
    });
    return good;
  }

  [[nodiscard]] std::int64_t floats_each() const { return detail::carve::floats<std::uint16_t>(p_.shape.depth()); }

  /// Calls f(position, neuron, its window) on several threads. A tap outside the image has the code of 0.
  template <class F>
  void for_each_neuron(const std::uint16_t* codes, const detail::layer_positions& at, std::span<float> scratch, const F& f) const {
    const std::int64_t groups = p_.shape.window.groups, each = p_.shape.out / groups;
    const auto outside = static_cast<std::uint16_t>(-p_.in.low());
    const auto work = static_cast<std::int64_t>(p_.tap.size()) + p_.shape.out;
    detail::in_parts(at.count(), 4 * work, 1, scratch, floats_each(), [&](std::int64_t begin, std::int64_t end, float* own) {
      auto* const room = detail::carve(own).take<std::uint16_t>(p_.shape.depth());
      for (std::int64_t p = begin; p < end; ++p)
        for (std::int64_t g = 0; g < groups; ++g) {
          const std::uint16_t* const x = at.window(codes, p, g, outside, room);
          for (std::int64_t o = g * each; o < (g + 1) * each; ++o) f(p, o, x);
        }
    });
  }

  void look_up(const std::uint16_t* codes, const detail::layer_positions& at, float* out, std::span<float> scratch) const {
    const std::int32_t low = p_.out.low();
    const float step = static_cast<float>(p_.out.step());
    for_each_neuron(codes, at, scratch, [&](std::int64_t p, std::int64_t o, const std::uint16_t* x) {
      const auto k = static_cast<std::size_t>(o);
      std::int64_t address = 0;
      for (std::int64_t j = p_.first[k + 1] - 1; j >= p_.first[k]; --j)
        address = address << p_.in.bits | x[p_.tap[static_cast<std::size_t>(j)]];
      out[at.output_at(p, o)] = static_cast<float>(p_.table[static_cast<std::size_t>(offset_[k] + address)] + low) * step;
    });
  }

  void compute(const std::uint16_t* codes, const detail::layer_positions& at, View out, std::span<float> scratch) const {
    for_each_neuron(codes, at, scratch, [&](std::int64_t p, std::int64_t o, const std::uint16_t* x) {
      const auto k = static_cast<std::size_t>(o);
      const std::int32_t* const tap = p_.tap.data() + p_.first[k];
      out.data[at.output_at(p, o)] = detail::neuron_sum(p_.weight.data() + p_.first[k], p_.fan_in(o), p_.bias[k], p_.in.step(),
                                                        [&](std::int64_t j) { return p_.in.low() + std::int32_t{x[tap[j]]}; });
    });
    p_.after.apply(out);
    for (std::int64_t i = 0; i < out.size(); ++i) out.data[i] = p_.out.decode(p_.out.encode(out.data[i]));
  }

  logicnets_parameters p_;
  std::string name_;
  table_form form_ = table_form::fast;
  std::vector<std::int64_t> offset_;  // [out + 1]: where each table begins
  bool has_arithmetic_ = true;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
