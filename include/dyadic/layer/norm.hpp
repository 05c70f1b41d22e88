// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file norm.hpp
/// Normalisations as PyTorch has them, for inference: `batch_norm2d<16>`, `layer_norm<32>`, `rms_norm<32, eps<1, 1'000'000>>`.
///
/// Their learned γ and β are the parameters `weight` and `bias`, with these roles; running statistics have none and stay float32. `eps` is inside the
/// square root. Options: eps, and no_affine (for instance_norm2d, which by itself has no γ and β: affine, running_stats).
///
/// For all finite values and parameters, large, tiny or nearly equal, a result is the exact one within 1 unit
/// in the last place of float32 (2^-149 where it is subnormal), or, where γ's product and β cancel, within
/// 2^-48 of the product; the bits are the same on every system. Where variance (rms_norm: mean of squares)
/// and eps are both 0, the normalised value is 0. A row with a NaN or an infinity becomes NaN.
#include <dyadic/layer/normalize.hpp>
#include <dyadic/layer/operator.hpp>
#include <dyadic/layer/options.hpp>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {

/// What the options of a normalisation say.
struct norm_settings {
  double eps = 1e-5;
  bool affine = true;
};
struct instance_norm_settings {
  double eps = 1e-5;
  bool affine = false, running_stats = false;
};

namespace detail {

/// weight, bias (if there), running_mean, running_var (if there), all of one shape.
template <bool Affine, bool Bias, bool Statistics>
constexpr auto norm_parameters(const Extents& shape) {
  std::array<parameter, (Affine ? (Bias ? 2U : 1U) : 0U) + (Statistics ? 2U : 0U)> p{};
  [[maybe_unused]] std::size_t n = 0;
  if constexpr (Affine) p[n++] = {"weight", role::weight, shape};
  if constexpr (Affine && Bias) p[n++] = {"bias", role::bias, shape};
  if constexpr (Statistics) p[n++] = {"running_mean", role::none, shape};
  if constexpr (Statistics) p[n++] = {"running_var", role::none, shape};
  return p;
}

/// [n, Channels, …]; of exactly `rank` dimensions, unless that is 0.
constexpr inferred infer_channels(const Extents& x, std::int64_t channels, int rank) {
  if ((rank == 0 ? x.rank() >= 2 : x.rank() == rank) && extent_fits(x[1], channels)) return x;
  Extents wanted{x.rank() > 0 ? x[0] : dyn, channels};
  for (int i = 2; i < (rank == 0 ? x.rank() : rank); ++i) wanted.push_back(i < x.rank() ? x[i] : dyn);
  return inferred::refuse(0, wanted);
}
/// The last dimensions are these.
constexpr inferred infer_last(const Extents& x, const dims& last) {
  bool fits = x.rank() >= last.rank;
  Extents wanted;
  for (int i = 0; i < std::max(x.rank(), last.rank); ++i) {
    const int k = i - std::max(x.rank(), last.rank) + last.rank;
    wanted.push_back(k < 0 ? x[i] : last.extent[k]);
    if (k >= 0 && fits && !extent_fits(x[i], last.extent[k])) fits = false;
  }
  return fits ? inferred(x) : inferred::refuse(0, wanted);
}
constexpr Extents extents_of(const dims& d) {
  Extents e;
  for (int i = 0; i < d.rank; ++i) e.push_back(d.extent[i]);
  return e;
}
template <class... Options>
std::string spell_norm(const char* name, const std::string& sizes, double eps, double usual_eps, bool affine,
                       bool usually_affine) {
  return std::string(name) + "<" + sizes + spell_eps<Options...>(eps, usual_eps) +
         (affine == usually_affine ? "" : affine ? ", affine" : ", no_affine") + ">";
}
inline const float* values_of(std::span<const ConstView> parameters, bool there, std::size_t i) {
  return there ? parameters[i].data : nullptr;
}

}  // namespace detail
inline namespace DYADIC_ISA {

/// [n, Channels, h, w] with the statistics recorded in training: `running_mean` and `running_var`, [Channels], in float32.
template <std::int64_t Channels, class... Options>
struct batch_norm2d {
  static_assert(Channels > 0, "dyadic::batch_norm2d<Channels, Options...>: Channels must be positive.");
  static_assert((detail::option_of<Options, norm_settings> && ...),
                "dyadic::batch_norm2d<Channels, Options...>: an option is neither eps nor no_affine.");
  static constexpr norm_settings settings = detail::with_options<norm_settings, Options...>({});

  static constexpr op kind = op::batch_norm2d;
  static std::string name() {
    return detail::spell_norm<Options...>("batch_norm2d", std::to_string(Channels), settings.eps, 1e-5, settings.affine, true);
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters = detail::norm_parameters<settings.affine, true, true>({Channels});
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_channels(in[0], Channels, 4); }
  static void run(const arguments& a) {
    constexpr std::size_t statistics = settings.affine ? 2 : 0;
    detail::batch_norm_forward(a.inputs[0], a.out, detail::values_of(a.parameters, settings.affine, 0),
                               detail::values_of(a.parameters, settings.affine, 1), a.parameters[statistics].data,
                               a.parameters[statistics + 1].data, settings.eps);
  }
};

/// Over the last dimensions together: `layer_norm<32>`, `layer_norm<dims{6, 32}>`. `weight` and `bias` have their shape.
template <dims Normalized, class... Options>
struct layer_norm {
  static_assert(Normalized.positive(), "dyadic::layer_norm<Normalized, Options...>: Normalized, the last extents, must be positive.");
  static_assert((detail::option_of<Options, norm_settings> && ...),
                "dyadic::layer_norm<Normalized, Options...>: an option is neither eps nor no_affine.");
  static constexpr norm_settings settings = detail::with_options<norm_settings, Options...>({});
  static constexpr Extents shape = detail::extents_of(Normalized);

  static constexpr op kind = op::layer_norm;
  static std::string name() {
    return detail::spell_norm<Options...>("layer_norm", detail::spell(Normalized), settings.eps, 1e-5, settings.affine, true);
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters = detail::norm_parameters<settings.affine, true, false>(shape);
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_last(in[0], Normalized); }
  static void run(const arguments& a) {
    detail::layer_norm_forward(a.inputs[0], a.out, shape.size(), detail::values_of(a.parameters, settings.affine, 0),
                               detail::values_of(a.parameters, settings.affine, 1), settings.eps);
  }
};

/// x / √(mean of x² + eps) · weight over the last dimensions. Without an eps option: 2^-23, PyTorch's default.
template <dims Normalized, class... Options>
struct rms_norm {
  static_assert(Normalized.positive(), "dyadic::rms_norm<Normalized, Options...>: Normalized, the last extents, must be positive.");
  static_assert((detail::option_of<Options, norm_settings> && ...),
                "dyadic::rms_norm<Normalized, Options...>: an option is neither eps nor no_affine.");
  static constexpr norm_settings usual{0x1p-23, true};
  static constexpr norm_settings settings = detail::with_options<norm_settings, Options...>(usual);
  static constexpr Extents shape = detail::extents_of(Normalized);

  static constexpr op kind = op::rms_norm;
  static std::string name() {
    return detail::spell_norm<Options...>("rms_norm", detail::spell(Normalized), settings.eps, usual.eps, settings.affine, true);
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight};
  static constexpr auto parameters = detail::norm_parameters<settings.affine, false, false>(shape);
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_last(in[0], Normalized); }
  static void run(const arguments& a) {
    detail::rms_norm_forward(a.inputs[0], a.out, shape.size(), detail::values_of(a.parameters, settings.affine, 0), settings.eps);
  }
};

/// [n, Channels, …]: statistics of each sample over each of `Groups` runs of channels. `weight` and `bias` are [Channels].
template <std::int64_t Groups, std::int64_t Channels, class... Options>
struct group_norm {
  static_assert(Groups > 0 && Channels > 0 && Channels % Groups == 0,
                "dyadic::group_norm<Groups, Channels, Options...>: Groups must divide Channels.");
  static_assert((detail::option_of<Options, norm_settings> && ...),
                "dyadic::group_norm<Groups, Channels, Options...>: an option is neither eps nor no_affine.");
  static constexpr norm_settings settings = detail::with_options<norm_settings, Options...>({});

  static constexpr op kind = op::group_norm;
  static std::string name() {
    return detail::spell_norm<Options...>("group_norm", std::to_string(Groups) + ", " + std::to_string(Channels), settings.eps, 1e-5, settings.affine,
                              true);
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters = detail::norm_parameters<settings.affine, true, false>({Channels});
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_channels(in[0], Channels, 0); }
  static void run(const arguments& a) {
    detail::group_norm_forward(a.inputs[0], a.out, Groups, detail::values_of(a.parameters, settings.affine, 0),
                               detail::values_of(a.parameters, settings.affine, 1), settings.eps);
  }
};

/// [n, Channels, h, w]: statistics of each channel of each sample. Options: eps, affine, running_stats (recorded statistics instead).
template <std::int64_t Channels, class... Options>
struct instance_norm2d {
  static_assert(Channels > 0, "dyadic::instance_norm2d<Channels, Options...>: Channels must be positive.");
  static_assert((detail::option_of<Options, instance_norm_settings> && ...),
                "dyadic::instance_norm2d<Channels, Options...>: an option is none of eps, affine, running_stats.");
  static constexpr instance_norm_settings settings = detail::with_options<instance_norm_settings, Options...>({});

  static constexpr op kind = op::instance_norm2d;
  static std::string name() {
    std::string s = detail::spell_norm<Options...>("instance_norm2d", std::to_string(Channels), settings.eps, 1e-5, settings.affine, false);
    if (settings.running_stats) s.insert(s.size() - 1, ", running_stats");
    return s;
  }
  static constexpr std::array inputs{role::data_in};
  static constexpr std::array roles{role::data_in, role::weight, role::bias};
  static constexpr auto parameters = detail::norm_parameters<settings.affine, true, settings.running_stats>({Channels});
  static constexpr bool in_place = true;
  static constexpr inferred infer(std::span<const Extents> in) { return detail::infer_channels(in[0], Channels, 4); }
  static void run(const arguments& a) {
    const float* const weight = detail::values_of(a.parameters, settings.affine, 0);
    const float* const bias = detail::values_of(a.parameters, settings.affine, 1);
    if constexpr (settings.running_stats) {
      constexpr std::size_t statistics = settings.affine ? 2 : 0;
      detail::batch_norm_forward(a.inputs[0], a.out, weight, bias, a.parameters[statistics].data, a.parameters[statistics + 1].data,
                                 settings.eps);
    } else {
      detail::group_norm_forward(a.inputs[0], a.out, Channels, weight, bias, settings.eps);
    }
  }
};

}  // namespace DYADIC_ISA
}  // namespace dyadic

DYADIC_AS_WRITTEN_END
