// SPDX-License-Identifier: BSL-1.0
// What the machine allows: copies of float32, and loops that do nothing but change the width of integers. A roof is the best of
// several ways and of several distances between source and destination (modulo a page).
#include "cases.hpp"

#include <dyadic/kernel/packed_codes.hpp>

#include <cstring>

namespace bench {
namespace {

using namespace dyadic::detail;

[[gnu::noinline]] void copy_by_memcpy(const float* in, float* out, std::int64_t n) {
  std::memcpy(out, in, static_cast<std::size_t>(n) * sizeof(float));
}
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
/// The loops that only narrow and widen: a conversion, a vector after the other, as compilers make them of out[i] = in[i]. (GCC 12
/// makes no such instruction of a conversion of GNU vectors, so it is named.)
[[gnu::noinline]] void narrow(const float* in, void* to, std::int64_t n) {
  auto* out = static_cast<std::int8_t*>(to);
  for (std::int64_t i = 0; i < n; i += native_lanes) {
#if defined(__AVX512F__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)load(in + i)));
#else
    const auto c = __builtin_convertvector(to_bits(load(in + i)), vector_of<std::int8_t, native_lanes>::type);
    std::memcpy(out + i, &c, sizeof c);
#endif
  }
}
[[gnu::noinline]] void widen(const void* from, float* out, std::int64_t n) {
  const auto* in = static_cast<const std::uint8_t*>(from);
  for (std::int64_t i = 0; i < n; i += native_lanes) store(out + i, from_bits<vec>(lanes_of_bytes<true>(in + i)));
}
/// The same by instructions that take two vectors each and saturate: the fastest way there is, and what the encoders use. For
/// information: an encoder's arithmetic alone takes longer than this.
[[gnu::noinline]] void narrow_by_packs(const float* in, void* to, std::int64_t n) {
  auto* out = static_cast<std::int8_t*>(to);
  constexpr std::int64_t L = native_lanes;
  for (std::int64_t i = 0; i < n; i += 4 * L) {
    const octets o =
        bytes_of<true>(to_bits(load(in + i)), to_bits(load(in + i + L)), to_bits(load(in + i + 2 * L)), to_bits(load(in + i + 3 * L)));
    std::memcpy(out + i, &o, sizeof o);
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
    add(
        "roof/two_threads/vectors" + way, n, [=] { by_two(&copy_by_vectors<false>, in, out, n); }, true);
    add(
        "roof/two_threads/streaming" + way, n, [=] { by_two(&copy_by_vectors<true>, in, out, n); }, true);
#endif
  }
}

}  // namespace

void add_roofs() {
  for (const place& p : {l1, l2, dram}) add_copies(p);
  const float* in = input(l1.values);
  float* out = output(l1.values);
  constexpr std::int64_t n = l1.values;
  add("roof/narrow/8", n, [=] { narrow(in, out, n); });
  add("roof/widen/8", n, [=] { widen(in, out, n); });
  job packs;
  packs.name = "narrow by packs/8";
  packs.roof = "roof/narrow/8";
  add(std::move(packs), n, [=] { narrow_by_packs(in, out, n); });
}

}  // namespace bench
