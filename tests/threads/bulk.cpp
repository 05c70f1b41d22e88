// SPDX-License-Identifier: BSL-1.0
// The number of threads changes no bit: values, codes and scales of tensors that are large enough to be divided, with 1, 2 and 4.
#include "support/bulk_schemes.hpp"

#include <omp.h>

#include <cstdio>
#include <mutex>
#include <set>
#include <thread>

namespace {

std::mutex seen_mutex;
std::set<std::thread::id> seen;

/// A format that notes on which threads it is asked: the test must not pass because there was only one.
struct Witness {
  using code_type = std::uint8_t;
  static constexpr int bits = 8;
  static constexpr const char* name() { return "Witness"; }
  static code_type encode(float x) {
    if (x == 1.0F) {
      const std::lock_guard lock(seen_mutex);
      seen.insert(std::this_thread::get_id());
    }
    return x > 0.0F ? 1 : 0;
  }
  static float decode(code_type c) { return static_cast<float>(c); }
};

struct outcome {
  std::vector<std::uint32_t> values, decoded;
  bulk::parts codes;
  friend bool operator==(const outcome&, const outcome&) = default;
};
outcome run(const bulk::Subject& s, const std::vector<float>& x, const dyadic::Extents& shape, int threads) {
  omp_set_num_threads(threads);
  std::vector<float> y(x.size());
  outcome r;
  s.fast(x, y, shape, 5);
  for (const float v : y) r.values.push_back(std::bit_cast<std::uint32_t>(v));
  r.codes = s.encoded(x, shape, 5);
  s.decoded(x, y, shape, 5);
  for (const float v : y) r.decoded.push_back(std::bit_cast<std::uint32_t>(v));
  return r;
}

}  // namespace

int main() {
  omp_set_dynamic(0);
  using namespace bulk;
  std::vector<float> x = all_patterns(5, true);
  x.resize(x.size() - 64);  // 327616 values: five shares of work at most, and no round number
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(x[i]) & 0x83ffffff) | 0x3c000000);
  const auto n = static_cast<std::int64_t>(x.size());
  int failures = 0;
#if defined(__OPTIMIZE__)
  constexpr std::size_t every = 1;
#else
  constexpr std::size_t every = 5;
#endif
  for (const auto& family : {subjects_of(element_schemes{}), subjects_of(block_schemes{}), subjects_of(tile_schemes{})})
    for (std::size_t k = 0; k < family.size(); k += every) {
      const Subject& s = family[k];
      for (const dyadic::Extents& shape : {dyadic::Extents{n}, dyadic::Extents{n / 64, 64}}) {
        const outcome one = run(s, x, shape, 1);
        for (const int threads : {2, 4})
          if (!(run(s, x, shape, threads) == one)) {
            std::printf("%s of shape %s: %d threads give other bits than one\n", s.name.c_str(), shape.text().c_str(), threads);
            ++failures;
          }
      }
    }
  x.assign(x.size(), 1.0F);
  const Subject witness = subject<Witness>();
  std::vector<float> y(x.size());
  omp_set_num_threads(4);
  witness.fast(x, y, {n}, 0);
  std::printf("%zu threads took part\n", seen.size());
  if (seen.size() < 2) ++failures;
  return failures == 0 ? 0 : 1;
}
