// SPDX-License-Identifier: BSL-1.0
// Formats in every direction of rounding and every rule of overflow that they have, by their definitions:
// conversions, and of some the arithmetic.
#include "inputs.hpp"
#include "policies.hpp"

namespace {

struct policy {
  std::string_view name;
  int bits;
  float (*quantize)(float, std::uint32_t random);
  std::uint32_t (*encode)(float, std::uint32_t random);
  void (*operate)(digest::hash&, std::uint32_t, std::uint32_t);  ///< + - * /, or null
};
template <class F>
F make(std::uint32_t code) {
  return F::from_bits(static_cast<typename F::code_type>(code));
}
/// One format of each way to round exact results; all would take the compiler long.
template <class F>
constexpr bool has_operators =
    std::same_as<F, dyadic::Fixed<8, 4>> || std::same_as<F, dyadic::Fixed<32, 16>> ||
    std::same_as<F, dyadic::E4M3> || std::same_as<F, dyadic::Half> || std::same_as<F, dyadic::LogQ<5>> ||
    std::same_as<F, digest::extended_format> || std::same_as<F, dyadic::UE5M3> ||
    std::same_as<F, dyadic::Posit<8>> || std::same_as<F, dyadic::Takum<16>> || std::same_as<F, dyadic::NF4>;
template <class W>
void operate(digest::hash& h, std::uint32_t a, std::uint32_t b) {
  using F = typename W::format;
  const F x = make<F>(a), y = make<F>(b);
  for (const F f : {W::plus(x, y), W::minus(x, y), W::times(x, y), W::over(x, y)})
    h.add(static_cast<std::uint64_t>(static_cast<std::uint32_t>(f.to_bits())));
}
template <class W>
policy policy_of() {
  policy p{W::name(), W::bits,
           [](float x, std::uint32_t random) {
             return W::template quantize<float>(x, static_cast<std::int32_t>(random));
           },
           [](float x, std::uint32_t random) { return static_cast<std::uint32_t>(W::encode(x, random)); },
           nullptr};
  if constexpr (has_operators<typename W::format>) p.operate = &operate<W>;
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
      for (const float x : digest::values(others))
        h.add(std::uint64_t{p.encode(x, dyadic::random_bits(7, index++))});
    });
    if (p.operate == nullptr) continue;
    b.add("operators", [&](hash& h, bool others) {
      digest::generator g(others ? 9 : 8);
      const std::uint32_t mask = p.bits == 32 ? ~0U : (1U << p.bits) - 1;
      for (int i = others ? 0 : 3500; i < 4000; ++i) {
        const auto x = static_cast<std::uint32_t>(g.next()) & mask,
                   y = static_cast<std::uint32_t>(g.next()) & mask;
        p.operate(h, x, y);
      }
    });
  }
}

}  // namespace

void digest::add_roundings(book& b) {
  add_all(b, all_policies{});
  add_all(b, p3109_policies{});
  add_all(b, uneven_policies{});
}
