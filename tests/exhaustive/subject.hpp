// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file subject.hpp
/// The library's side: a format's bulk kernels, its scalar definition and its operators behind plain pointers.
#include <dyadic/format/policy.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/fake_quantize.hpp>

#include "support/formats.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace exhaustive {

using oracle::Code;

struct Subject {
  std::string_view name;
  int bits = 0;
  bool trits = false;  ///< five codes to a byte
  dyadic::Round round = dyadic::Round::nearest_even;
  const oracle::Format& (*definition)() = nullptr;
  void (*quantize)(std::span<const float>, std::span<float>) = nullptr;       ///< the bulk kernel
  void (*encode)(std::span<const float>, std::vector<std::byte>&) = nullptr;  ///< the bulk kernel, to packed bytes
  float (*quantize_one)(float) = nullptr;                                     ///< the definition
  Code (*encode_one)(float) = nullptr;                                        ///< the definition
  double (*value)(Code) = nullptr;                                            ///< NaN and infinities as such
  std::array<Code (*)(Code, Code), 4> arithmetic{};                           ///< + - * /
};

namespace detail {

template <class S>
struct parts {
  using format = S;
  static constexpr dyadic::Round round = dyadic::Round::nearest_even;
  static S plus(S a, S b) { return a + b; }
  static S minus(S a, S b) { return a - b; }
  static S times(S a, S b) { return a * b; }
  static S over(S a, S b) { return a / b; }
};
template <class F, dyadic::Round R>
struct parts<dyadic::With<F, R>> : dyadic::With<F, R> {
  using format = F;
  static constexpr dyadic::Round round = R;
};

}  // namespace detail

template <class S>
Subject subject() {
  using P = detail::parts<S>;
  using F = typename P::format;
  using subjects::code_from;
  using subjects::plain;
  Subject s;
  s.name = S::name();
  s.bits = F::bits;
  s.trits = requires { F::values_per_byte; };
  s.round = P::round;
  s.definition = &subjects::definition<F>;
  s.quantize = [](std::span<const float> in, std::span<float> out) {
    dyadic::fake_quantize<S>(in, out, dyadic::Extents{static_cast<std::int64_t>(in.size())});
  };
  s.encode = [](std::span<const float> in, std::vector<std::byte>& out) {
    thread_local dyadic::Packed<S> packed;
    dyadic::encode<S>(dyadic::ConstView{in.data(), {static_cast<std::int64_t>(in.size())}}, packed);
    out.assign(packed.codes().begin(), packed.codes().end());
  };
  s.quantize_one = [](float x) {
    if constexpr (requires { F::template quantize<float>(x); } && std::is_same_v<S, F>) return F::template quantize<float>(x);
    else return S::template quantize<float>(x, 0);
  };
  s.encode_one = [](float x) { return plain<F>(S::encode(x)); };
  s.value = [](Code c) { return static_cast<double>(F::from_bits(code_from<F>(c))); };
  s.arithmetic = {[](Code a, Code b) { return plain<F>(P::plus(F::from_bits(code_from<F>(a)), F::from_bits(code_from<F>(b))).to_bits()); },
                  [](Code a, Code b) { return plain<F>(P::minus(F::from_bits(code_from<F>(a)), F::from_bits(code_from<F>(b))).to_bits()); },
                  [](Code a, Code b) { return plain<F>(P::times(F::from_bits(code_from<F>(a)), F::from_bits(code_from<F>(b))).to_bits()); },
                  [](Code a, Code b) { return plain<F>(P::over(F::from_bits(code_from<F>(a)), F::from_bits(code_from<F>(b))).to_bits()); }};
  return s;
}

template <class... S>
std::vector<Subject> subjects_of() {
  return {subject<S>()...};
}

// One translation unit each, so that two cores are busy.
std::vector<Subject> uniform_subjects();
std::vector<Subject> floating_subjects();
std::vector<Subject> other_subjects();
std::vector<Subject> p3109_subjects();
std::vector<Subject> tapered_subjects();
std::vector<Subject> codebook_subjects();

/// Conversions that others wrote, beside the library's: float bits in, code out.
struct CrossCheck {
  std::string_view name;
  bool present = false;  ///< whether this processor has the instruction
  bool skips_subnormals = false;
  void (*theirs)(std::span<const float>, std::span<std::uint16_t>) = nullptr;
  void (*ours)(std::span<const float>, std::span<std::uint16_t>) = nullptr;
  std::uint16_t infinity = 0;
};
std::vector<CrossCheck> cross_checks();

}  // namespace exhaustive
