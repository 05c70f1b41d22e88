// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file replacing.hpp
/// Schemes that replace a `linear` or `conv2d`, not only its values: residual binarisation and networks of lookup tables. A rule names
/// one alone, and the model is made with data to fit it to:
///
///     struct tables final : config<by_default<none>, by_op<op::linear, LogicNets<4, Fixed<3, 1>, Fixed<3, 1>>>> {};
///     const auto model = quantize<tables>(net{}, weights, calibrate(images));
///
/// Nodes are converted in order, each fitted to what its predecessors, already converted, give it. What they become: lut/.
#include <dyadic/lut/binary_residual_fit.hpp>
#include <dyadic/lut/logicnets_fit.hpp>
#include <dyadic/lut/lutnet_fit.hpp>
#include <dyadic/model/assignment.hpp>
#include <dyadic/model/execute.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace dyadic {

// Options of the schemes below, in any order.

/// Of BinaryResidual and LutNet: so many percent of the connections of each output stay, those of the largest weights.
template <int Percent>
struct density {
  static_assert(1 <= Percent && Percent <= 100, "dyadic::density<Percent>: Percent, the connections that stay, must be in [1, 100].");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.density = Percent, void()) {
    s.density = Percent;
  }
  static std::string name() { return "density<" + std::to_string(Percent) + ">"; }
};
/// Of BinaryResidual: weights are clamped to [-1, 1] in place of their signs.
struct soft_weights {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.soft = true, void()) {
    s.soft = true;
  }
  static std::string name() { return "soft_weights"; }
};
/// Of BinaryResidual: the data stays float32, as in a first layer.
struct float_data {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.float_input = true, void()) {
    s.float_input = true;
  }
  static std::string name() { return "float_data"; }
};
/// Of BinaryResidual: all outputs have the same gain.
struct one_gain {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.one_gain = true, void()) {
    s.one_gain = true;
  }
  static std::string name() { return "one_gain"; }
};
/// Of LutNet: so many passes of the fit at most; 0 leaves the tables as the pruned signs make them.
template <int N>
struct sweeps {
  static_assert(N >= 0, "dyadic::sweeps<N>: N, the passes of the fit, must not be negative.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.sweeps = N, void()) {
    s.sweeps = N;
  }
  static std::string name() { return "sweeps<" + std::to_string(N) + ">"; }
};
/// Of LogicNets: where the point goes in `In` and `Out` is found by trying, node by node; of their arguments only the widths count.
struct fitted_point {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.search_fraction = true, void()) {
    s.search_fraction = true;
  }
  static std::string name() { return "fitted_point"; }
};
/// Of LogicNets: entries whose address the data shows at least `Often` times hold the mean of what the float network says there.
template <int Often>
struct regressed {
  static_assert(Often >= 1, "dyadic::regressed<Often>: Often must be positive.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.regress_from = Often, void()) {
    s.regress_from = Often;
  }
  static std::string name() { return "regressed<" + std::to_string(Often) + ">"; }
};
/// Of LogicNets: tables of so many address bits at most, up to 24; 15 otherwise.
template <int Bits>
struct address_bits {
  static_assert(1 <= Bits && Bits <= logicnets_parameters::most_address_bits,
                "dyadic::address_bits<Bits>: Bits, the most that a table may have, must be in [1, 24].");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.most_address_bits = Bits, void()) {
    s.most_address_bits = Bits;
  }
  static std::string name() { return "address_bits<" + std::to_string(Bits) + ">"; }
};

namespace detail {
inline namespace DYADIC_ISA {

/// An option in a message or a report.
template <class... Options>
std::string spell_options() {
  std::string s;
  ((s += ", " + Options::name()), ...);
  return s;
}

/// Runs `convert`; an error tells which node it was.
template <class Request, class F>
lowered convert_node(const Request& r, const F& convert) {
  try {
    const std::size_t first = r.plan.first_parameter[r.node];
    for (std::size_t k = 0; k < r.original.size(); ++k)
      for (const float x : r.original[k].span())
        if (!std::isfinite(x))
          throw error(r.plan.parameters[first + k].full_name() + " holds a value that is not finite; it cannot be converted.");
    return convert();
  } catch (const error& e) {
    throw located_in_node(r.plan.nodes[r.node].name, e);
  }
}
template <class Request>
layer_shape shape_of_node(const Request& r) {
  return layer_shape_of(*r.plan.nodes[r.node].operation);
}

/// The nodes after `node` that can become part of it, in a chain: each the only reader of the one before, foldable, and not told to
/// quantise anything. Stops where the values of a node are the network's output.
template <class Request>
std::size_t count_foldable(const Request& r, fused_operators& after) {
  const auto& p = r.plan;
  const std::size_t n = p.nodes.size();
  std::size_t folded = 0;
  // The output of a quantised node has to be rounded before anything else.
  for (std::size_t node = r.node; p.schemes[node][role::data_out] == nullptr;) {
    std::size_t readers = 0, reader = n;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t e = p.first_edge[i]; e < p.first_edge[i + 1]; ++e)
        if (p.source[e] == node) {
          ++readers;
          reader = i;
        }
    if (readers != 1 || !is_foldable(p.nodes[reader].operation->kind) || p.schemes[reader].changes_anything()) break;
    const std::size_t first = p.first_parameter[reader];
    after.push_back(*p.nodes[reader].operation,
                    std::span<const ConstView>(r.parameters).subspan(first, p.first_parameter[reader + 1] - first));
    ++folded;
    node = reader;
  }
  return folded;
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Weights ±1 and data of `L` binary levels, each with a scale; one popcount per level for a scalar product. MASE: `binary_residual`.
/// One-bit weights dominate the error: a layer of normal weights and data keeps 2.3, 3.6, 4.1 dB with 1, 2, 3 levels.
/// @tparam L  levels, 1 to 4   @tparam Options  density, soft_weights, float_data, one_gain
/// Source: Ghasemzadeh, Samragh, Koushanfar, "ReBNet", arXiv 1711.01243.
template <int L, class... Options>
struct BinaryResidual {
  static_assert(1 <= L && L <= 4, "dyadic::BinaryResidual<L>: L, the number of levels, must be in [1, 4].");
  static_assert((detail::option_of<Options, binary_residual_options> && ...),
                "dyadic::BinaryResidual<L, Options...>: an option is none of density, soft_weights, float_data, one_gain.");
  static constexpr binary_residual_options options = detail::with_options<binary_residual_options, Options...>({.levels = L});
  static constexpr op_set operators{op::linear, op::conv2d};
  static constexpr bool calibrates = true;
  static std::string name() { return "BinaryResidual<" + std::to_string(L) + detail::spell_options<Options...>() + ">"; }

  template <class Request>
  static lowered lower(const Request& r) {
    return detail::convert_node(r, [&]() -> lowered {
      auto parts = fit_binary_residual(detail::shape_of_node(r), r.original[0].span(), {r.inputs[0], r.reference[r.node]}, options);
      return {replacement(std::make_shared<const binary_residual_layer>(std::move(parts), name()))};
    });
  }
};

/// A table of 2^`K` bits in place of each ±1 product, for data of `L` binary levels. MASE: `lutnet`.
/// Tables take up pruned connections again: with `density<50>` half of the taps have a table, and the tables read the others, too.
/// @tparam K  inputs of a table, 1 to 6; 1 for a conv2d whose kernel is one pixel   @tparam L  levels, 1 to 4, before any option
/// @tparam Options  density, sweeps
/// Source: Wang, Davis, Cheung, Constantinides, "LUTNet", arXiv 1904.00938.
template <int K, int L = 1, class... Options>
struct LutNet {
  static_assert(1 <= K && K <= 6, "dyadic::LutNet<K, L>: K, the inputs of a table, must be in [1, 6].");
  static_assert(1 <= L && L <= 4, "dyadic::LutNet<K, L>: L, the number of levels, must be in [1, 4].");
  static_assert((detail::option_of<Options, lutnet_options> && ...),
                "dyadic::LutNet<K, L, Options...>: an option is neither density nor sweeps.");
  static constexpr lutnet_options options = detail::with_options<lutnet_options, Options...>({.inputs = K, .levels = L});
  static constexpr op_set operators{op::linear, op::conv2d};
  static constexpr bool calibrates = true;
  static std::string name() { return "LutNet<" + std::to_string(K) + ", " + std::to_string(L) + detail::spell_options<Options...>() + ">"; }

  template <class Request>
  static lowered lower(const Request& r) {
    return detail::convert_node(r, [&]() -> lowered {
      lutnet_options o = options;
      o.seed = detail::mix_seed(r.seed, r.node, 0);
      auto fit = fit_lutnet(detail::shape_of_node(r), r.original[0].span(), {r.inputs[0], r.reference[r.node]}, o, name());
      return {replacement(std::make_shared<const lutnet_layer>(std::move(fit.layer), name()))};
    });
  }
};

/// A table in place of each output ("neuron"), which sees `FanIn` inputs in format `In` and answers in format `Out`. Batch normalisation
/// and activations that follow become part of the tables, if nothing else reads what is between. MASE: `logicnets`.
/// @tparam FanIn  inputs of a neuron   @tparam In, Out  `Fixed<W, F>` or `Fixed<W, F, false>`, W at most 16; FanIn·W is at most 15 (24 with
/// address_bits<24>)   @tparam Options  fitted_point, regressed, address_bits
/// Source: Umuroglu, Akhauri, Fraser, Blott, "LogicNets", arXiv 2004.03021.
template <int FanIn, class In, class Out, class... Options>
struct LogicNets {
  static_assert(0 <= FanIn && FanIn <= 24, "dyadic::LogicNets<FanIn, In, Out>: FanIn, the inputs of a neuron, must be in [0, 24].");
  static_assert(is_table_format<In> && is_table_format<Out>,
                "dyadic::LogicNets<FanIn, In, Out>: In and Out must be Fixed<W, F> or Fixed<W, F, false> with W, the bits, in [1, 16].");
  static_assert((detail::option_of<Options, logicnets_options> && ...),
                "dyadic::LogicNets<FanIn, In, Out, Options...>: an option is none of fitted_point, regressed, address_bits.");
  static constexpr logicnets_options options = [] {
    logicnets_options o;
    o.fan_in = FanIn;
    if constexpr (is_table_format<In> && is_table_format<Out>) {
      o.in = format_of<In>;
      o.out = format_of<Out>;
    }
    return detail::with_options<logicnets_options, Options...>(o);
  }();
  static_assert(
      FanIn * options.in.bits <= options.most_address_bits,
      "dyadic::LogicNets<FanIn, In, Out>: FanIn times the bits of In, the address bits of a table, must be at most 15; with the option "
      "address_bits<24>, at most 24. Take fewer inputs or bits.");
  static constexpr op_set operators{op::linear, op::conv2d};
  static constexpr bool calibrates = true;
  static std::string name() { return spell(options.in, options.out); }

  template <class Request>
  static lowered lower(const Request& r) {
    return detail::convert_node(r, [&]() -> lowered {
      fused_operators after;
      const std::size_t folded = detail::count_foldable(r, after);
      std::size_t last = r.node;
      for (std::size_t k = 0; k < folded; ++k) {  // the next in the chain: the only node that reads it
        std::size_t reader = last + 1;
        while (r.plan.first_edge[reader] == r.plan.first_edge[reader + 1] || r.plan.source[r.plan.first_edge[reader]] != last) ++reader;
        last = reader;
      }
      const auto layer = fit_logicnets(detail::shape_of_node(r), r.original[0].span(), {r.inputs[0], r.reference[r.node]}, after,
                                       r.reference[last], options, name());
      const logicnets_parameters& p = layer.parameters();
      return {replacement(std::make_shared<const logicnets_layer>(layer.named(spell(p.in, p.out)))), folded};
    });
  }

 private:
  static std::string spell(const fixed_format& in, const fixed_format& out) {
    return "LogicNets<" + std::to_string(FanIn) + ", " + in.text() + ", " + out.text() + detail::spell_options<Options...>() + ">";
  }
};

}  // namespace DYADIC_ISA

/// @see operators_of
/// @{
template <int L, class... Options>
inline constexpr op_set operators_of<BinaryResidual<L, Options...>> = BinaryResidual<L, Options...>::operators;
template <int K, int L, class... Options>
inline constexpr op_set operators_of<LutNet<K, L, Options...>> = LutNet<K, L, Options...>::operators;
template <int FanIn, class In, class Out, class... Options>
inline constexpr op_set operators_of<LogicNets<FanIn, In, Out, Options...>> = LogicNets<FanIn, In, Out, Options...>::operators;
/// @}

}  // namespace dyadic
