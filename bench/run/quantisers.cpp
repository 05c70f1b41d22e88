// SPDX-License-Identifier: BSL-1.0
// float32 to the values of a scheme, as float32: in L1, in L2, and far past every cache.
#include "cases.hpp"
#include "examples/02_custom_format/nf4.hpp"

#include <dyadic/dyadic.hpp>
#include <dyadic/format/statistics.hpp>

namespace bench {
namespace {

using namespace dyadic;

/// The part of a copy's speed that a kind of scheme must reach, in each place; past the caches of a streaming copy, or of a copy
/// with normal stores.
struct targets {
  double in_l1, in_l2, in_dram;
  bool streaming = true;
};
constexpr targets fixed{0.65, 0.95, 0.9}, minifloat{0.43, 0.85, 0.9}, bfloat16{0.6, 0.85, 0.9}, logarithmic{0.6, 0.95, 0.9};
constexpr targets blocks{0.25, 0.5, 1.0, false}, tiles{0.1, 0.3, 0.7, false}, untold{0, 0, 0};

template <QuantScheme S>
void add_one(const place& p, const targets& t, const std::vector<std::string>& peers = {}) {
  const std::int64_t n = p.values;
  const float* in = input(n);
  float* out = output(n);
  const bool far = std::string(p.name) == dram.name;
  job j;
  j.name = "fake_quantize/" + std::string(S::name()) + "/" + p.name;
  j.roof = far && t.streaming ? "roof/streaming/" : std::string("roof/copy/") + p.name + "/";
  j.of_roof = far ? t.in_dram : std::string(p.name) == l2.name ? t.in_l2 : t.in_l1;
  for (const std::string& peer : peers) j.peers.push_back("peer/" + peer + "/" + p.name);
  const auto size = static_cast<std::size_t>(n);
  add(std::move(j), n, [=] { fake_quantize<S>(std::span<const float>(in, size), std::span<float>(out, size), Extents{n / 256, 256}); });
}
template <QuantScheme S>
void add_scheme(const targets& t, const std::vector<std::string>& peers = {}) {
  for (const place& p : {l1, l2, dram}) add_one<S>(p, t, peers);
}
/// Those that say nothing new past the caches.
template <QuantScheme... S>
void add_in_l1(const targets& t) {
  (add_one<S>(l1, t), ...);
}

#if defined(_OPENMP)
template <QuantScheme S>
void add_two_threads() {
  constexpr std::int64_t n = std::int64_t{1} << 22;
  const float* in = input(n);
  float* out = output(n);
  job j;
  j.name = "fake_quantize/" + std::string(S::name()) + "/two threads";
  j.roof = "roof/two_threads/";
  j.of_roof = 0.9;
  add(
      std::move(j), n,
      [=] {
        omp_set_num_threads(2);
        fake_quantize<S>(std::span<const float>(in, n), std::span<float>(out, n), Extents{n / 256, 256});
        omp_set_num_threads(1);
      },
      true);
}
#endif

}  // namespace

void add_quantisers() {
  add_scheme<Fixed<8, 4>>(fixed, {"eigen_fixed"});
  add_in_l1<Fixed<4, 2>, Fixed<16, 8>>(fixed);
  add_scheme<E4M3>(minifloat);
  add_scheme<E5M2>(minifloat);
  add_in_l1<E3M2, E2M3, E2M1, Minifloat<4, 3>, Minifloat<5, 2>>(minifloat);
  add_scheme<Half>(minifloat, {"eigen_half"});
  add_scheme<BFloat16>(bfloat16, {"eigen_bfloat16"});
  add_scheme<LogQ<8>>(logarithmic);
  add_in_l1<LogQ<5>>(logarithmic);
  add_in_l1<Binary, Ternary>(untold);
  add_scheme<BlockFP<8, 8>>(blocks);
  add_scheme<BlockFP<8, 8, Shape<32>>>(blocks);
  add_scheme<BlockMinifloat<4, 3, 8>>(blocks);
  add_scheme<BlockLog<5, 8>>(blocks);
  add_scheme<MXFP8<E4M3>>(blocks);
  add_in_l1<MXFP8<E5M2>, MXFP6<E2M3>, MXFP6<E3M2>>(blocks);
  add_scheme<MXFP4>(blocks);
  add_scheme<MXINT8>(blocks);
  add_scheme<NVFP4>(blocks);
  add_scheme<BlockFP<8, 8, Shape<4, 4>>>(tiles);
  add_scheme<BlockFP<8, 8, Shape<16, 16>>>(tiles);
  add_in_l1<Scaled<Fixed<8, 7>>, Scaled<Fixed<8, 7>, PerRow>, Scaled<E4M3, Shape<32>>, Affine<8>, Affine<8, PerRow>, Affine<4, Shape<32>>>(
      untold);
  add_in_l1<ScaledBinary<>, ScaledTernary<>, With<Fixed<8, 4>, Round::stochastic>, With<E4M3, Round::stochastic>>(untold);

  // A user's format is compared with a minifloat of as many bits.
  const float* in = input(l1.values);
  float* out = output(l1.values);
  job own;
  own.name = "fake_quantize/FastNF4/L1";
  own.roof = "fake_quantize/E2M1/L1";
  own.of_roof = 0.2;
  const auto size = static_cast<std::size_t>(l1.values);
  add(std::move(own), l1.values,
      [=] { fake_quantize<FastNF4>(std::span<const float>(in, size), std::span<float>(out, size), Extents{l1.values}); });
#if defined(_OPENMP)
  add_two_threads<Fixed<8, 4>>();
  add_two_threads<E4M3>();
  add_two_threads<BlockFP<8, 8>>();
#endif
}

}  // namespace bench
