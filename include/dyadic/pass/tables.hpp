// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file tables.hpp
/// Looking into models whose operators have become tables (model/replacing.hpp): the layers themselves, and the same model in another form.
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>
#include <dyadic/lut/netlist.hpp>
#include <dyadic/lut/threshold.hpp>
#include <dyadic/model/model.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dyadic {
inline namespace DYADIC_ISA {

/// What runs in the place of a node's operator: `layer_at<logicnets_layer>(model, "fc1")`. As long as the model or a copy of it lives.
/// @tparam Layer  binary_residual_layer, lutnet_layer or logicnets_layer   @throws error if it is not of that class
template <class Layer, class Model>
[[nodiscard]] const Layer& layer_at(const Model& model, std::string_view node) {
  const std::size_t i = metadata<typename Model::graph_type>::find(node);
  if (i == metadata<typename Model::graph_type>::size) throw detail::no_such_node(metadata<typename Model::graph_type>::nodes, node);
  const replacement* const there = model.parts().replacement_at(i);
  const Layer* const layer = there == nullptr ? nullptr : there->template as<Layer>();
  if (layer == nullptr)
    throw error("node \"" + std::string(node) + "\" is not such a layer; it runs " +
                (there == nullptr ? std::string("its operator") : "as " + there->report().name) + ".");
  return *layer;
}

/// The same model with all its layers of tables evaluated in one form: `in_form(model, table_form::arithmetic)` does what the tables were
/// made of, and gives the same bits. @throws error if a layer has no such form
template <class Model>
[[nodiscard]] Model in_form(const Model& model, table_form form) {
  Model other = model;
  const auto& nodes = metadata<typename Model::graph_type>::nodes;
  const auto try_class = [&]<class Layer>(const replacement& r, std::string_view name, const Layer*) {
    if (const Layer* const layer = r.as<Layer>(); layer != nullptr) {
      try {
        other = other.replaced(name, replacement(std::make_shared<const Layer>(layer->in_form(form))));
      } catch (const error& e) {
        throw detail::located_in_node(name, e);
      }
    }
  };
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (const replacement* const r = model.parts().replacement_at(i); r != nullptr) {
      try_class(*r, nodes[i].name, static_cast<const binary_residual_layer*>(nullptr));
      try_class(*r, nodes[i].name, static_cast<const lutnet_layer*>(nullptr));
      try_class(*r, nodes[i].name, static_cast<const logicnets_layer*>(nullptr));
      try_class(*r, nodes[i].name, static_cast<const threshold_layer<binary_residual_layer>*>(nullptr));
      try_class(*r, nodes[i].name, static_cast<const threshold_layer<lutnet_layer>*>(nullptr));
    }
  return other;
}

/// The same model, with the signs that the layer after `node` reads taken from the counts of `node` by thresholds: gain, bias, batch
/// normalisation and ReLU between them are no longer computed. What the layer after it gives has the same bits as before.
/// @param node  a BinaryResidual or LutNet layer; what reads it, through batch_norm2d, relu, flatten, reshape alone, is another
/// @throws error, naming the node, if something else reads it
template <class Model>
[[nodiscard]] Model with_thresholds(const Model& model, std::string_view node) {
  const std::size_t start = metadata<typename Model::graph_type>::find(node);
  if (start == metadata<typename Model::graph_type>::size) throw detail::no_such_node(metadata<typename Model::graph_type>::nodes, node);
  const detail::runnable parts = model.parts();
  const auto& p = *parts.plan;
  const auto refuse = [&](std::size_t at, const std::string& why) {
    throw error("with_thresholds: node \"" + std::string(p.nodes[at].name) + "\" " + why);
  };
  // 1. Along the chain, to what codes the values.
  fused_operators after;
  std::size_t folded = 0;
  bool past_view = false;
  const residual_levels* next = nullptr;
  for (std::size_t at = start; next == nullptr;) {
    if (p.schemes[at][role::data_out] != nullptr) refuse(at, "rounds its results; they are not what the next layer codes.");
    std::size_t readers = 0, reader = at;
    for (std::size_t i = 0; i < p.nodes.size(); ++i)
      for (std::size_t e = p.first_edge[i]; e < p.first_edge[i + 1]; ++e)
        if (p.source[e] == at) {
          ++readers;
          reader = i;
        }
    if (readers != 1) refuse(at, "is read by " + std::to_string(readers) + " nodes; with thresholds its values are for one only.");
    if (const replacement* const r = parts.replacement_at(reader); r != nullptr) {
      if (const auto* const b = r->template as<binary_residual_layer>(); b != nullptr && !b->parameters().float_input)
        next = &b->parameters().levels;
      else if (const auto* const l = r->template as<lutnet_layer>(); l != nullptr) next = &l->parameters().levels;
      else if (const auto* const t = r->template as<threshold_layer<binary_residual_layer>>(); t != nullptr) next = &t->levels();
      else if (const auto* const u = r->template as<threshold_layer<lutnet_layer>>(); u != nullptr) next = &u->levels();
      else refuse(reader, "runs as " + r->report().name + ", which does not code its data in binary levels.");
    } else if (const op kind = p.nodes[reader].operation->kind;
               (kind == op::batch_norm2d || kind == op::relu) && !p.schemes[reader].changes_anything()) {
      std::vector<ConstView> values;
      for (std::size_t k = p.first_parameter[reader]; k < p.first_parameter[reader + 1]; ++k)
        values.push_back({parts.parameters + p.parameters[k].offset, p.parameters[k].shape});
      after.push_back(*p.nodes[reader].operation, values);
      ++folded;
      if (past_view) refuse(reader, "comes after a flatten or reshape; it would have to come before it.");
    } else if (p.nodes[reader].operation->view) {
      past_view = true;
    } else {
      refuse(reader, "is between the layer and the one that codes its values; only batch_norm2d, relu, flatten and reshape may be.");
    }
    at = reader;
  }
  // 2. The layer with thresholds in its place.
  const replacement* const here = parts.replacement_at(start);
  const auto put = [&](const auto& layer) {
    using made = threshold_layer<std::remove_cvref_t<decltype(layer)>>;
    return model.replaced(node, replacement(std::make_shared<const made>(layer, after, *next)), folded);
  };
  if (const auto* const b = here == nullptr ? nullptr : here->template as<binary_residual_layer>(); b != nullptr) return put(*b);
  if (const auto* const l = here == nullptr ? nullptr : here->template as<lutnet_layer>(); l != nullptr) return put(*l);
  throw error("with_thresholds: node \"" + std::string(node) + "\" runs " +
              (here == nullptr ? std::string("its operator") : "as " + here->report().name) +
              "; only layers that count signs have thresholds.");
}

/// A whole network of LogicNets layers as one circuit, for one sample: `emit_verilog(file, netlist_of(model, "digits"))`.
/// The graph must be a chain from its input; between layers there may be what is folded into them, `flatten` and `reshape`.
/// @param name  of the module   @throws error, naming the node, if something else is left
template <class Model>
[[nodiscard]] netlist netlist_of(const Model& model, std::string name, wire_codes codes = wire_codes::twos_complement) {
  const detail::runnable parts = model.parts();
  const auto& p = *parts.plan;
  std::vector<const logicnets_layer*> layers;
  Extents input;
  for (std::size_t i = 0; i < p.nodes.size(); ++i) {
    const replacement* const r = parts.replacement_at(i);
    const auto refuse = [&](const char* why) {
      throw error("netlist_of: node \"" + std::string(p.nodes[i].name) + "\" (" + p.nodes[i].operation->name() + ") " + why);
    };
    if (i == 0) continue;
    if (p.first_edge[i + 1] - p.first_edge[i] != 1 || p.source[p.first_edge[i]] != i - 1)
      refuse("does not read the node before it alone; a circuit is made of a chain of layers.");
    if (p.nodes[i].operation->view || (r != nullptr && r->template as<detail::passed_on>() != nullptr)) continue;
    const logicnets_layer* const layer = r == nullptr ? nullptr : r->template as<logicnets_layer>();
    if (layer == nullptr) refuse("is no layer of LogicNets and not folded into one, so it cannot be part of a circuit of tables.");
    if (layers.empty()) {
      input = p.shape[i - 1];
      for (int d = 0; d < input.rank(); ++d)
        if (input[d] == dyn) input[d] = 1;
      if (!layer->shape().images) input = {input.size() / layer->shape().in, layer->shape().in};
    }
    layers.push_back(layer);
  }
  return make_netlist(std::move(name), layers, input, codes);
}

}  // namespace DYADIC_ISA
}  // namespace dyadic
