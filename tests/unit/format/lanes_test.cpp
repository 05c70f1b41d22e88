// SPDX-License-Identifier: BSL-1.0
/// @file lanes_test.cpp
/// Every width of vector gives the bits that one float gives: quantize, encode_lanes, decode_lanes, round_lanes, With<…>.
#include <dyadic/format/policy.hpp>

#include "support/formats.hpp"
#include "support/oracle_inputs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace {

using namespace subjects;  // the formats by their plain names
using dyadic::i32;
using dyadic::Overflow;
using dyadic::Round;

/// Bulk conversions at a width `V`; a NaN's payload counts as any other NaN's.
using Bulk = void (*)(const i32* in, const i32* random, i32* out, std::size_t n);

template <class V, class Convert>
void in_bulk(const i32* in, const i32* random, i32* out, std::size_t n, Convert convert) {
  constexpr std::size_t size = dyadic::detail::lane<V>::size;
  for (std::size_t i = 0; i + size <= n; i += size) {
    V x;
    dyadic::detail::ints_of<V> r;
    std::memcpy(&x, in + i, sizeof x);
    std::memcpy(&r, random + i, sizeof r);
    const auto y = convert(x, r);
    std::memcpy(out + i, &y, sizeof y);
  }
}

struct Conversion {
  std::string what;
  std::vector<Bulk> widths;  ///< one lane first
  bool takes_codes = false, gives_codes = false;
};
struct Conversions {
  std::string_view name;
  const oracle::Format& (*definition)();
  std::vector<Conversion> list;
};

/// `One<V>` runs a conversion at width V.
template <template <class> class One>
[[gnu::noinline]] std::vector<Bulk> widths() {
  std::vector<Bulk> r{&One<float>::run, &One<dyadic::detail::floats<4>>::run};
  if constexpr (dyadic::detail::native_lanes >= 8) r.push_back(&One<dyadic::detail::floats<8>>::run);
  if constexpr (dyadic::detail::native_lanes >= 16) r.push_back(&One<dyadic::detail::floats<16>>::run);
  return r;
}

template <class F>
struct Of {
  template <class V>
  struct Quantize {
    static void run(const i32* in, const i32* random, i32* out, std::size_t n) {
      in_bulk<V>(in, random, out, n, [](V x, auto) { return F::template quantize<V>(x); });
    }
  };
  template <class V>
  struct Encode {
    static void run(const i32* in, const i32* random, i32* out, std::size_t n) {
      in_bulk<V>(in, random, out, n, [](V x, auto) { return F::template encode_lanes<V>(x); });
    }
  };
  template <class V>
  struct Decode {
    static void run(const i32* in, const i32* random, i32* out, std::size_t n) {
      in_bulk<V>(in, random, out, n, [](V x, auto) { return F::template decode_lanes<V>(dyadic::detail::to_bits(x)); });
    }
  };
  template <Round R, Overflow O>
  struct Under {
    template <class V>
    struct Rounded {
      static void run(const i32* in, const i32* random, i32* out, std::size_t n) {
        in_bulk<V>(in, random, out, n, [](V x, dyadic::detail::ints_of<V> r) {
          return F::template round_lanes<R, O, V>(dyadic::detail::select(dyadic::detail::is_nan(x), dyadic::detail::splat<V>(0.0F), x), r);
        });
      }
    };
    template <class V>
    struct Policy {
      static void run(const i32* in, const i32* random, i32* out, std::size_t n) {
        in_bulk<V>(in, random, out, n, [](V x, dyadic::detail::ints_of<V> r) { return dyadic::With<F, R, O>::template quantize<V>(x, r); });
      }
    };
  };
};

template <class F, Round R, Overflow O>
[[gnu::noinline]] void add_policy(std::vector<Conversion>& to) {
  using U = typename Of<F>::template Under<R, O>;
  const std::string text = std::string(to_string(R)) + ", " + std::string(to_string(O));
  if constexpr (F::has_lanes) to.push_back({"round_lanes " + text, widths<U::template Rounded>(), false, true});
  if constexpr (!F::has_lanes || dyadic::detail::is_stochastic(R))
    to.push_back({"With " + text, widths<U::template Policy>(), false, false});  // the others follow from their parts
}

template <class F>
[[gnu::noinline]] Conversions conversions() {
  Conversions r{F::name(), &definition<F>, {}};
  r.list.push_back({"quantize", widths<Of<F>::template Quantize>(), false, false});
  if constexpr (F::has_lanes) {
    r.list.push_back({"encode_lanes", widths<Of<F>::template Encode>(), false, true});
    r.list.push_back({"decode_lanes", widths<Of<F>::template Decode>(), true, false});
  }
  add_policy<F, Round::nearest_even, Overflow::saturate>(r.list);
  add_policy<F, Round::stochastic, Overflow::saturate>(r.list);
  if constexpr (!std::is_same_v<F, Binary> && !std::is_same_v<F, Ternary>) {
    add_policy<F, Round::down, Overflow::saturate>(r.list);
    add_policy<F, Round::to_odd, Overflow::saturate>(r.list);
  }
  if constexpr (requires { F::can_wrap; }) add_policy<F, Round::up, Overflow::wrap>(r.list);
  if constexpr (F::has_nan) {
    add_policy<F, Round::nearest_even, Overflow::special>(r.list);
    add_policy<F, Round::toward_zero, Overflow::special>(r.list);
  }
  if constexpr (F::has_nan && !std::is_same_v<F, dyadic::E8M0>) {
    add_policy<F, Round::up, Overflow::propagate>(r.list);
    add_policy<F, Round::down, Overflow::infinity>(r.list);
    add_policy<F, Round::to_odd, Overflow::infinity>(r.list);
  }
  if constexpr (requires { typename F::grid; } || std::is_same_v<F, dyadic::E8M0>) {  // others draw all bits or none
    add_policy<F, dyadic::stochastic_a<7>, Overflow::saturate>(r.list);
    add_policy<F, dyadic::stochastic_b<12>, Overflow::saturate>(r.list);
    add_policy<F, dyadic::stochastic_c<20>, Overflow::saturate>(r.list);
  }
  return r;
}

class Lanes : public testing::TestWithParam<Conversions> {};

TEST_P(Lanes, GiveTheBitsOfOneLane) {
  const oracle::Format& f = GetParam().definition();
  std::vector<i32> floats, codes;
  const std::int64_t stride = std::max<std::int64_t>((f.last - f.first) / 2000, 1);
  if (f.has_code_table())
    for (const float x : oracle::critical_inputs(f, static_cast<int>(stride))) floats.push_back(std::bit_cast<i32>(x));
  for (const std::vector<float>& more : {oracle::special_inputs(), oracle::random_inputs(0x4000 / oracle::thinning, 21),
                                         oracle::inputs_within(f, 0x2000 / oracle::thinning, 22)})
    for (const float x : more) floats.push_back(std::bit_cast<i32>(x));
  for (std::uint64_t c = 0; c <= f.mask(); c += (f.mask() >> 16) + 1) codes.push_back(static_cast<i32>(c));
  floats.resize(floats.size() / 16 * 16);
  codes.resize((codes.size() + 15) / 16 * 16);
  std::vector<i32> random(std::max(floats.size(), codes.size()));
  for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<i32>(dyadic::random_bits(5, i));
  Report report;
  for (const Conversion& c : GetParam().list) {
    const std::vector<i32>& in = c.takes_codes ? codes : floats;
    std::vector<i32> want(in.size()), got(in.size());
    c.widths[0](in.data(), random.data(), want.data(), in.size());
    for (std::size_t w = 1; w < c.widths.size(); ++w) {
      c.widths[w](in.data(), random.data(), got.data(), in.size());
      for (std::size_t i = 0; i < in.size(); ++i) {
        const bool nans = !c.gives_codes && std::isnan(std::bit_cast<float>(want[i])) && std::isnan(std::bit_cast<float>(got[i]));
        if (got[i] != want[i] && !nans)
          report.fail(c.what, " of 0x", std::hex, in[i], " in vector ", w, ": 0x", got[i], ", in one lane: 0x", want[i]);
      }
    }
  }
  EXPECT_EQ(report.text(), "") << GetParam().name;
}

std::vector<Conversions> all() {
  return for_formats(list<Fixed<8, 4>, Fixed<1, 0>, Fixed<8, -95>, Fixed<23, 11>, Fixed<24, 0, false>, Fixed<32, 16>, SignMagnitude<24, 22>,
                          dyadic::E4M3, dyadic::E5M2, dyadic::BFloat16, Minifloat<4, 3>, Minifloat<4, 3, 8, Specials::fnuz>,
                          Minifloat<5, 0>, Minifloat<4, 3, 141>, Minifloat<4, 3, -110>, Minifloat<8, 23, 127, Specials::ieee>,
                          MinifloatDenorm<4, 3>, MinifloatDenorm<4, 3, 139>, LogQ<4>, LogQ<8, 150>, Binary, Ternary,  //
                          Minifloat<4, 3, 8, Specials::extended>, Minifloat<4, 0, 8, Specials::extended>, dyadic::UE4M3, dyadic::E8M0,
                          UnsignedMinifloat<4, 4>, UnsignedMinifloat<4, 3, 141>, UnsignedMinifloat<8, 0, 128, Specials::extended>,
                          UnsignedMinifloat<8, 7, 127, Specials::ieee>,  //
                          Posit<8>, Posit<16>, Posit<2>, Posit<5>, Takum<8>, Takum<16>, Takum<4>, Takum<9>, dyadic::NF4,
                          Codebook<codebooks::four>, Codebook<codebooks::signs>, Codebook<codebooks::thirty>,
                          Codebook<codebooks::geometric>>{},
                     []<class F>(std::type_identity<F>) { return conversions<F>(); });
}
std::string name_of(const testing::TestParamInfo<Conversions>& one) { return test_name(one.param.name); }
INSTANTIATE_TEST_SUITE_P(Every, Lanes, testing::ValuesIn(all()), name_of);

}  // namespace
