// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file given.hpp
/// Scales and zero points of a tensor's blocks that are given as data, from a calibration or a file, where a
/// scheme else measures them.
#include <dyadic/base/text.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>

DYADIC_AS_WRITTEN_BEGIN

namespace dyadic {
namespace detail {

/// Schemes that say what is wrong with a block's scale (null if nothing is), and its code; with a zero point
/// or without.
/// @{
template <class S>
concept TakesScales = BlockScheme<S> && requires(float scale) {
  { S::given_fault(scale) } -> std::same_as<const char*>;
  { S::given_code(scale) } -> std::same_as<scale_code>;
};
template <class S>
concept TakesZeroPoints = BlockScheme<S> && requires(float scale, i32 zero_point) {
  { S::given_fault(scale, zero_point) } -> std::same_as<const char*>;
  { S::given_code(scale, zero_point) } -> std::same_as<scale_code>;
};
/// @}

}  // namespace detail

/// Schemes of which parameters can be given: `Scaled`, `Affine`, `SignedAffine`, `SymmetricAffine`, `Block`
/// and its aliases, and all that have a scale of the tensor (NVFP4). A scheme of one's own has `given_fault`
/// and `given_code` for it (docs/adding_a_format.md).
template <class S>
concept GivenScheme = detail::TakesScales<S> || detail::TakesZeroPoints<S> ||
    (BlockScheme<S>&& detail::has_tensor_scale<S>);

/// Parameters for the blocks of a tensor: a scale for each, in row-major order of the blocks; for schemes
/// with zero points one of them for each; before them the float32 of the tensor, for schemes that have one.
/// With that float32 alone block scales are measured, as ever, relative to it.
///
///     using Int8 = Scaled<SymmetricFixed<8, 0>, PerChannel>;
///     const std::vector<float> scales{0.5F, 0.25F, 2.0F};
///     const auto q = fake_quantize<Int8>(weight, given<Int8>{scales});   // weight: [3, In]
///
/// Values are then those of `S::apply` under `S::parameters_of(code)` for each block, `S::with_scale(scale)`
/// and `S::parameters(scale, zero_point)` where a scheme has them: a NaN stays one and spoils no other value,
/// an infinity saturates. The spans are looked at, not copied: what they point to has to live and stay as it
/// is as long as this. `storage_layout<S>(shape, axes).blocks` is the number of blocks; of a tensor without
/// values any number will do.
/// @throws error if a scale is not greater than 0 and finite, is none that the scheme can store (a power of
/// two for `Block`, a value of `Scale` for `Scaled` and `Affine`), or a zero point is no code; in a constant
/// expression: no constant expression
template <class S>
class given {
  static_assert(GivenScheme<S>,
                "dyadic::given<S>: the parameters of this scheme cannot be given. Scaled, Affine, SignedAffine, "
                "SymmetricAffine, Block and NVFP4 take them; statistics schemes measure theirs.");
  static constexpr bool of_tensor = detail::has_tensor_scale<S>, by_scale = detail::TakesScales<S>,
                        by_zero_point = detail::TakesZeroPoints<S>;

 public:
  using scheme = S;

  constexpr explicit given(std::span<const float> scales) requires(by_scale && !of_tensor) : scales_(scales) {
    check();
  }
  /// @param zero_points  codes, as many as there are scales
  constexpr given(std::span<const float> scales,
                  std::span<const i32> zero_points) requires(by_zero_point && !of_tensor)
      : scales_(scales), zero_points_(zero_points) {
    check();
  }
  /// Only the tensor's own scale.
  constexpr explicit given(float tensor_scale) requires of_tensor : tensor_scale_(tensor_scale),
                                                                    measures_(true) {
    check();
  }
  /// A block's scale is relative to the tensor's: values are divided by fl(scale·tensor_scale).
  /// @{
  constexpr given(float tensor_scale, std::span<const float> scales) requires(by_scale&& of_tensor)
      : scales_(scales), tensor_scale_(tensor_scale) {
    check();
  }
  constexpr given(float tensor_scale, std::span<const float> scales,
                  std::span<const i32> zero_points) requires(by_zero_point&& of_tensor)
      : scales_(scales), zero_points_(zero_points), tensor_scale_(tensor_scale) {
    check();
  }
  /// @}

  /// Whether the blocks' own scales are measured.
  [[nodiscard]] constexpr bool measures() const { return measures_; }
  /// 1 for schemes without one.
  [[nodiscard]] constexpr float tensor_scale() const { return tensor_scale_; }
  [[nodiscard]] constexpr std::span<const float> scales() const { return scales_; }
  [[nodiscard]] constexpr std::span<const i32> zero_points() const { return zero_points_; }

  /// The stored scale of a block, and what its values are converted with (not where they are measured).
  /// @{
  [[nodiscard]] constexpr scale_code code(std::int64_t block) const {
    const auto b = static_cast<std::size_t>(block);
    if constexpr (by_zero_point) return S::given_code(scales_[b], zero_points_[b]);
    else if constexpr (by_scale) return S::given_code(scales_[b]);
    else return 0;
  }
  [[nodiscard]] constexpr typename S::parameters parameters(std::int64_t block) const {
    return S::parameters_of(code(block), tensor_scale_);
  }
  /// @}

  /// Looks at all numbers again, and at how many there are. @throws error unless there is one scale for each
  /// block of the tensor
  constexpr void require(const char* what, const Extents& tensor, std::int64_t blocks) const {
    check();
    if (measures_ || tensor.size() == 0 || static_cast<std::int64_t>(scales_.size()) == blocks) return;
    detail::raise_parts({what, ": a tensor of shape ", tensor.text(), " has ", counted(blocks, "block"), " under ",
                         S::shape::text().view(), ", but ",
                         counted(static_cast<std::int64_t>(scales_.size()), "scale"),
                         scales_.size() == 1 ? " was" : " were",
                         " given; give one for each block, in row-major order of the blocks."});
  }

 private:
  static std::string counted(std::int64_t n, const char* what) {
    return std::to_string(n) + ' ' + what + (n == 1 ? "" : "s");
  }
  static constexpr bool measures_something(float x) {
    return x > 0.0F && x <= std::bit_cast<float>(detail::largest_finite_bits);
  }
  constexpr void check() const {
    if (of_tensor && !measures_something(tensor_scale_)) refuse_tensor_scale();
    if (measures_) return;
    if (by_zero_point && scales_.size() != zero_points_.size()) refuse_counts();
    for (std::size_t b = 0; b < scales_.size(); ++b)
      if (const char* fault = fault_of(b); fault != nullptr) refuse_scale(b, fault);
  }
  // In a constant expression the compiler names these.
  [[noreturn, gnu::cold, gnu::noinline]] void refuse_tensor_scale() const {
    detail::raise(what() + ": the scale of the tensor must be greater than 0 and finite, but it is " +
                  detail::shortest_digits(tensor_scale_) + "; for a tensor of zeros any will do, such as 1.");
  }
  [[noreturn, gnu::cold, gnu::noinline]] void refuse_counts() const {
    detail::raise(what() + ": " + counted(static_cast<std::int64_t>(scales_.size()), "scale") + " and " +
                  counted(static_cast<std::int64_t>(zero_points_.size()), "zero point") +
                  " are given; a block has one of each.");
  }
  [[noreturn, gnu::cold, gnu::noinline]] void refuse_scale(std::size_t b, const char* fault) const {
    std::string zero;
    if constexpr (by_zero_point) zero = " with the zero point " + std::to_string(zero_points_[b]);
    detail::raise(what() + ": scale " + std::to_string(b) + ", " + detail::shortest_digits(scales_[b]) +
                  zero + ", " + fault + ".");
  }
  static std::string what() { return "given<" + std::string(S::name()) + ">"; }
  constexpr const char* fault_of(std::size_t b) const {
    const char* fault = nullptr;
    if constexpr (by_zero_point) fault = S::given_fault(scales_[b], zero_points_[b]);
    else if constexpr (by_scale) fault = S::given_fault(scales_[b]);
    if (of_tensor && fault == nullptr && !measures_something(detail::product(scales_[b], tensor_scale_)))
      fault = "is not greater than 0 and finite when it is multiplied by the scale of the tensor";
    return fault;
  }

  std::span<const float> scales_{};
  std::span<const i32> zero_points_{};
  float tensor_scale_ = 1.0F;
  bool measures_ = false;
};

/// `quantize_operand` and `quantize_values` with parameters that are given: the definition, value by value.
/// @throws error as those do, and if there is not one scale for each block
/// @{
template <GivenScheme S, std::same_as<given<S>> Given>
constexpr void quantize_operand(std::span<const float> in, std::span<float> out, const Extents& shape,
                                const operand_axes& axes, const Given& parameters, std::uint64_t seed = 0) {
  const auto n = static_cast<std::int64_t>(in.size());
  detail::require_known("quantize_values", shape);
  if constexpr (BlockScheme<S>) detail::require_axes<typename S::shape>("quantize_values", shape, axes);
  if (in.size() != out.size() || n != shape.size())
    detail::raise("quantize_values: " + std::to_string(in.size()) + " values go in, " +
                  std::to_string(out.size()) + " come out, and the shape holds " +
                  std::to_string(shape.size()) + "; the three must be equal.");
  const operand_blocks blocks = detail::blocks_of<typename S::shape>(shape, axes);
  const detail::block_grid grid = detail::grid_of(blocks);
  parameters.require("quantize_values", shape, grid.count());
  const auto place = [&](std::int64_t i) {
    return static_cast<std::size_t>(blocks.reordered ? blocks.offset(i) : i);
  };
  for (std::int64_t b = 0; b < grid.count(); ++b) {
    const auto p =
        parameters.measures()
            ? S::fit(detail::block_values(in.data(), grid, b, blocks.reordered ? &blocks : nullptr),
                     parameters.tensor_scale())
            : parameters.parameters(b);
    grid.runs(b, [&](std::int64_t offset, std::int64_t length) {
      for (std::int64_t i = offset; i < offset + length; ++i)
        out[place(i)] = detail::apply_one<S>(in[place(i)], p, detail::random_for<S>(seed, i));
    });
  }
}
template <GivenScheme S, std::same_as<given<S>> Given>
constexpr void quantize_values(std::span<const float> in, std::span<float> out, const Extents& shape,
                               const Given& parameters, std::uint64_t seed = 0) {
  quantize_operand<S>(in, out, shape, operand_axes{}, parameters, seed);
}
/// @}

}  // namespace dyadic

DYADIC_AS_WRITTEN_END
