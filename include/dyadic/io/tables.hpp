// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file tables.hpp
/// Layers of tables in safetensors files: for models converted once and kept, and for masks, scales and tables trained elsewhere.
///
///     safetensors::Writer out;
///     write_layer(out, "fc1", layer_at<lutnet_layer>(model, "fc1"));
///     …
///     out.save("tables.safetensors");
///
///     const auto file = safetensors::open("tables.safetensors");
///     auto imported = bind(net{}, weights).replaced("fc1", replacement(std::make_shared<const lutnet_layer>(
///         read_lutnet(file, "fc1", layer_shape_of(operator_of<linear<64, 32>>)))));
///
/// A layer called `p` in a file consists of these tensors, for `out` outputs that may read `depth` taps each:
///
///     all but logicnets  p.levels F32 [1 + L]: centre, scales      p.gain, p.bias F32 [out]
///     binary_residual    p.weight F32 [out, depth]                 p.mask U8 [out, depth]: 0 or 1
///                        p.soft, p.float_input U8 [1]: 0 or 1; may be missing
///     lutnet             p.first I64 [out + 1]: where each output's tables begin   p.connection I32 [tables, K]: taps, the primary one first
///                        p.table U64 [tables, L]: bit j is 1 where entry j is +1
///     logicnets          p.formats I32 [2, 3]: bits, fractional bits, signed; of inputs, of outputs
///                        p.first I64 [out + 1]                     p.tap I32 [inputs]: ascending within a neuron
///                        p.table U16 [entries]: code minus lowest code, by address; or else
///                        p.weight F32 [inputs], p.bias F32 [out], of which the tables are then made
///
/// Taps of a linear are its inputs; of a conv2d they are in the order of its weight tensor: channel of the group, row, column.
/// Address of a table's entry: of a lutnet table the primary tap is the most significant bit, 1 where its sign is +1; of a logicnets
/// table the neuron's first tap is in the least significant bits, each tap as its code minus the lowest code.
///
/// A logicnets layer that was made with nodes folded into it is placed with the same count of them, which is not in the file:
/// `replaced("fc1", layer, 1)` where one activation is in its tables. All parameters of the graph must be given, also those that nothing
/// reads any more.
///
/// Everything is checked as it is for any other layer: `dyadic::error` names what is wrong. Tensors are checked against the shape given
/// to `read_…`, and `replaced` checks that shape against the node's operator. A tensor `p.word` that is none of the layer's is an error
/// unless it is allowed: `read_lutnet(file, "fc1", shape, allow_unused("comment"))`.
#include <dyadic/io/parts.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dyadic {
namespace detail {
inline namespace DYADIC_ISA {

inline void write_levels(safetensors::Writer& to, const std::string& prefix, const residual_levels& levels) {
  std::vector<float> values{levels.center};
  for (int l = 0; l < levels.count; ++l) values.push_back(levels.scale[static_cast<std::size_t>(l)]);
  to.add(prefix + ".levels", values, {static_cast<std::int64_t>(values.size())});
}
inline residual_levels read_levels(const safetensors::File& from, const std::string& prefix) {
  const std::vector<float> values = from.read(prefix + ".levels", {dyn});
  if (values.size() < 2 || values.size() > 1 + residual_levels::most)
    throw error(from.name() + ": tensor \"" + prefix + ".levels\" must hold a centre and 1 to 4 scales, but has " +
                std::to_string(values.size()) + " values.");
  residual_levels levels;
  levels.count = static_cast<int>(values.size()) - 1;
  levels.center = values[0];
  std::copy(values.begin() + 1, values.end(), levels.scale.begin());
  return levels;
}
inline bool read_flag(const safetensors::File& from, const std::string& name) {
  return from.contains(name) && from.read(name, {1})[0] != 0;
}
/// Values as they are in the file, of a given shape; `dyn` is any extent.
template <class T>
std::vector<T> read_values(const safetensors::File& from, const std::string& name, const Extents& wanted) {
  const Extents found = from.shape(name);
  if (!extents_fit(found, wanted))
    throw error(from.name() + ": tensor \"" + name + "\" has shape " + found.text() + ", but " + wanted.text() + " is expected.");
  return from.values<T>(name);
}
/// All tensors of a layer, and no others of its name.
inline void check_layer(const safetensors::File& from, const std::string& prefix, std::vector<std::string_view> needed,
                        std::vector<std::string_view> optional, const unused_tensors& unused) {
  safetensors::detail::check_parts(from, prefix, {std::move(needed), std::move(optional), {}, true}, unused);
}
template <class F>
auto naming_tensor(const safetensors::File& from, const std::string& prefix, const F& make) {
  try {
    return make();
  } catch (const error& e) {
    const std::string text = e.what();
    if (text.starts_with("dyadic: " + from.name() + ": ")) throw;
    throw error(from.name() + ": layer \"" + prefix + "\": " + text.substr(std::string("dyadic: ").size()));
  }
}

}  // namespace DYADIC_ISA
}  // namespace detail
inline namespace DYADIC_ISA {

/// Adds the tensors of a layer. @throws error if a name is taken
inline void write_layer(safetensors::Writer& to, const std::string& prefix, const binary_residual_layer& layer) {
  const binary_residual_parameters& p = layer.parameters();
  const Extents all{p.shape.out, p.shape.depth()};
  detail::write_levels(to, prefix, p.levels);
  to.add(prefix + ".weight", p.weight, all).add(prefix + ".mask", p.mask, all);
  to.add(prefix + ".gain", p.gain, {p.shape.out}).add(prefix + ".bias", p.bias, {p.shape.out});
  to.add(prefix + ".soft", std::vector<std::uint8_t>{p.soft}, {1})
      .add(prefix + ".float_input", std::vector<std::uint8_t>{p.float_input}, {1});
}
/// The same for a LUTNet layer.
inline void write_layer(safetensors::Writer& to, const std::string& prefix, const lutnet_layer& layer) {
  const lutnet_parameters& p = layer.parameters();
  detail::write_levels(to, prefix, p.levels);
  to.add(prefix + ".first", p.first, {p.shape.out + 1}).add(prefix + ".connection", p.connection, {p.tables(), p.inputs});
  to.add(prefix + ".table", p.table, {p.tables(), p.levels.count});
  to.add(prefix + ".gain", p.gain, {p.shape.out}).add(prefix + ".bias", p.bias, {p.shape.out});
}
/// The tables, without the arithmetic that they were made of: what is folded into them need not be known to read them.
inline void write_layer(safetensors::Writer& to, const std::string& prefix, const logicnets_layer& layer) {
  const logicnets_parameters& p = layer.parameters();
  const std::vector<std::int32_t> formats{p.in.bits, p.in.fraction, p.in.is_signed, p.out.bits, p.out.fraction, p.out.is_signed};
  to.add(prefix + ".formats", formats, {2, 3}).add(prefix + ".first", p.first, {p.shape.out + 1});
  to.add(prefix + ".tap", p.tap, {static_cast<std::int64_t>(p.tap.size())});
  to.add(prefix + ".table", p.table, {static_cast<std::int64_t>(p.table.size())});
}

/// @param shape  of the operator it is for: `layer_shape_of(operator_of<conv2d<…>>)`
/// @throws error if a tensor is missing, wrong, or none of the layer's and not allowed
[[nodiscard]] inline binary_residual_layer read_binary_residual(const safetensors::File& from, const std::string& prefix,
                                                                const layer_shape& shape,
                                                                const std::string& name = "BinaryResidual, imported",
                                                                const unused_tensors& unused = {}) {
  return detail::naming_tensor(from, prefix, [&] {
    detail::check_layer(from, prefix, {"levels", "weight", "mask", "gain", "bias"}, {"soft", "float_input"}, unused);
    binary_residual_parameters p;
    p.shape = shape;
    p.levels = detail::read_levels(from, prefix);
    p.weight = from.read(prefix + ".weight", {shape.out, shape.depth()});
    p.mask = detail::read_values<std::uint8_t>(from, prefix + ".mask", {shape.out, shape.depth()});
    p.gain = from.read(prefix + ".gain", {shape.out});
    p.bias = from.read(prefix + ".bias", {shape.out});
    p.soft = detail::read_flag(from, prefix + ".soft");
    p.float_input = detail::read_flag(from, prefix + ".float_input");
    return binary_residual_layer(std::move(p), name);
  });
}
/// The same under the usual name.
[[nodiscard]] inline binary_residual_layer read_binary_residual(const safetensors::File& from, const std::string& prefix,
                                                                const layer_shape& shape, const unused_tensors& unused) {
  return read_binary_residual(from, prefix, shape, "BinaryResidual, imported", unused);
}
/// The same for a LUTNet layer.
[[nodiscard]] inline lutnet_layer read_lutnet(const safetensors::File& from, const std::string& prefix, const layer_shape& shape,
                                              const std::string& name = "LutNet, imported", const unused_tensors& unused = {}) {
  return detail::naming_tensor(from, prefix, [&] {
    detail::check_layer(from, prefix, {"levels", "first", "connection", "table", "gain", "bias"}, {}, unused);
    lutnet_parameters p;
    p.shape = shape;
    p.levels = detail::read_levels(from, prefix);
    p.first = detail::read_values<std::int64_t>(from, prefix + ".first", {shape.out + 1});
    p.connection = detail::read_values<std::int32_t>(from, prefix + ".connection", {dyn, dyn});
    p.inputs = static_cast<int>(std::min<std::int64_t>(from.shape(prefix + ".connection")[1], 99));
    p.table = detail::read_values<std::uint64_t>(from, prefix + ".table", {dyn, p.levels.count});
    p.gain = from.read(prefix + ".gain", {shape.out});
    p.bias = from.read(prefix + ".bias", {shape.out});
    return lutnet_layer(std::move(p), name);
  });
}
/// The same under the usual name.
[[nodiscard]] inline lutnet_layer read_lutnet(const safetensors::File& from, const std::string& prefix, const layer_shape& shape,
                                              const unused_tensors& unused) {
  return read_lutnet(from, prefix, shape, "LutNet, imported", unused);
}
/// @param after  what is folded in, for tables that are made here of weights; tables in the file have it in them already
/// @param most_address_bits  up to 24
[[nodiscard]] inline logicnets_layer read_logicnets(const safetensors::File& from, const std::string& prefix, const layer_shape& shape,
                                                    const fused_operators& after = {},
                                                    int most_address_bits = logicnets_parameters::usual_address_bits,
                                                    const std::string& name = "LogicNets, imported", const unused_tensors& unused = {}) {
  return detail::naming_tensor(from, prefix, [&] {
    const bool tables = from.contains(prefix + ".table");
    if (tables) detail::check_layer(from, prefix, {"formats", "first", "tap", "table"}, {}, unused);
    else detail::check_layer(from, prefix, {"formats", "first", "tap", "weight", "bias"}, {}, unused);
    logicnets_parameters p;
    p.shape = shape;
    const auto formats = detail::read_values<std::int32_t>(from, prefix + ".formats", {2, 3});
    p.in = {formats[0], formats[1], formats[2] != 0};
    p.out = {formats[3], formats[4], formats[5] != 0};
    p.first = detail::read_values<std::int64_t>(from, prefix + ".first", {shape.out + 1});
    p.tap = detail::read_values<std::int32_t>(from, prefix + ".tap", {dyn});
    if (tables) {
      p.table = detail::read_values<std::uint16_t>(from, prefix + ".table", {dyn});
      if (p.table.empty()) throw error("there are no table entries.");
    } else {
      p.weight = from.read(prefix + ".weight", {dyn});
      p.bias = from.read(prefix + ".bias", {shape.out});
      p.after = after;
    }
    return logicnets_layer(std::move(p), name, most_address_bits);
  });
}
/// The same under the usual name.
[[nodiscard]] inline logicnets_layer read_logicnets(const safetensors::File& from, const std::string& prefix, const layer_shape& shape,
                                                    const unused_tensors& unused) {
  return read_logicnets(from, prefix, shape, {}, logicnets_parameters::usual_address_bits, "LogicNets, imported", unused);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
