// SPDX-License-Identifier: BSL-1.0
// float32 to packed codes and back, in L1.
#include "cases.hpp"

#include <dyadic/dyadic.hpp>
#include <dyadic/kernel/encode.hpp>

#include <memory>

namespace bench {
namespace {

using namespace dyadic;

template <QuantScheme S>
void add_scheme(job encoding, job decoding) {
  constexpr std::int64_t n = l1.values;
  const Extents shape{n / 256, 256};
  const float* in = input(n);
  float* out = output(n);
  const auto packed = std::make_shared<Packed<S>>(encode<S>(ConstView{in, shape}));
  encoding.name = "encode/" + std::string(S::name());
  decoding.name = "decode/" + std::string(S::name());
  add(std::move(encoding), n, [=] { encode<S>(ConstView{in, shape}, *packed); });
  add(std::move(decoding), n, [=] { decode(*packed, View{out, shape}); });
}
/// Elements of 8 bits, against the loops that only narrow and widen.
template <QuantScheme... S>
void add_bytes() {
  job e, d;
  e.roof = "roof/narrow/8";
  d.roof = "roof/widen/8";
  e.of_roof = d.of_roof = 0.7;
  (add_scheme<S>(e, d), ...);
}
/// Codes of 4 bits, in 10^9 a second.
template <QuantScheme... S>
void add_nibbles() {
  job j;
  j.at_least = 5.0;
  (add_scheme<S>(j, j), ...);
}
template <QuantScheme... S>
void add_others() {
  (add_scheme<S>({}, {}), ...);
}

}  // namespace

void add_codes() {
  add_bytes<Fixed<8, 4>, E4M3, E5M2, LogQ<8>>();
  add_nibbles<Fixed<4, 2>, E2M1, BlockFP<4, 8>, MXFP4, NVFP4, Scaled<Fixed<4, 3>, Shape<32>>>();
  add_others<Fixed<16, 8>, Half, BFloat16, E3M2, E2M3, LogQ<5>, Binary, Ternary>();
  add_others<BlockFP<8, 8>, BlockFP<8, 8, Shape<32>>, BlockFP<8, 8, Shape<16, 16>>, BlockMinifloat<4, 3, 8>, BlockLog<5, 8>, MXFP8<E4M3>,
             MXFP6<E3M2>, MXINT8>();
  add_others<Scaled<Fixed<8, 7>>, Scaled<Fixed<8, 7>, PerRow>, Affine<8>, Affine<8, PerRow>, Affine<4, Shape<32>>, ScaledBinary<>,
             ScaledTernary<>>();
}

}  // namespace bench
