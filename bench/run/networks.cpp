// SPDX-License-Identifier: BSL-1.0
// The networks of examples/03_digits, one image at a time and all 600 at once; and the multilayer perceptron's share of kernels.
#include "cases.hpp"
#include "examples/03_digits/configurations.hpp"

#include <dyadic/io/safetensors.hpp>
#include <dyadic/layer/product.hpp>

#include <Eigen/Core>

#include <memory>

namespace bench {
namespace {

using namespace dyadic;

constexpr std::int64_t everyone = 600;

const Tensor<3>& images() {
  static const Tensor<3> all = safetensors::open(DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors").tensor<3>("test/images");
  return all;
}

template <class Config, Graph Network>
void add_network(const std::string& network, const std::string& formats, const weights<Network>& w,
                 const std::vector<std::string>& peers = {}) {
  for (const std::int64_t batch : {std::int64_t{1}, everyone}) {
    auto run = std::make_shared<decltype(prepare(quantize<Config>(Network{}, w), 1))>(prepare(quantize<Config>(Network{}, w), batch));
    auto in = std::make_shared<Tensor<3>>(batch, 8, 8);
    for (Eigen::Index i = 0; i < in->size(); ++i) in->data()[i] = images().data()[i];
    auto out = std::make_shared<Tensor<2>>(batch, 10);
    job j;
    j.name = "digits/" + network + " " + formats + "/" + std::to_string(batch);
    j.unit = "Mimg/s";
    for (const std::string& p : peers) j.peers.push_back("peer/" + p + "/" + std::to_string(batch));
    if (network == "MLP" && batch == 1) {
      j.roof = "kernels of MLP " + formats;
      j.of_roof = 0.8;
    }
    add(std::move(j), batch, [=] { (*run)(*in, *out); });
  }
}

/// The arithmetic of the perceptron at batch 1, and nothing else: three products, and what quantises their operands.
template <QuantScheme Data>
void add_kernels(const std::string& formats) {
  struct state {
    std::vector<float> w = std::vector<float>(64 * 64 + 64 * 32 + 32 * 10, 0.01F), b = std::vector<float>(64, 0.1F),
                       x = std::vector<float>(64, 0.5F), y = std::vector<float>(64), q = std::vector<float>(64);
    std::unique_ptr<float, void (*)(void*)> scratch{
        static_cast<float*>(
            std::aligned_alloc(64, static_cast<std::size_t>(detail::round_up(detail::product_scratch(64, 64), 16)) * sizeof(float))),
        std::free};
  };
  const auto s = std::make_shared<state>();
  add("kernels of MLP " + formats, 1, [=] {
    const auto layer = [&](const float* w, std::int64_t depth, std::int64_t outputs) {
      const auto k = static_cast<std::size_t>(depth);
      fake_quantize<Data>(std::span<const float>(s->x.data(), k), std::span<float>(s->q.data(), k), Extents{1, depth});
      detail::multiply_transposed(s->q.data(), w, s->b.data(), s->y.data(), 1, outputs, depth,
                                  {s->scratch.get(), static_cast<std::size_t>(detail::product_scratch(depth, outputs))});
      benchmark::DoNotOptimize(s->y.data());
    };
    layer(s->w.data(), 64, 64);
    layer(s->w.data() + 64 * 64, 64, 32);
    layer(s->w.data() + 64 * 96, 32, 10);
  });
}

/// The perceptron in float32, as one writes it with Eigen.
void add_eigen(const weights<digits::mlp>& w) {
  using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto parameter = [&](const char* name, int rows, int columns) {
    return matrix(Eigen::Map<const matrix>(w.get(name).data, rows, columns));
  };
  struct net {
    matrix w1, b1, w2, b2, w3, b3, x, h1, h2, y;
  };
  for (const std::int64_t batch : {std::int64_t{1}, everyone}) {
    auto n = std::make_shared<net>();
    n->w1 = parameter("fc1.weight", 64, 64);
    n->w2 = parameter("fc2.weight", 32, 64);
    n->w3 = parameter("fc3.weight", 10, 32);
    n->b1 = parameter("fc1.bias", 1, 64);
    n->b2 = parameter("fc2.bias", 1, 32);
    n->b3 = parameter("fc3.bias", 1, 10);
    n->x = Eigen::Map<const matrix>(images().data(), batch, 64);
    n->h1.resize(batch, 64);
    n->h2.resize(batch, 32);
    n->y.resize(batch, 10);
    add("peer/eigen/" + std::to_string(batch), batch, [=] {
      n->h1.noalias() = n->x * n->w1.transpose();
      n->h1 = (n->h1.rowwise() + n->b1.row(0)).cwiseMax(0.0F);
      n->h2.noalias() = n->h1 * n->w2.transpose();
      n->h2 = (n->h2.rowwise() + n->b2.row(0)).cwiseMax(0.0F);
      n->y.noalias() = n->h2 * n->w3.transpose();
      n->y = n->y.rowwise() + n->b3.row(0);
    });
  }
}

}  // namespace

void add_networks() {
  using namespace digits;
  const auto file = safetensors::open(DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors");
  const auto mlp_weights = load<mlp>(file, "mlp", allow_unused("logits"));
  add_network<nothing>("MLP", "float32", mlp_weights, {"eigen"});
  add_network<products<Fixed<8, 4>, Fixed<8, 6>>>("MLP", "Fixed", mlp_weights, {"eigen"});
  add_network<products<MXFP8<E4M3>>>("MLP", "MXFP8", mlp_weights, {"eigen"});
  add_network<products<Fixed<8, 4>, Fixed<8, 6>>>("CNN", "Fixed", load<cnn>(file, "cnn", allow_unused("logits")));
  add_network<products<MXFP8<E4M3>>>("ViT", "MXFP8", load<vit>(file, "vit", allow_unused("logits")));
  add_kernels<none>("float32");
  add_kernels<Fixed<8, 4>>("Fixed");
  add_kernels<MXFP8<E4M3>>("MXFP8");
  add_eigen(mlp_weights);
}

}  // namespace bench
