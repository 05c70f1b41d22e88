// SPDX-License-Identifier: BSL-1.0
#pragma once
// A pass of one's own: fold every batch_norm2d into the conv2d before it. A normalisation with recorded statistics multiplies each
// channel by a number and adds another one; a convolution can do that itself, with other weights and a bias.
//
// A pass makes two things: a graph of a graph, which is a type, worked out with Boost.Hana; and the new graph's weights.
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/model/rewrite.hpp>
#include <dyadic/model/weights.hpp>

#include <boost/hana/filter.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/remove.hpp>
#include <boost/hana/remove_if.hpp>
#include <boost/hana/transform.hpp>
#include <boost/hana/unpack.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace fold {
using namespace dyadic;
namespace hana = boost::hana;

// --- The graph --------------------------------------------------------------------------------------------------------------

// The position of the node that Node reads, if Node is a batch_norm2d and that is a conv2d which nobody else reads; else the size of the graph.
template <Graph G, class Node>
constexpr std::size_t convolution_of() {
  using all = metadata<G>;
  if (Node::operation::kind != op::batch_norm2d) return all::size;
  const std::size_t before = all::sources(all::find(Node::name))[0];
  std::size_t readers = 0;
  for (std::size_t i = 0; i < all::size; ++i)
    for (const std::size_t s : all::sources(i)) readers += s == before ? 1U : 0U;
  return all::nodes[before].operation->kind == op::conv2d && readers == 1 ? before : all::size;
}

// For hana: is this node (a hana::type) one that goes away?
template <Graph G>
constexpr auto folds = [](auto node) { return hana::bool_c<convolution_of<G, typename decltype(node)::type>() != metadata<G>::size>; };

// The convolution that takes the place of a normalisation.
template <Graph G, class Norm>
using convolution = at<convolution_of<G, Norm>(), typename G::node_pack>;

// conv2d<…, no_bias> without the no_bias.
template <std::int64_t In, std::int64_t Out, dims Kernel, class... Options>
constexpr auto with_bias(const conv2d<In, Out, Kernel, Options...>*) {
  return hana::unpack(hana::remove(hana::tuple_t<Options...>, hana::type_c<no_bias>),
                      [](auto... option) { return hana::type_c<conv2d<In, Out, Kernel, typename decltype(option)::type...>>; });
}

// What becomes of Node when Norm goes away: its convolution gets a bias, and who read Norm reads the convolution.
template <Graph G, class Node, class Norm>
constexpr auto without(hana::basic_type<Node>, hana::basic_type<Norm>) {
  using conv = convolution<G, Norm>;
  if constexpr (Node::name == conv::name) {
    using biased = typename decltype(with_bias(static_cast<const typename Node::operation*>(nullptr)))::type;
    return hana::type_c<with_operation<Node, biased>>;
  } else {
    return hana::type_c<redirected<Node, Norm, conv>>;
  }
}

// The nodes of the folded graph.
template <Graph G>
constexpr auto nodes(G) {
  return hana::transform(hana::remove_if(G::nodes(), folds<G>), [](auto node) {
    return hana::fold_left(hana::filter(G::nodes(), folds<G>), node, [](auto so_far, auto norm) { return without<G>(so_far, norm); });
  });
}

// struct folded final : fold::batch_norms<net> {};
template <Graph G>
using batch_norms = graph_of<decltype(nodes(G{}))>;

// --- The weights ------------------------------------------------------------------------------------------------------------

// y = γ·(conv(x) + b - mean) / √(var + eps) + β, so with f = γ / √(var + eps): weight·f, and bias (b - mean)·f + β.
template <class Norm, class Convolution, Graph Folded, Graph G>
void fold_one(const weights<G>& from, weights<Folded>& to) {
  const auto get = [&](std::string_view node, const char* parameter) { return from.get(std::string(node) + "." + parameter).span(); };
  constexpr bool affine = Norm::operation::settings.affine, has_bias = Convolution::operation::geometry.bias;
  const auto mean = get(Norm::name, "running_mean"), variance = get(Norm::name, "running_var");
  const ConstView old = from.get(std::string(Convolution::name) + ".weight");
  std::vector<float> weight(old.span().begin(), old.span().end()), bias(mean.size());
  const std::size_t per_channel = weight.size() / bias.size();
  for (std::size_t c = 0; c < bias.size(); ++c) {
    double factor = 1 / std::sqrt(static_cast<double>(variance[c]) + Norm::operation::settings.eps), shift = -static_cast<double>(mean[c]), beta = 0;
    if constexpr (affine) factor *= static_cast<double>(get(Norm::name, "weight")[c]);
    if constexpr (affine) beta = static_cast<double>(get(Norm::name, "bias")[c]);
    if constexpr (has_bias) shift += static_cast<double>(get(Convolution::name, "bias")[c]);
    for (std::size_t i = c * per_channel; i < (c + 1) * per_channel; ++i) weight[i] = static_cast<float>(static_cast<double>(weight[i]) * factor);
    bias[c] = static_cast<float>(shift * factor + beta);
  }
  to.set(std::string(Convolution::name) + ".weight", ConstView{weight.data(), old.shape});
  to.set(std::string(Convolution::name) + ".bias", ConstView{bias.data(), {static_cast<std::int64_t>(bias.size())}});
}

// The weights of the folded graph.
template <Graph Folded, Graph G>
weights<Folded> weights_of(const weights<G>& from) {
  weights<Folded> to;
  for (const parameter_info& p : to.entries()) {
    const auto same = [&](const parameter_info& q) { return q.full_name() == p.full_name(); };
    if (std::any_of(from.entries().begin(), from.entries().end(), same)) to.set(p.full_name(), from.get(p.full_name()));
  }
  hana::for_each(hana::filter(G::nodes(), folds<G>), [&](auto node) {
    using norm = typename decltype(node)::type;
    fold_one<norm, convolution<G, norm>>(from, to);
  });
  return to;
}

}  // namespace fold
