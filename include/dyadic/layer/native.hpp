// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file native.hpp
/// Products of a graph on the codes of their operands: what runs in place of `linear`, convolutions, `matmul` and `bmm` under native
/// execution. The kernels are those of kernel/native_product.hpp; here operands are laid out for them.
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/kernel/refusal.hpp>
#include <dyadic/layer/convolution.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/replacement.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

/// Is each row of a matrix quantised whatever the others are? Then it may be quantised in any company.
template <class S>
constexpr bool quantizes_rows_alone() {
  if constexpr (std::is_same_v<S, none> || ElementScheme<S>) return true;
  else if constexpr (BlockScheme<S>) return within_rows<typename S::shape> && !has_tensor_scale<S>;
  else return false;
}
/// Is a tensor of any rank quantised as the matrix of its rows is?
template <class S>
constexpr bool quantizes_as_rows() {
  if constexpr (quantizes_rows_alone<S>()) return true;
  else if constexpr (BlockScheme<S>) return within_rows<typename S::shape> || std::is_same_v<typename S::shape, PerTensor>;
  else return false;
}
/// Is each column of the second operand of a product quantised as a row of the transposed matrix is, whatever the others are?
template <class S>
constexpr bool quantizes_columns_as_rows() {
  if constexpr (std::is_same_v<S, none>) return true;
  else if constexpr (ElementScheme<S>) return !uses_random<S>;
  else if constexpr (BlockScheme<S>) return block_axis_of<typename S::shape> != block_axis::none && !has_tensor_scale<S> && !uses_random<S>;
  else return false;
}
/// Does each value stand alone, so that it may be copied about before it is quantised; and does zero stay
/// zero? (Of a format whose functions are no constant expressions that is not known.)
template <class S>
concept quantizes_zero_at_compile_time = ElementScheme<S> && requires {
  typename std::bool_constant<(quantize_lanes<S, float>(0.0F, 0) == 0.0F)>;
};
template <class S>
constexpr bool quantizes_values_alone() {
  if constexpr (std::is_same_v<S, none>) return true;
  else if constexpr (!uses_random<S> && quantizes_zero_at_compile_time<S>)
    return quantize_lanes<S, float>(0.0F, 0) == 0.0F;
  else return false;
}
/// Is a kernel [n, c, ky, kx] quantised as the matrix [n, c·ky·kx] is, and any of its rows alone?
template <class S>
constexpr bool quantizes_kernels_as_rows() {
  if constexpr (std::is_same_v<S, none>) return true;
  else if constexpr (uses_random<S>) return false;
  else if constexpr (ElementScheme<S>) return true;
  else if constexpr (BlockScheme<S>) {
    using shape = typename S::shape;
    return (std::is_same_v<shape, PerRow> || block_axis_of<shape> == block_axis::channel || block_axis_of<shape> == block_axis::token) && !has_tensor_scale<S>;
  } else return false;
}

/// Pixels of a result whose rows exist at once.
inline constexpr std::int64_t native_pixels = 64;

/// One row per pixel [begin, end) of the result: the pixels of `image` under the kernel, channel by channel, in the order of the kernel's
/// elements. @param image  channels × height × width   @param rows  (end - begin) × channels·taps
inline void image_to_rows(const float* image, std::int64_t channels, std::int64_t height, std::int64_t width, const conv_geometry& g,
                          std::int64_t width_out, std::int64_t begin, std::int64_t end, float* rows) {
  for (std::int64_t p = begin; p < end; ++p) {
    const std::int64_t y = p / width_out * g.stride[0] - g.padding[0], x = p % width_out * g.stride[1] - g.padding[1];
    for (std::int64_t c = 0; c < channels; ++c) {
      const float* const plane = image + c * height * width;
      for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
        const std::int64_t at_y = y + ky * g.dilation[0];
        const bool inside = at_y >= 0 && at_y < height;
        for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
          const std::int64_t at_x = x + kx * g.dilation[1];
          *rows++ = inside && at_x >= 0 && at_x < width ? plane[at_y * width + at_x] : 0.0F;
        }
      }
    }
  }
}

/// What a node knows of itself when it is made for native execution.
struct native_description {
  product_form form;
  const conv_geometry* geometry;
  operand_axes axes_x, axes_w;
  ConstView weight;   ///< of rows and images
  const float* bias;  ///< quantised; null: none
  std::int64_t bias_count;
  std::uint64_t seed_x, seed_w;
};

/// A node on the codes. @tparam Direct  product of the two schemes   @tparam Values  product of operands that are quantised before, or void
template <class X, class W, class Direct, class Values>
class native_node {
 public:
  static constexpr bool direct_rows = Direct::available && quantizes_as_rows<X>();
  static constexpr bool direct_images = Direct::available && quantizes_values_alone<X>() && quantizes_kernels_as_rows<W>();
  static constexpr bool direct_matrices = Direct::available && quantizes_rows_alone<X>() && !uses_random<X> && quantizes_columns_as_rows<W>();
  static constexpr bool has_values = !std::is_void_v<Values>;
  static constexpr bool can(product_form form) { return refused(form).why == refusal::none; }
  /// Why products of that form are left to the operator.
  static constexpr product_refusal refused(product_form form) {
    if (form == product_form::none) return {refusal::no_product};
    if (form == product_form::other) return {refusal::no_kernel};
    if (has_values) return {};
    if constexpr (!Direct::available) return Direct::refused;
    else if (form == product_form::rows)
      return direct_rows ? product_refusal{} : product_refusal{refusal::rows_together, 1};
    else if (form == product_form::images) {
      if (direct_images) return {};
      return quantizes_values_alone<X>() ? product_refusal{refusal::channels_together, 2}
                                         : product_refusal{refusal::values_together, 1};
    } else {
      if (direct_matrices) return {};
      if (!quantizes_rows_alone<X>()) return {refusal::rows_together, 1};
      return uses_random<X> ? product_refusal{refusal::random_rows, 1}
                            : product_refusal{refusal::columns_together, 2};
    }
  }

  explicit native_node(const native_description& d)
      : form_(d.form), axes_x_(d.axes_x), axes_w_(d.axes_w), seed_x_(d.seed_x), seed_w_(d.seed_w) {
    if (d.bias != nullptr) bias_.assign(d.bias, d.bias + d.bias_count);
    if (form_ == product_form::images) geometry_ = *d.geometry;
    switch (form_) {
      case product_form::rows:
        make<direct_rows>(d, 1);
        break;
      case product_form::images:
        make<direct_images>(d, geometry_.groups);
        break;
      default:
        break;
    }
  }

  [[nodiscard]] replacement_report report() const {
    replacement_report r;
    r.name = std::string(runs_direct() ? Direct::kernel : values_kernel());
    for (const auto& p : direct_) r.bytes += p.size_bytes();
    if constexpr (has_values)
      for (const auto& p : values_) r.bytes += p.size_bytes();
    r.bytes += static_cast<std::int64_t>(bias_.size() * sizeof(float));
    if constexpr (requires { direct_[0].counted(); }) r.overflow = overflows();
    return r;
  }

  [[nodiscard]] std::int64_t scratch(std::span<const Extents> in) const {
    const Extents& x = in[0];
    const std::int64_t copy = runs_direct() ? 0 : padded(x.size());
    if (form_ == product_form::rows) return copy + with_product([&](const auto& p) { return scratch_of(p, samples_of(x)); });
    if (form_ == product_form::images) {
      const std::int64_t depth = x[1] / geometry_.groups * geometry_.taps();
      return copy + padded(native_pixels * depth) + padded(native_pixels * with_product([](const auto& p) { return p.outputs(); })) +
             with_product([&](const auto& p) { return scratch_of(p, native_pixels); });
    }
    // Of products there is no packed one yet: a model is made before it knows its batch.
    const std::int64_t k = x.back(0), m = in[1].back(0), second = runs_direct() ? 0 : padded(in[1].size());
    lease l(*this);
    return copy + second + padded(k * m) + l.scratch(k, m, samples_of(x));
  }

  void run(const arguments& a) const {
    const ConstView x = a.inputs[0];
    if (a.out.size() == 0) return;
    float* free = a.scratch.data();
    const auto take = [&](std::int64_t floats) {
      float* const p = free;
      free += padded(floats);
      return p;
    };
    const auto rest = [&] {
      return std::span<std::byte>(reinterpret_cast<std::byte*>(free),
                                  static_cast<std::size_t>(a.scratch.data() + a.scratch.size() - free) * sizeof(float));
    };
    // Where the kernel cannot quantise by itself, the operand is quantised as the tensor that it is.
    ConstView source = x;
    if (!runs_direct()) {
      const View to{take(x.size()), x.shape};
      fake_quantize<X>(x, to, axes_x_, seed_x_);
      source = to;
    }
    const float* const bias = bias_.empty() ? nullptr : bias_.data();
    if (form_ == product_form::rows) {
      with_product([&](const auto& p) {
        p(source.data, p.depth(), samples_of(x.shape), bias, a.out.data, p.outputs(), rest(), seed_x_);
        return 0;
      });
    } else if (form_ == product_form::images) {
      run_images(source, a.out, bias, take, rest);
    } else {
      run_matrices(source, a.inputs[1], a.out, take, rest);
    }
  }

 private:
  static constexpr std::int64_t padded(std::int64_t floats) { return round_up(floats, 16); }
  static std::int64_t samples_of(const Extents& x) { return x.back(0) == 0 ? 0 : x.size() / x.back(0); }
  template <class P>
  static std::int64_t scratch_of(const P& p, std::int64_t samples) {
    return padded((p.scratch_bytes(samples) + 3) / 4);
  }
  static constexpr std::string_view values_kernel() {
    if constexpr (has_values) return Values::kernel;
    else return "";
  }
  [[nodiscard]] bool runs_direct() const {
    return form_ == product_form::rows ? direct_rows : form_ == product_form::images ? direct_images : direct_matrices;
  }
  /// Overflows of all products. Of those of two operands: in runs that have ended.
  [[nodiscard]] overflow_counts overflows() const {
    overflow_counts sum;
    const auto add = [&](const overflow_counts& c) {
      sum.sums += c.sums;
      sum.additions += c.additions;
      sum.overflows += c.overflows;
      sum.overflowed_sums += c.overflowed_sums;
    };
    for (const auto& p : direct_) add(p.counted());
    if constexpr (has_values)
      for (const auto& p : values_) add(p.counted());
    const std::lock_guard lock(mutex_);
    for (const auto& shop : idle_) {
      add(shop->direct.counted());
      if constexpr (has_values) add(shop->values.counted());
    }
    return sum;
  }
  /// The weights packed, by group.
  template <bool IsDirect>
  void make(const native_description& d, std::int64_t groups) {
    const std::int64_t outputs = d.weight.shape[0] / groups, depth = outputs == 0 ? 0 : d.weight.size() / d.weight.shape[0];
    if constexpr (IsDirect) {
      direct_.resize(static_cast<std::size_t>(groups));
      for (std::int64_t g = 0; g < groups; ++g)
        direct_[static_cast<std::size_t>(g)].pack(d.weight.data + g * outputs * depth, outputs, depth, depth, seed_w_);
    } else if constexpr (has_values) {
      std::vector<float> w(static_cast<std::size_t>(d.weight.size()));
      fake_quantize<W>(d.weight, View{w.data(), d.weight.shape}, axes_w_, seed_w_);
      values_.resize(static_cast<std::size_t>(groups));
      for (std::int64_t g = 0; g < groups; ++g)
        values_[static_cast<std::size_t>(g)].pack(w.data() + g * outputs * depth, outputs, depth, depth);
    }
  }
  template <class F>
  std::int64_t with_product(const F& f, std::size_t group = 0) const {
    if (!direct_.empty()) return f(direct_[group]);
    if constexpr (has_values) return f(values_[group]);
    else return 0;
  }

  template <class Take, class Rest>
  void run_images(ConstView x, View out, const float* bias, const Take& take, const Rest& rest) const {
    const bool line = x.shape.rank() == 3;  // conv1d: an image of height 1
    const std::int64_t height = line ? 1 : x.shape[2], width = x.shape.back(0), width_out = out.shape.back(0);
    const std::int64_t pixels = (line ? 1 : out.shape[2]) * width_out, groups = geometry_.groups;
    const std::int64_t in_channels = x.shape[1] / groups, out_channels = out.shape[1] / groups, depth = in_channels * geometry_.taps();
    float* const rows = take(native_pixels * depth);
    float* const results = take(native_pixels * out_channels);
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      for (std::int64_t g = 0; g < groups; ++g) {
        const float* const image = x.data + (n * groups + g) * in_channels * height * width;
        float* const to = out.data + (n * groups + g) * out_channels * pixels;
        for (std::int64_t begin = 0; begin < pixels; begin += native_pixels) {
          const std::int64_t count = std::min(native_pixels, pixels - begin);
          image_to_rows(image, in_channels, height, width, geometry_, width_out, begin, begin + count, rows);
          with_product(
              [&](const auto& p) {
                p(rows, depth, count, bias != nullptr ? bias + g * out_channels : nullptr, results, out_channels, rest(), seed_x_);
                return 0;
              },
              static_cast<std::size_t>(g));
          for (std::int64_t c = 0; c < out_channels; ++c)
            for (std::int64_t i = 0; i < count; ++i) to[c * pixels + begin + i] = results[i * out_channels + c];
        }
      }
    }
  }

  /// A product whose memory serves one run after another: after the first, packing allocates nothing.
  struct workshop {
    Direct direct;
    std::conditional_t<has_values, Values, char> values{};
  };
  class lease {
   public:
    explicit lease(const native_node& owner) : owner_(&owner) {
      const std::lock_guard lock(owner.mutex_);
      if (owner.idle_.empty()) mine_ = std::make_unique<workshop>();
      else {
        mine_ = std::move(owner.idle_.back());
        owner.idle_.pop_back();
      }
    }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() {
      const std::lock_guard lock(owner_->mutex_);
      owner_->idle_.push_back(std::move(mine_));
    }
    template <class F>
    auto with(const F& f) {
      if constexpr (direct_matrices) return f(mine_->direct);
      else if constexpr (has_values) return f(mine_->values);
      else return std::int64_t{0};
    }
    /// Floats of work space for [n, k]·[k, m].
    std::int64_t scratch(std::int64_t k, std::int64_t m, std::int64_t n) {
      return with([&](auto& p) -> std::int64_t {
        const std::vector<float> zeros(static_cast<std::size_t>(k * m));
        p.pack(zeros.data(), m, k, k);
        return scratch_of(p, n);
      });
    }

   private:
    const native_node* owner_;
    std::unique_ptr<workshop> mine_;
  };

  template <class Take, class Rest>
  void run_matrices(ConstView x, ConstView y, View out, const Take& take, const Rest& rest) const {
    if constexpr (!direct_matrices) {
      const View to{take(y.size()), y.shape};
      fake_quantize<W>(y, to, axes_w_, seed_w_);
      y = to;
    }
    const std::int64_t depth = x.shape.back(0), columns = y.shape.back(0), rows = x.shape.back(1);
    float* const turned = take(depth * columns);
    lease l(*this);
    std::int64_t packed = -1;
    each_product(x.shape, y.shape, out.shape, [&](std::int64_t i, std::int64_t at_x, std::int64_t at_y, std::int64_t count) {
      l.with([&](auto& p) -> std::int64_t {
        if (at_y != packed) {
          const float* const from = y.data + at_y * depth * columns;
          for (std::int64_t k = 0; k < depth; ++k)
            for (std::int64_t n = 0; n < columns; ++n) turned[n * depth + k] = from[k * columns + n];
          p.pack(turned, columns, depth, depth);
          packed = at_y;
        }
        p(x.data + at_x * rows * depth, depth, count, nullptr, out.data + i * rows * columns, columns, rest());
        return 0;
      });
    });
  }

  product_form form_;
  operand_axes axes_x_, axes_w_;
  conv_geometry geometry_{};
  std::uint64_t seed_x_, seed_w_;
  std::vector<float> bias_;
  std::vector<Direct> direct_;
  std::vector<std::conditional_t<has_values, Values, char>> values_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<workshop>> idle_;
};

}  // namespace DYADIC_ISA
}  // namespace detail
}  // namespace dyadic
