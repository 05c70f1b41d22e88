// SPDX-License-Identifier: BSL-1.0
#pragma once
// A small network for images of handwritten digits, as it was trained (weights: 03_digits/data), and the same with its
// normalisations folded away.
#include "fold.hpp"

#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/shape.hpp>

namespace digits {
using namespace dyadic;

// clang-format off
struct cnn final : graph<
    node<"x",     input<dyn, 8, 8>>,
    node<"image", reshape<dyn, 1, 8, 8>, "x">,
    node<"conv1", conv2d<1, 16, 3, padding<1>, no_bias>, "image">,
    node<"bn1",   batch_norm2d<16>, "conv1">,
    node<"act1",  relu, "bn1">,
    node<"conv2", conv2d<16, 32, 3, stride<2>, padding<1>, no_bias>, "act1">,
    node<"bn2",   batch_norm2d<32>, "conv2">,
    node<"act2",  relu, "bn2">,
    node<"conv3", conv2d<32, 32, 3, stride<2>, padding<1>, no_bias>, "act2">,
    node<"bn3",   batch_norm2d<32>, "conv3">,
    node<"act3",  relu, "bn3">,
    node<"flat",  flatten, "act3">,
    node<"fc",    linear<128, 10>, "flat">> {};
// clang-format on

struct folded_cnn final : fold::batch_norms<cnn> {};

}  // namespace digits
