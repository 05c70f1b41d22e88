// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file schemes.hpp
/// From the parameters of a recorded case, which are known at run time, to a scheme, which is a type.
#include <dyadic/base/extents.hpp>

#include "parity/golden.hpp"

#include <span>

namespace golden {

/// A scheme behind a pointer.
struct Scheme {
  json parameters;
  void (*quantize)(std::span<const float> in, std::span<float> out, const dyadic::Extents& shape);
};

/// The scheme with these parameters, or null. The words are those of the recordings; what they leave out or call null has its usual
/// value. `"neighbours": 16` in place of a block size makes blocks along the last dimension, whatever the rank.
const Scheme* find_scheme(const json& parameters);

}  // namespace golden
