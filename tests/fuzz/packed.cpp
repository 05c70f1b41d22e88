// SPDX-License-Identifier: BSL-1.0
/// @file packed.cpp
/// Any safetensors file as one with a packed tensor `w`, in each of several schemes: refused with a `dyadic::error`, or a tensor
/// whose values are read alike one by one and in bulk, and which is itself again when saved and loaded.
#include <dyadic/format/block.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/io/packed.hpp>
#include <dyadic/kernel/encode.hpp>

#include "fuzz/check.hpp"

#include <bit>
#include <cmath>

namespace {

using namespace dyadic;

template <class S>
void load_as(const safetensors::File& file) {
  try {
    const Packed<S> p = load_packed<S>(file, "w");
    std::vector<float> values(static_cast<std::size_t>(p.size()));
    decode(p, View{values.data(), p.shape()});
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float one = p[static_cast<std::int64_t>(i)];
      fuzz::require(
          std::bit_cast<std::uint32_t>(one) == std::bit_cast<std::uint32_t>(values[i]) || (std::isnan(one) && std::isnan(values[i])),
          "one value is the same alone and in bulk, in " + std::string(S::name()));
    }
    safetensors::Writer out;
    save_packed(out, "w", p);
    fuzz::require(load_packed<S>(safetensors::parse(out.bytes(), "input"), "w") == p,
                  "what is saved is loaded, in " + std::string(S::name()));
  } catch (const error& e) {
    fuzz::require_good_message(e.what());
  }
}

template <class... S>
void load_as_each(const safetensors::File& file) {
  (load_as<S>(file), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  try {
    const safetensors::File file = safetensors::parse({bytes, bytes + size}, "input");
    load_as_each<Fixed<6, 3>, Fixed<12, 6>, SymmetricFixed<8, 6>, E4M3, Half, LogQ<5>, Binary, Ternary, BlockFP<6, 4>, MXFP4, MXINT8, NVFP4,
                 Scaled<SymmetricFixed<8, 0>, PerRow>, Affine<4, Shape<whole>>, ScaledBinary<PerTensor>, ScaledTernary<>>(file);
  } catch (const error& e) {
    fuzz::require_good_message(e.what());
  }
  return 0;
}
