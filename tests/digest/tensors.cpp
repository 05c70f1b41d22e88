// SPDX-License-Identifier: BSL-1.0
// The tensors that every scheme is given.
#include "tensors.hpp"

#include <cstring>

namespace digest {
namespace {

struct tensor {
  std::vector<float> values;
  dyadic::Extents shape;
};

std::vector<float> cut(std::vector<float> x, const dyadic::Extents& shape) {
  x.resize(static_cast<std::size_t>(shape.size()));
  return x;
}

/// Tensors of ranks 1 to 4 whose extents are no multiples of block sizes, and some whose are; blocks of
/// zeros, with a NaN, with an infinity, of one power of two; magnitudes that change from block to block, and
/// from one end of float32 to the other.
std::vector<tensor> quick_tensors() {
  std::vector<tensor> t;
  const auto near = [&](const dyadic::Extents& shape, int center, std::uint32_t binades, std::uint64_t seed) {
    t.push_back({near_values(static_cast<std::size_t>(shape.size()), center, binades, seed), shape});
  };
  near({1}, 0, 8, 101);
  near({61}, -3, 8, 102);
  near({256}, 0, 8, 103);
  near({8, 64}, 2, 6, 104);
  near({7, 45}, 0, 200, 105);
  near({1, 129}, -90, 12, 106);
  near({45, 1}, 5, 3, 107);
  near({3, 17, 33}, 0, 8, 108);
  near({2, 16, 64}, 1, 4, 109);
  near({2, 3, 5, 7}, -1, 10, 110);
  near({3, 4, 9, 20}, 60, 90, 111);
  near({2, 2, 16, 32}, 120, 3, 112);
  t.push_back({{}, {0}});
  t.push_back({{}, {3, 0}});
  t.push_back({{0.0F, -0.0F, 0.0F, -0.0F, 0.0F, 0.0F, 0.0F}, {7}});
  // Rows of a kind each: zeros, a NaN, infinities, one power of two, subnormals, all from here on as it
  // comes.
  const auto special = special_values();
  for (const dyadic::Extents& shape : {dyadic::Extents{12, 96}, dyadic::Extents{2, 6, 2, 37}}) {
    tensor rows{near_values(static_cast<std::size_t>(shape.size()), 2, 8, 113), shape};
    const std::size_t row = rows.values.size() / 12;
    const auto at = [&](std::size_t r, std::size_t i) -> float& { return rows.values[r * row + i]; };
    for (std::size_t i = 0; i < row; ++i) {
      at(1, i) = i % 3 == 0 ? -0.0F : 0.0F;
      at(5, i) = i % 2 == 0 ? 4.0F : -4.0F;
      at(6, i) = std::bit_cast<float>(static_cast<std::uint32_t>(i * 7919) | static_cast<std::uint32_t>(i % 2)
                                                                                 << 31);
      at(8, i) = special[(i * 577) % special.size()];
    }
    at(2, 5) = std::bit_cast<float>(0x7fc00000U);
    at(3, row - 2) = std::bit_cast<float>(0xff800000U);
    at(4, 0) = std::bit_cast<float>(0x7f800000U);
    at(4, row - 1) = std::bit_cast<float>(0x7f800001U);
    at(10, 20) = 3.0e38F;
    t.push_back(std::move(rows));
  }
  return t;
}

/// All upper halves of float32 in order and mixed (blocks then span all binades), in long rows and in blocks
/// cut short: enough for four threads. Special values and any bits, in several shapes.
std::vector<tensor> more_tensors() {
  std::vector<float> x;
  for (std::uint32_t upper = 0; upper < 0x10000; ++upper) x.push_back(std::bit_cast<float>(upper << 16));
  for (std::uint32_t k = 0; k < 4; ++k)
    for (std::uint32_t upper = 0; upper < 0x10000; ++upper) {
      std::uint32_t bits =
          (upper * 40503U + k * 977U) << 16 | (k == 0 ? 0x8000U : (k * 0x1234U + upper * 0x9E37U) & 0xffffU);
      if ((bits & 0x7f800000U) == 0x7f800000U) bits &= 0xbfffffffU;  // finite
      x.push_back(std::bit_cast<float>(bits));
    }
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<tensor> t;
  t.push_back({x, {n / 512, 512}});
  x.resize(x.size() - 213);
  t.push_back({x, {n - 213}});
  const auto special = special_values();
  for (const dyadic::Extents& shape :
       {dyadic::Extents{77, 119}, dyadic::Extents{3, 23, 132}, dyadic::Extents{2, 8, 16, 32}})
    t.push_back({cut(special, shape), shape});
  t.push_back({random_bits(6000, 121), {6000}});
  t.push_back({near_values(20000, 3, 20, 122), {200, 100}});
  t.push_back({near_values(18000, -2, 8, 123), {5, 6, 20, 30}});
  return t;
}

}  // namespace

void add_bytes(hash& h, std::span<const std::byte> bytes) {
  h.add(std::uint64_t{bytes.size()});
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (i % 8 * 8);
    if (i % 8 == 7 || i + 1 == bytes.size()) {
      h.add(word);
      word = 0;
    }
  }
}

void add_tensors(book& b, std::span<const tensor_scheme> schemes) {
  static const std::vector<tensor> quick = quick_tensors(),
                                   more = b.quick() ? std::vector<tensor>{} : more_tensors();
  for (const tensor_scheme& s : schemes) {
    b.begin("tensor", s.name);
    std::vector<float> y;
    b.add("values", [&](hash& h, bool others) {
      for (const tensor& t : others ? more : quick) {
        y.resize(t.values.size());
        s.values(t.values, y, t.shape, 11);
        for (const float v : y) h.add(v);
      }
    });
    if (s.codes == nullptr) continue;
    b.add("codes", [&](hash& h, bool others) {
      for (const tensor& t : others ? more : quick) {
        y.resize(t.values.size());
        s.codes(t.values, y, t.shape, 11, h);
        for (const float v : y) h.add(v);
      }
    });
  }
}

}  // namespace digest
