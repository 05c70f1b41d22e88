// SPDX-License-Identifier: BSL-1.0
// Formats in every direction of rounding and every rule of overflow that they have, by their definitions: conversions, and of some the
// arithmetic.
#include "inputs.hpp"
#include "policies.hpp"

#include <array>

namespace {

struct policy {
  std::string_view name;
  int bits;
  float (*quantize)(float, std::uint32_t random);
  std::uint32_t (*encode)(float, std::uint32_t random);
  std::array<std::uint32_t (*)(std::uint32_t, std::uint32_t), 4> operators;  ///< + - * /, or null
};
template <class F>
F make(std::uint32_t code) {
  return F::from_bits(static_cast<typename F::code_type>(code));
}
template <class F>
std::uint32_t plain(F f) {
  return static_cast<std::uint32_t>(f.to_bits());
}
/// One format of each way to round exact results; all would take the compiler long.
template <class F>
constexpr bool has_operators = std::same_as<F, dyadic::Fixed<8, 4>> || std::same_as<F, dyadic::Fixed<32, 16>> ||
                               std::same_as<F, dyadic::E4M3> || std::same_as<F, dyadic::Half> || std::same_as<F, dyadic::LogQ<5>>;
template <class W>
policy policy_of() {
  using F = typename W::format;
  policy p{W::name(),
           W::bits,
           [](float x, std::uint32_t random) { return W::template quantize<float>(x, static_cast<std::int32_t>(random)); },
           [](float x, std::uint32_t random) { return static_cast<std::uint32_t>(W::encode(x, random)); },
           {}};
  if constexpr (has_operators<F>)
    p.operators = {[](std::uint32_t x, std::uint32_t y) { return plain(W::plus(make<F>(x), make<F>(y))); },
                   [](std::uint32_t x, std::uint32_t y) { return plain(W::minus(make<F>(x), make<F>(y))); },
                   [](std::uint32_t x, std::uint32_t y) { return plain(W::times(make<F>(x), make<F>(y))); },
                   [](std::uint32_t x, std::uint32_t y) { return plain(W::over(make<F>(x), make<F>(y))); }};
  return p;
}
template <class... W>
void add_all(digest::book& b, digest::schemes<W...>) {
  using digest::hash;
  for (const policy& p : {policy_of<W>()...}) {
    b.begin("rounding", p.name);
    b.add("values", [&](hash& h, bool others) {
      std::uint64_t index = 0;
      for (const float x : digest::values(others)) h.add(p.quantize(x, dyadic::random_bits(7, index++)));
    });
    b.add("codes", [&](hash& h, bool others) {
      std::uint64_t index = 0;
      for (const float x : digest::values(others)) h.add(std::uint64_t{p.encode(x, dyadic::random_bits(7, index++))});
    });
    if (p.operators[0] == nullptr) continue;
    b.add("operators", [&](hash& h, bool others) {
      digest::generator g(others ? 9 : 8);
      const std::uint32_t mask = p.bits == 32 ? ~0U : (1U << p.bits) - 1;
      for (int i = others ? 0 : 3500; i < 4000; ++i) {
        const auto x = static_cast<std::uint32_t>(g.next()) & mask, y = static_cast<std::uint32_t>(g.next()) & mask;
        for (const auto& f : p.operators) h.add(std::uint64_t{f(x, y)});
      }
    });
  }
}

}  // namespace

void digest::add_roundings(book& b) { add_all(b, all_policies{}); }
