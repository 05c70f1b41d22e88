// SPDX-License-Identifier: BSL-1.0
// Hashes of what the kernels make of every upper half of float32: built once for each instruction set, and once in every program the
// same lines must come out. Of NaN only that it is one counts.
#include "support/bulk_schemes.hpp"

#include <cmath>
#include <cstdio>

namespace {

class hash {  // FNV-1a, by words
 public:
  void add(std::uint64_t v) { h_ = (h_ ^ v) * 0x100000001B3U; }
  [[nodiscard]] unsigned long long value() const { return h_; }

 private:
  std::uint64_t h_ = 0xCBF29CE484222325U;
};

void show(const bulk::Subject& s, const std::vector<float>& x, const dyadic::Extents& shape) {
  std::vector<float> y(x.size());
  hash values, codes;
  s.fast(x, y, shape, 11);
  for (const float v : y) values.add(std::isnan(v) ? 1 : std::bit_cast<std::uint32_t>(v));
  const bulk::parts p = s.encoded(x, shape, 11);
  for (const std::uint32_t c : p.codes) codes.add(c);
  for (const std::uint64_t c : p.scales) codes.add(c);
  s.decoded(x, y, shape, 11);
  for (const float v : y) codes.add(std::isnan(v) ? 1 : std::bit_cast<std::uint32_t>(v));
  std::printf("%016llx %016llx %s %s\n", values.value(), codes.value(), s.name.c_str(), shape.text().c_str());
}

}  // namespace

int main() {
  using namespace bulk;
  std::vector<float> x = all_patterns(2, false), mixed = all_patterns(4, true);
  x.insert(x.end(), mixed.begin(), mixed.end());
  const auto n = static_cast<std::int64_t>(x.size());
  for (const auto& family : {subjects_of(element_schemes{}), subjects_of(block_schemes{}), subjects_of(tile_schemes{})})
    for (const Subject& s : family) {
      show(s, x, {n / 512, 512});
      show(s, {x.begin(), x.end() - 213}, {n - 213});  // blocks cut short, and tails
    }
}
