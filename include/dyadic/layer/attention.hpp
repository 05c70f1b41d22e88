// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file attention.hpp
/// Grouped-query attention: softmax(Q·Kᵀ / √D)·V per head, where several heads of queries share one head of keys and values.
#include <dyadic/kernel/wide_lanes.hpp>
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>
#include <dyadic/layer/product.hpp>
#include <dyadic/layer/softmax.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Heads of an attention, and what a query may see.
struct attention_geometry {
  std::int64_t query_heads = 1, key_heads = 1, head_size = 1;
  bool causal = false;
  double scale = 1;  ///< of the scores, before the softmax
};

namespace detail {
inline namespace DYADIC_ISA {

inline constexpr std::int64_t attention_tile = 64;  ///< queries whose scores exist at once

/// Floats of work space. @param keys  positions of the keys
constexpr std::int64_t attention_scratch(std::int64_t keys, const attention_geometry& g) {
  return round_up(attention_tile * keys, 16) + std::max(product_scratch(g.head_size, keys), product_scratch(keys, g.head_size));
}

inline bool all_finite(const float* x, std::int64_t count) {
  ivec largest{};
  std::int64_t i = 0;
  for (; i + native_lanes <= count; i += native_lanes)
    largest |= (ivec)(magnitudes(x + i) >= isplat<vec>(infinity_bits));
  const ivec last = to_bits(load_some(x + i, count - i)) & isplat<vec>(magnitude_mask);
  return !any(largest | (ivec)(last >= isplat<vec>(infinity_bits)));
}
/// The weights of one query for `seen` keys, from scores in double: what products of finite values may need
/// that are too large for float32.
inline void weights_in_double(const float* query, const_rows keys, float* line, std::int64_t seen,
                              const attention_geometry& g) {
  const auto score = [&](std::int64_t j) {
    double sum = 0;
    for (std::int64_t d = 0; d < g.head_size; ++d)
      sum += static_cast<double>(query[d]) * static_cast<double>(keys.data[j * keys.stride + d]);
    return apart(sum * g.scale);
  };
  double top = score(0), sum = 0;
  for (std::int64_t j = 1; j < seen; ++j) top = score(j) > top ? score(j) : top;
  for (std::int64_t j = 0; j < seen; j += wide_lanes) {
    const std::int64_t here = std::min<std::int64_t>(wide_lanes, seen - j);
    wide distance{};
    for (std::int64_t i = 0; i < here; ++i) distance[i] = score(j + i) - top;
    add_exponentials(distance, line + j, 1, here, sum);
  }
  divide_all(line, seen, 1, sum);
}
/// The mean of `seen` rows of values by these weights, in double: of finite values it is one, though the
/// weights, being rounded, may add up to a little more than 1.
inline void mean_in_double(const float* weights, const_rows values, float* out, std::int64_t seen,
                           std::int64_t size) {
  for (std::int64_t d = 0; d < size; ++d) {
    double sum = 0, all = 0;
    for (std::int64_t j = 0; j < seen; ++j) {
      sum += static_cast<double>(weights[j]) * static_cast<double>(values.data[j * values.stride + d]);
      all += static_cast<double>(weights[j]);
    }
    out[d] = static_cast<float>(sum / all);
  }
}

/// @param q  [n, s, query_heads·head_size]   @param k, v  [n, t, key_heads·head_size]   @param out  as q
/// @param scratch  `attention_scratch(t, g)` floats, aligned to 64 bytes
/// Head h of the queries reads head h / (query_heads / key_heads) of keys and values. Causal: query i sees the keys 0 … i.
template <class = void>
void attention_forward(ConstView q, ConstView k, ConstView v, View out, const attention_geometry& g, std::span<float> scratch) {
  const std::int64_t samples = q.shape[0], queries = q.shape[1], keys = k.shape[1], size = g.head_size;
  const std::int64_t step_q = g.query_heads * size, step_k = g.key_heads * size, share = g.query_heads / g.key_heads;
  std::fill_n(out.data, out.size(), 0.0f);
  if (keys == 0) return;
  float* const scores = scratch.data();
  const std::span<float> rest = scratch.subspan(static_cast<std::size_t>(round_up(attention_tile * keys, 16)));
  for (std::int64_t n = 0; n < samples; ++n) {
    for (std::int64_t h = 0; h < g.query_heads; ++h) {
      const std::int64_t at_k = n * keys * step_k + h / share * size;
      for (std::int64_t begin = 0; begin < queries; begin += attention_tile) {
        const std::int64_t count = std::min(attention_tile, queries - begin), at_q = (n * queries + begin) * step_q + h * size;
        // 1. Scores: how well each query of the tile fits each key.
        std::fill_n(scores, count * keys, 0.0f);
        multiply_add<Eigen::RowMajor>({q.data + at_q, step_q}, {k.data + at_k, step_k}, {scores, keys}, count, keys, size, rest);
        // 2. Scores to weights, line by line.
        for (std::int64_t i = 0; i < count; ++i) {
          float* const line = scores + i * keys;
          const std::int64_t seen = g.causal ? std::min(keys, begin + i + 1) : keys;
          for (std::int64_t j = 0; j < seen; ++j) line[j] = static_cast<float>(static_cast<double>(line[j]) * g.scale);
          if (all_finite(line, seen)) softmax_line(line, line, seen, 1);
          else weights_in_double(q.data + at_q + i * step_q, {k.data + at_k, step_k}, line, seen, g);
          std::fill_n(line + seen, keys - seen, 0.0f);
        }
        // 3. The values, weighted.
        multiply_add<Eigen::ColMajor>({scores, keys}, {v.data + at_k, step_k}, {out.data + at_q, step_q}, count, size, keys, rest);
        for (std::int64_t i = 0; i < count; ++i) {
          float* const row = out.data + at_q + i * step_q;
          const std::int64_t seen = g.causal ? std::min(keys, begin + i + 1) : keys;
          if (!all_finite(row, size))
            mean_in_double(scores + i * keys, {v.data + at_k, step_k}, row, seen, size);
        }
      }
    }
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Inputs q [n, s, QueryHeads·HeadSize], k and v [n, t, KeyHeads·HeadSize], as linear layers make them → [n, s, QueryHeads·HeadSize].
/// QueryHeads == KeyHeads is ordinary multi-head attention, KeyHeads == 1 multi-query attention. Option: causal.
///
/// q, k and v all take the `data_in` scheme; scores and softmax inside are float32. To quantise these too, write the attention
/// as nodes: split_heads, transpose, matmul, scale_by, softmax, matmul, merge_heads. Source: arXiv 2305.13245.
///
/// Finite inputs have finite results: where scores, or sums of values, are too large for float32, they are
/// made in double.
template <std::int64_t QueryHeads, std::int64_t KeyHeads, std::int64_t HeadSize, class... Options>
struct grouped_query_attention {
  static_assert(QueryHeads > 0 && KeyHeads > 0 && HeadSize > 0,
                "dyadic::grouped_query_attention<QueryHeads, KeyHeads, HeadSize, Options...>: all three sizes must be positive.");
  static_assert(QueryHeads % KeyHeads == 0,
                "dyadic::grouped_query_attention<QueryHeads, KeyHeads, HeadSize, Options...>: KeyHeads must divide QueryHeads.");
  static_assert((detail::option_of<Options, attention_geometry> && ...),
                "dyadic::grouped_query_attention<QueryHeads, KeyHeads, HeadSize, Options...>: the only option is causal.");
  static constexpr attention_geometry geometry =
      detail::with_options<attention_geometry, Options...>({QueryHeads, KeyHeads, HeadSize, false, inverse_sqrt<HeadSize>::value});

  static constexpr op kind = op::attention;
  static std::string name() {
    return "grouped_query_attention<" + detail::spell({QueryHeads, KeyHeads, HeadSize}) + (geometry.causal ? ", causal>" : ">");
  }
  static constexpr std::array inputs{role::data_in, role::data_in, role::data_in};
  static constexpr product_form product = product_form::other;
  /// Scores sum over the values of a head, results over the positions of the keys.
  static constexpr std::array input_axes{operand_axes{.channel = operand_axes::no_channel, .groups = QueryHeads},
                                   operand_axes{.channel = operand_axes::no_channel, .groups = KeyHeads},
                                   operand_axes{.reduction = -2, .channel = operand_axes::no_channel}};
  static constexpr inferred infer(std::span<const Extents> in) {
    const Extents &q = in[0], &k = in[1], &v = in[2];
    const Extents queries{q.rank() > 0 ? q[0] : dyn, q.rank() > 1 ? q[1] : dyn, QueryHeads * HeadSize};
    if (!extents_fit(q, queries)) return inferred::refuse(0, queries);
    const Extents keys{q[0], k.rank() > 1 ? k[1] : dyn, KeyHeads * HeadSize};
    if (!extents_fit(k, keys)) return inferred::refuse(1, keys);
    if (!extents_fit(v, keys)) return inferred::refuse(2, keys);
    return Extents{q[0] == dyn ? k[0] : q[0], q[1], QueryHeads * HeadSize};
  }
  static constexpr std::int64_t scratch(std::span<const Extents> in) { return detail::attention_scratch(in[1].back(1), geometry); }
  static void run(const arguments& a) { detail::attention_forward(a.inputs[0], a.inputs[1], a.inputs[2], a.out, geometry, a.scratch); }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
