// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/lookup_tables.md; a test compares them. With a directory as its argument it also writes the circuit there.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/tables.hpp>
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/verilog.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/tables.hpp>

#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>
using namespace dyadic;

#include <filesystem>

// clang-format off
struct net final : graph<node<"x", input<dyn, 16>>, node<"fc1", linear<16, 8>, "x">, node<"act", relu, "fc1">, node<"fc2", linear<8, 4>, "act">> {};

struct signs final : config<by_default<none>, by_op<op::linear, BinaryResidual<2>>> {};
struct tables final : config<by_default<none>, by_op<op::linear, LutNet<4, 2, density<50>>>> {};
struct neurons final : config<
    by_default<none>,
    by_name<"fc1", LogicNets<4, Fixed<3, 2>, Fixed<3, 1, false>>>,        // what follows the ReLU is never negative
    by_name<"fc2", LogicNets<4, Fixed<3, 1, false>, Fixed<6, 3>>>> {};    // the results are finer

template <class Model>
void write_circuit(const Model& by_neurons, const Tensor<2>& x) {
  const netlist circuit = netlist_of(by_neurons, "digits");
  std::ofstream verilog("digits.v"), blif("digits.blif"), bench("digits_tb.v");
  emit_verilog(verilog, circuit);
  emit_blif(blif, circuit);
  emit_test_bench(bench, circuit, "digits.vectors", x.dimension(0));

  const fixed_format in = layer_at<logicnets_layer>(by_neurons, "fc1").parameters().in;    // of the first layer
  const fixed_format out = layer_at<logicnets_layer>(by_neurons, "fc2").parameters().out;  // of the last one
  const Tensor<2> y = by_neurons(x);
  std::ofstream vectors("digits.vectors");
  for (Eigen::Index i = 0; i < x.dimension(0); ++i) {
    std::string line;
    const auto put = [&](const float* values, Eigen::Index count, const fixed_format& f) {
      for (Eigen::Index k = count; k-- > 0;)                              // the last value first
        for (int b = f.bits; b-- > 0;) line += ((static_cast<std::uint32_t>(f.encode(values[k])) >> b) & 1U) != 0 ? '1' : '0';
    };
    put(x.data() + i * x.dimension(1), x.dimension(1), in);
    put(y.data() + i * y.dimension(1), y.dimension(1), out);
    vectors << line << '\n';
  }
}

int main(int argc, char** argv) {
  weights<net> w;
  for (const parameter_info& p : w.entries()) {
    std::vector<float> values(static_cast<std::size_t>(p.shape.size()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 100;
    w.set(p.full_name(), ConstView{values.data(), p.shape});
  }
  Tensor<2> x(256, 16);
  for (int i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i * 7919 % 2003) / 1001 - 1;

  const auto by_signs = quantize<signs>(net{}, w, calibrate(x));
  const auto by_tables = quantize<tables>(net{}, w, calibrate(x));
  const auto by_neurons = quantize<neurons>(net{}, w, calibrate(x));
  for (const replacement_report& r : {layer_at<binary_residual_layer>(by_signs, "fc1").report(), layer_at<lutnet_layer>(by_tables, "fc1").report(),
                                      layer_at<logicnets_layer>(by_neurons, "fc1").report()})
    std::cout << r.name << ": " << r.tables << " tables, " << r.table_bits << " bits, " << r.luts << " LUT6, " << r.bytes << " bytes\n";

  std::cout << compare(by_neurons, bind(net{}, w), x);

  const auto same_bits = [](const Tensor<2>& a, const Tensor<2>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
  };
  std::cout << same_bits(by_neurons(x), in_form(by_neurons, table_form::arithmetic)(x)) << '\n';
  const auto by_counts = with_thresholds(by_signs, "fc1");                // fc2 reads its signs; no float between them is computed
  std::cout << same_bits(by_signs(x), by_counts(x)) << '\n';

  Tensor<2> constant(256, 16);
  constant.setConstant(0.5f);
  const auto fitted_to_nothing = quantize<signs>(net{}, w, calibrate(constant));
  const Tensor<2> y = fitted_to_nothing(x);
  std::cout << layer_at<binary_residual_layer>(fitted_to_nothing, "fc1").parameters().gain[0] << ' ' << (y(0, 0) == y(1, 0)) << '\n';

  safetensors::Writer out;
  write_layer(out, "fc1", layer_at<logicnets_layer>(by_neurons, "fc1"));
  write_layer(out, "fc2", layer_at<logicnets_layer>(by_neurons, "fc2"));
  const auto file = safetensors::parse(out.bytes());                      // or out.save(path) and safetensors::open(path)

  auto imported = bind(net{}, w);                                         // the float weights must be there, but these two nodes do not read them
  const auto fc1 = read_logicnets(file, "fc1", layer_shape_of(operator_of<linear<16, 8>>));
  imported = imported.replaced("fc1", replacement(std::make_shared<const logicnets_layer>(fc1)), 1);   // act is in its tables
  const auto fc2 = read_logicnets(file, "fc2", layer_shape_of(operator_of<linear<8, 4>>));
  imported = imported.replaced("fc2", replacement(std::make_shared<const logicnets_layer>(fc2)));
  std::cout << same_bits(imported(x), by_neurons(x)) << '\n';

  if (argc > 1) {
    std::filesystem::current_path(argv[1]);
    write_circuit(by_neurons, x);
  }
}
