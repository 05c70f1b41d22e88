// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/files.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>
using namespace dyadic;

// clang-format off
struct net final : graph<node<"x", input<dyn, 3>>, node<"fc", linear<3, 2, false>, "x">> {};   // without a bias

struct words final : graph<node<"x", input<dyn>>, node<"embed", embedding<5, 3>, "x">, node<"head", linear<3, 5, false>, "embed">> {};

struct rule {  // any tensor that it is asked for
  static bool contains(std::string_view) { return true; }
  static void read_into(std::string_view name, const Extents& shape, std::span<float> out) {
    if (shape.rank() > 2) throw error("rule: no numbers for \"" + std::string(name) + "\" of shape " + shape.text() + ".");
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i % 7) / 8;
  }
};

int main() {
  Tensor<2> weight(2, 3);
  weight.setValues({{1, 2, 3}, {4, 5, 6}});
  safetensors::Writer out;
  out.add("net/fc.weight", weight);                                             // a tensor, as F32
  out.add("net/fc.bias", std::vector<Half>{Half{0.5f}, Half{-1}}, {2});         // values and a shape; their type is the dtype
  out.add("test/labels", std::vector<std::int64_t>{1, 0, 1}, {3});
  out.metadata("source", "made up");
  out.save("net.safetensors");                                                  // or out.bytes(), in memory

  const auto file = safetensors::open("net.safetensors");                       // or safetensors::parse(bytes)
  for (const std::string& name : file.names())
    std::cout << name << ": " << safetensors::name(file.dtype(name)) << ' ' << file.shape(name).text() << '\n';
  std::cout << file.metadata().at("source") << '\n';
  const Tensor<2> matrix = file.tensor<2>("net/fc.weight");                     // as float32, of rank 2
  const auto labels = file.values<std::int64_t>("test/labels");                 // a vector, as it is in the file
  std::cout << matrix(1, 2) << ' ' << labels[0] << '\n';

  try {
    (void)load<net>(file, "net");
  } catch (const error& e) {
    std::cout << e.what() << '\n';
  }
  const auto w = load<net>(file, "net", allow_unused("fc.bias"));

  safetensors::Writer shared;
  shared.add("embed.weight", std::vector<float>(15, 0.5f), {5, 3}).add("test/tokens", std::vector<std::int32_t>{4, 2}, {2});
  const auto tied_weights = load<words>(safetensors::parse(shared.bytes()), allow_unused("test/*"), tied{"head.weight", "embed.weight"});
  std::cout << tied_weights.get("head.weight").shape.text() << '\n';

  const auto by_rule = load<net>(rule{});
  std::cout << by_rule.get("fc.weight").data[5] << '\n';
  return w.get("fc.weight").data[5] == 6 ? 0 : 1;
}
