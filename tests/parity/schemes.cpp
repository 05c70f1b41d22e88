// SPDX-License-Identifier: BSL-1.0
// A table of all the types that cases ask for, each with its parameters in the words of the reference.
#include "parity/schemes.hpp"

#include <dyadic/format/mase.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include <type_traits>
#include <utility>
#include <vector>

namespace golden {
namespace {

namespace mase = dyadic::mase;

// --- What a type is called in the metadata ------------------------------------------------------------------------------------

/// A scheme and its parameters. One function makes JSON of them, not one for each of hundreds of types.
struct Described {
  const char* scheme;
  std::vector<std::pair<const char*, int>> numbers;
  std::vector<std::pair<const char*, bool>> flags;
  std::vector<std::int64_t> block_size;  ///< empty: none

  [[nodiscard]] json as_json() const {
    json j = {{"scheme", scheme}};
    for (const auto& [name, value] : numbers) j[name] = value;
    for (const auto& [name, value] : flags) j[name] = value;
    if (!block_size.empty()) j["block_size"] = block_size;
    return j;
  }
};

template <int W, int F, bool Signed>
Described describe(std::type_identity<dyadic::Fixed<W, F, Signed>>) {
  return {"integer", {{"width", W}, {"frac_width", F}}, {{"is_signed", Signed}}, {}};
}
template <int W, int F, bool Signed>
Described describe(std::type_identity<mase::integer_floor<W, F, Signed>>) {
  return {"integer_floor", {{"width", W}, {"frac_width", F}}, {{"is_signed", Signed}}, {}};
}
template <int W, int E, int B>
Described describe(std::type_identity<mase::minifloat_ieee<W, E, B>>) {
  return {"minifloat_ieee", {{"width", W}, {"exponent_width", E}, {"exponent_bias", B}}, {}, {}};
}
template <int W, int E, int B>
Described describe(std::type_identity<mase::minifloat_denorm<W, E, B>>) {
  return {"minifloat_denorm", {{"width", W}, {"exponent_width", E}, {"exponent_bias", B}}, {}, {}};
}
template <int W, int B>
Described describe(std::type_identity<mase::log<W, B>>) {
  return {"log", {{"width", W}, {"exponent_bias", B}}, {}, {}};
}

template <std::int64_t... D>
void add_shape(Described& d, std::type_identity<mase::block_size<D...>>) {
  d.block_size = {D...};
  d.flags = {{"skip_first_dim", false}};
}
template <class S>
void add_shape(Described& d, std::type_identity<mase::skip_first_dim<S>>) {
  add_shape(d, std::type_identity<S>{});
  d.flags = {{"skip_first_dim", true}};
}
/// The operator cases: 16 neighbours along the last dimension, whatever the rank.
void add_shape(Described& d, std::type_identity<dyadic::Shape<16>>) {
  d.numbers.emplace_back("neighbours", 16);
}
template <class S>
Described with_shape(Described d) {
  add_shape(d, std::type_identity<S>{});
  return d;
}
template <int W, int E, int B, class S>
Described describe(std::type_identity<mase::block_fp<W, E, B, S>>) {
  return with_shape<S>({"block_fp", {{"width", W}, {"exponent_width", E}, {"exponent_bias", B}}, {}, {}});
}
template <int W, int E, int BW, class S>
Described describe(std::type_identity<mase::block_minifloat<W, E, BW, S>>) {
  return with_shape<S>(
      {"block_minifloat", {{"width", W}, {"exponent_width", E}, {"exponent_bias_width", BW}}, {}, {}});
}
template <int W, int BW, class S>
Described describe(std::type_identity<mase::block_log<W, BW, S>>) {
  return with_shape<S>({"block_log", {{"width", W}, {"exponent_bias_width", BW}}, {}, {}});
}
template <dyadic::BinaryLevels L, bool Scaled>
Described describe(std::type_identity<mase::binary<L, Scaled>>) {
  return {"binary", {}, {{"bipolar", L == dyadic::BinaryLevels::minus_plus}, {"scaled", Scaled}}, {}};
}
template <bool Scaled>
Described describe(std::type_identity<mase::ternary<Scaled>>) {
  return {"ternary", {}, {{"scaling_factor", Scaled}}, {}};
}
template <int W>
Described describe(std::type_identity<mase::scale_integer<W>>) {
  return {"scale_integer", {{"width", W}}, {}, {}};
}
Described describe(std::type_identity<dyadic::none>) { return {"none", {}, {}, {}}; }

/// The parameters as the table has them: what a case leaves out or calls null is spelled out.
json in_full(json j) {
  const std::string scheme = j.at("scheme");
  if ((scheme == "integer" || scheme == "fixed") && !j.contains("is_signed")) j["is_signed"] = true;
  if (scheme == "fixed") j["scheme"] = "integer";
  if (j.contains("exponent_bias") && j["exponent_bias"].is_null())
    j["exponent_bias"] = (1 << (scheme == "log" ? j.at("width").get<int>() - 2 : j.at("exponent_width").get<int>() - 1)) - 1;
  return j;
}

// --- The table ----------------------------------------------------------------------------------------------------------------

template <class... S>
struct list {};

template <class... S>
void append(std::vector<Scheme>& table, list<S...>) {
  struct Entry {
    Described (*described)();
    void (*quantize)(std::span<const float>, std::span<float>, const dyadic::Extents&);
  };
  static constexpr Entry entries[] = {
      {[] { return describe(std::type_identity<S>{}); },
       [](std::span<const float> in, std::span<float> out, const dyadic::Extents& shape) {
         dyadic::fake_quantize<S>(in, out, shape);
       }}...};
  for (const Entry& e : entries) table.push_back({e.described().as_json(), e.quantize});
}

template <int W, int F>
using integers = list<mase::integer<W, F>, mase::integer<W, F, false>, mase::integer_floor<W, F>, mase::integer_floor<W, F, false>>;
template <int W, int E, int... B>
using minifloats = list<mase::minifloat_ieee<W, E, B...>, mase::minifloat_denorm<W, E, B...>>;
template <class S>
using blocks = list<mase::block_fp<7, 8, 127, S>, mase::block_fp<4, 8, 127, S>, mase::block_fp<12, 4, 7, S>,                  //
                    mase::block_minifloat<8, 4, 4, S>, mase::block_minifloat<6, 2, 8, S>, mase::block_minifloat<4, 2, 8, S>,  //
                    mase::block_log<8, 8, S>, mase::block_log<4, 4, S>, mase::block_log<5, 6, S>>;

std::vector<Scheme> make_table() {
  using dyadic::BinaryLevels;
  using dyadic::whole;
  using mase::block_size;
  using mase::skip_first_dim;
  std::vector<Scheme> t;
  const auto add = [&](auto... lists) { (append(t, lists), ...); };
  add(list<dyadic::none>{});
  add(integers<8, 4>{}, integers<8, 0>{}, integers<4, 2>{}, integers<16, 8>{}, integers<8, 10>{}, integers<6, -2>{}, integers<2, 1>{},
      integers<12, 3>{});
  add(minifloats<8, 4>{}, minifloats<8, 5>{}, minifloats<8, 2>{}, minifloats<6, 3>{}, minifloats<6, 2>{}, minifloats<4, 2>{},
      minifloats<16, 5>{}, minifloats<16, 8>{}, minifloats<12, 4, 12>{});
  add(list<mase::log<8>, mase::log<8, 15>, mase::log<4>, mase::log<6, 12>, mase::log<3, 1>>{});
  add(blocks<block_size<16>>{}, blocks<block_size<1, 16>>{}, blocks<block_size<4, 4>>{}, blocks<block_size<4, 8>>{},
      blocks<block_size<1, whole>>{}, blocks<skip_first_dim<block_size<16>>>{}, blocks<skip_first_dim<block_size<1, 16>>>{},
      blocks<skip_first_dim<block_size<2, 16>>>{}, blocks<skip_first_dim<block_size<4, 4>>>{});
  add(list<mase::block_fp<7, 8, 127, dyadic::Shape<16>>>{});
  add(list<mase::binary<>, mase::binary<BinaryLevels::zero_plus, true>, mase::ternary<>, mase::ternary<true>>{});
  add(list<mase::scale_integer<8>, mase::scale_integer<4>>{});
  return t;
}

}  // namespace

const Scheme* find_scheme(const json& parameters) {
  static const std::vector<Scheme> table = make_table();
  const json wanted = in_full(parameters);
  for (const Scheme& s : table)
    if (s.parameters == wanted) return &s;
  return nullptr;
}

}  // namespace golden
