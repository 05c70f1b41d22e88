// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file lutnet.hpp
/// A residually binarised layer with a table of 2^K bits in place of each ±1 product:
///
///     y_o = bias_o + gain_o · Σ_l scale_l · Σ_t c_tl[j],   c = ±1,   j = Σ_k bit_k << (K - 1 - k)
///
/// over the tables t of output o, where bit_k is level l's sign of input k of the table; input 0 is the "primary" one, whose weight the
/// table stands for. A table whose primary input lies outside the image is skipped; other inputs there have the signs of 0.
/// Source: Wang, Davis, Cheung, Constantinides, "LUTNet", arXiv 1904.00938.
#include <dyadic/kernel/bit_words.hpp>
#include <dyadic/layer/replacement.hpp>
#include <dyadic/lut/form.hpp>
#include <dyadic/lut/residual.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What such a layer consists of. Tables are counted per level: each has an entry list for every level.
struct lutnet_parameters {
  layer_shape shape;
  residual_levels levels;
  int inputs = 1;                        ///< K, 1 to 6
  std::vector<std::int64_t> first;       ///< [out + 1]: the tables of output o are first[o] to first[o + 1] - 1
  std::vector<std::int32_t> connection;  ///< [tables, K]: taps of the output's window; the first is the primary one
  std::vector<std::uint64_t> table;      ///< [tables, levels]: bit j is 1 where c[j] = +1
  std::vector<float> gain, bias;         ///< [out]

  [[nodiscard]] std::int64_t tables() const { return first.empty() ? 0 : first.back(); }
};

namespace detail {
inline namespace DYADIC_ISA {

/// Entry `j` of a table as a bit.
constexpr unsigned table_bit(std::uint64_t table, unsigned j) { return static_cast<unsigned>(table >> j) & 1U; }

/// The training form, Σ_j c[j]·Π_k (1 + s_k·d_jk)/2 with d_jk = ±1 the bit of column j: multilinear in the signs, and for signs the table.
constexpr int multilinear(std::uint64_t table, int inputs, const int* signs) {
  int sum = 0;
  for (unsigned j = 0; j < (1U << inputs); ++j) {
    int product = table_bit(table, j) != 0 ? 1 : -1;
    for (int k = 0; k < inputs; ++k) product *= (1 + signs[k] * (((j >> (inputs - 1 - k)) & 1U) != 0 ? 1 : -1)) / 2;
    sum += product;
  }
  return sum;
}

/// A table for as many samples as a vector has bits. Its entries arrive as masks (all ones, or none), two by two as (c, c xor next).
template <int K>
[[gnu::always_inline]] inline word_vector table_of_words(const std::uint64_t* masks, const word_vector* inputs) {
  if constexpr (K == 1) return splat_word(masks[0]) ^ (splat_word(masks[1]) & inputs[0]);
  else return choose_bits(inputs[0], table_of_words<K - 1>(masks, inputs + 1), table_of_words<K - 1>(masks + (1 << (K - 1)), inputs + 1));
}
inline void expand_table(std::uint64_t table, int inputs, std::uint64_t* masks) {
  for (unsigned j = 0; j < (1U << inputs); j += 2) {
    masks[j] = std::uint64_t{0} - table_bit(table, j);
    masks[j + 1] = std::uint64_t{0} - (table_bit(table, j) ^ table_bit(table, j + 1));
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Runs such a layer: bit-sliced (64 samples a word), entry by entry, or by the multilinear form. All give the same bits.
class lutnet_layer {
 public:
  /// @throws error if the parts do not fit together or a number in them is not finite
  explicit lutnet_layer(lutnet_parameters parts, std::string name = "LutNet", table_form form = table_form::fast)
      : p_(std::move(parts)), name_(std::move(name)), form_(form) {
    check();
  }

  [[nodiscard]] const lutnet_parameters& parameters() const { return p_; }
  [[nodiscard]] const layer_shape& shape() const { return p_.shape; }
  /// @see KnowsItsOperator
  [[nodiscard]] std::string misfit(const operator_info& operation) const { return detail::misfit(shape(), operation); }
  [[nodiscard]] lutnet_layer in_form(table_form form) const {
    lutnet_layer other = *this;
    other.form_ = form;
    return other;
  }

  void run(const arguments& a) const {
    const detail::layer_positions at(p_.shape, a.inputs[0].shape);
    std::uint8_t* const codes = detail::carve(a.scratch.data()).take<std::uint8_t>(at.input_size());
    if (!detail::encode_levels(p_.levels, a.inputs[0].data, codes, at.input_size())) detail::refuse_nan(name_.c_str());
    const auto rest = a.scratch.subspan(static_cast<std::size_t>(detail::carve::floats<std::uint8_t>(at.input_size())));
    const auto finish = [&](std::int64_t p, std::int64_t o, const std::int32_t* sums) {
      a.out.data[at.output_at(p, o)] =
          detail::from_counts(p_.levels, sums, p_.gain[static_cast<std::size_t>(o)], p_.bias[static_cast<std::size_t>(o)]);
    };
    sum_tables(codes, at, rest, finish);
  }
  [[nodiscard]] std::int64_t scratch(std::span<const Extents> shapes) const {
    return detail::part_scratch{detail::carve::floats<std::uint8_t>(shapes[0].size()), floats_each()}.floats();
  }
  [[nodiscard]] replacement_report report() const {
    replacement_report r;
    r.name = name_;
    r.tables = p_.tables() * p_.levels.count;
    r.table_bits = r.tables << p_.inputs;
    r.luts = r.tables;  // at most six inputs: one each
    r.bytes = (r.table_bits + 7) / 8 + static_cast<std::int64_t>(p_.connection.size()) * 4 + 8 * p_.shape.out + 4 * (1 + p_.levels.count);
    r.replaces_parameters = true;
    r.weight_bits = r.table_bits + static_cast<std::int64_t>(p_.connection.size()) * 32;
    r.weights = "tables";
    r.biases = "none";
    r.data = detail::signs_text(p_.levels.count);
    r.data_bits = p_.levels.count;
    return r;
  }

 private:
  static constexpr std::int64_t most_words = 64;  // words of samples that go through the tables together
  static constexpr int most_inputs = 6;

  void check() const {
    const auto out = static_cast<std::size_t>(p_.shape.out), tables = static_cast<std::size_t>(p_.tables());
    if (p_.inputs < 1 || p_.inputs > most_inputs)
      throw error(name_ + ": a table has " + std::to_string(p_.inputs) + " inputs; 1 to 6 are legal.");
    if (p_.levels.count < 1 || p_.levels.count > residual_levels::most) throw error(name_ + ": the levels must be 1 to 4.");
    if (p_.first.size() != out + 1 || p_.first.front() != 0)
      throw error(name_ + ": where each output's tables begin must be " + std::to_string(out + 1) + " numbers from 0.");
    for (std::size_t o = 0; o < out; ++o)
      if (p_.first[o + 1] < p_.first[o]) throw error(name_ + ": output " + std::to_string(o) + " has a negative number of tables.");
    if (tables > p_.table.size()) throw error(name_ + ": there are fewer lists of entries than the " + std::to_string(tables) + " tables.");
    if (p_.connection.size() != tables * static_cast<std::size_t>(p_.inputs) ||
        p_.table.size() != tables * static_cast<std::size_t>(p_.levels.count))
      throw error(name_ + ": " + std::to_string(tables) + " tables need " + std::to_string(tables * static_cast<std::size_t>(p_.inputs)) +
                  " connections and " + std::to_string(tables * static_cast<std::size_t>(p_.levels.count)) + " lists of entries.");
    if (p_.gain.size() != out || p_.bias.size() != out)
      throw error(name_ + ": gain and bias must have " + std::to_string(out) + " values.");
    for (const std::int32_t c : p_.connection)
      if (c < 0 || c >= p_.shape.depth())
        throw error(name_ + ": a connection is no tap; there are " + std::to_string(p_.shape.depth()) + ".");
    if (p_.inputs < most_inputs)
      for (const std::uint64_t t : p_.table)
        if (t >> (1U << p_.inputs) != 0) throw error(name_ + ": a table has more than 2^" + std::to_string(p_.inputs) + " entries.");
    for (const std::vector<float>* v : {&p_.gain, &p_.bias})
      for (const float x : *v)
        if (!std::isfinite(x)) throw error(name_ + ": a gain or bias is not finite.");
    for (int l = 0; l < p_.levels.count; ++l)
      if (!std::isfinite(p_.levels.scale[static_cast<std::size_t>(l)])) throw error(name_ + ": a scale is not finite.");
    if (!std::isfinite(p_.levels.center)) throw error(name_ + ": the centre is not finite.");
  }

  /// Words of samples that are together, so that their planes of bits fit a cache.
  [[nodiscard]] std::int64_t chunk_words() const {
    const std::int64_t fit = 32768 / std::max<std::int64_t>(1, p_.shape.depth() * p_.levels.count);
    return std::clamp<std::int64_t>(fit / detail::word_lanes * detail::word_lanes, detail::word_lanes, most_words);
  }
  [[nodiscard]] std::int64_t floats_each() const {
    const std::int64_t depth = p_.shape.depth(), samples = 64 * chunk_words();
    return detail::carve::floats<std::uint64_t>((p_.levels.count + 1) * depth * chunk_words()) +
           detail::carve::floats<std::uint8_t>(2 * depth) + detail::carve::floats<std::int32_t>(samples * residual_levels::most) +
           detail::carve::floats<std::uint8_t>(64 * depth);
  }

  template <class F>
  void sum_tables(const std::uint8_t* codes, const detail::layer_positions& at, std::span<float> scratch, const F& finish) const {
    constexpr std::int64_t worth_slicing = 8;  // for fewer samples the tables are read entry by entry
    if (form_ == table_form::fast && at.count() >= worth_slicing) {
      switch (p_.inputs) {
        case 1:
          return sum_sliced<1>(codes, at, scratch, finish);
        case 2:
          return sum_sliced<2>(codes, at, scratch, finish);
        case 3:
          return sum_sliced<3>(codes, at, scratch, finish);
        case 4:
          return sum_sliced<4>(codes, at, scratch, finish);
        case 5:
          return sum_sliced<5>(codes, at, scratch, finish);
        default:
          return sum_sliced<6>(codes, at, scratch, finish);
      }
    }
    sum_singly(codes, at, scratch, finish);
  }

  /// One sample and one table at a time, by its entry or by the multilinear form.
  template <class F>
  void sum_singly(const std::uint8_t* codes, const detail::layer_positions& at, std::span<float> scratch, const F& finish) const {
    const std::int64_t depth = p_.shape.depth(), groups = p_.shape.window.groups, each = p_.shape.out / groups;
    const std::uint8_t outside = p_.levels.encode(0.0f);
    const auto inputs = static_cast<std::size_t>(p_.inputs), levels = static_cast<std::size_t>(p_.levels.count);
    detail::in_parts(at.count(), 8 * p_.tables() * p_.levels.count, 1, scratch, floats_each(),
                     [&](std::int64_t begin, std::int64_t end, float* own) {
                       auto* const room = detail::carve(own).take<std::uint8_t>(2 * depth);
                       std::uint8_t* const inside = room + depth;
                       std::fill_n(inside, depth, std::uint8_t{1});
                       for (std::int64_t p = begin; p < end; ++p)
                         for (std::int64_t g = 0; g < groups; ++g) {
                           const std::uint8_t* const x = at.window(codes, p, g, outside, room);
                           if (p_.shape.may_reach_outside())
                             at.for_each_tap(p, g, [&](std::int64_t tap, std::int64_t from) { inside[tap] = from < 0 ? 0 : 1; });
                           for (std::int64_t o = g * each; o < (g + 1) * each; ++o) {
                             std::int32_t sums[residual_levels::most] = {};
                             const auto stop = static_cast<std::size_t>(p_.first[static_cast<std::size_t>(o) + 1]);
                             for (auto t = static_cast<std::size_t>(p_.first[static_cast<std::size_t>(o)]); t < stop; ++t) {
                               const std::int32_t* const connection = p_.connection.data() + t * inputs;
                               if (inside[connection[0]] == 0) continue;
                               for (std::size_t l = 0; l < levels; ++l) {
                                 const std::uint64_t table = p_.table[t * levels + l];
                                 if (form_ == table_form::arithmetic) {
                                   int signs[most_inputs] = {};
                                   for (std::size_t k = 0; k < inputs; ++k)
                                     signs[k] = ((static_cast<unsigned>(x[connection[k]]) >> l) & 1U) != 0 ? 1 : -1;
                                   sums[l] += detail::multilinear(table, p_.inputs, signs);
                                 } else {
                                   unsigned j = 0;
                                   for (std::size_t k = 0; k < inputs; ++k)
                                     j = j << 1 | ((static_cast<unsigned>(x[connection[k]]) >> l) & 1U);
                                   sums[l] += detail::table_bit(table, j) != 0 ? 1 : -1;
                                 }
                               }
                             }
                             finish(p, o, sums);
                           }
                         }
                     });
  }

  /// 64 positions a word. Planes of bits: [level][tap][word], then [tap][word] of which taps are inside the image.
  template <int K, class F>
  void sum_sliced(const std::uint8_t* codes, const detail::layer_positions& at, std::span<float> scratch, const F& finish) const {
    const std::int64_t depth = p_.shape.depth(), groups = p_.shape.window.groups, each = p_.shape.out / groups;
    const std::int64_t chunk = chunk_words(), levels = p_.levels.count;
    detail::in_parts(at.count(), 8 * p_.tables() * levels / 64 + 1, 64 * chunk, scratch, floats_each(),
                     [&](std::int64_t begin, std::int64_t end, float* own) {
                       detail::carve space(own);
                       auto* const planes = space.take<std::uint64_t>((levels + 1) * depth * chunk);
                       auto* const room = space.take<std::uint8_t>(2 * depth);
                       auto* const sums = space.take<std::int32_t>(64 * chunk * residual_levels::most);
                       auto* const bytes = space.take<std::uint8_t>(64 * depth);
                       for (std::int64_t p = begin; p < end; p += 64 * chunk) {
                         const std::int64_t count = std::min(64 * chunk, end - p);
                         for (std::int64_t g = 0; g < groups; ++g) {
                           slice_window(codes, at, p, count, g, planes, room, bytes);
                           for (std::int64_t o = g * each; o < (g + 1) * each; ++o) {
                             for (std::int64_t l = 0; l < levels; ++l) sum_output<K>(planes, o, l, count, sums);
                             for (std::int64_t i = 0; i < count; ++i) finish(p + i, o, sums + i * residual_levels::most);
                           }
                         }
                       }
                     });
  }

  /// The bits of `count` windows, turned so that a word holds one tap of 64 of them.
  void slice_window(const std::uint8_t* codes, const detail::layer_positions& at, std::int64_t p, std::int64_t count, std::int64_t group,
                    std::uint64_t* planes, std::uint8_t* room, std::uint8_t* bytes) const {
    const std::int64_t depth = p_.shape.depth(), chunk = chunk_words(), levels = p_.levels.count;
    const bool border = p_.shape.may_reach_outside();
    const auto outside = static_cast<std::uint8_t>(unsigned{p_.levels.encode(0.0f)} | 0x80U);  // the top bit marks it
    const std::int64_t used = detail::round_up((count + 63) / 64, detail::word_lanes);
    for (std::int64_t w = 0; w < used; ++w) {
      const std::int64_t here = std::clamp<std::int64_t>(count - 64 * w, 0, 64);
      if (here < 64) std::fill_n(bytes, 64 * depth, std::uint8_t{0});
      for (std::int64_t i = 0; i < here; ++i) {
        const std::uint8_t* const x = at.window(codes, p + 64 * w + i, group, outside, room);
        for (std::int64_t t = 0; t < depth; ++t) bytes[t * 64 + i] = x[t];
      }
      for (std::int64_t t = 0; t < depth; ++t) {
        for (std::int64_t l = 0; l < levels; ++l)
          planes[(l * depth + t) * chunk + w] = detail::pack_bits(bytes + t * 64, 64, static_cast<int>(l));
        planes[(levels * depth + t) * chunk + w] = border ? ~detail::pack_bits(bytes + t * 64, 64, 7) : ~std::uint64_t{0};
      }
    }
  }

  /// sums[i][level] of output `o` for `count` samples: twice the ones among its tables' answers, minus how many tables there are.
  template <int K>
  void sum_output(const std::uint64_t* planes, std::int64_t o, std::int64_t level, std::int64_t count, std::int32_t* sums) const {
    const std::int64_t depth = p_.shape.depth(), chunk = chunk_words(), levels = p_.levels.count;
    const bool border = p_.shape.may_reach_outside();
    const std::int64_t first = p_.first[static_cast<std::size_t>(o)], stop = p_.first[static_cast<std::size_t>(o) + 1];
    const std::uint64_t* const plane = planes + level * depth * chunk;
    const std::uint64_t* const inside = planes + levels * depth * chunk;
    constexpr std::int64_t block = 4 * detail::word_lanes;  // words that share the expansion of a table
    for (std::int64_t word = 0; 64 * word < count; word += block) {
      const int vectors =
          static_cast<int>(std::min<std::int64_t>(4, ((count + 63) / 64 - word + detail::word_lanes - 1) / detail::word_lanes));
      detail::bit_counters ones[4], tables[4];
      std::uint64_t masks[std::size_t{1} << K];
      for (std::int64_t t = first; t < stop; ++t) {
        detail::expand_table(p_.table[static_cast<std::size_t>(t * levels + level)], K, masks);
        const std::int32_t* const connection = p_.connection.data() + t * K;
        for (int v = 0; v < vectors; ++v) {
          const std::int64_t at_word = word + v * detail::word_lanes;
          detail::word_vector inputs[static_cast<std::size_t>(K)];
#pragma GCC unroll 6
          for (int k = 0; k < K; ++k) inputs[k] = detail::load_words(plane + connection[k] * chunk + at_word);
          detail::word_vector answer = detail::table_of_words<K>(masks, inputs);
          if (border) {
            const detail::word_vector here = detail::load_words(inside + connection[0] * chunk + at_word);
            answer &= here;
            tables[v].add(here);
          }
          ones[v].add(answer);
        }
      }
      for (int v = 0; v < vectors; ++v) {
        ones[v].finish();
        tables[v].finish();
        std::int32_t answers[64 * detail::word_lanes], here[64 * detail::word_lanes];
        detail::gather_digits(ones[v].data(), ones[v].digits(), answers);
        if (border) detail::gather_digits(tables[v].data(), tables[v].digits(), here);
        const std::int64_t base = 64 * (word + v * detail::word_lanes),
                           columns = std::min<std::int64_t>(count - base, 64 * detail::word_lanes);
        const auto all = static_cast<std::int32_t>(stop - first);
        for (std::int64_t i = 0; i < columns; ++i)
          sums[(base + i) * residual_levels::most + level] = 2 * answers[i] - (border ? here[i] : all);
      }
    }
  }

  lutnet_parameters p_;
  std::string name_;
  table_form form_;
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
