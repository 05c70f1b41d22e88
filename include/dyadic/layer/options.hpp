// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file options.hpp
/// What operators are told apart from sizes: `conv2d<16, 32, 3, stride<2>, padding<1>, no_bias>`, in any order. An option is a type
/// that writes itself into the settings of the operator; it suits every operator whose settings have the member it writes.
#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <ratio>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// Some extents as one template argument; one number converts by itself: `conv2d<1, 16, 3>`, `conv2d<1, 16, dims{3, 5}>`.
struct dims {
  static constexpr int max_rank = 8;
  std::int64_t extent[max_rank]{};  ///< public, as the argument of a template has to be
  int rank = 0;

  template <class... Integer>
  // NOLINTNEXTLINE(google-explicit-constructor): `3` is meant to convert
  requires(0 < sizeof...(Integer) && sizeof...(Integer) <= max_rank && (std::integral<Integer> && ...)) consteval dims(Integer... e)
      : extent{static_cast<std::int64_t>(e)...}, rank(sizeof...(Integer)) {}

  /// One number stands for both axes of an image, height and width.
  [[nodiscard]] constexpr std::array<std::int64_t, 2> both() const { return {extent[0], rank == 1 ? extent[0] : extent[1]}; }
  [[nodiscard]] constexpr bool positive() const {
    for (int i = 0; i < rank; ++i)
      if (extent[i] <= 0) return false;
    return true;
  }
};

/// How far a window moves, along height and width (one number: along both).
template <std::int64_t Y, std::int64_t X = Y>
struct stride {
  static_assert(Y > 0 && X > 0, "dyadic::stride<Y, X>: a stride must be positive.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.stride = {Y, X}, void()) {
    s.stride = {Y, X};
  }
};

/// Zeros (for a maximum: nothing) around an image, on both sides of height and width.
template <std::int64_t Y, std::int64_t X = Y>
struct padding {
  static_assert(Y >= 0 && X >= 0, "dyadic::padding<Y, X>: a padding must not be negative.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.padding = {Y, X}, void()) {
    s.padding = {Y, X};
  }
};

/// Distance between the elements of a kernel; 1: neighbours.
template <std::int64_t Y, std::int64_t X = Y>
struct dilation {
  static_assert(Y > 0 && X > 0, "dyadic::dilation<Y, X>: a dilation must be positive; 1 is an ordinary kernel.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.dilation = {Y, X}, void()) {
    s.dilation = {Y, X};
  }
};

/// Rows and columns added to one side of the result of a transposed convolution.
template <std::int64_t Y, std::int64_t X = Y>
struct output_padding {
  static_assert(Y >= 0 && X >= 0, "dyadic::output_padding<Y, X>: a padding must not be negative.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.output_padding = {Y, X}, void()) {
    s.output_padding = {Y, X};
  }
};

/// Channels in `N` parts that do not see each other.
template <std::int64_t N>
struct groups {
  static_assert(N > 0, "dyadic::groups<N>: there must be at least one group.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.groups = N, void()) {
    s.groups = N;
  }
};

/// What a normalisation adds to the variance, as a fraction: `eps<1, 100'000>`.
template <std::intmax_t Numerator, std::intmax_t Denominator>
struct eps {
  static_assert(Numerator >= 0 && Denominator > 0,
                "dyadic::eps<Numerator, Denominator>: eps must not be negative; write eps<1, 100'000> for 1e-5.");
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.eps = 0.0, void()) {
    s.eps = static_cast<double>(Numerator) / static_cast<double>(Denominator);
  }
};

/// Without a bias.
struct no_bias {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.bias = false, void()) {
    s.bias = false;
  }
};
/// A normalisation with, or without, a learned weight and bias.
struct affine {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.affine = true, void()) {
    s.affine = true;
  }
};
struct no_affine {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.affine = false, void()) {
    s.affine = false;
  }
};
/// instance_norm2d with recorded statistics in place of the instance's own.
struct running_stats {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.running_stats = true, void()) {
    s.running_stats = true;
  }
};
/// Pooling: a last window that is cut off at the border counts too.
struct ceil_mode {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.ceil_mode = true, void()) {
    s.ceil_mode = true;
  }
};
/// Average pooling: divide by the values that a window sees, without the padding.
struct exclude_padding {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.count_padding = false, void()) {
    s.count_padding = false;
  }
};
/// Attention: a query sees only keys up to its own position.
struct causal {
  template <class Settings>
  static constexpr auto apply(Settings& s) -> decltype(s.causal = true, void()) {
    s.causal = true;
  }
};

/// A constant: any `std::ratio`, or a type with a `value` (and, for reports, a `name()`).
template <class C>
inline constexpr double constant_value = [] {
  if constexpr (requires {
                  C::num;
                  C::den;
                })
    return static_cast<double>(C::num) / static_cast<double>(C::den);
  else return static_cast<double>(C::value);
}();

/// 1/√N: how attention scales its scores.
template <std::int64_t N>
struct inverse_sqrt {
  static_assert(N > 0, "dyadic::inverse_sqrt<N>: N must be positive.");
  static constexpr double value = [] {
    // Newton's iteration from above falls until it has converged.
    double root = static_cast<double>(N);
    for (double next = 0.5 * (root + 1); next < root; next = 0.5 * (root + static_cast<double>(N) / root)) root = next;
    return 1 / root;
  }();
  static std::string name() { return "inverse_sqrt<" + std::to_string(N) + ">"; }
};

namespace detail {

template <class Option, class Settings>
concept option_of = requires(Settings& s) {
  Option::apply(s);
};

/// The settings after all options; what an option cannot write stays (operators assert before that there is no such option).
template <class Option, class Settings>
constexpr void apply_option(Settings& s) {
  if constexpr (option_of<Option, Settings>) Option::apply(s);
}
template <class Settings, class... Options>
constexpr Settings with_options(Settings s) {
  (apply_option<Options>(s), ...);
  return s;
}

// Spelling, for the `name()` of operators.
template <class C>
std::string spell_constant() {
  if constexpr (requires {
                  C::num;
                  C::den;
                })
    return "std::ratio<" + std::to_string(C::num) + ", " + std::to_string(C::den) + ">";
  else if constexpr (requires { C::name(); }) return std::string(C::name());
  else return std::to_string(constant_value<C>);
}
inline std::string spell(const dims& d) {
  if (d.rank == 1) return std::to_string(d.extent[0]);
  std::string s = "dims{";
  for (int i = 0; i < d.rank; ++i) s += (i == 0 ? "" : ", ") + std::to_string(d.extent[i]);
  return s + "}";
}
inline std::string spell(std::initializer_list<std::int64_t> list) {
  std::string s;
  for (const std::int64_t n : list) s += (s.empty() ? "" : ", ") + std::to_string(n);
  return s;
}
/// ", stride<2, 1>", or nothing where the value is the usual one.
inline std::string spell_option(const char* name, const std::array<std::int64_t, 2>& v, const std::array<std::int64_t, 2>& usual) {
  if (v == usual) return "";
  return std::string(", ") + name + "<" + std::to_string(v[0]) + (v[0] == v[1] ? "" : ", " + std::to_string(v[1])) + ">";
}

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
