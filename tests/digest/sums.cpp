// SPDX-License-Identifier: BSL-1.0
// Arithmetic that loses nothing: exact operators, dot products rounded once, and sums in the registers of
// accumulators.
#include "inputs.hpp"

#include <dyadic/format/accumulator.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>

#include <span>

namespace {

using namespace dyadic;
using digest::hash;

template <class F>
std::vector<F> numbers(std::size_t n, std::uint64_t seed) {
  digest::generator g(seed);
  std::vector<F> v;
  constexpr std::uint64_t mask = (std::uint64_t{1} << F::bits) - 1;
  for (std::size_t i = 0; i < n; ++i)
    v.push_back(F::from_bits(static_cast<typename F::code_type>((g.next() >> 11) & mask)));
  return v;
}
template <class R>
void add_result(hash& h, R r) {
  if constexpr (std::same_as<R, float>) h.add(r);
  else h.add(static_cast<std::uint64_t>(static_cast<std::uint32_t>(r.to_bits())));
}

template <class A, class B>
void add_exact(digest::book& b) {
  b.begin("exact", std::string(A::name()) + " and " + std::string(B::name()));
  const auto pairs = [](bool others, const auto& take) {
    const std::size_t n = others ? 5000 : 500;
    const std::vector<A> x = numbers<A>(n, others ? 21 : 22);
    const std::vector<B> y = numbers<B>(n, others ? 23 : 24);
    for (std::size_t i = 0; i < n; ++i) take(exact(x[i]), exact(y[i]));
  };
  b.add("products",
        [&](hash& h, bool others) { pairs(others, [&](Exact<A> x, Exact<B> y) { add_result(h, x * y); }); });
  if constexpr (requires {
                  A::fraction_bits;
                  B::fraction_bits;
                })
    b.add("sums", [&](hash& h, bool others) {
      pairs(others, [&](Exact<A> x, Exact<B> y) {
        add_result(h, x + y);
        add_result(h, x - y);
      });
    });
}

/// Dot products of lengths up to 40, of codes of every kind and of those that cancel.
template <class A, class B, class... Results>
void add_dots(digest::book& b) {
  b.begin("dot", std::string(A::name()) + " and " + std::string(B::name()));
  b.add("sums", [](hash& h, bool others) {
    for (std::size_t n = 0; n <= 40; n += others ? 1 : 8)
      for (std::uint64_t seed = 30; seed < 38; ++seed) {
        std::vector<A> x = numbers<A>(n, seed);
        std::vector<B> y = numbers<B>(n, seed + 100);
        for (const bool cancelling : {false, true}) {
          if (cancelling) {
            for (auto& v : x)
              if (!is_infinite(v) && !is_nan(v)) v = v + v;
            for (std::size_t i = 1; i < n; i += 2) {
              x[i] = -x[i - 1];
              y[i] = y[i - 1];
            }
          }
          (add_result(h, dot<Results>(x, y)), ...);
        }
      }
  });
}

template <class Register>
void add_accumulator(digest::book& b) {
  b.begin("accumulator", Register::name());
  b.add("sums", [](hash& h, bool others) {
    const auto run = [&](const std::vector<float>& x, const std::vector<float>& w, std::size_t length) {
      for (std::size_t first = 0; first + length <= x.size(); first += length) {
        Register sum;
        for (std::size_t i = first; i < first + length; ++i) {
          sum.add(x[i], w[i]);
          h.add(sum.value());
        }
        sum.add(w[first]);
        h.add(sum.value());
        h.add(static_cast<std::uint64_t>(sum.overflows()));
      }
    };
    const std::size_t n = others ? 6000 : 600;
    run(digest::near_values(n, 4, 10, 41), digest::near_values(n, 2, 8, 42), 23);
    run(digest::random_bits(n, 43), digest::random_bits(n, 44), 5);
    if (others) run(digest::special_values(), std::vector<float>(digest::special_values().size(), 0.75F), 9);
  });
}
template <class Format, Overflow O>
void add_accumulators(digest::book& b) {
  add_accumulator<accumulator<Format, O>>(b);
  add_accumulator<accumulator<Format, O, Round::nearest_away>>(b);
  add_accumulator<accumulator<Format, O, Round::toward_zero>>(b);
  add_accumulator<accumulator<Format, O, Round::down>>(b);
  add_accumulator<accumulator<Format, O, Round::up>>(b);
  add_accumulator<accumulator<Format, O, Round::to_odd>>(b);
}

}  // namespace

void digest::add_sums(book& b) {
  add_exact<Fixed<8, 4>, Fixed<8, 6>>(b);
  add_exact<Fixed<8, 4, false>, Fixed<8, 4>>(b);
  add_exact<Fixed<12, 3, false>, Fixed<16, 20, false>>(b);
  add_exact<Fixed<16, 8>, Fixed<14, -3>>(b);
  add_exact<E4M3, E4M3>(b);
  add_exact<E2M1, E2M3>(b);
  add_exact<E5M2, E5M2>(b);

  using Float = Minifloat<8, 23, 127, Specials::ieee>;
  add_dots<Fixed<8, 4>, Fixed<8, 6>, float, Half, Fixed<32, 10>, Fixed<8, 4>>(b);
  add_dots<E4M3, E4M3, float, Half, BFloat16, E4M3>(b);
  add_dots<E5M2, E4M3, float, E5M2, Fixed<32, 16>>(b);
  add_dots<Half, Half, float, Half, LogQ<8>>(b);
  add_dots<BFloat16, Fixed<16, 8>, float, BFloat16, E4M3>(b);
  add_dots<Float, Float, float, Float, Fixed<32, 0>>(b);
  add_dots<LogQ<8>, SignMagnitude<8, 6>, float, Half, LogQ<8>>(b);
  add_dots<Fixed<32, 16>, Fixed<32, -95>, float, Fixed<32, 0, false>>(b);

  add_accumulators<Fixed<16, 8>, Overflow::wrap>(b);
  add_accumulators<Fixed<16, 8>, Overflow::saturate>(b);
  add_accumulators<Fixed<8, 4>, Overflow::wrap>(b);
  add_accumulators<Fixed<8, 4>, Overflow::saturate>(b);
  add_accumulators<Fixed<32, 20>, Overflow::wrap>(b);
  add_accumulators<Fixed<24, 8>, Overflow::saturate>(b);
  add_accumulator<accumulator<Fixed<12, 4, false>, Overflow::wrap>>(b);
  add_accumulator<accumulator<Fixed<12, 4, false>, Overflow::saturate>>(b);
  add_accumulator<accumulator<Fixed<32, -20>, Overflow::wrap>>(b);
  add_accumulator<accumulator<Fixed<32, 60>, Overflow::saturate>>(b);
}
