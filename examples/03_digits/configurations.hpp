// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which operand gets which format. One configuration serves all three networks: a rule for an operator that a network lacks does
// nothing. What no rule names stays float32: normalisations, activations, softmax, additions, positions, pooling.
#include "networks.hpp"

namespace digits {
// clang-format off

// Everything that multiplies matrices: `Data` is the format of what flows in, `Weight` that of the weights (a bias follows them).
// Attention multiplies data by data, so both operands of its bmm are `Data`.
template <class Data, class Weight = Data>
struct products final : config<
    by_default<none>,
    by_op<op::linear, data_in<Data>, weight<Weight>>,
    by_op<op::conv2d, data_in<Data>, weight<Weight>>,
    by_op<op::bmm,    data_in<Data>, weight<Data>>> {};

// Every operand of every operator, also the weights of normalisations and both sides of an addition.
template <class Format>
struct everything final : config<by_default<Format>> {};

struct nothing final : config<by_default<none>> {};

// By name beats by operator: 4-bit weights, but more for the last layer. The name differs from network to network, and a rule for a
// name that a network lacks is an error, so there is one configuration for each.
template <fixed_string LastLayer>
struct mixed final : config<
    by_default<none>,
    by_op<op::linear, data_in<MXFP8<E4M3>>, weight<MXFP4>>,
    by_op<op::conv2d, data_in<MXFP8<E4M3>>, weight<MXFP4>>,
    by_op<op::bmm,    data_in<MXFP8<E4M3>>, weight<MXFP8<E4M3>>>,
    by_name<LastLayer, data_in<MXFP8<E4M3>>, weight<BlockFP<6, 8>>>> {};

// clang-format on
}  // namespace digits
