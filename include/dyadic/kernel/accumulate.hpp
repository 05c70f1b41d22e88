// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file accumulate.hpp
/// Products whose sums are kept in narrow registers, with a count of the overflows: what hardware with such an accumulator gives.
#include <dyadic/base/float_environment.hpp>
#include <dyadic/format/accumulator.hpp>
#include <dyadic/kernel/exact_product.hpp>

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What happened in the accumulators of a product. Calls add to what is there.
struct overflow_report : overflow_counts {
  std::span<std::int64_t> by_output;  ///< if not empty: overflows of each output, over all samples
};

namespace detail {

inline namespace DYADIC_ISA {

/// To the nearest integer, ties to even; |v| < 2^51.
[[gnu::always_inline]] inline wide nearest_integer(wide v) {
  const wide magic = spread(1.5 * exp2_double(52));
  return (v + magic) - magic;
}
/// To an integer in direction `R`; |v| <= 2^50.
template <Round R>
[[gnu::always_inline]] inline wide to_integer(wide v) {
  const wide n = nearest_integer(v), one = spread(1.0);
  if constexpr (R == Round::nearest_even) return n;
  else if constexpr (R == Round::nearest_away) {
    const wide lost = v - n;  // a half, of the sign of v, where a tie went to zero
    const wide_ints up = (wide_ints)(lost == spread(0.5)) & (wide_ints)(v > wide{}),
                    down = (wide_ints)(lost == spread(-0.5)) & (wide_ints)(v < wide{});
    return n + select(up, one, wide{}) - select(down, one, wide{});
  } else {
    const wide below = n - select(n > v, one, wide{}), above = n + select(n < v, one, wide{});
    if constexpr (R == Round::down) return below;
    else if constexpr (R == Round::up) return above;
    else if constexpr (R == Round::toward_zero) return select(v < wide{}, above, below);
    else {
      static_assert(R == Round::to_odd);
      const wide half = below * spread(0.5);
      return select(nearest_integer(half) == half, above, below);  // integers have above == below
    }
  }
}

/// One addition to registers of lanes: integers in units of the quantum. @param product  in the same units, at most 2^50
template <class Accumulator>
[[gnu::always_inline]] inline void accumulate(wide product, wide& code, wide_ints& overflows) {
  using reg = fixed_register<typename Accumulator::format>;
  constexpr double range = exp2_double(reg::width), inverse = exp2_double(-reg::width);
  const wide low = spread(static_cast<double>(reg::low)), high = spread(static_cast<double>(reg::high));
  const wide sum = code + to_integer<Accumulator::round>(product);
  overflows -= (wide_ints)(sum < low) | (wide_ints)(sum > high);  // a mask of all ones is -1
  if constexpr (Accumulator::overflow == Overflow::saturate) {
    const wide least = select(sum < low, low, sum);
    code = select(least > high, high, least);
  } else {
    // The multiple of 2^W to take away; half a quantum more and no sum is halfway between two.
    const wide turns = (sum + spread(0.5)) * spread(inverse);
    code = sum - nearest_integer(reg::is_signed ? turns : turns - spread(0.5)) * spread(range);
  }
}

/// Registers of `S` samples and a panel of outputs: all terms of the depth, in order, and the bias.
/// @param code, overflows  [S][panel_outputs]
template <class Accumulator, std::size_t S, class Stored>
void accumulate_panel(const blocked_rows& x, std::int64_t s, const Stored* w, const float* bias, double* code, std::int64_t* overflows) {
  constexpr double scale = exp2_double(fixed_register<typename Accumulator::format>::fraction);
  wide codes[S][4] = {};
  wide_ints counts[S][4] = {};
  const auto term = [&](const double(&values)[S], const wide(&weight)[4]) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < S; ++i)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) accumulate<Accumulator>(spread(values[i]) * weight[v], codes[i][v], counts[i][v]);
  };
  double values[S];
  wide weight[4];
  for (std::int64_t first = 0; first < x.depth; first += exact_depth) {
    const std::int64_t here = std::min(exact_depth, x.depth - first);
    for (std::int64_t k = 0; k < here; ++k) {
      load_weights(w + (first + k) * row_of<Stored>, weight);
      for (std::size_t i = 0; i < S; ++i) values[i] = x.block(first)[(s + static_cast<std::int64_t>(i)) * here + k] * scale;
      term(values, weight);
    }
  }
  if (bias != nullptr) {
    load_weights(bias, weight);
    for (std::size_t i = 0; i < S; ++i) values[i] = scale;
    term(values, weight);
  }
  for (std::size_t i = 0; i < S; ++i)
    for (std::size_t v = 0; v < 4; ++v) {
      const auto at = static_cast<std::int64_t>(i) * panel_outputs + static_cast<std::int64_t>(v) * wide_lanes;
      store(code + at, codes[i][v]);
      std::memcpy(overflows + at, &counts[i][v], sizeof counts[i][v]);
    }
}

/// One output, by the definition.
template <class Accumulator, class Stored>
Accumulator accumulate_output(const blocked_rows& x, std::int64_t s, const Stored* w, std::int64_t lane, const float* bias) {
  Accumulator sum;
  for (std::int64_t k = 0; k < x.depth; ++k) {
    vec row[2];
    load_weights(w + k * row_of<Stored>, row);
    sum.add(static_cast<float>(x.at(s, k)), row[lane / native_lanes][lane % native_lanes]);
  }
  if (bias != nullptr) sum.add(bias[lane]);
  return sum;
}

/// Samples [s, s + S) of a group, panels [begin, end). Threads have panels of their own: of the report they share two sums.
template <class Accumulator, std::size_t S, class Stored>
void accumulate_samples(const blocked_rows& x, std::int64_t s, const row_bounds* rows, const Stored* w, const exact_weights& weights,
                        const float* bias, float* out, std::int64_t out_stride, overflow_report& report, std::int64_t begin,
                        std::int64_t end) {
  using reg = fixed_register<typename Accumulator::format>;
  const std::int64_t outputs = weights.panels.outputs();
  std::int64_t overflows_here = 0, sums_here = 0;
  for (std::int64_t first = begin * panel_outputs; first < std::min(end * panel_outputs, outputs); first += panel_outputs) {
    const std::int64_t count = std::min(panel_outputs, outputs - first);
    const Stored* const panel = w + first / panel_outputs * x.depth * row_of<Stored>;
    float offsets[panel_outputs] = {};
    double code[S][panel_outputs];
    std::int64_t overflows[S][panel_outputs];
    if (bias != nullptr) std::copy_n(bias + first, count, offsets);
    const float* const offset = bias == nullptr ? nullptr : offsets;
    accumulate_panel<Accumulator, S>(x, s, panel, offset, &code[0][0], &overflows[0][0]);
    for (std::size_t i = 0; i < S; ++i) {
      const std::int64_t sample = s + static_cast<std::int64_t>(i);
      for (std::int64_t n = 0; n < count; ++n) {
        const auto at = static_cast<std::size_t>(n);
        float value = static_cast<float>(code[i][at]) * exp2_float(-reg::fraction);
        std::int64_t over = overflows[i][at];
        // Terms that are too large for the vectors' arithmetic, or not finite, are left to the definition.
        constexpr double most = exp2_double(49 - reg::fraction);
        if (!(rows[sample].norm * weights.norm[static_cast<std::size_t>(first + n)] < most &&
              std::abs(static_cast<double>(offsets[at])) < most)) {
          const Accumulator sum = accumulate_output<Accumulator>(x, sample, panel, n, offset);
          value = sum.value();
          over = sum.overflows();
        }
        out[sample * out_stride + first + n] = value;
        overflows_here += over;
        sums_here += over != 0 ? 1 : 0;
        if (!report.by_output.empty()) report.by_output[static_cast<std::size_t>(first + n)] += over;
      }
    }
  }
  std::atomic_ref(report.overflows).fetch_add(overflows_here, std::memory_order_relaxed);
  std::atomic_ref(report.overflowed_sums).fetch_add(sums_here, std::memory_order_relaxed);
}

template <class Accumulator>
void accumulate_rows(const float* x, const exact_weights& weights, std::int64_t samples, const float* bias, float* out,
                     std::int64_t out_stride, double* room, overflow_report& report) {
  constexpr std::size_t together = native_lanes == 16 ? 2 : 1;
  const std::int64_t depth = weights.panels.depth();
  weights.panels.visit([&](const auto* w) {
    for (std::int64_t first = 0; first < samples; first += exact_group) {
      const std::int64_t here = std::min(exact_group, samples - first);
      row_bounds rows[exact_group];
      for (std::int64_t i = 0; i < here; ++i) rows[i] = bounds_of(x + (first + i) * depth, depth);
      const blocked_rows blocked = block_rows(x + first * depth, here, depth, room);
      in_parallel(weights.panels.panels(), products_of_panel(here, depth), 1, [&](std::int64_t begin, std::int64_t end) {
        std::int64_t s = 0;
        for (; s + static_cast<std::int64_t>(together) <= here; s += static_cast<std::int64_t>(together))
          accumulate_samples<Accumulator, together>(blocked, s, rows, w, weights, bias, out + first * out_stride, out_stride, report, begin,
                                                    end);
        if (s < here)
          accumulate_samples<Accumulator, 1>(blocked, s, rows, w, weights, bias, out + first * out_stride, out_stride, report, begin, end);
      });
    }
  });
}

}  // namespace DYADIC_ISA
}  // namespace detail

inline namespace DYADIC_ISA {

/// y[s, n] = what a register of type `Accumulator` holds after it was given X(x[s, k])·W(w[n, k]) for k = 0, 1, …, and then b[n].
///
/// Products of quantised values are exact, whatever the schemes; see `accumulator` for what becomes of them. Every target gives the
/// same bits. With a register that is wide enough for all products and sums this is `exact_product`.
template <QuantScheme X, QuantScheme W, class Accumulator>
class accumulated_product : public detail::values_product<X, W, detail::exact_weights> {
  using base = detail::values_product<X, W, detail::exact_weights>;
  static_assert(detail::is_accumulator<Accumulator>,
                "dyadic::accumulated_product<X, W, Accumulator>: Accumulator must be an accumulator<Fixed<W, F>, Overflow::wrap or "
                "Overflow::saturate>.");

 public:
  static constexpr bool available = true;
  static constexpr std::string_view kernel = Accumulator::name();
  static constexpr bool exact = false;

  /// Bytes of work space, aligned to 64, for up to so many samples.
  [[nodiscard]] std::int64_t scratch_bytes(std::int64_t samples) const {
    return detail::lines_of<float>(samples * base::depth()) + detail::lines_of<double>(detail::exact_room(samples, base::depth()));
  }

  /// @param x  samples × depth, rows `x_stride` apart; quantised here   @param bias  of each output, already quantised; null: none
  /// @param out  samples × outputs, rows `out_stride` apart   @param report  null: none
  /// @throws error if the work space is too small or not aligned, or the report counts for fewer outputs than there are
  void operator()(const float* x, std::int64_t x_stride, std::int64_t samples, const float* bias, float* out, std::int64_t out_stride,
                  std::span<std::byte> scratch, std::uint64_t seed = 0, overflow_report* report = nullptr) const {
    const detail::usual_float_environment environment;
    overflow_report unread;
    overflow_report& told = report != nullptr ? *report : unread;
    if (!told.by_output.empty() && static_cast<std::int64_t>(told.by_output.size()) < base::outputs())
      throw error("an overflow report has room for " + std::to_string(told.by_output.size()) + " outputs, but the product has " +
                  std::to_string(base::outputs()) + ".");
    const auto o = base::prepared(x, x_stride, samples, scratch, scratch_bytes(samples), seed);
    if (!o.any) return;
    told.sums += samples * base::outputs();
    told.additions += samples * base::outputs() * (base::depth() + (bias != nullptr ? 1 : 0));
    detail::accumulate_rows<Accumulator>(o.x, base::weights_, samples, bias, out, out_stride, reinterpret_cast<double*>(o.rest), told);
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
