// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file replacing.hpp
/// Names of the schemes that replace an operator, not only its values: residual binarisation and networks of lookup tables. For now
/// they can only be refused. Rules that give one to an operator that none of them can replace are told so, whatever else is
/// missing: only `linear` and `conv2d` can be. There the compiler says that the scheme itself is yet to come.
#include <dyadic/format/shape.hpp>
#include <dyadic/model/assignment.hpp>

#include <span>
#include <string_view>

namespace dyadic {
namespace detail {

/// Enough of a scheme for rules to name it. There is nothing to quantise single values with, and no size to report.
template <class Scheme>
struct replaces_its_operator {
  using shape = PerTensor;
  static constexpr int bits = 0, scale_bits = 0;
  static constexpr double bits_per_value = 0;
  static constexpr void quantize(std::span<const float>, std::span<float>, const Extents&) {
    static_assert(mistake::never<Scheme>,
                  "dyadic::BinaryResidual, LutNet, LogicNets: this scheme cannot be used yet; it arrives with the operator-replacing "
                  "schemes, for linear and "
                  "conv2d. For one-bit weights take ScaledBinary<PerRow>.");
  }
};

}  // namespace detail

/// The sum of `L` binary values under scales of their own, for data and weights of a product. MASE: `binary_residual`.
/// Source: Ghasemzadeh, Samragh, Koushanfar, "ReBNet", arXiv 1711.01243.
template <int L>
struct BinaryResidual : detail::replaces_its_operator<BinaryResidual<L>> {
  static_assert(1 <= L && L <= 4, "dyadic::BinaryResidual<L>: L, the number of levels, must be in [1, 4].");
  static constexpr std::string_view name() { return "BinaryResidual"; }
};

/// A table of `2^K` bits in place of each product, for data of `L` binary levels. MASE: `lutnet`.
/// Source: Wang, Davis, Cheung, Constantinides, "LUTNet", arXiv 1904.00938.
template <int K, int L = 1>
struct LutNet : detail::replaces_its_operator<LutNet<K, L>> {
  static_assert(1 <= K && K <= 6, "dyadic::LutNet<K, L>: K, the inputs of a table, must be in [1, 6].");
  static_assert(1 <= L && L <= 4, "dyadic::LutNet<K, L>: L, the number of levels, must be in [1, 4].");
  static constexpr std::string_view name() { return "LutNet"; }
};

/// A table in place of each neuron, which sees `FanIn` inputs in format `In` and answers in format `Out`. MASE: `logicnets`.
/// Source: Umuroglu, Akhauri, Fraser, Blott, "LogicNets", arXiv 2004.03021.
template <int FanIn, class In, class Out>
struct LogicNets : detail::replaces_its_operator<LogicNets<FanIn, In, Out>> {
  static_assert(1 <= FanIn && FanIn <= 24, "dyadic::LogicNets<FanIn, In, Out>: FanIn, the inputs of a neuron, must be in [1, 24].");
  static constexpr std::string_view name() { return "LogicNets"; }
};

/// @see operators_of
/// @{
template <int L>
inline constexpr op_set operators_of<BinaryResidual<L>> = {op::linear, op::conv2d};
template <int K, int L>
inline constexpr op_set operators_of<LutNet<K, L>> = {op::linear, op::conv2d};
template <int FanIn, class In, class Out>
inline constexpr op_set operators_of<LogicNets<FanIn, In, Out>> = {op::linear, op::conv2d};
/// @}

}  // namespace dyadic
