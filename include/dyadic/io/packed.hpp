// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file packed.hpp
/// Packed tensors in safetensors files: `<name>.codes` and `<name>.scales` as U8 (no scales, no entry), `<name>.tensor_scale` as one
/// F32 where the scheme has it; in the metadata `<name>.scheme`, the scheme as C++ spells it, and `<name>.shape`, as in "[3, 5]".
///
///     safetensors::Writer out;
///     save_packed(out, "fc1.weight", encode<MXFP4>(weight));
///     out.save("net.safetensors");
///
///     const auto file = safetensors::open("net.safetensors");
///     const auto weight = load_packed<MXFP4>(file, "fc1.weight");
#include <dyadic/base/float_environment.hpp>
#include <dyadic/io/parts.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>
#include <dyadic/kernel/packed.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors::detail {

/// The inverse of `Extents::text`: "[3, 5]" and no other spelling. Numbers of up to 18 digits.
inline std::optional<Extents> shape_in(std::string_view text) {
  Extents shape;
  std::int64_t n = 0;
  int digits = 0;
  for (const char c : text) {
    if ('0' <= c && c <= '9') {
      if (++digits > 18) return std::nullopt;
      n = 10 * n + (c - '0');
    } else if (digits != 0) {
      if (shape.rank() == Extents::max_rank) return std::nullopt;
      shape.push_back(n);
      n = digits = 0;
    }
  }
  if (shape.text() != text) return std::nullopt;  // brackets, commas, blanks, leading zeros
  return shape;
}

inline const std::string& packed_metadata(const File& file, std::string_view tensor, const char* key) {
  const auto at = file.metadata().find(std::string(tensor) + key);
  if (at != file.metadata().end()) return at->second;
  std::string what = "was not saved as a packed tensor: the metadata lack " + in_quotes(std::string(tensor) + key);
  static constexpr std::string_view scheme = ".scheme";
  std::vector<std::string> packed;
  for (const auto& entry : file.metadata())
    if (entry.first.ends_with(scheme)) packed.push_back(entry.first.substr(0, entry.first.size() - scheme.size()));
  if (!packed.empty() && key == scheme) what += "; the nearest that was is " + in_quotes(dyadic::detail::nearest_name(tensor, packed));
  fail(file.name(), tensor, what + ".");
}

}  // namespace safetensors::detail

/// Adds a packed tensor to a file. @throws error if one of the names is taken or not UTF-8, or if a float scale is NaN, as `encode` makes
/// that of a block which holds a NaN: nothing of such a block is left
template <QuantScheme S>
void save_packed(safetensors::Writer& out, const std::string& name, const Packed<S>& tensor) {
  if (const std::int64_t b =
          detail::poisoned_block<S>(tensor.shape(), tensor.scales(), tensor.tensor_scale());
      b >= 0)
    throw error("save_packed: tensor " + safetensors::detail::in_quotes(name) + " has a NaN scale at block " +
                std::to_string(b) +
                ", because a value of that block was NaN when it was encoded. Replace NaN before encoding.");
  out.metadata(name + ".scheme", std::string(S::name())).metadata(name + ".shape", tensor.shape().text());
  out.add(name + ".codes", tensor.codes(), {std::ssize(tensor.codes())});
  if constexpr (Packed<S>::has_scales) out.add(name + ".scales", tensor.scales(), {std::ssize(tensor.scales())});
  if constexpr (Packed<S>::has_tensor_scale) {
    const float t[] = {tensor.tensor_scale()};
    out.add(name + ".tensor_scale", t, {1});
  }
}

/// Reads a packed tensor. @throws error, naming file and tensor, if it is not there whole, was saved in another scheme (both are
/// named), has sizes, codes or scales that do not belong to the scheme and the shape (a float scale is finite and not negative), or has scales that the
/// scheme does not know
/// @param unused  `allow_unused` leaves such scales unread
template <QuantScheme S>
[[nodiscard]] Packed<S> load_packed(const safetensors::File& file, std::string_view name, const unused_tensors& unused = {}) {
  namespace in = safetensors::detail;
  const detail::usual_float_environment environment;
  const std::string tensor(name);
  // 1. What it claims to be.
  const std::string& scheme = in::packed_metadata(file, name, ".scheme");
  if (scheme != S::name()) in::fail(file.name(), name, "is packed as " + in::in_quotes(scheme) + ", but is asked for as " + in::in_quotes(S::name()) + ". Load it as what it is, decode it, and encode that.");
  const std::string& text = in::packed_metadata(file, name, ".shape");
  const std::optional<Extents> shape = in::shape_in(text);
  if (!shape) in::fail(file.name(), name, "has " + in::in_quotes(text) + " for its shape in the metadata; a shape looks like [3, 5] and has at most 8 extents.");
  // 2. Its parts.
  in::Parts parts{.needed = {"codes"}, .optional = {}, .wrong = {}};
  (Packed<S>::has_scales ? parts.needed : parts.wrong).emplace_back("scales");
  (Packed<S>::has_tensor_scale ? parts.needed : parts.wrong).emplace_back("tensor_scale");
  in::check_parts(file, name, parts, unused);
  std::vector<std::byte> codes = file.values<std::byte>(tensor + ".codes"), scales;
  if constexpr (Packed<S>::has_scales) scales = file.values<std::byte>(tensor + ".scales");
  float tensor_scale = 1.0F;
  if constexpr (Packed<S>::has_tensor_scale) {
    const std::vector<float> t = file.values<float>(tensor + ".tensor_scale");
    if (t.size() != 1) in::fail(file.name(), tensor + ".tensor_scale", "should be one number, but has shape " + file.shape(tensor + ".tensor_scale").text() + ".");
    tensor_scale = t.front();
  }
  // 3. Whether they fit.
  const std::string fault = detail::fault_in<S>(*shape, codes, scales, tensor_scale);
  if (!fault.empty()) in::fail(file.name(), name, fault);
  if (const std::int64_t b = detail::poisoned_block<S>(*shape, scales, tensor_scale); b >= 0)
    in::fail(file.name(), name,
             "has a NaN scale at block " + std::to_string(b) + "; the float scales of a file are finite.");
  return Packed<S>(*shape, std::move(codes), std::move(scales), tensor_scale);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
