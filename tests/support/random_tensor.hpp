// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file random_tensor.hpp
/// Tensors whose values have different magnitudes, so that the scales of their blocks differ.
#include <dyadic/kernel/tensor.hpp>

#include <cmath>
#include <random>

/// Normally distributed values times powers of two that are so as well; the same for the same seed.
template <int Rank, class... E>
dyadic::Tensor<Rank> random_tensor(unsigned seed, E... extents) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  dyadic::Tensor<Rank> t(static_cast<Eigen::Index>(extents)...);
  for (Eigen::Index i = 0; i < t.size(); ++i) t.data()[i] = normal(random) * std::exp2(normal(random));
  return t;
}
