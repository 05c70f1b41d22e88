// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file block.hpp
/// Blocks that share a power of two: one template for block floating point, block minifloat, block log and the OCP MX formats.
#include <dyadic/format/element.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/scale.hpp>
#include <dyadic/format/shape.hpp>

#include <cstdint>
#include <span>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// The stored form of a block's scale: its low `scale_bits` bits count.
using scale_code = std::uint64_t;

namespace detail {

/// The largest magnitude among some values: NaN counts as 0, an infinity as the largest finite float32, and both are told.
struct peak {
  i32 bits = 0;
  bool nan = false, infinite = false;
  constexpr void see(float x) {
    const i32 m = std::bit_cast<i32>(x) & magnitude_mask;
    if (m > infinity_bits) nan = true;
    else if (m == infinity_bits) {
      infinite = true;
      bits = largest_finite_bits;
    } else if (m > bits) bits = m;
  }
  [[nodiscard]] constexpr float value() const { return std::bit_cast<float>(bits); }
};

/// The values of one block of a tensor, for schemes to look at: in index order, or through their largest magnitude.
class block_values {
 public:
  /// @param order  where the values lie, if they have to be put in another order; null: as the grid has them
  constexpr block_values(const float* tensor, const block_grid& grid, std::int64_t index, const operand_blocks* order = nullptr)
      : tensor_(tensor), grid_(&grid), index_(index), order_(order) {}
  template <class F>
  constexpr void for_each(F&& f) const {
    grid_->runs(index_, [&](std::int64_t offset, std::int64_t length) {
      for (std::int64_t i = offset; i < offset + length; ++i) f(tensor_[order_ == nullptr ? i : order_->offset(i)]);
    });
  }
  [[nodiscard]] constexpr peak max_magnitude() const {
    peak a;
    for_each([&](float x) { a.see(x); });
    return a;
  }

 protected:
  const float* tensor_;
  const block_grid* grid_;
  std::int64_t index_;
  const operand_blocks* order_;
};

/// The least and the greatest of some values and 0.
struct value_range {
  float low, high;
};

}  // namespace detail

/// A block of elements under a shared scale 2^s: each element is `Element` of x·2^-s, scaled back.
/// Zero blocks give zeros. float → float, a NaN poisons its block; encoding, it makes an all-NaN block where the scale has a
/// NaN code, else it counts as 0 in the maximum. ±Inf counts as the largest finite float32 for the scale and saturates.
/// @tparam Element  any ElementScheme with a zero   @tparam S  which values share a scale   @tparam Scale  field of the exponent
/// Sources: MSFP (Darvish Rouhani et al., NeurIPS 2020), Fox et al., ICLR 2021, OCP Microscaling Formats v1.0.
template <ElementScheme Element, BlockShape S, ScaleField Scale = E8M0, ScaleRule Rule = ScaleRule::floor>
class Block;

namespace detail {
template <class B>
struct block_name;
}

template <ElementScheme Element, BlockShape S, ScaleField Scale, ScaleRule Rule>
class Block {
  static_assert(detail::has_zero<Element>(), "dyadic::Block<Element, …>: the element needs a zero (a zero block gives zeros). For scaled signs use ScaledBinary.");
  static_assert(
      detail::overflow_of<Element> == Overflow::saturate,
      "dyadic::Block<Element, Shape>: the element must saturate. Under Overflow::wrap the largest value of a "
      "block could change its "
      "sign, under Overflow::special become infinite or NaN. Use With<Format, Round>, which saturates.");
  static_assert(detail::largest_value<Element>() > 0.0F && detail::largest_value<Element>() <= std::bit_cast<float>(detail::largest_finite_bits),
                "dyadic::Block<Element, …>: the element's largest value must be positive and finite. Give it `static constexpr float max_value`.");
  static constexpr i32 top_bits = std::bit_cast<i32>(detail::largest_value<Element>());
  static constexpr int emax = detail::largest_exponent<Element>;
  static constexpr int lowest = Scale::lowest(emax);
  static constexpr int highest = Scale::highest(emax) < 127 - emax ? Scale::highest(emax) : 127 - emax;
  static_assert(lowest <= highest, "dyadic::Block<Element, Shape, Scale>: no exponent of the scale keeps the element's largest value finite. Choose an element with a larger Bias.");
  static constexpr bool exact_scaling() {
    if constexpr (detail::Declares<Element> && requires { Element::min_value; })
      return highest <= 0 || Element::min_value >= detail::exp2_float(-100);
    else return true;
  }
  static_assert(exact_scaling(), "dyadic::Block<Element, …>: the element's smallest positive value must be at least 2^-100, so that scaling is exact. Choose a smaller Bias: the shared scale does the rest.");
  /// Rounding away from zero sees a difference between a tiny element and none. So may an element of which
  /// nothing is known.
  static constexpr bool sees_tiny = !detail::declared<Element>.drops_tiny;
  // One factor does where 2^s and 2^-s are floats; else two, of which the last one alone may round (into subnormals).
  static constexpr bool one_factor = lowest >= -127 && highest <= 127;

 public:
  static constexpr bool may_need_two = !one_factor;
  using element = Element;
  using shape = S;
  using scale = Scale;
  using code_type = typename Element::code_type;
  static constexpr ScaleRule rule = Rule;
  static constexpr int bits = Element::bits;  ///< of an element's code
  static constexpr int scale_bits = Scale::bits, tensor_bits = 0;
  static constexpr double bits_per_value = detail::amortised_bits<Element>() + (S::size == 0 ? 0.0 : static_cast<double>(scale_bits) / static_cast<double>(S::size == 0 ? 1 : S::size));
  static constexpr bool uses_random = detail::uses_random<Element>;
  static constexpr std::string_view name() { return detail::block_name<Block>::text.view(); }
  static constexpr arithmetic_of<Block> arithmetic = {.kind = arithmetic_kind::elements_by_power_of_two,
                                                      .lanes = true};

  /// What a block's elements are converted with: for a lane type `V`, one block a lane.
  template <class V>
  struct factors {
    V up, up_more, down, down_more;
    /// One block's for every lane.
    template <class W>
    DYADIC_LANE factors<W> spread() const {
      return {detail::splat<W>(up), detail::splat<W>(up_more), detail::splat<W>(down), detail::splat<W>(down_more)};
    }
    /// Those of one block, for every lane, out of a group's in memory: its first field, the next `step` floats on.
    DYADIC_LANE static factors of_group(const float* field, int step) {
      return {detail::splat<V>(field[0]), detail::splat<V>(field[step]), detail::splat<V>(field[2 * step]), detail::splat<V>(field[3 * step])};
    }
  };
  using parameters = factors<float>;

  /// The exponent s of the scale from the largest magnitude; `mse` takes the floor rule's here.
  template <class V>
  DYADIC_LANE static detail::ints_of<V> exponent(detail::ints_of<V> magnitude_bits) {
    return clamped<V>(detail::block_exponent<Rule, V>(magnitude_bits, top_bits));
  }
  template <class V>
  DYADIC_LANE static factors<V> factors_of(detail::ints_of<V> s) {
    using detail::isplat;
    if constexpr (one_factor) return {detail::near_power_of_two<V>(isplat<V>(0) - s), detail::splat<V>(1.0F), detail::near_power_of_two<V>(s), detail::splat<V>(1.0F)};
    else {
      const detail::ints_of<V> last_up = detail::imin(detail::imax(isplat<V>(0) - s, isplat<V>(-126)), isplat<V>(127));
      const detail::ints_of<V> last_down = detail::imin(detail::imax(s, isplat<V>(-126)), isplat<V>(127));
      return {detail::power_of_two<V>(last_up), detail::power_of_two<V>(isplat<V>(0) - s - last_up), detail::power_of_two<V>(last_down), detail::power_of_two<V>(s - last_down)};
    }
  }
  /// The same for as many blocks as there are lanes, from their largest magnitudes (finite).
  template <class V>
    requires(Rule != ScaleRule::mse)
  DYADIC_LANE static factors<V> fit_lanes(detail::ints_of<V> magnitude_bits, float) {
    return factors_of<V>(exponent<V>(magnitude_bits));
  }
  /// The same in a form without factors: values are rounded where they are, to the element's grid times 2^s. Most scales allow
  /// it; `cannot_place` says of which blocks (of their largest magnitudes) they do not, by negative numbers.
  /// @{
  template <class V>
    requires(Rule != ScaleRule::mse && detail::placing<Element>::exists)
  DYADIC_LANE static detail::placed_grid<V> place_lanes(detail::ints_of<V> magnitude_bits) {
    using grid = typename detail::placing<Element>::type;
    // a block of zeros may have any scale
    return grid::template place<V>(detail::imax(exponent<V>(magnitude_bits), detail::isplat<V>(grid::least_place)));
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> cannot_place(detail::ints_of<V> magnitude_bits) {
    using detail::isplat;
    using grid = typename detail::placing<Element>::type;
    const detail::ints_of<V> s = exponent<V>(magnitude_bits);
    detail::ints_of<V> bad{};
    if constexpr (lowest < grid::least_place) bad |= (s - isplat<V>(grid::least_place)) & (isplat<V>(0) - magnitude_bits);
    if constexpr (highest > grid::most_place) bad |= isplat<V>(grid::most_place) - s;
    return bad;
  }
  template <class V>
  DYADIC_LANE static V apply_placed(V x, const detail::placed_grid<V>& p) {
    return detail::placing<Element>::type::template nearest<V>(x, p);
  }
  /// @}
  /// The stored scales of as many blocks, and what they decode with.
  template <class V>
    requires(Rule != ScaleRule::mse && detail::has_lane_forms<Scale>)
  DYADIC_LANE static detail::ints_of<V> scale_lanes(detail::ints_of<V> magnitude_bits, float) {
    return Scale::template encode_lanes<V>(exponent<V>(magnitude_bits), emax);
  }
  template <class V>
    requires detail::has_lane_forms<Scale>
  DYADIC_LANE static factors<V> decoding_lanes(detail::ints_of<V> code, float) {
    factors<V> f = factors_of<V>(Scale::template decode_lanes<V>(code, emax));
    if constexpr (Scale::has_nan)
      f.down = detail::select(code == detail::isplat<V>(static_cast<i32>(Scale::nan_code)), detail::splat<V>(std::bit_cast<float>(detail::quiet_nan_bits)), f.down);
    return f;
  }
  /// Whether one factor each way does for these blocks, as it does for all but the outermost scales.
  template <class V>
  DYADIC_LANE static auto needs_two(const factors<V>& f) {
    constexpr i32 one = 0x3f800000;
    return ((detail::to_bits(f.up_more) ^ detail::isplat<V>(one)) | (detail::to_bits(f.down_more) ^ detail::isplat<V>(one))) != detail::isplat<V>(0);
  }
  /// x·2^-s. What falls below float32's range there is far below half of the element's smallest value; it must not become 0
  /// where that makes a difference.
  template <class V, bool One = one_factor>
  DYADIC_LANE static V to_element(V x, const factors<V>& f) {
    V y = One ? x : x * f.up_more;
    y = y * f.up;
    if constexpr (sees_tiny) {
      using detail::isplat;
      const detail::ints_of<V> m = detail::to_bits(y) & isplat<V>(detail::magnitude_mask);
      // Values of the library's elements are normal floats; one of a user's own may be as small as a float
      // can be.
      constexpr i32 least = detail::Declares<Element> ? 0x00800000 : 1;
      const detail::ints_of<V> kept =
          detail::imax(m, isplat<V>(least)) | (detail::to_bits(x) & isplat<V>(detail::sign_bit));
      y = detail::from_bits<V>(detail::select((detail::to_bits(x) & isplat<V>(detail::magnitude_mask)) != isplat<V>(0), kept, detail::to_bits(y)));
    }
    return y;
  }
  /// An element's value by 2^s.
  template <class V, bool One = one_factor>
  DYADIC_LANE static V from_element(V v, const factors<V>& f) {
    if constexpr (One) return v * f.down;
    else return v * f.down_more * f.down;
  }
  /// float32 -> float32 with given factors; with NaN for `up` every value becomes NaN. Vectors hold no NaN.
  /// @tparam One  no block `needs_two`
  template <class V, bool One = one_factor>
  DYADIC_LANE static V apply(V x, const factors<V>& f, detail::ints_of<V> random) {
    if constexpr (detail::is_scalar<V>) {
      if (detail::is_nan(f.up)) return f.up;
      if (detail::is_nan(x)) return detail::quieted(x);
      x = detail::min_keep_nan(detail::max_keep_nan(x, -finite), finite);  // ±Inf in no arithmetic of a constant expression
    }
    return from_element<V, One>(detail::quantize_numbers<Element, V>(to_element<V, One>(x, f), random), f);
  }

  template <class Values>
  static constexpr parameters fit(const Values& values, float) {
    const detail::peak a = values.max_magnitude();
    if (a.nan) return poisoned();
    return factors_of<float>(chosen(values, a));
  }
  template <class Values>
  static constexpr scale_code fit_code(const Values& values, float) {
    const detail::peak a = values.max_magnitude();
    if constexpr (Scale::has_nan)
      if (a.nan) return Scale::nan_code;
    return Scale::encode(chosen(values, a), emax);
  }
  static constexpr parameters parameters_of(scale_code code, float) {
    if constexpr (Scale::has_nan)
      if (code == Scale::nan_code) return poisoned();
    return factors_of<float>(Scale::decode(static_cast<u32>(code), emax));
  }
  /// For scales, powers of two, that are given as data (given.hpp): what is wrong with one, null if nothing
  /// is; and its code.
  /// @{
  static constexpr const char* given_fault(float scale) {
    if (!(scale > 0.0F && scale <= finite)) return "is not greater than 0 and finite";
    const i32 s = detail::floor_log2<float>(std::bit_cast<i32>(scale));
    if (scale != detail::exp2_float(s)) return "is no power of two";
    return s < lowest || s > highest ? "is a power of two beyond those that the scheme stores" : nullptr;
  }
  static constexpr scale_code given_code(float scale) {
    return Scale::encode(detail::floor_log2<float>(std::bit_cast<i32>(scale)), emax);
  }
  /// @}
  static constexpr code_type encode_element(float x, const parameters& f, i32 random) {
    if (detail::is_nan(f.up)) x = 0.0F;
    if (detail::is_nan(x)) return detail::encode_one<Element>(x, random);
    x = detail::min_keep_nan(detail::max_keep_nan(x, -finite), finite);
    return detail::encode_one<Element>(to_element<float>(x, f), random);
  }
  static constexpr float decode_element(code_type code, const parameters& f) {
    if (detail::is_nan(f.up)) return f.up;
    const float v = Element::decode(code);
    if (detail::is_nan(v) || (std::bit_cast<i32>(v) & detail::magnitude_mask) == detail::infinity_bits) return v;
    return one_factor ? v * f.down : v * f.down_more * f.down;
  }

 private:
  static constexpr float finite = std::bit_cast<float>(detail::largest_finite_bits);
  static constexpr parameters poisoned() {
    const float nan = std::bit_cast<float>(detail::quiet_nan_bits);
    return {nan, nan, nan, nan};
  }
  template <class V>
  DYADIC_LANE static detail::ints_of<V> clamped(detail::ints_of<V> s) {
    return detail::imin(detail::imax(s, detail::isplat<V>(lowest)), detail::isplat<V>(highest));
  }
  template <class Values>
  static constexpr i32 chosen(const Values& values, const detail::peak& a) {
    const i32 first = exponent<float>(a.bits);
    if constexpr (Rule != ScaleRule::mse) return first;
    else {
      i32 best = 0;
      double least = -1.0;
      for (i32 step = -1; step <= 1; ++step) {
        const i32 s = clamped<float>(detail::block_exponent<ScaleRule::floor, float>(a.bits, top_bits) + step);
        const parameters f = factors_of<float>(s);
        double error = 0.0;
        values.for_each([&](float x) {
          if (detail::is_nan(x)) return;
          const float t = detail::min_keep_nan(detail::max_keep_nan(x, -finite), finite);
          // stochastic elements are judged by the middle of their draws
          const double d = static_cast<double>(t) - static_cast<double>(apply<float>(t, f, static_cast<i32>(0x80000000U)));
          error += d * d;
        });
        if (least < 0.0 || error < least) {
          least = error;
          best = s;
        }
      }
      return best;
    }
  }
};

/// Block floating point: `N`-bit sign-magnitude mantissas under an `E`-bit exponent; quantum 2^(floor(log2 a) - (N-2)).
template <int N, int E, BlockShape S = Along<16>>
using BlockFP = Block<SignMagnitude<N, N - 2>, S, BiasedExponent<E>>;

/// Minifloats under a `B`-bit shared exponent.
template <int E, int M, int B, BlockShape S = Along<16>>
using BlockMinifloat = Block<Minifloat<E, M>, S, TopExponent<B>>;

/// Powers of two under a `B`-bit shared exponent, chosen by rounding so that the maximum uses the top code.
template <int W, int B, BlockShape S = Along<16>>
using BlockLog = Block<LogQ<W>, S, TopExponent<B>, ScaleRule::nearest>;

/// OCP MX: 32 neighbours along the reduction axis under an E8M0 scale; the named ones take elements of 8, 6 or 4 bits, or integers.
/// Source: OCP Microscaling Formats (MX) v1.0, 2023.
/// @{
template <ElementScheme Element, ScaleRule Rule = ScaleRule::floor>
using MX = Block<Element, Along<32>, E8M0, Rule>;
template <ElementScheme Element = E4M3, ScaleRule Rule = ScaleRule::floor>
  requires(Element::bits == 8)
using MXFP8 = MX<Element, Rule>;
template <ElementScheme Element = E2M3, ScaleRule Rule = ScaleRule::floor>
  requires(Element::bits == 6)
using MXFP6 = MX<Element, Rule>;
using MXFP4 = MX<E2M1>;
using MXINT8 = MX<SymmetricFixed<8, 6>>;
/// @}

namespace detail {

template <class S, std::int64_t Default>
constexpr name_text shape_suffix() {
  if constexpr (std::is_same_v<S, Along<Default>>) return make_name(">");
  else return make_name(", ", S::text().view(), ">");
}
constexpr std::string_view rule_suffix(ScaleRule r) {
  constexpr std::string_view names[] = {"", ", ScaleRule::ceil", ", ScaleRule::nearest", ", ScaleRule::mse"};
  return names[static_cast<int>(r)];
}

template <class Element, class S, class Scale, ScaleRule Rule>
struct block_name<Block<Element, S, Scale, Rule>> {
  static constexpr name_text text = make_name("Block<", Element::name(), ", ", S::text().view(), ", ", Scale::text().view(), rule_suffix(Rule), ">");
};
template <int N, int F, class S, int E>
  requires(F == N - 2)
struct block_name<Block<SignMagnitude<N, F>, S, BiasedExponent<E>, ScaleRule::floor>> {
  static constexpr name_text text = make_name("BlockFP<", N, ", ", E, shape_suffix<S, 16>().view());
};
template <int E, int M, int Bias, class S, int B>
  requires(Bias == (1 << (E - 1)) - 1)
struct block_name<Block<Minifloat<E, M, Bias>, S, TopExponent<B>, ScaleRule::floor>> {
  static constexpr name_text text = make_name("BlockMinifloat<", E, ", ", M, ", ", B, shape_suffix<S, 16>().view());
};
template <int W, int Bias, class S, int B>
  requires(Bias == (1 << (W - 2)) - 1)
struct block_name<Block<LogQ<W, Bias>, S, TopExponent<B>, ScaleRule::nearest>> {
  static constexpr name_text text = make_name("BlockLog<", W, ", ", B, shape_suffix<S, 16>().view());
};
template <class Element, ScaleRule Rule>
struct block_name<Block<Element, Along<32>, E8M0, Rule>> {
  static constexpr name_text named(std::string_view family) { return make_name(family, "<", Element::name(), rule_suffix(Rule), ">"); }
  static constexpr name_text text = std::is_same_v<Element, E2M1> && Rule == ScaleRule::floor                  ? make_name("MXFP4")
                                    : std::is_same_v<Element, SymmetricFixed<8, 6>> && Rule == ScaleRule::floor ? make_name("MXINT8")
                                    : std::is_same_v<Element, E4M3> || std::is_same_v<Element, E5M2>            ? named("MXFP8")
                                    : std::is_same_v<Element, E2M3> || std::is_same_v<Element, E3M2>            ? named("MXFP6")
                                                                                                                : named("MX");
};

}  // namespace detail
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
