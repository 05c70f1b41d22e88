// SPDX-License-Identifier: BSL-1.0
// Layers of tables: bit-sliced tables against the same read entry by entry, popcounts against the float product, neurons against the
// arithmetic that they were made of.
#include "cases.hpp"

#include <dyadic/base/random.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/lut/binary_residual.hpp>
#include <dyadic/lut/logicnets.hpp>
#include <dyadic/lut/lutnet.hpp>

#include <memory>
#include <span>

namespace {
using namespace dyadic;

std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(static_cast<float>(random_bits(seed, static_cast<std::uint64_t>(i))) * 0x1p-31F - 1);
  return v;
}

/// Something that runs in the place of a linear, with all the memory that it needs.
template <class Layer>
class runner_of {
 public:
  runner_of(Layer layer, std::int64_t batch, std::int64_t in, std::int64_t out, std::vector<std::vector<float>> parameters = {})
      : layer_(std::move(layer)),
        shape_in_{batch, in},
        shape_out_{batch, out},
        x_(numbers(batch * in, 1)),
        y_(static_cast<std::size_t>(batch * out)),
        parameters_(std::move(parameters)) {
    const Extents shapes[] = {shape_in_};
    scratch_ = static_cast<std::size_t>(layer_.scratch(shapes));
    memory_.resize(scratch_ + 16);
    for (const std::vector<float>& p : parameters_) views_.push_back({p.data(), {static_cast<std::int64_t>(p.size())}});
  }
  void operator()() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    const ConstView in{x_.data(), shape_in_};
    layer_.run({{&in, 1}, views_, {y_.data(), shape_out_}, {memory_.data() + (64 - address % 64) % 64 / sizeof(float), scratch_}});
    benchmark::DoNotOptimize(y_.data());
  }

 private:
  Layer layer_;
  Extents shape_in_, shape_out_;
  std::vector<float> x_, y_, memory_;
  std::vector<std::vector<float>> parameters_;
  std::vector<ConstView> views_;
  std::size_t scratch_ = 0;
};
/// Made when it first runs; copies share it.
template <class Make>
auto when_needed(Make make) {
  using made = decltype(make());
  return [make, held = std::make_shared<std::unique_ptr<made>>()] {
    if (!*held) *held = std::make_unique<made>(make());
    (**held)();
  };
}

lutnet_parameters tables(std::int64_t in, std::int64_t out, int inputs, int levels) {
  lutnet_parameters p;
  p.shape = {in, out};
  p.levels = {levels, 0, {1, 0.5F, 0.25F, 0.125F}};
  p.inputs = inputs;
  p.first.push_back(0);
  std::uint64_t at = 0;
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      p.connection.push_back(static_cast<std::int32_t>(i));
      for (int k = 1; k < inputs; ++k)
        p.connection.push_back(static_cast<std::int32_t>(random_bits(2, at++) % static_cast<std::uint32_t>(in)));
      for (int l = 0; l < levels; ++l) {
        const std::uint64_t bits = std::uint64_t{random_bits(3, at)} << 32 | random_bits(4, at);
        ++at;
        p.table.push_back(inputs == 6 ? bits : bits & ((std::uint64_t{1} << (1U << inputs)) - 1));
      }
    }
    p.first.push_back(static_cast<std::int64_t>(p.connection.size()) / inputs);
  }
  p.gain = numbers(out, 5);
  p.bias = numbers(out, 6);
  return p;
}
bench::job against(std::string name, std::string peer, double of_peer, std::string unit) {
  bench::job j;
  j.name = std::move(name);
  j.peers.push_back(std::move(peer));
  j.of_peer = of_peer;
  j.unit = std::move(unit);
  return j;
}
void add_lutnet(int inputs, std::int64_t batch, double target) {
  constexpr std::int64_t in = 256, out = 64;
  const auto in_form = [=](table_form form) {
    return when_needed([=] { return runner_of(lutnet_layer(tables(in, out, inputs, 1), "LutNet", form), batch, in, out); });
  };
  const std::string what = "LutNet<" + std::to_string(inputs) + ">/" + std::to_string(batch);
  bench::add("by_entry/" + what, batch * in * out, in_form(table_form::scalar));
  bench::add(against("tables/" + what, "by_entry/" + what, target, "Gtable/s"), batch * in * out, in_form(table_form::fast));
}

/// `linear` as simulated models run it: Eigen's blocked float kernel.
struct float_linear {
  using operation = linear<1024, 1024>;
  static void run(const arguments& a) { operation::run(a); }
  static std::int64_t scratch(std::span<const Extents> shapes) { return operation::scratch(shapes); }
};
void add_binary_residual(std::int64_t batch) {
  constexpr std::int64_t n = 1024, operations = 2 * n * n;
  const std::string size = std::to_string(batch) + "/1024";
  bench::add("simulated/linear/" + size, operations * batch, when_needed([=] {
               return runner_of(float_linear{}, batch, n, n, {numbers(n * n, 7), numbers(n, 9)});
             }));
  for (const int levels : {1, 2, 4}) {
    const auto make = [=] {
      binary_residual_parameters p;
      p.shape = {n, n};
      p.levels = {levels, 0, {0.5F, 0.25F, 0.125F, 0.0625F}};
      p.weight = numbers(n * n, 7);
      p.mask.assign(p.weight.size(), 1);
      p.gain = numbers(n, 8);
      p.bias = numbers(n, 9);
      return runner_of(binary_residual_layer(std::move(p)), batch, n, n);
    };
    bench::add(against("tables/BinaryResidual<" + std::to_string(levels) + ">/" + size, "simulated/linear/" + size, levels == 2 ? 5.0 : 0.0,
                       "GOP/s"),
               operations * batch, when_needed(make));
  }
}

void add_logicnets(std::int64_t batch) {
  constexpr std::int64_t in = 64, out = 64;
  const auto in_form = [=](table_form form) {
    return when_needed([=] {
      logicnets_parameters p;
      p.shape = {in, out};
      p.in = p.out = {3, 1};
      p.first.push_back(0);
      for (std::int64_t o = 0; o < out; ++o) {
        for (std::int32_t k = 0; k < 4; ++k) p.tap.push_back(static_cast<std::int32_t>(o % 16) + 16 * k);
        p.first.push_back(static_cast<std::int64_t>(p.tap.size()));
      }
      p.weight = numbers(4 * out, 10);
      p.bias = numbers(out, 11);
      return runner_of(logicnets_layer(std::move(p)).in_form(form), batch, in, out);
    });
  };
  const std::string what = "LogicNets<4>/" + std::to_string(batch);
  bench::add("arithmetic/" + what, batch * out, in_form(table_form::arithmetic));
  bench::add(against("tables/" + what, "arithmetic/" + what, 0.0, "Gtable/s"), batch * out, in_form(table_form::fast));
}

}  // namespace

void bench::add_tables() {
  for (const int inputs : {2, 4, 6}) add_lutnet(inputs, 4096, inputs == 4 ? 10.0 : 0.0);
  add_lutnet(4, 64, 0.0);
  for (const std::int64_t batch : {16, 256}) add_binary_residual(batch);
  add_logicnets(4096);
}
