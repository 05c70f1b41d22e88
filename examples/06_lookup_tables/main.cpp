// SPDX-License-Identifier: BSL-1.0
// A network without multiplications: its layers become signs and popcounts, or lookup tables, as an FPGA is made of.
//
// The multilayer perceptron of 03_digits (handwritten digits, 64 → 64 → 32 → 10) is converted in several ways, with 256 training images to
// fit scales and tables to, and no training. Each result runs on 600 images that it has never seen, twice: with its tables, and with
// the arithmetic that the tables were made of. Both must say the same of every image, to the bit.
//
//     06_lookup_tables [digits.safetensors [number of images [directory]]]
//
// With a directory, the LogicNets network is written there as Verilog and BLIF, with a test bench and vectors.
#include "../03_digits/networks.hpp"
#include "../03_digits/table.hpp"

#include <dyadic/io/safetensors.hpp>
#include <dyadic/lut/blif.hpp>
#include <dyadic/lut/verilog.hpp>
#include <dyadic/model/replacing.hpp>
#include <dyadic/pass/tables.hpp>

#include <bit>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {
using namespace digits;
// clang-format off

// One scheme for all three layers.
template <class Scheme>
struct all_layers final : config<by_default<none>, by_op<op::linear, Scheme>> {};

// The pixels stay float32 in the first layer.
template <int Levels>
struct float_pixels final : config<
    by_default<none>,
    by_name<"fc1", BinaryResidual<Levels, float_data>>,
    by_op<op::linear, BinaryResidual<Levels>>> {};

// Unsigned codes between the layers: what flows is never negative, for each ReLU is part of the tables before it. The ten results are
// finer, or there would be ties. Where the point goes is found by trying.
template <int FanIn, class Code, class... Options>
struct neurons final : config<
    by_default<none>,
    by_op<op::linear, LogicNets<FanIn, Code, Code, fitted_point, Options...>>,
    by_name<"fc3", LogicNets<FanIn, Code, Fixed<6, 1>, fitted_point, Options...>>> {};

// clang-format on
using Two = Fixed<2, 1, false>;
using Three = Fixed<3, 1, false>;

struct exam {
  Tensor<3> images, calibration;
  std::vector<std::int64_t> labels;
  weights<mlp> trained;
};

Tensor<3> first(const Tensor<3>& images, std::int64_t count) {
  if (count <= 0 || count >= images.dimension(0)) return images;
  return images.slice(Eigen::array<Eigen::Index, 3>{0, 0, 0},
                      Eigen::array<Eigen::Index, 3>{count, images.dimension(1), images.dimension(2)});
}
std::int64_t answer(const Tensor<2>& logits, Eigen::Index image) {
  std::int64_t best = 0;
  for (Eigen::Index c = 1; c < logits.dimension(1); ++c)
    if (logits(image, c) > logits(image, best)) best = c;
  return best;
}
double accuracy(const exam& e, const Tensor<2>& logits) {
  int right = 0;
  for (Eigen::Index i = 0; i < logits.dimension(0); ++i) right += answer(logits, i) == e.labels[static_cast<std::size_t>(i)] ? 1 : 0;
  return right / static_cast<double>(logits.dimension(0));
}

// Adds a row to the table. Throws if the two forms differ in a single bit of a single image.
template <class Config>
void convert(const char* name, const exam& e, table& results) {
  const auto model = quantize<Config>(mlp{}, e.trained, calibrate(e.calibration));
  const Tensor<2> by_tables = model(e.images), by_arithmetic = in_form(model, table_form::arithmetic)(e.images);
  Eigen::Index same = 0;
  for (Eigen::Index i = 0; i < by_tables.dimension(0); ++i) {
    bool equal = true;
    for (Eigen::Index c = 0; c < by_tables.dimension(1); ++c)
      equal = equal && std::bit_cast<std::uint32_t>(by_tables(i, c)) == std::bit_cast<std::uint32_t>(by_arithmetic(i, c));
    same += equal ? 1 : 0;
  }
  if (same != by_tables.dimension(0))
    throw error(std::string(name) + ": tables and arithmetic differ on " + std::to_string(by_tables.dimension(0) - same) + " images.");
  replacement_report sum;
  const auto report = summary(model);
  for (const auto& row : report.rows()) {
    sum.bytes += row.runs.bytes;
    sum.tables += row.runs.tables;
    sum.table_bits += row.runs.table_bits;
    sum.luts += row.runs.luts;
  }
  const auto count = [](std::int64_t n) { return n == 0 ? std::string("-") : std::to_string(n); };
  results.add({name, number(accuracy(e, by_tables), 4), number(accuracy(e, by_arithmetic), 4), std::to_string(same), count(sum.tables),
               count(sum.table_bits), count(sum.luts), count(sum.bytes)});
}

// The network as hardware: two descriptions of it, and a bench that holds it against the results of the model itself.
template <class Model>
void write_circuit(const Model& model, const exam& e, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto file = [&](const char* name) {
    std::ofstream out(directory / name);
    if (!out) throw error("cannot write " + (directory / name).string());
    return out;
  };
  const netlist circuit = netlist_of(model, "digits");
  auto verilog = file("digits.v"), blif = file("digits.blif"), bench = file("digits_tb.v"), vectors = file("digits.vectors");
  emit_verilog(verilog, circuit);
  emit_blif(blif, circuit);
  emit_test_bench(bench, circuit, "digits.vectors", e.images.dimension(0));
  const fixed_format in = layer_at<logicnets_layer>(model, "fc1").parameters().in,
                     out = layer_at<logicnets_layer>(model, "fc3").parameters().out;
  const Tensor<2> logits = model(e.images);
  for (Eigen::Index i = 0; i < e.images.dimension(0); ++i) {
    std::string line;  // the last value's most significant bit comes first
    const auto put = [&](const float* values, Eigen::Index count, const fixed_format& f) {
      for (Eigen::Index k = count; k-- > 0;)
        for (int b = f.bits; b-- > 0;) line += ((static_cast<std::uint32_t>(f.encode(values[k])) >> b) & 1U) != 0 ? '1' : '0';
    };
    put(e.images.data() + i * 64, 64, in);
    put(logits.data() + i * 10, 10, out);
    vectors << line << '\n';
  }
  std::cout << "\nWritten to " << directory.string() << ": digits.v, digits.blif, digits_tb.v, digits.vectors\n";
}

int run(const std::string& path, std::int64_t count, const std::string& directory) {
  const auto file = safetensors::open(path);
  const exam e{first(file.tensor<3>("test/images"), count), first(file.tensor<3>("calibration/images"), count),
               file.values<std::int64_t>("test/labels"), load<mlp>(file, "mlp", allow_unused("logits"))};
  std::cout << "A network for handwritten digits without multiplications: fitted to " << e.calibration.dimension(0)
            << " images, then run on " << e.images.dimension(0) << " others.\nIn float32 it reads "
            << number(accuracy(e, bind(mlp{}, e.trained)(e.images)), 4) << " of them rightly.\n\n";
  table results("scheme",
                {{"accuracy", {"tables", "arithmetic"}}, {"images", {"same bits"}}, {"size", {"tables", "table bits", "LUT6", "bytes"}}});
  convert<all_layers<BinaryResidual<1>>>("BinaryResidual<1>", e, results);
  convert<all_layers<BinaryResidual<2>>>("BinaryResidual<2>", e, results);
  convert<all_layers<BinaryResidual<3>>>("BinaryResidual<3>", e, results);
  convert<float_pixels<3>>("BinaryResidual<3>, float32 pixels", e, results);
  convert<all_layers<LutNet<4, 2, density<50>, sweeps<0>>>>("LutNet<4, 2>, half pruned, not fitted", e, results);
  convert<all_layers<LutNet<4, 2, density<50>>>>("LutNet<4, 2>, half pruned", e, results);
  convert<all_layers<LutNet<2, 2, density<50>>>>("LutNet<2, 2>, half pruned", e, results);
  convert<all_layers<LutNet<4, 2>>>("LutNet<4, 2>", e, results);
  convert<neurons<4, Three>>("LogicNets, 4 inputs of 3 bits", e, results);
  convert<neurons<5, Three>>("LogicNets, 5 inputs of 3 bits", e, results);
  convert<neurons<7, Two>>("LogicNets, 7 inputs of 2 bits", e, results);
  std::cout << results << R"(
Accuracy: of the images read rightly, by the tables (or popcounts) and by the arithmetic that they were made of. Same bits: images on which
all ten results of both are equal. LUT6: six-input lookup tables of an FPGA that suffice for the tables; adders are not counted.
)";

  const auto model = quantize<neurons<4, Three>>(mlp{}, e.trained, calibrate(e.calibration));
  std::cout << "\nThe network of 4 inputs of 3 bits, node by node\n\n" << summary(model);
  if (!directory.empty()) write_circuit(model, e, directory);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? argv[1] : DYADIC_EXAMPLES_DIR "/03_digits/data/digits.safetensors",
             argc > 2 ? std::strtol(argv[2], nullptr, 10) : 0, argc > 3 ? argv[3] : "");
} catch (const std::exception& e) {
  std::cerr << e.what() << "\nusage: 06_lookup_tables [digits.safetensors [number of images [directory]]]\n";
  return EXIT_FAILURE;
}
