// SPDX-License-Identifier: BSL-1.0
/// @file tables.cpp
/// Layers of tables whose tensors hold anything: refused with a `dyadic::error`, or layers that run, with the same bits in every
/// form, and are themselves again when written and read.
#include <dyadic/io/tables.hpp>
#include <dyadic/lut/fit_data.hpp>

#include "fuzz/check.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

using namespace dyadic;

const layer_shape linear_shape{8, 3, {}, false};
const layer_shape conv_shape{2, 3, {.kernel = {2, 3}, .padding = {1, 1}, .groups = 1}, true};

/// Takes values from the fuzzer's bytes; zeros when they are used up.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  template <class T>
  T raw() {
    T v{};
    const std::size_t n = size_ < sizeof v ? size_ : sizeof v;
    std::memcpy(&v, data_, n);
    data_ += n;
    size_ -= n;
    return v;
  }
  std::int64_t below(std::int64_t n) { return raw<std::uint8_t>() % n; }
  template <class T>
  std::vector<T> raws(std::int64_t n) {
    std::vector<T> v;
    for (std::int64_t i = 0; i < n; ++i) v.push_back(raw<T>());
    return v;
  }
  /// Numbers near zero, now and then any.
  template <class T>
  std::vector<T> small(std::int64_t n) {
    std::vector<T> v;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto b = raw<std::int8_t>();
      v.push_back(b == -128 ? raw<T>() : static_cast<T>(b));
    }
    return v;
  }
  /// Rising numbers from 0, as places where tables begin; now and then any.
  std::vector<std::int64_t> rising(std::int64_t n, std::int64_t last) {
    std::vector<std::int64_t> v;
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      v.push_back(at);
      const auto b = raw<std::uint8_t>();
      const auto next = static_cast<std::int64_t>(static_cast<std::uint64_t>(at) + b % 4);  // `at` may be any number: wrap
      at = b == 255 ? raw<std::int64_t>() : i + 2 == n ? last : std::min(last, next);
    }
    return v;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]) && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return a.size() == b.size();
}

template <class Layer, class Read>
void run_and_write(const Layer& layer, const layer_shape& shape, const Read& read) {
  std::vector<float> x(static_cast<std::size_t>(shape.images ? 2 * shape.in * 9 : 2 * shape.in));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16;
  const Extents in = shape.images ? Extents{2, shape.in, 3, 3} : Extents{2, shape.in};
  const Extents out = shape.images ? Extents{2, shape.out, shape.window.output(0, 3), shape.window.output(1, 3)} : Extents{2, shape.out};
  const std::vector<float> y = detail::run_alone(layer, {x.data(), in}, out);
  fuzz::require(same(detail::run_alone(layer.in_form(table_form::scalar), {x.data(), in}, out), y), "fast and scalar tables agree");
  safetensors::Writer again;
  write_layer(again, "w", layer);
  fuzz::require(same(detail::run_alone(read(safetensors::parse(again.bytes(), "input")), {x.data(), in}, out), y),
                "what is written is read");
}

void write_levels(safetensors::Writer& w, Bytes& from) {
  const std::int64_t n = from.below(7);
  w.add("w.levels", from.below(4) == 0 ? from.raws<float>(n) : from.small<float>(n), {n});
}
void write_gain(safetensors::Writer& w, Bytes& from, const layer_shape& shape) {
  w.add("w.gain", from.small<float>(shape.out), {shape.out}).add("w.bias", from.small<float>(shape.out), {shape.out});
}

void residual(Bytes& from, const layer_shape& shape) {
  safetensors::Writer w;
  write_levels(w, from);
  write_gain(w, from, shape);
  w.add("w.weight", from.small<float>(shape.out * shape.depth()), {shape.out, shape.depth()});
  std::vector<std::uint8_t> mask = from.raws<std::uint8_t>(shape.out * shape.depth());
  if (from.below(8) != 0)
    for (std::uint8_t& m : mask) m &= 1;
  w.add("w.mask", mask, {shape.out, shape.depth()});
  if (from.below(2) != 0) w.add("w.soft", from.small<std::uint8_t>(1), {1});
  if (from.below(2) != 0) w.add("w.float_input", from.small<std::uint8_t>(1), {1});
  const auto read = [&](const safetensors::File& file) { return read_binary_residual(file, "w", shape); };
  run_and_write(read(safetensors::parse(w.bytes(), "input")), shape, read);
}

void lutnet(Bytes& from, const layer_shape& shape) {
  safetensors::Writer w;
  write_levels(w, from);
  write_gain(w, from, shape);
  const std::int64_t tables = from.below(9), inputs = from.below(8), levels = from.below(6);
  w.add("w.first", from.rising(shape.out + 1, tables), {shape.out + 1});
  w.add("w.connection", from.small<std::int32_t>(tables * inputs), {tables, inputs});
  w.add("w.table", from.raws<std::uint64_t>(tables * levels), {tables, levels});
  const auto read = [&](const safetensors::File& file) { return read_lutnet(file, "w", shape); };
  run_and_write(read(safetensors::parse(w.bytes(), "input")), shape, read);
}

void neurons(Bytes& from, const layer_shape& shape) {
  safetensors::Writer w;
  w.add("w.formats", from.small<std::int32_t>(6), {2, 3});
  const std::int64_t inputs = from.below(12);
  w.add("w.first", from.rising(shape.out + 1, inputs), {shape.out + 1});
  w.add("w.tap", from.small<std::int32_t>(inputs), {inputs});
  if (from.below(2) != 0) {
    w.add("w.weight", from.small<float>(inputs), {inputs}).add("w.bias", from.small<float>(shape.out), {shape.out});
  } else {
    const std::int64_t entries = from.below(250);
    w.add("w.table", from.small<std::uint16_t>(entries), {entries});
  }
  const auto read = [&](const safetensors::File& file) { return read_logicnets(file, "w", shape, {}, 12); };
  run_and_write(read(safetensors::parse(w.bytes(), "input")), shape, read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes from(data, size);
  const layer_shape& shape = from.below(2) == 0 ? linear_shape : conv_shape;
  const std::int64_t kind = from.below(3);
  try {
    if (kind == 0) residual(from, shape);
    else if (kind == 1) lutnet(from, shape);
    else neurons(from, shape);
  } catch (const error& e) {
    fuzz::require_good_message(e.what());
  }
  return 0;
}
