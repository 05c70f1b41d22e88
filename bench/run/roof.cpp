// SPDX-License-Identifier: BSL-1.0
// What the machine allows: copies of float32, and loops that do nothing but change the width of integers. A roof is the best of
// several ways and of several distances between source and destination (modulo a page).
#include "cases.hpp"

#include <dyadic/kernel/packed_codes.hpp>

#include <cstring>

namespace bench {
namespace {

using namespace dyadic::detail;

[[gnu::noinline]] void copy_by_memcpy(const float* in, float* out, std::int64_t n) { std::memcpy(out, in, static_cast<std::size_t>(n) * sizeof(float)); }
template <bool Stream>
[[gnu::noinline]] void copy_by_vectors(const float* in, float* out, std::int64_t n) {
  constexpr std::int64_t L = native_lanes;
  for (std::int64_t i = 0; i < n; i += 4 * L) {
    vec a = load(in + i), b = load(in + i + L), c = load(in + i + 2 * L), d = load(in + i + 3 * L);
    asm volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d));  // or the compiler makes a memcpy of it
    if constexpr (Stream) {
      stream(out + i, a);
      stream(out + i + L, b);
      stream(out + i + 2 * L, c);
      stream(out + i + 3 * L, d);
    } else {
      store(out + i, a);
      store(out + i + L, b);
      store(out + i + 2 * L, c);
      store(out + i + 3 * L, d);
    }
  }
  if constexpr (Stream) stream_fence();
}
/// One conversion of a vector after the other, as compilers make them of out[i] = in[i].
template <class Narrow>
[[gnu::noinline]] void narrow(const float* in, void* to, std::int64_t n) {
  auto* out = static_cast<Narrow*>(to);
  for (std::int64_t i = 0; i < n; i += native_lanes) {
    const auto c = __builtin_convertvector(to_bits(load(in + i)), typename vector_of<Narrow, native_lanes>::type);
    std::memcpy(out + i, &c, sizeof c);
  }
}
template <class Narrow>
[[gnu::noinline]] void widen(const void* from, float* out, std::int64_t n) {
  const auto* in = static_cast<const Narrow*>(from);
  for (std::int64_t i = 0; i < n; i += native_lanes) {
    typename vector_of<Narrow, native_lanes>::type c;
    std::memcpy(&c, in + i, sizeof c);
    store(out + i, from_bits<vec>(__builtin_convertvector(c, ivec)));
  }
}

#if defined(_OPENMP)
void by_two(void (*copy)(const float*, float*, std::int64_t), const float* in, float* out, std::int64_t n) {
#pragma omp parallel for num_threads(2) schedule(static, 1)
  for (std::int64_t half = 0; half < 2; ++half) copy(in + half * n / 2, out + half * n / 2, n / 2);
}
#endif

void add_copies(const place& p) {
  const std::string name = p.name;
  for (const std::int64_t offset : {0, 64, 1024, 2048, 4032}) {
    const float* in = input(p.values);
    float* out = output(p.values) - 512 + offset / 4;  // `output` is half a page away
    const std::string way = "/+" + std::to_string(offset);
    add("roof/copy/" + name + "/memcpy" + way, p.values, [=] { copy_by_memcpy(in, out, p.values); });
    add("roof/copy/" + name + "/vectors" + way, p.values, [=] { copy_by_vectors<false>(in, out, p.values); });
    if (name == dram.name) add("roof/streaming/" + name + way, p.values, [=] { copy_by_vectors<true>(in, out, p.values); });
#if defined(_OPENMP)
    constexpr std::int64_t n = std::int64_t{1} << 22;
    if (name != dram.name || offset % 1024 != 0) continue;
    add("roof/two_threads/vectors" + way, n, [=] { by_two(&copy_by_vectors<false>, in, out, n); }, true);
    add("roof/two_threads/streaming" + way, n, [=] { by_two(&copy_by_vectors<true>, in, out, n); }, true);
#endif
  }
}

}  // namespace

void add_roofs() {
  for (const place& p : {l1, l2, dram}) add_copies(p);
  const float* in = input(l1.values);
  float* out = output(l1.values);
  constexpr std::int64_t n = l1.values;
  add("roof/narrow/8", n, [=] { narrow<std::int8_t>(in, out, n); });
  add("roof/narrow/16", n, [=] { narrow<std::int16_t>(in, out, n); });
  add("roof/widen/8", n, [=] { widen<std::int8_t>(in, out, n); });
  add("roof/widen/16", n, [=] { widen<std::int16_t>(in, out, n); });
}

}  // namespace bench
