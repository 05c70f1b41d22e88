// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>

#include <cstdint>
#include <vector>

// What a unit computes, in plain types: nothing of the library crosses from one unit to the other.
// Each unit defines its own, `static` so that none is shared.
static std::vector<float> quantised_by_many_schemes(const std::vector<float>& x) {
  using namespace dyadic;
  std::vector<float> all, y(x.size());
  const Extents shape{static_cast<std::int64_t>(x.size())};
  const auto add = [&]<class S>(S) {
    fake_quantize<S>(x, y, shape, 7);
    all.insert(all.end(), y.begin(), y.end());
  };
  add(Fixed<8, 4>{});
  add(E4M3{});
  add(BFloat16{});
  add(LogQ<8>{});
  add(With<E5M2, Round::stochastic>{});
  add(BlockFP<8, 8>{});
  add(MXFP4{});
  add(NVFP4{});
  add(Affine<8>{});
  add(ScaledTernary<>{});
  return all;
}

std::vector<float> plain_results(const std::vector<float>& x);
std::vector<float> avx512_results(const std::vector<float>& x);
